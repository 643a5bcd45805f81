//! Counts failed logins in memory, by the keyed blind index of what was typed. Known and unknown accounts are counted
//! alike, so that a lock does not tell which of them exists. The durable count of a known account is in its agent.

use crate::agents::Failures;
use kernel::Timestamp;
use moka::sync::Cache;
use parking_lot::Mutex;
use std::sync::Arc;

/// At most so many identifiers are remembered; a failure costs an Argon2 hash, so this is more than an hour of them.
const IDENTIFIERS_MAX: u64 = 100_000;

/// The failures of every identifier that was tried of late.
pub(crate) struct Attempts {
    by_index: Cache<String, Arc<Mutex<Failures>>>,
}

impl Attempts {
    pub(crate) fn new() -> Self {
        Self { by_index: Cache::new(IDENTIFIERS_MAX) }
    }

    /// Until when this login is locked, when it is locked now.
    pub(crate) fn locked_until(&self, index: &str, now: Timestamp) -> Option<Timestamp> {
        self.by_index.get(index)?.lock().locked_until(now)
    }

    /// Counts a failure.
    pub(crate) fn record(&self, index: &str, now: Timestamp) {
        self.by_index.get_with_by_ref(index, Arc::default).lock().record(now);
    }

    /// Forgets the failures: the login succeeded.
    pub(crate) fn forgive(&self, index: &str) {
        self.by_index.invalidate(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::LOGIN_LOCK;

    #[test]
    fn each_identifier_is_counted_for_itself() {
        let attempts = Attempts::new();
        let now = Timestamp::from_millis(1000);
        for _ in 0..10 {
            attempts.record("a", now);
        }
        attempts.record("b", now);
        assert_eq!(attempts.locked_until("a", now), Some(now.after(LOGIN_LOCK)));
        assert_eq!(attempts.locked_until("b", now), None);
        attempts.forgive("a");
        assert_eq!(attempts.locked_until("a", now), None);
    }
}
