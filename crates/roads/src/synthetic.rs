//! Road-like graphs of any size, for measuring.

use crate::{
    geometry::{Point, length_mm},
    graph::{Graph, Inconsistent, Parts, Segment},
    road::{Access, Class, EVERY_KIND, Limits, Road},
};

/// About how far two neighbouring crossings are apart, in 1e-7 degrees of latitude (about 220 m).
const PITCH_E7: u32 = 20_000;

/// A sequence of numbers that look random and are the same everywhere (SplitMix64, Steele and others 2014).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Begins a sequence.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below a limit that is not 0.
    pub const fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as u32
    }
}

/// A town of this many crossings a side on average has about 700 edges with the roads that lead to it.
const TOWN_EDGES: u32 = 700;
/// The sides of towns in crossings: the smallest and how many sizes there are.
const TOWN_SIDE: (u32, u32) = (7, 16);
/// The pitch of towns in crossings.
const TOWN_PITCH: u32 = 40;
/// Crossings with farm tracks on the road between two towns.
const FARMS: u32 = 3;

/// A graph of about so many edges (two a piece of road): towns that are jittered grids of streets with gaps and
/// one-ways, joined to their neighbours by country roads with farm tracks, and every eighth of those a trunk road.
/// Like in real networks, a cut between two halves of the land crosses few roads.
///
/// # Errors
/// [`Inconsistent`] when the size cannot be numbered.
pub fn generate(edges: u32, seed: u64) -> Result<Graph, Inconsistent> {
    let side = (f64::from(edges) / f64::from(TOWN_EDGES)).sqrt().round().max(1.0) as u32;
    if side > 500 {
        return Err(Inconsistent("a synthetic graph has at most 170 million edges"));
    }
    let parts = Parts { roads: roads(), strings: vec![String::new()], ..Parts::default() };
    let mut land = Land { parts, dice: Dice::new(seed), side };
    let mut towns = Vec::new();
    for at in 0..side * side {
        towns.push(land.town(at / side, at % side)?);
    }
    for at in 0..side * side {
        let (row, column) = (at / side, at % side);
        if column + 1 < side {
            land.country_road(&towns[at as usize], &towns[at as usize + 1], row)?;
        }
        if row + 1 < side {
            land.country_road(&towns[at as usize], &towns[(at + side) as usize], column)?;
        }
    }
    Graph::new(land.parts)
}

/// A land being built.
struct Land {
    parts: Parts,
    dice: Dice,
    side: u32,
}

/// A town's crossings: the first, and how many a side.
struct Town {
    first: u32,
    side: u32,
}

impl Land {
    /// A crossing near a place of the grid, in crossings from the south-west corner.
    fn crossing(&mut self, row: f64, column: f64) -> Result<u32, Inconsistent> {
        let half = f64::from(self.side * TOWN_PITCH) / 2.0;
        let mut at = |middle: f64, place: f64| {
            let jitter = f64::from(self.dice.below(1_000)) / 1_500.0;
            (middle + (place - half + jitter) * f64::from(PITCH_E7)) as i32
        };
        let point = Point::new(at(419_000_000.0, row), at(125_000_000.0, column));
        self.parts.nodes.push(point.ok_or(Inconsistent("the land does not fit on the globe"))?);
        Ok(self.parts.nodes.len() as u32 - 1)
    }

    fn town(&mut self, row: u32, column: u32) -> Result<Town, Inconsistent> {
        let side = TOWN_SIDE.0 + self.dice.below(TOWN_SIDE.1);
        let first = self.parts.nodes.len() as u32;
        let shift = |dice: &mut Dice| dice.below(TOWN_PITCH - side);
        let (south, west) = (shift(&mut self.dice), shift(&mut self.dice));
        for at in 0..side * side {
            let (lat, lon) = (row * TOWN_PITCH + south + at / side, column * TOWN_PITCH + west + at % side);
            self.crossing(f64::from(lat), f64::from(lon))?;
        }
        for at in 0..side * side {
            for (line, place, next) in [(at / side, at % side, at + 1), (at % side, at / side, at + side)] {
                let main = line % 6 == 3;
                if place + 1 < side && (main || self.dice.below(10) < 8) {
                    self.piece(first + at, first + next, if main { 1 } else { 2 });
                }
            }
        }
        Ok(Town { first, side })
    }

    /// From the middle of one town to the middle of the next.
    fn country_road(&mut self, from: &Town, to: &Town, line: u32) -> Result<(), Inconsistent> {
        let rank = if line.is_multiple_of(8) { 0 } else { 1 };
        let middle = |town: &Town| town.first + town.side / 2 * (town.side + 1);
        let (start, end) = (middle(from), middle(to));
        let (a, b) = (self.parts.nodes[start as usize], self.parts.nodes[end as usize]);
        let mut last = start;
        for farm in 1..=FARMS {
            let near = crate::geometry::between(a, b, f64::from(farm) / f64::from(FARMS + 1));
            let crossing = self.beside(near)?;
            self.piece(last, crossing, rank);
            let yard = self.beside(near)?;
            self.piece(crossing, yard, 2);
            last = crossing;
        }
        self.piece(last, end, rank);
        Ok(())
    }

    /// A crossing within some hundred metres of a point.
    fn beside(&mut self, point: Point) -> Result<u32, Inconsistent> {
        let mut away = || self.dice.below(PITCH_E7 * 4) as i32 - (PITCH_E7 * 2) as i32;
        let point = Point::new(point.lat_e7 + away(), point.lon_e7 + away());
        self.parts.nodes.push(point.ok_or(Inconsistent("the land does not fit on the globe"))?);
        Ok(self.parts.nodes.len() as u32 - 1)
    }

    fn piece(&mut self, from: u32, to: u32, rank: u32) {
        let one_way = rank == 2 && self.dice.below(8) == 0;
        let ends = if one_way && self.dice.below(2) == 0 { [to, from] } else { [from, to] };
        let line = ends.map(|end| self.parts.nodes[end as usize]);
        // Real roads are a little longer than straight lines.
        let bend = 1_000 + self.dice.below(200);
        let straight = length_mm(line).unwrap_or(u32::MAX / 2);
        let length_mm = (u64::from(straight) * u64::from(bend) / 1_000) as u32;
        let road = if one_way { 3 } else { rank };
        self.parts.segments.push(Segment { ends, length_mm, road, first_point: 0 });
    }
}

fn roads() -> Vec<Road> {
    let both = Access { open: EVERY_KIND, destination: 0 };
    let classes = [Class::Trunk, Class::Secondary, Class::Residential, Class::Residential];
    let road = |(index, class)| Road {
        class,
        link: false,
        roundabout: false,
        urban: index >= 2,
        no_hazmat: false,
        toll: 0,
        access: [both, if index == 3 { Access::default() } else { both }],
        speed_kmh: [0; 2],
        truck_speed_kmh: [0; 2],
        ferry_m_per_h: 0,
        limits: Limits::default(),
        country: *b"IT",
        name: 0,
        number: 0,
    };
    classes.into_iter().enumerate().map(road).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_about_what_was_asked_for_and_the_seed_decides() {
        let graph = generate(10_000, 7).unwrap();
        assert!((7_000..13_000).contains(&graph.edge_count()), "{}", graph.edge_count());
        assert_eq!(graph.parts(), generate(10_000, 7).unwrap().parts());
        assert_ne!(graph.parts(), generate(10_000, 8).unwrap().parts());
    }
}
