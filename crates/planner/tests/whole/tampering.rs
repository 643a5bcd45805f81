//! The checker finds every way of breaking a plan: a plan that was found good is spoilt in one place each.

use crate::samples::{HOUR, italy, job, solved, stop, vehicle, window};
use planner::{Activity, LeftOut, Plan, Problem, Reason, check, wire::HoursDocument};

fn good() -> (Problem, Plan) {
    let mut first = job("a", "turin", "bari");
    first.needs = vec!["adr".into()];
    first.delivery = Some(stop("bari", window(0, 60 * HOUR)));
    let mut truck = vehicle("t", "milan");
    truck.skills = vec!["adr".into()];
    truck.hours = Some(HoursDocument::default());
    truck.per_hour_minor = 1_000;
    let mut other = vehicle("u", "rome");
    other.per_hour_minor = 1_000;
    let mut bound = job("c", "rome", "rome");
    bound.vehicle = Some("u".into());
    let jobs = vec![first, job("b", "milan", "turin"), bound];
    let problem = italy(jobs, vec![truck, other]).resolve().unwrap();
    let plan = solved(&problem, 100, 1).plan;
    assert_eq!(check(&problem, &plan), []);
    assert_eq!(plan.routes.len(), 2);
    (problem, plan)
}

/// Spoils a good plan (or changes its problem) and expects the checker to say `what`.
fn spoilt(what: &str, spoil: impl FnOnce(&mut Problem, &mut Plan)) {
    let (mut problem, mut plan) = good();
    spoil(&mut problem, &mut plan);
    let violations = check(&problem, &plan);
    assert!(violations.iter().any(|violation| violation.what.contains(what)), "{what}: {violations:?}");
}

#[test]
fn a_wrong_sum_is_found() {
    spoilt("the distance is", |_, plan| plan.distance += 100.0);
    spoilt("the cost is", |_, plan| plan.cost -= 100.0);
    spoilt("long, not", |_, plan| plan.routes[0].distance -= 50.0);
    spoilt("it costs", |_, plan| plan.routes[0].cost *= 0.99);
}

#[test]
fn a_forgotten_or_doubled_job_is_found() {
    spoilt("0 visits instead of 2", |_, plan| plan.routes.truncate(1));
    spoilt("two routes", |_, plan| plan.routes.push(plan.routes[0].clone()));
    spoilt("left out and yet visited", |_, plan| {
        plan.left_out.push(LeftOut { job: 0, reason: Reason::NoRoom });
    });
    spoilt("left out twice", |_, plan| {
        plan.left_out =
            vec![LeftOut { job: 0, reason: Reason::NoRoom }, LeftOut { job: 0, reason: Reason::NoRoom }];
    });
    spoilt("does not visit the stops of its route", |_, plan| plan.routes[0].stops.truncate(1));
}

#[test]
fn things_that_do_not_exist_are_found() {
    spoilt("a vehicle that does not exist", |_, plan| plan.routes[0].vehicle = 9);
    spoilt("a stop that does not exist", |_, plan| plan.routes[0].stops[0] = 99);
    spoilt("a job is left out that does not exist", |_, plan| {
        plan.left_out.push(LeftOut { job: 99, reason: Reason::NoRoom });
    });
}

#[test]
fn a_delivery_before_its_pickup_is_found() {
    spoilt("delivered before it is picked up", |_, plan| plan.routes[0].stops.reverse());
}

#[test]
fn a_wrong_vehicle_is_found() {
    spoilt("another vehicle than the only one", |problem, _| problem.jobs[2].vehicle = Some(0));
    spoilt("lacks a skill", |problem, _| problem.vehicles[0].skills = 0);
    spoilt("more than its capacity", |problem, _| problem.vehicles[0].capacity = planner::Load::one(9));
}

#[test]
fn a_missed_time_is_found() {
    spoilt("before the window opens", |problem, _| problem.stops[0].window.from = 200.0 * 3600.0);
    spoilt("after the window has closed", |problem, plan| {
        let begins =
            plan.routes[0].timetable.iter().find(|span| span.activity == Activity::Serve(1)).unwrap().from;
        problem.stops[1].window.to = begins - 1.0;
    });
    spoilt("service takes", |problem, _| problem.stops[0].service += 1.0);
    spoilt("outside its shift", |_, plan| {
        let last = plan.routes[0].timetable.last().unwrap().to;
        assert!(last > 0.0);
        plan.routes[0].timetable.iter_mut().for_each(|span| {
            span.from -= 1e6;
            span.to -= 1e6;
        });
    });
    spoilt("has a gap", |_, plan| {
        plan.routes[0].timetable.remove(2);
    });
    spoilt("runs backwards", |_, plan| plan.routes[0].timetable[0].to = -1.0);
}

#[test]
fn driving_too_fast_is_found() {
    spoilt("does not drive as long as its way takes", |_, plan| {
        let timetable = &mut plan.routes[0].timetable;
        let drive = timetable.iter_mut().find(|span| span.activity == Activity::Drive).unwrap();
        drive.activity = Activity::Wait;
    });
}

#[test]
fn a_tired_driver_is_found() {
    let without = |activity: Activity| {
        move |_: &mut Problem, plan: &mut Plan| {
            let timetable = &mut plan.routes[0].timetable;
            let index = timetable.iter().position(|span| span.activity == activity).unwrap();
            let gone = timetable.remove(index);
            let length = gone.to - gone.from;
            timetable[index..].iter_mut().for_each(|span| {
                span.from -= length;
                span.to -= length;
            });
        }
    };
    spoilt("at the wheel without a break", without(Activity::Break));
    spoilt("at the wheel without a daily rest", without(Activity::Rest));
}

#[test]
fn a_thawed_prefix_is_found() {
    spoilt("stops under way are not the first", |problem, _| problem.vehicles[0].frozen = vec![1]);
}
