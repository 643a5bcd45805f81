//! The ports: traits for what is outside a context or outside the process (design, sections 2 and 6).

mod arrivals;
mod authentication;
mod cargo_papers;
mod market_access;
mod objects;
mod payments;
mod roads;
mod routes;
mod traffic;

pub use arrivals::{ArrivalForecast, ExpectedArrival};
pub use authentication::{
    AuthenticationError, Authenticator, Caller, Credential, NotRecorded, OrganisationName, Permission,
    PersonalAccess, Resource, Role, Scope, Verdict, permissions,
};
pub use cargo_papers::{CargoPapers, PapersUnavailable};
pub use market_access::{
    DriverOwner, LiveDriverIndex, MarketUnavailable, ShipmentAccess, ShipmentPapers, ShipmentParties,
};
pub use objects::{
    InvalidObjectName, MemoryObjects, OBJECT_BYTES_MAX, ObjectError, ObjectName, ObjectStore,
    check_objects_contract,
};
pub use payments::{
    ContractBroken, DisputeWindows, GatewayAnswer, GatewayError, HoldRequest, PaymentGateway,
    TransferRequest, check_gateway_contract,
};
pub use roads::{GreatCircleRoads, RoadNetwork};
pub use routes::{
    AreaLimit, AreaRequest, DirectionsLanguage, MatchedTrack, MatchedWay, MatrixRequest, NoRoute,
    PlannedRoute, Reckoned, RoadsThere, RouteAnswer, RouteArea, RouteMatrix, RouteObjective, RoutePlanner,
    RouteRequest, RouteSource, RouteStep, RouteVehicle, RoutesUnavailable, TrackRequest,
};
pub use traffic::{Incident, Traffic, TrafficEffect, TrafficPlace, TrafficReports};

/// A boxed future, so that ports can be trait objects.
pub type PortFuture<'a, T> = std::pin::Pin<Box<dyn std::future::Future<Output = T> + Send + 'a>>;
