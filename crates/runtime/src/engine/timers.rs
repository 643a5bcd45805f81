//! The near timers in memory, in the order in which they fire; the store holds them all.

use kernel::{StreamRef, Timestamp};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use store::{TimerChange, TimerRecord};

type Which = (StreamRef, String, String);

/// Timers due before the horizon.
#[derive(Default)]
pub struct TimerQueue {
    order: BTreeMap<(Timestamp, Which), TimerRecord>,
    due: FxHashMap<Which, Timestamp>,
    horizon: Option<Timestamp>,
}

impl TimerQueue {
    /// Up to where timers are held; `None`: all of them.
    pub const fn horizon(&self) -> Option<Timestamp> {
        self.horizon
    }

    /// Replaces all by what the store holds before a new horizon.
    pub fn load(&mut self, records: Vec<TimerRecord>, horizon: Option<Timestamp>) {
        self.order.clear();
        self.due.clear();
        self.horizon = horizon;
        for record in records {
            self.insert(record);
        }
    }

    /// Follows a committed change.
    pub fn apply(&mut self, change: &TimerChange) {
        match change {
            TimerChange::Set { stream, tenant, name, key, due, correlation } => {
                self.remove(&(*stream, (*name).to_owned(), key.clone()));
                if self.horizon.is_none_or(|horizon| *due < horizon) {
                    self.insert(TimerRecord {
                        stream: *stream,
                        tenant: *tenant,
                        name: (*name).to_owned(),
                        key: key.clone(),
                        due: *due,
                        correlation: *correlation,
                    });
                }
            }
            TimerChange::Cancel { stream, name, key } => {
                self.remove(&(*stream, (*name).to_owned(), key.clone()));
            }
        }
    }

    /// The earliest due instant.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.order.first_key_value().map(|((due, _), _)| *due)
    }

    /// Takes the earliest timer that is due.
    pub fn take_due(&mut self, now: Timestamp) -> Option<TimerRecord> {
        if self.next_due()? > now {
            return None;
        }
        let ((_, which), record) = self.order.pop_first()?;
        self.due.remove(&which);
        Some(record)
    }

    /// Puts back a timer whose firing could not be committed.
    pub fn insert(&mut self, record: TimerRecord) {
        let which = (record.stream, record.name.clone(), record.key.clone());
        self.due.insert(which.clone(), record.due);
        self.order.insert((record.due, which), record);
    }

    fn remove(&mut self, which: &Which) {
        if let Some(due) = self.due.remove(which) {
            self.order.remove(&(due, which.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{RequestId, TenantId, TypedId, Uuid};

    fn set(id: u128, due: i64) -> TimerChange {
        TimerChange::Set {
            stream: StreamRef { prefix: "shp", id: Uuid::from_u128(id) },
            tenant: TenantId::from_uuid(Uuid::nil()),
            name: "window",
            key: String::new(),
            due: Timestamp::from_micros(due),
            correlation: RequestId::from_uuid(Uuid::nil()),
        }
    }

    #[test]
    fn timers_fire_in_order_and_a_moved_one_fires_once() {
        let mut queue = TimerQueue::default();
        queue.apply(&set(1, 30));
        queue.apply(&set(2, 20));
        queue.apply(&set(1, 10));
        let fired: Vec<i64> = std::iter::from_fn(|| queue.take_due(Timestamp::from_micros(100)))
            .map(|t| t.due.micros())
            .collect();
        assert_eq!(fired, [10, 20]);
    }

    #[test]
    fn beyond_the_horizon_nothing_is_held() {
        let mut queue = TimerQueue::default();
        queue.load(Vec::new(), Some(Timestamp::from_micros(50)));
        queue.apply(&set(1, 50));
        assert_eq!(queue.next_due(), None);
        queue.apply(&set(2, 49));
        assert_eq!(queue.next_due(), Some(Timestamp::from_micros(49)));
    }
}
