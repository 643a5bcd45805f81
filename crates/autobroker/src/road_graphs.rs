//! The embedded route planner: graphs made by `roads import`, read again when they change, with the estimate where
//! none of them knows the way.

use crate::{commands::roads::speeds_of, failure::Failure};
use contracts::ports::{
    AreaLimit, AreaRequest, DirectionsLanguage, GreatCircleRoads, Incident, MatchedTrack, MatchedWay,
    MatrixRequest, NoRoute, PlannedRoute, PortFuture, Reckoned, RoadsThere, RouteAnswer, RouteArea,
    RouteMatrix, RouteObjective, RoutePlanner, RouteRequest, RouteSource, RouteStep, RouteVehicle,
    RoutesUnavailable, TrackRequest, Traffic, TrafficEffect, TrafficPlace,
};
use kernel::{Currency, IncidentId, Money, Timestamp};
use parking_lot::Mutex;
use roads::{
    Edge, Graph, Live, Moment, Objective, Reason, Route, Router, Vehicle, Wish, geometry::Point,
    learned::Speeds, live::edges_on, matching::match_track, steps, steps::Language,
};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// What tells one version of a file from another.
type Stamp = (SystemTime, u64);

/// So many incidents are remembered with their edges; then they are looked up anew.
const INCIDENTS_MAX: usize = 20_000;

/// A graph with the version of its file.
struct Loaded {
    stamp: Stamp,
    roads: Arc<Roads>,
}

/// A graph, with the edges of it that incidents are on. An incident's place never changes.
struct Roads {
    router: Router,
    speeds: Mutex<(Option<Stamp>, Arc<Speeds>)>,
    incidents: Mutex<HashMap<IncidentId, Arc<[Edge]>>>,
}

impl Roads {
    fn edges_of(&self, incident: &Incident) -> Arc<[Edge]> {
        if let Some(known) = self.incidents.lock().get(&incident.id) {
            return Arc::clone(known);
        }
        let edges: Arc<[Edge]> = edges_on(&self.router, &incident.place).into();
        let mut incidents = self.incidents.lock();
        if incidents.len() >= INCIDENTS_MAX {
            incidents.clear();
        }
        incidents.insert(incident.id, Arc::clone(&edges));
        edges
    }

    fn live(&self, traffic: &Traffic) -> Live {
        let mut live = Live::default();
        for incident in traffic.incidents() {
            live.add(&self.edges_of(incident), incident.effect);
        }
        live
    }

    /// What ways reckon with, for one vehicle, and how that is told.
    fn moment(
        &self,
        path: &Path,
        vehicle: Vehicle,
        traffic: &Traffic,
        departure: Option<Timestamp>,
    ) -> (Moment, Reckoned) {
        let live = self.live(traffic);
        let met = traffic.incidents().iter().filter(|incident| !self.edges_of(incident).is_empty());
        let reckoned = Reckoned { incidents: met.map(|incident| incident.id).collect(), departure };
        let moment = match departure {
            Some(at) => self.router.moment(vehicle, &live, &self.speeds(path), at),
            None => Moment::of(live),
        };
        (moment, reckoned)
    }

    /// What was learned on the graph, as it is now.
    fn speeds(&self, graph: &Path) -> Arc<Speeds> {
        let path = speeds_of(graph);
        let now = stamp_of(&path).ok();
        let mut known = self.speeds.lock();
        if known.0 != now {
            let learned = if now.is_some() { learned(&path, self.router.graph()) } else { Speeds::default() };
            *known = (now, Arc::new(learned));
        }
        Arc::clone(&known.1)
    }

    fn source(&self) -> RouteSource {
        RouteSource::Roads { attribution: self.router.graph().parts().attribution.clone() }
    }

    /// Whether a vehicle can begin near a place.
    fn knows(&self, vehicle: RouteVehicle, at: Point) -> bool {
        let wish = Wish { vehicle: vehicle_of(vehicle), objective: Objective::Fastest, turns: true };
        self.router.places(&self.router.ready(wish).metric, at).next().is_some()
    }

    /// The slowdowns that a route drives through.
    fn slowing(&self, traffic: &Traffic, route: &Route) -> Vec<IncidentId> {
        let slows = |incident: &&Arc<Incident>| incident.effect != TrafficEffect::Closed;
        let meets = |incident: &&Arc<Incident>| {
            let edges = self.edges_of(incident);
            route.edges.iter().any(|edge| edges.binary_search(edge).is_ok())
        };
        traffic.incidents().iter().filter(slows).filter(meets).map(|incident| incident.id).collect()
    }
}

/// Graphs side by side.
#[derive(Clone)]
pub struct RoadGraphs {
    graphs: Arc<Vec<(PathBuf, Mutex<Loaded>)>>,
}

impl RoadGraphs {
    /// The planner over some graphs; the estimate when there are none.
    ///
    /// # Errors
    /// [`Failure::Configuration`] when a graph cannot be read.
    pub fn planner(paths: &[PathBuf]) -> Result<Arc<dyn RoutePlanner>, Failure> {
        if paths.is_empty() {
            return Ok(Arc::new(GreatCircleRoads));
        }
        let open = |path: &PathBuf| {
            let loaded = load(path).map_err(|error| Failure::Configuration(format!("--roads: {error}")))?;
            Ok((path.clone(), Mutex::new(loaded)))
        };
        let graphs = paths.iter().map(open).collect::<Result<Vec<_>, Failure>>()?;
        Ok(Arc::new(Self { graphs: Arc::new(graphs) }))
    }

    /// The graph as it is now. A file that has become unreadable leaves the graph that was read before in place.
    fn roads(path: &Path, graph: &Mutex<Loaded>) -> Arc<Roads> {
        let known = |loaded: &Loaded| (loaded.stamp, Arc::clone(&loaded.roads));
        let (stamp, roads) = known(&graph.lock());
        if stamp_of(path).is_ok_and(|now| now != stamp) {
            match load(path) {
                Ok(loaded) => {
                    let roads = Arc::clone(&loaded.roads);
                    *graph.lock() = loaded;
                    tracing::info!(path = %path.display(), "a road graph was replaced");
                    return roads;
                }
                Err(error) => {
                    tracing::warn!(%error, "a road graph changed and cannot be read; the old one stays")
                }
            }
        }
        roads
    }

    /// Asks the graphs in their order; the first that knows where the route begins answers.
    fn answer(&self, request: &RouteRequest) -> RouteAnswer {
        let wish = wish_of(request);
        let (from, to) = (Point::from(request.from), Point::from(request.to));
        for (path, graph) in self.graphs.iter() {
            let roads = Self::roads(path, graph);
            let live = roads.live(&request.traffic);
            let (ends, count) = ((from, to), usize::from(request.count));
            let found = match request.departure {
                Some(at) => roads.router.routes_from(wish, (&live, &roads.speeds(path)), at, ends, count),
                None => roads.router.routes_under(wish, &live, ends, count),
            };
            let routes = match found {
                Err(none) if none.reason == Reason::FromOffRoad => continue,
                Err(none) => Err(NoRoute {
                    reason: none.reason.code(),
                    nearest: none.nearest.map(|place| (place.point.into(), place.away_m)),
                }),
                Ok(routes) => Ok(routes.iter().map(|route| planned(&roads, request, route)).collect()),
            };
            return RouteAnswer { routes, source: roads.source() };
        }
        GreatCircleRoads::estimate(request)
    }

    /// Measures on the first graph that knows the first place: metres of the shortest way, seconds of the fastest.
    fn measure(&self, request: &MatrixRequest) -> RouteMatrix {
        let mut matrix = GreatCircleRoads::estimated_matrix(request);
        let points: Vec<Point> = request.places.iter().copied().map(Point::from).collect();
        let Some(first) = points.first() else { return matrix };
        let wish = |objective| Wish { vehicle: vehicle_of(request.vehicle), objective, turns: true };
        if let Some((path, roads)) = self.knowing(request.vehicle, *first) {
            let (router, vehicle) = (&roads.router, vehicle_of(request.vehicle));
            let (moment, reckoned) = roads.moment(path, vehicle, &request.traffic, request.departure);
            let measure = |objective| router.matrix_in(wish(objective), &moment, &points, &points);
            let (times, ways) = (measure(Objective::Fastest), measure(Objective::Shortest));
            matrix.estimated = fill(&mut matrix, &times, &ways);
            matrix.source = roads.source();
            matrix.traffic = reckoned;
        }
        matrix
    }

    /// The first graph on which a vehicle can begin near a place.
    fn knowing(&self, vehicle: RouteVehicle, at: Point) -> Option<(&Path, Arc<Roads>)> {
        let mut all = self.graphs.iter().map(|(path, graph)| (path.as_path(), Self::roads(path, graph)));
        all.find(|(_, roads)| roads.knows(vehicle, at))
    }

    /// Whether an incident would be on a road of any graph.
    fn finds(&self, place: &TrafficPlace) -> RoadsThere {
        let mut all = self.graphs.iter().map(|(path, graph)| Self::roads(path, graph));
        let found = all.any(|roads| !edges_on(&roads.router, place).is_empty());
        if found { RoadsThere::Some } else { RoadsThere::None }
    }

    /// Looks around on the first graph that knows the place.
    fn reach(&self, request: &AreaRequest) -> RouteArea {
        let from = Point::from(request.from);
        let Some((path, roads)) = self.knowing(request.vehicle, from) else {
            return GreatCircleRoads::estimated_area(request);
        };
        let (objective, limit) = match request.limit {
            AreaLimit::Minutes(minutes) => (Objective::Fastest, u32::from(minutes) * 60_000),
            AreaLimit::Kilometres(km) => (Objective::Shortest, u32::from(km) * 100_000),
        };
        let wish = Wish { vehicle: vehicle_of(request.vehicle), objective, turns: true };
        let (moment, traffic) = roads.moment(path, wish.vehicle, &request.traffic, request.departure);
        let rings = roads.router.isochrone_in(wish, &moment, from, limit);
        let positions = |ring: Vec<Point>| ring.into_iter().map(Into::into).collect();
        RouteArea { rings: rings.into_iter().map(positions).collect(), source: roads.source(), traffic }
    }

    /// Lays a track on the graph on which most of it lies.
    fn lay(&self, request: &TrackRequest) -> MatchedTrack {
        let track: Vec<Point> = request.positions.iter().copied().map(Point::from).collect();
        let laid = self.graphs.iter().map(|(path, graph)| {
            let roads = Self::roads(path, graph);
            let matched = match_track(&roads.router, vehicle_of(request.vehicle), &track);
            (matched.places.iter().flatten().count(), matched, roads)
        });
        let best = laid.filter(|(count, ..)| *count > 0).max_by_key(|(count, ..)| *count);
        let Some((_, matched, roads)) = best else { return GreatCircleRoads::unmatched(request) };
        let graph = roads.router.graph();
        let way = |(from, route): (usize, Route)| MatchedWay {
            from,
            distance_m: thousandth(route.effort.length_mm),
            duration_s: thousandth(route.effort.time_ms),
            geometry: route.geometry(graph).into_iter().map(Into::into).collect(),
        };
        let places = matched.places.iter().map(|place| place.map(|place| (place.point.into(), place.away_m)));
        MatchedTrack {
            places: places.collect(),
            ways: matched.ways.into_iter().map(way).collect(),
            source: roads.source(),
        }
    }
}

/// Puts what was found (ms, cm) over the estimates, and counts what was not.
fn fill(matrix: &mut RouteMatrix, times: &[Vec<Option<u32>>], ways: &[Vec<Option<u32>>]) -> usize {
    let mut missing = 0;
    for (row, (times, ways)) in times.iter().zip(ways).enumerate() {
        for (column, pair) in times.iter().zip(ways).enumerate() {
            match pair {
                (Some(time), Some(way)) => {
                    matrix.durations_s[row][column] = time.div_ceil(1000);
                    matrix.distances_m[row][column] = way.div_ceil(100);
                }
                _ => missing += 1,
            }
        }
    }
    missing
}

impl RoutePlanner for RoadGraphs {
    fn routes(&self, request: RouteRequest) -> PortFuture<'_, Result<RouteAnswer, RoutesUnavailable>> {
        let graphs = self.clone();
        Box::pin(async move {
            // The first question for a vehicle prepares its weights, and a changed file is read: not on this thread.
            let answer = tokio::task::spawn_blocking(move || graphs.answer(&request)).await;
            answer.map_err(|error| RoutesUnavailable(error.to_string()))
        })
    }

    fn matrix(&self, request: MatrixRequest) -> PortFuture<'_, Result<RouteMatrix, RoutesUnavailable>> {
        let graphs = self.clone();
        Box::pin(async move {
            let matrix = tokio::task::spawn_blocking(move || graphs.measure(&request)).await;
            matrix.map_err(|error| RoutesUnavailable(error.to_string()))
        })
    }

    fn area(&self, request: AreaRequest) -> PortFuture<'_, Result<RouteArea, RoutesUnavailable>> {
        let graphs = self.clone();
        Box::pin(async move {
            let area = tokio::task::spawn_blocking(move || graphs.reach(&request)).await;
            area.map_err(|error| RoutesUnavailable(error.to_string()))
        })
    }

    fn matched(&self, request: TrackRequest) -> PortFuture<'_, Result<MatchedTrack, RoutesUnavailable>> {
        let graphs = self.clone();
        Box::pin(async move {
            let matched = tokio::task::spawn_blocking(move || graphs.lay(&request)).await;
            matched.map_err(|error| RoutesUnavailable(error.to_string()))
        })
    }

    fn roads_at(&self, place: TrafficPlace) -> PortFuture<'_, Result<RoadsThere, RoutesUnavailable>> {
        let graphs = self.clone();
        Box::pin(async move {
            let found = tokio::task::spawn_blocking(move || graphs.finds(&place)).await;
            found.map_err(|error| RoutesUnavailable(error.to_string()))
        })
    }
}

fn stamp_of(path: &Path) -> std::io::Result<Stamp> {
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.modified()?, metadata.len()))
}

fn load(path: &Path) -> Result<Loaded, roads::RoadsError> {
    // Stamped before it is read: a file replaced meanwhile is read again.
    let stamp = stamp_of(path).map_err(|source| roads::RoadsError::File { path: path.to_owned(), source })?;
    let router = roads::file::open(path)?;
    let roads = Roads { router, speeds: Mutex::default(), incidents: Mutex::default() };
    Ok(Loaded { stamp, roads: Arc::new(roads) })
}

/// What was learned on a graph; nothing where that cannot be read, which is said.
fn learned(path: &Path, graph: &Graph) -> Speeds {
    Speeds::read(path, graph).unwrap_or_else(|error| {
        tracing::warn!(%error, "learned speeds cannot be used; the usual ones count");
        Speeds::default()
    })
}

fn wish_of(request: &RouteRequest) -> Wish {
    let objective = match request.objective {
        RouteObjective::Shortest => Objective::Shortest,
        RouteObjective::Fastest => Objective::Fastest,
        RouteObjective::Cheapest => Objective::Cheapest,
    };
    Wish { vehicle: vehicle_of(request.vehicle), objective, turns: true }
}

const fn vehicle_of(vehicle: RouteVehicle) -> Vehicle {
    match vehicle {
        RouteVehicle::Car => Vehicle::CAR,
        RouteVehicle::Van => Vehicle::VAN,
        RouteVehicle::Truck12 => Vehicle::TRUCK_12T,
        RouteVehicle::Truck40 => Vehicle::TRUCK_40T,
    }
}

/// Metres of millimetres, seconds of milliseconds.
fn thousandth(number: u64) -> f64 {
    number as f64 / 1000.0
}

fn planned(roads: &Roads, request: &RouteRequest, route: &Route) -> PlannedRoute {
    let language = match request.language {
        DirectionsLanguage::English => Language::English,
        DirectionsLanguage::Italian => Language::Italian,
    };
    let graph = roads.router.graph();
    let step = |step: steps::Step| RouteStep {
        manoeuvre: step.manoeuvre.code(),
        text: step.text(language),
        at: step.point.into(),
        distance_m: thousandth(step.length_mm),
        duration_s: thousandth(step.time_ms),
        road: step.road,
    };
    let cents = i64::try_from(route.cost_e5.div_ceil(1000)).ok();
    PlannedRoute {
        distance_m: thousandth(route.effort.length_mm),
        duration_s: thousandth(route.effort.time_ms),
        toll_m: thousandth(route.effort.toll_mm),
        cost: cents.zip(Currency::from_code("EUR")).map(|(cents, euro)| Money::new(cents, euro)),
        geometry: route.geometry(graph).into_iter().map(Into::into).collect(),
        steps: steps::steps(graph, route).into_iter().map(step).collect(),
        slowed_by: roads.slowing(&request.traffic, route),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::ports::TrafficPlace;
    use kernel::Position;
    use roads::{hierarchy::Hierarchy, synthetic};

    fn question(from: Point, to: Point) -> RouteRequest {
        RouteRequest {
            from: from.into(),
            to: to.into(),
            vehicle: RouteVehicle::Truck40,
            objective: RouteObjective::Fastest,
            language: DirectionsLanguage::English,
            count: 1,
            traffic: Traffic::default(),
            departure: None,
        }
    }

    fn write(path: &Path, edges: u32) -> (Point, Point) {
        let graph = synthetic::generate(edges, 3).unwrap();
        roads::file::write(path, &graph, &Hierarchy::of(&graph).unwrap()).unwrap();
        (graph.point(0), graph.point(graph.node_count() as u32 - 1))
    }

    #[tokio::test]
    async fn a_graph_answers_where_it_knows_the_way_and_is_swapped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("graph");
        let (from, to) = write(&path, 3_000);
        let planner = RoadGraphs::planner(std::slice::from_ref(&path)).unwrap();
        let answer = planner.routes(question(from, to)).await.unwrap();
        assert!(matches!(answer.source, RouteSource::Roads { .. }) && answer.routes.is_ok(), "{answer:?}");
        let far = Point::from(Position { latitude: 60.0, longitude: 20.0 });
        assert_eq!(planner.routes(question(far, to)).await.unwrap().source, RouteSource::GreatCircle);
        let sea = planner.routes(question(from, far)).await.unwrap();
        assert_eq!(sea.routes.unwrap_err().reason, "to_off_road");
        let (from, to) = write(&path, 30_000);
        let answer = planner.routes(question(from, to)).await.unwrap();
        assert!(answer.routes.is_ok_and(|routes| routes[0].distance_m > 20_000.0), "the new graph answers");
        std::fs::write(&path, "damaged").unwrap();
        let answer = planner.routes(question(from, to)).await.unwrap();
        assert!(matches!(answer.source, RouteSource::Roads { .. }), "the old graph stays");
    }

    #[tokio::test]
    async fn what_was_learned_counts_from_the_moment_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("graph");
        let (from, to) = write(&path, 3_000);
        let planner = RoadGraphs::planner(std::slice::from_ref(&path)).unwrap();
        let at = kernel::Timestamp::from_millis(1_772_438_400_000);
        let leaving = |departure| RouteRequest { departure, ..question(from, to) };
        let time =
            async |departure| planner.routes(leaving(departure)).await.unwrap().routes.unwrap()[0].duration_s;
        let usual = time(None).await;
        assert!((time(Some(at)).await - usual).abs() < 0.5, "nothing is learned yet");
        let (graph, hierarchy) = roads::file::read(&path).unwrap();
        let router = Router::new(graph, hierarchy);
        let route = router.route(wish_of(&question(from, to)), from, to).unwrap();
        let mut speeds = Speeds::default();
        for _ in 0..20 {
            let took = std::time::Duration::from_millis(route.effort.time_ms * 2);
            assert!(speeds.learn(router.graph(), &route, at, took));
        }
        speeds.write(&speeds_of(&path), router.graph()).unwrap();
        assert!(time(Some(at)).await > usual * 1.2, "the hour is slow");
        assert!((time(None).await - usual).abs() < 0.5, "without an hour the usual times count");
        std::fs::write(speeds_of(&path), "damaged").unwrap();
        assert!((time(Some(at)).await - usual).abs() < 0.5, "what cannot be read is not used");
    }

    #[tokio::test]
    async fn a_closed_road_is_driven_around() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("graph");
        let (from, to) = write(&path, 3_000);
        let planner = RoadGraphs::planner(std::slice::from_ref(&path)).unwrap();
        let best = |answer: RouteAnswer| answer.routes.unwrap().remove(0);
        let usual = best(planner.routes(question(from, to)).await.unwrap());
        let at = usual.geometry[usual.geometry.len() / 2];
        let incident = |effect| Incident {
            id: kernel::TypedId::from_uuid(kernel::Uuid::from_u128(match effect {
                TrafficEffect::Closed => 1,
                TrafficEffect::Slowed { .. } => 2,
            })),
            effect,
            place: TrafficPlace::Point { at },
            from: kernel::Timestamp::from_micros(0),
            until: None,
        };
        let with = |effect| RouteRequest {
            traffic: Traffic::of([Arc::new(incident(effect))]),
            ..question(from, to)
        };
        let around = best(planner.routes(with(TrafficEffect::Closed)).await.unwrap());
        assert!(!around.geometry.contains(&at) && around.duration_s > usual.duration_s, "{around:?}");
        let slow = with(TrafficEffect::Slowed { percent: 90 });
        let slow = best(planner.routes(slow).await.unwrap());
        assert_eq!((slow.slowed_by.len(), slow.distance_m), (1, usual.distance_m));
        assert!(slow.duration_s > usual.duration_s && usual.slowed_by.is_empty());
    }

    #[tokio::test]
    async fn matrices_and_areas_reckon_with_the_traffic_of_routes_and_say_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("graph");
        let (from, to) = write(&path, 3_000);
        let planner = RoadGraphs::planner(std::slice::from_ref(&path)).unwrap();
        let usual = planner.routes(question(from, to)).await.unwrap().routes.unwrap().remove(0);
        let at = usual.geometry[usual.geometry.len() / 2];
        let incident = |number, effect, at| {
            let (id, place) =
                (kernel::TypedId::from_uuid(kernel::Uuid::from_u128(number)), TrafficPlace::Point { at });
            Arc::new(Incident { id, effect, place, from: Timestamp::from_micros(0), until: None })
        };
        let sea = Position { latitude: 0.0, longitude: 0.0 };
        let traffic =
            Traffic::of([incident(1, TrafficEffect::Closed, at), incident(2, TrafficEffect::Closed, sea)]);
        let (places, vehicle) = (vec![from.into(), to.into()], RouteVehicle::Truck40);
        let ask = |traffic| MatrixRequest { places: places.clone(), vehicle, traffic, departure: None };
        let free = planner.matrix(ask(Traffic::default())).await.unwrap();
        let hindered = planner.matrix(ask(traffic.clone())).await.unwrap();
        let around =
            planner.routes(RouteRequest { traffic: traffic.clone(), ..question(from, to) }).await.unwrap();
        let around = around.routes.unwrap().remove(0).duration_s;
        assert!((f64::from(hindered.durations_s[0][1]) - around).abs() <= 1.0, "{hindered:?} but {around}");
        assert!(hindered.durations_s[0][1] > free.durations_s[0][1]);
        assert_eq!(hindered.traffic.incidents, [traffic.incidents()[0].id], "what is on no road is not told");
        assert!(free.traffic.incidents.is_empty());
        // From the slow road one gets less far, as long as the graph does not end first.
        let near = Position { latitude: at.latitude, longitude: at.longitude };
        let area = |traffic| AreaRequest {
            from: near,
            vehicle,
            limit: AreaLimit::Minutes(2),
            traffic,
            departure: None,
        };
        let all = Traffic::of([incident(3, TrafficEffect::Slowed { percent: 10 }, at)]);
        let (free, slow) = (
            planner.area(area(Traffic::default())).await.unwrap(),
            planner.area(area(all.clone())).await.unwrap(),
        );
        assert!(free.rings != slow.rings && slow.traffic.incidents == [all.incidents()[0].id]);
        assert_eq!(planner.roads_at(TrafficPlace::Point { at }).await.unwrap(), RoadsThere::Some);
        assert_eq!(planner.roads_at(TrafficPlace::Point { at: sea }).await.unwrap(), RoadsThere::None);
        let unknown = GreatCircleRoads.roads_at(TrafficPlace::Point { at: sea }).await.unwrap();
        assert_eq!(unknown, RoadsThere::Unknown);
    }

    #[tokio::test]
    async fn a_matrix_is_measured_on_roads_and_estimated_beyond_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("graph");
        let (from, to) = write(&path, 3_000);
        let planner = RoadGraphs::planner(std::slice::from_ref(&path)).unwrap();
        let far = Position { latitude: 60.0, longitude: 20.0 };
        let (vehicle, traffic) = (RouteVehicle::Truck40, Traffic::default());
        let ask = |places: Vec<Position>| {
            planner.matrix(MatrixRequest { places, vehicle, traffic: traffic.clone(), departure: None })
        };
        let matrix = ask(vec![from.into(), to.into(), far]).await.unwrap();
        assert!(matches!(matrix.source, RouteSource::Roads { .. }));
        // The far place has no way to any, not even to itself.
        assert_eq!(matrix.estimated, 5);
        let shortest = RouteRequest { objective: RouteObjective::Shortest, ..question(from, to) };
        let way = planner.routes(shortest).await.unwrap().routes.unwrap()[0].distance_m;
        assert!((f64::from(matrix.distances_m[0][1]) - way).abs() <= 1.0, "{matrix:?} but {way}");
        let fastest = planner.routes(question(from, to)).await.unwrap().routes.unwrap()[0].duration_s;
        assert!((f64::from(matrix.durations_s[0][1]) - fastest).abs() <= 1.0, "{matrix:?} but {fastest}");
        assert!(matrix.distances_m[0][2] > 1_000_000, "an estimate stands where no road leads");
        assert_eq!(ask(vec![far, from.into()]).await.unwrap().source, RouteSource::GreatCircle);
    }

    #[tokio::test]
    async fn an_area_and_a_track_are_found_on_roads_and_estimated_beyond_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("graph");
        let (from, to) = write(&path, 3_000);
        let planner = RoadGraphs::planner(std::slice::from_ref(&path)).unwrap();
        let far = Position { latitude: 60.0, longitude: 20.0 };
        let ask = |from, minutes| {
            let limit = AreaLimit::Minutes(minutes);
            let (vehicle, traffic) = (RouteVehicle::Car, Traffic::default());
            planner.area(AreaRequest { from, vehicle, limit, traffic, departure: None })
        };
        let near = ask(from.into(), 5).await.unwrap();
        assert!(matches!(near.source, RouteSource::Roads { .. }) && !near.rings.is_empty());
        let circle = ask(far, 60).await.unwrap();
        let ring = &circle.rings[0];
        assert_eq!((&circle.source, ring[0]), (&RouteSource::GreatCircle, ring[ring.len() - 1]));
        assert!(ring.iter().all(|at| (at.distance_km(far) - 75.0 / 1.3).abs() < 1.0), "{ring:?}");
        let route = planner.routes(question(from, to)).await.unwrap().routes.unwrap().remove(0);
        let mut positions: Vec<Position> = route.geometry.iter().step_by(4).copied().collect();
        positions.push(far);
        let track = TrackRequest { positions: positions.clone(), vehicle: RouteVehicle::Truck40 };
        let matched = planner.matched(track).await.unwrap();
        assert_eq!(matched.places.len(), positions.len());
        assert!(matched.places[..positions.len() - 1].iter().all(Option::is_some));
        assert_eq!(matched.places[positions.len() - 1], None);
        let driven: f64 = matched.ways.iter().map(|way| way.distance_m).sum();
        assert!(driven > route.distance_m * 0.9 && driven < route.distance_m * 1.01, "{driven}");
    }

    #[tokio::test]
    async fn without_graphs_there_is_the_estimate() {
        let planner = RoadGraphs::planner(&[]).unwrap();
        let at = |lat, lon| Point::from_degrees(lat, lon).unwrap();
        let answer = planner.routes(question(at(45.0, 9.0), at(46.0, 9.0))).await.unwrap();
        assert_eq!(answer.source, RouteSource::GreatCircle);
        assert!((answer.routes.unwrap()[0].distance_m - 144_554.0).abs() < 1.0);
    }

    #[test]
    fn a_graph_that_cannot_be_read_is_named_at_the_start() {
        let failure = RoadGraphs::planner(&[PathBuf::from("/nowhere/italy.graph")]).err().unwrap();
        assert!(failure.to_string().contains("/nowhere/italy.graph"), "{failure}");
    }
}
