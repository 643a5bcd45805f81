//! `DELETE /api/v1/traffic/incidents/{id}`: the road is as usual again.
//!
//! Errors: 403 for a role that reports none, 404 for an unknown or foreign one, or one that is over.

use super::incident_wire::WireIncident;
use crate::{
    Movement,
    agents::{Incident, IncidentCommand},
};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, PathId, Problem, Session};
use kernel::IncidentId;
use runtime::Order;

/// Lift an incident.
///
/// For dispatchers, supervisors and support. Running trips that have a better way again are told so.
#[utoipa::path(
    delete,
    path = "/api/v1/traffic/incidents/{id}",
    tag = "routes",
    params(("id" = String, Path, description = "the incident")),
    responses((status = 200, description = "the incident that is over", body = edge::Enveloped<WireIncident>)),
)]
pub async fn lift_incident(
    State(movement): State<Movement>,
    session: Session,
    PathId(id): PathId<IncidentId>,
) -> Result<Answer<WireIncident>, Problem> {
    let runtime = &movement.platform.runtime;
    let state = runtime.state::<Incident>(id).await?;
    let terms = state.and_then(|state| state.terms.clone()).ok_or_else(Problem::not_found)?;
    let resource = Resource { tenant: Some(terms.tenant), ..Resource::default() };
    session.authorise(&movement.platform, permissions::TRAFFIC_WRITE, &resource)?;
    let _receipt = runtime.submit(&session.origin, Order::new::<Incident>(id, IncidentCommand::Lift)).await?;
    Ok(Answer::ok(WireIncident::of(id, &terms)))
}
