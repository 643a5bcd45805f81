//! How fast the simulated world runs against the clock, and the drivers' hours in it.

use std::time::Duration;

/// A multiple of real life: at 60 a truck does in a minute what takes it an hour. The platform's own deadlines (bid
/// windows, confirmations) are not touched: they are the platform's, and run by its clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace(f64);

impl Pace {
    /// As in real life.
    pub const REAL: Self = Self(1.0);
    /// Real life at least, and at most an hour in a second.
    const RANGE: std::ops::RangeInclusive<f64> = 1.0..=3600.0;

    /// A pace; `None` unless it is between 1 and 3600.
    #[must_use]
    pub fn new(times: f64) -> Option<Self> {
        Self::RANGE.contains(&times).then_some(Self(times))
    }

    /// How long something takes that takes `real` in real life.
    #[must_use]
    pub fn of(self, real: Duration) -> Duration {
        real.div_f64(self.0)
    }

    /// The speed on the clock of a truck that drives `kmh` in real life.
    #[must_use]
    pub fn kmh(self, kmh: f64) -> f64 {
        kmh * self.0
    }
}
