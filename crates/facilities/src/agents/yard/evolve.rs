//! What each event changes in a yard.

use super::{Appointment, ENDED_MAX, RECORD_MAX, Stage, Yard, settings::first_docks};
use crate::rules::{calendar::Dock, call_order::IN_TIME};
use contracts::{
    facility::{
        Booking, DockDisplaced, DockReleased, DockRescheduled, LoadingCompleted, ReleaseReason, TruckCalled,
        TruckCheckedIn, YardEvent,
    },
    shipment::Window,
};
use kernel::{AppointmentId, Timestamp};
use std::sync::Arc;

impl Yard {
    pub(super) fn take_in(&mut self, event: &YardEvent, at: Timestamp) {
        match event {
            YardEvent::Site(written) => {
                if self.site.is_none() {
                    self.docks = first_docks(written.0.docks);
                    self.state = written.0.state;
                }
                self.site = Some(Arc::new(written.0.clone()));
            }
            YardEvent::Arranged(arranged) => self.arrangement = Arc::new(arranged.0.clone()),
            YardEvent::Configured(configured) => {
                let spec = configured.0.clone();
                let dock = self.docks.entry(Arc::clone(&spec.name));
                let dock = dock.or_insert_with(|| Arc::new(Dock::new(spec.clone())));
                Arc::make_mut(dock).spec = spec;
            }
            YardEvent::Closed(closed) => {
                self.last_closure = self.last_closure.max(closed.closure);
                self.closures.insert(closed.closure, closed.clone());
                self.look_by(closed.window.from.max(at));
            }
            YardEvent::Reopened(reopened) => {
                self.closures.remove(&reopened.closure);
            }
            YardEvent::StateChanged(changed) => self.state = changed.state,
            YardEvent::CapacityWarning(_) => self.warned = true,
            YardEvent::CapacityEased(_) => self.warned = false,
            YardEvent::IssueReported(reported) => {
                self.last_issue = self.last_issue.max(reported.issue);
                self.open_issues.insert(reported.issue);
            }
            YardEvent::IssueResolved(resolved) => {
                self.open_issues.remove(&resolved.issue);
            }
            YardEvent::Swept(swept) => {
                self.closures.retain(|_, closed| closed.window.to > at);
                self.next_sweep = swept.next;
            }
            _ => self.take_in_of_appointment(event, at),
        }
    }

    fn take_in_of_appointment(&mut self, event: &YardEvent, at: Timestamp) {
        match event {
            YardEvent::Held(held) => {
                self.place(&held.booking, &held.dock, held.window, Stage::Held, Some(held.until));
                self.want_sweep(held.window.from, at);
            }
            YardEvent::Scheduled(scheduled) => {
                let (booking, window) = (&scheduled.booking, scheduled.window);
                self.place(booking, &scheduled.dock, window, Stage::Scheduled, None);
                self.want_sweep(window.from, at);
            }
            YardEvent::Rescheduled(moved) => self.reschedule(moved, at),
            YardEvent::Displaced(displaced) => {
                self.displace(displaced);
                // Another place is looked for with the next look.
                self.want_sweep(at, at);
            }
            YardEvent::Missing(missing) => {
                self.note(&missing.booking, missing.window, Stage::Displaced, None);
                self.want_sweep(at, at);
            }
            YardEvent::Released(released) => self.release(released),
            YardEvent::Expected(expected) => {
                self.change(expected.appointment, |appointment| appointment.eta = Some(expected.eta));
            }
            YardEvent::CheckedIn(checked_in) => self.let_in(checked_in, at),
            YardEvent::Called(called) => self.call(called),
            YardEvent::Started(started) => self.change(started.appointment, |appointment| {
                appointment.stage = Stage::InProgress;
                appointment.started_at = Some(at);
            }),
            YardEvent::Completed(completed) => self.complete(completed),
            YardEvent::Delayed(delay) => {
                self.change(delay.appointment, |appointment| appointment.delayed = true);
            }
            YardEvent::Overdue(overdue) => self.prolong(overdue.appointment, overdue.expected_until),
            _ => {}
        }
    }

    fn change(&mut self, id: AppointmentId, change: impl FnOnce(&mut Appointment)) {
        if let Some(appointment) = self.appointments.get_mut(id) {
            change(appointment);
        }
    }

    fn dock_mut(&mut self, name: &str) -> Option<&mut Dock> {
        self.docks.get_mut(name).map(Arc::make_mut)
    }

    /// Frees the slot and the dock of an appointment.
    fn vacate(&mut self, id: AppointmentId) {
        let Some(appointment) = self.appointments.get(id) else { return };
        let (dock, from) = (appointment.dock.clone(), appointment.window.from);
        if let Some(dock) = dock.and_then(|name| self.dock_mut(&name)) {
            dock.free(from, id);
            if dock.occupied_by == Some(id) {
                dock.occupied_by = None;
            }
        }
    }

    fn settle_at(&mut self, id: AppointmentId, name: &Arc<str>, window: Window) {
        self.vacate(id);
        if let Some(dock) = self.dock_mut(name) {
            dock.take(window, id);
        }
        self.change(id, |appointment| {
            appointment.dock = Some(Arc::clone(name));
            appointment.window = window;
        });
    }

    fn place(
        &mut self,
        booking: &Booking,
        dock: &Arc<str>,
        window: Window,
        stage: Stage,
        until: Option<Timestamp>,
    ) {
        self.note(booking, window, stage, until);
        self.settle_at(booking.appointment, dock, window);
    }

    /// An appointment is there, without a place.
    fn note(&mut self, booking: &Booking, window: Window, stage: Stage, until: Option<Timestamp>) {
        let id = booking.appointment;
        self.vacate(id);
        let appointment = Appointment {
            booking: Arc::new(booking.clone()),
            dock: None,
            window,
            planned: window.from,
            stage,
            hold_until: until,
            eta: None,
            arrived_at: None,
            started_at: None,
            delayed: false,
        };
        self.appointments.insert(id, appointment);
    }

    fn reschedule(&mut self, moved: &DockRescheduled, at: Timestamp) {
        self.settle_at(moved.appointment, &moved.dock, moved.window);
        self.change(moved.appointment, |appointment| {
            // Who waits in the yard waits since its first appointment, wherever its slot goes.
            if appointment.stage.is_ahead() {
                appointment.planned = moved.window.from;
            }
            if appointment.stage == Stage::Displaced {
                appointment.stage = Stage::Scheduled;
            }
        });
        self.want_sweep(moved.window.from, at);
    }

    fn displace(&mut self, displaced: &DockDisplaced) {
        self.vacate(displaced.appointment);
        self.change(displaced.appointment, |appointment| {
            appointment.dock = None;
            if appointment.stage.is_ahead() {
                appointment.stage = Stage::Displaced;
                appointment.hold_until = None;
            }
        });
    }

    fn release(&mut self, released: &DockReleased) {
        let stage = match released.reason {
            ReleaseReason::Expired => Stage::Expired,
            ReleaseReason::Cancelled => Stage::Cancelled,
            ReleaseReason::Missed => Stage::Missed,
        };
        self.end(released.appointment, stage);
    }

    fn end(&mut self, id: AppointmentId, stage: Stage) -> Option<Appointment> {
        self.vacate(id);
        self.waiting.retain(|waiting| *waiting != id);
        let ended = self.appointments.remove(id);
        self.ended.push_back((id, stage));
        if self.ended.len() > ENDED_MAX {
            self.ended.pop_front();
        }
        ended
    }

    fn let_in(&mut self, checked_in: &TruckCheckedIn, at: Timestamp) {
        self.change(checked_in.appointment, |appointment| {
            appointment.stage = Stage::Waiting;
            appointment.arrived_at = Some(at);
        });
        self.waiting.push(checked_in.appointment);
        self.want_sweep(at, at);
    }

    fn call(&mut self, called: &TruckCalled) {
        let id = called.appointment;
        self.settle_at(id, &called.dock, called.window);
        self.waiting.retain(|waiting| *waiting != id);
        self.change(id, |appointment| appointment.stage = Stage::Called);
        if let Some(dock) = self.dock_mut(&called.dock) {
            dock.occupied_by = Some(id);
        }
    }

    fn complete(&mut self, completed: &LoadingCompleted) {
        let Some(ended) = self.end(completed.appointment, Stage::Completed) else { return };
        let in_time = ended.arrived_at.is_some_and(|arrived| arrived <= ended.planned.after(IN_TIME));
        if in_time {
            self.record.push_back(ended.delayed);
            if self.record.len() > RECORD_MAX {
                self.record.pop_front();
            }
        }
    }

    fn prolong(&mut self, id: AppointmentId, until: Timestamp) {
        let Some(appointment) = self.appointments.get(id) else { return };
        let (Some(name), from) = (appointment.dock.clone(), appointment.window.from) else { return };
        let window = Window { from, to: until };
        if let Some(dock) = self.dock_mut(&name) {
            dock.take(window, id);
        }
        self.change(id, |appointment| appointment.window = window);
    }
}
