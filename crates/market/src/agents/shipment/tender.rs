//! Bids, their ranking, selection and confirmation, and what happens when nobody answers (design, section 8).

use super::{BID_LIMIT, Bid, BidStatus, CONFIRM_WITHIN, SELECT_WITHIN, Shipment, WIDENED_RADIUS};
use crate::rules::{
    bid_terms::{self, BidTerms},
    ranking::{self, Candidate},
};
use contracts::shipment::{
    BidLapsed, BidSelected, BidSubmitted, BidWithdrawn, BidsRanked, BookingConfirmed, HandedOver,
    LapseReason, MatchFailed, Requested, RoundDue, SelectedBy, ShipmentEvent, ShipmentStatus, Tender,
    WithdrawReason,
};
use kernel::{BidId, DriverId, Refusal, Timestamp};

impl Shipment {
    pub(super) fn submit_bid(
        &self,
        offer: &BidSubmitted,
        now: Timestamp,
    ) -> Result<Vec<ShipmentEvent>, Refusal> {
        let request = self.requested()?;
        if self.bid(offer.bid).is_some() {
            return Ok(Vec::new());
        }
        if !self.status.is_open() {
            return Err(self.wrong_state("bids are taken only while it is `requested` or `bidding`"));
        }
        if self.search.closed_at.is_some() {
            return Err(Refusal::conflict("shipment.window_closed", "the bid window is closed"));
        }
        if !self.invites(offer.carrier) {
            return Err(Refusal::field("shipment_id", "not_invited", "the tender asks other carriers now"));
        }
        self.check_bidder(request, offer)?;
        check_terms(request, offer, now)?;
        Ok(vec![offer.clone().into()])
    }

    /// What holds for every bid, also for one that a dispatcher makes.
    pub(super) fn check_bidder(&self, request: &Requested, offer: &BidSubmitted) -> Result<(), Refusal> {
        if request.preferences.blocked_carriers.contains(&offer.carrier) {
            return Err(Refusal::field(
                "shipment_id",
                "blocked",
                "the shipper does not take bids of this carrier",
            ));
        }
        if self.open_bids().any(|bid| bid.offer.driver == offer.driver) {
            let detail = "the driver has an open bid on this shipment; withdraw it first";
            return Err(Refusal::conflict("bid.already_open", detail));
        }
        if self.bids.len() >= BID_LIMIT {
            return Err(Refusal::conflict(
                "shipment.too_many_bids",
                "the shipment has as many bids as it can take",
            ));
        }
        Ok(())
    }

    pub(super) fn withdraw_bid(&self, id: BidId, now: Timestamp) -> Result<Vec<ShipmentEvent>, Refusal> {
        let bid = self.known_bid(id)?;
        match bid.status {
            BidStatus::Withdrawn | BidStatus::Lapsed => Ok(Vec::new()),
            BidStatus::Open => Ok(vec![BidWithdrawn { bid: id, reason: WithdrawReason::Bidder }.into()]),
            BidStatus::Selected => self.lapse(id, LapseReason::Withdrawn, now),
            BidStatus::Booked => self.lapse(id, LapseReason::CarrierCancelled, now),
        }
    }

    /// The driver is taken: it can neither be selected nor, should a booking fall, be the next rank.
    pub(super) fn drop_bids(&self, driver: DriverId, now: Timestamp) -> Result<Vec<ShipmentEvent>, Refusal> {
        if let Some(selection) = self.selection.filter(|selection| selection.driver == driver) {
            return self.lapse(selection.bid, LapseReason::DriverTaken, now);
        }
        let of_driver = self.open_bids().filter(|bid| bid.offer.driver == driver);
        let withdrawn = |bid: &Bid| BidWithdrawn { bid: bid.offer.bid, reason: WithdrawReason::DriverTaken };
        Ok(of_driver.map(|bid| withdrawn(bid).into()).collect())
    }

    pub(super) fn select(
        &self,
        id: BidId,
        by: SelectedBy,
        now: Timestamp,
    ) -> Result<Vec<ShipmentEvent>, Refusal> {
        let bid = self.known_bid(id)?;
        if self.selection.is_some_and(|selection| selection.bid == id) {
            return Ok(Vec::new());
        }
        if !self.status.is_open() {
            return Err(self.wrong_state("a bid can be selected only while it is `bidding`"));
        }
        if bid.status != BidStatus::Open {
            return Err(Refusal::conflict("bid.not_open", format!("the bid is `{}`", bid.status.name())));
        }
        let mut events = Vec::with_capacity(2);
        if self.search.closed_at.is_none() || !self.ranking_is_current() {
            events.push(BidsRanked { ranking: self.rank_now(now) }.into());
        }
        events.push(selected(bid, by, now));
        Ok(events)
    }

    pub(super) fn confirm(&self, id: BidId, now: Timestamp) -> Result<Vec<ShipmentEvent>, Refusal> {
        let bid = self.known_bid(id)?;
        if bid.status == BidStatus::Booked {
            // The same order commits the driver: a trip that is over must not take it again.
            let under_way = matches!(
                self.status,
                ShipmentStatus::Booked
                    | ShipmentStatus::EnRoutePickup
                    | ShipmentStatus::Loading
                    | ShipmentStatus::InTransit
                    | ShipmentStatus::Unloading
            );
            return if under_way { Ok(Vec::new()) } else { Err(self.wrong_state("the booking is over")) };
        }
        let Some(selection) = self.selection.filter(|selection| selection.bid == id) else {
            return Err(Refusal::conflict("bid.not_selected", "the bid is not selected"));
        };
        if now > selection.confirm_by {
            let detail = "the 30 s to confirm are over";
            return Err(Refusal::conflict("bid.confirmed_too_late", detail));
        }
        let booked = BookingConfirmed {
            bid: id,
            driver: bid.offer.driver,
            carrier: bid.offer.carrier,
            shipper: self.requested()?.shipper,
            price: bid.offer.price,
            pickup_at: bid.offer.pickup_at,
            delivery_at: bid.offer.delivery_at,
        };
        Ok(vec![booked.into()])
    }

    pub(super) fn lapse(
        &self,
        id: BidId,
        reason: LapseReason,
        now: Timestamp,
    ) -> Result<Vec<ShipmentEvent>, Refusal> {
        let bid = self.known_bid(id)?;
        let given_back = matches!(reason, LapseReason::CarrierCancelled | LapseReason::PaymentFailed)
            && bid.status == BidStatus::Booked
            && matches!(self.status, ShipmentStatus::Booked | ShipmentStatus::EnRoutePickup);
        match bid.status {
            BidStatus::Selected => {}
            BidStatus::Booked if given_back => {}
            BidStatus::Booked => {
                return Err(self.wrong_state("a booking can be given back only before loading"));
            }
            BidStatus::Open | BidStatus::Withdrawn | BidStatus::Lapsed => return Ok(Vec::new()),
        }
        let mut events = vec![BidLapsed { bid: id, driver: bid.offer.driver, reason }.into()];
        events.push(if reason == LapseReason::PaymentFailed {
            HandedOver { reason: "payment_failed".to_owned() }.into()
        } else {
            self.after_lapse(now)?
        });
        Ok(events)
    }

    /// What follows a fallen bid: the next rank, else a new round, else the end.
    fn after_lapse(&self, now: Timestamp) -> Result<ShipmentEvent, Refusal> {
        if now >= self.requested()?.pickup.window.to {
            return Ok(MatchFailed { reason: "nobody_confirmed".to_owned() }.into());
        }
        if let Some(next) = self.next_rank() {
            return Ok(selected(next, SelectedBy::NextRank, now));
        }
        Ok(self.next_step().unwrap_or_else(|| self.widened()).into())
    }

    /// The best open bid by the stored ranking.
    fn next_rank(&self) -> Option<&Bid> {
        let ranking = &self.ranking.as_ref()?.ranking;
        ranking.iter().filter_map(|line| self.bid(line.bid)).find(|bid| bid.status == BidStatus::Open)
    }

    /// The waterfall's next carrier, if there is one.
    fn next_step(&self) -> Option<RoundDue> {
        let Tender::Waterfall { carriers, .. } = &self.request.as_ref()?.tender else { return None };
        let carrier = *carriers.get(self.search.step + 1).filter(|_| !self.search.handed_over)?;
        Some(RoundDue { round: self.search.round + 1, radius_factor: 1.0, carrier: Some(carrier) })
    }

    fn widened(&self) -> RoundDue {
        RoundDue { round: self.search.round + 1, radius_factor: WIDENED_RADIUS, carrier: self.only_carrier() }
    }

    pub(super) fn deadline_reached(&self, now: Timestamp) -> Result<Vec<ShipmentEvent>, Refusal> {
        let Some(due) = self.deadline().filter(|due| *due <= now) else { return Ok(Vec::new()) };
        if let Some(selection) = &self.selection {
            return self.lapse(selection.bid, LapseReason::NotConfirmed, now);
        }
        if due >= self.requested()?.pickup.window.to {
            return self.decide_expiry();
        }
        if self.open_bids().next().is_none() {
            return Ok(vec![self.without_bids()]);
        }
        match self.search.closed_at {
            Some(closed) if now >= closed.after(SELECT_WITHIN) => self.decide_expiry(),
            Some(_) => Ok(Vec::new()),
            None => self.close_window(now),
        }
    }

    fn decide_expiry(&self) -> Result<Vec<ShipmentEvent>, Refusal> {
        Ok(vec![MatchFailed { reason: self.reason().to_owned() }.into()])
    }

    /// Nobody bid in time: the next carrier, a wider radius, or a dispatcher.
    fn without_bids(&self) -> ShipmentEvent {
        if let Some(next) = self.next_step() {
            return next.into();
        }
        if !self.is_waterfall() && !self.search.widened {
            return self.widened().into();
        }
        HandedOver { reason: self.reason().to_owned() }.into()
    }

    fn close_window(&self, now: Timestamp) -> Result<Vec<ShipmentEvent>, Refusal> {
        let preferences = &self.requested()?.preferences;
        let ranking = self.rank_now(now);
        // What was handed to a dispatcher waits for a person's choice.
        let chosen = if preferences.auto_accept && !self.search.handed_over {
            ranking::accepted(&ranking, preferences, |bid| self.bid(bid).map(candidate))
        } else {
            None
        };
        let mut events = vec![BidsRanked { ranking }.into()];
        if let Some(bid) = chosen.and_then(|id| self.bid(id)) {
            events.push(selected(bid, SelectedBy::AutoAccept, now));
        }
        Ok(events)
    }

    /// The open bids, ranked as of now.
    #[must_use]
    pub fn rank_now(&self, now: Timestamp) -> Vec<contracts::shipment::RankedBid> {
        let Some(request) = &self.request else { return Vec::new() };
        let candidates: Vec<Candidate> = self.open_bids().map(candidate).collect();
        ranking::rank(&candidates, request, now)
    }

    fn ranking_is_current(&self) -> bool {
        self.ranking.as_ref().is_some_and(|stored| {
            let open = |id| self.bid(id).is_some_and(|bid| bid.status == BidStatus::Open);
            stored.ranking.len() == self.open_bids().count()
                && stored.ranking.iter().all(|line| open(line.bid))
        })
    }

    fn known_bid(&self, id: BidId) -> Result<&Bid, Refusal> {
        self.bid(id).ok_or_else(|| Refusal::not_found("bid.unknown", "there is no such bid"))
    }
}

pub(super) fn check_terms(request: &Requested, offer: &BidSubmitted, now: Timestamp) -> Result<(), Refusal> {
    bid_terms::check(&BidTerms {
        price: offer.price,
        pickup_at: offer.pickup_at,
        delivery_at: offer.delivery_at,
        pickup_from: request.pickup.window.from,
        delivery_to: request.delivery.window.to,
        road_km: request.road_km,
        now,
    })
}

fn selected(bid: &Bid, by: SelectedBy, now: Timestamp) -> ShipmentEvent {
    BidSelected {
        bid: bid.offer.bid,
        driver: bid.offer.driver,
        carrier: bid.offer.carrier,
        price: bid.offer.price,
        by,
        confirm_by: now.after(CONFIRM_WITHIN),
    }
    .into()
}

/// What ranking looks at.
fn candidate(bid: &Bid) -> Candidate<'_> {
    Candidate { offer: &bid.offer, at: bid.at }
}
