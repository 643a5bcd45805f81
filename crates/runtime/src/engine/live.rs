//! The live runtime: one engine thread, any number of callers.

use super::{
    cache::{AgentCensus, Cache},
    core::{Blocking, Core},
    job::{Cause, OrderJob, Reply},
    loader::{self, Kinds},
    thread::Engine,
};
use crate::{
    Agent, Assembly, EffectOutcome, Recorded,
    health::Meter,
    order::{CommandError, Order, Origin, Receipt, Wait},
};
use kernel::{Clock, Entropy, StreamRef, Timestamp, TypedId};
use parking_lot::RwLock;
use std::{
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Sender, channel},
    },
    time::Duration,
};
use store::{Claim, EffectChange, EffectRecord, Outcome, Store, StoreError, Unit};
use tokio::{runtime::Handle, sync::oneshot};

/// A cached agent older than this is not served while the database is away (spec 4, TTL of profiles).
const STALE_MAX: Duration = Duration::from_secs(300);

/// How long a shared database is asked for the version of an agent in memory.
const CHECK_LIMIT: Duration = Duration::from_secs(1);

/// Limits and periods of the live runtime; they can be changed while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeOptions {
    /// An agent that nobody asked for this long leaves memory (design, section 4: 30 min).
    pub idle_after: Duration,
    /// At most so many units in one commit.
    pub batch_limit: usize,
    /// At most so many orders wait; more are refused as overloaded.
    pub queue_limit: u64,
    /// How long [`Wait::Settled`] waits at most after the commit (design, section 7: 2 s).
    pub settle_limit: Duration,
    /// About so many timers are held in memory; the others wait in the store until it is their turn.
    pub timers_held: u32,
    /// How long an order waits at most for any answer. One that the engine has not begun by then is not carried out.
    pub answer_limit: Duration,
}

impl Default for RuntimeOptions {
    fn default() -> Self {
        Self {
            idle_after: Duration::from_secs(1800),
            batch_limit: 512,
            queue_limit: 100_000,
            settle_limit: Duration::from_secs(2),
            timers_held: 50_000,
            answer_limit: Duration::from_secs(5),
        }
    }
}

/// How the runtime is.
#[derive(Debug, Clone)]
pub struct RuntimeStatus {
    /// Awake agents by kind (`agent_active_count{type}`).
    pub awake: AgentCensus,
    /// Orders in the queue.
    pub waiting: u64,
    /// How long the engine has not shown a sign of life; it shows one at least every second.
    pub silent_for: Duration,
}

pub enum Message {
    Order(Box<(Cause, OrderJob, Option<Reply>)>),
    Effect(Box<(EffectRecord, EffectOutcome, Option<u64>)>),
    /// The store holds effects that became due otherwise than by the engine.
    EffectsDue,
    Stop(oneshot::Sender<()>),
}

struct Inner {
    inbox: Sender<Message>,
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    kinds: Kinds,
    cache: Arc<Cache>,
    meter: Arc<Meter>,
    options: Arc<RwLock<RuntimeOptions>>,
}

/// The live runtime; clones share it.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

impl Runtime {
    /// Rebuilds changed views, loads timers and reactors' positions, and starts the engine's thread. Must be called
    /// within a multi-threaded tokio runtime, which runs the effects.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn start(
        assembly: Assembly,
        store: Store,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        options: RuntimeOptions,
    ) -> Result<Self, StoreError> {
        let blocking = Blocking(Handle::current());
        crate::rebuild::prepare_views(&assembly, &store).await?;
        let settle = options.settle_limit;
        let core =
            Core::new(assembly, store.clone(), Arc::clone(&clock), Arc::clone(&entropy), blocking, settle);
        let (inbox, messages) = channel();
        let options = Arc::new(RwLock::new(options));
        let inner = Inner {
            inbox: inbox.clone(),
            store,
            clock,
            entropy,
            kinds: core.agents.kinds.clone(),
            cache: Arc::clone(&core.agents.cache),
            meter: Arc::clone(&core.meter),
            options: Arc::clone(&options),
        };
        inner.meter.alive.store(inner.clock.now().micros(), Ordering::Relaxed);
        inner.meter.followed.store(inner.clock.now().micros(), Ordering::Relaxed);
        let mut engine = Engine::new(core, inbox, messages, options);
        let (ready, started) = oneshot::channel();
        std::thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || match engine.prepare() {
                Ok(()) => {
                    let _gone = ready.send(Ok(()));
                    engine.supervise();
                }
                Err(error) => {
                    let _gone = ready.send(Err(error));
                }
            })
            .map_err(|error| StoreError::Open(error.to_string()))?;
        started.await.map_err(|_| StoreError::Open("the engine did not start".to_owned()))??;
        Ok(Self(Arc::new(inner)))
    }

    /// Carries out an order.
    ///
    /// # Errors
    /// [`CommandError`].
    pub async fn submit(&self, origin: &Origin, order: Order) -> Result<Receipt, CommandError> {
        let inner = &self.0;
        let (reply, answer) = oneshot::channel();
        let (cause, order, waiting) = order_job(origin, order, reply, inner.clock.now())?;
        let (limit, answer_limit) = {
            let options = inner.options.read();
            (options.queue_limit, options.answer_limit)
        };
        if inner.meter.waiting.fetch_add(1, Ordering::Relaxed) >= limit {
            inner.meter.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(CommandError::Overloaded);
        }
        if inner.inbox.send(Message::Order(Box::new((cause, order, waiting)))).is_err() {
            inner.meter.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(CommandError::Overloaded);
        }
        match tokio::time::timeout(answer_limit, answer).await {
            Ok(answered) => answered.map_err(|_| CommandError::Overloaded)?,
            Err(_) => Err(late()),
        }
    }

    /// The state of an agent as last acknowledged; `None` when its stream has no events. While a shared database is
    /// away, a cached state of at most 5 min is served.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn state<A: Agent>(&self, id: A::Id) -> Result<Option<Arc<A>>, StoreError> {
        let inner = &self.0;
        let (stream, now) = (id.stream(), inner.clock.now());
        if inner.store.is_shared() {
            match known_version(&inner.store, stream).await {
                Ok(version) => {
                    inner.cache.forget_behind(stream, version);
                    inner.cache.confirm(stream, now);
                }
                Err(error) => {
                    let fresh =
                        inner.cache.checked(stream).is_some_and(|checked| now.since(checked) <= STALE_MAX);
                    if !fresh {
                        return Err(error);
                    }
                }
            }
        }
        let found = loader::read(&inner.kinds, &inner.store, &inner.cache, stream, now).await?;
        Ok(found.and_then(|(state, _)| state.downcast::<A>().ok()))
    }

    /// Up to `limit` events of the whole log after a position, decoded, in order and without gaps: for those who catch up.
    /// One that cannot be decoded is told to [`Meter::unreadable`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn events_after(&self, position: i64, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        self.recorded(&self.0.store.read_log(position, limit).await?)
    }

    /// The same of one stream alone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn events_of(
        &self,
        stream: StreamRef,
        position: i64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.recorded(&self.0.store.read_stream_since(stream, position, limit).await?)
    }

    fn recorded(&self, stored: &[store::StoredEvent]) -> Result<Vec<Recorded>, StoreError> {
        let decode = |event: &store::StoredEvent| {
            let undecodable = |_: &StoreError| self.0.meter.stands_before("subscribers", event.position);
            self.0.kinds.recorded(event).inspect_err(undecodable)
        };
        stored.iter().map(decode).collect()
    }

    /// Takes an effect off the dead-letter list and calls it again at once; among several processes the one that
    /// holds the lease of the sweep does, within a second. One that is not dead is left alone.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replay(&self, id: &str) -> Result<(), StoreError> {
        let change = EffectChange::Replay { id: id.to_owned(), due: self.now() };
        let unit = Unit { effects: vec![change], ..Unit::default() };
        if let [Outcome::Failed(error)] = self.0.store.commit(&[unit]).await?.as_slice() {
            return Err(error.clone());
        }
        // After a stop it is durable: whoever opens the store next makes the call.
        let _stopped = self.0.inbox.send(Message::EffectsDue);
        Ok(())
    }

    /// The store, for views.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// The randomness.
    #[must_use]
    pub fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.0.entropy
    }

    /// The clock's present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Its counters.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.0.meter
    }

    /// How it is.
    #[must_use]
    pub fn status(&self) -> RuntimeStatus {
        RuntimeStatus {
            awake: self.0.cache.census(&self.0.kinds),
            waiting: self.0.meter.waiting(),
            silent_for: self.0.meter.silent_for(self.now()),
        }
    }

    /// How long ago this process last knew all that was written: nothing where no other process writes.
    #[must_use]
    pub fn unheard_for(&self) -> Duration {
        if self.0.store.is_shared() { self.0.meter.unheard_for(self.now()) } else { Duration::ZERO }
    }

    /// The limits and periods in force.
    #[must_use]
    pub fn options(&self) -> RuntimeOptions {
        self.0.options.read().clone()
    }

    /// Changes limits and periods while it runs.
    pub fn configure(&self, options: RuntimeOptions) {
        *self.0.options.write() = options;
    }

    /// Finishes what is queued, saves snapshots and reactors' positions, and stops. Later orders are refused.
    pub async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.0.inbox.send(Message::Stop(done)).is_ok() {
            let _gone = stopped.await;
        }
    }
}

/// The version of a stream, unless the database does not say it soon.
async fn known_version(store: &Store, stream: StreamRef) -> Result<i64, StoreError> {
    let asked = tokio::time::timeout(CHECK_LIMIT, store.stream_version(stream)).await;
    asked.unwrap_or_else(|_| Err(StoreError::Unavailable("the store does not answer in time".to_owned())))
}

/// Whoever asks again with the same idempotency key learns whether it was carried out.
fn late() -> CommandError {
    StoreError::Unavailable("the store does not answer in time; what became of it is not known".to_owned())
        .into()
}

/// Turns a route's order into the engine's work.
pub fn order_job(
    origin: &Origin,
    order: Order,
    reply: Reply,
    now: Timestamp,
) -> Result<(Cause, OrderJob, Option<Reply>), CommandError> {
    let Order { commands, mut claims, writes, wait } = order;
    let subject = commands
        .first()
        .map(|command| command.stream)
        .ok_or_else(|| StoreError::Defect("an order without a command".to_owned()))?;
    if let Some(key) = &origin.idempotency {
        let (key, body_hash) = (key.key.clone(), key.body_hash);
        // First, so that a repeated request is told so, and not that its own e-mail is taken.
        claims.insert(0, Claim::Idempotency { key, body_hash, stream: subject, at: now });
    }
    let (reply, waiting) = match wait {
        Wait::Durable => (Some(reply), None),
        Wait::Settled => (None, Some(reply)),
    };
    let cause = Cause {
        tenant: origin.tenant,
        actor: origin.actor.to_string().into(),
        correlation: origin.correlation,
        causation: 0,
        root: None,
        span: tracing::Span::current(),
    };
    Ok((cause, OrderJob { commands: Arc::new(commands), claims, writes, subject, reply }, waiting))
}
