//! A plain Dijkstra search, written here without the graph of turns, agrees with the hierarchy and with A* on random
//! pairs of every extract, for every vehicle and objective, with and without turn costs.

#![expect(clippy::unwrap_used, reason = "a test may fail at any step")]

use roads::{
    Edge, Graph, Objective, Router, Vehicle, Wish,
    conditions::Law,
    geometry::Point,
    import,
    index::Place,
    metric::Metric,
    read_region,
    search::{self, Ends, along_mm},
    synthetic::{self, Dice},
};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    path::PathBuf,
};

/// Random pairs on every graph for each objective and each treatment of turns, split over the vehicles.
const PAIRS: usize = 1_000;

fn data(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
    }
    path.exists().then_some(path)
}

/// The weight of the best way by a search whose states are the last edges driven, as many as the longest restriction
/// needs: slow, and with nothing in common with the graph of turns.
struct Plain<'g> {
    graph: &'g Graph,
    metric: &'g Metric,
    memory: usize,
}

impl<'g> Plain<'g> {
    fn new(graph: &'g Graph, metric: &'g Metric) -> Self {
        let longest = graph.parts().restrictions.iter().map(|r| r.edges.len()).max().unwrap_or(2);
        Self { graph, metric, memory: longest - 1 }
    }

    fn forbidden(&self, way: &[Edge]) -> bool {
        let vehicle = &self.metric.wish.vehicle;
        let rules = &self.graph.parts().restrictions;
        self.metric.wish.turns
            && rules
                .iter()
                .any(|rule| way.ends_with(&rule.edges) && self.graph.binds(rule, vehicle, Law::Always))
    }

    /// The turns a vehicle may take after some edges: on, or back where there is no way on and a road ends.
    fn turns(&self, way: &[Edge]) -> Vec<Edge> {
        let last = way[way.len() - 1];
        let node = self.graph.head(last);
        let vehicle = &self.metric.wish.vehicle;
        let gate = self.graph.gate(node);
        let fits = |measure: u16, limit: u16| limit == 0 || measure <= limit;
        let shut = gate.is_some_and(|gate| {
            gate.closed & vehicle.kind.bit() != 0
                || !fits(vehicle.height_cm, gate.limits.height_cm)
                || !fits(vehicle.width_cm, gate.limits.width_cm)
                || !fits(vehicle.length_cm, gate.limits.length_cm)
                || !fits(vehicle.weight_10kg, gate.limits.weight_10kg)
                || !fits(vehicle.axle_10kg, gate.limits.axle_10kg)
        });
        let allowed = |next: &Edge| self.metric.is_open(*next) && !self.forbidden(&[way, &[*next]].concat());
        let out = self.graph.out(node);
        let on: Vec<Edge> =
            out.iter().copied().filter(|next| *next != last.reversed() && allowed(next)).collect();
        if !on.is_empty() && !shut {
            return on;
        }
        let beyond = out.iter().filter(|next| **next != last.reversed() && **next != last);
        let kinds = beyond.fold(0, |kinds, next| kinds | self.graph.road(*next).open(next.direction()));
        let ends = self.graph.road(last).open(last.direction()) & !kinds != 0 || gate.is_some();
        out.iter().copied().filter(|next| *next == last.reversed() && ends && allowed(next)).collect()
    }

    fn part(&self, edge: Edge, mm: u32) -> u64 {
        let length = u64::from(self.graph.segment(edge).length_mm);
        let weight = u64::from(self.metric.edges[edge.index()]);
        (weight * u64::from(mm)).checked_div(length).unwrap_or(0)
    }

    fn best(&self, from: &Place, to: &Place) -> Option<u64> {
        let both = |place: &Place| {
            let edge = Edge(2 * place.segment as u32);
            [edge, edge.reversed()].into_iter().filter(|edge| self.metric.is_open(*edge)).collect::<Vec<_>>()
        };
        let mut best = u64::MAX;
        let mut queue = BinaryHeap::new();
        let mut settled: HashMap<Vec<Edge>, u64> = HashMap::new();
        for edge in both(from) {
            let start = along_mm(self.graph, edge, from);
            let end = along_mm(self.graph, edge, to);
            if from.segment == to.segment && start <= end {
                best = best.min(self.part(edge, end) - self.part(edge, start));
            }
            let weight = u64::from(self.metric.edges[edge.index()]) - self.part(edge, start);
            queue.push(Reverse((weight, vec![edge], true)));
        }
        while let Some(Reverse((weight, way, begins))) = queue.pop() {
            if weight >= best {
                break;
            }
            if !begins && settled.insert(way.clone(), weight).is_some() {
                continue;
            }
            let last = way[way.len() - 1];
            for next in self.turns(&way) {
                let turn = u64::from(self.metric.turn(self.graph, last, next));
                if next.segment() == to.segment {
                    best = best.min(weight + turn + self.part(next, along_mm(self.graph, next, to)));
                }
                let weight = weight + turn + u64::from(self.metric.edges[next.index()]);
                let mut way = [way.as_slice(), &[next]].concat();
                way.drain(..way.len().saturating_sub(self.memory));
                if !settled.contains_key(&way) {
                    queue.push(Reverse((weight, way, false)));
                }
            }
        }
        (best != u64::MAX).then_some(best)
    }
}

fn random_point(graph: &Graph, dice: &mut Dice) -> Point {
    let edge = Edge(dice.below(graph.edge_count() as u32));
    let line = graph.line(edge);
    let point = line[dice.below(line.len() as u32) as usize];
    let away = |dice: &mut Dice| dice.below(4_000) as i32 - 2_000;
    Point::new(point.lat_e7 + away(dice), point.lon_e7 + away(dice)).unwrap_or(point)
}

fn compare(name: &str, graph: Graph, pairs: usize) {
    let router = Router::contracted(graph).unwrap();
    let graph = router.graph();
    let mut dice = Dice::new(7);
    let mut routes = 0;
    for vehicle in Vehicle::ALL {
        for objective in Objective::ALL {
            for turns in [true, false] {
                let wish = Wish { vehicle, objective, turns };
                let ready = router.ready(wish);
                let metric = &ready.metric;
                let plain = Plain::new(graph, metric);
                let per_m = search::least_per_m(graph, metric);
                for _ in 0..pairs / Vehicle::ALL.len() {
                    let (start, end) = (random_point(graph, &mut dice), random_point(graph, &mut dice));
                    let places = router.places(metric, start).next().zip(router.places(metric, end).next());
                    let Some((from, to)) = places else { continue };
                    let expected = plain.best(&from, &to);
                    let ends = Ends::between(graph, metric, &from, &to);
                    let found = router.route(wish, start, end).ok().map(|route| u64::from(route.weight));
                    assert_eq!(found, expected, "{name}: {start:?} to {end:?}, {wish:?}");
                    let towards = search::towards(graph, metric, &ends, to.point, per_m);
                    let towards = towards.map(|way| u64::from(way.weight));
                    assert_eq!(towards, expected, "{name}, A*: {start:?} to {end:?}, {wish:?}");
                    let cell = router.matrix(wish, &[start], &[end])[0][0].map(u64::from);
                    assert_eq!(cell, expected, "{name}, matrix: {start:?} to {end:?}, {wish:?}");
                    routes += usize::from(found.is_some());
                }
            }
        }
    }
    println!("{name}: {pairs} pairs agree for each objective and treatment of turns, {routes} routes in all");
    assert!(routes > 0, "{name}");
}

fn extract(name: &str) {
    let Some(path) = data(&format!("osm/{name}")) else { return };
    compare(name, import(&path, None, &mut |_| {}).unwrap().graph, PAIRS);
}

#[test]
fn monaco() {
    extract("monaco.osm.gz");
}

#[test]
fn andorra() {
    extract("andorra.osm.pbf");
}

#[test]
fn north_bayreuth() {
    extract("north-bayreuth.osm.gz");
}

#[test]
fn the_small_extracts() {
    for name in ["circle-bug.osm.gz", "one_way_dead_end.osm.pbf", "test_simple_turncosts.osm.xml"] {
        extract(name);
    }
}

#[test]
fn the_region_network() {
    let Some(folder) = data("freight-eu") else { return };
    compare("freight-eu", read_region(&folder).unwrap().graph, PAIRS);
}

#[test]
fn a_synthetic_graph_with_random_restrictions() {
    let mut parts = synthetic::generate(700, 3).unwrap().parts().clone();
    let graph = Graph::new(parts.clone()).unwrap();
    let mut dice = Dice::new(11);
    while parts.restrictions.len() < 250 {
        let mut edges = vec![Edge(dice.below(graph.edge_count() as u32))];
        for _ in 0..1 + dice.below(4) {
            let out = graph.out(graph.head(edges[edges.len() - 1]));
            let next = out[dice.below(out.len() as u32) as usize];
            if next != edges[edges.len() - 1].reversed() {
                edges.push(next);
            }
        }
        if edges.len() >= 2 {
            let kinds = 1 + dice.below(7) as u8;
            parts.restrictions.push(roads::graph::Restriction { edges, kinds, when: Default::default() });
        }
    }
    let graph = Graph::new(parts).unwrap();
    assert!(graph.expanded().further().count() > 50, "restrictions over several edges need further states");
    // The plain search remembers five edges here: few pairs keep it quick.
    compare("synthetic", graph, 80);
}
