//! A dock's calendar: intervals that never overlap.

use contracts::{facility::DockSpec, shipment::Window};
use kernel::{AppointmentId, Timestamp};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// A taken interval; its beginning is its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// When it ends.
    pub until: Timestamp,
    /// For which appointment.
    pub appointment: AppointmentId,
}

/// A dock with its calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dock {
    /// What it is.
    pub spec: DockSpec,
    /// What is taken, by its beginning.
    pub slots: BTreeMap<Timestamp, Slot>,
    /// The truck that stands there, or has been called there.
    pub occupied_by: Option<AppointmentId>,
}

impl Dock {
    /// An empty one.
    #[must_use]
    pub const fn new(spec: DockSpec) -> Self {
        Self { spec, slots: BTreeMap::new(), occupied_by: None }
    }

    /// The end of the last slot that leaves less than `buffer` to the window; `None` when the window is free. The slot
    /// of one appointment can be left out of account.
    #[must_use]
    pub fn clash(&self, window: Window, buffer: Duration, but: Option<AppointmentId>) -> Option<Timestamp> {
        self.slots
            .range(..window.to.after(buffer))
            .rev()
            .take_while(|(_, slot)| slot.until.after(buffer) > window.from)
            .find(|(_, slot)| Some(slot.appointment) != but)
            .map(|(_, slot)| slot.until)
    }

    /// Takes an interval.
    pub fn take(&mut self, window: Window, appointment: AppointmentId) {
        self.slots.insert(window.from, Slot { until: window.to, appointment });
    }

    /// Frees the interval of an appointment that begins then.
    pub fn free(&mut self, from: Timestamp, appointment: AppointmentId) {
        if self.slots.get(&from).is_some_and(|slot| slot.appointment == appointment) {
            self.slots.remove(&from);
        }
    }

    /// The slots that touch a window, in order.
    pub fn within(&self, window: Window) -> impl Iterator<Item = (Timestamp, Slot)> + '_ {
        let before = self.slots.range(..window.from).next_back().map(|(from, _)| *from);
        let first = before.unwrap_or(window.from);
        self.slots
            .range(first..window.to)
            .filter(move |(_, slot)| slot.until > window.from)
            .map(|(from, slot)| (*from, *slot))
    }

    /// Microseconds that are taken within a window.
    #[must_use]
    pub fn taken_micros(&self, window: Window) -> i64 {
        self.within(window)
            .map(|(from, slot)| slot.until.min(window.to).micros() - from.max(window.from).micros())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::facility::{DockWork, VehicleClass};
    use kernel::{TypedId, Uuid};
    use proptest::prelude::*;

    fn dock() -> Dock {
        Dock::new(DockSpec {
            name: "1".into(),
            max_vehicle: VehicleClass::Container,
            max_length_cm: 2000,
            max_height_cm: 450,
            equipment: Vec::new(),
            works: vec![DockWork::Loading],
            retired: false,
        })
    }

    fn window(from: i64, to: i64) -> Window {
        Window { from: Timestamp::from_micros(from), to: Timestamp::from_micros(to) }
    }

    fn appointment(number: u128) -> AppointmentId {
        AppointmentId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn neighbours_touch_but_keep_their_buffer() {
        let mut dock = dock();
        dock.take(window(100, 200), appointment(1));
        assert_eq!(dock.clash(window(200, 300), Duration::ZERO, None), None);
        assert_eq!(dock.clash(window(0, 100), Duration::ZERO, None), None);
        assert_eq!(
            dock.clash(window(209, 300), Duration::from_micros(10), None),
            Some(Timestamp::from_micros(200))
        );
        assert_eq!(dock.clash(window(210, 300), Duration::from_micros(10), None), None);
        assert_eq!(
            dock.clash(window(0, 91), Duration::from_micros(10), None),
            Some(Timestamp::from_micros(200))
        );
        assert_eq!(dock.clash(window(150, 160), Duration::ZERO, Some(appointment(1))), None);
    }

    proptest! {
        /// Against the definition, which looks at every slot.
        #[test]
        fn clashes_and_taken_time_are_those_of_all_slots(
            lengths in prop::collection::vec((1_i64..50, 0_i64..30), 0..20),
            from in 0_i64..1500,
            length in 1_i64..200,
            buffer in 0_u64..40,
        ) {
            let mut dock = dock();
            let mut at = 0;
            let mut all = Vec::new();
            for (number, (length, gap)) in lengths.into_iter().enumerate() {
                dock.take(window(at, at + length), appointment(number as u128));
                all.push((at, at + length));
                at += length + gap;
            }
            let asked = window(from, from + length);
            let room = buffer as i64;
            let near = all.iter().filter(|(a, b)| *a < from + length + room && b + room > from);
            let expected = near.map(|(_, b)| Timestamp::from_micros(*b)).max();
            prop_assert_eq!(dock.clash(asked, Duration::from_micros(buffer), None), expected);
            let taken: i64 = all.iter().map(|(a, b)| (b.min(&(from + length)) - a.max(&from)).max(0)).sum();
            prop_assert_eq!(dock.taken_micros(asked), taken);
        }
    }
}
