use super::*;
use crate::{
    fixtures::{HOUR, MILAN, ROME, id, morning, registered, requested, seconds},
    rules::eligibility::{Load, Truck, reasons},
};
use contracts::{
    driver::{
        Committed, DriverProfile, Freed, OperatingHours, PresenceChanged, ProfileChanged, Registered,
        Reinstated, ServiceArea, Suspended, VehicleType,
    },
    shipment::Requested,
    tracking::{StopKind, TripStop},
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Feeds one driver's events in order.
struct Feed {
    index: LiveDrivers,
    versions: BTreeMap<u128, i64>,
}

impl Feed {
    fn new() -> Self {
        Self { index: LiveDrivers::new(seconds(900)), versions: BTreeMap::new() }
    }

    fn send(&mut self, driver: u128, event: impl Into<DriverEvent>) {
        let version = self.versions.entry(driver).or_insert(0);
        *version += 1;
        self.index.apply(id(driver), *version, &event.into());
    }

    fn online(&mut self, driver: u128, registered: Registered) {
        self.send(driver, registered);
        self.send(driver, PresenceChanged { online: true });
    }

    fn see(&self, driver: u128, position: Position, at: Timestamp) {
        self.index.moved(LivePosition { driver: id(driver), position, at }, at);
    }
}

fn wanted(request: &Requested) -> Wanted<'_> {
    Wanted {
        tenant: request.tenant,
        load: Load::of(request, 1.0, morning().after(2 * HOUR), morning().after(14 * HOUR)),
        only_carrier: None,
        exclude: &[],
        limit: 50,
        returning_within_km: None,
        now: morning(),
    }
}

/// A booking for a trip to a place.
fn committed(shipment: u128, ends_at: Option<Position>) -> Committed {
    Committed { shipment: id(shipment), bid: None, after: None, ends_at, stops: Vec::new() }
}

fn found(index: &LiveDrivers, wanted: &Wanted<'_>) -> Vec<DriverId> {
    index.nearest(wanted).into_iter().map(|nearby| nearby.driver).collect()
}

fn near_milan(km_east: f64) -> Position {
    Position { latitude: MILAN.latitude, longitude: MILAN.longitude + km_east / 78.0 }
}

#[test]
fn the_nearest_come_first_and_only_so_many() {
    let mut feed = Feed::new();
    for driver in 1..=5_u128 {
        let mut registered = registered(300 + driver);
        registered.profile.base = near_milan(10.0 * (6 - driver) as f64);
        feed.online(driver, registered);
    }
    let request = requested();
    assert_eq!(found(&feed.index, &wanted(&request)), [5, 4, 3, 2, 1].map(id::<DriverId>));
    assert_eq!(found(&feed.index, &Wanted { limit: 2, ..wanted(&request) }), [5, 4].map(id::<DriverId>));
    let excluded = [id(5), id(3)];
    assert_eq!(
        found(&feed.index, &Wanted { exclude: &excluded, ..wanted(&request) }),
        [4, 2, 1].map(id::<DriverId>)
    );
    let only = Wanted { only_carrier: Some(id(303)), ..wanted(&request) };
    assert_eq!(found(&feed.index, &only), [id::<DriverId>(3)]);
    assert!(found(&feed.index, &Wanted { limit: 0, ..wanted(&request) }).is_empty());
    assert!(
        found(&feed.index, &Wanted { tenant: id(77), ..wanted(&request) }).is_empty(),
        "another tenant's market"
    );
}

#[test]
fn a_driver_is_found_only_while_it_takes_offers() {
    let mut feed = Feed::new();
    let request = requested();
    let is_found = |feed: &Feed| !found(&feed.index, &wanted(&request)).is_empty();
    feed.send(1, registered(300));
    assert!(!is_found(&feed));
    feed.send(1, PresenceChanged { online: true });
    assert!(is_found(&feed));
    feed.send(1, committed(9, None));
    assert!(!is_found(&feed));
    let freed = Freed {
        shipment: id(9),
        bid: None,
        delivered: false,
        on_time: None,
        cargo_kind: String::new(),
        at: None,
        goes_on: None,
    };
    feed.send(1, freed);
    assert!(is_found(&feed));
    feed.send(1, Suspended { reason: "low_ratings".into() });
    assert!(!is_found(&feed));
    feed.send(1, Reinstated {});
    assert!(is_found(&feed));
    let profile = DriverProfile { licence_valid_until: morning(), ..registered(300).profile };
    feed.send(1, ProfileChanged { profile });
    assert!(!is_found(&feed), "its licence has ended");
    assert_eq!(feed.index.counts(), (1, 1));
}

#[test]
fn one_that_is_loaded_is_found_where_its_trip_ends() {
    let mut feed = Feed::new();
    let mut far = registered(300);
    far.profile.base = Position { latitude: 37.5, longitude: 15.08 };
    feed.online(1, far);
    let request = requested();
    let back = |km| Wanted { returning_within_km: Some(km), ..wanted(&request) };
    feed.send(1, committed(9, Some(near_milan(40.0))));
    assert!(found(&feed.index, &back(100.0)).is_empty(), "it is not loaded yet");
    feed.index.loaded(id(1), id(8));
    assert!(found(&feed.index, &back(100.0)).is_empty(), "nor is another shipment its own");
    feed.index.loaded(id(1), id(9));
    assert_eq!(found(&feed.index, &back(100.0)), [id::<DriverId>(1)]);
    assert!(found(&feed.index, &back(30.0)).is_empty(), "too far from where it ends");
    assert!(found(&feed.index, &wanted(&request)).is_empty(), "it is not free");
    feed.send(1, Committed { after: Some(id(9)), ..committed(10, Some(near_milan(20.0))) });
    assert!(found(&feed.index, &back(100.0)).is_empty(), "what follows is booked");
    let freed = Freed {
        shipment: id(9),
        bid: None,
        delivered: true,
        on_time: None,
        cargo_kind: String::new(),
        at: None,
        goes_on: Some(id(10)),
    };
    feed.send(1, freed);
    feed.index.loaded(id(1), id(10));
    assert_eq!(found(&feed.index, &back(30.0)), [id::<DriverId>(1)], "now it ends nearer");
}

/// From Bologna to Florence.
fn on_the_way() -> Requested {
    let mut request = requested();
    request.pickup.position = Position { latitude: 44.4949, longitude: 11.3426 };
    request.delivery.position = Position { latitude: 43.7696, longitude: 11.2558 };
    request
}

#[test]
fn trucks_that_come_by_are_found_wherever_they_are() {
    let mut feed = Feed::new();
    let request = on_the_way();
    let passing = |feed: &Feed, km| {
        let found = feed.index.passing(&wanted(&request), km);
        found.into_iter().map(|nearby| nearby.driver).collect::<Vec<DriverId>>()
    };
    feed.online(1, registered(300));
    assert!(passing(&feed, 80.0).is_empty(), "it is free");
    feed.send(1, committed(10, Some(ROME)));
    assert_eq!(passing(&feed, 80.0), [id::<DriverId>(1)], "200 km away, on its way to Rome");
    assert!(passing(&feed, 20.0).is_empty(), "27 km by way of Bologna");
    feed.online(2, registered(301));
    feed.send(2, committed(20, Some(near_milan(20.0))));
    assert_eq!(passing(&feed, 80.0), [id::<DriverId>(1)], "the other one stays near Milan");
    let only = Wanted { only_carrier: Some(id(301)), ..wanted(&request) };
    assert!(feed.index.passing(&only, 80.0).is_empty());
    feed.send(2, Committed { after: Some(id(20)), ..committed(21, Some(ROME)) });
    feed.see(1, ROME, morning());
    assert!(passing(&feed, 80.0).is_empty(), "it has come by");
    feed.see(1, MILAN, morning().after(seconds(1)));
    assert_eq!(passing(&feed, 80.0).len(), 1);
}

#[test]
fn a_truck_with_part_loads_is_found_until_it_is_full_of_stops() {
    let mut feed = Feed::new();
    let request = on_the_way();
    let is_found = |feed: &Feed| !feed.index.passing(&wanted(&request), 80.0).is_empty();
    let back = Wanted { returning_within_km: Some(50.0), ..wanted(&request) };
    feed.online(1, registered(300));
    feed.send(1, committed(1, Some(ROME)));
    let stop = |shipment: u128| TripStop { shipment: id(shipment), stop: StopKind::Delivery };
    for number in 2..=4_u128 {
        assert!(is_found(&feed));
        let stops = (1..=number).map(stop).collect();
        feed.send(1, Committed { stops, ..committed(number, Some(ROME)) });
    }
    assert!(!is_found(&feed), "four shipments");
    for number in 1..=4 {
        feed.index.loaded(id(1), id(number));
    }
    let freed = |shipment: u128, goes_on: u128| Freed {
        shipment: id(shipment),
        bid: None,
        delivered: true,
        on_time: None,
        cargo_kind: String::new(),
        at: None,
        goes_on: Some(id(goes_on)),
    };
    feed.send(1, freed(1, 2));
    assert!(is_found(&feed), "one has left");
    feed.send(1, freed(3, 2));
    feed.send(
        1,
        Committed { stops: vec![stop(2), stop(4), stop(5)], ..committed(5, Some(request.pickup.position)) },
    );
    feed.send(1, freed(5, 2));
    assert!(found(&feed.index, &back).is_empty(), "two are aboard");
    feed.send(1, freed(2, 4));
    assert_eq!(
        found(&feed.index, &back),
        [id::<DriverId>(1)],
        "the last one is aboard, and its trip ends there"
    );
}

#[test]
fn a_live_position_counts_until_it_is_stale() {
    let mut feed = Feed::new();
    let mut far = registered(300);
    far.profile.base = Position { latitude: 37.5, longitude: 15.08 };
    feed.online(1, far);
    let request = requested();
    let at = |now| Wanted { now, ..wanted(&request) };
    assert!(found(&feed.index, &at(morning())).is_empty(), "Catania is far away");
    feed.see(1, near_milan(3.0), morning());
    let nearby = feed.index.nearest(&at(morning()));
    assert!((nearby[0].km - near_milan(3.0).distance_km(MILAN)).abs() < 1e-6);
    feed.see(1, near_milan(200.0), morning().before(seconds(60)));
    assert_eq!(
        feed.index.live_position(id(1), morning()),
        Some(near_milan(3.0)),
        "an older point replaces nothing"
    );
    assert_eq!(found(&feed.index, &at(morning().after(seconds(900)))).len(), 1, "fifteen minutes are live");
    feed.see(1, near_milan(4.0), morning().after(seconds(600)));
    assert_eq!(found(&feed.index, &at(morning().after(seconds(1500)))).len(), 1, "it moved meanwhile");
    let stale = morning().after(seconds(1501));
    assert!(found(&feed.index, &at(stale)).is_empty(), "it counts from its base again");
    assert_eq!(feed.index.live_position(id(1), stale), None);
    feed.see(1, near_milan(5.0), stale);
    assert_eq!(found(&feed.index, &at(stale)).len(), 1, "and is found where it shows up");
    feed.see(99, MILAN, morning());
    assert_eq!(feed.index.counts(), (1, 1), "unknown drivers are nobody");
}

#[test]
fn a_position_is_stale_after_a_minute_and_each_new_one_clears_others_away() {
    assert_eq!(LIVE_FOR, seconds(60));
    let mut feed = Feed { index: LiveDrivers::default(), versions: BTreeMap::new() };
    let mut far = registered(300);
    far.profile.base = Position { latitude: 37.5, longitude: 15.08 };
    let drivers = 100;
    for driver in 1..=drivers {
        feed.online(driver, far.clone());
        feed.see(driver, near_milan(3.0), morning());
    }
    let request = requested();
    let at = |now| Wanted { now, limit: 1000, ..wanted(&request) };
    assert_eq!(found(&feed.index, &at(morning().after(seconds(60)))).len(), 100, "all are live for a minute");
    // One goes on reporting. Its reports alone file the others at their base, in few steps each.
    let later = morning().after(seconds(61));
    for report in 0..=drivers / CLEARED_PER_MOVE as u128 {
        feed.see(1, near_milan(3.0), later.after(seconds(u64::try_from(report).unwrap())));
    }
    let filed = |feed: &Feed| feed.index.index.read().rows.iter().filter(|row| row.live.is_some()).count();
    assert_eq!(filed(&feed), 1, "without a search");
    assert_eq!(found(&feed.index, &at(later)), [id::<DriverId>(1)]);
}

#[test]
fn a_carriers_own_papers_count_for_all_its_drivers() {
    let mut feed = Feed::new();
    feed.online(1, registered(300));
    feed.online(2, registered(301));
    let request = requested();
    let papers = |until| CarrierProfileWritten {
        tenant: id(1),
        organisation: id(300),
        licence_number: None,
        licence_valid_until: until,
        insurance_valid_until: until,
    };
    feed.index.apply_papers(&papers(morning()));
    assert_eq!(found(&feed.index, &wanted(&request)), [id::<DriverId>(2)]);
    feed.online(3, registered(300));
    assert_eq!(found(&feed.index, &wanted(&request)), [id::<DriverId>(2)], "also for those that come later");
    feed.index.apply_papers(&papers(morning().after(100 * HOUR)));
    assert_eq!(found(&feed.index, &wanted(&request)).len(), 3);
}

#[test]
fn warming_and_the_log_may_overlap() {
    let index = LiveDrivers::default();
    // Committed while the view was being read: once before its row was read, once after.
    index.apply(id(1), 2, &PresenceChanged { online: true }.into());
    index.apply(id(2), 2, &PresenceChanged { online: true }.into());
    let row = |driver, version, online| WarmDriver {
        driver: id(driver),
        version,
        registered: registered(300),
        online,
        on: None,
        ends_at: None,
        loaded: false,
        suspended: false,
    };
    index.warm(
        vec![row(1, 3, false), row(2, 1, false), row(3, 5, true)],
        vec![(id(300), morning().after(50 * HOUR))],
    );
    let request = requested();
    assert_eq!(found(&index, &wanted(&request)), [2, 3].map(id::<DriverId>), "1 went offline at version 3");
    assert_eq!(index.carrier_papers_until(id(300)), Some(morning().after(50 * HOUR)));
}

#[test]
fn circles_over_the_date_line_and_at_the_poles_are_whole() {
    for (pickup, base) in
        [((-17.8, 179.99), (-17.8, -179.9)), ((89.9, 0.0), (89.9, 180.0)), ((-90.0, 5.0), (-89.5, 90.0))]
    {
        let mut feed = Feed::new();
        let mut registered = registered(300);
        registered.profile.base = Position { latitude: base.0, longitude: base.1 };
        feed.online(1, registered);
        let mut request = requested();
        request.pickup.position = Position { latitude: pickup.0, longitude: pickup.1 };
        assert_eq!(found(&feed.index, &wanted(&request)).len(), 1, "{pickup:?} to {base:?}");
    }
}

/// A driver with everything that eligibility looks at.
#[derive(Debug, Clone)]
struct Any {
    registered: Registered,
    online: bool,
    busy: bool,
    suspended: bool,
    live: Option<Position>,
}

fn somewhere() -> impl Strategy<Value = Position> {
    prop_oneof![
        // Dense around Milan, thin over the globe.
        4 => (44.0..47.0_f64, 7.0..12.0_f64),
        1 => (-90.0..=90.0_f64, -180.0..=180.0_f64),
    ]
    .prop_map(|(latitude, longitude)| Position { latitude, longitude })
}

fn any_driver() -> impl Strategy<Value = Any> {
    let truck = (
        500.0..20_000.0_f64,
        5.0..80.0_f64,
        0..2_u8,
        proptest::sample::subsequence(vec!["lift_gate", "adr"], 0..=2),
    );
    let reach = (somewhere(), 1.0..600.0_f64, proptest::option::weighted(0.2, (somewhere(), 1.0..900.0_f64)));
    let limits = (proptest::option::weighted(0.3, (0_u16..1440, 0_u16..=1440)), 0_u64..30, 300_u128..305);
    let state =
        (proptest::bool::weighted(0.9), proptest::bool::weighted(0.1), proptest::bool::weighted(0.05));
    (truck, reach, limits, state, proptest::option::weighted(0.5, somewhere())).prop_map(
        |(
            (kg, m3, cold, features),
            (base, radius, area),
            (hours, papers, carrier),
            (online, busy, suspended),
            live,
        )| {
            let mut registered = registered(carrier);
            let profile = &mut registered.profile;
            profile.vehicle.capacity_kg = kg;
            profile.vehicle.capacity_m3 = m3;
            profile.vehicle.kind = if cold == 0 { VehicleType::BoxTruck } else { VehicleType::Refrigerated };
            profile.vehicle.features = features.into_iter().map(str::to_owned).collect();
            profile.base = base;
            profile.service_radius_km = radius;
            profile.area = area.map(|(centre, radius_km)| ServiceArea { centre, radius_km });
            profile.hours = hours.map(|(from_minute, to_minute)| OperatingHours { from_minute, to_minute });
            profile.licence_valid_until = morning().after(u32::try_from(papers).unwrap() * HOUR);
            Any { registered, online, busy, suspended, live }
        },
    )
}

fn any_request() -> impl Strategy<Value = Requested> {
    let cargo = (
        100.0..15_000.0_f64,
        0.0..60.0_f64,
        proptest::sample::select(vec!["general", "refrigerated", "hazmat"]),
    );
    let needs =
        proptest::sample::select(vec![vec![], vec!["lift_gate".to_owned()], vec!["crane".to_owned()]]);
    (cargo, needs, somewhere(), somewhere(), proptest::collection::vec(300_u128..305, 0..2)).prop_map(
        |((weight_kg, volume_m3, kind), requires, pickup, delivery, blocked)| {
            let mut request = requested();
            request.cargo = contracts::shipment::Cargo {
                weight_kg,
                volume_m3,
                kind: kind.to_owned(),
                requires,
                value: None,
            };
            request.pickup.position = pickup;
            request.delivery.position = delivery;
            request.preferences.blocked_carriers = blocked.into_iter().map(id).collect();
            request
        },
    )
}

/// What the index must answer: every driver tried by the rules, sorted.
fn brute_force(drivers: &[Any], wanted: &Wanted<'_>) -> Vec<DriverId> {
    let mut eligible: Vec<(f64, DriverId)> = Vec::new();
    for (driver, number) in drivers.iter().zip(0_u128..) {
        let truck = Truck {
            profile: &driver.registered.profile,
            carrier: driver.registered.carrier,
            position: driver.live.unwrap_or(driver.registered.profile.base),
            online: driver.online,
            busy: driver.busy,
            suspended: driver.suspended,
        };
        let asked = wanted.only_carrier.is_none_or(|only| only == truck.carrier);
        if asked && reasons(&truck, &wanted.load).is_empty() {
            eligible.push((truck.position.distance_km(wanted.load.pickup), id(number)));
        }
    }
    eligible.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    eligible.into_iter().take(wanted.limit).map(|(_, driver)| driver).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_index_answers_what_trying_every_driver_answers(
        drivers in proptest::collection::vec(any_driver(), 0..150), request in any_request(), limit in 1_usize..20,
        factor in proptest::sample::select(vec![1.0, 1.5]), only in proptest::option::weighted(0.2, 300_u128..305),
    ) {
        let mut feed = Feed::new();
        for (driver, number) in drivers.iter().zip(0_u128..) {
            feed.send(number, driver.registered.clone());
            feed.send(number, PresenceChanged { online: driver.online });
            if driver.busy {
                feed.send(number, committed(9, None));
            }
            if driver.suspended {
                feed.send(number, Suspended { reason: "low_ratings".into() });
            }
            if let Some(live) = driver.live {
                feed.see(number, live, morning());
            }
        }
        let load = Load { radius_factor: factor, ..wanted(&request).load };
        let wanted = Wanted { load, limit, only_carrier: only.map(id), ..wanted(&request) };
        prop_assert_eq!(found(&feed.index, &wanted), brute_force(&drivers, &wanted));
    }
}
