//! Speeds learned from matched tracks: what each edge took at each hour of the week, beside what it usually takes.
//!
//! Hours are those of UTC, for what is learned and for what is asked: a rush hour is the same hour of the day until the
//! clocks change, and for a few weeks after is learned anew.

use crate::{
    failure::RoadsError,
    geometry::Point,
    graph::{Edge, Graph},
    live::Live,
    matching::match_track,
    metric::edge_effort,
    route::Route,
    router::Router,
    vehicle::Vehicle,
};
use contracts::ports::TrafficEffect;
use kernel::Timestamp;
use rustc_hash::FxHashMap;
use std::{io::Write as _, path::Path, time::Duration};

/// Hours of a week.
pub const HOURS: usize = 168;
/// The last letter is the version.
const MAGIC: &[u8; 8] = b"ABSPEED1";
/// An edge's own record counts like so many drives on it less than none.
const DRIVES: f64 = 2.0;
/// All edges of a class in an hour count like so much driving less than none.
const CLASS_MS: f64 = 1_800_000.0;
/// A drive this much faster or slower than usual was watched badly.
const BELIEVABLE: std::ops::RangeInclusive<f64> = 0.4..=12.0;
/// Less than this is no reason for another way.
const SLOW_FROM: f64 = 1.05;

/// An hour of the week of UTC; 0 begins on Monday 00:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HourOfWeek(u8);

impl HourOfWeek {
    /// The hour of an instant.
    #[must_use]
    pub const fn of(at: Timestamp) -> Self {
        // The epoch was a Thursday.
        Self((at.millis().div_euclid(3_600_000) + 72).rem_euclid(HOURS as i64) as u8)
    }

    const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What drives took, and what they would have taken as a rule, in ms.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Pace {
    actual: f64,
    usual: f64,
}

impl Pace {
    fn add(&mut self, actual: f64, usual: f64) {
        self.actual += actual;
        self.usual += usual;
    }

    /// Actual by usual; so much of an assumption counts with it.
    fn factor(&self, assumed: f64, weight: f64) -> f64 {
        (self.actual + assumed * weight) / (self.usual + weight)
    }
}

/// Learned speeds of one graph.
#[derive(Debug, Clone)]
pub struct Speeds {
    edges: Vec<FxHashMap<Edge, Pace>>,
    /// By class of road and hour.
    classes: FxHashMap<(u8, u8), Pace>,
}

/// Nothing learned.
impl Default for Speeds {
    fn default() -> Self {
        Self { edges: vec![FxHashMap::default(); HOURS], classes: FxHashMap::default() }
    }
}

impl Speeds {
    /// How many edges are known at how many hours, together.
    #[must_use]
    pub fn len(&self) -> usize {
        self.edges.iter().map(FxHashMap::len).sum()
    }

    /// Whether nothing is learned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Learns from the way between two positions: its time is spread over its edges as they usually take it. False for
    /// one that cannot have been driven so, such as a stop.
    pub fn learn(&mut self, graph: &Graph, route: &Route, began: Timestamp, took: Duration) -> bool {
        let usual = route.effort.time_ms as f64;
        let ratio = took.as_secs_f64() * 1000.0 / usual;
        if !BELIEVABLE.contains(&ratio) {
            return false;
        }
        let hour = HourOfWeek::of(began);
        for (edge, usual) in route.edges.iter().zip(&route.times_ms).filter(|(_, usual)| **usual > 0) {
            let usual = *usual as f64;
            self.put(graph, hour, *edge, Pace { actual: usual * ratio, usual });
        }
        true
    }

    fn put(&mut self, graph: &Graph, hour: HourOfWeek, edge: Edge, pace: Pace) {
        self.edges[hour.index()].entry(edge).or_default().add(pace.actual, pace.usual);
        let class = (graph.road(edge).class as u8, hour.0);
        self.classes.entry(class).or_default().add(pace.actual, pace.usual);
    }

    /// How many times as long as usual an edge takes a vehicle in an hour: by its own record, as far as that goes, else as
    /// roads of its class in that hour.
    #[must_use]
    pub fn factor(&self, graph: &Graph, vehicle: &Vehicle, edge: Edge, hour: HourOfWeek) -> f64 {
        let class = self.classes.get(&(graph.road(edge).class as u8, hour.0));
        let assumed = class.map_or(1.0, |pace| pace.factor(1.0, CLASS_MS));
        let Some(own) = self.edges.get(hour.index()).and_then(|edges| edges.get(&edge)) else {
            return assumed;
        };
        let once = edge_effort(graph, edge, vehicle).map_or(0, |effort| effort.time_ms);
        own.factor(assumed, (once as f64 * DRIVES).max(1.0))
    }

    /// The edges that are slow in an hour by their own record, put among what hinders traffic: a way is chosen by them.
    pub fn slow_at(&self, graph: &Graph, vehicle: &Vehicle, hour: HourOfWeek, live: &mut Live) {
        let known = self.edges.get(hour.index());
        for edge in known.into_iter().flat_map(FxHashMap::keys) {
            let factor = self.factor(graph, vehicle, *edge, hour);
            if factor >= SLOW_FROM {
                let percent = (100.0 / factor).round().clamp(1.0, 100.0) as u8;
                live.add(&[*edge], TrafficEffect::Slowed { percent });
            }
        }
    }

    /// A route driven from an instant on: each edge takes what it takes in the hour in which it is reached, or what an
    /// incident makes of it when that is worse.
    #[must_use]
    pub fn timed(
        &self,
        graph: &Graph,
        vehicle: &Vehicle,
        live: &Live,
        began: Timestamp,
        route: &Route,
    ) -> Route {
        let mut route = route.clone();
        let mut clock = began;
        for index in 0..route.edges.len() {
            let edge = route.edges[index];
            let learned = self.factor(graph, vehicle, edge, HourOfWeek::of(clock));
            let hindered = match live.on(edge) {
                Some(TrafficEffect::Slowed { percent }) => 100.0 / f64::from(percent.max(1)),
                Some(TrafficEffect::Closed) | None => 1.0,
            };
            let usual = route.usual_ms(graph, vehicle, index) as f64;
            let factor = if hindered > 1.0 { learned.max(hindered) } else { learned };
            route.times_ms[index] = (usual * factor).round() as u64;
            clock = clock.after(Duration::from_millis(route.times_ms[index]));
        }
        route.effort.time_ms = route.times_ms.iter().sum();
        route.cost_e5 = route.effort.cost_e5(vehicle);
        route
    }

    /// Writes what is learned beside its place and renames it into it.
    ///
    /// # Errors
    /// [`RoadsError::File`].
    pub fn write(&self, path: &Path, graph: &Graph) -> Result<(), RoadsError> {
        let mut body = fingerprint(graph).to_le_bytes().to_vec();
        for (hour, edges) in self.edges.iter().enumerate() {
            let mut edges: Vec<_> = edges.iter().collect();
            edges.sort_unstable_by_key(|(edge, _)| **edge);
            for (edge, pace) in edges {
                body.extend(edge.0.to_le_bytes());
                body.push(hour as u8);
                body.extend(pace.actual.to_le_bytes());
                body.extend(pace.usual.to_le_bytes());
            }
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = crate::file::beside(folder).map_err(RoadsError::file(path))?;
        let written = file
            .write_all(MAGIC)
            .and_then(|()| file.write_all(&crc32fast::hash(&body).to_le_bytes()))
            .and_then(|()| file.write_all(&body))
            .and_then(|()| file.as_file().sync_all());
        written.map_err(RoadsError::file(path))?;
        file.persist(path).map_err(|error| RoadsError::file(path)(error.error))?;
        Ok(())
    }

    /// Reads what was learned on a graph.
    ///
    /// # Errors
    /// [`RoadsError::File`]; [`RoadsError::Malformed`] for a damaged file or one of another graph.
    pub fn read(path: &Path, graph: &Graph) -> Result<Self, RoadsError> {
        let bytes = std::fs::read(path).map_err(RoadsError::file(path))?;
        let damaged = |what: &str| RoadsError::malformed(path, 0, what);
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| damaged("these are no learned speeds"))?;
        let (sum, body) = rest.split_first_chunk::<4>().ok_or_else(|| damaged("the speeds are truncated"))?;
        if crc32fast::hash(body) != u32::from_le_bytes(*sum) {
            return Err(damaged("the speeds are damaged"));
        }
        let (of, cells) = body.split_first_chunk::<4>().ok_or_else(|| damaged("the speeds are truncated"))?;
        if u32::from_le_bytes(*of) != fingerprint(graph) {
            return Err(damaged("the speeds were learned on another graph"));
        }
        let (cells, rest) = cells.as_chunks::<21>();
        let mut speeds = Self::default();
        for cell in cells {
            let (edge, hour, pace) = read_cell(cell);
            let sound = pace.actual.is_finite() && pace.usual.is_finite() && pace.usual > 0.0;
            if edge.index() >= graph.edge_count() || usize::from(hour) >= HOURS || !sound {
                return Err(damaged("the speeds are damaged"));
            }
            speeds.put(graph, HourOfWeek(hour), edge, pace);
        }
        if rest.is_empty() { Ok(speeds) } else { Err(damaged("the speeds are truncated")) }
    }
}

/// Between positions further apart in time nobody knows which way was driven.
const GAP: Duration = Duration::from_secs(300);

/// Learns from a track in the order of time, laid on roads: how many of its parts said something.
pub fn learn_track(
    router: &Router,
    vehicle: Vehicle,
    track: &[(Point, Timestamp)],
    speeds: &mut Speeds,
) -> usize {
    let points: Vec<Point> = track.iter().map(|(point, _)| *point).collect();
    let matched = match_track(router, vehicle, &points);
    let said = matched.ways.iter().filter(|(from, route)| {
        let (began, ended) = (track[*from].1, track[*from + 1].1);
        let took = ended.since(began);
        took <= GAP && speeds.learn(router.graph(), route, began, took)
    });
    said.count()
}

/// An edge, an hour and two sums, 21 bytes.
fn read_cell(cell: &[u8; 21]) -> (Edge, u8, Pace) {
    let number = |from: usize| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&cell[from..from + 8]);
        f64::from_le_bytes(bytes)
    };
    let edge = u32::from_le_bytes([cell[0], cell[1], cell[2], cell[3]]);
    (Edge(edge), cell[4], Pace { actual: number(5), usual: number(13) })
}

/// Tells one graph from another: edges of another import are other edges.
fn fingerprint(graph: &Graph) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for segment in &graph.parts().segments {
        for number in [segment.ends[0], segment.ends[1], segment.length_mm] {
            hasher.update(&number.to_le_bytes());
        }
    }
    hasher.finalize()
}
