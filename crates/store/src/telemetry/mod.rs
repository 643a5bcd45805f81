//! Positions are telemetry, not events: their own file (SQLite) or table (PostgreSQL) with their own writer.

mod postgres;
mod queue;
mod sqlite;

use crate::{
    Row, StoreError, StoreUrl, Value,
    id_text::{IdText, parse_id},
};
use kernel::{DriverId, Position, TenantId, Timestamp, TypedId};
use std::sync::Arc;

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

    /// Appends rows durably, at most 10,000; concurrent calls share a commit. The same (driver, time) twice is kept
    /// once: the first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn append(&self, rows: Vec<PositionRow>) -> Result<(), StoreError> {
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
        let params = vec![text_of(driver), Value::from(from), Value::from(to), Value::Int(i64::from(limit))];
        self.query(&statements::HISTORY, params).await
    }

    /// Each driver's newest row that is not older than `since`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn latest(&self, since: Timestamp) -> Result<Vec<PositionRow>, StoreError> {
        self.query(&statements::LATEST, vec![Value::from(since)]).await
    }

    /// Deletes the history before an instant (on PostgreSQL whole days only). The newest row of each driver is kept by
    /// itself.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_before(&self, instant: Timestamp) -> Result<(), StoreError> {
        match &*self.inner {
            Inner::Sqlite(sqlite) => sqlite.forget_before(instant).await,
            Inner::Postgres(postgres) => postgres.forget_before(instant).await,
        }
    }

    async fn query(
        &self,
        statement: &'static crate::Statement,
        params: Vec<Value>,
    ) -> Result<Vec<PositionRow>, StoreError> {
        let rows = match &*self.inner {
            Inner::Sqlite(sqlite) => sqlite.query(statement, params).await,
            Inner::Postgres(postgres) => postgres.query(statement, &params).await,
        };
        rows?.iter().map(position_row).collect()
    }
}

/// The statements that both databases share.
mod statements {
    use crate::Statement;

    pub static HISTORY: Statement = Statement {
        name: "telemetry.history",
        sql: "SELECT driver, at, tenant, latitude, longitude, speed_kmh, heading FROM positions \
              WHERE driver = $1 AND at >= $2 AND at < $3 ORDER BY at LIMIT $4",
    };
    pub static LATEST: Statement = Statement {
        name: "telemetry.latest",
        sql: "SELECT driver, at, tenant, latitude, longitude, speed_kmh, heading FROM latest_positions \
              WHERE at >= $1 ORDER BY driver",
    };
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
