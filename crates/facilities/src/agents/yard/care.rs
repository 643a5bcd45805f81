//! The look over the yard, every ten minutes while trucks are in sight (annex, section 3).

use super::{
    SWEEP_EVERY, Stage, WARN_AHEAD, Yard,
    gate::delay_of,
    plan::{Plan, minutes},
};
use contracts::{
    facility::{
        CapacityEased, CapacityWarning, DockOverdue, DockReleased, MoveReason, ReleaseReason, YardSwept,
    },
    shipment::Window,
};
use kernel::{AppointmentId, Timestamp};
use std::{sync::Arc, time::Duration};

/// Booked time from which the next two hours count as full, and under which they count as eased.
const FULL_PERMILLE: u16 = 900;
const EASED_PERMILLE: u16 = 800;
/// Gaps that are closed for one truck with another are at least so long.
const GAIN_MIN: Duration = Duration::from_secs(15 * 60);
/// A truck is asked to come earlier this long before at the latest, and no farther ahead than that.
const COMPACT_AHEAD: (Duration, Duration) = (Duration::from_secs(2 * 3600), Duration::from_secs(24 * 3600));
/// A truck without a place that has not come so long after its appointment does not come.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(24 * 3600);
/// Gaps that one look closes.
const COMPACTIONS_MAX: usize = 50;

impl Plan {
    pub fn sweep(&mut self) {
        self.report_overdue();
        self.report_delays();
        self.place_displaced();
        self.release_forgotten();
        self.compact();
        self.call_waiting();
        self.warn_of_full_docks();
        let next = self.yard.next_look(self.now);
        self.happen(YardSwept { next });
    }

    /// Work that takes more than 1.5 times as long as planned: its dock is taken for half as long again, and those that
    /// were to come meanwhile get another place.
    fn report_overdue(&mut self) {
        let overdue: Vec<(AppointmentId, Arc<str>, Window)> = self
            .yard
            .docks
            .values()
            .filter_map(|dock| dock.occupied_by)
            .filter_map(|id| self.yard.appointments.get(id).map(|known| (id, known)))
            .filter(|(_, known)| known.window.to <= self.now)
            .filter(|(_, known)| {
                let allowed = minutes(known.booking.minutes) * 3 / 2;
                known.started_at.is_some_and(|started| self.now.since(started) > allowed)
            })
            .filter_map(|(id, known)| {
                let until = self.now.after(minutes(known.booking.minutes) / 2);
                known.dock.clone().map(|dock| (id, dock, Window { from: known.window.to, to: until }))
            })
            .collect();
        for (id, dock, longer) in overdue {
            let followers = self.yard.followers(&dock, id, longer);
            self.clear(&dock, followers, longer.to);
            self.happen(DockOverdue { appointment: id, expected_until: longer.to });
        }
    }

    /// Moves those who cannot have their slot on a dock that stays taken.
    pub(super) fn clear(&mut self, dock: &Arc<str>, followers: Vec<AppointmentId>, until: Timestamp) {
        for id in followers {
            let Some(known) = self.yard.appointments.get(id) else { continue };
            let booking = Arc::clone(&known.booking);
            let (window, from) = (known.window, known.window.from.max(self.now));
            let elsewhere = self.yard.best_dock(&booking.truck, booking.work, window, Some(id));
            let elsewhere = elsewhere.filter(|other| other != dock && window.from >= self.now);
            let found = elsewhere.map(|other| (other, window)).or_else(|| {
                let latest = from.after(super::plan::SEARCH_AHEAD);
                let length = minutes(booking.minutes);
                // From the end of the overrun on this dock is free again, so that it counts like the others.
                self.yard.first_free(&booking.truck, booking.work, length, until.max(from), latest, Some(id))
            });
            match found {
                Some((dock, window)) => self.reschedule(id, dock, window, MoveReason::Overrun),
                None => self.displace(id, MoveReason::Overrun),
            }
        }
    }

    /// Nobody waits for ever for trucks that lost their place and did not come.
    fn release_forgotten(&mut self) {
        let forgotten: Vec<AppointmentId> =
            self.yard.given_up().filter(|(_, at)| *at <= self.now).map(|(id, _)| id).collect();
        for id in forgotten {
            self.happen(DockReleased { appointment: id, reason: ReleaseReason::Missed });
        }
    }

    fn report_delays(&mut self) {
        let waiting = self.yard.waiting.iter().filter_map(|id| Some((*id, self.yard.appointments.get(*id)?)));
        let delays: Vec<_> = waiting.filter_map(|(id, known)| delay_of(id, known, self.now)).collect();
        for delay in delays {
            self.happen(delay);
        }
    }

    /// Trucks that could come earlier are asked to when that closes a gap on their dock.
    fn compact(&mut self) {
        let (from, to) = (self.now.after(COMPACT_AHEAD.0), self.now.after(COMPACT_AHEAD.1));
        let mut flexible: Vec<(Timestamp, AppointmentId)> = self
            .yard
            .appointments
            .iter()
            .filter(|(_, known)| known.stage == Stage::Scheduled && known.booking.earliest.is_some())
            .filter(|(_, known)| from < known.window.from && known.window.from <= to)
            .map(|(id, known)| (known.window.from, id))
            .collect();
        flexible.sort_unstable();
        for (begins, id) in flexible.into_iter().take(COMPACTIONS_MAX) {
            if let Some((dock, window)) = self.yard.earlier_place(id, from)
                && window.from.after(GAIN_MIN) <= begins
            {
                self.reschedule(id, dock, window, MoveReason::Compaction);
            }
        }
    }

    fn warn_of_full_docks(&mut self) {
        let window = Window { from: self.now, to: self.now.after(WARN_AHEAD) };
        let waiting = u32::try_from(self.yard.waiting.len()).unwrap_or(u32::MAX);
        let Some(booked_permille) = self.yard.booked_permille(window) else { return };
        if !self.yard.warned && booked_permille >= FULL_PERMILLE {
            self.happen(CapacityWarning { window, booked_permille, waiting });
        } else if self.yard.warned && booked_permille < EASED_PERMILLE {
            self.happen(CapacityEased {});
        }
    }
}

impl Yard {
    /// Trucks that have not come and whose slots on a dock touch a window.
    pub(super) fn followers(
        &self,
        dock: &Arc<str>,
        but: AppointmentId,
        window: Window,
    ) -> Vec<AppointmentId> {
        let with_buffer = Window { from: window.from, to: window.to.after(self.buffer()) };
        let dock = self.docks.get(dock).into_iter();
        dock.flat_map(|dock| dock.within(with_buffer))
            .map(|(_, slot)| slot.appointment)
            .filter(|id| *id != but)
            .collect()
    }

    fn earlier_place(&self, id: AppointmentId, from: Timestamp) -> Option<(Arc<str>, Window)> {
        let known = self.appointments.get(id)?;
        let earliest = known.booking.earliest?.max(from);
        let length = minutes(known.booking.minutes);
        let (dock, window) = (known.dock.clone()?, known.window);
        let zone = self.zone()?;
        let open = self.open_times(earliest, window.to)?;
        let first = self.first_on(&dock, &zone, &open, length, (earliest, window.from), Some(id))?;
        (first < window.from).then(|| (dock, Window { from: first, to: first.after(length) }))
    }

    /// How much of the usable docks' open time is booked, in thousandths; `None` when there is none.
    #[must_use]
    pub fn booked_permille(&self, window: Window) -> Option<u16> {
        let open = self.open_times(window.from, window.to)?;
        let open: i64 = open
            .windows()
            .iter()
            .map(|span| (span.to.min(window.to).micros() - span.from.max(window.from).micros()).max(0))
            .sum();
        let (docks, taken) = self
            .usable_docks(window.from)
            .fold((0_i64, 0_i64), |(docks, taken), dock| (docks + 1, taken + dock.taken_micros(window)));
        let all = open.checked_mul(docks).filter(|all| *all > 0)?;
        u16::try_from((taken.saturating_mul(1000) / all).min(1000)).ok()
    }

    /// The appointments without a place, and when each is given up.
    fn given_up(&self) -> impl Iterator<Item = (AppointmentId, Timestamp)> + '_ {
        let lost = self.appointments.iter().filter(|(_, known)| known.stage == Stage::Displaced);
        lost.map(|(id, known)| (id, known.window.to.after(FORGOTTEN_AFTER)))
    }

    /// When the yard is looked over next: soon while a truck is here, else two hours before the next comes.
    fn next_look(&self, now: Timestamp) -> Option<Timestamp> {
        let soon = now.after(SWEEP_EVERY);
        let is_busy = !self.waiting.is_empty() || self.docks.values().any(|dock| dock.occupied_by.is_some());
        let homeless = || {
            self.appointments
                .iter()
                .any(|(_, known)| known.stage == Stage::Displaced && known.window.from > now)
        };
        if is_busy || homeless() {
            return Some(soon);
        }
        let next = self
            .docks
            .values()
            .filter_map(|dock| dock.slots.range(now..).next())
            .map(|(from, _)| *from)
            .min();
        let next = next.map(|from| from.before(WARN_AHEAD).max(soon));
        let edges = self.closures.values().flat_map(|closed| [closed.window.from, closed.window.to]);
        let given_up = self.given_up().map(|(_, at)| at.max(soon)).min();
        edges.filter(|edge| *edge > now).chain(next).chain(given_up).min()
    }
}
