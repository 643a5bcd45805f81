//! It is not where its way leads (annex, section 4: > 5 km off route).
//!
//! That is measured from planned roads. Where nobody plans routes, it is off when no way of an ordinary detour leads past it:
//! the figure is then the least that it must be off, and a truck may be several tens of km beside the straight line before
//! anything can be said (docs/decisions/0121).

use super::{Opinion, Scene, beyond};
use std::time::Duration;

const OFF_KM: f64 = 5.0;
const ON_AGAIN_KM: f64 = 3.0;
/// One position off the route is a receiver's; a truck is off it for a while.
const OFF_FOR: Duration = Duration::from_secs(60);
const BACK_KM: f64 = 5.0;
const FORTH_KM: f64 = 2.0;

/// It has been too far from its route for a minute.
pub(super) fn off_route(scene: &Scene) -> Opinion {
    match scene.off_km {
        Some(off_km) if scene.on_the_road => {
            let since = scene.at.before(scene.off_for);
            match beyond(off_km, OFF_KM, ON_AGAIN_KM, since) {
                Opinion::Wrong { .. } if scene.off_for < OFF_FOR => Opinion::Unsure,
                opinion => opinion,
            }
        }
        _ => Opinion::Right,
    }
}

/// It has come back a good part of the way that it had made, or drives away from its beginning.
pub(super) fn opposite_direction(scene: &Scene) -> Opinion {
    if !scene.on_the_road {
        return Opinion::Right;
    }
    beyond(scene.back_km, BACK_KM, FORTH_KM, scene.at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::calm;

    fn off(km: f64, seconds: u64) -> Opinion {
        off_route(&Scene { off_km: Some(km), off_for: Duration::from_secs(seconds), ..calm() })
    }

    #[test]
    fn five_kilometres_off_for_a_minute_is_wrong_and_three_are_right_again() {
        assert!(matches!(off(5.1, 60), Opinion::Wrong { figure: 5.1, .. }));
        assert_eq!(
            (off(5.1, 59), off(4.0, 600), off(2.9, 600)),
            (Opinion::Unsure, Opinion::Unsure, Opinion::Right)
        );
        assert_eq!(off_route(&Scene { off_km: None, ..calm() }), Opinion::Right, "no route, no judgement");
    }

    #[test]
    fn a_u_turn_is_noticed_after_five_kilometres() {
        let back = |back_km| opposite_direction(&Scene { back_km, ..calm() });
        assert!(matches!(back(5.5), Opinion::Wrong { .. }));
        assert_eq!((back(4.0), back(1.0)), (Opinion::Unsure, Opinion::Right));
    }
}
