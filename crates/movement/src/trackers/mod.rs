//! Trackers: devices that speak their own protocols over TCP, UDP, HTTP or MQTT.
//!
//! Each report is decoded by a pure function of the crate `devices`, its device looked up in the [`Registry`], and its
//! positions go the way of all others ([`crate::Positions::record`]): a device is answered when they are durable, and
//! only then. Who is not bound is refused and counted.

mod connection;
mod datagrams;
mod listener;
mod meter;
mod mqtt;
mod pace;
mod places;
mod registry;
mod requests;
mod turn;

pub use datagrams::serve_datagrams;
pub use listener::serve_connections;
pub use meter::TrackerMeter;
pub use mqtt::{InvalidMqttUrl, MqttUrl, serve_mqtt};
pub use registry::Registry;
pub(crate) use registry::{DEVICE_CLAIM, claim_key, secret_hash};
pub use requests::osmand_routes;
pub use turn::Turn;

use crate::{Positions, Sample, views::DeviceRow};
use devices::{Message, Point, Protocol};
use kernel::{Clock, Timestamp};
use moka::sync::Cache;
use pace::Pace;
use parking_lot::Mutex;
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use store::StoreError;

/// Devices whose pace is remembered, and for how long after they sent last; by then a burst is worked off.
const PACES_MAX: u64 = 200_000;
const PACES_FOR: Duration = Duration::from_secs(60);

/// Takes the reports of all trackers; clones share it.
#[derive(Clone)]
pub struct Trackers {
    registry: Registry,
    positions: Positions,
    clock: Arc<dyn Clock>,
    meter: TrackerMeter,
    /// One device has one pace, whatever ways it sends.
    paces: Cache<(Protocol, String), Arc<Mutex<Pace>>>,
}

/// Why a report is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Rejected {
    /// No device of this protocol and identifier is bound.
    #[error("the device is not bound")]
    Unknown,
    /// The device has a secret and did not say it.
    #[error("the secret is wrong")]
    Secret,
    /// Nobody said who reports.
    #[error("the device did not say who it is")]
    Unidentified,
    /// It sends too much.
    #[error("too many reports")]
    Flood,
    /// Nothing may be acknowledged; it sends again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Rejected {
    /// The metric's label.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "device.unknown",
            Self::Secret => "device.secret",
            Self::Unidentified => "device.unidentified",
            Self::Flood => "device.flood",
            Self::Store(_) => "store",
        }
    }
}

impl Trackers {
    /// Over the positions and the devices that may report.
    #[must_use]
    pub fn new(registry: Registry, positions: Positions, clock: Arc<dyn Clock>, meter: TrackerMeter) -> Self {
        let paces = Cache::builder().max_capacity(PACES_MAX).time_to_idle(PACES_FOR).build();
        Self { registry, positions, clock, meter, paces }
    }

    /// How fast a device sends: its connections, datagrams and requests together.
    pub(crate) fn pace_of(&self, protocol: Protocol, identifier: &str) -> Arc<Mutex<Pace>> {
        self.paces.get_with((protocol, identifier.to_owned()), Arc::default)
    }

    /// Lets a message of a device in that cannot be made to wait.
    pub(crate) fn admit(&self, protocol: Protocol, device: &DeviceRow) -> Result<(), Rejected> {
        let pace = self.pace_of(protocol, &device.identifier);
        let admitted = pace.lock().admit(self.now());
        admitted.map_err(|_| Rejected::Flood)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What the clock of a device shows now; a stranger's is believed to be right.
    pub(crate) fn time_of(&self, device: Option<&DeviceRow>) -> Timestamp {
        device.map_or_else(|| self.now(), |device| device.its_time(self.now()))
    }

    pub(crate) const fn meter(&self) -> &TrackerMeter {
        &self.meter
    }

    /// The device that a message is from: the one it names, else the one that is known from before, as far as that is
    /// bound still.
    pub(crate) async fn identify(
        &self,
        protocol: Protocol,
        message: &Message,
        known: Option<&Arc<DeviceRow>>,
        secret: Option<&str>,
    ) -> Result<Arc<DeviceRow>, Rejected> {
        let goes_on = |known: &&Arc<DeviceRow>| {
            message
                .device
                .as_ref()
                .is_none_or(|named| known.identifier == *named && known.secret_hash.is_none())
        };
        if let Some(known) = known.filter(goes_on) {
            return self.registry.still_bound(known).await;
        }
        let identifier = message.device.as_ref().ok_or(Rejected::Unidentified)?;
        let device = self.registry.find(protocol, identifier).await?.ok_or(Rejected::Unknown)?;
        if registry::secret_fits(&device, secret) { Ok(device) } else { Err(Rejected::Secret) }
    }

    /// Keeps the positions of one device's messages. When it returns they are durable. A position that is not believed is
    /// counted and not kept; the device is answered all the same, for sending it again would not help.
    pub(crate) async fn keep(
        &self,
        protocol: Protocol,
        device: &DeviceRow,
        messages: &[Message],
    ) -> Result<(), StoreError> {
        let now = self.now();
        for refused in messages.iter().flat_map(|message| &message.refused) {
            self.meter.refused(protocol, refused.reason.code());
        }
        let points = messages.iter().flat_map(|message| &message.points);
        let samples: Vec<Sample> =
            points.filter_map(|point| self.believed(protocol, device, point, now)).collect();
        if !samples.is_empty() {
            self.positions.record(device.tenant, device.driver, &samples, now).await?;
            self.meter.kept(protocol, samples.len());
        }
        Ok(())
    }

    fn believed(
        &self,
        protocol: Protocol,
        device: &DeviceRow,
        point: &Point,
        now: Timestamp,
    ) -> Option<Sample> {
        if !point.valid {
            self.meter.refused(protocol, "position.not_valid");
            return None;
        }
        let sample = Sample {
            position: point.position,
            at: device.true_time(point.at),
            speed_kmh: point.speed_kmh,
            heading: point.heading,
            mocked: mocked(protocol, point),
        };
        match sample.check(now) {
            Ok(()) => Some(sample),
            Err(error) => {
                self.meter.refused(protocol, error.code());
                None
            }
        }
    }
}

/// Whether a device says that it makes a position up. OsmAnd's form says so when it is, and nothing otherwise; the other
/// protocols cannot tell.
fn mocked(protocol: Protocol, point: &Point) -> Option<bool> {
    (protocol == Protocol::Osmand).then(|| point.attributes.get("mocked") == Some(&Value::Bool(true)))
}
