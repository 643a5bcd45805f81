//! A* with live weights: what is left to the goal by the hierarchy, which knows no traffic, is never too much, because
//! traffic only adds to it (Strasser, Zeitz: "A* with Perfect Potentials", 2021).

use crate::{
    climb::{Desk, Prepared},
    graph::Edge,
    metric::{CLOSED, Metric},
    search::{Ends, Way},
};
use rustc_hash::FxHashMap;
use std::{cmp::Reverse, collections::BinaryHeap};

/// What it weighs at least from a rank to the goals of one search.
struct Potentials<'s> {
    on: &'s Prepared<'s>,
    /// The labels of the climb from the goals.
    below: &'s [u32],
    known: FxHashMap<u32, u32>,
    /// Ranks whose weight is still to be worked out, the lowest first.
    open: Vec<u32>,
}

impl Potentials<'_> {
    /// The least weight from a state; [`CLOSED`] where no way leads.
    fn of(&mut self, state: u32) -> u32 {
        // All that an arc upwards leads to stands on the way to the root.
        let mut rank = Some(self.on.hierarchy.rank(state));
        while let Some(open) = rank.filter(|rank| !self.known.contains_key(rank)) {
            self.open.push(open);
            rank = self.on.hierarchy.parent(open);
        }
        while let Some(rank) = self.open.pop() {
            let over = self.on.customised.climb_up.arcs(rank).iter().map(|rung| {
                let above = self.known.get(&rung.head).copied().unwrap_or(CLOSED);
                rung.weight.saturating_add(above)
            });
            let least = over.fold(self.below[rank as usize], u32::min);
            self.known.insert(rank, least);
        }
        self.known.get(&self.on.hierarchy.rank(state)).copied().unwrap_or(CLOSED)
    }
}

/// The label of a state: its weight so far, and the state before.
type Labels = FxHashMap<u32, (u32, Option<u32>)>;

/// The lightest way under a metric of which no weight is below that of the prepared one. `ends` are those of the metric.
pub fn lightest(desk: &mut Desk, on: &Prepared, metric: &Metric, ends: &Ends) -> Option<Way> {
    let below = desk.below(on, &ends.goals);
    let mut left = Potentials { on, below, known: FxHashMap::default(), open: Vec::new() };
    let mut labels = Labels::default();
    let mut queue = BinaryHeap::new();
    for seed in &ends.seeds {
        improve(&mut labels, &mut queue, &mut left, (seed.state, seed.weight), None);
    }
    let mut best = ends.direct.map_or(CLOSED, |(weight, _)| weight);
    let mut last = None;
    let expanded = on.graph.expanded();
    while let Some(Reverse((estimate, weight, state))) = queue.pop() {
        if estimate >= best {
            break;
        }
        if labels.get(&state).is_some_and(|(known, _)| weight > *known) {
            continue;
        }
        for goal in ends.goals.iter().filter(|goal| goal.state == state) {
            let total = weight.saturating_add(goal.weight);
            if total < best {
                (best, last) = (total, Some(state));
            }
        }
        let edge = metric.edges[expanded.edge(state).index()];
        for arc in expanded.arcs(state) {
            let weight = weight.saturating_add(edge).saturating_add(metric.arcs[arc]);
            if weight != CLOSED {
                let next = (expanded.head(arc), weight);
                improve(&mut labels, &mut queue, &mut left, next, Some(state));
            }
        }
    }
    match last {
        Some(last) => Some(Way { weight: best, edges: edges_to(on, ends, &labels, last) }),
        None => ends.direct.map(|(weight, edge)| Way { weight, edges: vec![edge] }),
    }
}

/// What waits: the estimate of the whole way, the weight so far, the state.
type Queue = BinaryHeap<Reverse<(u32, u32, u32)>>;

fn improve(
    labels: &mut Labels,
    queue: &mut Queue,
    left: &mut Potentials<'_>,
    (state, weight): (u32, u32),
    before: Option<u32>,
) {
    let estimate = weight.saturating_add(left.of(state));
    let better = labels.get(&state).is_none_or(|(known, _)| weight < *known);
    if better && estimate != CLOSED {
        labels.insert(state, (weight, before));
        queue.push(Reverse((estimate, weight, state)));
    }
}

/// The edges of the way to a state, from where it begins.
fn edges_to(on: &Prepared, ends: &Ends, labels: &Labels, last: u32) -> Vec<Edge> {
    let mut edges = Vec::new();
    let mut state = last;
    loop {
        edges.push(on.graph.expanded().edge(state));
        match labels.get(&state) {
            Some((_, Some(before))) => state = *before,
            Some((weight, None)) => {
                let seed = ends.seeds.iter().find(|seed| seed.state == state && seed.weight == *weight);
                edges.extend(seed.map(|seed| seed.from));
                break;
            }
            None => break,
        }
    }
    edges.reverse();
    edges
}
