//! The API key: a partner's software acts for a user, with a role and scopes at most its maker's.

use contracts::{events, ports::Role};
use kernel::{ApiKeyId, PersonId, Refusal, TenantId, Timestamp, UserId};
use runtime::Agent;
use serde::{Deserialize, Serialize};

/// What a key is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyTerms {
    /// Its owner.
    pub user: UserId,
    /// The tenant.
    pub tenant: TenantId,
    /// The role it acts in.
    pub role: Role,
    /// The permissions it is limited to; all of the role's when absent.
    pub scopes: Option<Vec<String>>,
    /// SHA-256 of the secret, hex. The secret has 256 random bits, so its hash needs no salt.
    pub secret_hash: String,
    /// The vault's subject that holds the `name` its owner gave it.
    pub person: PersonId,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// A key was created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyCreated {
    /// What it is.
    pub terms: KeyTerms,
}

/// A key was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRevoked {}

events! {
    /// What happens to an API key.
    pub enum ApiKeyEvent(schema 1) {
        /// It exists.
        "api_key.created" => Created(KeyCreated),
        /// It is void.
        "api_key.revoked" => Revoked(KeyRevoked),
    }
}

/// What a key can be asked.
#[derive(Debug, Clone)]
pub enum ApiKeyCommand {
    /// Begin to exist.
    Create(Box<KeyTerms>),
    /// End.
    Revoke,
}

/// A key's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Absent until it exists.
    pub(crate) terms: Option<KeyTerms>,
    /// Whether it is void.
    pub(crate) revoked: bool,
}

impl ApiKey {
    /// Its terms, while it is good.
    pub(crate) fn good(&self, now: Timestamp) -> Option<&KeyTerms> {
        self.terms.as_ref().filter(|terms| !self.revoked && now < terms.expires_at)
    }
}

impl Agent for ApiKey {
    type Id = ApiKeyId;
    type Command = ApiKeyCommand;
    type Event = ApiKeyEvent;
    const KIND: &'static str = "api_key";
    const SNAPSHOT: u32 = 1;

    fn decide(&self, command: &ApiKeyCommand, _now: Timestamp) -> Result<Vec<ApiKeyEvent>, Refusal> {
        match (command, &self.terms) {
            (ApiKeyCommand::Create(terms), None) => {
                Ok(vec![KeyCreated { terms: terms.as_ref().clone() }.into()])
            }
            (ApiKeyCommand::Create(_), Some(_)) => {
                Err(Refusal::conflict("api_key.exists", "the key exists already"))
            }
            (ApiKeyCommand::Revoke, None) => {
                Err(Refusal::not_found("api_key.unknown", "there is no such key"))
            }
            (ApiKeyCommand::Revoke, Some(_)) => {
                Ok((!self.revoked).then(|| KeyRevoked {}.into()).into_iter().collect())
            }
        }
    }

    fn evolve(&mut self, event: &ApiKeyEvent, _at: Timestamp) {
        match event {
            ApiKeyEvent::Created(created) => self.terms = Some(created.terms.clone()),
            ApiKeyEvent::Revoked(_) => self.revoked = true,
        }
    }

    fn state_name(&self) -> &'static str {
        match (&self.terms, self.revoked) {
            (None, _) => "",
            (Some(_), false) => "active",
            (Some(_), true) => "revoked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId, Uuid};

    const fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    #[test]
    fn a_key_is_good_until_it_expires_or_is_revoked() {
        let terms = KeyTerms {
            user: UserId::from_uuid(Uuid::from_u128(1)),
            tenant: TenantId::from_uuid(Uuid::from_u128(2)),
            role: Role::Shipper,
            scopes: None,
            secret_hash: String::new(),
            person: PersonId::from_uuid(Uuid::from_u128(3)),
            expires_at: at(100),
        };
        let mut key = ApiKey::default();
        assert_eq!(key.decide(&ApiKeyCommand::Revoke, at(1)).unwrap_err().code, "api_key.unknown");
        let create = ApiKeyCommand::Create(Box::new(terms));
        key.decide(&create, at(1)).unwrap().iter().for_each(|event| key.evolve(event, at(1)));
        assert_eq!(key.decide(&create, at(1)).unwrap_err().code, "api_key.exists");
        assert!(key.good(at(99)).is_some());
        assert!(key.good(at(100)).is_none());
        key.decide(&ApiKeyCommand::Revoke, at(1)).unwrap().iter().for_each(|event| key.evolve(event, at(1)));
        assert!(key.good(at(2)).is_none());
        assert!(key.decide(&ApiKeyCommand::Revoke, at(2)).unwrap().is_empty());
    }
}
