//! Answers what other contexts may ask of the market (`contracts::ports::ShipmentAccess`), from the agents' states.

use crate::agents::{Driver, Shipment};
use contracts::ports::{
    DriverOwner, MarketUnavailable, PortFuture, ShipmentAccess, ShipmentPapers, ShipmentParties,
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

    async fn find_parties(&self, id: ShipmentId) -> Result<Option<ShipmentParties>, StoreError> {
        let Some(shipment) = self.runtime.state::<Shipment>(id).await? else { return Ok(None) };
        let Some(request) = &shipment.request else { return Ok(None) };
        let booking = shipment.booking.as_ref();
        let driver = match booking {
            Some(booking) => self.runtime.state::<Driver>(booking.driver).await?,
            None => None,
        };
        Ok(Some(ShipmentParties {
            tenant: request.tenant,
            shipper: request.shipper,
            carrier: booking.map(|booking| booking.carrier),
            driver: booking.map(|booking| booking.driver),
            driver_user: driver.and_then(|driver| driver.user()),
            booked_at: booking.map(|booking| booking.at),
            delivered_at: shipment.delivered_at,
            status: shipment.status,
            pickup: request.pickup.position,
            delivery: request.delivery.position,
        }))
    }
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
            let state = self.runtime.state::<Driver>(driver).await.map_err(away)?;
            Ok(state.map(|driver| driver.carried().collect()).unwrap_or_default())
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
