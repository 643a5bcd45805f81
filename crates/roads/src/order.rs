//! In which order the graph of turns is contracted: nested dissection.
//!
//! The road graph is cut in two with as few roads as possible across the cut, and each half again. The roads across a
//! cut separate the graph of turns, so they are contracted after both halves (Buchhold, Wagner, Zeitz, Zündorf:
//! "Customizable Contraction Hierarchies with Turn Costs", 2020). Cuts are found by flows between the outer quarters
//! of the junctions in four directions (Schild, Sommer: "On Balanced Separators in Road Networks", 2015).

mod kept;

use crate::graph::Graph;
use kept::Begun;
use rustc_hash::FxHashMap;
use std::ops::Range;

/// The share of a cell's junctions that is held on either side of its cut.
const HELD: usize = 4;
/// Cells up to this size are halved without looking for a flow.
const SMALL: usize = 5;

/// All states of the graph of turns, the least important first.
#[must_use]
pub fn dissect(graph: &Graph) -> Vec<u32> {
    let mut dissection = Dissection::of(graph);
    while !dissection.work(usize::MAX) {}
    dissection.order()
}

const UNSEEN: u32 = u32::MAX;

/// A flow's use of a junction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Free,
    Source,
    Sink,
}

/// What is still to be done, the last first.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Task {
    /// Order the pieces of road inside a cell, whose number its junctions carry.
    Cell { number: u32, junctions: Range<u32> },
    /// Put the pieces of road across a cut behind both of its sides.
    Cut(Vec<u32>),
}

/// A dissection under way. It can be put away at any time and gone on with by another process.
#[derive(Debug)]
pub struct Dissection<'g> {
    graph: &'g Graph,
    /// The junctions, those of a cell side by side.
    nodes: Vec<u32>,
    /// Which cell a junction is in.
    cells: Vec<u32>,
    cell_count: u32,
    tasks: Vec<Task>,
    /// The pieces of road, the least important first.
    segments: Vec<u32>,
    parts: Vec<Part>,
    /// How far a junction is from the sources.
    levels: Vec<u32>,
    /// Which of its edges a junction tries next.
    tries: Vec<u32>,
    /// -1, 0 or 1 along a piece of road.
    flows: Vec<i8>,
    queue: Vec<u32>,
}

impl<'g> Dissection<'g> {
    /// Nothing is done yet.
    #[must_use]
    pub fn of(graph: &'g Graph) -> Self {
        let nodes = graph.node_count() as u32;
        let begun = Begun {
            nodes: (0..nodes).collect(),
            cells: vec![0; nodes as usize],
            cell_count: 1,
            tasks: vec![Task::Cell { number: 0, junctions: 0..nodes }],
            segments: Vec::with_capacity(graph.segment_count()),
        };
        Self::going_on(graph, begun)
    }

    fn going_on(graph: &'g Graph, begun: Begun) -> Self {
        let Begun { nodes, cells, cell_count, tasks, segments } = begun;
        Self {
            graph,
            parts: vec![Part::Free; nodes.len()],
            levels: vec![UNSEEN; nodes.len()],
            tries: vec![0; nodes.len()],
            flows: vec![0; graph.segment_count()],
            queue: Vec::new(),
            nodes,
            cells,
            cell_count,
            tasks,
            segments,
        }
    }

    /// How many pieces of road have their place.
    #[must_use]
    pub const fn done(&self) -> usize {
        self.segments.len()
    }

    /// Goes on until cells with so many junctions in all were cut; true when nothing is left to do.
    pub fn work(&mut self, junctions: usize) -> bool {
        let mut looked_at = 0_usize;
        while let Some(task) = self.tasks.pop() {
            match task {
                Task::Cut(segments) => self.segments.extend(segments),
                Task::Cell { number, junctions: range } => {
                    looked_at += range.len();
                    self.cell(number, range);
                }
            }
            if looked_at >= junctions {
                break;
            }
        }
        self.tasks.is_empty()
    }

    /// The states of the graph of turns in the order that was found.
    #[must_use]
    pub fn order(self) -> Vec<u32> {
        let expanded = self.graph.expanded();
        let mut further: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (state, edge) in expanded.further() {
            further.entry(edge.0).or_default().push(state);
        }
        let mut order = Vec::with_capacity(expanded.state_count());
        for segment in self.segments {
            for edge in [2 * segment, 2 * segment + 1] {
                order.push(edge);
                order.extend(further.get(&edge).into_iter().flatten());
            }
        }
        order
    }

    fn cell(&mut self, number: u32, range: Range<u32>) {
        let within = range.start as usize..range.end as usize;
        match &self.nodes[within.clone()] {
            [] => {}
            [node] => {
                let own = self.graph.out(*node).iter().filter(|edge| edge.direction() == 0);
                let loops = own.filter(|edge| self.graph.head(**edge) == *node);
                self.segments.extend(loops.map(|edge| edge.segment() as u32));
            }
            cell => {
                let mut cell = cell.to_vec();
                let middle = self.split(&mut cell, number);
                self.nodes[within].copy_from_slice(&cell);
                let (near, far) = cell.split_at(middle);
                let other = self.cell_count;
                self.cell_count += 1;
                for node in far {
                    self.cells[*node as usize] = other;
                }
                let across = |edge: &&crate::Edge| self.cells[self.graph.head(**edge) as usize] == other;
                let out = near.iter().flat_map(|node| self.graph.out(*node));
                let cut = out.filter(across).map(|edge| edge.segment() as u32).collect();
                let border = range.start + middle as u32;
                self.tasks.push(Task::Cut(cut));
                self.tasks.push(Task::Cell { number: other, junctions: border..range.end });
                self.tasks.push(Task::Cell { number, junctions: range.start..border });
            }
        }
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
