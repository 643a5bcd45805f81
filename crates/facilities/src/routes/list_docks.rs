//! `GET /api/v1/facilities/{id}/docks`: the docks of a facility.
//!
//! Errors: 403 for a role that sees none, 404 for an unknown or foreign facility.

use crate::{Facilities, wire::WireDock};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::FacilityId;

/// List docks.
///
/// All of them (at most 2,000), by their names.
#[utoipa::path(
    get,
    path = "/api/v1/facilities/{id}/docks",
    tag = "facilities",
    params(("id" = String, Path, description = "the facility")),
    responses((status = 200, description = "the docks", body = edge::Enveloped<Vec<WireDock>>)),
)]
pub async fn list_docks(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<FacilityId>,
) -> Result<Answer<Vec<WireDock>>, Problem> {
    let found = state.found(id).await?;
    session.authorise(&state.platform, permissions::FACILITY_READ, &found.visited_by(&session.caller))?;
    Ok(Answer::ok(found.yard.docks.values().map(|dock| WireDock::from(&dock.spec)).collect()))
}
