//! What a guard counts.

use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counters of one guard since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Calls made through it.
    pub calls: u64,
    /// Calls that ended well.
    pub succeeded: u64,
    /// Calls that ended in the vendor's error.
    pub failed: u64,
    /// Attempts after the first of their call.
    pub retried: u64,
    /// Attempts that did not answer in time.
    pub timed_out: u64,
    /// Calls refused because the breaker was open.
    pub refused_open: u64,
    /// Calls refused because too many others ran.
    pub refused_busy: u64,
    /// Faults injected.
    pub injected: u64,
    /// Time spent in attempts, in microseconds.
    pub busy_us: u64,
    /// What it cost, in millionths of a euro.
    pub cost_micro_eur: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub(crate) calls: AtomicU64,
    pub(crate) succeeded: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) retried: AtomicU64,
    pub(crate) timed_out: AtomicU64,
    pub(crate) refused_open: AtomicU64,
    pub(crate) refused_busy: AtomicU64,
    pub(crate) injected: AtomicU64,
    pub(crate) busy_us: AtomicU64,
    pub(crate) cost_micro_eur: AtomicU64,
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

impl Meter {
    pub(crate) fn read(&self) -> Counters {
        Counters {
            calls: self.calls.load(Relaxed),
            succeeded: self.succeeded.load(Relaxed),
            failed: self.failed.load(Relaxed),
            retried: self.retried.load(Relaxed),
            timed_out: self.timed_out.load(Relaxed),
            refused_open: self.refused_open.load(Relaxed),
            refused_busy: self.refused_busy.load(Relaxed),
            injected: self.injected.load(Relaxed),
            busy_us: self.busy_us.load(Relaxed),
            cost_micro_eur: self.cost_micro_eur.load(Relaxed),
        }
    }
}
