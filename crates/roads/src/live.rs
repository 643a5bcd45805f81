//! What hinders traffic now: roads that are closed or slower than usual, and which roads an incident is on.

use crate::{
    geometry::Point,
    graph::{Edge, Graph},
    matching::match_track,
    metric::Effort,
    route::Route,
    router::Router,
    vehicle::Vehicle,
};
use contracts::ports::{TrafficEffect, TrafficPlace};
use rustc_hash::FxHashMap;

/// A line is on an edge that it covers for so long ...
const COVERED_MM: u32 = 50_000;
/// ... or to this share.
const COVERED_PERCENT: u64 = 50;

/// Edges on which driving is not as usual. It is never faster than usual.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Live {
    edges: FxHashMap<Edge, TrafficEffect>,
}

impl Live {
    /// An effect on some edges. Of several on one edge the worst counts.
    pub fn add(&mut self, edges: &[Edge], effect: TrafficEffect) {
        for edge in edges {
            let known = self.edges.entry(*edge).or_insert(effect);
            if left(effect) < left(*known) {
                *known = effect;
            }
        }
    }

    /// Whether traffic is as usual everywhere.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.edges.is_empty()
    }

    /// What is the matter with an edge.
    #[must_use]
    pub fn on(&self, edge: Edge) -> Option<TrafficEffect> {
        self.edges.get(&edge).copied()
    }

    /// Whether a way meets anything.
    #[must_use]
    pub fn touches(&self, edges: &[Edge]) -> bool {
        !self.is_free() && edges.iter().any(|edge| self.edges.contains_key(edge))
    }

    /// Whether a piece of road is closed in any direction.
    #[must_use]
    pub fn closes(&self, segment: usize) -> bool {
        let edge = Edge(2 * segment as u32);
        [edge, edge.reversed()].into_iter().any(|edge| self.on(edge) == Some(TrafficEffect::Closed))
    }

    /// All edges that it is about.
    pub fn edges(&self) -> impl Iterator<Item = Edge> + '_ {
        self.edges.keys().copied()
    }

    /// The same, but who stands on a piece of road can leave it.
    #[must_use]
    pub fn standing_on(&self, segment: usize) -> Self {
        let mut live = self.clone();
        live.edges.retain(|edge, effect| edge.segment() != segment || *effect != TrafficEffect::Closed);
        live
    }

    /// What an edge takes now, of what it takes as a rule; none when it is closed.
    pub(crate) fn effort(&self, edge: Edge, usual: Effort) -> Option<Effort> {
        match self.on(edge) {
            None => Some(usual),
            Some(TrafficEffect::Closed) => None,
            Some(TrafficEffect::Slowed { percent }) => {
                let time_ms = usual.time_ms * 100 / u64::from(percent.clamp(1, 100));
                Some(Effort { time_ms, ..usual })
            }
        }
    }
}

/// What is left of the usual speed, in percent.
const fn left(effect: TrafficEffect) -> u8 {
    match effect {
        TrafficEffect::Closed => 0,
        TrafficEffect::Slowed { percent } => percent,
    }
}

/// The edges of a graph that an incident is on; none when no road is where it says.
#[must_use]
pub fn edges_on(router: &Router, place: &TrafficPlace) -> Vec<Edge> {
    let mut edges = match place {
        TrafficPlace::Point { at } => {
            let nearest = router.nearest_road(Point::from(*at));
            let nearest = nearest.filter(|place| place.away_m <= TrafficPlace::AWAY_M_MAX);
            nearest.map_or_else(Vec::new, |place| both_ways(place.segment))
        }
        TrafficPlace::Area { centre, radius_m } => {
            router.roads_within(Point::from(*centre), *radius_m).flat_map(both_ways).collect()
        }
        TrafficPlace::Line { points, both } => {
            let track: Vec<Point> = points.iter().copied().map(Point::from).collect();
            let matched = match_track(router, Vehicle::CAR, &track);
            let ways = matched.ways.iter().flat_map(|(_, route)| covered(router.graph(), route));
            let there: Vec<Edge> = ways.collect();
            let back = there.iter().filter(|_| *both).map(|edge| edge.reversed());
            let back: Vec<Edge> = back.collect();
            [there, back].concat()
        }
    };
    edges.sort_unstable();
    edges.dedup();
    edges
}

fn both_ways(segment: usize) -> Vec<Edge> {
    let edge = Edge(2 * segment as u32);
    vec![edge, edge.reversed()]
}

/// The edges that a way covers, and not only touches.
fn covered<'r>(graph: &'r Graph, route: &'r Route) -> impl Iterator<Item = Edge> + 'r {
    let pieces = route.edges.iter().zip(&route.driven_mm);
    let covers = |edge: Edge, (start, end): (u32, u32)| {
        let (driven, length) = (end.saturating_sub(start), graph.segment(edge).length_mm);
        driven >= COVERED_MM || u64::from(driven) * 100 >= u64::from(length) * COVERED_PERCENT
    };
    pieces.filter(move |(edge, driven)| covers(**edge, **driven)).map(|(edge, _)| *edge)
}
