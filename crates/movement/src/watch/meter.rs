//! What the watch over the trips counts.

use super::{Checked, Watch};
use contracts::tracking::{AlertKind, RerouteReason, TripEvent};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _},
    metrics::{counter::Counter, family::Family, gauge::ConstGauge},
    registry::Registry,
};
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByKind {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByReason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOutcome {
    outcome: &'static str,
}

/// Counters of what the watch said since the process started.
///
/// - `trip_alerts_total{kind}`: alerts raised
/// - `trip_delays_total`: delays told
/// - `routes_updated_total{reason}`: running trips that were told another way
/// - `route_rechecks_total{outcome}`: ways looked at again: `same`, `updated`, `no_route`, `unavailable`
/// - `traffic_incidents`: closures and slowdowns that are not over
/// - `trips_watched`: trips that run now
#[derive(Debug, Default)]
pub(super) struct WatchMeter {
    alerts: Family<ByKind, Counter>,
    delays: Counter,
    rerouted: Family<ByReason, Counter>,
    rechecks: Family<ByOutcome, Counter>,
}

impl WatchMeter {
    pub(super) fn count(&self, event: &TripEvent) {
        match event {
            TripEvent::AlertRaised(raised) => {
                self.alerts.get_or_create(&ByKind { kind: raised.kind.name() }).inc();
            }
            TripEvent::Rerouted(updated) => {
                self.rerouted.get_or_create(&ByReason { reason: updated.reason.name() }).inc();
            }
            TripEvent::Delayed(_) => {
                self.delays.inc();
            }
            _ => {}
        }
    }

    pub(super) fn checked(&self, checked: Checked) {
        self.rechecks.get_or_create(&ByOutcome { outcome: checked.name() }).inc();
    }
}

#[derive(Debug)]
struct Watched(Arc<Watch>);

impl Collector for Watched {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let gauge = ConstGauge::new(i64::try_from(self.0.trips()).unwrap_or(i64::MAX));
        let described =
            encoder.encode_descriptor("trips_watched", "Trips that run", None, gauge.metric_type())?;
        gauge.encode(described)?;
        let gauge = ConstGauge::new(i64::try_from(self.0.incidents.count()).unwrap_or(i64::MAX));
        let help = "Closures and slowdowns that are not over";
        let described = encoder.encode_descriptor("traffic_incidents", help, None, gauge.metric_type())?;
        gauge.encode(described)
    }
}

/// Adds the counters to a registry, which appends `_total` to their names. Every kind is there from the start, at zero.
pub fn register(watch: &Arc<Watch>, registry: &mut Registry) {
    for kind in AlertKind::ALL {
        let _zero = watch.meter.alerts.get_or_create(&ByKind { kind: kind.name() });
    }
    for reason in RerouteReason::ALL {
        let _zero = watch.meter.rerouted.get_or_create(&ByReason { reason: reason.name() });
    }
    for checked in Checked::ALL {
        let _zero = watch.meter.rechecks.get_or_create(&ByOutcome { outcome: checked.name() });
    }
    let help = "Running trips that were told another way";
    registry.register("routes_updated", help, watch.meter.rerouted.clone());
    registry.register("route_rechecks", "Ways looked at again", watch.meter.rechecks.clone());
    registry.register("trip_alerts", "Alerts raised by the watch over trips", watch.meter.alerts.clone());
    registry.register("trip_delays", "Delays of 30 min that were told", watch.meter.delays.clone());
    registry.register_collector(Box::new(Watched(Arc::clone(watch))));
}
