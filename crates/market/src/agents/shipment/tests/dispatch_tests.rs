//! What dispatchers do, and drivers who are gone.

use super::*;
use contracts::shipment::WithdrawReason;
use kernel::UserId;

fn direct(carrier: u128, radius_factor: f64) -> ShipmentCommand {
    let tender = Some(Tender::Direct { carrier: id(carrier) });
    ShipmentCommand::Retender(Box::new(NewRound { tender, radius_factor, auto_accept: None }))
}

fn take_over(user: u128) -> ShipmentCommand {
    ShipmentCommand::TakeOver { dispatcher: id(user) }
}

fn drop_bids(number: u128) -> ShipmentCommand {
    ShipmentCommand::DropBids { driver: id(200 + number) }
}

#[test]
fn the_first_dispatcher_has_it_until_it_is_handed_over_again() {
    let mut case = Case::posted(|request| request.preferences.auto_accept = true);
    case.bid(1, 820);
    assert_eq!(case.ok(take_over(71)), ["shipment.taken_over"]);
    assert_eq!(case.ok(take_over(71)), NOTHING);
    assert_eq!(case.refused(take_over(72)), "shipment.taken_over");
    assert_eq!(case.fire(), ["bids.ranked"], "what a person has is not accepted by itself");
    assert_eq!(case.due, Some(requested().pickup.window.to), "nor does it expire before its pickup");
    assert_eq!(case.ok(ShipmentCommand::HandOver), ["shipment.handed_over"]);
    assert_eq!(case.ok(ShipmentCommand::HandOver), NOTHING);
    assert_eq!(case.ok(take_over(72)), ["shipment.taken_over"]);
    assert_eq!(case.shipment.dispatcher, Some(id::<UserId>(72)));
}

#[test]
fn a_new_round_asks_anew_and_keeps_the_bids_of_those_it_asks() {
    let mut case = Case::posted(|_| {});
    case.bid(1, 820);
    case.bid(2, 830);
    case.fire();
    case.ok(take_over(71));
    let events = case.send(direct(302, 3.0)).unwrap();
    assert_eq!(names(&events), ["shipment.retendered", "bid.withdrawn", "shipment.round_due"]);
    let ShipmentEvent::BidWithdrawn(withdrawn) = &events[1] else { panic!("{events:?}") };
    assert_eq!((withdrawn.bid, withdrawn.reason), (id(101), WithdrawReason::NotInvited));
    let ShipmentEvent::RoundDue(due) = &events[2] else { panic!("{events:?}") };
    assert_eq!(*due, RoundDue { round: 2, radius_factor: 3.0, carrier: Some(id(302)) });
    let search = &case.shipment.search;
    assert!(case.shipment.takes_bids() && !search.handed_over && search.widened);
    assert_eq!(case.shipment.surge_round(), 1, "a dispatcher's round does not raise the price");
    assert_eq!(case.bad(submit(3, 810)), ["shipment_id:not_invited"]);
    assert_eq!(case.due_in(), 600, "a new window of five minutes");
    assert_eq!(case.fire(), ["bids.ranked"]);
    assert_eq!(case.shipment.ranking.as_ref().unwrap().ranking.len(), 1);
}

#[test]
fn an_assigned_driver_is_selected_whatever_the_tender_says() {
    let mut case = Case::posted(|request| {
        request.tender = Tender::Direct { carrier: id(309) };
        request.preferences.blocked_carriers = vec![id(303)];
    });
    let assign = |number| ShipmentCommand::Assign(Box::new(offer(number, 820)));
    assert_eq!(case.bad(assign(3)), ["shipment_id:blocked"], "the shipper's wish holds for dispatchers too");
    let cheap = ShipmentCommand::Assign(Box::new(offer(1, 100)));
    assert_eq!(case.bad(cheap), ["price.amount:below_minimum_charge"]);
    assert_eq!(case.ok(assign(1)), ["bid.submitted", "bids.ranked", "bid.selected"]);
    assert_eq!(case.ok(assign(1)), NOTHING);
    let selection = case.shipment.selection.unwrap();
    assert_eq!((selection.bid, selection.by), (id(101), SelectedBy::Dispatcher));
    assert_eq!(case.ok(confirm(1)), ["booking.confirmed"]);
    for late in [assign(2), take_over(71), ShipmentCommand::HandOver, direct(302, 1.0)] {
        assert_eq!(case.refused(late), "shipment.wrong_state");
    }
}

#[test]
fn a_driver_that_is_taken_leaves_its_place_to_others() {
    let mut case = Case::posted(|_| {});
    case.bid(1, 820);
    case.bid(2, 830);
    let events = case.send(drop_bids(1)).unwrap();
    let ShipmentEvent::BidWithdrawn(withdrawn) = &events[0] else { panic!("{events:?}") };
    assert_eq!((withdrawn.bid, withdrawn.reason), (id(101), WithdrawReason::DriverTaken));
    assert!(case.send(drop_bids(1)).unwrap().is_empty(), "once");
    assert_eq!(case.refused(select(1)), "bid.not_open");
    case.ok(select(2));
    assert_eq!(case.ok(drop_bids(2)), ["bid.lapsed", "shipment.round_due"], "also one that was chosen");
}

#[test]
fn a_driver_that_is_taken_is_no_next_rank_after_a_booking() {
    let mut case = Case::posted(|_| {});
    case.bid(1, 820);
    case.bid(2, 830);
    case.ok(select(1));
    case.ok(confirm(1));
    assert!(case.shipment.counts_on(id(202)) && !case.shipment.counts_on(id(201)));
    assert_eq!(case.ok(drop_bids(2)), ["bid.withdrawn"]);
    assert_eq!(case.ok(drop_bids(1)), NOTHING, "its booking stays");
    assert_eq!(case.shipment.status, ShipmentStatus::Booked);
    assert_eq!(case.ok(ShipmentCommand::WithdrawBid { bid: id(101) }), ["bid.lapsed", "shipment.round_due"]);
}
