//! `POST /api/v1/agents/{id}/position`: a driver's device says where it is.
//!
//! Errors: 404 for an unknown or foreign driver, 403 for a role that reports no positions, 422 for a bad field.

use crate::{
    Movement,
    movement::resource_of,
    wire::{LatestPosition, ReportedPosition},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, PathId, Problem, Session};
use kernel::DriverId;

/// Report a position.
///
/// For the driver itself, its carrier and support. Durable when answered. The same driver and time is kept once; an
/// older point goes to the history and does not replace a newer one, which is then the one that is answered.
#[utoipa::path(
    post,
    path = "/api/v1/agents/{id}/position",
    tag = "positions",
    params(("id" = String, Path, description = "the driver agent")),
    request_body = ReportedPosition,
    responses((status = 200, description = "the driver's newest position", body = edge::Enveloped<LatestPosition>)),
)]
pub async fn report_position(
    State(movement): State<Movement>,
    session: Session,
    PathId(driver): PathId<DriverId>,
    Body(body): Body<ReportedPosition>,
) -> Result<Answer<LatestPosition>, Problem> {
    let owner = movement.owner(driver).await?;
    session.authorise(&movement.platform, permissions::AGENT_POSITION, &resource_of(driver, &owner))?;
    let now = movement.platform.runtime.now();
    let sample = body.check(now)?;
    movement.positions.record(owner.tenant, driver, std::slice::from_ref(&sample), now).await?;
    let newest = movement.positions.latest(driver, now).map_or(sample, |seen| seen.sample);
    Ok(Answer::ok(LatestPosition::new(driver, &newest, now)))
}
