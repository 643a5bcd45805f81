//! The shipment's life: by example here, at random against a reference model in `life_tests`.

use super::*;
use crate::fixtures::{HOUR, id, morning, names, offer, registered, requested, run, seconds};
use contracts::{
    Event as _,
    shipment::{Preferences, RoundDue},
};

mod dispatch_tests;
mod life_tests;

/// A shipment and its clock; the one timer is fired by hand.
struct Case {
    shipment: Shipment,
    now: Timestamp,
    due: Option<Timestamp>,
}

impl Case {
    fn posted(change: impl FnOnce(&mut Requested)) -> Self {
        let mut request = requested();
        change(&mut request);
        let mut case = Self { shipment: Shipment::default(), now: morning(), due: None };
        case.ok(ShipmentCommand::Request(Box::new(request)));
        case
    }

    fn send(&mut self, command: ShipmentCommand) -> Result<Vec<ShipmentEvent>, Refusal> {
        let events = self.shipment.decide(&command, self.now)?;
        for event in &events {
            self.shipment.evolve(event, self.now);
            for timer in self.shipment.timers(event, self.now) {
                self.due = match timer {
                    TimerOp::At { due, .. } => Some(due),
                    TimerOp::Cancel { .. } => None,
                };
            }
        }
        Ok(events)
    }

    fn ok(&mut self, command: ShipmentCommand) -> Vec<&'static str> {
        names(&self.send(command).unwrap())
    }

    fn refused(&mut self, command: ShipmentCommand) -> &'static str {
        self.send(command).unwrap_err().code
    }

    /// The codes of the bad fields.
    fn bad(&mut self, command: ShipmentCommand) -> Vec<String> {
        let refusal = self.send(command).unwrap_err();
        refusal.fields.iter().map(|field| format!("{}:{}", field.field, field.code)).collect()
    }

    fn wait(&mut self, time: Duration) {
        self.now = self.now.after(time);
    }

    /// Turns the clock to the timer and fires it.
    fn fire(&mut self) -> Vec<&'static str> {
        self.now = self.due.take().expect("a timer stands");
        self.ok(ShipmentCommand::DeadlineReached)
    }

    /// When the timer stands, in seconds since the posting.
    fn due_in(&self) -> u64 {
        self.due.expect("a timer stands").since(morning()).as_secs()
    }

    fn bid(&mut self, number: u128, euros: i64) -> Vec<&'static str> {
        self.ok(submit(number, euros))
    }

    fn booked() -> Self {
        let mut case = Self::posted(|_| {});
        case.bid(1, 820);
        case.ok(select(1));
        case.ok(ShipmentCommand::Confirm { bid: id(101) });
        case
    }
}

fn submit(number: u128, euros: i64) -> ShipmentCommand {
    ShipmentCommand::SubmitBid(Box::new(offer(number, euros)))
}

fn select(number: u128) -> ShipmentCommand {
    ShipmentCommand::Select { bid: id(100 + number), by: SelectedBy::Shipper }
}

fn confirm(number: u128) -> ShipmentCommand {
    ShipmentCommand::Confirm { bid: id(100 + number) }
}

fn step(to: ShipmentStatus) -> ShipmentCommand {
    let proof = (to == ShipmentStatus::Delivered).then(|| id(6));
    ShipmentCommand::Advance { to, proof }
}

const TRIP: [ShipmentStatus; 5] = [
    ShipmentStatus::EnRoutePickup,
    ShipmentStatus::Loading,
    ShipmentStatus::InTransit,
    ShipmentStatus::Unloading,
    ShipmentStatus::Delivered,
];
const NOTHING: [&str; 0] = [];

#[test]
fn from_posting_to_payout() {
    let mut case = Case::posted(|_| {});
    assert_eq!(case.shipment.status, ShipmentStatus::Requested);
    assert_eq!(case.bid(1, 820), ["bid.submitted"]);
    assert_eq!(case.shipment.status, ShipmentStatus::Bidding);
    assert_eq!(case.ok(select(1)), ["bids.ranked", "bid.selected"]);
    assert_eq!(case.ok(confirm(1)), ["booking.confirmed"]);
    assert_eq!(case.due, None, "nothing moves by itself any more");
    for to in TRIP {
        assert_eq!(case.ok(step(to)), ["shipment.status_changed"]);
    }
    assert_eq!((case.shipment.proof, case.shipment.on_time), (Some(id(6)), Some(true)));
    assert_eq!(case.ok(ShipmentCommand::Rate { stars: 5 }), ["rating.submitted"]);
    assert_eq!(case.ok(ShipmentCommand::Complete), ["shipment.status_changed"]);
    assert_eq!(case.shipment.status, ShipmentStatus::Completed);
}

#[test]
fn every_repetition_changes_nothing() {
    let mut case = Case::posted(|_| {});
    assert_eq!(case.ok(ShipmentCommand::Request(Box::new(requested()))), NOTHING);
    case.bid(1, 820);
    assert_eq!(case.bid(1, 820), NOTHING);
    case.ok(select(1));
    assert_eq!(case.ok(select(1)), NOTHING);
    case.ok(confirm(1));
    assert_eq!(case.ok(confirm(1)), NOTHING);
    for to in TRIP {
        case.ok(step(to));
        assert_eq!(case.ok(step(to)), NOTHING);
    }
    case.ok(ShipmentCommand::Rate { stars: 4 });
    assert_eq!(case.ok(ShipmentCommand::Rate { stars: 4 }), NOTHING);
    assert_eq!(case.refused(ShipmentCommand::Rate { stars: 5 }), "shipment.already_rated");
    case.ok(ShipmentCommand::Complete);
    assert_eq!(case.ok(ShipmentCommand::Complete), NOTHING);
    let mut cancelled = Case::posted(|_| {});
    cancelled.ok(ShipmentCommand::Cancel { by: CancelledBy::Shipper });
    assert_eq!(cancelled.ok(ShipmentCommand::Cancel { by: CancelledBy::Shipper }), NOTHING);
}

#[test]
fn steps_cannot_be_skipped_and_a_delivery_needs_its_proof() {
    let mut case = Case::booked();
    for (place, to) in TRIP.into_iter().enumerate() {
        for skipped in &TRIP[place + 1..] {
            assert_eq!(case.refused(step(*skipped)), "shipment.wrong_state");
        }
        if to == ShipmentStatus::Delivered {
            let naked = ShipmentCommand::Advance { to, proof: None };
            assert_eq!(case.bad(naked), ["proof.recipient:required"]);
        }
        case.ok(step(to));
    }
    assert_eq!(case.refused(step(ShipmentStatus::Loading)), "shipment.wrong_state");
}

#[test]
fn three_early_bids_close_the_window_at_two_minutes() {
    let mut case = Case::posted(|_| {});
    assert_eq!(case.due_in(), 300);
    case.wait(seconds(60));
    case.bid(1, 820);
    case.bid(2, 800);
    assert_eq!(case.due_in(), 300, "two are not enough");
    case.wait(seconds(60));
    case.bid(3, 900);
    assert_eq!(case.due_in(), 120);
    assert_eq!(case.fire(), ["bids.ranked"]);
    assert_eq!(case.shipment.ranking.as_ref().unwrap().ranking.len(), 3);
    assert_eq!(case.refused(submit(4, 700)), "shipment.window_closed");
    assert_eq!(case.due_in(), 120 + 900, "the shipper has 15 minutes");
    assert_eq!(case.ok(select(2)), ["bid.selected"], "the stored ranking counts");
}

#[test]
fn a_third_bid_after_two_minutes_leaves_the_window_open_to_five() {
    let mut case = Case::posted(|_| {});
    case.wait(seconds(121));
    for number in 1..=3 {
        case.bid(number, 820);
    }
    assert_eq!(case.due_in(), 300);
    assert_eq!(case.fire(), ["bids.ranked"]);
}

#[test]
fn a_withdrawal_takes_the_early_end_back() {
    let mut case = Case::posted(|_| {});
    for number in 1..=3 {
        case.bid(number, 820);
    }
    assert_eq!(case.due_in(), 120);
    assert_eq!(case.ok(ShipmentCommand::WithdrawBid { bid: id(102) }), ["bid.withdrawn"]);
    assert_eq!(case.due_in(), 300);
    assert_eq!(case.ok(ShipmentCommand::WithdrawBid { bid: id(102) }), NOTHING);
    assert_eq!(case.refused(select(2)), "bid.not_open");
}

#[test]
fn without_bids_the_radius_widens_then_a_dispatcher_is_asked_then_it_expires() {
    let mut case = Case::posted(|_| {});
    assert_eq!(case.fire(), ["shipment.round_due"]);
    let search = &case.shipment.search;
    assert_eq!((search.round, search.widened, case.now.since(morning()).as_secs()), (2, true, 300));
    assert!((search.radius_factor - WIDENED_RADIUS).abs() < f64::EPSILON);
    assert_eq!(case.due_in(), 900);
    assert_eq!(case.fire(), ["shipment.handed_over"]);
    assert!(case.shipment.search.handed_over && case.shipment.takes_bids());
    assert_eq!(case.due_in(), 12 * 3600, "the end of the pickup window");
    assert_eq!(case.fire(), ["match.failed"]);
    assert_eq!(case.shipment.status, ShipmentStatus::Expired);
    assert_eq!((case.shipment.failure.as_deref(), case.due), (Some("no_bids"), None));
}

#[test]
fn a_late_first_bid_opens_a_window_of_its_own() {
    let mut case = Case::posted(|_| {});
    case.fire();
    case.fire();
    case.wait(seconds(100));
    case.bid(1, 820);
    assert_eq!(case.due_in(), 900 + 100 + 300);
    case.bid(2, 820);
    case.bid(3, 820);
    assert_eq!(case.due_in(), 900 + 100 + 120);
    assert_eq!(case.fire(), ["bids.ranked"]);
}

#[test]
fn when_the_last_bid_is_withdrawn_bids_are_asked_for_again() {
    let mut case = Case::posted(|_| {});
    case.bid(1, 820);
    case.fire();
    assert_eq!(case.shipment.status, ShipmentStatus::Bidding);
    case.ok(ShipmentCommand::WithdrawBid { bid: id(101) });
    assert_eq!(case.shipment.status, ShipmentStatus::Requested);
    assert!(case.shipment.takes_bids() && case.shipment.ranking.is_none());
    assert_eq!(case.due_in(), 600);
}

#[test]
fn nobody_selects_in_time() {
    let mut case = Case::posted(|_| {});
    case.bid(1, 820);
    case.fire();
    assert_eq!(case.fire(), ["match.failed"]);
    assert_eq!(case.shipment.failure.as_deref(), Some("not_selected"));
    assert_eq!(case.refused(select(1)), "shipment.wrong_state");
}

#[test]
fn without_a_confirmation_the_next_rank_is_selected_until_none_is_left() {
    let mut case = Case::posted(|_| {});
    case.bid(1, 820);
    case.bid(2, 900);
    case.ok(select(2));
    assert_eq!(case.due_in(), 30);
    assert_eq!(case.fire(), ["bid.lapsed", "bid.selected"]);
    let selection = case.shipment.selection.unwrap();
    assert_eq!((selection.bid, selection.by), (id(101), SelectedBy::NextRank));
    assert_eq!(case.due_in(), 60);
    assert_eq!(case.fire(), ["bid.lapsed", "shipment.round_due"], "nobody is left");
    assert_eq!(case.shipment.status, ShipmentStatus::Requested);
    assert!(case.shipment.takes_bids());
    assert_eq!(case.due_in(), 60 + 900);
    case.fire();
    assert_eq!(case.due, Some(requested().pickup.window.to));
    case.fire();
    assert_eq!(case.shipment.failure.as_deref(), Some("nobody_confirmed"));
}

#[test]
fn thirty_seconds_are_in_time_and_a_microsecond_more_is_late() {
    let mut case = Case::posted(|_| {});
    case.bid(1, 820);
    case.ok(select(1));
    case.wait(seconds(30) + Duration::from_micros(1));
    assert_eq!(case.refused(confirm(1)), "bid.confirmed_too_late");
    case.now = case.now.before(Duration::from_micros(1));
    assert_eq!(case.ok(confirm(1)), ["booking.confirmed"]);
}

#[test]
fn a_taken_driver_or_a_withdrawal_after_the_selection_passes_to_the_next_rank() {
    for command in [
        ShipmentCommand::Lapse { bid: id(101), reason: LapseReason::DriverTaken },
        ShipmentCommand::WithdrawBid { bid: id(101) },
    ] {
        let mut case = Case::posted(|_| {});
        case.bid(1, 820);
        case.bid(2, 900);
        case.ok(select(1));
        assert_eq!(case.ok(command), ["bid.lapsed", "bid.selected"]);
        assert_eq!(case.refused(confirm(1)), "bid.not_selected");
        assert_eq!(case.ok(confirm(2)), ["booking.confirmed"]);
    }
}

#[test]
fn a_carrier_gives_its_booking_back_before_loading_only() {
    let mut case = Case::posted(|_| {});
    case.bid(1, 820);
    case.bid(2, 900);
    case.ok(select(1));
    case.ok(confirm(1));
    case.ok(step(ShipmentStatus::EnRoutePickup));
    assert_eq!(case.ok(ShipmentCommand::WithdrawBid { bid: id(101) }), ["bid.lapsed", "bid.selected"]);
    assert!(case.shipment.booking.is_none());
    case.ok(confirm(2));
    case.ok(step(ShipmentStatus::EnRoutePickup));
    case.ok(step(ShipmentStatus::Loading));
    assert_eq!(case.refused(ShipmentCommand::WithdrawBid { bid: id(102) }), "shipment.wrong_state");
    let replaced = ShipmentCommand::Lapse { bid: id(102), reason: LapseReason::NotConfirmed };
    assert_eq!(case.refused(replaced), "shipment.wrong_state", "a booking does not lapse by itself");
}

#[test]
fn automatic_acceptance_selects_when_the_window_closes() {
    let mut case = Case::posted(|request| {
        request.preferences =
            Preferences { auto_accept: true, price_sensitivity: Some(1.0), ..Preferences::default() };
    });
    for (number, euros) in [(1, 900), (2, 700), (3, 800)] {
        case.bid(number, euros);
    }
    assert_eq!(case.fire(), ["bids.ranked", "bid.selected"]);
    let selection = case.shipment.selection.unwrap();
    assert_eq!((selection.bid, selection.by), (id(102), SelectedBy::AutoAccept));
}

#[test]
fn after_a_failed_payment_a_dispatcher_has_the_other_bids_and_time_to_choose() {
    let mut case = Case::posted(|request| request.preferences.auto_accept = true);
    for (number, euros) in [(1, 820), (2, 900), (3, 950)] {
        case.bid(number, euros);
    }
    case.fire();
    case.ok(confirm(1));
    // The decline comes long after the shipper's time to select would have been over.
    case.wait(seconds(3600));
    let failed = ShipmentCommand::Lapse { bid: id(101), reason: LapseReason::PaymentFailed };
    assert_eq!(case.ok(failed), ["bid.lapsed", "shipment.handed_over"]);
    assert_eq!(case.shipment.status, ShipmentStatus::Bidding);
    assert_eq!(case.shipment.search.closed_at, Some(case.now));
    assert_eq!(case.due, Some(requested().pickup.window.to), "nothing chooses or expires before");
    assert_eq!(case.refused(submit(4, 700)), "shipment.window_closed");
    case.wait(seconds(1800));
    assert_eq!(case.ok(ShipmentCommand::DeadlineReached), NOTHING);
    assert_eq!(case.ok(select(2)).last(), Some(&"bid.selected"));
    assert_eq!(case.ok(confirm(2)), ["booking.confirmed"]);
}

#[test]
fn what_was_handed_to_a_dispatcher_is_not_accepted_by_itself() {
    let mut case = Case::posted(|request| request.preferences.auto_accept = true);
    case.fire();
    assert_eq!(case.fire(), ["shipment.handed_over"]);
    case.bid(1, 820);
    assert_eq!(case.fire(), ["bids.ranked"]);
    assert_eq!(case.due, Some(requested().pickup.window.to));
}

#[test]
fn a_waterfall_asks_one_carrier_after_the_other() {
    let mut case = Case::posted(|request| {
        request.tender = Tender::Waterfall { carriers: vec![id(301), id(302)], step_seconds: 60 };
    });
    assert_eq!((case.shipment.only_carrier(), case.due_in()), (Some(id(301)), 60));
    assert_eq!(case.bad(submit(2, 820)), ["shipment_id:not_invited"]);
    assert_eq!(case.fire(), ["shipment.round_due"]);
    assert_eq!((case.shipment.only_carrier(), case.due_in()), (Some(id(302)), 120));
    assert_eq!(case.bad(submit(1, 820)), ["shipment_id:not_invited"], "its time is over");
    assert_eq!(case.bid(2, 820), ["bid.submitted"]);
    assert_eq!(case.fire(), ["bids.ranked"]);
    let mut nobody = Case::posted(|request| {
        request.tender = Tender::Waterfall { carriers: vec![id(301), id(302)], step_seconds: 60 };
    });
    nobody.fire();
    assert_eq!(nobody.fire(), ["shipment.handed_over"]);
    assert_eq!(nobody.bid(1, 820), ["bid.submitted"], "the dispatcher may take any of them");
    assert_eq!(nobody.bad(submit(3, 820)), ["shipment_id:not_invited"]);
}

#[test]
fn a_waterfalls_next_carrier_is_asked_when_the_first_does_not_confirm() {
    let mut case = Case::posted(|request| {
        request.tender = Tender::Waterfall { carriers: vec![id(301), id(302)], step_seconds: 60 };
    });
    case.bid(1, 820);
    case.ok(select(1));
    assert_eq!(case.fire(), ["bid.lapsed", "shipment.round_due"]);
    assert_eq!(case.shipment.only_carrier(), Some(id(302)));
}

#[test]
fn a_direct_tender_asks_one_carrier_only() {
    let mut case = Case::posted(|request| request.tender = Tender::Direct { carrier: id(301) });
    assert_eq!(case.bad(submit(2, 820)), ["shipment_id:not_invited"]);
    assert_eq!(case.fire(), ["shipment.round_due"]);
    assert_eq!(case.bad(submit(2, 820)), ["shipment_id:not_invited"], "a wider radius invites nobody else");
    assert_eq!(case.bid(1, 820), ["bid.submitted"]);
}

#[test]
fn bids_are_checked() {
    let mut case = Case::posted(|request| request.preferences.blocked_carriers = vec![id(301)]);
    assert_eq!(case.bad(submit(1, 820)), ["shipment_id:blocked"]);
    assert_eq!(case.bad(submit(2, 249)), ["price.amount:below_minimum_charge"]);
    case.bid(2, 820);
    let second = BidSubmitted { bid: id(199), ..offer(2, 800) };
    assert_eq!(case.refused(ShipmentCommand::SubmitBid(Box::new(second))), "bid.already_open");
    assert_eq!(case.refused(select(9)), "bid.unknown");
    for number in 3..=BID_LIMIT as u128 + 1 {
        case.bid(1000 + number, 820);
    }
    assert_eq!(case.refused(submit(5000, 820)), "shipment.too_many_bids");
}

#[test]
fn only_a_shipment_without_bids_can_be_changed() {
    let mut case = Case::posted(|_| {});
    case.ok(ShipmentCommand::OpenRound(Broadcast {
        round: 1,
        radius_factor: 1.0,
        carrier: None,
        drivers: vec![id(201)],
    }));
    assert_eq!(case.ok(ShipmentCommand::Amend(Box::default())), NOTHING);
    let auto = Amended { auto_accept: Some(true), ..Amended::default() };
    assert_eq!(case.ok(ShipmentCommand::Amend(Box::new(auto))), ["shipment.amended"]);
    assert!(case.shipment.request.as_ref().unwrap().preferences.auto_accept);
    let tender = Tender::Direct { carrier: id(302) };
    let amended = Amended { tender: Some(tender), road_km: Some(500.0), ..Amended::default() };
    let events = case.send(ShipmentCommand::Amend(Box::new(amended.clone()))).unwrap();
    assert_eq!(names(&events), ["shipment.amended", "shipment.round_due"], "others are asked now");
    let ShipmentEvent::RoundDue(RoundDue { round, carrier, .. }) = &events[1] else {
        panic!("a round is due")
    };
    assert_eq!((*round, *carrier), (2, Some(id(302))));
    case.bid(2, 820);
    assert_eq!(case.refused(ShipmentCommand::Amend(Box::new(amended))), "shipment.has_bids");
}

#[test]
fn a_round_is_sent_once() {
    let mut case = Case::posted(|_| {});
    let round = |round, driver| {
        ShipmentCommand::OpenRound(Broadcast {
            round,
            radius_factor: 1.0,
            carrier: None,
            drivers: vec![id(driver)],
        })
    };
    assert_eq!(case.ok(round(1, 201)), ["shipment.broadcast"]);
    assert_eq!(case.ok(round(1, 201)), NOTHING);
    assert_eq!(case.ok(round(2, 201)), NOTHING, "it is not due");
    case.fire();
    assert_eq!(case.ok(round(2, 202)), ["shipment.broadcast"]);
    assert_eq!(case.shipment.search.offered.as_slice(), [id(201), id(202)]);
    case.ok(ShipmentCommand::Cancel { by: CancelledBy::Support });
    assert_eq!(case.ok(round(3, 203)), NOTHING);
}

#[test]
fn a_cancellation_costs_by_how_late_it_comes() {
    let fee_after = |wait: Duration, steps: usize| {
        let mut case = Case::booked();
        case.wait(wait);
        for to in &TRIP[..steps] {
            case.ok(step(*to));
        }
        let events = case.send(ShipmentCommand::Cancel { by: CancelledBy::Shipper })?;
        let [ShipmentEvent::Cancelled(cancelled)] = events.as_slice() else { panic!("it is cancelled") };
        assert_eq!((cancelled.driver, case.shipment.status), (Some(id(201)), ShipmentStatus::Cancelled));
        Ok::<_, Refusal>(cancelled.fee.map(|fee| fee.minor))
    };
    // The driver promised to load two hours after the posting.
    assert_eq!(fee_after(seconds(0), 0), Ok(None));
    assert_eq!(fee_after(seconds(1), 0), Ok(Some(16_400)));
    assert_eq!(fee_after(seconds(0), 1), Ok(Some(41_000)));
    assert_eq!(fee_after(seconds(0), 2).unwrap_err().code, "shipment.wrong_state");
    let mut open = Case::posted(|_| {});
    open.bid(1, 820);
    open.ok(select(1));
    assert_eq!(open.ok(ShipmentCommand::Cancel { by: CancelledBy::Shipper }), ["shipment.cancelled"]);
    assert_eq!((open.shipment.cancellation_fee, open.due), (None, None));
}

#[test]
fn a_rating_comes_within_fourteen_days_of_the_delivery() {
    let mut case = Case::booked();
    assert_eq!(case.refused(ShipmentCommand::Rate { stars: 5 }), "shipment.wrong_state");
    for to in TRIP {
        case.ok(step(to));
    }
    for stars in [0, 6] {
        assert_eq!(case.bad(ShipmentCommand::Rate { stars }), ["stars:out_of_range"]);
    }
    case.wait(RATE_WITHIN + seconds(1));
    assert_eq!(case.refused(ShipmentCommand::Rate { stars: 5 }), "shipment.rating_closed");
}

#[test]
fn a_delivery_after_its_window_is_late() {
    let mut case = Case::booked();
    case.now = requested().delivery.window.to.after(seconds(1));
    for to in TRIP {
        case.ok(step(to));
    }
    assert_eq!(case.shipment.on_time, Some(false));
}

#[test]
fn a_dispute_freezes_and_ends_with_the_release() {
    let mut case = Case::booked();
    assert_eq!(case.refused(ShipmentCommand::Dispute), "shipment.wrong_state");
    for to in TRIP {
        case.ok(step(to));
    }
    case.ok(ShipmentCommand::Dispute);
    assert_eq!(case.ok(ShipmentCommand::Dispute), NOTHING);
    case.ok(ShipmentCommand::Complete);
    assert_eq!(case.refused(ShipmentCommand::Dispute), "shipment.wrong_state");
}

#[test]
fn nothing_is_known_of_a_shipment_that_was_never_posted() {
    for command in [
        submit(1, 820),
        ShipmentCommand::Cancel { by: CancelledBy::Shipper },
        step(ShipmentStatus::Loading),
        ShipmentCommand::Complete,
        ShipmentCommand::Expire,
        ShipmentCommand::Rate { stars: 5 },
    ] {
        let refusal = run(&mut Shipment::default(), &command, morning()).unwrap_err();
        assert_eq!((refusal.kind, refusal.code), (kernel::RefusalKind::NotFound, "shipment.unknown"));
    }
    assert_eq!(Shipment::default().state_name(), "");
}

#[test]
fn a_late_timer_catches_up_step_by_step() {
    let mut case = Case::posted(|_| {});
    case.now = morning().after(13 * HOUR);
    assert_eq!(
        case.ok(ShipmentCommand::DeadlineReached),
        ["shipment.round_due"],
        "what was due first comes first"
    );
    assert!(
        case.due.is_some_and(|due| due <= case.now),
        "the next deadline has passed as well and fires at once"
    );
    assert_eq!(case.ok(ShipmentCommand::DeadlineReached), ["shipment.handed_over"]);
    assert_eq!(case.ok(ShipmentCommand::DeadlineReached), ["match.failed"]);
    assert_eq!(case.ok(ShipmentCommand::DeadlineReached), NOTHING);
}

#[test]
fn an_early_timer_does_nothing() {
    let mut case = Case::posted(|_| {});
    case.wait(seconds(299));
    assert_eq!(case.ok(ShipmentCommand::DeadlineReached), NOTHING);
    assert!(Shipment::on_timer("tender", "").is_some() && Shipment::on_timer("other", "").is_none());
}

#[test]
fn a_snapshot_and_every_event_survive_json() {
    let mut case = Case::booked();
    for to in TRIP {
        for event in case.send(step(to)).unwrap() {
            let again = ShipmentEvent::decode(event.type_name(), 1, &event.encode().unwrap()).unwrap();
            assert_eq!(format!("{again:?}"), format!("{event:?}"));
        }
    }
    let copy: Shipment = serde_json::from_str(&serde_json::to_string(&case.shipment).unwrap()).unwrap();
    assert_eq!(format!("{copy:?}"), format!("{:?}", case.shipment));
    assert_eq!(registered(300).tenant, requested().tenant);
}
