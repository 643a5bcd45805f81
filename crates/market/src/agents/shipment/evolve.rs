//! How events change a shipment's state.

use super::{Bid, BidStatus, Booking, CLOSE_EARLY, ENOUGH_BIDS, Rating, Selection, Shipment};
use contracts::shipment::{
    Amended, BidLapsed, BidSelected, BidSubmitted, BookingConfirmed, Broadcast, Requested, Retendered,
    RoundDue, ShipmentEvent, ShipmentStatus, StatusChanged,
};
use kernel::{BidId, Timestamp};
use std::sync::Arc;

impl Shipment {
    pub(super) fn take(&mut self, event: &ShipmentEvent, at: Timestamp) {
        match event {
            ShipmentEvent::Requested(request) => self.take_request(request, at),
            ShipmentEvent::Amended(amended) => self.take_amendment(amended, at),
            ShipmentEvent::Broadcast(broadcast) => self.take_broadcast(broadcast),
            ShipmentEvent::RoundDue(round) => self.take_round(round, at),
            ShipmentEvent::BidSubmitted(offer) => self.take_bid(offer, at),
            ShipmentEvent::BidWithdrawn(withdrawn) => self.take_withdrawal(withdrawn.bid, at),
            ShipmentEvent::BidsRanked(ranked) => {
                self.ranking = Some(Arc::new(ranked.clone()));
                self.search.closed_at.get_or_insert(at);
            }
            ShipmentEvent::BidSelected(selected) => self.take_selection(selected),
            ShipmentEvent::BidLapsed(lapsed) => self.take_lapse(lapsed, at),
            ShipmentEvent::BookingConfirmed(booking) => self.take_booking(booking, at),
            ShipmentEvent::MatchFailed(failed) => {
                self.status = ShipmentStatus::Expired;
                self.drop_selection();
                self.failure = Some(failed.reason.as_str().into());
            }
            ShipmentEvent::HandedOver(_) => {
                self.search.handed_over = true;
                self.dispatcher = None;
            }
            ShipmentEvent::TakenOver(taken) => {
                self.search.handed_over = true;
                self.dispatcher = Some(taken.dispatcher);
            }
            ShipmentEvent::Retendered(again) => self.take_retender(again, at),
            ShipmentEvent::StatusChanged(changed) => self.take_status(changed, at),
            ShipmentEvent::Cancelled(cancelled) => {
                self.status = ShipmentStatus::Cancelled;
                self.drop_selection();
                self.cancellation_fee = cancelled.fee;
            }
            ShipmentEvent::RatingSubmitted(rating) => self.rating = Some(Rating { stars: rating.stars, at }),
        }
    }

    fn take_request(&mut self, request: &Requested, at: Timestamp) {
        self.request = Some(Arc::new(request.clone()));
        self.requested_at = Some(at);
        self.status = ShipmentStatus::Requested;
        self.search.asked_at = Some(at);
        self.search.opened_at = Some(at);
        self.search.round = 1;
        self.search.radius_factor = 1.0;
    }

    fn take_amendment(&mut self, amended: &Amended, at: Timestamp) {
        let Some(request) = self.request.as_mut().map(Arc::make_mut) else { return };
        self.search.amended_rounds += u32::from(asks_other_drivers(amended));
        if let Some(pickup) = amended.pickup {
            request.pickup = pickup;
        }
        if let Some(delivery) = amended.delivery {
            request.delivery = delivery;
        }
        if let Some(cargo) = &amended.cargo {
            request.cargo = cargo.clone();
        }
        if let Some(level) = amended.service_level {
            request.service_level = level;
        }
        if let Some(tender) = &amended.tender {
            request.tender = tender.clone();
            self.search.step = 0;
            self.search.opened_at = Some(at);
        }
        if let Some(auto_accept) = amended.auto_accept {
            request.preferences.auto_accept = auto_accept;
        }
        if let Some(road_km) = amended.road_km {
            request.road_km = road_km;
        }
    }

    fn take_retender(&mut self, again: &Retendered, at: Timestamp) {
        let Some(request) = self.request.as_mut().map(Arc::make_mut) else { return };
        if let Some(tender) = &again.tender {
            request.tender = tender.clone();
        }
        if let Some(auto_accept) = again.auto_accept {
            request.preferences.auto_accept = auto_accept;
        }
        self.search.amended_rounds += 1;
        self.search.step = 0;
        self.ask_anew(at);
    }

    fn take_broadcast(&mut self, broadcast: &Broadcast) {
        self.search.sent_round = broadcast.round;
        let offered = Arc::make_mut(&mut self.search.offered);
        for driver in &broadcast.drivers {
            if !offered.contains(driver) {
                offered.push(*driver);
            }
        }
    }

    fn take_round(&mut self, round: &RoundDue, at: Timestamp) {
        self.search.round = round.round;
        self.search.radius_factor = round.radius_factor;
        self.search.widened = round.radius_factor > 1.0;
        self.search.opened_at = Some(at);
        if let (Some(request), Some(carrier)) = (&self.request, round.carrier)
            && let contracts::shipment::Tender::Waterfall { carriers, .. } = &request.tender
        {
            let place = carriers.iter().position(|asked| *asked == carrier);
            self.search.step = place.unwrap_or(self.search.step);
        }
    }

    fn take_bid(&mut self, offer: &BidSubmitted, at: Timestamp) {
        if self.open_bids().next().is_none() && self.close_at().is_none_or(|close| at >= close) {
            // Nobody answered in the window: a new one begins with the first bid that comes late.
            self.search.opened_at = Some(at);
        }
        self.bids.push(Bid { offer: Arc::new(offer.clone()), at, status: BidStatus::Open });
        self.status = ShipmentStatus::Bidding;
        let early = self.search.opened_at.is_some_and(|opened| at <= opened.after(CLOSE_EARLY));
        if early && self.open_bids().count() >= ENOUGH_BIDS {
            self.search.early = true;
        }
    }

    fn take_withdrawal(&mut self, bid: BidId, at: Timestamp) {
        self.mark(bid, BidStatus::Withdrawn);
        let open = self.open_bids().count();
        if open < ENOUGH_BIDS {
            self.search.early = false;
        }
        if open == 0 && self.status.is_open() {
            self.reopen(at);
        }
    }

    fn take_selection(&mut self, selected: &BidSelected) {
        self.mark(selected.bid, BidStatus::Selected);
        self.status = ShipmentStatus::Selected;
        self.selection = Some(Selection {
            bid: selected.bid,
            driver: selected.driver,
            carrier: selected.carrier,
            by: selected.by,
            confirm_by: selected.confirm_by,
        });
    }

    fn take_lapse(&mut self, lapsed: &BidLapsed, at: Timestamp) {
        self.mark(lapsed.bid, BidStatus::Lapsed);
        self.selection = None;
        self.booking = None;
        self.search.lapsed = true;
        if self.open_bids().next().is_none() {
            self.reopen(at);
        } else {
            self.status = ShipmentStatus::Bidding;
            // The next bids would meet the same card: the window stays closed and a dispatcher chooses.
            self.search.closed_at = Some(at);
        }
    }

    fn take_booking(&mut self, confirmed: &BookingConfirmed, at: Timestamp) {
        self.mark(confirmed.bid, BidStatus::Booked);
        self.status = ShipmentStatus::Booked;
        self.selection = None;
        self.booking = Some(Booking {
            bid: confirmed.bid,
            driver: confirmed.driver,
            carrier: confirmed.carrier,
            price: confirmed.price,
            pickup_at: confirmed.pickup_at,
            delivery_at: confirmed.delivery_at,
            at,
        });
    }

    fn take_status(&mut self, changed: &StatusChanged, at: Timestamp) {
        self.status = changed.to;
        if changed.to == ShipmentStatus::Delivered {
            self.delivered_at = Some(at);
            self.proof = changed.proof;
            self.proof_documents.clone_from(&changed.documents);
            self.on_time = changed.on_time;
        }
    }

    /// No bid is left: bids are asked for as if it had just been posted.
    fn reopen(&mut self, at: Timestamp) {
        self.status = ShipmentStatus::Requested;
        self.ask_anew(at);
    }

    fn ask_anew(&mut self, at: Timestamp) {
        self.search.asked_at = Some(at);
        self.search.opened_at = Some(at);
        self.search.closed_at = None;
        self.search.early = false;
        self.search.handed_over = false;
        self.ranking = None;
    }

    /// The shipment ended while a bid awaited its confirmation: the bid falls with it.
    fn drop_selection(&mut self) {
        if let Some(selection) = self.selection.take() {
            self.mark(selection.bid, BidStatus::Lapsed);
        }
    }

    fn mark(&mut self, id: BidId, status: BidStatus) {
        if let Some(bid) = self.bids.iter_mut().find(|bid| bid.offer.bid == id) {
            bid.status = status;
        }
    }
}

/// Whether others may carry it now, so that it is offered anew.
pub(super) const fn asks_other_drivers(amended: &Amended) -> bool {
    amended.pickup.is_some()
        || amended.delivery.is_some()
        || amended.cargo.is_some()
        || amended.tender.is_some()
}
