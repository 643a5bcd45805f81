//! Booking: holds, confirmations, moves, cancellations, and what the foreseen arrival of a truck does.

use super::{
    APPOINTMENTS_MAX, HOLDS_MAX, How, NO_SHOW_AFTER, Stage,
    plan::{Plan, SEARCH_AHEAD, minutes},
};
use crate::rules::fit::fits;
use contracts::{
    facility::{
        Booking, DockHeld, DockMissing, DockReleased, DockScheduled, MoveReason, NoSlot, ReleaseReason,
        TruckExpected,
    },
    profile::FacilityState,
    shipment::Window,
};
use kernel::{AppointmentId, OrganisationId, Refusal, Timestamp};
use std::{sync::Arc, time::Duration};

/// How far after what was asked an agent takes a slot.
const AGENT_SEARCH: Duration = Duration::from_secs(3 * 86_400);
/// Smaller changes of a foreseen arrival are not written down.
const ETA_STEP: Duration = Duration::from_secs(5 * 60);

/// What a person is told who wants to book.
fn turned_away(reason: NoSlot) -> Refusal {
    match reason {
        NoSlot::FitsNowhere => {
            Refusal::field("vehicle", "fits_nowhere", "no dock here takes this truck for this work")
        }
        NoSlot::Closed | NoSlot::NoneFree => {
            Refusal::conflict("facility.closed", "the facility takes no trucks now")
        }
    }
}

impl Plan {
    pub fn book(
        &mut self,
        booking: &Booking,
        dock: Option<&Arc<str>>,
        from: Timestamp,
        how: How,
    ) -> Result<(), Refusal> {
        if self.is_booked(booking) {
            return Ok(());
        }
        self.has_room_for(booking)?;
        if how == How::FirstFree {
            self.book_first_free(booking, from);
            return Ok(());
        }
        self.welcomes(booking).map_err(turned_away)?;
        if how == How::Hold {
            self.takes_holds_of(booking.carrier)?;
        }
        let (dock, window) = self.exactly(booking, dock, from, None)?;
        let booking = booking.clone();
        if how == How::Hold {
            let until = self.now.after(minutes(self.yard.arrangement.rules.hold_minutes)).min(window.from);
            self.happen(DockHeld { booking, dock, window, until });
        } else {
            self.happen(DockScheduled { booking, dock, window });
        }
        Ok(())
    }

    /// The same appointment again is nothing new.
    fn is_booked(&self, booking: &Booking) -> bool {
        let id = booking.appointment;
        self.yard.appointments.get(id).is_some() || self.yard.ended_as(id).is_some()
    }

    /// The trip is booked, whether there is a dock or not: its appointment is there from now on, and has a place as soon as
    /// anybody finds one.
    fn book_first_free(&mut self, booking: &Booking, from: Timestamp) {
        let from = from.max(self.now.after(minutes(self.yard.arrangement.rules.lead_minutes)));
        let length = minutes(booking.minutes);
        let latest = from.after(AGENT_SEARCH);
        let found = self.welcomes(booking).and_then(|()| {
            let found = self.yard.first_free(&booking.truck, booking.work, length, from, latest, None);
            found.ok_or(NoSlot::NoneFree)
        });
        let booking = booking.clone();
        match found {
            Ok((dock, window)) => self.happen(DockScheduled { booking, dock, window }),
            Err(reason) => {
                let window = Window { from, to: from.after(length) };
                self.happen(DockMissing { booking, window, reason });
            }
        }
    }

    /// Whether any dock takes such a truck at all.
    fn welcomes(&self, booking: &Booking) -> Result<(), NoSlot> {
        let declared = self.yard.site.as_ref().map(|site| site.state);
        if matches!(declared, Some(FacilityState::Maintenance | FacilityState::Closed)) {
            return Err(NoSlot::Closed);
        }
        let mut docks = self.yard.docks.values();
        let fits = docks.any(|dock| fits(&dock.spec, &booking.truck, booking.work).is_ok());
        if fits { Ok(()) } else { Err(NoSlot::FitsNowhere) }
    }

    fn has_room_for(&self, booking: &Booking) -> Result<(), Refusal> {
        let yard = &self.yard;
        if yard.appointments.len() >= APPOINTMENTS_MAX {
            return Err(Refusal::conflict(
                "facility.full",
                "the facility has 50000 appointments, which is the most",
            ));
        }
        let same_work = |known: &Booking| known.shipment == booking.shipment && known.work == booking.work;
        if booking.shipment.is_some() && yard.appointments.iter().any(|(_, known)| same_work(&known.booking))
        {
            return Err(Refusal::conflict(
                "appointment.exists",
                "the shipment has an appointment here; move that one",
            ));
        }
        Ok(())
    }

    fn takes_holds_of(&self, carrier: OrganisationId) -> Result<(), Refusal> {
        let held = self.yard.appointments.iter().filter(|(_, known)| known.stage == Stage::Held);
        if held.filter(|(_, known)| known.booking.carrier == carrier).count() < HOLDS_MAX {
            return Ok(());
        }
        Err(Refusal::conflict("appointment.too_many_holds", "confirm or cancel your holds first"))
    }

    /// A place at exactly that time.
    fn exactly(
        &self,
        booking: &Booking,
        dock: Option<&Arc<str>>,
        from: Timestamp,
        but: Option<AppointmentId>,
    ) -> Result<(Arc<str>, Window), Refusal> {
        let yard = &self.yard;
        let rules = &yard.arrangement.rules;
        let window = Window { from, to: from.after(minutes(booking.minutes)) };
        if from < self.now.after(minutes(rules.lead_minutes)) {
            let detail = format!("must lie at least {} minutes ahead", rules.lead_minutes);
            return Err(Refusal::field("from", "in_the_past", detail));
        }
        if from > self.now.after(Duration::from_secs(86_400 * u64::from(rules.horizon_days))) {
            let detail = format!("must lie at most {} days ahead", rules.horizon_days);
            return Err(Refusal::field("from", "too_far", detail));
        }
        let zone = yard.zone();
        if zone.is_none_or(|zone| zone.grid_up(from, rules.slot_minutes) != from) {
            let detail = format!("slots begin every {} minutes by the local clock", rules.slot_minutes);
            return Err(Refusal::field("from", "off_grid", detail));
        }
        if !yard.open_times(window.from, window.to).is_some_and(|open| open.covers(window.from, window.to)) {
            return Err(Refusal::field("from", "outside_hours", "the facility is not open all that time"));
        }
        match dock {
            None => yard.best_dock(&booking.truck, booking.work, window, but),
            Some(name) => self.that_dock(booking, name, window, but)?,
        }
        .map(|dock| (dock, window))
        .ok_or_else(|| self.taken(booking, from, but))
    }

    fn that_dock(
        &self,
        booking: &Booking,
        name: &Arc<str>,
        window: Window,
        but: Option<AppointmentId>,
    ) -> Result<Option<Arc<str>>, Refusal> {
        let dock = self.yard.docks.get(name);
        let dock =
            dock.ok_or_else(|| Refusal::field("dock", "unknown_dock", "the facility has no such dock"))?;
        if let Err(misfit) = fits(&dock.spec, &booking.truck, booking.work) {
            let detail = format!("the truck does not fit this dock: {misfit:?}").to_lowercase();
            return Err(Refusal::field("dock", "does_not_fit", detail));
        }
        let is_free = dock.clash(window, self.yard.buffer(), but).is_none();
        Ok((is_free && self.yard.closed_until(name, window).is_none()).then(|| Arc::clone(name)))
    }

    fn taken(&self, booking: &Booking, from: Timestamp, but: Option<AppointmentId>) -> Refusal {
        let latest = from.after(SEARCH_AHEAD);
        let length = minutes(booking.minutes);
        let next = self.yard.first_free(&booking.truck, booking.work, length, from, latest, but);
        let detail = next.map_or_else(
            || "no dock is free then, nor within seven days".to_owned(),
            |(dock, window)| format!("no dock is free then; the first that is: {dock} at {}", window.from),
        );
        Refusal::conflict("appointment.taken", detail)
    }

    pub fn confirm(&mut self, id: AppointmentId) -> Result<(), Refusal> {
        let appointment = self.live(id)?;
        match (appointment.stage, appointment.hold_until, &appointment.dock) {
            (Stage::Held, Some(until), Some(dock)) if self.now < until => {
                let (booking, dock) = (appointment.booking.as_ref().clone(), Arc::clone(dock));
                let window = appointment.window;
                self.happen(DockScheduled { booking, dock, window });
                Ok(())
            }
            (Stage::Held, ..) => Err(Refusal::conflict("appointment.expired", "the hold has run out")),
            (Stage::Displaced, ..) => {
                Err(Refusal::conflict("appointment.displaced", "its place is gone; move it to another time"))
            }
            _ => Ok(()),
        }
    }

    pub fn move_to(
        &mut self,
        id: AppointmentId,
        from: Timestamp,
        dock: Option<&Arc<str>>,
        reason: MoveReason,
    ) -> Result<(), Refusal> {
        let appointment = self.live(id)?;
        if !appointment.stage.is_ahead() {
            return Err(Refusal::conflict("appointment.arrived", "the truck is here; its appointment stays"));
        }
        let here = appointment.dock.as_ref();
        if from == appointment.window.from && here.is_some() && (dock.is_none() || dock == here) {
            return Ok(());
        }
        let booking = Arc::clone(&appointment.booking);
        let (dock, window) = self.exactly(&booking, dock, from, Some(id))?;
        self.reschedule(id, dock, window, reason);
        Ok(())
    }

    pub fn cancel(&mut self, id: AppointmentId) -> Result<(), Refusal> {
        if self.yard.ended_as(id).is_some() && self.yard.appointments.get(id).is_none() {
            return Ok(());
        }
        if self.live(id)?.stage == Stage::InProgress {
            return Err(Refusal::conflict("appointment.in_progress", "work has begun"));
        }
        self.happen(DockReleased { appointment: id, reason: ReleaseReason::Cancelled });
        self.call_waiting();
        Ok(())
    }

    pub fn expire(&mut self, id: AppointmentId) {
        let over = self.yard.appointments.get(id).is_some_and(|appointment| {
            appointment.stage == Stage::Held && appointment.hold_until.is_none_or(|until| until <= self.now)
        });
        if over {
            self.happen(DockReleased { appointment: id, reason: ReleaseReason::Expired });
        }
    }

    pub fn miss(&mut self, id: AppointmentId) {
        let missed = self.yard.appointments.get(id).is_some_and(|appointment| {
            appointment.stage == Stage::Scheduled && appointment.window.from.after(NO_SHOW_AFTER) <= self.now
        });
        if missed {
            self.happen(DockReleased { appointment: id, reason: ReleaseReason::Missed });
            self.call_waiting();
        }
    }

    /// A truck that comes too late for its appointment gets the first place from its arrival on.
    pub fn expect(&mut self, id: AppointmentId, eta: Timestamp) -> Result<(), Refusal> {
        let appointment = self.live(id)?;
        if !appointment.stage.is_ahead() || eta < self.now {
            return Ok(());
        }
        let news = appointment.eta.is_none_or(|known| known.since(eta).max(eta.since(known)) >= ETA_STEP);
        let too_late = appointment.dock.is_some() && eta >= appointment.window.from.after(NO_SHOW_AFTER);
        let booking = Arc::clone(&appointment.booking);
        if news {
            self.happen(TruckExpected { appointment: id, eta });
        }
        if too_late {
            let (length, latest) = (minutes(booking.minutes), eta.after(SEARCH_AHEAD));
            match self.yard.first_free(&booking.truck, booking.work, length, eta, latest, Some(id)) {
                Some((dock, window)) => self.reschedule(id, dock, window, MoveReason::Late),
                None => self.displace(id, MoveReason::Late),
            }
        }
        Ok(())
    }
}
