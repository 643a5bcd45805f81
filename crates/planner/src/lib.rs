//! Plans for several trucks: which truck visits which stops in which order, and when.
//!
//! Pure computation over a [`Problem`]: no I/O; time and the end of the search are given by [`Control`]. A parser in
//! [`read`] makes the problem, [`solve`] answers it, and [`check`] judges every answer by the problem alone before it
//! leaves this crate (`docs/guides/plan-format.md`, `docs/decisions/0030-own-search-for-plans.md`).
//!
//! Unless a name says otherwise, times, lengths and prices are in whatever unit the problem uses: seconds, metres and
//! minor units for the JSON format, plain numbers for the benchmark formats.

mod checker;
mod faults;
mod hours;
mod load;
mod plan;
mod problem;
mod publish;
pub mod read;
mod search;
mod solve;
mod timetable;
mod travel;
pub mod wire;

pub use checker::{TOLERANCE, Violation, check};
pub use hours::Hours;
pub use load::{DIMENSIONS_MAX, LOAD_TOTAL_MAX, Load};
pub use plan::{Activity, LeftOut, Plan, PlannedRoute, Reason, Span};
pub use problem::{
    Fault, Importance, Job, Objective, Preference, Problem, SKILLS_MAX, STOPS_MAX, Stop, Task, VEHICLES_MAX,
    Vehicle, Window,
};
pub use solve::{Budget, Control, Ending, Nobody, PlanError, Progress, Solved, Watcher, solve};
pub use travel::{Leg, Travel};
