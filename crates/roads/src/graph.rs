//! The road graph: junctions, the pieces of road between them, and the rules.

use crate::{
    conditions::{Condition, Departure, Law},
    expanded::Expanded,
    geometry::Point,
    import::Gate,
    road::{Kinds, Road},
    vehicle::Vehicle,
};

/// A piece of road between two junctions, in one direction. The two directions of a piece are neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edge(pub u32);

impl Edge {
    /// The piece of road.
    #[must_use]
    pub const fn segment(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// 0 along the piece, 1 against it.
    #[must_use]
    pub const fn direction(self) -> usize {
        (self.0 & 1) as usize
    }

    /// The same piece in the other direction.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self(self.0 ^ 1)
    }

    /// Its place in tables of edges.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A piece of road between two junctions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The junctions it joins.
    pub ends: [u32; 2],
    /// Its length.
    pub length_mm: u32,
    /// Its road in the graph's table.
    pub road: u32,
    /// Where its inner points begin in the graph's table; they end where the next segment's begin.
    pub first_point: u32,
}

/// A sequence of edges that some vehicles may not drive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    /// At least two edges, each beginning where the one before ends.
    pub edges: Vec<Edge>,
    /// Whom it binds.
    pub kinds: Kinds,
    /// When it holds.
    pub when: Condition,
}

impl Restriction {
    /// Whether it binds a vehicle under a law, in the country where it stands.
    #[must_use]
    pub fn binds(&self, vehicle: &Vehicle, law: Law, country: [u8; 2]) -> bool {
        self.kinds & vehicle.kind.bit() != 0
            && match law {
                Law::Always => self.when.holds(vehicle, None),
                Law::At(departure) => self.when.holds(vehicle, Some(departure.at_place(country))),
                Law::Least => !self.when.is_timed() && self.when.holds(vehicle, None),
            }
    }
}

/// Hours in which a piece of road is closed that is open otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The piece.
    pub segment: u32,
    /// For whom.
    pub kinds: Kinds,
    /// When, by the clock of the place.
    pub when: Condition,
}

/// What a graph is made from.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Where the junctions are.
    pub nodes: Vec<Point>,
    /// The pieces of road.
    pub segments: Vec<Segment>,
    /// Their inner points.
    pub points: Vec<Point>,
    /// The different roads.
    pub roads: Vec<Road>,
    /// Names and numbers; the first is empty.
    pub strings: Vec<String>,
    /// Junctions that not everybody may pass, by junction.
    pub gates: Vec<(u32, Gate)>,
    /// Forbidden turns.
    pub restrictions: Vec<Restriction>,
    /// Hours in which roads are closed.
    pub closings: Vec<Closing>,
    /// Who must be named where the data are shown.
    pub attribution: String,
}

/// The road graph. Every index in it has been checked.
#[derive(Debug)]
pub struct Graph {
    parts: Parts,
    leaving: Leaving,
    expanded: Expanded,
}

/// What is wrong with parts that were read from a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Inconsistent(pub &'static str);

impl Graph {
    /// Checks the parts and derives what is not stored.
    ///
    /// # Errors
    /// [`Inconsistent`] when an index leads nowhere.
    pub fn new(parts: Parts) -> Result<Self, Inconsistent> {
        check(&parts)?;
        let leaving = Leaving::of(&parts);
        let mut graph = Self { parts, leaving, expanded: Expanded::default() };
        graph.expanded = Expanded::of(&graph);
        Ok(graph)
    }

    /// What it was made from.
    #[must_use]
    pub const fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The graph of turns.
    #[must_use]
    pub const fn expanded(&self) -> &Expanded {
        &self.expanded
    }

    /// How many junctions there are.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.parts.nodes.len()
    }

    /// How many pieces of road there are.
    #[must_use]
    pub fn segment_count(&self) -> usize {
        self.parts.segments.len()
    }

    /// How many edges there are: two a piece, whether open or not.
    #[must_use]
    pub fn edge_count(&self) -> usize {
        2 * self.parts.segments.len()
    }

    /// All edges.
    pub fn edges(&self) -> impl Iterator<Item = Edge> + use<> {
        (0..2 * self.parts.segments.len() as u32).map(Edge)
    }

    /// The piece of road of an edge.
    #[must_use]
    pub fn segment(&self, edge: Edge) -> &Segment {
        &self.parts.segments[edge.segment()]
    }

    /// The road of an edge.
    #[must_use]
    pub fn road(&self, edge: Edge) -> &Road {
        &self.parts.roads[self.segment(edge).road as usize]
    }

    /// The junction where an edge begins.
    #[must_use]
    pub fn tail(&self, edge: Edge) -> u32 {
        self.segment(edge).ends[edge.direction()]
    }

    /// The junction where an edge ends.
    #[must_use]
    pub fn head(&self, edge: Edge) -> u32 {
        self.segment(edge).ends[1 - edge.direction()]
    }

    /// Where a junction is.
    #[must_use]
    pub fn point(&self, node: u32) -> Point {
        self.parts.nodes[node as usize]
    }

    /// The edges that leave a junction, closed ones included.
    #[must_use]
    pub fn out(&self, node: u32) -> &[Edge] {
        self.leaving.of_node(node)
    }

    /// The barrier at a junction.
    #[must_use]
    pub fn gate(&self, node: u32) -> Option<&Gate> {
        let found = self.parts.gates.binary_search_by_key(&node, |(node, _)| *node).ok();
        found.map(|at| &self.parts.gates[at].1)
    }

    /// Whether a restriction binds a vehicle under a law.
    #[must_use]
    pub fn binds(&self, restriction: &Restriction, vehicle: &Vehicle, law: Law) -> bool {
        restriction.binds(vehicle, law, self.road(restriction.edges[0]).country)
    }

    /// The edges that are open to a vehicle as a rule and closed when it sets out.
    pub fn closed_at(&self, vehicle: Vehicle, departure: Departure) -> impl Iterator<Item = Edge> + '_ {
        let holds = move |closing: &&Closing| {
            let road = &self.parts.roads[self.parts.segments[closing.segment as usize].road as usize];
            let time = departure.at_place(road.country);
            closing.kinds & vehicle.kind.bit() != 0 && closing.when.holds(&vehicle, Some(time))
        };
        let forward = |closing: &Closing| Edge(2 * closing.segment);
        self.parts.closings.iter().filter(holds).map(forward).flat_map(|edge| [edge, edge.reversed()])
    }

    /// A text of the graph; the first is empty.
    #[must_use]
    pub fn text(&self, index: u32) -> &str {
        self.parts.strings.get(index as usize).map_or("", String::as_str)
    }

    /// The points of an edge from its beginning to its end, at least two.
    #[must_use]
    pub fn line(&self, edge: Edge) -> Vec<Point> {
        let mut line: Vec<Point> = self.forward_line(edge.segment()).collect();
        if edge.direction() == 1 {
            line.reverse();
        }
        line
    }

    /// The points of a piece of road along it.
    pub fn forward_line(&self, segment: usize) -> impl DoubleEndedIterator<Item = Point> + '_ {
        let [from, to] = self.parts.segments[segment].ends;
        let first = self.parts.segments[segment].first_point as usize;
        let next = self.parts.segments.get(segment + 1);
        let end = next.map_or(self.parts.points.len(), |next| next.first_point as usize);
        let inner = self.parts.points[first..end].iter().copied();
        std::iter::once(self.point(from)).chain(inner).chain(std::iter::once(self.point(to)))
    }
}

fn check(parts: &Parts) -> Result<(), Inconsistent> {
    let ok = |fine: bool, what| if fine { Ok(()) } else { Err(Inconsistent(what)) };
    ok(parts.segments.len() < (u32::MAX / 4) as usize, "too many pieces of road")?;
    ok(parts.points.len() < u32::MAX as usize, "too many points")?;
    let nodes = parts.nodes.len();
    let mut last = 0;
    for segment in &parts.segments {
        ok(segment.ends.iter().all(|end| (*end as usize) < nodes), "a piece of road ends nowhere")?;
        ok((segment.road as usize) < parts.roads.len(), "a piece of road has no description")?;
        let first = segment.first_point;
        ok(first >= last && first as usize <= parts.points.len(), "a piece of road has no shape")?;
        last = first;
    }
    let words = parts.strings.len().max(1) as u32;
    ok(parts.roads.iter().all(|road| road.name < words && road.number < words), "a name is missing")?;
    ok(parts.gates.is_sorted_by(|a, b| a.0 < b.0), "the barriers are out of order")?;
    ok(parts.gates.iter().all(|(node, _)| (*node as usize) < nodes), "a barrier stands nowhere")?;
    let known = |closing: &Closing| (closing.segment as usize) < parts.segments.len();
    ok(parts.closings.iter().all(known), "closed hours are of no road")?;
    for restriction in &parts.restrictions {
        let edges = &restriction.edges;
        ok(edges.len() >= 2, "a turn restriction is too short")?;
        ok(
            edges.iter().all(|edge| edge.segment() < parts.segments.len()),
            "a turn restriction leads nowhere",
        )?;
        let joined = |pair: &[Edge]| {
            let end = |edge: Edge, which| parts.segments[edge.segment()].ends[which];
            end(pair[0], 1 - pair[0].direction()) == end(pair[1], pair[1].direction())
        };
        ok(edges.windows(2).all(joined), "a turn restriction is torn apart")?;
    }
    Ok(())
}

/// The edges by the junction they leave.
#[derive(Debug, Default)]
pub(crate) struct Leaving {
    first: Vec<u32>,
    edges: Vec<Edge>,
}

impl Leaving {
    /// Sorts the edges of checked parts.
    pub(crate) fn of(parts: &Parts) -> Self {
        let mut first = vec![0_u32; parts.nodes.len() + 1];
        for segment in &parts.segments {
            for end in segment.ends {
                first[end as usize + 1] += 1;
            }
        }
        for node in 1..first.len() {
            first[node] += first[node - 1];
        }
        let mut next = first.clone();
        let mut edges = vec![Edge(0); 2 * parts.segments.len()];
        for (index, segment) in parts.segments.iter().enumerate() {
            for (direction, end) in segment.ends.into_iter().enumerate() {
                let place = &mut next[end as usize];
                edges[*place as usize] = Edge((2 * index + direction) as u32);
                *place += 1;
            }
        }
        Self { first, edges }
    }

    /// The edges that leave a junction, closed ones included.
    pub(crate) fn of_node(&self, node: u32) -> &[Edge] {
        let node = node as usize;
        &self.edges[self.first[node] as usize..self.first[node + 1] as usize]
    }
}
