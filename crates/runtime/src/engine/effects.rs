//! The calls to the outside that this process makes; the store holds them all.

use kernel::Timestamp;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;
use store::{EffectRecord, Store, StoreError};

use super::core::Blocking;

/// Calls that are due, read at once beside those already in hand.
const PAGE: u32 = 1000;

/// The calls of this process.
#[derive(Default)]
pub struct Effects {
    /// Those that wait for another attempt, by due time.
    later: BTreeMap<(Timestamp, String), EffectRecord>,
    /// Those that can be called now, with the order that waits for them.
    ready: Vec<(EffectRecord, Option<u64>)>,
    /// Those that were begun and whose result is not committed yet.
    in_hand: FxHashSet<String>,
}

impl Effects {
    /// It can be called now.
    pub fn ready(&mut self, record: EffectRecord, root: Option<u64>) {
        self.ready.push((record, root));
    }

    /// It can be called when it is due.
    pub fn later(&mut self, record: EffectRecord) {
        self.later.insert((record.due, record.id.clone()), record);
    }

    /// Takes up what the store holds as due and nobody has begun.
    pub fn sweep(&mut self, store: &Store, blocking: &Blocking, now: Timestamp) -> Result<(), StoreError> {
        // Those in hand are due, too: they must not hide the others.
        let limit = PAGE.saturating_add(u32::try_from(self.in_hand.len()).unwrap_or(u32::MAX));
        for record in blocking.on(store.effects_due(now, limit))? {
            if !self.in_hand.contains(&record.id) {
                self.ready.push((record, None));
            }
        }
        Ok(())
    }

    /// Moves what has become due to what can be called now.
    pub fn wake(&mut self, now: Timestamp) {
        while let Some(entry) = self.later.first_entry() {
            if entry.key().0 > now {
                break;
            }
            self.ready.push((entry.remove(), None));
        }
    }

    /// When the next one that waits is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.later.first_key_value().map(|((due, _), _)| *due)
    }

    /// Whether nothing can be called now.
    pub fn is_idle(&self) -> bool {
        self.ready.is_empty()
    }

    /// Everything that can be called now.
    pub fn take_ready(&mut self) -> Vec<(EffectRecord, Option<u64>)> {
        std::mem::take(&mut self.ready)
    }

    /// Begins a call; `false` when it was begun already.
    pub fn begin(&mut self, id: &str) -> bool {
        self.in_hand.insert(id.to_owned())
    }

    /// The result is committed, or nobody wants it any more.
    pub fn end(&mut self, id: &str) {
        self.in_hand.remove(id);
    }
}
