//! A route as the caller sees it, and the check that it is one.

use crate::{
    geometry::{Point, between},
    graph::{Edge, Graph},
    index::Place,
    metric::{CLOSED, Effort, Metric, edge_effort, turn_ms},
    search::{Way, along_mm},
    vehicle::Vehicle,
};

/// A route between two places on roads.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Where it begins.
    pub from: Place,
    /// Where it ends.
    pub to: Place,
    /// Its edges; of the first and last only a part is driven.
    pub edges: Vec<Edge>,
    /// What is driven of each edge, in mm from the edge's beginning.
    pub driven_mm: Vec<(u32, u32)>,
    /// What each edge takes in ms, with the turn into it.
    pub times_ms: Vec<u64>,
    /// The whole way, its time with turns, and how much of it costs toll.
    pub effort: Effort,
    /// What it costs the vehicle in 1e-5 EUR.
    pub cost_e5: u64,
    /// Its weight under the objective.
    pub weight: u32,
}

impl Route {
    /// Measures a way.
    #[must_use]
    pub fn of(graph: &Graph, metric: &Metric, way: Way, from: Place, to: Place) -> Self {
        let vehicle = &metric.wish.vehicle;
        let mut times_ms = Vec::with_capacity(way.edges.len());
        let mut effort = Effort::default();
        let mut driven_mm = Vec::with_capacity(way.edges.len());
        let last = way.edges.len() - 1;
        for (index, edge) in way.edges.iter().enumerate() {
            let length = graph.segment(*edge).length_mm;
            let start = if index == 0 { along_mm(graph, *edge, &from) } else { 0 };
            let end = if index == last { along_mm(graph, *edge, &to) } else { length };
            driven_mm.push((start, end));
            // An edge that cannot be driven would be found by the check.
            let whole = metric.effort(graph, *edge).unwrap_or_default();
            let share = |of: u64| {
                if length == 0 { 0 } else { of * u64::from(end.saturating_sub(start)) / u64::from(length) }
            };
            effort.length_mm += share(whole.length_mm);
            effort.toll_mm += share(whole.toll_mm);
            let before = index.checked_sub(1).map(|before| way.edges[before]);
            let turning = before.map_or(0, |before| turn_ms(graph, before, *edge, vehicle));
            times_ms.push(share(whole.time_ms) + turning);
        }
        effort.time_ms = times_ms.iter().sum();
        let cost_e5 = effort.cost_e5(vehicle);
        Self { from, to, edges: way.edges, driven_mm, times_ms, effort, cost_e5, weight: way.weight }
    }

    /// What is driven of one of its edges, with the turn into it, takes as a rule, in ms.
    pub(crate) fn usual_ms(&self, graph: &Graph, vehicle: &Vehicle, index: usize) -> u64 {
        let edge = self.edges[index];
        let length = u64::from(graph.segment(edge).length_mm);
        let (start, end) = self.driven_mm[index];
        let whole = edge_effort(graph, edge, vehicle).unwrap_or_default().time_ms;
        let driven = (whole * u64::from(end.saturating_sub(start))).checked_div(length).unwrap_or(0);
        let before = index.checked_sub(1).map(|before| self.edges[before]);
        driven + before.map_or(0, |before| turn_ms(graph, before, edge, vehicle))
    }

    /// Its length in whole metres.
    #[must_use]
    pub const fn distance_m(&self) -> u64 {
        (self.effort.length_mm + 500) / 1000
    }

    /// Its time in whole seconds.
    #[must_use]
    pub const fn duration_s(&self) -> u64 {
        (self.effort.time_ms + 500) / 1000
    }

    /// Its points, from where it begins to where it ends.
    #[must_use]
    pub fn geometry(&self, graph: &Graph) -> Vec<Point> {
        let mut line = Vec::new();
        for index in 0..self.edges.len() {
            let piece = self.piece(graph, index);
            line.extend(piece.into_iter().skip(usize::from(index > 0)));
        }
        line.dedup();
        line
    }

    /// The driven points of one of its edges.
    #[must_use]
    pub fn piece(&self, graph: &Graph, index: usize) -> Vec<Point> {
        let edge = self.edges[index];
        let line = graph.line(edge);
        let length = graph.segment(edge).length_mm;
        let (start, end) = self.driven_mm[index];
        if (start, end) == (0, length) {
            return line;
        }
        let metres: f64 = line.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
        let at = |mm: u32| if length == 0 { 0.0 } else { metres * f64::from(mm) / f64::from(length) };
        cut(&line, at(start), at(end))
    }
}

/// The part of a line between two distances from its beginning.
fn cut(line: &[Point], from_m: f64, to_m: f64) -> Vec<Point> {
    let mut found = Vec::new();
    let mut before = 0.0;
    for pair in line.windows(2) {
        let length = pair[0].distance_m(pair[1]);
        let after = before + length;
        let share = |at: f64| if length > 0.0 { ((at - before) / length).clamp(0.0, 1.0) } else { 0.0 };
        if after >= from_m && found.is_empty() {
            found.push(between(pair[0], pair[1], share(from_m)));
        }
        if !found.is_empty() && after < to_m {
            found.push(pair[1]);
        }
        if after >= to_m {
            found.push(between(pair[0], pair[1], share(to_m)));
            return found;
        }
        before = after;
    }
    if found.is_empty() {
        found.extend(line.last());
    }
    found.extend(line.last());
    found
}

/// Why a way is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// There is no edge at all.
    #[error("the way is empty")]
    Empty,
    /// An edge does not begin where the one before ends.
    #[error("edge {0} does not follow the one before")]
    Torn(usize),
    /// The vehicle may not drive an edge.
    #[error("edge {0} is closed for the vehicle")]
    Closed(usize),
    /// A restriction forbids the turns that end with this edge.
    #[error("a turn restriction forbids the way to edge {0}")]
    Forbidden(usize),
    /// The weights do not add up.
    #[error("the way weighs {0}, not what was said")]
    Weight(u64),
}

/// Checks a way edge by edge against the road graph and its restrictions, without the graph of turns.
///
/// # Errors
/// [`Broken`] names the first edge that is wrong.
pub fn check(graph: &Graph, metric: &Metric, way: &Way, from: &Place, to: &Place) -> Result<(), Broken> {
    let edges = &way.edges;
    let last = edges.len().checked_sub(1).ok_or(Broken::Empty)?;
    if edges[0].segment() != from.segment {
        return Err(Broken::Torn(0));
    }
    if edges[last].segment() != to.segment {
        return Err(Broken::Torn(last));
    }
    let vehicle = &metric.wish.vehicle;
    let mut turns = 0_u64;
    for (index, edge) in edges.iter().enumerate() {
        if metric.effort(graph, *edge).is_none() {
            return Err(Broken::Closed(index));
        }
        if index > 0 && graph.head(edges[index - 1]) != graph.tail(*edge) {
            return Err(Broken::Torn(index));
        }
        if index > 0 {
            turns += u64::from(metric.turn(graph, edges[index - 1], *edge));
        }
    }
    if metric.wish.turns {
        for restriction in &graph.parts().restrictions {
            let length = restriction.edges.len();
            let hit = edges.windows(length).position(|window| window == restriction.edges.as_slice());
            if let Some(start) = hit.filter(|_| graph.binds(restriction, vehicle, metric.law)) {
                return Err(Broken::Forbidden(start + length - 1));
            }
        }
    }
    let weight = |edge: Edge| u64::from(metric.edges[edge.index()]);
    let part = |edge: Edge, mm: u32| {
        let length = u64::from(graph.segment(edge).length_mm);
        (weight(edge) * u64::from(mm)).checked_div(length).unwrap_or(0)
    };
    let before = part(edges[0], along_mm(graph, edges[0], from));
    let driven: u64 = edges[..last].iter().map(|edge| weight(*edge)).sum();
    let total = driven + part(edges[last], along_mm(graph, edges[last], to)) + turns - before;
    let fits = way.weight != CLOSED && total == u64::from(way.weight);
    if fits { Ok(()) } else { Err(Broken::Weight(total)) }
}
