//! Identity: tenants, organisations, users, roles, sessions, API keys, policies and personal data (design, sections 1,
//! 4 and 7; annex, section 14).
//!
//! Who a person is lies encrypted in the vault; the log knows ids only, and a login finds its account by a keyed blind
//! index. Access tokens are verified in memory, refresh tokens rotate and betray a thief, policies are data.

mod accounts;
mod agents;
mod attempts;
mod authenticator;
mod directory;
mod identity;
mod keys;
mod known;
mod logins;
mod passwords;
mod people;
mod personal;
mod policies;
mod relation;
mod routes;
mod secrets;
mod tokens;
mod views;
mod wire;

pub use accounts::{CreatedUser, NewUser, Placement};
pub use directory::{ListedTenant, ListedUser, list_tenants, list_users};
pub use identity::{Identity, IdentityError, IdentityOptions};
pub use policies::PolicyError;

pub(crate) use relation::own_resource;

use agents::{ApiKey, Organisation, Session, Tenant, User};
use edge::Platform;
use runtime::Context;
use utoipa_axum::router::OpenApiRouter;

/// What the runtime is to know of identity.
#[must_use]
pub fn context(identity: &Identity) -> Context {
    let context = Context::new()
        .agent::<Tenant>()
        .agent::<Organisation>()
        .agent::<User>()
        .agent::<Session>()
        .agent::<ApiKey>()
        .observer(identity.observer());
    views::VIEWS.into_iter().fold(context, Context::view)
}

/// The routes of identity.
#[must_use]
pub fn routes(identity: &Identity, platform: Platform) -> OpenApiRouter {
    routes::routes(routes::RouteState { identity: identity.clone(), platform })
}
