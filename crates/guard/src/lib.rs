//! The guard around every port that leaves the process: bulkhead, deadline, retry with jittered backoff, circuit
//! breaker, fault injection, counters and cost (design, section 6).
//!
//! An adapter owns one [`Guard`] for each outside party and makes every call through [`Guard::call`]. The binary adds
//! them all to one [`Registry`], which lists the breakers at `/metrics/circuit_breakers` and resets them by name. Time
//! and randomness are given, so that a test turns both.

mod breaker;
mod call;
mod faults;
mod meter;
mod policy;
mod registry;
mod sleeper;

pub use breaker::{Breaker, BreakerState, Ended, Permit, Refused};
pub use call::{Guard, GuardError, Retryable};
pub use faults::Faults;
pub use meter::Counters;
pub use policy::{BreakerPolicy, Policy, RetryPolicy};
pub use registry::{GuardStatus, Registry};
pub use sleeper::{Sleeper, TokioSleeper};
