//! The two databases behind one set of operations.

use super::records::Reach;
use crate::{
    Outcome, Row, Statement, StoreError, Unit, Value, Write, postgres::PostgresStore, sqlite::SqliteStore,
};

/// One of the two.
pub enum Backend {
    Sqlite(SqliteStore),
    Postgres(Box<PostgresStore>),
}

/// What became of a batch.
pub struct Batch {
    pub outcomes: Vec<Outcome>,
    pub events: u64,
}

impl Backend {
    pub async fn commit(&self, units: &[Unit]) -> Result<Batch, StoreError> {
        match self {
            Self::Sqlite(sqlite) => {
                let committed = sqlite.commit(units).await?;
                Ok(Batch { outcomes: committed.outcomes, events: committed.events })
            }
            Self::Postgres(postgres) => {
                let committed = postgres.commit(units).await?;
                Ok(Batch { outcomes: committed.outcomes, events: committed.events })
            }
        }
    }

    pub async fn query(
        &self,
        statement: &'static Statement,
        params: Vec<Value>,
        reach: Reach,
    ) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.query(statement, params, reach).await,
            Self::Postgres(postgres) => postgres.read(statement, &params, reach).await,
        }
    }

    /// Runs writes in one durable transaction of their own; rows changed by each.
    pub async fn change(&self, writes: &[Write]) -> Result<Vec<usize>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.change(writes).await,
            Self::Postgres(postgres) => postgres.change(writes).await,
        }
    }

    /// Runs one statement that answers rows, in a durable transaction of its own.
    pub async fn change_returning(&self, write: &Write) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.change_returning(write).await,
            Self::Postgres(postgres) => postgres.change_returning(write).await,
        }
    }

    /// Prepares a statement without running it.
    pub async fn prepare(&self, statement: &'static Statement) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.prepare(statement).await,
            Self::Postgres(postgres) => postgres.prepare(statement).await,
        }
    }
}
