//! A facility's profile: where it is and how many docks it has (annex, sections 1 and 3).

use contracts::profile::{FacilityEvent, FacilityProfileWritten};
use kernel::{FacilityId, Refusal, Timestamp};
use runtime::Agent;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a facility's profile can be asked.
#[derive(Debug, Clone)]
pub enum FacilityCommand {
    /// Create it.
    Create(Box<FacilityProfileWritten>),
    /// Replace it.
    Change(Box<FacilityProfileWritten>),
}

/// A facility's profile.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct FacilityProfile {
    /// As last written; `None` for a stream without events.
    pub written: Option<Arc<FacilityProfileWritten>>,
}

impl Agent for FacilityProfile {
    type Id = FacilityId;
    type Command = FacilityCommand;
    type Event = FacilityEvent;
    const KIND: &'static str = "facility";
    const SNAPSHOT: u32 = 1;

    fn decide(&self, command: &FacilityCommand, _now: Timestamp) -> Result<Vec<FacilityEvent>, Refusal> {
        match (command, &self.written) {
            (FacilityCommand::Create(profile), None) => Ok(vec![(**profile).clone().into()]),
            (FacilityCommand::Create(_), Some(_)) => {
                Err(Refusal::conflict("agent.exists", "the facility exists"))
            }
            (FacilityCommand::Change(_), None) => {
                Err(Refusal::not_found("agent.unknown", "there is no such profile"))
            }
            (FacilityCommand::Change(profile), Some(known)) if **profile == **known => Ok(Vec::new()),
            (FacilityCommand::Change(profile), Some(_)) => Ok(vec![(**profile).clone().into()]),
        }
    }

    fn evolve(&mut self, event: &FacilityEvent, _at: Timestamp) {
        let FacilityEvent::Written(written) = event;
        self.written = Some(Arc::new(written.clone()));
    }
}
