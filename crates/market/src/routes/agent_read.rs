//! `GET /api/v1/agents/{id}`: one agent.
//!
//! Errors: 404 for an unknown or foreign agent.

use super::state::MarketState;
use crate::{
    agents::{CarrierProfile, FacilityProfile, ShipperProfile},
    rules::volume::VolumeTier,
    views,
    wire::agent::WireAgent,
};
use axum::extract::{Path, State, rejection::PathRejection};
use contracts::ports::{Permission, Resource, permissions};
use edge::{Answer, Problem, Session};
use kernel::{CarrierId, DriverId, FacilityId, OrganisationId, ShipperId, TenantId};

/// Any agent's id; its prefix tells the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnyAgent {
    Driver(DriverId),
    Shipper(ShipperId),
    Carrier(CarrierId),
    Facility(FacilityId),
}

impl AnyAgent {
    /// The `{id}` of the path; what is no agent's id is 404.
    pub(super) fn of(path: Result<Path<String>, PathRejection>) -> Result<Self, Problem> {
        path.map_err(|_| Problem::not_found()).and_then(|Path(text)| Self::parse(&text))
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let kinds = [
            text.parse().map(Self::Driver),
            text.parse().map(Self::Shipper),
            text.parse().map(Self::Carrier),
            text.parse().map(Self::Facility),
        ];
        kinds.into_iter().find_map(Result::ok).ok_or_else(Problem::not_found)
    }
}

/// Read an agent.
///
/// A driver agent or a profile, for its own organisation and the tenant's staff.
#[utoipa::path(
    get,
    path = "/api/v1/agents/{id}",
    tag = "agents",
    params(("id" = String, Path, description = "the agent: `drv_...`, `spr_...`, `car_...` or `fac_...`")),
    responses((status = 200, description = "the agent", body = edge::Enveloped<WireAgent>)),
)]
pub(super) async fn read_agent(
    State(state): State<MarketState>,
    session: Session,
    id: Result<Path<String>, PathRejection>,
) -> Result<Answer<WireAgent>, Problem> {
    let agent = AnyAgent::of(id)?;
    let resource = resource_of(&state, agent).await?;
    session.authorise(&state.platform, permissions::AGENT_READ, &resource)?;
    shown(&state, agent).await?.map(Answer::ok).ok_or_else(Problem::not_found)
}

/// Checks that the caller may do something with an agent.
pub(super) async fn authorise(
    state: &MarketState,
    session: &Session,
    agent: AnyAgent,
    permission: Permission,
) -> Result<(), Problem> {
    let resource = resource_of(state, agent).await?;
    session.authorise(&state.platform, permission, &resource)
}

async fn resource_of(state: &MarketState, agent: AnyAgent) -> Result<Resource, Problem> {
    let runtime = &state.platform.runtime;
    let owner: Option<(TenantId, OrganisationId)> = match agent {
        AnyAgent::Driver(id) => return state.driver(id).await.map(|driver| driver.resource()),
        AnyAgent::Shipper(id) => runtime.state::<ShipperProfile>(id).await?.and_then(|profile| {
            profile.written.as_ref().map(|written| (written.tenant, written.organisation))
        }),
        AnyAgent::Carrier(id) => runtime.state::<CarrierProfile>(id).await?.and_then(|profile| {
            profile.written.as_ref().map(|written| (written.tenant, written.organisation))
        }),
        AnyAgent::Facility(id) => runtime.state::<FacilityProfile>(id).await?.and_then(|profile| {
            profile.written.as_ref().map(|written| (written.tenant, written.organisation))
        }),
    };
    let (tenant, organisation) = owner.ok_or_else(Problem::not_found)?;
    Ok(Resource { tenant: Some(tenant), organisations: vec![organisation], ..Resource::default() })
}

/// An agent as it stands now.
pub(super) async fn shown(state: &MarketState, agent: AnyAgent) -> Result<Option<WireAgent>, Problem> {
    let runtime = &state.platform.runtime;
    Ok(match agent {
        AnyAgent::Driver(id) => WireAgent::driver(id, &state.driver(id).await?.driver),
        AnyAgent::Shipper(id) => shipper(state, id).await?,
        AnyAgent::Carrier(id) => {
            runtime.state::<CarrierProfile>(id).await?.and_then(|profile| WireAgent::carrier(id, &profile))
        }
        AnyAgent::Facility(id) => {
            runtime.state::<FacilityProfile>(id).await?.and_then(|profile| WireAgent::facility(id, &profile))
        }
    })
}

/// A shipper's profile with its volume tier of this month.
pub(super) async fn shipper(state: &MarketState, id: ShipperId) -> Result<Option<WireAgent>, Problem> {
    let runtime = &state.platform.runtime;
    let Some(profile) = runtime.state::<ShipperProfile>(id).await? else { return Ok(None) };
    let Some(written) = &profile.written else { return Ok(None) };
    let posted = views::volumes::posted(runtime.store(), written.organisation, runtime.now()).await?;
    Ok(WireAgent::shipper(id, &profile, VolumeTier::of(posted)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_tells_the_kind() {
        let hex = "0123456789abcdef0123456789abcdef";
        let kinds =
            ["drv", "spr", "car", "fac"].map(|prefix| AnyAgent::parse(&format!("{prefix}_{hex}")).is_ok());
        assert_eq!(kinds, [true; 4]);
        for text in ["shp_0123456789abcdef0123456789abcdef", "drv_1", ""] {
            assert_eq!(AnyAgent::parse(text).unwrap_err().status.as_u16(), 404, "{text}");
        }
    }
}
