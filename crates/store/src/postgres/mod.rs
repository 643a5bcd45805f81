//! The store over PostgreSQL: several processes may share one log (design, section 4).

mod commit;
mod connector;
mod driver;
mod exclusive;
mod facts;
mod load;
mod pool;
mod rows_out;
mod session;
mod values;

pub use commit::Committed;
pub use connector::Connector;
pub use exclusive::Exclusive;
pub use pool::Pool;
pub use session::{Failure, Session};

use crate::{
    LogHead, Row, Statement, StoreError, Unit, Value, Write, decode,
    migration::{self, Plan},
    store::{DatabaseLoad, Reach},
    tables,
};
use commit::Committer;
use migrations::Migration;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::Mutex;

/// One process migrates at a time ("migrate\0").
const MIGRATION_LOCK: i64 = 0x6d69_6772_6174_6500;

/// The oldest server that is known to do.
const VERSION_LEAST: i64 = 150_000;

/// How long a short read or a small transaction may take.
const SHORT_LIMIT: Duration = Duration::from_secs(5);
/// How long a batch may take, and for each of its units: the engine must not stand still for as long as a server hangs.
const BATCH_LIMIT: Duration = Duration::from_secs(8);
const UNIT_LIMIT: Duration = Duration::from_millis(2);

/// The store over PostgreSQL.
pub struct PostgresStore {
    pool: Pool,
    committer: Mutex<Committer>,
    syncs: AtomicU64,
}

impl PostgresStore {
    /// Connects, checks the server's promises, applies the migrations.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let connector = Arc::new(Connector::new(url)?);
        let opened = Self::over(connector).await;
        opened.map_err(|error| match error {
            StoreError::Open(_) => error,
            other => StoreError::Open(other.to_string()),
        })
    }

    async fn over(connector: Arc<Connector>) -> Result<Self, StoreError> {
        let session = connector.connect().await?;
        check_server(&session).await?;
        migrate(session, migrations::POSTGRES).await?;
        let committer = Mutex::new(Committer::new(Arc::clone(&connector)).await?);
        Ok(Self { pool: Pool::new(connector), committer, syncs: AtomicU64::new(0) })
    }

    /// Commits a batch. When it takes too long, what became of it is not known.
    pub async fn commit(&self, units: &[Unit]) -> Result<Committed, StoreError> {
        let count = u32::try_from(units.len()).unwrap_or(u32::MAX);
        let limit = BATCH_LIMIT.saturating_add(UNIT_LIMIT.saturating_mul(count));
        let committing = async { self.committer.lock().await.commit(units).await };
        let committed = self.within(limit, "the commit", committing).await?;
        self.syncs.fetch_add(1, Ordering::Relaxed);
        Ok(committed)
    }

    /// The end of the log.
    pub async fn head(&self) -> Result<LogHead, StoreError> {
        let rows = self.query(&tables::HEAD, &[]).await?;
        decode::log_head(rows.first())
    }

    /// Runs a read. A short one that is not answered in time says that the database is away.
    pub async fn read(
        &self,
        statement: &'static Statement,
        params: &[Value],
        reach: Reach,
    ) -> Result<Vec<Row>, StoreError> {
        let query = self.query(statement, params);
        match reach {
            Reach::Long => query.await,
            Reach::Point => self.within(SHORT_LIMIT, statement.name, query).await,
        }
    }

    /// Gives up what takes too long; its connection goes with it.
    async fn within<T>(
        &self,
        limit: Duration,
        what: &str,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let late = || StoreError::Unavailable(format!("{what}: PostgreSQL does not answer in time"));
        self.pool.driver().limit(limit, work).await.unwrap_or_else(|_| Err(late()))
    }

    /// Runs a query.
    pub async fn query(
        &self,
        statement: &'static Statement,
        params: &[Value],
    ) -> Result<Vec<Row>, StoreError> {
        loop {
            let mut loan = self.pool.take().await?;
            let outcome = loan.session.query(statement, params).await;
            if let Some(settled) = self.pool.settle(loan, outcome) {
                return settled;
            }
        }
    }

    /// Runs writes in one transaction; rows changed by each. When the connection is lost they may run twice; they are
    /// upserts.
    pub async fn change(&self, writes: &[Write]) -> Result<Vec<usize>, StoreError> {
        self.within(SHORT_LIMIT, "a small transaction", self.change_unhurried(writes)).await
    }

    async fn change_unhurried(&self, writes: &[Write]) -> Result<Vec<usize>, StoreError> {
        loop {
            let mut loan = self.pool.take().await?;
            let outcome = change(&mut loan.session, writes).await;
            if let Some(settled) = self.pool.settle(loan, outcome) {
                self.syncs.fetch_add(u64::from(settled.is_ok()), Ordering::Relaxed);
                return settled;
            }
        }
    }

    /// Runs one statement that answers rows, in a transaction of its own.
    pub async fn change_returning(&self, write: &Write) -> Result<Vec<Row>, StoreError> {
        let query = self.query(write.statement, &write.params);
        let rows = self.within(SHORT_LIMIT, write.statement.name, query).await?;
        self.syncs.fetch_add(1, Ordering::Relaxed);
        Ok(rows)
    }

    /// Prepares a statement without running it.
    pub async fn prepare(&self, statement: &'static Statement) -> Result<(), StoreError> {
        loop {
            let mut loan = self.pool.take().await?;
            let outcome = loan.session.prepare(&[statement]).await;
            if let Some(settled) = self.pool.settle(loan, outcome) {
                return settled;
            }
        }
    }

    /// A transaction that keeps every other writer out.
    pub async fn exclusive(&self) -> Result<Exclusive<'_>, StoreError> {
        Exclusive::begin(&self.pool).await
    }

    /// Commits with synchronous_commit on.
    pub fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed)
    }

    /// Its connections, and how long they take to answer.
    pub fn load(&self) -> DatabaseLoad {
        self.pool.driver().load().read()
    }

    /// The statements that only PostgreSQL runs.
    pub fn statements() -> impl Iterator<Item = &'static Statement> {
        [commit::STATEMENTS, facts::STATEMENTS, rows_out::STATEMENTS].into_iter().flatten().copied()
    }
}

async fn change(session: &mut Session, writes: &[Write]) -> Result<Vec<usize>, Failure> {
    if let [write] = writes {
        return Ok(vec![session.execute(write.statement, &write.params).await?]);
    }
    session.script("BEGIN").await?;
    let mut changed = Vec::with_capacity(writes.len());
    for write in writes {
        match session.execute(write.statement, &write.params).await {
            Ok(rows) => changed.push(rows),
            Err(failure) => {
                let ended = session.script("ROLLBACK").await;
                return Err(Failure { lost: failure.lost || ended.is_err(), ..failure });
            }
        }
    }
    session.script("COMMIT").await?;
    Ok(changed)
}

async fn setting(session: &Session, name: &str) -> Result<String, StoreError> {
    let prepared = session.prepare_text(&format!("SHOW {name}")).await?;
    let mut pipeline = session.pipeline();
    pipeline.text(&prepared, &[]);
    let answers = pipeline.answers().await?;
    let rows = session::rows(answers.first().map_or(&[], Vec::as_slice))?;
    let row = rows.first().ok_or_else(|| StoreError::Open(format!("PostgreSQL does not know {name}")))?;
    row.text(0).map(str::to_owned)
}

/// Acknowledged means durable, so a server that was told not to sync is refused.
async fn check_server(session: &Session) -> Result<(), StoreError> {
    let version = setting(session, "server_version_num").await?;
    if version.parse::<i64>().is_ok_and(|version| version < VERSION_LEAST) {
        return Err(StoreError::Open(format!("PostgreSQL 15 or newer is needed, this is {version}")));
    }
    if setting(session, "synchronous_commit").await? == "off" {
        return Err(StoreError::Open(
            "synchronous_commit is off, so an acknowledged commit could be lost".to_owned(),
        ));
    }
    if setting(session, "fsync").await? == "off" {
        tracing::warn!("PostgreSQL runs with fsync = off: a power cut loses acknowledged commits");
    }
    Ok(())
}

/// Applies what is missing, each migration in a transaction of its own, one process at a time.
pub async fn migrate(session: Session, wanted: &[Migration]) -> Result<(), StoreError> {
    session.script(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})")).await?;
    session.script(migration::CREATE_TABLE).await?;
    let prepared = session.prepare_text(migration::APPLIED).await?;
    let mut pipeline = session.pipeline();
    pipeline.text(&prepared, &[]);
    let answers = pipeline.answers().await?;
    let applied = session::rows(answers.first().map_or(&[], Vec::as_slice))?;
    for Plan { migration, digest } in migration::plan(&applied, wanted)? {
        let record = session.prepare_text(migration::RECORD).await?;
        let params = [Value::from(migration.name), Value::from(digest)];
        session.script(&format!("BEGIN; {}", migration.sql)).await?;
        let mut pipeline = session.pipeline();
        pipeline.text(&record, &params);
        pipeline.command("COMMIT");
        pipeline.answers().await?;
    }
    // The lock goes with the connection.
    Ok(())
}
