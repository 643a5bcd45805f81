//! Judges a plan by the problem alone. Shares no code with the search: it reads the plan's timetable as evidence and
//! adds everything up again.

use crate::{
    hours::Hours,
    load::Load,
    plan::{Activity, Plan, PlannedRoute, Span},
    problem::{Importance, Problem, Task, Vehicle},
};

/// Times may differ by this much, sums of lengths and costs by this share of their size (or by this much below 1): the
/// search adds in another order than the checker, and double precision is not exact.
pub const TOLERANCE: f64 = 1e-6;

/// A rule that a plan breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Violation {
    /// Where: a vehicle, a job or the whole plan.
    pub place: String,
    /// What is wrong.
    pub what: String,
}

/// Everything that is wrong with a plan; empty when it keeps every rule of the problem.
#[must_use]
pub fn check(problem: &Problem, plan: &Plan) -> Vec<Violation> {
    let mut judge = Judge { problem, violations: Vec::new() };
    let mut visits: Vec<Vec<(usize, usize)>> = vec![Vec::new(); problem.stops.len()];
    let mut vehicle_seen = vec![false; problem.vehicles.len()];
    for (number, route) in plan.routes.iter().enumerate() {
        let Some(vehicle) = problem.vehicles.get(route.vehicle) else {
            judge.blame("the plan", "a route has a vehicle that does not exist");
            continue;
        };
        if std::mem::replace(&mut vehicle_seen[route.vehicle], true) {
            judge.blame(&vehicle.name, "it has two routes");
        }
        for (position, stop) in route.stops.iter().enumerate() {
            match visits.get_mut(*stop) {
                Some(visits) => visits.push((number, position)),
                None => judge.blame(&vehicle.name, "it visits a stop that does not exist"),
            }
        }
        if route.stops.iter().all(|stop| *stop < problem.stops.len()) {
            judge.route(vehicle, route);
        }
    }
    judge.everything_once(plan, &visits);
    judge.frozen(plan);
    judge.totals(plan);
    judge.violations
}

struct Judge<'a> {
    problem: &'a Problem,
    violations: Vec<Violation>,
}

/// Whether two sums are equal.
fn equal(a: f64, b: f64) -> bool {
    (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()).max(1.0)
}

/// Whether two times are equal.
fn same_time(a: f64, b: f64) -> bool {
    (a - b).abs() <= TOLERANCE
}

impl Judge<'_> {
    fn blame(&mut self, place: &str, what: impl Into<String>) {
        self.violations.push(Violation { place: place.to_owned(), what: what.into() });
    }

    fn unless(&mut self, fine: bool, place: &str, what: impl FnOnce() -> String) {
        if !fine {
            self.blame(place, what());
        }
    }

    /// Each job is done as a whole by one vehicle that may do it, or left out.
    fn everything_once(&mut self, plan: &Plan, visits: &[Vec<(usize, usize)>]) {
        for (index, job) in self.problem.jobs.iter().enumerate() {
            let stops: Vec<usize> = job.task.stops().collect();
            let count: usize = stops.iter().map(|stop| visits[*stop].len()).sum();
            let left_out = plan.left_out.iter().filter(|out| out.job == index).count();
            self.unless(left_out <= 1, &job.name, || "it is left out twice".to_owned());
            if left_out > 0 {
                let only_frozen = stops.iter().all(|stop| {
                    visits[*stop].iter().all(|(route, position)| {
                        let vehicle = &self.problem.vehicles[plan.routes[*route].vehicle];
                        vehicle.frozen.get(*position) == Some(stop)
                    })
                });
                self.unless(only_frozen, &job.name, || "it is left out and yet visited".to_owned());
                continue;
            }
            let once = count == stops.len() && stops.iter().all(|stop| visits[*stop].len() == 1);
            self.unless(once, &job.name, || format!("{count} visits instead of {}", stops.len()));
            if !once {
                continue;
            }
            let routes: Vec<usize> = stops.iter().map(|stop| visits[*stop][0].0).collect();
            let vehicle = plan.routes[routes[0]].vehicle;
            self.unless(routes.iter().all(|route| *route == routes[0]), &job.name, || {
                "its stops are visited by different vehicles".to_owned()
            });
            let in_order = stops.windows(2).all(|pair| visits[pair[0]][0].1 < visits[pair[1]][0].1);
            self.unless(in_order, &job.name, || "it is delivered before it is picked up".to_owned());
            self.unless(job.vehicle.is_none_or(|only| only == vehicle), &job.name, || {
                "it is done by another vehicle than the only one that may".to_owned()
            });
            let frozen = self.problem.vehicles[vehicle].frozen.contains(&stops[0]);
            let able = job.skills & self.problem.vehicles[vehicle].skills == job.skills;
            self.unless(able || frozen, &job.name, || "its vehicle lacks a skill".to_owned());
        }
        for out in &plan.left_out {
            self.unless(out.job < self.problem.jobs.len(), "the plan", || {
                "a job is left out that does not exist".to_owned()
            });
        }
    }

    fn frozen(&mut self, plan: &Plan) {
        for (index, vehicle) in self.problem.vehicles.iter().enumerate() {
            let route = plan.routes.iter().find(|route| route.vehicle == index);
            let stops = route.map_or(&[][..], |route| &route.stops);
            self.unless(stops.starts_with(&vehicle.frozen), &vehicle.name, || {
                "the stops under way are not the first of its route".to_owned()
            });
        }
    }

    fn totals(&mut self, plan: &Plan) {
        let distance: f64 = plan.routes.iter().map(|route| route.distance).sum();
        let penalty = |job: usize| match self.problem.jobs.get(job).map(|job| job.importance) {
            Some(Importance::Optional(penalty)) => penalty,
            _ => 0.0,
        };
        let cost: f64 = plan.routes.iter().map(|route| route.cost).sum::<f64>()
            + plan.left_out.iter().map(|out| penalty(out.job)).sum::<f64>();
        self.unless(equal(distance, plan.distance), "the plan", || {
            format!("the distance is {distance}, not {}", plan.distance)
        });
        self.unless(equal(cost, plan.cost), "the plan", || format!("the cost is {cost}, not {}", plan.cost));
    }

    fn route(&mut self, vehicle: &Vehicle, route: &PlannedRoute) {
        self.unless(!route.stops.is_empty(), &vehicle.name, || "its route is empty".to_owned());
        let gaps = route.timetable.windows(2).any(|pair| !same_time(pair[0].to, pair[1].from));
        self.unless(!gaps, &vehicle.name, || "its timetable has a gap".to_owned());
        let backwards = route.timetable.iter().any(|span| span.to < span.from || !span.to.is_finite());
        self.unless(!backwards, &vehicle.name, || "its timetable runs backwards".to_owned());
        let (Some(first), Some(last)) = (route.timetable.first(), route.timetable.last()) else {
            self.blame(&vehicle.name, "it has no timetable");
            return;
        };
        let in_shift =
            first.from >= vehicle.shift.from - TOLERANCE && last.to <= vehicle.shift.to + TOLERANCE;
        self.unless(in_shift, &vehicle.name, || {
            format!("it is under way from {} to {}, outside its shift", first.from, last.to)
        });
        let missed = self.visits(vehicle, route);
        self.way(vehicle, route, missed, last.to - first.from);
        self.loads(vehicle, route);
        if let Some(hours) = vehicle.hours {
            self.hours(vehicle, route, &hours);
        }
    }

    /// The visits of the timetable are those of the route, in time and long enough. Returns the price of missed
    /// preferences.
    fn visits(&mut self, vehicle: &Vehicle, route: &PlannedRoute) -> f64 {
        let served = route.timetable.iter().filter_map(|span| match span.activity {
            Activity::Serve(stop) => Some((stop, span)),
            _ => None,
        });
        let served: Vec<(usize, &Span)> = served.collect();
        if !served.iter().map(|(stop, _)| stop).eq(&route.stops) {
            self.blame(&vehicle.name, "its timetable does not visit the stops of its route in their order");
            return 0.0;
        }
        let mut missed = 0.0;
        for (position, (id, span)) in served.into_iter().enumerate() {
            let stop = &self.problem.stops[id];
            self.unless(span.from >= stop.window.from - TOLERANCE, &stop.name, || {
                format!("service begins at {}, before the window opens", span.from)
            });
            let under_way = vehicle.frozen.get(position) == Some(&id);
            self.unless(under_way || span.from <= stop.window.to + TOLERANCE, &stop.name, || {
                format!("service begins at {}, after the window has closed", span.from)
            });
            self.unless(same_time(span.to, span.from + stop.service), &stop.name, || {
                format!("service takes {} instead of {}", span.to - span.from, stop.service)
            });
            if let Some(preference) = stop.preference {
                if span.from < preference.window.from {
                    missed += (preference.window.from - span.from) * preference.price;
                } else if span.from > preference.window.to {
                    missed += (span.from - preference.window.to) * preference.price;
                }
            }
        }
        missed
    }

    /// The driving between two visits takes as long as the way; distance and cost are what they add up to.
    fn way(&mut self, vehicle: &Vehicle, route: &PlannedRoute, missed: f64, duration: f64) {
        let place = |stop: &usize| Some(self.problem.stops[*stop].place);
        let mut places = vec![vehicle.start];
        places.extend(route.stops.iter().map(place));
        places.push(vehicle.end);
        let legs: Vec<_> = places
            .windows(2)
            .map(|pair| match (pair[0], pair[1]) {
                (Some(from), Some(to)) => self.problem.travel.leg(from, to),
                _ => crate::travel::Leg::default(),
            })
            .collect();
        let mut driven = vec![0.0];
        for span in &route.timetable {
            match span.activity {
                Activity::Serve(_) => driven.push(0.0),
                Activity::Drive => {
                    if let Some(last) = driven.last_mut() {
                        *last += span.to - span.from;
                    }
                }
                Activity::Break | Activity::Rest | Activity::Wait => {}
            }
        }
        let enough = driven.len() == legs.len()
            && driven.iter().zip(&legs).all(|(driven, leg)| same_time(*driven, leg.time));
        self.unless(enough, &vehicle.name, || "it does not drive as long as its way takes".to_owned());
        let distance: f64 = legs.iter().map(|leg| leg.distance).sum();
        self.unless(equal(distance, route.distance), &vehicle.name, || {
            format!("its way is {distance} long, not {}", route.distance)
        });
        let cost =
            vehicle.fixed_cost + vehicle.distance_cost * distance + vehicle.time_cost * duration + missed;
        self.unless(equal(cost, route.cost), &vehicle.name, || {
            format!("it costs {cost}, not {}", route.cost)
        });
    }

    /// What is on board never exceeds the capacity.
    fn loads(&mut self, vehicle: &Vehicle, route: &PlannedRoute) {
        let mut on_board = Load::default();
        let mut at_stop = std::collections::HashMap::new();
        for job in &self.problem.jobs {
            match job.task {
                Task::Carry { pickup, delivery } => {
                    at_stop.insert(pickup, (job.load, 1));
                    at_stop.insert(delivery, (job.load, -1));
                }
                Task::Collect(stop) => drop(at_stop.insert(stop, (job.load, 1))),
                Task::Deliver(stop) => {
                    at_stop.insert(stop, (job.load, -1));
                    if route.stops.contains(&stop) {
                        on_board += job.load;
                    }
                }
                Task::Unload(stop) => {
                    at_stop.insert(stop, (job.load, -1));
                    if job.vehicle == Some(route.vehicle) {
                        on_board += job.load;
                    }
                }
            }
        }
        let mut fits = on_board.fits(vehicle.capacity);
        for stop in &route.stops {
            match at_stop.get(stop) {
                Some((load, 1)) => on_board += *load,
                Some((load, _)) => on_board -= *load,
                None => {}
            }
            fits &= on_board.fits(vehicle.capacity);
        }
        self.unless(fits, &vehicle.name, || "it carries more than its capacity".to_owned());
    }

    /// Breaks and rests are long enough and come soon enough. Idle spans that touch count as one.
    fn hours(&mut self, vehicle: &Vehicle, route: &PlannedRoute, hours: &Hours) {
        let mut since_break = hours.driven_since_break;
        let mut today = hours.driven_today;
        let began = route.timetable.first().map_or(0.0, |span| span.from);
        let rested = hours.on_duty <= 0.0 && hours.driven_today <= 0.0;
        let mut day_began = if rested { began } else { vehicle.shift.from - hours.on_duty };
        let mut idle = 0.0;
        for span in &route.timetable {
            let length = span.to - span.from;
            if !matches!(span.activity, Activity::Drive | Activity::Serve(_)) {
                idle += length;
                if idle >= hours.break_min - TOLERANCE {
                    since_break = 0.0;
                }
                if idle >= hours.rest_min - TOLERANCE {
                    today = 0.0;
                    day_began = span.to;
                }
                continue;
            }
            if length > 0.0 {
                idle = 0.0;
            }
            if span.activity == Activity::Drive {
                since_break += length;
                today += length;
            }
            self.unless(since_break <= hours.drive_between_breaks_max + TOLERANCE, &vehicle.name, || {
                format!("{since_break} at the wheel without a break at {}", span.to)
            });
            self.unless(today <= hours.drive_a_day_max + TOLERANCE, &vehicle.name, || {
                format!("{today} at the wheel without a daily rest at {}", span.to)
            });
            let rest_in_time = length <= 0.0 || span.to - day_began <= hours.day_max + TOLERANCE;
            self.unless(rest_in_time, &vehicle.name, || {
                format!("{} without a daily rest at {}", span.to - day_began, span.to)
            });
        }
    }
}
