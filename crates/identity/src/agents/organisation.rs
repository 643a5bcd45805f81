//! The organisation: a shipper, a carrier, a facility's operator, or the brokerage itself (design, section 1).

use contracts::{events, ports::Role};
use kernel::{OrganisationId, PersonId, Refusal, TenantId, Timestamp};
use runtime::Agent;
use serde::{Deserialize, Serialize};

/// What an organisation is in the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganisationKind {
    /// Ships goods.
    Shipper,
    /// Runs trucks; a driver on its own is one too.
    Carrier,
    /// Runs docks.
    Facility,
    /// The brokerage itself.
    Operator,
}

impl OrganisationKind {
    /// The kind of organisation that a role acts for.
    #[must_use]
    pub const fn of_role(role: Role) -> Self {
        match role {
            Role::Shipper => Self::Shipper,
            Role::Carrier | Role::Driver => Self::Carrier,
            Role::Facility => Self::Facility,
            Role::Broker | Role::Supervisor | Role::Finance | Role::Support | Role::Auditor | Role::Admin => {
                Self::Operator
            }
        }
    }

    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shipper => "shipper",
            Self::Carrier => "carrier",
            Self::Facility => "facility",
            Self::Operator => "operator",
        }
    }
}

/// An organisation was registered. A sole trader's name is its owner's name, so it lies in the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganisationRegistered {
    /// The tenant.
    pub tenant: TenantId,
    /// What it is.
    pub kind: OrganisationKind,
    /// The vault's subject that holds its `name`.
    pub person: PersonId,
}

events! {
    /// What happens to an organisation.
    pub enum OrganisationEvent(schema 1) {
        /// It exists.
        "organisation.registered" => Registered(OrganisationRegistered),
    }
}

/// What an organisation can be asked.
#[derive(Debug, Clone)]
pub enum OrganisationCommand {
    /// Begin to exist.
    Register(OrganisationRegistered),
}

/// An organisation's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// What it is; absent until it exists.
    pub(crate) known: Option<OrganisationRegistered>,
}

impl Agent for Organisation {
    type Id = OrganisationId;
    type Command = OrganisationCommand;
    type Event = OrganisationEvent;
    const KIND: &'static str = "organisation";
    const SNAPSHOT: u32 = 1;

    fn decide(
        &self,
        command: &OrganisationCommand,
        _now: Timestamp,
    ) -> Result<Vec<OrganisationEvent>, Refusal> {
        let OrganisationCommand::Register(registered) = command;
        if self.known.is_some() {
            return Err(Refusal::conflict("organisation.exists", "the organisation exists already"));
        }
        Ok(vec![registered.clone().into()])
    }

    fn evolve(&mut self, event: &OrganisationEvent, _at: Timestamp) {
        let OrganisationEvent::Registered(registered) = event;
        self.known = Some(registered.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId, Uuid};

    #[test]
    fn it_registers_once() {
        let now = Timestamp::from_micros(1);
        let registered = OrganisationRegistered {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            kind: OrganisationKind::Carrier,
            person: PersonId::from_uuid(Uuid::from_u128(2)),
        };
        let command = OrganisationCommand::Register(registered.clone());
        let mut organisation = Organisation::default();
        for event in organisation.decide(&command, now).unwrap() {
            organisation.evolve(&event, now);
        }
        assert_eq!(organisation.known, Some(registered));
        assert_eq!(organisation.decide(&command, now).unwrap_err().code, "organisation.exists");
    }

    #[test]
    fn a_driver_acts_for_a_carrier_and_staff_for_the_brokerage() {
        assert_eq!(OrganisationKind::of_role(Role::Driver), OrganisationKind::Carrier);
        for role in Role::ALL {
            let operator = OrganisationKind::of_role(role) == OrganisationKind::Operator;
            assert_eq!(operator, role.scope() == contracts::ports::Scope::Tenant);
        }
    }
}
