//! Newest positions between processes, through Redis: what one process takes in, the subscribers of all others see at
//! once.
//!
//! Nothing rests on it. Positions are durable in the telemetry before they are announced; a process that hears nothing
//! finds them there some seconds later ([`Positions::follow`]). So an announcement for which there is no room is counted
//! and forgotten, and nobody who takes positions in ever waits for Redis.

use crate::{Positions, Sample, latest::Seen};
use futures_util::StreamExt as _;
use kernel::{Clock, DriverId, Position, TenantId, Timestamp, Uuid};
use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};
use redis::{Client, RedisError};
use serde::{Deserialize, Serialize};
use std::{convert::Infallible, fmt, str::FromStr, sync::Arc, time::Duration};
use tokio::{sync::mpsc, time::timeout};

/// Each tenant's announcements have a channel of their own, which begins so and ends with the tenant: what a Redis lets a
/// process read, and write, can be said for each. The number goes up when what is published could not be read by older
/// processes.
const CHANNELS: &str = "autobroker:positions:2:";
/// Where a process says that it is still there, and so hears itself.
const HEARTBEATS: &str = "autobroker:positions:2:heartbeat";
/// Announcements that wait to be sent; one more is dropped.
const WAITING_MAX: usize = 8192;
/// Announcements that are sent together.
const TOGETHER_MAX: usize = 256;
/// How long Redis may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// A connection on which nothing was said for so long says that it is still there.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// Heartbeats come back to whoever sends them: without any, the connection is dead.
const SILENCE_MAX: Duration = Duration::from_secs(30);
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(10);

/// Where Redis is: `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, or `rediss://...` over TLS, where the certificate must be
/// one that this machine trusts.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl(String);

/// A text that is no [`RedisUrl`]; it is not repeated, it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE], or rediss:// over TLS")]
pub struct InvalidRedisUrl;

impl FromStr for RedisUrl {
    type Err = InvalidRedisUrl;

    fn from_str(text: &str) -> Result<Self, InvalidRedisUrl> {
        let known = ["redis://", "rediss://"].iter().any(|scheme| text.starts_with(scheme));
        (known && Client::open(text).is_ok()).then(|| Self(text.to_owned())).ok_or(InvalidRedisUrl)
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("redis", &self.0));
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        write!(f, "{scheme}://{place}")
    }
}

/// What the relay is counted by; clones share it.
#[derive(Debug, Clone, Default)]
pub struct RelayMeter {
    published: Counter,
    received: Counter,
    dropped: Counter,
    refused: Counter,
    connected: Gauge,
}

impl RelayMeter {
    /// Makes it visible at `/metrics`.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("relay_published", "Positions told to other processes", self.published.clone());
        registry.register("relay_received", "Positions heard of other processes", self.received.clone());
        registry.register("relay_dropped", "Positions that could not be told now", self.dropped.clone());
        registry.register("relay_refused", "Messages that could not be understood", self.refused.clone());
        registry.register("relay_connected", "Whether other processes are heard", self.connected.clone());
    }
}

/// What is published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Announcement {
    /// The process that took it in.
    from: Uuid,
    tenant: TenantId,
    driver: DriverId,
    at: Timestamp,
    latitude: f64,
    longitude: f64,
    speed_kmh: Option<f64>,
    heading: Option<f64>,
    #[serde(default)]
    mocked: Option<bool>,
}

impl Announcement {
    fn of(from: Uuid, driver: DriverId, seen: &Seen) -> Self {
        let Sample { position, at, speed_kmh, heading, mocked } = seen.sample;
        let Position { latitude, longitude } = position;
        Self { from, tenant: seen.tenant, driver, at, latitude, longitude, speed_kmh, heading, mocked }
    }

    /// Checked like a device's own report: who else can reach Redis could say anything.
    fn seen(&self, now: Timestamp) -> Option<Seen> {
        let position = Position::new(self.latitude, self.longitude).ok()?;
        let Self { tenant, at, speed_kmh, heading, mocked, .. } = *self;
        let sample = Sample { position, at, speed_kmh, heading, mocked };
        sample.check(now).ok()?;
        Some(Seen { tenant, sample })
    }
}

/// The end at which [`Positions`] announces; clones share it.
#[derive(Clone)]
pub(crate) struct Announcer {
    queue: mpsc::Sender<Announcement>,
    process: Uuid,
    meter: RelayMeter,
}

impl Announcer {
    /// Never waits.
    pub(crate) fn announce(&self, driver: DriverId, seen: &Seen) {
        if self.queue.try_send(Announcement::of(self.process, driver, seen)).is_err() {
            self.meter.dropped.inc();
        }
    }
}

/// Relays positions until the future is dropped. `process` tells this process from all others. A Redis that is away is
/// tried again, after 0.1 s and up to every 10 s.
///
/// # Errors
/// [`InvalidRedisUrl`].
pub fn relay(
    url: &RedisUrl,
    positions: Positions,
    process: Uuid,
    clock: Arc<dyn Clock>,
    meter: RelayMeter,
) -> Result<impl Future<Output = ()> + Send + 'static, InvalidRedisUrl> {
    // The one that the house uses, unless somebody has chosen already.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let client = Client::open(url.0.as_str()).map_err(|_| InvalidRedisUrl)?;
    Ok(relay_through(client, positions, process, clock, meter))
}

fn relay_through(
    client: Client,
    positions: Positions,
    process: Uuid,
    clock: Arc<dyn Clock>,
    meter: RelayMeter,
) -> impl Future<Output = ()> + Send + 'static {
    let (queue, mut waiting) = mpsc::channel(WAITING_MAX);
    positions.announce_to(Announcer { queue, process, meter: meter.clone() });
    async move {
        let listener =
            Listener { client: &client, positions: &positions, process, clock: &*clock, meter: &meter };
        tokio::join!(publish(&client, &mut waiting, &meter), listener.listen());
    }
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error(transparent)]
    Redis(#[from] RedisError),
    #[error("nothing came in time")]
    Silent,
    #[error("the connection was closed")]
    Closed,
}

/// The waits between two connections: short again after one that lasted.
struct Backoff(Duration);

impl Backoff {
    async fn wait(&mut self, error: &Ended, lasted: bool) {
        if lasted {
            self.0 = RETRY_FIRST;
        }
        tracing::warn!(%error, "Redis is away");
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(RETRY_MAX);
    }
}

/// Tells others what waits, over one connection after the other.
async fn publish(client: &Client, waiting: &mut mpsc::Receiver<Announcement>, meter: &RelayMeter) {
    let mut backoff = Backoff(RETRY_FIRST);
    // What a connection broke under is sent again over the next: told twice is told once.
    let mut together = Vec::new();
    loop {
        let mut lasted = false;
        let Err(ended) = publish_on(client, waiting, &mut together, meter, &mut lasted).await;
        backoff.wait(&ended, lasted).await;
    }
}

async fn publish_on(
    client: &Client,
    waiting: &mut mpsc::Receiver<Announcement>,
    together: &mut Vec<Announcement>,
    meter: &RelayMeter,
    lasted: &mut bool,
) -> Result<Infallible, Ended> {
    let connecting = timeout(ANSWER_MAX, client.get_multiplexed_async_connection());
    let mut connection = connecting.await.map_err(|_| Ended::Silent)??;
    loop {
        if together.is_empty() {
            // Nothing in time is a heartbeat.
            let _came = timeout(HEARTBEAT, waiting.recv_many(together, TOGETHER_MAX)).await;
        }
        let sent = timeout(ANSWER_MAX, messages_of(together).query_async::<()>(&mut connection)).await;
        sent.map_err(|_| Ended::Silent)??;
        meter.published.inc_by(together.len() as u64);
        together.clear();
        *lasted = true;
    }
}

fn messages_of(together: &[Announcement]) -> redis::Pipeline {
    let mut pipe = redis::pipe();
    if together.is_empty() {
        pipe.publish(HEARTBEATS, "").ignore();
    }
    for announcement in together {
        if let Ok(text) = serde_json::to_string(announcement) {
            pipe.publish(format!("{CHANNELS}{}", announcement.tenant), text).ignore();
        }
    }
    pipe
}

struct Listener<'a> {
    client: &'a Client,
    positions: &'a Positions,
    process: Uuid,
    clock: &'a dyn Clock,
    meter: &'a RelayMeter,
}

impl Listener<'_> {
    /// Hears what others tell, over one connection after the other.
    async fn listen(&self) {
        let mut backoff = Backoff(RETRY_FIRST);
        loop {
            let mut lasted = false;
            let Err(ended) = self.listen_on(&mut lasted).await;
            self.meter.connected.set(0);
            backoff.wait(&ended, lasted).await;
        }
    }

    async fn listen_on(&self, lasted: &mut bool) -> Result<Infallible, Ended> {
        let connecting = async {
            let mut connection = self.client.get_async_pubsub().await?;
            connection.psubscribe(format!("{CHANNELS}*")).await?;
            Ok::<_, RedisError>(connection)
        };
        let mut connection = timeout(ANSWER_MAX, connecting).await.map_err(|_| Ended::Silent)??;
        self.meter.connected.set(1);
        let mut messages = connection.on_message();
        loop {
            let message = timeout(SILENCE_MAX, messages.next()).await.map_err(|_| Ended::Silent)?;
            let message = message.ok_or(Ended::Closed)?;
            *lasted = true;
            self.hear(message.get_channel_name(), message.get_payload_bytes()).await;
        }
    }

    async fn hear(&self, channel: &str, payload: &[u8]) {
        if payload.is_empty() {
            return;
        }
        let now = self.clock.now();
        let announcement = serde_json::from_slice::<Announcement>(payload).ok();
        if announcement.as_ref().is_some_and(|announcement| announcement.from == self.process) {
            return;
        }
        let tenant = channel.strip_prefix(CHANNELS).and_then(|tenant| tenant.parse().ok());
        let seen = announcement.as_ref().and_then(|told| Some((told.driver, told.seen(now)?)));
        let heard = match seen.filter(|(_, seen)| Some(seen.tenant) == tenant) {
            Some((driver, seen)) => self.positions.hear_of(driver, &seen, now).await,
            None => false,
        };
        if heard {
            self.meter.received.inc()
        } else {
            self.meter.refused.inc()
        };
    }
}

#[cfg(test)]
#[path = "relay_tests.rs"]
mod tests;
