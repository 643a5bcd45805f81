//! A dissection as bytes, so that an import that was ended goes on where it stopped.
//!
//! Layout, all little-endian u32: the magic word, what the graph is known by, then each list with its length before it;
//! last the CRC-32 of all of it. Scratch space is not kept: every cell fills it anew.

use super::{Dissection, Task};
use crate::graph::Graph;

/// The last letter is the version.
const MAGIC: &[u8; 8] = b"ABORDER1";
const CUT: u32 = 0;
const CELL: u32 = 1;

/// What of a dissection is kept.
pub(super) struct Begun {
    pub nodes: Vec<u32>,
    pub cells: Vec<u32>,
    pub cell_count: u32,
    pub tasks: Vec<Task>,
    pub segments: Vec<u32>,
}

impl<'g> Dissection<'g> {
    /// As bytes.
    #[must_use]
    pub fn put_away(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let mut put = |numbers: &[u32]| bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        put(&known_by(self.graph));
        put(&[self.cell_count]);
        for list in [&self.nodes, &self.cells, &self.segments] {
            put(&[list.len() as u32]);
            put(list);
        }
        put(&[self.tasks.len() as u32]);
        for task in &self.tasks {
            match task {
                Task::Cell { number, junctions } => put(&[CELL, *number, junctions.start, junctions.end]),
                Task::Cut(segments) => {
                    put(&[CUT, segments.len() as u32]);
                    put(segments);
                }
            }
        }
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    /// Goes on with what was put away; none when the bytes are damaged or of another graph.
    #[must_use]
    pub fn taken_up(graph: &'g Graph, bytes: &[u8]) -> Option<Self> {
        let (body, checksum) = bytes.split_last_chunk::<4>()?;
        if crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
            return None;
        }
        let mut numbers = Numbers(body.strip_prefix(MAGIC)?);
        if known_by(graph).into_iter().any(|known| numbers.next() != Some(known)) {
            return None;
        }
        let cell_count = numbers.next()?;
        let [nodes, cells, segments] = [numbers.list()?, numbers.list()?, numbers.list()?];
        let tasks = (0..numbers.next()?).map(|_| numbers.task()).collect::<Option<Vec<Task>>>()?;
        let begun = Begun { nodes, cells, cell_count, tasks, segments };
        is_whole(graph, &begun).then(|| Self::going_on(graph, begun))
    }
}

/// What tells one graph from another.
fn known_by(graph: &Graph) -> [u32; 3] {
    let mut hasher = crc32fast::Hasher::new();
    for segment in &graph.parts().segments {
        for number in [segment.ends[0], segment.ends[1], segment.length_mm] {
            hasher.update(&number.to_le_bytes());
        }
    }
    [graph.node_count() as u32, graph.segment_count() as u32, hasher.finalize()]
}

/// Every junction and every piece of road is known, and each once where that can be seen.
fn is_whole(graph: &Graph, begun: &Begun) -> bool {
    let (nodes, segments) = (graph.node_count(), graph.segment_count() as u32);
    let mut seen = vec![false; nodes];
    let once = |node: &u32| seen.get_mut(*node as usize).is_some_and(|seen| !std::mem::replace(seen, true));
    let known = |segment: &u32| *segment < segments;
    let task = |task: &Task| match task {
        Task::Cell { junctions, .. } => junctions.start <= junctions.end && junctions.end as usize <= nodes,
        Task::Cut(cut) => cut.iter().all(known),
    };
    begun.nodes.len() == nodes
        && begun.cells.len() == nodes
        && begun.nodes.iter().all(once)
        && begun.segments.iter().all(known)
        && begun.tasks.iter().all(task)
}

/// The unread rest.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn next(&mut self) -> Option<u32> {
        let (bytes, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*bytes))
    }

    fn list(&mut self) -> Option<Vec<u32>> {
        let count = self.next()? as usize;
        if count > self.0.len() / 4 {
            return None;
        }
        (0..count).map(|_| self.next()).collect()
    }

    fn task(&mut self) -> Option<Task> {
        match self.next()? {
            CUT => self.list().map(Task::Cut),
            CELL => {
                let number = self.next()?;
                Some(Task::Cell { number, junctions: self.next()?..self.next()? })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        order::{Dissection, dissect},
        synthetic,
    };
    use proptest::prelude::*;

    #[test]
    fn whenever_it_is_put_away_the_order_is_the_same() {
        let graph = synthetic::generate(3_000, 3).unwrap();
        let whole = dissect(&graph);
        for share in [1, 2, 7, 40] {
            let mut kept = Dissection::of(&graph).put_away();
            let mut times = 0;
            loop {
                let mut dissection = Dissection::taken_up(&graph, &kept).unwrap();
                let done = dissection.work(graph.node_count() / share);
                kept = dissection.put_away();
                if done {
                    assert_eq!(dissection.order(), whole);
                    break;
                }
                times += 1;
            }
            assert!(times > share, "{times}");
        }
    }

    #[test]
    fn what_is_of_another_graph_or_damaged_is_not_taken_up() {
        let graph = synthetic::generate(1_000, 3).unwrap();
        let other = synthetic::generate(1_000, 4).unwrap();
        let kept = Dissection::of(&graph).put_away();
        assert!(Dissection::taken_up(&graph, &kept).is_some());
        assert!(Dissection::taken_up(&other, &kept).is_none());
        for cut in [0, 7, 20, kept.len() / 2, kept.len() - 1] {
            assert!(Dissection::taken_up(&graph, &kept[..cut]).is_none(), "{cut}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_up_or_not(at in 0_usize..2_000, value in any::<u8>()) {
            let graph = synthetic::generate(200, 3).unwrap();
            let mut kept = Dissection::of(&graph).put_away();
            let at = at % kept.len();
            kept[at] = value;
            let body = kept.len() - 4;
            let checksum = crc32fast::hash(&kept[..body]).to_le_bytes();
            kept[body..].copy_from_slice(&checksum);
            if let Some(mut dissection) = Dissection::taken_up(&graph, &kept) {
                while !dissection.work(1_000) {}
            }
        }
    }
}
