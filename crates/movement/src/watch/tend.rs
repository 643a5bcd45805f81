//! Carries what the watch finds into the log, beside the ingest: a position never waits for an event.

use super::{Noted, WantedWay, Watch, Way, recheck};
use crate::{
    Sample,
    agents::{Trip, TripCommand},
};
use contracts::ports::{
    DirectionsLanguage, RouteObjective, RoutePlanner, RouteRequest, RouteVehicle, RoutesUnavailable, Traffic,
};
use kernel::{Actor, AlertId, DriverId, RequestId, Timestamp};
use runtime::{Order, Origin, Runtime, Wait};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Every running trip is judged at least this often (annex, section 4: watch 30 s).
const SWEEP_EVERY: Duration = Duration::from_secs(15);
/// So many findings wait at most; what finds no place is found again.
const WAITING_MAX: usize = 10_000;
/// So many ways are planned between two sweeps.
const WAYS_A_SWEEP: usize = 500;

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

/// Submits findings, sweeps, and has ways planned and looked at again, until the task that runs it ends.
pub async fn tend(
    watchman: Watchman,
    arriving: Receiver<Noted>,
    runtime: Runtime,
    planner: Arc<dyn RoutePlanner>,
) {
    // Findings do not wait for a planner.
    tokio::join!(carry(&watchman, arriving, &runtime), look_ahead(&watchman.watch, &runtime, &*planner));
}

async fn carry(watchman: &Watchman, mut arriving: Receiver<Noted>, runtime: &Runtime) {
    let mut sweep = every(SWEEP_EVERY);
    loop {
        tokio::select! {
            noted = arriving.recv() => match noted {
                Some(noted) => {
                    let _found_again = submit(runtime, noted).await;
                }
                None => return,
            },
            _ = sweep.tick() => watchman.pass_on(watchman.watch.sweep(runtime.now())),
        }
    }
}

/// Plans the ways that are wanted and looks at the others again, from time to time and whenever something stirs.
async fn look_ahead(watch: &Watch, runtime: &Runtime, planner: &dyn RoutePlanner) {
    let mut round = every(SWEEP_EVERY);
    loop {
        tokio::select! {
            () = watch.stirred() => {}
            _ = round.tick() => {}
        }
        plan_ways(watch, runtime.now(), planner).await;
        recheck(watch, runtime, planner).await;
    }
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    interval
}

/// Takes a finding into the log; false when that failed.
pub(super) async fn submit(runtime: &Runtime, noted: Noted) -> bool {
    let (origin, order) = order_for(noted, runtime.now(), &**runtime.entropy());
    let submitted = runtime.submit(&origin, order).await;
    if let Err(error) = &submitted {
        tracing::warn!(%error, trip = %noted.trip, "what was found is not in the log; it is found again");
    }
    submitted.is_ok()
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

pub(super) async fn plan_ways(watch: &Watch, now: Timestamp, planner: &dyn RoutePlanner) {
    for wanted in watch.wanted_ways(WAYS_A_SWEEP) {
        let traffic = watch.incidents().in_force(wanted.tenant, now);
        match planned(planner, question(&wanted, traffic.clone(), now)).await {
            Ok(Some(way)) => watch.give_way(&wanted, way, traffic, now),
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "a way is not known"),
        }
    }
    for wanted in watch.estimated_ways(now, WAYS_A_SWEEP) {
        let traffic = watch.incidents().in_force(wanted.tenant, now);
        match planned(planner, question(&wanted, traffic.clone(), now)).await {
            Ok(Some(way)) if way.is_road() => watch.give_way(&wanted, way, traffic, now),
            Ok(_) => watch.keep_way(&wanted, traffic, now),
            Err(error) => tracing::debug!(%error, "a way stays an estimate"),
        }
    }
}

/// The best way. Where a road on it is closed at this hour, the usual one: the truck may come at another.
async fn planned(
    planner: &dyn RoutePlanner,
    request: RouteRequest,
) -> Result<Option<Way>, RoutesUnavailable> {
    let usual = RouteRequest { departure: None, ..request.clone() };
    match Way::of(&planner.routes(request).await?) {
        Some(way) => Ok(Some(way)),
        None => Ok(Way::of(&planner.routes(usual).await?)),
    }
}

/// What the planner is asked for a way.
#[must_use]
pub const fn question(wanted: &WantedWay, traffic: Traffic, now: Timestamp) -> RouteRequest {
    RouteRequest {
        from: wanted.from,
        to: wanted.to,
        vehicle: RouteVehicle::Truck40,
        objective: RouteObjective::Fastest,
        language: DirectionsLanguage::English,
        count: 1,
        traffic,
        departure: Some(now),
    }
}
