//! When a truck could load and deliver, and how sure that is (annex, section 1: 50 km/h to the pickup).

use contracts::shipment::{BidSubmitted, Requested};
use kernel::Timestamp;
use std::time::Duration;

/// The mean speed to the pickup, in km/h.
pub const APPROACH_KM_PER_HOUR: f64 = 50.0;
/// The mean speed with the cargo, in km/h.
pub const TRIP_KM_PER_HOUR: f64 = 70.0;
/// Nobody keeps a higher mean speed over a whole drive, in km/h.
pub const FASTEST_KM_PER_HOUR: f64 = 100.0;
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

    /// What a bid's promise is worth. One that nobody can drive, faster than [`FASTEST_KM_PER_HOUR`], is worth what
    /// [`Estimate::of`] says of any truck at its place, and nobody loads or unloads before a window begins. `at` is when
    /// the bid came.
    #[must_use]
    pub fn credible(offer: &BidSubmitted, request: &Requested, at: Timestamp) -> Self {
        let approach_km = offer.facts.approach_km;
        let can_be_there = at.after(driving_time(approach_km, FASTEST_KM_PER_HOUR)) <= offer.pickup_at;
        let pickup_at =
            if can_be_there { offer.pickup_at } else { Self::of(request, approach_km, at).pickup_at };
        let pickup_at = pickup_at.max(request.pickup.window.from);
        let fastest = pickup_at.after(driving_time(request.road_km, FASTEST_KM_PER_HOUR));
        let delivery_at = if fastest <= offer.delivery_at {
            offer.delivery_at
        } else {
            pickup_at.after(LOADING).after(driving_time(request.road_km, TRIP_KM_PER_HOUR))
        };
        Self { pickup_at, delivery_at: delivery_at.max(request.delivery.window.from) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{HOUR, morning, offer, requested, seconds};
    use proptest::prelude::*;

    #[test]
    fn a_promise_that_nobody_can_drive_gains_nothing() {
        let mut request = requested();
        request.delivery.window.from = morning();
        let honest = offer(1, 820);
        let kept = Estimate { pickup_at: honest.pickup_at, delivery_at: honest.delivery_at };
        assert_eq!(Estimate::credible(&honest, &request, morning()), kept);
        let dreamt = BidSubmitted {
            pickup_at: morning().after(seconds(36)),
            delivery_at: morning().after(seconds(72)),
            ..honest
        };
        let approach_km = dreamt.facts.approach_km;
        let reckoned = Estimate::of(&request, approach_km, morning());
        assert_eq!(Estimate::credible(&dreamt, &request, morning()), reckoned);
        // The window begins after an hour; 620 km at 100 km/h are 6.2 h: just possible, so it counts as it is.
        let fast = BidSubmitted {
            pickup_at: morning().after(HOUR),
            delivery_at: morning().after(HOUR).after(seconds(22_320)),
            ..dreamt.clone()
        };
        let kept = Estimate { pickup_at: fast.pickup_at, delivery_at: fast.delivery_at };
        assert_eq!(Estimate::credible(&fast, &request, morning()), kept);
        let faster = BidSubmitted { delivery_at: fast.delivery_at.before(seconds(1)), ..fast };
        assert_eq!(Estimate::credible(&faster, &request, morning()), reckoned);
        let away = BidSubmitted {
            facts: contracts::shipment::BidFacts { approach_km: 300.0, ..dreamt.facts },
            ..dreamt
        };
        assert_eq!(Estimate::credible(&away, &request, morning()).pickup_at, morning().after(6 * HOUR));
    }

    proptest! {
        #[test]
        fn whoever_promises_the_impossible_counts_no_better_than_its_truck(
            pickup_s in -100_000_i64..100_000, delivery_s in -100_000_i64..100_000, approach_km in 0.0..500.0_f64,
        ) {
            let at = |offset: i64| Timestamp::from_micros(morning().micros() + offset * 1_000_000);
            let request = requested();
            let promise = BidSubmitted {
                pickup_at: at(pickup_s),
                delivery_at: at(delivery_s),
                facts: contracts::shipment::BidFacts { approach_km, ..crate::fixtures::facts() },
                ..offer(1, 820)
            };
            let worth = Estimate::credible(&promise, &request, morning());
            let any = Estimate::of(&request, approach_km, morning());
            let possible = |from: Timestamp, km, promised: Timestamp| from.after(driving_time(km, FASTEST_KM_PER_HOUR)) <= promised;
            if !possible(morning(), approach_km, promise.pickup_at) {
                prop_assert!(worth.pickup_at >= any.pickup_at);
            }
            if !possible(worth.pickup_at, request.road_km, promise.delivery_at) {
                prop_assert!(worth.delivery_at >= worth.pickup_at.after(driving_time(request.road_km, TRIP_KM_PER_HOUR)));
            }
        }

        #[test]
        fn what_an_agent_promises_by_itself_is_credible(road_km in 0.0..3000.0_f64, approach_km in 0.0..500.0_f64) {
            let request = contracts::shipment::Requested { road_km, ..requested() };
            let estimate = Estimate::of(&request, approach_km, morning());
            let bid = BidSubmitted {
                pickup_at: estimate.pickup_at,
                delivery_at: estimate.delivery_at,
                facts: contracts::shipment::BidFacts { approach_km, ..crate::fixtures::facts() },
                ..offer(1, 820)
            };
            prop_assert_eq!(Estimate::credible(&bid, &request, morning()), estimate);
        }
    }
}
