//! The problem as the search wants it: flat tables, trips under way resolved, equal vehicles recognised.

use super::{insertion, route::Route};
use crate::{
    load::Load,
    problem::{Importance, Objective, Problem, Task, Vehicle},
    travel::Leg,
};
use rand::Rng as _;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng as _};

/// No job, no stop, no vehicle.
pub const NONE: u32 = u32::MAX;

/// Slack in comparisons of times, far below what the checker tolerates.
pub const EPSILON: f64 = 1e-9;

/// Up to so many places, legs are kept in one table.
const TABLE_PLACES_MAX: usize = 2_500;

/// How the stops of a job load the vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Loads at the first stop, unloads at the second.
    Carry,
    /// Loaded at the start, unloaded at the stop.
    Deliver,
    /// Loaded at the stop, unloaded at the end.
    Collect,
    /// On board anyway, unloaded at the stop.
    Unload,
}

/// What the search may move.
#[derive(Debug, Clone)]
pub struct Job {
    pub kind: Kind,
    pub first: u32,
    /// The delivery of a job that is carried, else [`NONE`].
    pub second: u32,
    pub load: Load,
    /// Mixed into the hash of a route to find its best place there again.
    pub key: u64,
    /// What leaving it out costs in the search.
    pub absence_price: f64,
    /// Entirely within a frozen prefix, or hopeless: not movable.
    pub fixed: bool,
    /// The only vehicle, or [`NONE`].
    pub vehicle: u32,
}

/// A stop with what a route needs of it.
#[derive(Debug, Clone, Copy)]
pub struct Stop {
    pub place: u32,
    pub job: u32,
    pub open: f64,
    pub close: f64,
    pub service: f64,
    /// What is loaded (or unloaded, negative).
    pub load: Load,
    pub has_preference: bool,
    pub key: u64,
}

/// A vehicle with what is the same on all its routes.
#[derive(Debug, Clone)]
pub struct Truck {
    pub start: u32,
    pub end: u32,
    pub from: f64,
    pub until: f64,
    pub capacity: Load,
    /// What is on board anyway.
    pub on_board: Load,
    pub fixed_cost: f64,
    pub distance_cost: f64,
    pub time_cost: f64,
    pub frozen: Vec<u32>,
    /// Vehicles of one class are alike in everything.
    pub class: u32,
    pub has_hours: bool,
}

pub struct Model<'a> {
    pub problem: &'a Problem,
    pub jobs: Vec<Job>,
    pub stops: Vec<Stop>,
    pub trucks: Vec<Truck>,
    pub class_keys: Vec<u64>,
    /// The jobs that the search may move.
    pub movable: Vec<u32>,
    /// The jobs that no vehicle could do even with nothing else to do.
    pub hopeless: Vec<u32>,
    /// The average price of a job by itself: the scale of the annealing.
    pub scale: f64,
    allowed: Vec<bool>,
    table: Vec<Leg>,
    /// One more than the places: the last stands for "anywhere", no way from any other.
    places: usize,
}

impl<'a> Model<'a> {
    pub fn new(problem: &'a Problem) -> Self {
        let mut keys = ChaCha8Rng::seed_from_u64(0x706c_616e);
        let owners = problem.job_of_stop();
        let stops = problem
            .stops
            .iter()
            .zip(&owners)
            .map(|(stop, job)| Stop {
                place: stop.place as u32,
                job: *job as u32,
                open: stop.window.from,
                close: stop.window.to,
                service: stop.service,
                load: Load::default(),
                has_preference: stop.preference.is_some(),
                key: keys.next_u64(),
            })
            .collect();
        let mut model = Self {
            problem,
            jobs: Vec::new(),
            stops,
            trucks: Vec::new(),
            class_keys: Vec::new(),
            movable: Vec::new(),
            hopeless: Vec::new(),
            scale: 0.0,
            allowed: Vec::new(),
            table: Vec::new(),
            places: problem.travel.places() + 1,
        };
        model.jobs = problem.jobs.iter().map(|job| unplaced(job, keys.next_u64())).collect();
        model.add_trucks();
        model.class_keys = model.trucks.iter().map(|_| keys.next_u64()).collect();
        model.tabulate();
        model.freeze();
        model.set_loads();
        model.find_allowed();
        model.set_prices();
        model.find_movable();
        model
    }

    pub fn leg(&self, from: u32, to: u32) -> Leg {
        match self.table.get(from as usize * self.places + to as usize) {
            Some(leg) => *leg,
            None => self.leg_worked_out(from as usize, to as usize),
        }
    }

    fn leg_worked_out(&self, from: usize, to: usize) -> Leg {
        let anywhere = self.places - 1;
        if from == anywhere || to == anywhere { Leg::default() } else { self.problem.travel.leg(from, to) }
    }

    /// Whether skills, capacity by itself and a binding let `job` ride on `vehicle`.
    pub fn may(&self, job: u32, vehicle: u32) -> bool {
        let class = self.trucks[vehicle as usize].class as usize;
        let only = self.jobs[job as usize].vehicle;
        (only == NONE || only == vehicle) && self.allowed[class * self.jobs.len() + job as usize]
    }

    fn tabulate(&mut self) {
        if self.places <= TABLE_PLACES_MAX {
            let places = self.places;
            self.table = (0..places * places)
                .map(|index| self.leg_worked_out(index / places, index % places))
                .collect();
        }
    }

    fn add_trucks(&mut self) {
        let anywhere = self.places as u32 - 1;
        let mut representatives: Vec<usize> = Vec::new();
        for (index, vehicle) in self.problem.vehicles.iter().enumerate() {
            let alike = |other: &&usize| interchangeable(vehicle, &self.problem.vehicles[**other]);
            let class = representatives.iter().find(alike).copied().unwrap_or(index);
            if class == index {
                representatives.push(index);
            }
            self.trucks.push(Truck {
                start: vehicle.start.map_or(anywhere, |place| place as u32),
                end: vehicle.end.map_or(anywhere, |place| place as u32),
                from: vehicle.shift.from,
                until: vehicle.shift.to,
                capacity: vehicle.capacity,
                on_board: Load::default(),
                fixed_cost: vehicle.fixed_cost,
                distance_cost: vehicle.distance_cost,
                time_cost: vehicle.time_cost,
                frozen: vehicle.frozen.iter().map(|stop| *stop as u32).collect(),
                class: class as u32,
                has_hours: vehicle.hours.is_some(),
            });
        }
    }

    /// What a frozen prefix began must be ended by the same vehicle; what it ended is done.
    fn freeze(&mut self) {
        for (index, vehicle) in self.problem.vehicles.iter().enumerate() {
            for stop in &vehicle.frozen {
                self.stops[*stop].close = f64::INFINITY;
                let id = self.stops[*stop].job as usize;
                let job = &mut self.jobs[id];
                job.vehicle = index as u32;
                if job.kind == Kind::Carry && job.first == *stop as u32 {
                    job.kind = Kind::Unload;
                    job.first = job.second;
                    job.second = NONE;
                    self.stops[*stop].load = job.load;
                } else {
                    job.fixed = true;
                }
            }
        }
    }

    fn set_loads(&mut self) {
        for (job, input) in self.jobs.iter().zip(&self.problem.jobs) {
            match input.task {
                Task::Carry { pickup, delivery } => {
                    self.stops[pickup].load = job.load;
                    self.stops[delivery].load = -job.load;
                }
                Task::Collect(stop) => self.stops[stop].load = job.load,
                Task::Deliver(stop) => self.stops[stop].load = -job.load,
                Task::Unload(stop) => {
                    self.stops[stop].load = -job.load;
                    if let Some(truck) = self.trucks.get_mut(job.vehicle as usize) {
                        truck.on_board += job.load;
                    }
                }
            }
        }
    }

    fn find_movable(&mut self) {
        let empty: Vec<Route> =
            self.representatives().map(|vehicle| Route::empty_handed(self, vehicle as u32)).collect();
        let movable = (0..self.jobs.len() as u32).filter(|job| !self.jobs[*job as usize].fixed);
        let (movable, hopeless) = movable.partition(|job| {
            let only = self.jobs[*job as usize].vehicle;
            if only == NONE {
                empty.iter().any(|route| insertion::cheapest(self, route, *job).is_some())
            } else {
                insertion::cheapest(self, &Route::empty_handed(self, only), *job).is_some()
            }
        });
        (self.movable, self.hopeless) = (movable, hopeless);
        for job in &self.hopeless {
            self.jobs[*job as usize].fixed = true;
        }
    }

    fn find_allowed(&mut self) {
        let vehicles = &self.problem.vehicles;
        self.allowed = vec![false; self.jobs.len() * vehicles.len()];
        let classes: Vec<usize> = self.representatives().collect();
        for class in classes {
            let vehicle = &vehicles[class];
            for (index, job) in self.problem.jobs.iter().enumerate() {
                let able = job.skills & !vehicle.skills == 0 && job.load.fits(vehicle.capacity);
                self.allowed[class * self.jobs.len() + index] = able || self.jobs[index].fixed;
            }
        }
    }

    /// A job that must be served outweighs any detour; an optional one is worth its penalty.
    fn set_prices(&mut self) {
        let vehicles = &self.problem.vehicles;
        let dearest = |price: fn(&Vehicle) -> f64| vehicles.iter().map(price).fold(0.0, f64::max);
        let (by_distance, by_time) = (dearest(|v| v.distance_cost), dearest(|v| v.time_cost));
        let shift = dearest(|v| v.shift.to - v.shift.from);
        let way = |from: u32, to: u32| {
            let leg = self.leg(from, to);
            leg.distance * by_distance + leg.time * by_time
        };
        // Any leg is at most a way to the first stop's place and one from it.
        let hub = self.stops[0].place;
        let ways = self.stops.iter().map(|stop| way(stop.place, hub) + way(hub, stop.place));
        let (mut sum, mut farthest) = (0.0, 1.0_f64);
        for there_and_back in ways {
            sum += there_and_back;
            farthest = farthest.max(there_and_back);
        }
        let preferences = self.problem.stops.iter().filter_map(|stop| stop.preference);
        let missed = preferences.map(|preference| preference.price * shift).fold(0.0, f64::max);
        let mandatory = 20.0 * (farthest + dearest(|v| v.fixed_cost) + shift * by_time + missed);
        self.scale = (sum / self.jobs.len() as f64).max(1e-3);
        for (job, input) in self.jobs.iter_mut().zip(&self.problem.jobs) {
            job.absence_price = match input.importance {
                Importance::Mandatory(priority) => mandatory * f64::from(priority),
                Importance::Optional(penalty) => penalty,
            };
        }
    }

    /// What a place for a job may cost at most: an optional job is left out when that is cheaper.
    pub fn worth(&self, job: u32) -> f64 {
        if self.is_mandatory(job) { f64::INFINITY } else { self.jobs[job as usize].absence_price }
    }

    /// Whether fewer vehicles count before the cost.
    pub fn fewest_vehicles(&self) -> bool {
        self.problem.objective == Objective::FewestVehicles
    }

    /// One vehicle of each class.
    pub fn representatives(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.trucks.len()).filter(|vehicle| self.trucks[*vehicle].class as usize == *vehicle)
    }

    /// Whether a job must be served if at all possible.
    pub fn is_mandatory(&self, job: u32) -> bool {
        matches!(self.problem.jobs[job as usize].importance, Importance::Mandatory(_))
    }
}

fn unplaced(job: &crate::problem::Job, key: u64) -> Job {
    let (kind, first, second) = match job.task {
        Task::Carry { pickup, delivery } => (Kind::Carry, pickup, delivery as u32),
        Task::Deliver(stop) => (Kind::Deliver, stop, NONE),
        Task::Collect(stop) => (Kind::Collect, stop, NONE),
        Task::Unload(stop) => (Kind::Unload, stop, NONE),
    };
    Job {
        kind,
        first: first as u32,
        second,
        load: job.load,
        key,
        absence_price: 0.0,
        fixed: false,
        vehicle: job.vehicle.map_or(NONE, |vehicle| vehicle as u32),
    }
}

/// Whether two vehicles could swap their routes. Trips under way tie a route to its vehicle.
fn interchangeable(a: &Vehicle, b: &Vehicle) -> bool {
    a.frozen.is_empty()
        && b.frozen.is_empty()
        && Vehicle { name: b.name.clone(), planned: b.planned.clone(), ..a.clone() } == *b
}
