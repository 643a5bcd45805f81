//! `GET /api/v1/shipments/{id}/documents`: what there is of a shipment, oldest first.
//!
//! Errors: 403 for a role that reads no documents, 404 for an unknown or foreign shipment.

use crate::{Papers, papers::resource_of, views, wire::WireDocument};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::ShipmentId;

/// List a shipment's documents.
///
/// For the shipper, the booked carrier and its drivers, and the tenant's staff; oldest first, all of them (at most 200).
#[utoipa::path(
    get,
    path = "/api/v1/shipments/{id}/documents",
    tag = "documents",
    params(("id" = String, Path, description = "the shipment")),
    responses((status = 200, description = "oldest first", body = Vec<WireDocument>)),
)]
pub async fn list_documents(
    State(papers): State<Papers>,
    session: Session,
    PathId(shipment): PathId<ShipmentId>,
) -> Result<Answer<Vec<WireDocument>>, Problem> {
    let parties = papers.parties(shipment).await?;
    session.authorise(&papers.platform, permissions::DOCUMENT_READ, &resource_of(&parties))?;
    let rows = views::of_shipment(papers.platform.runtime.store(), shipment).await?;
    Ok(Answer::ok(rows.into_iter().map(|row| WireDocument::of(shipment, row)).collect()))
}
