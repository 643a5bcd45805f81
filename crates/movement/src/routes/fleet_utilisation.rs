//! `GET /api/v1/fleet/utilisation`: what each vehicle did in a period.
//!
//! Errors: 403 for a role that sees no fleet, 422 for a bad, reversed or too long span and for a page.

use super::span::Span;
use crate::{
    Movement,
    trips::Utilisation,
    views::trips::{TripRow, in_span},
};
use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse as _, Response},
};
use contracts::ports::{Resource, Scope, permissions};
use edge::{Answer, Fields, Page, Pagination, Problem, Search, Session};
use kernel::{DriverId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// So many trips a period may have.
pub(super) const TRIPS_MAX: i64 = 20_000;

/// Which period, and in which form.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UtilisationQuery {
    /// From this instant on; 24 hours before `to` when absent. At most 31 days.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Before this instant; now when absent.
    #[param(format = DateTime)]
    to: Option<String>,
    /// How it is answered.
    #[param(inline)]
    format: Option<UtilisationFormat>,
    /// From 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100, default = 20)]
    per_page: Option<u32>,
}

/// The forms of the answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UtilisationFormat {
    /// As everything else.
    #[default]
    Json,
    /// One line a vehicle.
    Csv,
}

/// What a vehicle did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VehicleUtilisation {
    /// The driver agent.
    agent_id: String,
    /// Trips that ran in the period.
    trips: usize,
    /// Driven, km; great circle from position to position, gaps left out.
    distance_km: f64,
    /// Of them, with freight aboard.
    loaded_km: f64,
    /// Km without freight by all km, 0 to 1; absent for a vehicle that did not drive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    empty_share: Option<f64>,
    /// Seconds of driving, short halts included.
    moving_seconds: u64,
    /// Seconds of standing for five minutes or more at one place.
    stopped_seconds: u64,
    /// How often it stood so.
    stops: usize,
}

/// Tell what each vehicle did.
///
/// For the tenant's staff all vehicles that were on a trip in the period, for a carrier its own; by agent.
#[utoipa::path(
    get,
    path = "/api/v1/fleet/utilisation",
    tag = "positions",
    params(UtilisationQuery),
    responses((status = 200, description = "a page of vehicles", content(
        (edge::Enveloped<Vec<VehicleUtilisation>> = "application/json"),
        (String = "text/csv"),
    ))),
)]
pub async fn fleet_utilisation(
    State(movement): State<Movement>,
    session: Session,
    Search(query): Search<UtilisationQuery>,
) -> Result<Response, Problem> {
    let caller = &session.caller;
    session.authorise(&movement.platform, permissions::FLEET_READ, &Resource::default())?;
    let mut fields = Fields::new();
    let now = movement.platform.runtime.now();
    let span = Span::check(query.from.as_deref(), query.to.as_deref(), now, &mut fields);
    fields.finish()?;
    let page = Page::of(query.page, query.per_page)?;
    let carrier = (caller.role.scope() == Scope::Organisation).then_some(caller.organisation);
    let store = movement.platform.runtime.store();
    let rows = in_span(store, caller.tenant, carrier, (span.from, span.to), TRIPS_MAX).await?;
    let mut by_driver: BTreeMap<DriverId, Vec<TripRow>> = BTreeMap::new();
    for row in rows {
        by_driver.entry(row.driver).or_default().push(row);
    }
    let total = by_driver.len() as u64;
    let skip = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let mut vehicles = Vec::new();
    for (driver, trips) in by_driver.iter().skip(skip).take(page.per_page as usize) {
        let report = movement.report(*driver, span).await?;
        vehicles.push(VehicleUtilisation::of(
            *driver,
            trips,
            Utilisation::of(&report, &loaded(trips, span.to)),
        ));
    }
    let pagination = Pagination { page: page.page, per_page: page.per_page, total };
    Ok(match query.format.unwrap_or_default() {
        UtilisationFormat::Json => Answer::paged(vehicles, pagination).into_response(),
        UtilisationFormat::Csv => ([(CONTENT_TYPE, "text/csv")], csv(&vehicles)).into_response(),
    })
}

/// From when until when freight was aboard.
pub(super) fn loaded(trips: &[TripRow], to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    trips.iter().filter_map(|trip| Some((trip.loaded_at?, trip.ended_at.unwrap_or(to)))).collect()
}

impl VehicleUtilisation {
    fn of(driver: DriverId, trips: &[TripRow], used: Utilisation) -> Self {
        let thousandths = |value: f64| (value * 1000.0).round() / 1000.0;
        Self {
            agent_id: driver.to_string(),
            trips: trips.len(),
            distance_km: thousandths(used.distance_km),
            loaded_km: thousandths(used.loaded_km),
            empty_share: used.empty_share().map(thousandths),
            moving_seconds: used.moving.as_secs(),
            stopped_seconds: used.stopped.as_secs(),
            stops: used.stops,
        }
    }
}

fn csv(vehicles: &[VehicleUtilisation]) -> String {
    let mut text = String::from(
        "agent_id,trips,distance_km,loaded_km,empty_share,moving_seconds,stopped_seconds,stops\r\n",
    );
    for vehicle in vehicles {
        let empty_share = vehicle.empty_share.map_or_else(String::new, |share| share.to_string());
        text.push_str(&format!(
            "{},{},{},{},{empty_share},{},{},{}\r\n",
            vehicle.agent_id,
            vehicle.trips,
            vehicle.distance_km,
            vehicle.loaded_km,
            vehicle.moving_seconds,
            vehicle.stopped_seconds,
            vehicle.stops
        ));
    }
    text
}
