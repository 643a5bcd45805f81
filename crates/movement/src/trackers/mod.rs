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
mod registry;
mod requests;

pub use datagrams::serve_datagrams;
pub use listener::serve_connections;
pub use meter::TrackerMeter;
pub use mqtt::{InvalidMqttUrl, MqttUrl, serve_mqtt};
pub use registry::Registry;
pub(crate) use registry::{DEVICE_CLAIM, claim_key, secret_hash};
pub use requests::osmand_routes;

use crate::{Positions, Sample, views::DeviceRow};
use devices::{Message, Protocol};
use kernel::{Clock, Timestamp};
use std::sync::Arc;
use store::StoreError;

/// Takes the reports of all trackers; clones share it.
#[derive(Clone)]
pub struct Trackers {
    registry: Registry,
    positions: Positions,
    clock: Arc<dyn Clock>,
    meter: TrackerMeter,
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
    pub const fn new(
        registry: Registry,
        positions: Positions,
        clock: Arc<dyn Clock>,
        meter: TrackerMeter,
    ) -> Self {
        Self { registry, positions, clock, meter }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) const fn meter(&self) -> &TrackerMeter {
        &self.meter
    }

    /// The device that a message is from: the one it names, else the one that is known from before.
    pub(crate) async fn identify(
        &self,
        protocol: Protocol,
        message: &Message,
        known: Option<&Arc<DeviceRow>>,
        secret: Option<&str>,
    ) -> Result<Arc<DeviceRow>, Rejected> {
        let Some(identifier) = &message.device else { return known.cloned().ok_or(Rejected::Unidentified) };
        if let Some(known) =
            known.filter(|known| known.identifier == *identifier && known.secret_hash.is_none())
        {
            // A device that was unbound meanwhile is noticed when the registry has forgotten it.
            return self.registry.still_bound(known).await;
        }
        let device = self.registry.find(protocol, identifier).await?.ok_or(Rejected::Unknown)?;
        if registry::secret_fits(&device, secret) { Ok(device) } else { Err(Rejected::Secret) }
    }

    /// Keeps a message's positions. When it returns they are durable. A position that is not believed is counted and
    /// not kept; the device is answered all the same, for sending it again would not help.
    pub(crate) async fn keep(
        &self,
        protocol: Protocol,
        device: &DeviceRow,
        message: &Message,
    ) -> Result<(), StoreError> {
        let now = self.now();
        for refused in &message.refused {
            self.meter.refused(protocol, refused.reason.code());
        }
        let mut samples = Vec::with_capacity(message.points.len());
        for point in &message.points {
            if !point.valid {
                self.meter.refused(protocol, "position.not_valid");
                continue;
            }
            let sample = Sample {
                position: point.position,
                at: point.at,
                speed_kmh: point.speed_kmh,
                heading: point.heading,
            };
            match sample.check(now) {
                Ok(()) => samples.push(sample),
                Err(error) => self.meter.refused(protocol, error.code()),
            }
        }
        if !samples.is_empty() {
            self.positions.record(device.tenant, device.driver, &samples, now).await?;
            self.meter.kept(protocol, samples.len());
        }
        Ok(())
    }
}
