//! When a truck could load and deliver, and how sure that is (annex, section 1: 50 km/h to the pickup).

use contracts::shipment::Requested;
use kernel::Timestamp;
use std::time::Duration;

/// The mean speed to the pickup, in km/h.
pub const APPROACH_KM_PER_HOUR: f64 = 50.0;
/// The mean speed with the cargo, in km/h.
pub const TRIP_KM_PER_HOUR: f64 = 70.0;
/// How long loading takes.
pub const LOADING: Duration = Duration::from_secs(3600);
/// Slack from which a delivery in time is as sure as it gets.
const COMFORTABLE_SLACK: Duration = Duration::from_secs(2 * 3600);
/// A drive is at most so long here: longer ones are not estimated by a mean speed.
const DRIVE_HOURS_MAX: f64 = 1000.0;

/// When a truck could load and deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// When it would begin to load.
    pub pickup_at: Timestamp,
    /// When it would be at the delivery.
    pub delivery_at: Timestamp,
}

/// How long a distance takes at a mean speed.
#[must_use]
pub fn driving_time(km: f64, km_per_hour: f64) -> Duration {
    let hours = (km / km_per_hour).clamp(0.0, DRIVE_HOURS_MAX);
    Duration::from_secs((hours * 3600.0).round() as u64)
}

impl Estimate {
    /// For a truck that starts now, so many road km from the pickup. It waits for both windows to open.
    #[must_use]
    pub fn of(request: &Requested, approach_km: f64, now: Timestamp) -> Self {
        let there = now.after(driving_time(approach_km, APPROACH_KM_PER_HOUR));
        let pickup_at = there.max(request.pickup.window.from);
        let arrived = pickup_at.after(LOADING).after(driving_time(request.road_km, TRIP_KM_PER_HOUR));
        Self { pickup_at, delivery_at: arrived.max(request.delivery.window.from) }
    }

    /// Whether it would be there before the pickup window ends.
    #[must_use]
    pub fn in_time_for_pickup(&self, request: &Requested) -> bool {
        self.pickup_at <= request.pickup.window.to
    }

    /// How sure a delivery in time is, 0 to 1: half of it the driver's punctuality, half the slack before the delivery
    /// window ends.
    #[must_use]
    pub fn confidence(&self, request: &Requested, on_time_rate: f64) -> f64 {
        let slack = request.delivery.window.to.since(self.delivery_at);
        let share = (slack.as_secs_f64() / COMFORTABLE_SLACK.as_secs_f64()).min(1.0);
        0.5 * on_time_rate.clamp(0.0, 1.0) + 0.5 * share
    }
}
