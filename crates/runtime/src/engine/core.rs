//! Deciding: from a job to a staged unit, on copies of the agents' states.

use super::{
    State,
    cache::Cache,
    draft::Draft,
    effects::Effects,
    job::{Cause, Job, OrderJob, Staged, Work, Working},
    loader::{AgentAccess, Kinds, load},
    roots::Roots,
    slot::ReactorSlot,
    timers::TimerQueue,
};
use crate::{
    Assembly, EffectHandler, EffectOutcome, Observer, Recorded, View,
    health::Meter,
    order::{CommandError, Receipt},
};
use kernel::{Clock, Entropy, StreamRef, Timestamp, TypedId};
use rustc_hash::FxHashMap;
use std::{
    collections::{BTreeMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, Waker},
    time::Duration,
};
use store::{Claim, EffectChange, EffectRecord, Store, StoreError, Unit};
use tokio::runtime::Handle;
use tracing::Span;

/// An id younger than this that is not in memory was most likely made for the order at hand.
const NEW_FOR: Duration = Duration::from_secs(10);

/// Waits for the store on the engine's own thread. SQLite answers at the first poll, without the async runtime.
#[derive(Clone)]
pub struct Blocking(pub Handle);

impl Blocking {
    /// Runs a future to its end.
    pub fn on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let _context = self.0.enter();
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
    /// Whether other processes may move the agents' streams.
    pub shared: bool,
    /// Whether a sleeping agent with a young id is taken for a new one without a look into the store, which checks it
    /// with the commit.
    pub guesses: bool,
    /// What a reactor has read that is not certain.
    pub reads: Vec<(StreamRef, i64)>,
}

impl Agents {
    /// Whether a state is not known to be the stored one: other units of the batch may lose, other processes may have
    /// moved it.
    pub(super) const fn is_uncertain(&self, working: &Working) -> bool {
        self.shared || working.is_uncertain()
    }

    /// Whether a stream that is not in memory is taken for a new one.
    fn looks_new(&self, stream: StreamRef, now: Timestamp) -> bool {
        self.guesses
            && kernel::made_at(stream.id).is_some_and(|made| now.since(made) < NEW_FOR && made <= now)
    }

    /// Loads an agent that the store knows otherwise than it was guessed.
    pub fn wake(&mut self, stream: StreamRef) -> Result<(), StoreError> {
        let now = self.clock.now();
        if self.looks_new(stream, now) && self.cache.get(stream, now).is_none() {
            self.load(stream, now)?;
        }
        Ok(())
    }

    fn load(&self, stream: StreamRef, now: Timestamp) -> Result<(State, i64), StoreError> {
        let (state, version, snapshot) = self.blocking.on(load(&self.kinds, &self.store, stream))?;
        if version > 0 {
            self.cache.show(stream, State::clone(&state), version, Some(snapshot), now);
        }
        Ok((state, version))
    }

    pub(super) fn working(&mut self, stream: StreamRef) -> Result<&mut Working, StoreError> {
        if !self.overlay.contains_key(&stream) {
            let now = self.clock.now();
            let found = self.cache.get(stream, now);
            let guessed = found.is_none() && self.looks_new(stream, now);
            let (state, version) = match found {
                Some(found) => found,
                None if guessed => (self.kinds.of(stream.prefix)?.fresh(), 0),
                None => self.load(stream, now)?,
            };
            self.overlay.insert(stream, Working { state, version, stored: version, guessed });
        }
        self.overlay.get_mut(&stream).ok_or_else(|| StoreError::Defect("an agent vanished".to_owned()))
    }
}

impl AgentAccess for Agents {
    fn state_of(&mut self, stream: StreamRef) -> Result<Option<State>, StoreError> {
        let shared = self.shared;
        let working = self.working(stream)?;
        let (version, state) = (working.version, State::clone(&working.state));
        if shared || working.is_uncertain() {
            self.reads.push((stream, version));
        }
        Ok((version > 0).then_some(state))
    }
}

/// The engine's heart, shared by the live and the turned runtime.
pub struct Core {
    pub agents: Agents,
    pub views: Vec<View>,
    pub reactors: Vec<ReactorSlot>,
    /// Up to where the log was shown to the reactors that are not behind.
    pub fed: i64,
    listeners: FxHashMap<&'static str, Vec<usize>>,
    pub observers: Vec<Arc<dyn Observer>>,
    pub handlers: FxHashMap<&'static str, Arc<dyn EffectHandler>>,
    pub entropy: Arc<dyn Entropy>,
    pub meter: Arc<Meter>,
    pub staged: Vec<Staged>,
    pub queue: VecDeque<Job>,
    /// Timers and effects' results that failed and are tried again, by the instant.
    pub postponed: BTreeMap<(Timestamp, u64), Job>,
    postponements: u64,
    pub timers: TimerQueue,
    pub roots: Roots,
    pub effects: Effects,
    pub settle_limit: Duration,
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
            shared,
            guesses: false,
            reads: Vec::new(),
        };
        Self {
            agents,
            views: all.views,
            reactors,
            fed: 0,
            listeners,
            observers: all.observers,
            handlers: all.effects.into_iter().map(|handler| (handler.kind(), handler)).collect(),
            entropy,
            meter: Arc::default(),
            staged: Vec::new(),
            queue: VecDeque::new(),
            postponed: BTreeMap::new(),
            postponements: 0,
            timers: TimerQueue::default(),
            roots: Roots::default(),
            effects: Effects::default(),
            settle_limit,
        }
    }

    /// Forgets everything that is not durable.
    pub fn reset(&mut self) {
        self.staged.clear();
        self.queue.clear();
        self.postponed.clear();
        (self.timers, self.effects) = (TimerQueue::default(), Effects::default());
        self.roots.forget();
        self.agents.overlay.clear();
        self.agents.cache.clear();
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
        let span = tracing::debug_span!(
            parent: &job.cause.span, "decide", work = job.work.name(), correlation_id = %job.cause.correlation
        );
        let _entered = span.enter();
        let now = self.now();
        if let Work::Reaction { reactor, event } = &job.work {
            let (reactor, position) = (*reactor, event.position);
            let slot = &self.reactors[reactor];
            if !slot.mine || !slot.progress.awaits(position) {
                return self.roots.over(job.cause.root);
            }
            if !slot.progress.is_turn_of(position) {
                return self.rest_until(reactor, position, job, now);
            }
        }
        let mut draft = Draft::default();
        let drafted = catch_unwind(AssertUnwindSafe(|| self.draft(&job, now, &mut draft)));
        let panicked = |_| Err(StoreError::Defect("a projection or a replay panicked".to_owned()).into());
        match drafted.unwrap_or_else(panicked) {
            Ok(()) => {
                tracing::debug!(actor = %job.cause.actor, events = draft.events.len(), "decided");
                self.stage(job, draft);
            }
            Err(error) => {
                let expected = self.roll_back(draft);
                self.not_staged(job, error, expected, now);
            }
        }
    }

    fn draft(&mut self, job: &Job, now: Timestamp, draft: &mut Draft) -> Result<(), CommandError> {
        match &job.work {
            Work::Order(order) => self.draft_order(order, &job.cause, now, draft),
            Work::Reaction { reactor, event } => self.draft_reaction(*reactor, event, &job.cause, now, draft),
            Work::Timer(timer) => self.draft_timer(timer, &job.cause, now, draft),
            Work::Effect { record, outcome } => self.draft_effect(record, outcome, &job.cause, now, draft),
            Work::Positions(positions) => {
                for (reactor, to) in positions {
                    self.claim_position(*reactor, *to, &mut draft.unit);
                }
                Ok(())
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

    /// Takes back what a draft did to the agents; what the refusal rests on.
    fn roll_back(&mut self, draft: Draft) -> Vec<(StreamRef, i64)> {
        for (stream, state, version) in draft.before.into_iter().rev() {
            if let Some(working) = self.agents.overlay.get_mut(&stream) {
                (working.state, working.version) = (state, version);
            }
        }
        draft.unit.expected
    }

    /// A decision that changes nothing is believed at once when all that it rests on is certain; else the store is
    /// asked with the batch.
    fn stage(&mut self, job: Job, mut draft: Draft) {
        let idle = draft.unit.changes_nothing();
        if !idle || self.may_change(&draft.unit.expected) {
            if let (true, Work::Reaction { reactor, event }) = (idle, &job.work) {
                // Its position, so that no later reaction can overtake it if it is decided again.
                self.claim_position(*reactor, event.position, &mut draft.unit);
            }
            return self.push_staged(job, draft, None);
        }
        match &job.work {
            Work::Order(order) => {
                let (stream, version) = (order.subject, self.version_of(order.subject));
                let receipt = Receipt { position: 0, changed: false, stream, repeated: false, version };
                self.answer(job, Ok(receipt));
            }
            Work::Reaction { reactor, event } => {
                self.reactors[*reactor].progress.ignored(event.position);
                self.roots.over(job.cause.root);
            }
            Work::Timer(_) | Work::Effect { .. } | Work::Positions(_) => self.roots.over(job.cause.root),
        }
    }

    /// Whether one of these streams may turn out to be at another version.
    fn may_change(&self, expected: &[(StreamRef, i64)]) -> bool {
        let uncertain = |stream: &StreamRef| {
            self.agents.overlay.get(stream).is_none_or(|working| self.agents.is_uncertain(working))
        };
        expected.iter().any(|(stream, _)| uncertain(stream))
    }

    fn version_of(&self, stream: StreamRef) -> i64 {
        self.agents.overlay.get(&stream).map_or(0, |working| working.version)
    }

    fn push_staged(&mut self, job: Job, draft: Draft, refusal: Option<CommandError>) {
        let version = match &job.work {
            Work::Order(order) => self.version_of(order.subject),
            _ => 0,
        };
        let Draft { unit, events, effects, .. } = draft;
        self.staged.push(Staged { job, unit, events, refusal, version, effects });
    }

    /// Answers an order that was not committed, or was and waits for nothing.
    pub fn answer(&mut self, job: Job, answer: Result<Receipt, CommandError>) {
        let Job { work: Work::Order(order), cause, .. } = job else { return };
        match (order.reply, cause.root, answer) {
            (Some(reply), _, answer) => self.roots.answers.send(reply, answer),
            (None, Some(root), Ok(receipt)) => {
                self.roots.durable(root, receipt, self.now().after(self.settle_limit));
                self.roots.over(Some(root));
            }
            (None, Some(root), Err(error)) => self.roots.fail(root, error),
            (None, None, _) => {}
        }
    }

    /// A job that could not be decided now.
    fn not_staged(&mut self, job: Job, error: CommandError, expected: Vec<(StreamRef, i64)>, now: Timestamp) {
        match &job.work {
            Work::Order(_) if matches!(error, CommandError::Refused(_)) && self.may_change(&expected) => {
                let unit = Unit { expected, ..Unit::default() };
                self.push_staged(job, Draft { unit, ..Draft::default() }, Some(error));
            }
            _ => self.not_decided(job, error, now),
        }
    }

    /// A job that failed: an order is answered, the platform's own work is tried again, later each time.
    pub fn not_decided(&mut self, job: Job, error: CommandError, now: Timestamp) {
        match &job.work {
            Work::Order(_) => self.refuse(job, error),
            Work::Reaction { reactor, event } => {
                let (reactor, position) = (*reactor, event.position);
                self.rest(reactor, position, job, &error, now);
            }
            Work::Timer(_) | Work::Effect { .. } | Work::Positions(_) => {
                let correlation_id = job.cause.correlation;
                let actor = &job.cause.actor;
                tracing::error!(%correlation_id, %actor, %error, "a piece of work failed and is tried again");
                self.meter.failed("work");
                self.try_later(job, &error, now);
            }
        }
    }

    /// A refusal is final, unless the request was carried out before.
    fn refuse(&mut self, job: Job, error: CommandError) {
        let repeated = match (&job.work, &error) {
            (Work::Order(order), CommandError::Refused(_)) => self.repeated_before(order),
            _ => Ok(None),
        };
        match repeated {
            Ok(None) => self.answer(job, Err(error)),
            Ok(Some(answer)) => self.answer(job, answer),
            Err(error) => self.answer(job, Err(error.into())),
        }
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

    /// Work that is not to be blamed for its failure is done again from an instant on.
    pub fn put_off(&mut self, job: Job, until: Timestamp) {
        match &job.work {
            Work::Reaction { reactor, event } => {
                let (reactor, position) = (*reactor, event.position);
                self.rest_until(reactor, position, job, until);
            }
            Work::Timer(_) | Work::Effect { .. } => {
                self.postponements += 1;
                self.postponed.insert((until, self.postponements), job);
            }
            Work::Order(_) | Work::Positions(_) => self.roots.over(job.cause.root),
        }
    }

    /// Work that failed is tried again, later each time. A result that its agents cannot take counts as a failed
    /// attempt of the call, so that it ends in the dead-letter list.
    fn try_later(&mut self, mut job: Job, error: &CommandError, now: Timestamp) {
        if let (Work::Effect { outcome, .. }, CommandError::Store(StoreError::Defect(_))) =
            (&mut job.work, error)
        {
            *outcome = Arc::new(EffectOutcome::Retry(format!("the result cannot be taken: {error}")));
        }
        let until = now.after(backoff(job.failures));
        job.failures += 1;
        self.put_off(job, until);
    }

    /// Puts back what has waited long enough.
    pub fn wake_postponed(&mut self, now: Timestamp) {
        while let Some(entry) = self.postponed.first_entry() {
            if entry.key().0 > now {
                break;
            }
            self.queue.push_back(entry.remove());
        }
    }

    /// A reactor that failed rests, longer each time, and then sees the same event again.
    fn rest(&mut self, reactor: usize, position: i64, mut job: Job, error: &CommandError, now: Timestamp) {
        let slot = &self.reactors[reactor];
        let (reactor_name, failures, correlation_id) = (slot.name, job.failures, job.cause.correlation);
        tracing::error!(%correlation_id, reactor = reactor_name, %error, failures, "a reactor failed and rests");
        self.meter.failed(slot.name);
        let until = now.after(backoff(job.failures));
        job.failures += 1;
        self.rest_until(reactor, position, job, until);
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
        let Staged { job, events, refusal, version, effects, .. } = staged;
        if let Some(refusal) = refusal {
            return self.refuse(job, refusal);
        }
        for change in &unit.timers {
            self.timers.apply(change);
        }
        for change in &unit.effects {
            self.note_effect(change, &job);
        }
        let root = job.cause.root;
        if let Work::Effect { record, .. } = &job.work {
            self.effects.end(&record.id);
        }
        for record in effects {
            self.roots.follow(root);
            self.effects.ready(record, root);
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
            // Among several processes only the owner of the sweep calls again.
            EffectChange::Retry { .. } if self.agents.shared => {}
            EffectChange::Retry { attempts, due, error, .. } => {
                let mut record = record.clone();
                (record.attempts, record.due, record.error) = (*attempts, *due, error.clone());
                self.effects.later(record);
            }
            EffectChange::Dead { id, error, .. } => {
                let correlation_id = record.correlation;
                tracing::error!(%correlation_id, effect = %id, %error, "an effect went to the dead-letter list");
                self.meter.failed("effect");
            }
            EffectChange::Done { .. } | EffectChange::Request { .. } | EffectChange::Replay { .. } => {}
        }
    }

    /// Shows a committed event to the observers and to the reactors of this process.
    pub fn feed(&mut self, event: &Arc<Recorded>, root: Option<u64>, span: &Span) {
        for observer in &self.observers {
            if catch_unwind(AssertUnwindSafe(|| observer.committed(event))).is_err() {
                let correlation_id = event.meta.correlation;
                tracing::error!(%correlation_id, position = event.position, "an observer panicked");
                self.meter.failed("observer");
            }
        }
        for index in self.listening(event.type_name).to_vec() {
            if self.reactors[index].progress.behind().is_none() {
                self.ask(index, event, root, span);
            }
        }
        self.fed = event.position;
    }

    /// Queues a reactor's answer to an event, when this process runs it and the event has none.
    pub fn ask(&mut self, index: usize, event: &Arc<Recorded>, root: Option<u64>, span: &Span) {
        let slot = &mut self.reactors[index];
        if !slot.mine || !slot.progress.show(event.position) {
            return;
        }
        let cause = Cause {
            tenant: event.tenant,
            actor: system_actor(slot.name),
            correlation: event.meta.correlation,
            causation: event.position,
            root,
            span: span.clone(),
        };
        self.roots.follow(root);
        self.queue.push_back(Job::new(Work::Reaction { reactor: index, event: Arc::clone(event) }, cause));
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
        Job::new(Work::Timer(timer), cause)
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
        Job::new(Work::Effect { record, outcome: Arc::new(outcome) }, cause)
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

/// 250 ms doubled at each failure, at most 5 min.
pub fn backoff(failures: u32) -> Duration {
    (Duration::from_millis(250) * 2_u32.saturating_pow(failures.min(11))).min(Duration::from_secs(300))
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
