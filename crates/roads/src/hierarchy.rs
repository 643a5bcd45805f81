//! Customizable contraction hierarchies over the graph of turns (Dibbelt, Strasser, Wagner, 2014).
//!
//! The order and the shortcuts do not depend on any vehicle; a [`Customised`] hierarchy holds the weights of one
//! metric, worked out in one sweep over all triangles. States are numbered by rank here: 0 is contracted first.

use crate::{
    graph::{Graph, Inconsistent},
    metric::{CLOSED, Metric},
    order::dissect,
};

/// The order of contraction and the arcs, original and shortcuts, each from a lower to a higher rank.
#[derive(Debug)]
pub struct Hierarchy {
    /// The states by rank.
    order: Vec<u32>,
    ranks: Vec<u32>,
    first: Vec<u32>,
    heads: Vec<u32>,
    /// The arcs by their head: where each head's begin, and (tail, arc).
    down_first: Vec<u32>,
    down: Vec<(u32, u32)>,
}

impl Hierarchy {
    /// Finds an order and contracts.
    ///
    /// # Errors
    /// [`Inconsistent`] when there would be more shortcuts than can be numbered.
    pub fn of(graph: &Graph) -> Result<Self, Inconsistent> {
        Self::with_order(graph, dissect(graph))
    }

    /// Contracts in a known order.
    ///
    /// # Errors
    /// [`Inconsistent`] when the order does not name each state once, or there would be too many shortcuts.
    pub fn with_order(graph: &Graph, order: Vec<u32>) -> Result<Self, Inconsistent> {
        let ranks = ranks(&order, graph.expanded().state_count())?;
        let (first, heads) = contract(&original(graph, &order, &ranks))?;
        let (down_first, down) = by_head(&first, &heads);
        Ok(Self { order, ranks, first, heads, down_first, down })
    }

    /// Takes an order with its arcs, as another run of [`Hierarchy::with_order`] worked them out: where each rank's begin,
    /// and where each leads.
    ///
    /// # Errors
    /// [`Inconsistent`] when they are not those of a contraction of this graph.
    pub fn with_arcs(
        graph: &Graph,
        order: Vec<u32>,
        (first, heads): (Vec<u32>, Vec<u32>),
    ) -> Result<Self, Inconsistent> {
        let ranks = ranks(&order, graph.expanded().state_count())?;
        if !are_contracted(&first, &heads, order.len()) {
            return Err(UNFIT);
        }
        let (down_first, down) = by_head(&first, &heads);
        let hierarchy = Self { order, ranks, first, heads, down_first, down };
        if hierarchy.holds_all_arcs(graph) { Ok(hierarchy) } else { Err(UNFIT) }
    }

    /// Whether every arc of the graph of turns has one here.
    fn holds_all_arcs(&self, graph: &Graph) -> bool {
        let expanded = graph.expanded();
        (0..expanded.state_count() as u32).all(|state| {
            let tail = self.rank(state);
            expanded
                .arcs(state)
                .map(|arc| self.rank(expanded.head(arc)))
                .all(|head| head == tail || self.arc_between(tail.min(head), tail.max(head)).is_some())
        })
    }

    /// The arcs: where each rank's begin, and where each leads.
    #[must_use]
    pub fn all_arcs(&self) -> (&[u32], &[u32]) {
        (&self.first, &self.heads)
    }

    /// The states by rank.
    #[must_use]
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// The rank of a state.
    #[must_use]
    pub fn rank(&self, state: u32) -> u32 {
        self.ranks[state as usize]
    }

    /// How many arcs there are.
    #[must_use]
    pub fn arc_count(&self) -> usize {
        self.heads.len()
    }

    /// The arcs from a rank upwards.
    #[must_use]
    pub fn arcs(&self, rank: u32) -> std::ops::Range<usize> {
        self.first[rank as usize] as usize..self.first[rank as usize + 1] as usize
    }

    /// Where an arc leads.
    #[must_use]
    pub fn head(&self, arc: usize) -> u32 {
        self.heads[arc]
    }

    /// The next rank of the elimination tree: every way upwards goes through it or its successors.
    #[must_use]
    pub fn parent(&self, rank: u32) -> Option<u32> {
        self.heads.get(self.arcs(rank)).and_then(|heads| heads.first().copied())
    }

    /// The arcs that come from below, as (tail, arc).
    #[must_use]
    pub fn from_below(&self, rank: u32) -> &[(u32, u32)] {
        &self.down[self.down_first[rank as usize] as usize..self.down_first[rank as usize + 1] as usize]
    }

    /// The arc between two ranks.
    #[must_use]
    pub fn arc_between(&self, low: u32, high: u32) -> Option<usize> {
        let arcs = self.arcs(low);
        self.heads[arcs.clone()].binary_search(&high).ok().map(|at| arcs.start + at)
    }
}

const UNFIT: Inconsistent = Inconsistent("the shortcuts do not fit the graph");

/// Whether each rank's arcs lead upwards in order, and what a rank sees above it, its parent sees too.
fn are_contracted(first: &[u32], heads: &[u32], ranks: usize) -> bool {
    let is_whole = first.len() == ranks + 1
        && first[0] == 0
        && first.is_sorted()
        && first.last().is_some_and(|end| *end as usize == heads.len());
    let arcs = |rank: usize| &heads[first[rank] as usize..first[rank + 1] as usize];
    let is_sound = |rank: usize| {
        let own = arcs(rank);
        let Some((parent, others)) = own.split_first() else { return true };
        let in_order = *parent as usize > rank
            && own.windows(2).all(|pair| pair[0] < pair[1])
            && own.last().is_some_and(|last| (*last as usize) < ranks);
        in_order && holds_all(arcs(*parent as usize), others)
    };
    is_whole && (0..ranks).all(is_sound)
}

/// Whether a sorted list holds all of another one.
fn holds_all(list: &[u32], wanted: &[u32]) -> bool {
    let mut list = list.iter();
    wanted.iter().all(|wanted| list.any(|one| one == wanted))
}

fn ranks(order: &[u32], states: usize) -> Result<Vec<u32>, Inconsistent> {
    const WRONG: Inconsistent = Inconsistent("the order of contraction does not fit the graph");
    let mut ranks = vec![u32::MAX; states];
    for (rank, state) in order.iter().enumerate() {
        let place = ranks.get_mut(*state as usize).filter(|rank| **rank == u32::MAX).ok_or(WRONG)?;
        *place = rank as u32;
    }
    if order.len() == states { Ok(ranks) } else { Err(WRONG) }
}

/// The original arcs as sorted pairs of ranks, the lower first, by the lower.
fn original(graph: &Graph, order: &[u32], ranks: &[u32]) -> Vec<Vec<u32>> {
    let mut above: Vec<Vec<u32>> = vec![Vec::new(); order.len()];
    for (rank, state) in order.iter().enumerate() {
        for arc in graph.expanded().arcs(*state) {
            let head = ranks[graph.expanded().head(arc) as usize] as usize;
            if head != rank {
                above[rank.min(head)].push(rank.max(head) as u32);
            }
        }
    }
    above
}

/// Contracts rank by rank: what a rank sees above it, its parent then sees too.
fn contract(original: &[Vec<u32>]) -> Result<(Vec<u32>, Vec<u32>), Inconsistent> {
    const NONE: u32 = u32::MAX;
    let mut first = vec![0];
    let mut heads: Vec<u32> = Vec::new();
    let mut first_child = vec![NONE; original.len()];
    let mut sibling = vec![NONE; original.len()];
    let mut above = Vec::new();
    for (rank, own) in original.iter().enumerate() {
        above.clear();
        above.extend_from_slice(own);
        let mut child = first_child[rank];
        while child != NONE {
            let range = first[child as usize] as usize + 1..first[child as usize + 1] as usize;
            above.extend_from_slice(&heads[range]);
            child = sibling[child as usize];
        }
        above.sort_unstable();
        above.dedup();
        if let Some(parent) = above.first() {
            sibling[rank] = std::mem::replace(&mut first_child[*parent as usize], rank as u32);
        }
        heads.extend_from_slice(&above);
        let end = u32::try_from(heads.len()).map_err(|_| Inconsistent("the graph has too many shortcuts"))?;
        first.push(end);
    }
    Ok((first, heads))
}

fn by_head(first: &[u32], heads: &[u32]) -> (Vec<u32>, Vec<(u32, u32)>) {
    let mut down_first = vec![0_u32; first.len()];
    for head in heads {
        down_first[*head as usize + 1] += 1;
    }
    for rank in 1..down_first.len() {
        down_first[rank] += down_first[rank - 1];
    }
    let mut next = down_first.clone();
    let mut down = vec![(0, 0); heads.len()];
    for (tail, range) in first.windows(2).enumerate() {
        for arc in range[0]..range[1] {
            let place = &mut next[heads[arc as usize] as usize];
            down[*place as usize] = (tail as u32, arc);
            *place += 1;
        }
    }
    (down_first, down)
}

const CLIMBED_UP: u8 = 1;
const CLIMBED_DOWN: u8 = 2;

/// A hierarchy with the weights of one metric.
#[derive(Debug)]
pub struct Customised {
    /// By arc: from the lower to the higher rank.
    pub up: Vec<u32>,
    /// By arc: from the higher to the lower rank.
    pub down: Vec<u32>,
    /// The arcs that searches from a beginning climb: those that are best ways between their ends.
    pub climb_up: Climb,
    /// The arcs that searches from an end climb.
    pub climb_down: Climb,
}

/// The arcs that a search climbs, side by side in memory.
#[derive(Debug, Default)]
pub struct Climb {
    first: Vec<u32>,
    arcs: Vec<Rung>,
}

/// An arc as a search needs it.
#[derive(Debug, Clone, Copy)]
pub struct Rung {
    /// Where it leads.
    pub head: u32,
    /// What it weighs.
    pub weight: u32,
    /// Which arc of the hierarchy it is.
    pub arc: u32,
}

impl Climb {
    /// The arcs from a rank upwards.
    #[must_use]
    pub fn arcs(&self, rank: u32) -> &[Rung] {
        &self.arcs[self.first[rank as usize] as usize..self.first[rank as usize + 1] as usize]
    }

    /// Their weights, in the order of the arcs.
    pub fn weights(&self) -> impl Iterator<Item = u32> + '_ {
        self.arcs.iter().map(|rung| rung.weight)
    }

    /// How many arcs are left.
    #[must_use]
    pub fn arc_count(&self) -> usize {
        self.arcs.len()
    }

    /// The arcs whose weight is the best there is between their ends.
    fn of(hierarchy: &Hierarchy, weights: &[u32], best: &[u32]) -> Self {
        Self::over(hierarchy, weights, |arc| weights[arc] != CLOSED && weights[arc] <= best[arc])
    }

    fn over(hierarchy: &Hierarchy, weights: &[u32], is_kept: impl Fn(usize) -> bool) -> Self {
        let mut climb = Self { first: vec![0], arcs: Vec::new() };
        for rank in 0..hierarchy.order.len() as u32 {
            let kept = hierarchy.arcs(rank).filter(|arc| is_kept(*arc));
            let rung =
                |arc: usize| Rung { head: hierarchy.heads[arc], weight: weights[arc], arc: arc as u32 };
            climb.arcs.extend(kept.map(rung));
            climb.first.push(climb.arcs.len() as u32);
        }
        climb
    }
}

impl Customised {
    /// Takes what another run of [`Customised::of`] worked out: which arcs searches climb, one byte each with a bit for up
    /// and a bit for down, and the weights of those. The others stay closed: a best way is made of best ways, so neither a
    /// search nor what it found is ever taken apart into one of them. `None` when they are not of this hierarchy.
    #[must_use]
    pub fn with_climbed(hierarchy: &Hierarchy, climbed: &[u8], (up, down): (&[u32], &[u32])) -> Option<Self> {
        if climbed.len() != hierarchy.arc_count() {
            return None;
        }
        let all = |bit: u8, weights: &[u32]| {
            let mut weights = weights.iter().copied();
            let weight = |arc: &u8| if arc & bit == 0 { Some(CLOSED) } else { weights.next() };
            let all: Option<Vec<u32>> = climbed.iter().map(weight).collect();
            all.filter(|_| weights.next().is_none())
        };
        let (up, down) = (all(CLIMBED_UP, up)?, all(CLIMBED_DOWN, down)?);
        let climb_up = Climb::over(hierarchy, &up, |arc| climbed[arc] & CLIMBED_UP != 0);
        let climb_down = Climb::over(hierarchy, &down, |arc| climbed[arc] & CLIMBED_DOWN != 0);
        Some(Self { up, down, climb_up, climb_down })
    }

    /// What [`Customised::with_climbed`] takes: which arcs searches climb.
    #[must_use]
    pub fn climbed(&self) -> Vec<u8> {
        let mut climbed = vec![0; self.up.len()];
        for rung in &self.climb_up.arcs {
            climbed[rung.arc as usize] |= CLIMBED_UP;
        }
        for rung in &self.climb_down.arcs {
            climbed[rung.arc as usize] |= CLIMBED_DOWN;
        }
        climbed
    }

    /// Works out the weights of all arcs.
    #[must_use]
    pub fn of(graph: &Graph, hierarchy: &Hierarchy, metric: &Metric) -> Self {
        let closed = || vec![CLOSED; hierarchy.arc_count()];
        let mut customised =
            Self { up: closed(), down: closed(), climb_up: Climb::default(), climb_down: Climb::default() };
        for state in 0..graph.expanded().state_count() as u32 {
            let tail = hierarchy.rank(state);
            let weight = metric.edges[graph.expanded().edge(state).index()];
            for arc in graph.expanded().arcs(state).filter(|arc| metric.arcs[*arc] != CLOSED) {
                let weight = weight.saturating_add(metric.arcs[arc]);
                let head = hierarchy.rank(graph.expanded().head(arc));
                if let Some(arc) = hierarchy.arc_between(tail.min(head), tail.max(head)) {
                    let place = if tail < head { &mut customised.up[arc] } else { &mut customised.down[arc] };
                    *place = weight.min(*place);
                }
            }
        }
        customised.sweep(hierarchy);
        let (up, down) = customised.best(hierarchy);
        customised.climb_up = Climb::of(hierarchy, &customised.up, &up);
        customised.climb_down = Climb::of(hierarchy, &customised.down, &down);
        customised
    }

    /// The best weights between the ends of all arcs, also over higher ranks (the paper's perfect customization). An
    /// arc that is worse is never part of a best way, and is left out of searches.
    fn best(&self, hierarchy: &Hierarchy) -> (Vec<u32>, Vec<u32>) {
        let (mut up, mut down) = (self.up.clone(), self.down.clone());
        for rank in (0..hierarchy.order.len() as u32).rev() {
            let arcs = hierarchy.arcs(rank);
            for first in arcs.clone() {
                let mut over = hierarchy.arcs(hierarchy.heads[first]).start;
                for second in first + 1..arcs.end {
                    while hierarchy.heads[over] < hierarchy.heads[second] {
                        over += 1;
                    }
                    up[first] = up[first].min(up[second].saturating_add(down[over]));
                    up[second] = up[second].min(up[first].saturating_add(up[over]));
                    down[first] = down[first].min(up[over].saturating_add(down[second]));
                    down[second] = down[second].min(down[over].saturating_add(down[first]));
                }
            }
        }
        (up, down)
    }

    /// For each rank from below: the ways over it between any two ranks above it.
    fn sweep(&mut self, hierarchy: &Hierarchy) {
        for rank in 0..hierarchy.order.len() as u32 {
            let arcs = hierarchy.arcs(rank);
            for first in arcs.clone() {
                let (up, down) = (self.up[first], self.down[first]);
                if up == CLOSED && down == CLOSED {
                    continue;
                }
                let mut over = hierarchy.arcs(hierarchy.heads[first]).start;
                for second in first + 1..arcs.end {
                    // What this rank sees, its neighbours above see too, in the same order.
                    while hierarchy.heads[over] < hierarchy.heads[second] {
                        over += 1;
                    }
                    let there = down.saturating_add(self.up[second]);
                    let back = self.down[second].saturating_add(up);
                    self.up[over] = self.up[over].min(there);
                    self.down[over] = self.down[over].min(back);
                }
            }
        }
    }
}
