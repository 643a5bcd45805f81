//! What the runtime and the store count, on `/metrics` under the names of spec 4 ("Monitoring and Observability").

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, NoLabelSet},
    metrics::MetricType,
    registry::Registry,
};
use runtime::{DECIDE_BUCKETS, DecideTimes, Runtime};
use std::fmt;
use store::StoreHealth;

/// Registers everything that is read from the runtime and its store when the page is asked for.
pub fn register(registry: &mut Registry, runtime: &Runtime, kinds: Vec<(&'static str, &'static str)>) {
    registry.register_collector(Box::new(RuntimeCollector { runtime: runtime.clone(), kinds }));
}

struct RuntimeCollector {
    runtime: Runtime,
    /// (id prefix, kind's name).
    kinds: Vec<(&'static str, &'static str)>,
}

impl fmt::Debug for RuntimeCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RuntimeCollector")
    }
}

impl Collector for RuntimeCollector {
    fn encode(&self, mut page: DescriptorEncoder) -> fmt::Result {
        self.agents(&mut page)?;
        self.work(&mut page)?;
        self.store(&mut page)
    }
}

impl RuntimeCollector {
    fn kind_of(&self, prefix: &'static str) -> &'static str {
        self.kinds.iter().find(|(known, _)| *known == prefix).map_or(prefix, |(_, kind)| kind)
    }

    fn agents(&self, page: &mut DescriptorEncoder) -> fmt::Result {
        let awake = self.runtime.status().awake;
        let awake = awake.into_iter().map(|(prefix, count)| ([("type", self.kind_of(prefix))], count));
        gauges(page, "agent_active_count", "Agents awake in memory", awake)?;

        let name = "agent_message_processing_duration_seconds";
        let mut family =
            page.encode_descriptor(name, "Time to decide a command", None, MetricType::Histogram)?;
        for (kind, times) in self.runtime.meter().decide_times() {
            let labels = [("agent_type", kind), ("message_type", "command")];
            let (count, buckets) = buckets(&times);
            family
                .encode_family(&labels)?
                .encode_histogram::<NoLabelSet>(times.sum, count, &buckets, None)?;
        }
        let transitions = self.runtime.meter().transitions().into_iter().map(|((kind, from, to), count)| {
            ([("agent_type", kind), ("from_state", from), ("to_state", to)], count)
        });
        counters(page, "agent_state_transitions", "Changes of agents' named states", transitions)
    }

    fn work(&self, page: &mut DescriptorEncoder) -> fmt::Result {
        let meter = self.runtime.meter();
        gauge(page, "runtime_orders_waiting", "Orders in the engine's queue", meter.waiting())?;
        let help = "Commands of reactions, timers and effects that an agent refused";
        counter(page, "runtime_refusals", help, meter.refusals())?;
        let failures = meter.failures().into_iter().map(|(what, count)| ([("what", what)], count));
        counters(
            page,
            "runtime_failures",
            "Failures of reactors, effects and commits, all tried again",
            failures,
        )
    }

    fn store(&self, page: &mut DescriptorEncoder) -> fmt::Result {
        let store = self.runtime.store();
        let counts = store.counters();
        counter(page, "store_batches", "Batches that were acknowledged", counts.batches)?;
        counter(page, "store_syncs", "Syncs to disk behind them", counts.syncs)?;
        counter(page, "store_units", "Units committed", counts.units)?;
        counter(page, "store_units_rejected", "Units that lost a conflict", counts.rejected)?;
        counter(page, "store_events", "Events appended", counts.events)?;
        let connected = u64::from(store.health() == StoreHealth::Connected);
        gauge(page, "store_connected", "1 when the store can be read and written", connected)
    }
}

/// A meter's buckets as the encoder wants them: not cumulative, the last one without an upper bound.
fn buckets(times: &DecideTimes) -> (u64, Vec<(f64, u64)>) {
    let bounds = DECIDE_BUCKETS.iter().copied().chain([f64::INFINITY]);
    (times.buckets.iter().sum(), bounds.zip(times.buckets).collect())
}

fn gauge(page: &mut DescriptorEncoder, name: &str, help: &str, value: u64) -> fmt::Result {
    page.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
}

fn counter(page: &mut DescriptorEncoder, name: &str, help: &str, value: u64) -> fmt::Result {
    page.encode_descriptor(name, help, None, MetricType::Counter)?
        .encode_counter::<NoLabelSet, _, u64>(&value, None)
}

fn gauges<L: EncodeLabelSet>(
    page: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    values: impl Iterator<Item = (L, u64)>,
) -> fmt::Result {
    let mut family = page.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, value) in values {
        family.encode_family(&labels)?.encode_gauge(&value)?;
    }
    Ok(())
}

fn counters<L: EncodeLabelSet>(
    page: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    values: impl Iterator<Item = (L, u64)>,
) -> fmt::Result {
    let mut family = page.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, value) in values {
        family.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&value, None)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::bench::parcel::{self, Parcel, ParcelCommand, ParcelId, Posted};
    use kernel::{Actor, RequestId, TenantId, TypedId as _, Uuid};
    use prometheus_client::encoding::text;
    use runtime::{Assembly, Order, Origin, RuntimeOptions, SystemClock, SystemEntropy};
    use std::sync::Arc;
    use store::{Store, StoreUrl};

    #[tokio::test(flavor = "multi_thread")]
    async fn the_page_shows_agents_and_the_store() {
        let store = Store::open(&StoreUrl::Memory).await.unwrap();
        let assembly = Assembly::new().with(parcel::context());
        let options = RuntimeOptions::default();
        let runtime =
            Runtime::start(assembly, store, Arc::new(SystemClock), Arc::new(SystemEntropy), options);
        let runtime = runtime.await.unwrap();
        let mut registry = Registry::default();
        register(&mut registry, &runtime, vec![("pcl", "parcel")]);
        let origin = Origin {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            actor: Actor::System("test"),
            correlation: RequestId::from_uuid(Uuid::from_u128(2)),
            idempotency: None,
        };
        let id = ParcelId::from_uuid(Uuid::from_u128(3));
        let posted = Posted { sender: "a".to_owned(), weight_kg: 1, contents: String::new() };
        let _receipt =
            runtime.submit(&origin, Order::new::<Parcel>(id, ParcelCommand::Post(posted))).await.unwrap();
        let _receipt = runtime.submit(&origin, Order::new::<Parcel>(id, ParcelCommand::Close)).await.unwrap();
        let mut page = String::new();
        text::encode(&mut page, &registry).unwrap();
        for line in [
            "agent_active_count{type=\"parcel\"} 1",
            "agent_message_processing_duration_seconds_count{agent_type=\"parcel\",message_type=\"command\"} 2",
            "agent_state_transitions_total{agent_type=\"parcel\",from_state=\"open\",to_state=\"closed\"} 1",
            "store_events_total 2",
            "store_connected 1",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
        let infinite = "agent_message_processing_duration_seconds_bucket{le=\"+Inf\",agent_type=\"parcel\",\
                        message_type=\"command\"} 2";
        assert!(page.contains(infinite), "{page}");
        runtime.stop().await;
    }
}
