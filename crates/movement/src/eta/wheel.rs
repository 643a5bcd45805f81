//! How long a driver has been at the wheel, as its positions show, and which pauses that asks for (EU 561: after 4.5 h
//! 45 min of break, after 9 h the daily rest of 11 h).

use std::time::Duration;

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

const BEFORE_BREAK: Duration = minutes(270);
const BREAK: Duration = minutes(45);
const A_DAY: Duration = minutes(540);
const REST: Duration = minutes(660);
/// Positions come now and then: a pause that was seen for so long is taken as a whole one.
const BREAK_SEEN: Duration = minutes(42);
const REST_SEEN: Duration = minutes(8 * 60);
/// Drivers pause where there is a place for it, so earlier than they must.
const BREAK_SOON: Duration = minutes(240);
const REST_SOON: Duration = minutes(510);
/// Nobody pauses to the minute.
const GRACE: Duration = minutes(12);

/// A stop of about a break's length, when none was due, may have been a little too short for one ...
const BREAK_SURE: Duration = minutes(50);
/// ... and so may one that was due, of less than this: both ends of a stop are known to half a minute.
const BREAK_SURE_WHEN_DUE: Duration = minutes(46);

/// Time at the wheel since the last break and the last rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wheel {
    since_break: Duration,
    /// The same, if stops that may have been too short were no breaks.
    since_sure_break: Duration,
    since_rest: Duration,
    /// The same, if nights that may have been too short were no rests.
    since_sure_rest: Duration,
}

impl Wheel {
    /// It drove for so long.
    pub fn drove(&mut self, span: Duration) {
        self.since_break = self.since_break.saturating_add(span);
        self.since_sure_break = self.since_sure_break.saturating_add(span);
        self.since_rest = self.since_rest.saturating_add(span);
        self.since_sure_rest = self.since_sure_rest.saturating_add(span);
    }

    /// It stood for so long, and drives again.
    pub fn stood(&mut self, span: Duration) {
        let was_due = self.since_sure_break >= BREAK_SOON;
        if span >= BREAK_SURE || (was_due && span >= BREAK_SURE_WHEN_DUE) {
            self.since_sure_break = Duration::ZERO;
        }
        if span >= BREAK_SEEN {
            self.since_break = Duration::ZERO;
        }
        let rest_was_due = self.since_sure_rest >= REST_SOON;
        if span >= REST || (rest_was_due && span >= REST_SEEN) {
            self.since_sure_rest = Duration::ZERO;
        }
        if span >= REST_SEEN {
            self.since_rest = Duration::ZERO;
        }
    }

    /// How long a stop may be that begins now: a rest, a break, or nothing when none is due soon.
    #[must_use]
    pub fn pause_due(&self) -> Duration {
        if self.since_sure_rest >= REST_SOON {
            REST + GRACE
        } else if self.since_sure_break >= BREAK_SOON {
            BREAK + GRACE
        } else {
            Duration::ZERO
        }
    }

    /// The pauses on a drive of so much time at the wheel, by a driver who has stood for so long already.
    #[must_use]
    pub fn pauses(&self, drive: Duration, stood: Duration) -> Duration {
        let (mut since_break, mut since_rest) = (self.since_break, self.since_rest);
        if !stood.is_zero() {
            // Who stands when a pause is nearly due has begun it.
            if since_rest >= REST_SOON {
                since_rest = since_rest.max(A_DAY);
            } else if since_break >= BREAK_SOON {
                since_break = since_break.max(BEFORE_BREAK);
            }
        }
        let (mut left, mut paused) = (drive, Duration::ZERO);
        let mut begun = stood;
        while !left.is_zero() {
            let stretch =
                (BEFORE_BREAK.saturating_sub(since_break)).min(A_DAY.saturating_sub(since_rest)).min(left);
            since_break += stretch;
            since_rest += stretch;
            left -= stretch;
            if left.is_zero() {
                break;
            }
            let rests = since_rest >= A_DAY;
            // A pause that has begun is shorter by what is over of it; a later one is not.
            let begun_now = if stretch.is_zero() { std::mem::take(&mut begun) } else { Duration::ZERO };
            paused += if rests { REST } else { BREAK }.saturating_sub(begun_now);
            since_break = Duration::ZERO;
            if rests {
                since_rest = Duration::ZERO;
            }
        }
        paused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn driven(drive: u64) -> Wheel {
        let mut wheel = Wheel::default();
        wheel.drove(minutes(drive));
        wheel
    }

    #[test]
    fn a_pause_is_excused_when_one_is_due() {
        assert_eq!(driven(200).pause_due(), Duration::ZERO);
        assert_eq!(driven(265).pause_due(), minutes(57));
        let mut wheel = driven(265);
        wheel.stood(minutes(46));
        assert_eq!(wheel.pause_due(), Duration::ZERO);
        wheel.drove(minutes(250));
        assert_eq!(wheel.pause_due(), minutes(672));
        wheel.stood(minutes(600));
        assert_eq!(wheel, Wheel::default());
    }

    #[test]
    fn a_stop_that_may_have_been_too_short_leaves_the_break_excused() {
        let mut wheel = driven(100);
        wheel.stood(minutes(44));
        wheel.drove(minutes(170));
        assert_eq!(wheel.pause_due(), minutes(57));
        let mut rested = driven(100);
        rested.stood(minutes(50));
        rested.drove(minutes(170));
        assert_eq!(rested.pause_due(), Duration::ZERO);
        let mut due = driven(265);
        due.stood(minutes(45));
        assert_eq!(due.pause_due(), minutes(57), "a minute may be missing");
    }

    #[test]
    fn a_night_that_may_have_been_too_short_leaves_the_rest_excused() {
        let after_a_night_of = |night: u64| {
            let mut wheel = driven(300);
            wheel.stood(minutes(night));
            wheel.drove(minutes(220));
            wheel.pause_due()
        };
        assert_eq!(after_a_night_of(600), minutes(672));
        assert_eq!(after_a_night_of(660), Duration::ZERO);
    }

    #[test]
    fn long_drives_reckon_with_their_pauses() {
        let fresh = Wheel::default();
        assert_eq!(fresh.pauses(minutes(270), Duration::ZERO), Duration::ZERO);
        assert_eq!(fresh.pauses(minutes(300), Duration::ZERO), minutes(45));
        assert_eq!(fresh.pauses(minutes(600), Duration::ZERO), minutes(45 + 660));
        assert_eq!(
            driven(270).pauses(minutes(10), minutes(30)),
            minutes(15),
            "two thirds of the break are over"
        );
        assert_eq!(driven(200).pauses(minutes(100), minutes(30)), minutes(45), "that stop was no break");
        assert_eq!(driven(265).pauses(minutes(60), minutes(30)), minutes(15), "it pauses a little early");
        assert_eq!(driven(265).pauses(minutes(60), Duration::ZERO), minutes(45), "it drives on");
        let mut evening = driven(265);
        evening.stood(minutes(45));
        evening.drove(minutes(260));
        assert_eq!(evening.pauses(minutes(60), minutes(600)), minutes(60), "its night began a little early");
    }
}
