//! The detectors on what real trackers said (`../shared/data/devices`; where that is absent the tests say so): what a van
//! in Portugal, a car parked in Belgium, one that waits in Chile and a truck in France did, as trips that were never made.

use super::*;
use contracts::{
    ports::{PlannedRoute, RouteAnswer, RouteSource, Traffic},
    shipment::Window,
    tracking::{AlertKind, PlannedStop, TripBegun},
};
use kernel::{TypedId, Uuid};
use std::{collections::BTreeSet, path::Path, time::Duration};

/// Drives through a town, stops at 12:22:58 and drives on at 12:49.
const PORTUGAL: &str = "0000000000000401080e0000015d12cc2110";
/// Seen at 20:25 and at 23:00 in one place, and there in the next afternoon.
const BELGIUM: &str = "00000000000002cb08080000015a71ccbec0";
/// Stands for ten minutes, a position each minute.
const CHILE: &str = "0000000000000158080b0000015d4b4dc07a";
/// Drives at 81 km/h.
const FRANCE: &str = "00000000000003831004000001735ace37f8";
const DEGREE_KM: f64 = 111.195;

fn id<T: TypedId>(number: u128) -> T {
    T::from_uuid(Uuid::from_u128(number))
}

/// The positions of the message that begins so, in order; nothing where the messages are absent.
fn track(begins: &str) -> Option<Vec<Sample>> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/devices/device_messages.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("not tested: {} is absent", path.display());
        return None;
    };
    let line = text.lines().find(|line| line.contains(begins)).unwrap();
    let case: serde_json::Value = serde_json::from_str(line).unwrap();
    let bytes = devices::hex::decode(case["payload"].as_str().unwrap().as_bytes()).unwrap();
    let after_all = Timestamp::from_millis(1_790_000_000_000);
    let message = devices::Protocol::Teltonika.decode(&bytes, after_all).unwrap();
    let sample = |point: &devices::Point| Sample {
        position: point.position,
        at: point.at,
        speed_kmh: point.speed_kmh,
        heading: point.heading,
        mocked: None,
    };
    let mut track: Vec<Sample> = message.points.iter().map(sample).collect();
    track.sort_by_key(|sample| sample.at);
    Some(track)
}

fn moved(place: Position, north_km: f64, east_km: f64) -> Position {
    Position {
        latitude: place.latitude + north_km / DEGREE_KM,
        longitude: place.longitude + east_km / DEGREE_KM / place.latitude.to_radians().cos(),
    }
}

/// What is to be driven while the device says what it says.
struct Plan {
    /// Where the way leads, relative to the track's beginning, in km.
    way: [(f64, f64); 2],
    /// When it was promised to be at its end, from the track's beginning.
    promised: Duration,
}

/// Through the place to the south-east, and in no haste.
const THROUGH: Plan = Plan { way: [(30.0, -30.0), (-30.0, 30.0)], promised: Duration::from_secs(7 * 86_400) };

/// What is wrong on a trip with its freight aboard; judged with every position, and by the clock every minute.
fn alerts(track: &[Sample], plan: &Plan) -> BTreeSet<AlertKind> {
    let (first, last) = (track.first().unwrap(), track.last().unwrap());
    let line = plan.way.map(|(north, east)| moved(first.position, north, east));
    let window = Window { from: first.at, to: first.at.after(plan.promised) };
    let stop = |position| PlannedStop { position, window, planned_at: window.to };
    let terms = TripBegun {
        shipment: id(1),
        driver: id(2),
        carrier: id(3),
        shipper: id(4),
        pickup: stop(line[0]),
        delivery: stop(line[1]),
        stops: Vec::new(),
        vehicle: None,
    };
    let watch = Watch::default();
    watch.trip_event(id(7), id(8), &TripEvent::Begun(terms), first.at);
    let mut found = watch.seen(id(2), &track[..1], first.at);
    for status in [ShipmentStatus::EnRoutePickup, ShipmentStatus::Loading, ShipmentStatus::InTransit] {
        watch.courses.get_mut(&id(2)).unwrap().moved_on(id(1), status);
    }
    let [wanted] = watch.wanted_ways(9)[..] else { panic!("one way is wanted") };
    let km = line[0].distance_km(line[1]);
    let route = PlannedRoute {
        distance_m: km * 1000.0,
        duration_s: km / 70.0 * 3600.0,
        toll_m: 0.0,
        cost: None,
        geometry: line.to_vec(),
        steps: Vec::new(),
        slowed_by: Vec::new(),
    };
    let source = RouteSource::Roads { attribution: String::new() };
    let way = Way::of(&RouteAnswer { routes: Ok(vec![route]), source }).unwrap();
    watch.give_way(&wanted, way, Traffic::default(), first.at);
    let mut now = first.at;
    let mut ahead = track[1..].iter().peekable();
    while now < last.at {
        now = now.after(Duration::from_secs(60)).min(last.at);
        while let Some(sample) = ahead.next_if(|sample| sample.at <= now) {
            found.extend(watch.seen(id(2), std::slice::from_ref(sample), sample.at));
        }
        found.extend(watch.sweep(now));
    }
    let kind = |noted: Noted| match noted.finding {
        Finding::Wrong { kind, .. } => Some(kind),
        _ => None,
    };
    found.into_iter().filter_map(kind).collect()
}

#[test]
fn a_stop_of_26_minutes_is_long_and_nothing_else() {
    let Some(track) = track(PORTUGAL) else { return };
    assert_eq!(alerts(&track, &THROUGH), [AlertKind::LongStop].into());
}

#[test]
fn who_parks_overnight_is_stuck_and_silent() {
    let Some(track) = track(BELGIUM) else { return };
    let expected = [AlertKind::LongStop, AlertKind::Stuck, AlertKind::Silence];
    assert_eq!(alerts(&track, &THROUGH), expected.into());
}

#[test]
fn ten_minutes_at_a_kerb_and_a_cruise_are_nothing() {
    for begins in [CHILE, FRANCE] {
        let Some(track) = track(begins) else { return };
        assert_eq!(alerts(&track, &THROUGH), BTreeSet::new(), "{begins}");
    }
}

#[test]
fn who_drives_elsewhere_than_its_way_leads_is_off_it() {
    let Some(track) = track(PORTUGAL) else { return };
    let plan = Plan { way: [(40.0, 8.0), (-40.0, 8.0)], ..THROUGH };
    assert!(alerts(&track, &plan).contains(&AlertKind::OffRoute));
}

#[test]
fn who_cannot_keep_its_promise_any_more_is_late() {
    let Some(track) = track(PORTUGAL) else { return };
    let plan = Plan { promised: Duration::from_secs(300), ..THROUGH };
    assert!(alerts(&track, &plan).contains(&AlertKind::EtaSlip), "42 km in five minutes");
}

#[test]
fn who_drives_back_what_it_drove_turns_round() {
    let Some(track) = track(FRANCE) else { return };
    // A second of it, continued at its own speed for six minutes, and back.
    let (first, second) = (&track[0], &track[1]);
    let (north, east) = (
        second.position.latitude - first.position.latitude,
        second.position.longitude - first.position.longitude,
    );
    let at = |steps: i32, second: u64| Sample {
        position: Position {
            latitude: first.position.latitude + north * f64::from(steps),
            longitude: first.position.longitude + east * f64::from(steps),
        },
        at: first.at.after(Duration::from_millis(second * 1200)),
        ..first.clone()
    };
    let forth = (0..300_i32).map(|step| at(step, u64::from(step.unsigned_abs())));
    let back = (0..300_i32).map(|step| at(300 - step, 300 + u64::from(step.unsigned_abs())));
    let track: Vec<Sample> = forth.chain(back).collect();
    let along = |km: f64| (north * km / 0.027 * DEGREE_KM, east * km / 0.027 * DEGREE_KM * 0.672);
    let plan = Plan { way: [along(-20.0), along(40.0)], ..THROUGH };
    assert_eq!(alerts(&track, &plan), [AlertKind::OppositeDirection].into());
}

#[test]
fn two_trackers_under_one_identifier_jump() {
    let (Some(one), Some(other)) = (track(CHILE), track(PORTUGAL)) else { return };
    // Both report in the same minutes.
    let other = other
        .iter()
        .zip(&one)
        .map(|(sample, beside)| Sample { at: beside.at.after(Duration::from_secs(30)), ..sample.clone() });
    let mut track: Vec<Sample> = one.iter().cloned().chain(other).collect();
    track.sort_by_key(|sample| sample.at);
    assert!(alerts(&track, &THROUGH).contains(&AlertKind::ImpossibleJump));
}
