//! Problems to try things on.

use kernel::{Clock, Timestamp};
use planner::{
    Budget, Control, Nobody, Plan, Problem, Solved, solve,
    wire::{JobDocument, PlaceDocument, ProblemDocument, StopDocument, VehicleDocument, WindowDocument},
};
use std::sync::atomic::AtomicBool;

/// A clock that stands still: what ends a search with it are its steps.
pub struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0)
    }
}

/// Solves with a number of steps.
pub fn solved(problem: &Problem, iterations: u64, seed: u64) -> Solved {
    let control = Control {
        seed,
        budget: Budget { time: None, iterations: Some(iterations) },
        clock: &Still,
        stop: &AtomicBool::new(false),
        watcher: &mut Nobody,
    };
    solve(problem, control).unwrap()
}

pub const HOUR: i64 = 3600;

pub fn window(from_s: i64, to_s: i64) -> Option<WindowDocument> {
    Some(WindowDocument { from_s, to_s })
}

pub fn stop(place: &str, window: Option<WindowDocument>) -> StopDocument {
    StopDocument { place: place.into(), window, service_s: 600, preferred: None }
}

pub fn job(id: &str, from: &str, to: &str) -> JobDocument {
    JobDocument {
        id: id.into(),
        pickup: Some(stop(from, None)),
        delivery: Some(stop(to, None)),
        load: vec![10],
        ..JobDocument::default()
    }
}

pub fn vehicle(id: &str, start: &str) -> VehicleDocument {
    VehicleDocument {
        id: id.into(),
        start: Some(start.into()),
        end: Some(start.into()),
        shift: WindowDocument { from_s: 0, to_s: 240 * HOUR },
        capacity: vec![20],
        skills: vec![],
        fixed_minor: 0,
        per_km_minor: 100,
        per_hour_minor: 0,
        frozen: vec![],
        planned: vec![],
        hours: None,
    }
}

/// Five cities, one truck in Milan.
pub fn italy(jobs: Vec<JobDocument>, vehicles: Vec<VehicleDocument>) -> ProblemDocument {
    let cities = [
        ("milan", 45.4642, 9.19),
        ("turin", 45.0703, 7.6869),
        ("bologna", 44.4949, 11.3426),
        ("rome", 41.9028, 12.4964),
        ("bari", 41.1171, 16.8719),
    ];
    let place =
        |(id, lat, lon): (&str, f64, f64)| PlaceDocument { id: id.into(), lat: Some(lat), lon: Some(lon) };
    ProblemDocument {
        objective: Default::default(),
        places: cities.into_iter().map(place).collect(),
        travel: Default::default(),
        jobs,
        vehicles,
    }
}

/// The names of the stops of each route.
pub fn names(problem: &Problem, plan: &Plan) -> Vec<Vec<String>> {
    let of = |stops: &[usize]| stops.iter().map(|stop| problem.stops[*stop].name.clone()).collect();
    plan.routes.iter().map(|route| of(&route.stops)).collect()
}

/// The codes of why jobs are left out, with their names.
pub fn reasons(problem: &Problem, plan: &Plan) -> Vec<(String, &'static str)> {
    plan.left_out.iter().map(|out| (problem.jobs[out.job].name.clone(), out.reason.code())).collect()
}
