//! `POST /api/v1/traffic/incidents`: a road is closed or slow.
//!
//! Errors: 403 for a role that reports none, 409 `incident.too_many` when the tenant has 1000, 422 with the fields, and
//! where no road is.

use super::{
    incident_wire::{IncidentRequest, WireIncident},
    route_wire::away,
};
use crate::{
    Movement,
    agents::{Incident, IncidentCommand},
    traffic::Incidents,
    views::incidents::count,
};
use axum::extract::State;
use contracts::ports::{Resource, RoadsThere, TrafficPlace, permissions};
use edge::{Answer, Body, Problem, Session};
use kernel::{IncidentId, Refusal};
use runtime::Order;

/// Report an incident.
///
/// For dispatchers, supervisors and support. The tenant's routes avoid what is closed and reckon with what is slow from
/// then on; running trips whose way it changes are told another one within a minute (`route.updated`).
#[utoipa::path(
    post,
    path = "/api/v1/traffic/incidents",
    tag = "routes",
    request_body = IncidentRequest,
    responses((status = 201, description = "the incident", body = edge::Enveloped<WireIncident>)),
)]
pub async fn report_incident(
    State(movement): State<Movement>,
    session: Session,
    Body(body): Body<IncidentRequest>,
) -> Result<Answer<WireIncident>, Problem> {
    session.authorise(&movement.platform, permissions::TRAFFIC_WRITE, &Resource::default())?;
    let runtime = &movement.platform.runtime;
    let tenant = session.caller.tenant;
    let terms = body.check(tenant, runtime.now())?;
    if movement.planner.roads_at(terms.place.clone()).await.map_err(away)? == RoadsThere::None {
        return Err(no_road(&terms.place).into());
    }
    if count(runtime.store(), tenant).await? >= Incidents::TENANT_MAX {
        return Err(Problem::conflict("incident.too_many", "a tenant has at most 1000 incidents"));
    }
    let id = IncidentId::generate(runtime.now(), &**runtime.entropy());
    let command = IncidentCommand::Report(Box::new(terms.clone()));
    let receipt = runtime.submit(&session.origin, Order::new::<Incident>(id, command)).await?;
    Ok(Answer::created(WireIncident::of(receipt.id().unwrap_or(id), &terms)))
}

/// An incident that is on no road would hinder nobody, and whoever reported it would not know.
fn no_road(place: &TrafficPlace) -> Refusal {
    let (field, why) = match place {
        TrafficPlace::Point { .. } => ("points[0]", "no known road is within 100 m"),
        TrafficPlace::Area { .. } => ("points[0]", "no known road is within `radius_m`"),
        TrafficPlace::Line { .. } => ("points", "no known road is along these points"),
    };
    Refusal::field(field, "no_road", why)
}
