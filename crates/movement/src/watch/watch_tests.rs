use super::*;
use crate::agents::TripCommand;
use contracts::{
    ports::{
        AreaRequest, GreatCircleRoads, MatchedTrack, MatrixRequest, PlannedRoute, PortFuture, RouteAnswer,
        RouteArea, RouteMatrix, RoutePlanner, RouteRequest, RouteSource, RoutesUnavailable, TrackRequest,
        Traffic, TrafficEffect, TrafficPlace,
    },
    shipment::Window,
    tracking::{AlertKind, PlannedStop, RerouteReason, TripBegun},
};
use kernel::{AlertId, TypedId, Uuid};
use proptest::{collection::vec, prelude::*};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

const START: Timestamp = Timestamp::from_millis(1_772_352_000_000);
/// Metres of a degree of latitude.
const DEGREE_M: f64 = 111_195.0;

fn id<T: TypedId>(number: u128) -> T {
    T::from_uuid(Uuid::from_u128(number))
}

fn seconds(seconds: u64) -> Timestamp {
    START.after(Duration::from_secs(seconds))
}

/// `km` along the road from the pickup, which leads north; `off` km to the east of it.
fn place(km: f64, off: f64) -> Position {
    let latitude = 45.0 + km * 1000.0 / DEGREE_M;
    Position { latitude, longitude: 9.0 + off * 1000.0 / DEGREE_M / latitude.to_radians().cos() }
}

fn sample(at: Timestamp, km: f64, off: f64, speed_kmh: f64) -> Sample {
    Sample { position: place(km, off), at, speed_kmh: Some(speed_kmh), heading: None, mocked: None }
}

/// A trip with the freight aboard, 200 km to go along a straight road.
struct Bench {
    watch: Watch,
    log: Trip,
    said: Vec<String>,
    events: Vec<TripEvent>,
}

impl Bench {
    fn new() -> Self {
        Self::over(Watch::default())
    }

    /// Nobody has set out.
    fn booked(watch: Watch) -> Self {
        let stop = |km, from: u64| PlannedStop {
            position: place(km, 0.0),
            window: Window { from: seconds(from), to: seconds(from + 7200) },
            planned_at: seconds(from + 3600),
        };
        let terms = TripBegun {
            shipment: id(1),
            driver: id(2),
            carrier: id(3),
            shipper: id(4),
            pickup: stop(0.0, 0),
            delivery: stop(200.0, 7200),
            stops: Vec::new(),
            vehicle: None,
        };
        let mut bench = Self { watch, log: Trip::default(), said: Vec::new(), events: Vec::new() };
        bench.commit(&TripEvent::Begun(terms), START);
        bench
    }

    fn over(watch: Watch) -> Self {
        let mut bench = Self::booked(watch);
        bench.sees(&[sample(START.before(Duration::from_secs(60)), 0.0, 0.0, 0.0)], START);
        let mut course = bench.watch.courses.get_mut(&id(2)).unwrap();
        course.moved_on(id(1), ShipmentStatus::EnRoutePickup);
        course.moved_on(id(1), ShipmentStatus::Loading);
        course.moved_on(id(1), ShipmentStatus::InTransit);
        drop(course);
        let way = Bench::way(&[place(0.0, 0.0), place(200.0, 0.0)], 200_000.0, 10_000.0);
        let [wanted] = bench.watch.wanted_ways(9)[..] else { panic!("one way is wanted") };
        bench.watch.give_way(&wanted, way, Traffic::default(), START);
        bench
    }

    /// The way to the delivery, asked for again.
    fn wanted(&self) -> WantedWay {
        for status in [ShipmentStatus::Loading, ShipmentStatus::InTransit] {
            self.watch.courses.get_mut(&id(2)).unwrap().moved_on(id(1), status);
        }
        let [wanted] = self.watch.wanted_ways(9)[..] else { panic!("one way is wanted") };
        wanted
    }

    /// Its driver has such a vehicle.
    fn drives_a(&mut self, vehicle: Option<RouteVehicle>) {
        let terms = TripBegun { vehicle, ..self.log.terms.clone().unwrap() };
        self.watch.courses.get_mut(&id(2)).unwrap().follow(id(8), &TripEvent::Begun(terms), START);
    }

    /// A way along a road.
    fn way(line: &[Position], distance_m: f64, duration_s: f64) -> Way {
        let route = PlannedRoute {
            distance_m,
            duration_s,
            toll_m: 0.0,
            cost: None,
            geometry: line.to_vec(),
            steps: Vec::new(),
            slowed_by: Vec::new(),
        };
        let source = RouteSource::Roads { attribution: String::new() };
        Way::of(&RouteAnswer { routes: Ok(vec![route]), source }).unwrap()
    }

    fn commit(&mut self, event: &TripEvent, at: Timestamp) {
        self.log.evolve(event, at);
        self.events.push(event.clone());
        self.watch.trip_event(id(7), id(8), event, at);
    }

    /// What is found goes into the log as it would through the runtime.
    fn take_down(&mut self, noted: Vec<Noted>, now: Timestamp) {
        for noted in noted {
            let command =
                TripCommand::Note { finding: noted.finding, alert: id::<AlertId>(self.said.len() as u128) };
            for event in self.log.decide(&command, now).unwrap() {
                let name = contracts::Event::type_name(&event);
                let kind = match &event {
                    TripEvent::AlertRaised(raised) => format!(" {}", raised.kind.name()),
                    _ => String::new(),
                };
                self.said.push(format!("{name}{kind}"));
                self.commit(&event, now);
            }
        }
    }

    fn sees(&mut self, samples: &[Sample], now: Timestamp) {
        let noted = self.watch.seen(id(2), samples, now);
        self.take_down(noted, now);
    }

    fn sweeps(&mut self, now: Timestamp) {
        let noted = self.watch.sweep(now);
        self.take_down(noted, now);
    }

    /// Drives at 72 km/h from a second to another, a position each 5 s.
    fn drives(&mut self, from: u64, to: u64, from_km: f64, off: f64) -> f64 {
        let mut km = from_km;
        for second in (from..to).step_by(5) {
            km += 0.1;
            self.sees(&[sample(seconds(second), km, off, 72.0)], seconds(second));
        }
        km
    }

    fn stands(&mut self, from: u64, to: u64, km: f64) {
        for second in (from..to).step_by(30) {
            let noise = if second % 60 == 0 { 0.01 } else { 0.0 };
            self.sees(&[sample(seconds(second), km, noise, 0.0)], seconds(second));
        }
    }

    fn alerts(&self) -> Vec<&str> {
        self.said.iter().filter(|said| said.starts_with("alert.")).map(String::as_str).collect()
    }
}

#[test]
fn a_clean_trip_arrives_without_an_alert() {
    let mut bench = Bench::new();
    let km = bench.drives(0, 9_900, 0.0, 0.0);
    bench.drives(9_900, 10_000, km, 0.0);
    assert_eq!(bench.said, ["stop.arrived", "stop.left", "driver.arriving", "stop.arrived"]);
}

#[test]
fn a_breakdown_is_a_long_stop_then_stuck_and_over_when_it_drives_on() {
    let mut bench = Bench::new();
    let km = bench.drives(0, 1_800, 0.0, 0.0);
    bench.stands(1_800, 1_800 + 2_400, km);
    assert_eq!(bench.alerts(), ["alert.raised long_stop", "alert.raised stuck"]);
    bench.drives(4_200, 4_500, km, 0.0);
    assert_eq!(bench.alerts()[2..], ["alert.cleared", "alert.cleared"]);
}

#[test]
fn who_leaves_the_route_is_noticed_once_and_comes_back() {
    let mut bench = Bench::new();
    let km = bench.drives(0, 1_800, 0.0, 0.0);
    for (step, off) in [1.0, 3.0, 5.5, 6.5, 7.0, 4.5, 4.0, 2.5].into_iter().enumerate() {
        let second = 1_900 + step as u64 * 120;
        bench.sees(&[sample(seconds(second), km + 2.0 * step as f64, off, 60.0)], seconds(second));
    }
    assert_eq!(bench.alerts(), ["alert.raised off_route", "alert.cleared"]);
}

#[test]
fn who_turns_back_is_noticed() {
    let mut bench = Bench::new();
    let km = bench.drives(0, 1_800, 0.0, 0.0);
    for minute in 0..8_u32 {
        let second = 1_860 + u64::from(minute) * 60;
        bench.sees(&[sample(seconds(second), km - f64::from(minute), 0.0, 60.0)], seconds(second));
    }
    assert_eq!(bench.alerts(), ["alert.raised opposite_direction"]);
}

#[test]
fn who_goes_wrong_from_the_start_is_noticed() {
    for guessed in [false, true] {
        let mut bench = Bench::new();
        if guessed {
            let (from, to) = (place(0.0, 0.0), place(200.0, 0.0));
            let wanted = bench.wanted();
            let request = question(&wanted, Traffic::default(), START);
            let way = Way::of(&GreatCircleRoads::estimate(&RouteRequest { from, to, ..request })).unwrap();
            bench.watch.give_way(&wanted, way, Traffic::default(), START);
        }
        for minute in 1..7_u32 {
            let second = u64::from(minute) * 60;
            bench.sees(&[sample(seconds(second), -f64::from(minute), 0.0, 60.0)], seconds(second));
        }
        let raised = bench.alerts().contains(&"alert.raised opposite_direction");
        assert!(raised, "guessed {guessed}: {:?}", bench.said);
    }
}

/// Alerts of a vehicle that drives at a speed while its device claims another, a position each 10 s.
fn alerts_at(vehicle: Option<RouteVehicle>, drives_kmh: f64, claims_kmh: Option<f64>) -> Vec<String> {
    let mut bench = Bench::new();
    bench.drives_a(vehicle);
    for second in (10..600_u64).step_by(10) {
        let km = drives_kmh * second as f64 / 3600.0;
        let seen = Sample { speed_kmh: claims_kmh, ..sample(seconds(second), km, 0.0, 0.0) };
        bench.sees(&[seen], seconds(second));
    }
    bench.alerts().into_iter().map(str::to_owned).collect()
}

#[test]
fn too_fast_is_what_such_a_vehicle_may_not_drive_whatever_its_device_says() {
    let van = Some(RouteVehicle::Van);
    let truck = Some(RouteVehicle::Truck40);
    let fast = ["alert.raised overspeed"];
    assert_eq!(alerts_at(truck, 105.0, Some(105.0)), fast);
    assert_eq!(alerts_at(truck, 105.0, None), fast, "its device says nothing");
    assert_eq!(alerts_at(truck, 105.0, Some(80.0)), fast, "its device says less");
    assert_eq!(alerts_at(van, 140.0, None), fast);
    for calm in [alerts_at(truck, 92.0, None), alerts_at(van, 125.0, None), alerts_at(None, 105.0, None)] {
        assert_eq!(calm, Vec::<String>::new());
    }
}

#[test]
fn a_receiver_that_is_wrong_for_once_is_not_too_fast() {
    let mut bench = Bench::new();
    bench.drives_a(Some(RouteVehicle::Truck40));
    for second in (10..1_200_u64).step_by(10) {
        // Every five minutes it is seen 700 m ahead.
        let error = if second % 300 == 70 { 0.7 } else { 0.0 };
        let seen =
            Sample { speed_kmh: None, ..sample(seconds(second), 0.022 * second as f64 + error, 0.0, 0.0) };
        bench.sees(&[seen], seconds(second));
    }
    assert_eq!(bench.alerts(), Vec::<&str>::new());
}

#[test]
fn who_says_itself_that_it_is_made_up_is_believed_until_it_says_otherwise() {
    let mut bench = Bench::new();
    let mut km = bench.drives(0, 1_800, 0.0, 0.0);
    let mut next = |bench: &mut Bench, second: u64, mocked: Option<bool>| {
        km += 0.2;
        bench.sees(&[Sample { mocked, ..sample(seconds(second), km, 0.0, 72.0) }], seconds(second));
    };
    next(&mut bench, 1_810, Some(true));
    next(&mut bench, 1_820, None);
    bench.sweeps(seconds(1_825));
    assert_eq!(bench.alerts(), ["alert.raised mocked_position"]);
    assert!(bench.log.is_declared_mocked());
    // Another process, or this one after a restart, has not heard the device itself.
    bench.watch = Watch::default();
    bench.watch.resume(id(7), id(8), bench.log.clone(), ShipmentStatus::InTransit);
    next(&mut bench, 1_830, None);
    bench.sweeps(seconds(1_835));
    assert!(bench.log.is_declared_mocked(), "{:?}", bench.said);
    assert_eq!(bench.said.iter().filter(|said| said.ends_with("mocked_position")).count(), 1);
    next(&mut bench, 1_840, Some(false));
    assert!(!bench.log.is_declared_mocked() && bench.said.contains(&"alert.cleared".to_owned()));
}

#[test]
fn after_a_jump_that_is_believed_the_way_is_planned_anew() {
    let mut bench = Bench::new();
    let km = bench.drives(0, 600, 0.0, 0.0);
    let stale = bench.wanted();
    for second in (600..640).step_by(10) {
        bench.sees(&[sample(seconds(second), km - 300.0, 0.0, 72.0)], seconds(second));
    }
    let [wanted] = bench.watch.wanted_ways(9)[..] else { panic!("it is planned anew") };
    assert!(wanted.from.distance_km(place(km - 300.0, 0.0)) < 0.2, "from where it is");
    let way = Bench::way(&[place(km, 0.0), place(200.0, 0.0)], 188_000.0, 9_400.0);
    bench.watch.give_way(&stale, way, Traffic::default(), seconds(650));
    assert_eq!(bench.watch.wanted_ways(9).len(), 1, "what was planned for elsewhere is none");
    bench.sweeps(seconds(660));
    assert_eq!(bench.alerts(), ["alert.raised impossible_jump"]);
}

#[test]
fn silence_is_noticed_by_the_clock_alone() {
    let mut bench = Bench::new();
    bench.drives(0, 1_800, 0.0, 0.0);
    for quarter in 0..100 {
        bench.sweeps(seconds(1_800 + quarter * 15));
    }
    assert_eq!(bench.alerts(), ["alert.raised silence"]);
    bench.drives(3_400, 3_500, 60.0, 0.0);
    assert_eq!(bench.alerts(), ["alert.raised silence", "alert.cleared"]);
}

#[test]
fn a_device_whose_clock_went_back_is_silent() {
    let mut bench = Bench::new();
    let mut km = bench.drives(0, 1_800, 0.0, 0.0);
    for second in (1_800..3_000_u64).step_by(30) {
        km += 0.6;
        let told = seconds(second).before(Duration::from_secs(8 * 3600));
        bench.sees(&[sample(told, km, 0.0, 72.0)], seconds(second));
        bench.sweeps(seconds(second + 15));
    }
    assert_eq!(bench.alerts(), ["alert.raised silence"]);
    bench.drives(3_000, 3_060, km, 0.0);
    assert_eq!(bench.alerts(), ["alert.raised silence", "alert.cleared"]);
}

#[test]
fn what_did_not_reach_the_log_is_said_again() {
    let bench = Bench::new();
    let wrong = |second: u64| {
        let found = bench.watch.seen(id(2), &[sample(seconds(second), 0.0, 0.0, 180.0)], seconds(second));
        found.iter().filter(|noted| matches!(noted.finding, Finding::Wrong { .. })).count()
    };
    let said: Vec<usize> = (0..40).map(|step| wrong(step * 5)).collect();
    // Too fast for a minute, then once more a minute after it was said.
    assert_eq!(said.iter().sum::<usize>(), 3, "{said:?}");
}

#[test]
fn a_late_trip_is_told_with_its_delay() {
    let mut bench = Bench::new();
    let km = bench.drives(0, 600, 0.0, 0.0);
    bench.stands(600, 600 + 3_600, km);
    assert!(
        !bench.said.iter().any(|said| said == "delay.reported"),
        "it may yet come in time: {:?}",
        bench.said
    );
    bench.stands(4_200, 6_000, km);
    bench.drives(6_000, 6_060, km, 0.0);
    let outlook = bench.watch.outlook(id(2), id(1)).unwrap();
    assert!(bench.said.iter().any(|said| said == "delay.reported"), "{:?} {outlook:?}", bench.said);
    assert!(outlook.by_road && outlook.eta.earliest < outlook.eta.at && outlook.eta.at < outlook.eta.latest);
    assert!((outlook.left_km - 186.8).abs() < 1.0, "{outlook:?}");
}

#[test]
fn trucks_that_are_sixty_times_as_fast_are_judged_in_their_time() {
    let mut bench = Bench::over(Watch::of(TruckTime::new(START, 60)));
    let goes = |bench: &mut Bench, from: u64, to: u64, from_km: f64, kmh: f64| {
        for second in (from..=to).step_by(2) {
            let km = from_km + kmh * (second - from) as f64 / 60.0;
            bench.sees(&[sample(seconds(second), km, 0.0, kmh)], seconds(second));
        }
    };
    goes(&mut bench, 2, 82, 2.4, 72.0);
    let outlook = bench.watch.outlook(id(2), id(1)).unwrap();
    let to_go_s = outlook.eta.at.since(seconds(82)).as_secs();
    assert!((80..=90).contains(&to_go_s), "{to_go_s} s for 101 km at a km a second");
    assert_eq!(outlook.seen_at, seconds(82));
    goes(&mut bench, 84, 124, 98.4, 0.0);
    assert_eq!(bench.alerts(), ["alert.raised long_stop", "alert.raised stuck"], "40 s are 40 min");
    goes(&mut bench, 126, 210, 99.2, 72.0);
    assert_eq!(bench.alerts()[2..], ["alert.cleared", "alert.cleared"]);
    assert_eq!(bench.said.last().map(String::as_str), Some("stop.arrived"), "{:?}", bench.said);
    assert_eq!(bench.log.stop(StopKind::Delivery).arrived_at, Some(seconds(210)));
}

#[test]
fn a_real_truck_among_fast_ones_keeps_our_time() {
    let watch = Watch::of(TruckTime::new(START, 60));
    watch.keeps_our_time(id(2));
    let mut bench = Bench::over(watch);
    let km = bench.drives(0, 1_800, 0.0, 0.0);
    bench.stands(1_800, 1_920, km);
    assert_eq!(bench.alerts(), Vec::<&str>::new(), "two minutes are two minutes");
}

/// After four hours and 22 min at the wheel it halts between two positions, and sets off so long afterwards between two others.
/// What pause is due then.
fn due_after_a_halt_of(halt: u64) -> Duration {
    let halts_at = 15_720;
    let sets_off = halts_at + halt;
    let driven = |second: u64| second.min(halts_at) + second.saturating_sub(sets_off);
    let mut track = track::Track::default();
    for second in (0..=21_000).step_by(300) {
        let kmh = if (halts_at..sets_off).contains(&second) { 0.0 } else { 72.0 };
        let seen = sample(seconds(second), driven(second) as f64 / 50.0, 0.0, kmh);
        assert_eq!(track.take(&seen, seconds(second)), track::Taken::Believed);
    }
    track.wheel().pause_due()
}

#[test]
fn the_length_of_a_break_is_known_between_positions() {
    assert_eq!(due_after_a_halt_of(47 * 60), Duration::ZERO);
    assert_eq!(due_after_a_halt_of(45 * 60), Duration::from_secs(57 * 60), "it may have been a minute less");
}

#[test]
fn who_comes_in_time_is_not_late_because_a_break_is_due() {
    let mut bench = Bench::new();
    // More than four and a half hours at the wheel, and its promise has been over for ten minutes.
    let arrives_at = seconds(7200 + 3600 + 600);
    let mut track = track::Track::default();
    for minutes_to_go in (1..=275_u32).rev() {
        let at = arrives_at.before(Duration::from_secs(u64::from(minutes_to_go) * 60));
        let seen = sample(at, 199.8 - f64::from(minutes_to_go) * 1.2, 0.0, 72.0);
        assert_eq!(track.take(&seen, at), track::Taken::Believed);
    }
    assert!(track.wheel().pauses(Duration::from_secs(60), Duration::ZERO) > Duration::ZERO);
    bench.watch.courses.get_mut(&id(2)).unwrap().drove_before(track);
    bench.sees(&[sample(arrives_at, 199.8, 0.0, 72.0)], arrives_at);
    assert_eq!(bench.said[2..], ["stop.arrived", "driver.arriving"], "no delay");
}

fn closure(number: u128, km: f64, from: Timestamp) -> contracts::ports::Incident {
    contracts::ports::Incident {
        id: id(number),
        effect: TrafficEffect::Closed,
        place: TrafficPlace::Point { at: place(km, 0.0) },
        from,
        until: None,
    }
}

/// Whether each way that is to be looked at may be another.
fn urgent(bench: &Bench, second: u64) -> Vec<bool> {
    bench.watch.rechecks(seconds(second), 9).iter().map(|recheck| recheck.urgent).collect()
}

#[test]
fn a_way_is_looked_at_every_two_minutes_and_when_the_traffic_is_another() {
    let mut bench = Bench::new();
    bench.drives(0, 150, 0.0, 0.0);
    assert_eq!([urgent(&bench, 119), urgent(&bench, 120)], [vec![], vec![false]]);
    let [recheck] = &bench.watch.rechecks(seconds(120), 9)[..] else { panic!() };
    bench.watch.keep_way(&recheck.wanted, recheck.now.clone(), seconds(120));
    assert!(urgent(&bench, 130).is_empty());
    bench.watch.incidents().put(id(7), closure(1, 500.0, START));
    assert_eq!(urgent(&bench, 130), [false], "far from the way");
    bench.watch.incidents().put(id(7), closure(2, 100.0, seconds(140)));
    assert_eq!([urgent(&bench, 139), urgent(&bench, 140)], [vec![false], vec![true]]);
    bench.watch.incidents().put(id(99), closure(3, 100.0, START));
    let [recheck] = &bench.watch.rechecks(seconds(140), 9)[..] else { panic!() };
    assert_eq!(
        (recheck.before.is_free(), recheck.now.incidents().len()),
        (true, 2),
        "another tenant's is none"
    );
    bench.watch.keep_way(&recheck.wanted, recheck.now.clone(), seconds(140));
    bench.watch.incidents().remove(id(7), id(2));
    assert_eq!(urgent(&bench, 141), [true], "there may be a better way again");
}

/// Knows the roads from time to time, and estimates otherwise.
#[derive(Default)]
struct Fickle(AtomicBool);

impl RoutePlanner for Fickle {
    fn routes(&self, request: RouteRequest) -> PortFuture<'_, Result<RouteAnswer, RoutesUnavailable>> {
        let mut answer = GreatCircleRoads::estimate(&request);
        if self.0.load(Ordering::SeqCst) {
            answer.source = RouteSource::Roads { attribution: String::new() };
        }
        Box::pin(std::future::ready(Ok(answer)))
    }

    fn matrix(&self, request: MatrixRequest) -> PortFuture<'_, Result<RouteMatrix, RoutesUnavailable>> {
        GreatCircleRoads.matrix(request)
    }

    fn area(&self, request: AreaRequest) -> PortFuture<'_, Result<RouteArea, RoutesUnavailable>> {
        GreatCircleRoads.area(request)
    }

    fn matched(&self, request: TrackRequest) -> PortFuture<'_, Result<MatchedTrack, RoutesUnavailable>> {
        GreatCircleRoads.matched(request)
    }
}

#[tokio::test]
async fn an_estimated_way_is_asked_for_again_until_a_road_is_known() {
    let mut bench = Bench::new();
    let planner = Fickle::default();
    for status in [ShipmentStatus::Loading, ShipmentStatus::InTransit] {
        bench.watch.courses.get_mut(&id(2)).unwrap().moved_on(id(1), status);
    }
    let by_road = |bench: &Bench| bench.watch.outlook(id(2), id(1)).unwrap().by_road;
    tend::plan_ways(&bench.watch, START, &planner).await;
    bench.drives(0, 300, 0.0, 0.0);
    assert!(!by_road(&bench) && bench.watch.rechecks(seconds(120), 9).is_empty());
    assert!(bench.watch.estimated_ways(seconds(119), 9).is_empty());
    let [wanted] = bench.watch.estimated_ways(seconds(120), 9)[..] else { panic!("it is time") };
    assert!(wanted.from.distance_km(place(6.0, 0.0)) < 0.2, "from where it is now");
    tend::plan_ways(&bench.watch, seconds(120), &planner).await;
    assert!(!by_road(&bench) && bench.watch.estimated_ways(seconds(239), 9).is_empty());
    planner.0.store(true, Ordering::SeqCst);
    tend::plan_ways(&bench.watch, seconds(239), &planner).await;
    assert!(!by_road(&bench));
    tend::plan_ways(&bench.watch, seconds(240), &planner).await;
    assert!(by_road(&bench) && bench.watch.estimated_ways(seconds(999), 9).is_empty());
    assert_eq!(bench.watch.rechecks(seconds(360), 9).len(), 1, "and is looked at like every other");
}

#[test]
fn another_way_is_told_once_and_planned_anew() {
    let mut bench = Bench::new();
    let km = bench.drives(0, 600, 0.0, 0.0);
    bench.watch.incidents().put(id(7), closure(2, 100.0, START));
    let [recheck] = bench.watch.rechecks(seconds(600), 9).try_into().unwrap();
    let line = [place(km, 0.0), place(100.0, 30.0), place(200.0, 0.0)];
    let way = Bench::way(&line, 230_000.0, 14_000.0);
    let change = Comparison {
        reason: RerouteReason::Closure,
        incident: Some(id(2)),
        before: WayMeasure { distance_m: 188_000, duration_s: 9_400 },
        after: WayMeasure { distance_m: 230_000, duration_s: 14_000 },
    };
    let tell = |bench: &mut Bench, second: u64| {
        let now = seconds(second);
        let noted = bench.watch.rerouted(&recheck.wanted, way.clone(), change, now);
        bench.take_down(noted.into_iter().collect(), now);
    };
    tell(&mut bench, 600);
    tell(&mut bench, 615);
    assert_eq!(bench.said.iter().filter(|said| *said == "route.updated").count(), 1, "{:?}", bench.said);
    let told = bench.log.rerouted.clone().unwrap();
    let minutes = told.eta.since(seconds(600)).as_secs() / 60;
    assert!((225..245).contains(&minutes), "{minutes} min for 14000 s at the wheel");
    let [wanted] = bench.watch.wanted_ways(9)[..] else { panic!("it is planned anew") };
    assert!(wanted.from.distance_km(place(km, 0.0)) < 0.2);
    bench.watch.give_way(&wanted, way, recheck.now, seconds(616));
    assert!(urgent(&bench, 620).is_empty());
    let outlook = bench.watch.outlook(id(2), id(1)).unwrap();
    assert!((outlook.left_km - 230.0).abs() < 2.0, "{outlook:?}");
}

#[test]
fn the_trips_of_others_are_nobodys_outlook() {
    let bench = Bench::new();
    assert_eq!(bench.watch.outlook(id(2), id(99)), None);
    assert_eq!(bench.watch.outlook(id::<DriverId>(99), id(1)), None);
    assert_eq!(bench.watch.trips(), 1);
}

/// What a broken device may say between the good positions.
fn nonsense() -> impl Strategy<Value = (i64, f64, f64, Option<f64>)> {
    prop_oneof![
        // The future, and the far past.
        (600_i64..10_000_000, 45.0..47.0, 8.0..10.0, Just(None)),
        (-500_000_i64..-3_600, 40.0..50.0, 0.0..20.0, Just(Some(80.0))),
        // At 0/0, off the globe, not a number.
        (-60_i64..60, Just(0.0), Just(0.0), Just(Some(0.0))),
        (-60_i64..60, 91.0..1e9, -1e9..1e9, Just(None)),
        (-60_i64..60, Just(f64::NAN), Just(f64::INFINITY), Just(Some(f64::NAN))),
        // An absurd speed, old and repeated.
        (-3_000_i64..-31, Just(45.0), Just(9.0), prop_oneof![Just(Some(1e12)), Just(Some(-5.0))]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn nonsense_among_good_positions_raises_no_alert(
        bad in vec((0_u64..9_000, nonsense()), 0..60), shuffled in any::<bool>(),
    ) {
        let mut bench = Bench::new();
        let mut km = 0.0;
        for second in (0..9_000_u64).step_by(30) {
            km += 0.6;
            let mut samples = vec![sample(seconds(second), km, 0.0, 72.0)];
            for (_, (shift, latitude, longitude, speed_kmh)) in bad.iter().filter(|(at, _)| at / 30 == second / 30) {
                let at = Timestamp::from_micros(seconds(second).micros() + shift * 1_000_000);
                samples.push(Sample { position: Position { latitude: *latitude, longitude: *longitude }, at, speed_kmh: *speed_kmh, heading: None, mocked: None });
            }
            // Good ones repeated, too.
            samples.push(samples[0].clone());
            if shuffled {
                samples.reverse();
            }
            bench.sees(&samples, seconds(second));
            bench.sweeps(seconds(second + 15));
        }
        prop_assert!(bench.alerts().is_empty(), "{:?}", bench.said);
    }

    #[test]
    fn whatever_comes_nothing_panics_and_each_alert_is_open_once(
        steps in vec((any::<i64>(), prop::num::f64::ANY, prop::num::f64::ANY, prop::option::of(prop::num::f64::ANY), any::<i64>()), 0..120),
    ) {
        let mut bench = Bench::new();
        for (at, latitude, longitude, speed_kmh, now) in steps {
            let sample = Sample { position: Position { latitude, longitude }, at: Timestamp::from_micros(at), speed_kmh, heading: None, mocked: None };
            bench.sees(std::slice::from_ref(&sample), Timestamp::from_micros(now));
            bench.sweeps(Timestamp::from_micros(now));
        }
        prop_assert!(bench.log.alerts.len() <= AlertKind::ALL.len());
    }
}

#[path = "late_batch_tests.rs"]
mod late_batch;
