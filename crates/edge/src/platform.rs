//! What every route can reach.

use contracts::ports::Authenticator;
use runtime::Runtime;
use std::sync::Arc;
use store::Vault;

/// The shared state of all routes. A context that needs more keeps it in its own state beside this one and implements
/// `FromRef` for it.
#[derive(Clone)]
pub struct Platform {
    /// Agents.
    pub runtime: Runtime,
    /// Who is calling and what they may do.
    pub authenticator: Arc<dyn Authenticator>,
    /// Personal data.
    pub vault: Vault,
}
