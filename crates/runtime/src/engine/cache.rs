//! The agents that are awake: shown to readers on any thread, written by the engine alone.

use super::{State, loader::Kinds};
use dashmap::{DashMap, mapref::entry::Entry};
use kernel::{StreamRef, Timestamp};
use rustc_hash::FxBuildHasher;
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

/// How many agents of each kind are awake.
pub type AgentCensus = BTreeMap<&'static str, u64>;

/// An awake agent.
pub struct Awake {
    pub(crate) state: State,
    pub(crate) version: i64,
    /// The version of the stored snapshot, so that an unchanged agent is not stored again.
    pub(crate) snapshot: i64,
    /// When the state was last known to be the stored one, in microseconds.
    checked: AtomicI64,
    touched: AtomicI64,
}

/// All awake agents.
#[derive(Default)]
pub struct Cache {
    awake: DashMap<StreamRef, Awake, FxBuildHasher>,
    /// Counts what was removed: who read a state before may not put it in the place of a newer one.
    removals: AtomicU64,
}

impl Cache {
    /// The state and version, when the agent is awake. Reading keeps it awake.
    pub fn get(&self, stream: StreamRef, now: Timestamp) -> Option<(State, i64)> {
        let awake = self.awake.get(&stream)?;
        awake.touched.store(now.micros(), Ordering::Relaxed);
        Some((State::clone(&awake.state), awake.version))
    }

    /// When the state was last known to be the stored one.
    pub fn checked(&self, stream: StreamRef) -> Option<Timestamp> {
        self.awake.get(&stream).map(|awake| Timestamp::from_micros(awake.checked.load(Ordering::Relaxed)))
    }

    /// Notes that the state is the stored one at this instant.
    pub fn confirm(&self, stream: StreamRef, now: Timestamp) {
        if let Some(awake) = self.awake.get(&stream) {
            awake.checked.store(now.micros(), Ordering::Relaxed);
        }
    }

    /// Shows a state, unless a newer one is shown already; how far it is ahead of its snapshot.
    pub fn show(
        &self,
        stream: StreamRef,
        state: State,
        version: i64,
        snapshot: Option<i64>,
        now: Timestamp,
    ) -> i64 {
        let (checked, touched) = (AtomicI64::new(now.micros()), AtomicI64::new(now.micros()));
        match self.awake.entry(stream) {
            Entry::Occupied(mut occupied) => {
                if occupied.get().version <= version {
                    let snapshot = snapshot.unwrap_or(occupied.get().snapshot);
                    occupied.insert(Awake { state, version, snapshot, checked, touched });
                }
                occupied.get().version - occupied.get().snapshot
            }
            Entry::Vacant(vacant) => {
                let snapshot = snapshot.unwrap_or(0);
                vacant.insert(Awake { state, version, snapshot, checked, touched });
                version - snapshot
            }
        }
    }

    /// How much was removed so far, for [`Cache::show_read`].
    pub fn removals(&self) -> u64 {
        self.removals.load(Ordering::SeqCst)
    }

    /// Shows a state that a reader has loaded, unless anything was removed since it began.
    pub fn show_read(&self, stream: StreamRef, loaded: (State, i64, i64), removals: u64, now: Timestamp) {
        let (state, version, snapshot) = loaded;
        // Removals are counted before they happen, and this entry is locked: none can come in between.
        if let Entry::Vacant(vacant) = self.awake.entry(stream)
            && self.removals() == removals
        {
            let (checked, touched) = (AtomicI64::new(now.micros()), AtomicI64::new(now.micros()));
            vacant.insert(Awake { state, version, snapshot, checked, touched });
        }
    }

    /// Forgets an agent, whose state may be stale.
    pub fn forget(&self, stream: StreamRef) {
        self.forget_behind(stream, i64::MAX);
    }

    /// Forgets an agent that is behind a version.
    pub fn forget_behind(&self, stream: StreamRef, version: i64) {
        self.awake.remove_if(&stream, |_, awake| {
            let behind = awake.version < version;
            self.removals.fetch_add(u64::from(behind), Ordering::SeqCst);
            behind
        });
    }

    /// Forgets every agent.
    pub fn clear(&self) {
        self.removals.fetch_add(1, Ordering::SeqCst);
        self.awake.clear();
    }

    /// Puts idle agents to sleep and returns those whose state is `worth` events ahead of their snapshot.
    pub fn sleep_idle(&self, now: Timestamp, idle: Duration, worth: i64) -> Vec<(StreamRef, State, i64)> {
        let deadline = now.before(idle).micros();
        let mut changed = Vec::new();
        self.awake.retain(|stream, awake| {
            if awake.touched.load(Ordering::Relaxed) > deadline {
                return true;
            }
            self.removals.fetch_add(1, Ordering::SeqCst);
            if awake.version - awake.snapshot >= worth {
                changed.push((*stream, State::clone(&awake.state), awake.version));
            }
            false
        });
        changed
    }

    /// Notes that a snapshot was stored.
    pub fn note_snapshot(&self, stream: StreamRef, version: i64) {
        if let Some(mut awake) = self.awake.get_mut(&stream) {
            awake.snapshot = awake.snapshot.max(version);
        }
    }

    /// How far the agent is ahead of its snapshot.
    pub fn ahead(&self, stream: StreamRef) -> i64 {
        self.awake.get(&stream).map_or(0, |awake| awake.version - awake.snapshot)
    }

    /// How many are awake, by kind.
    pub fn census(&self, kinds: &Kinds) -> AgentCensus {
        let mut census = AgentCensus::new();
        for entry in &self.awake {
            let prefix = entry.key().prefix;
            *census.entry(kinds.of(prefix).map_or(prefix, |kind| kind.kind())).or_default() += 1;
        }
        census
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Uuid;
    use std::sync::Arc;

    fn stream() -> StreamRef {
        StreamRef { prefix: "shp", id: Uuid::from_u128(7) }
    }

    #[test]
    fn a_stale_state_never_replaces_a_newer_one() {
        let cache = Cache::default();
        let now = Timestamp::from_micros(1);
        cache.show(stream(), Arc::new(2_u8), 2, None, now);
        cache.show(stream(), Arc::new(1_u8), 1, None, now);
        assert_eq!(cache.get(stream(), now).map(|(_, version)| version), Some(2));
    }

    #[test]
    fn a_slow_reader_does_not_bring_back_what_was_overtaken() {
        let cache = Cache::default();
        let now = Timestamp::from_micros(1);
        let begun = cache.removals();
        cache.show(stream(), Arc::new(2_u8), 2, None, now);
        cache.forget(stream());
        cache.show_read(stream(), (Arc::new(1_u8), 1, 0), begun, now);
        assert!(cache.get(stream(), now).is_none());
        cache.show_read(stream(), (Arc::new(2_u8), 2, 0), cache.removals(), now);
        assert_eq!(cache.get(stream(), now).map(|(_, version)| version), Some(2));
    }

    #[test]
    fn idle_agents_sleep_and_changed_ones_are_returned() {
        let cache = Cache::default();
        cache.show(stream(), Arc::new(2_u8), 40, Some(10), Timestamp::from_micros(0));
        let minute = Duration::from_secs(60);
        assert!(cache.sleep_idle(Timestamp::from_micros(30_000_000), minute, 20).is_empty());
        assert_eq!(cache.census(&Kinds::default()).get("shp"), Some(&1));
        let asleep = cache.sleep_idle(Timestamp::from_micros(61_000_000), minute, 20);
        assert_eq!(asleep.iter().map(|(_, _, version)| *version).collect::<Vec<_>>(), [40]);
        assert!(cache.census(&Kinds::default()).is_empty());
    }
}
