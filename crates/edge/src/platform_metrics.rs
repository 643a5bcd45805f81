//! What the runtime, the store and the guards count about themselves, read when `/metrics` is asked for.

use guard::GuardStatus;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, MetricEncoder, NoLabelSet},
    metrics::MetricType,
};
use runtime::{DECIDE_BUCKETS, Runtime};
use std::fmt;
use store::{QUERY_BUCKETS, StoreHealth};

/// Reads the counters of one platform.
pub(crate) struct PlatformMetrics {
    pub(crate) runtime: Runtime,
    pub(crate) guards: guard::Registry,
}

impl fmt::Debug for PlatformMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlatformMetrics")
    }
}

impl Collector for PlatformMetrics {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        self.agents(&mut page)?;
        self.engine(&mut page)?;
        self.store(&mut page)?;
        ports(&self.guards.list(), &mut page)
    }
}

impl PlatformMetrics {
    /// The metrics of spec 4 about agents.
    fn agents(&self, page: &mut Page<'_>) -> fmt::Result {
        let awake = self.runtime.status().awake;
        let rows = awake.into_iter().map(|(kind, count)| ([("type", kind)], count as f64));
        page.gauges("agent_active_count", "Awake agents by kind", rows)?;
        let transitions = self.runtime.meter().transitions();
        let rows = transitions.into_iter().map(|((kind, from, to), count)| {
            ([("agent_type", kind), ("from_state", from), ("to_state", to)], count)
        });
        page.counters("agent_state_transitions", "State changes of agents", rows)?;
        let times = self.runtime.meter().decide_times();
        let rows = times.into_iter().map(|(kind, times)| {
            ([("agent_type", kind), ("message_type", "command")], times.sum, times.buckets)
        });
        let name = "agent_message_processing_duration_seconds";
        page.durations(name, "Deciding one command", &DECIDE_BUCKETS, rows)
    }

    fn engine(&self, page: &mut Page<'_>) -> fmt::Result {
        let meter = self.runtime.meter();
        page.gauge("runtime_orders_waiting", "Orders in the queue", meter.waiting() as f64)?;
        page.counter(
            "runtime_refusals",
            "Refused commands of reactions, timers and effects",
            meter.refusals(),
        )?;
        let rows = meter.failures().into_iter().map(|(what, count)| ([("what", what)], count));
        page.counters(
            "runtime_failures",
            "Failures by reactor, effect, work, commit, unit, log, observer or engine",
            rows,
        )
    }

    fn store(&self, page: &mut Page<'_>) -> fmt::Result {
        let counters = self.runtime.store().counters();
        let writable = self.runtime.store().health() == StoreHealth::Connected;
        page.gauge("store_writable", "1 when the store reads and writes", f64::from(u8::from(writable)))?;
        page.counter("store_batches", "Batches acknowledged", counters.batches)?;
        page.counter("store_syncs", "Syncs to disk behind them", counters.syncs)?;
        page.counter("store_units", "Units committed", counters.units)?;
        page.counter("store_units_rejected", "Units rejected", counters.rejected)?;
        page.counter("store_events", "Events appended", counters.events)?;
        self.database(page)
    }

    /// The metrics of spec 4 about PostgreSQL, where it is the store.
    fn database(&self, page: &mut Page<'_>) -> fmt::Result {
        let Some(load) = self.runtime.store().database_load() else { return Ok(()) };
        let help = "Connections of this process for the log and the views";
        page.gauge("postgres_connections_active", help, load.connections as f64)?;
        let (name, help) = ("postgres_query_duration_seconds", "Round trips to PostgreSQL");
        let mut encoder = page.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        encode_buckets(&mut encoder, &QUERY_BUCKETS, load.sum_seconds, load.buckets)
    }
}

fn ports(guards: &[GuardStatus], page: &mut Page<'_>) -> fmt::Result {
    let rows = guards.iter().map(|guard| ([("name", guard.name.as_str())], f64::from(guard.state)));
    page.gauges("circuit_breaker_state", "0 closed, 1 half-open, 2 open", rows)?;
    let rows = guards.iter().flat_map(|guard| {
        let (name, counters) = (guard.name.as_str(), &guard.counters);
        let outcomes = [
            ("succeeded", counters.succeeded),
            ("failed", counters.failed),
            ("refused_open", counters.refused_open),
            ("refused_busy", counters.refused_busy),
        ];
        outcomes.map(|(outcome, count)| ([("port", name), ("outcome", outcome)], count))
    });
    page.counters("port_calls", "Calls to the outside", rows)?;
    let rows = guards.iter().map(|guard| ([("port", guard.name.as_str())], guard.counters.cost_micro_eur));
    page.counters("port_cost_micro_eur", "What calls cost, in millionths of a euro", rows)
}

/// Writes families row by row.
struct Page<'a>(DescriptorEncoder<'a>);

impl Page<'_> {
    fn gauge(&mut self, name: &str, help: &str, value: f64) -> fmt::Result {
        self.0.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let mut encoder = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        encoder.encode_counter::<NoLabelSet, _, u64>(&value, None)
    }

    fn gauges<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        rows: impl Iterator<Item = (L, f64)>,
    ) -> fmt::Result {
        let mut encoder = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, value) in rows {
            encoder.encode_family(&labels)?.encode_gauge(&value)?;
        }
        Ok(())
    }

    fn counters<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        rows: impl Iterator<Item = (L, u64)>,
    ) -> fmt::Result {
        let mut encoder = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in rows {
            encoder.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&value, None)?;
        }
        Ok(())
    }

    /// Histograms; a row has its labels, the sum in seconds, and the counts by bucket with one more for the rest.
    fn durations<L: EncodeLabelSet, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        bounds: &[f64],
        rows: impl Iterator<Item = (L, f64, [u64; N])>,
    ) -> fmt::Result {
        let mut encoder = self.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (labels, sum, counts) in rows {
            encode_buckets(&mut encoder.encode_family(&labels)?, bounds, sum, counts)?;
        }
        Ok(())
    }
}

/// One histogram: counts by bucket, and one more for the rest.
fn encode_buckets<const N: usize>(
    encoder: &mut MetricEncoder<'_>,
    bounds: &[f64],
    sum: f64,
    counts: [u64; N],
) -> fmt::Result {
    let bounds = bounds.iter().copied().chain([f64::INFINITY]);
    let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
    encoder.encode_histogram::<NoLabelSet>(sum, counts.iter().sum(), &buckets, None)
}
