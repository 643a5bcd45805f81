//! Who is calling and what they may do: the answers to `edge`.

use crate::{
    Identity,
    agents::{ApiKey, Organisation, OrganisationKind, Standing, TenantSettings, User, UserCommand},
    identity::Attached,
    known::KeyGrant,
    policies::CredentialClass,
    relation::Relation,
    secrets, views,
    wire::Grant,
};
use contracts::ports::{
    AuthenticationError, Authenticator, Caller, Credential, DisputeWindows, NotRecorded, OrganisationName,
    Permission, PersonalAccess, PortFuture, Resource, Verdict,
};
use kernel::{Actor, ApiKeyId, OrganisationId, TenantId, Timestamp};
use runtime::{Order, Origin, Wait};
use std::{future::ready, sync::Arc, time::Duration};
use store::StoreError;

/// What a process knows of revocations holds for so long after it has last heard of the log: as long as it shows what it
/// remembers of agents while the database is away (spec 4, TTL of profiles).
const UNHEARD_MAX: Duration = Duration::from_secs(300);

fn away(error: &StoreError) -> AuthenticationError {
    tracing::warn!(%error, "who somebody is cannot be looked up");
    AuthenticationError::Unavailable
}

impl Identity {
    /// Refuses to say that a credential still stands when others may have voided it long ago without our hearing of it.
    fn informed(attached: &Attached) -> Result<(), AuthenticationError> {
        if attached.runtime.unheard_for() > UNHEARD_MAX {
            return Err(AuthenticationError::Unavailable);
        }
        Ok(())
    }

    fn authenticate_token(&self, token: &str) -> Result<Caller, AuthenticationError> {
        let attached = self.attached().map_err(|_| AuthenticationError::Unavailable)?;
        let claims = self.inner.tokens.verify(token, attached.runtime.now())?;
        if !self.inner.known.stands(&claims) {
            return Err(AuthenticationError::Revoked);
        }
        Self::informed(attached)?;
        Ok(claims.caller())
    }

    async fn authenticate_key(&self, text: &str) -> Result<Caller, AuthenticationError> {
        let attached = self.attached().map_err(|_| AuthenticationError::Unavailable)?;
        let id = secrets::api_key_id(text).ok_or(AuthenticationError::Invalid)?;
        let now = attached.runtime.now();
        let grant = match self.inner.known.key(id) {
            Some(grant) => grant,
            None => self.find_key(id, text, now).await?,
        };
        if !secrets::has_hash(text, &grant.secret_hash) {
            return Err(AuthenticationError::Invalid);
        }
        if now >= grant.expires_at {
            return Err(AuthenticationError::Expired);
        }
        Self::informed(attached)?;
        Ok(grant.caller.clone())
    }

    /// Reads a key and its owner, and keeps the verdict.
    async fn find_key(
        &self,
        id: ApiKeyId,
        text: &str,
        now: Timestamp,
    ) -> Result<Arc<KeyGrant>, AuthenticationError> {
        let runtime = &self.attached().map_err(|_| AuthenticationError::Unavailable)?.runtime;
        let changes = self.inner.known.changes();
        let key = runtime.state::<ApiKey>(id).await.map_err(|error| away(&error))?;
        let key = key.ok_or(AuthenticationError::Invalid)?;
        let terms = key.terms.as_ref().ok_or(AuthenticationError::Invalid)?;
        if !secrets::has_hash(text, &terms.secret_hash) {
            return Err(AuthenticationError::Invalid);
        }
        if key.good(now).is_none() {
            return Err(if key.revoked {
                AuthenticationError::Revoked
            } else {
                AuthenticationError::Expired
            });
        }
        let owner = runtime.state::<User>(terms.user).await.map_err(|error| away(&error))?;
        let owner =
            owner.as_ref().and_then(|user| user.account.as_ref()).ok_or(AuthenticationError::Invalid)?;
        // The owner may have lost the role since; the key never outlives it.
        if owner.standing != Standing::Active || !self.inner.policies.covers(owner.role, terms.role) {
            return Err(AuthenticationError::Revoked);
        }
        let caller = Caller {
            actor: Actor::Key(id),
            user: terms.user,
            tenant: terms.tenant,
            organisation: owner.organisation,
            role: terms.role,
        };
        let scopes = self.inner.policies.scope_bits(terms.scopes.as_deref());
        let grant =
            KeyGrant { caller, scopes, secret_hash: terms.secret_hash.clone(), expires_at: terms.expires_at };
        let grant = Arc::new(grant);
        self.inner.known.keep_key(id, Arc::clone(&grant), changes);
        Ok(grant)
    }

    /// Whether the key's scopes hold the permission. A key that is no longer known was just voided.
    fn in_scope(&self, key: ApiKeyId, permission: Permission) -> bool {
        let number = self.inner.policies.number(permission);
        let grant = self.inner.known.key(key);
        number.zip(grant).is_some_and(|(number, grant)| grant.scopes >> number & 1 == 1)
    }
}

impl Identity {
    /// Everything that anybody may do, as the policies say now.
    pub(crate) fn grants(&self) -> Vec<Grant> {
        self.inner.policies.grants()
    }

    /// The dispute window that a tenant's settings mean.
    pub(crate) fn window_of(&self, settings: TenantSettings) -> Duration {
        let own = settings.dispute_window_seconds.map(|seconds| Duration::from_secs(u64::from(seconds)));
        own.unwrap_or(self.inner.options.dispute_window)
    }
}

impl Authenticator for Identity {
    fn authenticate<'a>(
        &'a self,
        credential: Credential<'a>,
    ) -> PortFuture<'a, Result<Caller, AuthenticationError>> {
        match credential {
            Credential::Bearer(token) => Box::pin(ready(self.authenticate_token(token))),
            Credential::ApiKey(text) => Box::pin(self.authenticate_key(text)),
        }
    }

    fn authorise(&self, caller: &Caller, permission: Permission, resource: &Resource) -> Verdict {
        let relation = Relation::of(caller, resource, |driver| self.inner.known.user_of(driver));
        let (class, in_scope) = match caller.actor {
            Actor::Key(key) => (CredentialClass::Key, self.in_scope(key, permission)),
            Actor::User(_) | Actor::System(_) => (CredentialClass::Session, true),
        };
        if in_scope && self.inner.policies.permit(permission, caller.role, relation, class) {
            Verdict::Allow
        } else {
            relation.refused(caller.role)
        }
    }

    fn record_access<'a>(&'a self, access: PersonalAccess<'a>) -> PortFuture<'a, Result<(), NotRecorded>> {
        Box::pin(async move {
            let PersonalAccess { caller, correlation, persons, purpose } = access;
            let runtime = &self.attached().map_err(|_| NotRecorded)?.runtime;
            let (tenant, actor) = (caller.tenant, caller.actor);
            let origin = Origin { tenant, actor, correlation, idempotency: None };
            let command = UserCommand::RecordAccess { subjects: Vec::new(), persons, purpose };
            let order = Order::new::<User>(caller.user, command).wait(Wait::Durable);
            runtime.submit(&origin, order).await.map(drop).map_err(|error| {
                tracing::warn!(%error, purpose, "an access to personal data could not be recorded");
                NotRecorded
            })
        })
    }

    fn host_tenant(&self) -> PortFuture<'_, Result<Option<TenantId>, AuthenticationError>> {
        Box::pin(async move {
            let store = self.attached().map_err(|_| AuthenticationError::Unavailable)?.runtime.store();
            let oldest = views::first_two_tenants(store).await.map_err(|error| away(&error))?;
            Ok(oldest.first().copied())
        })
    }

    fn organisation_names<'a>(
        &'a self,
        organisations: &'a [OrganisationId],
    ) -> PortFuture<'a, Vec<Option<OrganisationName>>> {
        Box::pin(async move {
            self.names_of(organisations).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "the names of organisations cannot be read");
                vec![None; organisations.len()]
            })
        })
    }

    fn is_carrier(
        &self,
        tenant: TenantId,
        organisation: OrganisationId,
    ) -> PortFuture<'_, Result<bool, AuthenticationError>> {
        Box::pin(async move {
            let runtime = &self.attached().map_err(|_| AuthenticationError::Unavailable)?.runtime;
            let found = runtime.state::<Organisation>(organisation).await.map_err(|error| away(&error))?;
            let known = found.as_ref().and_then(|organisation| organisation.known.as_ref());
            Ok(known.is_some_and(|known| known.tenant == tenant && known.kind == OrganisationKind::Carrier))
        })
    }
}

impl DisputeWindows for Identity {
    fn dispute_window(&self, tenant: TenantId) -> Duration {
        self.inner.known.window(tenant).unwrap_or(self.inner.options.dispute_window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IdentityOptions;
    use contracts::ports::{Role, permissions};
    use kernel::{DriverId, OrganisationId, TypedId, UserId, Uuid};

    fn caller(role: Role) -> Caller {
        let user = UserId::from_uuid(Uuid::from_u128(1));
        Caller {
            actor: Actor::User(user),
            user,
            tenant: TenantId::from_uuid(Uuid::from_u128(2)),
            organisation: OrganisationId::from_uuid(Uuid::from_u128(3)),
            role,
        }
    }

    fn identity() -> Identity {
        let options = IdentityOptions { signing_key: [7; 32], dispute_window: Duration::from_secs(60) };
        Identity::new(options).unwrap()
    }

    #[test]
    fn the_uninvolved_learn_nothing_and_the_involved_why_not() {
        let identity = identity();
        let of =
            |role, permission, resource: &Resource| identity.authorise(&caller(role), permission, resource);
        let own = Resource {
            tenant: Some(caller(Role::Shipper).tenant),
            organisations: vec![caller(Role::Shipper).organisation],
            ..Resource::default()
        };
        let others =
            Resource { organisations: vec![OrganisationId::from_uuid(Uuid::from_u128(9))], ..own.clone() };
        let foreign = Resource { tenant: Some(TenantId::from_uuid(Uuid::from_u128(9))), ..own.clone() };
        for role in Role::ALL {
            assert_eq!(of(role, permissions::SHIPMENT_READ, &foreign), Verdict::Hide, "{}", role.name());
        }
        assert_eq!(of(Role::Shipper, permissions::SHIPMENT_CANCEL, &own), Verdict::Allow);
        assert_eq!(of(Role::Shipper, permissions::SHIPMENT_CANCEL, &others), Verdict::Hide);
        assert_eq!(of(Role::Carrier, permissions::SHIPMENT_CANCEL, &own), Verdict::Deny);
        assert_eq!(of(Role::Support, permissions::SHIPMENT_CANCEL, &others), Verdict::Allow);
        assert_eq!(of(Role::Auditor, permissions::SHIPMENT_CANCEL, &others), Verdict::Deny);
        assert_eq!(of(Role::Shipper, permissions::SHIPMENT_CREATE, &Resource::default()), Verdict::Allow);
        assert_eq!(of(Role::Carrier, permissions::SHIPMENT_CREATE, &Resource::default()), Verdict::Deny);
        assert_eq!(of(Role::Admin, Permission("shipment:steal"), &own), Verdict::Deny);
    }

    #[test]
    fn a_driver_acts_for_its_own_agent_and_reads_what_its_carrier_is_party_to() {
        let identity = identity();
        let driver = caller(Role::Driver);
        let (own, colleague) =
            (DriverId::from_uuid(Uuid::from_u128(5)), DriverId::from_uuid(Uuid::from_u128(6)));
        identity.inner.known.driver_has(own, driver.user);
        let of = |agent| Resource {
            tenant: Some(driver.tenant),
            organisations: vec![driver.organisation],
            driver: Some(agent),
            ..Resource::default()
        };
        assert_eq!(identity.authorise(&driver, permissions::BID_CONFIRM, &of(own)), Verdict::Allow);
        assert_eq!(identity.authorise(&driver, permissions::BID_CONFIRM, &of(colleague)), Verdict::Deny);
        assert_eq!(identity.authorise(&driver, permissions::BID_READ, &of(colleague)), Verdict::Allow);
        let carrier = caller(Role::Carrier);
        assert_eq!(identity.authorise(&carrier, permissions::BID_CONFIRM, &of(colleague)), Verdict::Allow);
    }

    #[test]
    fn a_key_that_was_just_voided_may_nothing() {
        let identity = identity();
        let key =
            Caller { actor: Actor::Key(ApiKeyId::from_uuid(Uuid::from_u128(7))), ..caller(Role::Admin) };
        assert_eq!(identity.authorise(&key, permissions::SHIPMENT_READ, &Resource::default()), Verdict::Deny);
    }

    #[tokio::test]
    async fn before_the_platform_stands_nobody_can_be_known() {
        for credential in [Credential::Bearer("x"), Credential::ApiKey("x")] {
            assert_eq!(identity().authenticate(credential).await, Err(AuthenticationError::Unavailable));
        }
    }
}
