//! What driving costs one vehicle under one objective: a weight for each edge and a penalty for each turn.

use crate::{
    conditions::{Departure, Law},
    geometry::Point,
    graph::{Edge, Graph},
    import::Gate,
    live::Live,
    road::{Kind, Limits},
    speed::metres_per_hour,
    vehicle::{Objective, Vehicle},
};
use std::sync::Arc;

/// No way.
pub const CLOSED: u32 = u32::MAX;

/// What a metric is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Wish {
    /// Who drives.
    pub vehicle: Vehicle,
    /// What is minimised.
    pub objective: Objective,
    /// Whether turns cost and restrictions hold. Without them a route may be illegal: for comparisons only.
    pub turns: bool,
}

/// Weights in the objective's unit: centimetres, milliseconds, or 1e-5 EUR. Sums stay within 32 bits up to 42,000 km,
/// 49 days, 42,000 EUR.
#[derive(Debug)]
pub struct Metric {
    /// What it is for.
    pub wish: Wish,
    /// Which restrictions count.
    pub law: Law,
    /// By edge; [`CLOSED`] where the vehicle may not or cannot drive.
    pub edges: Vec<u32>,
    /// By arc of the graph of turns, without the edge turned to; [`CLOSED`] where it may not turn.
    pub arcs: Arc<Vec<u32>>,
    /// What it reckons with beyond the usual.
    live: Live,
}

impl Metric {
    /// A checksum of all its weights: metrics of equal ones are the same, whatever they are called.
    #[must_use]
    pub fn fingerprint(&self) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        for weights in [&self.edges, &*self.arcs] {
            hasher.update(&(weights.len() as u64).to_le_bytes());
            for part in weights.chunks(4096) {
                let bytes: Vec<u8> = part.iter().flat_map(|weight| weight.to_le_bytes()).collect();
                hasher.update(&bytes);
            }
        }
        hasher.finalize()
    }
}

/// Entering a street that is open only to those who have business there costs like this detour, so that nobody drives
/// through, and everybody gets there.
const DESTINATION: Effort = Effort { length_mm: 5_000_000, time_ms: 600_000, toll_mm: 0 };

/// What driving takes, before the objective weighs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effort {
    /// Way in mm.
    pub length_mm: u64,
    /// Time in ms.
    pub time_ms: u64,
    /// Way on toll roads in mm.
    pub toll_mm: u64,
}

impl Effort {
    /// The money it costs a vehicle, in 1e-5 EUR.
    #[must_use]
    pub fn cost_e5(&self, vehicle: &Vehicle) -> u64 {
        let way = self.length_mm * u64::from(vehicle.distance_e4_per_km)
            + self.toll_mm * u64::from(vehicle.toll_e4_per_km);
        way / 100_000 + self.time_ms * u64::from(vehicle.time_e4_per_h) / 360_000
    }

    fn weight(&self, wish: &Wish) -> u32 {
        let weight = match wish.objective {
            Objective::Shortest => self.length_mm.div_ceil(10),
            Objective::Fastest => self.time_ms,
            Objective::Cheapest => self.cost_e5(&wish.vehicle),
        };
        weight.min(u64::from(CLOSED - 1)) as u32
    }
}

/// What an edge takes a vehicle from end to end; none when it may not or cannot drive there.
#[must_use]
pub fn edge_effort(graph: &Graph, edge: Edge, vehicle: &Vehicle) -> Option<Effort> {
    let road = graph.road(edge);
    let bit = vehicle.kind.bit();
    let admitted = road.open(edge.direction()) & bit != 0 && !(vehicle.hazmat && road.no_hazmat);
    if !admitted || !fits(vehicle, &road.limits) {
        return None;
    }
    let length_mm = u64::from(graph.segment(edge).length_mm);
    let time_ms = length_mm * 3_600 / u64::from(metres_per_hour(road, edge.direction(), vehicle));
    let toll_mm = if road.toll & bit == 0 { 0 } else { length_mm };
    Some(Effort { length_mm, time_ms, toll_mm })
}

fn fits(vehicle: &Vehicle, limits: &Limits) -> bool {
    let within = |measure: u16, limit: u16| limit == 0 || measure <= limit;
    within(vehicle.height_cm, limits.height_cm)
        && within(vehicle.width_cm, limits.width_cm)
        && within(vehicle.length_cm, limits.length_cm)
        && within(vehicle.weight_10kg, limits.weight_10kg)
        && within(vehicle.axle_10kg, limits.axle_10kg)
}

fn passes(vehicle: &Vehicle, gate: Option<&Gate>) -> bool {
    gate.is_none_or(|gate| gate.closed & vehicle.kind.bit() == 0 && fits(vehicle, &gate.limits))
}

/// The time a turn takes, in ms.
#[must_use]
pub fn turn_ms(graph: &Graph, from: Edge, to: Edge, vehicle: &Vehicle) -> u64 {
    if to == from.reversed() {
        return if vehicle.kind == Kind::Truck { 300_000 } else { 60_000 };
    }
    // Where there is nothing to choose there is no crossing, only a bend.
    if graph.out(graph.head(from)).len() <= 2 {
        return 0;
    }
    let angle = turn_degrees(graph, from, to);
    let drives_left = matches!(&graph.road(from).country, b"GB" | b"IE" | b"MT" | b"CY");
    let across = (angle < 0.0) != drives_left;
    let ms = match angle.abs() {
        0.0..45.0 => 0,
        45.0..135.0 if across => 4_000,
        45.0..135.0 => 2_000,
        _ => 6_000,
    };
    if vehicle.kind == Kind::Truck { ms * 2 } else { ms }
}

/// By how much one turns from one edge to the next: -180 to 180 degrees, negative to the left.
#[must_use]
pub fn turn_degrees(graph: &Graph, from: Edge, to: Edge) -> f64 {
    let (before, after) = (last_bearing(graph, from), first_bearing(graph, to));
    (after - before + 540.0).rem_euclid(360.0) - 180.0
}

/// The direction an edge leaves its junction in. Points that coincide with the junction are skipped.
#[must_use]
pub fn first_bearing(graph: &Graph, edge: Edge) -> f64 {
    let start = graph.point(graph.tail(edge));
    let away = |point: &Point| *point != start;
    let next = if edge.direction() == 0 {
        graph.forward_line(edge.segment()).find(away)
    } else {
        graph.forward_line(edge.segment()).rev().find(away)
    };
    next.map_or(0.0, |next| start.bearing(next))
}

/// The direction an edge arrives at its junction in.
#[must_use]
pub fn last_bearing(graph: &Graph, edge: Edge) -> f64 {
    (first_bearing(graph, edge.reversed()) + 180.0).rem_euclid(360.0)
}

fn turn_weight(graph: &Graph, wish: &Wish, from: Edge, to: Edge) -> u32 {
    if !wish.turns {
        return 0;
    }
    let bit = wish.vehicle.kind.bit();
    let only_visitors = |edge: Edge| graph.road(edge).access[edge.direction()].destination & bit != 0;
    let enters = only_visitors(to) && !only_visitors(from);
    let time_ms = turn_ms(graph, from, to, &wish.vehicle);
    let turning = Effort { time_ms, ..Effort::default() }.weight(wish);
    if enters { turning + DESTINATION.weight(wish) } else { turning }
}

/// What turning out of each state weighs under a law.
struct Turning<'g> {
    graph: &'g Graph,
    wish: Wish,
    edges: &'g [u32],
    law: Law,
}

impl Turning<'_> {
    fn all(&self) -> Vec<u32> {
        let expanded = self.graph.expanded();
        let mut arcs = vec![0; expanded.arc_count()];
        for state in 0..expanded.state_count() as u32 {
            self.out_of(state, &mut arcs);
        }
        arcs
    }

    /// Writes the weights of the arcs that leave a state.
    fn out_of(&self, state: u32, arcs: &mut [u32]) {
        let (graph, vehicle) = (self.graph, &self.wish.vehicle);
        let expanded = graph.expanded();
        let from = expanded.edge(state);
        let passes = passes(vehicle, graph.gate(graph.head(from)));
        for arc in expanded.arcs(state) {
            let to = expanded.edge(expanded.head(arc));
            let open = self.edges[from.index()] != CLOSED && self.edges[to.index()] != CLOSED;
            // One can turn back before a barrier.
            let passable = open && (passes || to == from.reversed());
            arcs[arc] = if passable { turn_weight(graph, &self.wish, from, to) } else { CLOSED };
        }
        let bans = if self.wish.turns { expanded.bans_at(state) } else { &[] };
        let rules = &graph.parts().restrictions;
        for (arc, rule) in bans {
            if graph.binds(&rules[*rule as usize], vehicle, self.law) {
                arcs[*arc as usize] = CLOSED;
            }
        }
        let changes = |(_, rule): &(u32, u32)| rules[*rule as usize].when.is_timed();
        if !(self.law == Law::Least && bans.iter().any(changes)) {
            self.keep_u_turns_for_dead_ends(state, arcs);
        }
    }

    /// A vehicle turns back only where it cannot go on.
    fn keep_u_turns_for_dead_ends(&self, state: u32, arcs: &mut [u32]) {
        let expanded = self.graph.expanded();
        let back = expanded.edge(state).reversed();
        let is_back = |arc: &usize| expanded.edge(expanded.head(*arc)) == back;
        let goes_on = expanded.arcs(state).any(|arc| !is_back(&arc) && arcs[arc] != CLOSED);
        if goes_on {
            for arc in expanded.arcs(state).filter(is_back) {
                arcs[arc] = CLOSED;
            }
        }
    }
}

/// Whether each turn of a way is open, by arc.
#[must_use]
pub fn admits(graph: &Graph, arcs: &[u32], way: &[Edge]) -> bool {
    let expanded = graph.expanded();
    let Some((first, rest)) = way.split_first() else { return true };
    let mut state = first.0;
    rest.iter().all(|next| {
        let open = |arc: &usize| arcs[*arc] != CLOSED && expanded.edge(expanded.head(*arc)) == *next;
        let arc = expanded.arcs(state).find(open);
        state = arc.map_or(next.0, |arc| expanded.head(arc));
        arc.is_some()
    })
}

impl Metric {
    /// Works out all weights under a law.
    #[must_use]
    pub fn of(graph: &Graph, wish: Wish, law: Law) -> Self {
        let weight = |edge| {
            edge_effort(graph, edge, &wish.vehicle).map_or(CLOSED, |effort| effort.weight(&wish).max(1))
        };
        let edges: Vec<u32> = graph.edges().map(weight).collect();
        let arcs = Turning { graph, wish, edges: &edges, law }.all();
        Self { wish, law, edges, arcs: Arc::new(arcs), live: Live::default() }
    }

    /// The turns of an hour: those of this metric but where a restriction changes with the hours.
    #[must_use]
    pub fn turns_at(&self, graph: &Graph, departure: Departure) -> Arc<Vec<u32>> {
        let mut arcs = Vec::clone(&self.arcs);
        let law = Law::At(departure);
        let turning = Turning { graph, wish: self.wish, edges: &self.edges, law };
        let expanded = graph.expanded();
        for (arc, rule) in expanded.bans() {
            if graph.parts().restrictions[*rule as usize].when.is_timed() {
                turning.out_of(expanded.leaves(*arc), &mut arcs);
            }
        }
        Arc::new(arcs)
    }

    /// The same with other turns, those of a law.
    #[must_use]
    pub fn turning(self, law: Law, arcs: Arc<Vec<u32>>) -> Self {
        Self { law, arcs, ..self }
    }

    /// The same with what hinders traffic now: no weight is smaller.
    #[must_use]
    pub fn under(&self, graph: &Graph, live: Live) -> Self {
        let mut edges = self.edges.clone();
        let arcs = Arc::clone(&self.arcs);
        let mut metric = Self { wish: self.wish, law: self.law, edges: Vec::new(), arcs, live };
        for edge in metric.live.edges().filter(|edge| self.is_open(*edge)) {
            let weight = metric.effort(graph, edge).map_or(CLOSED, |effort| effort.weight(&self.wish).max(1));
            edges[edge.index()] = weight.max(edges[edge.index()]);
        }
        metric.edges = edges;
        metric
    }

    /// What an edge takes from end to end now; none when it may not or cannot be driven.
    #[must_use]
    pub fn effort(&self, graph: &Graph, edge: Edge) -> Option<Effort> {
        self.live.effort(edge, edge_effort(graph, edge, &self.wish.vehicle)?)
    }

    /// What turning from one edge to the next weighs, restrictions aside.
    #[must_use]
    pub fn turn(&self, graph: &Graph, from: Edge, to: Edge) -> u32 {
        turn_weight(graph, &self.wish, from, to)
    }

    /// Whether the vehicle can drive an edge.
    #[must_use]
    pub fn is_open(&self, edge: Edge) -> bool {
        self.edges[edge.index()] != CLOSED
    }
}
