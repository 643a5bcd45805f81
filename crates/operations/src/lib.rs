//! Operations: what a brokerage's staff see across contexts, issues of trips, and the links by which consignees follow a
//! shipment (issue 3; docs/decisions/0012).
//!
//! It stands above the contexts and decides nothing of theirs: it reads their views, and has two small agents of its own.

pub mod agents;
mod fleet;
mod operations;
mod routes;
pub mod views;
mod wire;

pub use fleet::{FleetTopics, publish_fleet};
pub use operations::Operations;
pub use routes::routes;

use runtime::Context;

/// What operations bring to the house.
#[must_use]
pub fn context() -> Context {
    Context::new()
        .agent::<agents::Issue>()
        .agent::<agents::Share>()
        .view(views::issues::VIEW)
        .view(views::shares::VIEW)
        .view(views::lanes::VIEW)
        .statements(views::reports::STATEMENTS)
        .statements(&views::log::STATEMENTS)
}
