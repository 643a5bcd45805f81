//! `GET /api/v1/agents`: the driver agents that the caller may see.
//!
//! Errors: 403 for a role that sees no agents, 422 for a bad filter or page.

use super::state::MarketState;
use crate::{
    views::drivers::{DriverFilter, list},
    wire::agent::WireAgent,
};
use axum::extract::State;
use contracts::ports::{Resource, Scope, permissions};
use edge::{Answer, Page, Paged, Pagination, Problem, Search, Session};
use kernel::OrganisationId;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which driver agents.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AgentsQuery {
    /// Only those that take offers, or that take none.
    online: Option<bool>,
    /// Only those of this carrier.
    #[param(pattern = "^org_[0-9a-f]{32}$")]
    carrier_id: Option<String>,
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

impl AgentsQuery {
    fn carrier(&self) -> Result<Option<OrganisationId>, Problem> {
        let parsed = self.carrier_id.as_deref().map(str::parse::<OrganisationId>).transpose();
        parsed.map_err(|error| Problem::field("carrier_id", "invalid_id", error.to_string()))
    }
}

/// List driver agents.
///
/// Carriers and drivers see those of their organisation, the tenant's staff all; oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/agents",
    tag = "agents",
    params(AgentsQuery),
    responses((status = 200, description = "a page of driver agents, oldest first", body = edge::Enveloped<Vec<WireAgent>>)),
)]
pub(super) async fn list_agents(
    State(state): State<MarketState>,
    session: Session,
    Search(query): Search<AgentsQuery>,
) -> Result<Paged<WireAgent>, Problem> {
    session.authorise(&state.platform, permissions::AGENT_READ, &Resource::default())?;
    let page = Page::of(query.page, query.per_page)?;
    let caller = &session.caller;
    let wanted = query.carrier()?;
    let own = (caller.role.scope() == Scope::Organisation).then_some(caller.organisation);
    if let (Some(own), Some(wanted)) = (own, wanted)
        && own != wanted
    {
        // Of others nobody hears even that they exist.
        return Ok(Answer::paged(
            Vec::new(),
            Pagination { page: page.page, per_page: page.per_page, total: 0 },
        ));
    }
    let filter = DriverFilter { tenant: caller.tenant, carrier: own.or(wanted), online: query.online };
    let (ids, total) = list(state.platform.runtime.store(), &filter, page).await?;
    let mut agents = Vec::with_capacity(ids.len());
    for id in ids {
        agents.extend(WireAgent::driver(id, &state.driver(id).await?.driver));
    }
    Ok(Answer::paged(agents, Pagination { page: page.page, per_page: page.per_page, total }))
}
