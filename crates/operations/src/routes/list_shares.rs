//! `GET /api/v1/shipments/{id}/shares`: the links of a shipment, newest first, without their tokens.
//!
//! Errors: 403 for a role that sees none, 404 for an unknown or foreign shipment.

use crate::{Operations, operations::resource_of, views::shares, wire::WireShare};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::ShipmentId;

/// List a shipment's links.
///
/// For the shipper and the tenant's staff; newest first, at most 1,000.
#[utoipa::path(
    get,
    path = "/api/v1/shipments/{id}/shares",
    tag = "sharing",
    params(("id" = String, Path, description = "the shipment")),
    responses((status = 200, description = "newest first", body = Vec<WireShare>)),
)]
pub async fn list_shares(
    State(operations): State<Operations>,
    session: Session,
    PathId(shipment): PathId<ShipmentId>,
) -> Result<Answer<Vec<WireShare>>, Problem> {
    let parties = operations.parties(shipment).await?;
    session.authorise(&operations.platform, permissions::SHARE_READ, &resource_of(&parties))?;
    let runtime = &operations.platform.runtime;
    let (rows, now) = (shares::of_shipment(runtime.store(), shipment).await?, runtime.now());
    Ok(Answer::ok(rows.iter().map(|row| WireShare::of(shipment, row, now)).collect()))
}
