//! Its positions cannot be true.

use super::{Opinion, Scene};

/// A receiver jumps now and then; so often it does not.
const JUMPS_MAX: u32 = 3;
/// What is judged of a stretch must be longer than a receiver's noise ...
const CLAIMED_KM: f64 = 3.0;
/// ... and the positions must show less than this part of what the speeds claim.
const SHOWN_SHARE: f64 = 0.1;

/// It was seen several times where it cannot have driven to.
pub(super) fn impossible_jump(scene: &Scene) -> Opinion {
    match scene.jumps {
        (0, _) => Opinion::Right,
        (count, km) if count >= JUMPS_MAX => Opinion::Wrong { since: scene.at, figure: km },
        _ => Opinion::Unsure,
    }
}

/// Its device says itself that its positions are made up, or claims speeds that its positions do not show.
pub(super) fn mocked_position(scene: &Scene) -> Opinion {
    let (claimed, moved) = (scene.claimed_km, scene.moved_km);
    let contradicts = claimed > CLAIMED_KM && moved < claimed * SHOWN_SHARE;
    if scene.mocked || contradicts {
        Opinion::Wrong { since: scene.at, figure: claimed }
    } else if claimed > CLAIMED_KM && moved < claimed * 0.5 {
        Opinion::Unsure
    } else {
        Opinion::Right
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::calm;

    #[test]
    fn three_jumps_are_wrong_and_one_is_a_receivers() {
        let jumped = |count| impossible_jump(&Scene { jumps: (count, 120.0), ..calm() });
        assert!(matches!(jumped(3), Opinion::Wrong { figure: 120.0, .. }));
        assert_eq!((jumped(1), jumped(0)), (Opinion::Unsure, Opinion::Right));
    }

    #[test]
    fn who_says_80_and_stands_is_not_believed() {
        let moved = |moved_km| mocked_position(&Scene { claimed_km: 6.0, moved_km, ..calm() });
        assert!(matches!(moved(0.2), Opinion::Wrong { .. }));
        assert_eq!((moved(2.0), moved(6.1)), (Opinion::Unsure, Opinion::Right));
        assert!(matches!(mocked_position(&Scene { mocked: true, ..calm() }), Opinion::Wrong { .. }));
        let parked = Scene { claimed_km: 0.4, moved_km: 0.0, ..calm() };
        assert_eq!(mocked_position(&parked), Opinion::Right, "noise of a parked receiver");
    }
}
