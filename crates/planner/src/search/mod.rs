//! The search: a flat model of the problem, routes that answer quickly whether something fits, ruin and recreate.

mod chance;
pub mod construct;
pub mod engine;
pub mod insertion;
pub mod model;
pub mod recreate;
mod route;
mod ruin;
pub mod solution;
