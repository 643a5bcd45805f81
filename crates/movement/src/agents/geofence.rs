//! The geofence: a place of a tenant that its trucks cross.

use crate::geofences::Shape;
use contracts::events;
use kernel::{GeofenceId, Refusal, TenantId, Timestamp};
use runtime::Agent;
use serde::{Deserialize, Serialize};

/// What a geofence is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeofenceTerms {
    /// The tenant.
    pub tenant: TenantId,
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub shape: Shape,
    /// How long a truck must be in it to have stayed, in seconds.
    pub dwell_s: u32,
}

/// A geofence was drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeofenceDrawn {
    /// What it is.
    pub terms: GeofenceTerms,
}

/// A geofence was changed; the whole of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeofenceRedrawn {
    /// What it is now.
    pub terms: GeofenceTerms,
}

/// A geofence was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeofenceRemoved {}

events! {
    /// What happens to a geofence. What trucks do at it happens to their trips.
    pub enum GeofenceEvent(schema 1) {
        /// It exists.
        "geofence.drawn" => Drawn(GeofenceDrawn),
        /// It is another now.
        "geofence.redrawn" => Redrawn(GeofenceRedrawn),
        /// It is no more.
        "geofence.removed" => Removed(GeofenceRemoved),
    }
}

/// What a geofence can be asked.
#[derive(Debug, Clone)]
pub enum GeofenceCommand {
    /// Begin.
    Draw(Box<GeofenceTerms>),
    /// Change.
    Redraw(Box<GeofenceTerms>),
    /// End.
    Remove,
}

/// A geofence's state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Geofence {
    /// What it is; absent until it is drawn and after it was taken away.
    pub terms: Option<GeofenceTerms>,
    /// Whether it was taken away. It is never drawn again: another one is made.
    pub removed: bool,
}

impl Agent for Geofence {
    type Id = GeofenceId;
    type Command = GeofenceCommand;
    type Event = GeofenceEvent;
    const KIND: &'static str = "geofence";
    const SNAPSHOT: u32 = 1;

    fn decide(&self, command: &GeofenceCommand, _now: Timestamp) -> Result<Vec<GeofenceEvent>, Refusal> {
        let unknown = || Refusal::not_found("geofence.unknown", "there is no such geofence");
        match (command, &self.terms) {
            (GeofenceCommand::Draw(terms), None) if !self.removed => {
                Ok(vec![GeofenceDrawn { terms: (**terms).clone() }.into()])
            }
            (GeofenceCommand::Draw(_), _) => {
                Err(Refusal::conflict("geofence.exists", "the geofence exists already"))
            }
            (GeofenceCommand::Redraw(terms), Some(known)) if **terms == *known => Ok(Vec::new()),
            (GeofenceCommand::Redraw(terms), Some(_)) => {
                Ok(vec![GeofenceRedrawn { terms: (**terms).clone() }.into()])
            }
            (GeofenceCommand::Remove, Some(_)) => Ok(vec![GeofenceRemoved {}.into()]),
            (GeofenceCommand::Remove, None) if self.removed => Ok(Vec::new()),
            (GeofenceCommand::Redraw(_) | GeofenceCommand::Remove, None) => Err(unknown()),
        }
    }

    fn evolve(&mut self, event: &GeofenceEvent, _at: Timestamp) {
        match event {
            GeofenceEvent::Drawn(GeofenceDrawn { terms })
            | GeofenceEvent::Redrawn(GeofenceRedrawn { terms }) => {
                self.terms = Some(terms.clone());
            }
            GeofenceEvent::Removed(_) => {
                self.terms = None;
                self.removed = true;
            }
        }
    }

    fn state_name(&self) -> &'static str {
        match (&self.terms, self.removed) {
            (Some(_), _) => "drawn",
            (None, true) => "removed",
            (None, false) => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::Event as _;
    use kernel::{Position, TypedId, Uuid};

    const NOW: Timestamp = Timestamp::from_micros(1);

    fn terms(radius_m: f64) -> Box<GeofenceTerms> {
        let centre = Position { latitude: 45.0, longitude: 9.0 };
        Box::new(GeofenceTerms {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            name: "Depot".to_owned(),
            shape: Shape::Circle { centre, radius_m },
            dwell_s: 600,
        })
    }

    #[test]
    fn a_geofence_is_drawn_changed_and_removed_for_good() {
        let mut fence = Geofence::default();
        let act = |fence: &mut Geofence, command: GeofenceCommand| {
            let events = fence.decide(&command, NOW)?;
            events.iter().for_each(|event| fence.evolve(event, NOW));
            Ok::<usize, Refusal>(events.len())
        };
        assert_eq!(act(&mut fence, GeofenceCommand::Remove).unwrap_err().code, "geofence.unknown");
        assert_eq!(act(&mut fence, GeofenceCommand::Draw(terms(500.0))), Ok(1));
        assert_eq!(act(&mut fence, GeofenceCommand::Draw(terms(500.0))).unwrap_err().code, "geofence.exists");
        assert_eq!(act(&mut fence, GeofenceCommand::Redraw(terms(500.0))), Ok(0));
        assert_eq!(act(&mut fence, GeofenceCommand::Redraw(terms(600.0))), Ok(1));
        assert_eq!(act(&mut fence, GeofenceCommand::Remove), Ok(1));
        assert_eq!(act(&mut fence, GeofenceCommand::Remove), Ok(0));
        assert_eq!(act(&mut fence, GeofenceCommand::Draw(terms(500.0))).unwrap_err().code, "geofence.exists");
        assert_eq!(fence.state_name(), "removed");
    }

    /// One recorded sample of every event as it lies in the log: whatever changes, these must be read.
    #[test]
    fn every_recorded_event_is_still_read() {
        let terms = r#"{"terms":{"tenant":"ten_00000000000000000000000000000001","name":"Depot","shape":{"kind":"corridor","points":[{"latitude":45.0,"longitude":9.0},{"latitude":45.1,"longitude":9.0}],"width_m":500.0},"dwell_s":600}}"#;
        let samples = [("geofence.drawn", terms), ("geofence.redrawn", terms), ("geofence.removed", "{}")];
        assert_eq!(samples.map(|(name, _)| name), GeofenceEvent::TYPES);
        for (name, payload) in samples {
            let event = GeofenceEvent::decode(name, 1, payload).unwrap();
            assert_eq!((event.type_name(), event.encode().unwrap().as_str()), (name, payload));
        }
    }
}
