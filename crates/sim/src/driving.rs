//! Driving and rest times: after 4.5 h at the wheel 45 min of break, after 9 h the daily rest of 11 h (annex: EU 561;
//! the rest is article 8 of that regulation).

use crate::pace::Pace;
use kernel::Timestamp;
use std::time::Duration;

const BEFORE_BREAK: Duration = Duration::from_secs(4 * 3600 + 1800);
const BREAK: Duration = Duration::from_secs(45 * 60);
/// So long a break is: who must stand for 45 min does not drive on in that very second.
const BREAK_TAKEN: Duration = Duration::from_secs(47 * 60);
const A_DAY: Duration = Duration::from_secs(9 * 3600);
const REST: Duration = Duration::from_secs(11 * 3600);

/// How long a driver has driven since its last break and its last rest.
#[derive(Debug, Clone, PartialEq)]
pub struct DrivingHours {
    pace: Pace,
    since_break: Duration,
    since_rest: Duration,
    stands_since: Timestamp,
}

impl DrivingHours {
    /// Of a rested driver.
    #[must_use]
    pub const fn rested(pace: Pace, now: Timestamp) -> Self {
        Self { pace, since_break: Duration::ZERO, since_rest: Duration::ZERO, stands_since: now }
    }

    /// How long it may still drive before the daily rest, when it sets off at an instant.
    #[must_use]
    pub fn left(&self, now: Timestamp) -> Duration {
        let mut hours = self.clone();
        hours.stand_until(now);
        self.pace.of(A_DAY).saturating_sub(hours.since_rest)
    }

    /// Plans a drive of so much time at the wheel from an instant on, with every pause that it must make. A drive to where
    /// the truck is already ends no standstill.
    pub fn drive(&mut self, start: Timestamp, at_the_wheel: Duration) -> Drive {
        if at_the_wheel.is_zero() {
            return Drive { start, at_the_wheel, pauses: Vec::new() };
        }
        self.stand_until(start);
        let (before_break, a_day) = (self.pace.of(BEFORE_BREAK), self.pace.of(A_DAY));
        let mut pauses = Vec::new();
        let mut driven = Duration::ZERO;
        while driven < at_the_wheel {
            let until_break = before_break.saturating_sub(self.since_break);
            let until_rest = a_day.saturating_sub(self.since_rest);
            let stretch = until_break.min(until_rest).min(at_the_wheel - driven);
            driven += stretch;
            self.since_break += stretch;
            self.since_rest += stretch;
            if driven < at_the_wheel {
                let rest = self.since_rest >= a_day;
                pauses.push(Pause {
                    after: driven,
                    length: self.pace.of(if rest { REST } else { BREAK_TAKEN }),
                });
                self.since_break = Duration::ZERO;
                if rest {
                    self.since_rest = Duration::ZERO;
                }
            }
        }
        let drive = Drive { start, at_the_wheel, pauses };
        self.stands_since = drive.end();
        drive
    }

    /// A standstill counts as a break or a rest when it is long enough.
    fn stand_until(&mut self, now: Timestamp) {
        let stood = now.since(self.stands_since);
        if stood >= self.pace.of(BREAK) {
            self.since_break = Duration::ZERO;
        }
        if stood >= self.pace.of(REST) {
            self.since_rest = Duration::ZERO;
        }
        self.stands_since = self.stands_since.max(now);
    }
}

/// A pause on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pause {
    /// After so much time at the wheel.
    after: Duration,
    length: Duration,
}

/// A drive with its pauses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drive {
    start: Timestamp,
    at_the_wheel: Duration,
    pauses: Vec<Pause>,
}

impl Drive {
    /// When it sets off.
    #[must_use]
    pub const fn start(&self) -> Timestamp {
        self.start
    }

    /// When it arrives.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        let paused: Duration = self.pauses.iter().map(|pause| pause.length).sum();
        self.start.after(self.at_the_wheel + paused)
    }

    /// A pause more, from an instant on, as long as a break or longer: the breaks after it are planned anew. At the
    /// world's own pace.
    pub fn pause_at(&mut self, instant: Timestamp, length: Duration) {
        let after = self.driven_at(instant);
        let (mut pauses, later): (Vec<Pause>, Vec<Pause>) =
            self.pauses.iter().partition(|pause| pause.after <= after);
        pauses.push(Pause { after, length });
        let mut since_break = after;
        let rests = later.into_iter().filter(|pause| pause.length > BREAK_TAKEN).map(Some);
        for rest in rests.chain([None]) {
            let until = rest.map_or(self.at_the_wheel, |rest| rest.after);
            while since_break + BEFORE_BREAK < until {
                since_break += BEFORE_BREAK;
                pauses.push(Pause { after: since_break, length: BREAK_TAKEN });
            }
            pauses.extend(rest);
            since_break = until;
        }
        self.pauses = pauses;
    }

    /// How long it has been at the wheel at an instant.
    #[must_use]
    pub fn driven_at(&self, now: Timestamp) -> Duration {
        let since_start = now.since(self.start);
        let mut paused = Duration::ZERO;
        for pause in &self.pauses {
            let begins = pause.after + paused;
            if since_start <= begins {
                break;
            }
            paused += pause.length.min(since_start - begins);
        }
        (since_start - paused).min(self.at_the_wheel)
    }

    /// Whether it moves at an instant: under way and not in a pause.
    #[must_use]
    pub fn moves_at(&self, now: Timestamp) -> bool {
        now >= self.start
            && now < self.end()
            && self.driven_at(now.after(Duration::from_micros(1))) > self.driven_at(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(hours: f64) -> Timestamp {
        Timestamp::from_micros((hours * 3.6e9) as i64)
    }

    #[test]
    fn a_long_haul_breaks_and_rests() {
        let mut hours = DrivingHours::rested(Pace::REAL, at(0.0));
        let drive = hours.drive(at(0.0), 10 * HOUR);
        assert_eq!(drive.end(), at(0.0).after(10 * HOUR + BREAK_TAKEN + REST));
        assert_eq!(drive.driven_at(at(5.0)), BEFORE_BREAK);
        assert!(!drive.moves_at(at(5.0)) && drive.moves_at(at(6.0)));
        assert_eq!(drive.driven_at(at(12.0)), A_DAY);
        assert_eq!(hours.left(drive.end()), 8 * HOUR);
    }

    #[test]
    fn a_night_at_the_base_is_a_rest() {
        let mut hours = DrivingHours::rested(Pace::REAL, at(0.0));
        let _ = hours.drive(at(0.0), 8 * HOUR);
        assert_eq!(hours.left(at(10.0)), HOUR);
        assert_eq!(hours.left(at(20.0)), A_DAY);
    }

    #[test]
    fn who_unloads_and_loads_at_one_place_stands_all_the_while() {
        let mut hours = DrivingHours::rested(Pace::REAL, at(0.0));
        let _ = hours.drive(at(0.0), 4 * HOUR);
        assert_eq!(hours.drive(at(4.5), Duration::ZERO).end(), at(4.5));
        assert_eq!(hours.drive(at(5.0), 4 * HOUR).end(), at(9.0), "an hour is a break");
    }

    #[test]
    fn after_a_breakdown_the_next_break_is_later() {
        let mut drive = DrivingHours::rested(Pace::REAL, at(0.0)).drive(at(0.0), 8 * HOUR);
        drive.pause_at(at(2.0), 3 * HOUR);
        assert_eq!(drive.end(), at(0.0).after(8 * HOUR + 3 * HOUR + BREAK_TAKEN));
        assert!(!drive.moves_at(at(4.9)) && drive.moves_at(at(9.4)) && !drive.moves_at(at(9.6)));
    }

    #[test]
    fn a_faster_world_has_shorter_days() {
        let mut hours = DrivingHours::rested(Pace::new(60.0).unwrap(), at(0.0));
        let drive = hours.drive(at(0.0), Duration::from_secs(5 * 60));
        assert_eq!(drive.end(), at(0.0).after(Duration::from_secs(5 * 60 + 47)));
    }

    proptest! {
        #[test]
        fn nobody_drives_longer_than_allowed(legs in proptest::collection::vec((0_u64..30_000, 0_u64..90_000), 1..12)) {
            let mut hours = DrivingHours::rested(Pace::REAL, at(0.0));
            let (mut now, mut since_break, mut since_rest) = (at(0.0), Duration::ZERO, Duration::ZERO);
            for (wait, wheel) in legs {
                let start = now.after(Duration::from_secs(wait));
                if start.since(now) >= BREAK { since_break = Duration::ZERO; }
                if start.since(now) >= REST { since_rest = Duration::ZERO; }
                let drive = hours.drive(start, Duration::from_secs(wheel));
                let mut driven = Duration::ZERO;
                for pause in &drive.pauses {
                    since_break += pause.after - driven;
                    since_rest += pause.after - driven;
                    driven = pause.after;
                    prop_assert!(since_break <= BEFORE_BREAK && since_rest <= A_DAY);
                    since_break = Duration::ZERO;
                    if pause.length >= REST { since_rest = Duration::ZERO; }
                }
                since_break += drive.at_the_wheel - driven;
                since_rest += drive.at_the_wheel - driven;
                prop_assert!(since_break <= BEFORE_BREAK && since_rest <= A_DAY);
                now = drive.end();
            }
        }

        #[test]
        fn a_drive_covers_its_whole_way_and_never_runs_back(wheel in 1_u64..200_000, probe in proptest::collection::vec(0_u64..400_000, 2..20)) {
            let drive = DrivingHours::rested(Pace::REAL, at(0.0)).drive(at(0.0), Duration::from_secs(wheel));
            prop_assert_eq!(drive.driven_at(drive.end()), Duration::from_secs(wheel));
            let mut probe = probe;
            probe.sort_unstable();
            let driven: Vec<Duration> = probe.iter().map(|seconds| drive.driven_at(at(0.0).after(Duration::from_secs(*seconds)))).collect();
            prop_assert!(driven.is_sorted());
        }
    }
}
