//! How long a step took, for people.

use std::time::{Duration, Instant};

/// Started when made.
pub struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "tells a person how long a build step took; decides nothing"
    )]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// Such as `3.1 s` or `2 min 05 s`.
    pub fn show(&self) -> String {
        let seconds = self.elapsed().as_secs();
        if seconds < 60 {
            format!("{:.1} s", self.elapsed().as_secs_f64())
        } else {
            format!("{} min {:02} s", seconds / 60, seconds % 60)
        }
    }
}
