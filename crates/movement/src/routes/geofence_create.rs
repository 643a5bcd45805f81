//! `POST /api/v1/geofences`: a place whose crossing means something.
//!
//! Errors: 403 for a role that draws none, 409 `geofence.too_many` when the tenant has 500, 422 with the fields.

use super::geofence_wire::{GeofenceRequest, WireGeofence};
use crate::{
    Movement,
    agents::{Geofence, GeofenceCommand},
    geofences::Fences,
    views::geofences::count,
};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Body, Problem, Session};
use kernel::GeofenceId;
use runtime::Order;

/// Draw a geofence.
///
/// For dispatchers, supervisors and support. Trucks on a trip that come into it, stay or leave say so in the shipment's
/// history. Pickups and deliveries need none: they have their circles of 500 m.
#[utoipa::path(
    post,
    path = "/api/v1/geofences",
    tag = "geofences",
    request_body = GeofenceRequest,
    responses((status = 201, description = "the geofence", body = edge::Enveloped<WireGeofence>)),
)]
pub async fn create_geofence(
    State(movement): State<Movement>,
    session: Session,
    Body(body): Body<GeofenceRequest>,
) -> Result<Answer<WireGeofence>, Problem> {
    session.authorise(&movement.platform, permissions::GEOFENCE_WRITE, &Resource::default())?;
    let tenant = session.caller.tenant;
    let terms = body.check(tenant)?;
    let runtime = &movement.platform.runtime;
    if count(runtime.store(), tenant).await? >= Fences::TENANT_MAX {
        return Err(Problem::conflict("geofence.too_many", "a tenant has at most 500 geofences"));
    }
    let id = GeofenceId::generate(runtime.now(), &**runtime.entropy());
    let command = GeofenceCommand::Draw(Box::new(terms.clone()));
    let receipt = runtime.submit(&session.origin, Order::new::<Geofence>(id, command)).await?;
    Ok(Answer::created(WireGeofence::of(receipt.id().unwrap_or(id), &terms)))
}
