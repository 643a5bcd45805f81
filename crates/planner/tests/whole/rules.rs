//! What each rule of the problem does to a plan.

use crate::samples::{HOUR, italy, job, names, reasons, solved, stop, vehicle, window};
use planner::{
    Activity, Problem,
    wire::{HoursDocument, JobDocument, ObjectiveDocument, PreferenceDocument},
};

fn resolve(jobs: Vec<JobDocument>, vehicles: Vec<planner::wire::VehicleDocument>) -> Problem {
    italy(jobs, vehicles).resolve().unwrap()
}

#[test]
fn a_load_is_carried_from_its_pickup_to_its_delivery() {
    let problem = resolve(vec![job("a", "turin", "bologna")], vec![vehicle("t", "milan")]);
    let plan = solved(&problem, 50, 1).plan;
    assert_eq!(names(&problem, &plan), [["a/pickup", "a/delivery"]]);
    assert!((600_000.0..900_000.0).contains(&plan.distance), "{}", plan.distance);
}

#[test]
fn capacity_makes_two_trips_of_one() {
    let jobs = (0..4).map(|n| job(&n.to_string(), "milan", "rome")).collect();
    let problem = resolve(jobs, vec![vehicle("t", "milan")]);
    let plan = solved(&problem, 500, 1).plan;
    let to_rome = 2.0 * problem.travel.leg(0, 3).distance;
    assert!((plan.distance - 2.0 * to_rome).abs() < 1.0, "{} instead of {}", plan.distance, 2.0 * to_rome);
}

#[test]
fn every_stop_that_is_left_out_says_why() {
    let mut cold = job("cold", "milan", "rome");
    cold.needs = vec!["reefer".into()];
    let mut large = job("large", "milan", "rome");
    large.load = vec![21];
    let mut late = job("late", "milan", "bari");
    late.delivery = Some(stop("bari", window(0, HOUR)));
    let mut poor = job("poor", "rome", "bari");
    poor.penalty_minor = Some(50);
    let fine = job("fine", "milan", "turin");
    let problem = resolve(vec![cold, large, late, poor, fine], vec![vehicle("t", "milan")]);
    let plan = solved(&problem, 200, 1).plan;
    let expected = [
        ("cold".to_owned(), "skills"),
        ("large".to_owned(), "capacity"),
        ("late".to_owned(), "time_window"),
        ("poor".to_owned(), "not_worth_it"),
    ];
    assert_eq!(reasons(&problem, &plan), expected);
    assert_eq!(names(&problem, &plan), [["fine/pickup", "fine/delivery"]]);
}

#[test]
fn of_two_jobs_at_the_same_time_the_higher_priority_wins() {
    for (winner, loser) in [("a", "b"), ("b", "a")] {
        let appointment = |id: &str, place: &str| {
            let mut job = job(id, "milan", place);
            job.delivery = Some(stop(place, window(10 * HOUR, 10 * HOUR)));
            job.priority = Some(if id == winner { 9 } else { 2 });
            job
        };
        let jobs = vec![appointment("a", "rome"), appointment("b", "turin")];
        let problem = resolve(jobs, vec![vehicle("t", "milan")]);
        let plan = solved(&problem, 200, 1).plan;
        assert_eq!(reasons(&problem, &plan), [(loser.to_owned(), "no_room")]);
    }
}

#[test]
fn skills_and_bindings_choose_the_vehicle() {
    let mut cold = job("cold", "milan", "rome");
    cold.needs = vec!["reefer".into(), "adr".into()];
    let mut bound = job("bound", "milan", "turin");
    bound.vehicle = Some("c".into());
    let mut able = vehicle("b", "bari");
    able.skills = vec!["adr".into(), "reefer".into()];
    let problem = resolve(vec![cold, bound], vec![vehicle("a", "milan"), able, vehicle("c", "bari")]);
    let plan = solved(&problem, 100, 1).plan;
    let who: Vec<&str> =
        plan.routes.iter().map(|route| problem.vehicles[route.vehicle].name.as_str()).collect();
    assert_eq!(who, ["b", "c"]);
}

#[test]
fn a_vehicle_may_start_and_end_anywhere() {
    let mut free = vehicle("free", "milan");
    (free.start, free.end) = (None, None);
    let problem = resolve(vec![job("a", "rome", "bari")], vec![free]);
    let plan = solved(&problem, 50, 1).plan;
    assert_eq!(plan.distance, problem.travel.leg(3, 4).distance);
}

#[test]
fn a_preference_is_met_unless_its_price_is_lower_than_the_detour() {
    let with_price = |per_hour_minor: u64| {
        let mut late = job("late", "milan", "turin");
        let mut delivery = stop("turin", None);
        delivery.preferred = Some(PreferenceDocument { from_s: 7 * HOUR, to_s: 24 * HOUR, per_hour_minor });
        late.delivery = Some(delivery);
        let mut early = job("early", "milan", "turin");
        early.delivery = Some(stop("turin", window(0, 8 * HOUR)));
        resolve(vec![late, early], vec![vehicle("t", "milan")])
    };
    let cheap = with_price(1);
    let plan = solved(&cheap, 300, 1).plan;
    assert!(plan.cost - plan.distance / 10.0 > 0.0, "the missed preference is in the cost");
    assert_eq!(plan.distance, 2.0 * cheap.travel.leg(0, 1).distance);
    let dear = with_price(100_000);
    let plan = solved(&dear, 300, 1).plan;
    assert!((plan.cost - plan.distance / 10.0).abs() < 1.0, "{} for {} m", plan.cost, plan.distance);
}

#[test]
fn a_long_way_has_breaks_and_rests() {
    let mut driver = vehicle("t", "milan");
    driver.hours = Some(HoursDocument::default());
    let problem = resolve(vec![job("a", "turin", "bari")], vec![driver]);
    let plan = solved(&problem, 20, 1).plan;
    let count =
        |activity: Activity| plan.routes[0].timetable.iter().filter(|span| span.activity == activity).count();
    // About 2,500 km at 70 km/h: 36 hours at the wheel are three rests and as many breaks between them.
    assert_eq!(count(Activity::Rest), 3, "{:?}", plan.routes[0].timetable);
    assert!(count(Activity::Break) >= 3);
}

#[test]
fn a_tired_driver_cannot_be_there_in_time() {
    let with = |driven_today_s: u32| {
        let mut driver = vehicle("t", "milan");
        driver.hours =
            Some(HoursDocument { driven_since_break_s: 0, driven_today_s, on_duty_s: driven_today_s });
        let mut a = job("a", "milan", "bologna");
        a.delivery = Some(stop("bologna", window(0, 6 * HOUR)));
        resolve(vec![a], vec![driver])
    };
    assert!(solved(&with(0), 20, 1).plan.left_out.is_empty());
    let tired = with(8 * 3600);
    assert_eq!(reasons(&tired, &solved(&tired, 20, 1).plan), [("a".to_owned(), "driver_hours")]);
}

#[test]
fn fewest_vehicles_and_cheapest_differ() {
    let jobs = vec![job("a", "turin", "turin"), job("b", "bari", "bari")];
    let vehicles = vec![vehicle("north", "turin"), vehicle("south", "bari")];
    let mut document = italy(jobs, vehicles);
    let cheapest = document.resolve().unwrap();
    let plan = solved(&cheapest, 300, 1).plan;
    assert_eq!((plan.routes.len(), plan.distance), (2, 0.0));
    document.objective = ObjectiveDocument::FewestVehicles;
    let fewest = document.resolve().unwrap();
    assert_eq!(solved(&fewest, 300, 1).plan.routes.len(), 1);
}

#[test]
fn frozen_stops_stay_first_even_if_it_is_too_late() {
    let mut running = job("running", "rome", "bologna");
    running.pickup = Some(stop("rome", window(0, 60)));
    let other = job("other", "milan", "turin");
    let mut truck = vehicle("t", "milan");
    truck.frozen = vec!["running/pickup".into()];
    let problem = resolve(vec![running, other], vec![truck, vehicle("u", "turin")]);
    let plan = solved(&problem, 200, 1).plan;
    assert_eq!(reasons(&problem, &plan), []);
    let routes = names(&problem, &plan);
    let under_way = routes.iter().find(|route| route.contains(&"running/pickup".to_owned())).unwrap();
    assert_eq!(under_way[0], "running/pickup");
    assert!(under_way.contains(&"running/delivery".to_owned()), "{routes:?}");
}

#[test]
fn what_is_on_board_stays_on_board() {
    let mut on_board = job("on_board", "milan", "rome");
    (on_board.pickup, on_board.on_board, on_board.vehicle) = (None, true, Some("t".into()));
    on_board.load = vec![15];
    let problem = resolve(vec![on_board, job("new", "milan", "rome")], vec![vehicle("t", "milan")]);
    let plan = solved(&problem, 200, 1).plan;
    assert_eq!(reasons(&problem, &plan), []);
    let routes = names(&problem, &plan);
    let position = |name: &str| routes[0].iter().position(|stop| stop == name).unwrap();
    assert!(position("on_board/delivery") < position("new/pickup"), "no room for both: {routes:?}");
}
