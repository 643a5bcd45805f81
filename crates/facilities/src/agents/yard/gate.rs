//! What happens between the gate and the dock: check-in, the queue, work, detention, issues.

use super::{
    Appointment, DELAY_HURTS_AFTER, ISSUES_MAX, Stage, Yard,
    plan::{Plan, minutes},
};
use crate::rules::{
    calendar::Dock,
    call_order::{IN_TIME, Waiting, place},
    fit::{fits, waste},
};
use contracts::{
    facility::{
        CargoCount, DetentionStarted, FacilityDelay, FacilityStateChanged, LoadingCompleted, LoadingStarted,
        TruckCalled, TruckCheckedIn, YardIssueKind, YardIssueReported, YardIssueResolved,
    },
    profile::FacilityState,
    shipment::Window,
};
use kernel::{AppointmentId, PersonId, Refusal, Timestamp, UserId};
use std::{sync::Arc, time::Duration};

/// A truck may come so long before its appointment.
const EARLY_MAX: Duration = Duration::from_secs(12 * 3600);
/// A weight is as its papers say when it differs by no more: scales and pallets do.
const WEIGHT_TOLERANCE: f64 = 0.03;

/// In what two accounts of a cargo differ. What either does not say is not compared.
fn differing(told: &CargoCount, found: &CargoCount) -> [(bool, &'static str); 3] {
    let weight = told.weight_kg.zip(found.weight_kg);
    let weight = weight.is_some_and(|(told, found)| (told - found).abs() > told.abs() * WEIGHT_TOLERANCE);
    let pieces = told.pieces.zip(found.pieces).is_some_and(|(told, found)| told != found);
    let reference = told.reference.as_ref().zip(found.reference.as_ref());
    let reference = reference.is_some_and(|(told, found)| !told.trim().eq_ignore_ascii_case(found.trim()));
    [(weight, "weight"), (pieces, "pieces"), (reference, "reference")]
}

/// In what a cargo, its booking and its consignment note differ from one another.
pub fn differences(
    booked: &CargoCount,
    consignment: Option<&CargoCount>,
    counted: &CargoCount,
) -> Vec<String> {
    let note = consignment.into_iter().flat_map(|note| [differing(booked, note), differing(note, counted)]);
    let pairs: Vec<_> = note.chain([differing(booked, counted)]).flatten().collect();
    let names = ["weight", "pieces", "reference"].into_iter();
    names.filter(|name| pairs.contains(&(true, *name))).map(str::to_owned).collect()
}

impl Plan {
    pub fn check_in(
        &mut self,
        id: AppointmentId,
        counted: &CargoCount,
        consignment: Option<&CargoCount>,
    ) -> Result<(), Refusal> {
        let appointment = self.live(id)?;
        match appointment.stage {
            Stage::Held => {
                return Err(Refusal::conflict("appointment.not_confirmed", "the appointment is only held"));
            }
            Stage::Scheduled | Stage::Displaced => {}
            _ => return Ok(()),
        }
        if self.now.after(EARLY_MAX) < appointment.window.from {
            return Err(Refusal::conflict(
                "appointment.too_early",
                "its appointment is more than 12 hours ahead",
            ));
        }
        let differs = differences(&appointment.booking.papers, consignment, counted);
        let mismatch = !differs.is_empty();
        let (counted, consignment) = (counted.clone(), consignment.cloned());
        self.happen(TruckCheckedIn { appointment: id, counted, consignment, differs });
        if mismatch && self.yard.open_issues.len() < ISSUES_MAX {
            let issue = self.yard.last_issue.saturating_add(1);
            let kind = YardIssueKind::CargoMismatch;
            self.happen(YardIssueReported {
                issue,
                appointment: Some(id),
                kind,
                note: None,
                reported_by: None,
            });
        }
        self.call_waiting();
        Ok(())
    }

    /// Calls waiting trucks to docks that are free now, by the order of the queue, and says whether all docks are taken.
    pub fn call_waiting(&mut self) {
        let mut queue = self.yard.waiting.clone();
        queue.sort_by_key(|id| self.yard.place_in_queue(*id, self.now).map(|place| (place, *id)));
        for id in queue {
            if let Some((dock, window)) = self.yard.dock_now(id, self.now) {
                self.happen(TruckCalled { appointment: id, dock, window });
            } else if let Some((dock, window)) = self.yard.dock_before_others(id, self.now) {
                let followers = self.yard.followers(&dock, id, window);
                self.clear(&dock, followers, window.to);
                self.happen(TruckCalled { appointment: id, dock, window });
            }
        }
        self.look_at_state();
    }

    pub fn look_at_state(&mut self) {
        let state = self.yard.present_state(self.now);
        if state != self.yard.state {
            self.happen(FacilityStateChanged { state });
        }
    }

    pub fn start(&mut self, id: AppointmentId) -> Result<(), Refusal> {
        let appointment = self.live(id)?;
        match appointment.stage {
            Stage::Called => {}
            Stage::InProgress => return Ok(()),
            Stage::Waiting => {
                return Err(Refusal::conflict("appointment.no_dock", "no dock is free for it yet"));
            }
            _ => return Err(Refusal::conflict("appointment.not_here", "the truck has not checked in")),
        }
        if let Some(delay) = delay_of(id, appointment, self.now) {
            self.happen(delay);
        }
        self.happen(LoadingStarted { appointment: id });
        Ok(())
    }

    pub fn finish(&mut self, id: AppointmentId) -> Result<(), Refusal> {
        if self.yard.appointments.get(id).is_none() && self.yard.ended_as(id) == Some(Stage::Completed) {
            return Ok(());
        }
        let appointment = self.live(id)?;
        let (Stage::InProgress, Some(dock), Some(started_at)) =
            (appointment.stage, appointment.dock.clone(), appointment.started_at)
        else {
            return Err(Refusal::conflict("appointment.not_started", "work has not begun"));
        };
        let kept = self.yard.charged_from(id).map_or(Duration::ZERO, |from| self.now.since(from));
        let completed = LoadingCompleted {
            appointment: id,
            shipment: appointment.booking.shipment,
            dock,
            work: appointment.booking.work,
            started_at,
            detention_minutes: u32::try_from(kept.as_secs() / 60).unwrap_or(u32::MAX),
        };
        self.happen(completed);
        self.call_waiting();
        Ok(())
    }

    pub fn detain(&mut self, id: AppointmentId) {
        if self.yard.charged_from(id).is_some_and(|from| from <= self.now) {
            self.happen(DetentionStarted { appointment: id });
        }
    }

    pub fn report(
        &mut self,
        kind: YardIssueKind,
        appointment: Option<AppointmentId>,
        note: PersonId,
        by: UserId,
    ) -> Result<(), Refusal> {
        if self.yard.open_issues.len() >= ISSUES_MAX {
            return Err(Refusal::conflict(
                "facility.too_many_issues",
                "settle some of the 500 open issues first",
            ));
        }
        let issue = self.yard.last_issue.saturating_add(1);
        self.happen(YardIssueReported { issue, appointment, kind, note: Some(note), reported_by: Some(by) });
        Ok(())
    }

    pub fn resolve(&mut self, issue: u32, by: UserId) -> Result<(), Refusal> {
        if issue == 0 || issue > self.yard.last_issue {
            return Err(Refusal::not_found("facility.no_such_issue", "there is no such issue"));
        }
        if self.yard.open_issues.contains(&issue) {
            self.happen(YardIssueResolved { issue, resolved_by: by });
        }
        Ok(())
    }
}

/// What is to be said when a truck that came in time has waited for more than 30 min, once.
pub fn delay_of(id: AppointmentId, appointment: &Appointment, now: Timestamp) -> Option<FacilityDelay> {
    let in_time = appointment.arrived_at? <= appointment.planned.after(IN_TIME);
    let late_by = now.since(appointment.planned);
    (in_time && !appointment.delayed && late_by > DELAY_HURTS_AFTER).then(|| FacilityDelay {
        appointment: id,
        shipment: appointment.booking.shipment,
        planned_at: appointment.planned,
        late_by_s: u32::try_from(late_by.as_secs()).unwrap_or(u32::MAX),
        at: now,
    })
}

impl Yard {
    /// The place of a waiting truck in the queue; smaller goes first.
    #[must_use]
    pub fn place_in_queue(&self, id: AppointmentId, now: Timestamp) -> Option<(u8, Timestamp, Timestamp)> {
        let appointment = self.appointments.get(id)?;
        Some(place(Waiting { planned: appointment.planned, arrived: appointment.arrived_at? }, now))
    }

    /// A dock where a waiting truck can be worked on from now on without taking anybody's slot.
    fn dock_now(&self, id: AppointmentId, now: Timestamp) -> Option<(Arc<str>, Window)> {
        let booking = &self.appointments.get(id)?.booking;
        if !self.open_times(now, now)?.covers(now, now) {
            return None;
        }
        let window = Window { from: now, to: now.after(minutes(booking.minutes)) };
        let buffer = self.buffer();
        self.docks
            .iter()
            .filter(|(_, dock)| {
                dock.occupied_by.is_none() && fits(&dock.spec, &booking.truck, booking.work).is_ok()
            })
            .filter(|(name, dock)| {
                dock.clash(window, buffer, Some(id)).is_none() && self.closed_until(name, window).is_none()
            })
            .min_by_key(|(name, dock)| {
                let own = self.appointments.get(id).and_then(|known| known.dock.as_ref()) == Some(name);
                (!own, waste(&dock.spec, &booking.truck))
            })
            .map(|(name, _)| (Arc::clone(name), window))
    }

    /// An empty dock for a truck that is here and whose time has come, although others are expected there later: who is
    /// here goes before who is not.
    fn dock_before_others(&self, id: AppointmentId, now: Timestamp) -> Option<(Arc<str>, Window)> {
        let known = self.appointments.get(id)?;
        let booking = &known.booking;
        if known.planned > now || !self.open_times(now, now)?.covers(now, now) {
            return None;
        }
        let window = Window { from: now, to: now.after(minutes(booking.minutes)) };
        let empty = self.docks.iter().filter(|(name, dock)| {
            dock.occupied_by.is_none()
                && fits(&dock.spec, &booking.truck, booking.work).is_ok()
                && self.closed_until(name, window).is_none()
        });
        let first_clash = |dock: &Dock| dock.within(window).map(|(from, _)| from).next();
        let latest = empty.max_by_key(|(name, dock)| (first_clash(dock), Arc::clone(name)));
        latest.map(|(name, _)| (Arc::clone(name), window))
    }

    /// The docks that can be used now.
    pub fn usable_docks(&self, now: Timestamp) -> impl Iterator<Item = &Dock> {
        let moment = Window { from: now, to: now.after(Duration::from_micros(1)) };
        self.docks
            .iter()
            .filter(move |(name, dock)| !dock.spec.retired && self.closed_until(name, moment).is_none())
            .map(|(_, dock)| dock.as_ref())
    }

    /// What its operator declares, else whether all docks are taken (annex, section 1).
    fn present_state(&self, now: Timestamp) -> FacilityState {
        match self.site.as_ref().map(|site| site.state) {
            Some(declared @ (FacilityState::Maintenance | FacilityState::Closed)) => declared,
            _ => {
                let mut usable = self.usable_docks(now).peekable();
                if usable.peek().is_none() {
                    FacilityState::Closed
                } else if usable.all(|dock| dock.occupied_by.is_some()) {
                    FacilityState::AtCapacity
                } else {
                    FacilityState::Operational
                }
            }
        }
    }
}
