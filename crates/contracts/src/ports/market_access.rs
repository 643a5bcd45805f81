//! What other contexts may ask of the market: who is party to a shipment, who owns a driver, and where to report that a
//! driver moved (design, section 3: no context looks sideways).

use super::PortFuture;
use crate::{driver::LivePosition, shipment::ShipmentStatus};
use kernel::{DriverId, OrganisationId, Position, ShipmentId, TenantId, Timestamp, UserId};

/// The index of live drivers, fed with positions.
pub trait LiveDriverIndex: Send + Sync {
    /// A driver was seen; `now` is the present instant, by which other positions grow stale. In memory, microseconds;
    /// unknown drivers and older positions than the known one are ignored.
    fn moved(&self, seen: LivePosition, now: Timestamp);
}

/// Who has to do with a shipment.
#[derive(Debug, Clone, PartialEq)]
pub struct ShipmentParties {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// The shipper's organisation.
    pub shipper: OrganisationId,
    /// The carrier's organisation, from the booking on.
    pub carrier: Option<OrganisationId>,
    /// The driver agent, from the booking on.
    pub driver: Option<DriverId>,
    /// The booked driver's own user, when it has one.
    pub driver_user: Option<UserId>,
    /// Whether that driver's truck drives for it: it carries it, or goes to its pickup next. One that is booked to follow
    /// another shipment, or to be loaded at a later stop, is none of its shipper's business yet.
    pub has_truck: bool,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
    /// Where it stands.
    pub status: ShipmentStatus,
    /// Where it is loaded.
    pub pickup: Position,
    /// Where it is delivered.
    pub delivery: Position,
}

/// Who a driver agent belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriverOwner {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// The carrier's organisation.
    pub carrier: OrganisationId,
    /// The driver's own user, when it has one.
    pub user: Option<UserId>,
}

/// What the papers of a shipment say of its cargo.
#[derive(Debug, Clone, PartialEq)]
pub struct ShipmentPapers {
    /// The shipment's short reference.
    pub reference: String,
    /// Its weight in kg.
    pub weight_kg: f64,
}

/// The store cannot be read now; 503 at the edge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the market cannot be asked now")]
pub struct MarketUnavailable;

/// Answers from the agents' states, as last acknowledged.
pub trait ShipmentAccess: Send + Sync {
    /// Who has to do with it; `None` when there is no such shipment.
    fn parties(
        &self,
        shipment: ShipmentId,
    ) -> PortFuture<'_, Result<Option<ShipmentParties>, MarketUnavailable>>;
    /// What its papers say; `None` when there is no such shipment. Fakes know of no papers.
    fn papers(
        &self,
        _shipment: ShipmentId,
    ) -> PortFuture<'_, Result<Option<ShipmentPapers>, MarketUnavailable>> {
        Box::pin(std::future::ready(Ok(None)))
    }
    /// The shipments that a driver's truck drives for ([`ShipmentParties::has_truck`]), the one that it is committed to first.
    fn active_shipments_of(
        &self,
        driver: DriverId,
    ) -> PortFuture<'_, Result<Vec<ShipmentId>, MarketUnavailable>>;
    /// Who the driver belongs to; `None` when there is no such driver.
    fn driver_owner(
        &self,
        driver: DriverId,
    ) -> PortFuture<'_, Result<Option<DriverOwner>, MarketUnavailable>>;
    /// The driver agent of a driver's own user.
    fn driver_of_user(&self, user: UserId) -> PortFuture<'_, Result<Option<DriverId>, MarketUnavailable>>;
}
