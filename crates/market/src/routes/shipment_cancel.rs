//! `POST /api/v1/shipments/{id}/cancel`: a shipment is called off.
//!
//! Errors: 403 for a role that cancels none, 404 for an unknown or foreign shipment, 409 from loading on.

use super::state::MarketState;
use crate::{
    agents::{CancelledBy, Shipment, ShipmentCommand},
    wire::shipment::WireShipment,
};
use axum::extract::State;
use contracts::ports::{Scope, permissions};
use edge::{Answer, NoBody, PathId, Problem, Session};
use kernel::ShipmentId;
use runtime::Order;

/// Cancel a shipment.
///
/// Before loading only. Once booked it costs 20 % of the price within two hours of the promised pickup, 50 % when the
/// truck is on its way. A carrier gives a booking back by withdrawing its bid.
#[utoipa::path(
    post,
    path = "/api/v1/shipments/{id}/cancel",
    tag = "shipments",
    params(("id" = String, Path, description = "the shipment")),
    responses((status = 200, description = "the shipment as it is now", body = edge::Enveloped<WireShipment>)),
)]
pub(super) async fn cancel_shipment(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<ShipmentId>,
    NoBody: NoBody,
) -> Result<Answer<WireShipment>, Problem> {
    let found = state.shipment(id).await?;
    let resource = state.resource(&found, &session.caller);
    session.authorise(&state.platform, permissions::SHIPMENT_CANCEL, &resource)?;
    let staff = session.caller.role.scope() == Scope::Tenant;
    let by = if staff { CancelledBy::Support } else { CancelledBy::Shipper };
    let order = Order::new::<Shipment>(id, ShipmentCommand::Cancel { by });
    let _ = state.platform.runtime.submit(&session.origin, order).await?;
    state.changed(id, &session).await
}
