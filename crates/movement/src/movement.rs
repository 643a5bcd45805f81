//! What the routes of this context share.

use crate::{Positions, trackers::Registry, watch::Watch};
use axum::extract::FromRef;
use contracts::ports::{DriverOwner, MarketUnavailable, Resource, RoutePlanner, ShipmentAccess};
use edge::{Platform, Problem};
use kernel::DriverId;
use std::sync::Arc;
use store::StoreError;

/// The state of the movement routes.
#[derive(Clone)]
pub struct Movement {
    /// What every route can reach.
    pub platform: Platform,
    /// The positions.
    pub positions: Positions,
    /// Who has to do with a shipment or a driver.
    pub shipments: Arc<dyn ShipmentAccess>,
    /// The devices that report for drivers.
    pub registry: Registry,
    /// What positions mean.
    pub watch: Arc<Watch>,
    /// Who plans routes.
    pub planner: Arc<dyn RoutePlanner>,
}

impl FromRef<Movement> for Platform {
    fn from_ref(movement: &Movement) -> Self {
        movement.platform.clone()
    }
}

impl Movement {
    /// Who a driver belongs to.
    ///
    /// # Errors
    /// 404 when there is no such driver, 503 when the store is away.
    pub(crate) async fn owner(&self, driver: DriverId) -> Result<DriverOwner, Problem> {
        self.shipments.driver_owner(driver).await.map_err(away)?.ok_or_else(Problem::not_found)
    }
}

/// What a driver is for the policies: its own user and its carrier are its parties.
pub(crate) fn resource_of(driver: DriverId, owner: &DriverOwner) -> Resource {
    Resource {
        tenant: Some(owner.tenant),
        organisations: vec![owner.carrier],
        users: owner.user.into_iter().collect(),
        driver: Some(driver),
    }
}

pub(crate) fn away(error: MarketUnavailable) -> Problem {
    StoreError::Unavailable(error.to_string()).into()
}
