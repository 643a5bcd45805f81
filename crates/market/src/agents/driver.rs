//! A driver with its truck: presence, offers, the trip it is committed to, what it carries along and what follows, and its
//! record (spec 4, driver agents; annex, section 1).

mod jobs;

pub use jobs::{Fit, Job, KnownOffer, PARTS_MAX, Turn};

use super::Shipment;
use crate::rules::eligibility::{ELECTRIC, Truck};
use contracts::driver::{
    BidDue, BidMade, DriverEvent, DriverProfile, Freed, PresenceChanged, ProfileChanged, Rated, Registered,
    Reinstated, Suspended, TierRaised,
};
use contracts::{driver::Offered, shipment::BidFacts, tracking::TripStop};
use kernel::{BidId, DriverId, OrganisationId, Position, Refusal, ShipmentId, TenantId, Timestamp, UserId};
use runtime::{Agent, TimerOp};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// So many of the latest offers are remembered.
pub const OFFERS_REMEMBERED: usize = 20;
/// So many of the latest shipments it bid on are remembered.
pub const BIDS_REMEMBERED: usize = 50;
/// A rating below 3.5 stars is a low one; this many in a row suspend (annex, section 1, BR6).
const LOW_RATINGS_SUSPEND: u32 = 5;
const LOW_BELOW_STARS: f64 = 3.5;
/// So many perfect ratings in a row make Gold.
const PERFECT_RATINGS_GOLD: u32 = 10;
const PERFECT_STARS: u8 = 5;
/// With fewer automatic bids than this nothing is said about how many win.
const ACCEPTANCE_SAMPLE_MIN: u32 = 10;
/// What is expected of a driver without deliveries: the platform's own target for punctuality (annex, section 23).
const ON_TIME_EXPECTED: f64 = 0.9;
/// What is expected of a driver without ratings.
const RATING_EXPECTED: f64 = 4.0;
const TIMER: &str = "bid";

/// What a driver agent can be asked.
#[derive(Debug, Clone)]
pub enum DriverCommand {
    /// Create it.
    Register(Box<Registered>),
    /// Replace what it declares.
    ChangeProfile(Box<DriverProfile>),
    /// Take offers.
    GoOnline,
    /// Take none.
    GoOffline,
    /// From the platform reactor: a shipment is offered. Ignored by one that takes no such offers now.
    Offer {
        /// Which.
        shipment: ShipmentId,
        /// How it goes with the trip that the driver is on.
        fit: Fit,
        /// How long it thinks before it bids by itself; `None` when it does not.
        bid_after: Option<Duration>,
    },
    /// Its time to think is over.
    BidNow {
        /// On which.
        shipment: ShipmentId,
    },
    /// Somebody bids for it by hand. In one order with
    /// [`ShipmentCommand::SubmitBid`](super::ShipmentCommand::SubmitBid): who is taken makes no bid.
    MakeBid {
        /// On which.
        shipment: ShipmentId,
        /// What the driver was committed to when its bid was judged: one that was taken since is to be judged again.
        judged_on: Option<ShipmentId>,
    },
    /// Could it take the job now? Nothing happens; a taken one refuses. In one order with
    /// [`ShipmentCommand::Select`](super::ShipmentCommand::Select).
    StandBy {
        /// Which.
        shipment: ShipmentId,
    },
    /// Take the job. In one order with [`ShipmentCommand::Confirm`](super::ShipmentCommand::Confirm).
    Commit {
        /// Which.
        shipment: ShipmentId,
        /// By which bid.
        bid: BidId,
        /// When. Whether there is time and room for it is judged by whoever sends it; that the driver is still on what it
        /// was judged by is decided here.
        turn: Turn,
        /// Where the shipment is delivered.
        ends_at: Position,
    },
    /// The trip is over, well or not. Ignored when the driver has been booked by another bid since.
    Free(Box<Freed>),
    /// A customer's stars.
    Rate {
        /// For which shipment.
        shipment: ShipmentId,
        /// 1 to 5.
        stars: u8,
    },
    /// It may not bid any more.
    Suspend {
        /// A stable code.
        reason: String,
    },
    /// It may bid again.
    Reinstate,
}

/// A driver's state.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Driver {
    /// Who it is and what it declares; `None` for a stream without events.
    pub registered: Option<Arc<Registered>>,
    /// Whether it takes offers.
    pub online: bool,
    /// The shipment it is committed to.
    pub committed: Option<ShipmentId>,
    /// The bid it is committed by, when that is known.
    #[serde(default)]
    pub committed_by: Option<BidId>,
    /// The job that follows, booked before the present one has ended.
    #[serde(default)]
    pub next: Option<Job>,
    /// What it carries along on the present trip. With any of these nothing follows.
    #[serde(default)]
    pub parts: Arc<Vec<Job>>,
    /// The stops of a trip with several shipments, in the order in which they are driven to; those that are done stand
    /// among them until their shipment is delivered. Empty with one shipment alone.
    #[serde(default)]
    pub stops: Arc<Vec<TripStop>>,
    /// Why it is suspended, if it is.
    pub suspended: Option<Arc<str>>,
    /// Whether it reached Gold.
    pub gold: bool,
    /// Automatic bids it made.
    pub bids: u32,
    /// Jobs it took.
    pub commitments: u32,
    /// Deliveries.
    pub deliveries: u32,
    /// Deliveries within their window.
    pub on_time: u32,
    /// Ratings it got.
    pub ratings: u32,
    /// The sum of their stars.
    pub stars: u32,
    /// Low ratings in a row up to now.
    pub low_streak: u32,
    /// Perfect ratings in a row up to now.
    pub perfect_streak: u32,
    /// Deliveries by cargo kind.
    pub delivered_kinds: Arc<BTreeMap<String, u32>>,
    /// The latest offers, newest last.
    pub offers: Arc<Vec<KnownOffer>>,
    /// The latest shipments it bid on, newest last; some of those bids are long decided.
    #[serde(default)]
    pub bid_on: Arc<Vec<ShipmentId>>,
}

impl Driver {
    /// The tenant, once registered.
    #[must_use]
    pub fn tenant(&self) -> Option<TenantId> {
        self.registered.as_ref().map(|registered| registered.tenant)
    }

    /// The carrier's organisation, once registered.
    #[must_use]
    pub fn carrier(&self) -> Option<OrganisationId> {
        self.registered.as_ref().map(|registered| registered.carrier)
    }

    /// The driver's own user, if it has one.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.registered.as_ref().and_then(|registered| registered.user)
    }

    /// The share of its automatic bids that became jobs, 0 to 1; 1 as long as there are too few to tell.
    #[must_use]
    pub fn acceptance_rate(&self) -> f64 {
        if self.bids < ACCEPTANCE_SAMPLE_MIN {
            return 1.0;
        }
        (f64::from(self.commitments) / f64::from(self.bids)).min(1.0)
    }

    /// The share of deliveries on time, 0 to 1; the platform's expectation before the first.
    #[must_use]
    pub fn on_time_rate(&self) -> f64 {
        if self.deliveries == 0 {
            ON_TIME_EXPECTED
        } else {
            f64::from(self.on_time) / f64::from(self.deliveries)
        }
    }

    /// The mean of its ratings, 1 to 5; the platform's expectation before the first.
    #[must_use]
    pub fn rating(&self) -> f64 {
        if self.ratings == 0 { RATING_EXPECTED } else { f64::from(self.stars) / f64::from(self.ratings) }
    }

    /// What ranking uses of it, for cargo of a kind and an approach of so many km.
    #[must_use]
    pub fn bid_facts(&self, cargo_kind: &str, approach_km: f64) -> BidFacts {
        let vehicle = self.registered.as_ref().map(|registered| &registered.profile.vehicle);
        BidFacts {
            on_time_rate: self.on_time_rate(),
            similar_shipments: self.delivered_kinds.get(cargo_kind).copied().unwrap_or(0),
            vehicle_year: vehicle.map_or(0, |vehicle| vehicle.year),
            electric: vehicle
                .is_some_and(|vehicle| vehicle.features.iter().any(|feature| feature == ELECTRIC)),
            rating: self.rating(),
            approach_km,
        }
    }

    /// What eligibility looks at, at a position; `None` before it is registered.
    #[must_use]
    pub fn truck(&self, live: Option<Position>) -> Option<Truck<'_>> {
        let registered = self.registered.as_ref()?;
        Some(Truck {
            profile: &registered.profile,
            carrier: registered.carrier,
            position: live.unwrap_or(registered.profile.base),
            online: self.online,
            busy: self.committed.is_some(),
            suspended: self.suspended.is_some(),
        })
    }

    fn known(&self) -> Result<&Arc<Registered>, Refusal> {
        self.registered
            .as_ref()
            .ok_or_else(|| Refusal::not_found("driver.unknown", "there is no such driver"))
    }

    fn register(&self, registered: &Registered) -> Result<Vec<DriverEvent>, Refusal> {
        match &self.registered {
            None => Ok(vec![registered.clone().into()]),
            Some(known) if **known == *registered => Ok(Vec::new()),
            Some(_) => Err(Refusal::conflict("driver.exists", "the driver exists already")),
        }
    }

    fn change_profile(&self, profile: &DriverProfile) -> Result<Vec<DriverEvent>, Refusal> {
        if self.known()?.profile == *profile {
            return Ok(Vec::new());
        }
        Ok(vec![ProfileChanged { profile: profile.clone() }.into()])
    }

    fn presence(&self, online: bool) -> Result<Vec<DriverEvent>, Refusal> {
        self.known()?;
        if online && self.suspended.is_some() {
            return Err(Refusal::conflict("driver.suspended", "a suspended driver cannot go online"));
        }
        if self.online == online { Ok(Vec::new()) } else { Ok(vec![PresenceChanged { online }.into()]) }
    }

    fn make_bid(
        &self,
        shipment: ShipmentId,
        judged_on: Option<ShipmentId>,
    ) -> Result<Vec<DriverEvent>, Refusal> {
        self.stand_by(shipment)?;
        if self.committed.is_some() && self.committed != judged_on {
            return Err(jobs::taken());
        }
        Ok(vec![BidMade { shipment }.into()])
    }

    fn rate(&self, shipment: ShipmentId, stars: u8) -> Result<Vec<DriverEvent>, Refusal> {
        self.known()?;
        if !(1..=PERFECT_STARS).contains(&stars) {
            return Err(Refusal::field("stars", "out_of_range", "stars must be 1 to 5"));
        }
        let mut events = vec![Rated { shipment, stars }.into()];
        let low = f64::from(stars) < LOW_BELOW_STARS;
        if low && self.low_streak + 1 >= LOW_RATINGS_SUSPEND && self.suspended.is_none() {
            events.push(Suspended { reason: "low_ratings".to_owned() }.into());
        }
        let perfect = stars == PERFECT_STARS;
        if perfect && self.perfect_streak + 1 >= PERFECT_RATINGS_GOLD && !self.gold {
            events.push(TierRaised { tier: "gold".to_owned() }.into());
        }
        Ok(events)
    }

    fn suspend(&self, reason: &str) -> Result<Vec<DriverEvent>, Refusal> {
        self.known()?;
        if self.suspended.is_some() {
            return Ok(Vec::new());
        }
        Ok(vec![Suspended { reason: reason.to_owned() }.into()])
    }

    fn reinstate(&self) -> Result<Vec<DriverEvent>, Refusal> {
        self.known()?;
        if self.suspended.is_some() { Ok(vec![Reinstated {}.into()]) } else { Ok(Vec::new()) }
    }

    fn take_rated(&mut self, stars: u8) {
        self.ratings += 1;
        self.stars += u32::from(stars);
        self.low_streak = if f64::from(stars) < LOW_BELOW_STARS { self.low_streak + 1 } else { 0 };
        self.perfect_streak = if stars == PERFECT_STARS { self.perfect_streak + 1 } else { 0 };
    }
}

/// Puts something at the end of a list that holds the latest ones, and forgets what stood for the same shipment.
fn remember<T: Clone>(
    list: &mut Arc<Vec<T>>,
    latest: T,
    most: usize,
    shipment_of: impl Fn(&T) -> ShipmentId,
) {
    let shipment = shipment_of(&latest);
    let list = Arc::make_mut(list);
    list.retain(|known| shipment_of(known) != shipment);
    if list.len() >= most {
        list.remove(0);
    }
    list.push(latest);
}

impl Agent for Driver {
    type Id = DriverId;
    type Command = DriverCommand;
    type Event = DriverEvent;
    const KIND: &'static str = "driver";
    const SNAPSHOT: u32 = 4;

    fn decide(&self, command: &DriverCommand, now: Timestamp) -> Result<Vec<DriverEvent>, Refusal> {
        match command {
            DriverCommand::Register(registered) => self.register(registered),
            DriverCommand::ChangeProfile(profile) => self.change_profile(profile),
            DriverCommand::GoOnline => self.presence(true),
            DriverCommand::GoOffline => self.presence(false),
            DriverCommand::Offer { shipment, fit, bid_after } if self.takes(fit) => {
                let bid_at = bid_after.map(|wait| now.after(wait));
                Ok(vec![fit.offered(*shipment, bid_at).into()])
            }
            DriverCommand::BidNow { shipment } if self.bids_on(*shipment) => {
                Ok(vec![BidDue { shipment: *shipment }.into()])
            }
            DriverCommand::Offer { .. } | DriverCommand::BidNow { .. } => Ok(Vec::new()),
            DriverCommand::MakeBid { shipment, judged_on } => self.make_bid(*shipment, *judged_on),
            DriverCommand::StandBy { shipment } => self.stand_by(*shipment).map(|()| Vec::new()),
            DriverCommand::Commit { shipment, bid, turn, ends_at } => {
                self.commit(*shipment, *bid, turn, *ends_at)
            }
            DriverCommand::Free(freed) => Ok(self.free(freed)),
            DriverCommand::Rate { shipment, stars } => self.rate(*shipment, *stars),
            DriverCommand::Suspend { reason } => self.suspend(reason),
            DriverCommand::Reinstate => self.reinstate(),
        }
    }

    fn evolve(&mut self, event: &DriverEvent, _at: Timestamp) {
        match event {
            DriverEvent::Registered(registered) => self.registered = Some(Arc::new(registered.clone())),
            DriverEvent::ProfileChanged(changed) => {
                if let Some(registered) = self.registered.as_mut() {
                    Arc::make_mut(registered).profile = changed.profile.clone();
                }
            }
            DriverEvent::PresenceChanged(changed) => self.online = changed.online,
            DriverEvent::Offered(offered) => {
                let offer = KnownOffer { shipment: offered.shipment, fit: Fit::of(offered) };
                remember(&mut self.offers, offer, OFFERS_REMEMBERED, |offer| offer.shipment);
            }
            DriverEvent::BidDue(due) => {
                self.bids += 1;
                remember(&mut self.bid_on, due.shipment, BIDS_REMEMBERED, |shipment| *shipment);
            }
            DriverEvent::BidMade(made) => {
                remember(&mut self.bid_on, made.shipment, BIDS_REMEMBERED, |shipment| *shipment);
            }
            DriverEvent::Committed(committed) => self.take_committed(committed),
            DriverEvent::Freed(freed) => self.take_freed(freed),
            DriverEvent::Rated(rated) => self.take_rated(rated.stars),
            DriverEvent::Suspended(suspended) => self.suspended = Some(suspended.reason.as_str().into()),
            DriverEvent::Reinstated(_) => {
                self.suspended = None;
                self.low_streak = 0;
            }
            DriverEvent::TierRaised(_) => self.gold = true,
        }
    }

    fn timers(&self, event: &DriverEvent, _at: Timestamp) -> Vec<TimerOp> {
        match event {
            DriverEvent::Offered(Offered { shipment, bid_at: Some(due), .. }) => {
                vec![TimerOp::At { name: TIMER, key: shipment.to_string(), due: *due }]
            }
            _ => Vec::new(),
        }
    }

    fn on_timer(name: &str, key: &str) -> Option<DriverCommand> {
        let shipment = key.parse().ok()?;
        (name == TIMER).then_some(DriverCommand::BidNow { shipment })
    }

    fn state_name(&self) -> &'static str {
        match (&self.registered, &self.committed) {
            (None, _) => "",
            (Some(_), Some(_)) => "committed",
            (Some(_), None) if self.suspended.is_some() => "suspended",
            (Some(_), None) if self.online => "available",
            (Some(_), None) => "offline",
        }
    }
}

#[cfg(test)]
mod tests;
