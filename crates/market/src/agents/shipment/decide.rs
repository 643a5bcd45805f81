//! What a shipment answers to each command: posting, changing, cancelling and rating. Bids and deadlines are decided in
//! `tender`, the trip in `trip`.

use super::{BidStatus, CancelledBy, RATE_WITHIN, Shipment, ShipmentCommand, evolve::asks_other_drivers};
use crate::rules::cancellation::cancellation_fee;
use contracts::shipment::{
    Amended, Broadcast, Cancelled, MatchFailed, RatingSubmitted, Requested, RoundDue, ShipmentEvent,
    ShipmentStatus,
};
use kernel::{Refusal, Timestamp};

impl Shipment {
    pub(super) fn decide_command(
        &self,
        command: &ShipmentCommand,
        now: Timestamp,
    ) -> Result<Vec<ShipmentEvent>, Refusal> {
        match command {
            ShipmentCommand::Request(request) => self.request(request),
            ShipmentCommand::Amend(amended) => self.amend(amended),
            ShipmentCommand::OpenRound(broadcast) => self.open_round(broadcast),
            ShipmentCommand::SubmitBid(offer) => self.submit_bid(offer, now),
            ShipmentCommand::WithdrawBid { bid } => self.withdraw_bid(*bid, now),
            ShipmentCommand::DropBids { driver } => self.drop_bids(*driver, now),
            ShipmentCommand::Select { bid, by } => self.select(*bid, *by, now),
            ShipmentCommand::Confirm { bid } => self.confirm(*bid, now),
            ShipmentCommand::Lapse { bid, reason } => self.lapse(*bid, *reason, now),
            ShipmentCommand::DeadlineReached => self.deadline_reached(now),
            ShipmentCommand::Cancel { by } => self.cancel(*by, now),
            ShipmentCommand::Advance { to, proof } => self.advance(*to, *proof, None, now),
            ShipmentCommand::Deliver { proof, documents } => {
                self.advance(ShipmentStatus::Delivered, *proof, Some(documents), now)
            }
            ShipmentCommand::Rate { stars } => self.rate(*stars, now),
            ShipmentCommand::Complete => self.complete(),
            ShipmentCommand::Dispute => self.dispute(),
            ShipmentCommand::Expire => self.expire(),
            ShipmentCommand::HandOver => self.hand_over(),
            ShipmentCommand::TakeOver { dispatcher } => self.take_over(*dispatcher),
            ShipmentCommand::Retender(again) => self.retender(again),
            ShipmentCommand::Assign(offer) => self.assign(offer, now),
        }
    }

    fn request(&self, request: &Requested) -> Result<Vec<ShipmentEvent>, Refusal> {
        match &self.request {
            None => Ok(vec![request.clone().into()]),
            Some(known) if known.contact == request.contact => Ok(Vec::new()),
            Some(_) => Err(Refusal::conflict("shipment.exists", "the shipment exists already")),
        }
    }

    fn amend(&self, amended: &Amended) -> Result<Vec<ShipmentEvent>, Refusal> {
        self.requested()?;
        if !self.status.is_open() {
            return Err(self.wrong_state("it can be changed only before its first bid"));
        }
        if !self.bids.is_empty() {
            let detail = "the shipment can be changed only before its first bid";
            return Err(Refusal::conflict("shipment.has_bids", detail));
        }
        if *amended == Amended::default() {
            return Ok(Vec::new());
        }
        let mut events = vec![ShipmentEvent::from(amended.clone())];
        if asks_other_drivers(amended) {
            let mut after = self.clone();
            after.take_in_advance(&events);
            let round = self.search.round + 1;
            let radius_factor = self.search.radius_factor;
            events.push(RoundDue { round, radius_factor, carrier: after.only_carrier() }.into());
        }
        Ok(events)
    }

    fn open_round(&self, broadcast: &Broadcast) -> Result<Vec<ShipmentEvent>, Refusal> {
        self.requested()?;
        let due = broadcast.round == self.search.round && broadcast.round > self.search.sent_round;
        if due && self.takes_bids() { Ok(vec![broadcast.clone().into()]) } else { Ok(Vec::new()) }
    }

    fn cancel(&self, by: CancelledBy, now: Timestamp) -> Result<Vec<ShipmentEvent>, Refusal> {
        self.requested()?;
        if self.status == ShipmentStatus::Cancelled {
            return Ok(Vec::new());
        }
        let booking = self.booking.as_ref();
        let before_loading = self.status.is_open()
            || matches!(
                self.status,
                ShipmentStatus::Selected | ShipmentStatus::Booked | ShipmentStatus::EnRoutePickup
            );
        if !before_loading {
            return Err(self.wrong_state("it can be cancelled only before loading"));
        }
        let fee = match booking {
            Some(booking) => cancellation_fee(self.status, booking.price, booking.pickup_at, now)?,
            None => None,
        };
        let by = if by == CancelledBy::Shipper { "shipper" } else { "support" };
        let driver = booking.map(|booking| booking.driver);
        Ok(vec![Cancelled { from: self.status, driver, fee, by: by.to_owned() }.into()])
    }

    fn rate(&self, stars: u8, now: Timestamp) -> Result<Vec<ShipmentEvent>, Refusal> {
        self.requested()?;
        if !(1..=5).contains(&stars) {
            return Err(Refusal::field("stars", "out_of_range", "stars must be 1 to 5"));
        }
        if let Some(rating) = self.rating {
            return if rating.stars == stars {
                Ok(Vec::new())
            } else {
                Err(Refusal::conflict("shipment.already_rated", "the shipment was rated already"))
            };
        }
        let (Some(booking), Some(delivered_at)) = (&self.booking, self.delivered_at) else {
            return Err(self.wrong_state("it can be rated once it is delivered"));
        };
        if now > delivered_at.after(RATE_WITHIN) {
            let detail = "a shipment can be rated within 14 days of its delivery";
            return Err(Refusal::conflict("shipment.rating_closed", detail));
        }
        Ok(vec![RatingSubmitted { driver: booking.driver, stars }.into()])
    }

    fn expire(&self) -> Result<Vec<ShipmentEvent>, Refusal> {
        self.requested()?;
        match self.status {
            ShipmentStatus::Expired => Ok(Vec::new()),
            status if status.is_open() => Ok(vec![MatchFailed { reason: self.reason().to_owned() }.into()]),
            _ => Err(self.wrong_state("only an open shipment can expire")),
        }
    }

    /// Why nobody was found so far.
    pub(super) fn reason(&self) -> &'static str {
        if self.search.lapsed {
            "nobody_confirmed"
        } else if self.bids.iter().any(|bid| bid.status == BidStatus::Open) {
            "not_selected"
        } else {
            "no_bids"
        }
    }

    /// A copy that already holds the events of this very decision, to decide what follows from them. Times do not
    /// matter for what is asked of it.
    pub(super) fn take_in_advance(&mut self, events: &[ShipmentEvent]) {
        for event in events {
            self.take(event, Timestamp::from_micros(0));
        }
    }
}
