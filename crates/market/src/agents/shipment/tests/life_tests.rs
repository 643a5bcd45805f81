//! Any order of commands, against a model that knows only what a shipper could tell from outside.

use super::{Case, TRIP, confirm, select, step, submit};
use crate::agents::{BidStatus, CancelledBy, ShipmentCommand};
use crate::fixtures::{id, requested};
use contracts::shipment::{LapseReason, ShipmentStatus};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

/// What the model thinks of a bid. Bid `n` costs 700 + n euros and all else is equal, so that the smallest open number
/// ranks first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ModelBid {
    Open,
    Gone,
    Chosen,
}

#[derive(Debug, Clone)]
struct Model {
    status: ShipmentStatus,
    bids: Vec<ModelBid>,
    chosen: Option<usize>,
    closed: bool,
    widened: bool,
    handed: bool,
    auto_accept: bool,
    rated: bool,
}

#[derive(Debug, Clone)]
enum Step {
    Bid,
    Withdraw(usize),
    Select(usize),
    Confirm(usize),
    DriverTaken(usize),
    PaymentFailed(usize),
    Deadline,
    Cancel,
    Advance(usize),
    Rate(u8),
    Complete,
    Dispute,
}

impl Model {
    fn is_open(&self) -> bool {
        self.status.is_open()
    }

    fn first_open(&self) -> Option<usize> {
        self.bids.iter().position(|bid| *bid == ModelBid::Open)
    }

    fn choose(&mut self, bid: usize) {
        self.bids[bid] = ModelBid::Chosen;
        self.chosen = Some(bid);
        self.closed = true;
        self.status = ShipmentStatus::Selected;
    }

    /// The chosen bid falls: the next one, or bids are asked for again.
    fn fall(&mut self) {
        if let Some(bid) = self.chosen.take() {
            self.bids[bid] = ModelBid::Gone;
        }
        match self.first_open() {
            Some(next) => self.choose(next),
            None => {
                self.reopen();
                self.widened = true;
            }
        }
    }

    fn reopen(&mut self) {
        self.status = ShipmentStatus::Requested;
        self.closed = false;
        self.handed = false;
    }

    /// The card of the booking declines: a dispatcher chooses among the others, or asks for bids again.
    fn payment_failed(&mut self, bid: usize) {
        if self.chosen != Some(bid)
            || !matches!(self.status, ShipmentStatus::Booked | ShipmentStatus::EnRoutePickup)
        {
            return;
        }
        self.chosen = None;
        self.bids[bid] = ModelBid::Gone;
        match self.first_open() {
            Some(_) => self.status = ShipmentStatus::Bidding,
            None => self.reopen(),
        }
        self.handed = true;
    }

    fn withdraw(&mut self, bid: usize) {
        let before_loading = matches!(
            self.status,
            ShipmentStatus::Selected | ShipmentStatus::Booked | ShipmentStatus::EnRoutePickup
        );
        match self.bids[bid] {
            ModelBid::Open => {
                self.bids[bid] = ModelBid::Gone;
                if self.is_open() && self.first_open().is_none() {
                    self.reopen();
                }
            }
            ModelBid::Chosen if before_loading => self.fall(),
            ModelBid::Chosen | ModelBid::Gone => {}
        }
    }

    /// What happens by itself next; `expires` when the pickup window has ended.
    fn deadline(&mut self, expires: bool) {
        if self.status == ShipmentStatus::Selected {
            self.fall();
        } else if self.is_open() && (expires || (self.closed && !self.handed && self.first_open().is_some()))
        {
            self.status = ShipmentStatus::Expired;
        } else if self.is_open() && self.first_open().is_some() {
            self.closed = true;
            if self.auto_accept && !self.handed {
                self.choose(self.first_open().unwrap());
            }
        } else if self.is_open() {
            self.handed |= self.widened;
            self.widened = true;
        }
    }

    fn next_step(&self) -> Option<ShipmentStatus> {
        let place = TRIP.iter().position(|status| *status == self.status);
        match (self.status, place) {
            (ShipmentStatus::Booked, _) => Some(TRIP[0]),
            (_, Some(place)) => TRIP.get(place + 1).copied(),
            _ => None,
        }
    }

    fn cancel(&mut self) {
        let allowed = self.is_open()
            || matches!(
                self.status,
                ShipmentStatus::Selected | ShipmentStatus::Booked | ShipmentStatus::EnRoutePickup
            );
        if allowed {
            self.status = ShipmentStatus::Cancelled;
        }
    }
}

struct Life;

impl ReferenceStateMachine for Life {
    type State = (Model, bool);
    type Transition = Step;

    fn init_state() -> BoxedStrategy<(Model, bool)> {
        any::<bool>()
            .prop_map(|auto_accept| {
                let status = ShipmentStatus::Requested;
                (
                    Model {
                        status,
                        bids: Vec::new(),
                        chosen: None,
                        closed: false,
                        widened: false,
                        handed: false,
                        auto_accept,
                        rated: false,
                    },
                    false,
                )
            })
            .boxed()
    }

    fn transitions((model, _): &(Model, bool)) -> BoxedStrategy<Step> {
        let bid = 0..model.bids.len().max(1);
        prop_oneof![
            4 => Just(Step::Bid),
            1 => bid.clone().prop_map(Step::Withdraw),
            2 => bid.clone().prop_map(Step::Select),
            4 => bid.clone().prop_map(Step::Confirm),
            1 => bid.clone().prop_map(Step::DriverTaken),
            2 => bid.prop_map(Step::PaymentFailed),
            2 => Just(Step::Deadline),
            1 => Just(Step::Cancel),
            6 => (0..TRIP.len()).prop_map(Step::Advance),
            1 => (1..=5_u8).prop_map(Step::Rate),
            1 => Just(Step::Complete),
            1 => Just(Step::Dispute),
        ]
        .boxed()
    }

    fn preconditions((model, _): &(Model, bool), step: &Step) -> bool {
        match step {
            Step::Withdraw(bid)
            | Step::Select(bid)
            | Step::Confirm(bid)
            | Step::DriverTaken(bid)
            | Step::PaymentFailed(bid) => *bid < model.bids.len(),
            _ => true,
        }
    }

    // The deadline needs the clock, which only the shipment under test has: `apply` there moves the model too.
    fn apply((mut model, moved): (Model, bool), step: &Step) -> (Model, bool) {
        match step {
            Step::Bid if model.is_open() && !model.closed => {
                model.bids.push(ModelBid::Open);
                model.status = ShipmentStatus::Bidding;
            }
            Step::Withdraw(bid) => model.withdraw(*bid),
            Step::Select(bid) if model.is_open() && model.bids[*bid] == ModelBid::Open => model.choose(*bid),
            Step::Confirm(bid) if model.status == ShipmentStatus::Selected && model.chosen == Some(*bid) => {
                model.status = ShipmentStatus::Booked;
            }
            Step::DriverTaken(bid)
                if model.status == ShipmentStatus::Selected && model.chosen == Some(*bid) =>
            {
                model.fall();
            }
            Step::PaymentFailed(bid) => model.payment_failed(*bid),
            Step::Deadline => model.deadline(false),
            Step::Cancel => model.cancel(),
            Step::Advance(place) if model.next_step() == Some(TRIP[*place]) => model.status = TRIP[*place],
            Step::Rate(_) => {
                let delivered = matches!(
                    model.status,
                    ShipmentStatus::Delivered | ShipmentStatus::Completed | ShipmentStatus::Disputed
                ) && moved;
                model.rated |= delivered;
            }
            Step::Complete
                if matches!(model.status, ShipmentStatus::Delivered | ShipmentStatus::Disputed) =>
            {
                model.status = ShipmentStatus::Completed;
            }
            Step::Dispute
                if matches!(
                    model.status,
                    ShipmentStatus::InTransit | ShipmentStatus::Unloading | ShipmentStatus::Delivered
                ) =>
            {
                model.status = ShipmentStatus::Disputed;
            }
            _ => {}
        }
        let delivered = moved || model.status == ShipmentStatus::Delivered;
        (model, delivered)
    }
}

impl StateMachineTest for Life {
    type SystemUnderTest = Case;
    type Reference = Self;

    fn init_test((model, _): &(Model, bool)) -> Case {
        let far = crate::fixtures::morning().after(300 * 24 * crate::fixtures::HOUR);
        Case::posted(|request| {
            request.preferences.auto_accept = model.auto_accept;
            // So far away that the search never runs into it: its end is tested by example.
            request.pickup.window.to = far;
            request.delivery.window.to = far;
        })
    }

    fn apply(mut case: Case, (model, _): &(Model, bool), step_taken: Step) -> Case {
        let command = match &step_taken {
            Step::Bid => {
                let number = case.shipment.bids.len() as u128;
                submit(number, 700 + i64::try_from(number).unwrap())
            }
            Step::Withdraw(bid) => ShipmentCommand::WithdrawBid { bid: id(100 + *bid as u128) },
            Step::Select(bid) => select(*bid as u128),
            Step::Confirm(bid) => confirm(*bid as u128),
            Step::DriverTaken(bid) => {
                ShipmentCommand::Lapse { bid: id(100 + *bid as u128), reason: LapseReason::DriverTaken }
            }
            // A payment is asked for a booking alone: a selection has none that could fail.
            Step::PaymentFailed(bid)
                if case.shipment.booking.is_none_or(|is| is.bid != id(100 + *bid as u128)) =>
            {
                return case;
            }
            Step::PaymentFailed(bid) => {
                ShipmentCommand::Lapse { bid: id(100 + *bid as u128), reason: LapseReason::PaymentFailed }
            }
            Step::Deadline => {
                let expires = case.due.is_some_and(|due| due > requested().pickup.window.to);
                if let Some(due) = case.due.filter(|_| !expires || case.shipment.selection.is_some()) {
                    case.now = due;
                }
                ShipmentCommand::DeadlineReached
            }
            Step::Cancel => ShipmentCommand::Cancel { by: CancelledBy::Shipper },
            Step::Advance(place) => step(TRIP[*place]),
            Step::Rate(stars) => ShipmentCommand::Rate { stars: *stars },
            Step::Complete => ShipmentCommand::Complete,
            Step::Dispute => ShipmentCommand::Dispute,
        };
        // A refusal leaves the state as it was; the model says which commands those are.
        let _ = case.send(command);
        assert_eq!(case.shipment.status, model.status, "after {step_taken:?}");
        assert_eq!(case.shipment.rating.is_some(), model.rated, "after {step_taken:?}");
        case
    }

    fn check_invariants(case: &Case, (model, _): &(Model, bool)) {
        let count = |status| case.shipment.bids.iter().filter(|bid| bid.status == status).count();
        assert_eq!(count(BidStatus::Open), model.bids.iter().filter(|bid| **bid == ModelBid::Open).count());
        assert!(count(BidStatus::Selected) + count(BidStatus::Booked) <= 1, "two can never win");
        assert_eq!(count(BidStatus::Booked) == 1, case.shipment.booking.is_some());
        let searching = model.is_open() || model.status == ShipmentStatus::Selected;
        assert_eq!(case.due.is_some() && searching, searching, "a search never stands still");
        assert_eq!(case.due, case.shipment.deadline(), "the timer stands at the deadline");
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_shipments_life_follows_the_model(sequential 1..60 => Life);
}
