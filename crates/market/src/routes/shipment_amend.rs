//! `PATCH /api/v1/shipments/{id}`: a shipment changes before its first bid.
//!
//! Errors: 403 for a role that changes none, 404 for an unknown or foreign shipment, 409 once it has a bid, 422 for a
//! bad field.

use super::{
    shipment_create::{addresses, check_invited},
    state::MarketState,
};
use crate::{
    agents::{Shipment, ShipmentCommand},
    wire::{shipment::WireShipment, shipment_request::ShipmentChanges},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, PathId, Problem, Session, answer_secret};
use kernel::ShipmentId;
use runtime::Order;
use store::Write;

/// Change a shipment before its first bid.
///
/// What is absent stays. When stops, cargo or tender change, it is offered anew.
#[utoipa::path(
    patch,
    path = "/api/v1/shipments/{id}",
    tag = "shipments",
    params(("id" = String, Path, description = "the shipment")),
    request_body = ShipmentChanges,
    responses((status = 200, description = "the shipment as it is now", body = edge::Enveloped<WireShipment>)),
)]
pub(super) async fn amend_shipment(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<ShipmentId>,
    Body(body): Body<ShipmentChanges>,
) -> Result<Answer<WireShipment>, Problem> {
    let found = state.shipment(id).await?;
    let resource = state.resource(&found, &session.caller);
    session.authorise(&state.platform, permissions::SHIPMENT_AMEND, &resource)?;
    let runtime = &state.platform.runtime;
    let mut amended = body.check((&found.request.pickup, &found.request.delivery), runtime.now())?;
    if let Some(tender) = &amended.tender {
        check_invited(&state, &session, tender).await?;
    }
    if amended.pickup.is_some() || amended.delivery.is_some() {
        let from = amended.pickup.as_ref().unwrap_or(&found.request.pickup).position;
        let to = amended.delivery.as_ref().unwrap_or(&found.request.delivery).position;
        amended.road_km = Some(state.market.roads.distance_km(from, to));
    }
    let sealed = seal(&state, &found, &body).await?;
    let order = Order::new::<Shipment>(id, ShipmentCommand::Amend(Box::new(amended))).write(sealed);
    let _ = runtime.submit(&session.origin, order).await?;
    state.changed(id, &session).await
}

/// The writes that keep new addresses. A contact without any address so far is new to the vault.
async fn seal(
    state: &MarketState,
    found: &super::state::Found,
    body: &ShipmentChanges,
) -> Result<Vec<Write>, Problem> {
    let given = addresses(body.pickup.as_ref(), body.delivery.as_ref());
    if given.is_empty() {
        return Ok(Vec::new());
    }
    let (vault, tenant, contact) = (&state.platform.vault, found.request.tenant, found.request.contact);
    if vault.open(contact).await?.is_empty() {
        let (name, secret) = answer_secret(&**state.platform.runtime.entropy());
        let fields = [given.as_slice(), &[(name, secret.as_str())]].concat();
        return Ok(vault.seal_new(tenant, contact, &fields));
    }
    Ok(vault.seal(tenant, contact, &given).await?)
}
