//! Positions over a telemetry store in memory, with everybody who is told replaced by somebody who remembers.

use crate::Positions;
use contracts::{
    driver::LivePosition,
    ports::{DriverOwner, LiveDriverIndex, MarketUnavailable, PortFuture, ShipmentAccess, ShipmentParties},
};
use edge::{
    Metrics,
    ws::{Audience, Hub, HubOptions},
};
use kernel::{Clock, DriverId, OrganisationId, ShipmentId, TenantId, Timestamp, TypedId, UserId, Uuid};
use parking_lot::Mutex;
use std::sync::Arc;
use store::{StoreUrl, Telemetry};

/// The present instant of all tests.
pub const NOW: Timestamp = Timestamp::from_millis(1_772_352_000_000);

/// A clock that stands.
pub struct StoppedClock(pub Timestamp);

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// An index that remembers what it was told.
#[derive(Default)]
pub struct Told(pub Mutex<Vec<LivePosition>>);

impl LiveDriverIndex for Told {
    fn moved(&self, seen: LivePosition, _: Timestamp) {
        self.0.lock().push(seen);
    }
}

/// A market with one driver, which is on no trip: `user` has it as its agent, `owner` is the user it says it has.
pub struct Market {
    pub user: UserId,
    pub owner: UserId,
}

impl Market {
    /// Where user and owner are the same.
    pub fn of(user: u128) -> Self {
        let user = UserId::from_uuid(Uuid::from_u128(user));
        Self { user, owner: user }
    }
}

impl ShipmentAccess for Market {
    fn parties(&self, _: ShipmentId) -> PortFuture<'_, Result<Option<ShipmentParties>, MarketUnavailable>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn active_shipments_of(&self, _: DriverId) -> PortFuture<'_, Result<Vec<ShipmentId>, MarketUnavailable>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn driver_owner(&self, id: DriverId) -> PortFuture<'_, Result<Option<DriverOwner>, MarketUnavailable>> {
        let carrier = OrganisationId::from_uuid(Uuid::from_u128(9));
        let owner = DriverOwner { tenant: tenant(), carrier, user: Some(self.owner) };
        Box::pin(std::future::ready(Ok((id == driver()).then_some(owner))))
    }

    fn driver_of_user(&self, user: UserId) -> PortFuture<'_, Result<Option<DriverId>, MarketUnavailable>> {
        Box::pin(std::future::ready(Ok((user == self.user).then(driver))))
    }
}

/// Positions, their history and who was told.
pub struct Bench {
    pub positions: Positions,
    pub telemetry: Telemetry,
    pub told: Arc<Told>,
}

/// Over an empty history.
pub async fn bench() -> Bench {
    bench_over(Telemetry::open(&StoreUrl::Memory).await.unwrap())
}

/// Over a history, as after a restart.
pub fn bench_over(telemetry: Telemetry) -> Bench {
    let told = Arc::new(Told::default());
    let hub = Hub::new(HubOptions::default(), Metrics::default());
    let positions =
        Positions::new(telemetry.clone(), told.clone(), Arc::new(Market::of(7)), hub, Audience::ALL);
    Bench { positions, telemetry, told }
}

/// The driver.
pub fn driver() -> DriverId {
    DriverId::from_uuid(Uuid::from_u128(1))
}

/// Its tenant.
pub fn tenant() -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(2))
}
