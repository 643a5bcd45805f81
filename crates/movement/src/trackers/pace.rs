//! How fast one device may send: a burst after a time without a network, then a pace that no honest device reaches.

use kernel::Timestamp;
use std::time::Duration;

/// One frame costs so much of the pace: 20 a second.
const COST: Duration = Duration::from_millis(50);
/// A device may be ahead of its pace by so much: 400 frames at once.
const BURST: Duration = Duration::from_secs(20);

/// The instant at which all that came so far is worked off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace(Timestamp);

impl Default for Pace {
    fn default() -> Self {
        Self::new()
    }
}

impl Pace {
    const fn new() -> Self {
        Self(Timestamp::from_micros(0))
    }

    /// Lets a frame in, or says how long it must wait. A clock that jumped back is forgiven.
    pub(crate) fn admit(&mut self, now: Timestamp) -> Result<(), Duration> {
        let due = self.0.max(now).after(COST);
        let ahead = due.since(now);
        if ahead > 2 * BURST {
            *self = Self::new();
            return Ok(());
        }
        match ahead.checked_sub(BURST) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                self.0 = due;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_in_and_then_the_pace() {
        let now = Timestamp::from_millis(1_772_352_000_000);
        let mut pace = Pace::new();
        for _ in 0..400 {
            assert_eq!(pace.admit(now), Ok(()));
        }
        assert_eq!(pace.admit(now), Err(COST));
        assert_eq!(pace.admit(now.after(COST)), Ok(()));
        assert_eq!(pace.admit(now.after(COST)), Err(COST));
        assert_eq!(pace.admit(now.before(Duration::from_secs(3600))), Ok(()));
    }
}
