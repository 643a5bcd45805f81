//! Alternatives, areas, matched tracks and directions, on a synthetic land and on the Andorra extract.

#![expect(clippy::unwrap_used, reason = "a test may fail at any step")]

use roads::{
    Live, Moment, Objective, Reason, Router, Vehicle, Wish,
    geometry::Point,
    import,
    matching::match_track,
    steps::{Language, Manoeuvre, steps},
    synthetic::{self, Dice},
};
use std::path::PathBuf;

const FASTEST: Wish = Wish { vehicle: Vehicle::CAR, objective: Objective::Fastest, turns: true };

fn land() -> Router {
    Router::contracted(synthetic::generate(20_000, 5).unwrap()).unwrap()
}

fn somewhere(router: &Router, dice: &mut Dice) -> Point {
    router.graph().point(dice.below(router.graph().node_count() as u32))
}

fn andorra() -> Option<Router> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/osm/andorra.osm.pbf");
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(Router::contracted(import(&path, None, &mut |_| {}).unwrap().graph).unwrap())
}

#[test]
fn alternatives_are_different_and_not_much_longer() {
    let router = land();
    let mut dice = Dice::new(1);
    let mut with_choice = 0;
    for _ in 0..100 {
        let (from, to) = (somewhere(&router, &mut dice), somewhere(&router, &mut dice));
        let Ok(routes) = router.routes(FASTEST, from, to, 3) else { continue };
        assert_eq!(routes[0], router.route(FASTEST, from, to).unwrap());
        assert!(routes.len() <= 3 && routes.is_sorted_by_key(|route| route.weight));
        for other in &routes[1..] {
            assert_ne!(other.edges, routes[0].edges);
            assert!(u64::from(other.weight) * 100 <= u64::from(routes[0].weight) * 130);
        }
        with_choice += usize::from(routes.len() > 1);
    }
    assert!(with_choice > 20, "only {with_choice} of 100 pairs have a choice");
}

#[test]
fn a_track_with_noise_finds_its_road_again() {
    let router = land();
    let mut dice = Dice::new(2);
    let mut right = 0;
    let mut all = 0;
    for _ in 0..20 {
        let (from, to) = (somewhere(&router, &mut dice), somewhere(&router, &mut dice));
        let Ok(route) = router.route(FASTEST, from, to) else { continue };
        let mut noise = || dice.below(1_600) as i32 - 800;
        let line = route.geometry(router.graph());
        let track: Vec<Point> =
            line.iter().map(|p| Point::new(p.lat_e7 + noise(), p.lon_e7 + noise()).unwrap()).collect();
        let matched = match_track(&router, Vehicle::CAR, &track);
        assert_eq!(matched.places.len(), track.len());
        let driven: std::collections::HashSet<_> = route.edges.iter().collect();
        for (_, way) in &matched.ways {
            let metres = |wanted: bool| -> u64 {
                let edges =
                    way.edges.iter().zip(&way.driven_mm).filter(|(edge, _)| !wanted || driven.contains(edge));
                edges.map(|(_, (start, end))| u64::from(end - start)).sum()
            };
            right += metres(true);
            all += metres(false);
        }
    }
    let share = right as f64 / all as f64;
    println!("{:.1} % of {} km matched to the road that was driven", share * 100.0, all / 1_000_000);
    assert!(share > 0.9, "{share}");
}

#[test]
fn a_track_far_from_roads_matches_nothing() {
    let router = land();
    let sea = [Point::from_degrees(0.0, 0.0).unwrap(), Point::from_degrees(0.1, 0.1).unwrap()];
    let matched = match_track(&router, Vehicle::CAR, &sea);
    assert_eq!((matched.places, matched.ways), (vec![None, None], Vec::new()));
}

#[test]
fn more_time_reaches_more_land() {
    let router = land();
    let from = router.graph().point(router.graph().node_count() as u32 / 2);
    let area = |minutes: u32| -> f64 {
        let rings = router.isochrone_in(FASTEST, &Moment::of(Live::default()), from, minutes * 60_000);
        assert!(rings.iter().all(|ring| ring.len() >= 5 && ring.first() == ring.last()));
        let twice = |ring: &[Point]| -> f64 {
            ring.windows(2).map(|p| p[0].lon() * p[1].lat() - p[1].lon() * p[0].lat()).sum()
        };
        rings.iter().map(|ring| twice(ring)).sum()
    };
    let areas = [area(2), area(5), area(10), area(20)];
    assert!(areas[0] > 0.0 && areas.is_sorted(), "{areas:?}");
    assert!(
        router
            .isochrone_in(
                FASTEST,
                &Moment::of(Live::default()),
                Point::from_degrees(0.0, 0.0).unwrap(),
                60_000
            )
            .is_empty()
    );
}

#[test]
fn directions_add_up_in_both_languages() {
    let Some(router) = andorra() else { return };
    let at = |lat, lon| Point::from_degrees(lat, lon).unwrap();
    let route = router.route(FASTEST, at(42.56819, 1.603231), at(42.571034, 1.520662)).unwrap();
    let steps = steps(router.graph(), &route);
    assert_eq!(steps.iter().map(|step| step.length_mm).sum::<u64>(), route.effort.length_mm);
    let time: u64 = steps.iter().map(|step| step.time_ms).sum();
    assert!(time.abs_diff(route.effort.time_ms) <= route.edges.len() as u64);
    assert!(matches!(steps[0].manoeuvre, Manoeuvre::Depart(_)));
    assert_eq!(steps.last().unwrap().manoeuvre, Manoeuvre::Arrive);
    let text = |language| steps.iter().map(|step| step.text(language)).collect::<Vec<_>>().join("\n");
    assert!(text(Language::English).contains("At the roundabout, take exit 1 onto CG-2"));
    assert!(text(Language::Italian).contains("Alla rotonda prendi l'uscita 1 su CG-2"));
    let line = route.geometry(router.graph());
    let metres: f64 = line.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
    assert!(
        (metres - route.effort.length_mm as f64 / 1000.0).abs() < 1.0,
        "the geometry is as long as the route"
    );
}

#[test]
fn no_route_names_the_nearest_place() {
    let Some(router) = andorra() else { return };
    let at = |lat, lon| Point::from_degrees(lat, lon).unwrap();
    let none = router.route(FASTEST, at(42.56819, 1.603231), at(40.0, 3.0)).unwrap_err();
    assert_eq!(none.reason, Reason::ToOffRoad);
    assert!(none.nearest.unwrap().away_m > 200_000.0);
    let none = router.route(FASTEST, at(40.0, 3.0), at(42.56819, 1.603231)).unwrap_err();
    assert_eq!(none.reason, Reason::FromOffRoad);
    let giant =
        Wish { vehicle: Vehicle { height_cm: 9_000, width_cm: 9_000, ..Vehicle::TRUCK_40T }, ..FASTEST };
    assert!(
        router.route(giant, at(42.56819, 1.603231), at(42.571034, 1.520662)).is_ok(),
        "no sign keeps it out here"
    );
}
