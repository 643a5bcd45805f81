//! Turns a solution of the search into a plan with timetables and reasons.

use crate::{
    plan::{LeftOut, Plan, PlannedRoute, Reason},
    problem::Importance,
    search::{
        insertion,
        model::{Model, NONE},
        solution::Solution,
    },
    timetable,
};

/// The plan of a solution.
pub fn plan(model: &Model, solution: &Solution) -> Plan {
    let problem = model.problem;
    let mut plan = Plan::default();
    for vehicle in solution.used_vehicles() {
        let route = &solution.routes[vehicle as usize];
        let stops: Vec<usize> = route.stops().map(|stop| stop as usize).collect();
        let depart = if route.intricate {
            timetable::departure(problem, &problem.vehicles[vehicle as usize], stops.first().copied())
        } else {
            problem.vehicles[vehicle as usize].shift.from + route.departure_slack(model)
        };
        // A route of the search always plays; if it did not, the checker would miss its stops and withhold the plan.
        if let Some(played) = timetable::build(problem, vehicle as usize, &stops, depart) {
            plan.distance += played.distance;
            plan.cost += played.cost;
            plan.routes.push(PlannedRoute {
                vehicle: vehicle as usize,
                stops,
                timetable: played.spans,
                distance: played.distance,
                cost: played.cost,
            });
        }
    }
    let mut absent: Vec<u32> = solution.absent.iter().chain(&model.hopeless).copied().collect();
    absent.sort_unstable();
    for job in absent {
        if let Importance::Optional(penalty) = problem.jobs[job as usize].importance {
            plan.cost += penalty;
        }
        plan.left_out.push(LeftOut { job: job as usize, reason: reason(model, solution, job) });
    }
    plan
}

fn reason(model: &Model, solution: &Solution, job: u32) -> Reason {
    let problem = model.problem;
    let input = &problem.jobs[job as usize];
    let only = model.jobs[job as usize].vehicle;
    let mut vehicles: Vec<usize> =
        if only == NONE { model.representatives().collect() } else { vec![only as usize] };
    vehicles.retain(|vehicle| input.skills & !problem.vehicles[*vehicle].skills == 0);
    if vehicles.is_empty() {
        return Reason::Skills;
    }
    vehicles.retain(|vehicle| input.load.fits(problem.vehicles[*vehicle].capacity));
    if vehicles.is_empty() {
        return Reason::Capacity;
    }
    if model.hopeless.contains(&job) {
        let hours_bind = vehicles.iter().any(|vehicle| would_play_without_hours(model, *vehicle, job));
        return if hours_bind { Reason::DriverHours } else { Reason::TimeWindow };
    }
    match (input.importance, cheapest_place(model, solution, job)) {
        (Importance::Optional(penalty), Some(cost)) if cost >= penalty => Reason::NotWorthIt { cost },
        _ => Reason::NoRoom,
    }
}

fn would_play_without_hours(model: &Model, vehicle: usize, job: u32) -> bool {
    let given = &model.problem.vehicles[vehicle];
    let job = &model.jobs[job as usize];
    let mut stops = given.frozen.clone();
    stops.push(job.first as usize);
    stops.extend((job.second != NONE).then_some(job.second as usize));
    given.hours.is_some() && timetable::is_possible_without_hours(model.problem, vehicle, &stops)
}

fn cheapest_place(model: &Model, solution: &Solution, job: u32) -> Option<f64> {
    let offers = solution
        .open()
        .iter()
        .filter_map(|vehicle| insertion::cheapest(model, &solution.routes[*vehicle as usize], job));
    offers.map(|offer| offer.cost).min_by(f64::total_cmp)
}
