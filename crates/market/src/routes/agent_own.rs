//! `GET /api/v1/agents/own`: the agents that act for the caller itself.
//!
//! Errors: 403 for a role that sees no agents.

use super::{
    agent_read::{AnyAgent, shown},
    state::MarketState,
};
use crate::{
    agents::{CarrierProfile, ShipperProfile},
    views::profiles,
    wire::agent::WireAgent,
};
use axum::extract::State;
use contracts::ports::{Resource, Role, permissions};
use edge::{Answer, Problem, Session};

/// List one's own agents.
///
/// A driver's own driver agent, and not its colleagues'; the profile of a shipper's or carrier's organisation; a
/// facility's sites, oldest first, at most 100. Empty before they are made, and for the tenant's staff.
#[utoipa::path(
    get,
    path = "/api/v1/agents/own",
    tag = "agents",
    responses((status = 200, description = "the caller's own agents", body = edge::Enveloped<Vec<WireAgent>>)),
)]
pub(super) async fn own_agents(
    State(state): State<MarketState>,
    session: Session,
) -> Result<Answer<Vec<WireAgent>>, Problem> {
    session.authorise(&state.platform, permissions::AGENT_READ, &Resource::default())?;
    let caller = &session.caller;
    let ids: Vec<AnyAgent> = match caller.role {
        Role::Driver => state.driver_of(caller.user).await?.map(AnyAgent::Driver).into_iter().collect(),
        Role::Shipper => vec![AnyAgent::Shipper(ShipperProfile::id_of(caller.organisation))],
        Role::Carrier => vec![AnyAgent::Carrier(CarrierProfile::id_of(caller.organisation))],
        Role::Facility => {
            let store = state.platform.runtime.store();
            let sites = profiles::facilities(store, caller.organisation).await?;
            sites.into_iter().map(AnyAgent::Facility).collect()
        }
        _ => Vec::new(),
    };
    let mut agents = Vec::with_capacity(ids.len());
    for id in ids {
        agents.extend(shown(&state, id).await?);
    }
    Ok(Answer::ok(agents))
}
