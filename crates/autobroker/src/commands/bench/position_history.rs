//! How small old positions are, how fast a day of them is found among very many, and whether packing them stalls those
//! who take positions in.

use super::{
    figure::{Budget, Figure},
    tracker_frames::new_histogram,
};
use crate::{failure::Failure, stopwatch::Stopwatch};
use hdrhistogram::Histogram;
use kernel::{
    Clock as _, DriverId, EARTH_RADIUS_KM, Entropy as _, Position, SeededEntropy, TenantId, Timestamp,
    TypedId as _, Uuid,
};
use runtime::SystemClock;
use std::{path::Path, time::Duration};
use store::{PositionRow, Retention, Stage, StoreUrl, Telemetry, Upkeep};
use tokio::{sync::watch, task::JoinSet};

const DAY: Duration = Duration::from_secs(86_400);
/// Between two positions of the large history.
const SPACING_S: u64 = 10;
/// A vehicle's positions of one day at that spacing.
const DAY_POINTS: u64 = 8_640;
/// Vehicles of the large history; each has as many days as it takes.
const VEHICLES: u64 = 500;
/// Rows that wait before they are packed while the history is made: it must fit on the disk.
const UNPACKED_MAX: u64 = 2_000_000;
/// Days that are looked for.
const LOOKED_FOR: u64 = 50;
/// The receiver's noise, the track's resolution and a truck's speed.
const NOISE_M: f64 = 3.0;
const UNITS_PER_DEGREE: f64 = 1e6;
const SPEED_KMH: f64 = 70.0;
/// How positions come in while others are packed.
const WRITERS: u32 = 8;
const WRITTEN_AT_ONCE: u32 = 100;
const WRITE_EVERY: Duration = Duration::from_millis(40);

/// The group `tracking.history`.
pub async fn measure_history(folder: &Path, points: u64) -> Result<Vec<Figure>, Failure> {
    let telemetry = Telemetry::open(&StoreUrl::Sqlite(folder.join("history"))).await?;
    let now = SystemClock.now();
    let days = (points / (DAY_POINTS * VEHICLES)).max(1);
    let vehicles = points.div_ceil(DAY_POINTS * days).max(1);
    let mut unpacked = 0;
    for day in 0..days {
        for vehicle in 0..vehicles {
            telemetry.append(track(vehicle, beginning(now, day), SPACING_S, DAY_POINTS)).await?;
            unpacked += DAY_POINTS;
            if unpacked >= UNPACKED_MAX {
                unpacked = 0;
                pack(&telemetry, now).await?;
            }
        }
    }
    pack(&telemetry, now).await?;
    let sizes = telemetry.sizes().await?;
    let mut slowest = Duration::ZERO;
    for number in 0..LOOKED_FOR {
        let from = beginning(now, number * 7 % days);
        let watch = Stopwatch::start();
        let rows =
            telemetry.history(vehicle_id(number * 31 % vehicles), from, from.after(DAY), u32::MAX).await?;
        slowest = slowest.max(watch.elapsed());
        if rows.len() as u64 != DAY_POINTS {
            return Err(Failure::Refused(format!("a day has {} of {DAY_POINTS} positions", rows.len())));
        }
    }
    let dense = bytes_at_one_second(folder, now).await?;
    let each = sizes.packed_bytes as f64 / sizes.packed as f64;
    Ok(vec![
        Figure::new(
            format!("a vehicle's day out of {} positions, slowest of {LOOKED_FOR}", sizes.packed),
            slowest.as_secs_f64() * 1000.0,
            "ms",
            Budget::AtMost(20.0),
        ),
        Figure::new("a position in a chunk, one each 10 s", each, "bytes", Budget::AtMost(6.0)),
        Figure::new("a position in a chunk, one each second", dense, "bytes", Budget::AtMost(6.0)),
    ])
}

async fn bytes_at_one_second(folder: &Path, now: Timestamp) -> Result<f64, Failure> {
    let telemetry = Telemetry::open(&StoreUrl::Sqlite(folder.join("dense-history"))).await?;
    for hour in 0..24 {
        let from = beginning(now, 0).after(Duration::from_secs(3600 * hour));
        telemetry.append(track(hour, from, 1, 3600)).await?;
    }
    pack(&telemetry, now).await?;
    let sizes = telemetry.sizes().await?;
    Ok(sizes.packed_bytes as f64 / sizes.packed as f64)
}

/// The group `tracking.compaction`.
pub async fn measure_compaction(folder: &Path, points: u64) -> Result<Vec<Figure>, Failure> {
    let telemetry = Telemetry::open(&StoreUrl::Sqlite(folder.join("compaction"))).await?;
    let now = SystemClock.now();
    let vehicles = points.div_ceil(DAY_POINTS).max(1);
    for vehicle in 0..vehicles {
        telemetry.append(track(vehicle, beginning(now, 0), SPACING_S, DAY_POINTS)).await?;
    }
    let quiet = written_during(&telemetry, vehicles, tokio::time::sleep(Duration::from_secs(2))).await?.1;
    let watch = Stopwatch::start();
    let packing = pack_on_a_thread(telemetry.clone(), now);
    let (packed, busy) = written_during(&telemetry, vehicles + u64::from(WRITERS), packing).await?;
    packed?;
    let seconds = watch.elapsed().as_secs_f64();
    let packed = telemetry.sizes().await?.packed;
    if packed != vehicles * DAY_POINTS {
        return Err(Failure::Refused(format!("{packed} of {} positions are packed", vehicles * DAY_POINTS)));
    }
    let p99_ms = |waits: &Histogram<u64>| waits.value_at_quantile(0.99) as f64 / 1000.0;
    let slowest_ms = busy.max() as f64 / 1000.0;
    let rate = f64::from(WRITERS * WRITTEN_AT_ONCE) / WRITE_EVERY.as_secs_f64();
    Ok(vec![
        Figure::new(
            format!("{packed} positions packed"),
            seconds,
            "s",
            Budget::AtMost(60.0 * packed as f64 / 1e7),
        ),
        Figure::new("positions packed", packed as f64 / seconds, "/s", Budget::Free),
        Figure::new(format!("acknowledged at {rate:.0}/s before, p99"), p99_ms(&quiet), "ms", Budget::Free),
        Figure::new("acknowledged while packing, p99", p99_ms(&busy), "ms", Budget::AtMost(250.0)),
        Figure::new("acknowledged while packing, slowest", slowest_ms, "ms", Budget::Free),
    ])
}

/// As the server does it: on a thread of its own.
async fn pack_on_a_thread(telemetry: Telemetry, now: Timestamp) -> Result<(), Failure> {
    let cannot = |error: &dyn std::fmt::Display| Failure::Refused(error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| cannot(&error))?;
    let packing = tokio::task::spawn_blocking(move || runtime.block_on(pack(&telemetry, now)));
    packing.await.map_err(|error| cannot(&error))?
}

async fn pack(telemetry: &Telemetry, now: Timestamp) -> Result<(), Failure> {
    let mut upkeep = Upkeep::new(telemetry, Stage::Compact, &Retention::default(), now);
    while upkeep.step().await? {}
    Ok(())
}

/// Takes positions in at a steady rate for as long as something runs; its outcome, and how long each call waited, from
/// when it was due.
async fn written_during<T>(
    telemetry: &Telemetry,
    first_vehicle: u64,
    work: impl Future<Output = T>,
) -> Result<(T, Histogram<u64>), Failure> {
    let (stop, stopped) = watch::channel(false);
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let vehicle = first_vehicle + u64::from(writer);
        writers.spawn(write(telemetry.clone(), vehicle, writer, stopped.clone()));
    }
    let outcome = work.await;
    stop.send_replace(true);
    let mut waits = new_histogram()?;
    while let Some(written) = writers.join_next().await {
        let written = written.map_err(|error| Failure::Refused(error.to_string()))??;
        waits.add(written).map_err(|error| Failure::Refused(error.to_string()))?;
    }
    Ok((outcome, waits))
}

async fn write(
    telemetry: Telemetry,
    vehicle: u64,
    writer: u32,
    stopped: watch::Receiver<bool>,
) -> Result<Histogram<u64>, Failure> {
    let mut waits = new_histogram()?;
    let began = SystemClock.now();
    let watch = Stopwatch::start();
    let mut turn = 0_u32;
    while !*stopped.borrow() {
        let due = WRITE_EVERY * turn + WRITE_EVERY * writer / WRITERS;
        tokio::time::sleep(due.saturating_sub(watch.elapsed())).await;
        let first = u64::from(turn * WRITTEN_AT_ONCE);
        let from = began.after(Duration::from_secs(first));
        telemetry.append(track(vehicle, from, 1, u64::from(WRITTEN_AT_ONCE))).await?;
        let waited = watch.elapsed().saturating_sub(due);
        waits.saturating_record(u64::try_from(waited.as_micros()).unwrap_or(u64::MAX));
        turn += 1;
    }
    Ok(waits)
}

/// The beginning of the UTC day `day` + 4 days ago.
fn beginning(now: Timestamp, day: u64) -> Timestamp {
    let ago = Duration::from_secs((day + 4) * 86_400);
    let day_us = 86_400_000_000;
    Timestamp::from_micros(now.before(ago).micros().div_euclid(day_us) * day_us)
}

fn vehicle_id(vehicle: u64) -> DriverId {
    DriverId::from_uuid(Uuid::from_u128(u128::from(vehicle) + 1))
}

/// A truck's track: it drives, turns and slows down; its receiver is wrong by some metres and tells a millionth of a
/// degree, speed and heading.
fn track(vehicle: u64, from: Timestamp, spacing_s: u64, points: u64) -> Vec<PositionRow> {
    let chance = SeededEntropy::new(vehicle ^ from.micros().unsigned_abs());
    let noise = || {
        // The sum of a few even draws is close to a bell.
        let sum: f64 = (0..4).map(|_| chance.unit() - 0.5).sum();
        sum * NOISE_M * 3.0_f64.sqrt()
    };
    let metres_per_degree = EARTH_RADIUS_KM.to_radians() * 1000.0;
    let mut place = Position { latitude: 45.0, longitude: 9.0 };
    let (mut heading, mut speed): (f64, f64) = (90.0, SPEED_KMH);
    let mut rows = Vec::new();
    for point in 0..points {
        heading = (heading + noise()).rem_euclid(360.0);
        speed = (speed + noise() / 2.0).clamp(0.0, 90.0);
        let metres = speed / 3.6 * spacing_s as f64;
        let (east, north) = heading.to_radians().sin_cos();
        place.latitude += metres * north / metres_per_degree;
        place.longitude += metres * east / (metres_per_degree * place.latitude.to_radians().cos());
        let told = Position {
            latitude: rounded(place.latitude + noise() / metres_per_degree),
            longitude: rounded(place.longitude + noise() / metres_per_degree),
        };
        rows.push(PositionRow {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            driver: vehicle_id(vehicle),
            at: from.after(Duration::from_secs(point * spacing_s)),
            position: told,
            speed_kmh: Some(speed.round()),
            heading: Some(heading.floor()),
        });
    }
    rows
}

fn rounded(degrees: f64) -> f64 {
    (degrees * UNITS_PER_DEGREE).round() / UNITS_PER_DEGREE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn small_sizes_give_every_figure() {
        let folder = tempfile::tempdir().unwrap();
        let history = measure_history(folder.path(), 20_000).await.unwrap();
        assert_eq!(history.len(), 3);
        // The size does not depend on how many there are, nor on the machine.
        assert!(history[1].kept() && history[2].kept(), "{} {}", history[1], history[2]);
        assert_eq!(measure_compaction(folder.path(), 20_000).await.unwrap().len(), 5);
    }
}
