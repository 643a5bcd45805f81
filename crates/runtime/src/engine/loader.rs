//! Brings agents into memory: the newest snapshot of the present format, then the events after it.

use super::{State, cache::Cache, erased::AgentType};
use crate::Recorded;
use kernel::{StreamRef, Timestamp};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use store::{Store, StoreError, StoredEvent};

/// Immediate access to agents' states, for reactors.
pub trait AgentAccess {
    /// The state; `None` when the stream has no events.
    fn state_of(&mut self, stream: StreamRef) -> Result<Option<State>, StoreError>;
}

/// All kinds of agents, by prefix.
#[derive(Clone, Default)]
pub struct Kinds(Arc<FxHashMap<&'static str, Arc<dyn AgentType>>>);

impl Kinds {
    /// Registers all kinds.
    pub fn new(agents: Vec<Arc<dyn AgentType>>) -> Self {
        Self(Arc::new(agents.into_iter().map(|agent| (agent.prefix(), agent)).collect()))
    }

    /// The kind of a prefix.
    pub fn of(&self, prefix: &str) -> Result<&Arc<dyn AgentType>, StoreError> {
        self.0.get(prefix).ok_or_else(|| StoreError::Defect(format!("no agent has the prefix `{prefix}`")))
    }

    /// Whether an agent so many events ahead of its snapshot is stored again.
    pub fn is_worth_storing(&self, stream: StreamRef, ahead: i64) -> bool {
        self.of(stream.prefix).is_ok_and(|kind| ahead >= kind.snapshot_every())
    }

    /// A stored event in its decoded form, by the kind of its stream.
    pub fn recorded(&self, stored: &StoredEvent) -> Result<Recorded, StoreError> {
        Ok(Recorded {
            position: stored.position,
            stream: stored.stream,
            version: stored.version,
            tenant: stored.tenant,
            type_name: stored.type_name,
            payload: Arc::clone(&stored.payload),
            meta: stored.meta.clone(),
            typed: self.of(stored.stream.prefix)?.decode(stored)?,
            own: false,
        })
    }
}

/// Reads one agent from the store: its state, its version (0 for a stream without events) and its snapshot's version.
pub async fn load(kinds: &Kinds, store: &Store, stream: StreamRef) -> Result<(State, i64, i64), StoreError> {
    let kind = kinds.of(stream.prefix)?;
    let stored = store.snapshot(stream, kind.snapshot_format()).await?;
    let restored = stored.and_then(|snapshot| Some((kind.read_snapshot(&snapshot.state)?, snapshot.version)));
    let (state, snapshot) = restored.unwrap_or_else(|| (kind.fresh(), 0));
    let events = store.read_stream(stream, snapshot).await?;
    let version = events.last().map_or(snapshot, |event| event.version);
    Ok((kind.replay(state, &events)?, version, snapshot))
}

/// The agent as shown to readers; loads it when it sleeps.
pub async fn read(
    kinds: &Kinds,
    store: &Store,
    cache: &Cache,
    stream: StreamRef,
    now: Timestamp,
) -> Result<Option<(State, i64)>, StoreError> {
    if let Some(found) = cache.get(stream, now) {
        return Ok(Some(found));
    }
    let removals = cache.removals();
    let (state, version, snapshot) = load(kinds, store, stream).await?;
    if version == 0 {
        return Ok(None);
    }
    cache.show_read(stream, (State::clone(&state), version, snapshot), removals, now);
    Ok(Some((state, version)))
}
