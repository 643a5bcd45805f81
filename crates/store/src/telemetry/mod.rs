//! Positions are telemetry, not events: their own file (SQLite) or table (PostgreSQL) with their own writer.
//!
//! Recent positions are rows; older ones are packed in chunks (`chunk`), then thinned, and at last only counted
//! (`upkeep`). [`Telemetry::history`] reads all of them alike.

mod chunk;
mod postgres;
mod queue;
mod records;
mod sqlite;
mod statements;
mod swap;
mod traffic;
mod upkeep;

pub use traffic::Traffic;
pub use upkeep::{InvalidRetention, Progress, Retention, Stage, Upkeep};

use crate::{
    Row, StoreError, StoreUrl, Value,
    id_text::{IdText, parse_id},
};
use chunk::POINTS_MAX;
use kernel::{DriverId, Position, TenantId, Timestamp, TypedId};
use records::Chunk;
use std::sync::Arc;
use swap::Swap;

/// A chunk never covers more than one UTC day.
const DAY_US: i64 = 86_400_000_000;

/// Chunks that one question asks for: a day at one position a second.
const CHUNKS_AT_ONCE: i64 = 24;

/// One position of a driver.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PositionRow {
    /// The tenant.
    pub tenant: TenantId,
    /// Whose.
    pub driver: DriverId,
    /// When it was there.
    pub at: Timestamp,
    /// Where.
    pub position: Position,
    /// km/h, when known.
    pub speed_kmh: Option<f64>,
    /// Degrees from north, when known.
    pub heading: Option<f64>,
}

/// The telemetry store; clones share it.
#[derive(Clone)]
pub struct Telemetry {
    inner: Arc<Inner>,
}

enum Inner {
    Sqlite(sqlite::SqliteTelemetry),
    Postgres(postgres::PostgresTelemetry),
}

impl Telemetry {
    /// Opens the telemetry beside the log.
    ///
    /// # Errors
    /// [`StoreError::Open`].
    pub async fn open(url: &StoreUrl) -> Result<Self, StoreError> {
        let inner = match url {
            StoreUrl::Memory => Inner::Sqlite(sqlite::SqliteTelemetry::open_memory()?),
            StoreUrl::Sqlite(folder) => Inner::Sqlite(sqlite::SqliteTelemetry::open_folder(folder)?),
            StoreUrl::Postgres(url) => Inner::Postgres(postgres::PostgresTelemetry::open(url).await?),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Opens the telemetry of a store that a server may have open: for work by hand beside it.
    ///
    /// # Errors
    /// [`StoreError::Open`].
    pub async fn open_beside(url: &StoreUrl) -> Result<Self, StoreError> {
        match url {
            StoreUrl::Sqlite(folder) => {
                Ok(Self { inner: Arc::new(Inner::Sqlite(sqlite::SqliteTelemetry::open_beside(folder)?)) })
            }
            StoreUrl::Memory | StoreUrl::Postgres(_) => Self::open(url).await,
        }
    }

    /// Appends rows durably at the stored resolution ([`PositionRow::stored`]), at most 10,000; concurrent calls share
    /// a commit. The same (driver, time) twice is kept once: the first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn append(&self, mut rows: Vec<PositionRow>) -> Result<(), StoreError> {
        for row in &mut rows {
            *row = row.stored();
        }
        match &*self.inner {
            Inner::Sqlite(sqlite) => sqlite.append(rows).await,
            Inner::Postgres(postgres) => postgres.append(rows).await,
        }
    }

    /// A driver's rows from `from` (included) to `to` (excluded), oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn history(
        &self,
        driver: DriverId,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<PositionRow>, StoreError> {
        // Rows become chunks, never the other way: what is packed between the two questions is in both answers.
        let params = vec![text_of(driver), Value::from(from), Value::from(to), Value::Int(i64::from(limit))];
        let recent = self.query(&statements::HISTORY, params).await?;
        let mut rows = self.packed(driver, from, to, limit as usize).await?;
        if !rows.is_empty() {
            rows.extend(recent.iter().map(position_row).collect::<Result<Vec<_>, _>>()?);
            // What is packed was there first: the sort keeps it before a late row of the same instant.
            rows.sort_by_key(|row| row.at);
            rows.dedup_by_key(|row| row.at);
            rows.truncate(limit as usize);
            return Ok(rows);
        }
        recent.iter().map(position_row).collect()
    }

    /// The rows of a span that lie in chunks, oldest first, `limit` of them or a few more.
    async fn packed(
        &self,
        driver: DriverId,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<PositionRow>, StoreError> {
        let mut rows = Vec::new();
        let mut next = from;
        while rows.len() < limit {
            let chunks = self.chunks(driver, next, to, CHUNKS_AT_ONCE).await?;
            let is_last = chunks.len() < CHUNKS_AT_ONCE as usize;
            for chunk in chunks {
                let unpacked = chunk.rows()?;
                rows.extend(unpacked.into_iter().filter(|row| row.at >= next && row.at < to));
                // Chunks may be packed anew between two questions, with other borders.
                next = next.max(Timestamp::from_micros(chunk.head.until.micros() + 1));
                if rows.len() >= limit {
                    break;
                }
            }
            if is_last {
                break;
            }
        }
        Ok(rows)
    }

    /// The chunks of a driver that reach into a span, oldest first.
    async fn chunks(
        &self,
        driver: DriverId,
        from: Timestamp,
        to: Timestamp,
        limit: i64,
    ) -> Result<Vec<Chunk>, StoreError> {
        let earliest = Value::Int(from.micros().saturating_sub(DAY_US));
        let params = vec![text_of(driver), earliest, Value::from(to), Value::from(from), Value::Int(limit)];
        self.query(&statements::CHUNKS, params).await?.iter().map(|row| Chunk::read(driver, row)).collect()
    }

    /// Each driver's newest row that is not older than `since`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn latest(&self, since: Timestamp) -> Result<Vec<PositionRow>, StoreError> {
        self.query(&statements::LATEST, vec![Value::from(since)]).await?.iter().map(position_row).collect()
    }

    /// How much of the history is stored in which form. Counts every row, which takes its time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sizes(&self) -> Result<TelemetrySizes, StoreError> {
        let rows = self.query(&statements::SIZES, Vec::new()).await?;
        let Some(row) = rows.first() else { return Ok(TelemetrySizes::default()) };
        let number = |column| row.int(column).map(|number| u64::try_from(number).unwrap_or(0));
        Ok(TelemetrySizes {
            rows: number(0)?,
            chunks: number(1)?,
            packed: number(2)?,
            packed_bytes: number(3)?,
            thinned: number(4)?,
            traffic: number(5)?,
        })
    }

    async fn query(
        &self,
        statement: &'static crate::Statement,
        params: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        match &*self.inner {
            Inner::Sqlite(sqlite) => sqlite.query(statement, params).await,
            Inner::Postgres(postgres) => postgres.query(statement, &params).await,
        }
    }

    async fn swap(&self, swap: Swap) -> Result<bool, StoreError> {
        match &*self.inner {
            Inner::Sqlite(sqlite) => sqlite.swap(&swap),
            Inner::Postgres(postgres) => postgres.swap(&swap).await,
        }
    }

    /// Runs writes in one transaction.
    async fn write_all(&self, writes: Vec<crate::Write>) -> Result<(), StoreError> {
        match &*self.inner {
            Inner::Sqlite(sqlite) => sqlite.write_all(&writes),
            Inner::Postgres(postgres) => postgres.write_all(&writes).await,
        }
    }

    /// Gives back the partitions before a day that have become empty; only PostgreSQL has any.
    async fn drop_empty_partitions(&self, before: Timestamp) -> Result<(), StoreError> {
        match &*self.inner {
            Inner::Sqlite(_) => Ok(()),
            Inner::Postgres(postgres) => postgres.drop_empty_partitions(before).await,
        }
    }
}

/// How much of the history is stored in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TelemetrySizes {
    /// Positions that are rows.
    pub rows: u64,
    /// Chunks.
    pub chunks: u64,
    /// Positions in chunks.
    pub packed: u64,
    /// Bytes of the chunks.
    pub packed_bytes: u64,
    /// Positions in chunks that have one a minute.
    pub thinned: u64,
    /// Rows of anonymous traffic.
    pub traffic: u64,
}

fn text_of(id: impl TypedId) -> Value {
    Value::from(IdText::new(id.stream()).as_str())
}

fn position_row(row: &Row) -> Result<PositionRow, StoreError> {
    let optional = |column| if row.is_null(column) { Ok(None) } else { row.real(column).map(Some) };
    let position = Position::new(row.real(3)?, row.real(4)?);
    Ok(PositionRow {
        driver: parse_id(row.text(0)?)?,
        at: Timestamp::from_micros(row.int(1)?),
        tenant: parse_id(row.text(2)?)?,
        position: position.map_err(|error| StoreError::Defect(error.to_string()))?,
        speed_kmh: optional(5)?,
        heading: optional(6)?,
    })
}

/// Each driver's newest row among some, by driver.
fn newest(rows: impl Iterator<Item = PositionRow>) -> Vec<PositionRow> {
    let mut newest: std::collections::BTreeMap<DriverId, PositionRow> = std::collections::BTreeMap::new();
    for row in rows {
        let known = newest.entry(row.driver).or_insert(row);
        if known.at < row.at {
            *known = row;
        }
    }
    newest.into_values().collect()
}
