//! A country's road graph: shortest distances and routes between places, and the place nearest to a position.

use contracts::ports::RoadNetwork;
use kernel::Position;
use rustc_hash::FxHashMap;
use std::{cmp::Reverse, collections::BinaryHeap, sync::OnceLock};

/// No place reaches another through this many; it stands for "none".
const NONE: u32 = u32::MAX;
/// The size of a cell of the nearest-place grid in degrees.
const CELL_DEGREES: f64 = 0.5;

/// Places joined by directed edges with their length in km.
pub struct RoadGraph {
    places: Vec<Position>,
    /// Edges by their origin: to, km.
    edges: Vec<Vec<(u32, f64)>>,
    /// Shortest distances from each origin; computed when first asked for.
    rows: Vec<OnceLock<Row>>,
    /// Looked up by key only, so that its order never shows.
    exact: FxHashMap<(u64, u64), u32>,
    /// Looked up by key only; places of a cell in their order.
    cells: FxHashMap<(i32, i32), Vec<u32>>,
}

/// Shortest paths from one origin: km to each place (infinite when there is no road) and the place before it.
struct Row {
    km: Vec<f64>,
    before: Vec<u32>,
}

impl RoadGraph {
    /// Places and edges `(from, to, km)` between their indices; an edge to a place that is not there is left out.
    #[must_use]
    pub fn new(
        places: impl IntoIterator<Item = Position>,
        edges: impl IntoIterator<Item = (usize, usize, f64)>,
    ) -> Self {
        let places: Vec<Position> = places.into_iter().collect();
        let mut by_origin = vec![Vec::new(); places.len()];
        for (from, to, km) in edges {
            if from < places.len() && to < places.len() {
                by_origin[from].push((to as u32, km));
            }
        }
        let mut exact = FxHashMap::default();
        let mut cells: FxHashMap<_, Vec<u32>> = FxHashMap::default();
        for (index, place) in (0_u32..).zip(&places) {
            exact.entry(bits(*place)).or_insert(index);
            cells.entry(cell(*place)).or_default().push(index);
        }
        let rows = places.iter().map(|_| OnceLock::new()).collect();
        Self { places, edges: by_origin, rows, exact, cells }
    }

    /// Places without any road: every distance is great circle x 1.3.
    #[must_use]
    pub fn without_edges(places: impl IntoIterator<Item = Position>) -> Self {
        Self::new(places, [])
    }

    /// The way from one position to another: along the roads where both ends have a place of them near, else as the
    /// crow flies, with the length it is assumed to have.
    #[must_use]
    pub fn route(&self, from: Position, to: Position) -> Route {
        let straight = || Route::straight(from, to);
        let (Some(origin), Some(destination)) = (self.nearest(from), self.nearest(to)) else {
            return straight();
        };
        let row = self.row(origin);
        if origin == destination || !row.km[destination as usize].is_finite() {
            return straight();
        }
        let mut back = vec![destination];
        let mut place = destination;
        while place != origin {
            place = row.before[place as usize];
            back.push(place);
        }
        let entry = from.assumed_road_km(self.place(origin));
        let mut points = vec![(0.0, from)];
        points.extend(back.iter().rev().map(|place| (entry + row.km[*place as usize], self.place(*place))));
        let last_km = entry + row.km[destination as usize];
        points.push((last_km + self.place(destination).assumed_road_km(to), to));
        Route { points }
    }

    /// The place nearest to a position; `None` when there are no places within some hundred km.
    fn nearest(&self, position: Position) -> Option<u32> {
        if let Some(place) = self.exact.get(&bits(position)) {
            return Some(*place);
        }
        let (row, column) = cell(position);
        let mut best = None;
        for ring in 0..8 {
            for place in self.ring(row, column, ring) {
                let km = self.place(place).distance_km(position);
                if best.is_none_or(|(best_km, _)| km < best_km) {
                    best = Some((km, place));
                }
            }
            // One more ring after the first hit: a place of the next ring can be nearer than a corner of this one.
            if best.is_some() && ring > 0 {
                break;
            }
        }
        best.map(|(_, place)| place)
    }

    /// The places of the cells at a distance of `ring` cells.
    fn ring(&self, row: i32, column: i32, ring: i32) -> impl Iterator<Item = u32> + '_ {
        let cells = (-ring..=ring).flat_map(move |south| {
            let step = if south.abs() == ring { 1 } else { (2 * ring).max(1) };
            (-ring..=ring).step_by(step as usize).map(move |east| (row + south, column + east))
        });
        cells.filter_map(|key| self.cells.get(&key)).flatten().copied()
    }

    fn place(&self, index: u32) -> Position {
        self.places[index as usize]
    }

    fn row(&self, origin: u32) -> &Row {
        self.rows[origin as usize].get_or_init(|| self.shortest_from(origin))
    }

    /// Dijkstra's algorithm. Ties fall to the lower index, so that the same graph gives the same routes.
    fn shortest_from(&self, origin: u32) -> Row {
        let mut km = vec![f64::INFINITY; self.places.len()];
        let mut before = vec![NONE; self.places.len()];
        let mut queue = BinaryHeap::from([Reverse((Km(0.0), origin))]);
        km[origin as usize] = 0.0;
        while let Some(Reverse((Km(reached), place))) = queue.pop() {
            if reached > km[place as usize] {
                continue;
            }
            for &(next, length) in &self.edges[place as usize] {
                let candidate = reached + length;
                if candidate < km[next as usize] {
                    km[next as usize] = candidate;
                    before[next as usize] = place;
                    queue.push(Reverse((Km(candidate), next)));
                }
            }
        }
        Row { km, before }
    }
}

impl RoadNetwork for RoadGraph {
    /// From the position to its nearest place, along the roads, and from the other end's nearest place to it. Where no
    /// road leads (an island), great circle x 1.3.
    fn distance_km(&self, from: Position, to: Position) -> f64 {
        let (Some(origin), Some(destination)) = (self.nearest(from), self.nearest(to)) else {
            return from.assumed_road_km(to);
        };
        let road = self.row(origin).km[destination as usize];
        if origin == destination || !road.is_finite() {
            return from.assumed_road_km(to);
        }
        from.assumed_road_km(self.place(origin)) + road + self.place(destination).assumed_road_km(to)
    }
}

fn bits(position: Position) -> (u64, u64) {
    (position.latitude.to_bits(), position.longitude.to_bits())
}

fn cell(position: Position) -> (i32, i32) {
    ((position.latitude / CELL_DEGREES).floor() as i32, (position.longitude / CELL_DEGREES).floor() as i32)
}

/// A distance that can be ordered; never NaN here.
#[derive(Clone, Copy, PartialEq)]
struct Km(f64);

impl Eq for Km {}

impl PartialOrd for Km {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Km {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// A way with its length: points with their km from the start, never falling.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    points: Vec<(f64, Position)>,
}

impl Route {
    /// As the crow flies, as long as the road is assumed to be.
    #[must_use]
    pub fn straight(from: Position, to: Position) -> Self {
        Self { points: vec![(0.0, from), (from.assumed_road_km(to), to)] }
    }

    /// The whole length.
    #[must_use]
    pub fn km(&self) -> f64 {
        self.points.last().map_or(0.0, |(km, _)| *km)
    }

    /// Its points in order.
    pub fn points(&self) -> impl Iterator<Item = Position> + '_ {
        self.points.iter().map(|(_, place)| *place)
    }

    /// Where one is after some km; the ends hold beyond them.
    #[must_use]
    pub fn at(&self, km: f64) -> Position {
        let next = self.points.partition_point(|(at, _)| *at < km);
        let Some((to_km, to)) = self.points.get(next).or(self.points.last()).copied() else {
            return Position { latitude: 0.0, longitude: 0.0 };
        };
        let Some((from_km, from)) = next.checked_sub(1).and_then(|before| self.points.get(before)).copied()
        else {
            return to;
        };
        let share = if to_km > from_km { ((km - from_km) / (to_km - from_km)).clamp(0.0, 1.0) } else { 1.0 };
        Position {
            latitude: from.latitude + (to.latitude - from.latitude) * share,
            longitude: from.longitude + (to.longitude - from.longitude) * share,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    fn position(latitude: f64, longitude: f64) -> Position {
        Position::new(latitude, longitude).unwrap()
    }

    prop_compose! {
        fn graph()(points in vec((40.0..46.0, 8.0..14.0), 2..12))(
            edges in vec((0..points.len(), 0..points.len(), 1.0..200.0), 0..40),
            points in Just(points),
        ) -> (Vec<Position>, Vec<(usize, usize, f64)>) {
            (points.into_iter().map(|(latitude, longitude)| position(latitude, longitude)).collect(), edges)
        }
    }

    /// Floyd-Warshall: slow and surely right.
    fn every_distance(places: usize, edges: &[(usize, usize, f64)]) -> Vec<Vec<f64>> {
        let mut km = vec![vec![f64::INFINITY; places]; places];
        for (from, to, length) in edges {
            km[*from][*to] = km[*from][*to].min(*length);
        }
        for via in 0..places {
            km[via][via] = 0.0;
            for from in 0..places {
                for to in 0..places {
                    km[from][to] = km[from][to].min(km[from][via] + km[via][to]);
                }
            }
        }
        km
    }

    proptest! {
        #[test]
        fn distances_are_the_shortest((places, edges) in graph()) {
            let expected = every_distance(places.len(), &edges);
            let roads = RoadGraph::new(places.iter().copied(), edges);
            for (from, row) in expected.iter().enumerate() {
                for (to, km) in row.iter().enumerate() {
                    let found = roads.row(from as u32).km[to];
                    prop_assert!((found - km).abs() < 1e-6 || (found.is_infinite() && km.is_infinite()));
                }
            }
        }

        #[test]
        fn a_route_is_as_long_as_its_distance_and_joins_both_ends(
            (places, edges) in graph(), a in 40.0..46.0, b in 8.0..14.0, c in 40.0..46.0, d in 8.0..14.0,
        ) {
            let roads = RoadGraph::new(places, edges);
            let (from, to) = (position(a, b), position(c, d));
            let route = roads.route(from, to);
            prop_assert!((route.km() - roads.distance_km(from, to)).abs() < 1e-6);
            prop_assert!(route.at(0.0).distance_km(from) < 1e-6 && route.at(route.km()).distance_km(to) < 1e-6);
            prop_assert!(route.at(f64::MAX).distance_km(to) < 1e-6 && route.at(-1.0).distance_km(from) < 1e-6);
        }

        #[test]
        fn the_grid_finds_the_nearest_place(points in vec((45.0..46.0, 9.0..10.0), 1..30), a in 45.0..46.0, b in 9.0..10.0) {
            let places: Vec<Position> = points.into_iter().map(|(latitude, longitude)| position(latitude, longitude)).collect();
            let roads = RoadGraph::without_edges(places.iter().copied());
            let at = position(a, b);
            let nearest = places.iter().map(|place| place.distance_km(at)).fold(f64::INFINITY, f64::min);
            let found = roads.nearest(at).map(|place| roads.place(place).distance_km(at)).unwrap();
            // Two rings of half-degree cells see everything within 0.5 degrees of longitude, 39 km at 45 degrees.
            prop_assert!(found <= nearest + 1e-9 || nearest > 38.0, "{found} {nearest}");
        }
    }

    #[test]
    fn half_way_is_half_way() {
        let route = Route {
            points: vec![
                (0.0, position(45.0, 9.0)),
                (50.0, position(45.0, 10.0)),
                (150.0, position(44.0, 10.0)),
            ],
        };
        assert_eq!(route.at(25.0), position(45.0, 9.5));
        assert_eq!(route.at(100.0), position(44.5, 10.0));
    }
}
