//! `POST /api/v1/agents/{id}/online`: a driver wants to take offers.
//!
//! Errors: 403 for a role that does not act for drivers, 404 for an unknown or foreign driver, 409 when it is suspended.

use super::state::MarketState;
use crate::{
    agents::{Driver, DriverCommand},
    wire::agent::WireAgent,
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, NoBody, PathId, Problem, Session};
use kernel::DriverId;
use runtime::Order;

/// Go online.
///
/// The driver takes offers from now on. Separate from its trip.
#[utoipa::path(
    post,
    path = "/api/v1/agents/{id}/online",
    tag = "agents",
    params(("id" = String, Path, description = "the driver agent")),
    responses((status = 200, description = "the driver agent as it is now", body = edge::Enveloped<WireAgent>)),
)]
pub(super) async fn go_online(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<DriverId>,
    NoBody: NoBody,
) -> Result<Answer<WireAgent>, Problem> {
    let found = state.driver(id).await?;
    session.authorise(&state.platform, permissions::AGENT_UPDATE, &found.resource())?;
    let order = Order::new::<Driver>(id, DriverCommand::GoOnline);
    let _ = state.platform.runtime.submit(&session.origin, order).await?;
    let driver = state.driver(id).await?.driver;
    WireAgent::driver(id, &driver).map(Answer::ok).ok_or_else(Problem::not_found)
}
