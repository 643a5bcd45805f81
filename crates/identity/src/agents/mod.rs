//! The agents of identity: pure state machines, one file each.

mod api_key;
mod failures;
mod organisation;
mod session;
mod tenant;
mod user;

pub(crate) use api_key::{ApiKey, ApiKeyCommand, ApiKeyEvent, KeyTerms};
pub(crate) use failures::Failures;
#[cfg(test)]
pub(crate) use failures::LOGIN_LOCK;
pub(crate) use organisation::{Organisation, OrganisationCommand, OrganisationEvent, OrganisationRegistered};
pub(crate) use session::{EndReason, REFRESH_LIFE, Session, SessionCommand, SessionEvent};
pub(crate) use tenant::{Tenant, TenantCommand, TenantEvent};
pub(crate) use tenant::DISPUTE_WINDOW_SECONDS_MAX;
pub(crate) use user::{Account, Standing, User, UserCommand, UserEvent, UserRegistered};

pub use organisation::OrganisationKind;
pub use tenant::{Locale, TenantSettings};
