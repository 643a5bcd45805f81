//! The incident: roads that are closed or slow, as a tenant's people reported it, until its time is over or it is lifted.

use contracts::{
    events,
    ports::{TrafficEffect, TrafficPlace},
};
use kernel::{IncidentId, Refusal, TenantId, Timestamp};
use runtime::{Agent, TimerOp};
use serde::{Deserialize, Serialize};

/// The timer that ends an incident.
const OVER: &str = "over";

/// What an incident is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentTerms {
    /// The tenant.
    pub tenant: TenantId,
    /// What it does.
    pub effect: TrafficEffect,
    /// Where.
    pub place: TrafficPlace,
    /// Why, as a stable code.
    pub cause: IncidentCause,
    /// Since when.
    pub from: Timestamp,
    /// Until when; absent when nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Why a road is not as usual.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentCause {
    /// A crash.
    Accident,
    /// Work on the road.
    Roadworks,
    /// Snow, ice, water, wind.
    Weather,
    /// Too many vehicles.
    Congestion,
    /// A demonstration, a market, a race.
    Event,
    /// Anything else.
    #[default]
    Other,
}

impl IncidentCause {
    /// All causes.
    pub const ALL: [Self; 6] =
        [Self::Accident, Self::Roadworks, Self::Weather, Self::Congestion, Self::Event, Self::Other];

    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accident => "accident",
            Self::Roadworks => "roadworks",
            Self::Weather => "weather",
            Self::Congestion => "congestion",
            Self::Event => "event",
            Self::Other => "other",
        }
    }
}

/// An incident was reported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentReported {
    /// What it is.
    pub terms: IncidentTerms,
}

/// An incident is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentLifted {
    /// Whether its time was over, and nobody lifted it.
    pub by_time: bool,
}

events! {
    /// What happens to an incident. What it makes trucks do happens to their trips.
    pub enum IncidentEvent(schema 1) {
        /// It is there.
        "traffic.incident_reported" => Reported(IncidentReported),
        /// It is over.
        "traffic.incident_lifted" => Lifted(IncidentLifted),
    }
}

/// What an incident can be asked.
#[derive(Debug, Clone)]
pub enum IncidentCommand {
    /// Begin.
    Report(Box<IncidentTerms>),
    /// End before its time.
    Lift,
    /// Its time is over.
    Expire,
}

/// An incident's state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// What it is; absent until it is reported and after it was lifted.
    pub terms: Option<IncidentTerms>,
    /// Whether it is over. It never comes back: another one is reported.
    pub lifted: bool,
}

impl Agent for Incident {
    type Id = IncidentId;
    type Command = IncidentCommand;
    type Event = IncidentEvent;
    const KIND: &'static str = "incident";
    const SNAPSHOT: u32 = 1;

    fn decide(&self, command: &IncidentCommand, now: Timestamp) -> Result<Vec<IncidentEvent>, Refusal> {
        match (command, &self.terms) {
            (IncidentCommand::Report(terms), None) if !self.lifted => {
                Ok(vec![IncidentReported { terms: (**terms).clone() }.into()])
            }
            (IncidentCommand::Report(_), _) => {
                Err(Refusal::conflict("incident.exists", "the incident exists already"))
            }
            (IncidentCommand::Lift, Some(_)) => Ok(vec![IncidentLifted { by_time: false }.into()]),
            (IncidentCommand::Lift, None) if self.lifted => Ok(Vec::new()),
            (IncidentCommand::Lift, None) => {
                Err(Refusal::not_found("incident.unknown", "there is no such incident"))
            }
            (IncidentCommand::Expire, Some(terms)) if terms.until.is_some_and(|until| until <= now) => {
                Ok(vec![IncidentLifted { by_time: true }.into()])
            }
            (IncidentCommand::Expire, _) => Ok(Vec::new()),
        }
    }

    fn evolve(&mut self, event: &IncidentEvent, _at: Timestamp) {
        match event {
            IncidentEvent::Reported(reported) => self.terms = Some(reported.terms.clone()),
            IncidentEvent::Lifted(_) => {
                self.terms = None;
                self.lifted = true;
            }
        }
    }

    fn timers(&self, event: &IncidentEvent, _at: Timestamp) -> Vec<TimerOp> {
        match event {
            IncidentEvent::Reported(reported) => reported
                .terms
                .until
                .map(|due| TimerOp::At { name: OVER, key: String::new(), due })
                .into_iter()
                .collect(),
            IncidentEvent::Lifted(_) => vec![TimerOp::cancel(OVER)],
        }
    }

    fn on_timer(name: &str, _key: &str) -> Option<IncidentCommand> {
        (name == OVER).then_some(IncidentCommand::Expire)
    }

    fn state_name(&self) -> &'static str {
        match (&self.terms, self.lifted) {
            (Some(_), _) => "reported",
            (None, true) => "lifted",
            (None, false) => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::Event as _;
    use kernel::{Position, TypedId, Uuid};
    use std::time::Duration;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn terms() -> Box<IncidentTerms> {
        Box::new(IncidentTerms {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            effect: TrafficEffect::Closed,
            place: TrafficPlace::Point { at: Position { latitude: 45.0, longitude: 9.0 } },
            cause: IncidentCause::Accident,
            from: NOW,
            until: Some(NOW.after(Duration::from_secs(60))),
        })
    }

    fn act(
        incident: &mut Incident,
        command: IncidentCommand,
        now: Timestamp,
    ) -> Result<Vec<IncidentEvent>, Refusal> {
        let events = incident.decide(&command, now)?;
        events.iter().for_each(|event| incident.evolve(event, now));
        Ok(events)
    }

    #[test]
    fn an_incident_is_over_in_time_or_when_it_is_lifted_and_once() {
        let mut incident = Incident::default();
        assert_eq!(act(&mut incident, IncidentCommand::Lift, NOW).unwrap_err().code, "incident.unknown");
        let reported = act(&mut incident, IncidentCommand::Report(terms()), NOW).unwrap();
        let due = NOW.after(Duration::from_secs(60));
        let timer = TimerOp::At { name: OVER, key: String::new(), due };
        assert_eq!(incident.timers(&reported[0], NOW), [timer]);
        assert!(act(&mut incident, IncidentCommand::Expire, NOW).unwrap().is_empty(), "not yet");
        let mut other = incident.clone();
        let lifted = |events: Vec<IncidentEvent>| match events[..] {
            [IncidentEvent::Lifted(IncidentLifted { by_time })] => by_time,
            _ => panic!("{events:?}"),
        };
        assert!(lifted(act(&mut incident, IncidentCommand::Expire, due).unwrap()));
        assert!(!lifted(act(&mut other, IncidentCommand::Lift, NOW).unwrap()));
        assert!(act(&mut other, IncidentCommand::Lift, NOW).unwrap().is_empty());
        let again = act(&mut other, IncidentCommand::Report(terms()), NOW);
        assert_eq!(again.unwrap_err().code, "incident.exists");
    }

    /// One recorded sample of every event as it lies in the log: whatever changes, these must be read.
    #[test]
    fn every_recorded_event_is_still_read() {
        let terms = r#"{"terms":{"tenant":"ten_00000000000000000000000000000001","effect":{"kind":"slowed","percent":40},"place":{"kind":"line","points":[{"latitude":45.0,"longitude":9.0},{"latitude":45.1,"longitude":9.0}],"both":true},"cause":"roadworks","from":5,"until":9}}"#;
        let samples =
            [("traffic.incident_reported", terms), ("traffic.incident_lifted", r#"{"by_time":true}"#)];
        assert_eq!(samples.map(|(name, _)| name), IncidentEvent::TYPES);
        for (name, payload) in samples {
            let event = IncidentEvent::decode(name, 1, payload).unwrap();
            assert_eq!((event.type_name(), event.encode().unwrap().as_str()), (name, payload));
        }
    }
}
