//! The context itself: what it brings to the runtime, and how it is put together.

use crate::{
    attempts::Attempts,
    known::{Known, REMEMBERED},
    passwords::{PasswordError, Passwords},
    policies::{Policies, PolicyError},
    secrets::{Derivation, RefreshTokens},
    tokens::AccessTokens,
    views,
};
use edge::Problem;
use kernel::{Actor, Refusal, RequestId, TenantId, Timestamp};
use runtime::{CommandError, Origin, Runtime};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use store::{StoreError, Vault};

/// What identity needs to know from the start.
#[derive(Clone)]
pub struct IdentityOptions {
    /// Signs access tokens and seals refresh tokens; the same in all processes of an installation.
    pub signing_key: [u8; 32],
    /// Time between delivery and payout for tenants that set none of their own.
    pub dispute_window: Duration,
}

/// Why something was not done.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IdentityError {
    /// It cannot be accepted.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The runtime did not carry it out.
    #[error(transparent)]
    Command(CommandError),
    /// The store or the vault cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Who asks is not who it says; 401.
    #[error("{code}")]
    Unauthorised {
        /// A stable code, such as `login.invalid`.
        code: &'static str,
        /// A sentence for people.
        detail: &'static str,
    },
    /// Too many failed logins; 429.
    #[error("too many failed logins")]
    Locked {
        /// The end of the lock.
        until: Timestamp,
    },
    /// Too many passwords are being checked; 503.
    #[error("too many logins at once")]
    Busy,
    /// A step that cannot fail did; 500.
    #[error("identity met a defect: {0}")]
    Defect(&'static str),
}

impl From<CommandError> for IdentityError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => Self::Refused(refusal),
            CommandError::Store(error) => Self::Store(error),
            other => Self::Command(other),
        }
    }
}

impl From<PasswordError> for IdentityError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::Busy,
            PasswordError::Failed => Self::Defect("a password cannot be hashed"),
        }
    }
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Refused(refusal) => refusal.into(),
            IdentityError::Command(error) => error.into(),
            IdentityError::Store(error) => error.into(),
            IdentityError::Unauthorised { code, detail } => Self::unauthorised(code, detail),
            IdentityError::Locked { .. } => Self::new(
                axum::http::StatusCode::TOO_MANY_REQUESTS,
                "login.locked",
                "too many failed logins; try again in 15 minutes",
            ),
            IdentityError::Busy => Self::unavailable("login.busy", "too many logins at once; try again"),
            IdentityError::Defect(_) => Self::defect(&error),
        }
    }
}

/// What identity works with once the runtime stands.
pub(crate) struct Attached {
    pub(crate) runtime: Runtime,
    pub(crate) vault: Vault,
}

pub(crate) struct Inner {
    pub(crate) options: IdentityOptions,
    pub(crate) policies: Policies,
    pub(crate) tokens: AccessTokens,
    pub(crate) refresh_tokens: RefreshTokens,
    pub(crate) derivation: Derivation,
    pub(crate) passwords: Passwords,
    pub(crate) attempts: Attempts,
    pub(crate) known: Arc<Known>,
    attached: OnceLock<Attached>,
}

/// Tenants, organisations, users, sessions, keys and policies. Clones share everything.
///
/// Put together in two steps, because the runtime is made from all contexts: [`Identity::new`] and
/// [`Identity::context`] first, [`Identity::attach`] when the runtime runs. Until then every credential is answered
/// "unavailable".
#[derive(Clone)]
pub struct Identity {
    pub(crate) inner: Arc<Inner>,
}

impl Identity {
    /// Reads the policies and derives the keys.
    ///
    /// # Errors
    /// [`PolicyError`]: the embedded policies cannot be read.
    pub fn new(options: IdentityOptions) -> Result<Self, PolicyError> {
        let inner = Inner {
            policies: Policies::embedded()?,
            tokens: AccessTokens::new(&options.signing_key),
            refresh_tokens: RefreshTokens::new(&options.signing_key),
            derivation: Derivation::new(&options.signing_key),
            passwords: Passwords::new(),
            attempts: Attempts::new(),
            known: Arc::new(Known::new()),
            attached: OnceLock::new(),
            options,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What sees every committed event.
    pub(crate) fn observer(&self) -> Arc<dyn runtime::Observer> {
        Arc::clone(&self.inner.known) as Arc<dyn runtime::Observer>
    }

    /// Gives identity the runtime and the vault, and fills from the views what must be known at every request. Call it
    /// before the first request; a second call changes nothing.
    ///
    /// # Errors
    /// [`StoreError`]: the views cannot be read.
    pub async fn attach(&self, runtime: Runtime, vault: Vault) -> Result<(), StoreError> {
        let store = runtime.store();
        let known = &self.inner.known;
        let since = runtime.now().before(REMEMBERED);
        for (session, at) in views::sessions_ended(store, since).await? {
            known.session_ended(session, at);
        }
        for (user, role, active, at) in views::users_changed(store, since).await? {
            known.user_changed(user, Some(role), Some(active), at);
        }
        for (driver, user) in views::driver_users(store).await? {
            known.driver_has(driver, user);
        }
        for (tenant, seconds) in views::tenant_windows(store).await? {
            known.window_is(tenant, u32::try_from(seconds).unwrap_or(u32::MAX));
        }
        // A second call loses, and the first one's runtime stays.
        let _ = self.inner.attached.set(Attached { runtime, vault });
        Ok(())
    }

    pub(crate) fn attached(&self) -> Result<&Attached, StoreError> {
        self.inner
            .attached
            .get()
            .ok_or_else(|| StoreError::Unavailable("the platform is still starting".to_owned()))
    }

    /// The origin of something that no session asked for: a registration, a login, the command line.
    pub(crate) fn origin(&self, tenant: TenantId, actor: Actor) -> Result<Origin, StoreError> {
        let runtime = &self.attached()?.runtime;
        let fresh = || RequestId::generate(runtime.now(), &**runtime.entropy());
        let correlation = edge::request_id().unwrap_or_else(fresh);
        Ok(Origin { tenant, actor, correlation, idempotency: None })
    }
}
