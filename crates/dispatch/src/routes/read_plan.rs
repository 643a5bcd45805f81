//! `GET /api/v1/plans/{id}`: a plan and how its search stands.
//!
//! Errors: 403 for a role that plans nothing, 404 for an unknown, forgotten or foreign plan.

use crate::{Dispatch, wire::WirePlan};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::PlanId;

/// Read a plan.
#[utoipa::path(
    get,
    path = "/api/v1/plans/{id}",
    tag = "plans",
    params(("id" = String, Path, description = "the plan")),
    responses((status = 200, description = "the best plan so far", body = edge::Enveloped<WirePlan>)),
)]
pub async fn read_plan(
    State(dispatch): State<Dispatch>,
    session: Session,
    PathId(id): PathId<PlanId>,
) -> Result<Answer<WirePlan>, Problem> {
    let search = dispatch.search(&session, id, permissions::PLAN_READ)?;
    Ok(Answer::ok(WirePlan::of(&search)))
}
