//! Deciding: from a job to a staged unit, on copies of the agents' states.

use super::{
    State,
    cache::Cache,
    draft::Draft,
    job::{Cause, Job, OrderJob, Staged, Work, Working},
    loader::{AgentAccess, Kinds, load},
    roots::Roots,
    slot::ReactorSlot,
    timers::TimerQueue,
};
use crate::{
    Assembly, EffectHandler, EffectOutcome, Observer, Recorded, View,
    health::Meter,
    order::{CommandError, ErasedCommand, Receipt},
};
use kernel::{Clock, Entropy, StreamRef, Timestamp, TypedId};
use rustc_hash::FxHashMap;
use std::{
    collections::{BTreeMap, VecDeque},
    pin::pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, Waker},
    time::Duration,
};
use store::{Claim, EffectChange, EffectRecord, Store, StoreError, Unit};
use tokio::runtime::Handle;
use tracing::Span;

/// Waits for the store on the engine's own thread. SQLite answers at the first poll, without the async runtime.
#[derive(Clone)]
pub struct Blocking(pub Handle);

impl Blocking {
    /// Runs a future to its end.
    pub fn on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        match future.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => self.0.block_on(future),
        }
    }
}

/// Agents as the batch under way sees them.
pub struct Agents {
    pub kinds: Kinds,
    pub store: Store,
    pub cache: Arc<Cache>,
    pub overlay: FxHashMap<StreamRef, Working>,
    pub blocking: Blocking,
    pub clock: Arc<dyn Clock>,
}

impl Agents {
    pub(super) fn working(&mut self, stream: StreamRef) -> Result<&mut Working, StoreError> {
        if !self.overlay.contains_key(&stream) {
            let now = self.clock.now();
            let (state, version) = match self.cache.get(stream, now) {
                Some(found) => found,
                None => {
                    let (state, version, snapshot) =
                        self.blocking.on(load(&self.kinds, &self.store, stream))?;
                    if version > 0 {
                        self.cache.show(stream, State::clone(&state), version, Some(snapshot), now);
                    }
                    (state, version)
                }
            };
            self.overlay.insert(stream, Working { state, version });
        }
        self.overlay.get_mut(&stream).ok_or_else(|| StoreError::Defect("an agent vanished".to_owned()))
    }
}

impl AgentAccess for Agents {
    fn state_of(&mut self, stream: StreamRef) -> Result<Option<State>, StoreError> {
        let working = self.working(stream)?;
        Ok((working.version > 0).then(|| State::clone(&working.state)))
    }
}

/// The engine's heart, shared by the live and the turned runtime.
pub struct Core {
    pub agents: Agents,
    pub views: Vec<View>,
    pub reactors: Vec<ReactorSlot>,
    listeners: FxHashMap<&'static str, Vec<usize>>,
    pub observers: Vec<Arc<dyn Observer>>,
    pub handlers: FxHashMap<&'static str, Arc<dyn EffectHandler>>,
    pub entropy: Arc<dyn Entropy>,
    pub meter: Arc<Meter>,
    pub staged: Vec<Staged>,
    pub queue: VecDeque<Job>,
    /// Work that failed for want of the store and is tried again a little later.
    pub postponed: Vec<Job>,
    pub timers: TimerQueue,
    pub roots: Roots,
    /// Effects that wait for another attempt, by due time.
    pub effects_later: BTreeMap<(Timestamp, String), EffectRecord>,
    /// Effects that can be called now, with the order that waits for them.
    pub effects_ready: Vec<(EffectRecord, Option<u64>)>,
    pub settle_limit: Duration,
    /// Whether other processes may move the agents' streams.
    pub shared: bool,
}

impl Core {
    /// Puts the assembly together over a store.
    pub fn new(
        assembly: Assembly,
        store: Store,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        blocking: Blocking,
        settle_limit: Duration,
    ) -> Self {
        let all = assembly.all;
        let reactors: Vec<ReactorSlot> = all.reactors.into_iter().map(ReactorSlot::new).collect();
        let mut listeners: FxHashMap<&'static str, Vec<usize>> = FxHashMap::default();
        for (index, slot) in reactors.iter().enumerate() {
            for type_name in slot.reactor.listens() {
                listeners.entry(*type_name).or_default().push(index);
            }
        }
        let shared = store.is_shared();
        let agents = Agents {
            kinds: Kinds::new(all.agents),
            store,
            cache: Arc::default(),
            overlay: FxHashMap::default(),
            blocking,
            clock,
        };
        Self {
            agents,
            views: all.views,
            reactors,
            listeners,
            observers: all.observers,
            handlers: all.effects.into_iter().map(|handler| (handler.kind(), handler)).collect(),
            entropy,
            meter: Arc::default(),
            staged: Vec::new(),
            queue: VecDeque::new(),
            postponed: Vec::new(),
            timers: TimerQueue::default(),
            roots: Roots::default(),
            effects_later: BTreeMap::new(),
            effects_ready: Vec::new(),
            settle_limit,
            shared,
        }
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.agents.clock.now()
    }

    /// The reactors that want an event type.
    pub fn listening(&self, type_name: &str) -> &[usize] {
        self.listeners.get(type_name).map_or(&[], Vec::as_slice)
    }

    /// Decides a job: it is staged, put back, or answered at once.
    pub fn process(&mut self, job: Job) {
        let span = tracing::debug_span!(parent: &job.cause.span, "decide", work = job.work.name());
        let _entered = span.enter();
        let now = self.now();
        let mut draft = Draft::default();
        let result = match &job.work {
            Work::Order(order) => self.draft_order(order, &job.cause, now, &mut draft),
            Work::Reaction { reactor, event } => {
                let (reactor, event) = (*reactor, Arc::clone(event));
                let progress = &self.reactors[reactor].progress;
                if event.position <= progress.claimed() {
                    return self.roots.over(job.cause.root);
                }
                if !progress.is_turn_of(event.position) {
                    return self.rest_until(reactor, event.position, job, now);
                }
                self.draft_reaction(reactor, &event, &job.cause, now, &mut draft)
            }
            Work::Timer(timer) => {
                let timer = timer.clone();
                self.draft_timer(&timer, &job.cause, now, &mut draft)
            }
            Work::Effect { record, outcome } => {
                let (record, outcome) = (record.clone(), Arc::clone(outcome));
                self.draft_effect(&record, &outcome, &job.cause, now, &mut draft)
            }
            Work::Positions(positions) => {
                for (reactor, to) in positions.clone() {
                    self.claim_position(reactor, to, &mut draft.unit);
                }
                Ok(())
            }
        };
        match result {
            Ok(()) => self.stage(job, draft),
            Err(error) => {
                self.roll_back(draft);
                self.not_staged(job, error, now);
            }
        }
    }

    pub(super) fn claim_position(&mut self, reactor: usize, to: i64, unit: &mut Unit) {
        let slot = &mut self.reactors[reactor];
        let from = slot.progress.claimed();
        if to > from {
            unit.claims.push(Claim::Position { reactor: slot.name, from, to });
            slot.progress.claim(to);
        }
    }

    fn roll_back(&mut self, draft: Draft) {
        for (stream, state, version) in draft.before.into_iter().rev() {
            self.agents.overlay.insert(stream, Working { state, version });
        }
    }

    fn stage(&mut self, mut job: Job, draft: Draft) {
        if let Work::Order(order) = &job.work {
            let version = self.agents.overlay.get(&order.subject).map_or(0, |working| working.version);
            if draft.unit.events.is_empty() {
                match self.forget_stale(&Arc::clone(&order.commands)) {
                    Ok(false) => {}
                    Ok(true) => {
                        job.attempts += 1;
                        return self.queue.push_front(job);
                    }
                    Err(error) => return self.answer(job, Err(error.into())),
                }
            }
            if draft.unit.events.is_empty() && draft.unit.claims.is_empty() && draft.unit.writes.is_empty() {
                let stream = order.subject;
                let receipt = Receipt { position: 0, changed: false, stream, repeated: false, version };
                return self.answer(job, Ok(receipt));
            }
            self.push_staged(job, draft, version);
        } else if draft.unit.claims.is_empty()
            && draft.unit.events.is_empty()
            && draft.unit.effects.is_empty()
        {
            if let Work::Reaction { reactor, event } = &job.work {
                self.reactors[*reactor].progress.ignored(event.position);
            }
            self.roots.over(job.cause.root);
        } else {
            self.push_staged(job, draft, 0);
        }
    }

    fn push_staged(&mut self, job: Job, draft: Draft, version: i64) {
        let mut touched: Vec<StreamRef> = Vec::with_capacity(draft.before.len());
        for (stream, _, _) in &draft.before {
            if !touched.contains(stream) {
                touched.push(*stream);
            }
        }
        let Draft { unit, events, effects, .. } = draft;
        self.staged.push(Staged { job, unit, events, touched, version, effects });
    }

    /// Answers an order that was not committed, or was and waits for nothing.
    pub fn answer(&mut self, job: Job, answer: Result<Receipt, CommandError>) {
        let Job { work: Work::Order(order), cause, .. } = job else { return };
        match (order.reply, cause.root, answer) {
            (Some(reply), _, answer) => {
                let _gone = reply.send(answer);
            }
            (None, Some(root), Ok(receipt)) => {
                self.roots.durable(root, receipt, self.now().after(self.settle_limit));
                self.roots.over(Some(root));
            }
            (None, Some(root), Err(error)) => self.roots.fail(root, error),
            (None, None, _) => {}
        }
    }

    /// A job that could not be decided now.
    fn not_staged(&mut self, job: Job, error: CommandError, now: Timestamp) {
        match &job.work {
            Work::Order(_) => self.refused_order(job, error),
            Work::Reaction { reactor, event } => {
                let (reactor, position) = (*reactor, event.position);
                self.rest(reactor, position, job, &error, now);
            }
            Work::Timer(_) | Work::Effect { .. } | Work::Positions(_) => {
                tracing::error!(actor = %job.cause.actor, %error, "a piece of work failed and is tried again");
                self.meter.failed("work");
                self.postponed.push(job);
            }
        }
    }

    /// A refusal is final, unless the agent was stale or the request was carried out before.
    fn refused_order(&mut self, mut job: Job, error: CommandError) {
        let Work::Order(order) = &job.work else { return };
        if let CommandError::Refused(_) = error {
            match self.repeated_before(order) {
                Ok(Some(answer)) => return self.answer(job, answer),
                Err(error) => return self.answer(job, Err(error.into())),
                Ok(None) => {}
            }
            match self.forget_stale(&Arc::clone(&order.commands)) {
                Ok(true) => {
                    job.attempts += 1;
                    return self.queue.push_front(job);
                }
                Err(error) => return self.answer(job, Err(error.into())),
                Ok(false) => {}
            }
        }
        self.answer(job, Err(error));
    }

    /// What the first request with this idempotency key came to, if there was one.
    fn repeated_before(&self, order: &OrderJob) -> Result<Option<Result<Receipt, CommandError>>, StoreError> {
        let key = order.claims.iter().find_map(|claim| match claim {
            Claim::Idempotency { key, body_hash, .. } => Some((key, body_hash)),
            _ => None,
        });
        let Some((key, body_hash)) = key else { return Ok(None) };
        let record = self.agents.blocking.on(self.agents.store.idempotency(key))?;
        Ok(record.map(|record| self.repeated(record.body_hash == *body_hash, &record.stream, order.subject)))
    }

    /// The answer to a repeated idempotency key.
    pub fn repeated(
        &self,
        same_body: bool,
        stream: &str,
        subject: StreamRef,
    ) -> Result<Receipt, CommandError> {
        if !same_body {
            return Err(CommandError::KeyReused);
        }
        let stream = self.parse_stream(stream).unwrap_or(subject);
        let version = self.agents.blocking.on(self.agents.store.stream_version(stream))?;
        Ok(Receipt { position: 0, changed: false, stream, repeated: true, version })
    }

    /// In a shared store a cached agent may be stale: forgets those whose stream has moved and says whether any had.
    pub fn forget_stale(&mut self, commands: &[ErasedCommand]) -> Result<bool, StoreError> {
        if !self.shared {
            return Ok(false);
        }
        let mut stale = false;
        for command in commands {
            let stream = command.stream;
            if self.staged.iter().any(|staged| staged.touched.contains(&stream)) {
                continue;
            }
            // A stream behind a refusal was not looked at yet, so nothing stale of it was believed.
            let Some(known) = self.agents.overlay.get(&stream).map(|working| working.version) else {
                continue;
            };
            let actual = self.agents.blocking.on(self.agents.store.stream_version(stream))?;
            if actual != known {
                self.agents.overlay.remove(&stream);
                self.agents.cache.forget(stream);
                stale = true;
            }
        }
        Ok(stale)
    }

    /// A reactor that failed rests, longer each time, and then sees the same event again.
    fn rest(&mut self, reactor: usize, position: i64, mut job: Job, error: &CommandError, now: Timestamp) {
        let slot = &self.reactors[reactor];
        tracing::error!(reactor = slot.name, %error, attempts = job.attempts, "a reactor failed and rests");
        self.meter.failed(slot.name);
        let wait = Duration::from_millis(250) * 2_u32.saturating_pow(job.attempts.min(10));
        job.attempts += 1;
        self.rest_until(reactor, position, job, now.after(wait.min(Duration::from_secs(300))));
    }

    /// A reactor rests until an instant, and the event waits with those that come after it.
    pub fn rest_until(&mut self, reactor: usize, position: i64, job: Job, until: Timestamp) {
        if let Some(replaced) = self.reactors[reactor].progress.rest(position, job, until) {
            self.roots.over(replaced.cause.root);
        }
    }

    /// Wakes the reactors that have rested long enough.
    pub fn wake_rested(&mut self, now: Timestamp) {
        for slot in &mut self.reactors {
            for job in slot.progress.wake(now).into_values().rev() {
                self.queue.push_front(job);
            }
        }
    }

    /// After the commit (live) or the staging (turned): positions, observers, reactions, timers, effects.
    pub fn follow_up(&mut self, staged: Staged, unit: &Unit, first: i64, feed: bool) {
        let Staged { job, events, version, effects, .. } = staged;
        for change in &unit.timers {
            self.timers.apply(change);
        }
        for change in &unit.effects {
            self.note_effect(change, &job);
        }
        let root = job.cause.root;
        for record in effects {
            self.roots.follow(root);
            self.effects_ready.push((record, root));
        }
        let last = first + i64::try_from(events.len()).unwrap_or(0) - 1;
        let recorded: Vec<Arc<Recorded>> = events
            .into_iter()
            .zip(first..)
            .map(|(mut event, position)| {
                event.position = position;
                Arc::new(event)
            })
            .collect();
        if feed {
            for event in &recorded {
                self.feed(event, root, &job.cause.span);
            }
        }
        if let Work::Order(order) = &job.work {
            let position = if recorded.is_empty() { 0 } else { last };
            let changed = !recorded.is_empty();
            let receipt = Receipt { position, changed, stream: order.subject, repeated: false, version };
            self.answer(job, Ok(receipt));
        } else {
            self.roots.over(root);
        }
    }

    fn note_effect(&mut self, change: &EffectChange, job: &Job) {
        let Work::Effect { record, .. } = &job.work else { return };
        match change {
            EffectChange::Retry { attempts, due, error, .. } => {
                let mut record = record.clone();
                (record.attempts, record.due, record.error) = (*attempts, *due, error.clone());
                self.effects_later.insert((*due, record.id.clone()), record);
            }
            EffectChange::Dead { id, error, .. } => {
                tracing::error!(effect = %id, %error, "an effect went to the dead-letter list");
                self.meter.failed("effect");
            }
            EffectChange::Done { .. } | EffectChange::Request { .. } | EffectChange::Replay { .. } => {}
        }
    }

    /// Shows a committed event to the observers and to the reactors of this process.
    pub fn feed(&mut self, event: &Arc<Recorded>, root: Option<u64>, span: &Span) {
        for observer in &self.observers {
            observer.committed(event);
        }
        self.feed_reactors(event, root, span);
    }

    /// Shows an event to the reactors of this process that have not answered it.
    pub fn feed_reactors(&mut self, event: &Arc<Recorded>, root: Option<u64>, span: &Span) {
        let Some(listening) = self.listeners.get(event.type_name) else { return };
        for reactor in listening {
            let slot = &mut self.reactors[*reactor];
            if !slot.mine || !slot.progress.show(event.position) {
                continue;
            }
            self.roots.follow(root);
            self.queue.push_back(Job {
                work: Work::Reaction { reactor: *reactor, event: Arc::clone(event) },
                cause: Cause {
                    tenant: event.tenant,
                    actor: system_actor(slot.name),
                    correlation: event.meta.correlation,
                    causation: event.position,
                    root,
                    span: span.clone(),
                },
                attempts: 0,
            });
        }
    }

    /// A job for a due timer.
    pub fn timer_job(&self, timer: store::TimerRecord) -> Job {
        let cause = Cause {
            tenant: timer.tenant,
            actor: system_actor("timer"),
            correlation: timer.correlation,
            causation: 0,
            root: None,
            span: Span::none(),
        };
        Job { work: Work::Timer(timer), cause, attempts: 0 }
    }

    /// A job for an effect's result.
    pub fn effect_job(&self, record: EffectRecord, outcome: EffectOutcome, root: Option<u64>) -> Job {
        let cause = Cause {
            tenant: record.tenant,
            actor: system_actor(store::intern(&record.kind)),
            correlation: record.correlation,
            causation: record.causation,
            root,
            span: Span::none(),
        };
        Job { work: Work::Effect { record, outcome: Arc::new(outcome) }, cause, attempts: 0 }
    }

    /// A stored event in its decoded form.
    pub fn recorded(&self, stored: &store::StoredEvent) -> Result<Arc<Recorded>, StoreError> {
        self.agents.kinds.recorded(stored).map(Arc::new)
    }

    /// A subject's id as the runtime's own text, for answers to repeated keys.
    pub fn parse_stream(&self, text: &str) -> Option<StreamRef> {
        let (prefix, id) = text.split_once('_')?;
        let kind = self.agents.kinds.of(prefix).ok()?;
        Some(StreamRef { prefix: kind.prefix(), id: kernel::Uuid::try_parse(id).ok()? })
    }
}

/// The actor's text of the platform's own parts.
pub fn system_actor(name: &str) -> Arc<str> {
    format!("sys_{name}").into()
}

/// A nil correlation for work that follows from nothing, such as moving positions.
pub fn platform_cause() -> Cause {
    Cause {
        tenant: kernel::TenantId::from_uuid(kernel::Uuid::nil()),
        actor: system_actor("platform"),
        correlation: kernel::RequestId::from_uuid(kernel::Uuid::nil()),
        causation: 0,
        root: None,
        span: Span::none(),
    }
}
