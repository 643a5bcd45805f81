//! Takes positions in: history durable first, then the latest position, the index of live drivers, the subscribers.

use crate::{
    latest::{Latest, Seen},
    relay::Announcer,
    sample::Sample,
    watch::Watchman,
    wire::location_updated,
};
use contracts::ports::{LiveDriverIndex, MarketUnavailable, ShipmentAccess};
use edge::ws::{Audience, Hub};
use kernel::{Clock, DriverId, Position, ShipmentId, TenantId, Timestamp};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use store::{PositionRow, StoreError, Telemetry, Traffic};

/// How far [`Positions::follow`] looks back behind the newest row it has seen: rows of other processes may commit out
/// of the order of their times.
const OVERLAP: Duration = Duration::from_secs(30);

/// The positions of all drivers; clones share them.
#[derive(Clone)]
pub struct Positions {
    shared: Arc<Shared>,
}

struct Shared {
    latest: Latest,
    telemetry: Telemetry,
    live: Arc<dyn LiveDriverIndex>,
    shipments: Arc<dyn ShipmentAccess>,
    hub: Hub,
    audience: Audience,
    /// Who tells other processes, when somebody does.
    announcer: OnceLock<Announcer>,
    watchman: OnceLock<Watchman>,
}

impl Positions {
    /// Over a telemetry store, telling the index of live drivers and the subscribers of shipments: those of them who
    /// are in `audience`, for a bidder that was not chosen may follow a shipment's events but not another's truck.
    #[must_use]
    pub fn new(
        telemetry: Telemetry,
        live: Arc<dyn LiveDriverIndex>,
        shipments: Arc<dyn ShipmentAccess>,
        hub: Hub,
        audience: Audience,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                latest: Latest::default(),
                telemetry,
                live,
                shipments,
                hub,
                audience,
                announcer: OnceLock::new(),
                watchman: OnceLock::new(),
            }),
        }
    }

    /// From now on other processes are told of positions that are taken in here; only the first call counts.
    pub(crate) fn announce_to(&self, announcer: Announcer) {
        let _known = self.shared.announcer.set(announcer);
    }

    /// Takes over what another process took in and stored; `false` when the driver is not of that tenant, or nobody knows
    /// now.
    pub(crate) async fn hear_of(&self, driver: DriverId, seen: &Seen, now: Timestamp) -> bool {
        if !self.is_of(driver, seen.tenant, now).await {
            return false;
        }
        if let Some(watchman) = self.shared.watchman.get() {
            watchman.seen(driver, std::slice::from_ref(&seen.sample), now);
        }
        self.show(driver, seen, now).await;
        true
    }

    async fn is_of(&self, driver: DriverId, tenant: TenantId, now: Timestamp) -> bool {
        if let Some(known) = self.shared.latest.of(driver, now) {
            return known.tenant == tenant;
        }
        let owner = self.shared.shipments.driver_owner(driver).await;
        owner.is_ok_and(|owner| owner.is_some_and(|owner| owner.tenant == tenant))
    }

    /// From now on somebody watches what the positions mean; once.
    pub fn watched_by(&self, watchman: Watchman) {
        // A second one would say everything twice.
        let _first = self.shared.watchman.set(watchman);
    }

    /// Takes positions of one driver, in any order of time. When it returns they are durable; the same (driver, time)
    /// is kept once however often it comes. Only a position newer than the known one is told to others.
    ///
    /// # Errors
    /// [`StoreError`]: nothing may be acknowledged; the device sends them again.
    pub async fn record(
        &self,
        tenant: TenantId,
        driver: DriverId,
        samples: &[Sample],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let rows = samples.iter().map(|sample| sample.row(tenant, driver)).collect();
        self.shared.telemetry.append(rows).await?;
        if let Some(watchman) = self.shared.watchman.get() {
            watchman.seen(driver, samples, now);
        }
        if let Some(newest) = samples.iter().max_by_key(|sample| sample.at) {
            let seen = Seen { tenant, sample: newest.clone() };
            if self.show(driver, &seen, now).await
                && let Some(announcer) = self.shared.announcer.get()
            {
                announcer.announce(driver, &seen);
            }
        }
        Ok(())
    }

    /// A driver's newest position.
    #[must_use]
    pub fn latest(&self, driver: DriverId, now: Timestamp) -> Option<Seen> {
        self.shared.latest.of(driver, now)
    }

    /// The newest positions of all drivers of a tenant.
    #[must_use]
    pub fn fleet(&self, tenant: TenantId, now: Timestamp) -> Vec<(DriverId, Sample)> {
        self.shared.latest.of_tenant(tenant, now)
    }

    /// A driver's positions from `from` (included) to `to` (excluded), oldest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn history(
        &self,
        driver: DriverId,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<Sample>, StoreError> {
        let rows = self.shared.telemetry.history(driver, from, to, limit).await?;
        Ok(rows.iter().map(sample_of).collect())
    }

    /// What is left of a tenant's old tracks around a place.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn traffic_around(
        &self,
        tenant: TenantId,
        place: Position,
    ) -> Result<Vec<Traffic>, StoreError> {
        self.shared.telemetry.traffic_around(tenant, place).await
    }

    /// Takes over what the telemetry store knows since an instant: at the start, and from other processes that share
    /// it. Answers the newest instant it saw.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn catch_up(&self, since: Timestamp, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let rows = self.shared.telemetry.latest(since).await?;
        for row in &rows {
            if let Some(watchman) = self.shared.watchman.get() {
                watchman.seen(row.driver, &[sample_of(row)], row.at.min(now));
            }
            self.show(row.driver, &Seen { tenant: row.tenant, sample: sample_of(row) }, now).await;
        }
        Ok(rows.iter().map(|row| row.at).max())
    }

    /// Follows other processes that share the telemetry store, until the task that runs it ends. A store that is away
    /// is asked again at the next period.
    pub async fn follow(&self, clock: &dyn Clock, period: Duration) {
        let mut since = clock.now();
        loop {
            tokio::time::sleep(period).await;
            match self.catch_up(since.before(OVERLAP), clock.now()).await {
                Ok(newest) => since = newest.map_or(since, |newest| newest.max(since)),
                Err(error) => tracing::debug!(%error, "positions of other processes cannot be read now"),
            }
        }
    }

    /// Shows a position to whom it concerns; `false` when a newer one is known.
    async fn show(&self, driver: DriverId, seen: &Seen, now: Timestamp) -> bool {
        if !self.shared.latest.take(driver, seen, now) {
            return false;
        }
        self.shared.live.moved(seen.sample.live(driver), now);
        match self.shared.shipments.active_shipments_of(driver).await {
            Ok(shipments) => {
                for shipment in shipments {
                    self.publish(shipment, driver, &seen.sample);
                }
            }
            // The position is durable and known; only this one message is missed, and the next one follows soon.
            Err(MarketUnavailable) => tracing::debug!(%driver, "no shipment known for a position"),
        }
        true
    }

    fn publish(&self, shipment: ShipmentId, driver: DriverId, sample: &Sample) {
        let topic = format!("shipment:{shipment}");
        self.shared.hub.publish_latest(&topic, self.shared.audience, || {
            let watch = self.shared.watchman.get().map(Watchman::watch);
            let outlook = watch.and_then(|watch| watch.outlook(driver, shipment));
            location_updated(shipment, driver, sample, outlook.as_ref())
        });
    }
}

fn sample_of(row: &PositionRow) -> Sample {
    Sample {
        position: row.position,
        at: row.at,
        speed_kmh: row.speed_kmh,
        heading: row.heading,
        mocked: None,
    }
}

#[cfg(test)]
#[path = "positions_tests.rs"]
mod tests;
