//! Shipments, bids and drivers for the tests of this crate.

use contracts::{
    driver::{Condition, DriverProfile, Registered, Vehicle, VehicleType},
    shipment::{
        BidFacts, BidSubmitted, Cargo, Preferences, Requested, ServiceLevel, ShipmentEvent, Stop, Tender,
        Window,
    },
};
use kernel::{
    BidId, DriverId, Money, OrganisationId, PersonId, Position, Refusal, TenantId, Timestamp, TypedId,
    UserId, Uuid,
};
use runtime::Agent;
use std::time::Duration;

pub const MILAN: Position = Position { latitude: 45.4642, longitude: 9.19 };
pub const ROME: Position = Position { latitude: 41.9028, longitude: 12.4964 };
pub const HOUR: Duration = Duration::from_secs(3600);

/// The id of a kind with a small number.
pub fn id<I: TypedId>(number: u128) -> I {
    I::from_uuid(Uuid::from_u128(number))
}

/// The start of every test's day: 2026-03-02, 06:00 UTC.
pub fn morning() -> Timestamp {
    Timestamp::parse("2026-03-02T06:00:00Z").unwrap()
}

pub fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// 8 t of general cargo from Milan to Rome, to be loaded within the next twelve hours.
pub fn requested() -> Requested {
    let window =
        |from: Duration, to: Duration| Window { from: morning().after(from), to: morning().after(to) };
    Requested {
        tenant: id(1),
        reference: "SHM-MIL-000001".to_owned(),
        shipper: id(2),
        requested_by: id(3),
        contact: id::<PersonId>(4),
        pickup: Stop { position: MILAN, window: window(HOUR, 12 * HOUR) },
        delivery: Stop { position: ROME, window: window(12 * HOUR, 36 * HOUR) },
        cargo: Cargo {
            weight_kg: 8000.0,
            volume_m3: 30.0,
            kind: "general".to_owned(),
            requires: Vec::new(),
            value: None,
        },
        service_level: ServiceLevel::Standard,
        tender: Tender::Broadcast,
        preferences: Preferences::default(),
        road_km: 620.0,
    }
}

pub fn facts() -> BidFacts {
    BidFacts {
        on_time_rate: 0.9,
        similar_shipments: 50,
        vehicle_year: 2022,
        electric: false,
        rating: 4.0,
        approach_km: 10.0,
    }
}

/// The bid, driver and carrier of one number, at a price in whole euros.
pub fn offer(number: u128, euros: i64) -> BidSubmitted {
    BidSubmitted {
        bid: id::<BidId>(100 + number),
        driver: id::<DriverId>(200 + number),
        carrier: id::<OrganisationId>(300 + number),
        price: Money::euros(euros, 0),
        pickup_at: morning().after(2 * HOUR),
        delivery_at: morning().after(14 * HOUR),
        confidence: 0.9,
        automatic: false,
        facts: facts(),
    }
}

/// A truck of 12 t and 50 m3 at Milan.
pub fn profile() -> DriverProfile {
    DriverProfile {
        vehicle: Vehicle {
            kind: VehicleType::BoxTruck,
            capacity_kg: 12_000.0,
            capacity_m3: 50.0,
            year: 2022,
            features: vec!["lift_gate".to_owned()],
            condition: Condition::Good,
        },
        base: MILAN,
        service_radius_km: 300.0,
        area: None,
        hours: None,
        specializations: Vec::new(),
        rate_per_km: None,
        licence_valid_until: Timestamp::parse("2027-12-31T23:59:59Z").unwrap(),
        insurance_valid_until: Timestamp::parse("2027-12-31T23:59:59Z").unwrap(),
        auto_bid: false,
    }
}

pub fn registered(carrier: u128) -> Registered {
    Registered {
        tenant: id::<TenantId>(1),
        reference: "DRV-MIL-000001".to_owned(),
        carrier: id(carrier),
        user: Some(id::<UserId>(5)),
        profile: profile(),
    }
}

/// Decides a command and takes its events, as the engine does.
pub fn run<A: Agent>(agent: &mut A, command: &A::Command, now: Timestamp) -> Result<Vec<A::Event>, Refusal> {
    let events = agent.decide(command, now)?;
    for event in &events {
        agent.evolve(event, now);
    }
    Ok(events)
}

/// The type names of events.
pub fn names(events: &[ShipmentEvent]) -> Vec<&'static str> {
    events.iter().map(contracts::Event::type_name).collect()
}
