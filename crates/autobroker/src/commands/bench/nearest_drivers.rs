//! The nearest eligible of a great many drivers.

use super::{
    figure::{Budget, Figure},
    fleet::Fleet,
    tracker_frames::new_histogram,
};
use crate::{failure::Failure, stopwatch::Stopwatch};
use contracts::{
    driver::{DriverEvent, LivePosition, PresenceChanged},
    ports::LiveDriverIndex as _,
    shipment::Cargo,
};
use hdrhistogram::Histogram;
use kernel::{
    Clock as _, DriverId, Entropy as _, Position, SeededEntropy, TenantId, Timestamp, TypedId as _, Uuid,
};
use market::{
    live_drivers::{LIVE_FOR, LiveDrivers, Wanted},
    rules::eligibility::Load,
};
use runtime::SystemClock;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

const DRIVERS: u32 = 100_000;
const WANTED: usize = 50;
const SEARCHES: u32 = 2000;
/// How many positions arrive while drivers that move are searched, and for how long.
const MOVES_PER_SECOND: u32 = 30_000;
const MOVING_FOR: Duration = Duration::from_secs(5);
/// Instants over which the first positions are spread.
const SPREAD_STEPS: u32 = 1000;
/// They come in small heaps.
const BETWEEN_MOVES: Duration = Duration::from_millis(2);

/// The group `nearest`.
pub fn measure() -> Result<Vec<Figure>, Failure> {
    let now = SystemClock.now();
    let index = filled(tenant(), DRIVERS, now, Duration::ZERO);
    let waits = search(&index)?;
    let micros = waits.mean();
    Ok(vec![Figure::new("nearest 50 eligible of 100,000 drivers", micros, "us", Budget::AtMost(200.0))])
}

/// The group `tracking.nearest`: while positions of all of them arrive, at a steady rate.
pub fn measure_moving(drivers: u32) -> Result<Vec<Figure>, Failure> {
    let index = filled(tenant(), drivers, SystemClock.now(), LIVE_FOR);
    let is_over = AtomicBool::new(false);
    let (waits, moved, seconds) = std::thread::scope(|scope| {
        let moving = scope.spawn(|| move_drivers(&index, drivers, &is_over));
        let watch = Stopwatch::start();
        let mut waits = search(&index);
        while let Ok(so_far) = &mut waits
            && watch.elapsed() < MOVING_FOR
        {
            match search(&index) {
                Ok(more) => so_far.add(more).map_err(|error| Failure::Refused(error.to_string()))?,
                Err(error) => waits = Err(error),
            }
        }
        is_over.store(true, Ordering::Relaxed);
        let seconds = watch.elapsed().as_secs_f64();
        let moved = moving.join().map_err(|_| Failure::Refused("the moving thread ended".to_owned()))?;
        Ok::<_, Failure>((waits?, moved, seconds))
    })?;
    let p99 = waits.value_at_quantile(0.99) as f64 / 1000.0;
    let arrived = f64::from(moved) / seconds;
    Ok(vec![
        Figure::new(
            "positions arriving in the index of drivers",
            arrived,
            "/s",
            Budget::AtLeast(0.98 * f64::from(MOVES_PER_SECOND)),
        ),
        Figure::new(format!("nearest 50 of {drivers} moving drivers, p99"), p99, "ms", Budget::AtMost(1.0)),
    ])
}

/// Moves one driver after the other until it is over; how many moves there were.
fn move_drivers(index: &LiveDrivers, drivers: u32, is_over: &AtomicBool) -> u32 {
    let watch = Stopwatch::start();
    let places = SeededEntropy::new(13);
    let mut moved = 0_u32;
    while !is_over.load(Ordering::Relaxed) {
        let due = (watch.elapsed().as_secs_f64() * f64::from(MOVES_PER_SECOND)) as u32;
        while moved < due {
            let driver = DriverId::from_uuid(Uuid::from_u128(1 + u128::from(moved % drivers)));
            let position =
                Position { latitude: 37.5 + 8.5 * places.unit(), longitude: 8.5 + 8.0 * places.unit() };
            let now = SystemClock.now();
            index.moved(LivePosition { driver, position, at: now }, now);
            moved += 1;
        }
        std::thread::sleep(BETWEEN_MOVES);
    }
    moved
}

fn tenant() -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(1))
}

/// Some searches, with a capacity and a feature that must be there; how long each took, in microseconds.
fn search(index: &LiveDrivers) -> Result<Histogram<u64>, Failure> {
    let cargo = Cargo {
        weight_kg: 8000.0,
        volume_m3: 30.0,
        kind: "general".to_owned(),
        requires: vec!["lift_gate".to_owned()],
        value: None,
    };
    let places = SeededEntropy::new(12);
    let mut waits = new_histogram()?;
    for _ in 0..SEARCHES {
        let now = SystemClock.now();
        let pickup = Position { latitude: 38.0 + 7.5 * places.unit(), longitude: 9.0 + 7.0 * places.unit() };
        let load = Load {
            cargo: &cargo,
            pickup,
            delivery: Position { latitude: 41.9, longitude: 12.5 },
            pickup_at: now.after(Duration::from_secs(3600)),
            delivery_at: now.after(Duration::from_secs(36_000)),
            blocked_carriers: &[],
            radius_factor: 1.0,
        };
        let wanted = Wanted {
            tenant: tenant(),
            load,
            only_carrier: None,
            exclude: &[],
            limit: WANTED,
            returning_within_km: None,
            now,
        };
        let watch = Stopwatch::start();
        let found = index.nearest(&wanted).len();
        waits.saturating_record(u64::try_from(watch.elapsed().as_micros()).unwrap_or(u64::MAX));
        if found != WANTED {
            return Err(Failure::Refused(format!("only {found} of {WANTED} drivers were found")));
        }
    }
    Ok(waits)
}

/// Everybody online and seen near its base, some time within `spread`: the first grow stale while others are searched.
fn filled(tenant: TenantId, drivers: u32, now: Timestamp, spread: Duration) -> LiveDrivers {
    let index = LiveDrivers::default();
    let mut fleet = Fleet::new(tenant, now);
    for number in 0..drivers {
        let at = now.before(spread * (number % SPREAD_STEPS) / SPREAD_STEPS);
        let (driver, registered) = fleet.draw();
        let position = registered.profile.base;
        index.apply(driver, 1, &DriverEvent::from(registered));
        index.apply(driver, 2, &DriverEvent::from(PresenceChanged { online: true }));
        index.moved(LivePosition { driver, position, at }, now);
    }
    index
}
