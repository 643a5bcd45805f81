//! `roads bench`: routes, matrices and preparation on a graph, each figure beside its budget (issue: roads, plans and
//! docks) and beside a plain Dijkstra search.

use super::{RoadsBenchArgs, failure, import};
use crate::{
    commands::bench::figure::{Budget, Figure},
    failure::Failure,
    output::say,
    stopwatch::Stopwatch,
};
use contracts::ports::TrafficEffect;
use roads::{
    Edge, KEPT_WISHES, Live, Objective, Router, Vehicle, Wish,
    geometry::Point,
    hierarchy::{Customised, Hierarchy},
    search::{self, Ends},
    synthetic::Dice,
};
use serde_json::json;
use std::time::Duration;

/// Edges from which a graph counts as large: its routes may take a millisecond.
const LARGE: usize = 100_000;
/// Rows and columns of the measured matrix.
const MATRIX: usize = 50;

/// Runs the command.
pub fn run(args: &RoadsBenchArgs) -> Result<(), Failure> {
    let mut figures = Vec::new();
    if let Some(source) = &args.source {
        let watch = Stopwatch::start();
        let imported = import::read(source, None)?;
        let megabytes = imported.bytes as f64 / 1e6;
        let speed = megabytes / watch.elapsed().as_secs_f64();
        figures.push(Figure::new("read the source and build its graph", speed, "MB/s", Budget::AtLeast(5.0)));
    }
    let watch = Stopwatch::start();
    let router = roads::file::open(&args.graph).map_err(failure)?;
    figures.push(Figure::new("open the graph", ms(watch.elapsed()), "ms", Budget::Free));
    let watch = Stopwatch::start();
    drop(router.ready(KEPT_WISHES[2]));
    figures.push(Figure::new("first weights of a truck", ms(watch.elapsed()), "ms", Budget::Free));
    let graph = router.graph();
    let watch = Stopwatch::start();
    drop(Hierarchy::of(graph).map_err(|wrong| Failure::Refused(wrong.to_string()))?);
    let per_s = graph.edge_count() as f64 / watch.elapsed().as_secs_f64();
    figures.push(Figure::new("prepare: order and contract", per_s, "edges/s", Budget::AtLeast(20_000.0)));
    measure(args, &router, &mut figures)?;
    if args.json {
        let all: Vec<_> = figures.iter().map(as_json).collect();
        let graph = router.graph();
        return say(json!({ "edges": graph.edge_count(), "junctions": graph.node_count(), "figures": all }));
    }
    say(format_args!("{} edges, {} junctions", router.graph().edge_count(), router.graph().node_count()))?;
    figures.iter().try_for_each(say)
}

fn measure(args: &RoadsBenchArgs, router: &Router, figures: &mut Vec<Figure>) -> Result<(), Failure> {
    let wish = Wish { vehicle: Vehicle::TRUCK_40T, objective: Objective::Fastest, turns: true };
    let ready = router.ready(wish);
    let watch = Stopwatch::start();
    drop(Customised::of(router.graph(), router.hierarchy(), &ready.metric));
    figures.push(Figure::new(
        "customise for one vehicle and objective",
        ms(watch.elapsed()),
        "ms",
        Budget::Free,
    ));
    let mut dice = Dice::new(args.seed);
    let pairs: Vec<(Point, Point)> =
        (0..args.pairs).filter_map(|_| pair(router, &ready, &mut dice)).collect();
    if pairs.is_empty() {
        return Err(Failure::Refused("the graph has no road for a truck".to_owned()));
    }
    let budget = if router.graph().edge_count() >= LARGE { 1.0 } else { 0.2 };
    let mut found = 0;
    let times = pairs.iter().map(|(from, to)| {
        let watch = Stopwatch::start();
        found += usize::from(router.route(wish, *from, *to).is_ok());
        watch.elapsed()
    });
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    let quantile = |share: usize| ms(times[(times.len() - 1) * share / 100]);
    figures.push(Figure::new(
        "truck route, points to edges: p50",
        quantile(50),
        "ms",
        Budget::AtMost(budget),
    ));
    figures.push(Figure::new("truck route, points to edges: p99", quantile(99), "ms", Budget::Free));
    let share = found as f64 / pairs.len() as f64;
    figures.push(Figure::new("pairs with a route", share * 100.0, "%", Budget::Free));
    around(router, wish, &pairs, figures);
    plain(router, &ready, &pairs, figures);
    let points: Vec<Point> = pairs.iter().flat_map(|(from, to)| [*from, *to]).take(2 * MATRIX).collect();
    let (from, to) = points.split_at(points.len() / 2);
    let watch = Stopwatch::start();
    drop(router.matrix(wish, from, to));
    let name = format!("matrix {} x {}", from.len(), to.len());
    figures.push(Figure::new(name, ms(watch.elapsed()), "ms", Budget::AtMost(20.0)));
    Ok(())
}

/// The same routes with the middle of each closed: those searches do not find the way in the hierarchy.
fn around(router: &Router, wish: Wish, pairs: &[(Point, Point)], figures: &mut Vec<Figure>) {
    let times = pairs.iter().filter_map(|ends| {
        let usual = router.route(wish, ends.0, ends.1).ok()?;
        let mut live = Live::default();
        live.add(&usual.edges[usual.edges.len() / 2..][..1], TrafficEffect::Closed);
        let watch = Stopwatch::start();
        drop(router.routes_under(wish, &live, *ends, 1));
        Some(watch.elapsed())
    });
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    for share in [50, 99] {
        let at = (times.len().max(1) - 1) * share / 100;
        if let Some(time) = times.get(at) {
            let name = format!("the same around a closed edge: p{share}");
            figures.push(Figure::new(name, ms(*time), "ms", Budget::Free));
        }
    }
}

/// Plain searches on some of the pairs, for comparison; they also must agree.
fn plain(router: &Router, ready: &roads::Ready, pairs: &[(Point, Point)], figures: &mut Vec<Figure>) {
    let (graph, metric) = (router.graph(), &ready.metric);
    let per_m = search::least_per_m(graph, metric);
    for (name, per_m) in [("plain Dijkstra: p50", 0.0), ("A*: p50", per_m)] {
        let times = pairs.iter().take(50).filter_map(|(from, to)| {
            let (from, to) = (router.places(metric, *from).next()?, router.places(metric, *to).next()?);
            let ends = Ends::between(graph, metric, &from, &to);
            let watch = Stopwatch::start();
            drop(search::towards(graph, metric, &ends, to.point, per_m));
            Some(watch.elapsed())
        });
        let mut times: Vec<Duration> = times.collect();
        times.sort_unstable();
        if let Some(middle) = times.get(times.len() / 2) {
            figures.push(Figure::new(name, ms(*middle), "ms", Budget::Free));
        }
    }
}

/// Two junctions that a truck can get to.
fn pair(router: &Router, ready: &roads::Ready, dice: &mut Dice) -> Option<(Point, Point)> {
    let graph = router.graph();
    let mut junction = || {
        (0..1000).find_map(|_| {
            let edge = Edge(dice.below(graph.edge_count() as u32));
            ready.metric.is_open(edge).then(|| graph.point(graph.head(edge)))
        })
    };
    Some((junction()?, junction()?))
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn as_json(figure: &Figure) -> serde_json::Value {
    let (least, most) = match figure.budget {
        Budget::AtMost(most) => (None, Some(most)),
        Budget::AtLeast(least) => (Some(least), None),
        Budget::Free => (None, None),
    };
    json!({
        "name": figure.name, "measured": figure.measured, "unit": figure.unit, "at_least": least, "at_most": most,
        "kept": figure.kept(),
    })
}
