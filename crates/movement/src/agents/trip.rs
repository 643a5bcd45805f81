//! The trip: what the positions of a booked truck meant so far, and which alerts are open.
//!
//! The detectors may say the same thing again and again, after a restart or from several processes: the trip takes what
//! is new and does nothing with the rest.

use crate::{
    geofences::detention,
    traffic::{Comparison, RECHECK_EVERY},
};
use contracts::{
    shipment::{ShipmentStatus, Window},
    tracking::{
        AlertAcknowledged, AlertCleared, AlertClosed, AlertKind, AlertRaised, DelayReported, DriverArriving,
        GeofenceCrossed, GeofenceDwelled, GeofenceEntered, GeofenceLeft, PlannedStop, RouteUpdated,
        StopArrived, StopDwelled, StopKind, StopLeft, TripBegun, TripEnd, TripEnded, TripEvent,
    },
};
use kernel::{AlertId, Currency, GeofenceId, Money, Position, Refusal, Timestamp, TripId, UserId};
use runtime::Agent;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// A delay is told from here on, and again with each further step of the same size (annex, section 4).
pub const DELAY_STEP: Duration = Duration::from_secs(30 * 60);

/// What a detector found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Finding {
    /// Something is wrong.
    Wrong {
        /// What.
        kind: AlertKind,
        /// Since when, by the device's clock.
        since: Timestamp,
        /// Where.
        place: Option<Position>,
        /// How much; see [`AlertRaised::figure`].
        figure: f64,
        /// Whether its device says so itself.
        by_device: bool,
    },
    /// It is right again.
    Right {
        /// What was wrong.
        kind: AlertKind,
        /// Since when.
        at: Timestamp,
    },
    /// It is at a stop.
    Arrived {
        /// Which.
        stop: StopKind,
        /// When.
        at: Timestamp,
        /// Seconds at the wheel on the way there.
        driven_s: u32,
        /// Seconds that were planned.
        planned_s: Option<u32>,
    },
    /// It stays at a stop.
    Dwelled {
        /// Which.
        stop: StopKind,
        /// When.
        at: Timestamp,
    },
    /// It left a stop.
    Left {
        /// Which.
        stop: StopKind,
        /// When.
        at: Timestamp,
    },
    /// It is near a stop.
    Arriving {
        /// Which.
        stop: StopKind,
        /// When it will be there.
        eta: Timestamp,
        /// When this was seen.
        at: Timestamp,
    },
    /// It will be late.
    Late {
        /// At which stop.
        stop: StopKind,
        /// When it will be there.
        eta: Timestamp,
        /// When this was seen.
        at: Timestamp,
    },
    /// It has another way.
    Rerouted {
        /// To which stop.
        stop: StopKind,
        /// What is different, and why.
        change: Comparison,
        /// When it will be there.
        eta: Timestamp,
        /// When this was seen.
        at: Timestamp,
    },
    /// It came into a geofence.
    Entered {
        /// Which.
        geofence: GeofenceId,
        /// When.
        at: Timestamp,
    },
    /// It stays in a geofence.
    Stayed {
        /// Which.
        geofence: GeofenceId,
        /// When.
        at: Timestamp,
    },
    /// It left a geofence.
    Exited {
        /// Which.
        geofence: GeofenceId,
        /// When.
        at: Timestamp,
    },
}

/// What a trip can be asked.
#[derive(Debug, Clone)]
pub enum TripCommand {
    /// Begin to be watched.
    Begin(Box<TripBegun>),
    /// Take what a detector found.
    Note {
        /// What.
        finding: Finding,
        /// The id that an alert gets, if one comes of it.
        alert: AlertId,
    },
    /// Somebody sees to an alert.
    Acknowledge {
        /// Which.
        alert: AlertId,
        /// Who.
        by: UserId,
    },
    /// Somebody has settled an alert.
    Close {
        /// Which.
        alert: AlertId,
        /// Who.
        by: UserId,
    },
    /// Be watched no more.
    End(TripEnd),
}

/// An alert whose cause lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAlert {
    /// Its id.
    pub alert: AlertId,
    /// Whether somebody sees to it.
    pub acknowledged: bool,
    /// Whether somebody has settled it; its cause may last all the same.
    pub closed: bool,
    /// See [`AlertRaised::by_device`].
    #[serde(default)]
    pub by_device: bool,
}

/// What happened at a stop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopLog {
    /// Whether its coming was told.
    pub announced: bool,
    /// Since when it is there, or was there last.
    pub arrived_at: Option<Timestamp>,
    /// Whether it stayed.
    pub dwelled: bool,
    /// When it left.
    pub left_at: Option<Timestamp>,
    /// Minutes that it was kept there, all visits together.
    pub detention_minutes: u32,
    /// What they cost, in minor units of the market's currency.
    pub detention_minor: i64,
    /// The delay that was told last; 0 when none is.
    pub late_by_s: u32,
}

impl StopLog {
    /// Whether an arrival at an instant begins a visit.
    fn may_arrive(&self, at: Timestamp) -> bool {
        !self.is_there() && self.left_at.is_none_or(|left| at > left)
    }

    /// Whether the truck is there.
    #[must_use]
    pub const fn is_there(&self) -> bool {
        self.arrived_at.is_some() && self.left_at.is_none()
    }
}

/// A trip's state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Trip {
    /// What it is; absent until it begins.
    pub terms: Option<TripBegun>,
    /// How it ended.
    pub ended: Option<TripEnd>,
    /// What is wrong with it now.
    pub alerts: BTreeMap<AlertKind, OpenAlert>,
    /// Pickup and delivery.
    pub pickup: StopLog,
    /// Where it is delivered.
    pub delivery: StopLog,
    /// The geofences that it is in, and whether it stayed there.
    pub fences: BTreeMap<GeofenceId, bool>,
    /// When it left the geofences that it was in.
    pub fences_left: BTreeMap<GeofenceId, Timestamp>,
    /// The last other way that it was told.
    pub rerouted: Option<RouteUpdated>,
}

impl Trip {
    /// What happened at a stop.
    #[must_use]
    pub const fn stop(&self, stop: StopKind) -> &StopLog {
        match stop {
            StopKind::Pickup => &self.pickup,
            StopKind::Delivery => &self.delivery,
        }
    }

    const fn stop_mut(&mut self, stop: StopKind) -> &mut StopLog {
        match stop {
            StopKind::Pickup => &mut self.pickup,
            StopKind::Delivery => &mut self.delivery,
        }
    }

    /// The terms of a trip that is watched.
    fn running(&self) -> Option<&TripBegun> {
        self.terms.as_ref().filter(|_| self.ended.is_none())
    }

    fn note(&self, finding: &Finding, alert: AlertId) -> Vec<TripEvent> {
        let Some(terms) = self.running() else { return Vec::new() };
        let event = match *finding {
            Finding::Wrong { kind, since, place, figure, by_device } => self.raise(AlertRaised {
                alert,
                kind,
                shipment: terms.shipment,
                driver: terms.driver,
                carrier: terms.carrier,
                shipper: terms.shipper,
                since,
                place: place.map(coarse),
                figure: (figure * 10.0).round() / 10.0,
                by_device,
            }),
            Finding::Right { kind, at } => self
                .alerts
                .get(&kind)
                .map(|open| AlertCleared { alert: open.alert, shipment: terms.shipment, at }.into()),
            Finding::Arriving { stop, eta, at } => (!self.stop(stop).announced).then(|| {
                DriverArriving { shipment: terms.shipment, driver: terms.driver, stop, eta, at }.into()
            }),
            Finding::Late { stop, eta, at } => self.delay(terms, stop, eta, at).map(TripEvent::from),
            Finding::Rerouted { stop, change, eta, at } => {
                self.reroute(terms, stop, change, (eta, at)).map(TripEvent::from)
            }
            Finding::Arrived { .. } | Finding::Dwelled { .. } | Finding::Left { .. } => {
                self.note_at_stop(terms, finding)
            }
            Finding::Entered { .. } | Finding::Stayed { .. } | Finding::Exited { .. } => {
                self.note_at_fence(terms, finding)
            }
        };
        event.into_iter().collect()
    }

    fn raise(&self, raised: AlertRaised) -> Option<TripEvent> {
        (!self.alerts.contains_key(&raised.kind)).then(|| raised.into())
    }

    fn note_at_stop(&self, terms: &TripBegun, finding: &Finding) -> Option<TripEvent> {
        let shipment = terms.shipment;
        match *finding {
            // What is said again of a visit that is over begins no other one.
            Finding::Arrived { stop, at, driven_s, planned_s } if self.stop(stop).may_arrive(at) => {
                Some(StopArrived { shipment, stop, at, driven_s, planned_s }.into())
            }
            Finding::Dwelled { stop, at } if self.stop(stop).is_there() && !self.stop(stop).dwelled => {
                Some(StopDwelled { shipment, stop, at }.into())
            }
            Finding::Left { stop, at } => self.leave(terms, stop, at).map(TripEvent::from),
            _ => None,
        }
    }

    fn leave(&self, terms: &TripBegun, stop: StopKind, at: Timestamp) -> Option<StopLeft> {
        let log = self.stop(stop);
        let arrived_at = log.arrived_at.filter(|_| log.left_at.is_none())?;
        let detention = detention(arrived_at, at, planned(terms, stop).window, log.detention_minor);
        Some(StopLeft { shipment: terms.shipment, stop, at: at.max(arrived_at), detention })
    }

    fn note_at_fence(&self, terms: &TripBegun, finding: &Finding) -> Option<TripEvent> {
        let crossed = |geofence, at| GeofenceCrossed { geofence, shipment: terms.shipment, at };
        match *finding {
            Finding::Entered { geofence, at } if self.may_enter(geofence, at) => {
                Some(GeofenceEntered(crossed(geofence, at)).into())
            }
            Finding::Stayed { geofence, at } if self.fences.get(&geofence) == Some(&false) => {
                Some(GeofenceDwelled(crossed(geofence, at)).into())
            }
            Finding::Exited { geofence, at } if self.fences.contains_key(&geofence) => {
                Some(GeofenceLeft(crossed(geofence, at)).into())
            }
            _ => None,
        }
    }

    /// What is to be told of a delay: nothing below the first step, nothing again below the next.
    fn delay(
        &self,
        terms: &TripBegun,
        stop: StopKind,
        eta: Timestamp,
        at: Timestamp,
    ) -> Option<DelayReported> {
        let planned_at = planned(terms, stop).planned_at;
        let late_by = eta.since(planned_at);
        let told = Duration::from_secs(u64::from(self.stop(stop).late_by_s));
        let late_by_s = u32::try_from(late_by.as_secs()).unwrap_or(u32::MAX);
        (late_by >= told + DELAY_STEP).then_some(DelayReported {
            shipment: terms.shipment,
            stop,
            planned_at,
            eta,
            late_by_s,
            at,
        })
    }

    /// What is to be told of another way: of several processes that saw the same, one is heard.
    fn reroute(
        &self,
        terms: &TripBegun,
        stop: StopKind,
        change: Comparison,
        (eta, at): (Timestamp, Timestamp),
    ) -> Option<RouteUpdated> {
        let Comparison { reason, incident, before, after } = change;
        let told = self.rerouted.as_ref().is_some_and(|told| {
            let same = (told.stop, told.reason, told.incident) == (stop, reason, incident);
            same && at < told.at.after(RECHECK_EVERY)
        });
        let TripBegun { shipment, driver, .. } = *terms;
        let updated = RouteUpdated { shipment, driver, stop, reason, incident, before, after, eta, at };
        (!told && !self.stop(stop).is_there()).then_some(updated)
    }

    fn may_enter(&self, geofence: GeofenceId, at: Timestamp) -> bool {
        !self.fences.contains_key(&geofence) && self.fences_left.get(&geofence).is_none_or(|left| at > *left)
    }

    /// Takes a finding as the log will take it; false when it is no news.
    pub(crate) fn expect(&mut self, finding: &Finding, at: Timestamp) -> bool {
        let events = self.note(finding, kernel::TypedId::from_uuid(kernel::Uuid::nil()));
        events.iter().for_each(|event| self.evolve(event, at));
        !events.is_empty()
    }

    /// The status of its shipment after one that is known, by what was seen at the stops: who has come to load loads, who
    /// left after it is on the way, who stays at the delivery unloads.
    #[must_use]
    pub const fn status_after(&self, status: ShipmentStatus) -> ShipmentStatus {
        use ShipmentStatus::{Booked, EnRoutePickup, InTransit, Loading, Unloading};
        let loading = match status {
            Booked | EnRoutePickup if self.pickup.dwelled => Loading,
            status => status,
        };
        let driving = match loading {
            Loading if self.pickup.dwelled && self.pickup.left_at.is_some() => InTransit,
            status => status,
        };
        match driving {
            InTransit if self.delivery.dwelled => Unloading,
            status => status,
        }
    }

    /// Whether taking a finding would change anything.
    #[must_use]
    pub fn is_news(&self, finding: &Finding) -> bool {
        !self.note(finding, kernel::TypedId::from_uuid(kernel::Uuid::nil())).is_empty()
    }

    /// Whether its device has said that it makes its positions up, and not yet that it no longer does.
    #[must_use]
    pub fn is_declared_mocked(&self) -> bool {
        self.alerts.get(&AlertKind::MockedPosition).is_some_and(|open| open.by_device)
    }

    fn of_alert(&self, alert: AlertId) -> Option<(AlertKind, OpenAlert)> {
        self.alerts.iter().find(|(_, open)| open.alert == alert).map(|(kind, open)| (*kind, *open))
    }

    fn begin(&self, terms: &TripBegun) -> Result<Vec<TripEvent>, Refusal> {
        match &self.terms {
            None => Ok(vec![terms.clone().into()]),
            Some(known) if known.shipment == terms.shipment => Ok(Vec::new()),
            Some(_) => Err(Refusal::conflict("trip.exists", "the trip exists already")),
        }
    }

    fn end(&self, end: TripEnd, now: Timestamp) -> Vec<TripEvent> {
        let Some(terms) = self.running() else { return Vec::new() };
        // With the proof of delivery it is no longer kept waiting, though it may still stand there.
        let left: Vec<StopLeft> =
            StopKind::ALL.into_iter().filter_map(|stop| self.leave(terms, stop, now)).collect();
        let before = self.pickup.detention_minor.saturating_add(self.delivery.detention_minor);
        let due = left.iter().fold(before, |sum, left| sum.saturating_add(left.detention.amount.minor));
        let detention = (due > 0).then_some(Money::new(due, Currency::EUR));
        let ended = TripEnded { shipment: terms.shipment, end, detention };
        left.into_iter().map(TripEvent::from).chain([ended.into()]).collect()
    }
}

const fn planned(terms: &TripBegun, stop: StopKind) -> &PlannedStop {
    match stop {
        StopKind::Pickup => &terms.pickup,
        StopKind::Delivery => &terms.delivery,
    }
}

impl Trip {
    /// A stop as it was promised.
    #[must_use]
    pub fn planned(&self, stop: StopKind) -> Option<&PlannedStop> {
        self.terms.as_ref().map(|terms| planned(terms, stop))
    }

    /// The window of a stop.
    #[must_use]
    pub fn window(&self, stop: StopKind) -> Option<Window> {
        self.planned(stop).map(|planned| planned.window)
    }
}

/// To about 100 m: enough to send somebody, and no track.
fn coarse(place: Position) -> Position {
    let round = |degrees: f64| (degrees * 1000.0).round() / 1000.0;
    Position { latitude: round(place.latitude), longitude: round(place.longitude) }
}

impl Agent for Trip {
    type Id = TripId;
    type Command = TripCommand;
    type Event = TripEvent;
    const KIND: &'static str = "trip";
    const SNAPSHOT: u32 = 3;

    fn decide(&self, command: &TripCommand, now: Timestamp) -> Result<Vec<TripEvent>, Refusal> {
        let unknown = || Refusal::not_found("alert.unknown", "there is no such open alert");
        match command {
            TripCommand::Begin(terms) => self.begin(terms),
            TripCommand::Note { finding, alert } => Ok(self.note(finding, *alert)),
            TripCommand::End(end) => Ok(self.end(*end, now)),
            TripCommand::Acknowledge { alert, by } => {
                let (_, open) = self.of_alert(*alert).ok_or_else(unknown)?;
                let terms = self.terms.as_ref().ok_or_else(unknown)?;
                let seen = open.acknowledged || open.closed;
                let event = AlertAcknowledged { alert: *alert, shipment: terms.shipment, by: *by };
                Ok((!seen).then(|| event.into()).into_iter().collect())
            }
            TripCommand::Close { alert, by } => {
                let (_, open) = self.of_alert(*alert).ok_or_else(unknown)?;
                let terms = self.terms.as_ref().ok_or_else(unknown)?;
                let event = AlertClosed { alert: *alert, shipment: terms.shipment, by: *by };
                Ok((!open.closed).then(|| event.into()).into_iter().collect())
            }
        }
    }

    fn evolve(&mut self, event: &TripEvent, _at: Timestamp) {
        match event {
            TripEvent::Begun(begun) => self.terms = Some(begun.clone()),
            TripEvent::Ended(ended) => {
                self.ended = Some(ended.end);
                self.alerts.clear();
                self.fences.clear();
                self.fences_left.clear();
            }
            TripEvent::Arrived(arrived) => {
                let log = self.stop_mut(arrived.stop);
                log.arrived_at = Some(arrived.at);
                log.left_at = None;
                log.dwelled = false;
            }
            TripEvent::Dwelled(dwelled) => self.stop_mut(dwelled.stop).dwelled = true,
            TripEvent::Left(left) => {
                let log = self.stop_mut(left.stop);
                log.left_at = Some(left.at);
                log.detention_minutes = log.detention_minutes.saturating_add(left.detention.minutes);
                log.detention_minor = log.detention_minor.saturating_add(left.detention.amount.minor);
            }
            TripEvent::Arriving(arriving) => self.stop_mut(arriving.stop).announced = true,
            TripEvent::Delayed(delayed) => self.stop_mut(delayed.stop).late_by_s = delayed.late_by_s,
            TripEvent::Rerouted(updated) => self.rerouted = Some(updated.clone()),
            TripEvent::AlertRaised(raised) => {
                let open = OpenAlert {
                    alert: raised.alert,
                    acknowledged: false,
                    closed: false,
                    by_device: raised.by_device,
                };
                self.alerts.insert(raised.kind, open);
            }
            TripEvent::AlertCleared(cleared) => self.clear(cleared.alert),
            TripEvent::AlertAcknowledged(acknowledged) => {
                self.change(acknowledged.alert, |open| open.acknowledged = true);
            }
            TripEvent::AlertClosed(closed) => self.change(closed.alert, |open| open.closed = true),
            TripEvent::FenceEntered(GeofenceEntered(crossed)) => {
                self.fences.insert(crossed.geofence, false);
            }
            TripEvent::FenceDwelled(GeofenceDwelled(crossed)) => {
                self.fences.insert(crossed.geofence, true);
            }
            TripEvent::FenceLeft(GeofenceLeft(crossed)) => {
                self.fences.remove(&crossed.geofence);
                self.fences_left.insert(crossed.geofence, crossed.at);
            }
        }
    }

    fn state_name(&self) -> &'static str {
        match (&self.terms, self.ended) {
            (None, _) => "",
            (Some(_), None) => "running",
            (Some(_), Some(TripEnd::Delivered)) => "delivered",
            (Some(_), Some(TripEnd::CalledOff)) => "called_off",
        }
    }
}

impl Trip {
    fn clear(&mut self, alert: AlertId) {
        if let Some((kind, _)) = self.of_alert(alert) {
            self.alerts.remove(&kind);
            if kind == AlertKind::EtaSlip {
                self.pickup.late_by_s = 0;
                self.delivery.late_by_s = 0;
            }
        }
    }

    fn change(&mut self, alert: AlertId, change: impl FnOnce(&mut OpenAlert)) {
        if let Some(open) = self.alerts.values_mut().find(|open| open.alert == alert) {
            change(open);
        }
    }
}

#[cfg(test)]
#[path = "trip_tests.rs"]
mod tests;
