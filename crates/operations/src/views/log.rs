//! The log itself, searched: newest first, one stretch of positions at a time, so that no question reads it whole.

use super::id;
use kernel::{TenantId, Timestamp};
use store::{Reach, Row, Statement, Store, StoreError, Value};

/// Positions that one question looks at.
pub const STRETCH: i64 = 100_000;

static SEARCH: Statement = Statement {
    name: "operations.log.search",
    sql: "SELECT position, stream, version, type, payload, actor, correlation, causation, time, tenant FROM events
          WHERE position < $1 AND position >= $2 AND tenant = $3
            AND ($4 = '' OR type = $4 OR type LIKE $5 ESCAPE '!')
            AND ($6 = '' OR stream = $6) AND ($7 = '' OR actor = $7)
            AND time >= $8 AND time <= $9 AND ($10 = '' OR payload LIKE $10 ESCAPE '!' OR stream LIKE $10 ESCAPE '!')
          ORDER BY position DESC LIMIT $11",
};
static STREAM: Statement = Statement {
    name: "operations.log.stream",
    sql: "SELECT position, stream, version, type, payload, actor, correlation, causation, time, tenant FROM events
          WHERE stream = $1 AND tenant = $2 AND version > $3 ORDER BY version LIMIT $4",
};

/// What is asked outside any view of ours.
pub const STATEMENTS: [&Statement; 2] = [&SEARCH, &STREAM];

/// What is looked for; empty texts narrow nothing.
#[derive(Debug, Clone)]
pub struct Search {
    /// Whose log.
    pub tenant: TenantId,
    /// Before this position.
    pub before: i64,
    /// A type, or what comes before its dot.
    pub kind: String,
    /// A stream's id.
    pub stream: String,
    /// Who acted.
    pub actor: String,
    /// From this instant on.
    pub from: Timestamp,
    /// Until this instant.
    pub to: Timestamp,
    /// A text in the particulars or in the stream's id.
    pub text: String,
}

/// An event as it is searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its place in the whole log.
    pub position: i64,
    /// Its stream.
    pub stream: String,
    /// Its place in the stream.
    pub version: i64,
    /// What happened.
    pub kind: String,
    /// The particulars, as JSON.
    pub payload: String,
    /// Who acted.
    pub actor: String,
    /// The request that it follows from.
    pub correlation: String,
    /// The position of the event that caused it; 0 for none.
    pub causation: i64,
    /// When.
    pub time: Timestamp,
    /// Whose.
    pub tenant: TenantId,
}

impl Fact {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            position: row.int(0)?,
            stream: row.text(1)?.to_owned(),
            version: row.int(2)?,
            kind: row.text(3)?.to_owned(),
            payload: row.text(4)?.to_owned(),
            actor: row.text(5)?.to_owned(),
            correlation: row.text(6)?.to_owned(),
            causation: row.int(7)?,
            time: Timestamp::from_micros(row.int(8)?),
            tenant: id(row, 9)?,
        })
    }
}

/// A text inside a pattern, meaning itself.
fn literally(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// Up to `limit` facts of one stretch before a position, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn search(store: &Store, search: &Search, limit: i64) -> Result<Vec<Fact>, StoreError> {
    let family = format!("{}.%", literally(&search.kind));
    let text = if search.text.is_empty() { String::new() } else { format!("%{}%", literally(&search.text)) };
    let params: Vec<Value> = vec![
        search.before.into(),
        search.before.saturating_sub(STRETCH).into(),
        search.tenant.to_string().into(),
        search.kind.as_str().into(),
        family.into(),
        search.stream.as_str().into(),
        search.actor.as_str().into(),
        search.from.into(),
        search.to.into(),
        text.into(),
        limit.into(),
    ];
    let rows = store.query(&SEARCH, params, Reach::Long).await?;
    rows.iter().map(Fact::read).collect()
}

/// The facts of a stream after a version, in order.
///
/// # Errors
/// [`StoreError`].
pub async fn stream(
    store: &Store,
    tenant: TenantId,
    stream: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<Fact>, StoreError> {
    let params = vec![stream.into(), tenant.to_string().into(), after.into(), limit.into()];
    let rows = store.query(&STREAM, params, Reach::Long).await?;
    rows.iter().map(Fact::read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_means_itself() {
        assert_eq!(literally("50%_off!"), "50!%!_off!!");
    }
}
