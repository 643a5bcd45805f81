//! The graph of turns: its points are edges of the road graph, its arcs the turns from one to the next.
//!
//! A restriction over three or more edges (via a way) needs to know where one came from. For it an edge gets further
//! states, each for "on this edge, having come along those": the states of the automaton of Aho and Corasick over all
//! such restrictions. A state whose beginning is not part of a restriction is the edge itself.

use crate::graph::{Edge, Graph};
use rustc_hash::{FxHashMap, FxHashSet};

/// The graph of turns of a [`Graph`]. State numbers below the number of edges are the edges themselves.
#[derive(Debug, Default)]
pub struct Expanded {
    /// The edges of the further states.
    further: Vec<Edge>,
    edges: u32,
    first: Vec<u32>,
    heads: Vec<u32>,
    /// Which restriction forbids which arc, by arc.
    bans: Vec<(u32, u32)>,
}

impl Expanded {
    /// Builds the graph of turns.
    #[must_use]
    pub fn of(graph: &Graph) -> Self {
        let automaton = Automaton::of(graph);
        let edges = graph.edge_count() as u32;
        let further: Vec<Edge> = automaton.prefixes.iter().map(|prefix| prefix[prefix.len() - 1]).collect();
        let mut expanded = Self { further, edges, first: vec![0], heads: Vec::new(), bans: Vec::new() };
        for state in 0..expanded.state_count() as u32 {
            let edge = expanded.edge(state);
            if graph.road(edge).open(edge.direction()) != 0 {
                for next in turns(graph, edge) {
                    expanded.bans_of(graph, &automaton, state, edge, next);
                    expanded.heads.push(automaton.next(edges, state, edge, next));
                }
            }
            expanded.first.push(expanded.heads.len() as u32);
        }
        expanded
    }

    /// Notes which restrictions end with the turn from `state` to `next`.
    fn bans_of(&mut self, graph: &Graph, automaton: &Automaton, state: u32, edge: Edge, next: Edge) {
        let Some(ending) = automaton.ending.get(&next) else { return };
        let own = [edge];
        let come: &[Edge] = match state.checked_sub(self.edges) {
            Some(further) => &automaton.prefixes[further as usize],
            None => &own,
        };
        for restriction in ending {
            let edges = &graph.parts().restrictions[*restriction as usize].edges;
            if come.ends_with(&edges[..edges.len() - 1]) {
                self.bans.push((self.heads.len() as u32, *restriction));
            }
        }
    }

    /// How many states there are.
    #[must_use]
    pub fn state_count(&self) -> usize {
        self.edges as usize + self.further.len()
    }

    /// How many arcs there are.
    #[must_use]
    pub fn arc_count(&self) -> usize {
        self.heads.len()
    }

    /// The edge a state is on.
    #[must_use]
    pub fn edge(&self, state: u32) -> Edge {
        state.checked_sub(self.edges).map_or(Edge(state), |further| self.further[further as usize])
    }

    /// All states on an edge.
    pub fn states(&self, edge: Edge) -> impl Iterator<Item = u32> + '_ {
        let further = self.further.iter().enumerate().filter(move |(_, known)| **known == edge);
        std::iter::once(edge.0).chain(further.map(|(index, _)| self.edges + index as u32))
    }

    /// The further states with their edges.
    pub fn further(&self) -> impl Iterator<Item = (u32, Edge)> + '_ {
        self.further.iter().enumerate().map(|(index, edge)| (self.edges + index as u32, *edge))
    }

    /// The arcs that leave a state.
    #[must_use]
    pub fn arcs(&self, state: u32) -> std::ops::Range<usize> {
        self.first[state as usize] as usize..self.first[state as usize + 1] as usize
    }

    /// Where an arc leads.
    #[must_use]
    pub fn head(&self, arc: usize) -> u32 {
        self.heads[arc]
    }

    /// Which restriction forbids which arc, by arc.
    #[must_use]
    pub fn bans(&self) -> &[(u32, u32)] {
        &self.bans
    }

    /// The same for the arcs that leave a state.
    #[must_use]
    pub fn bans_at(&self, state: u32) -> &[(u32, u32)] {
        let arcs = self.arcs(state);
        let before = |end: usize| self.bans.partition_point(|(arc, _)| (*arc as usize) < end);
        &self.bans[before(arcs.start)..before(arcs.end)]
    }

    /// The state that an arc leaves.
    #[must_use]
    pub fn leaves(&self, arc: u32) -> u32 {
        self.first.partition_point(|first| *first <= arc) as u32 - 1
    }
}

/// The edges one can turn to at the end of an edge: all open ones, and back only where a road ends for some vehicle.
fn turns(graph: &Graph, edge: Edge) -> impl Iterator<Item = Edge> + '_ {
    let node = graph.head(edge);
    let others = graph.out(node).iter().filter(move |next| **next != edge.reversed());
    let beyond = others.fold(0, |kinds, next| {
        kinds | if *next == edge { 0 } else { graph.road(*next).open(next.direction()) }
    });
    let mine = graph.road(edge).open(edge.direction());
    let dead_end = mine & !beyond != 0 || graph.gate(node).is_some();
    graph.out(node).iter().copied().filter(move |next| {
        graph.road(*next).open(next.direction()) != 0 && (*next != edge.reversed() || dead_end)
    })
}

/// What has to be remembered for restrictions over several edges.
struct Automaton {
    /// The beginnings of such restrictions, of two edges or more and without their last edge.
    prefixes: Vec<Vec<Edge>>,
    numbers: FxHashMap<Vec<Edge>, u32>,
    /// Edges that continue such a beginning.
    continuing: FxHashSet<Edge>,
    /// All restrictions by their last edge.
    ending: FxHashMap<Edge, Vec<u32>>,
}

impl Automaton {
    fn of(graph: &Graph) -> Self {
        let mut automaton = Self {
            prefixes: Vec::new(),
            numbers: FxHashMap::default(),
            continuing: FxHashSet::default(),
            ending: FxHashMap::default(),
        };
        for (index, restriction) in graph.parts().restrictions.iter().enumerate() {
            let edges = &restriction.edges;
            automaton.ending.entry(edges[edges.len() - 1]).or_default().push(index as u32);
            for length in 2..edges.len() {
                let prefix = &edges[..length];
                if !automaton.numbers.contains_key(prefix) {
                    automaton.numbers.insert(prefix.to_vec(), automaton.prefixes.len() as u32);
                    automaton.prefixes.push(prefix.to_vec());
                    automaton.continuing.insert(edges[length - 1]);
                }
            }
        }
        automaton
    }

    /// The state after turning to `next`: the longest beginning that the way here ends with.
    fn next(&self, edges: u32, state: u32, edge: Edge, next: Edge) -> u32 {
        if !self.continuing.contains(&next) {
            return next.0;
        }
        let mut way: Vec<Edge> = match state.checked_sub(edges) {
            Some(further) => self.prefixes[further as usize].clone(),
            None => vec![edge],
        };
        way.push(next);
        let longest = (0..way.len() - 1).find_map(|from| self.numbers.get(&way[from..]));
        longest.map_or(next.0, |number| edges + number)
    }
}
