//! Who is calling.

use crate::{Platform, Problem, request_id};
use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use contracts::ports::{
    AuthenticationError, Authenticator, Caller, Credential, Permission, PersonalAccess, Resource, Verdict,
};
use kernel::{OrganisationId, PersonId, RequestId, TypedId, Uuid, uuid_v7};
use runtime::{IdempotencyKey, Origin};
use std::fmt::Write as _;
use store::Vault;

/// An authenticated request.
#[derive(Debug, Clone)]
pub struct Session {
    /// Who.
    pub caller: Caller,
    /// What the runtime is told: tenant, actor, correlation, idempotency key.
    pub origin: Origin,
}

impl Session {
    /// May the caller do this? Default deny.
    ///
    /// # Errors
    /// 403 or 404.
    pub fn authorise(
        &self,
        platform: &Platform,
        permission: Permission,
        resource: &Resource,
    ) -> Result<(), Problem> {
        match platform.authenticator.authorise(&self.caller, permission, resource) {
            Verdict::Allow => Ok(()),
            Verdict::Deny => Err(Problem::forbidden()),
            Verdict::Hide => Err(Problem::not_found()),
        }
    }
}

impl Session {
    /// May the caller act on the process, which all tenants share? Only people of the host tenant may, by their role.
    ///
    /// # Errors
    /// 403; 503 when that cannot be found out now.
    pub async fn authorise_on_process(
        &self,
        platform: &Platform,
        permission: Permission,
    ) -> Result<(), Problem> {
        let host = platform.authenticator.host_tenant().await.map_err(refused)?;
        let process = Resource { tenant: host, ..Resource::default() };
        // That there is a process is no secret.
        self.authorise(platform, permission, &process).map_err(|_| Problem::forbidden())
    }
}

impl Session {
    /// An id for what this request makes. Under an idempotency key it is the same whenever the request is repeated, in
    /// whichever process, so that what was made is found again; without one it is fresh. Without the master key nobody
    /// can tell it.
    #[must_use]
    pub fn new_id<Id: TypedId>(&self, platform: &Platform) -> Id {
        let runtime = &platform.runtime;
        let made = self.origin.idempotency.as_ref().and_then(|key| id_of(&platform.vault, Id::PREFIX, key));
        Id::from_uuid(made.unwrap_or_else(|| uuid_v7(runtime.now(), &**runtime.entropy())))
    }

    /// Whether an organisation is a carrier of the caller's tenant.
    ///
    /// # Errors
    /// 503 when that cannot be found out now.
    pub async fn knows_carrier(
        &self,
        platform: &Platform,
        organisation: OrganisationId,
    ) -> Result<bool, Problem> {
        platform.authenticator.is_carrier(self.caller.tenant, organisation).await.map_err(|_| {
            Problem::unavailable("organisations.unavailable", "organisations cannot be looked up now")
        })
    }

    /// Writes down that the caller is about to see personal data of others; of oneself and one's own customers nobody
    /// asks. Call it once a request, before the answer.
    ///
    /// # Errors
    /// 503 when it cannot be written down now: then nothing may be shown.
    pub async fn record_access(
        &self,
        platform: &Platform,
        persons: Vec<PersonId>,
        purpose: &'static str,
    ) -> Result<(), Problem> {
        let correlation = self.origin.correlation;
        let access = PersonalAccess { caller: &self.caller, correlation, persons, purpose };
        platform.authenticator.record_access(access).await.map_err(|_| {
            Problem::unavailable("audit.unavailable", "who sees personal data cannot be written down now")
        })
    }
}

/// The id that a key stands for: a UUID of version 8, whose digits are made as one likes (RFC 9562, section 5.8).
fn id_of(vault: &Vault, prefix: &str, key: &IdempotencyKey) -> Option<Uuid> {
    const VERSION: u128 = 0xf << 76;
    const VARIANT: u128 = 0b11 << 62;
    let mut text = format!("{prefix}/");
    for byte in key.body_hash {
        let _ = write!(text, "{byte:02x}");
    }
    let index = vault.blind_index("made under a key", &format!("{text}/{}", key.key));
    let digits = u128::from_str_radix(index.get(..32)?, 16).ok()?;
    Some(Uuid::from_u128((digits & !VERSION & !VARIANT) | (0x8 << 76) | (0b10 << 62)))
}

/// What is known of the caller, kept with the request so that it is found out once.
#[derive(Debug, Clone)]
pub(crate) enum Identified {
    /// No credential came with the request.
    Nobody,
    /// The credential is good.
    Known(Caller),
    /// The credential is not accepted.
    Refused(AuthenticationError),
}

/// Finds out who is calling. `X-Api-Key` counts only when there is no `Authorization`.
pub(crate) async fn identify(headers: &HeaderMap, authenticator: &dyn Authenticator) -> Identified {
    let credential = match (headers.get(header::AUTHORIZATION), headers.get("x-api-key")) {
        (Some(value), _) => value.to_str().ok().and_then(bearer).map(Credential::Bearer),
        (None, Some(value)) => value.to_str().ok().map(Credential::ApiKey),
        (None, None) => return Identified::Nobody,
    };
    let Some(credential) = credential else { return Identified::Refused(AuthenticationError::Invalid) };
    match authenticator.authenticate(credential).await {
        Ok(caller) => Identified::Known(caller),
        Err(error) => Identified::Refused(error),
    }
}

/// The token of `Bearer <token>`; the scheme's case does not matter (RFC 9110, section 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

/// The answer to a credential that is not accepted.
pub(crate) fn refused(error: AuthenticationError) -> Problem {
    match error {
        AuthenticationError::Invalid => {
            Problem::unauthorised("token.invalid", "the token or key is not valid")
        }
        AuthenticationError::Expired => Problem::unauthorised("token.expired", "the token has expired"),
        AuthenticationError::Revoked => Problem::unauthorised("token.revoked", "the session has ended"),
        AuthenticationError::Unavailable => {
            Problem::unavailable("authentication.unavailable", "who you are cannot be checked now")
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Session
where
    Platform: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let platform = Platform::from_ref(state);
        let identified = match parts.extensions.get::<Identified>() {
            Some(identified) => identified.clone(),
            None => identify(&parts.headers, &*platform.authenticator).await,
        };
        let correlation = request_id()
            .unwrap_or_else(|| RequestId::generate(platform.runtime.now(), &**platform.runtime.entropy()));
        session_of(identified, correlation, parts.extensions.get::<IdempotencyKey>().cloned())
    }
}

fn session_of(
    identified: Identified,
    correlation: RequestId,
    idempotency: Option<IdempotencyKey>,
) -> Result<Session, Problem> {
    let caller = match identified {
        Identified::Known(caller) => caller,
        Identified::Refused(error) => return Err(refused(error)),
        Identified::Nobody => {
            return Err(Problem::unauthorised(
                "token.missing",
                "send `Authorization: Bearer <token>` or `X-Api-Key`",
            ));
        }
    };
    let origin = Origin { tenant: caller.tenant, actor: caller.actor, correlation, idempotency };
    Ok(Session { caller, origin })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        idempotency::tests::caller,
        test_world::{LampId, World},
        ws::HubOptions,
    };
    use kernel::ApiKeyId;
    use runtime::SystemEntropy;
    use std::sync::Arc;

    fn asking(idempotency: Option<IdempotencyKey>) -> Session {
        let correlation = RequestId::from_uuid(Uuid::from_u128(1));
        session_of(Identified::Known(caller()), correlation, idempotency).unwrap()
    }

    fn key(name: &str, body: u8) -> Option<IdempotencyKey> {
        Some(IdempotencyKey { key: name.to_owned(), body_hash: [body; 32] })
    }

    #[tokio::test]
    async fn a_new_id_is_the_same_for_a_repeated_request_and_for_no_other() {
        // Two processes of one installation, and another installation.
        let (here, mut there, mut elsewhere) = (
            World::new(HubOptions::default()).await.platform,
            World::new(HubOptions::default()).await.platform,
            World::new(HubOptions::default()).await.platform,
        );
        let vault = |platform: &Platform, master| {
            Vault::new(platform.runtime.store().clone(), [master; 32], Arc::new(SystemEntropy))
        };
        (there.vault, elsewhere.vault) = (vault(&there, 7), vault(&elsewhere, 8));
        let made: LampId = asking(key("k", 1)).new_id(&here);
        assert_eq!(asking(key("k", 1)).new_id::<LampId>(&here), made);
        assert_eq!(asking(key("k", 1)).new_id::<LampId>(&there), made, "whoever is asked");
        assert_eq!((made.uuid().get_version_num(), made.uuid().as_u128() >> 62 & 0b11), (8, 0b10));
        let others = [
            asking(key("l", 1)).new_id::<LampId>(&here).uuid(),
            asking(key("k", 2)).new_id::<LampId>(&here).uuid(),
            asking(key("k", 1)).new_id::<ApiKeyId>(&here).uuid(),
            asking(key("k", 1)).new_id::<LampId>(&elsewhere).uuid(),
        ];
        assert!(others.iter().all(|other| *other != made.uuid()), "{made} is one of {others:?}");
        let (first, second) = (asking(None).new_id::<LampId>(&here), asking(None).new_id::<LampId>(&here));
        assert!(first != second && first != made, "without a key each is new");
    }
}
