//! Counters and health, shared by all clones of a store.

use super::records::{StoreCounters, StoreHealth};
use crate::{Outcome, StoreError};
use parking_lot::RwLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the store counts, and how it fares.
pub struct Counts {
    batches: AtomicU64,
    units: AtomicU64,
    rejected: AtomicU64,
    events: AtomicU64,
    health: RwLock<StoreHealth>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            batches: AtomicU64::new(0),
            units: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            events: AtomicU64::new(0),
            health: RwLock::new(StoreHealth::Connected),
        }
    }
}

impl Counts {
    /// A batch was acknowledged.
    pub fn batch(&self, outcomes: &[Outcome], events: u64) {
        let committed =
            outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Committed { .. })).count() as u64;
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.units.fetch_add(committed, Ordering::Relaxed);
        self.rejected.fetch_add(outcomes.len() as u64 - committed, Ordering::Relaxed);
        self.events.fetch_add(events, Ordering::Relaxed);
    }

    /// What the counters say; the syncs are the database's.
    pub fn counters(&self, syncs: u64) -> StoreCounters {
        StoreCounters {
            batches: self.batches.load(Ordering::Relaxed),
            syncs,
            units: self.units.load(Ordering::Relaxed),
            rejected: self.rejected.load(Ordering::Relaxed),
            events: self.events.load(Ordering::Relaxed),
        }
    }

    /// Learns from the end of a write. On a full disk small writes go through between larger ones that do not: whether it
    /// is over, only a probe says.
    pub fn wrote<T>(&self, result: &Result<T, StoreError>) {
        match result {
            Ok(_) if matches!(*self.health.read(), StoreHealth::ReadOnly(_)) => {}
            _ => self.probed(result),
        }
    }

    /// Learns from the end of a probe.
    pub fn probed<T>(&self, result: &Result<T, StoreError>) {
        match result {
            Ok(_) => self.set(StoreHealth::Connected),
            Err(StoreError::ReadOnly(why)) => self.set(StoreHealth::ReadOnly(why.clone())),
            Err(StoreError::Unavailable(why)) => self.set(StoreHealth::Disconnected(why.clone())),
            Err(StoreError::Defect(_) | StoreError::Open(_)) => {}
        }
    }

    /// Learns from the end of a read: it shows whether the database is there, not whether it takes writes.
    pub fn read<T>(&self, result: &Result<T, StoreError>) {
        match result {
            Ok(_) if matches!(*self.health.read(), StoreHealth::Disconnected(_)) => {
                self.set(StoreHealth::Connected)
            }
            Err(StoreError::Unavailable(why)) => self.set(StoreHealth::Disconnected(why.clone())),
            _ => {}
        }
    }

    fn set(&self, health: StoreHealth) {
        if *self.health.read() == health {
            return;
        }
        match &health {
            StoreHealth::Connected => tracing::info!("the store is usable"),
            StoreHealth::ReadOnly(why) => tracing::error!(%why, "the store is read-only"),
            StoreHealth::Disconnected(why) => tracing::error!(%why, "the store is disconnected"),
        }
        *self.health.write() = health;
    }

    /// How the store fares.
    pub fn health(&self) -> StoreHealth {
        self.health.read().clone()
    }
}
