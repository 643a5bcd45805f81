//! SQL is written once: portable statements with `$1` parameters, registered by name (design, section 4).

use crate::Value;

/// One SQL statement. `$1`, `$2` ... are its parameters; for SQLite they are rewritten to `?1`, `?2`.
///
/// Declare statements as `static`, only in `views.rs` files and in `store`; a test prepares every one on both
/// databases.
#[derive(Debug, PartialEq, Eq)]
pub struct Statement {
    /// Unique, such as `market.shipments.upsert`.
    pub name: &'static str,
    /// Portable SQL.
    pub sql: &'static str,
}

/// A statement with its parameters, to be run inside a unit. It must be an upsert, an update or a delete that cannot
/// fail.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The statement.
    pub statement: &'static Statement,
    /// Its parameters, in order.
    pub params: Vec<Value>,
}

impl Write {
    /// A write.
    #[must_use]
    pub const fn new(statement: &'static Statement, params: Vec<Value>) -> Self {
        Self { statement, params }
    }
}
