//! A transaction that holds the append lock, for what changes the tables of views.

use super::{
    commit::{APPEND_LOCK, LOCK},
    pool::{Loan, Pool},
    session::rows,
};
use crate::{Row, StoreError, Value};
use std::collections::HashMap;

/// An open transaction; dropped without [`Exclusive::commit`], its connection is closed and it is undone.
pub struct Exclusive<'a> {
    pool: &'a Pool,
    loan: Loan<'a>,
    prepared: HashMap<String, tokio_postgres::Statement>,
}

impl<'a> Exclusive<'a> {
    /// Opens the transaction and waits for the lock.
    pub async fn begin(pool: &'a Pool) -> Result<Self, StoreError> {
        let mut loan = pool.take_live().await?;
        loan.session.prepare(&[&LOCK]).await?;
        let lock = [Value::Int(APPEND_LOCK)];
        let mut pipeline = loan.session.pipeline();
        pipeline.command("BEGIN");
        // A rebuild may take longer than a request may.
        pipeline.command("SET LOCAL statement_timeout = 0");
        pipeline.values(&LOCK, &lock)?;
        pipeline.answers().await?;
        Ok(Self { pool, loan, prepared: HashMap::new() })
    }

    /// Runs a script.
    pub async fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        Ok(self.loan.session.script(sql).await?)
    }

    /// Runs statements in one round trip.
    pub async fn write_all(&mut self, writes: &[(String, Vec<Value>)]) -> Result<(), StoreError> {
        for (sql, _) in writes {
            self.prepare(sql).await?;
        }
        let mut pipeline = self.loan.session.pipeline();
        for (sql, params) in writes {
            if let Some(prepared) = self.prepared.get(sql) {
                pipeline.text(prepared, params);
            }
        }
        pipeline.answers().await?;
        Ok(())
    }

    /// The rows of a query.
    pub async fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let prepared = self.loan.session.prepare_text(sql).await?;
        let mut pipeline = self.loan.session.pipeline();
        pipeline.text(&prepared, params);
        let answers = pipeline.answers().await?;
        Ok(rows(answers.first().map_or(&[], Vec::as_slice))?)
    }

    async fn prepare(&mut self, sql: &str) -> Result<(), StoreError> {
        if !self.prepared.contains_key(sql) {
            let prepared = self.loan.session.prepare_text(sql).await?;
            self.prepared.insert(sql.to_owned(), prepared);
        }
        Ok(())
    }

    /// Makes it durable.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.loan.session.script("COMMIT").await?;
        self.pool.give_back(self.loan);
        Ok(())
    }
}
