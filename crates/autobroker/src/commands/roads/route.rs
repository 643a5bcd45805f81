//! `roads route`: one route, for people or programs.

use super::{LanguageName, RouteArgs, open};
use crate::{failure::Failure, output::say};
use roads::{
    NoRoute, Route, Router, Wish,
    geometry::Point,
    steps::{Language, steps},
};
use serde_json::{Value, json};

/// Runs the command. That there is no route is an answer, not a failure.
pub fn run(args: &RouteArgs) -> Result<(), Failure> {
    let router = open(&args.graph)?;
    let wish = Wish { vehicle: args.vehicle, objective: args.objective.into(), turns: true };
    let found = match args.at {
        Some(at) => router.route_at(wish, at, args.from, args.to).map(|route| vec![route]),
        None => router.routes(wish, args.from, args.to, usize::from(args.routes)),
    };
    let language = match args.language {
        LanguageName::En => Language::English,
        LanguageName::It => Language::Italian,
    };
    match found {
        Ok(routes) if args.json => say(all_as_json(&router, &wish, &routes, language)),
        Ok(routes) => routes.iter().try_for_each(|route| tell(&router, route, language)),
        Err(none) if args.json => say(none_as_json(&none)),
        Err(none) => tell_none(&none),
    }
}

fn coordinates(point: Point) -> Value {
    json!([point.lat(), point.lon()])
}

fn metres(mm: u64) -> f64 {
    mm as f64 / 1000.0
}

/// The best route, with the others under `alternatives`.
fn all_as_json(router: &Router, wish: &Wish, routes: &[Route], language: Language) -> Value {
    let mut all = routes.iter().map(|route| as_json(router, wish, route, language));
    let mut best = all.next().unwrap_or_default();
    best["alternatives"] = all.collect();
    best
}

fn as_json(router: &Router, wish: &Wish, route: &Route, language: Language) -> Value {
    let graph = router.graph();
    let geometry: Vec<Value> = route.geometry(graph).into_iter().map(coordinates).collect();
    let steps = steps(graph, route).into_iter().map(|step| {
        json!({
            "manoeuvre": step.manoeuvre.code(), "text": step.text(language), "road": step.road,
            "at": coordinates(step.point), "distance_m": metres(step.length_mm), "duration_s": metres(step.time_ms),
        })
    });
    json!({
        "distance_m": metres(route.effort.length_mm), "duration_s": metres(route.effort.time_ms),
        "toll_m": metres(route.effort.toll_mm), "cost_eur": metres(route.cost_e5 / 100),
        "objective": wish.objective.name(), "vehicle": wish.vehicle.name,
        "from": coordinates(route.from.point), "to": coordinates(route.to.point),
        "geometry": geometry, "steps": steps.collect::<Vec<_>>(), "attribution": graph.parts().attribution,
    })
}

fn none_as_json(none: &NoRoute) -> Value {
    let nearest =
        none.nearest.map(|place| json!({ "at": coordinates(place.point), "away_m": place.away_m.round() }));
    json!({ "no_route": { "reason": none.reason.code(), "nearest_reachable": nearest } })
}

fn tell(router: &Router, route: &Route, language: Language) -> Result<(), Failure> {
    say(format_args!(
        "{:.2} km, {} min, {:.2} EUR",
        metres(route.effort.length_mm) / 1000.0,
        route.duration_s().div_ceil(60),
        metres(route.cost_e5 / 100)
    ))?;
    for step in steps(router.graph(), route) {
        say(format_args!("{:>8.0} m  {}", metres(step.length_mm), step.text(language)))?;
    }
    say(&router.graph().parts().attribution)
}

fn tell_none(none: &NoRoute) -> Result<(), Failure> {
    let why = match none.reason {
        roads::Reason::FromOffRoad => "no road that this vehicle can use is near the beginning",
        roads::Reason::ToOffRoad => "no road that this vehicle can use is near the end",
        roads::Reason::Unconnected => "the roads do not lead there for this vehicle",
    };
    say(format_args!("no route: {why}"))?;
    none.nearest.map_or(Ok(()), |place| {
        let (lat, lon) = (place.point.lat(), place.point.lon());
        say(format_args!("nearest place: {lat:.6},{lon:.6}, {:.0} m away", place.away_m))
    })
}
