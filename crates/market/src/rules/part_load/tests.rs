use super::*;
use crate::fixtures::{HOUR, MILAN, ROME, id, morning, requested};
use contracts::shipment::Window;
use proptest::prelude::*;

const BOLOGNA: Position = Position { latitude: 44.4949, longitude: 11.3426 };
const FLORENCE: Position = Position { latitude: 43.7696, longitude: 11.2558 };
const TURIN: Position = Position { latitude: 45.0703, longitude: 7.6869 };

/// 2 t in 8 m3 between two places, at any hour of two days.
fn part(from: Position, to: Position) -> Requested {
    let window = Window { from: morning(), to: morning().after(48 * HOUR) };
    let mut request = requested();
    request.pickup = Stop { position: from, window };
    request.delivery = Stop { position: to, window };
    (request.cargo.weight_kg, request.cargo.volume_m3) = (2000.0, 8.0);
    request.road_km = from.assumed_road_km(to);
    request
}

fn aboard(shipment: u128, request: &Requested) -> Carried<'_> {
    Carried { shipment: id(shipment), request, status: ShipmentStatus::InTransit }
}

/// A truck of 12 t and 50 m3 at Milan.
fn trip<'a>(carried: Vec<Carried<'a>>, stops: &'a [TripStop]) -> SharedTrip<'a> {
    SharedTrip { carried, stops, place: Some(MILAN), capacity_kg: 12_000.0, capacity_m3: 50.0 }
}

fn with(trip: &SharedTrip<'_>, next: &Requested) -> Option<PartLoad> {
    trip.with(id(9), next, 80.0, morning())
}

fn stop(shipment: u128, stop: StopKind) -> TripStop {
    TripStop { shipment: id(shipment), stop }
}

#[test]
fn what_lies_on_the_way_is_loaded_and_delivered_before_the_present_load() {
    let present = requested();
    let load = with(&trip(vec![aboard(1, &present)], &[]), &part(BOLOGNA, FLORENCE)).unwrap();
    let order = [stop(9, StopKind::Pickup), stop(9, StopKind::Delivery), stop(1, StopKind::Delivery)];
    assert_eq!((load.along, load.stops.as_slice()), (id(1), order.as_slice()));
    let by_way =
        MILAN.assumed_road_km(BOLOGNA) + BOLOGNA.assumed_road_km(FLORENCE) + FLORENCE.assumed_road_km(ROME);
    assert!((load.extra_km - (by_way - MILAN.assumed_road_km(ROME))).abs() < 1e-6, "{load:?}");
    assert!((load.approach_km - MILAN.assumed_road_km(BOLOGNA)).abs() < 1e-6);
    // 0.50 a km, and two hours and the detour at 25 an hour.
    let cost = 0.5f64.mul_add(load.extra_km, 25.0 * (2.0 + load.extra_km / 70.0));
    assert!((load.extra_cost.minor as f64 / 100.0 - cost).abs() < 0.02, "{load:?} {cost}");
    let minutes = load.offer().extra_minutes;
    assert!((660..=840).contains(&minutes), "the detour brings the day's rest: {minutes}");
    assert_eq!(load.ends_at, ROME);
}

#[test]
fn before_it_leaves_both_are_loaded_first() {
    let present = requested();
    let booked = Carried { status: ShipmentStatus::Booked, ..aboard(1, &present) };
    let load = with(&trip(vec![booked], &[]), &part(MILAN, ROME)).unwrap();
    assert!(load.extra_km < 1e-6, "the same way: {load:?}");
    let loads = load.stops.iter().map(|stop| stop.stop).take(2).collect::<Vec<_>>();
    assert_eq!(loads, [StopKind::Pickup; 2]);
}

#[test]
fn a_stop_that_is_served_stays_the_first() {
    let present = requested();
    let loading = Carried { status: ShipmentStatus::Loading, ..aboard(1, &present) };
    let load = with(&trip(vec![loading], &[]), &part(MILAN, ROME)).unwrap();
    assert_eq!(load.stops[0], stop(1, StopKind::Pickup));
    assert!(load.estimate.pickup_at >= morning().after(HOUR), "when the first is loaded");
}

#[test]
fn there_must_be_room_at_every_point() {
    let present = requested();
    let heavy = |tonnes: f64| {
        let mut request = part(BOLOGNA, FLORENCE);
        request.cargo.weight_kg = tonnes * 1000.0;
        request
    };
    let full = trip(vec![aboard(1, &present)], &[]);
    assert!(with(&full, &heavy(2.2)).is_some(), "85 % of 12 t");
    assert_eq!(with(&full, &heavy(2.3)), None);
    let bulky = Requested {
        cargo: contracts::shipment::Cargo { volume_m3: 12.6, ..part(BOLOGNA, FLORENCE).cargo },
        ..part(BOLOGNA, FLORENCE)
    };
    assert_eq!(with(&full, &bulky), None, "85 % of 50 m3");
    // 8 t leave it at Bologna; what is loaded there may be as heavy.
    let mut first = requested();
    first.delivery.position = BOLOGNA;
    first.delivery.window.from = morning();
    let second = part(MILAN, ROME);
    let stops = [stop(1, StopKind::Delivery), stop(2, StopKind::Delivery)];
    let load = with(&trip(vec![aboard(1, &first), aboard(2, &second)], &stops), &heavy(7.0)).unwrap();
    assert_eq!(load.stops[0], stop(1, StopKind::Delivery));
    assert_eq!(load.stops[3], stop(2, StopKind::Delivery));
}

#[test]
fn the_windows_of_what_is_aboard_are_kept() {
    let mut present = requested();
    present.delivery.window = Window { from: morning(), to: morning().after(10 * HOUR) };
    let next = part(BOLOGNA, FLORENCE);
    assert_eq!(with(&trip(vec![aboard(1, &present)], &[]), &next), None, "a day's rest more is too late");
    present.delivery.window.to = morning().after(25 * HOUR);
    assert!(with(&trip(vec![aboard(1, &present)], &[]), &next).is_some());
    let mut closed = next;
    closed.pickup.window.to = morning().after(HOUR);
    assert_eq!(with(&trip(vec![aboard(1, &present)], &[]), &closed), None, "its own too");
}

#[test]
fn what_lies_elsewhere_or_only_follows_is_no_part_load() {
    let present = requested();
    let truck = trip(vec![aboard(1, &present)], &[]);
    assert_eq!(with(&truck, &part(TURIN, ROME)), None, "the other way");
    assert_eq!(with(&truck, &part(ROME, MILAN)), None, "that is a load on the way back");
    assert_eq!(truck.with(id(9), &part(BOLOGNA, FLORENCE), 40.0, morning()), None, "46 km");
    let lost = SharedTrip { place: None, ..truck };
    assert_eq!(with(&lost, &part(BOLOGNA, FLORENCE)), None, "nobody knows where it is");
}

#[test]
fn some_freight_has_its_truck_for_itself() {
    let present = requested();
    let truck = trip(vec![aboard(1, &present)], &[]);
    let dedicated = Requested { service_level: ServiceLevel::Dedicated, ..part(BOLOGNA, FLORENCE) };
    let kind = |kind: &str| {
        let mut request = part(BOLOGNA, FLORENCE);
        request.cargo.kind = kind.to_owned();
        request
    };
    for alone in [dedicated, kind(HAZMAT), kind(REFRIGERATED)] {
        assert_eq!(with(&truck, &alone), None);
        assert!(!may_share(&alone, &present) && !may_share(&present, &alone));
    }
    assert!(may_share(&kind(REFRIGERATED), &kind(REFRIGERATED)));
}

proptest! {
    /// Played through again with figures of its own.
    #[test]
    fn what_is_carried_along_breaks_no_promise(
        places in proptest::collection::vec((43.0..46.0_f64, 9.0..12.0_f64), 6),
        tonnes in proptest::collection::vec(0.5..9.0_f64, 3),
        aboard_now in proptest::collection::vec(any::<bool>(), 2),
        hours in proptest::collection::vec(2_u32..40, 6),
    ) {
        let place = |at: usize| Position { latitude: places[at].0, longitude: places[at].1 };
        let requests: Vec<Requested> = (0..3).map(|n| {
            let mut request = part(place(2 * n), place(2 * n + 1));
            request.cargo.weight_kg = tonnes[n] * 1000.0;
            request.pickup.window.to = morning().after(hours[2 * n] * HOUR);
            request.delivery.window.to = morning().after((hours[2 * n] + hours[2 * n + 1]) * HOUR);
            request
        }).collect();
        let status = |is_aboard| if is_aboard { ShipmentStatus::InTransit } else { ShipmentStatus::Booked };
        let carried: Vec<Carried<'_>> = (0..2).map(|n| Carried {
            shipment: id(n as u128), request: &requests[n], status: status(aboard_now[n]),
        }).collect();
        let stops: Vec<TripStop> = StopKind::ALL.iter().flat_map(|kind| [stop(0, *kind), stop(1, *kind)]).collect();
        let truck = trip(carried.clone(), &stops);
        let Some(load) = truck.with(id(2), &requests[2], 200.0, morning()) else { return Ok(()) };
        let kept: Vec<TripStop> = load.stops.iter().copied().filter(|at| at.shipment != id(2)).collect();
        let ahead: Vec<TripStop> = stops.iter().copied()
            .filter(|at| at.stop == StopKind::Delivery || carried.iter().any(|c| c.shipment == at.shipment && !c.is_aboard()))
            .collect();
        prop_assert_eq!(&kept, &ahead, "the present stops stay in their order");
        prop_assert!(load.extra_km >= -1e-6 && load.extra_km <= 200.0);
        let (mut weight, mut at, mut here) = (0.0, morning(), MILAN);
        for one in carried.iter().filter(|one| one.is_aboard()) {
            weight += one.request.cargo.weight_kg;
        }
        prop_assert!(load.stops.len() == ahead.len() + 2);
        for next in &load.stops {
            let number = (0..3_u128).find(|n| id::<ShipmentId>(*n) == next.shipment).unwrap() as usize;
            let request = &requests[number];
            let (place, sign) = match next.stop {
                StopKind::Pickup => (&request.pickup, 1.0),
                StopKind::Delivery => (&request.delivery, -1.0),
            };
            // At the least without pauses.
            at = at.after(driving_time(here.assumed_road_km(place.position), TRIP_KM_PER_HOUR));
            prop_assert!(at <= place.window.to, "{next:?} at {at}");
            at = at.after(LOADING);
            here = place.position;
            weight += sign * request.cargo.weight_kg;
            prop_assert!(weight <= 10_200.0 + 1e-6, "{weight} kg");
        }
        prop_assert!(load.estimate.pickup_at <= requests[2].pickup.window.to);
        prop_assert!(load.estimate.delivery_at <= requests[2].delivery.window.to);
    }
}
