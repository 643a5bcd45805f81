//! From a place to a place: where a search begins and ends, and the plain searches.

use crate::{
    geometry::Point,
    graph::{Edge, Graph},
    index::Place,
    metric::{CLOSED, Metric},
};
use std::{cmp::Reverse, collections::BinaryHeap};

/// A turn out of the edge where a route begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed {
    /// The state after the turn.
    pub state: u32,
    /// The weight up to and with the turn.
    pub weight: u32,
    /// The edge where the route begins.
    pub from: Edge,
}

/// A state on the edge where a route ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goal {
    /// The state.
    pub state: u32,
    /// The weight from the edge's beginning to the place.
    pub weight: u32,
}

/// Both ends of a route.
#[derive(Debug, Clone, Default)]
pub struct Ends {
    /// Where it can begin.
    pub seeds: Vec<Seed>,
    /// Where it can end.
    pub goals: Vec<Goal>,
    /// The way without any turn, when both ends are on one edge.
    pub direct: Option<(u32, Edge)>,
}

/// A way found: all edges from the one where it begins to the one where it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Its weight.
    pub weight: u32,
    /// Its edges.
    pub edges: Vec<Edge>,
}

/// How far along an edge a place is, in mm.
#[must_use]
pub fn along_mm(graph: &Graph, edge: Edge, place: &Place) -> u32 {
    let length = graph.segment(edge).length_mm;
    if edge.direction() == 0 { place.offset_mm.min(length) } else { length - place.offset_mm.min(length) }
}

/// Both directions of the piece of road a place is on.
fn edges_of(place: &Place) -> [Edge; 2] {
    let forward = Edge(2 * place.segment as u32);
    [forward, forward.reversed()]
}

/// The weight of an edge from its beginning to `to_mm`.
fn part(graph: &Graph, metric: &Metric, edge: Edge, to_mm: u32) -> u32 {
    let (weight, length) = (u64::from(metric.edges[edge.index()]), u64::from(graph.segment(edge).length_mm));
    (weight * u64::from(to_mm)).checked_div(length).unwrap_or(0) as u32
}

/// Where a route from a place can turn to first.
pub fn seeds<'g>(graph: &'g Graph, metric: &'g Metric, place: &Place) -> impl Iterator<Item = Seed> + 'g {
    let place = *place;
    edges_of(&place).into_iter().filter(|edge| metric.is_open(*edge)).flat_map(move |edge| {
        let rest = metric.edges[edge.index()] - part(graph, metric, edge, along_mm(graph, edge, &place));
        let arcs = graph.expanded().arcs(edge.0).filter(|arc| metric.arcs[*arc] != CLOSED);
        arcs.map(move |arc| Seed {
            state: graph.expanded().head(arc),
            weight: rest.saturating_add(metric.arcs[arc]),
            from: edge,
        })
    })
}

/// Where a route to a place can end.
pub fn goals<'g>(graph: &'g Graph, metric: &'g Metric, place: &Place) -> impl Iterator<Item = Goal> + 'g {
    let place = *place;
    edges_of(&place).into_iter().filter(|edge| metric.is_open(*edge)).flat_map(move |edge| {
        let weight = part(graph, metric, edge, along_mm(graph, edge, &place));
        graph.expanded().states(edge).map(move |state| Goal { state, weight })
    })
}

/// The way between places on one edge without any turn.
#[must_use]
pub fn direct(graph: &Graph, metric: &Metric, from: &Place, to: &Place) -> Option<(u32, Edge)> {
    let edges = edges_of(from).into_iter().filter(|edge| from.segment == to.segment && metric.is_open(*edge));
    let ways = edges.filter_map(|edge| {
        let (start, end) = (along_mm(graph, edge, from), along_mm(graph, edge, to));
        let weight = |mm| part(graph, metric, edge, mm);
        (start <= end).then(|| (weight(end) - weight(start), edge))
    });
    ways.min()
}

impl Ends {
    /// The ends of routes between two places.
    #[must_use]
    pub fn between(graph: &Graph, metric: &Metric, from: &Place, to: &Place) -> Self {
        Self {
            seeds: seeds(graph, metric, from).collect(),
            goals: goals(graph, metric, to).collect(),
            direct: direct(graph, metric, from, to),
        }
    }
}

/// The weight from the beginning of one edge to the beginning of the next.
fn step(graph: &Graph, metric: &Metric, state: u32, arc: usize) -> u32 {
    metric.edges[graph.expanded().edge(state).index()].saturating_add(metric.arcs[arc])
}

/// No state.
const NONE: u32 = u32::MAX;

/// Labels of a plain search: weights to the beginnings of edges.
struct Labels {
    weights: Vec<u32>,
    /// The state before, or none at a seed.
    before: Vec<u32>,
    queue: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Labels {
    fn new(graph: &Graph) -> Self {
        let states = graph.expanded().state_count();
        Self { weights: vec![CLOSED; states], before: vec![NONE; states], queue: BinaryHeap::new() }
    }

    fn improve(&mut self, state: u32, weight: u32, before: u32, ahead: u32) {
        if weight < self.weights[state as usize] {
            self.weights[state as usize] = weight;
            self.before[state as usize] = before;
            self.queue.push(Reverse((weight.saturating_add(ahead), state)));
        }
    }
}

/// A* towards a point. With `per_m` 0 it is Dijkstra's search; else `per_m` must not exceed what any edge weighs for a
/// metre of great circle ([`least_per_m`]).
#[must_use]
pub fn towards(graph: &Graph, metric: &Metric, ends: &Ends, target: Point, per_m: f64) -> Option<Way> {
    let ahead = |state: u32| -> u32 {
        if per_m <= 0.0 {
            return 0;
        }
        let tail = graph.point(graph.tail(graph.expanded().edge(state)));
        (tail.distance_m(target) * per_m) as u32
    };
    let mut labels = Labels::new(graph);
    for seed in &ends.seeds {
        labels.improve(seed.state, seed.weight, NONE, ahead(seed.state));
    }
    let mut best = ends.direct.map_or(CLOSED, |(weight, _)| weight);
    let mut last = None;
    while let Some(Reverse((estimate, state))) = labels.queue.pop() {
        if estimate >= best {
            break;
        }
        let weight = labels.weights[state as usize];
        if estimate > weight.saturating_add(ahead(state)) {
            continue;
        }
        for goal in ends.goals.iter().filter(|goal| goal.state == state) {
            let total = weight.saturating_add(goal.weight);
            if total < best {
                (best, last) = (total, Some(state));
            }
        }
        for arc in graph.expanded().arcs(state) {
            let weight = weight.saturating_add(step(graph, metric, state, arc));
            let head = graph.expanded().head(arc);
            if weight != CLOSED {
                labels.improve(head, weight, state, ahead(head));
            }
        }
    }
    match last {
        Some(last) => Some(Way { weight: best, edges: walk_back(graph, ends, &labels, last) }),
        None => ends.direct.map(|(weight, edge)| Way { weight, edges: vec![edge] }),
    }
}

fn walk_back(graph: &Graph, ends: &Ends, labels: &Labels, last: u32) -> Vec<Edge> {
    let mut edges = Vec::new();
    let mut state = last;
    loop {
        edges.push(graph.expanded().edge(state));
        let before = labels.before[state as usize];
        if before == NONE {
            break;
        }
        state = before;
    }
    let label = labels.weights[state as usize];
    let seed = ends.seeds.iter().find(|seed| seed.state == state && seed.weight == label);
    edges.extend(seed.map(|seed| seed.from));
    edges.reverse();
    edges
}

/// What the lightest edge weighs for a metre of great circle, a little less for rounding.
#[must_use]
pub fn least_per_m(graph: &Graph, metric: &Metric) -> f64 {
    let open = graph.edges().filter(|edge| metric.is_open(*edge));
    let ratios = open.filter_map(|edge| {
        let metres = graph.point(graph.tail(edge)).distance_m(graph.point(graph.head(edge)));
        (metres > 0.0).then(|| f64::from(metric.edges[edge.index()]) / metres)
    });
    ratios.fold(f64::INFINITY, f64::min).min(1e9) * 0.999
}

/// The weights to the beginnings of all edges within a limit, from a place.
#[must_use]
pub fn within(graph: &Graph, metric: &Metric, from: &Place, limit: u32) -> Vec<u32> {
    let mut labels = Labels::new(graph);
    for seed in seeds(graph, metric, from) {
        labels.improve(seed.state, seed.weight, NONE, 0);
    }
    while let Some(Reverse((weight, state))) = labels.queue.pop() {
        if weight > limit {
            break;
        }
        if weight > labels.weights[state as usize] {
            continue;
        }
        for arc in graph.expanded().arcs(state) {
            let weight = weight.saturating_add(step(graph, metric, state, arc));
            if weight != CLOSED {
                labels.improve(graph.expanded().head(arc), weight, state, 0);
            }
        }
    }
    let mut edges = vec![CLOSED; graph.edge_count()];
    for (state, weight) in labels.weights.iter().enumerate().filter(|(_, weight)| **weight <= limit) {
        let edge = graph.expanded().edge(state as u32).index();
        edges[edge] = edges[edge].min(*weight);
    }
    edges
}
