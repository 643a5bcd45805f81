//! The share: a link by which a consignee follows one shipment without an account, for a time.

use contracts::events;
use kernel::{Refusal, ShareId, ShipmentId, TenantId, Timestamp, UserId};
use runtime::Agent;
use serde::{Deserialize, Serialize};

/// A link was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareCreated {
    /// The tenant.
    pub tenant: TenantId,
    /// What it shows.
    pub shipment: ShipmentId,
    /// SHA-256 of its token, hex. The token has 256 bits that nobody can guess, so its hash needs no salt.
    pub token_hash: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
}

/// It was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareRevoked {}

events! {
    /// What happens to a link.
    pub enum ShareEvent(schema 1) {
        /// It was made.
        "share.created" => Created(ShareCreated),
        /// It was taken back.
        "share.revoked" => Revoked(ShareRevoked),
    }
}

/// What a link can be asked.
#[derive(Debug, Clone)]
pub enum ShareCommand {
    /// Begin.
    Create(Box<ShareCreated>),
    /// End; again changes nothing.
    Revoke,
}

/// A link's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// What it is; absent until it is made.
    pub created: Option<ShareCreated>,
    /// Whether it was taken back.
    pub revoked: bool,
}

impl Share {
    /// What it shows, while it is good.
    #[must_use]
    pub fn good(&self, now: Timestamp) -> Option<&ShareCreated> {
        self.created.as_ref().filter(|created| !self.revoked && now < created.expires_at)
    }
}

impl Agent for Share {
    type Id = ShareId;
    type Command = ShareCommand;
    type Event = ShareEvent;
    const KIND: &'static str = "share";
    const SNAPSHOT: u32 = 1;

    fn decide(&self, command: &ShareCommand, _now: Timestamp) -> Result<Vec<ShareEvent>, Refusal> {
        match (command, &self.created) {
            (ShareCommand::Create(created), None) => Ok(vec![created.as_ref().clone().into()]),
            (ShareCommand::Create(_), Some(_)) => {
                Err(Refusal::conflict("share.exists", "the link exists already"))
            }
            (ShareCommand::Revoke, None) => Err(Refusal::not_found("share.unknown", "there is no such link")),
            (ShareCommand::Revoke, Some(_)) => {
                Ok((!self.revoked).then(|| ShareRevoked {}.into()).into_iter().collect())
            }
        }
    }

    fn evolve(&mut self, event: &ShareEvent, _at: Timestamp) {
        match event {
            ShareEvent::Created(created) => self.created = Some(created.clone()),
            ShareEvent::Revoked(_) => self.revoked = true,
        }
    }

    fn state_name(&self) -> &'static str {
        match (&self.created, self.revoked) {
            (None, _) => "",
            (Some(_), false) => "active",
            (Some(_), true) => "revoked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId as _, Uuid};

    #[test]
    fn it_is_good_for_its_time_unless_taken_back() {
        let one = Uuid::from_u128(1);
        let at = Timestamp::from_millis;
        let created = ShareCreated {
            tenant: TenantId::from_uuid(one),
            shipment: ShipmentId::from_uuid(one),
            token_hash: "00ff".to_owned(),
            expires_at: at(1000),
            created_by: UserId::from_uuid(one),
        };
        let mut share = Share::default();
        for event in share.decide(&ShareCommand::Create(Box::new(created)), at(0)).unwrap() {
            share.evolve(&event, at(0));
        }
        assert!(share.good(at(999)).is_some() && share.good(at(1000)).is_none());
        for event in share.decide(&ShareCommand::Revoke, at(1)).unwrap() {
            share.evolve(&event, at(1));
        }
        assert!(share.good(at(2)).is_none());
        assert!(share.decide(&ShareCommand::Revoke, at(3)).unwrap().is_empty());
    }
}
