//! Who takes part: shippers with their habits, carriers with their fleets, drivers with their trucks.

use crate::{
    country::Country,
    dice::{Dice, Weighted},
    living::{Guest, Guests},
};
use contracts::{
    driver::{Condition, DriverProfile, OperatingHours, ServiceArea, Vehicle, VehicleType},
    shipment::Preferences,
};
use kernel::{Currency, DriverId, Money, OrganisationId, Position, Timestamp, UserId};
use std::time::Duration;

/// One shipper's organisation for so many shipments, at least [`SHIPPERS_MIN`] in all.
const SHIPMENTS_A_SHIPPER: u32 = 125;
const SHIPPERS_MIN: u32 = 8;
/// One carrier for so many drivers on average.
const DRIVERS_A_CARRIER: u32 = 8;
const CARRIERS_MIN: u32 = 3;
/// How long a guest's shipments wait for a person to select, in simulated seconds.
const GUEST_PATIENCE: (u32, u32) = (1_200, 3_600);
/// Papers are valid so long: a living market's people keep their first instant over restarts.
const PAPERS_VALID_FOR: Duration = Duration::from_secs(20 * 365 * 24 * 3600);

/// A shipper.
#[derive(Debug, Clone)]
pub struct Shipper {
    /// Its organisation.
    pub organisation: OrganisationId,
    /// The user who posts.
    pub user: UserId,
    /// What it prefers.
    pub preferences: Preferences,
    /// How long it looks at the bids before it selects, in seconds: shortest and longest.
    pub patience: (u32, u32),
    /// Whether it waits until the window has closed and the bids are ranked; otherwise it looks from the first bid on.
    pub waits_for_ranking: bool,
}

/// A carrier.
#[derive(Debug, Clone, Copy)]
pub struct Carrier {
    /// Its organisation.
    pub organisation: OrganisationId,
    /// The user who manages it.
    pub user: UserId,
    /// The last instant at which its papers are valid.
    pub papers_valid_until: Timestamp,
}

/// A driver with its truck.
#[derive(Debug, Clone)]
pub struct Trucker {
    /// The agent.
    pub id: DriverId,
    /// The driver's own user.
    pub user: UserId,
    /// The carrier's organisation.
    pub carrier: OrganisationId,
    /// What it declares.
    pub profile: DriverProfile,
    /// Minute of the UTC day at which its shift begins.
    pub shift_from_minute: u16,
}

/// Everybody.
#[derive(Debug, Clone)]
pub struct People {
    /// The shippers; never empty.
    pub shippers: Vec<Shipper>,
    /// How many shipments each posts, relative to the others.
    pub shippers_by_volume: Weighted,
    /// The carriers; never empty.
    pub carriers: Vec<Carrier>,
    /// The drivers.
    pub truckers: Vec<Trucker>,
}

/// How many of each, and when.
#[derive(Debug, Clone, Copy)]
pub struct Census {
    /// Shipments that will be posted, which decides how many shippers there are.
    pub shipments: u32,
    /// Drivers.
    pub drivers: u32,
    /// The first instant.
    pub start: Timestamp,
    /// Whether drivers work in shifts; otherwise they are always on duty.
    pub shifts: bool,
    /// Minutes by which the country's day is ahead of UTC.
    pub ahead_minutes: i32,
}

impl People {
    /// Draws everybody. Bases follow the freight: a place's share of drivers is its share of departing trucks.
    #[must_use]
    pub fn draw(census: Census, country: &Country, dice: &Dice) -> Self {
        let carriers =
            draw_carriers((census.drivers / DRIVERS_A_CARRIER).max(CARRIERS_MIN), census.start, dice);
        let shippers: Vec<Shipper> = (0..(census.shipments / SHIPMENTS_A_SHIPPER).max(SHIPPERS_MIN))
            .map(|_| draw_shipper(&carriers, census.start, dice))
            .collect();
        let shippers_by_volume = Weighted::falling(shippers.len());
        let fleets = Weighted::falling(carriers.len());
        let truckers = (0..census.drivers)
            .map(|_| {
                draw_trucker(&carriers[fleets.draw(dice)], census, country.draw_place(dice).position, dice)
            })
            .collect();
        Self { shippers, shippers_by_volume, carriers, truckers }
    }
}

impl People {
    /// Gives guests the places of the first shipper and the first carrier, which are the largest. Nobody waits for the
    /// end of a window, and the larger shippers select by themselves: who watches a market live wants to see it move.
    pub fn admit(&mut self, guests: &Guests) {
        let larger = self.shippers.len() / 2;
        for (rank, shipper) in self.shippers.iter_mut().enumerate() {
            shipper.waits_for_ranking = false;
            shipper.preferences.auto_accept &= rank >= larger;
        }
        if let (Some(guest), Some(shipper)) = (guests.shipper, self.shippers.first_mut()) {
            (shipper.user, shipper.organisation) = (guest.user, guest.organisation);
            shipper.patience = GUEST_PATIENCE;
        }
        if let (Some(guest), Some(carrier)) = (guests.carrier, self.carriers.first_mut()) {
            let former = std::mem::replace(&mut carrier.organisation, guest.organisation);
            carrier.user = guest.user;
            for trucker in self.truckers.iter_mut().filter(|trucker| trucker.carrier == former) {
                trucker.carrier = guest.organisation;
            }
            for shipper in &mut self.shippers {
                let preferences = &mut shipper.preferences;
                let named =
                    preferences.preferred_carriers.iter_mut().chain(&mut preferences.blocked_carriers);
                named.filter(|carrier| **carrier == former).for_each(|carrier| *carrier = guest.organisation);
            }
        }
    }

    /// Where most trucks are based.
    #[must_use]
    pub fn busiest_base(&self) -> Option<Position> {
        let based_there =
            |base: Position| self.truckers.iter().filter(|other| other.profile.base == base).count();
        let bases = self.truckers.iter().map(|trucker| trucker.profile.base);
        bases.max_by_key(|base| based_there(*base))
    }

    /// A guest's own truck: it stands where most trucks are based, and its driver bids as it likes.
    #[must_use]
    pub fn guest_trucker(&self, guest: Guest) -> Option<Trucker> {
        let busiest = self.busiest_base()?;
        let like = self.truckers.iter().rfind(|trucker| trucker.profile.base == busiest)?;
        let profile = DriverProfile {
            vehicle: Vehicle {
                kind: VehicleType::BoxTruck,
                capacity_kg: 24_000.0,
                capacity_m3: 90.0,
                year: 2023,
                features: vec!["lift_gate".to_owned()],
                condition: Condition::Excellent,
            },
            area: None,
            hours: None,
            service_radius_km: 300.0,
            auto_bid: false,
            ..like.profile.clone()
        };
        Some(Trucker {
            id: guest.truck(),
            user: guest.user,
            carrier: guest.organisation,
            profile,
            shift_from_minute: like.shift_from_minute,
        })
    }
}

fn draw_carriers(count: u32, start: Timestamp, dice: &Dice) -> Vec<Carrier> {
    let papers_valid_until = start.after(PAPERS_VALID_FOR);
    (0..count)
        .map(|_| Carrier {
            organisation: OrganisationId::generate(start, dice.entropy()),
            user: UserId::generate(start, dice.entropy()),
            papers_valid_until,
        })
        .collect()
}

fn draw_shipper(carriers: &[Carrier], start: Timestamp, dice: &Dice) -> Shipper {
    let organisation = OrganisationId::generate(start, dice.entropy());
    let user = UserId::generate(start, dice.entropy());
    let some_carrier = |probability: f64| -> Vec<OrganisationId> {
        let chosen = dice.chance(probability).then(|| dice.pick(carriers)).flatten();
        chosen.map(|carrier| carrier.organisation).into_iter().collect()
    };
    let preferred_carriers = some_carrier(0.4);
    let blocked_carriers =
        some_carrier(0.15).into_iter().filter(|carrier| !preferred_carriers.contains(carrier)).collect();
    let preferences = Preferences {
        auto_accept: dice.chance(0.4),
        price_sensitivity: dice.chance(0.5).then(|| (dice.between(0.2, 0.9) * 100.0).round() / 100.0),
        prefer_electric: dice.chance(0.15),
        preferred_carriers,
        blocked_carriers,
        volume_discount_permille: 0,
    };
    Shipper { organisation, user, preferences, patience: (20, 300), waits_for_ranking: true }
}

fn draw_trucker(carrier: &Carrier, census: Census, base: Position, dice: &Dice) -> Trucker {
    let shift_from_minute = shift_start(census.ahead_minutes, dice);
    let keeps_hours = census.shifts && dice.chance(0.3);
    let local = dice.chance(0.1);
    let profile = DriverProfile {
        vehicle: draw_vehicle(dice),
        base,
        service_radius_km: f64::from(*dice.pick(&[50, 80, 100, 130, 180]).unwrap_or(&100)),
        area: local.then_some(ServiceArea { centre: base, radius_km: 250.0 }),
        hours: keeps_hours.then_some(OperatingHours {
            from_minute: shift_from_minute,
            to_minute: (shift_from_minute + SHIFT_MINUTES) % DAY_MINUTES,
        }),
        specializations: Vec::new(),
        rate_per_km: Some(Money::new(i64::from(dice.whole(110, 160)), Currency::EUR)),
        licence_valid_until: census.start.after(PAPERS_VALID_FOR),
        insurance_valid_until: census.start.after(PAPERS_VALID_FOR),
        auto_bid: true,
    };
    Trucker {
        id: DriverId::generate(census.start, dice.entropy()),
        user: UserId::generate(census.start, dice.entropy()),
        carrier: carrier.organisation,
        profile,
        shift_from_minute,
    }
}

/// Minutes of a day.
pub const DAY_MINUTES: u16 = 24 * 60;
/// A shift lasts 13 hours: the day less the daily rest of 11.
pub const SHIFT_MINUTES: u16 = 13 * 60;

/// Between 04:00 and 10:00 of the country's day, most at 06:00.
fn shift_start(ahead_minutes: i32, dice: &Dice) -> u16 {
    let local = 240.0 + dice.between(0.0, 120.0) + dice.between(0.0, 240.0) * dice.between(0.0, 1.0);
    let utc = (local as i32 - ahead_minutes).rem_euclid(i32::from(DAY_MINUTES));
    u16::try_from(utc).unwrap_or(0)
}

fn draw_vehicle(dice: &Dice) -> Vehicle {
    let (kind, capacity_kg, capacity_m3) = match dice.between(0.0, 100.0) {
        share if share < 10.0 => (VehicleType::Pickup, 1_500.0, 12.0),
        share if share < 30.0 => (VehicleType::BoxTruck, 7_500.0, 40.0),
        share if share < 60.0 => (VehicleType::BoxTruck, 14_000.0, 60.0),
        share if share < 80.0 => (VehicleType::Flatbed, 25_000.0, 90.0),
        _ => (VehicleType::Refrigerated, 22_000.0, 85.0),
    };
    let mut features = Vec::new();
    for (feature, probability) in [("lift_gate", 0.4), ("adr", 0.2), ("electric", 0.08)] {
        if dice.chance(probability) {
            features.push(feature.to_owned());
        }
    }
    let condition = match dice.between(0.0, 1.0) {
        share if share < 0.3 => Condition::Excellent,
        share if share < 0.85 => Condition::Good,
        _ => Condition::Fair,
    };
    let year = 2012 + i32::try_from(dice.whole(0, 13)).unwrap_or(0);
    Vehicle { kind, capacity_kg, capacity_m3, year, features, condition }
}

#[cfg(test)]
pub mod fixtures {
    //! A trucker for the tests of trucks.

    use super::*;
    use kernel::{TypedId, Uuid};

    /// A trucker with a flatbed at a base.
    pub fn trucker(base: Position) -> Trucker {
        let vehicle = Vehicle {
            kind: VehicleType::Flatbed,
            capacity_kg: 25_000.0,
            capacity_m3: 90.0,
            year: 2022,
            features: Vec::new(),
            condition: Condition::Good,
        };
        let valid = Timestamp::from_millis(2_000_000_000_000);
        let profile = DriverProfile {
            vehicle,
            base,
            service_radius_km: 200.0,
            area: None,
            hours: None,
            specializations: Vec::new(),
            rate_per_km: None,
            licence_valid_until: valid,
            insurance_valid_until: valid,
            auto_bid: true,
        };
        Trucker {
            id: DriverId::from_uuid(Uuid::from_u128(1)),
            user: UserId::from_uuid(Uuid::from_u128(2)),
            carrier: OrganisationId::from_uuid(Uuid::from_u128(3)),
            profile,
            shift_from_minute: 360,
        }
    }
}
