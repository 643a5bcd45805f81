//! `POST /api/v1/shipments/{id}/retender`: a dispatcher tenders a shipment again.
//!
//! Errors: 403 for a role that dispatches none, 404 for an unknown or foreign shipment, 409 unless it looks for a carrier,
//! 422 for a bad field.

use super::{shipment_create::check_invited, state::MarketState};
use crate::{
    agents::{Shipment, ShipmentCommand},
    wire::{dispatch::Retender, shipment::WireShipment},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, PathId, Problem, Session};
use kernel::ShipmentId;
use runtime::Order;

/// Tender a shipment again.
///
/// Further away, in another mode, or just once more: a new round of offers goes out and a new window opens. Bids stay, but
/// for those of carriers that the new tender does not name.
#[utoipa::path(
    post,
    path = "/api/v1/shipments/{id}/retender",
    tag = "shipments",
    params(("id" = String, Path, description = "the shipment")),
    request_body = Retender,
    responses((status = 200, description = "the shipment as it is now", body = edge::Enveloped<WireShipment>)),
)]
pub(super) async fn retender(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<ShipmentId>,
    Body(body): Body<Retender>,
) -> Result<Answer<WireShipment>, Problem> {
    let found = state.shipment(id).await?;
    let resource = state.resource(&found, &session.caller);
    session.authorise(&state.platform, permissions::SHIPMENT_DISPATCH, &resource)?;
    let again = body.check()?;
    if let Some(tender) = &again.tender {
        check_invited(&state, &session, tender).await?;
    }
    let order = Order::new::<Shipment>(id, ShipmentCommand::Retender(Box::new(again)));
    let _ = state.platform.runtime.submit(&session.origin, order).await?;
    state.changed(id, &session).await
}
