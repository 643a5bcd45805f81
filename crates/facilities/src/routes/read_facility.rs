//! `GET /api/v1/facilities/{id}`: hours, rules, closures, state and rating of a facility.
//!
//! Errors: 403 for a role that sees none, 404 for an unknown or foreign facility.

use crate::{Facilities, wire::WireFacilityDetail};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::FacilityId;

/// Read a facility.
#[utoipa::path(
    get,
    path = "/api/v1/facilities/{id}",
    tag = "facilities",
    params(("id" = String, Path, description = "the facility")),
    responses((status = 200, description = "the facility", body = edge::Enveloped<WireFacilityDetail>)),
)]
pub async fn read_facility(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<FacilityId>,
) -> Result<Answer<WireFacilityDetail>, Problem> {
    let found = state.found(id).await?;
    session.authorise(&state.platform, permissions::FACILITY_READ, &found.visited_by(&session.caller))?;
    Ok(Answer::ok(WireFacilityDetail::of(&found)))
}
