//! A shipper's profile: its preferences (spec 4, shipper agents; annex, section 1).

use contracts::profile::{ShipperEvent, ShipperProfileWritten};
use kernel::{OrganisationId, Refusal, ShipperId, Timestamp, TypedId};
use runtime::Agent;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a shipper's profile can be asked.
#[derive(Debug, Clone)]
pub enum ShipperCommand {
    /// Create it.
    Create(Box<ShipperProfileWritten>),
    /// Replace it.
    Change(Box<ShipperProfileWritten>),
}

/// A shipper's profile.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ShipperProfile {
    /// As last written; `None` for a stream without events.
    pub written: Option<Arc<ShipperProfileWritten>>,
}

impl ShipperProfile {
    /// The one profile of an organisation: its id is the organisation's under another prefix.
    #[must_use]
    pub fn id_of(organisation: OrganisationId) -> ShipperId {
        ShipperId::from_uuid(organisation.uuid())
    }
}

impl Agent for ShipperProfile {
    type Id = ShipperId;
    type Command = ShipperCommand;
    type Event = ShipperEvent;
    const KIND: &'static str = "shipper";
    const SNAPSHOT: u32 = 1;

    fn decide(&self, command: &ShipperCommand, _now: Timestamp) -> Result<Vec<ShipperEvent>, Refusal> {
        match (command, &self.written) {
            (ShipperCommand::Create(profile), None) => Ok(vec![(**profile).clone().into()]),
            (ShipperCommand::Create(_), Some(_)) => Err(Refusal::conflict(
                "agent.exists",
                "the organisation has a shipper profile; change that one",
            )),
            (ShipperCommand::Change(_), None) => {
                Err(Refusal::not_found("agent.unknown", "there is no such profile"))
            }
            (ShipperCommand::Change(profile), Some(known)) if **profile == **known => Ok(Vec::new()),
            (ShipperCommand::Change(profile), Some(_)) => Ok(vec![(**profile).clone().into()]),
        }
    }

    fn evolve(&mut self, event: &ShipperEvent, _at: Timestamp) {
        let ShipperEvent::Written(written) = event;
        self.written = Some(Arc::new(written.clone()));
    }
}
