//! Carries what the watch finds into the log, beside the ingest: a position never waits for an event.

use super::{Noted, WantedWay, Watch, Way};
use crate::{
    Sample,
    agents::{Trip, TripCommand},
};
use contracts::ports::{DirectionsLanguage, RouteObjective, RoutePlanner, RouteRequest, RouteVehicle};
use kernel::{Actor, AlertId, DriverId, RequestId, Timestamp};
use runtime::{Order, Origin, Runtime, Wait};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Every running trip is judged at least this often (annex, section 4: watch 30 s).
const SWEEP_EVERY: Duration = Duration::from_secs(15);
/// So many findings wait at most; what finds no place is found again.
const WAITING_MAX: usize = 10_000;
/// So many ways are planned between two sweeps.
const WAYS_A_SWEEP: usize = 50;

/// The watch with a way to the log; clones share it.
#[derive(Clone)]
pub struct Watchman {
    watch: Arc<Watch>,
    noted: Sender<Noted>,
}

impl Watchman {
    /// Over a watch, with the end of its way that [`tend`] takes.
    #[must_use]
    pub fn new(watch: Arc<Watch>) -> (Self, Receiver<Noted>) {
        let (noted, arriving) = channel(WAITING_MAX);
        (Self { watch, noted }, arriving)
    }

    /// The watch.
    #[must_use]
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Positions of a driver were stored.
    pub fn seen(&self, driver: DriverId, samples: &[Sample], now: Timestamp) {
        self.pass_on(self.watch.seen(driver, samples, now));
    }

    fn pass_on(&self, noted: Vec<Noted>) {
        for noted in noted {
            if self.noted.try_send(noted).is_err() {
                // The watch says it again as long as it is so.
                tracing::debug!("too many findings wait");
                return;
            }
        }
    }
}

/// Submits findings, sweeps, and has ways planned, until the task that runs it ends.
pub async fn tend(
    watchman: Watchman,
    mut arriving: Receiver<Noted>,
    runtime: Runtime,
    planner: Arc<dyn RoutePlanner>,
) {
    let mut sweep = tokio::time::interval(SWEEP_EVERY);
    sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            noted = arriving.recv() => match noted {
                Some(noted) => submit(&runtime, noted).await,
                None => return,
            },
            _ = sweep.tick() => {
                plan_ways(&watchman.watch, &*planner).await;
                watchman.pass_on(watchman.watch.sweep(runtime.now()));
            }
        }
    }
}

async fn submit(runtime: &Runtime, noted: Noted) {
    let (origin, order) = order_for(noted, runtime.now(), &**runtime.entropy());
    if let Err(error) = runtime.submit(&origin, order).await {
        tracing::warn!(%error, trip = %noted.trip, "what was found is not in the log; it is found again");
    }
}

/// The order that takes a finding into the log.
pub fn order_for(noted: Noted, now: Timestamp, entropy: &dyn kernel::Entropy) -> (Origin, Order) {
    let origin = Origin {
        tenant: noted.tenant,
        actor: Actor::System("watch"),
        correlation: RequestId::generate(now, entropy),
        idempotency: None,
    };
    let command = TripCommand::Note { finding: noted.finding, alert: AlertId::generate(now, entropy) };
    (origin, Order::new::<Trip>(noted.trip, command).wait(Wait::Durable))
}

async fn plan_ways(watch: &Watch, planner: &dyn RoutePlanner) {
    for wanted in watch.wanted_ways(WAYS_A_SWEEP) {
        match planner.routes(question(&wanted)).await {
            Ok(answer) => {
                if let Some(way) = Way::of(&answer) {
                    watch.give_way(&wanted, way);
                }
            }
            Err(error) => tracing::debug!(%error, "a way is not known"),
        }
    }
}

/// What the planner is asked for a way.
#[must_use]
pub const fn question(wanted: &WantedWay) -> RouteRequest {
    RouteRequest {
        from: wanted.from,
        to: wanted.to,
        vehicle: RouteVehicle::Truck40,
        objective: RouteObjective::Fastest,
        language: DirectionsLanguage::English,
        count: 1,
    }
}
