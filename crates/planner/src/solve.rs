//! Solves a problem within a budget: an instant answer, improved until the budget is spent.

use crate::{
    checker::{self, Violation},
    plan::Plan,
    problem::{Fault, Problem},
    publish,
    search::{
        construct,
        engine::{Effort, Engine},
        model::Model,
        recreate::Memory,
        solution::{Score, Solution},
    },
};
use kernel::{Clock, Timestamp};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// How long to search: whichever comes first ends it. With neither, only the instant answer is given.
///
/// With `iterations` alone the answer depends on nothing but the problem, the seed and the binary: the same on every
/// run. With `time` the seed fixes the sequence of draws, but how far it gets depends on the machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Budget {
    /// Wall-clock time from the call, the instant answer included.
    pub time: Option<Duration>,
    /// Steps of the search.
    pub iterations: Option<u64>,
}

/// How far a search has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Time since the call.
    pub elapsed: Duration,
    /// Steps of the search so far.
    pub iterations: u64,
    /// Vehicles of the best plan so far.
    pub vehicles: usize,
    /// Length of its ways.
    pub distance: f64,
    /// Its cost, without the jobs that must be served and are left out.
    pub cost: f64,
    /// Jobs that it leaves out.
    pub left_out: usize,
}

/// Watches a search.
pub trait Watcher {
    /// Called with the instant answer and with every better plan after it. `plan` builds the plan when it is wanted.
    fn improved(&mut self, progress: &Progress, plan: &dyn Fn() -> Plan);
}

/// A watcher that does not look.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

impl Watcher for Nobody {
    fn improved(&mut self, _: &Progress, _: &dyn Fn() -> Plan) {}
}

/// What a search is given besides its problem.
pub struct Control<'a> {
    /// Fixes every random draw.
    pub seed: u64,
    /// How long to search.
    pub budget: Budget,
    /// Measures the time.
    pub clock: &'a dyn Clock,
    /// Ends the search when it becomes true.
    pub stop: &'a AtomicBool,
    /// Is told of every better plan.
    pub watcher: &'a mut dyn Watcher,
}

/// What ended a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The time or the iterations of the budget.
    BudgetSpent,
    /// Somebody stopped it.
    Stopped,
}

/// A checked plan and how it came about.
#[derive(Debug, Clone)]
pub struct Solved {
    /// The plan; the checker found nothing wrong with it.
    pub plan: Plan,
    /// Steps of the search.
    pub iterations: u64,
    /// When the instant answer stood.
    pub instant: Duration,
    /// When the first plan stood that leaves out nothing that must be served; `None` if there was none.
    pub first_feasible: Option<Duration>,
    /// What ended the search.
    pub ending: Ending,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The problem is meaningless.
    #[error("{}", join(.0))]
    Faulty(Vec<Fault>),
    /// The checker does not accept the plan: a defect of the search. The plan is withheld.
    #[error("the plan was withheld because it breaks its own rules: {}", join(.0))]
    Rejected(Vec<Violation>),
}

fn join(items: &[impl std::fmt::Display]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Solves a problem.
///
/// # Errors
/// [`PlanError::Faulty`] when the problem is meaningless; [`PlanError::Rejected`] when the search is defective.
pub fn solve(problem: &Problem, control: Control<'_>) -> Result<Solved, PlanError> {
    let began = control.clock.now();
    let faults = problem.faults();
    if !faults.is_empty() {
        return Err(PlanError::Faulty(faults));
    }
    let model = Model::new(problem);
    let mut memory = Memory::new();
    let first = construct::build(&model, &mut memory);
    let seed = control.seed;
    let mut meter = Meter::new(control, began, problem.stops.len());
    let instant = meter.elapsed();
    meter.improved(&model, &first);
    let best = Engine::new(&model, &mut memory, first, seed).run(&mut meter);
    let plan = publish::plan(&model, &best);
    let violations = checker::check(problem, &plan);
    if !violations.is_empty() {
        return Err(PlanError::Rejected(violations));
    }
    Ok(Solved {
        plan,
        iterations: meter.iterations,
        instant,
        first_feasible: meter.first_feasible,
        ending: if meter.stopped { Ending::Stopped } else { Ending::BudgetSpent },
    })
}

/// Counts steps and time against the budget.
struct Meter<'a> {
    control: Control<'a>,
    began: Timestamp,
    iterations: u64,
    /// The clock is read every so many steps.
    stride: u64,
    share: f64,
    stopped: bool,
    first_feasible: Option<Duration>,
}

impl<'a> Meter<'a> {
    fn new(control: Control<'a>, began: Timestamp, stops: usize) -> Self {
        let stride = (800 / stops.max(1)).clamp(1, 64) as u64;
        Self { control, began, iterations: 0, stride, share: 0.0, stopped: false, first_feasible: None }
    }

    fn elapsed(&self) -> Duration {
        self.control.clock.now().since(self.began)
    }

    fn look(&mut self) {
        let Budget { time, iterations } = self.control.budget;
        let by_time = time.map(|limit| self.elapsed().as_secs_f64() / limit.as_secs_f64().max(1e-9));
        let by_steps = iterations.map(|limit| self.iterations as f64 / limit.max(1) as f64);
        let nothing_given = by_time.is_none() && by_steps.is_none();
        let none_left = iterations == Some(0) || nothing_given;
        self.share = if none_left { 1.0 } else { by_time.unwrap_or(0.0).max(by_steps.unwrap_or(0.0)) };
        self.stopped = self.control.stop.load(Ordering::Relaxed);
    }
}

impl Effort for Meter<'_> {
    fn spent(&mut self) -> f64 {
        let timely = self.control.budget.iterations.is_some() || self.iterations.is_multiple_of(self.stride);
        if timely {
            self.look();
        }
        if self.stopped {
            return 1.0;
        }
        if self.share < 1.0 {
            self.iterations += 1;
        }
        self.share
    }

    fn improved(&mut self, model: &Model, solution: &Solution) {
        let elapsed = self.elapsed();
        let Score { missing, cost, .. } = solution.score(model);
        if missing <= 0.0 && self.first_feasible.is_none() {
            self.first_feasible = Some(elapsed);
        }
        let progress = Progress {
            elapsed,
            iterations: self.iterations,
            vehicles: solution.used(),
            distance: solution.distance(),
            cost,
            left_out: solution.absent.len(),
        };
        self.control.watcher.improved(&progress, &|| publish::plan(model, solution));
    }
}
