//! The engine (skeleton).
use crate::{Agent, Assembly, CommandError, Order, Origin, Receipt, clock::TurnedClock};
use kernel::{Clock, Entropy, StreamRef, Timestamp};
use std::{any::Any, sync::Arc, time::Duration};
use store::{Store, StoreError};

pub trait AgentAccess { fn state_of(&mut self, stream: StreamRef) -> Result<Option<Arc<dyn Any + Send + Sync>>, StoreError>; }
pub trait AgentType: Send + Sync {}
struct Typed<A>(std::marker::PhantomData<fn() -> A>);
impl<A: Agent> AgentType for Typed<A> {}
pub fn agent_type<A: Agent>() -> Arc<dyn AgentType> { Arc::new(Typed::<A>(std::marker::PhantomData)) }

/// Limits and periods of the live runtime.
#[derive(Debug, Clone)]
pub struct RuntimeOptions {
    /// An agent that nobody asked for this long leaves memory (design: 30 min).
    pub idle_after: Duration,
    /// At most so many units in one commit.
    pub batch_limit: usize,
    /// At most so many orders wait; more are refused as overloaded.
    pub queue_limit: usize,
    /// How long [`Wait::Settled`](crate::Wait::Settled) waits at most after the commit.
    pub settle_limit: Duration,
}
impl Default for RuntimeOptions {
    fn default() -> Self {
        Self { idle_after: Duration::from_secs(1800), batch_limit: 512, queue_limit: 100_000, settle_limit: Duration::from_secs(2) }
    }
}

/// The live runtime; clones share it.
#[derive(Clone)]
pub struct Runtime {}

#[allow(clippy::todo, unused_variables, clippy::unused_async, reason = "the body follows")]
impl Runtime {
    /// Rebuilds changed views, loads timers and reactor positions, and starts the engine's thread. Must be called
    /// within a tokio runtime, which runs the effects.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn start(assembly: Assembly, store: Store, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, options: RuntimeOptions) -> Result<Self, StoreError> { todo!() }
    /// Carries out an order.
    ///
    /// # Errors
    /// [`CommandError`].
    pub async fn submit(&self, origin: &Origin, order: Order) -> Result<Receipt, CommandError> { todo!() }
    /// The state of an agent as last acknowledged; `None` when its stream has no events.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn state<A: Agent>(&self, id: A::Id) -> Result<Option<Arc<A>>, StoreError> { todo!() }
    /// The store, for views.
    #[must_use]
    pub fn store(&self) -> &Store { todo!() }
    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> { todo!() }
    /// The randomness.
    #[must_use]
    pub fn entropy(&self) -> &Arc<dyn Entropy> { todo!() }
    /// Shorthand for the clock's present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp { self.clock().now() }
    /// Finishes what is queued, saves snapshots and stops.
    pub async fn stop(&self) { todo!() }
}

/// The same engine under a clock that is turned by hand: single-threaded, in (time, position) order, reproducible.
/// What it does is committed by [`Turned::commit`], one transaction a call.
pub struct Turned {}

#[allow(clippy::todo, unused_variables, reason = "the body follows")]
impl Turned {
    /// # Errors
    /// [`StoreError`].
    pub fn start(assembly: Assembly, store: Store, clock: Arc<TurnedClock>, entropy: Arc<dyn Entropy>) -> Result<Self, StoreError> { todo!() }
    /// Carries out an order and all reactions and embedded effects that follow from it at this instant.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn submit(&mut self, origin: &Origin, order: Order) -> Result<Receipt, CommandError> { todo!() }
    /// The state of an agent, what is not yet committed included.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn state<A: Agent>(&mut self, id: A::Id) -> Result<Option<Arc<A>>, StoreError> { todo!() }
    /// Turns the clock to an instant; on the way every due timer fires at its own instant.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn turn_to(&mut self, instant: Timestamp) -> Result<(), StoreError> { todo!() }
    /// The due instant of the earliest timer or waiting effect.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> { todo!() }
    /// Commits what has happened since the last commit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn commit(&mut self) -> Result<(), StoreError> { todo!() }
    /// The store, for views; it holds what was committed.
    #[must_use]
    pub fn store(&self) -> &Store { todo!() }
}
