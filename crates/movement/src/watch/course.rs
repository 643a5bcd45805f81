//! A driver's course: its track, and the trip that it is on. Here a track becomes the scene that the detectors judge.

mod crossings;
mod shared;

use super::{
    Recheck, WantedWay,
    hastened::TruckTime,
    track::{Fix, Taken, Track},
    way::Way,
};
use crate::{
    Sample,
    agents::{DELAY_STEP, Finding, Trip},
    detectors::{DETECTORS, Opinion, Scene, SpeedLimit},
    eta::{Basis, Eta, Spread, estimate},
    geofences::Fences,
    sample::AGE_MAX,
    traffic::{Comparison, RECHECK_EVERY},
};
use contracts::{
    ports::{RouteVehicle, Traffic},
    shipment::ShipmentStatus,
    tracking::{AlertKind, StopKind, TripEvent, TripStop},
};
use crossings::{Crossings, Seen};
use kernel::{DriverId, GeofenceId, ShipmentId, TenantId, Timestamp, TripId};
use runtime::Agent as _;
use shared::Later;
use std::{collections::BTreeMap, time::Duration};

/// Around each stop there is a circle: who comes within it has arrived ...
const ARRIVED_KM: f64 = 0.5;
/// ... and who is this far from the stop has left.
const LEFT_KM: f64 = 1.0;
/// Near (annex, section 4).
const NEAR_KM: f64 = 5.0;
/// Who is there for so long, and in the window, has come to load or unload.
const DWELL: Duration = Duration::from_secs(10 * 60);
/// What was said and has not come into the log is said again after this.
const AGAIN: Duration = Duration::from_secs(60);
/// The estimate of a driver of whom nobody has heard for this long is nobody's.
const LIVE: Duration = Duration::from_secs(60 * 60);
/// Who is so late even when it comes as early as one of a hundred does is late.
const SURELY_LATE: Duration = Duration::from_secs(20 * 60);
/// Of one in ten, which begins the estimate's interval, to one in a hundred: 2.33 by 1.28 standard deviations.
const ONE_IN_A_HUNDRED: (u32, u32) = (9, 5);
/// A way that begins so far from its truck was planned for where it seemed to be.
const ELSEWHERE_KM: f64 = 50.0;
/// Who is so near its way is on it, and what is left of it is known.
const ON_WAY_KM: f64 = 0.5;
/// What a truck averages where no route is known.
const ASSUMED_KMH: f64 = 60.0;

/// A finding with the trip that it is about.
pub(super) type Found = (TripId, Finding);

/// What is expected of a running trip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// Its next stop.
    pub stop: StopKind,
    /// When it will be there.
    pub eta: Eta,
    /// When it was promised to be there.
    pub planned_at: Timestamp,
    /// Km to go.
    pub left_km: f64,
    /// Whether that is measured along a planned road.
    pub by_road: bool,
    /// How old the position is that it rests on.
    pub seen_at: Timestamp,
    /// Of when the way is, when its planner is away and this is what it said last.
    pub as_of: Option<Timestamp>,
}

/// A trip that runs.
#[derive(Debug, Clone)]
pub(super) struct Running {
    tenant: TenantId,
    id: TripId,
    log: Trip,
    /// What the log has and is about to have of its stops and geofences.
    crossings: Crossings,
    /// As it was told; see [`Running::status`].
    told_status: ShipmentStatus,
    leg: Leg,
    /// When something else was said that the log does not have yet.
    said: BTreeMap<Said, Timestamp>,
}

/// The way to the next stop.
#[derive(Debug, Clone, Default)]
struct Leg {
    way: Option<Way>,
    /// What it reckons with.
    traffic: Traffic,
    /// When it was planned or looked at again.
    checked_at: Option<Timestamp>,
    done_km: f64,
    done_km_max: f64,
    away_km: f64,
    off_km: Option<f64>,
    off_since: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Wrong(AlertKind),
    Right(AlertKind),
    Arriving(StopKind),
    Late(StopKind),
}

impl Said {
    /// Of what lasts; what is a moment waits among the [`Crossings`].
    const fn of(finding: &Finding) -> Option<Self> {
        match *finding {
            Finding::Wrong { kind, .. } => Some(Self::Wrong(kind)),
            Finding::Right { kind, .. } => Some(Self::Right(kind)),
            Finding::Arriving { stop, .. } => Some(Self::Arriving(stop)),
            Finding::Late { stop, .. } => Some(Self::Late(stop)),
            _ => None,
        }
    }
}

impl Leg {
    /// Whether it is time to look at its way again.
    fn is_due(&self, now: Timestamp) -> bool {
        self.checked_at.is_none_or(|checked| now.since(checked) >= RECHECK_EVERY)
    }

    /// Its truck was seen.
    fn at(&mut self, fix: &Fix) {
        let Some(way) = &self.way else { return };
        let on = way.locate(fix.place);
        self.done_km = on.done_km;
        self.done_km_max = self.done_km_max.max(on.done_km);
        self.away_km = on.away_km;
        self.off_km = Some(on.off_km);
        self.off_since = (on.off_km > 5.0).then(|| self.off_since.unwrap_or(fix.at));
    }
}

impl Running {
    pub(super) fn new(tenant: TenantId, id: TripId, log: Trip, status: ShipmentStatus) -> Self {
        let crossings = Crossings::of(&log);
        let (told_status, leg, said) = (status, Leg::default(), BTreeMap::new());
        Self { tenant, id, log, crossings, told_status, leg, said }
    }

    /// Its shipment's status, with the steps that follow from what was found at its stops.
    pub(super) const fn status(&self) -> ShipmentStatus {
        self.crossings.log().status_after(self.told_status)
    }

    pub(super) const fn id(&self) -> TripId {
        self.id
    }

    fn vehicle(&self) -> Option<RouteVehicle> {
        self.log.terms.as_ref().and_then(|terms| terms.vehicle)
    }

    /// How fast its truck may be. A vehicle that nobody knows is taken for the fastest.
    fn limit(&self) -> SpeedLimit {
        self.vehicle().map_or_else(SpeedLimit::default, SpeedLimit::of)
    }

    fn shipment(&self) -> Option<ShipmentId> {
        self.log.terms.as_ref().map(|terms| terms.shipment)
    }

    /// Whether its freight is aboard.
    const fn is_aboard(&self) -> bool {
        matches!(self.status(), ShipmentStatus::InTransit | ShipmentStatus::Unloading)
    }

    /// The stop that it is to go to, or is at; none once it unloads.
    const fn target(&self) -> Option<StopKind> {
        match self.status() {
            ShipmentStatus::Booked | ShipmentStatus::EnRoutePickup => Some(StopKind::Pickup),
            ShipmentStatus::InTransit => Some(StopKind::Delivery),
            _ => None,
        }
    }

    const fn is_under_way(&self) -> bool {
        matches!(self.status(), ShipmentStatus::EnRoutePickup | ShipmentStatus::InTransit)
    }
}

/// A driver's course.
#[derive(Debug, Clone, Default)]
pub(super) struct Course {
    /// Everything here is in its truck's time, but the log of its trip and what was said when.
    time: TruckTime,
    track: Track,
    /// What its device last said of its own positions; devices that cannot tell say nothing.
    mocked: Option<bool>,
    /// The trip to whose stop it drives.
    trip: Option<Running>,
    /// The trips of what it carries or is to load besides.
    others: Vec<Running>,
    /// The stops of all of them in order, while there are several.
    order: Vec<TripStop>,
    fences: BTreeMap<GeofenceId, Timestamp>,
}

impl Course {
    /// Of a driver of whom nothing is known.
    pub(super) fn of(time: TruckTime) -> Self {
        Self { time, ..Self::default() }
    }

    /// What was found, in our time.
    pub(super) fn in_our_time(&self, found: &mut [Found]) {
        found.iter_mut().for_each(|(_, finding)| self.time.told(finding));
    }

    /// Takes a trip over. The one before, if any, is forgotten, unless its freight is carried along.
    pub(super) fn begin(&mut self, running: Running) {
        let stops = running.log.terms.as_ref().map(|terms| terms.stops.clone()).unwrap_or_default();
        if stops.is_empty() {
            self.track.begin_way();
            self.fences.clear();
            (self.others, self.order) = (Vec::new(), Vec::new());
            self.trip = Some(running);
        } else {
            self.carry_along(running, stops);
        }
    }

    /// Takes a trip over that ran before the start, with what its track says already.
    pub(super) fn resume(&mut self, running: Running) {
        self.track.forget_driven();
        self.take_back(running);
    }

    /// What its truck did so far is this.
    #[cfg(test)]
    pub(super) fn drove_before(&mut self, track: Track) {
        self.track = track;
    }

    /// Tenant and trip, while one is running.
    pub(super) fn running(&self) -> Option<(TenantId, TripId)> {
        self.trip.as_ref().map(|trip| (trip.tenant, trip.id))
    }

    pub(super) fn is_worth_keeping(&self, now: Timestamp) -> bool {
        let now = self.time.of_ours(now);
        self.trip.is_some() || self.track.heard_at().is_some_and(|heard| now.since(heard) <= AGE_MAX)
    }

    /// The log has an event of the trip.
    pub(super) fn follow(&mut self, id: TripId, event: &TripEvent, at: Timestamp) {
        let Some(trip) = self.trips_mut().find(|trip| trip.id == id) else { return };
        trip.log.evolve(event, at);
        trip.crossings.follow(&trip.log, at);
        match event {
            TripEvent::Ended(_) => self.leave(id),
            TripEvent::Rerouted(_) => {
                // It is planned anew, and measured from here: what was driven belongs to the way before.
                trip.leg.way = None;
                self.track.forget_driven();
            }
            _ => {}
        }
    }

    /// The shipment has another status.
    pub(super) fn moved_on(&mut self, shipment: ShipmentId, status: ShipmentStatus) {
        let is_its = |trip: &&mut Running| trip.shipment() == Some(shipment);
        if let Some(trip) = self.others.iter_mut().find(is_its) {
            trip.told_status = status;
        } else if let Some(trip) = self.trip.as_mut().filter(is_its) {
            let before = trip.target();
            trip.told_status = status;
            let sets_out = trip.status() == ShipmentStatus::EnRoutePickup;
            self.begin_leg_after(before, sets_out);
        }
        self.go_to_next();
    }

    /// Another way begins when its trip goes elsewhere than before, or sets out.
    fn begin_leg_after(&mut self, before: Option<StopKind>, sets_out: bool) {
        let Some(trip) = &mut self.trip else { return };
        if trip.target() != before || sets_out {
            trip.leg = Leg::default();
            self.track.begin_way();
        }
    }

    /// Takes a position, and what it means at stops and geofences.
    pub(super) fn take(&mut self, sample: &Sample, now: Timestamp, fences: &Fences) {
        let sample = &Sample { at: self.time.of_ours(sample.at), ..sample.clone() };
        self.track.keep_to(self.trip.as_ref().map_or_else(SpeedLimit::default, Running::limit));
        match self.track.take(sample, self.time.of_ours(now)) {
            Taken::Believed => {}
            Taken::Ignored => return,
            Taken::Elsewhere => {
                // The way did not begin where it is now: another one is planned from there.
                self.trip.iter_mut().for_each(|trip| trip.leg = Leg::default());
                return;
            }
        }
        self.mocked = sample.mocked.or(self.mocked);
        let (Some(fix), Some(trip)) = (self.track.last(), self.trip.as_mut()) else { return };
        trip.leg.at(&fix);
        let seen = Seen { fix: &fix, driven: self.track.driven().1, time: self.time };
        let target = trip.target();
        trip.at_stops(target, &seen);
        trip.at_fences(&mut self.fences, fences, &seen);
        for other in &mut self.others {
            other.at_stops(None, &seen);
            other.at_fences(&mut self.fences, fences, &seen);
        }
        if self.trip.as_ref().is_some_and(|trip| trip.target() != target) {
            self.begin_leg_after(target, false);
            self.go_to_next();
        }
    }

    /// What was found at stops and geofences and the log does not have, in order.
    pub(super) fn crossings(&mut self, now: Timestamp) -> Vec<Found> {
        let due = |trip: &mut Running| {
            let id = trip.id;
            trip.crossings.due(now).into_iter().map(move |finding| (id, finding))
        };
        self.trips_mut().flat_map(due).collect()
    }

    /// What the detectors make of it now.
    pub(super) fn judge(&self, now: Timestamp, spread: Spread, found: &mut Vec<Found>) {
        let (Some(trip), Some(fix)) = (&self.trip, self.track.last()) else { return };
        let now = self.time.of_ours(now);
        let eta = self.eta(trip, &fix, now, spread);
        let scene = self.scene(trip, &fix, now, eta);
        for detector in DETECTORS {
            let kind = detector.kind;
            let open = trip.log.alerts.contains_key(&kind);
            match (detector.judge)(&scene) {
                Opinion::Wrong { since, figure } if !open => {
                    let by_device = kind == AlertKind::MockedPosition && scene.mocked;
                    let finding = Finding::Wrong { kind, since, place: Some(fix.place), figure, by_device };
                    found.push((trip.id, finding));
                }
                // What was raised while it drove for another one is over for that one too.
                Opinion::Right => {
                    let raised = self.trips().filter(|trip| trip.log.alerts.contains_key(&kind));
                    found.extend(raised.map(|trip| (trip.id, Finding::Right { kind, at: fix.at })));
                }
                _ => {}
            }
        }
        if let (Some(stop), Some(eta)) = (trip.target(), eta) {
            if self.planned_at(trip, stop).is_some_and(|planned_at| sure_delay(&eta, planned_at) > DELAY_STEP)
            {
                found.push((trip.id, Finding::Late { stop, eta: eta.at, at: now }));
            }
            let near = self.stop_km(trip, stop, &fix).is_some_and(|km| km < NEAR_KM);
            if near && self.is_under_way() {
                found.push((trip.id, Finding::Arriving { stop, eta: eta.at, at: fix.at }));
            }
        }
        for Later { trip, stop, eta, .. } in self.later(now, spread) {
            if self.planned_at(trip, stop).is_some_and(|planned_at| sure_delay(&eta, planned_at) > DELAY_STEP)
            {
                found.push((trip.id, Finding::Late { stop, eta: eta.at, at: now }));
            }
        }
    }

    /// Leaves out what the log has, and what was said a moment ago.
    pub(super) fn only_news(&mut self, found: &mut Vec<Found>, now: Timestamp) {
        for trip in self.trips_mut() {
            trip.said.retain(|_, said| now.since(*said) < AGAIN);
        }
        found.retain(|(id, finding)| {
            let Some(Running { log, said, .. }) = self.trips_mut().find(|trip| trip.id == *id) else {
                return false;
            };
            let Some(key) = Said::of(finding) else { return false };
            let news = log.is_news(finding) && !said.contains_key(&key);
            if news {
                said.insert(key, now);
            }
            news
        });
    }

    fn scene(&self, trip: &Running, fix: &Fix, now: Timestamp, eta: Option<Eta>) -> Scene {
        let is_away = |trip: &Running| {
            StopKind::ALL.into_iter().all(|stop| self.stop_km(trip, stop, fix).is_some_and(|km| km > LEFT_KM))
        };
        let away = self.trips().all(is_away);
        let (claimed_km, moved_km) = self.track.claimed_and_moved();
        let (fast_kmh, fast_since) = self.track.fast();
        let planned_at = trip.target().and_then(|stop| self.planned_at(trip, stop));
        let mocked = self.mocked.unwrap_or_else(|| trip.log.is_declared_mocked());
        let late_by = match (eta, planned_at) {
            (Some(eta), Some(planned_at)) => sure_delay(&eta, planned_at),
            _ => Duration::ZERO,
        };
        Scene {
            now,
            at: fix.at,
            place: fix.place,
            heard_at: self.track.heard_at().unwrap_or(fix.at),
            on_the_road: self.is_under_way() && away,
            stood_for: self.track.stood_for(),
            stayed_for: self.track.stayed_for(),
            pause: self.track.wheel().pause_due(),
            off_km: trip.leg.off_km,
            off_for: trip.leg.off_since.map_or(Duration::ZERO, |since| fix.at.since(since)),
            back_km: trip.leg.done_km_max - trip.leg.done_km + trip.leg.away_km,
            speed_kmh: fix.speed_kmh,
            fast_kmh,
            fast_for: fast_since.map_or(Duration::ZERO, |since| fix.at.since(since)),
            limit: trip.limit(),
            jumps: self.track.jumps(),
            claimed_km,
            moved_km,
            // After a restart, and in a process that has not heard the device itself, the log knows.
            mocked,
            late_by,
        }
    }

    fn planned_at(&self, trip: &Running, stop: StopKind) -> Option<Timestamp> {
        trip.log.planned(stop).map(|planned| self.time.of_ours(planned.planned_at))
    }

    fn stop_km(&self, trip: &Running, stop: StopKind, fix: &Fix) -> Option<f64> {
        trip.log.planned(stop).map(|planned| planned.position.distance_km(fix.place))
    }

    fn left_km(&self, trip: &Running, stop: StopKind, fix: &Fix) -> Option<(f64, bool)> {
        let straight_km = self.stop_km(trip, stop, fix)?;
        let by_road =
            trip.leg.way.as_ref().filter(|way| way.is_road() && trip.leg.off_km.is_some_and(|km| km < 5.0));
        Some(match by_road {
            // Never less than the straight line.
            Some(way) => ((way.km - trip.leg.done_km).max(straight_km), true),
            None => (straight_km * 1.3, false),
        })
    }

    fn eta(&self, trip: &Running, fix: &Fix, now: Timestamp, spread: Spread) -> Option<Eta> {
        let stop = trip.target()?;
        let (left_km, _) = self.left_km(trip, stop, fix)?;
        if trip.log.stop(stop).is_there() || now.since(fix.at) > LIVE {
            return None;
        }
        if self.stop_km(trip, stop, fix)? <= ARRIVED_KM {
            return Some(Eta::exactly(fix.at));
        }
        let (driven_km, driven) =
            if self.is_under_way() { self.track.driven() } else { (0.0, Duration::ZERO) };
        // Positions measure the straight line between them, the way is measured along the road.
        let stretch = if driven_km > 1.0 && trip.leg.done_km > 1.0 {
            (trip.leg.done_km / driven_km).clamp(1.0, 2.0)
        } else {
            1.0
        };
        // A truck that was slower than planned is reckoned to stay so, on whatever roads are left.
        let (before_kmh, planned_kmh) = trip
            .leg
            .way
            .as_ref()
            .map_or((ASSUMED_KMH, ASSUMED_KMH), |way| way.kmh_before_and_after(trip.leg.done_km));
        let basis = Basis {
            left_km,
            planned_kmh,
            driven_km: driven_km * stretch * planned_kmh / before_kmh,
            driven,
            stood: self.track.stood_for(),
            wheel: self.track.wheel(),
            spread: if trip.leg.way.is_some() { spread } else { spread.of_a_guess() },
        };
        Some(estimate(&basis, fix.at))
    }

    pub(super) fn outlook(&self, shipment: ShipmentId, spread: Spread) -> Option<Outlook> {
        let (trip, fix) = (self.trip.as_ref()?, self.track.last()?);
        if trip.shipment() != Some(shipment) {
            return self.later_outlook(shipment, &fix, spread);
        }
        let stop = trip.target()?;
        let eta = self.eta(trip, &fix, fix.at, spread)?;
        let (left_km, by_road) = self.left_km(trip, stop, &fix)?;
        let planned_at = trip.log.planned(stop)?.planned_at;
        let as_of = trip.leg.way.as_ref().and_then(|way| way.as_of);
        let (eta, seen_at) = (self.time.estimate(eta), self.time.of_theirs(fix.at));
        Some(Outlook { stop, eta, planned_at, left_km, by_road, seen_at, as_of })
    }

    /// The trip and what is left of its way, from where its truck is to the stop it drives to.
    fn onward(&self, driver: DriverId) -> Option<(&Running, WantedWay)> {
        let (trip, fix) = (self.trip.as_ref()?, self.track.last()?);
        let stop = trip.target().filter(|_| self.is_under_way())?;
        let to = trip.log.planned(stop)?.position;
        let vehicle = trip.vehicle().unwrap_or(RouteVehicle::Truck40);
        let (tenant, from) = (trip.tenant, fix.place);
        let wanted = WantedWay { driver, tenant, trip: trip.id, stop, from, to, vehicle };
        Some((trip, wanted))
    }

    /// The way that is not known yet.
    pub(super) fn wanted_way(&self, driver: DriverId) -> Option<WantedWay> {
        let (trip, wanted) = self.onward(driver)?;
        trip.leg.way.is_none().then_some(wanted)
    }

    /// The way that was only estimated, when it is time to ask for roads again: the truck was seen where there are none, or
    /// where it was not, or whoever knows the roads was away.
    pub(super) fn estimated_way(&self, driver: DriverId, now: Timestamp) -> Option<WantedWay> {
        let (trip, wanted) = self.onward(driver)?;
        let estimated = trip.leg.way.as_ref().is_some_and(|way| !way.is_road());
        let there = trip.log.stop(wanted.stop).is_there();
        (estimated && !there && trip.leg.is_due(now)).then_some(wanted)
    }

    /// Whether its way is to be looked at again: what hinders traffic is another, or it is time.
    pub(super) fn recheck(&self, driver: DriverId, now: Timestamp, traffic: &Traffic) -> Option<Recheck> {
        let (trip, wanted) = self.onward(driver)?;
        let fix = self.track.last()?;
        let way = trip.leg.way.as_ref().filter(|way| way.is_road())?;
        let hindered = !traffic.is_same(&trip.leg.traffic);
        let fresh = self.time.of_ours(now).since(fix.at) <= LIVE;
        if trip.log.stop(wanted.stop).is_there() || !(hindered || trip.leg.is_due(now)) || !fresh {
            return None;
        }
        let on_way = trip.leg.off_km.is_some_and(|km| km < ON_WAY_KM);
        Some(Recheck {
            wanted,
            urgent: hindered && meets_change(way, &trip.leg.traffic, traffic),
            before: trip.leg.traffic.clone(),
            now: traffic.clone(),
            left: (way.is_foreign() && on_way).then(|| way.left(trip.leg.done_km)),
        })
    }

    /// Its way was looked at and stays.
    pub(super) fn keep_way(&mut self, wanted: &WantedWay, traffic: Traffic, now: Timestamp) {
        let is_its = |trip: &&mut Running| trip.id == wanted.trip && trip.target() == Some(wanted.stop);
        if let Some(trip) = self.trip.as_mut().filter(is_its) {
            trip.leg.traffic = traffic;
            trip.leg.checked_at = Some(now);
        }
    }

    /// What is to be told of another way: with when it will be there over it.
    pub(super) fn reroute(
        &self,
        wanted: &WantedWay,
        way: Way,
        change: Comparison,
        now: Timestamp,
        spread: Spread,
    ) -> Option<Finding> {
        let mut course = self.clone();
        course.track.forget_driven();
        course.give_way(wanted, way, Traffic::default(), now);
        let (trip, fix) = (course.trip.as_ref()?, course.track.last()?);
        let eta = self.time.estimate(course.eta(trip, &fix, self.time.of_ours(now), spread)?);
        Some(Finding::Rerouted { stop: wanted.stop, change, eta: eta.at, at: now })
    }

    pub(super) fn give_way(&mut self, wanted: &WantedWay, way: Way, traffic: Traffic, now: Timestamp) {
        let fix = self.track.last();
        if fix.is_some_and(|fix| fix.place.distance_km(wanted.from) > ELSEWHERE_KM) {
            return;
        }
        let is_its = |trip: &&mut Running| trip.id == wanted.trip && trip.target() == Some(wanted.stop);
        let Some(trip) = self.trip.as_mut().filter(is_its) else { return };
        let on = fix.map(|fix| way.locate(fix.place));
        trip.leg = Leg {
            done_km: on.map_or(0.0, |on| on.done_km),
            done_km_max: on.map_or(0.0, |on| on.done_km),
            away_km: on.map_or(0.0, |on| on.away_km),
            off_km: on.map(|on| on.off_km),
            off_since: None,
            way: Some(way),
            traffic,
            checked_at: Some(now),
        };
    }
}

/// Whether an incident that came or went may be on a way. One that went may have been on a better one: that is not seen
/// by the way that is driven.
fn meets_change(way: &Way, before: &Traffic, now: &Traffic) -> bool {
    let gone = before.incidents().iter().any(|incident| !now.incidents().contains(incident));
    let mut came = now.incidents().iter().filter(|incident| !before.incidents().contains(incident));
    gone || came.any(|incident| way.may_meet(incident))
}

/// How late it will be. As long as it may yet come in time, no more than what is not worth telling.
fn sure_delay(eta: &Eta, planned_at: Timestamp) -> Duration {
    let delay = eta.at.since(planned_at);
    let (times, parts) = ONE_IN_A_HUNDRED;
    let early = eta.at.since(eta.earliest).saturating_mul(times) / parts;
    if eta.at.before(early).since(planned_at) >= SURELY_LATE { delay } else { delay.min(DELAY_STEP) }
}
