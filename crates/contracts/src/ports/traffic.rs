//! What hinders traffic now: closures and slowdowns that a tenant's people reported (issue 5; spec 4, pattern 3).

use kernel::{IncidentId, Position, TenantId, Timestamp};
use serde::{Deserialize, Serialize};
use std::{ops::RangeInclusive, sync::Arc};

/// What an incident does to the roads it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TrafficEffect {
    /// Nobody gets through.
    Closed,
    /// It is slower.
    Slowed {
        /// What is left of the usual speed, in percent; within [`TrafficEffect::PERCENT`].
        percent: u8,
    },
}

impl TrafficEffect {
    /// What a slowdown may leave of the usual speed.
    pub const PERCENT: RangeInclusive<u8> = 5..=95;

    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Slowed { .. } => "slowed",
        }
    }
}

/// Which roads an incident is on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TrafficPlace {
    /// The road nearest to a point, in both directions.
    Point {
        /// The point.
        at: Position,
    },
    /// The roads along a line.
    Line {
        /// From its beginning to its end, in the direction of traffic.
        points: Vec<Position>,
        /// Whether the opposite direction is meant too.
        both: bool,
    },
    /// All roads that come within a circle.
    Area {
        /// Its middle.
        centre: Position,
        /// Its radius in metres; within [`TrafficPlace::RADIUS_M`].
        radius_m: f64,
    },
}

impl TrafficPlace {
    /// How many points a line may have.
    pub const POINTS: RangeInclusive<usize> = 2..=100;
    /// How large a circle may be, in metres.
    pub const RADIUS_M: RangeInclusive<f64> = 10.0..=20_000.0;
    /// How far a point of an incident may be from its road, in metres.
    pub const AWAY_M_MAX: f64 = 100.0;

    /// Its points.
    #[must_use]
    pub fn points(&self) -> &[Position] {
        match self {
            Self::Point { at } => std::slice::from_ref(at),
            Self::Line { points, .. } => points,
            Self::Area { centre, .. } => std::slice::from_ref(centre),
        }
    }

    /// Whether it may be on a way, of which a line is known to so many metres. What is near is not always on it.
    #[must_use]
    pub fn is_near(&self, line: &[Position], tolerance_m: f64) -> bool {
        let reach_m = match self {
            Self::Area { radius_m, .. } => *radius_m,
            Self::Point { .. } | Self::Line { .. } => Self::AWAY_M_MAX,
        };
        let reach_km = (reach_m + tolerance_m) / 1000.0;
        let near =
            |point: &Position| line.windows(2).any(|pair| point.to_segment(pair[0], pair[1]).0 <= reach_km);
        self.points().iter().any(near)
    }
}

/// An incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// Which one. What it is never changes: another one is another incident.
    pub id: IncidentId,
    /// What it does.
    pub effect: TrafficEffect,
    /// Where.
    pub place: TrafficPlace,
    /// Since when.
    pub from: Timestamp,
    /// Until when; open when nobody knows.
    pub until: Option<Timestamp>,
}

impl Incident {
    /// Whether it is in force at an instant.
    #[must_use]
    pub fn holds_at(&self, instant: Timestamp) -> bool {
        self.from <= instant && self.until.is_none_or(|until| instant < until)
    }
}

/// The incidents that a route is to reckon with, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Traffic(Arc<[Arc<Incident>]>);

impl Traffic {
    /// Of some incidents.
    #[must_use]
    pub fn of(incidents: impl IntoIterator<Item = Arc<Incident>>) -> Self {
        let mut incidents: Vec<Arc<Incident>> = incidents.into_iter().collect();
        incidents.sort_by_key(|incident| incident.id);
        Self(incidents.into())
    }

    /// All of them.
    #[must_use]
    pub fn incidents(&self) -> &[Arc<Incident>] {
        &self.0
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the same incidents are in force.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.iter().map(|incident| incident.id).eq(other.0.iter().map(|incident| incident.id))
    }
}

/// Who knows what hinders traffic.
pub trait TrafficReports: Send + Sync {
    /// The incidents of a tenant that are in force at an instant.
    fn in_force(&self, tenant: TenantId, instant: Timestamp) -> Traffic;
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId, Uuid};
    use std::time::Duration;

    fn incident(number: u128) -> Arc<Incident> {
        let at = Position { latitude: 45.0, longitude: 9.0 };
        let from = Timestamp::from_millis(1_000_000);
        Arc::new(Incident {
            id: IncidentId::from_uuid(Uuid::from_u128(number)),
            effect: TrafficEffect::Closed,
            place: TrafficPlace::Point { at },
            from,
            until: Some(from.after(Duration::from_secs(60))),
        })
    }

    #[test]
    fn an_incident_holds_from_its_beginning_to_before_its_end() {
        let incident = incident(1);
        let at = |seconds: i64| Timestamp::from_millis(1_000_000 + seconds * 1000);
        assert_eq!([-1, 0, 59, 60].map(|seconds| incident.holds_at(at(seconds))), [false, true, true, false]);
    }

    #[test]
    fn a_place_is_near_a_line_that_passes_it() {
        let at = |latitude, longitude| Position { latitude, longitude };
        let line = [at(45.0, 9.0), at(45.0, 10.0)];
        let point = |latitude| TrafficPlace::Point { at: at(latitude, 9.5) };
        assert!(point(45.0005).is_near(&line, 0.0) && !point(45.01).is_near(&line, 0.0));
        assert!(point(45.01).is_near(&line, 1_100.0), "the line may be there");
        let area = TrafficPlace::Area { centre: at(45.05, 9.5), radius_m: 6_000.0 };
        assert!(area.is_near(&line, 0.0) && !area.is_near(&line[..1], 0.0));
    }

    #[test]
    fn the_same_incidents_are_the_same_traffic_in_whatever_order() {
        let (one, two) = (incident(1), incident(2));
        let both = Traffic::of([Arc::clone(&two), Arc::clone(&one)]);
        assert!(both.is_same(&Traffic::of([Arc::clone(&one), two])));
        assert!(!both.is_same(&Traffic::of([one])) && Traffic::default().is_free());
    }
}
