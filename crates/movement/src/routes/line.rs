//! `GET /api/v1/agents/{id}/line`: a driver's track as a line for a map or another program.
//!
//! Errors: 404 for an unknown or foreign driver, 422 for a bad, reversed or too long span, a tolerance off its range or a line of
//! too many points.

use super::span::Span;
use crate::{
    Movement, Sample,
    movement::resource_of,
    trips::{geojson, gpx, simplify},
};
use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse as _, Response},
};
use contracts::ports::permissions;
use edge::{Fields, PathId, Problem, Search, Session};
use kernel::DriverId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

const TOLERANCE_M_DEFAULT: f64 = 10.0;
const TOLERANCE_M_MAX: f64 = 10_000.0;
/// A line has at most so many points.
const POINTS_MAX: usize = 100_000;
const TOO_MANY: &str = "more than 100000 points: ask for a shorter time or a larger tolerance";

/// Which part of the track, how exactly, and in which form.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LineQuery {
    /// From this instant on; 24 hours before `to` when absent. At most 31 days.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Before this instant; now when absent.
    #[param(format = DateTime)]
    to: Option<String>,
    /// No position is left out that is further from the line, in metres; 0 keeps every one.
    #[param(minimum = 0, maximum = 10_000, default = 10)]
    tolerance_m: Option<f64>,
    /// The file's form.
    #[param(inline)]
    format: Option<LineFormat>,
}

/// The forms of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LineFormat {
    /// RFC 7946.
    #[default]
    Geojson,
    /// GPX 1.1.
    Gpx,
}

/// Draw a track.
///
/// For the driver itself, its carrier and the tenant's staff. The line has at most 100,000 points.
#[utoipa::path(
    get,
    path = "/api/v1/agents/{id}/line",
    tag = "positions",
    params(("id" = String, Path, description = "the driver agent"), LineQuery),
    responses((status = 200, description = "the line", content(
        (String = "application/geo+json"),
        (String = "application/gpx+xml"),
    ))),
)]
pub async fn line(
    State(movement): State<Movement>,
    session: Session,
    PathId(driver): PathId<DriverId>,
    Search(query): Search<LineQuery>,
) -> Result<Response, Problem> {
    let owner = movement.owner(driver).await?;
    session.authorise(&movement.platform, permissions::AGENT_READ, &resource_of(driver, &owner))?;
    let mut fields = Fields::new();
    let span =
        Span::check(query.from.as_deref(), query.to.as_deref(), movement.platform.runtime.now(), &mut fields);
    let tolerance_m = query.tolerance_m.unwrap_or(TOLERANCE_M_DEFAULT);
    let fits = (0.0..=TOLERANCE_M_MAX).contains(&tolerance_m);
    fields.require(fits, "tolerance_m", "out_of_range", "must be between 0 and 10000");
    fields.finish()?;
    let mut line = Vec::new();
    let take = |part: Vec<Sample>| {
        line.extend(if tolerance_m > 0.0 { simplify(&part, tolerance_m) } else { part });
        if line.len() <= POINTS_MAX { Ok(()) } else { Err(Problem::field("from", "too_many", TOO_MANY)) }
    };
    movement.each_part(driver, span, take).await?;
    Ok(match query.format.unwrap_or_default() {
        LineFormat::Geojson => {
            ([(CONTENT_TYPE, "application/geo+json")], geojson(&line).to_string()).into_response()
        }
        LineFormat::Gpx => ([(CONTENT_TYPE, "application/gpx+xml")], gpx(&line)).into_response(),
    })
}
