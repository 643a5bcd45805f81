//! Time is UTC microseconds that a clock hands out.

use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// A text that is not an RFC 3339 instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an RFC 3339 date and time such as 2026-03-01T08:00:00Z")]
pub struct InvalidTimestamp;

/// An instant: microseconds since 1970-01-01T00:00:00Z. In the log it is that integer; on the wire RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From milliseconds since the epoch; saturates at the ends of time.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1000))
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since the epoch, rounded down.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Parses RFC 3339 with any offset; the offset itself is not kept. Years 1970 to 9998.
    ///
    /// # Errors
    /// [`InvalidTimestamp`].
    pub fn parse(text: &str) -> Result<Self, InvalidTimestamp> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| InvalidTimestamp)?;
        let micros = instant.as_microsecond();
        if (0..253_370_764_800_000_000).contains(&micros) { Ok(Self(micros)) } else { Err(InvalidTimestamp) }
    }

    /// The instant `duration` later; saturates at the ends of time.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// The instant `duration` earlier; saturates at the ends of time.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// Time from `earlier` to `self`; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(instant) => instant.fmt(f),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

/// Hands out the time. The runtime implements it over the system's clock; simulation and tests turn their own.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rfc_3339_is_read_and_written() {
        let time = Timestamp::parse("2026-03-01T09:30:00.25+01:00").unwrap();
        assert_eq!(time.to_string(), "2026-03-01T08:30:00.25Z");
        for text in ["", "2026-03-01", "2026-03-01T08:00:00", "1066-10-14T09:00:00Z", "now"] {
            assert_eq!(Timestamp::parse(text), Err(InvalidTimestamp), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn arithmetic_never_overflows(micros in any::<i64>(), other in any::<i64>(), seconds in any::<u64>()) {
            let time = Timestamp::from_micros(micros);
            prop_assert!(time.after(Duration::from_secs(seconds)) >= time);
            prop_assert!(time.before(Duration::from_secs(seconds)) <= time);
            let _ = time.since(Timestamp::from_micros(other));
            let _ = time.to_string();
        }
    }
}
