//! `POST /api/v1/routes/matrix`: how far and how long it is from each place to each.
//!
//! Errors: 422 for a bad field or too many places, 503 when no planner can answer now.

use super::route_wire::{Told, WireReckoned, WireRouteVehicle, away, may_plan};
use crate::Movement;
use axum::extract::State;
use contracts::ports::{MatrixRequest, RouteMatrix, Traffic};
use edge::{
    Answer, Body, Fields, Problem, Session,
    wire::{WirePosition, check_time},
};
use kernel::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// So many places are measured at once, each with each.
const PLACES_MAX: usize = 100;

/// A question for a matrix.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MatrixQuestion {
    /// The places.
    #[schema(min_items = 1, max_items = 100)]
    places: Vec<WirePosition>,
    /// Who drives; `truck40` when absent.
    #[serde(default)]
    vehicle: WireRouteVehicle,
    /// When all ways begin: then the speeds of that hour count, and what is closed or forbidden then. Without it the usual
    /// times do.
    #[schema(format = DateTime)]
    departure: Option<String>,
}

impl MatrixQuestion {
    fn check(&self, traffic: Traffic) -> Result<MatrixRequest, Refusal> {
        let mut fields = Fields::new();
        let fits = (1..=PLACES_MAX).contains(&self.places.len());
        fields.require(fits, "places", "invalid_length", "must have 1 to 100 places");
        let places = self.places.iter().take(PLACES_MAX).enumerate();
        let places =
            places.filter_map(|(index, place)| place.check(&format!("places[{index}]"), &mut fields));
        let places = places.collect();
        let departure = self.departure.as_deref();
        let departure = departure.and_then(|text| check_time(text, "departure", &mut fields));
        fields.finish()?;
        Ok(MatrixRequest { places, vehicle: self.vehicle.into(), traffic, departure })
    }
}

/// Ways between places by the fastest roads: a row for each place to begin at, a column for each to end at.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WireMatrix {
    /// Metres of the shortest way.
    distances_m: Vec<Vec<u32>>,
    /// Seconds of the fastest way.
    durations_s: Vec<Vec<u32>>,
    /// How many pairs are estimates (great circle x 1.3), because no road leads from one to the other.
    estimated: usize,
    /// Where the others come from, as for a route.
    source: &'static str,
    /// Whom the data's licence wants named where it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    attribution: Option<String>,
    /// Which traffic the ways reckon with.
    traffic: WireReckoned,
}

impl From<RouteMatrix> for WireMatrix {
    fn from(matrix: RouteMatrix) -> Self {
        let RouteMatrix { distances_m, durations_s, estimated, source, traffic } = matrix;
        let Told { source, attribution, .. } = Told::of(source);
        Self { distances_m, durations_s, estimated, source, attribution, traffic: traffic.into() }
    }
}

/// Measure ways between places.
///
/// For everybody who is signed in; up to 100 places, each with each. Closures and slowdowns that the tenant's people have
/// reported count as they do in a route; `traffic` says which.
#[utoipa::path(
    post,
    path = "/api/v1/routes/matrix",
    tag = "routes",
    request_body = MatrixQuestion,
    responses((status = 200, description = "distances and times", body = edge::Enveloped<WireMatrix>)),
)]
pub async fn measure_routes(
    State(movement): State<Movement>,
    session: Session,
    Body(body): Body<MatrixQuestion>,
) -> Result<Answer<WireMatrix>, Problem> {
    may_plan(&movement, &session)?;
    let now = movement.platform.runtime.now();
    let request = body.check(movement.watch.incidents().in_force(session.caller.tenant, now))?;
    let matrix = movement.planner.matrix(request).await.map_err(away)?;
    Ok(Answer::ok(matrix.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_bad_place_is_named() {
        let bad = |places: serde_json::Value| {
            let question: MatrixQuestion = serde_json::from_value(json!({ "places": places })).unwrap();
            let fields = question.check(Traffic::default()).unwrap_err().fields;
            fields.into_iter().map(|field| field.field).collect::<Vec<_>>()
        };
        let at = |latitude: f64| json!({ "latitude": latitude, "longitude": 9.0 });
        assert_eq!(bad(json!([])), ["places"]);
        assert_eq!(bad(json!([at(45.0), at(95.0)])), ["places[1].latitude"]);
        assert_eq!(bad(json!(vec![at(45.0); 101])), ["places"]);
    }
}
