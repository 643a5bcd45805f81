//! What is left of history whose positions are gone: how much and how fast was driven where, and nobody's.

use super::{Telemetry, statements, text_of};
use crate::{Row, StoreError, Value, Write, id_text::IdText};
use kernel::{DriverId, TenantId, TypedId as _};
use std::collections::BTreeMap;

use super::PositionRow;

/// A cell that fewer vehicles crossed in an hour of the day could tell who it was.
const VEHICLES_MIN: u32 = 5;
const CELLS_PER_DEGREE: f64 = 10.0;
const HOUR_US: i64 = 3_600_000_000;

/// The traffic of a cell of 0.1 degrees at an hour of the day, over 30 days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traffic {
    /// Counts 30 days since 1970.
    pub block: i64,
    /// The cell's southern edge, in tenths of a degree.
    pub cell_latitude: i64,
    /// The cell's western edge, in tenths of a degree.
    pub cell_longitude: i64,
    /// 0 to 23, UTC.
    pub hour: i64,
    /// Minutes in which a vehicle was there.
    pub minutes: i64,
    /// Different vehicles, at least 5.
    pub vehicles: i64,
    /// Positions that told a speed.
    pub speeds: i64,
    /// The sum of those speeds, km/h.
    pub speed_sum_kmh: f64,
}

impl Traffic {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            block: row.int(0)?,
            cell_latitude: row.int(1)?,
            cell_longitude: row.int(2)?,
            hour: row.int(3)?,
            minutes: row.int(4)?,
            vehicles: row.int(5)?,
            speeds: row.int(6)?,
            speed_sum_kmh: row.real(7)?,
        })
    }
}

impl Telemetry {
    /// A tenant's anonymous traffic, oldest first, at most `limit` rows.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn traffic(&self, tenant: TenantId, limit: u32) -> Result<Vec<Traffic>, StoreError> {
        let params = vec![text_of(tenant), Value::Int(i64::from(limit))];
        self.query(&statements::TRAFFIC, params).await?.iter().map(Traffic::read).collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    tenant: TenantId,
    latitude: i64,
    longitude: i64,
    hour: i64,
}

#[derive(Debug, Default)]
struct Sum {
    minutes: i64,
    vehicles: u32,
    last: Option<DriverId>,
    speeds: i64,
    speed_sum_kmh: f64,
}

/// Adds a block up, one driver after the other.
#[derive(Debug, Default)]
pub struct Adder {
    sums: BTreeMap<Cell, Sum>,
}

impl Adder {
    /// Adds positions of one driver, one a minute; all of a driver before the next.
    pub fn add(&mut self, rows: &[PositionRow]) {
        for row in rows {
            let cell = Cell {
                tenant: row.tenant,
                latitude: cell_of(row.position.latitude),
                longitude: cell_of(row.position.longitude),
                hour: row.at.micros().div_euclid(HOUR_US).rem_euclid(24),
            };
            let sum = self.sums.entry(cell).or_default();
            sum.minutes += 1;
            if sum.last != Some(row.driver) {
                sum.last = Some(row.driver);
                sum.vehicles += 1;
            }
            if let Some(speed) = row.speed_kmh {
                sum.speeds += 1;
                sum.speed_sum_kmh += speed;
            }
        }
    }

    /// The rows of a block, without those that could tell who it was.
    pub fn writes(&self, block: i64) -> Vec<Write> {
        let known = self.sums.iter().filter(|(_, sum)| sum.vehicles >= VEHICLES_MIN);
        known
            .map(|(cell, sum)| {
                let params = vec![
                    block.into(),
                    Value::from(IdText::new(cell.tenant.stream()).as_str()),
                    cell.latitude.into(),
                    cell.longitude.into(),
                    cell.hour.into(),
                    sum.minutes.into(),
                    i64::from(sum.vehicles).into(),
                    sum.speeds.into(),
                    sum.speed_sum_kmh.into(),
                ];
                Write::new(&statements::TRAFFIC_INSERT, params)
            })
            .collect()
    }
}

fn cell_of(degrees: f64) -> i64 {
    (degrees * CELLS_PER_DEGREE).floor() as i64
}
