//! Answers with routes.

use crate::{
    alternatives::alternatives,
    climb::{Desk, Prepared},
    conditions::Law,
    file::Shelf,
    geometry::Point,
    graph::{Edge, Graph, Inconsistent},
    hierarchy::{Customised, Hierarchy},
    index::{Index, Place},
    metric::{CLOSED, Metric, Wish},
    moment::Moments,
    route::Route,
    search::{self, Ends, Goal, Seed, Way},
    vehicle::{Objective, Vehicle},
};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A place further than this from any road is not on the map.
pub const AWAY_M_MAX: f64 = 5_000.0;

/// What graph files keep the weights of: the fastest ways of the vehicles that trips and plans are reckoned with.
pub const KEPT_WISHES: [Wish; 3] = {
    const fn fastest(vehicle: Vehicle) -> Wish {
        Wish { vehicle, objective: Objective::Fastest, turns: true }
    }
    [fastest(Vehicle::VAN), fastest(Vehicle::TRUCK_12T), fastest(Vehicle::TRUCK_40T)]
};

/// One metric, ready for searches.
#[derive(Debug)]
pub struct Ready {
    /// The weights of edges and turns.
    pub metric: Metric,
    /// The weights of the hierarchy.
    pub customised: Customised,
}

/// Why there is no route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No road that the vehicle can use is near the beginning.
    FromOffRoad,
    /// No road that the vehicle can use is near the end.
    ToOffRoad,
    /// The roads do not join the two for this vehicle.
    Unconnected,
}

impl Reason {
    /// A stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::FromOffRoad => "from_off_road",
            Self::ToOffRoad => "to_off_road",
            Self::Unconnected => "unconnected",
        }
    }
}

/// There is no route.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoRoute {
    /// Why.
    pub reason: Reason,
    /// The place nearest to the end that can be reached; for [`Reason::FromOffRoad`] the nearest place to begin at.
    /// None when the vehicle can use no road at all.
    pub nearest: Option<Place>,
}

/// A graph with everything that routes need. Metrics are prepared when they are first asked for, and kept.
#[derive(Debug)]
pub struct Router {
    graph: Graph,
    hierarchy: Hierarchy,
    index: Index,
    /// By wish, and whether by the least law.
    ready: Mutex<FxHashMap<(Wish, bool), Arc<Ready>>>,
    desks: Mutex<Vec<Desk>>,
    /// The restrictions that hold at some times only.
    changing: Vec<u32>,
    moments: Moments,
    shelf: Shelf,
}

impl Router {
    /// A router over a graph and its hierarchy.
    #[must_use]
    pub fn new(graph: Graph, hierarchy: Hierarchy) -> Self {
        Self::with_shelf(graph, hierarchy, Shelf::default())
    }

    /// The same with weights that were worked out before.
    pub(crate) fn with_shelf(graph: Graph, hierarchy: Hierarchy, shelf: Shelf) -> Self {
        let index = Index::of(&graph);
        let rules = graph.parts().restrictions.iter().zip(0_u32..);
        let changing = rules.filter(|(rule, _)| rule.when.is_timed()).map(|(_, at)| at).collect();
        let (ready, desks, moments) = (Mutex::default(), Mutex::default(), Moments::default());
        Self { graph, hierarchy, index, ready, desks, changing, moments, shelf }
    }

    /// What is worth keeping of some wishes: them by the law that questions with a departure begin from, and by
    /// that of any time where the two are not the same.
    pub(crate) fn worth_keeping(&self, wishes: &[Wish]) -> Vec<(Wish, Law)> {
        let laws: &[Law] = if self.changing.is_empty() { &[Law::Always] } else { &[Law::Always, Law::Least] };
        wishes.iter().flat_map(|wish| laws.iter().map(|law| (*wish, *law))).collect()
    }

    /// How many metrics' weights its file keeps.
    #[must_use]
    pub fn kept_weights(&self) -> usize {
        self.shelf.len()
    }

    /// Works a metric out, or takes it from the file.
    pub(crate) fn prepare(&self, wish: Wish, law: Law) -> Ready {
        let metric = Metric::of(&self.graph, wish, law);
        let kept = self.shelf.take(metric.fingerprint(), &self.hierarchy);
        let customised = kept.unwrap_or_else(|| Customised::of(&self.graph, &self.hierarchy, &metric));
        Ready { metric, customised }
    }

    /// A router over a graph, contracted now.
    ///
    /// # Errors
    /// [`Inconsistent`] when the graph is too large.
    pub fn contracted(graph: Graph) -> Result<Self, Inconsistent> {
        let hierarchy = Hierarchy::of(&graph)?;
        Ok(Self::new(graph, hierarchy))
    }

    /// The graph.
    #[must_use]
    pub const fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The hierarchy.
    #[must_use]
    pub const fn hierarchy(&self) -> &Hierarchy {
        &self.hierarchy
    }

    /// The restrictions that hold at some times only.
    pub(crate) fn changing(&self) -> &[u32] {
        &self.changing
    }

    /// What was worked out for moments.
    pub(crate) const fn moments(&self) -> &Moments {
        &self.moments
    }

    /// The metric of a wish, for any time of the week.
    pub fn ready(&self, wish: Wish) -> Arc<Ready> {
        self.ready_under(wish, Law::Always)
    }

    /// The metric of a wish under a law that does not depend on the hour.
    pub(crate) fn ready_under(&self, wish: Wish, law: Law) -> Arc<Ready> {
        let key = (wish, law == Law::Least);
        if let Some(ready) = self.ready.lock().get(&key) {
            return Arc::clone(ready);
        }
        // Two callers may prepare the same at once; one result is kept, both are equal.
        let ready = Arc::new(self.prepare(wish, law));
        Arc::clone(self.ready.lock().entry(key).or_insert(ready))
    }

    /// Runs something at a desk: labels are reused between searches.
    pub(crate) fn at_desk<T>(&self, work: impl FnOnce(&mut Desk) -> T) -> T {
        let mut desk = self.desks.lock().pop().unwrap_or_default();
        let answer = work(&mut desk);
        self.desks.lock().push(desk);
        answer
    }

    /// What searches on a metric need.
    #[must_use]
    pub fn prepared<'r>(&'r self, ready: &'r Ready) -> Prepared<'r> {
        let Ready { metric, customised } = ready;
        Prepared { graph: &self.graph, hierarchy: &self.hierarchy, metric, customised }
    }

    /// The places near a point on roads that a vehicle can use, nearest first, as far as [`AWAY_M_MAX`].
    pub fn places<'r>(&'r self, metric: &'r Metric, point: Point) -> impl Iterator<Item = Place> + 'r {
        let usable = |segment| usable(metric, segment);
        self.index.near(&self.graph, point, usable).take_while(|place| place.away_m <= AWAY_M_MAX)
    }

    /// The best route between two points, legal at any time of the week.
    ///
    /// # Errors
    /// [`NoRoute`] with the reason and the nearest place that can be reached.
    pub fn route(&self, wish: Wish, from: Point, to: Point) -> Result<Route, NoRoute> {
        let ready = self.ready(wish);
        let (from, to) = self.both_places(&ready.metric, from, to)?;
        let ends = Ends::between(&self.graph, &ready.metric, &from, &to);
        let way = self.at_desk(|desk| desk.route(&self.prepared(&ready), &ends));
        self.answer(&ready.metric, way, from, to)
    }

    /// The best route and others worth taking, at most `count`, the best first; legal at any time of the week.
    ///
    /// # Errors
    /// As for [`Router::route`].
    pub fn routes(&self, wish: Wish, from: Point, to: Point, count: usize) -> Result<Vec<Route>, NoRoute> {
        self.routes_on(&self.ready(wish), from, to, count)
    }

    /// The same on one metric.
    pub(crate) fn routes_on(
        &self,
        ready: &Ready,
        from: Point,
        to: Point,
        count: usize,
    ) -> Result<Vec<Route>, NoRoute> {
        let (from, to) = self.both_places(&ready.metric, from, to)?;
        let ends = Ends::between(&self.graph, &ready.metric, &from, &to);
        let on = self.prepared(ready);
        let ways = self.at_desk(|desk| alternatives(desk, &on, &ends, count.max(1)));
        if ways.is_empty() {
            return self.answer(&ready.metric, None, from, to).map(|route| vec![route]);
        }
        ways.into_iter().map(|way| self.answer(&ready.metric, Some(way), from, to)).collect()
    }

    /// The place on any road nearest to a point.
    #[must_use]
    pub fn nearest_road(&self, point: Point) -> Option<Place> {
        self.index.near(&self.graph, point, |_| true).next()
    }

    /// The pieces of road that come within so many metres of a point.
    pub fn roads_within(&self, point: Point, radius_m: f64) -> impl Iterator<Item = usize> + '_ {
        let near = self.index.near(&self.graph, point, |_| true);
        near.take_while(move |place| place.away_m <= radius_m).map(|place| place.segment)
    }

    /// The best route between two places on roads.
    #[must_use]
    pub fn route_between(&self, wish: Wish, from: Place, to: Place) -> Option<Route> {
        let ready = self.ready(wish);
        let ends = Ends::between(&self.graph, &ready.metric, &from, &to);
        let way = self.at_desk(|desk| desk.route(&self.prepared(&ready), &ends))?;
        self.answer(&ready.metric, Some(way), from, to).ok()
    }

    /// The weights of the best routes between all pairs of points: one row for each beginning, none where there is no
    /// route.
    #[must_use]
    pub fn matrix(&self, wish: Wish, from: &[Point], to: &[Point]) -> Vec<Vec<Option<u32>>> {
        let ready = self.ready(wish);
        let places = |points: &[Point]| -> Vec<Option<Place>> {
            points.iter().map(|point| self.places(&ready.metric, *point).next()).collect()
        };
        self.weights(&ready, &[], &places(from), &places(to))
    }

    /// The same between places on roads.
    #[must_use]
    pub fn matrix_between(&self, wish: Wish, from: &[Place], to: &[Place]) -> Vec<Vec<Option<u32>>> {
        let places = |places: &[Place]| -> Vec<Option<Place>> { places.iter().copied().map(Some).collect() };
        self.weights(&self.ready(wish), &[], &places(from), &places(to))
    }

    /// `leaving` are the metrics of those beginnings that have one of their own, by row.
    pub(crate) fn weights(
        &self,
        ready: &Ready,
        leaving: &[Option<Metric>],
        from: &[Option<Place>],
        to: &[Option<Place>],
    ) -> Vec<Vec<Option<u32>>> {
        let metric_of = |row: usize| leaving.get(row).and_then(Option::as_ref).unwrap_or(&ready.metric);
        let of = |(row, place): (usize, &Option<Place>)| {
            place.map_or_else(Vec::new, |place| self.seeds(metric_of(row), &place))
        };
        let seeds: Vec<Vec<Seed>> = from.iter().enumerate().map(of).collect();
        let of =
            |place: &Option<Place>| place.map_or_else(Vec::new, |place| self.goals(&ready.metric, &place));
        let goals: Vec<Vec<Goal>> = to.iter().map(of).collect();
        let rows = self.at_desk(|desk| desk.matrix(&self.prepared(ready), &seeds, &goals));
        let cell = |row: usize, weight: u32, to: &Option<Place>| {
            let (from, to) = (from[row].as_ref()?, to.as_ref()?);
            let direct = search::direct(&self.graph, metric_of(row), from, to);
            Some(weight.min(direct.map_or(CLOSED, |(weight, _)| weight))).filter(|weight| *weight != CLOSED)
        };
        let row = |(row, weights): (usize, Vec<u32>)| {
            weights.into_iter().zip(to).map(|(weight, to)| cell(row, weight, to)).collect()
        };
        rows.into_iter().enumerate().map(row).collect()
    }

    fn seeds(&self, metric: &Metric, place: &Place) -> Vec<Seed> {
        search::seeds(&self.graph, metric, place).collect()
    }

    fn goals(&self, metric: &Metric, place: &Place) -> Vec<Goal> {
        search::goals(&self.graph, metric, place).collect()
    }

    /// Both ends on roads that the vehicle can use.
    pub(crate) fn both_places(
        &self,
        metric: &Metric,
        from: Point,
        to: Point,
    ) -> Result<(Place, Place), NoRoute> {
        let start = self.places(metric, from).next();
        let start = start.ok_or_else(|| {
            let nearest = self.index.near(&self.graph, from, |segment| usable(metric, segment)).next();
            NoRoute { reason: Reason::FromOffRoad, nearest }
        })?;
        let end = self.places(metric, to).next();
        let end = end.ok_or_else(|| NoRoute {
            reason: Reason::ToOffRoad,
            nearest: self.nearest_reachable(metric, &start, to),
        })?;
        Ok((start, end))
    }

    /// A way as a route, checked in debug builds; without a way, why there is none.
    pub(crate) fn answer(
        &self,
        metric: &Metric,
        way: Option<Way>,
        from: Place,
        to: Place,
    ) -> Result<Route, NoRoute> {
        let Some(way) = way else {
            let nearest = self.nearest_reachable(metric, &from, to.point);
            return Err(NoRoute { reason: Reason::Unconnected, nearest });
        };
        let checked = || crate::route::check(&self.graph, metric, &way, &from, &to);
        debug_assert_eq!(checked(), Ok(()), "{:?}", metric.wish);
        Ok(Route::of(&self.graph, metric, way, from, to))
    }

    /// The place nearest to a point that can be reached from a place.
    #[must_use]
    pub fn nearest_reachable(&self, metric: &Metric, from: &Place, to: Point) -> Option<Place> {
        let reached = search::within(&self.graph, metric, from, CLOSED - 1);
        let is_reached = |segment: usize| {
            let edge = Edge(2 * segment as u32);
            segment == from.segment
                || [edge, edge.reversed()]
                    .into_iter()
                    .any(|edge| metric.is_open(edge) && reached[edge.index()] != CLOSED)
        };
        self.index.near(&self.graph, to, is_reached).next()
    }
}

fn usable(metric: &Metric, segment: usize) -> bool {
    let edge = Edge(2 * segment as u32);
    metric.is_open(edge) || metric.is_open(edge.reversed())
}
