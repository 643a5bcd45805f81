//! Trucks that drive faster than time goes, as in a demonstration. A truck that drives sixty times as fast as time goes cannot
//! be judged by our clock: nothing that it does is possible. So the watch measures in the trucks' time, in which they drive as in
//! real life, and tells what it finds in ours.

use crate::{agents::Finding, eta::Eta};
use kernel::Timestamp;

/// How the trucks' time runs beside ours: they agree at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TruckTime {
    agree_at: Timestamp,
    times: u32,
}

impl Default for TruckTime {
    fn default() -> Self {
        Self { agree_at: Timestamp::from_micros(0), times: 1 }
    }
}

impl TruckTime {
    /// So many times as fast as ours; both agree at an instant.
    #[must_use]
    pub const fn new(agree_at: Timestamp, times: u32) -> Self {
        Self { agree_at, times: if times == 0 { 1 } else { times } }
    }

    /// What the trucks' clock shows at an instant of ours.
    pub(super) fn of_ours(self, at: Timestamp) -> Timestamp {
        let since = at.micros().saturating_sub(self.agree_at.micros());
        self.at(since.saturating_mul(i64::from(self.times)))
    }

    /// Our instant at which the trucks' clock shows this.
    pub(super) fn of_theirs(self, at: Timestamp) -> Timestamp {
        let since = at.micros().saturating_sub(self.agree_at.micros());
        self.at(since / i64::from(self.times))
    }

    const fn at(self, since: i64) -> Timestamp {
        Timestamp::from_micros(self.agree_at.micros().saturating_add(since))
    }

    /// An estimate in our time.
    pub(super) fn estimate(self, eta: Eta) -> Eta {
        Eta {
            at: self.of_theirs(eta.at),
            earliest: self.of_theirs(eta.earliest),
            latest: self.of_theirs(eta.latest),
        }
    }

    /// Turns a finding's instants into ours.
    pub(super) fn told(self, finding: &mut Finding) {
        match finding {
            Finding::Wrong { since: at, .. }
            | Finding::Right { at, .. }
            | Finding::Arrived { at, .. }
            | Finding::Dwelled { at, .. }
            | Finding::Left { at, .. }
            | Finding::Entered { at, .. }
            | Finding::Stayed { at, .. }
            | Finding::Exited { at, .. } => *at = self.of_theirs(*at),
            Finding::Arriving { eta, at, .. }
            | Finding::Late { eta, at, .. }
            | Finding::Rerouted { eta, at, .. } => {
                *eta = self.of_theirs(*eta);
                *at = self.of_theirs(*at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn there_and_back_is_the_same_instant(agree in -1_000_000_000_000_i64..1_000_000_000_000, at in -1_000_000_000_000_i64..1_000_000_000_000, times in 1_u32..=3600) {
            let time = TruckTime::new(Timestamp::from_micros(agree), times);
            let at = Timestamp::from_micros(at);
            prop_assert_eq!(time.of_theirs(time.of_ours(at)), at);
        }
    }

    #[test]
    fn a_minute_is_an_hour_at_sixty_times_the_speed() {
        let start = Timestamp::from_millis(1_000_000);
        let time = TruckTime::new(start, 60);
        assert_eq!(time.of_ours(start), start);
        assert_eq!(time.of_ours(Timestamp::from_millis(1_060_000)), Timestamp::from_millis(4_600_000));
        assert_eq!(TruckTime::default().of_ours(start), start);
    }
}
