//! `POST /api/v1/agents`: a new driver agent or profile.
//!
//! Errors: 403 for a kind that the caller's role has none of, 409 when it has one already, 422 for a bad field.

use super::state::MarketState;
use crate::{
    access::{DRIVER_OF_USER, claim_of_driver},
    agents::{
        CarrierCommand, CarrierProfile, Driver, DriverCommand, FacilityCommand, FacilityProfile,
        ShipperCommand, ShipperProfile,
    },
    rules::{calendar::year_and_month, reference},
    wire::agent::{AgentFields, AgentKind, WireAgent},
};
use axum::extract::State;
use contracts::{
    driver::Registered,
    ports::{Caller, Resource, Role, permissions},
    profile::{
        CarrierProfileWritten, FacilityProfileWritten, FacilityState, FacilityType, ShipperProfileWritten,
        ShipperType,
    },
    shipment::Preferences,
};
use edge::{Answer, Body, Fields, Problem, Session};
use kernel::{DriverId, FacilityId, Position, Timestamp};
use runtime::{CommandError, Order, Receipt};

/// Create an agent.
///
/// A driver's user makes its own driver agent, a carrier's user one for each of its trucks; shippers, carriers and
/// facilities make their profiles, one an organisation but for facilities.
#[utoipa::path(
    post,
    path = "/api/v1/agents",
    tag = "agents",
    request_body = AgentFields,
    responses((status = 201, description = "the agent", body = edge::Enveloped<WireAgent>)),
)]
pub(super) async fn create_agent(
    State(state): State<MarketState>,
    session: Session,
    Body(body): Body<AgentFields>,
) -> Result<Answer<WireAgent>, Problem> {
    session.authorise(&state.platform, permissions::AGENT_CREATE, &Resource::default())?;
    let kind = body.kind.ok_or_else(|| Problem::field("kind", "missing", "this field is required"))?;
    if !makes(session.caller.role, kind) {
        return Err(Problem::forbidden());
    }
    let mut fields = Fields::new();
    body.refuse_alien(kind, &mut fields);
    let agent = match kind {
        AgentKind::Driver => create_driver(&state, &session, &body, fields).await?,
        AgentKind::Shipper => create_shipper(&state, &session, &body, fields).await?,
        AgentKind::Carrier => create_carrier(&state, &session, &body, fields).await?,
        AgentKind::Facility => create_facility(&state, &session, &body, fields).await?,
    };
    agent.map(Answer::created).ok_or_else(Problem::not_found)
}

/// Which kinds a role makes.
const fn makes(role: Role, kind: AgentKind) -> bool {
    matches!(
        (role, kind),
        (Role::Driver | Role::Carrier, AgentKind::Driver)
            | (Role::Shipper, AgentKind::Shipper)
            | (Role::Carrier, AgentKind::Carrier)
            | (Role::Facility, AgentKind::Facility)
            | (Role::Admin, _)
    )
}

async fn create_driver(
    state: &MarketState,
    session: &Session,
    body: &AgentFields,
    mut fields: Fields,
) -> Result<Option<WireAgent>, Problem> {
    let runtime = &state.platform.runtime;
    let now = runtime.now();
    let profile = body.declared().whole(year_and_month(now).0, &mut fields);
    fields.finish()?;
    let Some(profile) = profile else {
        return Err(Problem::field("kind", "invalid", "the declaration is not whole"));
    };
    let place = reference::place_code(profile.base);
    let number = runtime.store().next_number(&reference::sequence("DRV", place)).await?;
    let id = DriverId::generate(now, &**runtime.entropy());
    let Caller { tenant, organisation, user, role, .. } = session.caller;
    let user = (role == Role::Driver).then_some(user);
    let registered = Registered {
        tenant,
        reference: reference::of("DRV", place, number),
        carrier: organisation,
        user,
        profile,
    };
    let mut order = Order::new::<Driver>(id, DriverCommand::Register(Box::new(registered)));
    if let Some(user) = user {
        order = order.claim(claim_of_driver(user, id));
    }
    let receipt = submit(state, session, order).await?;
    let id = receipt.id().unwrap_or(id);
    let driver = runtime.state::<Driver>(id).await?;
    Ok(driver.and_then(|driver| WireAgent::driver(id, &driver)))
}

async fn submit(state: &MarketState, session: &Session, order: Order) -> Result<Receipt, Problem> {
    match state.platform.runtime.submit(&session.origin, order).await {
        Err(CommandError::Taken { scope: DRIVER_OF_USER }) => {
            Err(Problem::conflict("agent.exists", "you have a driver agent; change that one"))
        }
        other => Ok(other?),
    }
}

async fn create_shipper(
    state: &MarketState,
    session: &Session,
    body: &AgentFields,
    mut fields: Fields,
) -> Result<Option<WireAgent>, Problem> {
    let organisation = session.caller.organisation;
    let empty = ShipperProfileWritten {
        tenant: session.caller.tenant,
        organisation,
        shipper_type: ShipperType::default(),
        preferences: Preferences::default(),
    };
    let written = body.shipper(&empty, &mut fields);
    fields.finish()?;
    let id = ShipperProfile::id_of(organisation);
    let order = Order::new::<ShipperProfile>(id, ShipperCommand::Create(Box::new(written)));
    let _ = submit(state, session, order).await?;
    super::agent_read::shipper(state, id).await
}

async fn create_carrier(
    state: &MarketState,
    session: &Session,
    body: &AgentFields,
    mut fields: Fields,
) -> Result<Option<WireAgent>, Problem> {
    let organisation = session.caller.organisation;
    for (given, field) in [
        (body.licence_valid_until.is_some(), "licence_valid_until"),
        (body.insurance_valid_until.is_some(), "insurance_valid_until"),
    ] {
        fields.require(given, field, "missing", "this field is required");
    }
    let empty = CarrierProfileWritten {
        tenant: session.caller.tenant,
        organisation,
        licence_number: None,
        licence_valid_until: Timestamp::from_micros(0),
        insurance_valid_until: Timestamp::from_micros(0),
    };
    let written = body.carrier(&empty, &mut fields);
    fields.finish()?;
    let id = CarrierProfile::id_of(organisation);
    let order = Order::new::<CarrierProfile>(id, CarrierCommand::Create(Box::new(written)));
    let _ = submit(state, session, order).await?;
    let profile = state.platform.runtime.state::<CarrierProfile>(id).await?;
    Ok(profile.and_then(|profile| WireAgent::carrier(id, &profile)))
}

async fn create_facility(
    state: &MarketState,
    session: &Session,
    body: &AgentFields,
    mut fields: Fields,
) -> Result<Option<WireAgent>, Problem> {
    let runtime = &state.platform.runtime;
    for (given, field) in
        [(body.facility_type.is_some(), "facility_type"), (body.position.is_some(), "position")]
    {
        fields.require(given, field, "missing", "this field is required");
    }
    let empty = FacilityProfileWritten {
        tenant: session.caller.tenant,
        organisation: session.caller.organisation,
        reference: String::new(),
        facility_type: FacilityType::Warehouse,
        position: Position { latitude: 0.0, longitude: 0.0 },
        docks: 1,
        state: FacilityState::default(),
    };
    let mut written = body.facility(&empty, &mut fields);
    fields.finish()?;
    let place = reference::place_code(written.position);
    let number = runtime.store().next_number(&reference::sequence("FAC", place)).await?;
    written.reference = reference::facility(written.facility_type, place, number);
    let id = FacilityId::generate(runtime.now(), &**runtime.entropy());
    let order = Order::new::<FacilityProfile>(id, FacilityCommand::Create(Box::new(written)));
    let id = submit(state, session, order).await?.id().unwrap_or(id);
    let profile = runtime.state::<FacilityProfile>(id).await?;
    Ok(profile.and_then(|profile| WireAgent::facility(id, &profile)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_makes_what_it_is() {
        let kinds = [AgentKind::Driver, AgentKind::Shipper, AgentKind::Carrier, AgentKind::Facility];
        let made = |role| kinds.into_iter().filter(|kind| makes(role, *kind)).collect::<Vec<_>>();
        assert_eq!(made(Role::Driver), [AgentKind::Driver]);
        assert_eq!(made(Role::Carrier), [AgentKind::Driver, AgentKind::Carrier]);
        assert_eq!(made(Role::Shipper), [AgentKind::Shipper]);
        assert_eq!(made(Role::Facility), [AgentKind::Facility]);
        for role in [Role::Broker, Role::Supervisor, Role::Finance, Role::Support, Role::Auditor] {
            assert_eq!(made(role), [], "{role:?}");
        }
    }
}
