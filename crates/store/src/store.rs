//! The store itself: one interface over both databases.

use crate::{EventMeta, LogHead, Outcome, Row, Statement, StoreError, StoredEvent, Unit, Value};
use kernel::{RequestId, StreamRef, TenantId, Timestamp};
use std::{path::PathBuf, time::Duration};

/// Where the store is: `memory:`, `sqlite:PATH` (a folder) or `postgres://...`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// SQLite in memory; nothing survives.
    Memory,
    /// SQLite files in a folder: `log.db`, `telemetry.db`.
    Sqlite(PathBuf),
    /// A PostgreSQL connection string.
    Postgres(String),
}

/// How far a read reaches: a point read runs inline on SQLite, a long one on the blocking pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// A few rows by a key.
    Point,
    /// A list, a report, a scan.
    Long,
}

/// A stored state, so that a long stream loads fast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Whose.
    pub stream: StreamRef,
    /// The version it was taken at.
    pub version: i64,
    /// The format; a snapshot of another format is ignored.
    pub format: u32,
    /// JSON.
    pub state: String,
}

/// A standing timer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerRecord {
    /// Whose.
    pub stream: StreamRef,
    /// The tenant.
    pub tenant: TenantId,
    /// What for.
    pub name: String,
    /// Which one.
    pub key: String,
    /// When.
    pub due: Timestamp,
    /// The correlation that the firing carries on.
    pub correlation: RequestId,
}

/// An effect in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectRecord {
    /// Its id and idempotency key.
    pub id: String,
    /// Which handler.
    pub kind: String,
    /// The tenant.
    pub tenant: TenantId,
    /// JSON.
    pub payload: String,
    /// The correlation it carries on.
    pub correlation: RequestId,
    /// The position of the event that caused it.
    pub causation: i64,
    /// Attempts so far.
    pub attempts: i64,
    /// When next.
    pub due: Timestamp,
    /// The last error, empty for none.
    pub error: String,
    /// Whether it is in the dead-letter list.
    pub dead: bool,
}

/// What is kept of a request with an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// SHA-256 of the request.
    pub body_hash: [u8; 32],
    /// The stream in text form.
    pub stream: String,
    /// Status and body of the first answer, once it was given.
    pub response: Option<(u16, String)>,
}

/// The tables of a view and the version of its projection.
#[derive(Debug, Clone, Copy)]
pub struct ViewSchema {
    /// The view's name.
    pub name: &'static str,
    /// Raised when the projection changes: the view is rebuilt beside the old one and swapped.
    pub version: u32,
    /// Portable DDL: `CREATE TABLE name (...)` and `CREATE INDEX ...` statements, separated by `;`.
    pub ddl: &'static str,
    /// Its tables.
    pub tables: &'static [&'static str],
}

/// Whether the store can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreHealth {
    /// Reads and writes.
    Connected,
    /// Reads only, and why.
    ReadOnly(String),
    /// Neither, and why.
    Disconnected(String),
}

/// Counters since the store was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreCounters {
    /// Batches that were acknowledged.
    pub batches: u64,
    /// Syncs to disk behind them. On SQLite counted at the file layer, on PostgreSQL commits with synchronous_commit on.
    pub syncs: u64,
    /// Units committed.
    pub units: u64,
    /// Units rejected.
    pub rejected: u64,
    /// Events appended.
    pub events: u64,
}

/// The result of `log verify`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// Both chains are whole.
    Whole {
        /// Events checked.
        events: u64,
        /// The head.
        head: LogHead,
    },
    /// The first event that is altered, missing or cut off.
    Broken {
        /// Its position.
        position: i64,
        /// Its stream, when it is known.
        stream: Option<String>,
        /// What is wrong: `altered`, `missing`, `truncated`.
        what: &'static str,
    },
}

/// A handle to the store; clones share it.
#[derive(Clone)]
pub struct Store {}

#[allow(clippy::todo, unused_variables, clippy::unused_async, reason = "the body follows")]
impl Store {
    /// Opens the store, applies the migrations and takes the folder's lock (SQLite).
    ///
    /// # Errors
    /// [`StoreError::Open`].
    pub async fn open(url: &StoreUrl) -> Result<Self, StoreError> { todo!() }

    /// Whether other processes may write to the same log (PostgreSQL). Then cached agents may be stale.
    #[must_use]
    pub fn is_shared(&self) -> bool { todo!() }

    /// Creates the views that are missing and says which ones must be rebuilt because their version changed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn prepare_views(&self, views: &[ViewSchema]) -> Result<Vec<&'static str>, StoreError> { todo!() }

    /// Commits a batch in one transaction, synced. The answers are in the order of the units; an error means that
    /// nothing of the whole batch was written.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] (full disk, failed sync), [`StoreError::Unavailable`], [`StoreError::Defect`].
    pub async fn commit(&self, units: &[Unit]) -> Result<Vec<Outcome>, StoreError> { todo!() }

    /// The end of the log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn head(&self) -> Result<LogHead, StoreError> { todo!() }

    /// The last version of a stream; 0 when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn stream_version(&self, stream: StreamRef) -> Result<i64, StoreError> { todo!() }

    /// The events of a stream after a version, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read_stream(&self, stream: StreamRef, after: i64) -> Result<Vec<StoredEvent>, StoreError> { todo!() }

    /// Up to `limit` events of the log after a position, in order, without gaps.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read_log(&self, after: i64, limit: u32) -> Result<Vec<StoredEvent>, StoreError> { todo!() }

    /// The newest snapshot of a stream in this format.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn snapshot(&self, stream: StreamRef, format: u32) -> Result<Option<Snapshot>, StoreError> { todo!() }

    /// Keeps snapshots; older ones of the same streams are replaced.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn save_snapshots(&self, snapshots: &[Snapshot]) -> Result<(), StoreError> { todo!() }

    /// Timers due before an instant, earliest first (ties by stream, name, key).
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn timers_due(&self, before: Timestamp, limit: u32) -> Result<Vec<TimerRecord>, StoreError> { todo!() }

    /// Effects that wait, due before an instant, earliest first (ties by id).
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn effects_due(&self, before: Timestamp, limit: u32) -> Result<Vec<EffectRecord>, StoreError> { todo!() }

    /// The dead-letter list of a tenant, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dead_letters(&self, tenant: TenantId, limit: u32) -> Result<Vec<EffectRecord>, StoreError> { todo!() }

    /// Where every reactor stands.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reactor_positions(&self) -> Result<Vec<(String, i64)>, StoreError> { todo!() }

    /// Takes or renews a lease; `false` when another holds it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lease(&self, name: &str, owner: &str, now: Timestamp, ttl: Duration) -> Result<bool, StoreError> { todo!() }

    /// What is kept of an idempotency key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn idempotency(&self, key: &str) -> Result<Option<IdempotencyRecord>, StoreError> { todo!() }

    /// Keeps the first answer of a request.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_response(&self, key: &str, status: u16, body: &str) -> Result<(), StoreError> { todo!() }

    /// Who holds a unique key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_owner(&self, scope: &str, key: &str) -> Result<Option<String>, StoreError> { todo!() }

    /// The next number of a sequence, from 1. Blocks are reserved durably before use, so a crash may leave a gap but
    /// never gives a number twice.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn next_number(&self, sequence: &str) -> Result<i64, StoreError> { todo!() }

    /// Runs a query.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn query(&self, statement: &'static Statement, params: Vec<Value>, reach: Reach) -> Result<Vec<Row>, StoreError> { todo!() }

    /// Checks both chains from the first event to the head.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn verify(&self) -> Result<Verification, StoreError> { todo!() }

    /// Whether it can be used now.
    #[must_use]
    pub fn health(&self) -> StoreHealth { todo!() }

    /// Counters since it was opened.
    #[must_use]
    pub fn counters(&self) -> StoreCounters { todo!() }
}

#[expect(dead_code, reason = "used by the body that follows")]
fn meta_of(event: &StoredEvent) -> &EventMeta { &event.meta }
