//! `DELETE /api/v1/devices/{id}`: the tracker reports for nobody.
//!
//! Errors: 404 for an unknown or foreign one, 403 for a role that changes no agents.

use super::device_wire::WireDevice;
use crate::{
    Movement,
    agents::{Device, DeviceCommand},
    movement::resource_of,
    trackers::{DEVICE_CLAIM, claim_key},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::DeviceId;
use runtime::Order;
use store::Claim;

/// Unbind a device.
///
/// What it sends from then on is refused, in this process at once and in others within 30 seconds. Repeating it changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/devices/{id}",
    tag = "devices",
    params(("id" = String, Path, description = "the device")),
    responses((status = 200, description = "the device that was unbound", body = edge::Enveloped<WireDevice>)),
)]
pub async fn unbind_device(
    State(movement): State<Movement>,
    session: Session,
    PathId(id): PathId<DeviceId>,
) -> Result<Answer<WireDevice>, Problem> {
    let runtime = &movement.platform.runtime;
    let device = runtime.state::<Device>(id).await?.ok_or_else(Problem::not_found)?;
    let terms = device.terms.clone().ok_or_else(Problem::not_found)?;
    let owner = movement.owner(terms.driver).await?;
    session.authorise(&movement.platform, permissions::AGENT_UPDATE, &resource_of(terms.driver, &owner))?;
    // The identifier may long be another device's: only the first time frees it.
    if !device.unbound {
        let free = Claim::Free { scope: DEVICE_CLAIM, key: claim_key(&terms.protocol, &terms.identifier) };
        let order = Order::new::<Device>(id, DeviceCommand::Unbind).claim(free);
        let _ = runtime.submit(&session.origin, order).await?;
        movement.registry.forget();
    }
    Ok(Answer::ok(WireDevice::of(id, &terms)))
}
