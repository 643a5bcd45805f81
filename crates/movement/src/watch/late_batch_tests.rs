//! What happened while a device had no network, sent at once.

use super::*;

/// Driven at 72 km/h, but for 25 min at the delivery; a position each 30 s.
fn late_batch() -> Vec<Sample> {
    let km = |second: u64| (second.min(10_000) + second.saturating_sub(11_510)) as f64 * 0.02;
    (0..12_000_u64).step_by(30).map(|second| sample(seconds(second), km(second), 0.0, 72.0)).collect()
}

const LATE: [(&str, u64); 6] = [
    ("geofence.entered", 4_950),
    ("geofence.dwelled", 5_010),
    ("geofence.left", 5_070),
    ("stop.arrived", 9_990),
    ("stop.dwelled", 10_590),
    ("stop.left", 11_580),
];

/// A geofence around a place of the road.
fn fence_at(km: f64) -> crate::geofences::Fence {
    let shape = crate::geofences::Shape::Circle { centre: place(km, 0.0), radius_m: 1_010.0 };
    crate::geofences::Fence::new(id(77), shape, Duration::from_secs(60)).unwrap()
}

/// What the log has of a trip's crossings, with seconds.
fn crossed(events: &[TripEvent]) -> Vec<(&'static str, u64)> {
    let at = |event: &TripEvent| match event {
        TripEvent::Arrived(arrived) => Some(arrived.at),
        TripEvent::Dwelled(dwelled) => Some(dwelled.at),
        TripEvent::Left(left) => Some(left.at),
        TripEvent::FenceEntered(entered) => Some(entered.0.at),
        TripEvent::FenceDwelled(dwelled) => Some(dwelled.0.at),
        TripEvent::FenceLeft(left) => Some(left.0.at),
        _ => None,
    };
    let named = |event| Some((contracts::Event::type_name(event), at(event)?.since(START).as_secs()));
    events.iter().filter_map(named).collect()
}

#[test]
fn what_happened_within_a_late_batch_is_found_at_its_own_time() {
    let mut bench = Bench::new();
    bench.stands(0, 60, 0.0);
    bench.watch.fences().put(id(7), fence_at(100.0));
    let before = bench.events.len();
    bench.sees(&late_batch(), seconds(12_600));
    let mut expected = LATE.to_vec();
    expected.insert(0, ("stop.left", 60));
    assert_eq!(crossed(&bench.events[before..]), expected);
    let left = bench.events.iter().rev().find_map(|event| match event {
        TripEvent::Left(left) => Some(left.detention.minutes),
        _ => None,
    });
    assert_eq!(left, Some(26), "and it is paid for what it waited");
}

#[test]
fn what_got_lost_of_a_late_batch_is_said_again_in_order_and_begins_no_second_visit() {
    let mut bench = Bench::new();
    bench.watch.fences().put(id(7), fence_at(100.0));
    let lost = bench.watch.seen(id(2), &late_batch(), seconds(12_600));
    assert!(bench.watch.sweep(seconds(12_630)).iter().all(|noted| !lost.contains(noted)));
    let again = bench.watch.sweep(seconds(12_660));
    assert_eq!(again.iter().filter(|noted| lost.contains(noted)).count(), 7, "{again:?}");
    let before = bench.events.len();
    bench.take_down([again.clone(), lost, again].concat(), seconds(12_660));
    let expected: Vec<_> = [("stop.left", 60)].into_iter().chain(LATE).collect();
    assert_eq!(crossed(&bench.events[before..]), expected);
    assert!(bench.watch.sweep(seconds(12_800)).is_empty());
}

#[test]
fn a_whole_trip_in_one_batch_goes_from_stop_to_stop() {
    let mut bench = Bench::booked(Watch::default());
    bench.sees(&[sample(START, -20.0, 0.0, 72.0)], START);
    bench.watch.courses.get_mut(&id(2)).unwrap().moved_on(id(1), ShipmentStatus::EnRoutePickup);
    // To the pickup, 20 min there, and on.
    let km = |second: u64| (second.min(1_000) + second.saturating_sub(2_210)) as f64 * 0.02 - 20.0;
    let track = |to: u64| (30..to).step_by(30).map(|second| sample(seconds(second), km(second), 0.0, 72.0));
    bench.sees(&track(12_240).collect::<Vec<_>>(), seconds(12_240));
    let expected =
        [("stop.arrived", 990), ("stop.dwelled", 1_590), ("stop.left", 2_280), ("stop.arrived", 12_210)];
    assert_eq!(crossed(&bench.events), expected);
    // The shipment follows what its truck did, which is no other way for it.
    let mut course = bench.watch.courses.get_mut(&id(2)).unwrap();
    let before = format!("{:?}", course.clone());
    for status in [ShipmentStatus::Loading, ShipmentStatus::InTransit] {
        course.moved_on(id(1), status);
    }
    let told = |text: &str| text.replace("told_status: InTransit", "told_status: EnRoutePickup");
    assert_eq!(told(&format!("{:?}", course.clone())), before);
}
