//! The profiles of shippers, carriers and facilities (spec 4; annex, section 1).

use crate::{events, shipment::Preferences};
use kernel::{OrganisationId, Position, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// What kind of customer a shipper is (annex, section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShipperType {
    /// A company.
    #[default]
    Business,
    /// A private person.
    Individual,
    /// A company under contract.
    Enterprise,
}

/// A shipper's profile was written; the whole new profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShipperProfileWritten {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// The organisation.
    pub organisation: OrganisationId,
    /// What kind of customer it is.
    pub shipper_type: ShipperType,
    /// What it prefers.
    pub preferences: Preferences,
}

/// A carrier's profile was written; the whole new profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CarrierProfileWritten {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// The organisation.
    pub organisation: OrganisationId,
    /// The transport licence's number, a company's paper.
    pub licence_number: Option<String>,
    /// The transport licence's last valid instant (end of the day, UTC).
    pub licence_valid_until: Timestamp,
    /// The cargo insurance's last valid instant (end of the day, UTC).
    pub insurance_valid_until: Timestamp,
}

/// The kinds of facility (annex, section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FacilityType {
    /// Goods are stored.
    Warehouse,
    /// Trucks start and end.
    Depot,
    /// Goods change their mode.
    Terminal,
    /// Goods change their truck.
    CrossDock,
}

/// Whether a facility works (annex, section 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FacilityState {
    /// It takes trucks.
    #[default]
    Operational,
    /// All docks are taken.
    AtCapacity,
    /// It is being repaired.
    Maintenance,
    /// It is closed.
    Closed,
}

/// A facility's profile was written; the whole new profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FacilityProfileWritten {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// Its operator.
    pub organisation: OrganisationId,
    /// The short reference, such as `FAC-MIL-W000004`.
    pub reference: String,
    /// Its kind.
    pub facility_type: FacilityType,
    /// Where.
    pub position: Position,
    /// How many docks.
    pub docks: u32,
    /// Whether it works.
    pub state: FacilityState,
}

events! {
    /// What happens to a shipper's profile.
    pub enum ShipperEvent(schema 1) {
        /// Written.
        "shipper.profile_written" => Written(ShipperProfileWritten),
    }
}

events! {
    /// What happens to a carrier's profile.
    pub enum CarrierEvent(schema 1) {
        /// Written.
        "carrier.profile_written" => Written(CarrierProfileWritten),
    }
}

events! {
    /// What happens to a facility's profile.
    pub enum FacilityEvent(schema 1) {
        /// Written.
        "facility.profile_written" => Written(FacilityProfileWritten),
    }
}
