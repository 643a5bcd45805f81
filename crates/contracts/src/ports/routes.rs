//! The route planner port: routes with directions, from a road graph or a server of somebody else.

use super::{GreatCircleRoads, PortFuture, Traffic, TrafficPlace};
use crate::driver::VehicleType;
use kernel::{IncidentId, Money, Position, ROAD_FACTOR, Timestamp};
use serde::{Deserialize, Serialize};

/// Above this payload a vehicle is routed as a rigid truck of 12 t, in kg.
const VAN_PAYLOAD_KG: f64 = 1500.0;
/// Above this one as a truck of 40 t, in kg.
const TRUCK_12_PAYLOAD_KG: f64 = 7500.0;

/// Which vehicle a route is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteVehicle {
    /// A car.
    Car,
    /// A van of 3.5 t.
    Van,
    /// A rigid truck of 12 t.
    Truck12,
    /// A tractor and semitrailer of 40 t.
    Truck40,
}

impl RouteVehicle {
    /// As what a driver's vehicle is routed: a pickup is a van, the others go by their payload.
    #[must_use]
    pub fn of(kind: VehicleType, payload_kg: f64) -> Self {
        match kind {
            VehicleType::Pickup => Self::Van,
            _ if payload_kg <= VAN_PAYLOAD_KG => Self::Van,
            _ if payload_kg <= TRUCK_12_PAYLOAD_KG => Self::Truck12,
            _ => Self::Truck40,
        }
    }
}

/// What a route minimises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RouteObjective {
    /// Length.
    Shortest,
    /// Time.
    Fastest,
    /// Fuel, toll and the driver's time.
    Cheapest,
}

/// The language of directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DirectionsLanguage {
    /// English.
    English,
    /// Italian.
    Italian,
}

/// A question for routes.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteRequest {
    /// Where it begins.
    pub from: Position,
    /// Where it ends.
    pub to: Position,
    /// Who drives.
    pub vehicle: RouteVehicle,
    /// What is minimised.
    pub objective: RouteObjective,
    /// In which language to direct.
    pub language: DirectionsLanguage,
    /// How many routes at most, the best first; at least 1.
    pub count: u8,
    /// What hinders traffic.
    pub traffic: Traffic,
    /// When it begins: then what was learned of the hours counts, and what is closed or forbidden at that hour. Without it
    /// the usual times do, and turns that are forbidden at some hours are not taken.
    pub departure: Option<Timestamp>,
}

/// One step of the directions.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteStep {
    /// A stable code, such as `left`.
    pub manoeuvre: &'static str,
    /// The step as a sentence.
    pub text: String,
    /// The road one is then on; empty when it has no name.
    pub road: String,
    /// Where.
    pub at: Position,
    /// How far then, in metres.
    pub distance_m: f64,
    /// How long that takes, in seconds.
    pub duration_s: f64,
}

/// A route.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRoute {
    /// Metres.
    pub distance_m: f64,
    /// Seconds, turns included.
    pub duration_s: f64,
    /// Metres on roads with toll.
    pub toll_m: f64,
    /// Fuel, toll and time; none when nobody knows.
    pub cost: Option<Money>,
    /// From its beginning to its end.
    pub geometry: Vec<Position>,
    /// The directions.
    pub steps: Vec<RouteStep>,
    /// The slowdowns that it drives through.
    pub slowed_by: Vec<IncidentId>,
}

/// That there is no route.
#[derive(Debug, Clone, PartialEq)]
pub struct NoRoute {
    /// A stable code: `from_off_road`, `to_off_road` or `unconnected`.
    pub reason: &'static str,
    /// The nearest place that can be reached, and how far in metres it is from the one asked for.
    pub nearest: Option<(Position, f64)>,
}

/// Where an answer comes from; it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteSource {
    /// A road graph, with whom its licence wants named.
    Roads {
        /// Shown where the route is shown.
        attribution: String,
    },
    /// Somebody else's server.
    Vendor {
        /// Which, such as `valhalla`.
        name: &'static str,
        /// Shown where the route is shown.
        attribution: String,
        /// The vendor is away and this is what it said then, when it is not of now.
        as_of: Option<Timestamp>,
    },
    /// An estimate: great circle x 1.3 (design, section 6).
    GreatCircle,
}

/// An answer: routes, the best first and never empty, or that there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteAnswer {
    /// The routes.
    pub routes: Result<Vec<PlannedRoute>, NoRoute>,
    /// Where they come from.
    pub source: RouteSource,
}

/// The planner cannot answer now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("routes cannot be planned now: {0}")]
pub struct RoutesUnavailable(pub String);

/// A question for how far and how long it is from each place to each.
#[derive(Debug, Clone, PartialEq)]
pub struct MatrixRequest {
    /// The places.
    pub places: Vec<Position>,
    /// Who drives.
    pub vehicle: RouteVehicle,
    /// What hinders traffic.
    pub traffic: Traffic,
    /// When all the ways begin, as for a route.
    pub departure: Option<Timestamp>,
}

/// The traffic that an answer reckons with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reckoned {
    /// The incidents that are on roads of the answer's source, in the order of their ids.
    pub incidents: Vec<IncidentId>,
    /// The hour whose learned speeds, closures and forbidden turns count; none for what is usual.
    pub departure: Option<Timestamp>,
}

/// How far and how long it is from each place (row) to each (column), by the fastest way.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteMatrix {
    /// Metres.
    pub distances_m: Vec<Vec<u32>>,
    /// Seconds.
    pub durations_s: Vec<Vec<u32>>,
    /// How many pairs are estimates because no road leads from one to the other.
    pub estimated: usize,
    /// Where the others come from.
    pub source: RouteSource,
    /// Which traffic they reckon with; estimates with none.
    pub traffic: Reckoned,
}

/// How far an area reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AreaLimit {
    /// So many minutes at the wheel.
    Minutes(u16),
    /// So many kilometres.
    Kilometres(u16),
}

/// A question for what can be reached.
#[derive(Debug, Clone, PartialEq)]
pub struct AreaRequest {
    /// From where.
    pub from: Position,
    /// Who drives.
    pub vehicle: RouteVehicle,
    /// How far.
    pub limit: AreaLimit,
    /// What hinders traffic.
    pub traffic: Traffic,
    /// When one sets out, as for a route.
    pub departure: Option<Timestamp>,
}

/// What can be reached.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteArea {
    /// Closed rings around it: outer ones counter-clockwise, holes clockwise.
    pub rings: Vec<Vec<Position>>,
    /// Where that comes from.
    pub source: RouteSource,
    /// Which traffic it reckons with; an estimate with none.
    pub traffic: Reckoned,
}

/// Whether there are roads where somebody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoadsThere {
    /// At least one.
    Some,
    /// None of those that the planner knows.
    None,
    /// The planner knows no roads at all.
    Unknown,
}

/// A question for the roads that a track was driven on.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackRequest {
    /// The positions, in the order of time.
    pub positions: Vec<Position>,
    /// Who drove.
    pub vehicle: RouteVehicle,
}

/// The way between two positions of a track that follow each other.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchedWay {
    /// Which position it begins at, from 0.
    pub from: usize,
    /// Metres.
    pub distance_m: f64,
    /// Seconds that are usual for it.
    pub duration_s: f64,
    /// Its line.
    pub geometry: Vec<Position>,
}

/// A track on roads.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchedTrack {
    /// For each position where it was on a road, and how far in metres that is away; none where no road fits.
    pub places: Vec<Option<(Position, f64)>>,
    /// The ways between them; where the track has a gap there is none.
    pub ways: Vec<MatchedWay>,
    /// Where that comes from.
    pub source: RouteSource,
}

/// Plans routes.
pub trait RoutePlanner: Send + Sync {
    /// Answers a question; that there is no route is an answer.
    fn routes(&self, request: RouteRequest) -> PortFuture<'_, Result<RouteAnswer, RoutesUnavailable>>;

    /// Measures the ways between places; pairs without a way are estimated and counted.
    fn matrix(&self, request: MatrixRequest) -> PortFuture<'_, Result<RouteMatrix, RoutesUnavailable>>;

    /// Says what can be reached from a place.
    fn area(&self, request: AreaRequest) -> PortFuture<'_, Result<RouteArea, RoutesUnavailable>>;

    /// Finds the roads that a track was driven on. Who knows no roads finds none.
    fn matched(&self, request: TrackRequest) -> PortFuture<'_, Result<MatchedTrack, RoutesUnavailable>>;

    /// Whether an incident would be on any road. Who knows no roads cannot say.
    fn roads_at(&self, place: TrafficPlace) -> PortFuture<'_, Result<RoadsThere, RoutesUnavailable>> {
        drop(place);
        Box::pin(std::future::ready(Ok(RoadsThere::Unknown)))
    }
}

/// The estimate of an area is a circle of so many corners.
const CORNERS: u32 = 72;

/// What a vehicle averages where no road is known, in m/s: 60 km/h for trucks, 75 km/h for others.
const fn average_m_per_s(vehicle: RouteVehicle) -> f64 {
    match vehicle {
        RouteVehicle::Car | RouteVehicle::Van => 75.0 / 3.6,
        RouteVehicle::Truck12 | RouteVehicle::Truck40 => 60.0 / 3.6,
    }
}

impl GreatCircleRoads {
    /// The estimate for a question: a straight line, no directions, no cost.
    #[must_use]
    pub fn estimate(request: &RouteRequest) -> RouteAnswer {
        let distance_m = request.from.assumed_road_km(request.to) * 1000.0;
        let route = PlannedRoute {
            distance_m,
            duration_s: distance_m / average_m_per_s(request.vehicle),
            toll_m: 0.0,
            cost: None,
            geometry: vec![request.from, request.to],
            steps: Vec::new(),
            slowed_by: Vec::new(),
        };
        RouteAnswer { routes: Ok(vec![route]), source: RouteSource::GreatCircle }
    }

    /// The estimate for one pair: whole metres and seconds.
    #[must_use]
    pub fn estimated_leg(from: Position, to: Position, vehicle: RouteVehicle) -> (u32, u32) {
        let metres = from.assumed_road_km(to) * 1000.0;
        // The longest way on Earth has 26,000 km: both fit.
        (metres.round() as u32, (metres / average_m_per_s(vehicle)).round() as u32)
    }

    /// The estimate for all pairs.
    #[must_use]
    pub fn estimated_matrix(request: &MatrixRequest) -> RouteMatrix {
        let MatrixRequest { places, vehicle, .. } = request;
        let row = |from: &Position| places.iter().map(|to| Self::estimated_leg(*from, *to, *vehicle)).unzip();
        let (distances_m, durations_s) = places.iter().map(row).unzip();
        let estimated = places.len() * places.len();
        let (source, traffic) = (RouteSource::GreatCircle, Reckoned::default());
        RouteMatrix { distances_m, durations_s, estimated, source, traffic }
    }
}

impl GreatCircleRoads {
    /// The estimate for an area: a circle.
    #[must_use]
    pub fn estimated_area(request: &AreaRequest) -> RouteArea {
        let road_km = match request.limit {
            AreaLimit::Minutes(minutes) => {
                f64::from(minutes) * 60.0 * average_m_per_s(request.vehicle) / 1000.0
            }
            AreaLimit::Kilometres(km) => f64::from(km),
        };
        // As roads are longer than the great circle.
        let km = road_km / ROAD_FACTOR;
        let corner = |number: u32| {
            let angle = f64::from(number % CORNERS) / f64::from(CORNERS) * std::f64::consts::TAU;
            request.from.moved_km(angle.cos() * km, angle.sin() * km)
        };
        let ring = (0..=CORNERS).map(corner).collect();
        RouteArea { rings: vec![ring], source: RouteSource::GreatCircle, traffic: Reckoned::default() }
    }

    /// That no road is known on which a track was driven.
    #[must_use]
    pub fn unmatched(request: &TrackRequest) -> MatchedTrack {
        let places = vec![None; request.positions.len()];
        MatchedTrack { places, ways: Vec::new(), source: RouteSource::GreatCircle }
    }
}

impl RoutePlanner for GreatCircleRoads {
    fn routes(&self, request: RouteRequest) -> PortFuture<'_, Result<RouteAnswer, RoutesUnavailable>> {
        Box::pin(std::future::ready(Ok(Self::estimate(&request))))
    }

    fn matrix(&self, request: MatrixRequest) -> PortFuture<'_, Result<RouteMatrix, RoutesUnavailable>> {
        Box::pin(std::future::ready(Ok(Self::estimated_matrix(&request))))
    }

    fn area(&self, request: AreaRequest) -> PortFuture<'_, Result<RouteArea, RoutesUnavailable>> {
        Box::pin(std::future::ready(Ok(Self::estimated_area(&request))))
    }

    fn matched(&self, request: TrackRequest) -> PortFuture<'_, Result<MatchedTrack, RoutesUnavailable>> {
        Box::pin(std::future::ready(Ok(Self::unmatched(&request))))
    }
}
