//! The watch over running trips: what each truck's positions add up to, and what the detectors make of it.
//!
//! The trip agent is the truth about what was told; the watch holds a copy of it, which follows the committed events, and
//! says only what would change it. What is lost on the way to the log is therefore said again.

mod course;
mod hastened;
mod meter;
mod recheck;
mod speed;
mod tend;
mod track;
mod warm;
mod way;

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;

#[cfg(test)]
mod real_track_tests;

pub use course::Outlook;
pub use hastened::TruckTime;
pub use meter::register;
pub use recheck::{Checked, recheck};
pub use tend::{Watchman, order_for, question, tend};
pub use warm::warm;
pub use way::Way;

use crate::{
    Sample,
    agents::{Finding, GeofenceEvent, IncidentEvent, Trip},
    eta::History,
    geofences::Fences,
    traffic::{Comparison, Incidents},
    views::incidents::incident_of,
};
use contracts::{
    ports::{ArrivalForecast, ExpectedArrival, RouteVehicle, Traffic, TrafficReports},
    shipment::{ShipmentEvent, ShipmentStatus},
    tracking::{StopKind, TripEvent, WayMeasure},
};
use course::{Course, Found, Running};
use dashmap::{DashMap, DashSet, mapref::one::RefMut};
use kernel::{DriverId, GeofenceId, IncidentId, Position, ShipmentId, TenantId, Timestamp, TripId};
use parking_lot::RwLock;
use runtime::{Agent as _, Observer, Recorded};
use std::collections::HashMap;
use tokio::sync::Notify;

/// A finding with the trip that it is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noted {
    /// The trip's tenant.
    pub tenant: TenantId,
    /// The trip.
    pub trip: TripId,
    /// What was found.
    pub finding: Finding,
}

/// A way that somebody should plan, so that the watch knows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WantedWay {
    /// Who will drive it.
    pub driver: DriverId,
    /// Whose traffic it is to reckon with.
    pub tenant: TenantId,
    /// Of which trip.
    pub trip: TripId,
    /// To which of its stops.
    pub stop: StopKind,
    /// From where.
    pub from: Position,
    /// Where the stop is.
    pub to: Position,
    /// With what.
    pub vehicle: RouteVehicle,
}

/// A way that is to be looked at again.
#[derive(Debug, Clone, PartialEq)]
pub struct Recheck {
    /// From where to where.
    pub wanted: WantedWay,
    /// Whether an incident that came or went may change it.
    pub urgent: bool,
    /// What it reckons with.
    pub before: Traffic,
    /// What hinders traffic now.
    pub now: Traffic,
    /// What should be left of it, where its planner has traffic of its own.
    pub left: Option<WayMeasure>,
}

/// Watches all drivers' courses.
#[derive(Debug, Default)]
pub struct Watch {
    courses: DashMap<DriverId, Course>,
    drivers: DashMap<TripId, DriverId>,
    fences: Fences,
    incidents: Incidents,
    /// A way is wanted, or the traffic is another.
    stirred: Notify,
    history: RwLock<HashMap<TenantId, History>>,
    meter: meter::WatchMeter,
    time: TruckTime,
    /// Whose trucks keep our time all the same.
    keep_our_time: DashSet<DriverId>,
}

impl TrafficReports for Watch {
    fn in_force(&self, tenant: TenantId, instant: Timestamp) -> Traffic {
        self.incidents.in_force(tenant, instant)
    }
}

impl Watch {
    /// Over trucks that have a time of their own.
    #[must_use]
    pub fn of(time: TruckTime) -> Self {
        Self { time, ..Self::default() }
    }

    /// A driver's truck is a real one, among others that have a time of their own.
    pub fn keeps_our_time(&self, driver: DriverId) {
        self.keep_our_time.insert(driver);
    }

    fn course_of(&self, driver: DriverId) -> RefMut<'_, DriverId, Course> {
        self.courses.entry(driver).or_insert_with(|| {
            Course::of(if self.keep_our_time.contains(&driver) { TruckTime::default() } else { self.time })
        })
    }

    /// The tenants' geofences.
    #[must_use]
    pub const fn fences(&self) -> &Fences {
        &self.fences
    }

    /// What hinders the tenants' traffic.
    #[must_use]
    pub const fn incidents(&self) -> &Incidents {
        &self.incidents
    }

    /// Waits until a way is wanted or the traffic is another.
    pub async fn stirred(&self) {
        self.stirred.notified().await;
    }

    /// A tenant's history of ways; at the start, from the view.
    pub fn remember(&self, tenant: TenantId, history: History) {
        self.history.write().insert(tenant, history);
    }

    fn history(&self, tenant: TenantId) -> History {
        self.history.read().get(&tenant).copied().unwrap_or_default()
    }

    /// Takes over a trip that was running before the start.
    pub fn resume(&self, tenant: TenantId, id: TripId, log: Trip, status: ShipmentStatus) {
        let Some(driver) = log.terms.as_ref().map(|terms| terms.driver) else { return };
        self.drivers.insert(id, driver);
        self.course_of(driver).resume(Running::new(tenant, id, log, status));
    }

    /// Takes positions of a driver that were received at `now`, in any order, and says what they mean. Those that cannot
    /// be true mean nothing.
    pub fn seen(&self, driver: DriverId, samples: &[Sample], now: Timestamp) -> Vec<Noted> {
        let mut course = self.course_of(driver);
        let mut order: Vec<&Sample> = samples.iter().collect();
        order.sort_by_key(|sample| sample.at);
        for sample in order {
            course.take(sample, now, &self.fences);
        }
        self.judged(&mut course, now)
    }

    /// Judges every running trip by the clock, and forgets drivers of whom nothing was heard for a week. In order of the
    /// trips.
    pub fn sweep(&self, now: Timestamp) -> Vec<Noted> {
        self.courses.retain(|_, course| course.is_worth_keeping(now));
        let mut all: Vec<Noted> = Vec::new();
        for mut course in self.courses.iter_mut() {
            all.extend(self.judged(&mut course, now));
        }
        all.sort_by_key(|noted| noted.trip);
        all
    }

    fn judged(&self, course: &mut Course, now: Timestamp) -> Vec<Noted> {
        let Some((tenant, _)) = course.running() else { return Vec::new() };
        let crossings = course.crossings(now);
        let mut found: Vec<Found> = Vec::new();
        course.judge(now, self.history(tenant).spread(), &mut found);
        course.in_our_time(&mut found);
        course.only_news(&mut found, now);
        crossings.into_iter().chain(found).map(|(trip, finding)| Noted { tenant, trip, finding }).collect()
    }

    /// The ways that are not known yet, at most so many, in order of the trips.
    #[must_use]
    pub fn wanted_ways(&self, most: usize) -> Vec<WantedWay> {
        self.ways(most, |driver, course| course.wanted_way(driver))
    }

    /// The ways that were only estimated and are to be asked for again, at most so many, in order of the trips.
    #[must_use]
    pub fn estimated_ways(&self, now: Timestamp, most: usize) -> Vec<WantedWay> {
        self.ways(most, |driver, course| course.estimated_way(driver, now))
    }

    fn ways(&self, most: usize, way: impl Fn(DriverId, &Course) -> Option<WantedWay>) -> Vec<WantedWay> {
        let mut wanted: Vec<WantedWay> =
            self.courses.iter().filter_map(|course| way(*course.key(), &course)).collect();
        wanted.sort_by_key(|way| way.trip);
        wanted.truncate(most);
        wanted
    }

    /// A way was planned under some traffic.
    pub fn give_way(&self, wanted: &WantedWay, way: Way, traffic: Traffic, now: Timestamp) {
        if let Some(mut course) = self.courses.get_mut(&wanted.driver) {
            course.give_way(wanted, way, traffic, now);
        }
    }

    /// The ways that are to be looked at again, at most so many: those first that an incident may change, then in order
    /// of the trips.
    #[must_use]
    pub fn rechecks(&self, now: Timestamp, most: usize) -> Vec<Recheck> {
        let mut traffic: HashMap<TenantId, Traffic> = HashMap::new();
        let mut due = Vec::new();
        for course in &self.courses {
            let Some((tenant, _)) = course.running() else { continue };
            let traffic = traffic.entry(tenant).or_insert_with(|| self.incidents.in_force(tenant, now));
            due.extend(course.recheck(*course.key(), now, traffic));
        }
        due.sort_by_key(|recheck| (!recheck.urgent, recheck.wanted.trip));
        due.truncate(most);
        due
    }

    /// A way was looked at and stays.
    pub fn keep_way(&self, wanted: &WantedWay, traffic: Traffic, now: Timestamp) {
        if let Some(mut course) = self.courses.get_mut(&wanted.driver) {
            course.keep_way(wanted, traffic, now);
        }
    }

    /// That a trip has another way, for the log.
    #[must_use]
    pub fn rerouted(
        &self,
        wanted: &WantedWay,
        way: Way,
        change: Comparison,
        now: Timestamp,
    ) -> Option<Noted> {
        let course = self.courses.get(&wanted.driver)?;
        let WantedWay { tenant, trip, .. } = *wanted;
        let finding = course.reroute(wanted, way, change, now, self.history(tenant).spread())?;
        Some(Noted { tenant, trip, finding })
    }

    /// What is expected of a driver's running trip; `None` when it has none, or nobody knows where it is.
    #[must_use]
    pub fn outlook(&self, driver: DriverId, shipment: ShipmentId) -> Option<Outlook> {
        let course = self.courses.get(&driver)?;
        let (tenant, _) = course.running()?;
        course.outlook(shipment, self.history(tenant).spread())
    }

    /// How many trips are watched.
    #[must_use]
    pub fn trips(&self) -> usize {
        self.drivers.len()
    }

    fn trip_event(&self, tenant: TenantId, id: TripId, event: &TripEvent, at: Timestamp) {
        match event {
            TripEvent::Begun(begun) => {
                let mut log = Trip::default();
                log.evolve(event, at);
                let running = Running::new(tenant, id, log, ShipmentStatus::Booked);
                self.drivers.insert(id, begun.driver);
                self.course_of(begun.driver).begin(running);
            }
            TripEvent::Arrived(arrived) => {
                if let Some(planned_s) = arrived.planned_s {
                    let seconds = |seconds: u32| std::time::Duration::from_secs(u64::from(seconds));
                    let mut history = self.history.write();
                    history.entry(tenant).or_default().add(seconds(arrived.driven_s), seconds(planned_s));
                }
                self.follow(id, event, at);
            }
            TripEvent::Ended(_) => {
                self.follow(id, event, at);
                self.drivers.remove(&id);
            }
            TripEvent::Rerouted(_) => {
                self.follow(id, event, at);
                self.stirred.notify_one();
            }
            _ => self.follow(id, event, at),
        }
    }

    fn follow(&self, id: TripId, event: &TripEvent, at: Timestamp) {
        let driver = self.drivers.get(&id).map(|driver| *driver);
        if let Some(mut course) = driver.and_then(|driver| self.courses.get_mut(&driver)) {
            course.follow(id, event, at);
        }
    }
}

impl ArrivalForecast for Watch {
    fn next_arrival(&self, driver: DriverId, shipment: ShipmentId) -> Option<ExpectedArrival> {
        let Outlook { stop, eta, seen_at, .. } = self.outlook(driver, shipment)?;
        Some(ExpectedArrival { stop, at: eta.at, earliest: eta.earliest, latest: eta.latest, seen_at })
    }
}

impl Observer for Watch {
    fn committed(&self, event: &Recorded) {
        if let (Some(id), Some(happened)) = (event.id::<TripId>(), event.of::<TripEvent>()) {
            self.meter.count(happened);
            self.trip_event(event.tenant, id, happened, event.time());
        } else if let (Some(id), Some(happened)) = (event.id::<GeofenceId>(), event.of::<GeofenceEvent>()) {
            match happened {
                GeofenceEvent::Drawn(drawn) => warm::put_fence(&self.fences, id, drawn.terms.clone()),
                GeofenceEvent::Redrawn(redrawn) => warm::put_fence(&self.fences, id, redrawn.terms.clone()),
                GeofenceEvent::Removed(_) => self.fences.remove(event.tenant, id),
            }
        } else if let (Some(id), Some(happened)) = (event.id::<IncidentId>(), event.of::<IncidentEvent>()) {
            match happened {
                IncidentEvent::Reported(reported) => {
                    self.incidents.put(event.tenant, incident_of(id, reported.terms.clone()));
                }
                IncidentEvent::Lifted(_) => self.incidents.remove(event.tenant, id),
            }
            self.stirred.notify_one();
        } else if let (Some(shipment), Some(ShipmentEvent::StatusChanged(changed))) =
            (event.id::<ShipmentId>(), event.of::<ShipmentEvent>())
            && let Some(mut course) = changed.driver.and_then(|driver| self.courses.get_mut(&driver))
        {
            course.moved_on(shipment, changed.to);
            self.stirred.notify_one();
        }
    }
}
