//! When something is due although nobody asks: one timer, set to the earliest deadline.

use super::{CLOSE_EARLY, CLOSE_FULL, HAND_OVER_AFTER, SELECT_WITHIN, Shipment, TIMER};
use contracts::shipment::{ShipmentEvent, Tender};
use kernel::Timestamp;
use runtime::TimerOp;
use std::time::Duration;

impl Shipment {
    /// The next instant at which the search for a carrier moves by itself; `None` when it is over.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        if let Some(selection) = &self.selection {
            return Some(selection.confirm_by);
        }
        let request = self.request.as_ref().filter(|_| self.status.is_open())?;
        let own = if self.open_bids().next().is_none() {
            self.next_round_at()
        } else if let Some(closed) = self.search.closed_at {
            // A dispatcher who was asked has until the end of the pickup window.
            (!self.search.handed_over).then(|| closed.after(SELECT_WITHIN))
        } else {
            self.close_at()
        };
        Some(own.unwrap_or(request.pickup.window.to).min(request.pickup.window.to))
    }

    /// When the present bid window closes, if it holds a bid by then.
    #[must_use]
    pub fn close_at(&self) -> Option<Timestamp> {
        let wait =
            if self.search.early { CLOSE_EARLY.min(self.window_length()) } else { self.window_length() };
        self.search.opened_at.map(|opened| opened.after(wait))
    }

    /// How long a window lasts: a waterfall's step, else five minutes.
    fn window_length(&self) -> Duration {
        match self.request.as_ref().map(|request| &request.tender) {
            Some(Tender::Waterfall { step_seconds, .. }) if !self.search.handed_over => {
                Duration::from_secs(u64::from(*step_seconds))
            }
            _ => CLOSE_FULL,
        }
    }

    /// Without a bid: when the next round, the next step or the hand-over is due; `None` when all were tried.
    fn next_round_at(&self) -> Option<Timestamp> {
        if self.search.handed_over {
            return None;
        }
        if self.is_waterfall() {
            return self.close_at();
        }
        let wait = if self.search.widened { HAND_OVER_AFTER } else { CLOSE_FULL };
        self.search.asked_at.map(|asked| asked.after(wait))
    }

    pub(super) fn is_waterfall(&self) -> bool {
        matches!(self.request.as_ref().map(|request| &request.tender), Some(Tender::Waterfall { .. }))
    }

    pub(super) fn timers_of(&self, event: &ShipmentEvent, at: Timestamp) -> Vec<TimerOp> {
        let moves = match event {
            ShipmentEvent::BidSubmitted(_) => self.bid_moved_the_deadline(at),
            ShipmentEvent::Broadcast(_)
            | ShipmentEvent::StatusChanged(_)
            | ShipmentEvent::RatingSubmitted(_) => false,
            ShipmentEvent::Requested(_)
            | ShipmentEvent::Amended(_)
            | ShipmentEvent::RoundDue(_)
            | ShipmentEvent::BidWithdrawn(_)
            | ShipmentEvent::BidsRanked(_)
            | ShipmentEvent::BidSelected(_)
            | ShipmentEvent::BidLapsed(_)
            | ShipmentEvent::BookingConfirmed(_)
            | ShipmentEvent::MatchFailed(_)
            | ShipmentEvent::HandedOver(_)
            | ShipmentEvent::TakenOver(_)
            | ShipmentEvent::Retendered(_)
            | ShipmentEvent::Cancelled(_) => true,
        };
        if !moves {
            return Vec::new();
        }
        let timer = self.deadline().map_or(TimerOp::cancel(TIMER), |due| TimerOp::At {
            name: TIMER,
            key: String::new(),
            due,
        });
        vec![timer]
    }

    /// The first bid of a window and the one that closes it early move the timer; the others leave it, which spares a
    /// row for each.
    fn bid_moved_the_deadline(&self, at: Timestamp) -> bool {
        let opened_now = self.search.opened_at == Some(at);
        self.search.early || opened_now || self.open_bids().count() == 1
    }
}
