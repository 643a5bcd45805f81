//! What a decision has come to so far: each event takes effect on a copy before the next is decided.

use super::{Appointment, Stage, Yard};
use crate::rules::{
    fit::{Waste, fits, waste},
    hours::{OpenTimes, Zone},
};
use contracts::{
    facility::{DockDisplaced, DockRescheduled, DockWork, MoveReason, TruckShape, YardEvent},
    shipment::Window,
};
use kernel::{AppointmentId, DriverId, Refusal, ShipmentId, Timestamp};
use std::{sync::Arc, time::Duration};

/// How far ahead a place is looked for when an appointment must move.
pub const SEARCH_AHEAD: Duration = Duration::from_secs(7 * 86_400);
/// Appointments for which one decision looks for a place; the others are displaced, and placed by the next sweeps.
pub const MOVES_MAX: usize = 200;

pub struct Plan {
    pub yard: Yard,
    pub now: Timestamp,
    pub events: Vec<YardEvent>,
}

impl Plan {
    pub fn new(yard: &Yard, now: Timestamp) -> Self {
        Self { yard: yard.clone(), now, events: Vec::new() }
    }

    pub fn happen(&mut self, event: impl Into<YardEvent>) {
        let event = event.into();
        self.yard.take_in(&event, self.now);
        self.events.push(event);
    }

    /// An appointment that has not ended.
    pub fn live(&self, id: AppointmentId) -> Result<&Appointment, Refusal> {
        self.yard.appointments.get(id).ok_or_else(|| match self.yard.ended_as(id) {
            Some(stage) => {
                Refusal::conflict("appointment.ended", format!("the appointment is {}", stage.name()))
            }
            None => Refusal::not_found("appointment.unknown", "there is no such appointment"),
        })
    }

    /// Finds appointments that have not arrived another place, at the same time or as soon after as can be; those for
    /// which there is none lose theirs and are named.
    pub fn rehouse(&mut self, mut ids: Vec<AppointmentId>, reason: MoveReason) {
        ids.sort_by_key(|id| {
            self.yard.appointments.get(*id).map(|appointment| (appointment.window.from, *id))
        });
        for (count, id) in ids.into_iter().enumerate() {
            let found = if count < MOVES_MAX { self.yard.other_place(id, self.now) } else { None };
            match found {
                Some((dock, window)) => self.reschedule(id, dock, window, reason),
                None => self.displace(id, reason),
            }
        }
    }

    /// An appointment loses its place.
    pub fn displace(&mut self, id: AppointmentId, reason: MoveReason) {
        let (shipment, driver) = self.whom_it_concerns(id);
        self.happen(DockDisplaced { appointment: id, shipment, driver, reason });
    }

    pub fn reschedule(&mut self, id: AppointmentId, dock: Arc<str>, window: Window, reason: MoveReason) {
        let (shipment, driver) = self.whom_it_concerns(id);
        self.happen(DockRescheduled { appointment: id, shipment, driver, dock, window, reason });
    }

    /// The shipment and the driver of an appointment, who hear of it.
    fn whom_it_concerns(&self, id: AppointmentId) -> (Option<ShipmentId>, Option<DriverId>) {
        let booking = self.yard.appointments.get(id).map(|appointment| &appointment.booking);
        (booking.and_then(|booking| booking.shipment), booking.and_then(|booking| booking.driver))
    }
}

pub fn minutes(minutes: u16) -> Duration {
    Duration::from_secs(60 * u64::from(minutes))
}

impl Yard {
    pub(super) fn ended_as(&self, id: AppointmentId) -> Option<Stage> {
        self.ended.iter().rev().find(|(ended, _)| *ended == id).map(|(_, stage)| *stage)
    }

    pub(super) fn buffer(&self) -> Duration {
        minutes(self.arrangement.rules.buffer_minutes)
    }

    /// The zone; UTC when it cannot be read, which the settings do not let happen.
    #[must_use]
    pub fn zone(&self) -> Option<Zone> {
        Zone::named(&self.arrangement.zone).or_else(|| Zone::named("Etc/UTC"))
    }

    /// When it is open around a window.
    #[must_use]
    pub fn open_times(&self, from: Timestamp, to: Timestamp) -> Option<OpenTimes> {
        self.zone().map(|zone| OpenTimes::of(&self.arrangement, &zone, from, to))
    }

    /// The end of the last closure of a dock that touches a window.
    pub(super) fn closed_until(&self, dock: &str, window: Window) -> Option<Timestamp> {
        self.closures
            .values()
            .filter(|closed| closed.window.from < window.to && window.from < closed.window.to)
            .filter(|closed| closed.docks.is_empty() || closed.docks.iter().any(|name| &**name == dock))
            .map(|closed| closed.window.to)
            .max()
    }

    /// The dock that is wasted least among those that fit, are free and not closed. Opening hours are not looked at.
    pub(super) fn best_dock(
        &self,
        truck: &TruckShape,
        work: DockWork,
        window: Window,
        but: Option<AppointmentId>,
    ) -> Option<Arc<str>> {
        let buffer = self.buffer();
        self.docks
            .iter()
            .filter(|(_, dock)| {
                fits(&dock.spec, truck, work).is_ok() && dock.clash(window, buffer, but).is_none()
            })
            .filter(|(name, _)| self.closed_until(name, window).is_none())
            .min_by_key(|(_, dock)| waste(&dock.spec, truck))
            .map(|(name, _)| Arc::clone(name))
    }

    /// The first free place that begins from `earliest` to `latest`, on the grid and within opening hours.
    #[must_use]
    pub fn first_free(
        &self,
        truck: &TruckShape,
        work: DockWork,
        length: Duration,
        earliest: Timestamp,
        latest: Timestamp,
        but: Option<AppointmentId>,
    ) -> Option<(Arc<str>, Window)> {
        let zone = self.zone()?;
        let open = OpenTimes::of(&self.arrangement, &zone, earliest, latest.after(length));
        let mut best: Option<(Timestamp, Waste, &Arc<str>)> = None;
        for (name, dock) in self.docks.iter().filter(|(_, dock)| fits(&dock.spec, truck, work).is_ok()) {
            let bound = best.map_or(latest, |(from, ..)| from);
            let Some(from) = self.first_on(name, &zone, &open, length, (earliest, bound), but) else {
                continue;
            };
            let key = (from, waste(&dock.spec, truck), name);
            if best.is_none_or(|known| key < known) {
                best = Some(key);
            }
        }
        best.map(|(from, _, name)| (Arc::clone(name), Window { from, to: from.after(length) }))
    }

    /// The first free beginning on one dock.
    pub(super) fn first_on(
        &self,
        name: &Arc<str>,
        zone: &Zone,
        open: &OpenTimes,
        length: Duration,
        (earliest, latest): (Timestamp, Timestamp),
        but: Option<AppointmentId>,
    ) -> Option<Timestamp> {
        let dock = self.docks.get(name)?;
        let (buffer, grid) = (self.buffer(), self.arrangement.rules.slot_minutes);
        let micros = i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
        let mut from = zone.grid_up(earliest, grid);
        while from <= latest {
            let window = Window { from, to: from.after(length) };
            let next = if let Some(until) = dock.clash(window, buffer, but) {
                until.after(buffer)
            } else if let Some(until) = self.closed_until(name, window) {
                until
            } else {
                let room = open.room_from(from, micros)?;
                if room == from {
                    return Some(from);
                }
                room
            };
            // What is next lies behind the clash, so that this ends.
            from = zone.grid_up(next, grid).max(from.after(minutes(1)));
        }
        None
    }

    /// Another place for an appointment: another dock at the same time, or the first that is free after.
    pub(super) fn other_place(&self, id: AppointmentId, now: Timestamp) -> Option<(Arc<str>, Window)> {
        let appointment = self.appointments.get(id)?;
        let booking = &appointment.booking;
        let window = appointment.window;
        if window.from > now
            && self.open_times(window.from, window.to)?.covers(window.from, window.to)
            && let Some(dock) = self.best_dock(&booking.truck, booking.work, window, Some(id))
        {
            return Some((dock, window));
        }
        let earliest = window.from.max(now);
        let (length, latest) = (minutes(booking.minutes), earliest.after(SEARCH_AHEAD));
        self.first_free(&booking.truck, booking.work, length, earliest, latest, Some(id))
    }
}
