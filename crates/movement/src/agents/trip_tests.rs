use super::*;
use contracts::Event as _;
use kernel::{DriverId, OrganisationId, ShipmentId, TypedId, Uuid};

const NOW: Timestamp = Timestamp::from_millis(1_772_352_000_000);

fn id<T: TypedId>(number: u128) -> T {
    T::from_uuid(Uuid::from_u128(number))
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

fn stop(latitude: f64, opens: Timestamp) -> PlannedStop {
    let window = Window { from: opens, to: opens.after(minutes(120)) };
    PlannedStop {
        position: Position { latitude, longitude: 9.0 },
        window,
        planned_at: opens.after(minutes(60)),
    }
}

fn terms() -> TripBegun {
    TripBegun {
        shipment: id::<ShipmentId>(1),
        driver: id::<DriverId>(2),
        carrier: id::<OrganisationId>(3),
        shipper: id::<OrganisationId>(4),
        pickup: stop(45.0, NOW),
        delivery: stop(46.0, NOW.after(minutes(300))),
        stops: Vec::new(),
        vehicle: None,
    }
}

fn act(trip: &mut Trip, command: &TripCommand, now: Timestamp) -> Vec<&'static str> {
    let events = trip.decide(command, now).unwrap();
    events.iter().for_each(|event| trip.evolve(event, now));
    events.iter().map(contracts::Event::type_name).collect()
}

fn note(trip: &mut Trip, finding: Finding) -> Vec<&'static str> {
    act(trip, &TripCommand::Note { finding, alert: id(77) }, NOW)
}

fn running() -> Trip {
    let mut trip = Trip::default();
    assert_eq!(act(&mut trip, &TripCommand::Begin(Box::new(terms())), NOW), ["trip.begun"]);
    trip
}

fn wrong(kind: AlertKind) -> Finding {
    let place = Some(Position { latitude: 45.123_456, longitude: 9.987_654 });
    Finding::Wrong { kind, since: NOW, place, figure: 16.04, by_device: false }
}

#[test]
fn an_alert_is_raised_once_until_it_is_cleared() {
    let mut trip = running();
    assert_eq!(note(&mut trip, wrong(AlertKind::Stuck)), ["alert.raised"]);
    assert!(note(&mut trip, wrong(AlertKind::Stuck)).is_empty());
    let right = Finding::Right { kind: AlertKind::Stuck, at: NOW };
    assert_eq!(note(&mut trip, right), ["alert.cleared"]);
    assert!(note(&mut trip, right).is_empty());
    assert_eq!(note(&mut trip, wrong(AlertKind::Stuck)), ["alert.raised"]);
}

#[test]
fn an_alert_says_where_to_a_hundred_metres_only() {
    let trip = running();
    let raised = trip.note(&wrong(AlertKind::Silence), id(5));
    let [TripEvent::AlertRaised(raised)] = &raised[..] else { panic!("{raised:?}") };
    assert_eq!(raised.place, Some(Position { latitude: 45.123, longitude: 9.988 }));
    assert!((raised.figure - 16.0).abs() < 1e-9);
}

#[test]
fn who_closes_an_alert_is_not_told_again_while_its_cause_lasts() {
    let mut trip = running();
    note(&mut trip, wrong(AlertKind::OffRoute));
    let by = id::<UserId>(9);
    for expected in [vec!["alert.acknowledged"], vec![]] {
        assert_eq!(act(&mut trip, &TripCommand::Acknowledge { alert: id(77), by }, NOW), expected);
    }
    for expected in [vec!["alert.closed"], vec![]] {
        assert_eq!(act(&mut trip, &TripCommand::Close { alert: id(77), by }, NOW), expected);
    }
    assert!(note(&mut trip, wrong(AlertKind::OffRoute)).is_empty());
    let unknown = trip.decide(&TripCommand::Close { alert: id(78), by }, NOW).unwrap_err();
    assert_eq!(unknown.code, "alert.unknown");
}

#[test]
fn a_delay_is_told_at_each_half_hour_and_anew_after_it_was_made_good() {
    let mut trip = running();
    let late = |minutes_late: u64| {
        let eta = NOW.after(minutes(60 + minutes_late));
        Finding::Late { stop: StopKind::Pickup, eta, at: NOW }
    };
    assert!(note(&mut trip, late(29)).is_empty());
    assert_eq!(note(&mut trip, late(31)), ["delay.reported"]);
    assert!(note(&mut trip, late(60)).is_empty());
    assert_eq!(note(&mut trip, late(61)), ["delay.reported"]);
    note(&mut trip, wrong(AlertKind::EtaSlip));
    note(&mut trip, Finding::Right { kind: AlertKind::EtaSlip, at: NOW });
    assert_eq!(note(&mut trip, late(31)), ["delay.reported"]);
}

#[test]
fn detention_runs_from_the_arrival_to_the_departure_or_the_proof() {
    let mut trip = running();
    let arrived = |stop, at| Finding::Arrived { stop, at, driven_s: 60, planned_s: None };
    assert!(note(&mut trip, Finding::Left { stop: StopKind::Pickup, at: NOW }).is_empty(), "was never there");
    assert_eq!(note(&mut trip, arrived(StopKind::Pickup, NOW)), ["stop.arrived"]);
    assert!(note(&mut trip, arrived(StopKind::Pickup, NOW.after(minutes(1)))).is_empty());
    assert_eq!(note(&mut trip, Finding::Dwelled { stop: StopKind::Pickup, at: NOW }), ["stop.dwelled"]);
    let left = Finding::Left { stop: StopKind::Pickup, at: NOW.after(minutes(90)) };
    assert_eq!(note(&mut trip, left), ["stop.left"]);
    assert_eq!((trip.pickup.detention_minutes, trip.pickup.detention_minor), (90, 2_500));
    note(&mut trip, arrived(StopKind::Delivery, NOW.after(minutes(310))));
    note(&mut trip, wrong(AlertKind::Silence));
    let end = TripCommand::End(TripEnd::Delivered);
    let events = trip.decide(&end, NOW.after(minutes(350))).unwrap();
    let Some(TripEvent::Ended(ended)) = events.last() else { panic!("it ends: {events:?}") };
    assert_eq!(ended.detention, Some(Money::new(2_500 + 417, Currency::EUR)), "an hour, and ten minutes");
    assert_eq!(act(&mut trip, &end, NOW.after(minutes(350))), ["stop.left", "trip.ended"]);
    assert_eq!((trip.delivery.detention_minutes, trip.alerts.len()), (40, 0));
    assert!(act(&mut trip, &end, NOW).is_empty());
    assert!(note(&mut trip, wrong(AlertKind::Stuck)).is_empty(), "nobody watches it any more");
}

#[test]
fn a_geofence_is_entered_stayed_in_and_left() {
    let mut trip = running();
    let geofence = id::<GeofenceId>(8);
    assert!(note(&mut trip, Finding::Exited { geofence, at: NOW }).is_empty());
    assert_eq!(note(&mut trip, Finding::Entered { geofence, at: NOW }), ["geofence.entered"]);
    assert_eq!(note(&mut trip, Finding::Stayed { geofence, at: NOW }), ["geofence.dwelled"]);
    assert!(note(&mut trip, Finding::Stayed { geofence, at: NOW }).is_empty());
    assert_eq!(note(&mut trip, Finding::Exited { geofence, at: NOW }), ["geofence.left"]);
}

/// One recorded sample of every event as it lies in the log: whatever changes, these must be read.
#[test]
fn every_recorded_event_is_still_read() {
    let shipment = "shp_00000000000000000000000000000001";
    let stop = r#"{"position":{"latitude":45.0,"longitude":9.0},"window":{"from":1,"to":3},"planned_at":2}"#;
    let crossed =
        format!(r#"{{"geofence":"gfc_00000000000000000000000000000005","shipment":"{shipment}","at":5}}"#);
    let seen = format!(
        r#"{{"alert":"alr_00000000000000000000000000000006","shipment":"{shipment}","by":"usr_00000000000000000000000000000007"}}"#
    );
    let samples = [
        (
            "trip.begun",
            format!(
                r#"{{"shipment":"{shipment}","driver":"drv_00000000000000000000000000000002","carrier":"org_00000000000000000000000000000003","shipper":"org_00000000000000000000000000000004","pickup":{stop},"delivery":{stop}}}"#
            ),
        ),
        ("trip.ended", format!(r#"{{"shipment":"{shipment}","end":"called_off"}}"#)),
        (
            "stop.arrived",
            format!(r#"{{"shipment":"{shipment}","stop":"pickup","at":5,"driven_s":60,"planned_s":70}}"#),
        ),
        ("stop.dwelled", format!(r#"{{"shipment":"{shipment}","stop":"pickup","at":5}}"#)),
        (
            "stop.left",
            format!(
                r#"{{"shipment":"{shipment}","stop":"delivery","at":5,"detention":{{"minutes":31,"paid_minutes":1,"amount":{{"minor":42,"currency":"EUR"}}}}}}"#
            ),
        ),
        (
            "driver.arriving",
            format!(
                r#"{{"shipment":"{shipment}","driver":"drv_00000000000000000000000000000002","stop":"pickup","eta":9,"at":5}}"#
            ),
        ),
        (
            "delay.reported",
            format!(
                r#"{{"shipment":"{shipment}","stop":"delivery","planned_at":1,"eta":1900000001,"late_by_s":1900,"at":5}}"#
            ),
        ),
        (
            "route.updated",
            format!(
                r#"{{"shipment":"{shipment}","driver":"drv_00000000000000000000000000000002","stop":"delivery","reason":"closure","incident":"inc_00000000000000000000000000000008","before":{{"distance_m":9000,"duration_s":600}},"after":{{"distance_m":29000,"duration_s":3300}},"eta":9,"at":5}}"#
            ),
        ),
        (
            "alert.raised",
            format!(
                r#"{{"alert":"alr_00000000000000000000000000000006","kind":"long_stop","shipment":"{shipment}","driver":"drv_00000000000000000000000000000002","carrier":"org_00000000000000000000000000000003","shipper":"org_00000000000000000000000000000004","since":5,"place":{{"latitude":45.0,"longitude":9.0}},"figure":16.0}}"#
            ),
        ),
        (
            "alert.cleared",
            format!(r#"{{"alert":"alr_00000000000000000000000000000006","shipment":"{shipment}","at":5}}"#),
        ),
        ("alert.acknowledged", seen.clone()),
        ("alert.closed", seen),
        ("geofence.entered", crossed.clone()),
        ("geofence.dwelled", crossed.clone()),
        ("geofence.left", crossed),
    ];
    assert_eq!(samples.each_ref().map(|(name, _)| *name), TripEvent::TYPES);
    for (name, payload) in samples {
        let event = TripEvent::decode(name, 1, &payload).unwrap();
        assert_eq!((event.type_name(), event.encode().unwrap()), (name, payload));
    }
}
