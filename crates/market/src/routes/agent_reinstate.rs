//! `POST /api/v1/agents/{id}/reinstate`: a suspension is lifted.
//!
//! Errors: 403 for a role that lifts none, 404 for an unknown or foreign driver.

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

/// Lift a suspension.
///
/// The driver may bid again; its row of low ratings starts anew. For support and supervisors.
#[utoipa::path(
    post,
    path = "/api/v1/agents/{id}/reinstate",
    tag = "agents",
    params(("id" = String, Path, description = "the driver agent")),
    responses((status = 200, description = "the driver agent as it is now", body = edge::Enveloped<WireAgent>)),
)]
pub(super) async fn reinstate(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<DriverId>,
    NoBody: NoBody,
) -> Result<Answer<WireAgent>, Problem> {
    let found = state.driver(id).await?;
    session.authorise(&state.platform, permissions::AGENT_REINSTATE, &found.resource())?;
    let order = Order::new::<Driver>(id, DriverCommand::Reinstate);
    let _ = state.platform.runtime.submit(&session.origin, order).await?;
    let driver = state.driver(id).await?.driver;
    WireAgent::driver(id, &driver).map(Answer::ok).ok_or_else(Problem::not_found)
}
