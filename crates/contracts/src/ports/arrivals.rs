//! When trucks will arrive, for contexts that do not watch them themselves (design, section 3: no context looks sideways).

use crate::tracking::StopKind;
use kernel::{DriverId, ShipmentId, Timestamp};

/// What is expected of a truck's next stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedArrival {
    /// Which stop.
    pub stop: StopKind,
    /// When it will be there.
    pub at: Timestamp,
    /// One of ten comes before.
    pub earliest: Timestamp,
    /// One of ten comes after.
    pub latest: Timestamp,
    /// How old the position is that it rests on.
    pub seen_at: Timestamp,
}

/// Tells when trucks will arrive.
pub trait ArrivalForecast: Send + Sync {
    /// What is expected of a driver's running trip; `None` when it does not drive for this shipment now, or nobody
    /// knows where it is. In memory, microseconds.
    fn next_arrival(&self, driver: DriverId, shipment: ShipmentId) -> Option<ExpectedArrival>;
}
