//! Road-like graphs of any size, for measuring: a jittered grid of streets with gaps and one-ways, with faster roads
//! at every 8th and every 64th line.

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

/// A graph of about so many edges (two a piece of road), in the middle of Italy.
///
/// # Errors
/// [`Inconsistent`] when the size cannot be numbered.
pub fn generate(edges: u32, seed: u64) -> Result<Graph, Inconsistent> {
    // Four in five of the two pieces a crossing are kept: 3.2 edges a crossing.
    let side = (f64::from(edges) / 3.2).sqrt().ceil().max(2.0) as u32;
    if side > 8_000 {
        return Err(Inconsistent("a synthetic graph has at most 200 million edges"));
    }
    let mut dice = Dice::new(seed);
    let mut parts = Parts { roads: roads(), strings: vec![String::new()], ..Parts::default() };
    let (south, west) = (419_000_000 - (side * PITCH_E7 / 2) as i32, 125_000_000 - (side * PITCH_E7 / 2) as i32);
    for at in 0..side * side {
        let jitter = |dice: &mut Dice| dice.below(PITCH_E7 * 2 / 3) as i32;
        let (row, column) = ((at / side * PITCH_E7) as i32, (at % side * PITCH_E7) as i32);
        let (lat, lon) = (south + row + jitter(&mut dice), west + column + jitter(&mut dice));
        parts.nodes.push(Point::new(lat, lon).ok_or(Inconsistent("the grid does not fit on the globe"))?);
    }
    for at in 0..side * side {
        for (line, place, next) in [(at / side, at % side, at + 1), (at % side, at / side, at + side)] {
            let rank = if line % 64 == 0 { 0 } else if line % 8 == 0 { 1 } else { 2 };
            if place + 1 < side && (rank < 2 || dice.below(10) < 8) {
                piece(&mut parts, at, next, rank, &mut dice);
            }
        }
    }
    Graph::new(parts)
}

fn piece(parts: &mut Parts, from: u32, to: u32, rank: u32, dice: &mut Dice) {
    let one_way = rank == 2 && dice.below(8) == 0;
    let ends = if one_way && dice.below(2) == 0 { [to, from] } else { [from, to] };
    let line = ends.map(|end| parts.nodes[end as usize]);
    // Real roads are a little longer than straight lines.
    let bend = 1_000 + dice.below(200);
    let straight = length_mm(line).unwrap_or(u32::MAX / 2);
    let length_mm = (u64::from(straight) * u64::from(bend) / 1_000) as u32;
    let road = if one_way { 3 } else { rank };
    parts.segments.push(Segment { ends, length_mm, road, first_point: 0 });
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
        assert!((9_000..11_500).contains(&graph.edge_count()), "{}", graph.edge_count());
        assert_eq!(graph.parts(), generate(10_000, 7).unwrap().parts());
        assert_ne!(graph.parts(), generate(10_000, 8).unwrap().parts());
    }
}
