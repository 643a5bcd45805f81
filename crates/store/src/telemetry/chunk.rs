//! A run of positions of one driver as compressed columns. Pure.
//!
//! `version u8 (1), points u32`, then the columns time (microseconds), latitude and longitude (1e-7 degrees), speed
//! (0.001 km/h, -1: not known) and heading (0.01 degrees, -1: not known), each as `length u32` and that many bytes of
//! pco's standalone format. Integers are little endian. What is read is what was written, to the last bit, for rows at
//! the stored resolution ([`PositionRow::stored`]).

use super::PositionRow;
use crate::StoreError;
use kernel::{DriverId, Position, TenantId, Timestamp};
use pco::{
    ChunkConfig,
    data_types::Number,
    standalone::{simple_compress, simple_decompress_into},
};

/// One chunk has at most so many points: an hour at one each second. A sparse track fills a chunk in up to a day, for
/// the columns' own heads weigh as much as fifty points.
pub const POINTS_MAX: usize = 3600;

const VERSION: u8 = 1;
/// Above this level a chunk takes longer and is hardly smaller.
const LEVEL: usize = 4;
const LENGTH_BYTES: usize = 4;
const UNKNOWN: i32 = -1;

const UNITS_PER_DEGREE: f64 = 1e7;
const UNITS_PER_KMH: f64 = 1e3;
const UNITS_PER_HEADING_DEGREE: f64 = 1e2;
const HEADING_UNITS: i32 = 36_000;

impl PositionRow {
    /// The row as it is stored: 1e-7 degrees (a centimetre), 0.001 km/h, 0.01 degrees of heading.
    #[must_use]
    pub fn stored(self) -> Self {
        let Position { latitude, longitude } = self.position;
        Self {
            position: Position {
                latitude: degrees(coordinate(latitude)),
                longitude: degrees(coordinate(longitude)),
            },
            speed_kmh: known(speed(self.speed_kmh), UNITS_PER_KMH),
            heading: known(heading(self.heading), UNITS_PER_HEADING_DEGREE),
            ..self
        }
    }
}

/// Packs rows of one driver and tenant, ordered by time.
pub fn pack(rows: &[PositionRow]) -> Result<Vec<u8>, StoreError> {
    let points = u32::try_from(rows.len()).map_err(|_| defect("too many points"))?;
    let mut packed = vec![VERSION];
    packed.extend(points.to_le_bytes());
    push(&mut packed, &column(rows, |row| row.at.micros()))?;
    push(&mut packed, &column(rows, |row| coordinate(row.position.latitude)))?;
    push(&mut packed, &column(rows, |row| coordinate(row.position.longitude)))?;
    push(&mut packed, &column(rows, |row| speed(row.speed_kmh)))?;
    push(&mut packed, &column(rows, |row| heading(row.heading)))?;
    Ok(packed)
}

/// The rows of a chunk, as they were packed.
///
/// # Errors
/// [`StoreError::Defect`] for bytes that are no chunk.
pub fn unpack(driver: DriverId, tenant: TenantId, packed: &[u8]) -> Result<Vec<PositionRow>, StoreError> {
    let [VERSION, a, b, c, d, columns @ ..] = packed else { return Err(defect("another version")) };
    let points = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
    if points > POINTS_MAX {
        return Err(defect("too many points"));
    }
    let (times, columns) = take::<i64>(columns, points)?;
    let (latitudes, columns) = take::<i32>(columns, points)?;
    let (longitudes, columns) = take::<i32>(columns, points)?;
    let (speeds, columns) = take::<i32>(columns, points)?;
    let (headings, rest) = take::<i32>(columns, points)?;
    if !rest.is_empty() {
        return Err(defect("more bytes than columns"));
    }
    let places = latitudes.into_iter().zip(longitudes);
    let motions = speeds.into_iter().zip(headings);
    let rows = times.into_iter().zip(places).zip(motions);
    rows.map(|((at, (latitude, longitude)), (speed, heading))| {
        let position = Position::new(degrees(latitude), degrees(longitude));
        Ok(PositionRow {
            tenant,
            driver,
            at: Timestamp::from_micros(at),
            position: position.map_err(|_| defect("a place off the globe"))?,
            speed_kmh: known(speed, UNITS_PER_KMH),
            heading: known(heading, UNITS_PER_HEADING_DEGREE),
        })
    })
    .collect()
}

fn column<T>(rows: &[PositionRow], value: impl Fn(&PositionRow) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

fn push<T: Number>(packed: &mut Vec<u8>, column: &[T]) -> Result<(), StoreError> {
    let config = ChunkConfig::default().with_compression_level(LEVEL);
    let bytes = simple_compress(column, &config).map_err(|error| defect(&error.to_string()))?;
    let length = u32::try_from(bytes.len()).map_err(|_| defect("a column is too long"))?;
    packed.extend(length.to_le_bytes());
    packed.extend(bytes);
    Ok(())
}

fn take<T: Number + Default>(columns: &[u8], points: usize) -> Result<(Vec<T>, &[u8]), StoreError> {
    let (length, columns) =
        columns.split_first_chunk::<LENGTH_BYTES>().ok_or_else(|| defect("a column is missing"))?;
    let length = u32::from_le_bytes(*length) as usize;
    let (bytes, rest) = columns.split_at_checked(length).ok_or_else(|| defect("a column is cut off"))?;
    let mut values = vec![T::default(); points];
    let read = simple_decompress_into(bytes, &mut values).map_err(|error| defect(&error.to_string()))?;
    if read.n_processed == points && read.finished {
        Ok((values, rest))
    } else {
        Err(defect("a column has another length"))
    }
}

/// A float cast saturates, so nothing wraps.
fn coordinate(degrees: f64) -> i32 {
    (degrees * UNITS_PER_DEGREE).round() as i32
}

fn degrees(units: i32) -> f64 {
    f64::from(units) / UNITS_PER_DEGREE
}

fn speed(kmh: Option<f64>) -> i32 {
    kmh.map_or(UNKNOWN, |kmh| ((kmh * UNITS_PER_KMH).round() as i32).max(0))
}

/// What is rounded up to a whole turn is north.
fn heading(degrees: Option<f64>) -> i32 {
    let units =
        |degrees: f64| ((degrees * UNITS_PER_HEADING_DEGREE).round() as i32).rem_euclid(HEADING_UNITS);
    degrees.map_or(UNKNOWN, units)
}

fn known(units: i32, per_one: f64) -> Option<f64> {
    (units != UNKNOWN).then(|| f64::from(units) / per_one)
}

fn defect(what: &str) -> StoreError {
    StoreError::Defect(format!("a chunk of a track cannot be used: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId, Uuid};
    use proptest::{collection::vec, option, prelude::*};

    fn driver() -> DriverId {
        DriverId::from_uuid(Uuid::from_u128(1))
    }

    fn tenant() -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(2))
    }

    prop_compose! {
        fn row()(
            at in prop_oneof![any::<i64>(), 1_700_000_000_000_000_i64..1_800_000_000_000_000],
            latitude in -90.0..=90.0_f64,
            longitude in -180.0..=180.0_f64,
            speed_kmh in option::of(0.0..=1000.0_f64),
            heading in option::of(0.0..360.0_f64),
        ) -> PositionRow {
            let position = Position { latitude, longitude };
            PositionRow {
                tenant: tenant(), driver: driver(), at: Timestamp::from_micros(at), position, speed_kmh, heading,
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked_to_the_last_bit(rows in vec(row(), 0..200)) {
            let rows: Vec<PositionRow> = rows.into_iter().map(PositionRow::stored).collect();
            prop_assert_eq!(unpack(driver(), tenant(), &pack(&rows).unwrap()).unwrap(), rows);
        }

        #[test]
        fn storing_moves_nothing_by_more_than_the_resolution_and_only_once(row in row()) {
            let stored = row.stored();
            prop_assert_eq!(stored.stored(), stored);
            prop_assert!((stored.position.latitude - row.position.latitude).abs() <= 0.5e-7 + 1e-12);
            prop_assert!((stored.position.longitude - row.position.longitude).abs() <= 0.5e-7 + 1e-12);
            prop_assert!(stored.heading.is_none_or(|heading| (0.0..360.0).contains(&heading)));
            let moved = stored.speed_kmh.zip(row.speed_kmh).map_or(0.0, |(a, b)| (a - b).abs());
            prop_assert!(moved <= 0.0005 + 1e-9);
        }

        #[test]
        fn damaged_bytes_are_an_error_and_never_a_panic(rows in vec(row(), 1..50), at in 0_usize..400, with in any::<u8>()) {
            let rows: Vec<PositionRow> = rows.into_iter().map(PositionRow::stored).collect();
            let mut packed = pack(&rows).unwrap();
            let at = at % packed.len();
            packed[at] ^= with;
            // A changed value may still be a chunk; what counts is that it ends in an answer.
            let _ = unpack(driver(), tenant(), &packed);
            prop_assert!(unpack(driver(), tenant(), &packed[..at]).is_err());
        }
    }

    #[test]
    fn a_chunk_says_how_long_it_is() {
        let packed = pack(&[]).unwrap();
        assert!(packed.len() > 5 + 5 * LENGTH_BYTES);
        assert_eq!(unpack(driver(), tenant(), &packed).unwrap(), []);
        let mut more = packed;
        more[1..5].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(unpack(driver(), tenant(), &more).is_err());
    }
}
