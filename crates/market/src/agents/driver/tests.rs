use super::*;
use crate::fixtures::{ROME, id, morning, registered, run, seconds};
use contracts::Event as _;
use contracts::{
    driver::{PartOffer, ReturnOffer},
    tracking::StopKind,
};
use proptest::prelude::*;

fn online() -> Driver {
    let mut driver = Driver::default();
    run(&mut driver, &DriverCommand::Register(Box::new(registered(300))), morning()).unwrap();
    run(&mut driver, &DriverCommand::GoOnline, morning()).unwrap();
    driver
}

fn rate(driver: &mut Driver, stars: &[u8]) -> Vec<&'static str> {
    let mut seen = Vec::new();
    for stars in stars {
        let events = run(driver, &DriverCommand::Rate { shipment: id(1), stars: *stars }, morning()).unwrap();
        seen.extend(events.iter().skip(1).map(contracts::Event::type_name));
    }
    seen
}

fn commit(shipment: u128, bid: u128) -> DriverCommand {
    DriverCommand::Commit { shipment: id(shipment), bid: id(bid), turn: Turn::Now, ends_at: ROME }
}

fn commit_after(shipment: u128, present: u128) -> DriverCommand {
    let (bid, turn) = (id(100 + shipment), Turn::After(id(present)));
    DriverCommand::Commit { shipment: id(shipment), bid, turn, ends_at: ROME }
}

fn offer(shipment: u128, bid_after: Option<std::time::Duration>) -> DriverCommand {
    DriverCommand::Offer { shipment: id(shipment), fit: Fit::Now, bid_after }
}

/// A load that follows the trip of a shipment.
fn offer_after(shipment: u128, present: u128) -> DriverCommand {
    let load = ReturnOffer {
        after: id(present),
        free_at: morning(),
        approach_km: 5.0,
        extra_empty_km: -400.0,
        extra_cost: kernel::Money::new(-38_000, kernel::Currency::EUR),
    };
    DriverCommand::Offer { shipment: id(shipment), fit: Fit::After(load), bid_after: None }
}

fn freed(shipment: u128, delivered: bool) -> DriverCommand {
    DriverCommand::Free(Box::new(Freed {
        shipment: id(shipment),
        bid: Some(id(100 + shipment)),
        delivered,
        on_time: delivered.then_some(true),
        cargo_kind: "general".to_owned(),
        at: None,
        goes_on: None,
    }))
}

#[test]
fn five_low_ratings_in_a_row_suspend() {
    let mut driver = online();
    assert_eq!(rate(&mut driver, &[3, 1, 2, 3]), [""; 0]);
    assert_eq!(rate(&mut driver, &[4]), [""; 0], "a good one breaks the row");
    assert_eq!(rate(&mut driver, &[3, 3, 3, 3, 3]), ["driver.suspended"]);
    assert_eq!(driver.state_name(), "suspended");
    assert_eq!(rate(&mut driver, &[1, 1, 1, 1, 1]), [""; 0], "it is suspended already");
    let refusal = run(&mut driver, &commit(9, 109), morning()).unwrap_err();
    assert_eq!(refusal.code, "driver.suspended");
    run(&mut driver, &DriverCommand::Reinstate, morning()).unwrap();
    assert_eq!(driver.state_name(), "available");
    assert_eq!(rate(&mut driver, &[1, 1, 1, 1]), [""; 0], "the row starts anew");
    assert_eq!(rate(&mut driver, &[1]), ["driver.suspended"]);
}

#[test]
fn ten_perfect_ratings_in_a_row_are_gold() {
    let mut driver = online();
    assert_eq!(rate(&mut driver, &[5, 5, 5, 5, 5, 5, 5, 5, 5, 4]), [""; 0]);
    assert_eq!(rate(&mut driver, &[5; 10]), ["driver.tier_raised"]);
    assert!(driver.gold);
    assert_eq!(rate(&mut driver, &[5; 20]), [""; 0], "only once");
    assert!((driver.rating() - (5.0 * 39.0 + 4.0) / 40.0).abs() < 1e-12);
}

#[test]
fn a_driver_takes_one_job_at_a_time() {
    let mut driver = online();
    let commit = |shipment| commit(shipment, 100 + shipment);
    assert_eq!(run(&mut driver, &commit(1), morning()).unwrap().len(), 1);
    assert_eq!(run(&mut driver, &commit(1), morning()).unwrap().len(), 0, "again changes nothing");
    assert_eq!(run(&mut driver, &commit(2), morning()).unwrap_err().code, "driver.taken");
    assert_eq!(run(&mut driver, &freed(2, true), morning()).unwrap().len(), 0, "not its trip");
    run(&mut driver, &freed(1, true), morning()).unwrap();
    assert_eq!((driver.deliveries, driver.on_time, driver.delivered_kinds["general"]), (1, 1, 1));
    run(&mut driver, &commit(2), morning()).unwrap();
    run(&mut driver, &freed(2, false), morning()).unwrap();
    assert_eq!((driver.deliveries, driver.committed), (1, None), "a cancelled trip is no delivery");
}

#[test]
fn a_bid_that_was_judged_before_its_driver_was_taken_is_judged_again() {
    let mut driver = online();
    let bid =
        |judged_on: Option<u128>| DriverCommand::MakeBid { shipment: id(7), judged_on: judged_on.map(id) };
    run(&mut driver, &bid(None), morning()).unwrap();
    run(&mut driver, &commit(1, 11), morning()).unwrap();
    assert_eq!(run(&mut driver, &bid(None), morning()).unwrap_err().code, "driver.taken");
    assert_eq!(run(&mut driver, &bid(Some(2)), morning()).unwrap_err().code, "driver.taken");
    assert!(run(&mut driver, &bid(Some(1)), morning()).is_ok(), "on what can be loaded after the trip");
}

#[test]
fn a_driver_on_a_trip_takes_one_more_that_follows_it() {
    let mut driver = online();
    run(&mut driver, &commit(1, 101), morning()).unwrap();
    assert_eq!(run(&mut driver, &offer(5, None), morning()).unwrap().len(), 0, "it is not free");
    assert_eq!(run(&mut driver, &offer_after(5, 9), morning()).unwrap().len(), 0, "it is on another trip");
    assert_eq!(run(&mut driver, &offer_after(5, 1), morning()).unwrap().len(), 1);
    assert_eq!(run(&mut driver, &DriverCommand::BidNow { shipment: id(5) }, morning()).unwrap().len(), 1);
    assert_eq!(run(&mut driver, &commit_after(5, 9), morning()).unwrap_err().code, "driver.taken");
    assert_eq!(run(&mut driver, &commit_after(5, 1), morning()).unwrap().len(), 1);
    assert_eq!(run(&mut driver, &commit_after(5, 1), morning()).unwrap().len(), 0, "again changes nothing");
    assert_eq!((driver.committed, driver.next.map(|next| next.shipment)), (Some(id(1)), Some(id(5))));
    assert_eq!(run(&mut driver, &commit_after(6, 1), morning()).unwrap_err().code, "driver.taken");
    let events = run(&mut driver, &freed(1, true), morning()).unwrap();
    let DriverEvent::Freed(ended) = &events[0] else { panic!("{events:?}") };
    assert_eq!(ended.goes_on, Some(id(5)));
    assert_eq!((driver.committed, driver.committed_by, driver.next), (Some(id(5)), Some(id(105)), None));
    run(&mut driver, &freed(5, true), morning()).unwrap();
    assert_eq!((driver.committed, driver.deliveries, driver.state_name()), (None, 2, "available"));
}

/// Carried along with what it is on: the stops of everything, in order of their numbers.
fn commit_along(shipment: u128, carried: &[u128]) -> DriverCommand {
    let kinds = |kind| move |number: &u128| TripStop { shipment: id(*number), stop: kind };
    let all: Vec<u128> = carried.iter().copied().chain([shipment]).collect();
    let pickups = all.iter().map(kinds(StopKind::Pickup));
    let stops = pickups.chain(all.iter().map(kinds(StopKind::Delivery))).collect();
    let turn = Turn::Along { stops, ends_at: ROME };
    DriverCommand::Commit { shipment: id(shipment), bid: id(100 + shipment), turn, ends_at: ROME }
}

fn offer_along(shipment: u128, present: u128) -> DriverCommand {
    let load = PartOffer {
        along: id(present),
        extra_km: 20.0,
        extra_minutes: 140,
        extra_cost: kernel::Money::new(6_000, kernel::Currency::EUR),
    };
    DriverCommand::Offer { shipment: id(shipment), fit: Fit::Along(load), bid_after: None }
}

#[test]
fn a_driver_carries_at_most_three_shipments_along() {
    let mut driver = online();
    run(&mut driver, &commit(1, 101), morning()).unwrap();
    assert_eq!(run(&mut driver, &offer_along(2, 9), morning()).unwrap().len(), 0, "it is on another trip");
    assert_eq!(run(&mut driver, &offer_along(2, 1), morning()).unwrap().len(), 1);
    assert_eq!(run(&mut driver, &DriverCommand::BidNow { shipment: id(2) }, morning()).unwrap().len(), 1);
    for number in 2..=4 {
        let carried: Vec<u128> = (1..number).collect();
        assert_eq!(run(&mut driver, &commit_along(number, &carried), morning()).unwrap().len(), 1);
        assert_eq!(run(&mut driver, &commit_along(number, &carried), morning()).unwrap().len(), 0, "again");
    }
    assert_eq!((driver.parts.len(), driver.stops.len()), (3, 8));
    let fifth = run(&mut driver, &commit_along(5, &[1, 2, 3, 4]), morning()).unwrap_err();
    assert_eq!(fifth.code, "driver.taken");
    assert_eq!(run(&mut driver, &offer_along(6, 1), morning()).unwrap().len(), 0);
    assert_eq!(driver.carried().collect::<Vec<_>>(), [1, 2, 3, 4].map(id::<ShipmentId>));
}

#[test]
fn a_route_that_forgets_what_is_aboard_is_refused() {
    let mut driver = online();
    run(&mut driver, &commit(1, 101), morning()).unwrap();
    run(&mut driver, &commit_along(2, &[1]), morning()).unwrap();
    for carried in [vec![1], vec![2], vec![]] {
        let refusal = run(&mut driver, &commit_along(3, &carried), morning()).unwrap_err();
        assert_eq!(refusal.code, "driver.taken", "judged before the second was booked: {carried:?}");
    }
    let after = run(&mut driver, &commit_after(3, 1), morning()).unwrap_err();
    assert_eq!(after.code, "driver.taken", "nothing follows a shared trip");
    run(&mut driver, &freed(2, true), morning()).unwrap();
    assert_eq!(run(&mut driver, &commit_along(3, &[1, 2]), morning()).unwrap().len(), 1);
    assert_eq!(driver.stops.len(), 4, "what was delivered meanwhile has no stops: {:?}", driver.stops);
}

#[test]
fn each_shipment_of_a_trip_ends_by_itself() {
    let mut driver = online();
    run(&mut driver, &commit(1, 101), morning()).unwrap();
    run(&mut driver, &commit_along(2, &[1]), morning()).unwrap();
    run(&mut driver, &commit_along(3, &[1, 2]), morning()).unwrap();
    let goes_on = |driver: &mut Driver, shipment| {
        let events = run(driver, &freed(shipment, true), morning()).unwrap();
        let [DriverEvent::Freed(ended)] = &events[..] else { panic!("{events:?}") };
        ended.goes_on
    };
    assert_eq!(goes_on(&mut driver, 1), Some(id(2)), "whose stop is next");
    assert_eq!((driver.committed, driver.committed_by), (Some(id(2)), Some(id(102))));
    assert_eq!((driver.parts.len(), driver.stops.len()), (1, 4));
    assert_eq!(goes_on(&mut driver, 3), Some(id(2)));
    assert!(driver.parts.is_empty() && driver.stops.is_empty());
    assert_eq!(goes_on(&mut driver, 2), None);
    assert_eq!((driver.committed, driver.deliveries, driver.commitments), (None, 3, 3));
}

#[test]
fn what_was_to_follow_is_called_off_and_the_trip_goes_on() {
    let mut driver = online();
    run(&mut driver, &commit(1, 101), morning()).unwrap();
    run(&mut driver, &commit_after(5, 1), morning()).unwrap();
    let events = run(&mut driver, &freed(5, false), morning()).unwrap();
    let DriverEvent::Freed(ended) = &events[0] else { panic!("{events:?}") };
    assert_eq!(ended.goes_on, Some(id(1)));
    assert_eq!((driver.committed, driver.next), (Some(id(1)), None));
    assert_eq!(run(&mut driver, &freed(5, false), morning()).unwrap().len(), 0, "once");
}

#[test]
fn what_was_to_follow_a_trip_that_has_ended_begins_at_once() {
    let mut driver = online();
    run(&mut driver, &commit(1, 101), morning()).unwrap();
    run(&mut driver, &freed(1, true), morning()).unwrap();
    run(&mut driver, &commit_after(5, 1), morning()).unwrap();
    assert_eq!((driver.committed, driver.next), (Some(id(5)), None));
}

/// A carrier gives a booking back and wins the same shipment again with a second bid before its driver has heard of it.
#[test]
fn an_older_bid_does_not_free_a_driver_from_a_newer_booking() {
    let let_go = |bid| {
        DriverCommand::Free(Box::new(Freed {
            shipment: id(1),
            bid,
            delivered: false,
            on_time: None,
            cargo_kind: String::new(),
            at: None,
            goes_on: None,
        }))
    };
    let mut driver = online();
    run(&mut driver, &commit(1, 101), morning()).unwrap();
    assert_eq!(run(&mut driver, &commit(1, 102), morning()).unwrap().len(), 1);
    assert_eq!(run(&mut driver, &let_go(Some(id(101))), morning()).unwrap().len(), 0);
    assert_eq!((driver.committed, driver.committed_by), (Some(id(1)), Some(id(102))));
    run(&mut driver, &let_go(Some(id(102))), morning()).unwrap();
    assert_eq!((driver.committed, driver.committed_by), (None, None));
    run(&mut driver, &commit(1, 103), morning()).unwrap();
    run(&mut driver, &let_go(None), morning()).unwrap();
    assert_eq!(driver.committed, None, "an old log's end of a trip names no bid");
}

#[test]
fn an_offer_sets_the_time_of_the_automatic_bid() {
    let mut driver = online();
    let events = run(&mut driver, &offer(7, Some(seconds(45))), morning()).unwrap();
    let due = morning().after(seconds(45));
    let key = id::<ShipmentId>(7).to_string();
    let timers = driver.timers(&events[0], morning());
    assert_eq!(timers, [TimerOp::At { name: "bid", key: key.clone(), due }]);
    let command = Driver::on_timer("bid", &key).unwrap();
    assert_eq!(run(&mut driver, &command, due).unwrap()[0].type_name(), "driver.bid_due");
    assert!(Driver::on_timer("bid", "shp_?").is_none() && Driver::on_timer("other", &key).is_none());
    let events = run(&mut driver, &offer(7, None), morning()).unwrap();
    assert_eq!(driver.timers(&events[0], morning()), [], "a person decides for itself");
}

#[test]
fn one_that_takes_no_offers_ignores_them() {
    let mut driver = online();
    run(&mut driver, &DriverCommand::GoOffline, morning()).unwrap();
    for command in [offer(7, None), DriverCommand::BidNow { shipment: id(7) }] {
        assert_eq!(run(&mut driver, &command, morning()).unwrap().len(), 0);
    }
    assert_eq!((driver.bids, driver.offers.len()), (0, 0));
}

#[test]
fn few_bids_say_nothing_about_acceptance() {
    let mut driver = online();
    for bid in 0..9 {
        run(&mut driver, &DriverCommand::BidNow { shipment: id(bid) }, morning()).unwrap();
    }
    assert!((driver.acceptance_rate() - 1.0).abs() < f64::EPSILON);
    run(&mut driver, &DriverCommand::BidNow { shipment: id(10) }, morning()).unwrap();
    assert!(driver.acceptance_rate().abs() < f64::EPSILON);
}

#[test]
fn a_stranger_is_unknown() {
    let mut nobody = Driver::default();
    for command in [DriverCommand::GoOnline, commit(1, 101), DriverCommand::Reinstate] {
        assert_eq!(run(&mut nobody, &command, morning()).unwrap_err().code, "driver.unknown");
    }
}

proptest! {
    #[test]
    fn only_the_latest_offers_are_kept(offered in proptest::collection::vec(0_u128..40, 0..100)) {
        let mut driver = online();
        for shipment in &offered {
            run(&mut driver, &offer(*shipment, None), morning()).unwrap();
        }
        prop_assert!(driver.offers.len() <= OFFERS_REMEMBERED);
        let last = offered.last().map(|shipment| id::<ShipmentId>(*shipment));
        prop_assert_eq!(driver.offers.last().map(|offer| offer.shipment), last);
    }

    #[test]
    fn a_snapshot_holds_the_whole_state(stars in proptest::collection::vec(1_u8..=5, 0..20)) {
        let mut driver = online();
        rate(&mut driver, &stars);
        let copy: Driver = serde_json::from_str(&serde_json::to_string(&driver).unwrap()).unwrap();
        prop_assert_eq!(format!("{copy:?}"), format!("{driver:?}"));
    }
}
