//! `POST /api/v1/facilities/{id}/closures/end`: a closure is taken back.
//!
//! Errors: 403 for a role that sets none, 404 for an unknown or foreign facility or closure.

use crate::{Facilities, agents::YardCommand, wire::WireFacilityDetail};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, PathId, Problem, Session};
use kernel::FacilityId;
use serde::Deserialize;
use utoipa::ToSchema;

/// Which closure.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosureEnd {
    /// Its number.
    #[schema(minimum = 1)]
    number: u32,
}

/// Take a closure back.
///
/// For the operator; again changes nothing. Displaced appointments get their places where there are some.
#[utoipa::path(
    post,
    path = "/api/v1/facilities/{id}/closures/end",
    tag = "facilities",
    params(("id" = String, Path, description = "the facility")),
    request_body = ClosureEnd,
    responses((status = 200, description = "the facility", body = edge::Enveloped<WireFacilityDetail>)),
)]
pub async fn reopen_docks(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<FacilityId>,
    Body(body): Body<ClosureEnd>,
) -> Result<Answer<WireFacilityDetail>, Problem> {
    let found = state.found(id).await?;
    session.authorise(&state.platform, permissions::FACILITY_MANAGE, &found.operated())?;
    state.ask(&session, id, YardCommand::Reopen { closure: body.number }, Vec::new()).await?;
    Ok(Answer::ok(WireFacilityDetail::of(&state.found(id).await?)))
}
