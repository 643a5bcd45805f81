//! The live engine's thread: gathers work, commits it in batches, answers, reacts, and keeps house.

use super::{
    core::{Core, backoff},
    job::{Job, Staged, Work},
    live::{Message, RuntimeOptions},
    shared::Shared,
};
use crate::{EffectCall, EffectOutcome, order::CommandError};
use futures_util::FutureExt;
use kernel::{StreamRef, Timestamp};
use parking_lot::RwLock;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError, Sender},
    },
    time::Duration,
};
use store::{Outcome, Rejection, Snapshot, StoreError, StoreHealth, Unit};
use tokio::sync::{Semaphore, oneshot};
use tracing::Instrument as _;

/// Conflicts after which an order that always loses against others is refused as overloaded.
const ORDER_CONFLICTS_MAX: u32 = 64;
/// Conflicts after which work that nobody waits for rests before it is tried again.
const CONFLICTS_AT_ONCE: u32 = 8;
/// How far ahead timers are held in memory.
const TIMER_HORIZON: Duration = Duration::from_secs(3600);
/// Work that failed for want of the store is tried again after this.
const POSTPONE: Duration = Duration::from_millis(250);
/// How long an idempotency key is kept.
const KEYS_KEPT: Duration = Duration::from_secs(24 * 3600);
/// How often old keys are looked for.
const FORGET_PERIOD: Duration = Duration::from_secs(3600);
/// At most so many keys are forgotten at once, and the wait before the next ones.
const FORGET_PAGE: u32 = 5000;
const FORGET_PAUSE: Duration = Duration::from_secs(1);
/// A reactor that ignores so many events is saved all the same.
const LAG: i64 = 1000;
/// A log that cannot be read is tried again after this.
const LOG_PAUSE: Duration = Duration::from_secs(1);
/// At most so many effects are called at once.
const EFFECTS_AT_ONCE: usize = 256;
/// After so many rounds that committed nothing, a stop no longer waits for work that is never done.
const FRUITLESS_ROUNDS_MAX: u32 = 1000;
/// An agent that goes to sleep is stored when it is at least so many events ahead of its snapshot.
const SNAPSHOT_ASLEEP: i64 = 20;

/// What the engine's thread owns.
pub struct Engine {
    pub core: Core,
    inbox: Sender<Message>,
    messages: Receiver<Message>,
    options: Arc<RwLock<RuntimeOptions>>,
    shared: Option<Shared>,
    effects_at_once: Arc<Semaphore>,
    positions_saved: Timestamp,
    swept: Timestamp,
    probed: Timestamp,
    forgets_at: Timestamp,
    /// When reactors that are behind are shown more of the log.
    catches_up_at: Timestamp,
    /// Effects were made due behind the engine's back.
    sweep_wanted: bool,
    snapshots: Vec<StreamRef>,
    stopping: Vec<oneshot::Sender<()>>,
    /// Rounds since a stop was asked for or something was committed.
    fruitless_rounds: u32,
}

impl Engine {
    pub fn new(
        mut core: Core,
        inbox: Sender<Message>,
        messages: Receiver<Message>,
        options: Arc<RwLock<RuntimeOptions>>,
    ) -> Self {
        let now = core.now();
        let shared = core.agents.shared.then(|| Shared::new(&*core.entropy, now));
        // What another process has just made is not in this one's memory.
        core.agents.guesses = shared.is_none();
        Self {
            core,
            inbox,
            messages,
            options,
            shared,
            effects_at_once: Arc::new(Semaphore::new(EFFECTS_AT_ONCE)),
            positions_saved: now,
            swept: now,
            probed: now,
            forgets_at: now,
            catches_up_at: now,
            sweep_wanted: false,
            snapshots: Vec::new(),
            stopping: Vec::new(),
            fruitless_rounds: 0,
        }
    }

    /// Loads what must go on after the last stop, clean or not.
    pub fn prepare(&mut self) -> Result<(), StoreError> {
        if let Some(shared) = &mut self.shared {
            return shared.join(&mut self.core);
        }
        self.core.resume()?;
        self.load_timers()?;
        let far = Timestamp::from_micros(i64::MAX);
        let effects = self.core.agents.blocking.on(self.core.agents.store.effects_due(far, u32::MAX))?;
        for effect in effects {
            if effect.attempts == 0 {
                self.core.effects.ready(effect, None);
            } else {
                self.core.effects.later(effect);
            }
        }
        Ok(())
    }

    fn load_timers(&mut self) -> Result<(), StoreError> {
        let horizon = self.core.now().after(TIMER_HORIZON);
        let mut limit = self.options.read().timers_held.max(1);
        loop {
            let due = self.core.agents.store.timers_due(horizon, limit);
            let records = self.core.agents.blocking.on(due)?;
            if self.core.timers.load_page(records, horizon, limit as usize) {
                return Ok(());
            }
            // All are due at the same instant: they can only be held together.
            limit = limit.saturating_mul(2);
        }
    }

    /// Works until it is told to stop. A panic that nothing else has caught loses what was in hand and never what is
    /// durable: the engine starts again from the store, later each time it falls.
    pub fn supervise(mut self) {
        let mut falls = 0;
        while catch_unwind(AssertUnwindSafe(|| self.run())).is_err() {
            loop {
                tracing::error!(falls, "the engine panicked and starts again from the store");
                self.core.meter.failed("engine");
                std::thread::sleep(backoff(falls));
                falls += 1;
                match catch_unwind(AssertUnwindSafe(|| self.restart())) {
                    Ok(Ok(())) => break,
                    Ok(Err(error)) => tracing::error!(%error, "the store cannot be read"),
                    Err(_) => {}
                }
            }
        }
        self.finish();
    }

    fn restart(&mut self) -> Result<(), StoreError> {
        self.core.reset();
        self.core.roots.answers.give();
        let now = self.core.now();
        self.shared = self.core.agents.shared.then(|| Shared::new(&*self.core.entropy, now));
        self.prepare()
    }

    fn run(&mut self) {
        loop {
            let limit = self.options.read().batch_limit;
            self.take_messages(limit);
            let now = self.core.now();
            self.live();
            self.gather_due(now, limit);
            while self.core.staged.len() < limit {
                let Some(job) = self.core.queue.pop_front() else { break };
                self.core.process(job);
            }
            self.save_positions(now);
            self.commit();
            // Each of these may wait for a database that hangs.
            self.live();
            self.call_effects();
            self.core.roots.expire(now);
            if let Some(shared) = &mut self.shared
                && let Err(error) = shared.keep_up(&mut self.core, now)
            {
                tracing::error!(%error, "the log cannot be followed now");
                self.core.meter.failed("log");
            }
            self.live();
            self.core.roots.answers.give_beside(&self.core.agents.blocking.0);
            self.housekeeping(now);
            if !self.stopping.is_empty() && self.may_stop() {
                return;
            }
        }
    }

    /// What is left of the queue when nothing of it can be done is not lost: the store has it, but for orders, which are
    /// refused.
    fn may_stop(&mut self) -> bool {
        self.fruitless_rounds += 1;
        let over = self.core.queue.is_empty() && self.core.staged.is_empty();
        over || self.fruitless_rounds > FRUITLESS_ROUNDS_MAX
    }

    /// A sign of life.
    fn live(&self) {
        self.core.meter.alive.store(self.core.now().micros(), Ordering::Relaxed);
    }

    fn take_messages(&mut self, limit: usize) {
        if self.core.queue.is_empty() && self.core.effects.is_idle() && self.stopping.is_empty() {
            match self.messages.recv_timeout(self.rest()) {
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
        for _ in 0..limit {
            match self.messages.try_recv() {
                Ok(message) => self.take(message),
                Err(_) => return,
            }
        }
    }

    /// How long there is nothing to do unless a message comes.
    fn rest(&self) -> Duration {
        let now = self.core.now();
        let rests = self.core.reactors.iter().filter_map(|slot| slot.progress.rests_until()).min();
        let next = [
            self.core.timers.next_due(),
            self.core.effects.next_due(),
            self.core.roots.next_deadline(),
            self.core.postponed.first_key_value().map(|((due, _), _)| *due),
            self.core.is_behind().then_some(self.catches_up_at),
            rests,
        ];
        let next = next.into_iter().flatten().min().map_or(Duration::MAX, |due| due.since(now));
        let poll = self.shared.as_ref().map_or(Duration::from_secs(1), Shared::poll_period);
        next.min(poll)
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Order(order) => {
                let (mut cause, order, waiting) = *order;
                self.core.meter.waiting.fetch_sub(1, Ordering::Relaxed);
                // Whoever asked has gone or was told that there is no answer: nothing was begun, so nothing happens.
                if order.reply.as_ref().or(waiting.as_ref()).is_some_and(oneshot::Sender::is_closed) {
                    return;
                }
                cause.root = waiting.map(|reply| self.core.roots.open(reply));
                self.core.queue.push_back(Job::new(Work::Order(order), cause));
            }
            Message::Effect(result) => {
                let (record, outcome, root) = *result;
                let job = self.core.effect_job(record, outcome, root);
                self.core.queue.push_back(job);
            }
            Message::EffectsDue => self.sweep_wanted = self.is_keeper(),
            Message::Stop(done) => self.stopping.push(done),
        }
    }

    fn gather_due(&mut self, now: Timestamp, limit: usize) {
        self.core.wake_postponed(now);
        self.core.wake_rested(now);
        for _ in 0..limit {
            let Some(timer) = self.core.timers.take_due(now) else { break };
            let job = self.core.timer_job(timer);
            self.core.queue.push_back(job);
        }
        if self.core.queue.len() < limit && self.catches_up_at <= now {
            self.catch_up(now);
        }
        self.core.effects.wake(now);
        if self.sweep_wanted {
            match self.core.sweep_effects(now) {
                Ok(()) => self.sweep_wanted = false,
                Err(error) => tracing::warn!(%error, "effects cannot be looked up now"),
            }
        }
    }

    fn catch_up(&mut self, now: Timestamp) {
        if let Err(error) = self.core.catch_up() {
            tracing::error!(%error, "reactors that are behind cannot be shown the log now");
            self.core.meter.failed("log");
            self.catches_up_at = now.after(LOG_PAUSE);
        }
    }

    /// Whether this process does what only one may do: it is alone, or holds the lease of the sweep.
    fn is_keeper(&self) -> bool {
        self.shared.as_ref().is_none_or(Shared::sweeps)
    }

    /// Positions of reactors that saw events without answering: now and then, so that a restart does not read the
    /// whole log again.
    fn save_positions(&mut self, now: Timestamp) {
        if !self.core.queue.is_empty() {
            return;
        }
        let due = now.since(self.positions_saved) >= Duration::from_secs(1) || !self.stopping.is_empty();
        if due {
            self.positions_saved = now;
        }
        // Orders of other processes wait until our reactors have passed their events.
        let lagging = self.core.lagging(if due { 1 } else { LAG }, self.shared.is_some());
        if !lagging.is_empty() {
            let job = self.core.positions_job(lagging);
            self.core.process(job);
        }
    }

    fn commit(&mut self) {
        let mut staged = std::mem::take(&mut self.core.staged);
        if staged.is_empty() {
            self.core.agents.overlay.clear();
            return;
        }
        // Each trace gets its own span of the commit that it shares with others.
        let _spans: Vec<_> = staged
            .iter()
            .map(|staged| tracing::debug_span!(parent: &staged.job.cause.span, "commit", units = staged.unit.events.len()).entered())
            .collect();
        let units: Vec<Unit> = staged.iter_mut().map(|staged| std::mem::take(&mut staged.unit)).collect();
        match self.core.agents.blocking.on(self.core.agents.store.commit(&units)) {
            Ok(outcomes) => self.settle(staged, &units, outcomes),
            Err(error) => self.lost(staged, &error),
        }
    }

    fn settle(&mut self, staged: Vec<Staged>, units: &[Unit], outcomes: Vec<Outcome>) {
        self.show(units, &outcomes);
        let mut again = Vec::new();
        for ((staged, unit), outcome) in staged.into_iter().zip(units).zip(outcomes) {
            match outcome {
                Outcome::Committed { first } => self.committed(staged, unit, first),
                Outcome::Rejected(rejection) => again.extend(self.rejected(staged.job, rejection)),
                Outcome::Failed(error) => self.failed(staged.job, error),
            }
        }
        for slot in &mut self.core.reactors {
            slot.progress.unclaim();
        }
        for job in again.into_iter().rev() {
            self.core.queue.push_front(job);
        }
    }

    /// Shows the committed states to readers; a stream of a rejected unit is loaded again.
    fn show(&mut self, units: &[Unit], outcomes: &[Outcome]) {
        let now = self.core.now();
        let mut stale: Vec<StreamRef> = Vec::new();
        for (unit, outcome) in units.iter().zip(outcomes) {
            if let Outcome::Rejected(_) | Outcome::Failed(_) = outcome {
                stale.extend(unit.expected.iter().map(|(stream, _)| *stream));
            }
        }
        for (stream, working) in self.core.agents.overlay.drain() {
            if stale.contains(&stream) {
                self.core.agents.cache.forget(stream);
            } else if working.version > 0 {
                let ahead = self.core.agents.cache.show(stream, working.state, working.version, None, now);
                if self.core.agents.kinds.is_worth_storing(stream, ahead) {
                    self.snapshots.push(stream);
                }
            }
        }
    }

    fn committed(&mut self, staged: Staged, unit: &Unit, first: i64) {
        self.fruitless_rounds = 0;
        self.core.positions_durable(unit);
        let root = staged.job.cause.root;
        if let Some(shared) = &mut self.shared {
            shared.expect(&mut self.core.roots, root, first, staged.events.len());
        }
        let feed = self.shared.is_none();
        self.core.follow_up(staged, unit, first, feed);
    }

    /// A unit lost: the job is done again, dropped because its work was done elsewhere, or answered.
    fn rejected(&mut self, job: Job, rejection: Rejection) -> Option<Job> {
        let answer = match rejection {
            Rejection::Version { stream, .. } => {
                if let Err(error) = self.core.agents.wake(stream) {
                    tracing::warn!(%error, %stream, "an agent cannot be loaded now");
                }
                return self.conflict(job);
            }
            Rejection::PositionLost => return self.position_lost(job),
            Rejection::TimerGone | Rejection::EffectGone | Rejection::LeaseLost => {
                if let Work::Effect { record, .. } = &job.work {
                    self.core.effects.end(&record.id);
                }
                self.core.roots.over(job.cause.root);
                return None;
            }
            Rejection::Taken { scope } => CommandError::Taken { scope },
            Rejection::Repeated { same_body, stream } => {
                if let Work::Order(order) = &job.work {
                    let answer = self.core.repeated(same_body, &stream, order.subject);
                    self.core.answer(job, answer);
                }
                return None;
            }
        };
        self.core.not_decided(job, answer, self.core.now());
        None
    }

    /// The store could not write the unit: an order is told, the platform's own work is tried again later.
    fn failed(&mut self, job: Job, error: StoreError) {
        self.core.meter.failed("unit");
        self.core.not_decided(job, error.into(), self.core.now());
    }

    /// A caller does not wait for ever; the platform's own work does, with a rest now and then.
    fn conflict(&mut self, mut job: Job) -> Option<Job> {
        job.conflicts += 1;
        match job.work {
            Work::Order(_) if job.conflicts >= ORDER_CONFLICTS_MAX => {
                self.core.answer(job, Err(CommandError::Overloaded));
                None
            }
            Work::Reaction { .. } | Work::Timer(_) | Work::Effect { .. }
                if job.conflicts.is_multiple_of(CONFLICTS_AT_ONCE) =>
            {
                self.core.put_off(job, self.core.now().after(POSTPONE));
                None
            }
            _ => Some(job),
        }
    }

    /// Another process moved the reactor, or an earlier reaction of this batch lost.
    fn position_lost(&mut self, job: Job) -> Option<Job> {
        if let Err(error) = self.core.load_positions() {
            tracing::warn!(%error, "reactors' positions cannot be read now");
        }
        match &job.work {
            Work::Reaction { reactor, event }
                if event.position > self.core.reactors[*reactor].progress.durable() =>
            {
                Some(job)
            }
            _ => {
                self.core.roots.over(job.cause.root);
                None
            }
        }
    }

    /// Nothing of the batch was acknowledged: orders are told, the platform's own work waits.
    fn lost(&mut self, staged: Vec<Staged>, error: &StoreError) {
        tracing::error!(%error, units = staged.len(), "a commit failed; nothing was acknowledged");
        self.core.meter.failed("commit");
        // What is shown is what was acknowledged last, and readers may go on with it. Should the batch be there after
        // all, the next decision on it loses against the stored version and is made again.
        self.core.agents.overlay.clear();
        for slot in &mut self.core.reactors {
            slot.progress.unclaim();
        }
        let later = self.core.now().after(POSTPONE);
        for Staged { job, .. } in staged {
            match &job.work {
                Work::Order(_) => self.core.answer(job, Err(error.clone().into())),
                _ => self.core.put_off(job, later),
            }
        }
    }

    fn call_effects(&mut self) {
        for (record, root) in self.core.effects.take_ready() {
            if !self.core.effects.begin(&record.id) {
                self.core.roots.over(root);
                continue;
            }
            let handler = self.core.handlers.get(record.kind.as_str()).map(Arc::clone);
            let (inbox, at_once) = (self.inbox.clone(), Arc::clone(&self.effects_at_once));
            let call = EffectCall {
                key: record.id.clone(),
                tenant: record.tenant,
                payload: record.payload.clone(),
                attempt: record.attempts + 1,
                now: self.core.now(),
            };
            let attempt = call.attempt;
            // What a handler logs belongs to the request that it follows from.
            let span = tracing::info_span!(
                "effect", correlation_id = %record.correlation, kind = %record.kind, effect = %record.id, attempt
            );
            let calling = async move {
                let _permit = at_once.acquire().await;
                let outcome = match handler {
                    None => EffectOutcome::Retry("no handler for this kind".to_owned()),
                    // The handler itself may panic before there is a future.
                    Some(handler) => AssertUnwindSafe(async move { handler.call(call).await })
                        .catch_unwind()
                        .await
                        .unwrap_or_else(|_| EffectOutcome::Retry("the handler panicked".to_owned())),
                };
                match &outcome {
                    EffectOutcome::Over(_) => tracing::info!("called"),
                    EffectOutcome::Retry(error) => tracing::warn!(%error, "a call failed and is made again"),
                }
                let _stopped = inbox.send(Message::Effect(Box::new((record, outcome, root))));
            };
            self.core.agents.blocking.0.spawn(calling.instrument(span));
        }
    }

    fn housekeeping(&mut self, now: Timestamp) {
        self.core.settle_limit = self.options.read().settle_limit;
        self.probe_store(now);
        self.forget_keys(now);
        if self.shared.is_none()
            && self.core.timers.wants_more(now, TIMER_HORIZON / 2)
            && let Err(error) = self.load_timers()
        {
            tracing::warn!(%error, "timers cannot be loaded now");
        }
        if self.snapshots.len() >= 64 || (!self.snapshots.is_empty() && self.core.queue.is_empty()) {
            self.save_snapshots();
        }
        let idle = self.options.read().idle_after;
        if now.since(self.swept) >= (idle / 30).max(Duration::from_millis(100)) {
            self.swept = now;
            let asleep = self.core.agents.cache.sleep_idle(now, idle, SNAPSHOT_ASLEEP);
            self.store_snapshots(asleep);
        }
    }

    /// Forgets old idempotency keys, a few at a time, so that nobody waits for it.
    fn forget_keys(&mut self, now: Timestamp) {
        if now < self.forgets_at || !self.is_keeper() {
            return;
        }
        self.forgets_at = now.after(FORGET_PERIOD);
        let forgotten = self.core.agents.store.forget_idempotency(now.before(KEYS_KEPT), FORGET_PAGE);
        match self.core.agents.blocking.on(forgotten) {
            Ok(count) if count >= FORGET_PAGE as usize => self.forgets_at = now.after(FORGET_PAUSE),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "old idempotency keys cannot be forgotten now"),
        }
    }

    /// A store that cannot be written is tried every second, so that it heals although nobody may send a command to a
    /// process that is not ready.
    fn probe_store(&mut self, now: Timestamp) {
        let store = &self.core.agents.store;
        if store.health() != StoreHealth::Connected && now.since(self.probed) >= Duration::from_secs(1) {
            self.probed = now;
            let health = self.core.agents.blocking.on(store.probe());
            tracing::info!(?health, "tried the store");
        }
    }

    fn save_snapshots(&mut self) {
        let now = self.core.now();
        let streams = std::mem::take(&mut self.snapshots);
        let (cache, kinds) = (Arc::clone(&self.core.agents.cache), &self.core.agents.kinds);
        let states = streams
            .into_iter()
            .filter(|stream| kinds.is_worth_storing(*stream, cache.ahead(*stream)))
            .filter_map(|stream| cache.get(stream, now).map(|(state, version)| (stream, state, version)))
            .collect();
        self.store_snapshots(states);
    }

    fn store_snapshots(&mut self, states: Vec<(StreamRef, super::State, i64)>) {
        let snapshots: Vec<Snapshot> = states
            .into_iter()
            .filter_map(|(stream, state, version)| {
                let kind = self.core.agents.kinds.of(stream.prefix).ok()?;
                Some(Snapshot {
                    stream,
                    version,
                    format: kind.snapshot_format(),
                    state: kind.write_snapshot(&state)?,
                })
            })
            .collect();
        if snapshots.is_empty() {
            return;
        }
        match self.core.agents.blocking.on(self.core.agents.store.save_snapshots(&snapshots)) {
            Ok(()) => {
                for snapshot in &snapshots {
                    self.core.agents.cache.note_snapshot(snapshot.stream, snapshot.version);
                }
            }
            Err(error) => tracing::warn!(%error, "snapshots cannot be saved now; loading will be slower"),
        }
    }

    fn finish(mut self) {
        self.positions_saved = Timestamp::from_micros(0);
        self.save_positions(self.core.now());
        self.commit();
        self.save_snapshots();
        if let Some(shared) = &self.shared {
            shared.leave(&self.core);
        }
        // Who waits for what follows is told that the order is durable.
        self.core.roots.expire(Timestamp::from_micros(i64::MAX));
        self.core.roots.answers.give();
        let stopping = std::mem::take(&mut self.stopping);
        // The store is let go before anyone is told: a folder can be opened again at once.
        drop(self);
        for done in stopping {
            let _gone = done.send(());
        }
    }
}
