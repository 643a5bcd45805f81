//! Ways at a moment: with the traffic of then, and with the restrictions that hold then.
//!
//! The hierarchy of the least law is the estimate of every search: neither traffic nor any hour makes a way lighter than
//! it says. A way of it that meets nothing and breaks no rule of the hour is the best one; else A* finds another.

use crate::{
    conditions::{Departure, Law, WeekMinute},
    geometry::Point,
    graph::Edge,
    hierarchy::Customised,
    index::Place,
    isochrone::isochrone,
    learned::{HourOfWeek, Speeds},
    live::Live,
    metric::{Metric, Wish, admits},
    potential,
    route::Route,
    router::{NoRoute, Ready, Router},
    search::Ends,
    vehicle::Vehicle,
};
use contracts::ports::TrafficEffect;
use kernel::Timestamp;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::{collections::VecDeque, sync::Arc};

/// So many sets of turns are remembered; a vehicle and objective needs one for each set of restrictions in force.
const TURNS_MAX: usize = 64;
/// So many customised hierarchies of moments are remembered; each is as large as those of the usual times.
const READY_MAX: usize = 6;

/// What ways reckon with beyond what is usual.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// What hinders traffic.
    pub live: Live,
    /// Which restrictions count.
    pub law: Law,
}

impl Moment {
    /// Traffic as it is, at whatever hour: what is found is legal at any time of the week.
    #[must_use]
    pub const fn of(live: Live) -> Self {
        Self { live, law: Law::Always }
    }
}

/// The restrictions of an hour that hold at some hours only.
type InForce = Vec<u32>;
/// What each turn weighs, by arc of the graph of turns.
type Turns = Arc<Vec<u32>>;

/// What was worked out for moments.
#[derive(Debug, Default)]
pub(crate) struct Moments {
    turns: Mutex<FxHashMap<(Wish, InForce), Turns>>,
    /// The last asked for first.
    ready: Mutex<VecDeque<Known>>,
}

/// A customised hierarchy of a moment.
#[derive(Debug)]
struct Known {
    wish: Wish,
    live: Live,
    /// None for a way that is legal at any time.
    in_force: Option<InForce>,
    ready: Arc<Ready>,
}

impl Router {
    /// The moment when a vehicle sets out: what was learned of that hour and what is closed then beside what hinders
    /// traffic. It may leave a road that closes.
    #[must_use]
    pub fn moment(&self, vehicle: Vehicle, live: &Live, speeds: &Speeds, began: Timestamp) -> Moment {
        let mut slow = live.clone();
        speeds.slow_at(self.graph(), &vehicle, HourOfWeek::of(began), &mut slow);
        self.departing(vehicle, slow, Departure::Instant(began))
    }

    fn departing(&self, vehicle: Vehicle, mut live: Live, departure: Departure) -> Moment {
        let closed: Vec<Edge> = self.graph().closed_at(vehicle, departure).collect();
        live.add(&closed, TrafficEffect::Closed);
        Moment { live, law: Law::At(departure) }
    }

    /// The best route at a minute of the week: roads are closed and turns forbidden in their hours only.
    ///
    /// # Errors
    /// As for [`Router::route`].
    pub fn route_at(&self, wish: Wish, at: WeekMinute, from: Point, to: Point) -> Result<Route, NoRoute> {
        let moment = self.departing(wish.vehicle, Live::default(), Departure::Minute(at));
        self.routes_in(wish, &moment, (from, to), 1).map(|mut routes| routes.remove(0))
    }

    /// The best routes as traffic is now, legal at any time of the week.
    ///
    /// # Errors
    /// As for [`Router::route`].
    pub fn routes_under(
        &self,
        wish: Wish,
        live: &Live,
        ends: (Point, Point),
        count: usize,
    ) -> Result<Vec<Route>, NoRoute> {
        self.routes_in(wish, &Moment::of(live.clone()), ends, count)
    }

    /// The same driven from an instant on, with what was learned of the hours, and with the roads that are closed and the
    /// turns that are forbidden then: the way is chosen by the hour of departure, its time is that of the hours in which
    /// it is driven.
    ///
    /// # Errors
    /// As for [`Router::route`].
    pub fn routes_from(
        &self,
        wish: Wish,
        (live, speeds): (&Live, &Speeds),
        began: Timestamp,
        ends: (Point, Point),
        count: usize,
    ) -> Result<Vec<Route>, NoRoute> {
        let vehicle = &wish.vehicle;
        let moment = self.moment(wish.vehicle, live, speeds, began);
        let routes = self.routes_in(wish, &moment, ends, count)?;
        Ok(routes.iter().map(|route| speeds.timed(self.graph(), vehicle, live, began, route)).collect())
    }

    /// The best route at a moment and others worth taking, at most `count`, the best first.
    ///
    /// # Errors
    /// As for [`Router::route`].
    pub fn routes_in(
        &self,
        wish: Wish,
        moment: &Moment,
        (from, to): (Point, Point),
        count: usize,
    ) -> Result<Vec<Route>, NoRoute> {
        let base = self.base(wish, moment.law);
        let usual = self.routes_on(&base, from, to, count)?;
        let (turns, _) = self.turns(&base, moment.law);
        let same = Arc::ptr_eq(&turns, &base.metric.arcs);
        let is_free = |route: &Route| {
            let legal = same || admits(self.graph(), &turns, &route.edges);
            legal && !moment.live.touches(&route.edges)
        };
        if usual.iter().all(is_free) {
            return Ok(usual);
        }
        let (from, to) = self.both_places(&base.metric, from, to)?;
        let live = moment.live.standing_on(from.segment);
        let metric = base.metric.under(self.graph(), live).turning(moment.law, Arc::clone(&turns));
        let ends = Ends::between(self.graph(), &metric, &from, &to);
        let way = self.at_desk(|desk| potential::lightest(desk, &self.prepared(&base), &metric, &ends));
        let best = self.answer(&metric, way, from, to)?;
        let others: Vec<Route> =
            usual.into_iter().filter(|route| is_free(route) && route.edges != best.edges).collect();
        Ok(std::iter::once(best).chain(others).take(count.max(1)).collect())
    }

    /// The weights at a moment of the best routes between all pairs of points, as [`Router::matrix`] has them.
    #[must_use]
    pub fn matrix_in(
        &self,
        wish: Wish,
        moment: &Moment,
        from: &[Point],
        to: &[Point],
    ) -> Vec<Vec<Option<u32>>> {
        let ready = self.ready_in(wish, moment);
        let usual = self.base(wish, moment.law);
        let places = |points: &[Point]| -> Vec<Option<Place>> {
            points.iter().map(|point| self.places(&usual.metric, *point).next()).collect()
        };
        let leaving = |place: &Option<Place>| {
            let segment = place.as_ref().filter(|place| moment.live.closes(place.segment))?.segment;
            let metric = usual.metric.under(self.graph(), moment.live.standing_on(segment));
            Some(metric.turning(moment.law, Arc::clone(&ready.metric.arcs)))
        };
        let from = places(from);
        let leaving: Vec<Option<Metric>> = from.iter().map(leaving).collect();
        self.weights(&ready, &leaving, &from, &places(to))
    }

    /// The area within `limit` of a point at a moment; see [`crate::isochrone`]. Empty when no road is near.
    #[must_use]
    pub fn isochrone_in(&self, wish: Wish, moment: &Moment, from: Point, limit: u32) -> Vec<Vec<Point>> {
        let base = self.base(wish, moment.law);
        let Some(place) = self.places(&base.metric, from).next() else { return Vec::new() };
        let (turns, _) = self.turns(&base, moment.law);
        let live = moment.live.standing_on(place.segment);
        let metric = base.metric.under(self.graph(), live).turning(moment.law, turns);
        isochrone(self.graph(), &metric, &place, limit)
    }

    /// The metric that no moment of a law undercuts.
    fn base(&self, wish: Wish, law: Law) -> Arc<Ready> {
        let changes = !self.changing().is_empty();
        let law = if law == Law::Always || !changes { Law::Always } else { Law::Least };
        self.ready_under(wish, law)
    }

    /// The turns of a law beside the restrictions in force then, of those that hold at some hours only.
    fn turns(&self, base: &Ready, law: Law) -> (Turns, Option<InForce>) {
        let Law::At(departure) = law else { return (Arc::clone(&base.metric.arcs), None) };
        let (graph, wish) = (self.graph(), base.metric.wish);
        let restriction = |rule: u32| &graph.parts().restrictions[rule as usize];
        let binds = |rule: &u32| graph.binds(restriction(*rule), &wish.vehicle, law);
        let in_force: InForce = self.changing().iter().copied().filter(binds).collect();
        if self.changing().is_empty() {
            return (Arc::clone(&base.metric.arcs), Some(in_force));
        }
        let key = (wish, in_force.clone());
        if let Some(known) = self.moments().turns.lock().get(&key) {
            return (Arc::clone(known), Some(in_force));
        }
        let turns = base.metric.turns_at(graph, departure);
        let mut known = self.moments().turns.lock();
        if known.len() >= TURNS_MAX {
            known.clear();
        }
        known.insert(key, Arc::clone(&turns));
        (turns, Some(in_force))
    }

    /// The hierarchy customised for a moment; remembered until others were asked for.
    fn ready_in(&self, wish: Wish, moment: &Moment) -> Arc<Ready> {
        let base = self.base(wish, moment.law);
        let (turns, in_force) = self.turns(&base, moment.law);
        if moment.live.is_free() && Arc::ptr_eq(&turns, &base.metric.arcs) {
            return base;
        }
        let same =
            |known: &Known| known.wish == wish && known.in_force == in_force && known.live == moment.live;
        let mut known = self.moments().ready.lock();
        if let Some(found) = known.iter().position(same).and_then(|at| known.remove(at)) {
            let ready = Arc::clone(&found.ready);
            known.push_front(found);
            return ready;
        }
        drop(known);
        let metric = base.metric.under(self.graph(), moment.live.clone()).turning(moment.law, turns);
        let customised = Customised::of(self.graph(), self.hierarchy(), &metric);
        let ready = Arc::new(Ready { metric, customised });
        let mut known = self.moments().ready.lock();
        known.push_front(Known { wish, live: moment.live.clone(), in_force, ready: Arc::clone(&ready) });
        known.truncate(READY_MAX);
        ready
    }
}
