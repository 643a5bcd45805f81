//! Movement: where the trucks are. Binary position frames and a JSON route take positions in, the latest one is kept
//! in memory, the history is telemetry, and whoever may see a shipment sees its truck move.

pub mod agents;
pub mod detectors;
pub mod eta;
pub mod frames;
pub mod geofences;
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
pub mod traffic;
pub mod trips;
pub mod views;
pub mod watch;
pub mod wire;

pub use latest::Seen;
pub use movement::Movement;
pub use positions::Positions;
pub use routes::routes;
pub use sample::{AGE_MAX, AHEAD_MAX, SPEED_KMH_MAX, Sample, SampleError};
pub use socket::PositionFrames;

use std::sync::Arc;

/// What this context brings to the house. Positions are telemetry; who reports them and what they mean is in the log.
#[must_use]
pub fn context(watch: &Arc<watch::Watch>) -> runtime::Context {
    runtime::Context::new()
        .observer(Arc::clone(watch) as Arc<dyn runtime::Observer>)
        .agent::<agents::Device>()
        .agent::<agents::Geofence>()
        .agent::<agents::Incident>()
        .agent::<agents::Trip>()
        .view(views::DEVICES)
        .view(views::geofences::GEOFENCES)
        .view(views::incidents::INCIDENTS)
        .view(views::trips::TRIPS)
        .view(views::alerts::ALERTS)
        .view(views::ways::WAYS)
}
