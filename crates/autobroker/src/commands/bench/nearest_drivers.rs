//! The nearest eligible of a great many drivers.

use super::{
    figure::{Budget, Figure},
    fleet::Fleet,
};
use crate::{failure::Failure, stopwatch::Stopwatch};
use contracts::{
    driver::{DriverEvent, LivePosition, PresenceChanged},
    ports::LiveDriverIndex as _,
    shipment::Cargo,
};
use kernel::{Clock as _, Entropy as _, Position, SeededEntropy, TenantId, Timestamp, TypedId as _, Uuid};
use market::{
    live_drivers::{LiveDrivers, Wanted},
    rules::eligibility::Load,
};
use runtime::SystemClock;
use std::time::Duration;

const DRIVERS: u32 = 100_000;
const WANTED: usize = 50;
const SEARCHES: u32 = 2000;

/// The group `nearest`.
pub fn measure() -> Result<Vec<Figure>, Failure> {
    let now = SystemClock.now();
    let tenant = TenantId::from_uuid(Uuid::from_u128(1));
    let index = filled(tenant, now);
    let cargo = Cargo {
        weight_kg: 8000.0,
        volume_m3: 30.0,
        kind: "general".to_owned(),
        requires: Vec::new(),
        value: None,
    };
    let places = SeededEntropy::new(12);
    let watch = Stopwatch::start();
    for _ in 0..SEARCHES {
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
        let wanted = Wanted { tenant, load, only_carrier: None, exclude: &[], limit: WANTED, now };
        let found = index.nearest(&wanted).len();
        if found != WANTED {
            return Err(Failure::Refused(format!("only {found} of {WANTED} drivers were found")));
        }
    }
    let micros = watch.elapsed().as_secs_f64() * 1e6 / f64::from(SEARCHES);
    Ok(vec![Figure::new("nearest 50 eligible of 100,000 drivers", micros, "us", Budget::AtMost(200.0))])
}

/// Everybody online and seen near its base.
fn filled(tenant: TenantId, now: Timestamp) -> LiveDrivers {
    let index = LiveDrivers::default();
    let mut fleet = Fleet::new(tenant, now);
    for _ in 0..DRIVERS {
        let (driver, registered) = fleet.draw();
        let position = registered.profile.base;
        index.apply(driver, 1, &DriverEvent::from(registered));
        index.apply(driver, 2, &DriverEvent::from(PresenceChanged { online: true }));
        index.moved(LivePosition { driver, position, at: now });
    }
    index
}
