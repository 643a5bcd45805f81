//! The ports: traits for what is outside a context or outside the process (design, sections 2 and 6).

mod authentication;
mod payments;
mod roads;

pub use authentication::{AuthenticationError, Authenticator, Caller, Credential, Permission, Resource, Role, Verdict};
pub use payments::{GatewayAnswer, GatewayError, HoldRequest, PaymentGateway};
pub use roads::{GreatCircleRoads, RoadNetwork};

/// A boxed future, so that ports can be trait objects.
pub type PortFuture<'a, T> = std::pin::Pin<Box<dyn std::future::Future<Output = T> + Send + 'a>>;
