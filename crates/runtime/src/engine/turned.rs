//! The same engine under a clock that is turned by hand: single-threaded, in (time, position) order, reproducible.

use super::{
    core::{Blocking, Core},
    job::{Job, Work},
    live::order_job,
};
use crate::{
    Agent, Assembly, EffectCall, EffectOutcome, TurnedClock,
    order::{CommandError, Order, Origin, Receipt, Wait},
};
use kernel::{Clock, Entropy, Timestamp, TypedId};
use std::{sync::Arc, time::Duration};
use store::{Outcome, Store, StoreError, Unit};
use tokio::{runtime::Handle, sync::oneshot};

/// A reactor that ignores so many events is saved all the same.
const LAG: i64 = 1000;
/// After so many rounds at one instant that changed nothing, something waits for what never comes.
const IDLE_ROUNDS_MAX: u32 = 1000;

/// The turned runtime. What it does is committed by [`Turned::commit`], one transaction a call; until then the engine
/// alone sees it. Its store must be its own: nothing else may write to it.
pub struct Turned {
    core: Core,
    clock: Arc<TurnedClock>,
    units: Vec<Unit>,
    next_position: i64,
}

impl Turned {
    /// Puts the assembly together over a store. Must be called from a blocking thread of a tokio runtime, which
    /// drives a database's connections.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn start(
        assembly: Assembly,
        store: Store,
        clock: Arc<TurnedClock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, StoreError> {
        let blocking = Blocking(Handle::current());
        blocking.on(crate::rebuild::prepare_views(&assembly, &store))?;
        let ticking: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
        let mut core = Core::new(assembly, store, ticking, entropy, blocking, Duration::ZERO);
        core.agents.shared = false;
        core.resume()?;
        let next_position = core.agents.blocking.on(core.agents.store.head())?.position + 1;
        let ends_of_time = Timestamp::from_micros(i64::MAX);
        let timers = core.agents.blocking.on(core.agents.store.timers_due(ends_of_time, u32::MAX))?;
        core.timers.load(timers, None);
        let mut turned = Self { core, clock, units: Vec::new(), next_position };
        while turned.core.is_behind() {
            turned.core.catch_up()?;
            turned.drain()?;
        }
        Ok(turned)
    }

    /// Carries out an order and all reactions and effects that follow from it at this instant.
    ///
    /// # Errors
    /// [`CommandError`].
    pub fn submit(&mut self, origin: &Origin, order: Order) -> Result<Receipt, CommandError> {
        let (reply, mut answer) = oneshot::channel();
        let (cause, order, _) = order_job(origin, order.wait(Wait::Durable), reply, self.clock.now())?;
        self.core.queue.push_back(Job::new(Work::Order(order), cause));
        self.drain()?;
        answer.try_recv().map_err(|_| CommandError::Overloaded)?
    }

    /// The state of an agent, what is not yet committed included; `None` when its stream has no events.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn state<A: Agent>(&mut self, id: A::Id) -> Result<Option<Arc<A>>, StoreError> {
        use super::AgentAccess;
        let state = self.core.agents.state_of(id.stream())?;
        Ok(state.and_then(|state| state.downcast::<A>().ok()))
    }

    /// Turns the clock to an instant; on the way every due timer and waiting effect runs at its own instant.
    ///
    /// # Errors
    /// [`StoreError`]; work that is never done is a defect.
    pub fn turn_to(&mut self, instant: Timestamp) -> Result<(), StoreError> {
        let mut idle_rounds = 0;
        while let Some(due) = self.next_due().filter(|due| *due <= instant) {
            let before = (self.clock.now(), self.units.len(), self.next_position);
            self.clock.turn_to(due);
            self.core.wake_rested(due);
            self.core.effects.wake(due);
            if let Some(timer) = self.core.timers.take_due(due) {
                let job = self.core.timer_job(timer);
                self.core.queue.push_back(job);
            }
            self.drain()?;
            let idle = before == (due, self.units.len(), self.next_position);
            idle_rounds = if idle { idle_rounds + 1 } else { 0 };
            if idle_rounds > IDLE_ROUNDS_MAX {
                return Err(StoreError::Defect(format!("what is due at {due} is never done")));
            }
        }
        self.clock.turn_to(instant);
        Ok(())
    }

    /// The due instant of the earliest timer or waiting effect.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        let rests = self.core.reactors.iter().filter_map(|slot| slot.progress.rests_until()).min();
        [self.core.timers.next_due(), self.core.effects.next_due(), rests].into_iter().flatten().min()
    }

    /// Commits what has happened since the last commit.
    ///
    /// # Errors
    /// [`StoreError`]; a unit that lost is a defect, for nobody else writes.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        let lagging = self.core.lagging(LAG, true);
        if !lagging.is_empty() {
            let job = self.core.positions_job(lagging);
            self.core.process(job);
            self.follow_staged();
        }
        let units = std::mem::take(&mut self.units);
        if units.is_empty() {
            return Ok(());
        }
        let outcomes = self.core.agents.blocking.on(self.core.agents.store.commit(&units))?;
        for outcome in outcomes {
            match outcome {
                Outcome::Committed { .. } => {}
                Outcome::Failed(error) => return Err(error),
                Outcome::Rejected(rejection) => {
                    let what = format!("a unit under the turned clock lost: {rejection:?}");
                    return Err(StoreError::Defect(what));
                }
            }
        }
        let now = self.clock.now();
        for (stream, working) in self.core.agents.overlay.drain() {
            if working.version > 0 {
                self.core.agents.cache.show(stream, working.state, working.version, None, now);
            }
        }
        Ok(())
    }

    /// How many events there are, what is not yet committed included.
    #[must_use]
    pub const fn position(&self) -> i64 {
        self.next_position - 1
    }

    /// The store, for views; it holds what was committed.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.core.agents.store
    }

    /// The clock.
    #[must_use]
    pub const fn clock(&self) -> &Arc<TurnedClock> {
        &self.clock
    }

    /// The randomness.
    #[must_use]
    pub fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.core.entropy
    }

    /// Works until nothing is left to do at this instant.
    fn drain(&mut self) -> Result<(), StoreError> {
        loop {
            while let Some(job) = self.core.queue.pop_front() {
                self.core.process(job);
                self.follow_staged();
            }
            self.core.roots.answers.give();
            if let Some((_, job)) = self.core.postponed.pop_first() {
                let actor = job.cause.actor;
                return Err(StoreError::Defect(format!("work of {actor} failed under the turned clock")));
            }
            let effects = self.core.effects.take_ready();
            if effects.is_empty() {
                return Ok(());
            }
            for (record, root) in effects {
                let outcome = self.call(&record);
                let job = self.core.effect_job(record, outcome, root);
                self.core.queue.push_back(job);
            }
        }
    }

    fn call(&self, record: &store::EffectRecord) -> EffectOutcome {
        let Some(handler) = self.core.handlers.get(record.kind.as_str()) else {
            return EffectOutcome::Retry("no handler for this kind".to_owned());
        };
        let call = EffectCall {
            key: record.id.clone(),
            tenant: record.tenant,
            payload: record.payload.clone(),
            attempt: record.attempts + 1,
            now: self.clock.now(),
        };
        self.core.agents.blocking.on(handler.call(call))
    }

    fn follow_staged(&mut self) {
        for mut staged in std::mem::take(&mut self.core.staged) {
            let unit = std::mem::take(&mut staged.unit);
            let first = self.next_position;
            self.next_position += i64::try_from(unit.events.len()).unwrap_or(0);
            self.core.positions_durable(&unit);
            for (stream, _) in &unit.expected {
                // Nobody else writes: what is staged cannot lose.
                if let Some(working) = self.core.agents.overlay.get_mut(stream) {
                    working.stored = working.version;
                }
            }
            self.core.follow_up(staged, &unit, first, true);
            if !unit.changes_nothing() {
                self.units.push(unit);
            }
        }
    }
}
