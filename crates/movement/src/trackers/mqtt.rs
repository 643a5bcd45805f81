//! Trackers behind an MQTT broker. The platform subscribes to `TOPIC/+` with quality of service 1; the last level of a
//! topic is the device's identifier, the payload OsmAnd's JSON or query. A message is acknowledged to the broker when
//! its positions are durable; until then the broker keeps it, also over a restart of ours (a lasting session). It is
//! MQTT 5: there a client says how much it takes at once and how large, and the broker drops what is larger.

use super::{Rejected, Trackers, Turn, requests::secret_of};
use devices::{Protocol, osmand};
use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesOrdered};
use rumqttc::v5::{
    AsyncClient, ClientError, ConnectionError, Event, EventLoop, MqttOptions,
    mqttbytes::{
        QoS,
        v5::{Packet, Publish},
    },
};
use std::{fmt, str::FromStr, time::Duration};
use tokio::sync::watch;

/// The topic when the URL names none.
const TOPIC_DEFAULT: &str = "autobroker/devices";
const PORT_DEFAULT: u16 = 1883;
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// Messages that are worked on at the same time; the broker holds the others back.
const UNDER_WAY_MAX: u16 = 64;
/// A message with its topic.
const PACKET_BYTES_MAX: u32 = 65 * 1024;
/// How long the broker keeps messages for us while we are away; older positions would not be believed.
const SESSION: Duration = Duration::from_secs(7 * 24 * 3600);
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(30);

/// Where a broker is: `mqtt://[USER:PASSWORD@]HOST[:PORT][/TOPIC]`.
#[derive(Clone, PartialEq, Eq)]
pub struct MqttUrl {
    host: String,
    port: u16,
    credentials: Option<(String, String)>,
    topic: String,
}

/// A text that is no [`MqttUrl`]; it is not repeated, it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected mqtt://[USER:PASSWORD@]HOST[:PORT][/TOPIC]")]
pub struct InvalidMqttUrl;

impl fmt::Debug for MqttUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mqtt://{}:{}/{}", self.host, self.port, self.topic)
    }
}

impl FromStr for MqttUrl {
    type Err = InvalidMqttUrl;

    fn from_str(text: &str) -> Result<Self, InvalidMqttUrl> {
        let rest = text.strip_prefix("mqtt://").ok_or(InvalidMqttUrl)?;
        let (authority, topic) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, place) = match authority.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, authority),
        };
        let credentials = match login.map(|login| login.split_once(':').ok_or(InvalidMqttUrl)) {
            Some(login) => login.map(|(user, password)| Some((user.to_owned(), password.to_owned())))?,
            None => None,
        };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| InvalidMqttUrl)?),
            None => (place, PORT_DEFAULT),
        };
        let topic = if topic.is_empty() { TOPIC_DEFAULT } else { topic.trim_end_matches('/') };
        if host.is_empty() || topic.contains(['#', '+']) {
            return Err(InvalidMqttUrl);
        }
        Ok(Self { host: host.to_owned(), port, credentials, topic: topic.to_owned() })
    }
}

impl MqttUrl {
    /// The session is called by the topic, whichever process holds it: two installations with one broker have two topics.
    fn options(&self) -> MqttOptions {
        let mut options = MqttOptions::new(format!("autobroker {}", self.topic), &self.host, self.port);
        options.set_keep_alive(KEEP_ALIVE).set_clean_start(false).set_manual_acks(true);
        options.set_session_expiry_interval(u32::try_from(SESSION.as_secs()).ok());
        options.set_receive_maximum(Some(UNDER_WAY_MAX)).set_max_packet_size(Some(PACKET_BYTES_MAX));
        if let Some((user, password)) = &self.credentials {
            options.set_credentials(user, password);
        }
        options
    }
}

/// Takes what devices publish until `stop` turns true or its sender is gone, whenever it is this process's `turn`. A
/// broker that is away is tried again, after 1 s and up to every 30 s.
pub async fn serve_mqtt(url: MqttUrl, turn: Turn, trackers: Trackers, mut stop: watch::Receiver<bool>) {
    let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
    tokio::select! {
        () = stopped => {}
        () = serve_in_turn(&url, &turn, &trackers) => {}
    }
    turn.given_back(&trackers).await;
}

async fn serve_in_turn(url: &MqttUrl, turn: &Turn, trackers: &Trackers) {
    loop {
        turn.begun(trackers).await;
        tokio::select! {
            () = turn.over(trackers) => {}
            () = serve(url, trackers) => {}
        }
    }
}

async fn serve(url: &MqttUrl, trackers: &Trackers) {
    let mut wait = RETRY_FIRST;
    loop {
        let (requests, mut events) = AsyncClient::new(url.options(), 2 * usize::from(UNDER_WAY_MAX));
        let Err(error) = session(url, &requests, &mut events, trackers, &mut wait).await;
        tracing::warn!(broker = ?url, %error, "the MQTT broker is away");
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(RETRY_MAX);
    }
}

/// Why a session with the broker ends.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error(transparent)]
    Connection(#[from] Box<ConnectionError>),
    #[error(transparent)]
    Request(#[from] Box<ClientError>),
    /// The broker sends again what was not acknowledged, but only in a new session.
    #[error("nothing can be stored now")]
    Store,
}

enum Never {}

async fn session(
    url: &MqttUrl,
    requests: &AsyncClient,
    events: &mut EventLoop,
    trackers: &Trackers,
    wait: &mut Duration,
) -> Result<Never, Lost> {
    // In the order they came: a broker may take an acknowledgement out of order for a fault.
    let mut under_way: FuturesOrdered<BoxFuture<'_, (Publish, Result<(), Rejected>)>> = FuturesOrdered::new();
    loop {
        let has_room = under_way.len() < usize::from(UNDER_WAY_MAX);
        tokio::select! {
            event = events.poll(), if has_room => match event.map_err(Box::new)? {
                Event::Incoming(Packet::ConnAck(_)) => {
                    *wait = RETRY_FIRST;
                    requests.try_subscribe(format!("{}/+", url.topic), QoS::AtLeastOnce).map_err(Box::new)?;
                }
                Event::Incoming(Packet::Publish(publish)) => {
                    under_way.push_back(take(trackers, publish).boxed());
                }
                _ => {}
            },
            Some((publish, outcome)) = under_way.next() => match outcome {
                Err(Rejected::Store(error)) => {
                    tracing::warn!(%error, "a tracker's positions could not be stored");
                    return Err(Lost::Store);
                }
                outcome => {
                    if let Err(rejected) = outcome {
                        trackers.meter().refused(Protocol::Osmand, rejected.code());
                    }
                    // A message that will never be believed is done with too. Nothing here may wait for `events`, which only
                    // this task polls.
                    requests.try_ack(&publish).map_err(Box::new)?;
                }
            },
        }
    }
}

async fn take(trackers: &Trackers, publish: Publish) -> (Publish, Result<(), Rejected>) {
    let outcome = keep(trackers, &publish).await;
    (publish, outcome)
}

async fn keep(trackers: &Trackers, publish: &Publish) -> Result<(), Rejected> {
    trackers.meter().frame(Protocol::Osmand);
    let message = match osmand::decode(&publish.payload, trackers.now()) {
        Ok(message) => message,
        Err(error) => {
            trackers.meter().refused(Protocol::Osmand, error.code());
            return Ok(());
        }
    };
    let topic = str::from_utf8(&publish.topic).unwrap_or_default();
    let named = topic.rsplit_once('/').map(|(_, identifier)| identifier);
    // The broker decides who may publish to a topic, so the topic says whose message it is.
    if named != message.device.as_deref() {
        return Err(Rejected::Unidentified);
    }
    let device = trackers.identify(Protocol::Osmand, &message, None, secret_of(&message)).await?;
    trackers.keep(Protocol::Osmand, &device, std::slice::from_ref(&message)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_url_names_broker_login_and_topic() {
        let url: MqttUrl = "mqtt://user:pa:ss@broker:1884/fleet/trucks/".parse().unwrap();
        assert_eq!((url.host.as_str(), url.port, url.topic.as_str()), ("broker", 1884, "fleet/trucks"));
        assert_eq!(url.credentials, Some(("user".to_owned(), "pa:ss".to_owned())));
        assert!(!format!("{url:?}").contains("pa:ss"));
        let plain: MqttUrl = "mqtt://broker".parse().unwrap();
        assert_eq!((plain.port, plain.topic.as_str(), plain.credentials), (1883, TOPIC_DEFAULT, None));
        for bad in ["", "broker", "http://broker", "mqtt://", "mqtt://b:x", "mqtt://b/a/#", "mqtt://user@b"] {
            assert_eq!(bad.parse::<MqttUrl>(), Err(InvalidMqttUrl), "{bad}");
        }
    }
}
