//! Movement: where the trucks are. Binary position frames and a JSON route take positions in, the latest one is kept
//! in memory, the history is telemetry, and whoever may see a shipment sees its truck move.

pub mod agents;
pub mod frames;
mod latest;
mod movement;
mod positions;
pub mod relay;
mod routes;
mod sample;
mod socket;
#[cfg(test)]
mod test_bench;
pub mod trackers;
pub mod trips;
pub mod views;
pub mod wire;

pub use latest::Seen;
pub use movement::Movement;
pub use positions::Positions;
pub use routes::routes;
pub use sample::{AGE_MAX, AHEAD_MAX, SPEED_KMH_MAX, Sample, SampleError};
pub use socket::PositionFrames;

/// What this context brings to the house. Positions are telemetry; who reports them is in the log.
#[must_use]
pub fn context() -> runtime::Context {
    runtime::Context::new().agent::<agents::Device>().view(views::DEVICES)
}
