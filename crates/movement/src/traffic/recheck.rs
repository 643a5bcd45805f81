//! Whether a running trip has another way now than it was told, and why (spec 4, pattern 3). Pure.

use contracts::{
    ports::{Incident, PlannedRoute, RouteAnswer, Traffic, TrafficEffect},
    tracking::{RerouteReason, WayMeasure},
};
use kernel::IncidentId;
use std::{sync::Arc, time::Duration};

/// Every running trip is looked at again at least this often (annex, section 4: poll 2 min).
pub const RECHECK_EVERY: Duration = Duration::from_secs(120);
/// The same way is told again when it takes so much more or less.
const WORTH_TELLING_S: f64 = 60.0;
/// Where no incident of ours explains a difference, it is told from here on ...
const DRIFT_S: f64 = 300.0;
/// ... if it is also so large a part of what is left.
const DRIFT_SHARE: f64 = 0.2;

/// That a trip has another way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Why.
    pub reason: RerouteReason,
    /// The incident that did it, when one did.
    pub incident: Option<IncidentId>,
    /// What would be left without the change.
    pub before: WayMeasure,
    /// What is left now.
    pub after: WayMeasure,
}

/// Compares what is best from one place under the traffic that was reckoned with and under the present one. None when a
/// driver need not be told anything, or there is no way at all.
#[must_use]
pub fn compare(before: (&Traffic, &RouteAnswer), now: (&Traffic, &RouteAnswer)) -> Option<Comparison> {
    let (old, new) = (best(before.1)?, best(now.1)?);
    let longer = (new.duration_s - old.duration_s).abs() >= WORTH_TELLING_S;
    if old.geometry == new.geometry && !longer {
        return None;
    }
    let (reason, incident) = cause(before.0, now.0, old)?;
    Some(Comparison { reason, incident: Some(incident), before: measure(old), after: measure(new) })
}

/// Compares what should be left of a way with what a planner says now, though no incident came or went: its own traffic
/// is another.
#[must_use]
pub fn drifted(left: WayMeasure, now: &RouteAnswer) -> Option<Comparison> {
    let new = best(now)?;
    let by_s = (new.duration_s - f64::from(left.duration_s)).abs();
    let large = by_s >= DRIFT_S && by_s >= DRIFT_SHARE * f64::from(left.duration_s);
    let told =
        || Comparison { reason: RerouteReason::Traffic, incident: None, before: left, after: measure(new) };
    large.then(told)
}

fn best(answer: &RouteAnswer) -> Option<&PlannedRoute> {
    answer.routes.as_ref().ok()?.first()
}

fn measure(route: &PlannedRoute) -> WayMeasure {
    WayMeasure::of(route.distance_m, route.duration_s)
}

/// The incident that came on the old way, a closure before a slowdown; else the first that went.
fn cause(before: &Traffic, now: &Traffic, old: &PlannedRoute) -> Option<(RerouteReason, IncidentId)> {
    let is_in = |traffic: &Traffic, incident: &Arc<Incident>| {
        traffic.incidents().binary_search_by_key(&incident.id, |known| known.id).is_ok()
    };
    let came = now.incidents().iter().filter(|incident| !is_in(before, incident));
    let on_it: Vec<&Arc<Incident>> =
        came.filter(|incident| incident.place.is_near(&old.geometry, 0.0)).collect();
    let closed = on_it.iter().find(|incident| incident.effect == TrafficEffect::Closed);
    let went = before.incidents().iter().find(|incident| !is_in(now, incident));
    match (closed, on_it.first(), went) {
        (Some(closed), _, _) => Some((RerouteReason::Closure, closed.id)),
        (None, Some(slow), _) => Some((RerouteReason::Slowdown, slow.id)),
        (None, None, Some(went)) => Some((RerouteReason::Cleared, went.id)),
        (None, None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::ports::{NoRoute, RouteSource, TrafficPlace};
    use kernel::{Position, Timestamp, TypedId, Uuid};

    fn at(latitude: f64) -> Position {
        Position { latitude, longitude: 9.0 }
    }

    fn answer(line: [f64; 2], duration_s: f64) -> RouteAnswer {
        let route = PlannedRoute {
            distance_m: 10_000.0,
            duration_s,
            toll_m: 0.0,
            cost: None,
            geometry: line.map(at).to_vec(),
            steps: Vec::new(),
            slowed_by: Vec::new(),
        };
        RouteAnswer { routes: Ok(vec![route]), source: RouteSource::GreatCircle }
    }

    fn traffic(incidents: &[(u128, TrafficEffect, f64)]) -> Traffic {
        Traffic::of(incidents.iter().map(|(id, effect, latitude)| {
            Arc::new(Incident {
                id: IncidentId::from_uuid(Uuid::from_u128(*id)),
                effect: *effect,
                place: TrafficPlace::Point { at: at(*latitude) },
                from: Timestamp::from_micros(0),
                until: None,
            })
        }))
    }

    const SLOW: TrafficEffect = TrafficEffect::Slowed { percent: 50 };
    const CLOSED: TrafficEffect = TrafficEffect::Closed;

    fn reason(before: &Traffic, now: &Traffic, new: &RouteAnswer) -> Option<(RerouteReason, u128)> {
        let found = compare((before, &answer([45.0, 45.1], 600.0)), (now, new))?;
        Some((found.reason, found.incident?.uuid().as_u128()))
    }

    #[test]
    fn a_change_has_the_incident_that_made_it() {
        let around = answer([45.0, 45.2], 900.0);
        let free = Traffic::default();
        let both = traffic(&[(1, SLOW, 45.05), (2, CLOSED, 45.06), (3, CLOSED, 48.0)]);
        assert_eq!(reason(&free, &both, &around), Some((RerouteReason::Closure, 2)));
        let slow = traffic(&[(1, SLOW, 45.05), (3, CLOSED, 48.0)]);
        assert_eq!(reason(&free, &slow, &around), Some((RerouteReason::Slowdown, 1)));
        assert_eq!(reason(&slow, &free, &around), Some((RerouteReason::Cleared, 1)));
        assert_eq!(reason(&slow, &slow, &around), None, "nothing of ours explains it");
    }

    #[test]
    fn what_makes_no_difference_is_not_told() {
        let now = traffic(&[(1, CLOSED, 45.05)]);
        assert_eq!(reason(&Traffic::default(), &now, &answer([45.0, 45.1], 630.0)), None);
        assert!(reason(&Traffic::default(), &now, &answer([45.0, 45.1], 660.0)).is_some());
        let none = NoRoute { reason: "unconnected", nearest: None };
        let nowhere = RouteAnswer { routes: Err(none), source: RouteSource::GreatCircle };
        assert_eq!(reason(&Traffic::default(), &now, &nowhere), None);
    }

    #[test]
    fn a_planners_own_traffic_is_told_when_it_is_large() {
        let left = WayMeasure { distance_m: 10_000, duration_s: 3_000 };
        let drift = |seconds| drifted(left, &answer([45.0, 45.1], seconds)).map(|found| found.reason);
        assert_eq!([drift(3_500.0), drift(2_500.0)], [None, None]);
        assert_eq!(drift(3_600.0), Some(RerouteReason::Traffic));
        assert_eq!(drift(2_400.0), Some(RerouteReason::Traffic));
    }
}
