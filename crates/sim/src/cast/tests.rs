//! What people do, without a platform: the test says what happened.

use super::*;
use crate::people::Census;
use contracts::shipment::{ShipmentStatus, Window};
use kernel::TypedId;

const START: Timestamp = Timestamp::from_millis(1_772_409_600_000);

fn cast(shifts: bool) -> Cast {
    let country = Arc::new(Country::of_gazetteer("IT").unwrap());
    let dice = Dice::new(7, 0);
    let people = People::draw(
        Census { shipments: 1, drivers: 1, start: START, shifts, ahead_minutes: 60 },
        &country,
        &dice,
    );
    Cast::new(country, people, Habits { pace: Pace::REAL, shifts, faults: 0.0 }, dice, START)
}

fn driver(cast: &Cast) -> DriverId {
    cast.people().truckers[0].id
}

fn shipment() -> ShipmentId {
    "shp_000000000000000000000000000000ab".parse().unwrap()
}

fn hours(hours: u64) -> Timestamp {
    START.after(Duration::from_secs(hours * 3600))
}

/// A shipment from Milan to Rome that a stranger posted.
fn posted() -> Notice {
    let stop = |latitude, longitude, from, to| Stop {
        position: Position { latitude, longitude },
        window: Window { from: hours(from), to: hours(to) },
    };
    let news = News::Posted {
        shipper: "org_000000000000000000000000000000ab".parse().unwrap(),
        auto_accept: false,
        pickup: stop(45.4642, 9.19, 12, 14),
        delivery: stop(41.9028, 12.4964, 20, 40),
        weight_kg: 8000.0,
    };
    Notice { shipment: shipment(), news }
}

fn booked(cast: &mut Cast) {
    cast.hear(&posted(), START);
    let news = News::Booked { driver: driver(cast), stops: Vec::new() };
    cast.hear(&Notice { shipment: shipment(), news }, START);
}

#[test]
fn a_shipper_that_does_not_wait_takes_the_lowest_bid_before_the_ranking() {
    let mut cast = cast(false);
    cast.people.shippers[0].waits_for_ranking = false;
    let Notice { news: News::Posted { auto_accept, pickup, delivery, .. }, .. } = posted() else { panic!() };
    let shipper = cast.people().shippers[0].organisation;
    let news = News::Posted { shipper, auto_accept, pickup, delivery, weight_kg: 8000.0 };
    cast.hear(&Notice { shipment: shipment(), news }, START);
    let bid = |number: u128| BidId::from_uuid(kernel::Uuid::from_u128(number));
    for (number, euros) in [(1, 900), (2, 700), (3, 800)] {
        let news = News::Bid { bid: bid(number), price: Money::euros(euros, 0) };
        cast.hear(&Notice { shipment: shipment(), news }, START);
    }
    let deeds: Vec<Deed> = std::iter::from_fn(|| cast.next(hours(1))).map(|doing| doing.deed).collect();
    let selected = deeds.iter().filter_map(|deed| match deed {
        Deed::Select { bid, .. } => Some(*bid),
        _ => None,
    });
    assert_eq!(selected.collect::<Vec<_>>(), [bid(2)]);
}

/// Carries out what is due until nobody wants anything more; what was done and when.
fn play(cast: &mut Cast, accept: impl Fn(ShipmentStatus) -> bool) -> Vec<(Timestamp, ShipmentStatus)> {
    let mut done = Vec::new();
    while let Some(now) = cast.next_wake() {
        while let Some(doing) = cast.next(now) {
            let Deed::Advance { to, .. } = doing.deed else { continue };
            let accepted = accept(to);
            cast.done(&doing.deed, accepted, now);
            done.push((now, to));
        }
    }
    done
}

#[test]
fn a_booked_driver_takes_every_step_in_its_time() {
    let mut cast = cast(false);
    booked(&mut cast);
    let steps = play(&mut cast, |_| true);
    let names: Vec<ShipmentStatus> = steps.iter().map(|(_, to)| *to).collect();
    let way = [
        ShipmentStatus::EnRoutePickup,
        ShipmentStatus::Loading,
        ShipmentStatus::InTransit,
        ShipmentStatus::Unloading,
        ShipmentStatus::Delivered,
    ];
    assert_eq!(names, way);
    assert!(steps.is_sorted_by_key(|(at, _)| *at));
    assert!(steps[1].0 >= hours(12), "nobody loads before the window opens");
    let road_km = Position { latitude: 45.4642, longitude: 9.19 }
        .assumed_road_km(Position { latitude: 41.9028, longitude: 12.4964 });
    let driven = cast.odometer();
    assert!((driven.loaded_km - road_km).abs() < 1e-6, "{driven:?}");
    let hauled = steps[3].0.since(steps[2].0).as_secs_f64() / 3600.0;
    assert!(hauled > road_km / 75.0 + 0.75, "620 km are more than 4.5 h: there is a break in {hauled} h");
    let seen = cast.take_sightings();
    assert_eq!(seen.last().unwrap().position, Position { latitude: 41.9028, longitude: 12.4964 });
}

#[test]
fn a_driver_whose_step_is_refused_stays_where_it_is() {
    let mut cast = cast(false);
    booked(&mut cast);
    let steps = play(&mut cast, |to| to != ShipmentStatus::InTransit);
    assert_eq!(steps.len(), 3);
    assert!(cast.odometer().loaded_km < 1e-9);
}

#[test]
fn a_cancelled_trip_ends_on_the_road() {
    let mut cast = cast(false);
    booked(&mut cast);
    let now = cast.next_wake().unwrap();
    let doing = cast.next(now).unwrap();
    cast.done(&doing.deed, true, now);
    let news = News::Cancelled { driver: Some(driver(&cast)) };
    cast.hear(&Notice { shipment: shipment(), news }, now.after(Duration::from_secs(60)));
    assert_eq!(play(&mut cast, |_| true), []);
    assert!(!cast.is_busy());
}

#[test]
fn a_shipper_looks_at_the_bids_and_takes_the_best() {
    let mut cast = cast(false);
    cast.plan_posting(START);
    let shipper =
        cast.people().shippers.iter().find(|shipper| !shipper.preferences.auto_accept).unwrap().clone();
    let Notice { shipment, news: News::Posted { pickup, delivery, .. } } = posted() else { unreachable!() };
    let news = News::Posted {
        shipper: shipper.organisation,
        auto_accept: false,
        pickup,
        delivery,
        weight_kg: 8000.0,
    };
    cast.hear(&Notice { shipment, news }, START);
    let bid = |number: u8| format!("bid_000000000000000000000000000000{number:02}").parse::<BidId>().unwrap();
    let ranked = |rank: u32, number: u8| contracts::shipment::RankedBid {
        bid: bid(number),
        rank,
        score: 1.0 / f64::from(rank),
        terms: contracts::shipment::ScoreTerms {
            price: 1.0,
            time: 1.0,
            reliability: 1.0,
            experience: 0.0,
            vehicle: 1.0,
        },
        factor: 1.0,
    };
    let _ = cast.next(START);
    cast.hear(&Notice { shipment, news: News::Ranked(vec![ranked(1, 7), ranked(2, 3)]) }, START);
    let decides = cast.next_wake().unwrap();
    assert!((20..=300).contains(&decides.since(START).as_secs()));
    let doing = cast.next(decides).unwrap();
    assert_eq!(doing.user, shipper.user);
    assert!(matches!(doing.deed, Deed::Select { bid: selected, .. } if selected == bid(7)), "{doing:?}");
}

#[test]
fn a_shift_has_a_beginning_and_an_end() {
    let mut cast = cast(true);
    cast.plan_duty(START);
    let begins = cast.next_wake().unwrap();
    let minute = begins.since(START).as_secs() / 60;
    assert_eq!(minute, u64::from(cast.people().truckers[0].shift_from_minute));
    assert!(matches!(cast.next(begins).unwrap().deed, Deed::GoOnline(_)));
    let ends = cast.next_wake().unwrap();
    assert_eq!(ends.since(begins), minutes(SHIFT_MINUTES));
    assert!(matches!(cast.next(ends).unwrap().deed, Deed::GoOffline(_)));
    assert_eq!(cast.next_wake(), None, "with nothing left to post nobody comes back");
}
