//! `POST /api/v1/agents/{id}/offline`: a driver wants to take none.
//!
//! Errors: 403 for a role that does not act for drivers, 404 for an unknown or foreign driver.

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

/// Go offline.
///
/// The driver takes no offers from now on. A trip it is on goes on.
#[utoipa::path(
    post,
    path = "/api/v1/agents/{id}/offline",
    tag = "agents",
    params(("id" = String, Path, description = "the driver agent")),
    responses((status = 200, description = "the driver agent as it is now", body = edge::Enveloped<WireAgent>)),
)]
pub(super) async fn go_offline(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<DriverId>,
    NoBody: NoBody,
) -> Result<Answer<WireAgent>, Problem> {
    let found = state.driver(id).await?;
    session.authorise(&state.platform, permissions::AGENT_UPDATE, &found.resource())?;
    let order = Order::new::<Driver>(id, DriverCommand::GoOffline);
    let _ = state.platform.runtime.submit(&session.origin, order).await?;
    let driver = state.driver(id).await?.driver;
    WireAgent::driver(id, &driver).map(Answer::ok).ok_or_else(Problem::not_found)
}
