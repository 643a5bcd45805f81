//! `POST /api/v1/facilities/{id}/docks`: add a dock, or change the one of this name.
//!
//! Errors: 403 for a role that sets none, 404 for an unknown or foreign facility, 409 `facility.too_many_docks`, 422 with
//! the fields.

use crate::{Facilities, agents::YardCommand, wire::WireDock};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, Fields, PathId, Problem, Session};
use kernel::FacilityId;

/// Add or change a dock.
///
/// For the operator. Appointments that the dock takes no longer are moved, or lose their place and are named by the yard
/// as displaced; none is lost.
#[utoipa::path(
    post,
    path = "/api/v1/facilities/{id}/docks",
    tag = "facilities",
    params(("id" = String, Path, description = "the facility")),
    request_body = WireDock,
    responses((status = 201, description = "the dock", body = edge::Enveloped<WireDock>)),
)]
pub async fn configure_dock(
    State(state): State<Facilities>,
    session: Session,
    PathId(id): PathId<FacilityId>,
    Body(body): Body<WireDock>,
) -> Result<Answer<WireDock>, Problem> {
    let found = state.found(id).await?;
    session.authorise(&state.platform, permissions::FACILITY_MANAGE, &found.operated())?;
    let mut fields = Fields::new();
    let spec = body.check(&mut fields);
    fields.finish()?;
    let name = spec.name.clone();
    state.ask(&session, id, YardCommand::Configure(Box::new(spec)), Vec::new()).await?;
    let found = state.found(id).await?;
    let dock = found.yard.docks.get(&name).map(|dock| WireDock::from(&dock.spec));
    dock.map(Answer::created).ok_or_else(Problem::not_found)
}
