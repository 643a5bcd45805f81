//! Failed logins within a window, and the lock that too many of them bring. Counts only; no personal data.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// So many failures within [`LOGIN_WINDOW`] lock the login.
pub(crate) const LOGIN_FAILURES_MAX: usize = 10;
/// How long a failure counts.
pub(crate) const LOGIN_WINDOW: Duration = Duration::from_secs(15 * 60);
/// How long a lock holds.
pub(crate) const LOGIN_LOCK: Duration = Duration::from_secs(15 * 60);

/// The failures that still count. Used by the user's agent, which is durable, and by the counter in memory that treats
/// unknown accounts alike.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failures {
    recent: Vec<Timestamp>,
    locked_until: Option<Timestamp>,
}

impl Failures {
    /// Until when the login is locked, when it is locked now.
    pub(crate) fn locked_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.locked_until.filter(|until| now < *until)
    }

    /// Whether nothing counts.
    pub(crate) const fn is_clear(&self) -> bool {
        self.recent.is_empty() && self.locked_until.is_none()
    }

    /// Counts one more. While locked nothing is counted, so that a lock ends however hard somebody knocks.
    pub(crate) fn record(&mut self, now: Timestamp) {
        if self.locked_until(now).is_some() {
            return;
        }
        self.locked_until = None;
        self.recent.retain(|at| now.since(*at) < LOGIN_WINDOW);
        self.recent.push(now);
        if self.recent.len() >= LOGIN_FAILURES_MAX {
            self.recent.clear();
            self.locked_until = Some(now.after(LOGIN_LOCK));
        }
    }

    /// How many failures count now.
    pub(crate) fn count(&self) -> usize {
        self.recent.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn second(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn ten_failures_lock_for_fifteen_minutes_however_hard_somebody_knocks() {
        let mut failures = Failures::default();
        for n in 0..10 {
            assert_eq!(failures.locked_until(second(n)), None, "{n}");
            failures.record(second(n));
        }
        assert_eq!(failures.locked_until(second(10)), Some(second(9 + 900)));
        failures.record(second(500));
        assert_eq!(failures.locked_until(second(908)), Some(second(909)));
        assert_eq!(failures.locked_until(second(909)), None);
        failures.record(second(909));
        assert_eq!((failures.count(), failures.locked_until(second(909))), (1, None));
    }

    #[test]
    fn slow_failures_never_lock() {
        let mut failures = Failures::default();
        for n in 0..1000 {
            failures.record(second(n * 100));
            assert_eq!(failures.locked_until(second(n * 100)), None);
        }
        assert!(failures.count() < LOGIN_FAILURES_MAX);
    }

    proptest! {
        #[test]
        fn a_lock_needs_ten_failures_within_a_window(steps in prop::collection::vec(0_i64..400, 1..200)) {
            let (mut failures, mut now, mut counted) = (Failures::default(), 0, Vec::new());
            for step in steps {
                now += step;
                let was_locked = failures.locked_until(second(now)).is_some();
                failures.record(second(now));
                if !was_locked {
                    counted.push(now);
                }
                if !was_locked && failures.locked_until(second(now)).is_some() {
                    let first = counted[counted.len() - LOGIN_FAILURES_MAX];
                    prop_assert!(now - first < 900);
                    counted.clear();
                }
                prop_assert!(failures.count() < LOGIN_FAILURES_MAX);
            }
        }
    }
}
