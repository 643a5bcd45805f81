//! `DELETE /api/v1/geofences/{id}`: the geofence is no more.
//!
//! Errors: 403 for a role that draws none, 404 for an unknown or foreign one.

use super::geofence_wire::WireGeofence;
use crate::{
    Movement,
    agents::{Geofence, GeofenceCommand},
};
use axum::extract::State;
use edge::{Answer, PathId, Problem, Session};
use kernel::GeofenceId;
use runtime::Order;

/// Remove a geofence.
///
/// For dispatchers, supervisors and support. Trucks that are in it leave it with their next position.
#[utoipa::path(
    delete,
    path = "/api/v1/geofences/{id}",
    tag = "geofences",
    params(("id" = String, Path, description = "the geofence")),
    responses((status = 200, description = "the geofence that was removed", body = edge::Enveloped<WireGeofence>)),
)]
pub async fn delete_geofence(
    State(movement): State<Movement>,
    session: Session,
    PathId(id): PathId<GeofenceId>,
) -> Result<Answer<WireGeofence>, Problem> {
    let terms = movement.geofence(id, &session).await?;
    let runtime = &movement.platform.runtime;
    let _receipt =
        runtime.submit(&session.origin, Order::new::<Geofence>(id, GeofenceCommand::Remove)).await?;
    Ok(Answer::ok(WireGeofence::of(id, &terms)))
}
