//! Other good routes: over the other ranks where the two ends of a search meet (Abraham, Delling, Goldberg, Werneck:
//! "Alternative Routes in Road Networks", 2010).

use crate::{
    climb::{Desk, Prepared},
    graph::{Edge, Graph},
    metric::{CLOSED, Metric},
    search::{Ends, Goal, Seed, Way},
};
use rustc_hash::FxHashSet;

/// An alternative weighs at most this much of the best, in percent.
const STRETCH: u64 = 130;
/// It shares at most this much of its length with each route before it, in percent.
const SHARED: u64 = 70;
/// Around its middle, this much of the best route's weight must be a best way itself, in percent.
const LOCAL: u64 = 25;
/// How many ways are looked at.
const LOOKED_AT: usize = 60;

/// The best way and others that differ from it and from each other, at most `count` in all, the best first.
pub fn alternatives(desk: &mut Desk, on: &Prepared, ends: &Ends, count: usize) -> Vec<Way> {
    let Some(best) = desk.route(on, ends) else { return Vec::new() };
    let most = u64::from(best.weight) * STRETCH / 100;
    let candidates = desk.ways_over(on, ends, most, LOOKED_AT);
    let mut found = vec![best];
    for (middle, way) in candidates {
        if found.len() >= count {
            break;
        }
        let differs = found.iter().all(|known| shared(on.graph, known, &way));
        if differs && !repeats(on.graph, &way) && is_local_best(desk, on, &way, middle, found[0].weight) {
            found.push(way);
        }
    }
    found
}

/// Whether a way shares little enough with a known one.
fn shared(graph: &Graph, known: &Way, way: &Way) -> bool {
    let known: FxHashSet<Edge> = known.edges.iter().copied().collect();
    let length = |edges: &mut dyn Iterator<Item = &Edge>| -> u64 {
        edges.map(|edge| u64::from(graph.segment(*edge).length_mm)).sum()
    };
    let common = length(&mut way.edges.iter().filter(|edge| known.contains(edge)));
    common * 100 <= length(&mut way.edges.iter()) * SHARED
}

/// Whether a way comes through a junction twice.
fn repeats(graph: &Graph, way: &Way) -> bool {
    let mut seen = FxHashSet::default();
    way.edges.iter().any(|edge| !seen.insert(graph.head(*edge)))
}

/// Whether the part of a way around its middle is a best way.
fn is_local_best(desk: &mut Desk, on: &Prepared, way: &Way, middle: Edge, best: u32) -> bool {
    let Some(middle) = way.edges.iter().position(|edge| *edge == middle) else { return false };
    let half = u64::from(best) * LOCAL / 200;
    let weight = |edge: &Edge| u64::from(on.metric.edges[edge.index()]);
    let reach = |edges: &mut dyn Iterator<Item = &Edge>| {
        let mut sum = 0;
        edges
            .take_while(|edge| {
                sum += weight(edge);
                sum <= half
            })
            .count()
    };
    let start = middle - reach(&mut way.edges[..middle].iter().rev());
    let end = middle + reach(&mut way.edges[middle + 1..].iter());
    if start == end {
        return true;
    }
    let part = &way.edges[start..=end];
    let ends = ends_of(on.graph, on.metric, part[0], part[part.len() - 1]);
    let turns: u64 = part.windows(2).map(|pair| u64::from(on.metric.turn(on.graph, pair[0], pair[1]))).sum();
    let inner: u64 = part[1..part.len() - 1].iter().map(weight).sum();
    desk.route(on, &ends).is_some_and(|found| u64::from(found.weight) >= turns + inner)
}

/// From the end of one edge to the beginning of another.
fn ends_of(graph: &Graph, metric: &Metric, from: Edge, to: Edge) -> Ends {
    let arcs = graph.expanded().arcs(from.0).filter(|arc| metric.arcs[*arc] != CLOSED);
    let seed = |arc: usize| Seed { state: graph.expanded().head(arc), weight: metric.arcs[arc], from };
    let goals = graph.expanded().states(to).map(|state| Goal { state, weight: 0 }).collect();
    Ends { seeds: arcs.map(seed).collect(), goals, direct: None }
}
