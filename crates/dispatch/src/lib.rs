//! Dispatch: which truck visits which stops (issue 5; docs/decisions/0090).
//!
//! A dispatcher, or a carrier for its own trucks, asks for a plan; the search of `planner` answers at once and improves
//! the answer while somebody waits or watches. A plan is changed by hand, priced again, and tendered. It stands above
//! the contexts and decides nothing of theirs: what a plan sets off are commands of the market.

mod dispatch;
mod fleet_problem;
mod hand_made;
mod plan_topics;
mod routes;
mod searches;
mod wire;

pub use dispatch::Dispatch;
pub use plan_topics::PlanTopics;
pub use routes::{LARGE_BODY, routes};
pub use searches::Searches;

use runtime::Context;

/// What dispatch brings to the house: no agent and no view, for a search leaves nothing behind but what it set off.
#[must_use]
pub fn context() -> Context {
    Context::new()
}
