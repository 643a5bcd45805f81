//! All guards of the process: listed, reset and disturbed by name.

use crate::{Breaker, Counters, Faults, Guard, Policy};
use kernel::Timestamp;
use parking_lot::RwLock;
use serde::Serialize;
use std::sync::Arc;

/// How one guard stands, as `/metrics/circuit_breakers` lists it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GuardStatus {
    /// The port's name.
    pub name: String,
    /// 0 closed, 1 half-open, 2 open.
    pub state: u8,
    /// The same for people.
    pub state_name: &'static str,
    /// Failures in a row.
    pub failures: u32,
    /// How often the breaker opened.
    pub times_opened: u64,
    /// Whole seconds until calls are tried again, rounded up; 0 unless it is open.
    pub retry_after_seconds: u64,
    /// When the state last changed, RFC 3339; `None` when it never did.
    pub changed_at: Option<String>,
    /// The faults that are injected now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faults: Option<Faults>,
    /// Its counters.
    pub counters: Counters,
}

impl GuardStatus {
    pub(crate) fn of(
        name: &str,
        breaker: &Breaker,
        faults: Option<Faults>,
        counters: Counters,
        now: Timestamp,
    ) -> Self {
        let wait = breaker.open_until().map_or(0, |until| until.since(now).as_micros().div_ceil(1_000_000));
        Self {
            name: name.to_owned(),
            state: breaker.state() as u8,
            state_name: breaker.state().name(),
            failures: breaker.failures(),
            times_opened: breaker.times_opened(),
            retry_after_seconds: u64::try_from(wait).unwrap_or(u64::MAX),
            changed_at: breaker.changed_at().map(|time| time.to_string()),
            faults,
            counters,
        }
    }
}

/// All guards; clones share the list.
#[derive(Clone, Default)]
pub struct Registry(Arc<RwLock<Vec<Guard>>>);

impl Registry {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a guard; one of the same name is replaced.
    pub fn add(&self, guard: &Guard) {
        let mut guards = self.0.write();
        guards.retain(|known| known.name() != guard.name());
        guards.push(guard.clone());
        guards.sort_by(|a, b| a.name().cmp(b.name()));
    }

    /// How they stand, by name.
    #[must_use]
    pub fn list(&self) -> Vec<GuardStatus> {
        self.0.read().iter().map(Guard::status).collect()
    }

    /// Closes a breaker; `false` when there is none of this name.
    #[must_use = "look whether there is such a breaker"]
    pub fn reset(&self, name: &str) -> bool {
        self.with(name, Guard::reset)
    }

    /// Switches a port's faults; `false` when there is none of this name.
    #[must_use = "look whether there is such a port"]
    pub fn inject(&self, name: &str, faults: Option<Faults>) -> bool {
        self.with(name, |guard| guard.inject(faults))
    }

    /// Changes how the calls of all ports are guarded, see [`Guard::configure`].
    pub fn configure(&self, change: impl Fn(&mut Policy)) {
        for guard in self.0.read().iter() {
            guard.configure(&change);
        }
    }

    fn with(&self, name: &str, act: impl FnOnce(&Guard)) -> bool {
        let guards = self.0.read();
        let found = guards.iter().find(|guard| guard.name() == name);
        found.map(act).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BreakerPolicy, GuardError, RetryPolicy, Retryable};
    use kernel::{Clock, SeededEntropy};

    struct Still;
    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(0)
        }
    }

    #[derive(Debug)]
    struct Down;
    impl Retryable for Down {
        fn retryable(&self) -> bool {
            true
        }
    }

    fn guard(name: &str) -> Guard {
        let breaker = BreakerPolicy { failures: 1, ..BreakerPolicy::default() };
        let policy = Policy { retry: RetryPolicy::NONE, breaker, ..Policy::default() };
        Guard::new(name, policy, Arc::new(Still), Arc::new(SeededEntropy::new(1)))
    }

    #[tokio::test]
    async fn breakers_are_listed_and_reset_by_name() {
        let registry = Registry::new();
        let hume = guard("hume");
        registry.add(&hume);
        registry.add(&guard("dat"));
        assert!(matches!(hume.call(|| async { Err::<(), _>(Down) }).await, Err(GuardError::Failed(Down))));
        let listed: Vec<_> = registry.list().into_iter().map(|status| (status.name, status.state)).collect();
        assert_eq!(listed, [("dat".to_owned(), 0), ("hume".to_owned(), 2)]);
        assert_eq!(registry.list()[1].retry_after_seconds, 30);
        assert!(registry.reset("hume") && !registry.reset("nobody"));
        assert_eq!(registry.list()[1].state, 0);
        assert!(registry.inject("dat", Some(Faults { error_rate: 1.0, ..Faults::default() })));
        let json = serde_json::to_value(&registry.list()[0]).unwrap();
        assert_eq!((&json["state_name"], &json["faults"]["error_rate"]), (&"closed".into(), &1.0.into()));
    }

    #[tokio::test]
    async fn what_is_configured_holds_for_the_next_call() {
        let registry = Registry::new();
        let hume = guard("hume");
        registry.add(&hume);
        registry.configure(|policy| {
            policy.breaker.failures = 2;
            policy.breaker.open_for = std::time::Duration::from_secs(7);
            policy.retry.attempts = 2;
        });
        // Two attempts of one call are the two failures that open it now.
        let attempts = std::sync::atomic::AtomicU32::new(0);
        let failing = || async {
            attempts.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            Err::<(), _>(Down)
        };
        assert!(matches!(hume.call(failing).await, Err(GuardError::Failed(Down))));
        assert_eq!(attempts.into_inner(), 2);
        let status = &registry.list()[0];
        assert_eq!((status.state_name, status.retry_after_seconds), ("open", 7));
    }
}
