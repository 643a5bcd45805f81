//! A shipment: tender, bids, booking and trip (design, section 8; spec 4, platform and shipper agents).
//!
//! The bids live inside: a selection and a booking are decided on one state, so that two can never win.

mod deadline;
mod decide;
mod dispatch;
mod evolve;
mod tender;
mod trip;

#[cfg(test)]
mod tests;

use contracts::shipment::{
    Amended, BidSubmitted, BidsRanked, Broadcast, LapseReason, ProofDocuments, Requested, SelectedBy,
    ShipmentEvent, ShipmentStatus, Tender,
};
use kernel::{BidId, DriverId, Money, OrganisationId, PersonId, Refusal, ShipmentId, Timestamp, UserId};
use runtime::{Agent, TimerOp};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};

/// With three bids the window closes this long after it opened (design, section 8).
pub const CLOSE_EARLY: Duration = Duration::from_secs(120);
/// With fewer it closes this long after it opened; without any the radius widens then.
pub const CLOSE_FULL: Duration = Duration::from_secs(300);
/// Without bids a dispatcher is asked this long after the shipment was posted.
pub const HAND_OVER_AFTER: Duration = Duration::from_secs(900);
/// The shipper has this long to select once the window closed.
pub const SELECT_WITHIN: Duration = Duration::from_secs(900);
/// A selected carrier has this long to confirm.
pub const CONFIRM_WITHIN: Duration = Duration::from_secs(30);
/// A delivered shipment can be rated for this long (annex, capabilities: 14 days).
pub const RATE_WITHIN: Duration = Duration::from_secs(14 * 24 * 3600);
/// The factor on every service radius once it is widened.
pub const WIDENED_RADIUS: f64 = 1.5;
/// At most so many bids are kept on one shipment; further ones are refused.
pub const BID_LIMIT: usize = 200;
/// So many bids close the window early.
const ENOUGH_BIDS: usize = 3;
/// The one timer of a shipment.
const TIMER: &str = "tender";

/// What a shipment can be asked.
#[derive(Debug, Clone)]
pub enum ShipmentCommand {
    /// Post it.
    Request(Box<Requested>),
    /// Change it before the first bid.
    Amend(Box<Amended>),
    /// From the platform reactor: offers went out to these drivers.
    OpenRound(Broadcast),
    /// Take a bid. Eligibility is checked by whoever sends it; price, times, invitation and window here.
    SubmitBid(Box<BidSubmitted>),
    /// Take a bid back. A selected one falls; with a booked one the carrier gives the job back, which it can do before
    /// loading.
    WithdrawBid {
        /// Which.
        bid: BidId,
    },
    /// From the bookkeeping: a driver is committed elsewhere, so its open bid is withdrawn and its selected one falls.
    DropBids {
        /// Whose.
        driver: DriverId,
    },
    /// Choose a bid.
    Select {
        /// Which.
        bid: BidId,
        /// Who chose.
        by: SelectedBy,
    },
    /// The carrier takes the job. In one order with [`DriverCommand::Commit`](super::DriverCommand::Commit): both or none.
    Confirm {
        /// Which.
        bid: BidId,
    },
    /// A selected or booked bid falls; the next rank is selected, or bidding opens again.
    Lapse {
        /// Which.
        bid: BidId,
        /// Why.
        reason: LapseReason,
    },
    /// The earliest deadline of the tender has come: close, widen, next waterfall step, hand over, lapse or expire.
    DeadlineReached,
    /// Cancel it, before loading.
    Cancel {
        /// Who.
        by: CancelledBy,
    },
    /// Move the trip on by one step, up to `delivered`.
    Advance {
        /// The next status.
        to: ShipmentStatus,
        /// With `delivered`: the vault's subject that holds the recipient's name.
        proof: Option<PersonId>,
    },
    /// Move the trip on to `delivered`, with documents as proof.
    Deliver {
        /// The vault's subject that holds the recipient's name.
        proof: Option<PersonId>,
        /// Documents of this shipment.
        documents: ProofDocuments,
    },
    /// Rate the driver.
    Rate {
        /// 1 to 5.
        stars: u8,
    },
    /// The money was released.
    Complete,
    /// A dispute was opened.
    Dispute,
    /// A dispatcher gives up: nobody takes it.
    Expire,
    /// Ask a dispatcher to find a carrier; whoever had taken it over gives it back.
    HandOver,
    /// A dispatcher takes it upon itself.
    TakeOver {
        /// Who.
        dispatcher: UserId,
    },
    /// A dispatcher tenders it again.
    Retender(Box<NewRound>),
    /// A dispatcher gives it to a driver at a price: its bid is made and selected. Eligibility is checked by whoever
    /// sends it; price, times and the shipper's wishes here.
    Assign(Box<BidSubmitted>),
}

/// How a shipment is tendered again.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRound {
    /// To others, when it is not as before.
    pub tender: Option<Tender>,
    /// The factor on every service radius, 1 or more.
    pub radius_factor: f64,
    /// New choice of automatic acceptance.
    pub auto_accept: Option<bool>,
}

/// Who cancels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelledBy {
    /// The shipper.
    Shipper,
    /// The brokerage.
    Support,
}

/// Where a bid stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BidStatus {
    /// It can be selected.
    Open,
    /// Taken back by its bidder.
    Withdrawn,
    /// Selected, to be confirmed.
    Selected,
    /// Selected or booked once, and fallen.
    Lapsed,
    /// It drives.
    Booked,
}

impl BidStatus {
    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Withdrawn => "withdrawn",
            Self::Selected => "selected",
            Self::Lapsed => "lapsed",
            Self::Booked => "booked",
        }
    }
}

/// A bid and where it stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bid {
    /// As it came.
    pub offer: Arc<BidSubmitted>,
    /// When it came.
    pub at: Timestamp,
    /// Where it stands.
    pub status: BidStatus,
}

impl Bid {
    /// Whether it can still lead to a trip, or did.
    #[must_use]
    pub const fn is_standing(&self) -> bool {
        matches!(self.status, BidStatus::Open | BidStatus::Selected | BidStatus::Booked)
    }
}

/// A selected bid that awaits its confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// The bid.
    pub bid: BidId,
    /// Its driver.
    pub driver: DriverId,
    /// Its carrier.
    pub carrier: OrganisationId,
    /// Who chose.
    pub by: SelectedBy,
    /// The deadline.
    pub confirm_by: Timestamp,
}

/// A confirmed booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// The bid.
    pub bid: BidId,
    /// The driver.
    pub driver: DriverId,
    /// The carrier's organisation.
    pub carrier: OrganisationId,
    /// What the shipper pays.
    pub price: Money,
    /// When the driver promised to load.
    pub pickup_at: Timestamp,
    /// When the driver promised to deliver.
    pub delivery_at: Timestamp,
    /// When it was booked.
    pub at: Timestamp,
}

/// What the shipper thought of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// 1 to 5.
    pub stars: u8,
    /// When.
    pub at: Timestamp,
}

/// Where the search for a carrier stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Search {
    /// When bids were first asked for, or again after every candidate fell.
    pub asked_at: Option<Timestamp>,
    /// When the present bid window opened.
    pub opened_at: Option<Timestamp>,
    /// When the window closed and the bids were ranked.
    pub closed_at: Option<Timestamp>,
    /// The round that is due or was sent last; 1 is the first.
    pub round: u32,
    /// Rounds that came from an amendment, not from silence.
    #[serde(default)]
    pub amended_rounds: u32,
    /// The last round that was sent.
    pub sent_round: u32,
    /// The radius factor of the present round.
    pub radius_factor: f64,
    /// Waterfall: how many carriers before the present one were asked.
    pub step: usize,
    /// Whether the radius was widened.
    pub widened: bool,
    /// Whether a dispatcher was asked.
    pub handed_over: bool,
    /// Whether enough bids were in early enough to close the window early.
    pub early: bool,
    /// Whether a selected bid ever fell.
    pub lapsed: bool,
    /// Every driver who was offered the shipment.
    pub offered: Arc<Vec<DriverId>>,
}

/// A shipment's state.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Shipment {
    /// What was asked for, with its amendments; `None` for a stream without events.
    pub request: Option<Arc<Requested>>,
    /// When it was posted.
    pub requested_at: Option<Timestamp>,
    /// Where it stands.
    pub status: ShipmentStatus,
    /// The bids, in the order they came.
    pub bids: Vec<Bid>,
    /// The last stored ranking.
    pub ranking: Option<Arc<BidsRanked>>,
    /// The search for a carrier.
    pub search: Search,
    /// The selected bid, until it is confirmed or falls.
    pub selection: Option<Selection>,
    /// The booking, which stays after the end.
    pub booking: Option<Booking>,
    /// The vault's subject with the recipient's name, once delivered.
    pub proof: Option<PersonId>,
    /// The documents that prove the delivery.
    pub proof_documents: Option<ProofDocuments>,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
    /// Whether the delivery window was kept, once delivered.
    pub on_time: Option<bool>,
    /// The shipper's rating.
    pub rating: Option<Rating>,
    /// The fee of its cancellation, when one was due.
    pub cancellation_fee: Option<Money>,
    /// Why no carrier was found, when that is so.
    pub failure: Option<Arc<str>>,
    /// The dispatcher who took it over.
    pub dispatcher: Option<UserId>,
}

impl Default for Shipment {
    fn default() -> Self {
        Self {
            request: None,
            requested_at: None,
            status: ShipmentStatus::Requested,
            bids: Vec::new(),
            ranking: None,
            search: Search::default(),
            selection: None,
            booking: None,
            proof: None,
            proof_documents: None,
            delivered_at: None,
            on_time: None,
            rating: None,
            cancellation_fee: None,
            failure: None,
            dispatcher: None,
        }
    }
}

impl Shipment {
    /// The bids that can be selected.
    pub fn open_bids(&self) -> impl Iterator<Item = &Bid> {
        self.bids.iter().filter(|bid| bid.status == BidStatus::Open)
    }

    /// A bid by its id.
    #[must_use]
    pub fn bid(&self, id: BidId) -> Option<&Bid> {
        self.bids.iter().find(|bid| bid.offer.bid == id)
    }

    /// Whether a driver's bid could still make it the one that drives, at once or should a booking fall.
    #[must_use]
    pub fn counts_on(&self, driver: DriverId) -> bool {
        let searching = self.status.is_open()
            || matches!(
                self.status,
                ShipmentStatus::Selected | ShipmentStatus::Booked | ShipmentStatus::EnRoutePickup
            );
        searching
            && (self.selection.is_some_and(|selection| selection.driver == driver)
                || self.open_bids().any(|bid| bid.offer.driver == driver))
    }

    /// Whether bids are taken now.
    #[must_use]
    pub fn takes_bids(&self) -> bool {
        self.request.is_some() && self.status.is_open() && self.search.closed_at.is_none()
    }

    /// The carrier that alone may bid now, when the tender says so.
    #[must_use]
    pub fn only_carrier(&self) -> Option<OrganisationId> {
        match &self.request.as_ref()?.tender {
            Tender::Broadcast => None,
            Tender::Direct { carrier } => Some(*carrier),
            Tender::Waterfall { carriers, .. } if !self.search.handed_over => {
                carriers.get(self.search.step).copied()
            }
            Tender::Waterfall { .. } => None,
        }
    }

    /// Whether the tender invites this carrier now. A waterfall that was handed over invites all of its carriers.
    #[must_use]
    pub fn invites(&self, carrier: OrganisationId) -> bool {
        match self.request.as_ref().map(|request| &request.tender) {
            None => false,
            Some(Tender::Waterfall { carriers, .. }) if self.search.handed_over => {
                carriers.contains(&carrier)
            }
            Some(_) => self.only_carrier().is_none_or(|only| only == carrier),
        }
    }

    /// Whether an open bid of this carrier stays when the shipment is tendered again.
    fn may_stay(&self, carrier: OrganisationId) -> bool {
        let named =
            self.request.as_ref().map_or(&[] as &[OrganisationId], |request| request.tender.carriers());
        named.is_empty() || named.contains(&carrier)
    }

    /// The round that the surge counts from: only silence raises the price, an amendment does not.
    #[must_use]
    pub const fn surge_round(&self) -> u32 {
        self.search.round.saturating_sub(self.search.amended_rounds)
    }

    /// What was asked for, or the refusal that there is no such shipment.
    fn requested(&self) -> Result<&Arc<Requested>, Refusal> {
        self.request
            .as_ref()
            .ok_or_else(|| Refusal::not_found("shipment.unknown", "there is no such shipment"))
    }

    fn wrong_state(&self, wanted: &str) -> Refusal {
        let detail = format!("the shipment is `{}`; {wanted}", self.status.name());
        Refusal::conflict("shipment.wrong_state", detail)
    }
}

impl Agent for Shipment {
    type Id = ShipmentId;
    type Command = ShipmentCommand;
    type Event = ShipmentEvent;
    const KIND: &'static str = "shipment";
    const SNAPSHOT: u32 = 3;

    fn decide(&self, command: &ShipmentCommand, now: Timestamp) -> Result<Vec<ShipmentEvent>, Refusal> {
        self.decide_command(command, now)
    }

    fn evolve(&mut self, event: &ShipmentEvent, at: Timestamp) {
        self.take(event, at);
    }

    fn timers(&self, event: &ShipmentEvent, at: Timestamp) -> Vec<TimerOp> {
        self.timers_of(event, at)
    }

    fn on_timer(name: &str, _key: &str) -> Option<ShipmentCommand> {
        (name == TIMER).then_some(ShipmentCommand::DeadlineReached)
    }

    fn state_name(&self) -> &'static str {
        if self.request.is_some() { self.status.name() } else { "" }
    }
}
