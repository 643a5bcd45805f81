//! Drivers for the measurements: all over Italy, by number.

use contracts::driver::{Condition, DriverProfile, Registered, Vehicle, VehicleType};
use kernel::{
    DriverId, Entropy, OrganisationId, Position, SeededEntropy, TenantId, Timestamp, TypedId, Uuid,
};
use std::time::Duration;

/// The corners of the box in which they are based, in degrees.
const SOUTH_WEST: (f64, f64) = (37.5, 8.5);
const NORTH_EAST: (f64, f64) = (46.0, 16.5);
/// Seeds the places.
const SEED: u64 = 11;

/// Draws drivers one after the other.
pub struct Fleet {
    places: SeededEntropy,
    tenant: TenantId,
    now: Timestamp,
    next: u128,
}

impl Fleet {
    /// A fleet of a tenant, with papers that last a year from now.
    pub fn new(tenant: TenantId, now: Timestamp) -> Self {
        Self { places: SeededEntropy::new(SEED), tenant, now, next: 1 }
    }

    /// The next driver.
    pub fn draw(&mut self) -> (DriverId, Registered) {
        let number = self.next;
        self.next += 1;
        let base = Position {
            latitude: SOUTH_WEST.0 + (NORTH_EAST.0 - SOUTH_WEST.0) * self.places.unit(),
            longitude: SOUTH_WEST.1 + (NORTH_EAST.1 - SOUTH_WEST.1) * self.places.unit(),
        };
        let papers = self.now.after(Duration::from_secs(365 * 86_400));
        let profile = DriverProfile {
            vehicle: Vehicle {
                kind: VehicleType::BoxTruck,
                capacity_kg: 12_000.0,
                capacity_m3: 50.0,
                year: 2022,
                features: vec!["lift_gate".to_owned()],
                condition: Condition::Good,
            },
            base,
            service_radius_km: 300.0,
            area: None,
            hours: None,
            specializations: Vec::new(),
            rate_per_km: None,
            licence_valid_until: papers,
            insurance_valid_until: papers,
            auto_bid: false,
        };
        let registered = Registered {
            tenant: self.tenant,
            reference: format!("DRV-MIL-{number:06}"),
            // Ten drivers a carrier.
            carrier: OrganisationId::from_uuid(Uuid::from_u128(number / 10)),
            user: None,
            profile,
        };
        (DriverId::from_uuid(Uuid::from_u128(number)), registered)
    }
}
