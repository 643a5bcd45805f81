//! `GET /api/v1/agents/{id}/trip`: how far a driver drove, where it stood, when nothing was heard of it.
//!
//! Errors: 404 for an unknown or foreign driver, 422 for a bad, reversed or too long span.

use super::{
    fleet_utilisation::{TRIPS_MAX, loaded},
    span::Span,
};
use crate::{
    Movement,
    movement::resource_of,
    trips::{Leg, LegKind, Report, Utilisation, report_csv},
    views::trips::in_span,
};
use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse as _, Response},
};
use contracts::ports::permissions;
use edge::{Answer, Fields, PathId, Problem, Search, Session};
use kernel::DriverId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which part of the track, and in which form.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TripQuery {
    /// From this instant on; 24 hours before `to` when absent. At most 31 days.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Before this instant; now when absent.
    #[param(format = DateTime)]
    to: Option<String>,
    /// How it is answered.
    #[param(inline)]
    format: Option<TripFormat>,
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TripFormat {
    /// As everything else.
    #[default]
    Json,
    /// One line a leg, then the totals of each kind with the empty share.
    Csv,
}

/// A trip.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WireTrip {
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
    /// Seconds in which nothing was heard for more than thirty minutes, or after which it was where it cannot have driven to.
    unknown_seconds: u64,
    /// The fastest that the device said, km/h.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    speed_kmh_max: Option<f64>,
    /// Positions that were looked at.
    positions: usize,
    /// Positions that were left out, because nobody drives 200 km/h there.
    jumps: usize,
    /// Its parts in order.
    legs: Vec<WireLeg>,
}

/// A part of a trip.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WireLeg {
    /// `drive`, `stop` or `gap`.
    kind: &'static str,
    /// From when.
    #[schema(format = DateTime)]
    from: String,
    /// Until when.
    #[schema(format = DateTime)]
    to: String,
    /// How far; 0 for a stop, the straight line over a gap.
    distance_km: f64,
    /// Degrees north, where it ended or stood.
    latitude: f64,
    /// Degrees east.
    longitude: f64,
}

impl From<&Leg> for WireLeg {
    fn from(leg: &Leg) -> Self {
        Self {
            kind: leg.kind.name(),
            from: leg.from.to_string(),
            to: leg.to.to_string(),
            distance_km: metres(leg.distance_km),
            latitude: leg.place.latitude,
            longitude: leg.place.longitude,
        }
    }
}

impl WireTrip {
    fn of(report: &Report, used: &Utilisation) -> Self {
        let seconds = |kind| report.time_in(kind).as_secs();
        Self {
            distance_km: metres(report.distance_km()),
            loaded_km: metres(used.loaded_km),
            empty_share: used.empty_share().map(metres),
            moving_seconds: seconds(LegKind::Drive),
            stopped_seconds: seconds(LegKind::Stop),
            unknown_seconds: seconds(LegKind::Gap),
            speed_kmh_max: report.speed_kmh_max,
            positions: report.positions,
            jumps: report.jumps,
            legs: report.legs.iter().map(WireLeg::from).collect(),
        }
    }
}

/// Rounded to thousandths: km to a metre.
fn metres(km: f64) -> f64 {
    (km * 1000.0).round() / 1000.0
}

/// Report on a trip.
///
/// For the driver itself, its carrier and the tenant's staff.
#[utoipa::path(
    get,
    path = "/api/v1/agents/{id}/trip",
    tag = "positions",
    params(("id" = String, Path, description = "the driver agent"), TripQuery),
    responses((status = 200, description = "the trip", content(
        (edge::Enveloped<WireTrip> = "application/json"),
        (String = "text/csv"),
    ))),
)]
pub async fn trip(
    State(movement): State<Movement>,
    session: Session,
    PathId(driver): PathId<DriverId>,
    Search(query): Search<TripQuery>,
) -> Result<Response, Problem> {
    let owner = movement.owner(driver).await?;
    session.authorise(&movement.platform, permissions::AGENT_READ, &resource_of(driver, &owner))?;
    let mut fields = Fields::new();
    let span =
        Span::check(query.from.as_deref(), query.to.as_deref(), movement.platform.runtime.now(), &mut fields);
    fields.finish()?;
    let report = movement.report(driver, span).await?;
    let store = movement.platform.runtime.store();
    let in_time = (span.from, span.to);
    let mut trips = in_span(store, owner.tenant, Some(owner.carrier), in_time, TRIPS_MAX).await?;
    trips.retain(|trip| trip.driver == driver);
    let used = Utilisation::of(&report, &loaded(&trips, span.to));
    Ok(match query.format.unwrap_or_default() {
        TripFormat::Json => Answer::ok(WireTrip::of(&report, &used)).into_response(),
        TripFormat::Csv => ([(CONTENT_TYPE, "text/csv")], report_csv(&report, &used)).into_response(),
    })
}
