//! Who listens to what, and the fan-out.

use super::{Audience, BinaryHandler, TopicMessage, TopicSource, outbox::Outbox, protocol::ServerMessage};
use crate::{
    Metrics, Platform,
    rate::{Limiter, Party, RateLimits},
};
use axum::extract::ws::Utf8Bytes;
use contracts::ports::Authenticator;
use kernel::UserId;
use parking_lot::{Mutex, RwLock};
use runtime::{Observer, Recorded, Runtime};
use rustc_hash::FxHashMap;
use serde_json::Value;
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use store::StoreError;
use tokio::sync::watch;

/// Events after which a credential may be good no more: every socket looks at its own again. They are rare, and a look
/// takes microseconds.
const VOIDING: [&str; 5] =
    ["session.revoked", "user.role_changed", "user.disabled", "api_key.revoked", "personal_data.erased"];

/// Limits of the WebSockets.
#[derive(Debug, Clone)]
pub struct HubOptions {
    /// Sockets at once that have authenticated; more are refused with 503.
    pub sockets_max: usize,
    /// Sockets at once that have not authenticated yet; more are refused with 503. They take no place of the others.
    pub waiting_max: usize,
    /// Of these, from one address or IPv6 /64. A fleet that reconnects from behind one gateway is let in.
    pub waiting_per_address_max: usize,
    /// Sockets of one user at once, in this process and over all the user's keys; more are refused once they are
    /// authenticated. They are as many as there are places when requests of users have no limit.
    pub sockets_per_user_max: usize,
    /// Subscriptions of one socket.
    pub subscriptions_max: usize,
    /// Messages that wait for one socket; one more and it is closed as too slow.
    pub queue_max: usize,
    /// Bytes of one incoming message.
    pub message_bytes_max: usize,
    /// How long a socket may take to authenticate.
    pub auth_time: Duration,
    /// Between two pings; after two without an answer the socket is closed.
    pub ping_every: Duration,
    /// How long one message may take to be taken by the client's side.
    pub send_time: Duration,
    /// How far back a subscription may resume, in events of the whole log.
    pub resume_events_max: i64,
    /// How much of the log subscriptions that resume may read for one user or key, in batches (up to 500 events of the
    /// topic) a minute, over all its sockets in this process.
    pub resume_batches_per_minute: u32,
}

impl Default for HubOptions {
    fn default() -> Self {
        Self {
            sockets_max: 20_000,
            waiting_max: 8_000,
            waiting_per_address_max: 2_000,
            sockets_per_user_max: 2_000,
            subscriptions_max: 100,
            queue_max: 256,
            message_bytes_max: 64 * 1024,
            auth_time: Duration::from_secs(10),
            ping_every: Duration::from_secs(30),
            send_time: Duration::from_secs(10),
            resume_events_max: 20_000,
            resume_batches_per_minute: 400,
        }
    }
}

/// A family of topics and how many subscriptions it has, so that nothing is computed for nobody.
pub(super) struct Family {
    pub(super) source: Arc<dyn TopicSource>,
    listeners: AtomicUsize,
}

/// What the hub reaches once the platform runs.
pub(super) struct Serving {
    pub(super) authenticator: Arc<dyn Authenticator>,
    pub(super) runtime: Runtime,
    pub(super) families: Vec<Family>,
    pub(super) frames: Option<Arc<dyn BinaryHandler>>,
    /// Counts the batches of the log that are read for those who resume.
    pub(super) resumes: Limiter,
}

impl Serving {
    /// The family of a topic.
    pub(super) fn family(&self, topic: &str) -> Option<&Family> {
        let prefix = topic.split_once(':')?.0;
        self.families.iter().find(|family| family.source.prefix() == prefix)
    }
}

struct Inner {
    options: HubOptions,
    metrics: Metrics,
    /// Empty before the platform runs and after it stopped; a runtime that is observed by us must not be kept by us.
    serving: RwLock<Option<Arc<Serving>>>,
    topics: RwLock<FxHashMap<Arc<str>, Vec<Arc<Subscription>>>>,
    /// The last position whose messages began to be handed out.
    begun: AtomicI64,
    /// The last position whose messages have been handed out.
    position: AtomicI64,
    sockets: AtomicUsize,
    waiting: Mutex<Waiting>,
    /// The sockets of each user that has any.
    sockets_of: Mutex<FxHashMap<UserId, usize>>,
    signals: watch::Sender<Signals>,
}

/// The sockets that have not authenticated yet.
#[derive(Default)]
struct Waiting {
    all: usize,
    of: FxHashMap<Party, usize>,
}

/// What concerns every socket at once.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Signals {
    /// The server goes away.
    pub(super) stopped: bool,
    /// Counts what may have voided somebody's credential.
    voided: u64,
}

/// Fans events out to WebSockets; clones share everything. Made before the runtime, which it observes
/// (`Context::observer`), and attached to the platform once that runs.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

impl Hub {
    /// A hub without topics yet.
    #[must_use]
    pub fn new(options: HubOptions, metrics: Metrics) -> Self {
        Self(Arc::new(Inner {
            options,
            metrics,
            serving: RwLock::new(None),
            topics: RwLock::default(),
            begun: AtomicI64::new(0),
            position: AtomicI64::new(0),
            sockets: AtomicUsize::new(0),
            waiting: Mutex::default(),
            sockets_of: Mutex::default(),
            signals: watch::Sender::default(),
        }))
    }

    /// Begins to serve: the sources of all topics, and who takes the binary frames.
    ///
    /// # Errors
    /// [`StoreError`] when the log's end cannot be read.
    pub async fn attach(
        &self,
        platform: &Platform,
        sources: Vec<Arc<dyn TopicSource>>,
        frames: Option<Arc<dyn BinaryHandler>>,
    ) -> Result<(), StoreError> {
        let head = platform.runtime.store().head().await?;
        self.0.begun.fetch_max(head.position, Ordering::SeqCst);
        self.0.position.fetch_max(head.position, Ordering::AcqRel);
        let families =
            sources.into_iter().map(|source| Family { source, listeners: AtomicUsize::new(0) }).collect();
        let authenticator = Arc::clone(&platform.authenticator);
        let rates = RateLimits::new(self.0.options.resume_batches_per_minute, 0);
        let resumes = Limiter::new(rates, Arc::clone(platform.runtime.clock()));
        let serving = Serving { authenticator, runtime: platform.runtime.clone(), families, frames, resumes };
        *self.0.serving.write() = Some(Arc::new(serving));
        Ok(())
    }

    /// Sends a message that is not an event of the log (a position, an offer) to those who listen now. Its `id` is that
    /// of the last event before it, so that it resumes like any other. `data` is only made when somebody listens.
    pub fn publish(&self, topic: &str, audience: Audience, data: impl FnOnce() -> Value) {
        let subscribers = self.subscribers(topic);
        if !subscribers.is_empty() {
            let message = TopicMessage { topic: topic.to_owned(), data: data(), audience };
            self.hand_out(&subscribers, &message, None);
        }
    }

    /// Sends a value that replaces the one before it (where a truck is). A socket that does not keep up is never closed
    /// for it: of each topic at most one such message waits, the newest.
    pub fn publish_latest(&self, topic: &str, audience: Audience, data: impl FnOnce() -> Value) {
        let subscribers = self.subscribers(topic);
        if subscribers.is_empty() {
            return;
        }
        let id = self.position().to_string();
        let text = ServerMessage::Event { topic, id, data: &data() }.text();
        for subscription in subscribers {
            if subscription.offer_latest(audience, &text) {
                self.0.metrics.socket_message();
            }
        }
    }

    /// Tells every socket that the server goes away and closes it; new ones are refused. Call it before the runtime
    /// stops.
    pub fn stop(&self) {
        self.0.signals.send_modify(|signals| signals.stopped = true);
        *self.0.serving.write() = None;
    }

    pub(super) fn options(&self) -> &HubOptions {
        &self.0.options
    }

    pub(super) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(super) fn serving(&self) -> Option<Arc<Serving>> {
        self.0.serving.read().clone()
    }

    /// Tells when the server goes away, and when a credential may have been voided.
    pub(super) fn signals(&self) -> watch::Receiver<Signals> {
        self.0.signals.subscribe()
    }

    /// The last position whose messages a subscription may have come too late for. Read after it was registered, the
    /// messages of every later position reach it: their handing out begins with this number and only then looks for
    /// subscriptions, all in one order (`SeqCst`).
    pub(super) fn begun(&self) -> i64 {
        self.0.begun.load(Ordering::SeqCst)
    }

    /// The position that messages which are not of the log carry.
    fn position(&self) -> i64 {
        self.0.position.load(Ordering::Acquire)
    }

    /// Lets a socket wait until it has authenticated; `None` when too many do, or every place is taken.
    pub(super) fn knock(&self, address: IpAddr) -> Option<Knock> {
        let HubOptions { sockets_max, waiting_max, waiting_per_address_max, .. } = self.0.options;
        let mut waiting = self.0.waiting.lock();
        let party = Party::at(address);
        let same = waiting.of.get(&party).copied().unwrap_or(0);
        let is_full = self.0.sockets.load(Ordering::Acquire) >= sockets_max;
        if is_full || waiting.all >= waiting_max || same >= waiting_per_address_max {
            return None;
        }
        waiting.all += 1;
        waiting.of.insert(party, same + 1);
        Some(Knock { hub: self.clone(), party })
    }

    /// Takes a place for a socket that has authenticated; `None` when all are taken.
    pub(super) fn place(&self) -> Option<Place> {
        let max = self.0.options.sockets_max;
        let taken =
            self.0.sockets.fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| (n < max).then_some(n + 1));
        taken.ok()?;
        Some(Place { hub: self.clone(), user: None })
    }

    /// Adds a subscription; from now on its messages are held or sent.
    pub(super) fn register(&self, topic: &str, subscription: Arc<Subscription>) {
        if let Some(family) = self.serving().as_ref().and_then(|serving| serving.family(topic)) {
            family.listeners.fetch_add(1, Ordering::SeqCst);
        }
        self.0.topics.write().entry(topic.into()).or_default().push(subscription);
    }

    /// Takes a subscription away.
    pub(super) fn unregister(&self, topic: &str, subscription: &Arc<Subscription>) {
        let mut topics = self.0.topics.write();
        let Some(list) = topics.get_mut(topic) else { return };
        list.retain(|other| !Arc::ptr_eq(other, subscription));
        if list.is_empty() {
            topics.remove(topic);
        }
        drop(topics);
        if let Some(family) = self.serving().as_ref().and_then(|serving| serving.family(topic)) {
            family.listeners.fetch_sub(1, Ordering::AcqRel);
        }
    }

    fn subscribers(&self, topic: &str) -> Vec<Arc<Subscription>> {
        self.0.topics.read().get(topic).cloned().unwrap_or_default()
    }

    fn hand_out(&self, subscribers: &[Arc<Subscription>], message: &TopicMessage, position: Option<i64>) {
        let id = position.unwrap_or_else(|| self.position()).to_string();
        let text = ServerMessage::Event { topic: &message.topic, id, data: &message.data }.text();
        for subscription in subscribers {
            if subscription.offer(message.audience, position, &text) {
                self.0.metrics.socket_message();
            }
        }
    }
}

impl Observer for Hub {
    fn committed(&self, event: &Recorded) {
        let Some(serving) = self.serving() else { return };
        self.0.begun.fetch_max(event.position, Ordering::SeqCst);
        let heard = serving.families.iter().filter(|family| family.listeners.load(Ordering::SeqCst) > 0);
        for message in heard.flat_map(|family| family.source.messages(event)) {
            let subscribers = self.subscribers(&message.topic);
            if !subscribers.is_empty() {
                self.hand_out(&subscribers, &message, Some(event.position));
            }
        }
        if VOIDING.contains(&event.type_name) {
            self.0.signals.send_modify(|signals| signals.voided += 1);
        }
        // After the messages: a token never runs ahead of what was handed out.
        self.0.position.fetch_max(event.position, Ordering::AcqRel);
    }
}

/// A socket that waits to be let in.
pub(super) struct Knock {
    hub: Hub,
    party: Party,
}

impl Drop for Knock {
    fn drop(&mut self) {
        let mut waiting = self.hub.0.waiting.lock();
        waiting.all -= 1;
        match waiting.of.get_mut(&self.party) {
            Some(same) if *same > 1 => *same -= 1,
            _ => drop(waiting.of.remove(&self.party)),
        }
    }
}

/// One socket's place among those allowed.
pub(super) struct Place {
    hub: Hub,
    user: Option<UserId>,
}

impl Place {
    /// Makes it one of the user's; `false` when the user has as many as allowed.
    pub(super) fn claim(&mut self, user: UserId) -> bool {
        let mut sockets_of = self.hub.0.sockets_of.lock();
        let held = sockets_of.get(&user).copied().unwrap_or(0);
        if held >= self.hub.0.options.sockets_per_user_max {
            return false;
        }
        sockets_of.insert(user, held + 1);
        self.user = Some(user);
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(user) = self.user {
            let mut sockets_of = self.hub.0.sockets_of.lock();
            match sockets_of.get_mut(&user) {
                Some(held) if *held > 1 => *held -= 1,
                _ => drop(sockets_of.remove(&user)),
            }
        }
        self.hub.0.sockets.fetch_sub(1, Ordering::AcqRel);
    }
}

/// One socket's subscription to one topic.
pub(super) struct Subscription {
    topic: Arc<str>,
    outbox: Arc<Outbox>,
    hold_max: usize,
    flow: Mutex<Flow>,
}

struct Flow {
    audience: Audience,
    phase: Phase,
}

enum Phase {
    /// The log is being read up to the present: what happens meanwhile is held. Without a position: not of the log.
    CatchingUp(Vec<(Option<i64>, Utf8Bytes)>),
    /// Messages go straight to the outbox; events up to `after` were sent already.
    Live { after: i64 },
    /// Whoever was about to hand something out comes too late.
    Ended,
}

impl Subscription {
    /// A subscription that holds everything until [`Subscription::go_live`].
    pub(super) fn new(topic: &str, outbox: Arc<Outbox>, audience: Audience, hold_max: usize) -> Arc<Self> {
        let flow = Mutex::new(Flow { audience, phase: Phase::CatchingUp(Vec::new()) });
        Arc::new(Self { topic: topic.into(), outbox, hold_max, flow })
    }

    /// Takes nothing more, and forgets what waits.
    pub(super) fn end(&self) {
        self.flow.lock().phase = Phase::Ended;
        self.outbox.forget(&self.topic);
    }

    pub(super) fn audience(&self) -> Audience {
        self.flow.lock().audience
    }

    pub(super) fn set_audience(&self, audience: Audience) {
        self.flow.lock().audience = audience;
    }

    /// Sends what was held and is newer than `after`, and from now on everything at once. Whoever hands out messages
    /// waits on the same lock, so nothing comes between, is lost or comes twice.
    pub(super) fn go_live(&self, after: i64) {
        let mut flow = self.flow.lock();
        let held = match std::mem::replace(&mut flow.phase, Phase::Live { after }) {
            Phase::CatchingUp(held) => held,
            Phase::Live { .. } | Phase::Ended => Vec::new(),
        };
        for (position, text) in held {
            if position.is_none_or(|position| position > after) {
                self.outbox.put(&self.topic, text);
            }
        }
    }

    /// Takes a message; `true` when it was held or queued.
    fn offer(&self, audience: Audience, position: Option<i64>, text: &Utf8Bytes) -> bool {
        let mut flow = self.flow.lock();
        if !flow.audience.meets(audience) {
            return false;
        }
        match &mut flow.phase {
            Phase::CatchingUp(held) if held.len() < self.hold_max => {
                held.push((position, text.clone()));
                true
            }
            Phase::CatchingUp(_) => {
                self.outbox.overrun();
                false
            }
            Phase::Live { after } => {
                position.is_none_or(|position| position > *after)
                    && self.outbox.put(&self.topic, text.clone())
            }
            Phase::Ended => false,
        }
    }
}

impl Subscription {
    /// Takes a value that replaces the one before it; `true` when it is one message more.
    fn offer_latest(&self, audience: Audience, text: &Utf8Bytes) -> bool {
        let flow = self.flow.lock();
        flow.audience.meets(audience)
            && !matches!(flow.phase, Phase::Ended)
            && self.outbox.put_latest(&self.topic, text.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(outbox: &Outbox) -> Vec<String> {
        outbox.take().map(|text| text.to_string()).collect()
    }

    #[test]
    fn what_was_replayed_is_not_sent_again_and_nothing_is_lost() {
        let outbox = Outbox::new(10);
        let subscription = Subscription::new("shipment:1", Arc::clone(&outbox), Audience::ALL, 10);
        for position in [3, 4, 5] {
            subscription.offer(Audience::ALL, Some(position), &position.to_string().into());
        }
        subscription.offer(Audience::ALL, None, &"position".into());
        assert_eq!(texts(&outbox), [""; 0], "held while the log is read");
        subscription.go_live(4);
        for position in [4, 5, 6] {
            subscription.offer(Audience::ALL, Some(position), &format!("live {position}").into());
        }
        assert_eq!(texts(&outbox), ["5", "position", "live 5", "live 6"]);
    }

    #[test]
    fn a_message_reaches_only_its_audience() {
        let outbox = Outbox::new(10);
        let subscription = Subscription::new("shipment:1", Arc::clone(&outbox), Audience(0b01), 10);
        subscription.go_live(0);
        assert!(!subscription.offer(Audience(0b10), Some(1), &"theirs".into()));
        assert!(subscription.offer(Audience(0b11), Some(2), &"ours".into()));
        assert!(!subscription.offer_latest(Audience(0b10), &"there".into()));
        assert!(subscription.offer_latest(Audience(0b01), &"here".into()));
        assert_eq!(texts(&outbox), ["ours", "here"]);
    }

    #[test]
    fn whoever_hands_out_to_an_ended_subscription_comes_too_late() {
        let outbox = Outbox::new(10);
        let subscription = Subscription::new("shipment:1", Arc::clone(&outbox), Audience::ALL, 10);
        subscription.go_live(0);
        assert!(subscription.offer(Audience::ALL, Some(1), &"before".into()));
        assert!(subscription.offer_latest(Audience::ALL, &"there".into()));
        subscription.end();
        assert!(!subscription.offer(Audience::ALL, Some(2), &"after".into()));
        assert!(!subscription.offer_latest(Audience::ALL, &"here".into()));
        assert_eq!(texts(&outbox), [""; 0], "neither what waited nor what came late");
    }
}
