//! Searches on a customised hierarchy: both ends climb the elimination tree and meet on the way to its root.

use crate::{
    graph::{Edge, Graph},
    hierarchy::{Climb, Customised, Hierarchy},
    metric::{CLOSED, Metric},
    search::{Ends, Goal, Seed, Way},
};
use rustc_hash::FxHashMap;

/// No arc.
const NONE: u32 = u32::MAX;

/// What a search needs: the graph with one metric.
#[derive(Debug, Clone, Copy)]
pub struct Prepared<'g> {
    /// The road graph.
    pub graph: &'g Graph,
    /// Its hierarchy.
    pub hierarchy: &'g Hierarchy,
    /// The metric.
    pub metric: &'g Metric,
    /// The hierarchy's weights under it.
    pub customised: &'g Customised,
}

/// Labels by rank, kept between searches: after each only what was touched is wiped.
#[derive(Debug, Default)]
pub struct Desk {
    ahead: Side,
    back: Side,
}

/// The labels of one end.
#[derive(Debug, Default)]
struct Side {
    weights: Vec<u32>,
    /// The rank below and the arc from it.
    before: Vec<(u32, u32)>,
    /// What has been climbed through, in order.
    climbed: Vec<u32>,
}

impl Side {
    fn wipe(&mut self, ranks: usize) {
        for rank in self.climbed.drain(..) {
            self.weights[rank as usize] = CLOSED;
        }
        self.weights.resize(ranks, CLOSED);
        self.before.resize(ranks, (NONE, NONE));
    }

    /// Climbs from some ranks to the root over the arcs of this end's direction.
    fn climb(&mut self, hierarchy: &Hierarchy, climb: &Climb, from: impl Iterator<Item = (u32, u32)>) {
        self.wipe(hierarchy.order().len());
        let mut fronts: Vec<u32> = Vec::with_capacity(8);
        for (rank, weight) in from {
            if weight < self.weights[rank as usize] {
                self.weights[rank as usize] = weight;
                self.before[rank as usize] = (NONE, NONE);
            }
            if !fronts.contains(&rank) {
                fronts.push(rank);
            }
        }
        while let Some((at, rank)) = fronts.iter().copied().enumerate().min_by_key(|(_, rank)| *rank) {
            fronts.swap_remove(at);
            if let Some(parent) = hierarchy.parent(rank)
                && !fronts.contains(&parent)
            {
                fronts.push(parent);
            }
            self.climbed.push(rank);
            let weight = self.weights[rank as usize];
            if weight == CLOSED {
                continue;
            }
            for rung in climb.arcs(rank) {
                let weight = weight.saturating_add(rung.weight);
                let known = &mut self.weights[rung.head as usize];
                if weight < *known {
                    *known = weight;
                    self.before[rung.head as usize] = (rank, rung.arc);
                }
            }
        }
    }
}

impl Desk {
    /// The lightest way between two ends.
    pub fn route(&mut self, on: &Prepared, ends: &Ends) -> Option<Way> {
        self.climb(on, &ends.seeds, &ends.goals);
        let direct = ends.direct.map(|(weight, edge)| Way { weight, edges: vec![edge] });
        let Some((weight, meeting)) = self.meetings().min() else { return direct };
        if direct.as_ref().is_some_and(|direct| direct.weight <= weight) {
            return direct;
        }
        Some(Way { weight, edges: self.edges_over(on, ends, meeting) })
    }

    /// Ways over the ranks where both ends meet that weigh at most so much, the lightest first, each with the edge of
    /// its rank.
    pub fn ways_over(&mut self, on: &Prepared, ends: &Ends, most: u64, count: usize) -> Vec<(Edge, Way)> {
        self.climb(on, &ends.seeds, &ends.goals);
        let mut meetings: Vec<(u32, u32)> =
            self.meetings().filter(|(weight, _)| u64::from(*weight) <= most).collect();
        meetings.sort_unstable();
        meetings.dedup_by_key(|(weight, _)| *weight);
        let way = |(weight, rank): (u32, u32)| {
            let edge = on.graph.expanded().edge(on.hierarchy.order()[rank as usize]);
            (edge, Way { weight, edges: self.edges_over(on, ends, rank) })
        };
        meetings.into_iter().take(count).map(way).collect()
    }

    /// The weights from all ranks down to some goals, as far as only arcs downwards lead.
    pub(crate) fn below(&mut self, on: &Prepared, goals: &[Goal]) -> &[u32] {
        let end = goals.iter().map(|goal| (on.hierarchy.rank(goal.state), goal.weight));
        self.back.climb(on.hierarchy, &on.customised.climb_down, end);
        &self.back.weights
    }

    /// Both ends climb.
    fn climb(&mut self, on: &Prepared, seeds: &[Seed], goals: &[Goal]) {
        let rank = |state| on.hierarchy.rank(state);
        let start = seeds.iter().map(|seed| (rank(seed.state), seed.weight));
        self.ahead.climb(on.hierarchy, &on.customised.climb_up, start);
        let end = goals.iter().map(|goal| (rank(goal.state), goal.weight));
        self.back.climb(on.hierarchy, &on.customised.climb_down, end);
    }

    /// The ranks that both ends reached, with the weight of the way over each.
    fn meetings(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let total = |rank: &u32| {
            let (ahead, back) = (self.ahead.weights[*rank as usize], self.back.weights[*rank as usize]);
            (ahead.saturating_add(back), *rank)
        };
        self.ahead.climbed.iter().map(total).filter(|(weight, _)| *weight != CLOSED)
    }

    /// The edges of the way over a rank where both ends met.
    fn edges_over(&self, on: &Prepared, ends: &Ends, meeting: u32) -> Vec<Edge> {
        let mut arcs = Vec::new();
        let mut rank = meeting;
        while let (before, arc) = self.ahead.before[rank as usize]
            && arc != NONE
        {
            arcs.push(Step { low: before, high: rank, arc: arc as usize, up: true });
            rank = before;
        }
        arcs.reverse();
        let start = on.hierarchy.order()[rank as usize];
        let label = self.ahead.weights[rank as usize];
        let seed = ends.seeds.iter().find(|seed| seed.state == start && seed.weight == label);
        let mut edges: Vec<Edge> = seed.map(|seed| seed.from).into_iter().collect();
        edges.push(on.graph.expanded().edge(start));
        rank = meeting;
        while let (before, arc) = self.back.before[rank as usize]
            && arc != NONE
        {
            arcs.push(Step { low: before, high: rank, arc: arc as usize, up: false });
            rank = before;
        }
        for step in arcs {
            unpack(on, step, &mut edges);
        }
        edges
    }

    /// The weights of the ways between all pairs of many ends: one row for each start.
    pub fn matrix(&mut self, on: &Prepared, starts: &[Vec<Seed>], ends: &[Vec<Goal>]) -> Vec<Vec<u32>> {
        let rank = |state| on.hierarchy.rank(state);
        let mut buckets: FxHashMap<u32, Vec<(u32, u32)>> = FxHashMap::default();
        for (column, goals) in ends.iter().enumerate() {
            let from = goals.iter().map(|goal| (rank(goal.state), goal.weight));
            self.back.climb(on.hierarchy, &on.customised.climb_down, from);
            for climbed in &self.back.climbed {
                let weight = self.back.weights[*climbed as usize];
                if weight != CLOSED {
                    buckets.entry(*climbed).or_default().push((column as u32, weight));
                }
            }
        }
        let mut rows = Vec::with_capacity(starts.len());
        for seeds in starts {
            let from = seeds.iter().map(|seed| (rank(seed.state), seed.weight));
            self.ahead.climb(on.hierarchy, &on.customised.climb_up, from);
            let mut row = vec![CLOSED; ends.len()];
            for climbed in &self.ahead.climbed {
                let ahead = self.ahead.weights[*climbed as usize];
                if ahead == CLOSED {
                    continue;
                }
                for (column, back) in buckets.get(climbed).into_iter().flatten() {
                    let place = &mut row[*column as usize];
                    *place = (*place).min(ahead.saturating_add(*back));
                }
            }
            rows.push(row);
        }
        rows
    }
}

/// An arc of the hierarchy, driven up or down.
#[derive(Debug, Clone, Copy)]
struct Step {
    low: u32,
    high: u32,
    arc: usize,
    up: bool,
}

/// Replaces an arc by the edges it stands for, the one it begins on left out.
fn unpack(on: &Prepared, step: Step, edges: &mut Vec<Edge>) {
    let mut open = vec![step];
    while let Some(step) = open.pop() {
        let (from, to) = if step.up { (step.low, step.high) } else { (step.high, step.low) };
        let weights = if step.up { &on.customised.up } else { &on.customised.down };
        let weight = weights[step.arc];
        if let Some((first, second)) = parts(on, step, weight, from, to) {
            open.push(second);
            open.push(first);
        } else {
            edges.push(on.graph.expanded().edge(on.hierarchy.order()[to as usize]));
        }
    }
}

/// The two arcs that a shortcut stands for; none for an original arc.
fn parts(on: &Prepared, step: Step, weight: u32, from: u32, to: u32) -> Option<(Step, Step)> {
    let (state, next) = (on.hierarchy.order()[from as usize], on.hierarchy.order()[to as usize]);
    let expanded = on.graph.expanded();
    let edge = on.metric.edges[expanded.edge(state).index()];
    let original = |arc: usize| {
        expanded.head(arc) == next
            && on.metric.arcs[arc] != CLOSED
            && edge.saturating_add(on.metric.arcs[arc]) == weight
    };
    if expanded.arcs(state).any(original) {
        return None;
    }
    let (up, down) = (&on.customised.up, &on.customised.down);
    on.hierarchy.from_below(step.low).iter().find_map(|(middle, to_low)| {
        let (to_low, to_high) = (*to_low as usize, on.hierarchy.arc_between(*middle, step.high)?);
        let low = Step { low: *middle, high: step.low, arc: to_low, up: !step.up };
        let high = Step { low: *middle, high: step.high, arc: to_high, up: step.up };
        if step.up {
            (down[to_low].saturating_add(up[to_high]) == weight).then_some((low, high))
        } else {
            (down[to_high].saturating_add(up[to_low]) == weight).then_some((high, low))
        }
    })
}
