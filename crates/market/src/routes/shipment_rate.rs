//! `POST /api/v1/shipments/{id}/rating`: the shipper rates the driver.
//!
//! Errors: 403 for a role that rates nobody, 404 for an unknown or foreign shipment, 409 before the delivery, after 14
//! days or a second time, 422 for stars that are not 1 to 5.

use super::state::MarketState;
use crate::{
    agents::{Shipment, ShipmentCommand},
    wire::{shipment::WireShipment, shipment_request::NewRating},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, PathId, Problem, Session};
use kernel::ShipmentId;
use runtime::Order;

/// Rate the driver.
///
/// Once, within 14 days of the delivery. Five ratings below 3.5 stars in a row suspend a driver, ten perfect ones in a
/// row make it Gold.
#[utoipa::path(
    post,
    path = "/api/v1/shipments/{id}/rating",
    tag = "shipments",
    params(("id" = String, Path, description = "the shipment")),
    request_body = NewRating,
    responses((status = 200, description = "the shipment as it is now", body = edge::Enveloped<WireShipment>)),
)]
pub(super) async fn rate_shipment(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<ShipmentId>,
    Body(body): Body<NewRating>,
) -> Result<Answer<WireShipment>, Problem> {
    let found = state.shipment(id).await?;
    let resource = state.resource(&found, &session.caller);
    session.authorise(&state.platform, permissions::SHIPMENT_RATE, &resource)?;
    let order = Order::new::<Shipment>(id, ShipmentCommand::Rate { stars: body.stars });
    let _ = state.platform.runtime.submit(&session.origin, order).await?;
    state.changed(id, &session).await
}
