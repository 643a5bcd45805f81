//! The timers of a yard: holds that run out, trucks that do not come, detention, the look over the yard.

use super::{NO_SHOW_AFTER, SWEEP_EVERY, Stage, WARN_AHEAD, Yard, YardCommand};
use contracts::facility::YardEvent;
use kernel::{AppointmentId, Timestamp};
use runtime::TimerOp;
use std::time::Duration;

const HOLD: &str = "hold";
const NO_SHOW: &str = "no_show";
const DETENTION: &str = "detention";
const SWEEP: &str = "sweep";

pub(super) fn command(name: &str, key: &str) -> Option<YardCommand> {
    let appointment = || key.parse().ok();
    match name {
        HOLD => appointment().map(YardCommand::Expire),
        NO_SHOW => appointment().map(YardCommand::Miss),
        DETENTION => appointment().map(YardCommand::Detain),
        SWEEP => Some(YardCommand::Sweep),
        _ => None,
    }
}

fn at(name: &'static str, id: AppointmentId, due: Timestamp) -> TimerOp {
    TimerOp::At { name, key: id.to_string(), due }
}

fn cancel(name: &'static str, id: AppointmentId) -> TimerOp {
    TimerOp::Cancel { name, key: id.to_string() }
}

impl Yard {
    /// Looks the yard over when a truck comes within two hours, and not before ten minutes from now.
    pub(super) fn want_sweep(&mut self, from: Timestamp, at: Timestamp) {
        self.look_by(from.before(WARN_AHEAD).max(at.after(SWEEP_EVERY)));
    }

    /// Looks the yard over then, if not before.
    pub(super) fn look_by(&mut self, wanted: Timestamp) {
        if self.next_sweep.is_none_or(|next| wanted < next) {
            self.next_sweep = Some(wanted);
        }
    }

    /// From when on a truck's stay is charged.
    pub(super) fn charged_from(&self, id: AppointmentId) -> Option<Timestamp> {
        let appointment = self.appointments.get(id)?;
        let counted_from = appointment.arrived_at?.max(appointment.planned);
        let free = u64::from(appointment.booking.minutes) + u64::from(self.arrangement.rules.free_minutes);
        Some(counted_from.after(Duration::from_secs(60 * free)))
    }

    pub(super) fn timers_of(&self, event: &YardEvent, now: Timestamp) -> Vec<TimerOp> {
        let mut ops = match event {
            YardEvent::Held(held) => vec![at(HOLD, held.booking.appointment, held.until)],
            YardEvent::Scheduled(scheduled) => {
                let id = scheduled.booking.appointment;
                vec![cancel(HOLD, id), at(NO_SHOW, id, scheduled.window.from.after(NO_SHOW_AFTER))]
            }
            YardEvent::Rescheduled(moved) => self.timers_of_move(moved.appointment),
            YardEvent::Displaced(displaced) => {
                vec![cancel(HOLD, displaced.appointment), cancel(NO_SHOW, displaced.appointment)]
            }
            YardEvent::Released(released) => {
                [HOLD, NO_SHOW, DETENTION].map(|name| cancel(name, released.appointment)).into()
            }
            YardEvent::CheckedIn(checked_in) => {
                let id = checked_in.appointment;
                let charged = self.charged_from(id).unwrap_or(now);
                vec![cancel(NO_SHOW, id), at(DETENTION, id, charged)]
            }
            YardEvent::Completed(completed) => vec![cancel(DETENTION, completed.appointment)],
            YardEvent::Missing(_) | YardEvent::Swept(_) | YardEvent::Closed(_) => Vec::new(),
            _ => return Vec::new(),
        };
        ops.push(self.next_sweep.map_or_else(
            || TimerOp::cancel(SWEEP),
            |due| TimerOp::At { name: SWEEP, key: String::new(), due },
        ));
        ops
    }

    fn timers_of_move(&self, id: AppointmentId) -> Vec<TimerOp> {
        let Some(appointment) = self.appointments.get(id) else { return Vec::new() };
        match appointment.stage {
            Stage::Scheduled => vec![at(NO_SHOW, id, appointment.window.from.after(NO_SHOW_AFTER))],
            Stage::Waiting => vec![at(DETENTION, id, self.charged_from(id).unwrap_or(appointment.window.to))],
            _ => Vec::new(),
        }
    }
}
