//! The market's rules as pure functions: what agents, reactors and routes decide by.

pub mod bid_terms;
pub mod calendar;
pub mod cancellation;
pub mod economics;
pub mod eligibility;
pub mod estimates;
pub mod geometry;
pub mod part_load;
pub mod ranking;
pub mod reference;
pub mod return_load;
pub mod volume;
