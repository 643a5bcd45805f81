//! It is too fast, or too slow to be in time.

use super::{Opinion, Scene, beyond, minutes};
use contracts::ports::RouteVehicle;
use std::time::Duration;

/// How fast a vehicle may be: too fast above one speed, right again below another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpeedLimit {
    /// Km/h.
    pub wrong_kmh: f64,
    /// Km/h.
    pub right_kmh: f64,
}

impl SpeedLimit {
    /// What may drive 130 in most of Europe.
    const VAN: Self = Self { wrong_kmh: 130.0, right_kmh: 120.0 };
    /// Above 3.5 t the engine itself is limited to 90 km/h (directive 92/6/EEC); a tenth more is a slope and a tolerance.
    const TRUCK: Self = Self { wrong_kmh: 99.0, right_kmh: 94.0 };

    /// Of a vehicle.
    #[must_use]
    pub const fn of(vehicle: RouteVehicle) -> Self {
        match vehicle {
            RouteVehicle::Car | RouteVehicle::Van => Self::VAN,
            RouteVehicle::Truck12 | RouteVehicle::Truck40 => Self::TRUCK,
        }
    }
}

impl Default for SpeedLimit {
    /// Of a vehicle that nobody knows.
    fn default() -> Self {
        Self::VAN
    }
}

/// A moment downhill, or a receiver's whim, is shorter.
const FAST_FOR: Duration = Duration::from_secs(60);
/// A delay is worth an alert from here (annex, section 4) ...
const LATE_MIN: f64 = 30.0;
/// ... and made good here.
const MADE_GOOD_MIN: f64 = 15.0;

/// It has been faster than such a vehicle may be for a minute.
pub(super) fn overspeed(scene: &Scene) -> Opinion {
    let since = scene.at.before(scene.fast_for);
    match beyond(scene.fast_kmh, scene.limit.wrong_kmh, scene.limit.right_kmh, since) {
        Opinion::Wrong { .. } if scene.fast_for < FAST_FOR => Opinion::Unsure,
        opinion => opinion,
    }
}

/// It will be more than 30 min late.
pub(super) fn eta_slip(scene: &Scene) -> Opinion {
    beyond(minutes(scene.late_by), LATE_MIN, MADE_GOOD_MIN, scene.at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::calm;

    #[test]
    fn too_fast_for_a_minute_is_wrong() {
        let of = |vehicle, fast_kmh, seconds| {
            let limit = SpeedLimit::of(vehicle);
            overspeed(&Scene { fast_kmh, fast_for: Duration::from_secs(seconds), limit, ..calm() })
        };
        let at = |kmh, seconds| of(RouteVehicle::Van, kmh, seconds);
        assert!(matches!(at(131.0, 60), Opinion::Wrong { figure: 131.0, .. }));
        assert_eq!(
            (at(131.0, 30), at(125.0, 90), at(90.0, 0)),
            (Opinion::Unsure, Opinion::Unsure, Opinion::Right)
        );
        for truck in [RouteVehicle::Truck12, RouteVehicle::Truck40] {
            assert!(matches!(of(truck, 100.0, 60), Opinion::Wrong { figure: 100.0, .. }));
            assert_eq!((of(truck, 98.0, 600), of(truck, 93.0, 0)), (Opinion::Unsure, Opinion::Right));
        }
    }

    #[test]
    fn half_an_hour_late_is_wrong_until_it_is_a_quarter() {
        let late = |minutes: u64| eta_slip(&Scene { late_by: Duration::from_secs(minutes * 60), ..calm() });
        assert!(matches!(late(31), Opinion::Wrong { .. }));
        assert_eq!((late(30), late(14)), (Opinion::Unsure, Opinion::Right));
    }
}
