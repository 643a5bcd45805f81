//! What a dispatcher does with a shipment for which the market found nobody: takes it, tenders it again, gives it to a
//! driver (design, section 8).

use super::{NewRound, Shipment, tender::check_terms};
use contracts::shipment::{
    BidSubmitted, BidWithdrawn, HandedOver, Retendered, RoundDue, SelectedBy, ShipmentEvent, TakenOver,
    WithdrawReason,
};
use kernel::{Refusal, Timestamp, UserId};

/// Why a person handed it over.
const BY_STAFF: &str = "staff";

impl Shipment {
    pub(super) fn hand_over(&self) -> Result<Vec<ShipmentEvent>, Refusal> {
        self.open_to_dispatchers()?;
        if self.search.handed_over && self.dispatcher.is_none() {
            return Ok(Vec::new());
        }
        Ok(vec![HandedOver { reason: BY_STAFF.to_owned() }.into()])
    }

    pub(super) fn take_over(&self, dispatcher: UserId) -> Result<Vec<ShipmentEvent>, Refusal> {
        self.open_to_dispatchers()?;
        match self.dispatcher {
            Some(known) if known == dispatcher => Ok(Vec::new()),
            Some(_) => {
                let detail = "another dispatcher has it; it must be handed over first";
                Err(Refusal::conflict("shipment.taken_over", detail))
            }
            None => Ok(vec![TakenOver { dispatcher }.into()]),
        }
    }

    /// A new round, as if nobody had been asked; bids of those who are asked again stay.
    pub(super) fn retender(&self, again: &NewRound) -> Result<Vec<ShipmentEvent>, Refusal> {
        self.open_to_dispatchers()?;
        let retendered = Retendered { tender: again.tender.clone(), auto_accept: again.auto_accept };
        let mut events = vec![ShipmentEvent::from(retendered)];
        let mut after = self.clone();
        after.take_in_advance(&events);
        let uninvited = self.open_bids().filter(|bid| !after.may_stay(bid.offer.carrier));
        events.extend(
            uninvited
                .map(|bid| BidWithdrawn { bid: bid.offer.bid, reason: WithdrawReason::NotInvited }.into()),
        );
        let (round, carrier) = (self.search.round + 1, after.only_carrier());
        events.push(RoundDue { round, radius_factor: again.radius_factor, carrier }.into());
        Ok(events)
    }

    /// Its bid comes like any other but for the window and the invitation, and is selected at once. The carrier still has
    /// its 30 s to confirm.
    pub(super) fn assign(&self, offer: &BidSubmitted, now: Timestamp) -> Result<Vec<ShipmentEvent>, Refusal> {
        let request = self.requested()?;
        if self.bid(offer.bid).is_some() {
            return Ok(Vec::new());
        }
        self.open_to_dispatchers()?;
        self.check_bidder(request, offer)?;
        check_terms(request, offer, now)?;
        let mut events = vec![ShipmentEvent::from(offer.clone())];
        let mut after = self.clone();
        after.take(&events[0], now);
        events.extend(after.select(offer.bid, SelectedBy::Dispatcher, now)?);
        Ok(events)
    }

    fn open_to_dispatchers(&self) -> Result<(), Refusal> {
        self.requested()?;
        if self.status.is_open() {
            Ok(())
        } else {
            Err(self
                .wrong_state("a dispatcher looks for a carrier only while it is `requested` or `bidding`"))
        }
    }
}
