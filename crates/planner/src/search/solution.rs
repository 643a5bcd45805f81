//! A whole solution that can be changed and put back.

use super::{
    model::{Model, NONE},
    route::{Route, Spot},
};
use crate::problem::Objective;

/// Routes of all vehicles and the jobs that none of them does.
#[derive(Debug, Clone)]
pub struct Solution {
    /// One for each vehicle, empty or not.
    pub routes: Vec<Route>,
    /// The vehicle of each job, or [`NONE`].
    pub vehicle_of: Vec<u32>,
    /// Movable jobs without a vehicle.
    pub absent: Vec<u32>,
    /// At most so many vehicles may be used.
    pub vehicles_max: usize,
    /// Vehicles in use, and one empty one of each class while more may be used.
    open: Vec<u32>,
    used: usize,
}

/// What a step changed, so that it can be undone.
#[derive(Debug, Default)]
pub struct Trail {
    routes: Vec<Route>,
    count: usize,
    absent: Vec<u32>,
    open: Vec<u32>,
    used: usize,
    vehicles_max: usize,
}

/// How good a solution is: a lower value is better, compared from the first field on.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Score {
    /// The weight of the mandatory jobs that are left out.
    pub missing: f64,
    /// Vehicles, where they count first, else 0.
    pub vehicles: usize,
    /// The cost, penalties of optional jobs included.
    pub cost: f64,
}

impl Score {
    /// Whether it is better, by more than rounding.
    pub fn beats(&self, other: &Self) -> bool {
        let slack = 1e-7 * other.cost.abs().max(1.0);
        (self.missing, self.vehicles, self.cost + slack) < (other.missing, other.vehicles, other.cost)
    }
}

impl Solution {
    /// Nothing but what is frozen.
    pub fn new(model: &Model) -> Self {
        let routes: Vec<Route> =
            (0..model.trucks.len() as u32).map(|vehicle| Route::new(model, vehicle)).collect();
        let mut vehicle_of = vec![NONE; model.jobs.len()];
        for (vehicle, truck) in model.trucks.iter().enumerate() {
            for stop in &truck.frozen {
                let job = model.stops[*stop as usize].job as usize;
                if model.jobs[job].fixed {
                    vehicle_of[job] = vehicle as u32;
                }
            }
        }
        let mut solution = Self {
            routes,
            vehicle_of,
            absent: model.movable.clone(),
            vehicles_max: model.trucks.len(),
            open: Vec::new(),
            used: 0,
        };
        solution.find_open(model);
        solution
    }

    /// Vehicles with stops.
    pub fn used(&self) -> usize {
        self.used
    }

    /// The vehicles that a job may be put on, as far as their number is concerned.
    pub fn open(&self) -> &[u32] {
        &self.open
    }

    /// Vehicles with stops, in the order of their numbers.
    pub fn used_vehicles(&self) -> impl Iterator<Item = u32> + '_ {
        self.open.iter().copied().filter(|vehicle| !self.routes[*vehicle as usize].is_empty())
    }

    /// Limits the number of vehicles from now on; those in use stay.
    pub fn limit_vehicles(&mut self, model: &Model, most: usize) {
        self.vehicles_max = most;
        self.find_open(model);
    }

    /// The cost of all routes and of all absent jobs, mandatory ones at their search price.
    pub fn cost(&self, model: &Model) -> f64 {
        let routes: f64 = self.used_vehicles().map(|vehicle| self.routes[vehicle as usize].cost).sum();
        let absent: f64 = self.absent.iter().map(|job| model.jobs[*job as usize].absence_price).sum();
        routes + absent
    }

    /// The length of all ways.
    pub fn distance(&self) -> f64 {
        self.used_vehicles().map(|vehicle| self.routes[vehicle as usize].distance).sum()
    }

    pub fn score(&self, model: &Model) -> Score {
        let price = |mandatory: bool| -> f64 {
            let jobs = self.absent.iter().filter(|job| model.is_mandatory(**job) == mandatory);
            jobs.map(|job| model.jobs[*job as usize].absence_price).sum()
        };
        let routes: f64 = self.used_vehicles().map(|vehicle| self.routes[vehicle as usize].cost).sum();
        let counts = model.problem.objective == Objective::FewestVehicles;
        Score {
            missing: price(true),
            vehicles: if counts { self.used } else { 0 },
            cost: routes + price(false),
        }
    }

    /// Begins a step: what changes from here on can be undone with [`Solution::undo`].
    pub fn begin(&self, trail: &mut Trail) {
        trail.count = 0;
        trail.absent.clone_from(&self.absent);
        trail.open.clone_from(&self.open);
        trail.used = self.used;
        trail.vehicles_max = self.vehicles_max;
    }

    /// Puts everything back as it was at [`Solution::begin`].
    pub fn undo(&mut self, model: &Model, trail: &mut Trail) {
        for saved in &mut trail.routes[..trail.count] {
            let vehicle = saved.vehicle;
            std::mem::swap(&mut self.routes[vehicle as usize], saved);
        }
        self.absent.clone_from(&trail.absent);
        self.open.clone_from(&trail.open);
        self.used = trail.used;
        self.vehicles_max = trail.vehicles_max;
        for saved in &trail.routes[..trail.count] {
            let route = &self.routes[saved.vehicle as usize];
            for stop in route.movable_stops() {
                self.vehicle_of[model.stops[stop as usize].job as usize] = route.vehicle;
            }
        }
        for job in &self.absent {
            self.vehicle_of[*job as usize] = NONE;
        }
    }

    fn save(&self, vehicle: u32, trail: &mut Trail) {
        if trail.routes[..trail.count].iter().any(|saved| saved.vehicle == vehicle) {
            return;
        }
        let route = &self.routes[vehicle as usize];
        match trail.routes.get_mut(trail.count) {
            Some(slot) => slot.copy_from(route),
            None => trail.routes.push(route.clone()),
        }
        trail.count += 1;
    }

    /// Puts an absent job where an offer said.
    pub fn insert(&mut self, model: &Model, vehicle: u32, job: u32, spot: Spot, trail: &mut Trail) {
        self.save(vehicle, trail);
        let route = &mut self.routes[vehicle as usize];
        let was_empty = route.is_empty();
        route.insert(model, job, spot);
        self.vehicle_of[job as usize] = vehicle;
        self.absent.retain(|absent| *absent != job);
        if was_empty {
            self.find_open(model);
        }
    }

    /// Takes jobs off their vehicles; those that have none are ignored.
    pub fn remove(&mut self, model: &Model, jobs: &[u32], trail: &mut Trail) {
        for index in 0..jobs.len() {
            let vehicle = self.vehicle_of[jobs[index] as usize];
            if vehicle == NONE || model.jobs[jobs[index] as usize].fixed {
                continue;
            }
            self.save(vehicle, trail);
            let before = self.absent.len();
            for job in &jobs[index..] {
                if self.vehicle_of[*job as usize] == vehicle && !model.jobs[*job as usize].fixed {
                    self.vehicle_of[*job as usize] = NONE;
                    self.absent.push(*job);
                }
            }
            let gone = &self.absent[before..];
            let route = &mut self.routes[vehicle as usize];
            if !route.remove(model, |stop| gone.contains(&stop.job)) {
                self.clear(model, vehicle);
            }
            let route = &self.routes[vehicle as usize];
            if route.is_empty() {
                self.find_open(model);
            }
        }
    }

    /// Takes every movable job off a vehicle: what is left of a route can be impossible where a detour is shorter than
    /// the direct way, or where a break has gone with the stop at which it was taken.
    fn clear(&mut self, model: &Model, vehicle: u32) {
        let route = &mut self.routes[vehicle as usize];
        for stop in route.movable_stops() {
            let job = model.stops[stop as usize].job;
            if std::mem::replace(&mut self.vehicle_of[job as usize], NONE) != NONE {
                self.absent.push(job);
            }
        }
        route.remove(model, |_| true);
    }

    /// Takes a whole route that was found possible, with the jobs it brings.
    pub fn adopt(&mut self, model: &Model, route: Route, jobs: &[u32]) {
        let vehicle = route.vehicle;
        self.routes[vehicle as usize] = route;
        jobs.iter().for_each(|job| self.vehicle_of[*job as usize] = vehicle);
        self.absent.retain(|job| !jobs.contains(job));
        self.find_open(model);
    }

    /// Replaces the order of stops of one route, if the new order is possible.
    pub fn reorder(&mut self, model: &Model, vehicle: u32, stops: &[u32]) -> bool {
        let route = &mut self.routes[vehicle as usize];
        let before: Vec<u32> = route.stops().collect();
        let possible = route.rebuild(model, stops);
        if !possible {
            route.rebuild(model, &before);
        }
        possible
    }

    fn find_open(&mut self, model: &Model) {
        self.open.clear();
        self.used = self.routes.iter().filter(|route| !route.is_empty()).count();
        let may_grow = self.used < self.vehicles_max;
        let mut offered = vec![false; self.routes.len()];
        for route in &self.routes {
            if !route.is_empty() {
                self.open.push(route.vehicle);
            } else if may_grow {
                let class = model.trucks[route.vehicle as usize].class as usize;
                if !std::mem::replace(&mut offered[class], true) {
                    self.open.push(route.vehicle);
                }
            }
        }
    }
}
