//! A batch in two round trips: lock and facts, then writes and COMMIT. An outcome that got lost is looked up.

use super::{
    connector::Connector,
    facts::{self, Wanted},
    rows_out::{self, RowsOut},
    session::{Failure, Session},
};
use crate::{Outcome, Statement, StoreError, Unit, Value, evaluate::evaluate, tables};
use std::{sync::Arc, time::Duration};

/// The advisory lock around every append ("autobrok").
pub const APPEND_LOCK: i64 = 0x6175_746f_6272_6f6b;

pub static LOCK: Statement = Statement { name: "store.lock", sql: "SELECT pg_advisory_xact_lock($1)" };
static MARK: Statement = Statement {
    name: "store.writers.mark",
    sql: "INSERT INTO writers (id, batch) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET batch = excluded.batch",
};
static MARKED: Statement =
    Statement { name: "store.writers.batch", sql: "SELECT batch FROM writers WHERE id = $1" };
static WRITER_ID: Statement = Statement { name: "store.writers.id", sql: "SELECT gen_random_uuid()::text" };

/// Every statement here.
pub static STATEMENTS: &[&Statement] = &[&LOCK, &MARK, &MARKED, &WRITER_ID, &tables::SET_HEAD];

/// For the writer's connection: all it runs are lookups and upserts by key, and a plan must not depend on how many rows
/// a table had when it was made.
const WRITER_SETTINGS: &str = "SET synchronous_commit = on; SET plan_cache_mode = force_generic_plan; \
                               SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off";

/// How long a lost outcome is asked for. Who waits longer is not served better, and the writer has other work.
const OUTCOME_LIMIT: Duration = Duration::from_secs(2);

/// What became of a batch.
pub struct Committed {
    pub outcomes: Vec<Outcome>,
    pub events: u64,
}

/// The one connection that commits batches.
pub struct Committer {
    connector: Arc<Connector>,
    session: Option<Session>,
    /// Names this process in `writers`.
    id: Value,
    /// The number of the last batch that was tried.
    batch: i64,
}

/// Why a batch was not acknowledged right away.
enum Trouble {
    /// Nothing was written.
    Before(Failure),
    /// COMMIT was sent and no answer came.
    Unknown(Committed),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Before(failure)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Before(Failure { error, lost: false })
    }
}

impl Committer {
    pub async fn new(connector: Arc<Connector>) -> Result<Self, StoreError> {
        let mut session = prepared_session(connector.connect().await?).await?;
        let rows = session.query(&WRITER_ID, &[]).await?;
        let id = rows.first().map(|row| row.text(0).map(Value::from)).transpose()?;
        let id = id.ok_or_else(|| StoreError::Open("PostgreSQL gave this process no name".to_owned()))?;
        Ok(Self { connector, session: Some(session), id, batch: 0 })
    }

    /// Commits a batch. When the connection is lost after COMMIT was sent, the database is asked what happened. If it
    /// does not come back at once, nothing is acknowledged and the batch may be there all the same: whatever is tried
    /// next is checked against what is there, after the backend that still works on it has ended (it holds the lock).
    pub async fn commit(&mut self, units: &[Unit]) -> Result<Committed, StoreError> {
        loop {
            let (mut session, reused) = self.session().await?;
            self.batch += 1;
            match self.attempt(&mut session, units).await {
                Ok(committed) => {
                    self.session = Some(session);
                    return Ok(committed);
                }
                // A connection that died while it was idle says nothing about the database.
                Err(Trouble::Before(failure)) if failure.lost && reused => {}
                Err(Trouble::Before(failure)) => {
                    if !failure.lost && session.script("ROLLBACK").await.is_ok() {
                        self.session = Some(session);
                    }
                    return Err(failure.error);
                }
                Err(Trouble::Unknown(committed)) => {
                    drop(session);
                    let connector = Arc::clone(&self.connector);
                    let asked = connector.driver().limit(OUTCOME_LIMIT, self.was_committed()).await;
                    return match asked {
                        Ok(Ok(true)) => Ok(committed),
                        Ok(Ok(false)) => Err(lost()),
                        Ok(Err(error)) => Err(error),
                        Err(_) => Err(unknown()),
                    };
                }
            }
        }
    }

    async fn session(&mut self) -> Result<(Session, bool), StoreError> {
        // Taken out for the time of its use: if the caller goes away half-way, the connection goes with it and
        // PostgreSQL rolls back.
        if let Some(session) = self.session.take().filter(|session| !session.is_closed()) {
            return Ok((session, true));
        }
        Ok((prepared_session(self.connector.connect().await?).await?, false))
    }

    async fn attempt(&self, session: &mut Session, units: &[Unit]) -> Result<Committed, Trouble> {
        let wanted = Wanted::of(units);
        let lock = [Value::Int(APPEND_LOCK)];
        let mut pipeline = session.pipeline();
        pipeline.command("BEGIN ISOLATION LEVEL READ COMMITTED");
        pipeline.values(&LOCK, &lock)?;
        wanted.ask(&mut pipeline)?;
        let answers = pipeline.answers().await?;
        let mut loaded = wanted.load(answers.get(2..).unwrap_or_default())?;
        let verdicts = evaluate(units, &mut loaded)?;

        let mut head = loaded.head.clone();
        let mut accepted = Vec::with_capacity(units.len());
        let mut outcomes = Vec::with_capacity(units.len());
        let mut position = head.position;
        for (unit, verdict) in units.iter().zip(verdicts) {
            outcomes.push(match verdict {
                Some(rejection) => Outcome::Rejected(rejection),
                None => {
                    if !unit.changes_nothing() {
                        accepted.push(unit);
                    }
                    let first = if unit.events.is_empty() { position } else { position + 1 };
                    position += unit.events.len() as i64;
                    Outcome::Committed { first }
                }
            });
        }
        if accepted.is_empty() {
            session.script("ROLLBACK").await?;
            return Ok(Committed { outcomes, events: 0 });
        }
        let rows = RowsOut::of(&accepted, &loaded, &mut head);
        session.prepare(&rows.statements()).await?;
        let events = u64::try_from(position - loaded.head.position).unwrap_or(0);
        self.write(session, &rows, Committed { outcomes, events }).await
    }

    async fn write(
        &self,
        session: &Session,
        rows: &RowsOut<'_>,
        committed: Committed,
    ) -> Result<Committed, Trouble> {
        let mark = [self.id.clone(), Value::Int(self.batch)];
        let mut pipeline = session.pipeline();
        rows.write(&mut pipeline)?;
        pipeline.values(&MARK, &mark)?;
        pipeline.command("COMMIT");
        match pipeline.answers().await {
            Ok(_) => Ok(committed),
            Err(failure) if failure.lost => Err(Trouble::Unknown(committed)),
            // After a refused statement COMMIT only ends the transaction, so nothing was written.
            Err(failure) => Err(Trouble::Before(failure)),
        }
    }

    /// Whether the last batch is in the database. The lock makes sure that a backend which still works on it has ended.
    async fn was_committed(&mut self) -> Result<bool, StoreError> {
        loop {
            match self.ask_whether_committed().await {
                Ok(committed) => return Ok(committed),
                Err(failure) if failure.lost => {
                    tracing::warn!(error = %failure.error, "asking for a lost outcome")
                }
                Err(failure) => return Err(failure.error),
            }
        }
    }

    async fn ask_whether_committed(&mut self) -> Result<bool, Failure> {
        let session = prepared_session(self.connector.connect_patiently().await).await?;
        let lock = [Value::Int(APPEND_LOCK)];
        let id = [self.id.clone()];
        let mut pipeline = session.pipeline();
        pipeline.command("BEGIN");
        pipeline.values(&LOCK, &lock)?;
        pipeline.values(&MARKED, &id)?;
        pipeline.command("COMMIT");
        let answers = pipeline.answers().await?;
        let rows = super::session::rows(answers.get(2).map_or(&[], Vec::as_slice))?;
        let batch = rows.first().map(|row| row.int(0)).transpose();
        let batch = batch.map_err(|error| Failure { error, lost: false })?;
        self.session = Some(session);
        Ok(batch == Some(self.batch))
    }
}

fn unknown() -> StoreError {
    StoreError::Unavailable(
        "the connection was lost during the commit; what became of it is not known".to_owned(),
    )
}

fn lost() -> StoreError {
    StoreError::Unavailable("the connection was lost before the commit".to_owned())
}

async fn prepared_session(mut session: Session) -> Result<Session, Failure> {
    session.script(WRITER_SETTINGS).await?;
    for statements in [STATEMENTS, facts::STATEMENTS, rows_out::STATEMENTS] {
        session.prepare(statements).await?;
    }
    Ok(session)
}
