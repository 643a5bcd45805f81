//! `GET /api/v1/facilities/{id}/yard`: who stands at which dock, who waits, how full the docks are.
//!
//! Errors: 403 for a role that sees none, 404 for an unknown or foreign facility.

use crate::{Facilities, wire::WireYard};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::FacilityId;

/// Look over the yard.
///
/// For the operator and the tenant's staff. Waiting trucks are called in this order: who has waited for more than an hour,
/// the longest first; then those who came in time, by their appointments; then those who came late. Every change is told on
/// the WebSocket topic `facility:<id>`, and as `arrivals.expected` when a truck that drives here will arrive.
#[utoipa::path(
    get,
    path = "/api/v1/facilities/{id}/yard",
    tag = "facilities",
    params(("id" = String, Path, description = "the facility")),
    responses((status = 200, description = "the yard", body = edge::Enveloped<WireYard>)),
)]
pub async fn read_yard(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<FacilityId>,
) -> Result<Answer<WireYard>, Problem> {
    let found = state.found(id).await?;
    session.authorise(&state.platform, permissions::FACILITY_READ, &found.operated())?;
    Ok(Answer::ok(WireYard::of(&found.yard, state.platform.runtime.now())))
}
