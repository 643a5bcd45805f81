//! Roads: graphs made from OpenStreetMap, and the ways over them.
//!
//! [`import()`] reads a file into a [`Graph`]; a [`Router`] answers with routes for a vehicle and an objective. Searches
//! run on the graph of turns ([`expanded`]), so that turns cost and restrictions hold, also those over several roads.

mod alternatives;
pub mod calendar;
pub mod climb;
pub mod conditions;
pub mod expanded;
mod failure;
pub mod file;
pub mod geometry;
pub mod graph;
pub mod hierarchy;
pub mod import;
pub mod index;
pub mod isochrone;
pub mod learned;
pub mod live;
pub mod matching;
pub mod metric;
mod moment;
pub mod order;
mod potential;
pub mod road;
pub mod route;
mod router;
pub mod search;
pub mod speed;
pub mod steps;
pub mod synthetic;
pub mod vehicle;

pub use failure::RoadsError;
pub use graph::{Edge, Graph};
pub use import::{Imported, LeftOut, Progress, import, read_region};
pub use live::Live;
pub use metric::Wish;
pub use moment::Moment;
pub use route::Route;
pub use router::{KEPT_WISHES, NoRoute, Ready, Reason, Router};
pub use vehicle::{Objective, Vehicle};
