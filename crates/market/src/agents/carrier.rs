//! A carrier's profile: its papers (issue 2, market).

use contracts::profile::{CarrierEvent, CarrierProfileWritten};
use kernel::{CarrierId, OrganisationId, Refusal, Timestamp, TypedId};
use runtime::Agent;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a carrier's profile can be asked.
#[derive(Debug, Clone)]
pub enum CarrierCommand {
    /// Create it.
    Create(Box<CarrierProfileWritten>),
    /// Replace it.
    Change(Box<CarrierProfileWritten>),
}

/// A carrier's profile.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CarrierProfile {
    /// As last written; `None` for a stream without events.
    pub written: Option<Arc<CarrierProfileWritten>>,
}

impl CarrierProfile {
    /// The one profile of an organisation: its id is the organisation's under another prefix.
    #[must_use]
    pub fn id_of(organisation: OrganisationId) -> CarrierId {
        CarrierId::from_uuid(organisation.uuid())
    }

    /// Whether the carrier's own papers last until an instant. A carrier without a profile has shown none, and none are
    /// asked of it: its drivers' papers count alone.
    #[must_use]
    pub fn papers_last_until(&self, until: Timestamp) -> bool {
        self.written
            .as_ref()
            .is_none_or(|papers| papers.licence_valid_until >= until && papers.insurance_valid_until >= until)
    }
}

impl Agent for CarrierProfile {
    type Id = CarrierId;
    type Command = CarrierCommand;
    type Event = CarrierEvent;
    const KIND: &'static str = "carrier";
    const SNAPSHOT: u32 = 1;

    fn decide(&self, command: &CarrierCommand, _now: Timestamp) -> Result<Vec<CarrierEvent>, Refusal> {
        match (command, &self.written) {
            (CarrierCommand::Create(profile), None) => Ok(vec![(**profile).clone().into()]),
            (CarrierCommand::Create(_), Some(_)) => Err(Refusal::conflict(
                "agent.exists",
                "the organisation has a carrier profile; change that one",
            )),
            (CarrierCommand::Change(_), None) => {
                Err(Refusal::not_found("agent.unknown", "there is no such profile"))
            }
            (CarrierCommand::Change(profile), Some(known)) if **profile == **known => Ok(Vec::new()),
            (CarrierCommand::Change(profile), Some(_)) => Ok(vec![(**profile).clone().into()]),
        }
    }

    fn evolve(&mut self, event: &CarrierEvent, _at: Timestamp) {
        let CarrierEvent::Written(written) = event;
        self.written = Some(Arc::new(written.clone()));
    }
}
