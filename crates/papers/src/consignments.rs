//! What consignment notes say, for other contexts.

use crate::views;
use contracts::{
    facility::CargoCount,
    ports::{CargoPapers, PapersUnavailable, PortFuture},
};
use kernel::ShipmentId;
use store::Store;

/// Over the view of documents.
pub struct Consignments(Store);

impl Consignments {
    /// Over a store.
    #[must_use]
    pub const fn new(store: Store) -> Self {
        Self(store)
    }
}

impl CargoPapers for Consignments {
    fn consignment(
        &self,
        shipment: ShipmentId,
    ) -> PortFuture<'_, Result<Option<CargoCount>, PapersUnavailable>> {
        Box::pin(async move {
            views::consignment(&self.0, shipment).await.map_err(|error| {
                tracing::warn!(%error, "a consignment note cannot be looked up");
                PapersUnavailable
            })
        })
    }
}
