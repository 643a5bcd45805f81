//! What a truck does at its stops and geofences: each crossing once, at its own time, in order.
//!
//! A tracker that was without a network sends an hour at once, and the log takes what is found only afterwards. So each
//! position is judged by the log as it will be: what it has, with what was found since.

use super::{AGAIN, ARRIVED_KM, DWELL, LEFT_KM, Running};
use crate::{
    agents::{Finding, Trip},
    geofences::Fences,
    watch::{hastened::TruckTime, track::Fix},
};
use contracts::tracking::StopKind;
use kernel::{GeofenceId, Timestamp};
use std::{collections::BTreeMap, time::Duration};

/// So many crossings wait for the log at most; who crosses more often is found where it is then.
const WAITING_MAX: usize = 1000;

/// The crossings of a trip.
#[derive(Debug, Clone)]
pub(super) struct Crossings {
    /// The log as it will be.
    log: Trip,
    /// What the log does not have yet, in order.
    waiting: Vec<Waiting>,
}

#[derive(Debug, Clone)]
struct Waiting {
    finding: Finding,
    said_at: Option<Timestamp>,
}

impl Crossings {
    pub(super) fn of(log: &Trip) -> Self {
        Self { log: log.clone(), waiting: Vec::new() }
    }

    /// The trip's log with all that was found.
    pub(super) const fn log(&self) -> &Trip {
        &self.log
    }

    /// Takes what was found, in our time, when it is news.
    fn find(&mut self, finding: Finding, at: Timestamp) {
        if self.waiting.len() < WAITING_MAX && self.log.expect(&finding, at) {
            self.waiting.push(Waiting { finding, said_at: None });
        }
    }

    /// The log has grown: what it has waits no longer.
    pub(super) fn follow(&mut self, log: &Trip, at: Timestamp) {
        let mut expected = log.clone();
        self.waiting.retain(|waiting| expected.expect(&waiting.finding, at));
        self.log = expected;
    }

    /// What is to be said to the log now, in order.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<Finding> {
        let is_due = |waiting: &&mut Waiting| waiting.said_at.is_none_or(|said| now.since(said) >= AGAIN);
        let say = |waiting: &mut Waiting| {
            waiting.said_at = Some(now);
            waiting.finding
        };
        self.waiting.iter_mut().filter(is_due).map(say).collect()
    }
}

/// What a truck did when it was seen.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) fix: &'a Fix,
    /// How long it drove since its present way began.
    pub(super) driven: Duration,
    pub(super) time: TruckTime,
}

impl Running {
    fn crossed(&mut self, mut finding: Finding, seen: &Seen<'_>) {
        seen.time.told(&mut finding);
        self.crossings.find(finding, seen.time.of_theirs(seen.fix.at));
    }

    /// Arrived, stayed, left: the circle around each stop. A truck arrives only where it is to go.
    pub(super) fn at_stops(&mut self, target: Option<StopKind>, seen: &Seen<'_>) {
        for stop in StopKind::ALL {
            if let Some(finding) = self.at_stop(stop, target == Some(stop), seen) {
                self.crossed(finding, seen);
            }
        }
    }

    fn at_stop(&self, stop: StopKind, is_target: bool, seen: &Seen<'_>) -> Option<Finding> {
        let Seen { fix, driven, time } = *seen;
        let planned = self.log.planned(stop)?;
        let (log, at) = (self.crossings.log.stop(stop), fix.at);
        let km = planned.position.distance_km(fix.place);
        let Some(arrived_at) = log.arrived_at.filter(|_| log.is_there()) else {
            let planned_s = self.leg.way.as_ref().map(|way| whole_seconds(way.duration_s));
            let driven_s = u32::try_from(driven.as_secs()).unwrap_or(u32::MAX);
            let arrived = is_target && km <= ARRIVED_KM;
            return arrived.then_some(Finding::Arrived { stop, at, driven_s, planned_s });
        };
        if km > LEFT_KM {
            return Some(Finding::Left { stop, at });
        }
        let stayed = at.since(time.of_ours(arrived_at.max(planned.window.from))) >= DWELL;
        stayed.then_some(Finding::Dwelled { stop, at })
    }

    /// Entered, stayed, left: its tenant's geofences. `inside` is since when it is in those that hold it.
    pub(super) fn at_fences(
        &mut self,
        inside: &mut BTreeMap<GeofenceId, Timestamp>,
        fences: &Fences,
        seen: &Seen<'_>,
    ) {
        let Some(fences) = fences.of(self.tenant) else { return };
        let (at, place) = (seen.fix.at, seen.fix.place);
        for fence in fences.iter() {
            let geofence = fence.id;
            let was_in = self.crossings.log.fences.contains_key(&geofence);
            match (was_in, fence.holds(place, was_in)) {
                (false, true) => {
                    inside.insert(geofence, at);
                    self.crossed(Finding::Entered { geofence, at }, seen);
                }
                (true, false) => {
                    inside.remove(&geofence);
                    self.crossed(Finding::Exited { geofence, at }, seen);
                }
                (true, true) => {
                    let since = *inside.entry(geofence).or_insert(at);
                    if at.since(since) >= fence.dwell {
                        self.crossed(Finding::Stayed { geofence, at }, seen);
                    }
                }
                (false, false) => {}
            }
        }
        // A fence that was taken away while somebody was in it is left.
        let known = |id: &GeofenceId| fences.iter().any(|fence| fence.id == *id);
        let gone: Vec<GeofenceId> =
            self.crossings.log.fences.keys().filter(|id| !known(id)).copied().collect();
        for geofence in gone {
            self.crossed(Finding::Exited { geofence, at }, seen);
        }
    }
}

/// A number of seconds beyond the range is its end.
fn whole_seconds(seconds: f64) -> u32 {
    u32::try_from(Duration::try_from_secs_f64(seconds).unwrap_or_default().as_secs()).unwrap_or(u32::MAX)
}
