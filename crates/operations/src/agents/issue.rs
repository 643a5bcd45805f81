//! The issue: what went wrong on a trip, from its report to its end.

use contracts::events;
use kernel::{DocumentId, IssueId, PersonId, Refusal, ShipmentId, TenantId, Timestamp, UserId};
use runtime::Agent;
use serde::{Deserialize, Serialize};

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueKind {
    /// It will be late.
    Delay,
    /// The truck broke down.
    Breakdown,
    /// An accident.
    Accident,
    /// Something was stolen.
    Theft,
    /// The cargo is damaged, or not what was agreed.
    Cargo,
    /// Nobody there, the gate closed, the address wrong.
    Access,
    /// Anything else.
    Other,
}

impl IssueKind {
    /// All kinds.
    pub const ALL: [Self; 7] =
        [Self::Delay, Self::Breakdown, Self::Accident, Self::Theft, Self::Cargo, Self::Access, Self::Other];

    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delay => "delay",
            Self::Breakdown => "breakdown",
            Self::Accident => "accident",
            Self::Theft => "theft",
            Self::Cargo => "cargo",
            Self::Access => "access",
            Self::Other => "other",
        }
    }
}

/// An issue was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueReported {
    /// The tenant.
    pub tenant: TenantId,
    /// On which trip.
    pub shipment: ShipmentId,
    /// What went wrong.
    pub kind: IssueKind,
    /// By how much it will be late, as far as that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_minutes: Option<u32>,
    /// The vault's subject that holds what was written about it.
    pub note: PersonId,
    /// Documents of the shipment that show it.
    pub documents: Vec<DocumentId>,
    /// Who reported it.
    pub reported_by: UserId,
}

/// Somebody settled it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueResolved {
    /// Who.
    pub resolved_by: UserId,
}

events! {
    /// What happens to an issue.
    pub enum IssueEvent(schema 1) {
        /// It was reported.
        "issue.reported" => Reported(IssueReported),
        /// It was settled.
        "issue.resolved" => Resolved(IssueResolved),
    }
}

/// What an issue can be asked.
#[derive(Debug, Clone)]
pub enum IssueCommand {
    /// Begin.
    Report(Box<IssueReported>),
    /// End; again changes nothing.
    Resolve {
        /// Who settles it.
        by: UserId,
    },
}

/// An issue's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// What it is; absent until it is reported.
    pub reported: Option<IssueReported>,
    /// Whether it is settled.
    pub resolved: bool,
}

impl Agent for Issue {
    type Id = IssueId;
    type Command = IssueCommand;
    type Event = IssueEvent;
    const KIND: &'static str = "issue";
    const SNAPSHOT: u32 = 1;

    fn decide(&self, command: &IssueCommand, _now: Timestamp) -> Result<Vec<IssueEvent>, Refusal> {
        match (command, &self.reported) {
            (IssueCommand::Report(reported), None) => Ok(vec![reported.as_ref().clone().into()]),
            (IssueCommand::Report(_), Some(_)) => {
                Err(Refusal::conflict("issue.exists", "the issue exists already"))
            }
            (IssueCommand::Resolve { .. }, None) => {
                Err(Refusal::not_found("issue.unknown", "there is no such issue"))
            }
            (IssueCommand::Resolve { by }, Some(_)) => {
                let resolved = IssueResolved { resolved_by: *by };
                Ok((!self.resolved).then(|| resolved.into()).into_iter().collect())
            }
        }
    }

    fn evolve(&mut self, event: &IssueEvent, _at: Timestamp) {
        match event {
            IssueEvent::Reported(reported) => self.reported = Some(reported.clone()),
            IssueEvent::Resolved(_) => self.resolved = true,
        }
    }

    fn state_name(&self) -> &'static str {
        match (&self.reported, self.resolved) {
            (None, _) => "",
            (Some(_), false) => "open",
            (Some(_), true) => "resolved",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId as _, Uuid};

    #[test]
    fn it_is_reported_once_and_settled_once() {
        let one = Uuid::from_u128(1);
        let now = Timestamp::from_millis(1);
        let reported = IssueReported {
            tenant: TenantId::from_uuid(one),
            shipment: ShipmentId::from_uuid(one),
            kind: IssueKind::Delay,
            delay_minutes: Some(30),
            note: PersonId::from_uuid(one),
            documents: Vec::new(),
            reported_by: UserId::from_uuid(one),
        };
        let report = IssueCommand::Report(Box::new(reported));
        let resolve = IssueCommand::Resolve { by: UserId::from_uuid(one) };
        let mut issue = Issue::default();
        assert_eq!(issue.decide(&resolve, now).unwrap_err().code, "issue.unknown");
        for command in [&report, &resolve] {
            for event in issue.decide(command, now).unwrap() {
                issue.evolve(&event, now);
            }
        }
        assert_eq!(issue.state_name(), "resolved");
        assert!(issue.decide(&resolve, now).unwrap().is_empty());
        assert_eq!(issue.decide(&report, now).unwrap_err().code, "issue.exists");
    }
}
