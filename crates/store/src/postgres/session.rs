//! One connection: statements prepared once, several sent at once, errors told apart.

use super::{driver::Driver, values};
use crate::{Row, Statement, StoreError, Value};
use rustc_hash::FxHashMap;
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};
use tokio_postgres::{Client, Error, error::SqlState, types::ToSql};

/// How long the answer to anything may take before the connection is given up.
pub const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// What was sent and is not answered yet.
type Sent<'a> = Pin<Box<dyn Future<Output = Result<Vec<tokio_postgres::Row>, Error>> + Send + 'a>>;

/// A connection. It is thrown away, never reused, when something was left half done on it.
pub struct Session {
    client: Client,
    driver: Arc<Driver>,
    /// By the address of the registered statement.
    prepared: FxHashMap<usize, tokio_postgres::Statement>,
}

/// An error, and whether the connection is lost.
#[derive(Debug)]
pub struct Failure {
    pub error: StoreError,
    pub lost: bool,
}

impl Failure {
    fn of(name: &str, error: &Error) -> Self {
        Self { error: classify(name, error), lost: is_lost(error) }
    }

    fn late() -> Self {
        Self { error: StoreError::Unavailable("PostgreSQL does not answer".to_owned()), lost: true }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

impl Session {
    pub fn new(client: Client, driver: Arc<Driver>) -> Self {
        Self { client, driver, prepared: FxHashMap::default() }
    }

    /// Whether the other side is gone.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Prepares what is not prepared yet.
    pub async fn prepare(&mut self, statements: &[&'static Statement]) -> Result<(), Failure> {
        for statement in statements {
            let address = std::ptr::from_ref::<Statement>(statement).addr();
            if !self.prepared.contains_key(&address) {
                let prepared = self.limited(self.client.prepare(statement.sql)).await?;
                self.prepared.insert(address, prepared.map_err(|error| Failure::of(statement.name, &error))?);
            }
        }
        Ok(())
    }

    async fn limited<T>(&self, future: impl Future<Output = T>) -> Result<T, Failure> {
        let limited = self.driver.limit(ANSWER_LIMIT, future);
        self.driver.load().measure(limited).await.map_err(|_| Failure::late())
    }

    /// Starts a pipeline. The statements of its pushes must be prepared.
    pub fn pipeline(&self) -> Pipeline<'_> {
        Pipeline { session: self, sent: Vec::new() }
    }

    /// The rows of a registered statement.
    pub async fn query(
        &mut self,
        statement: &'static Statement,
        params: &[Value],
    ) -> Result<Vec<Row>, Failure> {
        self.prepare(&[statement]).await?;
        let mut pipeline = self.pipeline();
        pipeline.values(statement, params)?;
        let answers = pipeline.answers().await?;
        rows(&answers[0])
    }

    /// Runs a registered statement; the number of rows it changed.
    pub async fn execute(
        &mut self,
        statement: &'static Statement,
        params: &[Value],
    ) -> Result<usize, Failure> {
        self.prepare(&[statement]).await?;
        let prepared = self.of(statement)?;
        let executed =
            self.limited(self.client.execute_raw(prepared, params.iter().map(values::Param))).await?;
        let changed = executed.map_err(|error| Failure::of(statement.name, &error))?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    /// Runs a script.
    pub async fn script(&self, sql: &str) -> Result<(), Failure> {
        self.limited(self.client.batch_execute(sql)).await?.map_err(|error| Failure::of("script", &error))
    }

    /// Prepares SQL that is not registered.
    pub async fn prepare_text(&self, sql: &str) -> Result<tokio_postgres::Statement, Failure> {
        self.limited(self.client.prepare(sql)).await?.map_err(|error| Failure::of("prepare", &error))
    }

    fn of(&self, statement: &'static Statement) -> Result<&tokio_postgres::Statement, Failure> {
        let prepared = self.prepared.get(&std::ptr::from_ref(statement).addr());
        prepared.ok_or_else(|| Failure {
            error: StoreError::Defect(format!("{} was not prepared", statement.name)),
            lost: false,
        })
    }
}

/// The rows of an answer.
pub fn rows(answer: &[tokio_postgres::Row]) -> Result<Vec<Row>, Failure> {
    let rows: Result<Vec<Row>, StoreError> = answer.iter().map(values::row).collect();
    rows.map_err(|error| Failure { error, lost: false })
}

/// Statements that are sent one after the other without waiting for an answer in between: one round trip for all.
pub struct Pipeline<'a> {
    session: &'a Session,
    sent: Vec<(&'static str, Sent<'a>)>,
}

impl<'a> Pipeline<'a> {
    /// Adds a command without parameters, such as BEGIN.
    pub fn command(&mut self, sql: &'static str) {
        let client = &self.session.client;
        self.sent.push((sql, Box::pin(async move { client.batch_execute(sql).await.map(|()| Vec::new()) })));
    }

    /// Adds a registered statement with values.
    pub fn values(&mut self, statement: &'static Statement, params: &'a [Value]) -> Result<(), Failure> {
        let prepared = self.session.of(statement)?;
        self.add(statement.name, prepared, params.iter().map(values::Param));
        Ok(())
    }

    /// Adds a registered statement with native parameters.
    pub fn native(
        &mut self,
        statement: &'static Statement,
        params: Vec<&'a (dyn ToSql + Sync)>,
    ) -> Result<(), Failure> {
        let prepared = self.session.of(statement)?;
        self.add(statement.name, prepared, params);
        Ok(())
    }

    /// Adds a statement that is not registered.
    pub fn text(&mut self, prepared: &'a tokio_postgres::Statement, params: &'a [Value]) {
        self.add("unregistered", prepared, params.iter().map(values::Param));
    }

    fn add<P, I>(&mut self, name: &'static str, prepared: &'a tokio_postgres::Statement, params: I)
    where
        P: tokio_postgres::types::BorrowToSql + Send + 'a,
        I: IntoIterator<Item = P, IntoIter: ExactSizeIterator + Send> + Send + 'a,
    {
        let client = &self.session.client;
        let sent = async move {
            let stream = client.query_raw(prepared, params).await?;
            futures_util::TryStreamExt::try_collect(stream).await
        };
        self.sent.push((name, Box::pin(sent)));
    }

    /// Sends everything and waits for all answers. The first failure is the answer; what PostgreSQL says of the
    /// statements after it only repeats that the transaction is over.
    pub async fn answers(self) -> Result<Vec<Vec<tokio_postgres::Row>>, Failure> {
        let session = self.session;
        session.limited(self.all_answers()).await?
    }

    async fn all_answers(mut self) -> Result<Vec<Vec<tokio_postgres::Row>>, Failure> {
        let mut early: Vec<Option<Result<_, Error>>> = Vec::with_capacity(self.sent.len());
        // A request is sent when its future is polled first, so this sends all of them, in order.
        poll_fn(|context| {
            early.extend(self.sent.iter_mut().map(|(_, sent)| match sent.as_mut().poll(context) {
                Poll::Ready(answer) => Some(answer),
                Poll::Pending => None,
            }));
            Poll::Ready(())
        })
        .await;
        let mut answers = Vec::with_capacity(self.sent.len());
        let mut failure: Option<Failure> = None;
        for ((name, sent), early) in self.sent.into_iter().zip(early) {
            let answer = match early {
                Some(answer) => answer,
                None => sent.await,
            };
            match answer {
                Ok(rows) => answers.push(rows),
                Err(error) => {
                    let later = Failure::of(name, &error);
                    let first = failure.get_or_insert_with(|| Failure::of(name, &error));
                    first.lost |= later.lost;
                }
            }
        }
        failure.map_or(Ok(answers), Err)
    }
}

/// Whether the connection is over.
fn is_lost(error: &Error) -> bool {
    error.is_closed()
        || match error.code() {
            Some(code) => is_away(code),
            None => std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>()),
        }
}

fn is_away(code: &SqlState) -> bool {
    let ends = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::DATABASE_DROPPED,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    // Class 08 is "connection exception".
    ends.contains(code) || code.code().starts_with("08")
}

/// Tells apart a database that is away, one that cannot write, and a defect of ours. Only the code and the message are
/// kept: PostgreSQL's detail may quote values.
pub fn classify(name: &str, error: &Error) -> StoreError {
    let Some(db) = error.as_db_error() else {
        let text = format!("{name}: {error}");
        return if is_lost(error) { StoreError::Unavailable(text) } else { StoreError::Defect(text) };
    };
    let text = format!("{name}: {} {}", db.code().code(), db.message());
    let unwritable = [SqlState::DISK_FULL, SqlState::IO_ERROR, SqlState::READ_ONLY_SQL_TRANSACTION];
    let passing = [
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::OUT_OF_MEMORY,
        SqlState::QUERY_CANCELED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::T_R_SERIALIZATION_FAILURE,
    ];
    if unwritable.contains(db.code()) {
        StoreError::ReadOnly(text)
    } else if is_away(db.code()) || passing.contains(db.code()) {
        StoreError::Unavailable(text)
    } else {
        StoreError::Defect(text)
    }
}
