//! What the routes of operations share.

use axum::extract::FromRef;
use contracts::ports::{Resource, ShipmentAccess, ShipmentParties};
use edge::{Platform, Problem};
use kernel::ShipmentId;
use movement::{Positions, watch::Watch};
use std::sync::Arc;
use store::StoreError;

/// The state of the routes of operations.
#[derive(Clone)]
pub struct Operations {
    /// What every route can reach.
    pub platform: Platform,
    /// Who has to do with a shipment or a driver.
    pub shipments: Arc<dyn ShipmentAccess>,
    /// Where the trucks are.
    pub positions: Positions,
    /// What is expected of them.
    pub watch: Arc<Watch>,
}

impl FromRef<Operations> for Platform {
    fn from_ref(operations: &Operations) -> Self {
        operations.platform.clone()
    }
}

impl Operations {
    /// Who has to do with a shipment; 404 when there is none.
    pub(crate) async fn parties(&self, shipment: ShipmentId) -> Result<ShipmentParties, Problem> {
        let parties = self.shipments.parties(shipment).await;
        let parties = parties.map_err(|error| Problem::from(StoreError::Unavailable(error.to_string())))?;
        parties.ok_or_else(Problem::not_found)
    }
}

/// What a shipment is for the policies: its shipper and its booked carrier are parties, its booked driver acts.
pub(crate) fn resource_of(parties: &ShipmentParties) -> Resource {
    Resource {
        tenant: Some(parties.tenant),
        organisations: std::iter::once(parties.shipper).chain(parties.carrier).collect(),
        users: parties.driver_user.into_iter().collect(),
        driver: parties.driver,
    }
}
