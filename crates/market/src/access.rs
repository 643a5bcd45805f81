//! Answers what other contexts may ask of the market (`contracts::ports::ShipmentAccess`), from the agents' states.

use crate::agents::{Driver, Shipment};
use contracts::{
    ports::{DriverOwner, MarketUnavailable, PortFuture, ShipmentAccess, ShipmentPapers, ShipmentParties},
    shipment::ShipmentStatus,
    tracking::{StopKind, TripStop},
};
use kernel::{DriverId, ShipmentId, UserId};
use runtime::Runtime;
use store::{Claim, StoreError};

/// The scope of the claim that a user drives one driver agent only.
pub(crate) const DRIVER_OF_USER: &str = "driver_of_user";

/// The market as other contexts see it.
#[derive(Clone)]
pub struct MarketAccess {
    runtime: Runtime,
}

impl MarketAccess {
    /// Over a running runtime.
    #[must_use]
    pub const fn new(runtime: Runtime) -> Self {
        Self { runtime }
    }

    /// Whether a driver's truck carries a shipment or goes to its pickup next.
    async fn drives_for(&self, driver: &Driver, id: ShipmentId) -> Result<bool, StoreError> {
        if driver.committed == Some(id) {
            return Ok(true);
        }
        let carried = driver.carried().any(|carried| carried == id);
        let is_next = next_stop(&self.runtime, driver).await?.is_some_and(|next| next.shipment == id);
        Ok(carried && (is_next || is_aboard(&self.runtime, id).await?))
    }

    async fn find_parties(&self, id: ShipmentId) -> Result<Option<ShipmentParties>, StoreError> {
        let Some(shipment) = self.runtime.state::<Shipment>(id).await? else { return Ok(None) };
        let Some(request) = &shipment.request else { return Ok(None) };
        let booking = shipment.booking.as_ref();
        let driver = match booking {
            Some(booking) => self.runtime.state::<Driver>(booking.driver).await?,
            None => None,
        };
        let has_truck = match &driver {
            Some(driver) => self.drives_for(driver, id).await?,
            None => false,
        };
        Ok(Some(ShipmentParties {
            tenant: request.tenant,
            shipper: request.shipper,
            carrier: booking.map(|booking| booking.carrier),
            driver: booking.map(|booking| booking.driver),
            driver_user: driver.and_then(|driver| driver.user()),
            has_truck,
            delivered_at: shipment.delivered_at,
            status: shipment.status,
            pickup: request.pickup.position,
            delivery: request.delivery.position,
        }))
    }
}

/// The first stop that is not done of a driver that carries several shipments.
pub(crate) async fn next_stop(runtime: &Runtime, driver: &Driver) -> Result<Option<TripStop>, StoreError> {
    for stop in driver.stops.iter() {
        let is_loaded = stop.stop == StopKind::Pickup && is_aboard(runtime, stop.shipment).await?;
        if !is_loaded {
            return Ok(Some(*stop));
        }
    }
    Ok(None)
}

async fn is_aboard(runtime: &Runtime, shipment: ShipmentId) -> Result<bool, StoreError> {
    let state = runtime.state::<Shipment>(shipment).await?;
    let status = state.map(|shipment| shipment.status);
    Ok(matches!(status, Some(ShipmentStatus::InTransit | ShipmentStatus::Unloading)))
}

/// The driver agent of a user, as claimed when it was created.
pub(crate) async fn driver_of_user(runtime: &Runtime, user: UserId) -> Result<Option<DriverId>, StoreError> {
    let owner = runtime.store().claim_owner(DRIVER_OF_USER, &user.to_string()).await?;
    Ok(owner.and_then(|owner| owner.parse().ok()))
}

/// What an order claims that registers a driver for a user: nobody drives two.
#[must_use]
pub fn claim_of_driver(user: UserId, driver: DriverId) -> Claim {
    Claim::Unique { scope: DRIVER_OF_USER, key: user.to_string(), owner: driver.to_string() }
}

fn away(error: StoreError) -> MarketUnavailable {
    tracing::warn!(%error, "the market cannot be asked");
    MarketUnavailable
}

impl ShipmentAccess for MarketAccess {
    fn parties(
        &self,
        shipment: ShipmentId,
    ) -> PortFuture<'_, Result<Option<ShipmentParties>, MarketUnavailable>> {
        Box::pin(async move { self.find_parties(shipment).await.map_err(away) })
    }

    fn papers(
        &self,
        shipment: ShipmentId,
    ) -> PortFuture<'_, Result<Option<ShipmentPapers>, MarketUnavailable>> {
        Box::pin(async move {
            let state = self.runtime.state::<Shipment>(shipment).await.map_err(away)?;
            let request = state.as_ref().and_then(|shipment| shipment.request.as_ref());
            Ok(request.map(|request| ShipmentPapers {
                reference: request.reference.clone(),
                weight_kg: request.cargo.weight_kg,
            }))
        })
    }

    fn active_shipments_of(
        &self,
        driver: DriverId,
    ) -> PortFuture<'_, Result<Vec<ShipmentId>, MarketUnavailable>> {
        Box::pin(async move {
            let Some(driver) = self.runtime.state::<Driver>(driver).await.map_err(away)? else {
                return Ok(Vec::new());
            };
            let mut shipments = Vec::new();
            for shipment in driver.carried() {
                if self.drives_for(&driver, shipment).await.map_err(away)? {
                    shipments.push(shipment);
                }
            }
            Ok(shipments)
        })
    }

    fn driver_owner(
        &self,
        driver: DriverId,
    ) -> PortFuture<'_, Result<Option<DriverOwner>, MarketUnavailable>> {
        Box::pin(async move {
            let state = self.runtime.state::<Driver>(driver).await.map_err(away)?;
            let registered = state.as_ref().and_then(|driver| driver.registered.as_ref());
            Ok(registered.map(|known| DriverOwner {
                tenant: known.tenant,
                carrier: known.carrier,
                user: known.user,
            }))
        })
    }

    fn driver_of_user(&self, user: UserId) -> PortFuture<'_, Result<Option<DriverId>, MarketUnavailable>> {
        Box::pin(async move { driver_of_user(&self.runtime, user).await.map_err(away) })
    }
}
