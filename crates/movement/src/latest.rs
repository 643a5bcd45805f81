//! Where every driver was last seen, in memory.

use crate::sample::{AGE_MAX, Sample};
use dashmap::{DashMap, Entry};
use kernel::{DriverId, TenantId, Timestamp};
use std::sync::atomic::{AtomicU32, Ordering};

/// Old entries are looked for once in so many changes: the cost of a sweep is divided among them.
const CHANGES_BETWEEN_SWEEPS: u32 = 65_536;

/// A driver's newest position.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The driver's tenant.
    pub tenant: TenantId,
    /// Where and when.
    pub sample: Sample,
}

/// The newest position of each driver. Time never runs backwards for a driver: an older point does not replace a
/// newer one. A position older than a device may report is forgotten, so the map stays as small as the living fleet.
#[derive(Debug, Default)]
pub struct Latest {
    seen: DashMap<DriverId, Seen>,
    changes: AtomicU32,
}

impl Latest {
    /// Takes a position; `true` when it is the newest of its driver.
    pub fn take(&self, driver: DriverId, seen: &Seen, now: Timestamp) -> bool {
        if self.changes.fetch_add(1, Ordering::Relaxed) % CHANGES_BETWEEN_SWEEPS == CHANGES_BETWEEN_SWEEPS - 1
        {
            self.forget_before(now.before(AGE_MAX));
        }
        match self.seen.entry(driver) {
            Entry::Vacant(entry) => {
                entry.insert(seen.clone());
                true
            }
            Entry::Occupied(mut entry) => {
                let newer = seen.sample.at > entry.get().sample.at;
                if newer {
                    entry.insert(seen.clone());
                }
                newer
            }
        }
    }

    /// A driver's newest position, unless it is older than a device may report.
    #[must_use]
    pub fn of(&self, driver: DriverId, now: Timestamp) -> Option<Seen> {
        let seen = self.seen.get(&driver)?;
        (seen.sample.at >= now.before(AGE_MAX)).then(|| seen.clone())
    }

    /// The newest position of every driver of a tenant, unless it is older than a device may report.
    #[must_use]
    pub fn of_tenant(&self, tenant: TenantId, now: Timestamp) -> Vec<(DriverId, Sample)> {
        let oldest = now.before(AGE_MAX);
        let known = self.seen.iter().filter(|seen| seen.tenant == tenant && seen.sample.at >= oldest);
        known.map(|seen| (*seen.key(), seen.sample.clone())).collect()
    }

    /// Forgets what is older than an instant.
    pub fn forget_before(&self, oldest: Timestamp) {
        self.seen.retain(|_, seen| seen.sample.at >= oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Position, TypedId, Uuid};
    use proptest::prelude::*;
    use std::time::Duration;

    fn seen(seconds: i64) -> Seen {
        let position = Position { latitude: 45.0, longitude: seconds as f64 / 1e6 };
        let sample = Sample {
            position,
            at: Timestamp::from_millis(seconds * 1000),
            speed_kmh: None,
            heading: None,
            mocked: None,
        };
        Seen { tenant: TenantId::from_uuid(Uuid::from_u128(1)), sample }
    }

    fn driver(number: u128) -> DriverId {
        DriverId::from_uuid(Uuid::from_u128(number))
    }

    proptest! {
        #[test]
        fn whatever_the_order_the_newest_stays(times in proptest::collection::vec(0_i64..1000, 1..50)) {
            let latest = Latest::default();
            for time in &times {
                latest.take(driver(1), &seen(*time), Timestamp::from_millis(0));
            }
            let newest = times.iter().copied().max().unwrap();
            prop_assert_eq!(latest.of(driver(1), Timestamp::from_millis(0)), Some(seen(newest)));
        }
    }

    #[test]
    fn the_same_point_again_is_not_newer() {
        let latest = Latest::default();
        let now = Timestamp::from_millis(20_000);
        assert!(latest.take(driver(1), &seen(10), now));
        assert!(!latest.take(driver(1), &seen(10), now));
        assert!(latest.take(driver(1), &seen(11), now));
    }

    #[test]
    fn after_seven_days_a_position_is_no_longer_known() {
        let latest = Latest::default();
        let first = Timestamp::from_millis(10_000);
        latest.take(driver(1), &seen(10), first);
        assert!(latest.of(driver(1), first.after(AGE_MAX)).is_some());
        assert!(latest.of(driver(1), first.after(AGE_MAX + Duration::from_secs(1))).is_none());
        latest.forget_before(Timestamp::from_millis(10_001));
        assert!(latest.seen.is_empty());
    }

    #[test]
    fn old_entries_are_swept_while_others_report() {
        let latest = Latest::default();
        latest.take(driver(1), &seen(10), Timestamp::from_millis(10_000));
        let month = 30 * 86_400;
        for change in 1..i64::from(CHANGES_BETWEEN_SWEEPS) {
            latest.take(driver(2), &seen(month + change), Timestamp::from_millis((month + change) * 1000));
        }
        assert_eq!(latest.seen.len(), 1);
    }
}
