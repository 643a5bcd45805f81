//! The store itself: one interface over both databases.

mod backend;
mod counts;
mod exclusive;
mod numbers;
mod records;
mod views;

pub use records::{
    DatabaseLoad, EffectRecord, IdempotencyRecord, InvalidStoreUrl, KeptAnswer, QUERY_BUCKETS, Reach,
    Snapshot, StoreCounters, StoreHealth, StoreUrl, TimerRecord, Verification, ViewSchema,
};
pub use views::Project;

use crate::{
    LogHead, Outcome, Row, Statement, StoreError, StoredEvent, Unit, Value, Write, decode,
    id_text::IdText,
    postgres::PostgresStore,
    sqlite::{DiskFault, SqliteStore},
    tables,
    verify::{Ends, Walk},
};
use backend::Backend;
use counts::Counts;
use exclusive::Exclusive;
use kernel::{StreamRef, TenantId, Timestamp, TypedId};
use numbers::Numbers;
use std::{path::Path, sync::Arc, time::Duration};

/// Events read at once where a whole stream or log is walked.
const CHUNK: u32 = 1000;

/// The sequence that counts the probes.
const PROBE: &str = "store.probe";

/// A handle to the store; clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    backend: Backend,
    counts: Counts,
    numbers: Numbers,
}

impl Store {
    /// Opens the store, applies the migrations and takes the folder's lock (SQLite).
    ///
    /// # Errors
    /// [`StoreError::Open`].
    pub async fn open(url: &StoreUrl) -> Result<Self, StoreError> {
        let backend = match url {
            StoreUrl::Memory => Backend::Sqlite(SqliteStore::open_memory()?),
            StoreUrl::Sqlite(folder) => Backend::Sqlite(SqliteStore::open_folder(folder)?),
            StoreUrl::Postgres(url) => Backend::Postgres(Box::new(PostgresStore::open(url).await?)),
        };
        let inner = Inner { backend, counts: Counts::default(), numbers: Numbers::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Opens a store that is there for reading alone, also beside a process that writes to it; every write is refused on
    /// SQLite and must not be asked for on PostgreSQL.
    ///
    /// # Errors
    /// [`StoreError::Open`].
    pub async fn open_reading(url: &StoreUrl) -> Result<Self, StoreError> {
        match url {
            StoreUrl::Sqlite(folder) => {
                let backend = Backend::Sqlite(SqliteStore::open_reading(folder)?);
                let inner = Inner { backend, counts: Counts::default(), numbers: Numbers::default() };
                Ok(Self { inner: Arc::new(inner) })
            }
            StoreUrl::Memory | StoreUrl::Postgres(_) => Self::open(url).await,
        }
    }

    /// Copies the log of a SQLite store's folder, as it is at one moment, into another folder that has none. A server may
    /// be writing to the first. Takes as long, and as much room, as the log is large.
    ///
    /// # Errors
    /// [`StoreError::Open`] when there is no log, [`StoreError::ReadOnly`] when there is no room for the copy.
    pub fn copy_folder(from: &Path, into: &Path) -> Result<(), StoreError> {
        SqliteStore::copy(from, into)
    }

    /// Whether other processes may write to the same log (PostgreSQL). Then cached agents may be stale.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.inner.backend, Backend::Postgres(_))
    }

    /// Commits a batch in one transaction, synced. The answers are in the order of the units; an error means that
    /// nothing of the whole batch was written. A unit that the database refuses fails alone: then the batch takes
    /// several transactions.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] (full disk, failed sync), [`StoreError::Unavailable`].
    pub async fn commit(&self, units: &[Unit]) -> Result<Vec<Outcome>, StoreError> {
        match self.commit_batch(units).await {
            Err(StoreError::Defect(what)) if !units.is_empty() => Ok(self.isolate(units, what).await),
            result => result,
        }
    }

    /// Commits a batch that was refused for a defect: halves it until the units that are to blame stand alone.
    async fn isolate(&self, units: &[Unit], what: String) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(units.len());
        let mut waiting = Vec::new();
        let mut refused = Some((units, StoreError::Defect(what)));
        loop {
            match refused.take() {
                Some((part, StoreError::Defect(_))) if part.len() > 1 => {
                    let (first, second) = part.split_at(part.len() / 2);
                    waiting.extend([second, first]);
                }
                Some((part, error)) => {
                    tracing::error!(%error, units = part.len(), "units could not be written");
                    outcomes.extend(part.iter().map(|_| Outcome::Failed(error.clone())));
                }
                None => {}
            }
            let Some(part) = waiting.pop() else { return outcomes };
            match self.commit_batch(part).await {
                Ok(committed) => outcomes.extend(committed),
                Err(error) => refused = Some((part, error)),
            }
        }
    }

    async fn commit_batch(&self, units: &[Unit]) -> Result<Vec<Outcome>, StoreError> {
        let result = self.inner.backend.commit(units).await;
        self.inner.counts.wrote(&result);
        let batch = result?;
        self.inner.counts.batch(&batch.outcomes, batch.events);
        Ok(batch.outcomes)
    }

    /// The end of the log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn head(&self) -> Result<LogHead, StoreError> {
        let head = match &self.inner.backend {
            Backend::Sqlite(sqlite) => Ok(sqlite.head()),
            Backend::Postgres(postgres) => postgres.head().await,
        };
        self.inner.counts.read(&head);
        head
    }

    /// The last version of a stream; 0 when it does not exist.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn stream_version(&self, stream: StreamRef) -> Result<i64, StoreError> {
        let rows = self.point(&tables::STREAM_HEAD, vec![text_of(stream)]).await?;
        rows.first().map_or(Ok(0), |row| row.int(0))
    }

    /// The events of a stream after a version, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read_stream(&self, stream: StreamRef, after: i64) -> Result<Vec<StoredEvent>, StoreError> {
        let mut events = Vec::new();
        let mut after = after;
        loop {
            let params = vec![text_of(stream), Value::Int(after), Value::Int(i64::from(CHUNK))];
            let rows = self.point(&tables::READ_STREAM, params).await?;
            for row in &rows {
                events.push(decode::stored_event(row)?);
            }
            match events.last() {
                Some(last) if rows.len() == CHUNK as usize => after = last.version,
                _ => return Ok(events),
            }
        }
    }

    /// Up to `limit` events of the log after a position, in order, without gaps.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read_log(&self, after: i64, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        let rows =
            self.point(&tables::READ_LOG, vec![Value::Int(after), Value::Int(i64::from(limit))]).await?;
        rows.iter().map(decode::stored_event).collect()
    }

    /// Up to `limit` events of one stream after a position of the log, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read_stream_since(
        &self,
        stream: StreamRef,
        position: i64,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let params = vec![text_of(stream), Value::Int(position), Value::Int(i64::from(limit))];
        let rows = self.point(&tables::READ_STREAM_SINCE, params).await?;
        rows.iter().map(decode::stored_event).collect()
    }

    /// The newest snapshot of a stream in this format.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn snapshot(&self, stream: StreamRef, format: u32) -> Result<Option<Snapshot>, StoreError> {
        let params = vec![text_of(stream), Value::Int(i64::from(format))];
        let rows = self.point(&tables::SNAPSHOT, params).await?;
        let read =
            |row: &Row| Ok(Snapshot { stream, version: row.int(0)?, format, state: row.text(1)?.to_owned() });
        rows.first().map(read).transpose()
    }

    /// Keeps snapshots; older ones of the same streams are replaced.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn save_snapshots(&self, snapshots: &[Snapshot]) -> Result<(), StoreError> {
        let writes: Vec<Write> = snapshots
            .iter()
            .map(|snapshot| {
                let format = Value::Int(i64::from(snapshot.format));
                let state = Value::from(snapshot.state.as_str());
                Write::new(
                    &tables::SAVE_SNAPSHOT,
                    vec![text_of(snapshot.stream), Value::Int(snapshot.version), format, state],
                )
            })
            .collect();
        self.change(&writes).await.map(drop)
    }

    /// Timers due at an instant or before it, earliest first (ties by stream, name, key).
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn timers_due(&self, before: Timestamp, limit: u32) -> Result<Vec<TimerRecord>, StoreError> {
        let params = vec![Value::from(before), Value::Int(i64::from(limit))];
        self.point(&tables::TIMERS_DUE, params).await?.iter().map(decode::timer).collect()
    }

    /// Effects that wait, due at an instant or before it, earliest first (ties by id).
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn effects_due(&self, before: Timestamp, limit: u32) -> Result<Vec<EffectRecord>, StoreError> {
        let params = vec![Value::from(before), Value::Int(i64::from(limit))];
        self.point(&tables::EFFECTS_DUE, params).await?.iter().map(decode::effect).collect()
    }

    /// The dead-letter list of a tenant, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dead_letters(&self, tenant: TenantId, limit: u32) -> Result<Vec<EffectRecord>, StoreError> {
        let params = vec![text_of(tenant.stream()), Value::Int(i64::from(limit))];
        self.query(&tables::DEAD_LETTERS, params, Reach::Long).await?.iter().map(decode::effect).collect()
    }

    /// Where every reactor stands.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn reactor_positions(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let rows = self.point(&tables::POSITIONS, Vec::new()).await?;
        rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.int(1)?))).collect()
    }

    /// Takes or renews a lease; `false` when another holds it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn lease(
        &self,
        name: &str,
        owner: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        let params =
            vec![Value::from(name), Value::from(owner), Value::from(now.after(ttl)), Value::from(now)];
        let changed = self.change(&[Write::new(&tables::TAKE_LEASE, params)]).await?;
        Ok(changed.first().is_some_and(|rows| *rows > 0))
    }

    /// What is kept of an idempotency key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn idempotency(&self, key: &str) -> Result<Option<IdempotencyRecord>, StoreError> {
        let rows = self.point(&tables::IDEMPOTENCY, vec![Value::from(key)]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let rights = if row.is_null(4) { "" } else { row.text(4)? }.to_owned();
        let response = match row.is_null(2) {
            true => None,
            false => {
                Some(KeptAnswer { status: status_of(row.int(2)?)?, body: row.text(3)?.to_owned(), rights })
            }
        };
        let record =
            IdempotencyRecord { body_hash: decode::hash(row, 0)?, stream: row.text(1)?.to_owned(), response };
        Ok(Some(record))
    }

    /// Keeps the first answer of a request whose key was committed, durably: only then may it be given.
    ///
    /// # Errors
    /// [`StoreError`]; whether it is kept is then not known.
    pub async fn keep_response(&self, key: &str, answer: &KeptAnswer) -> Result<(), StoreError> {
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => {
                let kept = sqlite.keep_response(key, answer).await;
                self.inner.counts.wrote(&kept);
                kept
            }
            Backend::Postgres(_) => {
                let KeptAnswer { status, body, rights } = answer;
                let status = Value::Int(i64::from(*status));
                let params =
                    vec![Value::from(key), status, Value::from(body.as_str()), Value::from(rights.as_str())];
                self.change(&[Write::new(&tables::KEEP_RESPONSE, params)]).await.map(drop)
            }
        }
    }

    /// Forgets up to `limit` idempotency keys that are older than an instant, the oldest first; how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_idempotency(&self, before: Timestamp, limit: u32) -> Result<usize, StoreError> {
        let params = vec![Value::from(before), Value::Int(i64::from(limit))];
        let changed = self.change(&[Write::new(&tables::FORGET_IDEMPOTENCY, params)]).await?;
        Ok(changed.first().copied().unwrap_or(0))
    }

    /// Who holds a unique key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_owner(&self, scope: &str, key: &str) -> Result<Option<String>, StoreError> {
        let rows = self.point(&tables::OWNER, vec![Value::from(scope), Value::from(key)]).await?;
        rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
    }

    /// The next number of a sequence, from 1. Blocks are reserved durably before use, so a crash may leave a gap but
    /// never gives a number twice.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn next_number(&self, sequence: &str) -> Result<i64, StoreError> {
        self.inner.numbers.next(sequence, |count| self.reserve(sequence, count)).await
    }

    /// Runs a query.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn query(
        &self,
        statement: &'static Statement,
        params: Vec<Value>,
        reach: Reach,
    ) -> Result<Vec<Row>, StoreError> {
        let result = self.inner.backend.query(statement, params, reach).await;
        self.inner.counts.read(&result);
        result
    }

    async fn point(&self, statement: &'static Statement, params: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        self.query(statement, params, Reach::Point).await
    }

    async fn exclusive(&self) -> Result<Exclusive<'_>, StoreError> {
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => sqlite.exclusive().await.map(Exclusive::Sqlite),
            Backend::Postgres(postgres) => postgres.exclusive().await.map(Box::new).map(Exclusive::Postgres),
        }
    }

    async fn change(&self, writes: &[Write]) -> Result<Vec<usize>, StoreError> {
        let result = self.inner.backend.change(writes).await;
        self.inner.counts.wrote(&result);
        result
    }

    /// Prepares statements on the database, without running them; the ones it refuses, with its reason.
    pub async fn statements_prepare(
        &self,
        statements: impl IntoIterator<Item = &'static Statement>,
    ) -> Vec<(&'static str, StoreError)> {
        let mut refused = Vec::new();
        for statement in statements {
            if let Err(error) = self.inner.backend.prepare(statement).await {
                refused.push((statement.name, error));
            }
        }
        refused
    }

    /// The store's own statements on this database, for the test that prepares them all.
    #[must_use]
    pub fn own_statements(&self) -> Vec<&'static Statement> {
        let mut all = tables::ALL.to_vec();
        if self.is_shared() {
            all.extend(PostgresStore::statements());
        }
        all
    }

    /// Checks both chains from the first event to the head.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn verify(&self) -> Result<Verification, StoreError> {
        let ends = self.query(&tables::LOG_ENDS, Vec::new(), Reach::Long).await?;
        let ends = ends.first().ok_or_else(|| StoreError::Defect("the log has no ends".to_owned()))?;
        let mut walk = Walk::new(Ends::read(ends)?);
        loop {
            let params = vec![Value::Int(walk.position()), Value::Int(i64::from(CHUNK))];
            let rows = self.query(&tables::VERIFY_LOG, params, Reach::Long).await?;
            if rows.is_empty() {
                return walk.finish();
            }
            for row in &rows {
                if let Some(verdict) = walk.event(row)? {
                    return Ok(verdict);
                }
            }
        }
    }

    /// Checks both chains and that the log still holds what was noted elsewhere: a rewritten or cut log whose hashes
    /// were all made anew is whole in itself, but not against an anchor outside.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn verify_against(&self, anchor: &LogHead) -> Result<Verification, StoreError> {
        let verdict = self.verify().await?;
        let Verification::Whole { head, .. } = &verdict else { return Ok(verdict) };
        if anchor.position == 0 {
            return Ok(verdict);
        }
        if head.position < anchor.position {
            return Ok(Verification::Broken { position: head.position + 1, stream: None, what: "truncated" });
        }
        let rows = self.point(&tables::LOG_HASH_AT, vec![Value::Int(anchor.position)]).await?;
        let found = rows.first().map(|row| decode::hash(row, 0)).transpose()?;
        if found == Some(anchor.hash) {
            return Ok(verdict);
        }
        Ok(Verification::Broken { position: anchor.position, stream: None, what: "altered" })
    }

    /// Whether it can be used now, as the last read or write showed.
    #[must_use]
    pub fn health(&self) -> StoreHealth {
        self.inner.counts.health()
    }

    /// Tries whether there is room, and a small durable write, so that health is known without a command and heals by
    /// itself. It counts, because SQLite writes nothing where nothing changes.
    pub async fn probe(&self) -> StoreHealth {
        let room = match &self.inner.backend {
            Backend::Sqlite(sqlite) => sqlite.has_room(),
            Backend::Postgres(_) => Ok(()),
        };
        let written = match room {
            Ok(()) => self.reserve(PROBE, 1).await.map(drop),
            Err(error) => Err(error),
        };
        self.inner.counts.probed(&written);
        self.health()
    }

    /// Moves a sequence on, durably; where it then stands.
    async fn reserve(&self, sequence: &str, count: i64) -> Result<i64, StoreError> {
        let write = Write::new(&tables::RESERVE_NUMBERS, vec![Value::from(sequence), Value::Int(count)]);
        let result = self.inner.backend.change_returning(&write).await;
        self.inner.counts.wrote(&result);
        let rows = result?;
        rows.first()
            .map_or_else(|| Err(StoreError::Defect("a sequence gave no row".to_owned())), |row| row.int(0))
    }

    /// Counters since it was opened.
    #[must_use]
    pub fn counters(&self) -> StoreCounters {
        let syncs = match &self.inner.backend {
            Backend::Sqlite(sqlite) => sqlite.log_syncs().unwrap_or(0),
            Backend::Postgres(postgres) => postgres.syncs(),
        };
        self.inner.counts.counters(syncs)
    }

    /// What is asked of a database server, where there is one.
    #[must_use]
    pub fn database_load(&self) -> Option<DatabaseLoad> {
        match &self.inner.backend {
            Backend::Sqlite(_) => None,
            Backend::Postgres(postgres) => Some(postgres.load()),
        }
    }

    /// Makes the disk under the log fail, or work again: for drills and tests. `false` where there is no disk of ours
    /// (in memory, PostgreSQL).
    pub fn set_disk_fault(&self, fault: DiskFault) -> bool {
        match &self.inner.backend {
            Backend::Sqlite(sqlite) => sqlite.set_fault(fault),
            Backend::Postgres(_) => false,
        }
    }
}

fn text_of(stream: StreamRef) -> Value {
    Value::from(IdText::new(stream).as_str())
}

fn status_of(status: i64) -> Result<u16, StoreError> {
    u16::try_from(status).map_err(|_| StoreError::Defect("a kept status is out of range".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sendable<T: Send>(_: T) {}

    /// Handlers run on any thread, so every future must be able to move between them.
    #[tokio::test]
    async fn every_operation_can_move_between_threads() {
        let store = Store::open(&StoreUrl::Memory).await.unwrap();
        let stream = StreamRef { prefix: "shp", id: kernel::Uuid::from_u128(1) };
        let now = Timestamp::from_micros(0);
        let view = ViewSchema { name: "v", version: 1, ddl: "", tables: &[] };
        let project = |_: &StoredEvent| Ok(Vec::new());
        sendable(Store::open(&StoreUrl::Memory));
        sendable(store.commit(&[]));
        sendable(store.head());
        sendable(store.read_stream(stream, 0));
        sendable(store.read_log(0, 1));
        sendable(store.save_snapshots(&[]));
        sendable(store.lease("a", "b", now, Duration::ZERO));
        sendable(store.idempotency("a"));
        let answer = KeptAnswer { status: 200, body: String::new(), rights: String::new() };
        sendable(store.keep_response("a", &answer));
        sendable(store.next_number("a"));
        sendable(store.query(&tables::HEAD, Vec::new(), Reach::Long));
        sendable(store.prepare_views(&[]));
        sendable(store.rebuild_view(&view, &project));
        sendable(store.compare_view(&view, &project));
        sendable(store.statements_prepare([]));
        sendable(store.verify());
        sendable(store.probe());
        let telemetry = crate::Telemetry::open(&StoreUrl::Memory).await.unwrap();
        sendable(crate::Telemetry::open(&StoreUrl::Memory));
        sendable(telemetry.append(Vec::new()));
        sendable(telemetry.sizes());
    }
}
