//! The driver's public language: the truck, its limits, its life (spec 4, driver agents; annex, section 1).

use crate::{events, tracking::TripStop};
use kernel::{BidId, DriverId, Money, OrganisationId, Position, ShipmentId, TenantId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// The vehicle types of the annex, section 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VehicleType {
    /// A pickup or van.
    Pickup,
    /// A closed box.
    BoxTruck,
    /// An open flatbed.
    Flatbed,
    /// Temperature controlled.
    Refrigerated,
}

impl VehicleType {
    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pickup => "pickup",
            Self::BoxTruck => "box_truck",
            Self::Flatbed => "flatbed",
            Self::Refrigerated => "refrigerated",
        }
    }
}

/// The vehicle's condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// As new.
    Excellent,
    /// Well kept.
    #[default]
    Good,
    /// Usable.
    Fair,
}

/// A truck.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vehicle {
    /// Its type.
    pub kind: VehicleType,
    /// Payload in kg.
    pub capacity_kg: f64,
    /// Space in m3.
    pub capacity_m3: f64,
    /// Year of make.
    pub year: i32,
    /// What it has, such as `lift_gate`, `adr`, `electric`.
    pub features: Vec<String>,
    /// Its condition.
    pub condition: Condition,
}

/// Hours of the day in UTC minutes, from 0 to 1440; `from` may be after `to` (over midnight).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatingHours {
    /// First minute of the day.
    pub from_minute: u16,
    /// Minute of the day at which it ends.
    pub to_minute: u16,
}

/// A circle that the driver serves; pickup and delivery must both lie in it when it is declared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ServiceArea {
    /// The middle.
    pub centre: Position,
    /// Radius in km.
    pub radius_km: f64,
}

/// All that a driver declares of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriverProfile {
    /// The truck.
    pub vehicle: Vehicle,
    /// Where it starts and returns to.
    pub base: Position,
    /// How far from its position (or base) a pickup may be, in km.
    pub service_radius_km: f64,
    /// The declared area, if any.
    pub area: Option<ServiceArea>,
    /// When it works; always when absent.
    pub hours: Option<OperatingHours>,
    /// Cargo kinds it is specialised in.
    pub specializations: Vec<String>,
    /// What it asks a km, for people to read.
    pub rate_per_km: Option<Money>,
    /// The licence's last valid instant (end of the day, UTC).
    pub licence_valid_until: Timestamp,
    /// The insurance's last valid instant (end of the day, UTC).
    pub insurance_valid_until: Timestamp,
    /// Whether the agent bids by itself.
    pub auto_bid: bool,
}

/// A driver agent was registered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registered {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// The short reference, such as `DRV-MIL-000017`.
    pub reference: String,
    /// The carrier's organisation.
    pub carrier: OrganisationId,
    /// The driver's own user, when it has one.
    pub user: Option<UserId>,
    /// What it declares.
    pub profile: DriverProfile,
}

/// A driver changed its profile; the whole new profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileChanged {
    /// What it declares now.
    pub profile: DriverProfile,
}

/// It went online or offline; separate from its trip (annex, section 1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PresenceChanged {
    /// Whether it takes offers now.
    pub online: bool,
}

/// A load on the way back, as it is offered: what it costs beyond driving home empty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReturnOffer {
    /// The shipment that is aboard; this one follows it.
    pub after: ShipmentId,
    /// When the truck is free, as expected.
    pub free_at: Timestamp,
    /// Km without freight from there to the pickup.
    pub approach_km: f64,
    /// Km without freight more than going home at once; below 0 when some are saved.
    pub extra_empty_km: f64,
    /// What these cost.
    pub extra_cost: Money,
}

/// A part load, as it is offered: what its two stops cost beyond those that its driver has ahead.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PartOffer {
    /// The shipment that the driver is on; this one is carried along with it.
    pub along: ShipmentId,
    /// Road km more than without it.
    pub extra_km: f64,
    /// Minutes by which the last stop is left later.
    pub extra_minutes: u32,
    /// What these km, and loading and unloading, cost.
    pub extra_cost: Money,
}

/// It was offered a shipment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offered {
    /// The shipment.
    pub shipment: ShipmentId,
    /// When the automatic bid is made, for a driver that bids by itself.
    pub bid_at: Option<Timestamp>,
    /// For a driver that is on a trip: how the load follows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_load: Option<ReturnOffer>,
    /// For a driver that is on a trip and has room: how the load is carried along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_load: Option<PartOffer>,
}

/// Its time to think is over: an automatic bid is due.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BidDue {
    /// The shipment.
    pub shipment: ShipmentId,
}

/// Somebody bid for it by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BidMade {
    /// The shipment.
    pub shipment: ShipmentId,
}

/// It committed to a shipment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Committed {
    /// The shipment.
    pub shipment: ShipmentId,
    /// The bid it was booked with; absent in logs from before it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<BidId>,
    /// The shipment that it delivers first; a driver that is free begins at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ShipmentId>,
    /// Where the trip ends; absent in logs from before it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Position>,
    /// The stops that it drives to from now on, in their order, when it carries the shipment along with others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<TripStop>,
}

/// It is free of a shipment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Freed {
    /// The shipment.
    pub shipment: ShipmentId,
    /// The bid whose booking is over; absent in logs from before it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<BidId>,
    /// Whether it was delivered.
    pub delivered: bool,
    /// Whether the delivery window was kept, when delivered.
    pub on_time: Option<bool>,
    /// The cargo kind, for experience, when delivered.
    pub cargo_kind: String,
    /// Where it ended, when delivered.
    pub at: Option<Position>,
    /// The shipment that it drives from now on, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goes_on: Option<ShipmentId>,
}

/// A customer's stars arrived.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rated {
    /// The shipment.
    pub shipment: ShipmentId,
    /// 1 to 5.
    pub stars: u8,
}

/// It may not bid any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suspended {
    /// A stable code, such as `low_ratings`.
    pub reason: String,
}

/// It may bid again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reinstated {}

/// Ten perfect ratings in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TierRaised {
    /// The tier, `gold`.
    pub tier: String,
}

events! {
    /// Everything that happens to a driver agent.
    pub enum DriverEvent(schema 1) {
        /// It exists.
        "driver.registered" => Registered(Registered),
        /// Its profile changed.
        "driver.profile_changed" => ProfileChanged(ProfileChanged),
        /// It went online or offline.
        "driver.presence_changed" => PresenceChanged(PresenceChanged),
        /// It was offered a shipment.
        "driver.offered" => Offered(Offered),
        /// Its automatic bid is due.
        "driver.bid_due" => BidDue(BidDue),
        /// Somebody bid for it.
        "driver.bid_made" => BidMade(BidMade),
        /// It committed.
        "driver.committed" => Committed(Committed),
        /// It is free again.
        "driver.freed" => Freed(Freed),
        /// It was rated.
        "driver.rated" => Rated(Rated),
        /// It is suspended.
        "driver.suspended" => Suspended(Suspended),
        /// It is back.
        "driver.reinstated" => Reinstated(Reinstated),
        /// It reached a tier.
        "driver.tier_raised" => TierRaised(TierRaised),
    }
}

/// Where a driver is, as the index of live drivers is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LivePosition {
    /// The driver.
    pub driver: DriverId,
    /// Where.
    pub position: Position,
    /// When it was there.
    pub at: Timestamp,
}
