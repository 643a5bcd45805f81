//! What the runtime counts about itself, for metrics and the health page.

use parking_lot::Mutex;
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Upper bounds of the histogram's buckets for deciding one command, in seconds.
pub const DECIDE_BUCKETS: [f64; 8] = [1e-6, 5e-6, 1e-5, 5e-5, 1e-4, 1e-3, 1e-2, 1e-1];

/// The durations of deciding the commands of one kind of agent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DecideTimes {
    /// Counts by bucket of [`DECIDE_BUCKETS`] (not cumulative), and one more for the rest.
    pub buckets: [u64; 9],
    /// The sum in seconds.
    pub sum: f64,
}

/// Counters of the runtime.
#[derive(Default)]
pub struct Meter {
    times: Mutex<BTreeMap<&'static str, DecideTimes>>,
    transitions: Mutex<BTreeMap<(&'static str, &'static str, &'static str), u64>>,
    failures: Mutex<BTreeMap<&'static str, u64>>,
    unreadable: Mutex<BTreeMap<&'static str, i64>>,
    refusals: AtomicU64,
    /// Orders in the queue.
    pub(crate) waiting: AtomicU64,
    /// The engine's last sign of life, in microseconds.
    pub(crate) alive: AtomicI64,
    /// When the log was last followed to its end, in microseconds; only where others write to it as well.
    pub(crate) followed: AtomicI64,
}

impl Meter {
    #[expect(clippy::disallowed_methods, reason = "measures how long deciding takes")]
    pub(crate) fn begin(&self) -> Instant {
        Instant::now()
    }

    pub(crate) fn decided(&self, kind: &'static str, begun: Instant) {
        let seconds = begun.elapsed().as_secs_f64();
        let bucket =
            DECIDE_BUCKETS.iter().position(|bound| seconds <= *bound).unwrap_or(DECIDE_BUCKETS.len());
        let mut times = self.times.lock();
        let times = times.entry(kind).or_default();
        times.buckets[bucket] += 1;
        times.sum += seconds;
    }

    pub(crate) fn moved(&self, kind: &'static str, (from, to): (&'static str, &'static str)) {
        if from != to {
            *self.transitions.lock().entry((kind, from, to)).or_default() += 1;
        }
    }

    pub(crate) fn failed(&self, what: &'static str) {
        *self.failures.lock().entry(what).or_default() += 1;
    }

    /// A reader stands before an event that it cannot decode.
    pub(crate) fn stands_before(&self, reader: &'static str, position: i64) {
        self.unreadable.lock().insert(reader, position);
    }

    /// A reader has come past whatever it could not decode.
    pub(crate) fn came_past(&self, reader: &'static str) {
        self.unreadable.lock().remove(reader);
    }

    pub(crate) fn refused(&self) {
        self.refusals.fetch_add(1, Ordering::Relaxed);
    }

    /// Commands of reactions, timers and effects that an agent refused.
    pub fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::Relaxed)
    }

    /// Durations by kind of agent (`agent_message_processing_duration_seconds`).
    pub fn decide_times(&self) -> BTreeMap<&'static str, DecideTimes> {
        self.times.lock().clone()
    }

    /// Transitions by (kind, from, to) (`agent_state_transitions_total`).
    pub fn transitions(&self) -> BTreeMap<(&'static str, &'static str, &'static str), u64> {
        self.transitions.lock().clone()
    }

    /// Failures by reactor, or `effect` (gone to the dead letters), `work`, `commit`, `unit` (refused by the database),
    /// `log` (cannot be read), `observer` and `engine` (panicked).
    pub fn failures(&self) -> BTreeMap<&'static str, u64> {
        self.failures.lock().clone()
    }

    /// Who stands before an event that this version cannot decode, and at which position: reactors by name, `log` for
    /// what follows other processes, `subscribers` for those who resume a topic. Nothing is lost: they go on from there
    /// once a version that can decode it runs.
    pub fn unreadable(&self) -> BTreeMap<&'static str, i64> {
        self.unreadable.lock().clone()
    }

    /// Orders that wait in the queue.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// How long nothing has been heard of the log.
    pub(crate) fn unheard_for(&self, now: kernel::Timestamp) -> Duration {
        now.since(kernel::Timestamp::from_micros(self.followed.load(Ordering::Relaxed)))
    }

    /// How long the engine has not shown a sign of life.
    pub fn silent_for(&self, now: kernel::Timestamp) -> Duration {
        now.since(kernel::Timestamp::from_micros(self.alive.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_kept_by_name() {
        let meter = Meter::default();
        meter.decided("shipment", meter.begin());
        meter.moved("shipment", ("requested", "bidding"));
        meter.moved("shipment", ("bidding", "bidding"));
        meter.failed("bidder");
        assert_eq!(meter.decide_times()["shipment"].buckets.iter().sum::<u64>(), 1);
        assert_eq!(meter.transitions(), BTreeMap::from([(("shipment", "requested", "bidding"), 1)]));
        assert_eq!(meter.failures(), BTreeMap::from([("bidder", 1)]));
    }
}
