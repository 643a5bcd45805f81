//! Collects roads in two passes and cuts them into pieces between junctions.

use super::{
    LeftOut,
    element::{Element, Tags},
    restrictions::{self, Raw, WayPieces},
    tags::{Gate, Tagged, closings_of, gate_of, road_of},
};
use crate::{
    conditions::Condition,
    failure::RoadsError,
    geometry::{Point, length_mm},
    graph::{Closing, Leaving, Parts, Segment},
    road::{Class, Kinds, Road},
};
use contracts::gazetteer;
use rustc_hash::{FxHashMap, FxHashSet};

/// Whom OpenStreetMap's licence wants named.
pub const ATTRIBUTION: &str = "© OpenStreetMap contributors, ODbL 1.0";
/// A junction of a graph that is not made yet.
const NOT_YET: u32 = u32::MAX;

/// A road as a way describes it.
struct Way {
    id: i64,
    road: Road,
    ferry_s: Option<u32>,
    /// Where its nodes begin; they end where the next way's begin.
    first: usize,
}

/// A node that roads go through.
#[derive(Clone, Copy)]
struct Spot {
    id: i64,
    /// Known after the second pass.
    point: Option<Point>,
    /// How often roads go through, ends counted twice: 2 or more is a junction.
    uses: u8,
    junction: u32,
}

/// What has been collected.
pub struct Collector {
    country: Option<[u8; 2]>,
    ways: Vec<Way>,
    refs: Vec<i64>,
    raw: Vec<Raw>,
    strings: Words,
    spots: Vec<Spot>,
    gates: FxHashMap<usize, Gate>,
    /// The closed hours of those ways that have some.
    closings: FxHashMap<usize, Vec<(Kinds, Condition)>>,
}

impl Collector {
    /// Nothing yet.
    pub fn new(country: Option<[u8; 2]>) -> Self {
        Self {
            country,
            ways: Vec::new(),
            refs: Vec::new(),
            raw: Vec::new(),
            strings: Words::new(),
            spots: Vec::new(),
            gates: FxHashMap::default(),
            closings: FxHashMap::default(),
        }
    }

    /// First pass: a way or relation.
    pub fn line(&mut self, element: &Element) -> Result<(), RoadsError> {
        match element {
            Element::Way { id, nodes, tags } if nodes.len() >= 2 => self.way(*id, nodes, tags)?,
            Element::Relation { members, tags } => self.raw.extend(restrictions::read(members, tags)),
            _ => {}
        }
        Ok(())
    }

    fn way(&mut self, id: i64, nodes: &[i64], tags: &Tags) -> Result<(), RoadsError> {
        let Some(Tagged { mut road, name, number, ferry_s }) = road_of(tags) else { return Ok(()) };
        if self.refs.len() + nodes.len() >= u32::MAX as usize {
            return Err(RoadsError::TooLarge("more than four thousand million road nodes"));
        }
        road.name = self.strings.number(name);
        road.number = self.strings.number(number);
        let closings = closings_of(tags);
        if !closings.is_empty() {
            self.closings.insert(self.ways.len(), closings);
        }
        self.ways.push(Way { id, road, ferry_s, first: self.refs.len() });
        self.refs.extend_from_slice(nodes);
        Ok(())
    }

    /// Between the passes: which nodes are needed.
    pub fn prepare(&mut self) {
        let mut ids = self.refs.clone();
        ids.sort_unstable();
        ids.dedup();
        let spot = |id| Spot { id, point: None, uses: 0, junction: NOT_YET };
        self.spots = ids.into_iter().map(spot).collect();
        for way in 0..self.ways.len() {
            let nodes = self.nodes_of(way);
            let last = nodes.end - 1;
            for at in nodes.clone() {
                let ends = if at == nodes.start || at == last { 2 } else { 1 };
                if let Some(spot) = self.spot_of(self.refs[at]) {
                    let uses = &mut self.spots[spot].uses;
                    *uses = uses.saturating_add(ends);
                }
            }
        }
    }

    fn nodes_of(&self, way: usize) -> std::ops::Range<usize> {
        self.ways[way].first..self.ways.get(way + 1).map_or(self.refs.len(), |next| next.first)
    }

    fn spot_of(&self, id: i64) -> Option<usize> {
        self.spots.binary_search_by_key(&id, |spot| spot.id).ok()
    }

    /// Second pass: a node.
    pub fn node(&mut self, element: &Element) {
        let Element::Node { id, point, tags } = element else { return };
        let Some(spot) = self.spot_of(*id) else { return };
        self.spots[spot].point = Some(*point);
        if let Some(gate) = gate_of(tags) {
            self.gates.insert(spot, gate);
            self.spots[spot].uses = 2;
        }
    }

    /// Cuts the roads into pieces.
    pub fn finish(mut self) -> Result<(Parts, LeftOut), RoadsError> {
        let wanted: FxHashSet<i64> = self.raw.iter().flat_map(Raw::ways).collect();
        let mut pieces = WayPieces::default();
        let mut left_out = LeftOut::default();
        let mut parts = Parts { attribution: ATTRIBUTION.to_owned(), ..Parts::default() };
        let mut roads = Roads::default();
        let mut countries = Countries { fixed: self.country, cells: FxHashMap::default() };
        for way in 0..self.ways.len() {
            let first_segment = parts.segments.len() as u32;
            let complete = self.cut(way, &mut parts, &mut roads, &mut countries)?;
            left_out.cut_roads += u32::from(!complete);
            for segment in first_segment..parts.segments.len() as u32 {
                let closings = self.closings.get(&way).into_iter().flatten();
                let closing =
                    |(kinds, when): &(_, Condition)| Closing { segment, kinds: *kinds, when: when.clone() };
                parts.closings.extend(closings.map(closing));
            }
            let id = self.ways[way].id;
            if wanted.contains(&id) {
                pieces.0.insert(id, first_segment..parts.segments.len() as u32);
            }
        }
        parts.roads = roads.list;
        parts.strings = self.strings.list;
        let junction = |spot: &usize| self.spots[*spot].junction;
        parts.gates = self
            .gates
            .iter()
            .map(|(spot, gate)| (junction(spot), *gate))
            .filter(|(node, _)| *node != NOT_YET)
            .collect();
        parts.gates.sort_unstable_by_key(|(node, _)| *node);
        let spot_of = |id: i64| {
            self.spots.binary_search_by_key(&id, |spot| spot.id).ok().map(|at| self.spots[at].junction)
        };
        let leaving = Leaving::of(&parts);
        for raw in &self.raw {
            let resolved = restrictions::resolve(raw, &pieces, &parts, &leaving, &spot_of);
            left_out.restrictions += u32::from(resolved.is_empty());
            parts.restrictions.extend(resolved);
        }
        Ok((parts, left_out))
    }

    /// Cuts a way; false when some of its nodes are unknown.
    fn cut(
        &mut self,
        way: usize,
        parts: &mut Parts,
        roads: &mut Roads,
        countries: &mut Countries,
    ) -> Result<bool, RoadsError> {
        let refs = self.nodes_of(way);
        let spots: Vec<usize> = refs.filter_map(|at| self.spot_of(self.refs[at])).collect();
        let mut road = self.ways[way].road;
        let ferry_s = self.ways[way].ferry_s;
        let mut complete = true;
        let runs = spots.split(|spot| self.spots[*spot].point.is_none()).map(<[usize]>::to_vec);
        for run in runs.collect::<Vec<_>>() {
            complete &= run.len() == spots.len();
            let line: Vec<Point> = run.iter().filter_map(|spot| self.spots[*spot].point).collect();
            let Some(first) = line.first() else { continue };
            road.country = countries.of(*first);
            if let (Class::Ferry, Some(seconds), Some(length)) =
                (road.class, ferry_s, length_mm(line.iter().copied()))
            {
                let m_per_h = u64::from(length) * 36 / 10 / u64::from(seconds);
                road.ferry_m_per_h = m_per_h.clamp(1_000, 100_000) as u32;
            }
            let number = roads.number(road);
            let mut from = 0;
            for to in 1..run.len() {
                let ends_here = to + 1 == run.len() || self.spots[run[to]].uses >= 2;
                if ends_here {
                    self.piece(&run[from..=to], &line[from..=to], number, parts)?;
                    from = to;
                }
            }
        }
        Ok(complete)
    }

    fn piece(
        &mut self,
        spots: &[usize],
        line: &[Point],
        road: u32,
        parts: &mut Parts,
    ) -> Result<(), RoadsError> {
        let (Some(first), Some(last)) = (spots.first(), spots.last()) else { return Ok(()) };
        if spots.len() == 2 && first == last {
            return Ok(());
        }
        let length_mm = length_mm(line.iter().copied())
            .ok_or(RoadsError::TooLarge("a road without a junction for 4,294 km"))?;
        let first_point = parts.points.len();
        if first_point + line.len() >= u32::MAX as usize
            || parts.segments.len() >= (u32::MAX / 4) as usize - 1
        {
            return Err(RoadsError::TooLarge("more roads than the graph's format can number"));
        }
        let ends = [self.junction(*first, parts), self.junction(*last, parts)];
        parts.points.extend_from_slice(&line[1..line.len() - 1]);
        parts.segments.push(Segment { ends, length_mm, road, first_point: first_point as u32 });
        Ok(())
    }

    fn junction(&mut self, spot: usize, parts: &mut Parts) -> u32 {
        let spot = &mut self.spots[spot];
        if spot.junction == NOT_YET {
            spot.junction = parts.nodes.len() as u32;
            parts.nodes.push(spot.point.unwrap_or_default());
        }
        spot.junction
    }
}

/// Different texts, each once.
pub struct Words {
    list: Vec<String>,
    numbers: FxHashMap<String, u32>,
}

impl Words {
    /// Only the empty text.
    pub fn new() -> Self {
        Self { list: vec![String::new()], numbers: FxHashMap::from_iter([(String::new(), 0)]) }
    }

    /// The number of a text.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.list.len() as u32;
        self.list.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }
}

/// Different roads, each once.
#[derive(Default)]
struct Roads {
    list: Vec<Road>,
    numbers: FxHashMap<Road, u32>,
}

impl Roads {
    fn number(&mut self, road: Road) -> u32 {
        *self.numbers.entry(road).or_insert_with(|| {
            self.list.push(road);
            self.list.len() as u32 - 1
        })
    }
}

/// Which country a place is in.
struct Countries {
    fixed: Option<[u8; 2]>,
    /// The nearest city's country, by tenths of a degree.
    cells: FxHashMap<(i32, i32), [u8; 2]>,
}

impl Countries {
    fn of(&mut self, point: Point) -> [u8; 2] {
        let nearest = || {
            let code = gazetteer::nearest(point.into()).country.as_bytes();
            code.try_into().unwrap_or_default()
        };
        let cell = (point.lat_e7 / 1_000_000, point.lon_e7 / 1_000_000);
        self.fixed.unwrap_or_else(|| *self.cells.entry(cell).or_insert_with(nearest))
    }
}
