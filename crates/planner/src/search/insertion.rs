//! The cheapest place for a job in a route, each candidate judged in constant time.
//!
//! Earliest departures and latest arrivals are kept for every stop, so that a pickup and a delivery are tried at all
//! pairs of places by carrying only the delay along. Routes whose schedule is intricate (driver's hours, preferences)
//! use the same test as a filter, for breaks only ever delay, and play those candidates through that would be the best.

use super::{
    model::{EPSILON, Job, Kind, Model, NONE, Stop, Truck},
    route::{Cell, Route, Spot},
};
use crate::{load::Load, timetable};

/// A place for a job and what it adds to the cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Offer {
    pub cost: f64,
    pub spot: Spot,
}

/// The cheapest place for `job` in `route`, if there is any.
pub fn cheapest(model: &Model, route: &Route, job: u32) -> Option<Offer> {
    if !model.may(job, route.vehicle) {
        return None;
    }
    let truck = &model.trucks[route.vehicle as usize];
    let job = &model.jobs[job as usize];
    let fixed_cost = if route.is_empty() { truck.fixed_cost } else { 0.0 };
    let intricate = route.intricate
        || [job.first, job.second]
            .iter()
            .any(|stop| model.stops.get(*stop as usize).is_some_and(|s| s.has_preference));
    let mut trial = Trial { model, route, truck, job, best: None, limit: f64::INFINITY, intricate };
    if job.kind == Kind::Carry {
        trial.carry()
    } else {
        trial.single()
    }
    trial.best.map(|offer| Offer { cost: offer.cost + fixed_cost, ..offer })
}

struct Trial<'a, 'm> {
    model: &'a Model<'m>,
    route: &'a Route,
    truck: &'a Truck,
    job: &'a Job,
    best: Option<Offer>,
    /// Only what costs less is of interest.
    limit: f64,
    intricate: bool,
}

impl Trial<'_, '_> {
    /// The time and the cost of a way.
    fn way(&self, from: u32, to: u32) -> (f64, f64) {
        let leg = self.model.leg(from, to);
        (leg.time, leg.distance * self.truck.distance_cost + leg.time * self.truck.time_cost)
    }

    fn offer(&mut self, cost: f64, first: usize, second: usize) {
        if cost >= self.limit {
            return;
        }
        let spot = Spot { first: first as u32, second: second as u32 };
        let cost = if self.intricate { self.played_through(spot) } else { Some(cost) };
        if let Some(cost) = cost.filter(|cost| *cost < self.limit) {
            self.limit = cost;
            self.best = Some(Offer { cost, spot });
        }
    }

    /// The exact change of the cost of an intricate route.
    fn played_through(&self, spot: Spot) -> Option<f64> {
        let cells = &self.route.cells;
        let (first, second) = (spot.first as usize, spot.second as usize);
        let of = |range: std::ops::Range<usize>| cells[range].iter().map(|cell| cell.stop as usize);
        let last = cells.len() - 1;
        let delivery = (self.job.second != NONE).then_some(self.job.second as usize);
        let stops = of(1..first + 1)
            .chain(std::iter::once(self.job.first as usize))
            .chain(of(first + 1..second + 1))
            .chain(delivery)
            .chain(of(second + 1..last));
        let cost = timetable::price(self.model.problem, self.route.vehicle as usize, stops)?;
        let fixed_cost = if self.route.is_empty() { self.truck.fixed_cost } else { 0.0 };
        Some(cost - self.route.cost - fixed_cost)
    }

    fn single(&mut self) {
        let cells = &self.route.cells;
        let stop = self.model.stops[self.job.first as usize];
        for index in self.route.fixed - 1..cells.len() - 1 {
            let (before, after) = (&cells[index], &cells[index + 1]);
            if before.depart > stop.close + EPSILON {
                break;
            }
            if !self.single_fits(before) {
                continue;
            }
            let (time_in, cost_in) = self.way(before.place, stop.place);
            let start = (before.depart + time_in).max(stop.open);
            let (time_out, cost_out) = self.way(stop.place, after.place);
            if start <= stop.close + EPSILON && start + stop.service + time_out <= after.latest + EPSILON {
                let (_, saved) = self.way(before.place, after.place);
                self.offer(cost_in + cost_out - saved, index, index);
            }
        }
    }

    fn single_fits(&self, before: &Cell) -> bool {
        let load = self.job.load;
        match self.job.kind {
            Kind::Deliver => (before.peak_before + load).fits(self.truck.capacity),
            Kind::Collect => (before.peak_after + load).fits(self.truck.capacity),
            Kind::Unload | Kind::Carry => true,
        }
    }

    fn carry(&mut self) {
        let route = self.route;
        let pickup = self.model.stops[self.job.first as usize];
        let delivery = self.model.stops[self.job.second as usize];
        for index in route.fixed - 1..route.cells.len() - 1 {
            let (before, after) = (&route.cells[index], &route.cells[index + 1]);
            if before.depart > pickup.close + EPSILON {
                break;
            }
            if !(before.load + self.job.load).fits(self.truck.capacity) {
                continue;
            }
            let (time_in, cost_in) = self.way(before.place, pickup.place);
            let start = (before.depart + time_in).max(pickup.open);
            if start > pickup.close + EPSILON {
                continue;
            }
            let depart = start + pickup.service;
            self.deliver_at_once(index, depart, cost_in, &pickup, &delivery);
            let (time_out, cost_out) = self.way(pickup.place, after.place);
            let detour = cost_in + cost_out - self.way(before.place, after.place).1;
            if detour < self.limit {
                self.deliver_later(index, depart + time_out, detour, &delivery);
            }
        }
    }

    /// The delivery directly after the pickup, which comes after cell `index`.
    fn deliver_at_once(&mut self, index: usize, depart: f64, cost_in: f64, pickup: &Stop, delivery: &Stop) {
        let (before, after) = (&self.route.cells[index], &self.route.cells[index + 1]);
        let (time, cost) = self.way(pickup.place, delivery.place);
        let start = (depart + time).max(delivery.open);
        let (time_out, cost_out) = self.way(delivery.place, after.place);
        if start <= delivery.close + EPSILON && start + delivery.service + time_out <= after.latest + EPSILON
        {
            let (_, saved) = self.way(before.place, after.place);
            self.offer(cost_in + cost + cost_out - saved, index, index);
        }
    }

    /// The delivery after each later cell, with the delay of the pickup carried along.
    fn deliver_later(&mut self, pickup_index: usize, mut arrival: f64, detour: f64, delivery: &Stop) {
        let cells = &self.route.cells;
        let capacity: Load = self.truck.capacity;
        for index in pickup_index + 1..cells.len() - 1 {
            let (cell, after) = (&cells[index], &cells[index + 1]);
            if arrival > cell.latest + EPSILON || !(cell.load + self.job.load).fits(capacity) {
                return;
            }
            let depart = arrival.max(cell.open) + cell.service;
            if depart > delivery.close + EPSILON {
                return;
            }
            let (time_in, cost_in) = self.way(cell.place, delivery.place);
            let start = (depart + time_in).max(delivery.open);
            let (time_between, cost_between) = self.way(cell.place, after.place);
            if start <= delivery.close + EPSILON {
                let (time_out, cost_out) = self.way(delivery.place, after.place);
                if start + delivery.service + time_out <= after.latest + EPSILON {
                    self.offer(detour + cost_in + cost_out - cost_between, pickup_index, index);
                }
            }
            arrival = depart + time_between;
        }
    }
}
