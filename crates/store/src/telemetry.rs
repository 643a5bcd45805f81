//! Positions are telemetry, not events: their own file (SQLite) or table (PostgreSQL) with their own writer.

use crate::{StoreError, StoreUrl};
use kernel::{DriverId, Position, TenantId, Timestamp};

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
pub struct Telemetry {}

#[allow(clippy::todo, unused_variables, clippy::unused_async, reason = "the body follows")]
impl Telemetry {
    /// Opens the telemetry beside the log.
    ///
    /// # Errors
    /// [`StoreError::Open`].
    pub async fn open(url: &StoreUrl) -> Result<Self, StoreError> { todo!() }
    /// Appends rows durably; concurrent calls share a commit. The same (driver, time) twice is kept once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn append(&self, rows: Vec<PositionRow>) -> Result<(), StoreError> { todo!() }
    /// A driver's rows from `from` (included) to `to` (excluded), oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn history(&self, driver: DriverId, from: Timestamp, to: Timestamp, limit: u32) -> Result<Vec<PositionRow>, StoreError> { todo!() }
    /// Each driver's newest row that is not older than `since`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn latest(&self, since: Timestamp) -> Result<Vec<PositionRow>, StoreError> { todo!() }
}
