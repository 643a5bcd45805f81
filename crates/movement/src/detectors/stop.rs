//! It stands, or it makes no way (annex, section 4: stop > 15 min, stuck > 30 min).

use super::{Opinion, Scene, minutes};
use std::time::Duration;

const STOP_MAX: Duration = Duration::from_secs(15 * 60);
const STUCK_MAX: Duration = Duration::from_secs(30 * 60);

/// It stands where it has no business and no pause is due.
pub(super) fn long_stop(scene: &Scene) -> Opinion {
    held_up(scene, scene.stood_for, STOP_MAX)
}

/// It has not got on, standing or crawling.
pub(super) fn stuck(scene: &Scene) -> Opinion {
    held_up(scene, scene.stayed_for, STUCK_MAX)
}

/// Right only once it has moved on: who stands for ten minutes has not begun anew.
fn held_up(scene: &Scene, span: Duration, most: Duration) -> Opinion {
    if !scene.on_the_road || span.is_zero() {
        Opinion::Right
    } else if span > most.max(scene.pause) {
        Opinion::Wrong { since: scene.at.before(span), figure: minutes(span) }
    } else {
        Opinion::Unsure
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detectors::calm;

    fn standing(minutes: u64) -> Scene {
        let span = Duration::from_secs(minutes * 60);
        Scene { stood_for: span, stayed_for: span, ..calm() }
    }

    #[test]
    fn a_stop_is_long_after_a_quarter_of_an_hour_and_stuck_after_half_an_hour() {
        let opinions = |minutes| (long_stop(&standing(minutes)), stuck(&standing(minutes)));
        assert_eq!(opinions(15), (Opinion::Unsure, Opinion::Unsure));
        let since = calm().at.before(Duration::from_secs(960));
        assert_eq!(opinions(16), (Opinion::Wrong { since, figure: 16.0 }, Opinion::Unsure));
        assert!(matches!(opinions(31), (Opinion::Wrong { .. }, Opinion::Wrong { figure: 31.0, .. })));
    }

    #[test]
    fn a_crawl_is_no_stop_but_makes_no_way() {
        let jam = Scene { stood_for: Duration::ZERO, ..standing(40) };
        assert!(matches!((long_stop(&jam), stuck(&jam)), (Opinion::Right, Opinion::Wrong { .. })));
    }

    #[test]
    fn a_pause_that_is_due_and_a_stop_of_the_trip_are_none() {
        let pausing = Scene { pause: Duration::from_secs(55 * 60), ..standing(50) };
        assert_eq!((long_stop(&pausing), stuck(&pausing)), (Opinion::Unsure, Opinion::Unsure));
        let overlong = Scene { pause: Duration::from_secs(55 * 60), ..standing(56) };
        assert!(matches!(long_stop(&overlong), Opinion::Wrong { .. }));
        let loading = Scene { on_the_road: false, ..standing(120) };
        assert_eq!((long_stop(&loading), stuck(&loading)), (Opinion::Right, Opinion::Right));
    }
}
