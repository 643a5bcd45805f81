//! The second shape: listens to committed events, answers with commands and effects.

use crate::{Agent, Recorded, engine::AgentAccess, order::ErasedCommand};
use kernel::{Entropy, Timestamp};
use std::sync::Arc;
use store::StoreError;

/// What a reactor answers.
pub enum Act {
    /// A command to an agent. A refusal is counted and does not stop the other acts.
    Command(ErasedCommand),
    /// A call to the outside, to be made by the [`EffectHandler`](crate::EffectHandler) of this kind.
    Effect {
        /// The handler's kind.
        kind: &'static str,
        /// JSON with what the handler needs; no personal data.
        payload: String,
    },
}

impl Act {
    /// A command to an agent.
    pub fn command<A: Agent>(id: A::Id, command: A::Command) -> Self {
        Self::Command(ErasedCommand::new::<A>(id, command))
    }
}

/// What a reactor may look at. Reading an agent is immediate: the engine holds it or loads it.
pub struct World<'a> {
    pub(crate) now: Timestamp,
    pub(crate) entropy: &'a dyn Entropy,
    pub(crate) agents: &'a mut dyn AgentAccess,
}

impl World<'_> {
    /// The present instant.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Randomness, seeded in simulation.
    #[must_use]
    pub fn entropy(&self) -> &dyn Entropy {
        self.entropy
    }

    /// The state of an agent; `None` when its stream has no events.
    ///
    /// # Errors
    /// [`StoreError`] when it must be loaded and cannot be; the reaction is tried again later.
    pub fn state<A: Agent>(&mut self, id: A::Id) -> Result<Option<Arc<A>>, StoreError> {
        use kernel::TypedId;
        let state = self.agents.state_of(id.stream())?;
        Ok(state.and_then(|state| state.downcast::<A>().ok()))
    }
}

/// Listens to committed events of all streams and answers. Sees each event at least once, in order per stream; its
/// answers commit together with its position, so they take effect once. It keeps no memory of its own: if it needs
/// any, that memory is an agent.
pub trait Reactor: Send {
    /// Unique and stable: its position is stored under it.
    fn name(&self) -> &'static str;
    /// The event types it wants.
    fn listens(&self) -> &'static [&'static str];
    /// Answers one event.
    ///
    /// # Errors
    /// [`StoreError`] when the world cannot be read now; it is called again.
    fn react(&self, event: &Recorded, world: &mut World<'_>) -> Result<Vec<Act>, StoreError>;
}

/// Sees every committed event once it is durable, in log order, on the engine's thread: for in-memory indexes, live
/// fan-out and metrics. Fast and infallible; what it holds is rebuilt at the start.
pub trait Observer: Send + Sync {
    /// One event was committed.
    fn committed(&self, event: &Recorded);
}
