//! The shipment's public language: what a shipper asks for, how it is tendered, and everything that happens to it.
//!
//! States and names: design, section 8; spec 4 (platform, shipper and driver agents); annex, section 1.

use crate::events;
use kernel::{
    BidId, DocumentId, DriverId, Money, OrganisationId, PersonId, Position, TenantId, Timestamp, UserId,
};
use serde::{Deserialize, Serialize};

/// Where a shipment stands (design, section 8). `draft` exists only in forms, not in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShipmentStatus {
    /// Posted, no bid yet.
    Requested,
    /// At least one bid is in.
    Bidding,
    /// A bid is selected and awaits the carrier's confirmation.
    Selected,
    /// The carrier confirmed.
    Booked,
    /// The truck is on its way to the pickup.
    EnRoutePickup,
    /// Loading at the pickup.
    Loading,
    /// On the road with the cargo.
    InTransit,
    /// Unloading at the delivery.
    Unloading,
    /// Delivered with proof.
    Delivered,
    /// Paid out.
    Completed,
    /// Cancelled by its shipper or by support.
    Cancelled,
    /// Nobody took it.
    Expired,
    /// Under dispute; the money is frozen.
    Disputed,
}

impl ShipmentStatus {
    /// The wire and view name, such as `en_route_pickup`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Bidding => "bidding",
            Self::Selected => "selected",
            Self::Booked => "booked",
            Self::EnRoutePickup => "en_route_pickup",
            Self::Loading => "loading",
            Self::InTransit => "in_transit",
            Self::Unloading => "unloading",
            Self::Delivered => "delivered",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Disputed => "disputed",
        }
    }

    /// Whether carriers may still be found: `requested` and `bidding`.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Bidding)
    }

    /// Whether a driver is on the trip: from `booked` to `unloading`.
    #[must_use]
    pub const fn is_trip(self) -> bool {
        matches!(self, Self::Booked | Self::EnRoutePickup | Self::Loading | Self::InTransit | Self::Unloading)
    }
}

/// A time window, both ends included; `from` is not after `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Earliest instant.
    pub from: Timestamp,
    /// Latest instant.
    pub to: Timestamp,
}

/// One end of the trip. The address text is personal data and lives in the vault under [`Requested::contact`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    /// Where.
    pub position: Position,
    /// When.
    pub window: Window,
}

/// What is carried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cargo {
    /// Weight in kg, above 0.
    pub weight_kg: f64,
    /// Volume in m3, 0 or more.
    pub volume_m3: f64,
    /// The kind, such as `general`, `refrigerated`, `hazmat`, `fragile`; similar shipments are of the same kind.
    pub kind: String,
    /// Features the vehicle must have, such as `lift_gate`.
    pub requires: Vec<String>,
    /// Declared value, when given.
    pub value: Option<Money>,
}

/// How fast and how gently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceLevel {
    /// The ordinary service.
    #[default]
    Standard,
    /// As fast as the road allows.
    Express,
    /// The vehicle carries nothing else.
    Dedicated,
}

impl ServiceLevel {
    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Express => "express",
            Self::Dedicated => "dedicated",
        }
    }
}

/// How the shipment is offered (design, section 8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum Tender {
    /// To every eligible driver at once.
    Broadcast,
    /// To carriers in order, each for a time.
    Waterfall {
        /// The carriers, first choice first.
        carriers: Vec<OrganisationId>,
        /// Seconds that each has to bid.
        step_seconds: u32,
    },
    /// To one carrier only.
    Direct {
        /// That carrier.
        carrier: OrganisationId,
    },
}

impl Tender {
    /// The carriers that it names, first choice first.
    #[must_use]
    pub const fn carriers(&self) -> &[OrganisationId] {
        match self {
            Self::Broadcast => &[],
            Self::Waterfall { carriers, .. } => carriers.as_slice(),
            Self::Direct { carrier } => std::slice::from_ref(carrier),
        }
    }
}

/// What the shipper's profile said when the shipment was posted; later changes of the profile do not reach back.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Preferences {
    /// Take the best bid without asking when the window closes.
    pub auto_accept: bool,
    /// 0 (price does not matter) to 1 (only price matters), when set (annex, section 2).
    pub price_sensitivity: Option<f64>,
    /// Opt-in of the x 1.05 for electric vehicles.
    pub prefer_electric: bool,
    /// Carriers whose score counts x 1.10.
    pub preferred_carriers: Vec<OrganisationId>,
    /// Carriers that may not bid.
    pub blocked_carriers: Vec<OrganisationId>,
    /// Volume discount in thousandths of the price, 0 to 300 (annex, section 1, BR3).
    pub volume_discount_permille: u16,
}

/// A shipment was posted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Requested {
    /// The tenant it belongs to, so that the agent knows without a view who may ask for it.
    pub tenant: TenantId,
    /// The short reference for people, such as `SHM-MIL-000123`.
    pub reference: String,
    /// The shipper's organisation.
    pub shipper: OrganisationId,
    /// The user who posted it.
    pub requested_by: UserId,
    /// The vault's subject that holds both addresses and, later, the recipient's name.
    pub contact: PersonId,
    /// Where and when to load.
    pub pickup: Stop,
    /// Where and when to deliver.
    pub delivery: Stop,
    /// What.
    pub cargo: Cargo,
    /// How fast.
    pub service_level: ServiceLevel,
    /// How it is offered.
    pub tender: Tender,
    /// The shipper's preferences at this moment.
    pub preferences: Preferences,
    /// Road distance from pickup to delivery in km.
    pub road_km: f64,
}

/// A shipment was changed before its first bid; what is absent stayed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Amended {
    /// New pickup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pickup: Option<Stop>,
    /// New delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Stop>,
    /// New cargo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cargo: Option<Cargo>,
    /// New service level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_level: Option<ServiceLevel>,
    /// New tender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tender: Option<Tender>,
    /// New choice of automatic acceptance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_accept: Option<bool>,
    /// New road distance in km, when a stop moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub road_km: Option<f64>,
}

/// A round of offers went out; with no driver it records that none was eligible.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Broadcast {
    /// 1 for the first round; widening and the next waterfall step count up.
    pub round: u32,
    /// The factor on each driver's service radius in this round.
    pub radius_factor: f64,
    /// Waterfall and direct: the only carrier that may bid in this round.
    pub carrier: Option<OrganisationId>,
    /// The drivers who were offered the shipment.
    pub drivers: Vec<DriverId>,
}

/// A further round of offers is due: the radius widens, the next carrier of the waterfall is asked, or bidding opens
/// again because nobody confirmed. The platform answers with a [`Broadcast`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoundDue {
    /// The number that the round will have, from 2.
    pub round: u32,
    /// The factor on each driver's service radius, 1 or more.
    pub radius_factor: f64,
    /// Waterfall and direct: the only carrier that may bid in this round.
    pub carrier: Option<OrganisationId>,
}

/// What was known of the bidder when the bid came; ranking uses it (spec 4, bid ranking).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BidFacts {
    /// Share of deliveries on time, 0 to 1.
    pub on_time_rate: f64,
    /// Completed shipments of the same cargo kind.
    pub similar_shipments: u32,
    /// The vehicle's year of make.
    pub vehicle_year: i32,
    /// Whether it is electric.
    pub electric: bool,
    /// Mean rating, 0 to 5.
    pub rating: f64,
    /// Km from where the driver stood (or its base) to the pickup.
    pub approach_km: f64,
}

/// A driver offered a price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BidSubmitted {
    /// The bid.
    pub bid: BidId,
    /// The driver agent that would drive.
    pub driver: DriverId,
    /// The carrier's organisation.
    pub carrier: OrganisationId,
    /// The whole price; the platform's commission is inside.
    pub price: Money,
    /// When it would load.
    pub pickup_at: Timestamp,
    /// When it would deliver.
    pub delivery_at: Timestamp,
    /// The bidder's own confidence to be on time, 0 to 1.
    pub confidence: f64,
    /// Whether the driver's agent bid by itself.
    pub automatic: bool,
    /// What ranking uses.
    pub facts: BidFacts,
}

/// Why a bid is gone that awaited nobody's confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawReason {
    /// Its bidder took it back.
    #[default]
    Bidder,
    /// Its driver was taken by another booking.
    DriverTaken,
    /// The shipment was tendered again, to others.
    NotInvited,
}

impl WithdrawReason {
    /// Whether it is what logs mean that say no reason.
    #[must_use]
    pub fn is_bidder(&self) -> bool {
        *self == Self::Bidder
    }
}

/// A bid was taken back, or can be kept no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BidWithdrawn {
    /// The bid.
    pub bid: BidId,
    /// Why.
    #[serde(default, skip_serializing_if = "WithdrawReason::is_bidder")]
    pub reason: WithdrawReason,
}

/// The five terms of a score, each 0 to 1 (spec 4, bid ranking).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScoreTerms {
    /// Weight 0.3: cheapest is 1, dearest 0.
    pub price: f64,
    /// Weight 0.3: mean of pickup and delivery estimates, earliest is 1, latest 0.
    pub time: f64,
    /// Weight 0.2: the on-time rate.
    pub reliability: f64,
    /// Weight 0.1: similar shipments over 100, at most 1.
    pub experience: f64,
    /// Weight 0.1: below 5 years 1, below 10 years 0.7, else 0.5.
    pub vehicle: f64,
}

/// One line of a ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankedBid {
    /// The bid.
    pub bid: BidId,
    /// 1 is best.
    pub rank: u32,
    /// The weighted sum times the factor.
    pub score: f64,
    /// The five terms.
    pub terms: ScoreTerms,
    /// 1.10 for a preferred carrier, times 1.05 for an electric vehicle when the shipper opted in; else 1.
    pub factor: f64,
}

/// The bids were ranked: the window closed or one was selected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BidsRanked {
    /// All open bids, best first.
    pub ranking: Vec<RankedBid>,
}

/// Who or what chose a bid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelectedBy {
    /// The shipper.
    Shipper,
    /// Automatic acceptance.
    AutoAccept,
    /// The one before it did not confirm in time or declined.
    NextRank,
    /// A dispatcher of the platform.
    Dispatcher,
}

/// A bid was selected; its carrier has until `confirm_by`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BidSelected {
    /// The bid.
    pub bid: BidId,
    /// Its driver.
    pub driver: DriverId,
    /// Its carrier.
    pub carrier: OrganisationId,
    /// Its price.
    pub price: Money,
    /// Who chose.
    pub by: SelectedBy,
    /// The deadline of the confirmation.
    pub confirm_by: Timestamp,
}

/// Why a selected bid fell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LapseReason {
    /// No confirmation within 30 s.
    NotConfirmed,
    /// The bidder withdrew after the selection.
    Withdrawn,
    /// The driver was taken by another booking.
    DriverTaken,
    /// The carrier gave the booking back.
    CarrierCancelled,
    /// The shipper's payment was declined; a dispatcher is asked instead of the next rank.
    PaymentFailed,
}

/// A selected or booked bid fell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BidLapsed {
    /// The bid.
    pub bid: BidId,
    /// Its driver.
    pub driver: DriverId,
    /// Why.
    pub reason: LapseReason,
}

/// The carrier confirmed: the shipment is booked and its price is due in escrow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookingConfirmed {
    /// The bid.
    pub bid: BidId,
    /// The driver.
    pub driver: DriverId,
    /// The carrier's organisation.
    pub carrier: OrganisationId,
    /// The shipper's organisation.
    pub shipper: OrganisationId,
    /// What the shipper pays.
    pub price: Money,
    /// When the driver promised to load.
    pub pickup_at: Timestamp,
    /// When the driver promised to deliver.
    pub delivery_at: Timestamp,
}

/// No carrier was found in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchFailed {
    /// A stable code: `no_bids`, `nobody_confirmed`, `not_selected`.
    pub reason: String,
}

/// A dispatcher is asked to find a carrier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HandedOver {
    /// A stable code: `no_bids`, `nobody_confirmed`, `payment_failed`, `staff`.
    pub reason: String,
}

/// A dispatcher took it upon itself to find a carrier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TakenOver {
    /// Who.
    pub dispatcher: UserId,
}

/// A dispatcher tendered it again; a [`RoundDue`] follows. What is absent stayed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Retendered {
    /// New tender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tender: Option<Tender>,
    /// New choice of automatic acceptance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_accept: Option<bool>,
}

/// What proves a delivery beside the recipient's name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofDocuments {
    /// The recipient's signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<DocumentId>,
    /// Photos of the cargo where it was handed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<DocumentId>,
}

/// The trip moved on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusChanged {
    /// Before.
    pub from: ShipmentStatus,
    /// After.
    pub to: ShipmentStatus,
    /// The booked driver.
    pub driver: Option<DriverId>,
    /// With `delivered`: the vault's subject that holds the recipient's name.
    pub proof: Option<PersonId>,
    /// With `delivered`: whether the delivery window was kept.
    pub on_time: Option<bool>,
    /// With `delivered`: the documents that prove it, when there are some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documents: Option<ProofDocuments>,
}

/// The shipment was cancelled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cancelled {
    /// Where it stood.
    pub from: ShipmentStatus,
    /// The driver that was booked, if any.
    pub driver: Option<DriverId>,
    /// What the shipper owes the carrier for it: 20 % of the price within 2 h of the pickup, 50 % en route (annex, section 1).
    pub fee: Option<Money>,
    /// A stable code: `shipper`, `support`, `carrier`.
    pub by: String,
}

/// One side rated the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RatingSubmitted {
    /// The driver who is rated.
    pub driver: DriverId,
    /// 1 to 5.
    pub stars: u8,
}

events! {
    /// Everything that happens to a shipment and its bids.
    pub enum ShipmentEvent(schema 1) {
        /// It was posted.
        "shipment.requested" => Requested(Requested),
        /// It was changed before the first bid.
        "shipment.amended" => Amended(Amended),
        /// A round of offers went out.
        "shipment.broadcast" => Broadcast(Broadcast),
        /// A further round of offers is due.
        "shipment.round_due" => RoundDue(RoundDue),
        /// A bid came.
        "bid.submitted" => BidSubmitted(BidSubmitted),
        /// A bid was taken back.
        "bid.withdrawn" => BidWithdrawn(BidWithdrawn),
        /// The bids were ranked.
        "bids.ranked" => BidsRanked(BidsRanked),
        /// One was selected.
        "bid.selected" => BidSelected(BidSelected),
        /// The selected one fell.
        "bid.lapsed" => BidLapsed(BidLapsed),
        /// It is booked.
        "booking.confirmed" => BookingConfirmed(BookingConfirmed),
        /// Nobody took it.
        "match.failed" => MatchFailed(MatchFailed),
        /// A dispatcher is asked.
        "shipment.handed_over" => HandedOver(HandedOver),
        /// A dispatcher took it.
        "shipment.taken_over" => TakenOver(TakenOver),
        /// A dispatcher tendered it again.
        "shipment.retendered" => Retendered(Retendered),
        /// The trip moved on.
        "shipment.status_changed" => StatusChanged(StatusChanged),
        /// It was cancelled.
        "shipment.cancelled" => Cancelled(Cancelled),
        /// The driver was rated.
        "rating.submitted" => RatingSubmitted(RatingSubmitted),
    }
}
