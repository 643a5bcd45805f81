//! The ways that simulated trucks take, as the watch over them is told: a planner whose plans are driven.

use crate::{country::RoadGraph, load::ROAD_KMH};
use contracts::ports::{PlannedRoute, RouteAnswer, RouteRequest, RouteSource};

/// The way that a truck will take.
pub fn plan(roads: &RoadGraph, request: &RouteRequest) -> RouteAnswer {
    let route = roads.route(request.from, request.to);
    let planned = PlannedRoute {
        distance_m: route.km() * 1000.0,
        duration_s: route.km() / ROAD_KMH * 3600.0,
        toll_m: 0.0,
        cost: None,
        geometry: route.points().collect(),
        steps: Vec::new(),
        slowed_by: Vec::new(),
    };
    let source = RouteSource::Roads { attribution: String::new() };
    RouteAnswer { routes: Ok(vec![planned]), source }
}
