//! The search: fewer vehicles first where they count, then a lower cost, by ruin and recreate under simulated annealing.

use super::{
    chance::Chance,
    model::Model,
    recreate::{self, Memory, Order},
    ruin::{self, Neighbours, Way},
    solution::{Score, Solution, Trail},
};

/// The share of the effort that goes into using fewer vehicles, where they count.
const FLEET_SHARE: f64 = 0.3;
/// The annealing's temperature at its beginning and end, in shares of the average price of a job by itself.
const HOT: f64 = 0.15;
const COLD: f64 = 0.001;
/// So often the annealing starts anew from where it is: a cycle that ends with the wrong jobs on a few long routes is
/// not the last word.
const CYCLES: f64 = 3.0;

/// How far the effort is spent, from 0 to 1; at 1 the search ends.
pub trait Effort {
    /// Called before every step.
    fn spent(&mut self) -> f64;
    /// Called with every better solution.
    fn improved(&mut self, model: &Model, solution: &Solution);
}

pub struct Engine<'a, 'm> {
    model: &'a Model<'m>,
    memory: &'a mut Memory,
    neighbours: Neighbours,
    chance: Chance,
    trail: Trail,
    current: Solution,
    best: Solution,
    best_score: Score,
    /// How often each job was left without a vehicle.
    absences: Vec<f64>,
}

impl<'a, 'm> Engine<'a, 'm> {
    pub fn new(model: &'a Model<'m>, memory: &'a mut Memory, first: Solution, seed: u64) -> Self {
        Self {
            model,
            memory,
            neighbours: Neighbours::new(model),
            chance: Chance::new(seed),
            trail: Trail::default(),
            best_score: first.score(model),
            best: first.clone(),
            current: first,
            absences: vec![0.0; model.jobs.len()],
        }
    }

    /// Searches until the effort is spent and returns the best solution.
    pub fn run(mut self, effort: &mut dyn Effort) -> Solution {
        if self.model.movable.is_empty() {
            return self.best;
        }
        if self.model.fewest_vehicles() {
            self.reduce_vehicles(effort);
        }
        self.anneal(effort);
        self.best
    }

    /// One step of ruin and recreate on the current solution, which [`Solution::undo`] can take back.
    fn step(&mut self) {
        self.current.begin(&mut self.trail);
        let way = match self.chance.below(20) {
            0 => Way::Related,
            1 => Way::Random,
            2 => Way::Worst,
            _ => Way::Strings,
        };
        let jobs = ruin::choose(self.model, &self.current, way, &mut self.neighbours, &mut self.chance);
        self.current.remove(self.model, &jobs, &mut self.trail);
        let order = match self.chance.below(20) {
            0..=3 => Order::Random,
            4..=7 => Order::LargestFirst,
            8..=9 => Order::FarthestFirst,
            10 => Order::NearestFirst,
            11..=12 => Order::NarrowestFirst,
            13..=14 => Order::EarliestFirst,
            15..=16 => Order::LatestFirst,
            17 => Order::Regret(3),
            _ => Order::Regret(2),
        };
        recreate::run(self.model, &mut self.current, order, self.memory, &mut self.chance, &mut self.trail);
    }

    fn undo(&mut self) {
        self.current.undo(self.model, &mut self.trail);
    }

    /// Takes the current solution as the best if it is.
    fn keep_if_best(&mut self, effort: &mut dyn Effort) -> bool {
        let score = self.current.score(self.model);
        let better = score.beats(&self.best_score);
        if better {
            self.best_score = score;
            self.best.clone_from(&self.current);
            effort.improved(self.model, &self.best);
        }
        better
    }

    /// Empties one route after the other; jobs that were often left out weigh more when it is decided which may stay
    /// out for now (the sum of absences of Christiaens and Vanden Berghe).
    fn reduce_vehicles(&mut self, effort: &mut dyn Effort) {
        let absences = |jobs: &[u32], all: &[f64]| -> f64 { jobs.iter().map(|job| all[*job as usize]).sum() };
        if self.best_score.missing <= 0.0 && !self.give_up_a_route() {
            return;
        }
        while effort.spent() < FLEET_SHARE {
            let cost = self.current.cost(self.model);
            let (count, weight) = (self.current.absent.len(), absences(&self.current.absent, &self.absences));
            self.step();
            let (new_count, new_weight) =
                (self.current.absent.len(), absences(&self.current.absent, &self.absences));
            for job in &self.current.absent {
                self.absences[*job as usize] += 1.0;
            }
            if self.current.score(self.model).missing <= 0.0 {
                self.keep_if_best(effort);
                if !self.give_up_a_route() {
                    break;
                }
                continue;
            }
            let warmth = self.model.scale * HOT * -self.chance.unit().max(1e-12).ln();
            let fine =
                new_weight < weight || (new_count <= count && self.current.cost(self.model) < cost + warmth);
            if !fine {
                self.undo();
            }
        }
        self.current.clone_from(&self.best);
        let used = self.best.used();
        if self.best_score.missing <= 0.0 {
            self.current.limit_vehicles(self.model, used);
        }
    }

    /// Forbids one vehicle more and takes the jobs off the route that is easiest to do without. Returns whether there
    /// was one.
    fn give_up_a_route(&mut self) -> bool {
        let model = self.model;
        let weight = |vehicle: u32| -> f64 {
            let stops = self.current.routes[vehicle as usize].stops();
            stops.map(|stop| 1e-3 + self.absences[model.stops[stop as usize].job as usize]).sum()
        };
        let free = |vehicle: &u32| {
            let mut stops = self.current.routes[*vehicle as usize].stops();
            stops.all(|stop| {
                let job = &model.jobs[model.stops[stop as usize].job as usize];
                !job.fixed && job.vehicle == super::model::NONE
            }) && model.trucks[*vehicle as usize].frozen.is_empty()
        };
        let victim =
            self.current.used_vehicles().filter(free).min_by(|a, b| weight(*a).total_cmp(&weight(*b)));
        let Some(victim) = victim.filter(|_| self.current.used() > 1) else { return false };
        let used = self.current.used();
        let stops = self.current.routes[victim as usize].stops();
        let mut jobs: Vec<u32> = stops.map(|stop| model.stops[stop as usize].job).collect();
        jobs.sort_unstable();
        jobs.dedup();
        self.current.begin(&mut self.trail);
        self.current.remove(model, &jobs, &mut self.trail);
        self.current.limit_vehicles(model, used - 1);
        true
    }

    fn anneal(&mut self, effort: &mut dyn Effort) {
        let began = effort.spent().min(0.999);
        let mut cost = self.current.cost(self.model);
        loop {
            let spent = effort.spent();
            if spent >= 1.0 {
                return;
            }
            let progress = ((spent - began) / (1.0 - began)).clamp(0.0, 1.0);
            let temperature = self.model.scale * HOT * (COLD / HOT).powf((progress * CYCLES).fract());
            self.step();
            let new_cost = self.current.cost(self.model);
            if new_cost < cost - temperature * self.chance.unit().max(1e-12).ln() {
                cost = new_cost;
                self.keep_if_best(effort);
            } else {
                self.undo();
            }
        }
    }
}
