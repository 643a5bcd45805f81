//! Measures the index of live drivers: the nearest 50 eligible of 100,000 (budget: 200 us).
//!
//! `cargo run --release -p market --example nearest_drivers`

use contracts::{
    driver::{Condition, DriverProfile, PresenceChanged, Registered, Vehicle, VehicleType},
    gazetteer::CITIES,
    shipment::Cargo,
};
use kernel::{DriverId, Entropy, Position, SeededEntropy, Timestamp, TypedId, Uuid};
use market::{
    live_drivers::{LiveDrivers, Wanted},
    rules::eligibility::Load,
};
use std::time::{Duration, Instant};

const DRIVERS: u128 = 100_000;
const SEARCHES: usize = 2_000;

fn id<I: TypedId>(number: u128) -> I {
    I::from_uuid(Uuid::from_u128(number))
}

/// Around a city: most within 30 km, as trucks are.
fn around_a_city(dice: &SeededEntropy) -> Position {
    let city = &CITIES[dice.below(u32::try_from(CITIES.len()).unwrap_or(1)) as usize];
    let spread = || (dice.unit() + dice.unit() + dice.unit() - 1.5) * 0.6;
    Position { latitude: city.latitude + spread(), longitude: city.longitude + spread() }
}

fn driver(number: u128, dice: &SeededEntropy) -> Registered {
    let kinds = [VehicleType::BoxTruck, VehicleType::Flatbed, VehicleType::Refrigerated, VehicleType::Pickup];
    let far = Timestamp::from_millis(4_000_000_000_000);
    Registered {
        tenant: id(1),
        reference: String::new(),
        carrier: id(number / 20),
        user: None,
        profile: DriverProfile {
            vehicle: Vehicle {
                kind: kinds[dice.below(4) as usize],
                capacity_kg: 2_000.0 + 20_000.0 * dice.unit(),
                capacity_m3: 10.0 + 80.0 * dice.unit(),
                year: 2020,
                features: if dice.below(2) == 0 { vec!["lift_gate".to_owned()] } else { Vec::new() },
                condition: Condition::Good,
            },
            base: around_a_city(dice),
            service_radius_km: 50.0 + 400.0 * dice.unit(),
            area: None,
            hours: None,
            specializations: Vec::new(),
            rate_per_km: None,
            licence_valid_until: far,
            insurance_valid_until: far,
            auto_bid: true,
        },
    }
}

fn measure(index: &LiveDrivers, dice: &SeededEntropy, kind: &str, requires: Vec<String>) {
    let cargo = Cargo { weight_kg: 8_000.0, volume_m3: 30.0, kind: kind.to_owned(), requires, value: None };
    let now = Timestamp::from_millis(1_800_000_000_000);
    let mut times: Vec<Duration> = Vec::with_capacity(SEARCHES);
    let mut found = 0;
    for _ in 0..SEARCHES {
        let load = Load {
            cargo: &cargo,
            pickup: around_a_city(dice),
            delivery: around_a_city(dice),
            pickup_at: now,
            delivery_at: now,
            blocked_carriers: &[],
            radius_factor: 1.0,
        };
        let wanted = Wanted {
            tenant: id(1),
            load,
            only_carrier: None,
            exclude: &[],
            limit: 50,
            returning_within_km: None,
            now,
        };
        #[expect(clippy::disallowed_methods, reason = "this measures")]
        let start = Instant::now();
        found += index.nearest(&wanted).len();
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let at = |share: usize| times[(SEARCHES - 1) * share / 100];
    let mean = found / SEARCHES;
    println!("{kind}: p50 {:?}, p99 {:?}, max {:?}, {mean} found on average", at(50), at(99), at(100));
}

fn main() {
    let dice = SeededEntropy::new(7);
    let index = LiveDrivers::default();
    for number in 0..DRIVERS {
        let driver: DriverId = id(number);
        index.apply(driver, 1, &self::driver(number, &dice).into());
        index.apply(driver, 2, &PresenceChanged { online: true }.into());
    }
    println!("{} drivers known, {} take offers", index.counts().0, index.counts().1);
    measure(&index, &dice, "general", Vec::new());
    measure(&index, &dice, "refrigerated", vec!["lift_gate".to_owned()]);
}
