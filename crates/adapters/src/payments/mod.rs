//! Payment gateways.

mod guarded;
mod sandbox;

pub use guarded::GuardedGateway;
pub use sandbox::SandboxGateway;
