//! The planner through its public face: formats, search, checker.

#![expect(clippy::unwrap_used, clippy::float_cmp, reason = "the whole crate is tests")]

mod benchmarks;
mod breakdown;
mod day;
mod formats;
mod promises;
mod rules;
mod samples;
mod tampering;
