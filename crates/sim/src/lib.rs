//! Simulation: shippers, drivers and roads over the real agents, reactors, store and ports (design, section 9).
//!
//! [`simulate`] runs a whole day under a clock that is turned by hand, until the last payout, and checks the day's
//! promises. The same seed and options give the same log, byte for byte, on every store.

mod agenda;
mod alarms;
mod audit;
mod cast;
mod clerk;
mod country;
mod day;
mod dice;
mod driving;
mod house;
mod living;
mod load;
mod pace;
mod people;
mod report;
mod ways;

pub use alarms::{Detection, WatchReport};
pub use country::{Country, FlowsError, Lane, Place, RoadGraph, Route};
pub use day::{Ground, Options, Progress, START, SimulationError, Watch, simulate};
pub use living::{Guest, Guests, Living, LivingOptions, Platform};
pub use pace::Pace;
pub use report::{Amount, Report};
