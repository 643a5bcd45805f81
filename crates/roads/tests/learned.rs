//! Speeds learned from tracks: the hour that was slow is slow, others are not, and the file says of which graph it is.

#![expect(clippy::unwrap_used, reason = "a test may fail at any step")]

use kernel::Timestamp;
use roads::{
    Live, Objective, Route, Router, Vehicle, Wish,
    geometry::Point,
    learned::{HourOfWeek, Speeds, learn_track},
    synthetic::{self, Dice},
};
use std::time::Duration;

const WISH: Wish = Wish { vehicle: Vehicle::TRUCK_40T, objective: Objective::Fastest, turns: true };
/// Monday, 2 March 2026, 08:00 UTC.
const RUSH: Timestamp = Timestamp::from_millis(1_772_438_400_000);
const HOUR: Duration = Duration::from_secs(3600);

fn land(seed: u64) -> Router {
    Router::contracted(synthetic::generate(10_000, seed).unwrap()).unwrap()
}

/// A route of some minutes.
fn long_route(router: &Router, dice: &mut Dice) -> Route {
    loop {
        let mut somewhere = || router.graph().point(dice.below(router.graph().node_count() as u32));
        let found = router.route(WISH, somewhere(), somewhere());
        if let Some(route) = found.ok().filter(|route| route.duration_s() > 900) {
            return route;
        }
    }
}

/// A position at the beginning of each edge, of a truck that takes so many times as long as usual.
fn track(router: &Router, route: &Route, began: Timestamp, factor: f64) -> Vec<(Point, Timestamp)> {
    let mut clock = began;
    let mut track = Vec::new();
    for (index, edge) in route.edges.iter().enumerate().skip(1) {
        clock = clock.after(Duration::from_millis((route.times_ms[index - 1] as f64 * factor) as u64));
        track.push((router.graph().point(router.graph().tail(*edge)), clock));
    }
    track
}

#[test]
fn hours_begin_on_monday() {
    let hour = |at: Timestamp| format!("{:?}", HourOfWeek::of(at));
    assert_eq!(hour(RUSH), "HourOfWeek(8)");
    assert_eq!(hour(RUSH.before(HOUR * 8)), "HourOfWeek(0)");
    assert_eq!(hour(RUSH.before(HOUR * 9)), "HourOfWeek(167)");
    assert_eq!(hour(Timestamp::from_micros(0)), "HourOfWeek(72)", "the epoch was a Thursday");
}

#[test]
fn a_slow_hour_is_learned_and_the_others_stay() {
    let router = land(3);
    let route = long_route(&router, &mut Dice::new(1));
    let mut speeds = Speeds::default();
    for week in 0..8_u32 {
        let began = RUSH.after(HOUR * 24 * 7 * week);
        let said = learn_track(&router, WISH.vehicle, &track(&router, &route, began, 2.0), &mut speeds);
        // Between the beginnings of its second and last edges.
        let parts = route.edges.len() - 2;
        assert!(said * 10 > parts * 7, "{said} of {parts} parts said something");
    }
    let timed = |began| speeds.timed(router.graph(), &WISH.vehicle, &Live::default(), began, &route);
    let ratio = |began| timed(began).effort.time_ms as f64 / route.effort.time_ms as f64;
    assert!((1.5..2.05).contains(&ratio(RUSH)), "{}", ratio(RUSH));
    assert!((ratio(RUSH.after(HOUR * 24)) - 1.0).abs() < 1e-6, "Tuesday was not learned");
    let ends = (route.from.point, route.to.point);
    let planned = router.routes_from(WISH, (&Live::default(), &speeds), RUSH, ends, 1).unwrap();
    assert!(
        planned[0].effort.time_ms <= timed(RUSH).effort.time_ms,
        "a way around is taken when it is faster"
    );
}

#[test]
fn stops_and_gaps_say_nothing() {
    let router = land(3);
    let route = long_route(&router, &mut Dice::new(1));
    let mut speeds = Speeds::default();
    assert_eq!(learn_track(&router, WISH.vehicle, &track(&router, &route, RUSH, 50.0), &mut speeds), 0);
    assert!(speeds.is_empty());
}

#[test]
fn what_was_learned_is_read_again_and_only_for_its_graph() {
    let router = land(3);
    let route = long_route(&router, &mut Dice::new(1));
    let mut speeds = Speeds::default();
    learn_track(&router, WISH.vehicle, &track(&router, &route, RUSH, 1.7), &mut speeds);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graph.speeds");
    speeds.write(&path, router.graph()).unwrap();
    let again = Speeds::read(&path, router.graph()).unwrap();
    assert_eq!(again.len(), speeds.len());
    let timed = |speeds: &Speeds| {
        speeds.timed(router.graph(), &WISH.vehicle, &Live::default(), RUSH, &route).effort.time_ms
    };
    assert_eq!(timed(&again), timed(&speeds));
    let other = Speeds::read(&path, land(4).graph()).unwrap_err();
    assert!(other.to_string().contains("another graph"), "{other}");
    let mut bytes = std::fs::read(&path).unwrap();
    for (at, what) in [(3, "no learned speeds"), (40, "damaged")] {
        bytes[at] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let error = Speeds::read(&path, router.graph()).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        bytes[at] ^= 1;
    }
    std::fs::write(&path, &bytes[..10]).unwrap();
    assert!(Speeds::read(&path, router.graph()).is_err());
}
