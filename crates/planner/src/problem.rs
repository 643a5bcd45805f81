//! What is to be planned: stops, jobs that join them, vehicles, and what counts as good.

use crate::{hours::Hours, load::Load, travel::Travel};

/// At most so many stops in a problem.
pub const STOPS_MAX: usize = 10_000;
/// At most so many vehicles in a problem.
pub const VEHICLES_MAX: usize = 2_000;
/// At most so many different skills in a problem.
pub const SKILLS_MAX: usize = 64;

/// What a better plan is. A job that must be served always counts more than either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objective {
    /// The fewest vehicles, then the lowest cost: the order of the public benchmark tables.
    FewestVehicles,
    /// The lowest cost, whatever the number of vehicles.
    Cheapest,
}

/// A span of time, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// The earliest moment.
    pub from: f64,
    /// The latest moment.
    pub to: f64,
}

/// A window that may be missed for a price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preference {
    /// When service had better begin.
    pub window: Window,
    /// The price of each unit of time that service begins before or after it.
    pub price: f64,
}

/// A visit to a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    /// What the stop is called in the input: a customer number, or `JOB/pickup`.
    pub name: String,
    /// The place, as [`Travel`] numbers them.
    pub place: usize,
    /// Service must begin within it; a vehicle that comes earlier waits.
    pub window: Window,
    /// How long service takes.
    pub service: f64,
    /// When service had better begin.
    pub preference: Option<Preference>,
}

/// Which stops a job has, as indices into [`Problem::stops`], and how it loads the vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Fetched at one stop and brought to another by the same vehicle.
    Carry {
        /// Where it is fetched.
        pickup: usize,
        /// Where it is brought, later.
        delivery: usize,
    },
    /// On the vehicle when it starts.
    Deliver(usize),
    /// On the vehicle until it ends.
    Collect(usize),
    /// Already on board of the vehicle that [`Job::vehicle`] names; it stays there until it is delivered.
    Unload(usize),
}

/// What leaving a job out means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Importance {
    /// It is left out only when it fits nowhere; of several that compete, the higher priority (1 to 10) wins.
    Mandatory(u8),
    /// It may be left out for this price.
    Optional(f64),
}

/// Something to be done as a whole or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// What the job is called in the input.
    pub name: String,
    /// Its stops.
    pub task: Task,
    /// What it loads.
    pub load: Load,
    /// The skills a vehicle must have, as bits.
    pub skills: u64,
    /// What leaving it out means.
    pub importance: Importance,
    /// The only vehicle that may do it, as an index into [`Problem::vehicles`].
    pub vehicle: Option<usize>,
}

/// A vehicle with its driver.
#[derive(Debug, Clone, PartialEq)]
pub struct Vehicle {
    /// What the vehicle is called in the input.
    pub name: String,
    /// The place where it starts; `None`: at its first stop.
    pub start: Option<usize>,
    /// The place where it ends; `None`: at its last stop.
    pub end: Option<usize>,
    /// It starts no earlier and ends no later.
    pub shift: Window,
    /// The most it carries.
    pub capacity: Load,
    /// The skills it has, as bits.
    pub skills: u64,
    /// The cost of using it at all.
    pub fixed_cost: f64,
    /// The cost of a unit of length.
    pub distance_cost: f64,
    /// The cost of a unit of time between its start and its end.
    pub time_cost: f64,
    /// Stops that are already under way: they come first, in this order, and are visited even if it is too late.
    pub frozen: Vec<usize>,
    /// The stops of an earlier plan that come after the frozen ones: where the search starts, if they still fit.
    pub planned: Vec<usize>,
    /// The driver's hours, when they bind.
    pub hours: Option<Hours>,
}

/// A whole problem. Parsers make it; [`Problem::faults`] says what is wrong with one that was put together by hand.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What counts as good.
    pub objective: Objective,
    /// Ways between places.
    pub travel: Travel,
    /// All stops of all jobs.
    pub stops: Vec<Stop>,
    /// What is to be done.
    pub jobs: Vec<Job>,
    /// Who may do it.
    pub vehicles: Vec<Vehicle>,
}

/// Something wrong with a problem, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Fault {
    /// The field, such as `jobs[3].load` or `line 12`.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

impl Fault {
    /// A fault of a field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl Task {
    /// Its stops in the order in which they are visited.
    pub fn stops(self) -> impl Iterator<Item = usize> {
        let (first, second) = match self {
            Self::Carry { pickup, delivery } => (pickup, Some(delivery)),
            Self::Deliver(stop) | Self::Collect(stop) | Self::Unload(stop) => (stop, None),
        };
        std::iter::once(first).chain(second)
    }
}

impl Problem {
    /// Everything that makes the problem meaningless; empty when it can be solved. A problem without faults may still
    /// have jobs that fit nowhere: those are left out of the plan, with a reason.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        crate::faults::find(self)
    }

    /// The job of each stop, as indices into [`Problem::jobs`]; `usize::MAX` where no job has the stop.
    #[must_use]
    pub fn job_of_stop(&self) -> Vec<usize> {
        let mut jobs = vec![usize::MAX; self.stops.len()];
        for (index, job) in self.jobs.iter().enumerate() {
            for stop in job.task.stops() {
                if let Some(owner) = jobs.get_mut(stop) {
                    *owner = index;
                }
            }
        }
        jobs
    }
}
