//! `POST /api/v1/alerts/{id}/close`: somebody of the brokerage has settled it.
//!
//! Errors: 403 for a role that settles nothing, 404 for an unknown or foreign alert and for one that is over.

use super::alert_wire::WireAlert;
use crate::{
    Movement,
    agents::{Trip, TripCommand},
    views::alerts::find,
};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, PathId, Problem, Session};
use kernel::AlertId;
use runtime::{Order, Wait};

/// Close an alert.
///
/// For dispatchers, support and supervisors. It is raised again only after it was right in between. Repeating it changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/close",
    tag = "alerts",
    params(("id" = String, Path, description = "the alert")),
    responses((status = 200, description = "the alert as it is now", body = edge::Enveloped<WireAlert>)),
)]
pub async fn close_alert(
    State(movement): State<Movement>,
    session: Session,
    PathId(id): PathId<AlertId>,
) -> Result<Answer<WireAlert>, Problem> {
    let (runtime, caller) = (&movement.platform.runtime, &session.caller);
    let row = find(runtime.store(), caller.tenant, id).await?.ok_or_else(Problem::not_found)?;
    let resource = Resource { tenant: Some(caller.tenant), ..Resource::default() };
    session.authorise(&movement.platform, permissions::ISSUE_RESOLVE, &resource)?;
    let command = TripCommand::Close { alert: id, by: caller.user };
    let _receipt =
        runtime.submit(&session.origin, Order::new::<Trip>(row.trip, command).wait(Wait::Durable)).await?;
    let row = find(runtime.store(), caller.tenant, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(WireAlert::from(row)))
}
