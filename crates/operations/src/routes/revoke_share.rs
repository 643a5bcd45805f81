//! `DELETE /api/v1/shares/{id}`: a link is taken back.
//!
//! Errors: 403 for a role that shares none, 404 for an unknown or foreign link.

use crate::{
    Operations,
    agents::{Share, ShareCommand},
    operations::resource_of,
    views::shares,
    wire::WireShare,
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::ShareId;
use runtime::{Order, Wait};

/// Revoke a link.
///
/// For the shipper and the tenant's staff. It shows nothing any more, at once. Revoking it again changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/shares/{id}",
    tag = "sharing",
    params(("id" = String, Path, description = "the link")),
    responses((status = 200, description = "the link as it is now", body = WireShare)),
)]
pub async fn revoke_share(
    State(operations): State<Operations>,
    session: Session,
    PathId(id): PathId<ShareId>,
) -> Result<Answer<WireShare>, Problem> {
    let runtime = &operations.platform.runtime;
    let share = runtime.state::<Share>(id).await?.ok_or_else(Problem::not_found)?;
    let shipment = share.created.as_ref().ok_or_else(Problem::not_found)?.shipment;
    let parties = operations.parties(shipment).await?;
    session.authorise(&operations.platform, permissions::SHARE_CREATE, &resource_of(&parties))?;
    let order = Order::new::<Share>(id, ShareCommand::Revoke).wait(Wait::Durable);
    let _receipt = runtime.submit(&session.origin, order).await?;
    let rows = shares::of_shipment(runtime.store(), shipment).await?;
    let row = rows.iter().find(|row| row.id == id).ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(WireShare::of(shipment, row, runtime.now())))
}
