//! Loads on the way back: what a driver under way can take next, from where its present load ends, and what that costs
//! it beyond driving home empty.

use super::{
    economics::{CURRENCY, empty_km_cost},
    estimates::{APPROACH_KM_PER_HOUR, Estimate, LOADING, TRIP_KM_PER_HOUR, driving_time},
};
use contracts::{
    driver::ReturnOffer,
    shipment::{Requested, ShipmentStatus},
};
use kernel::{Money, Position, ShipmentId, Timestamp};
use std::time::Duration;

/// After so long at the wheel there is a pause; after twice as long, the day's rest (Regulation (EC) No 561/2006).
const STRETCH: Duration = Duration::from_secs(4 * 3600 + 1800);
const PAUSE: Duration = Duration::from_secs(45 * 60);
const REST: Duration = Duration::from_secs(11 * 3600);

/// A trip under way, as far as what follows it is concerned.
#[derive(Debug, Clone, Copy)]
pub struct UnderWay<'a> {
    /// The shipment that is aboard.
    pub shipment: ShipmentId,
    /// What was asked for it.
    pub request: &'a Requested,
    /// Where it stands.
    pub status: ShipmentStatus,
    /// Where the truck is, when that is known.
    pub place: Option<Position>,
    /// Where the driver lives.
    pub base: Position,
}

/// What taking a load on the way back means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReturnLoad {
    /// The shipment that is aboard now.
    pub after: ShipmentId,
    /// Where the truck is when it is free.
    pub from: Position,
    /// When it is free.
    pub free_at: Timestamp,
    /// Km without freight from there to the pickup.
    pub approach_km: f64,
    /// When it could load and deliver.
    pub estimate: Estimate,
    /// Km without freight more than going home at once; below 0 when the load brings it nearer.
    pub extra_empty_km: f64,
    /// What these cost; below 0 when they are saved.
    pub extra_cost: Money,
}

impl ReturnLoad {
    /// What the driver is told.
    #[must_use]
    pub const fn offer(&self) -> ReturnOffer {
        ReturnOffer {
            after: self.after,
            free_at: self.free_at,
            approach_km: self.approach_km,
            extra_empty_km: self.extra_empty_km,
            extra_cost: self.extra_cost,
        }
    }
}

/// How long driving takes with its pauses and rests, for a driver that has been at the wheel for a while since it rested.
pub(super) fn with_rests(driven: Duration, drive: Duration) -> Duration {
    let breaks = |at_the_wheel: Duration| {
        let stretches = (at_the_wheel.as_secs() / STRETCH.as_secs()) as u32;
        PAUSE * (stretches - stretches / 2) + REST * (stretches / 2)
    };
    drive + breaks(driven + drive) - breaks(driven)
}

impl UnderWay<'_> {
    /// What is left to drive to the delivery; `None` before the freight is aboard, when nobody can tell yet.
    fn left(&self) -> Option<Duration> {
        let delivery = self.request.delivery.position;
        match self.status {
            ShipmentStatus::InTransit => {
                let from = self.place.unwrap_or(self.request.pickup.position);
                Some(driving_time(from.assumed_road_km(delivery), TRIP_KM_PER_HOUR))
            }
            ShipmentStatus::Unloading => Some(Duration::ZERO),
            _ => None,
        }
    }

    /// What taking a further load would mean; `None` when the truck is not loaded yet, the pickup is further than
    /// `within_km` from its delivery, or it would come too late to load or to deliver. Its driver is taken to have rested
    /// before the present trip.
    #[must_use]
    pub fn then(&self, next: &Requested, within_km: f64, now: Timestamp) -> Option<ReturnLoad> {
        let left = self.left()?;
        let (from, window) = (self.request.delivery.position, self.request.delivery.window);
        if from.distance_km(next.pickup.position) > within_km {
            return None;
        }
        let approach_km = from.assumed_road_km(next.pickup.position);
        let driven = driving_time(self.request.road_km, TRIP_KM_PER_HOUR).saturating_sub(left);
        let free_at = match self.status {
            ShipmentStatus::Unloading => now.after(LOADING),
            _ => now.after(with_rests(driven, left)).max(window.from).after(LOADING),
        };
        let approach = driving_time(approach_km, APPROACH_KM_PER_HOUR);
        let haul = driving_time(next.road_km, TRIP_KM_PER_HOUR);
        let pickup_at = free_at.after(with_rests(driven + left, approach)).max(next.pickup.window.from);
        let arrived = pickup_at.after(LOADING).after(with_rests(driven + left + approach, haul));
        let estimate = Estimate { pickup_at, delivery_at: arrived.max(next.delivery.window.from) };
        if !estimate.in_time_for_pickup(next) || estimate.delivery_at > next.delivery.window.to {
            return None;
        }
        let home_after = next.delivery.position.assumed_road_km(self.base);
        let extra_empty_km = approach_km + home_after - from.assumed_road_km(self.base);
        let extra_cost = empty_km_cost(extra_empty_km).unwrap_or(Money::new(0, CURRENCY));
        let after = self.shipment;
        Some(ReturnLoad { after, from, free_at, approach_km, estimate, extra_empty_km, extra_cost })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{HOUR, MILAN, ROME, id, morning, requested};
    use contracts::shipment::{Stop, Window};

    const PERUGIA: Position = Position { latitude: 43.1107, longitude: 12.3908 };

    fn under_way(request: &Requested, status: ShipmentStatus) -> UnderWay<'_> {
        UnderWay { shipment: id(1), request, status, place: Some(PERUGIA), base: MILAN }
    }

    /// From Rome back to Milan, to be loaded between the hours.
    fn back(from_hour: u32, to_hour: u32) -> Requested {
        let window = |from, to| Window { from: morning().after(from * HOUR), to: morning().after(to * HOUR) };
        Requested {
            pickup: Stop { position: ROME, window: window(from_hour, to_hour) },
            delivery: Stop { position: MILAN, window: window(from_hour + 6, to_hour + 24) },
            ..requested()
        }
    }

    #[test]
    fn a_load_from_the_delivery_home_saves_the_empty_way() {
        let present = requested();
        let load =
            under_way(&present, ShipmentStatus::InTransit).then(&back(14, 18), 100.0, morning()).unwrap();
        assert_eq!(load.free_at, morning().after(13 * HOUR), "the delivery opens after 12 h and takes one");
        assert_eq!(load.estimate.pickup_at, morning().after(14 * HOUR));
        assert!(load.approach_km < 1e-9);
        let empty_home = ROME.assumed_road_km(MILAN);
        assert!((load.extra_empty_km + empty_home).abs() < 1e-6, "{load:?}");
        // 0.35 fuel, 0.15 toll and 0.45 driver a km, saved.
        assert!(load.extra_cost.minor < -50_000, "{load:?}");
    }

    #[test]
    fn drivers_pause_and_rest() {
        let minutes = |driven: u64, drive: u64| {
            let time = |minutes: u64| Duration::from_secs(minutes * 60);
            with_rests(time(driven), time(drive)).as_secs() / 60
        };
        assert_eq!((minutes(0, 269), minutes(0, 270)), (269, 270 + 45));
        assert_eq!(minutes(0, 540), 540 + 45 + 660, "a pause, and the day's rest after nine hours");
        assert_eq!((minutes(200, 60), minutes(200, 80)), (60, 80 + 45), "what was driven before counts");
    }

    #[test]
    fn what_cannot_be_reached_in_time_is_no_return_load() {
        let present = requested();
        let truck = under_way(&present, ShipmentStatus::InTransit);
        assert_eq!(truck.then(&back(8, 12), 100.0, morning()), None, "it is free after 13 h");
        let hasty = Requested {
            delivery: Stop {
                window: Window { from: morning().after(15 * HOUR), to: morning().after(20 * HOUR) },
                ..back(14, 18).delivery
            },
            ..back(14, 18)
        };
        assert_eq!(truck.then(&hasty, 100.0, morning()), None, "620 km take 9 h");
        assert_eq!(truck.then(&requested(), 100.0, morning()), None, "Milan is far from Rome");
    }

    #[test]
    fn nobody_promises_what_follows_before_it_is_loaded() {
        let present = requested();
        for status in [ShipmentStatus::Booked, ShipmentStatus::EnRoutePickup, ShipmentStatus::Loading] {
            assert_eq!(under_way(&present, status).then(&back(14, 18), 100.0, morning()), None);
        }
        let late = morning().after(15 * HOUR);
        let load = under_way(&present, ShipmentStatus::Unloading).then(&back(14, 18), 100.0, late).unwrap();
        assert_eq!(load.free_at, morning().after(16 * HOUR));
    }
}
