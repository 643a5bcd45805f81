//! The routes of positions and of roads.

mod plan_routes;
mod report_position;
mod shipment_position;
mod track;

use crate::Movement;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `POST /api/v1/routes`, `POST /api/v1/agents/{id}/position`, `GET /api/v1/agents/{id}/positions`, `GET /api/v1/shipments/{id}/position`.
pub fn routes(movement: Movement) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(report_position::report_position))
        .routes(routes!(track::track))
        .routes(routes!(plan_routes::plan_routes))
        .routes(routes!(shipment_position::shipment_position))
        .with_state(movement)
}
