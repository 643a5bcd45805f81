//! What the papers of a shipment say, for contexts that do not keep papers (design, section 3: no context looks sideways).

use super::PortFuture;
use crate::facility::CargoCount;
use kernel::ShipmentId;

/// The store cannot be read now; 503 at the edge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("papers cannot be looked up now")]
pub struct PapersUnavailable;

/// Tells what consignment notes say.
pub trait CargoPapers: Send + Sync {
    /// What the newest consignment note of a shipment says; `None` when there is none, or it was erased.
    fn consignment(
        &self,
        shipment: ShipmentId,
    ) -> PortFuture<'_, Result<Option<CargoCount>, PapersUnavailable>>;
}
