//! How the ways to stops went before: actual by planned time at the wheel, one tenant's trips together.

use std::time::Duration;

/// From so many trips on, what they say of the spread replaces the assumption.
const ENOUGH: f64 = 30.0;
/// The assumption: two thirds of all trips are within 15 % of the plan.
const ASSUMED_SPREAD: f64 = 0.15;
/// What a guess adds to it.
const GUESSED_SPREAD: f64 = 0.2;
/// Shorter ways say more about gates and lights than about roads.
const SHORTEST: Duration = Duration::from_secs(20 * 60);
/// A ratio beyond these is a trip that was watched badly.
const BELIEVABLE: std::ops::RangeInclusive<f64> = 0.25..=4.0;

/// The sums of the logarithms of actual by planned times.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct History {
    /// How many ways.
    pub count: f64,
    /// Of the logarithms.
    pub sum: f64,
    /// Of their squares.
    pub squares: f64,
}

/// What the history says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Actual by planned time.
    pub factor: f64,
    /// Standard deviation of its logarithm.
    pub sigma: f64,
}

impl Spread {
    /// Where only the straight line to the stop is known: roads are longer by a tenth to a half, and not equally fast.
    #[must_use]
    pub fn of_a_guess(self) -> Self {
        Self { sigma: self.sigma.hypot(GUESSED_SPREAD), ..self }
    }
}

/// The logarithm that a way adds to the history; nothing for one that says little.
#[must_use]
pub fn sample(driven: Duration, planned: Duration) -> Option<f64> {
    let ratio = driven.as_secs_f64() / planned.as_secs_f64();
    (planned >= SHORTEST && BELIEVABLE.contains(&ratio)).then(|| ratio.ln())
}

impl History {
    /// One more way.
    pub fn add(&mut self, driven: Duration, planned: Duration) {
        if let Some(logarithm) = sample(driven, planned) {
            self.count += 1.0;
            self.sum += logarithm;
            self.squares += logarithm * logarithm;
        }
    }

    /// The assumption counts like so many trips, and fades as they come.
    #[must_use]
    pub fn spread(&self) -> Spread {
        let weight = self.count + ENOUGH;
        let mean = self.sum / weight;
        let variance = (self.squares + ENOUGH * ASSUMED_SPREAD * ASSUMED_SPREAD) / weight - mean * mean;
        Spread { factor: mean.exp(), sigma: variance.max(1e-4).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_assumption_fades_into_what_was_seen() {
        let mut history = History::default();
        assert!((history.spread().factor - 1.0).abs() < 1e-9 && (history.spread().sigma - 0.15).abs() < 1e-9);
        for _ in 0..3000 {
            history.add(Duration::from_secs(3600), Duration::from_secs(3000));
        }
        let spread = history.spread();
        assert!((spread.factor - 1.2).abs() < 0.01 && spread.sigma < 0.03, "{spread:?}");
    }

    #[test]
    fn short_and_absurd_ways_say_nothing() {
        let mut history = History::default();
        history.add(Duration::from_secs(600), Duration::from_secs(600));
        history.add(Duration::from_secs(60_000), Duration::from_secs(3_000));
        history.add(Duration::from_secs(60), Duration::ZERO);
        assert_eq!(history, History::default());
    }
}
