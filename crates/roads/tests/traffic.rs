//! Routes as traffic is now: as light as a plain search finds them, clear of what is closed, slower where it is slow.

#![expect(clippy::unwrap_used, reason = "a test may fail at any step")]

use contracts::ports::{TrafficEffect, TrafficPlace};
use kernel::Position;
use roads::{
    Live, Objective, Reason, Route, Router, Vehicle, Wish,
    geometry::Point,
    graph::Edge,
    live::edges_on,
    search::{self, Ends},
    synthetic::{self, Dice},
};

fn land() -> Router {
    Router::contracted(synthetic::generate(20_000, 5).unwrap()).unwrap()
}

fn somewhere(router: &Router, dice: &mut Dice) -> Point {
    router.graph().point(dice.below(router.graph().node_count() as u32))
}

/// One edge of the middle of a route.
fn middle(route: &Route) -> Edge {
    route.edges[route.edges.len() / 2]
}

fn hinder(live: &mut Live, route: &Route, dice: &mut Dice) {
    for _ in 0..4 {
        let edge = route.edges[dice.below(route.edges.len() as u32) as usize];
        let effect = match dice.below(3) {
            0 => TrafficEffect::Closed,
            percent => TrafficEffect::Slowed { percent: (percent * 20) as u8 },
        };
        live.add(&[edge], effect);
    }
}

#[test]
fn a_plain_search_agrees_whatever_is_closed_and_slow() {
    let router = land();
    let mut dice = Dice::new(11);
    let mut changed = 0;
    for number in 0..300_usize {
        let objective = Objective::ALL[number % 3];
        let wish = Wish { vehicle: Vehicle::TRUCK_40T, objective, turns: true };
        let ends = (somewhere(&router, &mut dice), somewhere(&router, &mut dice));
        let Ok(usual) = router.route(wish, ends.0, ends.1) else { continue };
        let mut live = Live::default();
        hinder(&mut live, &usual, &mut dice);
        let ready = router.ready(wish);
        let metric = ready.metric.under(router.graph(), live.standing_on(usual.from.segment));
        let between = Ends::between(router.graph(), &metric, &usual.from, &usual.to);
        let plain = search::towards(router.graph(), &metric, &between, usual.to.point, 0.0);
        let found = router.routes_under(wish, &live, ends, 1);
        match plain {
            Some(plain) => {
                let route = &found.unwrap()[0];
                assert_eq!(route.weight, plain.weight, "{wish:?} {ends:?} {live:?}");
                changed += usize::from(route.edges != usual.edges);
            }
            None => assert_eq!(found.unwrap_err().reason, Reason::Unconnected),
        }
    }
    assert!(changed > 100, "only {changed} routes were changed");
}

#[test]
fn what_hinders_nobody_changes_nothing() {
    let router = land();
    let mut dice = Dice::new(12);
    let wish = Wish { vehicle: Vehicle::VAN, objective: Objective::Fastest, turns: true };
    let ends = (somewhere(&router, &mut dice), somewhere(&router, &mut dice));
    let usual = router.routes(wish, ends.0, ends.1, 3).unwrap();
    let mut live = Live::default();
    let driven: Vec<Edge> = usual.iter().flat_map(|route| route.edges.clone()).collect();
    let elsewhere: Vec<Edge> = router.graph().edges().filter(|edge| !driven.contains(edge)).collect();
    live.add(&elsewhere, TrafficEffect::Closed);
    assert_eq!(router.routes_under(wish, &live, ends, 3).unwrap(), usual);
}

#[test]
fn a_slow_road_takes_longer_and_says_so() {
    let router = land();
    let mut dice = Dice::new(13);
    let wish = Wish { vehicle: Vehicle::CAR, objective: Objective::Shortest, turns: true };
    let ends = (somewhere(&router, &mut dice), somewhere(&router, &mut dice));
    let usual = router.route(wish, ends.0, ends.1).unwrap();
    let mut live = Live::default();
    let whole: Vec<Edge> = usual.edges[1..usual.edges.len() - 1].to_vec();
    live.add(&whole, TrafficEffect::Slowed { percent: 50 });
    let slow = &router.routes_under(wish, &live, ends, 1).unwrap()[0];
    assert_eq!(slow.edges, usual.edges, "no shorter way came about");
    assert_eq!(slow.times_ms.iter().sum::<u64>(), slow.effort.time_ms);
    assert!(slow.effort.time_ms > usual.effort.time_ms && slow.effort.length_mm == usual.effort.length_mm);
    // Twice the time on a road, not at its crossings.
    let index = usual.edges.len() / 2;
    assert!(slow.times_ms[index] > usual.times_ms[index]);
}

#[test]
fn an_incident_is_on_the_roads_it_names() {
    let router = land();
    let mut dice = Dice::new(14);
    let wish = Wish { vehicle: Vehicle::CAR, objective: Objective::Fastest, turns: true };
    let ends = (somewhere(&router, &mut dice), somewhere(&router, &mut dice));
    let route = router.route(wish, ends.0, ends.1).unwrap();
    let edge = middle(&route);
    let line: Vec<Point> = router.graph().line(edge);
    let points: Vec<Position> = line.iter().map(|point| Position::from(*point)).collect();
    let along = edges_on(&router, &TrafficPlace::Line { points: points.clone(), both: false });
    assert_eq!(along, [edge]);
    let mut both = vec![edge, edge.reversed()];
    both.sort_unstable();
    assert_eq!(edges_on(&router, &TrafficPlace::Line { points: points.clone(), both: true }), both);
    let halfway = roads::geometry::between(line[0], line[1], 0.5);
    assert_eq!(edges_on(&router, &TrafficPlace::Point { at: halfway.into() }), both);
    let area = edges_on(&router, &TrafficPlace::Area { centre: halfway.into(), radius_m: 1_000.0 });
    assert!(area.len() > 4 && area.contains(&edge), "{area:?}");
    let sea = Position { latitude: 0.0, longitude: 0.0 };
    assert_eq!(edges_on(&router, &TrafficPlace::Point { at: sea }), []);
}

#[test]
fn who_stands_on_a_closed_road_may_leave_it_and_nobody_gets_in() {
    let router = land();
    let mut dice = Dice::new(15);
    let wish = Wish { vehicle: Vehicle::CAR, objective: Objective::Fastest, turns: true };
    let ends = (somewhere(&router, &mut dice), somewhere(&router, &mut dice));
    let usual = router.route(wish, ends.0, ends.1).unwrap();
    let mut live = Live::default();
    live.add(&usual.edges[..1], TrafficEffect::Closed);
    assert!(router.routes_under(wish, &live, ends, 1).is_ok());
    let mut live = Live::default();
    let last = usual.edges[usual.edges.len() - 1];
    live.add(&[last, last.reversed()], TrafficEffect::Closed);
    let none = router.routes_under(wish, &live, ends, 1).unwrap_err();
    assert_eq!(none.reason, Reason::Unconnected);
    assert!(none.nearest.is_some_and(|near| near.segment != last.segment()), "{none:?}");
}
