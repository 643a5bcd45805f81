//! What has been booked and has not ended.

use contracts::{facility::Booking, shipment::Window};
use kernel::{AppointmentId, Timestamp, TypedId};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// Where an appointment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Kept for a carrier that has not confirmed.
    Held,
    /// The truck is expected.
    Scheduled,
    /// It lost its place; a person must find one.
    Displaced,
    /// The truck waits in the yard.
    Waiting,
    /// The truck may drive to its dock.
    Called,
    /// Work goes on.
    InProgress,
    /// Work is done.
    Completed,
    /// It was cancelled.
    Cancelled,
    /// It was not confirmed in time.
    Expired,
    /// The truck did not come.
    Missed,
}

impl Stage {
    /// All stages.
    pub const ALL: [Self; 10] = [
        Self::Held,
        Self::Scheduled,
        Self::Displaced,
        Self::Waiting,
        Self::Called,
        Self::InProgress,
        Self::Completed,
        Self::Cancelled,
        Self::Expired,
        Self::Missed,
    ];

    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Scheduled => "scheduled",
            Self::Displaced => "displaced",
            Self::Waiting => "waiting",
            Self::Called => "called",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Missed => "missed",
        }
    }

    /// Whether the truck has not come yet, so that its appointment may move.
    #[must_use]
    pub const fn is_ahead(self) -> bool {
        matches!(self, Self::Held | Self::Scheduled | Self::Displaced)
    }

    /// Whether the truck is at a dock, or on its way to it.
    #[must_use]
    pub const fn is_at_dock(self) -> bool {
        matches!(self, Self::Called | Self::InProgress)
    }
}

/// An appointment that has not ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Appointment {
    /// For what.
    pub booking: Arc<Booking>,
    /// At which dock; none while it has no place.
    pub dock: Option<Arc<str>>,
    /// When the dock is taken for it; while it has no place, when it was to be.
    pub window: Window,
    /// When work was to begin, before the truck was called.
    pub planned: Timestamp,
    /// Where it stands.
    pub stage: Stage,
    /// Until when it is held.
    pub hold_until: Option<Timestamp>,
    /// When the truck is thought to arrive.
    pub eta: Option<Timestamp>,
    /// When it arrived.
    pub arrived_at: Option<Timestamp>,
    /// When work began.
    pub started_at: Option<Timestamp>,
    /// Whether it was reported that the facility keeps it waiting.
    pub delayed: bool,
}

/// Shelves, so that a decision copies one of them and not all.
const SHELVES: usize = 64;

type Shelf = BTreeMap<AppointmentId, Appointment>;

/// All appointments that have not ended.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Appointments {
    shelves: Vec<Arc<Shelf>>,
    count: usize,
}

/// The last bits of an id are random, or counted.
fn shelf_of(id: AppointmentId) -> usize {
    (id.uuid().as_u128() % SHELVES as u128) as usize
}

impl Appointments {
    /// One of them.
    #[must_use]
    pub fn get(&self, id: AppointmentId) -> Option<&Appointment> {
        self.shelves.get(shelf_of(id))?.get(&id)
    }

    /// One of them, to be changed.
    pub(super) fn get_mut(&mut self, id: AppointmentId) -> Option<&mut Appointment> {
        let shelf = self.shelves.get_mut(shelf_of(id))?;
        if shelf.contains_key(&id) { Arc::make_mut(shelf).get_mut(&id) } else { None }
    }

    pub(super) fn insert(&mut self, id: AppointmentId, appointment: Appointment) {
        if self.shelves.is_empty() {
            self.shelves = vec![Arc::default(); SHELVES];
        }
        if let Some(shelf) = self.shelves.get_mut(shelf_of(id)) {
            let before = Arc::make_mut(shelf).insert(id, appointment);
            self.count += usize::from(before.is_none());
        }
    }

    pub(super) fn remove(&mut self, id: AppointmentId) -> Option<Appointment> {
        let shelf = self.shelves.get_mut(shelf_of(id))?;
        let removed = if shelf.contains_key(&id) { Arc::make_mut(shelf).remove(&id) } else { None };
        self.count -= usize::from(removed.is_some());
        removed
    }

    /// How many.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// All of them, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (AppointmentId, &Appointment)> {
        self.shelves.iter().flat_map(|shelf| shelf.iter().map(|(id, appointment)| (*id, appointment)))
    }
}
