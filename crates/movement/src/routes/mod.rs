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

use crate::{
    Movement, Sample,
    trips::{Report, Reporter},
};
use edge::Problem;
use kernel::DriverId;
use span::Span;
use std::time::Duration;
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

/// Positions are read in parts of this many, however long the span is.
const PART: u32 = 20_000;

impl Movement {
    /// Reads all positions of a span part by part, oldest first, until whoever takes them has enough.
    ///
    /// # Errors
    /// 503 when the store is away, and what the taker refuses.
    async fn each_part(
        &self,
        driver: DriverId,
        span: Span,
        mut take: impl FnMut(Vec<Sample>) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let mut from = span.from;
        loop {
            let samples = self.positions.history(driver, from, span.to, PART).await?;
            let rest = samples.last().filter(|_| samples.len() >= PART as usize).map(|last| last.at);
            take(samples)?;
            let Some(last) = rest else { return Ok(()) };
            from = last.after(Duration::from_micros(1));
        }
    }

    /// What a driver did in a span.
    ///
    /// # Errors
    /// 503 when the store is away.
    async fn report(&self, driver: DriverId, span: Span) -> Result<Report, Problem> {
        let mut reporter = Reporter::default();
        self.each_part(driver, span, |part| {
            part.into_iter().for_each(|sample| reporter.take(sample));
            Ok(())
        })
        .await?;
        Ok(reporter.finish())
    }
}
