//! The route of one vehicle, with what makes it cheap to ask whether something still fits.

use super::model::{EPSILON, Kind, Model, NONE, Stop};
use crate::{load::Load, timetable};

/// A stop of a route (or its start or end) with the times and loads there.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// The stop, or [`NONE`] at the start and the end.
    pub stop: u32,
    pub place: u32,
    pub open: f64,
    pub service: f64,
    /// The earliest departure.
    pub depart: f64,
    /// The latest arrival that still lets everything after it be in time.
    pub latest: f64,
    /// The load when it departs.
    pub load: Load,
    /// The largest load up to here, and from here on.
    pub peak_before: Load,
    pub peak_after: Load,
}

#[derive(Debug, Clone)]
pub struct Route {
    pub vehicle: u32,
    /// The start, the stops, the end.
    pub cells: Vec<Cell>,
    /// So many cells at the beginning stay where they are: the start and the frozen stops.
    pub fixed: usize,
    pub distance: f64,
    pub cost: f64,
    /// Equal routes of equal vehicles have equal hashes.
    pub hash: u64,
    /// Whether hours or preferences make the schedule more than earliest and latest times.
    pub intricate: bool,
}

impl Route {
    /// The route of a vehicle with nothing but what is frozen.
    pub fn new(model: &Model, vehicle: u32) -> Self {
        let truck = &model.trucks[vehicle as usize];
        let mut route = Self {
            vehicle,
            cells: Vec::new(),
            fixed: truck.frozen.len() + 1,
            distance: 0.0,
            cost: 0.0,
            hash: 0,
            intricate: false,
        };
        route.rebuild(model, &truck.frozen);
        route
    }

    /// As [`Route::new`], but as if nothing were on board: whether a job fits in time, whatever else must be unloaded.
    pub fn empty_handed(model: &Model, vehicle: u32) -> Self {
        let mut route = Self::new(model, vehicle);
        for cell in &mut route.cells {
            (cell.load, cell.peak_before, cell.peak_after) = Default::default();
        }
        route
    }

    /// Copies `other` into this one's buffers.
    pub fn copy_from(&mut self, other: &Self) {
        self.cells.clone_from(&other.cells);
        let Self { vehicle, cells: _, fixed, distance, cost, hash, intricate } = *other;
        (self.vehicle, self.fixed, self.distance) = (vehicle, fixed, distance);
        (self.cost, self.hash, self.intricate) = (cost, hash, intricate);
    }

    pub fn is_empty(&self) -> bool {
        self.cells.len() == 2
    }

    /// The stops in order.
    pub fn stops(&self) -> impl DoubleEndedIterator<Item = u32> + '_ {
        self.cells[1..self.cells.len() - 1].iter().map(|cell| cell.stop)
    }

    /// The stops that may be moved, in order.
    pub fn movable_stops(&self) -> impl Iterator<Item = u32> + '_ {
        self.cells[self.fixed..self.cells.len() - 1].iter().map(|cell| cell.stop)
    }

    /// Makes it the route over `stops`. Returns whether it is possible; an impossible route must not be kept.
    pub fn rebuild(&mut self, model: &Model, stops: &[u32]) -> bool {
        let truck = &model.trucks[self.vehicle as usize];
        self.cells.clear();
        self.cells.push(bare(NONE, truck.start));
        self.cells.extend(stops.iter().map(|stop| cell_of(*stop, &model.stops[*stop as usize])));
        self.cells.push(bare(NONE, truck.end));
        self.refresh(model)
    }

    /// Puts the stop of a job of one stop after cell `after`, or both stops of a carried one.
    pub fn insert(&mut self, model: &Model, job: u32, spot: Spot) {
        let job = &model.jobs[job as usize];
        let cell = |stop: u32| cell_of(stop, &model.stops[stop as usize]);
        if job.second != NONE {
            self.cells.insert(spot.second as usize + 1, cell(job.second));
        }
        self.cells.insert(spot.first as usize + 1, cell(job.first));
        self.refresh(model);
    }

    /// Takes out every movable stop that `gone` names. Returns whether the rest is possible.
    pub fn remove(&mut self, model: &Model, gone: impl Fn(&Stop) -> bool) -> bool {
        let mut index = 0;
        let fixed = self.fixed;
        self.cells.retain(|cell| {
            index += 1;
            index <= fixed || cell.stop == NONE || !gone(&model.stops[cell.stop as usize])
        });
        self.refresh(model)
    }

    /// Works out times, loads, cost and hash anew. Returns whether every limit is kept.
    pub fn refresh(&mut self, model: &Model) -> bool {
        let mut possible = self.run_forward(model);
        self.run_backward(model);
        if self.intricate && possible && !self.is_empty() {
            match timetable::price(model.problem, self.vehicle as usize, self.stop_indices()) {
                Some(cost) => self.cost = cost,
                None => possible = false,
            }
        }
        possible
    }

    fn stop_indices(&self) -> impl Iterator<Item = usize> + Clone + '_ {
        self.cells[1..self.cells.len() - 1].iter().map(|cell| cell.stop as usize)
    }

    fn run_forward(&mut self, model: &Model) -> bool {
        let truck = &model.trucks[self.vehicle as usize];
        let mut load = truck.on_board;
        for cell in &self.cells {
            if let Some(stop) = model.stops.get(cell.stop as usize)
                && model.jobs[stop.job as usize].kind == Kind::Deliver
            {
                load += model.jobs[stop.job as usize].load;
            }
        }
        let end = self.cells.len() - 1;
        let (mut possible, mut waiting, mut travelled, mut distance) = (true, 0.0, 0.0, 0.0);
        let mut hash = model.class_keys[truck.class as usize];
        let mut before = Cell { depart: truck.from, load, peak_before: load, ..self.cells[0] };
        self.intricate = truck.has_hours;
        self.cells[0] = before;
        possible &= load.fits(truck.capacity);
        for index in 1..=end {
            let mut cell = self.cells[index];
            let leg = model.leg(before.place, cell.place);
            distance += leg.distance;
            travelled += leg.time;
            let arrival = before.depart + leg.time;
            let mut close = truck.until;
            let mut start = arrival;
            cell.load = before.load;
            if let Some(stop) = model.stops.get(cell.stop as usize) {
                close = stop.close;
                start = arrival.max(stop.open);
                cell.load += stop.load;
                self.intricate |= stop.has_preference;
                travelled += stop.service;
                hash = (hash ^ stop.key).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
            }
            waiting += start - arrival;
            cell.depart = start + cell.service;
            cell.peak_before = before.peak_before.max(cell.load);
            possible &= start <= close + EPSILON || index < self.fixed;
            possible &= cell.load.fits(truck.capacity);
            self.cells[index] = cell;
            before = cell;
        }
        self.distance = distance;
        self.hash = hash;
        self.cost = if self.is_empty() {
            0.0
        } else {
            truck.fixed_cost + distance * truck.distance_cost + truck.time_cost * (travelled + waiting)
        };
        possible
    }

    fn run_backward(&mut self, model: &Model) {
        let truck = &model.trucks[self.vehicle as usize];
        let end = self.cells.len() - 1;
        self.cells[end].latest = truck.until;
        self.cells[end].peak_after = self.cells[end].load;
        for index in (0..end).rev() {
            let after = self.cells[index + 1];
            let cell = &mut self.cells[index];
            let leg = model.leg(cell.place, after.place).time;
            let close = model.stops.get(cell.stop as usize).map_or(f64::INFINITY, |stop| stop.close);
            cell.latest = close.min(after.latest - leg - cell.service);
            cell.peak_after = cell.load.max(after.peak_after);
        }
        if truck.time_cost > 0.0 && !self.is_empty() {
            self.cost -= truck.time_cost * self.departure_slack(model);
        }
    }

    /// How much later than the shift's beginning the vehicle may start without ending any later.
    pub fn departure_slack(&self, model: &Model) -> f64 {
        let truck = &model.trucks[self.vehicle as usize];
        if self.is_empty() || !truck.frozen.is_empty() {
            return 0.0;
        }
        let waiting: f64 = self
            .cells
            .windows(2)
            .map(|pair| {
                let arrival = pair[0].depart + model.leg(pair[0].place, pair[1].place).time;
                (pair[1].open - arrival).max(0.0)
            })
            .sum();
        waiting.min(self.cells[0].latest - truck.from).max(0.0)
    }
}

/// Where a job goes: its stops come after these cells of the route as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    pub first: u32,
    pub second: u32,
}

fn cell_of(id: u32, stop: &Stop) -> Cell {
    Cell { open: stop.open, service: stop.service, ..bare(id, stop.place) }
}

fn bare(stop: u32, place: u32) -> Cell {
    Cell {
        stop,
        place,
        open: f64::NEG_INFINITY,
        service: 0.0,
        depart: 0.0,
        latest: 0.0,
        load: Load::default(),
        peak_before: Load::default(),
        peak_after: Load::default(),
    }
}
