//! The near timers in memory, in the order in which they fire; the store holds them all.

use kernel::{StreamRef, Timestamp};
use rustc_hash::FxHashMap;
use std::{collections::BTreeMap, time::Duration};
use store::{TimerChange, TimerRecord};

type Which = (StreamRef, String, String);

/// Timers due before the horizon.
#[derive(Default)]
pub struct TimerQueue {
    order: BTreeMap<(Timestamp, Which), TimerRecord>,
    due: FxHashMap<Which, Timestamp>,
    horizon: Option<Timestamp>,
    /// How many are held at most, give or take; `None`: all before the horizon.
    room: Option<usize>,
}

impl TimerQueue {
    /// Whether what the store holds behind the horizon should be looked at: time comes near to it, or there is room
    /// again after it was drawn in.
    pub fn wants_more(&self, now: Timestamp, near: Duration) -> bool {
        match (self.horizon, self.room) {
            (None, _) => false,
            (Some(horizon), None) => horizon.since(now) < near,
            (Some(_), Some(room)) => self.order.len() <= room / 4,
        }
    }

    /// Replaces all by a page of what the store holds up to a horizon, earliest first, at most `limit`. When the page is
    /// full, the horizon is drawn in to where it is complete. `false` when it is complete nowhere.
    pub fn load_page(&mut self, mut records: Vec<TimerRecord>, horizon: Timestamp, limit: usize) -> bool {
        let last = records.last().filter(|_| records.len() >= limit).map(|last| last.due);
        let Some(last) = last else {
            self.load(records, Some(horizon));
            return true;
        };
        records.retain(|record| record.due < last);
        if records.is_empty() {
            return false;
        }
        self.load(records, Some(last));
        self.room = Some(limit);
        true
    }

    /// Lets go of the latest ones when there are more than fit; the store holds them.
    fn draw_in(&mut self) {
        let Some(room) = self.room else { return };
        if self.order.len() < 2 * room.max(2) {
            return;
        }
        let middle = self.order.keys().nth(self.order.len() / 2).map(|(due, _)| *due);
        let first = self.next_due();
        let Some(middle) = middle.filter(|middle| first.is_some_and(|first| first < *middle)) else { return };
        while let Some(entry) = self.order.last_entry().filter(|entry| entry.key().0 >= middle) {
            let ((_, which), _) = entry.remove_entry();
            self.due.remove(&which);
        }
        self.horizon = Some(middle);
    }

    /// Replaces all by what the store holds before a new horizon.
    pub fn load(&mut self, records: Vec<TimerRecord>, horizon: Option<Timestamp>) {
        self.order.clear();
        self.due.clear();
        (self.horizon, self.room) = (horizon, None);
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
                    self.draw_in();
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

    fn records(dues: &[i64]) -> Vec<TimerRecord> {
        let mut all = TimerQueue::default();
        for (id, due) in dues.iter().enumerate() {
            all.apply(&set(id as u128, *due));
        }
        std::iter::from_fn(|| all.take_due(Timestamp::from_micros(i64::MAX))).collect()
    }

    fn held(queue: &mut TimerQueue) -> Vec<i64> {
        let until = Timestamp::from_micros(i64::MAX);
        std::iter::from_fn(|| queue.take_due(until)).map(|timer| timer.due.micros()).collect()
    }

    #[test]
    fn a_full_page_draws_the_horizon_in_to_where_it_is_complete() {
        let mut queue = TimerQueue::default();
        let (end, near) = (Timestamp::from_micros(1000), Duration::from_micros(100));
        assert!(queue.load_page(records(&[10, 20, 30, 30]), end, 4));
        // 30 may be there more often than on the page.
        assert!(!queue.wants_more(Timestamp::from_micros(0), near));
        queue.apply(&set(9, 30));
        queue.apply(&set(8, 25));
        assert_eq!(held(&mut queue), [10, 20, 25]);
        assert!(queue.wants_more(Timestamp::from_micros(0), near));
        assert!(!queue.load_page(records(&[30, 30]), end, 2));
        assert!(queue.load_page(records(&[30, 30]), end, 4));
        assert!(!queue.wants_more(Timestamp::from_micros(0), near));
        assert!(queue.wants_more(Timestamp::from_micros(901), near));
        assert_eq!(held(&mut queue), [30, 30]);
    }

    #[test]
    fn more_than_fit_are_let_go_from_the_end() {
        let mut queue = TimerQueue::default();
        assert!(queue.load_page(records(&[10, 20, 30, 1000]), Timestamp::from_micros(2000), 4));
        for id in 0..20 {
            queue.apply(&set(100 + id, 40 + i64::try_from(id).unwrap()));
            assert!(queue.order.len() <= 8 && queue.order.len() == queue.due.len());
        }
        let held = held(&mut queue);
        assert_eq!(held[..3], [10, 20, 30]);
        assert!(held.iter().all(|due| Timestamp::from_micros(*due) < queue.horizon.unwrap()));
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
