//! What the store takes and answers.

use crate::LogHead;
use kernel::{RequestId, StreamRef, TenantId, Timestamp};
use std::{fmt, path::PathBuf, str::FromStr};

/// Where the store is: `memory:`, `sqlite:PATH` (a folder) or `postgres://...`.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// SQLite in memory; nothing survives.
    Memory,
    /// SQLite files in a folder: `log.db`, `telemetry.db`.
    Sqlite(PathBuf),
    /// A PostgreSQL connection string.
    Postgres(String),
}

/// A text that is not a store's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected `memory:`, `sqlite:FOLDER` or `postgres://user@host:port/database`")]
pub struct InvalidStoreUrl;

impl FromStr for StoreUrl {
    type Err = InvalidStoreUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "memory:" {
            return Ok(Self::Memory);
        }
        if let Some(folder) = text.strip_prefix("sqlite:").filter(|folder| !folder.is_empty()) {
            return Ok(Self::Sqlite(PathBuf::from(folder)));
        }
        let is_postgres = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        if is_postgres { Ok(Self::Postgres(text.to_owned())) } else { Err(InvalidStoreUrl) }
    }
}

/// For people and logs: without the user, the password and the options of a PostgreSQL address.
impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Sqlite(folder) => write!(f, "sqlite:{}", folder.display()),
            Self::Postgres(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let rest = rest.split_once('?').map_or(rest, |(rest, _)| rest);
                write!(f, "postgres://{}", rest.rsplit_once('@').map_or(rest, |(_, place)| place))
            }
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How far a read reaches: a point read runs inline on SQLite, a long one on the blocking pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// A few rows by a key.
    Point,
    /// A list, a report, a scan.
    Long,
}

/// A stored state, so that a long stream loads fast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Whose.
    pub stream: StreamRef,
    /// The version it was taken at.
    pub version: i64,
    /// The format; a snapshot of another format is ignored.
    pub format: u32,
    /// JSON.
    pub state: String,
}

/// A standing timer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerRecord {
    /// Whose.
    pub stream: StreamRef,
    /// The tenant.
    pub tenant: TenantId,
    /// What for.
    pub name: String,
    /// Which one.
    pub key: String,
    /// When.
    pub due: Timestamp,
    /// The correlation that the firing carries on.
    pub correlation: RequestId,
}

/// An effect in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectRecord {
    /// Its id and idempotency key.
    pub id: String,
    /// Which handler.
    pub kind: String,
    /// The tenant.
    pub tenant: TenantId,
    /// JSON.
    pub payload: String,
    /// The correlation it carries on.
    pub correlation: RequestId,
    /// The position of the event that caused it.
    pub causation: i64,
    /// Attempts so far.
    pub attempts: i64,
    /// When next.
    pub due: Timestamp,
    /// The last error, empty for none.
    pub error: String,
    /// Whether it is in the dead-letter list.
    pub dead: bool,
}

/// What is kept of a request with an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// SHA-256 of the request.
    pub body_hash: [u8; 32],
    /// The stream in text form.
    pub stream: String,
    /// The first answer, once it was given.
    pub response: Option<KeptAnswer>,
}

/// The first answer to a request with an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// The rights of who was answered, as the caller writes them down; empty for an answer from before they were.
    pub rights: String,
}

/// The tables of a view and the version of its projection.
#[derive(Debug, Clone, Copy)]
pub struct ViewSchema {
    /// The view's name.
    pub name: &'static str,
    /// Raised when the projection changes: the view is rebuilt beside the old one and swapped.
    pub version: u32,
    /// Portable DDL: `CREATE TABLE name (...)` and `CREATE INDEX idx_{table}_{columns} ...` statements, separated by
    /// `;`. No constraint but the key: nothing of an accepted unit may fail.
    pub ddl: &'static str,
    /// Its tables.
    pub tables: &'static [&'static str],
}

/// Whether the store can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreHealth {
    /// Reads and writes.
    Connected,
    /// Reads only, and why.
    ReadOnly(String),
    /// Neither, and why.
    Disconnected(String),
}

/// Counters since the store was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreCounters {
    /// Batches that were acknowledged.
    pub batches: u64,
    /// Syncs to disk behind them. On SQLite counted at the file layer, on PostgreSQL commits with synchronous_commit on.
    pub syncs: u64,
    /// Units committed.
    pub units: u64,
    /// Units rejected.
    pub rejected: u64,
    /// Events appended.
    pub events: u64,
}

/// Upper bounds of the buckets of how long PostgreSQL takes, in seconds.
pub const QUERY_BUCKETS: [f64; 12] =
    [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

/// What this process asks of PostgreSQL for the log and the views.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DatabaseLoad {
    /// Connections that are open.
    pub connections: u64,
    /// Round trips by how long they took: counts by bucket of [`QUERY_BUCKETS`] (not cumulative), and the rest.
    pub buckets: [u64; QUERY_BUCKETS.len() + 1],
    /// Their sum, in seconds.
    pub sum_seconds: f64,
}

/// The result of `log verify`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// Both chains are whole.
    Whole {
        /// Events checked.
        events: u64,
        /// The head.
        head: LogHead,
    },
    /// The first event that is altered, missing or cut off.
    Broken {
        /// Its position.
        position: i64,
        /// Its stream, when it is known.
        stream: Option<String>,
        /// What is wrong: `altered`, `missing`, `truncated`.
        what: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_shown_without_secrets() {
        let shown = |text: &str| text.parse::<StoreUrl>().map(|url| format!("{url} {url:?}"));
        assert_eq!(shown("memory:").unwrap(), "memory: memory:");
        assert_eq!(shown("sqlite:/var/lib/x").unwrap(), "sqlite:/var/lib/x sqlite:/var/lib/x");
        let postgres = "postgresql://ada:ge@heim@db.example:5432/broker?password=geheim";
        assert_eq!(
            shown(postgres).unwrap(),
            "postgres://db.example:5432/broker postgres://db.example:5432/broker"
        );
        for text in ["", "memory", "sqlite:", "mysql://x", "/var/lib/x"] {
            assert_eq!(text.parse::<StoreUrl>(), Err(InvalidStoreUrl), "{text}");
        }
    }
}
