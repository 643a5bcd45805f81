//! The trip's public language: what the positions of a booked truck mean (issue 4; annex, sections 1 and 4).
//!
//! One stream a booking. Positions themselves are telemetry; where an alert says where, it says it to about 100 m.

use crate::{events, ports::RouteVehicle, shipment::Window};
use kernel::{
    AlertId, BidId, DriverId, GeofenceId, IncidentId, Money, OrganisationId, Position, ShipmentId, Timestamp,
    TripId, TypedId, UserId,
};
use serde::{Deserialize, Serialize};

/// The trip of a booking: the trip's id is the bid's.
#[must_use]
pub fn trip_of(bid: BidId) -> TripId {
    TripId::from_uuid(bid.uuid())
}

/// One of the two ends of a trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopKind {
    /// Where it is loaded.
    Pickup,
    /// Where it is delivered.
    Delivery,
}

impl StopKind {
    /// Both, in the order of the trip.
    pub const ALL: [Self; 2] = [Self::Pickup, Self::Delivery];

    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pickup => "pickup",
            Self::Delivery => "delivery",
        }
    }
}

/// A stop of a truck that carries several shipments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TripStop {
    /// Whose.
    pub shipment: ShipmentId,
    /// Which of its two.
    pub stop: StopKind,
}

/// What may be wrong with a running trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// It stands for more than 15 min where it has no business.
    LongStop,
    /// It has made no way for more than 30 min.
    Stuck,
    /// It is more than 5 km off its route.
    OffRoute,
    /// It drives away from where it should go.
    OppositeDirection,
    /// It is faster than a truck may be anywhere.
    Overspeed,
    /// It will be more than 30 min late.
    EtaSlip,
    /// Nothing is heard of it.
    Silence,
    /// It is where it cannot have driven to.
    ImpossibleJump,
    /// What its device says of its speed is not what its positions say.
    MockedPosition,
}

impl AlertKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::LongStop,
        Self::Stuck,
        Self::OffRoute,
        Self::OppositeDirection,
        Self::Overspeed,
        Self::EtaSlip,
        Self::Silence,
        Self::ImpossibleJump,
        Self::MockedPosition,
    ];

    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LongStop => "long_stop",
            Self::Stuck => "stuck",
            Self::OffRoute => "off_route",
            Self::OppositeDirection => "opposite_direction",
            Self::Overspeed => "overspeed",
            Self::EtaSlip => "eta_slip",
            Self::Silence => "silence",
            Self::ImpossibleJump => "impossible_jump",
            Self::MockedPosition => "mocked_position",
        }
    }
}

/// A stop as it was promised.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PlannedStop {
    /// Where.
    pub position: Position,
    /// When the shipper wants it.
    pub window: Window,
    /// When the carrier promised to be there, within the window.
    pub planned_at: Timestamp,
}

/// A booking is watched from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TripBegun {
    /// The shipment.
    pub shipment: ShipmentId,
    /// Who drives.
    pub driver: DriverId,
    /// The driver's organisation.
    pub carrier: OrganisationId,
    /// Whose freight it is.
    pub shipper: OrganisationId,
    /// Where and when to load.
    pub pickup: PlannedStop,
    /// Where and when to deliver.
    pub delivery: PlannedStop,
    /// The stops that its truck had ahead when this was booked, in their order; none when it carries nothing else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<TripStop>,
    /// As what its truck is routed; the largest in logs from before it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<RouteVehicle>,
}

/// How a trip ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TripEnd {
    /// Delivered with proof.
    Delivered,
    /// The shipment was cancelled, or the booking fell.
    CalledOff,
}

/// The trip is watched no more; its alerts are over with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TripEnded {
    /// The shipment.
    pub shipment: ShipmentId,
    /// How.
    pub end: TripEnd,
    /// What is due for its waiting at both stops together; absent when nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detention: Option<Money>,
}

/// The truck came within the circle around a stop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StopArrived {
    /// The shipment.
    pub shipment: ShipmentId,
    /// Which stop.
    pub stop: StopKind,
    /// When, by the device's clock.
    pub at: Timestamp,
    /// Seconds at the wheel on the way to it, pauses left out, as far as it was watched.
    pub driven_s: u32,
    /// Seconds that the route planner reckoned for that way; absent when no route was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_s: Option<u32>,
}

/// The truck has been at a stop for ten minutes of its window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StopDwelled {
    /// The shipment.
    pub shipment: ShipmentId,
    /// Which stop.
    pub stop: StopKind,
    /// When, by the device's clock.
    pub at: Timestamp,
}

/// The truck left a stop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StopLeft {
    /// The shipment.
    pub shipment: ShipmentId,
    /// Which stop.
    pub stop: StopKind,
    /// When, by the device's clock.
    pub at: Timestamp,
    /// How long it was kept there and what that costs.
    pub detention: Detention,
}

/// How long a truck was kept at a stop: from its arrival, but not before the window opens, until it left (annex,
/// section 1: waiting is paid after 30 min).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detention {
    /// Whole minutes.
    pub minutes: u32,
    /// The minutes of them that are paid for.
    pub paid_minutes: u32,
    /// What is due for them.
    pub amount: Money,
}

/// The truck is within 5 km of a stop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriverArriving {
    /// The shipment.
    pub shipment: ShipmentId,
    /// The driver.
    pub driver: DriverId,
    /// Which stop.
    pub stop: StopKind,
    /// When it will be there.
    pub eta: Timestamp,
    /// When this was seen, by the device's clock.
    pub at: Timestamp,
}

/// The truck will be late: first when it is 30 min, and again with each further 30 min.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DelayReported {
    /// The shipment.
    pub shipment: ShipmentId,
    /// At which stop.
    pub stop: StopKind,
    /// When it was promised to be there.
    pub planned_at: Timestamp,
    /// When it will be there.
    pub eta: Timestamp,
    /// How much later that is, in seconds.
    pub late_by_s: u32,
    /// When this was seen.
    pub at: Timestamp,
}

/// Why a truck has another way than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RerouteReason {
    /// A road of its way was closed.
    Closure,
    /// A road of its way became slow.
    Slowdown,
    /// What hindered it is over.
    Cleared,
    /// The route planner's own traffic is another.
    Traffic,
}

impl RerouteReason {
    /// All reasons.
    pub const ALL: [Self; 4] = [Self::Closure, Self::Slowdown, Self::Cleared, Self::Traffic];

    /// The wire and metric name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closure => "closure",
            Self::Slowdown => "slowdown",
            Self::Cleared => "cleared",
            Self::Traffic => "traffic",
        }
    }
}

/// How long a way is, in whole metres and seconds at the wheel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayMeasure {
    /// Metres.
    pub distance_m: u32,
    /// Seconds.
    pub duration_s: u32,
}

impl WayMeasure {
    /// Rounded; what is beyond the range, or no number, is at its end.
    #[must_use]
    pub fn of(distance_m: f64, duration_s: f64) -> Self {
        Self { distance_m: distance_m.round() as u32, duration_s: duration_s.round() as u32 }
    }
}

/// The truck has another way to its next stop than before, from where it was when this was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RouteUpdated {
    /// The shipment.
    pub shipment: ShipmentId,
    /// The driver.
    pub driver: DriverId,
    /// To which stop.
    pub stop: StopKind,
    /// Why.
    pub reason: RerouteReason,
    /// The incident that did it, when one of the tenant's did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
    /// What would be left without it.
    pub before: WayMeasure,
    /// What is left.
    pub after: WayMeasure,
    /// When it will be there.
    pub eta: Timestamp,
    /// When this was seen.
    pub at: Timestamp,
}

/// Something is wrong with a running trip. Raised once, until it is cleared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertRaised {
    /// This alert.
    pub alert: AlertId,
    /// What is wrong.
    pub kind: AlertKind,
    /// The shipment.
    pub shipment: ShipmentId,
    /// The driver.
    pub driver: DriverId,
    /// The carrier.
    pub carrier: OrganisationId,
    /// The shipper.
    pub shipper: OrganisationId,
    /// Since when it has been so, by the device's clock.
    pub since: Timestamp,
    /// Where, to three decimals of a degree; absent when nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Position>,
    /// The figure that it goes by: minutes (stop, stuck, silence, slip), km (route, direction, jump) or km/h.
    pub figure: f64,
    /// Whether its device says so itself: then only its device can say that it is right again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_device: bool,
}

/// It is right again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertCleared {
    /// The alert.
    pub alert: AlertId,
    /// The shipment.
    pub shipment: ShipmentId,
    /// Since when.
    pub at: Timestamp,
}

/// Somebody sees to an alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertAcknowledged {
    /// The alert.
    pub alert: AlertId,
    /// The shipment.
    pub shipment: ShipmentId,
    /// Who.
    pub by: UserId,
}

/// Somebody has settled an alert. The same is raised again only after it was right in between.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertClosed {
    /// The alert.
    pub alert: AlertId,
    /// The shipment.
    pub shipment: ShipmentId,
    /// Who.
    pub by: UserId,
}

/// What a truck did at a geofence of the tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeofenceCrossed {
    /// Which one.
    pub geofence: GeofenceId,
    /// The shipment.
    pub shipment: ShipmentId,
    /// When, by the device's clock.
    pub at: Timestamp,
}

events! {
    /// What the positions of a booked truck mean.
    pub enum TripEvent(schema 1) {
        /// It is watched from now on.
        "trip.begun" => Begun(TripBegun),
        /// It is watched no more.
        "trip.ended" => Ended(TripEnded),
        /// It is at a stop.
        "stop.arrived" => Arrived(StopArrived),
        /// It stays at a stop.
        "stop.dwelled" => Dwelled(StopDwelled),
        /// It left a stop.
        "stop.left" => Left(StopLeft),
        /// It is near a stop.
        "driver.arriving" => Arriving(DriverArriving),
        /// It will be late.
        "delay.reported" => Delayed(DelayReported),
        /// It has another way.
        "route.updated" => Rerouted(RouteUpdated),
        /// Something is wrong.
        "alert.raised" => AlertRaised(AlertRaised),
        /// It is right again.
        "alert.cleared" => AlertCleared(AlertCleared),
        /// Somebody sees to it.
        "alert.acknowledged" => AlertAcknowledged(AlertAcknowledged),
        /// Somebody has settled it.
        "alert.closed" => AlertClosed(AlertClosed),
        /// It came into a geofence.
        "geofence.entered" => FenceEntered(GeofenceEntered),
        /// It stays in a geofence.
        "geofence.dwelled" => FenceDwelled(GeofenceDwelled),
        /// It left a geofence.
        "geofence.left" => FenceLeft(GeofenceLeft),
    }
}

/// A truck came into a geofence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GeofenceEntered(pub GeofenceCrossed);

/// A truck has been in a geofence for as long as the geofence says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GeofenceDwelled(pub GeofenceCrossed);

/// A truck left a geofence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GeofenceLeft(pub GeofenceCrossed);
