//! In which order the graph of turns is contracted: nested dissection.
//!
//! The road graph is cut in two with as few roads as possible across the cut, and each half again. The roads across a
//! cut separate the graph of turns, so they are contracted after both halves (Buchhold, Wagner, Zeitz, Zündorf:
//! "Customizable Contraction Hierarchies with Turn Costs", 2020). Cuts are found by flows between the outer quarters
//! of the junctions in four directions (Schild, Sommer: "On Balanced Separators in Road Networks", 2015).

use crate::graph::Graph;
use rustc_hash::FxHashMap;

/// The share of a cell's junctions that is held on either side of its cut.
const HELD: usize = 4;
/// Cells up to this size are halved without looking for a flow.
const SMALL: usize = 5;

/// All states of the graph of turns, the least important first.
#[must_use]
pub fn dissect(graph: &Graph) -> Vec<u32> {
    let mut nodes: Vec<u32> = (0..graph.node_count() as u32).collect();
    let mut dissection = Dissection::of(graph);
    dissection.cell(&mut nodes, 0);
    let expanded = graph.expanded();
    let mut further: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (state, edge) in expanded.further() {
        further.entry(edge.0).or_default().push(state);
    }
    let mut order = Vec::with_capacity(expanded.state_count());
    for segment in dissection.segments {
        for edge in [2 * segment, 2 * segment + 1] {
            order.push(edge);
            order.extend(further.get(&edge).into_iter().flatten());
        }
    }
    order
}

const UNSEEN: u32 = u32::MAX;

/// A flow's use of a junction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Free,
    Source,
    Sink,
}

struct Dissection<'g> {
    graph: &'g Graph,
    /// Which cell a junction is in.
    cells: Vec<u32>,
    cell_count: u32,
    parts: Vec<Part>,
    /// How far a junction is from the sources.
    levels: Vec<u32>,
    /// Which of its edges a junction tries next.
    tries: Vec<u32>,
    /// -1, 0 or 1 along a piece of road.
    flows: Vec<i8>,
    queue: Vec<u32>,
    /// The pieces of road, the least important first.
    segments: Vec<u32>,
}

impl<'g> Dissection<'g> {
    fn of(graph: &'g Graph) -> Self {
        let nodes = graph.node_count();
        Self {
            graph,
            cells: vec![0; nodes],
            cell_count: 1,
            parts: vec![Part::Free; nodes],
            levels: vec![UNSEEN; nodes],
            tries: vec![0; nodes],
            flows: vec![0; graph.segment_count()],
            queue: Vec::new(),
            segments: Vec::with_capacity(graph.segment_count()),
        }
    }

    /// Orders the pieces of road inside a cell, whose number its junctions carry.
    fn cell(&mut self, nodes: &mut [u32], cell: u32) {
        if let [node] = nodes {
            let own = self.graph.out(*node).iter().filter(|edge| edge.direction() == 0);
            let loops = own.filter(|edge| self.graph.head(**edge) == *node).map(|edge| edge.segment() as u32);
            self.segments.extend(loops);
            return;
        }
        if nodes.is_empty() {
            return;
        }
        let middle = self.split(nodes, cell);
        let other = self.cell_count;
        self.cell_count += 1;
        for node in &nodes[middle..] {
            self.cells[*node as usize] = other;
        }
        let mut cut = Vec::new();
        for node in &nodes[..middle] {
            let across = |edge: &&crate::Edge| self.cells[self.graph.head(**edge) as usize] == other;
            cut.extend(self.graph.out(*node).iter().filter(across).map(|edge| edge.segment() as u32));
        }
        let (near, far) = nodes.split_at_mut(middle);
        self.cell(near, cell);
        self.cell(far, other);
        self.segments.extend(cut);
    }

    /// Sorts the junctions of a cell into two sides and answers where the second begins.
    fn split(&mut self, nodes: &mut [u32], cell: u32) -> usize {
        let mut best: Option<(f64, Vec<u32>, usize)> = None;
        for direction in 0..4 {
            self.sort(nodes, direction);
            let (cut, middle) =
                if nodes.len() <= SMALL { self.halve(nodes, cell) } else { self.flow(nodes, cell) };
            let smaller = middle.min(nodes.len() - middle);
            let score = (f64::from(cut) + 0.5) / smaller as f64;
            if best.as_ref().is_none_or(|(known, ..)| score < *known) {
                best = Some((score, nodes.to_vec(), middle));
            }
        }
        best.map_or(nodes.len() / 2, |(_, sorted, middle)| {
            nodes.copy_from_slice(&sorted);
            middle
        })
    }

    fn sort(&self, nodes: &mut [u32], direction: usize) {
        let key = |node: &u32| {
            let point = self.graph.point(*node);
            let (lat, lon) = (i64::from(point.lat_e7), i64::from(point.lon_e7));
            let along = match direction {
                0 => lat,
                1 => lon,
                2 => lat + lon,
                _ => lat - lon,
            };
            (along, *node)
        };
        nodes.sort_unstable_by_key(key);
    }

    /// The roads across the middle of a small sorted cell, and the middle.
    fn halve(&mut self, nodes: &[u32], cell: u32) -> (u32, usize) {
        let middle = nodes.len() / 2;
        for (index, node) in nodes.iter().enumerate() {
            self.levels[*node as usize] = u32::from(index >= middle);
        }
        let across = |node: &u32| {
            let out = self.graph.out(*node).iter().map(|edge| self.graph.head(*edge) as usize);
            out.filter(|head| self.cells[*head] == cell && self.levels[*head] == 1).count()
        };
        (nodes[..middle].iter().map(across).sum::<usize>() as u32, middle)
    }

    /// The largest flow from the first to the last junctions of a sorted cell. Brings those that can still be reached
    /// from the first to the front, and answers the flow and how many they are.
    fn flow(&mut self, nodes: &mut [u32], cell: u32) -> (u32, usize) {
        let held = nodes.len().div_ceil(HELD);
        for (index, node) in nodes.iter().enumerate() {
            let part = match index {
                _ if index < held => Part::Source,
                _ if index >= nodes.len() - held => Part::Sink,
                _ => Part::Free,
            };
            self.parts[*node as usize] = part;
            for edge in self.graph.out(*node) {
                self.flows[edge.segment()] = 0;
            }
        }
        let mut flow = 0;
        while self.layer(nodes, held, cell) {
            for node in &nodes[..held] {
                flow += self.push(*node, cell);
            }
        }
        let mut middle = 0;
        for index in 0..nodes.len() {
            if self.levels[nodes[index] as usize] != UNSEEN {
                nodes.swap(index, middle);
                middle += 1;
            }
        }
        (flow, middle)
    }

    /// Whether a piece of road can carry more in a direction.
    fn has_room(&self, edge: crate::Edge) -> bool {
        let flow = self.flows[edge.segment()];
        if edge.direction() == 0 { flow < 1 } else { flow > -1 }
    }

    /// Numbers the junctions by their distance from the sources, and says whether a sink is among them.
    fn layer(&mut self, nodes: &[u32], held: usize, cell: u32) -> bool {
        for node in nodes {
            self.levels[*node as usize] = UNSEEN;
            self.tries[*node as usize] = 0;
        }
        self.queue.clear();
        for node in &nodes[..held] {
            self.levels[*node as usize] = 0;
            self.queue.push(*node);
        }
        let mut next = 0;
        let mut reached = false;
        while let Some(node) = self.queue.get(next).copied() {
            next += 1;
            for edge in self.graph.out(node) {
                let head = self.graph.head(*edge);
                let at = head as usize;
                if self.cells[at] == cell && self.levels[at] == UNSEEN && self.has_room(*edge) {
                    self.levels[at] = self.levels[node as usize] + 1;
                    reached |= self.parts[at] == Part::Sink;
                    self.queue.push(head);
                }
            }
        }
        reached
    }

    /// Pushes as much as it can from a source along the layers; answers how much.
    fn push(&mut self, source: u32, cell: u32) -> u32 {
        let mut pushed = 0;
        let mut path: Vec<crate::Edge> = Vec::new();
        let mut node = source;
        loop {
            if self.parts[node as usize] == Part::Sink {
                for edge in path.drain(..) {
                    self.flows[edge.segment()] += if edge.direction() == 0 { 1 } else { -1 };
                }
                pushed += 1;
                node = source;
                continue;
            }
            let tried = self.tries[node as usize] as usize;
            if let Some(edge) = self.graph.out(node).get(tried).copied() {
                let head = self.graph.head(edge);
                let further = self.levels[head as usize] == self.levels[node as usize] + 1;
                if further && self.cells[head as usize] == cell && self.has_room(edge) {
                    path.push(edge);
                    node = head;
                } else {
                    self.tries[node as usize] += 1;
                }
            } else if let Some(edge) = path.pop() {
                node = self.graph.tail(edge);
                self.tries[node as usize] += 1;
            } else {
                return pushed;
            }
        }
    }
}
