//! `POST /api/v1/plans/{id}/stop`: the search ends with the best plan so far.
//!
//! Errors: 403 for a role that plans nothing, 404 for an unknown, forgotten or foreign plan.

use crate::{Dispatch, wire::WirePlan};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, NoBody, PathId, Problem, Session};
use kernel::PlanId;
use std::time::Duration;

/// A search looks at its flag many times a second.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// Stop a search.
///
/// It ends with the best plan so far; one that has ended already stays as it is.
#[utoipa::path(
    post,
    path = "/api/v1/plans/{id}/stop",
    tag = "plans",
    params(("id" = String, Path, description = "the plan")),
    responses((status = 200, description = "the plan", body = edge::Enveloped<WirePlan>)),
)]
pub async fn stop_plan(
    State(dispatch): State<Dispatch>,
    session: Session,
    PathId(id): PathId<PlanId>,
    NoBody: NoBody,
) -> Result<Answer<WirePlan>, Problem> {
    let search = dispatch.search(&session, id, permissions::PLAN_CREATE)?;
    search.stop();
    let _ = tokio::time::timeout(ENDS_WITHIN, search.ended()).await;
    Ok(Answer::ok(WirePlan::of(&search)))
}
