//! How far one gets: the area within a time or distance of a place.

use crate::{
    geometry::{Point, between},
    graph::Graph,
    index::Place,
    metric::{CLOSED, Metric},
    search,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// Cells along the longer side of the area.
const CELLS: i64 = 240;
/// The smallest cell in 1e-7 degrees, about 55 m.
const CELL_MIN_E7: i64 = 5_000;

/// The rings around everything that is within `limit` (in the metric's unit) of a place: outer rings counter-clockwise,
/// holes clockwise, each closed. The outline follows a grid of at most 240 cells a side, so it is right to half a cell.
#[must_use]
pub fn isochrone(graph: &Graph, metric: &Metric, from: &Place, limit: u32) -> Vec<Vec<Point>> {
    let lines = reached(graph, metric, from, limit);
    let points = || lines.iter().flatten().chain(std::iter::once(&from.point));
    let span = |of: fn(&Point) -> i32| {
        let (least, most) = points()
            .fold((i32::MAX, i32::MIN), |(least, most), point| (least.min(of(point)), most.max(of(point))));
        i64::from(most) - i64::from(least)
    };
    let side = (span(|point| point.lat_e7).max(span(|point| point.lon_e7)) / CELLS).max(CELL_MIN_E7);
    let mut cells = FxHashSet::default();
    let mut fill = |point: Point| {
        cells.insert((i64::from(point.lat_e7).div_euclid(side), i64::from(point.lon_e7).div_euclid(side)))
    };
    fill(from.point);
    for line in &lines {
        for pair in line.windows(2) {
            let longest = [pair[0].lat_e7 - pair[1].lat_e7, pair[0].lon_e7 - pair[1].lon_e7];
            let longest = longest.into_iter().map(i32::unsigned_abs).max().unwrap_or(0);
            let steps = i64::from(longest) * 2 / side + 1;
            for step in 0..=steps {
                fill(between(pair[0], pair[1], step as f64 / steps as f64));
            }
        }
    }
    outline(&cells)
        .into_iter()
        .map(|ring| ring.into_iter().map(|corner| place(corner, side)).collect())
        .collect()
}

/// The driven parts of all edges within the limit.
fn reached(graph: &Graph, metric: &Metric, from: &Place, limit: u32) -> Vec<Vec<Point>> {
    let weights = search::within(graph, metric, from, limit);
    let open = graph.edges().filter(|edge| weights[edge.index()] != CLOSED);
    open.map(|edge| {
        let left = limit - weights[edge.index()];
        let share = f64::from(left) / f64::from(metric.edges[edge.index()]);
        let line = graph.line(edge);
        if share >= 1.0 { line } else { first_part(&line, share) }
    })
    .collect()
}

fn first_part(line: &[Point], share: f64) -> Vec<Point> {
    let whole: f64 = line.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
    let mut left = whole * share;
    let mut part = vec![line[0]];
    for pair in line.windows(2) {
        let length = pair[0].distance_m(pair[1]);
        if length >= left {
            part.push(between(pair[0], pair[1], if length > 0.0 { left / length } else { 0.0 }));
            break;
        }
        part.push(pair[1]);
        left -= length;
    }
    part
}

/// A corner of cells as (row, column).
type Corner = (i64, i64);

fn place((row, column): Corner, side: i64) -> Point {
    let within = |value: i64, most: i64| (value * side).clamp(-most, most) as i32;
    Point { lat_e7: within(row, 900_000_000), lon_e7: within(column, 1_800_000_000) }
}

/// The rings around cells, with the cells to their left.
fn outline(cells: &FxHashSet<Corner>) -> Vec<Vec<Corner>> {
    let mut sides: FxHashMap<Corner, Vec<Corner>> = FxHashMap::default();
    for (row, column) in cells {
        let (row, column) = (*row, *column);
        let corners = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)];
        let beyond = [(row - 1, column), (row, column + 1), (row + 1, column), (row, column - 1)];
        for (index, neighbour) in beyond.iter().enumerate() {
            if !cells.contains(neighbour) {
                sides.entry(corners[index]).or_default().push(corners[(index + 1) % 4]);
            }
        }
    }
    let mut starts: Vec<Corner> = sides.keys().copied().collect();
    starts.sort_unstable();
    let mut rings = Vec::new();
    for start in starts {
        while let Some(ring) = ring_from(start, &mut sides) {
            rings.push(ring);
        }
    }
    rings
}

/// Takes a ring that begins at a corner, straight runs as one side.
fn ring_from(start: Corner, sides: &mut FxHashMap<Corner, Vec<Corner>>) -> Option<Vec<Corner>> {
    let mut ring = vec![start];
    let mut at = start;
    while let Some(next) = sides.get_mut(&at).and_then(Vec::pop) {
        if let [.., before, last] = ring.as_slice()
            && (last.0 - before.0).signum() == (next.0 - last.0).signum()
            && (last.1 - before.1).signum() == (next.1 - last.1).signum()
        {
            ring.pop();
        }
        ring.push(next);
        at = next;
        if at == start {
            break;
        }
    }
    (ring.len() > 2).then_some(ring)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twice the area inside a ring, positive when it runs counter-clockwise.
    fn twice_area(ring: &[Corner]) -> i64 {
        ring.windows(2).map(|pair| pair[0].1 * pair[1].0 - pair[1].1 * pair[0].0).sum()
    }

    #[test]
    fn a_square_with_a_hole_has_two_rings() {
        let mut cells: FxHashSet<Corner> = (0..9).map(|at| (at / 3, at % 3)).collect();
        cells.remove(&(1, 1));
        let rings = outline(&cells);
        let mut areas: Vec<i64> = rings.iter().map(|ring| twice_area(ring)).collect();
        areas.sort_unstable();
        assert_eq!(areas, [-2, 18]);
        assert!(rings.iter().all(|ring| ring.len() == 5 && ring.first() == ring.last()));
    }
}
