//! Which driver may carry which load (design, section 8; annex, section 1). The index of live drivers filters by the
//! same rules over its compact rows; a test holds the two together.

use super::calendar::minute_of_day;
use contracts::{
    driver::{DriverProfile, OperatingHours, ServiceArea, VehicleType},
    shipment::{Cargo, Requested},
};
use kernel::{FieldError, OrganisationId, Position, Refusal, Timestamp};

/// Cargo may fill at most this many hundredths of a vehicle's capacity.
pub const LOAD_PERCENT_MAX: f64 = 85.0;
/// The cargo kind that needs a temperature-controlled vehicle.
pub const REFRIGERATED: &str = "refrigerated";
/// The cargo kind that needs [`ADR`].
pub const HAZMAT: &str = "hazmat";
/// The feature of a vehicle that may carry dangerous goods.
pub const ADR: &str = "adr";
/// The feature of an electric vehicle.
pub const ELECTRIC: &str = "electric";

/// A load, as eligibility sees it.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    /// What.
    pub cargo: &'a Cargo,
    /// Where it is loaded.
    pub pickup: Position,
    /// Where it is delivered.
    pub delivery: Position,
    /// When it is loaded; operating hours must hold it.
    pub pickup_at: Timestamp,
    /// When it is delivered; licence and insurance must last until then.
    pub delivery_at: Timestamp,
    /// Carriers that the shipper does not want.
    pub blocked_carriers: &'a [OrganisationId],
    /// The factor on every service radius.
    pub radius_factor: f64,
}

impl<'a> Load<'a> {
    /// The load of a shipment, for the times that a bid promises.
    #[must_use]
    pub fn of(
        request: &'a Requested,
        radius_factor: f64,
        pickup_at: Timestamp,
        delivery_at: Timestamp,
    ) -> Self {
        Self {
            cargo: &request.cargo,
            pickup: request.pickup.position,
            delivery: request.delivery.position,
            pickup_at,
            delivery_at,
            blocked_carriers: &request.preferences.blocked_carriers,
            radius_factor,
        }
    }
}

/// A driver with its truck, as eligibility sees it.
#[derive(Debug, Clone, Copy)]
pub struct Truck<'a> {
    /// What it declares.
    pub profile: &'a DriverProfile,
    /// Its carrier.
    pub carrier: OrganisationId,
    /// Its live position, else its base.
    pub position: Position,
    /// Whether it takes offers.
    pub online: bool,
    /// Whether it is on another trip.
    pub busy: bool,
    /// Whether it may not bid.
    pub suspended: bool,
}

/// Why a driver may not carry a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ineligible {
    /// The cargo fills more than 85 % of the payload or the space.
    CapacityExceeded,
    /// Refrigerated cargo needs a refrigerated vehicle.
    VehicleType,
    /// A required feature is missing.
    FeatureMissing,
    /// The pickup is further away than the service radius.
    OutOfRadius,
    /// The declared area does not hold both ends.
    OutOfArea,
    /// The licence ends before the delivery.
    LicenceExpired,
    /// The insurance ends before the delivery.
    InsuranceExpired,
    /// The pickup is outside the operating hours.
    OutsideHours,
    /// It is offline.
    Offline,
    /// It is on another trip.
    Busy,
    /// It is suspended.
    Suspended,
    /// The shipper blocks the carrier.
    Blocked,
    /// The carrier's own licence or insurance ends before the delivery.
    CarrierPapersExpired,
}

impl Ineligible {
    /// The stable code of the reason.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::CapacityExceeded => "capacity_exceeded",
            Self::VehicleType => "vehicle_type",
            Self::FeatureMissing => "feature_missing",
            Self::OutOfRadius => "out_of_radius",
            Self::OutOfArea => "out_of_area",
            Self::LicenceExpired => "licence_expired",
            Self::InsuranceExpired => "insurance_expired",
            Self::OutsideHours => "outside_hours",
            Self::Offline => "offline",
            Self::Busy => "busy",
            Self::Suspended => "suspended",
            Self::Blocked => "blocked",
            Self::CarrierPapersExpired => "carrier_papers_expired",
        }
    }

    /// A sentence that a bidder may see.
    #[must_use]
    pub const fn detail(self) -> &'static str {
        match self {
            Self::CapacityExceeded => "the cargo fills more than 85 % of the vehicle",
            Self::VehicleType => "refrigerated cargo needs a refrigerated vehicle",
            Self::FeatureMissing => "the vehicle lacks a required feature",
            Self::OutOfRadius => "the pickup is beyond the service radius",
            Self::OutOfArea => "the declared area does not hold both ends of the trip",
            Self::LicenceExpired => "the licence ends before the delivery",
            Self::InsuranceExpired => "the insurance ends before the delivery",
            Self::OutsideHours => "the pickup is outside the operating hours",
            Self::Offline => "the driver is offline",
            Self::Busy => "the driver is on another trip",
            Self::Suspended => "the driver is suspended",
            Self::Blocked => "the shipper does not take bids of this carrier",
            Self::CarrierPapersExpired => "the carrier's own licence or insurance ends before the delivery",
        }
    }
}

/// Every reason why the driver may not carry the load; empty when it may.
#[must_use]
pub fn reasons(truck: &Truck<'_>, load: &Load<'_>) -> Vec<Ineligible> {
    let profile = truck.profile;
    let checks = [
        (
            fits(profile.vehicle.capacity_kg, profile.vehicle.capacity_m3, load.cargo),
            Ineligible::CapacityExceeded,
        ),
        (suits(profile.vehicle.kind, load.cargo), Ineligible::VehicleType),
        (has_features(&profile.vehicle.features, load.cargo), Ineligible::FeatureMissing),
        (in_radius(truck, load), Ineligible::OutOfRadius),
        (profile.area.is_none_or(|area| holds(&area, load.pickup, load.delivery)), Ineligible::OutOfArea),
        (profile.licence_valid_until >= load.delivery_at, Ineligible::LicenceExpired),
        (profile.insurance_valid_until >= load.delivery_at, Ineligible::InsuranceExpired),
        (profile.hours.is_none_or(|hours| works_at(hours, load.pickup_at)), Ineligible::OutsideHours),
        (truck.online, Ineligible::Offline),
        (!truck.busy, Ineligible::Busy),
        (!truck.suspended, Ineligible::Suspended),
        (!load.blocked_carriers.contains(&truck.carrier), Ineligible::Blocked),
    ];
    checks.into_iter().filter(|(holds, _)| !holds).map(|(_, reason)| reason).collect()
}

/// The refusal that lists the reasons under one field; `None` without reasons.
#[must_use]
pub fn refusal(field: &'static str, reasons: &[Ineligible]) -> Option<Refusal> {
    let entry = |reason: &Ineligible| FieldError {
        field: field.into(),
        code: reason.code().into(),
        detail: reason.detail().into(),
    };
    (!reasons.is_empty()).then(|| Refusal::fields(reasons.iter().map(entry).collect()))
}

/// Whether the cargo fills at most 85 % of payload and space; exactly 85 % fits.
#[must_use]
pub fn fits(capacity_kg: f64, capacity_m3: f64, cargo: &Cargo) -> bool {
    has_room(capacity_kg, capacity_m3, cargo.weight_kg, cargo.volume_m3)
}

/// Whether so much fills at most 85 % of payload and space.
#[must_use]
pub fn has_room(capacity_kg: f64, capacity_m3: f64, weight_kg: f64, volume_m3: f64) -> bool {
    let within = |needed: f64, capacity: f64| needed * 100.0 <= capacity * LOAD_PERCENT_MAX;
    within(weight_kg, capacity_kg) && within(volume_m3, capacity_m3)
}

/// Whether the vehicle's type suits the cargo's kind.
#[must_use]
pub fn suits(kind: VehicleType, cargo: &Cargo) -> bool {
    cargo.kind != REFRIGERATED || kind == VehicleType::Refrigerated
}

fn has_features(features: &[String], cargo: &Cargo) -> bool {
    required_features(cargo).all(|needed| features.iter().any(|feature| feature == needed))
}

/// The features that a cargo needs: the ones it names, and `adr` for dangerous goods.
pub fn required_features(cargo: &Cargo) -> impl Iterator<Item = &str> {
    let adr = (cargo.kind == HAZMAT).then_some(ADR);
    cargo.requires.iter().map(String::as_str).chain(adr)
}

fn in_radius(truck: &Truck<'_>, load: &Load<'_>) -> bool {
    truck.position.distance_km(load.pickup) <= truck.profile.service_radius_km * load.radius_factor
}

/// Whether a declared area holds both ends.
#[must_use]
pub fn holds(area: &ServiceArea, pickup: Position, delivery: Position) -> bool {
    let inside = |place: Position| area.centre.distance_km(place) <= area.radius_km;
    inside(pickup) && inside(delivery)
}

/// Whether an instant lies in the operating hours, which may run over midnight. Equal ends mean the whole day.
#[must_use]
pub const fn works_at(hours: OperatingHours, at: Timestamp) -> bool {
    let minute = minute_of_day(at);
    if hours.from_minute < hours.to_minute {
        hours.from_minute <= minute && minute < hours.to_minute
    } else {
        minute >= hours.from_minute || minute < hours.to_minute
    }
}

#[cfg(test)]
pub(crate) mod tests;
