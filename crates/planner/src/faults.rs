//! What makes a problem meaningless.

use crate::{
    load::{LOAD_TOTAL_MAX, Load},
    problem::{Fault, Importance, Objective, Problem, STOPS_MAX, Stop, Task, VEHICLES_MAX, Vehicle, Window},
    timetable,
};

/// The largest time, distance or price; sums of them stay exact enough in double precision.
const NUMBER_MAX: f64 = 1e12;
/// At most so many faults are listed; a hostile input does not get an answer larger than itself.
const FAULTS_MAX: usize = 20;

pub fn find(problem: &Problem) -> Vec<Fault> {
    let mut faults = Faults(Vec::new());
    faults.unless(problem.stops.len() <= STOPS_MAX, "jobs", || {
        format!("{} stops; at most {STOPS_MAX} can be planned at once", problem.stops.len())
    });
    faults.unless(problem.vehicles.len() <= VEHICLES_MAX, "vehicles", || {
        format!("{} vehicles; at most {VEHICLES_MAX} can be planned at once", problem.vehicles.len())
    });
    faults.unless(!problem.vehicles.is_empty(), "vehicles", || "there is no vehicle".to_owned());
    faults.unless(!problem.jobs.is_empty(), "jobs", || "there is nothing to plan: no stop at all".to_owned());
    faults.unless(problem.travel.is_sound(), "travel", || {
        "a distance or duration is negative or not a number".to_owned()
    });
    if faults.0.is_empty() {
        problem.stops.iter().for_each(|stop| check_stop(stop, problem, &mut faults));
        check_jobs(problem, &mut faults);
        problem.vehicles.iter().for_each(|vehicle| check_vehicle(vehicle, problem, &mut faults));
        check_trips(problem, &mut faults);
    }
    if faults.0.is_empty() {
        check_what_is_under_way(problem, &mut faults);
    }
    faults.0
}

struct Faults(Vec<Fault>);

impl Faults {
    fn unless(&mut self, fine: bool, field: &str, message: impl FnOnce() -> String) {
        if !fine && self.0.len() < FAULTS_MAX {
            self.0.push(Fault::new(field, message()));
        }
    }
}

fn bounded(value: f64) -> bool {
    value.is_finite() && value.abs() <= NUMBER_MAX
}

fn price(value: f64) -> bool {
    bounded(value) && value >= 0.0
}

fn check_window(window: Window, field: &str, faults: &mut Faults) {
    faults.unless(bounded(window.from) && bounded(window.to), field, || {
        "a window needs two finite times".to_owned()
    });
    faults.unless(window.from <= window.to, field, || {
        format!("the window closes at {} before it opens at {}", window.to, window.from)
    });
}

fn check_stop(stop: &Stop, problem: &Problem, faults: &mut Faults) {
    let field = format!("stop {}", stop.name);
    faults.unless(stop.place < problem.travel.places(), &field, || "its place does not exist".to_owned());
    check_window(stop.window, &field, faults);
    faults.unless(bounded(stop.service) && stop.service >= 0.0, &field, || {
        format!("the service time is {}; it cannot be negative", stop.service)
    });
    if let Some(preference) = stop.preference {
        check_window(preference.window, &field, faults);
        faults.unless(price(preference.price), &field, || "the price cannot be negative".to_owned());
    }
}

fn check_jobs(problem: &Problem, faults: &mut Faults) {
    let mut owned = vec![false; problem.stops.len()];
    let mut totals = [0_i64; crate::load::DIMENSIONS_MAX];
    for job in &problem.jobs {
        let field = format!("job {}", job.name);
        for stop in job.task.stops() {
            match owned.get_mut(stop) {
                Some(taken) => {
                    faults.unless(!*taken, &field, || "one of its stops belongs to two jobs".to_owned());
                    *taken = true;
                }
                None => faults.unless(false, &field, || "one of its stops does not exist".to_owned()),
            }
        }
        for (total, amount) in totals.iter_mut().zip(job.load.0) {
            faults.unless(amount >= 0, &field, || format!("the load is {amount}; it cannot be negative"));
            *total += i64::from(amount);
        }
        let importance_is_sound = match job.importance {
            Importance::Mandatory(priority) => (1..=10).contains(&priority),
            Importance::Optional(penalty) => price(penalty),
        };
        faults.unless(importance_is_sound, &field, || {
            "the priority must be 1 to 10, and a penalty cannot be negative".to_owned()
        });
        let is_optional = matches!(job.importance, Importance::Optional(_));
        faults.unless(!is_optional || problem.objective == Objective::Cheapest, &field, || {
            "a job with a penalty needs the objective `cheapest`: fewest vehicles would leave it out"
                .to_owned()
        });
        let vehicle_exists = job.vehicle.is_none_or(|vehicle| vehicle < problem.vehicles.len());
        faults.unless(vehicle_exists, &field, || "its vehicle does not exist".to_owned());
        faults.unless(job.vehicle.is_some() || !matches!(job.task, Task::Unload(_)), &field, || {
            "what is on board needs the vehicle it is on".to_owned()
        });
    }
    faults.unless(owned.iter().all(|taken| *taken), "stops", || "a stop belongs to no job".to_owned());
    faults.unless(totals.iter().all(|total| *total <= LOAD_TOTAL_MAX), "jobs", || {
        format!("all loads together exceed {LOAD_TOTAL_MAX}; use larger units")
    });
}

fn check_vehicle(vehicle: &Vehicle, problem: &Problem, faults: &mut Faults) {
    let field = format!("vehicle {}", vehicle.name);
    let place = |place: Option<usize>| place.is_none_or(|place| place < problem.travel.places());
    faults.unless(place(vehicle.start) && place(vehicle.end), &field, || {
        "the place where it starts or ends does not exist".to_owned()
    });
    check_window(vehicle.shift, &field, faults);
    faults.unless(vehicle.capacity.0.iter().all(|amount| *amount >= 0), &field, || {
        "the capacity cannot be negative".to_owned()
    });
    let costs = [vehicle.fixed_cost, vehicle.distance_cost, vehicle.time_cost];
    faults.unless(costs.into_iter().all(price), &field, || "a cost cannot be negative".to_owned());
    faults.unless(vehicle.hours.is_none_or(|hours| hours.is_sound()), &field, || {
        "the driver's hours must be positive, and a rest no shorter than a break".to_owned()
    });
}

/// Trips under way: each stop once, in a possible order, by a vehicle that may do it.
fn check_trips(problem: &Problem, faults: &mut Faults) {
    let jobs = problem.job_of_stop();
    let mut seen = vec![false; problem.stops.len()];
    for (index, vehicle) in problem.vehicles.iter().enumerate() {
        let field = format!("vehicle {}", vehicle.name);
        for (position, stop) in vehicle.frozen.iter().chain(&vehicle.planned).copied().enumerate() {
            let Some(job) = jobs.get(stop).and_then(|job| problem.jobs.get(*job)) else {
                faults.unless(false, &field, || "a frozen or planned stop does not exist".to_owned());
                continue;
            };
            let name = &problem.stops[stop].name;
            faults.unless(!seen[stop], &field, || format!("stop {name} is frozen or planned twice"));
            seen[stop] = true;
            if position >= vehicle.frozen.len() {
                continue;
            }
            faults.unless(job.vehicle.is_none_or(|only| only == index), &field, || {
                format!("stop {name} is frozen here, but its job belongs to another vehicle")
            });
            if let Task::Carry { pickup, delivery } = job.task {
                let fetched = stop != delivery || vehicle.frozen[..position].contains(&pickup);
                faults.unless(fetched, &field, || format!("stop {name} is frozen before its pickup"));
            }
        }
    }
}

/// What is under way is visited even if it is too late, but only within the vehicle's shift and capacity.
fn check_what_is_under_way(problem: &Problem, faults: &mut Faults) {
    let jobs = problem.job_of_stop();
    for (index, vehicle) in problem.vehicles.iter().enumerate() {
        let field = format!("vehicle {}", vehicle.name);
        let in_time = vehicle.frozen.is_empty()
            || timetable::price(problem, index, vehicle.frozen.iter().copied()).is_some();
        faults.unless(in_time, &field, || {
            "its frozen stops and the way to its end take longer than its shift: extend the shift".to_owned()
        });
        let on_board = problem.jobs.iter().filter(|job| match job.task {
            Task::Unload(_) => job.vehicle == Some(index),
            Task::Deliver(stop) => vehicle.frozen.contains(&stop),
            Task::Carry { .. } | Task::Collect(_) => false,
        });
        let mut load = on_board.map(|job| job.load).fold(Load::default(), |sum, load| sum + load);
        let mut fits = load.fits(vehicle.capacity);
        for stop in &vehicle.frozen {
            let job = &problem.jobs[jobs[*stop]];
            match job.task {
                Task::Carry { pickup, .. } if pickup == *stop => load += job.load,
                Task::Collect(_) => load += job.load,
                Task::Carry { .. } | Task::Deliver(_) | Task::Unload(_) => load -= job.load,
            }
            fits &= load.fits(vehicle.capacity);
        }
        faults.unless(fits, &field, || "what is on board or frozen exceeds its capacity".to_owned());
    }
}
