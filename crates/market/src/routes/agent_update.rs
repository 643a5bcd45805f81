//! `PATCH /api/v1/agents/{id}`: what an agent declares changes.
//!
//! Errors: 403 for a role that changes no agents, 404 for an unknown or foreign agent, 422 for a bad field.

use super::{
    agent_read::{AnyAgent, authorise, shown},
    state::MarketState,
};
use crate::{
    agents::{
        CarrierCommand, CarrierProfile, Driver, DriverCommand, FacilityCommand, FacilityProfile,
        ShipperCommand, ShipperProfile,
    },
    rules::calendar::year_and_month,
    wire::agent::{AgentFields, AgentKind, WireAgent},
};
use axum::extract::{Path, State, rejection::PathRejection};
use contracts::ports::permissions;
use edge::{Answer, Body, Fields, Problem, Session};
use runtime::Order;

/// Change an agent.
///
/// What is absent stays; null empties a field that says so and is refused for others. A driver's change counts for bids from then on, not for those it has made.
#[utoipa::path(
    patch,
    path = "/api/v1/agents/{id}",
    tag = "agents",
    params(("id" = String, Path, description = "the agent: `drv_...`, `spr_...`, `car_...` or `fac_...`")),
    request_body = AgentFields,
    responses((status = 200, description = "the agent as it is now", body = edge::Enveloped<WireAgent>)),
)]
pub(super) async fn update_agent(
    State(state): State<MarketState>,
    session: Session,
    id: Result<Path<String>, PathRejection>,
    Body(body): Body<AgentFields>,
) -> Result<Answer<WireAgent>, Problem> {
    let agent = AnyAgent::of(id)?;
    authorise(&state, &session, agent, permissions::AGENT_UPDATE).await?;
    let kind = match agent {
        AnyAgent::Driver(_) => AgentKind::Driver,
        AnyAgent::Shipper(_) => AgentKind::Shipper,
        AnyAgent::Carrier(_) => AgentKind::Carrier,
        AnyAgent::Facility(_) => AgentKind::Facility,
    };
    let mut fields = Fields::new();
    fields.require(
        body.kind.is_none_or(|told| told == kind),
        "kind",
        "fixed",
        "an agent's kind cannot change",
    );
    body.refuse_alien(kind, &mut fields);
    let order = change(&state, agent, &body, fields).await?;
    let _ = state.platform.runtime.submit(&session.origin, order).await?;
    shown(&state, agent).await?.map(Answer::ok).ok_or_else(Problem::not_found)
}

async fn change(
    state: &MarketState,
    agent: AnyAgent,
    body: &AgentFields,
    mut fields: Fields,
) -> Result<Order, Problem> {
    let runtime = &state.platform.runtime;
    match agent {
        AnyAgent::Driver(id) => {
            let present = state.driver(id).await?;
            let year = year_and_month(runtime.now()).0;
            let profile = body.declared().applied_to(&present.registered.profile, year, &mut fields);
            fields.finish()?;
            Ok(Order::new::<Driver>(id, DriverCommand::ChangeProfile(Box::new(profile))))
        }
        AnyAgent::Shipper(id) => {
            let profile = runtime.state::<ShipperProfile>(id).await?;
            let present =
                profile.and_then(|profile| profile.written.clone()).ok_or_else(Problem::not_found)?;
            let written = body.shipper(&present, &mut fields);
            fields.finish()?;
            Ok(Order::new::<ShipperProfile>(id, ShipperCommand::Change(Box::new(written))))
        }
        AnyAgent::Carrier(id) => {
            let profile = runtime.state::<CarrierProfile>(id).await?;
            let present =
                profile.and_then(|profile| profile.written.clone()).ok_or_else(Problem::not_found)?;
            let written = body.carrier(&present, &mut fields);
            fields.finish()?;
            Ok(Order::new::<CarrierProfile>(id, CarrierCommand::Change(Box::new(written))))
        }
        AnyAgent::Facility(id) => {
            let profile = runtime.state::<FacilityProfile>(id).await?;
            let present =
                profile.and_then(|profile| profile.written.clone()).ok_or_else(Problem::not_found)?;
            let written = body.facility(&present, &mut fields);
            fields.finish()?;
            Ok(Order::new::<FacilityProfile>(id, FacilityCommand::Change(Box::new(written))))
        }
    }
}
