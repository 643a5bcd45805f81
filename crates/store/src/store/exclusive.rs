//! The exclusive transaction of either database.

use crate::{Row, StoreError, Value, postgres, sqlite};

/// An open transaction that keeps every other writer out; dropped without [`Exclusive::commit`], it is undone.
pub enum Exclusive<'a> {
    Sqlite(sqlite::Exclusive<'a>),
    Postgres(Box<postgres::Exclusive<'a>>),
}

impl Exclusive<'_> {
    /// Whether the tables are PostgreSQL's.
    pub const fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Runs a script.
    pub async fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.script(sql),
            Self::Postgres(postgres) => postgres.script(sql).await,
        }
    }

    /// Runs statements, in order.
    pub async fn write_all(&mut self, writes: &[(String, Vec<Value>)]) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => writes.iter().try_for_each(|(sql, params)| sqlite.write(sql, params)),
            Self::Postgres(postgres) => postgres.write_all(writes).await,
        }
    }

    /// The rows of a query.
    pub async fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.query(sql, params),
            Self::Postgres(postgres) => postgres.query(sql, params).await,
        }
    }

    /// Makes it durable.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.commit(),
            Self::Postgres(postgres) => postgres.commit().await,
        }
    }
}
