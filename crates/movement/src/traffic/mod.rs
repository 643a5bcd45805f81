//! What hinders traffic: the incidents of all tenants in memory, and when a running trip must be looked at again.

mod incidents;
mod recheck;

pub use incidents::Incidents;
pub use recheck::{Comparison, RECHECK_EVERY, compare, drifted};
