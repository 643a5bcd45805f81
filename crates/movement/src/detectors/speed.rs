//! It is too fast, or too slow to be in time.

use super::{Opinion, Scene, beyond, minutes};
use std::time::Duration;

/// Trucks are limited to 90 km/h by their own engine, vans in most of Europe to 130 (directive 92/6/EEC): whatever is
/// faster than this should not be.
pub const OVERSPEED_KMH: f64 = 130.0;
const CALM_KMH: f64 = 120.0;
/// A moment downhill, or a receiver's whim, is shorter.
const FAST_FOR: Duration = Duration::from_secs(60);
/// A delay is worth an alert from here (annex, section 4) ...
const LATE_MIN: f64 = 30.0;
/// ... and made good here.
const MADE_GOOD_MIN: f64 = 15.0;

/// It has been faster than any truck or van may be for a minute.
pub(super) fn overspeed(scene: &Scene) -> Opinion {
    let since = scene.at.before(scene.fast_for);
    match beyond(scene.speed_kmh, OVERSPEED_KMH, CALM_KMH, since) {
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
        let at = |speed_kmh, seconds| {
            overspeed(&Scene { speed_kmh, fast_for: Duration::from_secs(seconds), ..calm() })
        };
        assert!(matches!(at(131.0, 60), Opinion::Wrong { figure: 131.0, .. }));
        assert_eq!(
            (at(131.0, 30), at(125.0, 90), at(90.0, 0)),
            (Opinion::Unsure, Opinion::Unsure, Opinion::Right)
        );
    }

    #[test]
    fn half_an_hour_late_is_wrong_until_it_is_a_quarter() {
        let late = |minutes: u64| eta_slip(&Scene { late_by: Duration::from_secs(minutes * 60), ..calm() });
        assert!(matches!(late(31), Opinion::Wrong { .. }));
        assert_eq!((late(30), late(14)), (Opinion::Unsure, Opinion::Right));
    }
}
