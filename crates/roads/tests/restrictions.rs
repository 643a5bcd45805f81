//! Turn restrictions and truck limits on small maps drawn here.

#![expect(clippy::unwrap_used, reason = "a test may fail at any step")]

use kernel::Timestamp;
use roads::{
    Edge, Graph, KEPT_WISHES, Live, Objective, Router, Vehicle, Wish,
    conditions::{Condition, Departure, Law, Times, WeekMinute},
    file,
    geometry::Point,
    graph::Restriction,
    import,
    learned::Speeds,
    metric::Metric,
    search::{self, Ends},
    synthetic::{self, Dice},
};
use std::{fmt::Write as _, io::Write as _};

/// A ladder of two avenues (west to east) and four streets between them, about 111 m a block:
///
/// ```text
/// 11 -- 12 -- 13 -- 14
///  |     |     |     |
///  1 --- 2 --- 3 --- 4
/// ```
fn ladder(extra: &str, tags: &dyn Fn(&str) -> String) -> Router {
    let mut map = String::from("<osm>");
    for column in 1..=4 {
        for row in 0..2 {
            let (id, lat, lon) = (row * 10 + column, f64::from(row) * 0.001, f64::from(column) * 0.001);
            write!(map, "<node id='{id}' lat='{lat}' lon='{lon}'/>").unwrap();
        }
    }
    for (from, to) in
        [(1, 2), (2, 3), (3, 4), (11, 12), (12, 13), (13, 14), (1, 11), (2, 12), (3, 13), (4, 14)]
    {
        let way = format!("{from}-{to}");
        let id = from * 100 + to;
        write!(map, "<way id='{id}'><nd ref='{from}'/><nd ref='{to}'/><tag k='highway' v='tertiary'/>")
            .unwrap();
        write!(map, "{}</way>", tags(&way)).unwrap();
    }
    write!(map, "{extra}</osm>").unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(map.as_bytes()).unwrap();
    Router::contracted(import(file.path(), None, &mut |_| {}).unwrap().graph).unwrap()
}

fn plain(extra: &str) -> Router {
    ladder(extra, &|_| String::new())
}

fn rule(from: &str, via: &str, to: &str, tags: &[(&str, &str)]) -> String {
    let member = |role: &str, member: &str| {
        let (kind, id) = member.split_once(' ').unwrap();
        format!("<member type='{kind}' ref='{id}' role='{role}'/>")
    };
    let tags: String = tags.iter().map(|(k, v)| format!("<tag k='{k}' v='{v}'/>")).collect();
    let members = [member("from", from), member("via", via), member("to", to)].concat();
    format!("<relation id='1'>{members}<tag k='type' v='restriction'/>{tags}</relation>")
}

/// The shortest way in blocks from the middle of block 1-2 northwards to the middle of the street 3-13 or elsewhere.
fn blocks(router: &Router, vehicle: Vehicle, from: (f64, f64), to: (f64, f64)) -> Option<i64> {
    let wish = Wish { vehicle, objective: Objective::Shortest, turns: true };
    let point = |(lat, lon): (f64, f64)| Point::from_degrees(lat, lon).unwrap();
    let route = router.route(wish, point(from), point(to)).ok()?;
    Some((route.effort.length_mm as f64 / 111_195.0).round() as i64)
}

/// In block 1-2, just before junction 2.
const START: (f64, f64) = (0.0, 0.0019);
/// In street 2-12, just after junction 2.
const STREET: (f64, f64) = (0.0001, 0.002);

#[test]
fn a_forbidden_left_turn_is_driven_around() {
    assert_eq!(blocks(&plain(""), Vehicle::CAR, START, STREET), Some(0));
    let no_left = rule("way 102", "node 2", "way 212", &[("restriction", "no_left_turn")]);
    // Round the block: 2-3-13-12 and down the street.
    assert_eq!(blocks(&plain(&no_left), Vehicle::CAR, START, STREET), Some(4));
}

#[test]
fn who_is_excepted_may_turn() {
    let except =
        rule("way 102", "node 2", "way 212", &[("restriction", "no_left_turn"), ("except", "hgv;bicycle")]);
    assert_eq!(blocks(&plain(&except), Vehicle::CAR, START, STREET), Some(4));
    assert_eq!(blocks(&plain(&except), Vehicle::TRUCK_40T, START, STREET), Some(0));
    let only_hgv = rule("way 102", "node 2", "way 212", &[("restriction:hgv", "no_left_turn")]);
    assert_eq!(blocks(&plain(&only_hgv), Vehicle::CAR, START, STREET), Some(0));
    assert_eq!(blocks(&plain(&only_hgv), Vehicle::TRUCK_12T, START, STREET), Some(4));
    let heavy =
        rule("way 102", "node 2", "way 212", &[("restriction:conditional", "no_left_turn @ (weight>16)")]);
    assert_eq!(blocks(&plain(&heavy), Vehicle::TRUCK_12T, START, STREET), Some(0));
    assert_eq!(blocks(&plain(&heavy), Vehicle::TRUCK_40T, START, STREET), Some(4));
}

#[test]
fn an_only_restriction_forbids_the_rest() {
    let only = rule("way 102", "node 2", "way 203", &[("restriction", "only_straight_on")]);
    assert_eq!(blocks(&plain(&only), Vehicle::CAR, START, STREET), Some(4));
    assert_eq!(blocks(&plain(&only), Vehicle::CAR, START, (0.0, 0.0021)), Some(0));
}

#[test]
fn a_restriction_via_a_way_holds_only_for_those_who_come_that_way() {
    let via = rule("way 102", "way 203", "way 313", &[("restriction", "no_left_turn")]);
    let router = plain(&via);
    let beyond_3 = (0.0001, 0.003);
    // From block 1-2: not over 2-3 into 3-13, but 2-12-13 and down, or to 4 and round.
    assert_eq!(blocks(&router, Vehicle::CAR, START, beyond_3), Some(3));
    // From street 2-12 the same turn is free.
    assert_eq!(blocks(&router, Vehicle::CAR, STREET, beyond_3), Some(1));
    let only = rule("way 102", "way 203", "way 304", &[("restriction", "only_straight_on")]);
    let router = plain(&only);
    assert_eq!(blocks(&router, Vehicle::CAR, START, beyond_3), Some(5), "2-3-4-14-13 and down the street");
}

#[test]
fn a_conditional_restriction_holds_in_its_hours() {
    let rush = rule(
        "way 102",
        "node 2",
        "way 212",
        &[("restriction:conditional", "no_left_turn @ (Mo-Fr 07:00-09:00)")],
    );
    let router = plain(&rush);
    let wish = Wish { vehicle: Vehicle::CAR, objective: Objective::Shortest, turns: true };
    let point = |(lat, lon): (f64, f64)| Point::from_degrees(lat, lon).unwrap();
    let metres = |at: u16| {
        let at = WeekMinute::new(at).unwrap();
        router.route_at(wish, at, point(START), point(STREET)).unwrap().distance_m()
    };
    assert!(metres(8 * 60) > 400 && metres(10 * 60) < 50 && metres(5 * 1440 + 8 * 60) < 50);
    assert_eq!(blocks(&router, Vehicle::CAR, START, STREET), Some(4), "legal at any time");
}

#[test]
fn a_turn_that_is_forbidden_at_some_hours_is_taken_by_those_who_leave_at_others() {
    let hours = "no_left_turn @ (Mo-Fr 07:00-09:00,16:00-18:00; Sa 09:00-12:00)";
    let rush = rule("way 102", "node 2", "way 212", &[("restriction:conditional", hours), ("except", "hgv")]);
    let router = plain(&rush);
    let blocks = |vehicle, departure: &str| {
        let wish = Wish { vehicle, objective: Objective::Fastest, turns: true };
        let ends = [START, STREET].map(|(lat, lon)| Point::from_degrees(lat, lon).unwrap());
        let at = Timestamp::parse(departure).unwrap();
        let routes = router.routes_from(wish, (&Live::default(), &Speeds::default()), at, ends.into(), 2);
        (routes.unwrap()[0].effort.length_mm as f64 / 111_195.0).round() as i64
    };
    // Clocks there are an hour ahead of UTC, as assumed for a place near no city of Europe.
    let by_hour =
        ["2026-03-02T05:59:00Z", "2026-03-02T06:00:00Z", "2026-03-02T07:59:00Z", "2026-03-02T08:00:00Z"];
    assert_eq!(by_hour.map(|at| blocks(Vehicle::CAR, at)), [0, 4, 4, 0]);
    assert_eq!(
        by_hour.map(|at| blocks(Vehicle::TRUCK_40T, at)),
        [0; 4],
        "who is excepted may turn at any hour"
    );
    let saturday = ["2026-03-07T06:30:00Z", "2026-03-07T08:30:00Z", "2026-03-07T15:30:00Z"];
    assert_eq!(saturday.map(|at| blocks(Vehicle::CAR, at)), [0, 4, 0]);
    let ends = [START, STREET].map(|(lat, lon)| Point::from_degrees(lat, lon).unwrap());
    let wish = Wish { vehicle: Vehicle::CAR, objective: Objective::Shortest, turns: true };
    let at = |departure: &str| {
        let at = Timestamp::parse(departure).unwrap();
        router.moment(Vehicle::CAR, &Live::default(), &Speeds::default(), at)
    };
    let cell = |departure| router.matrix_in(wish, &at(departure), &ends[..1], &ends[1..])[0][0].unwrap();
    assert!(cell(by_hour[0]) < 5_000 && cell(by_hour[1]) > 40_000, "a matrix keeps the hours too");
}

#[test]
fn whatever_turns_are_forbidden_at_an_hour_a_plain_search_agrees() {
    let mut parts = synthetic::generate(1_500, 3).unwrap().parts().clone();
    let graph = Graph::new(parts.clone()).unwrap();
    let mut dice = Dice::new(5);
    while parts.restrictions.len() < 600 {
        let first = Edge(dice.below(graph.edge_count() as u32));
        let out = graph.out(graph.head(first));
        let next = out[dice.below(out.len() as u32) as usize];
        let from = dice.below(12) as u16 * 60;
        let hours = Times { seasons: Vec::new(), hours: vec![(from, from + 360)] };
        let times = if dice.below(4) == 0 { Vec::new() } else { vec![hours] };
        let when = Condition { times, ..Condition::default() };
        parts.restrictions.push(Restriction { edges: vec![first, next], kinds: 7, when });
    }
    let router = Router::contracted(Graph::new(parts).unwrap()).unwrap();
    let graph = router.graph();
    let wish = Wish { vehicle: Vehicle::CAR, objective: Objective::Fastest, turns: true };
    let (mut found, mut searched) = (0, 0);
    for _ in 0..400 {
        let at = WeekMinute::new(dice.below(18 * 60) as u16).unwrap();
        let place = |dice: &mut Dice| graph.point(dice.below(graph.node_count() as u32));
        let (from, to) = (place(&mut dice), place(&mut dice));
        let metric = Metric::of(graph, wish, Law::At(Departure::Minute(at)));
        let least = Metric::of(graph, wish, Law::Least);
        assert_eq!(least.turns_at(graph, Departure::Minute(at)), metric.arcs);
        let places = router.places(&metric, from).next().zip(router.places(&metric, to).next());
        let (start, end) = places.unwrap();
        let ends = Ends::between(graph, &metric, &start, &end);
        let plain = search::towards(graph, &metric, &ends, end.point, 0.0).map(|way| way.weight);
        let route = router.route_at(wish, at, from, to).ok();
        assert_eq!(route.as_ref().map(|route| route.weight), plain, "{at:?} {from:?} {to:?}");
        found += usize::from(route.is_some());
        searched += usize::from(route.is_some_and(|route| {
            router.route(wish, from, to).is_ok_and(|always| always.weight != route.weight)
        }));
    }
    assert!(found > 200 && searched > 20, "{found} ways, {searched} better than what is legal at any time");
}

#[test]
fn signs_keep_large_trucks_out() {
    for (sign, value) in [
        ("maxweight", "18"),
        ("maxheight", "3.8"),
        ("maxlength", "12"),
        ("maxaxleload", "10"),
        ("maxwidth", "2.51"),
    ] {
        let tags = |way: &str| {
            if way == "2-12" { format!("<tag k='{sign}' v='{value}'/>") } else { String::new() }
        };
        let router = ladder("", &tags);
        let upper = (0.001, 0.0021);
        assert_eq!(blocks(&router, Vehicle::TRUCK_12T, START, upper), Some(1), "{sign}");
        assert_eq!(blocks(&router, Vehicle::TRUCK_40T, START, upper), Some(3), "{sign}");
    }
    let no_hazmat = ladder("", &|way| {
        if way == "2-12" { "<tag k='hazmat' v='no'/>".to_owned() } else { String::new() }
    });
    let tanker = Vehicle { hazmat: true, ..Vehicle::TRUCK_40T };
    assert_eq!(blocks(&no_hazmat, tanker, START, (0.001, 0.0021)), Some(3));
}

#[test]
fn nobody_drives_through_a_street_for_residents() {
    let router = ladder("", &|way| {
        if way == "2-12" { "<tag k='motor_vehicle' v='destination'/>".to_owned() } else { String::new() }
    });
    assert_eq!(blocks(&router, Vehicle::CAR, START, (0.001, 0.0021)), Some(3));
    assert_eq!(blocks(&router, Vehicle::CAR, START, STREET), Some(0), "a visitor may enter");
}

#[test]
fn a_road_that_ends_is_left_by_turning_back() {
    let router = plain(
        "<node id='99' lat='-0.001' lon='0.002'/><way id='99'><nd ref='2'/><nd ref='99'/>\
        <tag k='highway' v='service'/></way>",
    );
    // Into the stub, where both directions of a place are open, and from its end.
    assert_eq!(blocks(&router, Vehicle::CAR, (-0.001, 0.002), START), Some(1));
    let wish = Wish { vehicle: Vehicle::CAR, objective: Objective::Fastest, turns: true };
    let end = Point::from_degrees(-0.001, 0.002).unwrap();
    assert!(router.route(wish, Point::from_degrees(0.0, 0.0019).unwrap(), end).is_ok());
}

#[test]
fn a_road_that_is_closed_at_night_is_closed_to_those_who_leave_at_night() {
    let router = ladder("", &|way| {
        let closed = "<tag k='hgv:conditional' v='no @ (22:00-06:00)'/>".to_owned();
        if way == "2-12" { closed } else { String::new() }
    });
    let blocks = |vehicle, departure: &str| {
        let wish = Wish { vehicle, objective: Objective::Shortest, turns: true };
        let ends = [START, (0.001, 0.0021)].map(|(lat, lon)| Point::from_degrees(lat, lon).unwrap());
        let at = Timestamp::parse(departure).unwrap();
        let routes = router.routes_from(wish, (&Live::default(), &Speeds::default()), at, ends.into(), 1);
        routes.unwrap()[0].distance_m() / 100
    };
    // 23:30 by the clocks of the place, which is nearest to a city in western Africa: an hour ahead of UTC, as assumed.
    let (night, day) = ("2026-03-02T22:30:00Z", "2026-03-02T12:00:00Z");
    assert_eq!([blocks(Vehicle::TRUCK_40T, day), blocks(Vehicle::CAR, night)], [1, 1]);
    assert_eq!(blocks(Vehicle::TRUCK_40T, night), 3);
    assert_eq!(blocks(Vehicle::VAN, night), 1);
    let at_minute = |minute| {
        let wish = Wish { vehicle: Vehicle::TRUCK_40T, objective: Objective::Shortest, turns: true };
        let [from, to] = [START, (0.001, 0.0021)].map(|(lat, lon)| Point::from_degrees(lat, lon).unwrap());
        router.route_at(wish, WeekMinute::new(minute).unwrap(), from, to).unwrap().distance_m() / 100
    };
    assert_eq!([at_minute(23 * 60 + 30), at_minute(12 * 60)], [3, 1]);
}

#[test]
fn a_road_that_is_closed_in_winter_is_open_in_summer() {
    let folder = tempfile::tempdir().unwrap();
    for (closed, winter, summer) in [
        ("no @ (Nov 15-Mar 31)", 3, 1),
        ("no @ (Nov-Mar Mo-Fr 08:00-20:00; Jul)", 3, 3),
        ("no @ (2018 May 22-2018 Oct 7)", 1, 1),
        ("no @ (2026 Jul 1-2026 Jul 31)", 1, 3),
    ] {
        let router = ladder("", &|way| {
            let tag = format!("<tag k='motor_vehicle:conditional' v='{closed}'/>");
            if way == "2-12" { tag } else { String::new() }
        });
        // What a file holds of it is the same.
        let path = folder.path().join("graph");
        file::write_prepared(&path, &router, &KEPT_WISHES).unwrap();
        for router in [router, file::open(&path).unwrap()] {
            let blocks = |departure: &str| {
                let wish = Wish { vehicle: Vehicle::VAN, objective: Objective::Fastest, turns: true };
                let ends = [START, (0.001, 0.0021)].map(|(lat, lon)| Point::from_degrees(lat, lon).unwrap());
                let at = Timestamp::parse(departure).unwrap();
                let usual = (&Live::default(), &Speeds::default());
                router.routes_from(wish, usual, at, ends.into(), 1).unwrap()[0].distance_m() / 100
            };
            assert_eq!(blocks("2026-01-14T12:00:00Z"), winter, "{closed}");
            assert_eq!(blocks("2026-07-15T12:00:00Z"), summer, "{closed}");
        }
    }
}

#[test]
fn a_road_that_is_only_touched_is_no_step() {
    let named = ladder("", &|way| format!("<tag k='name' v='{way}'/>"));
    let corner =
        |row: u8, column: u8| Point::from_degrees(f64::from(row) * 0.001, f64::from(column) * 0.001).unwrap();
    let corners: Vec<Point> = (0..2).flat_map(|row| (1..=4).map(move |column| corner(row, column))).collect();
    for (from, to) in corners.iter().flat_map(|from| corners.iter().map(move |to| (*from, *to))) {
        let wish = Wish { vehicle: Vehicle::CAR, objective: Objective::Fastest, turns: true };
        let route = named.route(wish, from, to).unwrap();
        let steps = roads::steps::steps(named.graph(), &route);
        let (last, driven) = steps.split_last().unwrap();
        assert_eq!((last.length_mm, last.time_ms), (0, 0));
        assert!(from == to || driven.iter().all(|step| step.length_mm > 0), "{from:?} to {to:?}: {steps:?}");
        assert_eq!(steps.iter().map(|step| step.length_mm).sum::<u64>(), route.effort.length_mm);
        assert_eq!(steps.iter().map(|step| step.time_ms).sum::<u64>(), route.effort.time_ms);
        let streets = (from.lat() - to.lat()).abs() + (from.lon() - to.lon()).abs();
        assert_eq!(driven.len(), ((streets * 1000.0).round() as usize).max(1), "a street a step: {steps:?}");
    }
}
