//! The road network port.

use kernel::Position;

/// Road distances. Pure and immediate: the embedded networks answer from memory.
pub trait RoadNetwork: Send + Sync {
    /// Road distance in km.
    fn distance_km(&self, from: Position, to: Position) -> f64;
}

/// The embedded default: great circle x 1.3 (design, section 6).
#[derive(Debug, Clone, Copy, Default)]
pub struct GreatCircleRoads;

impl RoadNetwork for GreatCircleRoads {
    fn distance_km(&self, from: Position, to: Position) -> f64 {
        from.assumed_road_km(to)
    }
}
