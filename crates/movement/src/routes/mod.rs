//! The routes of positions and of roads.

mod device_bind;
mod device_list;
mod device_unbind;
mod device_wire;
mod plan_routes;
mod report_position;
mod shipment_position;
mod track;

use crate::Movement;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `POST /api/v1/routes`, `/api/v1/devices`, `POST /api/v1/agents/{id}/position`, `GET /api/v1/agents/{id}/positions`,
/// `GET /api/v1/shipments/{id}/position`.
pub fn routes(movement: Movement) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(report_position::report_position))
        .routes(routes!(track::track))
        .routes(routes!(plan_routes::plan_routes))
        .routes(routes!(shipment_position::shipment_position))
        .routes(routes!(device_bind::bind_device, device_list::list_devices))
        .routes(routes!(device_unbind::unbind_device))
        .with_state(movement)
}
