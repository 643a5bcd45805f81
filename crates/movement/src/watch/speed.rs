//! How fast a truck goes: as its device says, and as its positions show where the device says nothing or less.

use super::track::Fix;
use crate::detectors::SpeedLimit;
use kernel::Timestamp;
use std::time::Duration;

/// Positions show a speed over so much time: within it a receiver's noise weighs little.
const WINDOW: Duration = Duration::from_secs(60);

/// The speed that it keeps up.
#[derive(Debug, Clone, Default)]
pub struct Speed {
    limit: SpeedLimit,
    claimed_kmh: f64,
    /// Since when the device claims too much.
    claimed_since: Option<Timestamp>,
    /// Where the present window began.
    window: Option<Fix>,
    /// The speeds of the last two windows. One alone may be a receiver's error at its end, which the next one takes back.
    shown_kmh: (f64, f64),
    /// Since when window after window is too fast.
    shown_since: Option<Timestamp>,
}

impl Speed {
    /// The limit is another from now on.
    pub const fn keep_to(&mut self, limit: SpeedLimit) {
        self.limit = limit;
    }

    /// It went from one position to the next.
    pub fn went(&mut self, last: &Fix, fix: &Fix) {
        let too_fast = |kmh: f64| kmh > self.limit.wrong_kmh;
        self.claimed_kmh = fix.speed_kmh;
        self.claimed_since = too_fast(fix.speed_kmh).then(|| self.claimed_since.unwrap_or(fix.at));
        let from = *self.window.get_or_insert(*last);
        let span = fix.at.since(from.at);
        if span >= WINDOW {
            // The straight line is the least that it drove.
            let kmh = from.place.distance_km(fix.place) / span.as_secs_f64() * 3600.0;
            self.shown_kmh = (self.shown_kmh.1, kmh);
            self.shown_since = too_fast(kmh).then(|| self.shown_since.unwrap_or(from.at));
            self.window = Some(*fix);
        }
    }

    /// Nothing is known of how it came where it is.
    pub fn forget(&mut self) {
        *self = Self { limit: self.limit, ..Self::default() };
    }

    /// Km/h, and since when that is too fast.
    #[must_use]
    pub const fn kept_up(&self) -> (f64, Option<Timestamp>) {
        let shown_kmh = self.shown_kmh.0.min(self.shown_kmh.1);
        if shown_kmh > self.claimed_kmh {
            (shown_kmh, self.shown_since)
        } else {
            (self.claimed_kmh, self.claimed_since)
        }
    }
}
