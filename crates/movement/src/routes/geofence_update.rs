//! `PUT /api/v1/geofences/{id}`: the geofence is another now.
//!
//! Errors: 403 for a role that draws none, 404 for an unknown or foreign one, 422 with the fields.

use super::geofence_wire::{GeofenceRequest, WireGeofence};
use crate::{
    Movement,
    agents::{Geofence, GeofenceCommand, GeofenceTerms},
};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Body, PathId, Problem, Session};
use kernel::GeofenceId;
use runtime::Order;

/// Change a geofence.
///
/// For dispatchers, supervisors and support; the whole of it. The same again changes nothing.
#[utoipa::path(
    put,
    path = "/api/v1/geofences/{id}",
    tag = "geofences",
    params(("id" = String, Path, description = "the geofence")),
    request_body = GeofenceRequest,
    responses((status = 200, description = "the geofence as it is now", body = edge::Enveloped<WireGeofence>)),
)]
pub async fn update_geofence(
    State(movement): State<Movement>,
    session: Session,
    PathId(id): PathId<GeofenceId>,
    Body(body): Body<GeofenceRequest>,
) -> Result<Answer<WireGeofence>, Problem> {
    let known = movement.geofence(id, &session).await?;
    let terms = body.check(known.tenant)?;
    let command = GeofenceCommand::Redraw(Box::new(terms.clone()));
    let runtime = &movement.platform.runtime;
    let _receipt = runtime.submit(&session.origin, Order::new::<Geofence>(id, command)).await?;
    Ok(Answer::ok(WireGeofence::of(id, &terms)))
}

impl Movement {
    /// A geofence that the caller may change.
    ///
    /// # Errors
    /// 404 when there is none, or none of the caller's tenant; 403 for a role that draws none.
    pub(super) async fn geofence(&self, id: GeofenceId, session: &Session) -> Result<GeofenceTerms, Problem> {
        let state = self.platform.runtime.state::<Geofence>(id).await?;
        let terms = state.and_then(|state| state.terms.clone()).ok_or_else(Problem::not_found)?;
        let resource = Resource { tenant: Some(terms.tenant), ..Resource::default() };
        session.authorise(&self.platform, permissions::GEOFENCE_WRITE, &resource)?;
        Ok(terms)
    }
}
