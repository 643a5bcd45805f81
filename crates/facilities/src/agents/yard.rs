//! The yard: a facility's docks as interval calendars, its appointments, the trucks in it (annex, section 3).
//!
//! All of a facility is one agent, because what must never happen, two trucks in one slot, is then a question to one
//! state. What is copied for a decision is shared piece by piece: docks one by one, appointments in shelves.

mod appointments;
mod booking;
mod care;
mod evolve;
mod gate;
#[cfg(test)]
mod life_tests;
mod plan;
#[cfg(test)]
mod rule_tests;
mod settings;
mod timers;

pub use appointments::{Appointment, Appointments, Stage};

use crate::rules::calendar::Dock;
use contracts::{
    facility::{
        Arrangement, Booking, CargoCount, DockClosed, DockSpec, MoveReason, YardEvent, YardIssueKind,
    },
    profile::{FacilityProfileWritten, FacilityState},
    shipment::Window,
};
use kernel::{AppointmentId, PersonId, Refusal, Timestamp, UserId, YardId};
use plan::Plan;
use runtime::{Agent, TimerOp};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

/// Docks of a facility.
pub const DOCKS_MAX: usize = 2000;
/// Live appointments of a facility.
pub const APPOINTMENTS_MAX: usize = 50_000;
/// Holds of one carrier at a facility.
pub const HOLDS_MAX: usize = 20;
/// Closures of a facility that are not over.
pub const CLOSURES_MAX: usize = 200;
/// Open issues of a facility.
pub const ISSUES_MAX: usize = 500;
/// A truck that is not there by then does not come (issue 5).
pub const NO_SHOW_AFTER: Duration = Duration::from_secs(15 * 60);
/// A facility that keeps a truck waiting longer hurts its rating (annex, section 3).
pub const DELAY_HURTS_AFTER: Duration = Duration::from_secs(30 * 60);
/// How often a yard with trucks in sight is looked over (annex, section 3).
pub const SWEEP_EVERY: Duration = Duration::from_secs(10 * 60);
/// How far the warning of full docks looks ahead (annex, section 3).
pub const WARN_AHEAD: Duration = Duration::from_secs(2 * 3600);
/// Trucks that are remembered for the rating.
pub const RECORD_MAX: usize = 100;
/// Ended appointments that are remembered, so that a repeated request does nothing.
const ENDED_MAX: usize = 500;

/// How a slot is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Exactly then, kept until it is confirmed.
    Hold,
    /// Exactly then, at once.
    Exactly,
    /// The first free one from then on, at once: how agents book for each other.
    FirstFree,
}

/// What a yard can be asked.
#[derive(Debug, Clone)]
pub enum YardCommand {
    /// The facility's profile was written.
    Know(Box<FacilityProfileWritten>),
    /// Set hours and rules.
    Arrange(Box<Arrangement>),
    /// Add or change a dock; appointments that it takes no longer are moved or displaced.
    Configure(Box<DockSpec>),
    /// Close docks (all when empty) for a time; appointments there are moved or displaced.
    Close {
        /// Which.
        docks: Vec<Arc<str>>,
        /// When.
        window: Window,
        /// A stable code.
        reason: String,
    },
    /// Take a closure back.
    Reopen {
        /// Its number.
        closure: u32,
    },
    /// Book a slot.
    Book {
        /// For what.
        booking: Box<Booking>,
        /// At this dock; at the best one when absent.
        dock: Option<Arc<str>>,
        /// From when on.
        from: Timestamp,
        /// How it is chosen.
        how: How,
    },
    /// Confirm a hold.
    Confirm(AppointmentId),
    /// Move an appointment.
    Move {
        /// Which.
        appointment: AppointmentId,
        /// To when.
        from: Timestamp,
        /// To which dock; the best one when absent.
        dock: Option<Arc<str>>,
        /// Who asks.
        reason: MoveReason,
    },
    /// Cancel one; nothing when it has ended.
    Cancel(AppointmentId),
    /// The time of a hold is over.
    Expire(AppointmentId),
    /// The truck should be there by now.
    Miss(AppointmentId),
    /// A truck's arrival is foreseen: its appointment moves if it comes too late for it.
    Expect {
        /// The appointment.
        appointment: AppointmentId,
        /// When it arrives.
        eta: Timestamp,
    },
    /// A truck is at the gate.
    CheckIn {
        /// The appointment.
        appointment: AppointmentId,
        /// What was counted.
        counted: CargoCount,
        /// What its consignment note says, when there is one.
        consignment: Option<CargoCount>,
    },
    /// Work begins.
    Start(AppointmentId),
    /// Work is done.
    Finish(AppointmentId),
    /// A truck is here longer than is free of charge.
    Detain(AppointmentId),
    /// Something is wrong.
    Report {
        /// What.
        kind: YardIssueKind,
        /// With which appointment.
        appointment: Option<AppointmentId>,
        /// The vault's subject of what was written.
        note: PersonId,
        /// Who says so.
        by: UserId,
    },
    /// Something was settled.
    Resolve {
        /// The issue.
        issue: u32,
        /// By whom.
        by: UserId,
    },
    /// Look the yard over.
    Sweep,
}

/// A facility's yard.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Yard {
    /// The profile; absent until the facility exists.
    pub site: Option<Arc<FacilityProfileWritten>>,
    /// Hours and rules.
    pub arrangement: Arc<Arrangement>,
    /// The docks by their names.
    pub docks: BTreeMap<Arc<str>, Arc<Dock>>,
    /// What is closed and not over, by number.
    pub closures: BTreeMap<u32, DockClosed>,
    /// What has not ended.
    pub appointments: Appointments,
    /// Trucks that wait in the yard.
    pub waiting: Vec<AppointmentId>,
    /// Whether the facility works.
    pub state: FacilityState,
    /// Whether the next two hours were said to be full.
    pub warned: bool,
    /// Of the last trucks that came in time, whether each was kept waiting.
    pub record: VecDeque<bool>,
    /// Issues that are open.
    pub open_issues: BTreeSet<u32>,
    /// What ended last.
    ended: VecDeque<(AppointmentId, Stage)>,
    last_closure: u32,
    last_issue: u32,
    next_sweep: Option<Timestamp>,
}

impl Yard {
    /// The facility's rating, 1 to 5: 5 when none of its last 100 punctual trucks was kept waiting for more than 30 min,
    /// 1 when all were; `None` before the first.
    #[must_use]
    pub fn rating(&self) -> Option<f64> {
        let delayed = self.record.iter().filter(|delayed| **delayed).count();
        (!self.record.is_empty()).then(|| 5.0 - 4.0 * delayed as f64 / self.record.len() as f64)
    }
}

impl Agent for Yard {
    type Id = YardId;
    type Command = YardCommand;
    type Event = YardEvent;
    const KIND: &'static str = "yard";
    const SNAPSHOT: u32 = 1;
    /// A yard with ten thousand appointments is some megabytes.
    const SNAPSHOT_EVERY: i64 = 2000;

    fn decide(&self, command: &YardCommand, now: Timestamp) -> Result<Vec<YardEvent>, Refusal> {
        let mut plan = Plan::new(self, now);
        if let YardCommand::Know(profile) = command {
            plan.know(profile);
            return Ok(plan.events);
        }
        if self.site.is_none() {
            return Err(Refusal::not_found("facility.unknown", "there is no such facility"));
        }
        match command {
            YardCommand::Know(_) => {}
            YardCommand::Arrange(arrangement) => plan.arrange(arrangement)?,
            YardCommand::Configure(spec) => plan.configure(spec)?,
            YardCommand::Close { docks, window, reason } => plan.close(docks, *window, reason)?,
            YardCommand::Reopen { closure } => plan.reopen(*closure)?,
            YardCommand::Book { booking, dock, from, how } => {
                plan.book(booking, dock.as_ref(), *from, *how)?
            }
            YardCommand::Confirm(appointment) => plan.confirm(*appointment)?,
            YardCommand::Move { appointment, from, dock, reason } => {
                plan.move_to(*appointment, *from, dock.as_ref(), *reason)?;
            }
            YardCommand::Cancel(appointment) => plan.cancel(*appointment)?,
            YardCommand::Expire(appointment) => plan.expire(*appointment),
            YardCommand::Miss(appointment) => plan.miss(*appointment),
            YardCommand::Expect { appointment, eta } => plan.expect(*appointment, *eta)?,
            YardCommand::CheckIn { appointment, counted, consignment } => {
                plan.check_in(*appointment, counted, consignment.as_ref())?;
            }
            YardCommand::Start(appointment) => plan.start(*appointment)?,
            YardCommand::Finish(appointment) => plan.finish(*appointment)?,
            YardCommand::Detain(appointment) => plan.detain(*appointment),
            YardCommand::Report { kind, appointment, note, by } => {
                plan.report(*kind, *appointment, *note, *by)?;
            }
            YardCommand::Resolve { issue, by } => plan.resolve(*issue, *by)?,
            YardCommand::Sweep => plan.sweep(),
        }
        Ok(plan.events)
    }

    fn evolve(&mut self, event: &YardEvent, at: Timestamp) {
        self.take_in(event, at);
    }

    fn timers(&self, event: &YardEvent, at: Timestamp) -> Vec<TimerOp> {
        self.timers_of(event, at)
    }

    fn on_timer(name: &str, key: &str) -> Option<YardCommand> {
        timers::command(name, key)
    }

    fn state_name(&self) -> &'static str {
        match (&self.site, self.state) {
            (None, _) => "",
            (Some(_), FacilityState::Operational) => "operational",
            (Some(_), FacilityState::AtCapacity) => "at_capacity",
            (Some(_), FacilityState::Maintenance) => "maintenance",
            (Some(_), FacilityState::Closed) => "closed",
        }
    }
}
