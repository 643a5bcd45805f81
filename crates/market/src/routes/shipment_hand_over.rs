//! `POST /api/v1/shipments/{id}/hand-over`: a shipment is put on the dispatchers' list.
//!
//! Errors: 403 for a role that dispatches none, 404 for an unknown or foreign shipment, 409 unless it looks for a carrier.

use super::state::MarketState;
use crate::{
    agents::{Shipment, ShipmentCommand},
    wire::shipment::WireShipment,
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, NoBody, PathId, Problem, Session};
use kernel::ShipmentId;
use runtime::Order;

/// Hand a shipment over to the dispatchers.
///
/// From then on nothing happens to it by itself until its pickup window ends. Whoever had taken it gives it back.
#[utoipa::path(
    post,
    path = "/api/v1/shipments/{id}/hand-over",
    tag = "shipments",
    params(("id" = String, Path, description = "the shipment")),
    responses((status = 200, description = "the shipment as it is now", body = edge::Enveloped<WireShipment>)),
)]
pub(super) async fn hand_over(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<ShipmentId>,
    NoBody: NoBody,
) -> Result<Answer<WireShipment>, Problem> {
    let found = state.shipment(id).await?;
    let resource = state.resource(&found, &session.caller);
    session.authorise(&state.platform, permissions::SHIPMENT_DISPATCH, &resource)?;
    let order = Order::new::<Shipment>(id, ShipmentCommand::HandOver);
    let _ = state.platform.runtime.submit(&session.origin, order).await?;
    state.changed(id, &session).await
}
