//! What trackers are counted by: frames, refusals by reason, positions, connections.

use devices::Protocol;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Spoken {
    protocol: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refusal {
    protocol: &'static str,
    reason: &'static str,
}

/// The counters; clones share them.
#[derive(Debug, Clone, Default)]
pub struct TrackerMeter {
    frames: Family<Spoken, Counter>,
    positions: Family<Spoken, Counter>,
    refused: Family<Refusal, Counter>,
    connections: Family<Spoken, Gauge>,
}

impl TrackerMeter {
    /// Makes them visible at `/metrics`.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "tracker_frames",
            "Frames, datagrams and requests of trackers",
            self.frames.clone(),
        );
        registry.register(
            "tracker_positions",
            "Positions of trackers that were kept",
            self.positions.clone(),
        );
        registry.register(
            "tracker_refused",
            "Frames and positions of trackers that were refused, by reason",
            self.refused.clone(),
        );
        registry.register("tracker_connections", "Open connections of trackers", self.connections.clone());
    }

    pub(crate) fn frame(&self, protocol: Protocol) {
        self.frames.get_or_create(&Spoken { protocol: protocol.name() }).inc();
    }

    pub(crate) fn kept(&self, protocol: Protocol, positions: usize) {
        let positions = u64::try_from(positions).unwrap_or(u64::MAX);
        self.positions.get_or_create(&Spoken { protocol: protocol.name() }).inc_by(positions);
    }

    pub(crate) fn refused(&self, protocol: Protocol, reason: &'static str) {
        self.refused.get_or_create(&Refusal { protocol: protocol.name(), reason }).inc();
    }

    pub(crate) fn connected(&self, protocol: Protocol) -> Connected {
        let gauge = self.connections.get_or_create(&Spoken { protocol: protocol.name() }).clone();
        gauge.inc();
        Connected(gauge)
    }
}

/// A connection as long as it lives.
pub(crate) struct Connected(Gauge);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.dec();
    }
}
