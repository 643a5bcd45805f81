//! A transaction that keeps every other writer out, for what changes the tables of views.

use super::writer::Writer;
use crate::{Row, StoreError, Value};
use tokio::sync::MutexGuard;

/// An open write transaction; dropped without [`Exclusive::commit`], it is undone.
pub struct Exclusive<'a> {
    writer: MutexGuard<'a, Writer>,
    open: bool,
}

impl<'a> Exclusive<'a> {
    /// Opens the transaction.
    pub fn begin(mut writer: MutexGuard<'a, Writer>) -> Result<Self, StoreError> {
        writer.conn.script("BEGIN IMMEDIATE")?;
        Ok(Self { writer, open: true })
    }

    /// Runs a script.
    pub fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        self.writer.conn.script(sql)
    }

    /// Runs one statement.
    pub fn write(&mut self, sql: &str, params: &[Value]) -> Result<(), StoreError> {
        self.writer.conn.write_text(sql, params).map(drop)
    }

    /// The rows of a query.
    pub fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.writer.conn.query_text(sql, params)
    }

    /// Makes it durable.
    pub fn commit(mut self) -> Result<(), StoreError> {
        self.writer.conn.script("COMMIT")?;
        self.open = false;
        Ok(())
    }
}

impl Drop for Exclusive<'_> {
    fn drop(&mut self) {
        if self.open
            && let Err(error) = self.writer.conn.script("ROLLBACK")
        {
            // The writer ends an open transaction before it begins the next one.
            tracing::warn!(%error, "a transaction on view tables could not be undone yet");
        }
    }
}
