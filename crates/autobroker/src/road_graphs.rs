//! The embedded route planner: graphs made by `roads import`, read again when they change, with the estimate where
//! none of them knows the way.

use crate::failure::Failure;
use contracts::ports::{
    DirectionsLanguage, GreatCircleRoads, MatrixRequest, NoRoute, PlannedRoute, PortFuture, RouteAnswer,
    RouteMatrix, RouteObjective, RoutePlanner, RouteRequest, RouteSource, RouteStep, RouteVehicle,
    RoutesUnavailable,
};
use kernel::{Currency, Money};
use roads::{Objective, Reason, Route, Router, Vehicle, Wish, geometry::Point, steps, steps::Language};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

/// What tells one version of a file from another.
type Stamp = (SystemTime, u64);

/// A graph with the version of its file.
struct Loaded {
    stamp: Stamp,
    router: Arc<Router>,
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
    fn router(&self, path: &Path, graph: &Mutex<Loaded>) -> Arc<Router> {
        let known = |loaded: &Loaded| (loaded.stamp, Arc::clone(&loaded.router));
        let (stamp, router) = known(&graph.lock().unwrap_or_else(PoisonError::into_inner));
        if stamp_of(path).is_ok_and(|now| now != stamp) {
            match load(path) {
                Ok(loaded) => {
                    let router = Arc::clone(&loaded.router);
                    *graph.lock().unwrap_or_else(PoisonError::into_inner) = loaded;
                    tracing::info!(path = %path.display(), "a road graph was replaced");
                    return router;
                }
                Err(error) => {
                    tracing::warn!(%error, "a road graph changed and cannot be read; the old one stays")
                }
            }
        }
        router
    }

    /// Asks the graphs in their order; the first that knows where the route begins answers.
    fn answer(&self, request: &RouteRequest) -> RouteAnswer {
        let wish = wish_of(request);
        let (from, to) = (Point::from(request.from), Point::from(request.to));
        for (path, graph) in self.graphs.iter() {
            let router = self.router(path, graph);
            let found = router.routes(wish, from, to, usize::from(request.count));
            let routes = match found {
                Err(none) if none.reason == Reason::FromOffRoad => continue,
                Err(none) => Err(NoRoute {
                    reason: none.reason.code(),
                    nearest: none.nearest.map(|place| (place.point.into(), place.away_m)),
                }),
                Ok(routes) => Ok(routes.iter().map(|route| planned(&router, request, route)).collect()),
            };
            let attribution = router.graph().parts().attribution.clone();
            return RouteAnswer { routes, source: RouteSource::Roads { attribution } };
        }
        GreatCircleRoads::estimate(request)
    }

    /// Measures on the first graph that knows the first place: metres of the shortest way, seconds of the fastest.
    fn measure(&self, request: &MatrixRequest) -> RouteMatrix {
        let mut matrix = GreatCircleRoads::estimated_matrix(request);
        let points: Vec<Point> = request.places.iter().copied().map(Point::from).collect();
        let Some(first) = points.first() else { return matrix };
        let wish = |objective| Wish { vehicle: vehicle_of(request.vehicle), objective, turns: true };
        for (path, graph) in self.graphs.iter() {
            let router = self.router(path, graph);
            let fastest = wish(Objective::Fastest);
            if router.places(&router.ready(fastest).metric, *first).next().is_none() {
                continue;
            }
            let times = router.matrix(fastest, &points, &points);
            let ways = router.matrix(wish(Objective::Shortest), &points, &points);
            matrix.estimated = fill(&mut matrix, &times, &ways);
            matrix.source = RouteSource::Roads { attribution: router.graph().parts().attribution.clone() };
            break;
        }
        matrix
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
}

fn stamp_of(path: &Path) -> std::io::Result<Stamp> {
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.modified()?, metadata.len()))
}

fn load(path: &Path) -> Result<Loaded, roads::RoadsError> {
    // Stamped before it is read: a file replaced meanwhile is read again.
    let stamp = stamp_of(path).map_err(|source| roads::RoadsError::File { path: path.to_owned(), source })?;
    let (graph, hierarchy) = roads::file::read(path)?;
    Ok(Loaded { stamp, router: Arc::new(Router::new(graph, hierarchy)) })
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

fn planned(router: &Router, request: &RouteRequest, route: &Route) -> PlannedRoute {
    let language = match request.language {
        DirectionsLanguage::English => Language::English,
        DirectionsLanguage::Italian => Language::Italian,
    };
    let graph = router.graph();
    let thousandth = |number: u64| number as f64 / 1000.0;
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
        steps: steps::steps(graph, &wish_of(request).vehicle, route).into_iter().map(step).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
    async fn a_matrix_is_measured_on_roads_and_estimated_beyond_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("graph");
        let (from, to) = write(&path, 3_000);
        let planner = RoadGraphs::planner(std::slice::from_ref(&path)).unwrap();
        let far = Position { latitude: 60.0, longitude: 20.0 };
        let ask =
            |places: Vec<Position>| planner.matrix(MatrixRequest { places, vehicle: RouteVehicle::Truck40 });
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
