//! `POST /api/v1/routes`: routes between two places, with directions.
//!
//! Errors: 422 for a bad field, 503 when no planner can answer now. That there is no route is an answer.

use super::route_wire::{Told, WireRouteVehicle, away, may_plan};
use crate::Movement;
use axum::extract::State;
use contracts::ports::{
    DirectionsLanguage, NoRoute, PlannedRoute, RouteAnswer, RouteObjective, RouteRequest, RouteStep, Traffic,
};
use edge::{
    Answer, Body, Fields, Problem, Session,
    wire::{WireMoney, WirePosition, check_time},
};
use kernel::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is minimised.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireRouteObjective {
    /// Length.
    Shortest,
    /// Time.
    #[default]
    Fastest,
    /// Fuel, toll and the driver's time.
    Cheapest,
}

/// The language of the directions.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireRouteLanguage {
    /// English.
    #[default]
    En,
    /// Italian.
    It,
}

/// A question for routes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteQuestion {
    /// Where it begins.
    from: WirePosition,
    /// Where it ends.
    to: WirePosition,
    /// Who drives; `truck40` when absent.
    #[serde(default)]
    vehicle: WireRouteVehicle,
    /// What is minimised; `fastest` when absent.
    #[serde(default)]
    objective: WireRouteObjective,
    /// The language of the directions; `en` when absent.
    #[serde(default)]
    language: WireRouteLanguage,
    /// How many routes at most, the best first; 1 when absent.
    #[schema(minimum = 1, maximum = 4, default = 1)]
    count: Option<u8>,
    /// When it begins: then the speeds count that were learned for the hours in which it is driven, and what is closed or
    /// forbidden at that hour by the clocks there. Without it the usual times do, and turns that are forbidden at some hours
    /// are not taken.
    #[schema(format = DateTime)]
    departure: Option<String>,
}

impl RouteQuestion {
    fn check(&self, traffic: Traffic) -> Result<RouteRequest, Refusal> {
        let mut fields = Fields::new();
        let from = self.from.check("from", &mut fields);
        let to = self.to.check("to", &mut fields);
        let count = self.count.unwrap_or(1);
        if !(1..=4).contains(&count) {
            fields.refuse("count", "out_of_range", "1 to 4 routes can be asked for");
        }
        let departure = self.departure.as_deref();
        let departure = departure.and_then(|text| check_time(text, "departure", &mut fields));
        fields.finish()?;
        let (Some(from), Some(to)) = (from, to) else { return Err(Refusal::fields(Vec::new())) };
        let vehicle = self.vehicle.into();
        let objective = match self.objective {
            WireRouteObjective::Shortest => RouteObjective::Shortest,
            WireRouteObjective::Fastest => RouteObjective::Fastest,
            WireRouteObjective::Cheapest => RouteObjective::Cheapest,
        };
        let language = match self.language {
            WireRouteLanguage::En => DirectionsLanguage::English,
            WireRouteLanguage::It => DirectionsLanguage::Italian,
        };
        Ok(RouteRequest { from, to, vehicle, objective, language, count, traffic, departure })
    }
}

/// One step of the directions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WireRouteStep {
    /// What to do: `depart`, `continue`, `slight_left`, `left`, `sharp_left`, `slight_right`, `right`, `sharp_right`,
    /// `u_turn`, `roundabout`, `ferry` or `arrive`.
    manoeuvre: &'static str,
    /// The same as a sentence.
    text: String,
    /// The road one is then on; empty when it has no name.
    road: String,
    /// Where.
    at: WirePosition,
    /// How far then, in metres.
    distance_m: f64,
    /// How long that takes, in seconds.
    duration_s: f64,
}

impl From<RouteStep> for WireRouteStep {
    fn from(step: RouteStep) -> Self {
        let RouteStep { manoeuvre, text, road, at, distance_m, duration_s } = step;
        Self { manoeuvre, text, road, at: at.into(), distance_m, duration_s }
    }
}

/// A route.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WireRoute {
    /// Metres.
    distance_m: f64,
    /// Seconds, turns included.
    duration_s: f64,
    /// Metres on roads with toll.
    toll_m: f64,
    /// Fuel, toll and time by round figures, for comparing routes; absent when nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cost: Option<WireMoney>,
    /// Points as [latitude, longitude].
    geometry: Vec<[f64; 2]>,
    /// The directions; empty for an estimate.
    steps: Vec<WireRouteStep>,
    /// The slowdowns of `/api/v1/traffic/incidents` that it drives through.
    slowed_by: Vec<String>,
}

impl From<PlannedRoute> for WireRoute {
    fn from(route: PlannedRoute) -> Self {
        Self {
            distance_m: route.distance_m,
            duration_s: route.duration_s,
            toll_m: route.toll_m,
            cost: route.cost.map(WireMoney::from),
            geometry: route.geometry.iter().map(|point| [point.latitude, point.longitude]).collect(),
            steps: route.steps.into_iter().map(WireRouteStep::from).collect(),
            slowed_by: route.slowed_by.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Why there is no route, and how near one can get.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WireNoRoute {
    /// `from_off_road`, `to_off_road` or `unconnected`.
    reason: &'static str,
    /// The nearest place that can be reached; with `from_off_road` the nearest to begin at.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    nearest_reachable: Option<WirePosition>,
    /// How far in metres that is from the place asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    away_m: Option<f64>,
}

impl From<NoRoute> for WireNoRoute {
    fn from(none: NoRoute) -> Self {
        let (nearest_reachable, away_m) = none.nearest.map(|(at, away_m)| (at.into(), away_m)).unzip();
        Self { reason: none.reason, nearest_reachable, away_m }
    }
}

/// The answer: routes, or that there is none.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WireRoutes {
    /// The best first; empty when there is none.
    routes: Vec<WireRoute>,
    /// Present when there is no route.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    no_route: Option<WireNoRoute>,
    /// `roads` for a road graph, `great_circle` for an estimate of great circle x 1.3, `valhalla`, `osrm` or `google` for a
    /// server of somebody else.
    source: &'static str,
    /// The other's server is away, and this is what it said then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    as_of: Option<String>,
    /// Whom the data's licence wants named where the route is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    attribution: Option<String>,
}

impl From<RouteAnswer> for WireRoutes {
    fn from(answer: RouteAnswer) -> Self {
        let (routes, no_route) = match answer.routes {
            Ok(routes) => (routes.into_iter().map(WireRoute::from).collect(), None),
            Err(none) => (Vec::new(), Some(none.into())),
        };
        let Told { source, attribution, as_of } = Told::of(answer.source);
        Self { routes, no_route, source, as_of, attribution }
    }
}

/// Plan routes.
///
/// For everybody who is signed in. A route from a road graph keeps to what the vehicle may drive (at any hour, or at that of
/// `departure`), avoids the roads that the tenant's people have reported closed, and reckons with those that are slow now; where no graph
/// knows the beginning, the answer is an estimate and its `source` says so.
#[utoipa::path(
    post,
    path = "/api/v1/routes",
    tag = "routes",
    request_body = RouteQuestion,
    responses((status = 200, description = "routes, or why there is none", body = edge::Enveloped<WireRoutes>)),
)]
pub async fn plan_routes(
    State(movement): State<Movement>,
    session: Session,
    Body(body): Body<RouteQuestion>,
) -> Result<Answer<WireRoutes>, Problem> {
    may_plan(&movement, &session)?;
    let now = movement.platform.runtime.now();
    let request = body.check(movement.watch.incidents().in_force(session.caller.tenant, now))?;
    let answer = movement.planner.routes(request).await.map_err(away)?;
    Ok(Answer::ok(answer.into()))
}
