//! `GET /api/v1/shipments/{id}`: one shipment.
//!
//! Errors: 404 for an unknown shipment, another tenant's, or one that the caller's organisation has no part in.

use super::state::MarketState;
use crate::wire::shipment::{Contact, WireShipment};
use axum::{extract::State, http::StatusCode};
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::ShipmentId;

/// Read a shipment.
///
/// For its shipper, the tenant's staff, the carriers that were asked or bid as long as nobody is booked, and the booked
/// carrier from then on. Addresses and names only for those who need them. While the database is away a shipment is shown
/// as it was last known, at most five minutes old and without addresses and names.
#[utoipa::path(
    get,
    path = "/api/v1/shipments/{id}",
    tag = "shipments",
    params(("id" = String, Path, description = "the shipment")),
    responses((status = 200, description = "the shipment", body = edge::Enveloped<WireShipment>)),
)]
pub(super) async fn read_shipment(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<ShipmentId>,
) -> Result<Answer<WireShipment>, Problem> {
    let found = state.shipment(id).await?;
    let resource = state.resource(&found, &session.caller);
    session.authorise(&state.platform, permissions::SHIPMENT_READ, &resource)?;
    let contact = match state.contact(&found, &session).await {
        Err(problem) if problem.status == StatusCode::SERVICE_UNAVAILABLE => Contact::default(),
        contact => contact?,
    };
    Ok(Answer::ok(WireShipment::of(id, &found.shipment, &found.request, &contact)))
}
