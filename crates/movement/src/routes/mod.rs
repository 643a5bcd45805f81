//! The routes of positions and of roads.

mod alert_acknowledge;
mod alert_close;
mod alert_list;
mod alert_wire;
mod device_bind;
mod device_list;
mod device_unbind;
mod device_wire;
mod fleet_utilisation;
mod geofence_create;
mod geofence_delete;
mod geofence_list;
mod geofence_update;
mod geofence_wire;
mod incident_lift;
mod incident_list;
mod incident_report;
mod incident_wire;
mod line;
mod match_track;
mod measure_routes;
mod plan_routes;
mod reach;
mod replay;
mod report_position;
mod route_wire;
mod shipment_alerts;
mod shipment_eta;
mod shipment_line;
mod shipment_position;
mod span;
mod track;
mod traffic;
mod trip;

use crate::{Movement, Sample};
use edge::Problem;
use kernel::DriverId;
use span::Span;
use utoipa_axum::{router::OpenApiRouter, routes};

/// `POST /api/v1/routes`, `/matrix`, `/isochrone` and `/match`, `/api/v1/devices`, `POST /api/v1/agents/{id}/position`,
/// `GET /api/v1/agents/{id}/positions`, `GET /api/v1/shipments/{id}/position`, `/line`, `/eta` and `/alerts`,
/// `/api/v1/alerts`, `/api/v1/geofences`, `GET /api/v1/fleet/utilisation`, `/api/v1/traffic` and
/// `/api/v1/traffic/incidents`.
pub fn routes(movement: Movement) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(report_position::report_position))
        .routes(routes!(track::track))
        .routes(routes!(plan_routes::plan_routes))
        .routes(routes!(measure_routes::measure_routes))
        .routes(routes!(reach::reach))
        .routes(routes!(match_track::match_track))
        .routes(routes!(trip::trip))
        .routes(routes!(line::line))
        .routes(routes!(replay::replay))
        .routes(routes!(shipment_position::shipment_position))
        .routes(routes!(shipment_line::shipment_line))
        .routes(routes!(device_bind::bind_device, device_list::list_devices))
        .routes(routes!(device_unbind::unbind_device))
        .routes(routes!(alert_list::list_alerts))
        .routes(routes!(alert_acknowledge::acknowledge_alert))
        .routes(routes!(alert_close::close_alert))
        .routes(routes!(shipment_alerts::shipment_alerts))
        .routes(routes!(shipment_eta::shipment_eta))
        .routes(routes!(fleet_utilisation::fleet_utilisation))
        .routes(routes!(traffic::traffic))
        .routes(routes!(geofence_create::create_geofence, geofence_list::list_geofences))
        .routes(routes!(geofence_update::update_geofence, geofence_delete::delete_geofence))
        .routes(routes!(incident_report::report_incident, incident_list::list_incidents))
        .routes(routes!(incident_lift::lift_incident))
        .with_state(movement)
}

/// Positions that a report or a line looks at: 31 days at one each 27 seconds.
const POSITIONS_MAX: u32 = 100_000;

impl Movement {
    /// All positions of a span.
    ///
    /// # Errors
    /// 422 when there are too many, 503 when the store is away.
    async fn whole_track(&self, driver: DriverId, span: Span) -> Result<Vec<Sample>, Problem> {
        let samples = self.positions.history(driver, span.from, span.to, POSITIONS_MAX + 1).await?;
        if samples.len() > POSITIONS_MAX as usize {
            return Err(Problem::field(
                "from",
                "too_many",
                "more than 100000 positions: ask for a shorter time",
            ));
        }
        Ok(samples)
    }
}
