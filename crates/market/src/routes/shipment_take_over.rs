//! `POST /api/v1/shipments/{id}/take-over`: a dispatcher takes it upon itself to find a carrier.
//!
//! Errors: 403 for a role that dispatches none, 404 for an unknown or foreign shipment, 409 when another dispatcher has it,
//! or it does not look for a carrier.

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

/// Take a shipment over.
///
/// The first dispatcher who asks has it; handing it over again gives it back. From then on nothing happens to it by itself
/// until its pickup window ends or it is tendered again.
#[utoipa::path(
    post,
    path = "/api/v1/shipments/{id}/take-over",
    tag = "shipments",
    params(("id" = String, Path, description = "the shipment")),
    responses((status = 200, description = "the shipment as it is now", body = edge::Enveloped<WireShipment>)),
)]
pub(super) async fn take_over(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<ShipmentId>,
    NoBody: NoBody,
) -> Result<Answer<WireShipment>, Problem> {
    let found = state.shipment(id).await?;
    let resource = state.resource(&found, &session.caller);
    session.authorise(&state.platform, permissions::SHIPMENT_DISPATCH, &resource)?;
    let take = ShipmentCommand::TakeOver { dispatcher: session.caller.user };
    let _ = state.platform.runtime.submit(&session.origin, Order::new::<Shipment>(id, take)).await?;
    state.changed(id, &session).await
}
