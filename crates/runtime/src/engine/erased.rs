//! Agents behind one interface, so that the engine can hold all kinds in one map.

use super::State;
use crate::{Agent, TimerOp};
use contracts::Event;
use kernel::{Refusal, Timestamp, TypedId};
use std::{any::Any, marker::PhantomData, sync::Arc};
use store::{StoreError, StoredEvent};

/// A new event with all that the engine needs of it.
pub struct Fresh {
    pub(crate) type_name: &'static str,
    pub(crate) schema: u32,
    pub(crate) payload: Arc<str>,
    pub(crate) typed: State,
    pub(crate) timers: Vec<TimerOp>,
}

/// What came of a command.
pub struct Decided {
    pub(crate) events: Vec<Fresh>,
    pub(crate) state: State,
    /// The state's names before and after, for metrics.
    pub(crate) transition: (&'static str, &'static str),
}

/// Why a command came to nothing.
pub enum NotDecided {
    /// The agent refused.
    Refused(Refusal),
    /// The code is wrong: a command or state of another type, or an event that JSON cannot hold.
    Defect(String),
}

/// One kind of agent.
pub trait AgentType: Send + Sync {
    /// Its id prefix.
    fn prefix(&self) -> &'static str;
    /// Its name.
    fn kind(&self) -> &'static str;
    /// Its snapshot format.
    fn snapshot_format(&self) -> u32;
    /// How many events it may be ahead of its snapshot.
    fn snapshot_every(&self) -> i64;
    /// The event types it may hold.
    fn event_types(&self) -> &'static [&'static str];
    #[doc(hidden)]
    fn fresh(&self) -> State;
    #[doc(hidden)]
    fn decide(
        &self,
        state: &State,
        command: &(dyn Any + Send + Sync),
        now: Timestamp,
    ) -> Result<Decided, NotDecided>;
    #[doc(hidden)]
    fn replay(&self, state: State, events: &[StoredEvent]) -> Result<State, StoreError>;
    #[doc(hidden)]
    fn decode(&self, event: &StoredEvent) -> Result<State, StoreError>;
    #[doc(hidden)]
    fn read_snapshot(&self, json: &str) -> Option<State>;
    #[doc(hidden)]
    fn write_snapshot(&self, state: &State) -> Option<String>;
    #[doc(hidden)]
    fn timer_command(&self, name: &str, key: &str) -> Option<State>;
}

struct Typed<A>(PhantomData<fn() -> A>);

/// The erased form of an agent's type.
pub fn agent_type<A: Agent>() -> Arc<dyn AgentType> {
    Arc::new(Typed::<A>(PhantomData))
}

fn owned<A: Agent>(state: State) -> Result<Arc<A>, StoreError> {
    state.downcast::<A>().map_err(|_| StoreError::Defect(format!("a state is not a {}", A::KIND)))
}

impl<A: Agent> AgentType for Typed<A> {
    fn prefix(&self) -> &'static str {
        A::Id::PREFIX
    }

    fn kind(&self) -> &'static str {
        A::KIND
    }

    fn snapshot_format(&self) -> u32 {
        A::SNAPSHOT
    }

    fn snapshot_every(&self) -> i64 {
        A::SNAPSHOT_EVERY
    }

    fn event_types(&self) -> &'static [&'static str] {
        A::Event::TYPES
    }

    fn fresh(&self) -> State {
        Arc::new(A::default())
    }

    fn decide(
        &self,
        state: &State,
        command: &(dyn Any + Send + Sync),
        now: Timestamp,
    ) -> Result<Decided, NotDecided> {
        let (Some(agent), Some(command)) = (state.downcast_ref::<A>(), command.downcast_ref::<A::Command>())
        else {
            return Err(NotDecided::Defect(format!("a command or state is not of a {}", A::KIND)));
        };
        let events = agent.decide(command, now).map_err(NotDecided::Refused)?;
        let before = agent.state_name();
        if events.is_empty() {
            return Ok(Decided {
                events: Vec::new(),
                state: Arc::clone(state),
                transition: (before, before),
            });
        }
        let mut after = agent.clone();
        let mut fresh = Vec::with_capacity(events.len());
        for event in events {
            after.evolve(&event, now);
            let payload = event.encode().map_err(|error| NotDecided::Defect(error.to_string()))?;
            fresh.push(Fresh {
                type_name: event.type_name(),
                schema: A::Event::SCHEMA,
                payload: payload.into(),
                timers: after.timers(&event, now),
                typed: Arc::new(event),
            });
        }
        let transition = (before, after.state_name());
        Ok(Decided { events: fresh, state: Arc::new(after), transition })
    }

    fn replay(&self, state: State, events: &[StoredEvent]) -> Result<State, StoreError> {
        let mut agent = owned::<A>(state)?;
        let inner = Arc::make_mut(&mut agent);
        for stored in events {
            let event = decode::<A>(stored)?;
            inner.evolve(&event, stored.meta.time);
        }
        Ok(agent)
    }

    fn decode(&self, event: &StoredEvent) -> Result<State, StoreError> {
        Ok(Arc::new(decode::<A>(event)?))
    }

    fn read_snapshot(&self, json: &str) -> Option<State> {
        serde_json::from_str::<A>(json).ok().map(|agent| Arc::new(agent) as State)
    }

    fn write_snapshot(&self, state: &State) -> Option<String> {
        serde_json::to_string(state.downcast_ref::<A>()?).ok()
    }

    fn timer_command(&self, name: &str, key: &str) -> Option<State> {
        A::on_timer(name, key).map(|command| Arc::new(command) as State)
    }
}

fn decode<A: Agent>(stored: &StoredEvent) -> Result<A::Event, StoreError> {
    A::Event::decode(stored.type_name, stored.schema, &stored.payload)
        .map_err(|error| StoreError::Defect(format!("position {}: {error}", stored.position)))
}
