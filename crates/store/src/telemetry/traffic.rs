//! What is left of history whose positions are gone: how much and how fast was driven where, and nobody's.

use super::{Telemetry, statements, text_of};
use crate::{Row, StoreError, Value, Write, id_text::IdText};
use kernel::{DriverId, Position, TenantId, TypedId as _};
use std::collections::BTreeMap;

use super::PositionRow;

/// A cell that fewer vehicles crossed in an hour of the day could tell who it was.
const VEHICLES_MIN: u32 = 5;
const CELLS_PER_DEGREE: f64 = 10.0;
/// Cells to each side of the one that is asked about.
const CELLS_AROUND: i64 = 5;
const HOUR_US: i64 = 3_600_000_000;

/// The traffic of a cell of 0.1 degrees at an hour of the day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traffic {
    /// The cell's southern edge, in tenths of a degree.
    pub cell_latitude: i64,
    /// The cell's western edge, in tenths of a degree.
    pub cell_longitude: i64,
    /// 0 to 23, UTC.
    pub hour: i64,
    /// Minutes in which a vehicle was there.
    pub minutes: i64,
    /// The most different vehicles within 30 days, at least 5.
    pub vehicles: i64,
    /// Positions that told a speed.
    pub speeds: i64,
    /// The sum of those speeds, km/h.
    pub speed_sum_kmh: f64,
}

impl Traffic {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            cell_latitude: row.int(0)?,
            cell_longitude: row.int(1)?,
            hour: row.int(2)?,
            minutes: row.int(3)?,
            vehicles: row.int(4)?,
            speeds: row.int(5)?,
            speed_sum_kmh: row.real(6)?,
        })
    }
}

impl Telemetry {
    /// A tenant's anonymous traffic in the cells within half a degree of a place, by cell and hour.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn traffic_around(
        &self,
        tenant: TenantId,
        place: Position,
    ) -> Result<Vec<Traffic>, StoreError> {
        let (north, east) = (cell_of(place.latitude), cell_of(place.longitude));
        let near = [north - CELLS_AROUND, north + CELLS_AROUND, east - CELLS_AROUND, east + CELLS_AROUND];
        let params = [text_of(tenant)].into_iter().chain(near.map(Value::Int)).collect();
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
