//! What the store takes and answers.

use crate::LogHead;
use kernel::{RequestId, StreamRef, TenantId, Timestamp};
use std::path::PathBuf;

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
