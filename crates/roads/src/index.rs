//! Finds the pieces of road near a point: a packed tree of boxes, sixteen to a node, in the order of a Hilbert curve.

use crate::{
    geometry::{Plane, Point, between},
    graph::Graph,
};
use std::{cmp::Reverse, collections::BinaryHeap};

const FANOUT: usize = 16;
/// Metres of one unit of a plane: 1e-7 degrees of latitude.
const UNIT_M: f64 = crate::geometry::EARTH_RADIUS_M * std::f64::consts::PI / 180.0 * 1e-7;

/// A box around points.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    south: i32,
    west: i32,
    north: i32,
    east: i32,
}

impl Bounds {
    const NOTHING: Self = Self { south: i32::MAX, west: i32::MAX, north: i32::MIN, east: i32::MIN };

    fn with(self, other: Self) -> Self {
        Self {
            south: self.south.min(other.south),
            west: self.west.min(other.west),
            north: self.north.max(other.north),
            east: self.east.max(other.east),
        }
    }

    fn of(point: Point) -> Self {
        Self { south: point.lat_e7, west: point.lon_e7, north: point.lat_e7, east: point.lon_e7 }
    }

    /// Squared distance from the plane's origin.
    fn squared(&self, plane: &Plane, origin: Point) -> f64 {
        let nearest = Point {
            lat_e7: origin.lat_e7.clamp(self.south, self.north),
            lon_e7: origin.lon_e7.clamp(self.west, self.east),
        };
        let (x, y) = (plane.x_of(nearest), plane.y_of(nearest));
        x * x + y * y
    }
}

/// A place on a piece of road.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// The piece.
    pub segment: usize,
    /// How far along the piece, in mm.
    pub offset_mm: u32,
    /// Where it is.
    pub point: Point,
    /// How far from the point that was asked for, in metres.
    pub away_m: f64,
}

/// The tree over a graph's pieces of road.
#[derive(Debug)]
pub struct Index {
    /// The boxes of all levels, the pieces first.
    boxes: Vec<Bounds>,
    /// Where each level begins in `boxes`.
    levels: Vec<usize>,
    /// The pieces in the order of the first level.
    segments: Vec<u32>,
}

impl Index {
    /// Builds the tree.
    #[must_use]
    pub fn of(graph: &Graph) -> Self {
        let bounds =
            |segment: usize| graph.forward_line(segment).map(Bounds::of).fold(Bounds::NOTHING, Bounds::with);
        let mut keyed: Vec<(u64, u32)> = (0..graph.segment_count())
            .map(|segment| {
                let b = bounds(segment);
                let middle = |a: i32, b: i32| ((i64::from(a) + i64::from(b)) / 2 + (1 << 31)) as u32;
                (hilbert(middle(b.west, b.east), middle(b.south, b.north)), segment as u32)
            })
            .collect();
        keyed.sort_unstable();
        let segments: Vec<u32> = keyed.into_iter().map(|(_, segment)| segment).collect();
        let mut boxes: Vec<Bounds> = segments.iter().map(|segment| bounds(*segment as usize)).collect();
        let mut levels = vec![0];
        let mut from = 0;
        while boxes.len() - from > 1 {
            let end = boxes.len();
            levels.push(end);
            for first in (from..end).step_by(FANOUT) {
                let children = &boxes[first..(first + FANOUT).min(end)];
                boxes.push(children.iter().copied().fold(Bounds::NOTHING, Bounds::with));
            }
            from = end;
        }
        Self { boxes, levels, segments }
    }

    /// The places on roads nearest to a point, one for each accepted piece, nearest first.
    pub fn near<'i>(
        &'i self,
        graph: &'i Graph,
        origin: Point,
        accept: impl Fn(usize) -> bool + 'i,
    ) -> impl Iterator<Item = Place> + 'i {
        let plane = origin.plane();
        let mut queue = BinaryHeap::new();
        if !self.segments.is_empty() {
            queue.push(Reverse((0, Found::Node(self.levels.len() - 1, self.boxes.len() - 1))));
        }
        std::iter::from_fn(move || {
            while let Some(Reverse((squared, found))) = queue.pop() {
                match found {
                    Found::Node(0, at) if accept(self.segments[at] as usize) => {
                        let segment = self.segments[at] as usize;
                        let (piece, share, squared) = project(graph, segment, &plane);
                        queue.push(Reverse((
                            squared.to_bits(),
                            Found::Place { segment, piece, share: share.to_bits() },
                        )));
                    }
                    Found::Node(0, _) => {}
                    Found::Node(level, at) => {
                        let first = self.levels[level - 1] + (at - self.levels[level]) * FANOUT;
                        for child in first..(first + FANOUT).min(self.levels[level]) {
                            let squared = self.boxes[child].squared(&plane, origin);
                            queue.push(Reverse((squared.to_bits(), Found::Node(level - 1, child))));
                        }
                    }
                    Found::Place { segment, piece, share } => {
                        let away_m = f64::from_bits(squared).sqrt() * UNIT_M;
                        return Some(place(graph, segment, piece, f64::from_bits(share), away_m));
                    }
                }
            }
            None
        })
    }
}

/// What waits in the queue; distances are ordered as the bits of numbers that are not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Place { segment: usize, piece: usize, share: u64 },
    Node(usize, usize),
}

/// The nearest straight piece of a line to the plane's origin, the share of it, and the squared distance.
fn project(graph: &Graph, segment: usize, plane: &Plane) -> (usize, f64, f64) {
    let mut best = (0, 0.0, f64::INFINITY);
    let mut line = graph.forward_line(segment);
    let Some(mut last) = line.next() else { return best };
    for (piece, point) in line.enumerate() {
        let (share, squared) = plane.project(last, point);
        if squared < best.2 {
            best = (piece, share, squared);
        }
        last = point;
    }
    best
}

fn place(graph: &Graph, segment: usize, piece: usize, share: f64, away_m: f64) -> Place {
    let line: Vec<Point> = graph.forward_line(segment).collect();
    let lengths: Vec<f64> = line.windows(2).map(|pair| pair[0].distance_m(pair[1])).collect();
    let whole: f64 = lengths.iter().sum();
    let before = lengths[..piece].iter().sum::<f64>() + share * lengths[piece];
    let length_mm = graph.parts().segments[segment].length_mm;
    let along = if whole > 0.0 { before / whole } else { 0.0 };
    let offset_mm = (along * f64::from(length_mm)).round().min(f64::from(length_mm)) as u32;
    Place { segment, offset_mm, point: between(line[piece], line[piece + 1], share), away_m }
}

/// A point's place on the Hilbert curve of order 32.
fn hilbert(mut x: u32, mut y: u32) -> u64 {
    let mut place = 0;
    let mut side = 1_u32 << 31;
    while side > 0 {
        let (right, up) = (u32::from(x & side > 0), u32::from(y & side > 0));
        place += u64::from(side) * u64::from(side) * u64::from((3 * right) ^ up);
        if up == 0 {
            if right == 1 {
                (x, y) = (!x, !y);
            }
            (x, y) = (y, x);
        }
        side >>= 1;
    }
    place
}
