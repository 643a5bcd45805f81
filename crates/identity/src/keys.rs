//! Making and revoking API keys.

use crate::{
    Identity, IdentityError,
    agents::{ApiKey, ApiKeyCommand, KeyTerms},
    identity::Attached,
    personal::NAME,
    policies::CredentialClass,
    relation::Relation,
    routes::CreatedKey,
    secrets, views,
};
use contracts::ports::{Caller, Permission, Role, permissions};
use edge::Fields;
use kernel::{ApiKeyId, PersonId, Refusal, Timestamp};
use runtime::{Order, Origin, Wait};
use std::time::Duration;

/// So many keys of one user may be active.
const KEYS_MAX: usize = 50;
/// How long a key is good unless told.
const KEY_LIFE: Duration = Duration::from_secs(365 * 24 * 3600);
/// How long at most.
const KEY_LIFE_MAX: Duration = Duration::from_secs(2 * 365 * 24 * 3600);

/// A key that is asked for.
pub(crate) struct NewKey {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) expires_at: Option<Timestamp>,
}

impl Identity {
    /// Makes a key for the caller, with a role and scopes at most the caller's; with the person that its name is kept of.
    ///
    /// # Errors
    /// [`IdentityError::Refused`] with the fields or `api_key.too_many`; else the store's.
    pub(crate) async fn create_key(
        &self,
        origin: &Origin,
        caller: &Caller,
        new: NewKey,
    ) -> Result<(CreatedKey, PersonId), IdentityError> {
        let Attached { runtime, vault } = self.attached()?;
        let (now, entropy) = (runtime.now(), &**runtime.entropy());
        let expires_at = new.expires_at.unwrap_or_else(|| now.after(KEY_LIFE));
        self.check_key(caller, &new, expires_at, now)?;
        let limit = i64::try_from(KEYS_MAX).unwrap_or(i64::MAX);
        if views::active_keys(runtime.store(), caller.user, limit).await?.len() >= KEYS_MAX {
            return Err(Refusal::conflict("api_key.too_many", "revoke a key first: 50 are active").into());
        }
        let (id, person) = (ApiKeyId::generate(now, entropy), PersonId::generate(now, entropy));
        let terms = KeyTerms {
            user: caller.user,
            tenant: caller.tenant,
            role: new.role,
            scopes: new.scopes,
            secret_hash: self.key_text(id)?.hash,
            person,
            expires_at,
        };
        let (answer_field, answer_secret) = edge::answer_secret(entropy);
        let order = Order::new::<ApiKey>(id, ApiKeyCommand::Create(Box::new(terms)))
            .write(vault.seal_new(
                caller.tenant,
                person,
                &[(NAME, &new.name), (answer_field, &answer_secret)],
            ))
            .wait(Wait::Durable);
        let receipt = runtime.submit(origin, order).await?;
        // A repeated idempotency key names the key that the first request made.
        let id = receipt.id().unwrap_or(id);
        let state = runtime.state::<ApiKey>(id).await?;
        let terms = state.as_ref().and_then(|key| key.terms.as_ref());
        let terms = terms.ok_or(IdentityError::Defect("a new key is not there"))?;
        let minted = self.key_text(id)?;
        if minted.hash != terms.secret_hash {
            let detail = "the key was made before the signing key changed; make another";
            return Err(Refusal::conflict("api_key.not_shown_again", detail).into());
        }
        let created = CreatedKey {
            id: id.to_string(),
            key: minted.text,
            name: new.name,
            role: terms.role.into(),
            scopes: terms.scopes.clone(),
            expires_at: terms.expires_at.to_string(),
        };
        Ok((created, terms.person))
    }

    fn key_text(&self, id: ApiKeyId) -> Result<secrets::Minted, IdentityError> {
        self.inner.derivation.api_key(id).ok_or(IdentityError::Defect("a key cannot be derived"))
    }

    fn check_key(
        &self,
        caller: &Caller,
        new: &NewKey,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let policies = &self.inner.policies;
        let mut fields = Fields::new();
        let covered = policies.covers(caller.role, new.role);
        fields.require(covered, "role", "beyond_own", "a key may not do what its maker may not");
        let scopes = new.scopes.as_deref().unwrap_or_default();
        let amount_ok = new.scopes.is_none() || (1..=permissions::ALL.len()).contains(&scopes.len());
        fields.require(amount_ok, "scopes", "out_of_range", "name at least one permission, each once");
        for (place, scope) in scopes.iter().enumerate() {
            let known = permissions::ALL.iter().find(|permission| permission.0 == scope);
            let held = known.is_some_and(|permission| self.holds_at_all(new.role, *permission));
            let field = format!("scopes[{place}]");
            fields.require(held, &field, "beyond_own", "no permission that a key of this role can have");
            fields.require(!scopes[..place].contains(scope), &field, "repeated", "each permission once");
        }
        let in_time = expires_at > now && expires_at <= now.after(KEY_LIFE_MAX);
        fields.require(in_time, "expires_at", "out_of_range", "in the future, at most two years ahead");
        Ok(fields.finish()?)
    }

    /// Whether a key of a role may do this anywhere: whoever may farther away may on its own.
    fn holds_at_all(&self, role: Role, permission: Permission) -> bool {
        self.inner.policies.permit(permission, role, Relation::User, CredentialClass::Key)
    }

    /// Voids a key; doing it again changes nothing.
    pub(crate) async fn revoke_key(&self, origin: &Origin, id: ApiKeyId) -> Result<(), IdentityError> {
        let order = Order::new::<ApiKey>(id, ApiKeyCommand::Revoke).wait(Wait::Durable);
        let _receipt = self.attached()?.runtime.submit(origin, order).await?;
        self.inner.known.key_revoked(id);
        Ok(())
    }
}
