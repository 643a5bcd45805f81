//! What the facility's operator sets: profile, hours, docks, closures.

use super::{CLOSURES_MAX, DOCKS_MAX, Stage, Yard, plan::Plan};
use crate::rules::{
    calendar::Dock,
    fit::fits,
    hours::{DAY_MINUTES, Zone},
};
use contracts::{
    facility::{
        Arrangement, DockClosed, DockConfigured, DockReopened, DockSpec, DockWork, Equipment, MoveReason,
        VehicleClass, YardArranged, YardSiteWritten,
    },
    profile::FacilityProfileWritten,
    shipment::Window,
};
use kernel::{AppointmentId, Refusal};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// How long a closure may last.
const CLOSURE_MAX: Duration = Duration::from_secs(400 * 86_400);

/// The docks of a new facility: as many as its profile says, numbered, able to do everything that its operator does not
/// take away.
pub(super) fn first_docks(count: u32) -> BTreeMap<Arc<str>, Arc<Dock>> {
    let count = count.min(u32::try_from(DOCKS_MAX).unwrap_or(u32::MAX));
    (1..=count)
        .map(|number| {
            let spec = DockSpec {
                name: number.to_string().into(),
                max_vehicle: VehicleClass::Container,
                max_length_cm: 2525,
                max_height_cm: 450,
                equipment: vec![Equipment::Forklift],
                works: vec![DockWork::Loading, DockWork::Unloading],
                retired: false,
            };
            (Arc::clone(&spec.name), Arc::new(Dock::new(spec)))
        })
        .collect()
}

impl Plan {
    pub fn know(&mut self, profile: &FacilityProfileWritten) {
        if self.yard.site.as_deref() != Some(profile) {
            self.happen(YardSiteWritten(profile.clone()));
            self.look_at_state();
        }
    }

    pub fn arrange(&mut self, arrangement: &Arrangement) -> Result<(), Refusal> {
        check_hours(arrangement)?;
        if *self.yard.arrangement == *arrangement {
            return Ok(());
        }
        self.happen(YardArranged(arrangement.clone()));
        let outside: Vec<AppointmentId> =
            self.movable().filter(|id| !self.yard.is_within_hours(*id)).collect();
        self.rehouse(outside, MoveReason::Facility);
        Ok(())
    }

    /// Appointments with a place whose truck has not come.
    fn movable(&self) -> impl Iterator<Item = AppointmentId> + '_ {
        let ahead = self.yard.appointments.iter().filter(|(_, known)| known.stage.is_ahead());
        ahead.filter(|(_, known)| known.dock.is_some()).map(|(id, _)| id)
    }

    pub fn configure(&mut self, spec: &DockSpec) -> Result<(), Refusal> {
        let known = self.yard.docks.get(&spec.name);
        if known.is_some_and(|dock| dock.spec == *spec) {
            return Ok(());
        }
        if known.is_none() && self.yard.docks.len() >= DOCKS_MAX {
            return Err(Refusal::conflict("facility.too_many_docks", "a facility has at most 2000 docks"));
        }
        self.happen(DockConfigured(spec.clone()));
        let unfit: Vec<AppointmentId> = self.movable().filter(|id| !self.yard.fits_its_dock(*id)).collect();
        self.rehouse(unfit, MoveReason::Closure);
        self.call_waiting();
        Ok(())
    }

    pub fn close(&mut self, docks: &[Arc<str>], window: Window, reason: &str) -> Result<(), Refusal> {
        if window.to <= window.from {
            return Err(Refusal::field("to", "reversed", "must be after `from`"));
        }
        if window.to <= self.now {
            return Err(Refusal::field("to", "in_the_past", "the closure is over already"));
        }
        if window.to.since(window.from) > CLOSURE_MAX {
            return Err(Refusal::field("to", "too_far", "a closure lasts at most 400 days"));
        }
        if let Some(unknown) = docks.iter().find(|name| !self.yard.docks.contains_key(*name)) {
            let detail = format!("the facility has no dock `{unknown}`");
            return Err(Refusal::field("docks", "unknown_dock", detail));
        }
        if self.yard.closures.len() >= CLOSURES_MAX {
            return Err(Refusal::conflict(
                "facility.too_many_closures",
                "a facility has at most 200 closures",
            ));
        }
        let closure = self.yard.last_closure.saturating_add(1);
        self.happen(DockClosed { closure, docks: docks.to_vec(), window, reason: reason.to_owned() });
        let hit: Vec<AppointmentId> = self.movable().filter(|id| self.yard.is_in_closure(*id)).collect();
        self.rehouse(hit, MoveReason::Closure);
        self.look_at_state();
        Ok(())
    }

    pub fn reopen(&mut self, closure: u32) -> Result<(), Refusal> {
        if closure == 0 || closure > self.yard.last_closure {
            return Err(Refusal::not_found("facility.no_such_closure", "there is no such closure"));
        }
        if self.yard.closures.contains_key(&closure) {
            self.happen(DockReopened { closure });
            self.place_displaced();
            self.call_waiting();
        }
        Ok(())
    }

    /// Looks again for places for those that lost theirs.
    pub fn place_displaced(&mut self) {
        let now = self.now;
        let lost = |stage: Stage, from| stage == Stage::Displaced && from > now;
        let mut ids: Vec<AppointmentId> = self
            .yard
            .appointments
            .iter()
            .filter(|(_, known)| lost(known.stage, known.window.from))
            .map(|(id, _)| id)
            .collect();
        ids.sort_by_key(|id| self.yard.appointments.get(*id).map(|known| (known.window.from, *id)));
        ids.truncate(super::plan::MOVES_MAX);
        for id in ids {
            if let Some((dock, window)) = self.yard.other_place(id, now) {
                self.reschedule(id, dock, window, MoveReason::Facility);
            }
        }
    }
}

fn check_hours(arrangement: &Arrangement) -> Result<(), Refusal> {
    if Zone::named(&arrangement.zone).is_none() {
        return Err(Refusal::field("time_zone", "unknown_zone", "must be an IANA name such as Europe/Rome"));
    }
    if arrangement.hours.len() != 7 {
        return Err(Refusal::field("hours", "invalid_length", "must have seven days, Monday first"));
    }
    for (day, spans) in arrangement.hours.iter().enumerate() {
        let field = format!("hours.{day}");
        let mut free_from = 0;
        for span in spans {
            if span.from_minute >= span.to_minute || span.to_minute > DAY_MINUTES {
                return Err(Refusal::field(
                    field,
                    "reversed",
                    "a span ends after it begins, at most at 24:00",
                ));
            }
            if span.from_minute < free_from {
                return Err(Refusal::field(field, "overlapping", "spans stand in order and apart"));
            }
            free_from = span.to_minute;
        }
    }
    Ok(())
}

impl Yard {
    fn is_within_hours(&self, id: AppointmentId) -> bool {
        self.appointments.get(id).is_none_or(|known| {
            let (from, to) = (known.window.from, known.window.to);
            self.open_times(from, to).is_some_and(|open| open.covers(from, to))
        })
    }

    fn fits_its_dock(&self, id: AppointmentId) -> bool {
        self.appointments.get(id).is_none_or(|known| {
            let dock = known.dock.as_ref().and_then(|name| self.docks.get(name));
            dock.is_none_or(|dock| fits(&dock.spec, &known.booking.truck, known.booking.work).is_ok())
        })
    }

    fn is_in_closure(&self, id: AppointmentId) -> bool {
        self.appointments.get(id).is_some_and(|known| {
            known.dock.as_ref().is_some_and(|dock| self.closed_until(dock, known.window).is_some())
        })
    }
}
