//! A vendor behind the route planner's port: asked through the guard, remembered for an hour, and replaced when it is
//! away by what it said last, else by the planner behind it. The answer's source says which (issue 5).

use super::{Cells, Dialect, Question, VendorError};
use contracts::ports::{
    AreaRequest, GreatCircleRoads, Incident, MatchedTrack, MatrixRequest, PortFuture, RoadsThere,
    RouteAnswer, RouteArea, RouteMatrix, RoutePlanner, RouteRequest, RouteSource, RoutesUnavailable,
    TrackRequest, TrafficEffect, TrafficPlace,
};
use guard::{Guard, GuardError};
use kernel::{Clock, Position, Timestamp};
use moka::sync::Cache;
use std::{sync::Arc, time::Duration};

/// An answer is good for an hour (annex, section 3: routes are cached for 1 h).
const FRESH_FOR: Duration = Duration::from_secs(3600);
/// What a vendor said last is better than nothing for a day.
const KNOWN_FOR: Duration = Duration::from_secs(24 * 3600);
/// Answers that are remembered, at most; a long one with its line and steps has about 200 kB.
const KNOWN_MAX: u64 = 500;
/// A longer answer is none.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// The HTTP client cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client: {0}")]
pub struct NoClient(String);

/// What two questions have in common that have the same answer: places to about 10 m.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key(String);

impl Key {
    fn of(request: &RouteRequest) -> Self {
        let place = |at: Position| format!("{:.4},{:.4}", at.latitude, at.longitude);
        // What the tenant reported and what we learned is not the vendor's to know: it changes nothing that it says.
        let RouteRequest { from, to, vehicle, objective, language, count, traffic: _, departure: _ } =
            request;
        Self(format!("{} {} {vehicle:?} {objective:?} {language:?} {count}", place(*from), place(*to)))
    }
}

#[derive(Clone)]
struct Known {
    answer: Arc<RouteAnswer>,
    at: Timestamp,
}

/// Whether the best route of an answer of somebody else's comes near a closure.
fn leads_through_closure(answer: &RouteAnswer, request: &RouteRequest) -> bool {
    let vendors = matches!(answer.source, RouteSource::Vendor { .. });
    let best = answer.routes.as_ref().ok().and_then(|routes| routes.first()).filter(|_| vendors);
    let closed = |incident: &&Arc<Incident>| incident.effect == TrafficEffect::Closed;
    best.is_some_and(|route| {
        let mut closures = request.traffic.incidents().iter().filter(closed);
        closures.any(|incident| incident.place.is_near(&route.geometry, 0.0))
    })
}

/// Whether an incident is among the places of a matrix: in the box around them, or within 20 km of it.
fn is_hindered(request: &MatrixRequest) -> bool {
    const AROUND_KM: f64 = 20.0;
    let Some(first) = request.places.first() else { return false };
    let widen = |(south, north): (Position, Position), at: &Position| {
        let least = |of: fn(&Position) -> f64| of(&south).min(of(at));
        let most = |of: fn(&Position) -> f64| of(&north).max(of(at));
        let (latitude, longitude) = (|at: &Position| at.latitude, |at: &Position| at.longitude);
        (
            Position { latitude: least(latitude), longitude: least(longitude) },
            Position { latitude: most(latitude), longitude: most(longitude) },
        )
    };
    let (south, north) = request.places.iter().fold((*first, *first), widen);
    let (south, north) = (south.moved_km(-AROUND_KM, -AROUND_KM), north.moved_km(AROUND_KM, AROUND_KM));
    let within = |at: &Position| {
        (south.latitude..=north.latitude).contains(&at.latitude)
            && (south.longitude..=north.longitude).contains(&at.longitude)
    };
    let mut incidents = request.traffic.incidents().iter();
    incidents.any(|incident| incident.place.points().iter().any(within))
}

/// A vendor's routes.
#[derive(Clone)]
pub struct VendorRoutes(Arc<Inner>);

struct Inner {
    dialect: Box<dyn Dialect>,
    http: reqwest::Client,
    guard: Guard,
    clock: Arc<dyn Clock>,
    behind: Arc<dyn RoutePlanner>,
    known: Cache<Key, Known>,
}

impl VendorRoutes {
    /// A vendor in front of a planner of our own.
    ///
    /// # Errors
    /// [`NoClient`].
    pub fn new(
        dialect: Box<dyn Dialect>,
        guard: Guard,
        clock: Arc<dyn Clock>,
        behind: Arc<dyn RoutePlanner>,
    ) -> Result<Self, NoClient> {
        // Whoever came first has installed the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
        let http = http.map_err(|error| NoClient(error.to_string()))?;
        let known = Cache::builder().max_capacity(KNOWN_MAX).time_to_live(KNOWN_FOR).build();
        Ok(Self(Arc::new(Inner { dialect, http, guard, clock, behind, known })))
    }

    /// Asks through the guard and reads the answer.
    async fn ask<T>(
        &self,
        question: &Question,
        read: impl Fn(u16, &[u8]) -> Result<T, VendorError>,
    ) -> Result<T, GuardError<VendorError>> {
        let read = &read;
        let attempt = || async move {
            let (status, body) = self.fetch(question).await?;
            read(status, &body)
        };
        self.0.guard.call(attempt).await
    }

    async fn fetch(&self, question: &Question) -> Result<(u16, Vec<u8>), VendorError> {
        // An address may hold a key: it is in no error.
        let away = |error: reqwest::Error| VendorError::Away(error.without_url().to_string());
        let request = match &question.body {
            Some(body) => {
                let request = self.0.http.post(&question.url).header("content-type", "application/json");
                request.body(body.clone())
            }
            None => self.0.http.get(&question.url),
        };
        let mut response = request.send().await.map_err(away)?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(away)? {
            if body.len() + part.len() > BYTES_MAX {
                return Err(VendorError::Refused("the answer is too long".to_owned()));
            }
            body.extend_from_slice(&part);
        }
        Ok((status, body))
    }

    fn source(&self, as_of: Option<Timestamp>) -> RouteSource {
        let dialect = &self.0.dialect;
        RouteSource::Vendor { name: dialect.name(), attribution: dialect.attribution().to_owned(), as_of }
    }

    async fn routes_of(&self, request: RouteRequest) -> Result<RouteAnswer, RoutesUnavailable> {
        let answer = self.vendors_routes(&request).await?;
        if !leads_through_closure(&answer, &request) {
            return Ok(answer);
        }
        // The vendor knows no closures of ours; who does, and has roads, knows better.
        let own = self.0.behind.routes(request).await?;
        Ok(if own.source == RouteSource::GreatCircle { answer } else { own })
    }

    async fn vendors_routes(&self, request: &RouteRequest) -> Result<RouteAnswer, RoutesUnavailable> {
        let inner = &*self.0;
        let Some(question) = inner.dialect.ask_routes(request) else {
            return inner.behind.routes(request.clone()).await;
        };
        let (key, now) = (Key::of(request), inner.clock.now());
        let known = inner.known.get(&key);
        if let Some(known) = known.as_ref().filter(|known| now < known.at.after(FRESH_FOR)) {
            return Ok(RouteAnswer::clone(&known.answer));
        }
        let dialect = &inner.dialect;
        let asked = self.ask(&question, |status, body| dialect.read_routes(request, status, body)).await;
        match asked {
            Ok(routes) => {
                let answer = RouteAnswer { routes, source: self.source(None) };
                inner.known.insert(key, Known { answer: Arc::new(answer.clone()), at: now });
                Ok(answer)
            }
            Err(error) => {
                tracing::warn!(vendor = dialect.name(), %error, "a route server did not answer");
                match known {
                    Some(Known { answer, at }) => {
                        let routes = answer.routes.clone();
                        Ok(RouteAnswer { routes, source: self.source(Some(at)) })
                    }
                    None => inner.behind.routes(request.clone()).await,
                }
            }
        }
    }

    async fn matrix_of(&self, request: MatrixRequest) -> Result<RouteMatrix, RoutesUnavailable> {
        let inner = &*self.0;
        if is_hindered(&request) {
            // The vendor knows nothing of what the tenant reported; who does, and has roads, knows better.
            let own = inner.behind.matrix(request.clone()).await?;
            if own.source != RouteSource::GreatCircle {
                return Ok(own);
            }
        }
        let Some(question) = inner.dialect.ask_matrix(&request) else {
            return inner.behind.matrix(request).await;
        };
        let dialect = &inner.dialect;
        let asked = self.ask(&question, |status, body| dialect.read_matrix(&request, status, body)).await;
        match asked {
            Ok(cells) => Ok(self.filled(&request, &cells)),
            Err(error) => {
                tracing::warn!(vendor = dialect.name(), %error, "a route server did not answer");
                inner.behind.matrix(request).await
            }
        }
    }

    /// What was measured, with estimates in its holes.
    fn filled(&self, request: &MatrixRequest, cells: &Cells) -> RouteMatrix {
        let mut matrix = GreatCircleRoads::estimated_matrix(request);
        matrix.source = self.source(None);
        matrix.estimated = 0;
        for (row, cells) in cells.iter().enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                match cell {
                    Some((metres, seconds)) => {
                        matrix.distances_m[row][column] = *metres;
                        matrix.durations_s[row][column] = *seconds;
                    }
                    None => matrix.estimated += 1,
                }
            }
        }
        matrix
    }
}

impl RoutePlanner for VendorRoutes {
    fn routes(&self, request: RouteRequest) -> PortFuture<'_, Result<RouteAnswer, RoutesUnavailable>> {
        Box::pin(self.routes_of(request))
    }

    fn matrix(&self, request: MatrixRequest) -> PortFuture<'_, Result<RouteMatrix, RoutesUnavailable>> {
        Box::pin(self.matrix_of(request))
    }

    // Areas and tracks are asked of our own roads: no vendor's dialect has them in common with the others.
    fn area(&self, request: AreaRequest) -> PortFuture<'_, Result<RouteArea, RoutesUnavailable>> {
        self.0.behind.area(request)
    }

    fn matched(&self, request: TrackRequest) -> PortFuture<'_, Result<MatchedTrack, RoutesUnavailable>> {
        self.0.behind.matched(request)
    }

    fn roads_at(&self, place: TrafficPlace) -> PortFuture<'_, Result<RoadsThere, RoutesUnavailable>> {
        self.0.behind.roads_at(place)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::routing::Osrm;
    use contracts::ports::{DirectionsLanguage, NoRoute, RouteObjective, RouteVehicle, Traffic};
    use guard::{BreakerPolicy, Policy, RetryPolicy};
    use kernel::SeededEntropy;
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    pub(in crate::routing) fn milan_to_rome() -> RouteRequest {
        RouteRequest {
            from: Position { latitude: 45.4642, longitude: 9.19 },
            to: Position { latitude: 41.9028, longitude: 12.4964 },
            vehicle: RouteVehicle::Truck40,
            objective: RouteObjective::Fastest,
            language: DirectionsLanguage::English,
            count: 2,
            traffic: Traffic::default(),
            departure: None,
        }
    }

    pub(in crate::routing) fn three_places() -> MatrixRequest {
        let at = |latitude| Position { latitude, longitude: 9.0 };
        let (vehicle, traffic) = (RouteVehicle::Truck40, Traffic::default());
        MatrixRequest { places: vec![at(45.0), at(46.0), at(44.0)], vehicle, traffic, departure: None }
    }

    const WAY: &str = r#"{"code":"Ok","routes":[{"distance":577000,"duration":21000,"geometry":"_izlhA~rlgdF_{geC~ywl@",
        "legs":[]}]}"#;

    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::SeqCst))
        }
    }

    /// A real server that gives each answer once, then hangs up.
    async fn server(answers: Vec<(u16, &'static str)>) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut answers = answers.into_iter();
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 8192]).await;
                counter.fetch_add(1, Ordering::SeqCst);
                let Some((status, body)) = answers.next() else { continue };
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            }
        });
        (base, asked)
    }

    fn planner(base: &str) -> (VendorRoutes, Arc<Hand>) {
        planner_before(base, Arc::new(GreatCircleRoads))
    }

    fn planner_before(base: &str, behind: Arc<dyn RoutePlanner>) -> (VendorRoutes, Arc<Hand>) {
        let clock = Arc::new(Hand(AtomicI64::new(0)));
        let policy = Policy {
            retry: RetryPolicy::NONE,
            breaker: BreakerPolicy { failures: 3, ..BreakerPolicy::default() },
            ..Policy::default()
        };
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
        let guard = Guard::new("routes", policy, Arc::clone(&shared), Arc::new(SeededEntropy::new(1)));
        let dialect = Box::new(Osrm::new(base, "driving"));
        (VendorRoutes::new(dialect, guard, shared, behind).unwrap(), clock)
    }

    fn as_of(answer: &RouteAnswer) -> Option<Timestamp> {
        match &answer.source {
            RouteSource::Vendor { name: "osrm", as_of, .. } => *as_of,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn an_answer_is_good_for_an_hour_and_better_than_nothing_for_a_day() {
        let (base, asked) = server(vec![(200, WAY), (200, WAY), (503, "overloaded")]).await;
        let (planner, clock) = planner(&base);
        assert_eq!(as_of(&planner.routes(milan_to_rome()).await.unwrap()), None);
        assert_eq!(as_of(&planner.routes(milan_to_rome()).await.unwrap()), None);
        assert_eq!(asked.load(Ordering::SeqCst), 1, "the second was remembered");
        clock.0.store(3_600_000, Ordering::SeqCst);
        assert_eq!(as_of(&planner.routes(milan_to_rome()).await.unwrap()), None);
        assert_eq!(asked.load(Ordering::SeqCst), 2, "after an hour it is asked again");
        clock.0.store(3 * 3_600_000, Ordering::SeqCst);
        let last_known = planner.routes(milan_to_rome()).await.unwrap();
        assert_eq!(
            as_of(&last_known),
            Some(Timestamp::from_millis(3_600_000)),
            "the answer says of when it is"
        );
        assert!(last_known.routes.is_ok());
    }

    #[tokio::test]
    async fn a_vendor_that_never_answered_is_replaced_and_left_in_peace() {
        let (base, asked) = server(Vec::new()).await;
        let (planner, _) = planner(&base);
        for _ in 0..6 {
            let answer = planner.routes(milan_to_rome()).await.unwrap();
            assert_eq!(answer.source, RouteSource::GreatCircle);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 3, "then the breaker is open");
    }

    /// A planner with roads, none of which leads anywhere.
    struct DeadEnd;

    impl RoutePlanner for DeadEnd {
        fn routes(&self, _: RouteRequest) -> PortFuture<'_, Result<RouteAnswer, RoutesUnavailable>> {
            let none = NoRoute { reason: "unconnected", nearest: None };
            let source = RouteSource::Roads { attribution: String::new() };
            Box::pin(std::future::ready(Ok(RouteAnswer { routes: Err(none), source })))
        }

        fn matrix(&self, request: MatrixRequest) -> PortFuture<'_, Result<RouteMatrix, RoutesUnavailable>> {
            let mut matrix = GreatCircleRoads::estimated_matrix(&request);
            matrix.source = RouteSource::Roads { attribution: String::new() };
            Box::pin(std::future::ready(Ok(matrix)))
        }

        fn area(&self, _: AreaRequest) -> PortFuture<'_, Result<RouteArea, RoutesUnavailable>> {
            Box::pin(std::future::ready(Err(RoutesUnavailable("no".to_owned()))))
        }

        fn matched(&self, _: TrackRequest) -> PortFuture<'_, Result<MatchedTrack, RoutesUnavailable>> {
            Box::pin(std::future::ready(Err(RoutesUnavailable("no".to_owned()))))
        }
    }

    #[tokio::test]
    async fn a_vendors_way_through_a_closure_of_ours_is_not_taken() {
        let (base, _) = server(vec![(200, WAY)]).await;
        let (vendor, _) = planner_before(&base, Arc::new(DeadEnd));
        let closed_at = |at| {
            let incident = Incident {
                id: kernel::TypedId::from_uuid(kernel::Uuid::from_u128(1)),
                effect: TrafficEffect::Closed,
                place: TrafficPlace::Point { at },
                from: Timestamp::from_micros(0),
                until: None,
            };
            RouteRequest { traffic: Traffic::of([Arc::new(incident)]), ..milan_to_rome() }
        };
        let elsewhere = vendor.routes(closed_at(Position { latitude: 44.0, longitude: 9.0 })).await.unwrap();
        let way = elsewhere.routes.unwrap();
        let here = vendor.routes(closed_at(way[0].geometry[0])).await.unwrap();
        assert_eq!(here.routes.unwrap_err().reason, "unconnected", "our own roads know better");
    }

    #[tokio::test]
    async fn what_the_vendor_does_not_know_is_not_asked() {
        let (base, asked) = server(Vec::new()).await;
        let (planner, _) = planner(&base);
        let cheapest = RouteRequest { objective: RouteObjective::Cheapest, ..milan_to_rome() };
        assert_eq!(planner.routes(cheapest).await.unwrap().source, RouteSource::GreatCircle);
        assert_eq!(asked.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn holes_of_a_matrix_are_estimated_and_counted() {
        let body = r#"{"code":"Ok","distances":[[0,10,null],[10,0,5],[1,2,0]],"durations":[[0,1,null],[1,0,3],[2,2,0]]}"#;
        let (base, _) = server(vec![(200, body)]).await;
        let (planner, _) = planner(&base);
        let matrix = planner.matrix(three_places()).await.unwrap();
        assert_eq!((matrix.estimated, matrix.distances_m[0][1]), (1, 10));
        assert_eq!(matrix.distances_m[0][2], 144_554);
        let later = planner.matrix(three_places()).await.unwrap();
        assert_eq!(later.source, RouteSource::GreatCircle, "the server has nothing more to say");
    }

    #[tokio::test]
    async fn a_matrix_with_an_incident_of_ours_is_asked_of_our_own_roads() {
        let body =
            r#"{"code":"Ok","distances":[[0,1,1],[1,0,1],[1,1,0]],"durations":[[0,1,1],[1,0,1],[1,1,0]]}"#;
        let (base, asked) = server(vec![(200, body)]).await;
        let (vendor, _) = planner_before(&base, Arc::new(DeadEnd));
        let with_incident_at = |latitude| {
            let incident = Incident {
                id: kernel::TypedId::from_uuid(kernel::Uuid::from_u128(1)),
                effect: TrafficEffect::Slowed { percent: 50 },
                place: TrafficPlace::Point { at: Position { latitude, longitude: 9.1 } },
                from: Timestamp::from_millis(0),
                until: None,
            };
            MatrixRequest { traffic: Traffic::of([Arc::new(incident)]), ..three_places() }
        };
        let here = vendor.matrix(with_incident_at(46.1)).await.unwrap();
        assert!(matches!(here.source, RouteSource::Roads { .. }), "{here:?}");
        assert_eq!(asked.load(Ordering::SeqCst), 0);
        let elsewhere = vendor.matrix(with_incident_at(46.3)).await.unwrap();
        assert!(matches!(elsewhere.source, RouteSource::Vendor { .. }), "{elsewhere:?}");
        assert!(elsewhere.traffic.incidents.is_empty(), "it knows of none");
    }
}
