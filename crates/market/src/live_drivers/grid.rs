//! The globe in cells of about 28 km: bands of a quarter degree of latitude, each cut into as many cells as keep them
//! about square.
//!
//! A cell holds what a search compares first, side by side: points on the unit sphere, whose squared chord grows with
//! their distance and costs no trigonometry.

use super::rows::Row;
use crate::rules::geometry::unit_vector;
use kernel::{EARTH_RADIUS_KM, Position};
use rustc_hash::FxHashMap;

const BANDS_PER_DEGREE: f64 = 4.0;
const BANDS: i32 = 720;

/// A filed driver.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// On the unit sphere.
    pub(super) point: [f64; 3],
    pub(super) row: u32,
}

/// The cells that hold somebody.
#[derive(Default)]
pub(super) struct Grid {
    cells: FxHashMap<u32, Vec<Entry>>,
    len: usize,
}

/// The cells of one band that a circle may touch, as columns that may run over the date line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: i32,
    pub(super) to: i32,
}

/// The bands and columns that a circle may touch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    centre: Position,
    half_width_degrees: f64,
    pub(super) first_band: i32,
    pub(super) last_band: i32,
}

impl Reach {
    /// The bounding box of a circle; `None` when it holds a pole, where columns mean nothing.
    pub(super) fn of(centre: Position, km: f64) -> Option<Self> {
        let angle = km / EARTH_RADIUS_KM;
        let latitude = centre.latitude.to_radians();
        if latitude.abs() + angle >= std::f64::consts::FRAC_PI_2 {
            return None;
        }
        let half_width = (angle.sin() / latitude.cos()).min(1.0).asin().to_degrees();
        let reach = angle.to_degrees();
        // A hair wider, so that rounding never leaves out a cell that the circle only just touches.
        Some(Self {
            centre,
            half_width_degrees: half_width + 1e-9,
            first_band: band_of(centre.latitude - reach - 1e-9),
            last_band: band_of(centre.latitude + reach + 1e-9),
        })
    }

    /// The columns of a band; `None` when they would be the whole band.
    pub(super) fn columns(&self, band: i32) -> Option<Span> {
        let from = unrolled_column(band, self.centre.longitude - self.half_width_degrees);
        let to = unrolled_column(band, self.centre.longitude + self.half_width_degrees);
        (to - from + 1 < columns_in(band)).then_some(Span { from, to })
    }

    /// How many cells it has, about.
    pub(super) fn cells(&self) -> usize {
        let bands = self.last_band - self.first_band + 1;
        let width = self
            .columns(band_of(self.centre.latitude))
            .map_or(i32::MAX / BANDS, |span| span.to - span.from + 1);
        usize::try_from(bands.saturating_mul(width)).unwrap_or(usize::MAX)
    }
}

impl Grid {
    /// How many drivers are filed.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// How many cells hold somebody.
    pub(super) fn occupied(&self) -> usize {
        self.cells.len()
    }

    /// Files a row at a place, or takes it out.
    pub(super) fn file(&mut self, rows: &mut [Row], at: u32, place: Option<Position>) {
        let cell = place.map(cell_of);
        let row = &mut rows[at as usize];
        if let (Some((filed, index)), Some(cell), Some(place)) = (row.filed, cell, place)
            && filed == cell
        {
            if let Some(entry) = self.cells.get_mut(&cell).and_then(|entries| entries.get_mut(index as usize))
            {
                entry.point = unit_vector(place);
            }
            return;
        }
        self.take_out(rows, at);
        if let (Some(cell), Some(place)) = (cell, place) {
            let entries = self.cells.entry(cell).or_default();
            let index = u32::try_from(entries.len()).unwrap_or(u32::MAX);
            entries.push(Entry { point: unit_vector(place), row: at });
            rows[at as usize].filed = Some((cell, index));
            self.len += 1;
        }
    }

    fn take_out(&mut self, rows: &mut [Row], at: u32) {
        let Some((cell, index)) = rows[at as usize].filed.take() else { return };
        let Some(entries) = self.cells.get_mut(&cell) else { return };
        entries.swap_remove(index as usize);
        self.len -= 1;
        if let Some(moved) = entries.get(index as usize) {
            rows[moved.row as usize].filed = Some((cell, index));
        } else if entries.is_empty() {
            self.cells.remove(&cell);
        }
    }

    /// The drivers of one cell; the column may run over the date line.
    pub(super) fn cell(&self, band: i32, column: i32) -> &[Entry] {
        self.cells.get(&cell_number(band, column)).map_or(&[], Vec::as_slice)
    }

    /// All filed drivers, in no particular order.
    pub(super) fn all(&self) -> impl Iterator<Item = &Entry> {
        self.cells.values().flatten()
    }
}

fn cell_of(position: Position) -> u32 {
    let band = band_of(position.latitude);
    cell_number(band, unrolled_column(band, position.longitude))
}

fn cell_number(band: i32, column: i32) -> u32 {
    (band.unsigned_abs() << 16) | column.rem_euclid(columns_in(band)).unsigned_abs()
}

fn band_of(latitude: f64) -> i32 {
    (((latitude + 90.0) * BANDS_PER_DEGREE).floor() as i32).clamp(0, BANDS - 1)
}

fn columns_in(band: i32) -> i32 {
    let middle = (f64::from(band) + 0.5) / BANDS_PER_DEGREE - 90.0;
    ((360.0 * BANDS_PER_DEGREE * middle.to_radians().cos()).round() as i32).max(1)
}

/// The column of a longitude, which may lie beyond 180 degrees.
fn unrolled_column(band: i32, longitude: f64) -> i32 {
    ((longitude + 180.0) / 360.0 * f64::from(columns_in(band))).floor() as i32
}
