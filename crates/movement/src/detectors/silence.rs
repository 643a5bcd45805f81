//! Nothing is heard of it.

use super::{Opinion, Scene, minutes};
use std::time::Duration;

/// A position is taken as live for so long.
const SILENT_MAX: Duration = Duration::from_secs(15 * 60);

/// Standing, in km/h.
const STANDING_KMH: f64 = 5.0;

/// Its device, which reports every few seconds or at worst every ten minutes, has said nothing. A driver who was seen to
/// pause may have switched it off.
pub(super) fn silence(scene: &Scene) -> Opinion {
    let silent = scene.now.since(scene.heard_at);
    let pause = if scene.speed_kmh < STANDING_KMH { scene.pause } else { Duration::ZERO };
    if !scene.on_the_road || silent <= SILENT_MAX / 2 {
        Opinion::Right
    } else if silent > SILENT_MAX && silent + scene.stood_for > pause {
        Opinion::Wrong { since: scene.heard_at, figure: minutes(silent) }
    } else {
        Opinion::Unsure
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::calm;

    fn silent(minutes: u64, pause: u64) -> Opinion {
        let speed_kmh = if pause > 0 { 0.0 } else { 80.0 };
        let heard_at = calm().now.before(Duration::from_secs(minutes * 60));
        silence(&Scene { heard_at, pause: Duration::from_secs(pause * 60), speed_kmh, ..calm() })
    }

    #[test]
    fn a_quarter_of_an_hour_without_a_word_is_wrong() {
        assert!(matches!(silent(16, 0), Opinion::Wrong { figure: 16.0, .. }));
        assert_eq!((silent(14, 0), silent(7, 0)), (Opinion::Unsure, Opinion::Right));
    }

    #[test]
    fn a_pause_may_be_silent() {
        assert_eq!(silent(50, 55), Opinion::Unsure);
        assert!(matches!(silent(56, 55), Opinion::Wrong { .. }));
    }
}
