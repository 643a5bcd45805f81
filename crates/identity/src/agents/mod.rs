//! The agents of identity: pure state machines, one file each.

mod api_key;
mod failures;
mod organisation;
#[cfg(test)]
mod recorded;
mod session;
mod tenant;
mod user;

pub(crate) use api_key::{ApiKey, ApiKeyCommand, ApiKeyEvent, KeyTerms};
pub(crate) use failures::{Failures, LOGIN_LOCK};
pub(crate) use organisation::{Organisation, OrganisationCommand, OrganisationEvent, OrganisationRegistered};
pub(crate) use session::{EndReason, REFRESH_LIFE, Session, SessionCommand, SessionEvent};
pub(crate) use tenant::DISPUTE_WINDOW_SECONDS_MAX;
pub(crate) use tenant::{Tenant, TenantCommand, TenantEvent};
pub(crate) use user::{Account, Standing, User, UserCommand, UserEvent, UserRegistered};

pub(crate) use organisation::OrganisationKind;
pub(crate) use tenant::{Locale, TenantSettings};
