//! Chance for the simulated people and trucks: seeded, so that the same seed gives the same day.

use kernel::{Entropy, SeededEntropy};
use std::time::Duration;

/// A stream of chance; `purpose` keeps the streams of one seed apart.
#[must_use]
pub fn source(seed: u64, purpose: u64) -> SeededEntropy {
    // The golden ratio's bits spread small purposes over the whole range (a Weyl sequence).
    SeededEntropy::new(seed ^ purpose.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Draws from one seeded stream. Whoever draws must do so in a fixed order.
pub struct Dice(SeededEntropy);

impl Dice {
    /// Dice of a seed. `purpose` keeps the streams of one seed apart.
    #[must_use]
    pub fn new(seed: u64, purpose: u64) -> Self {
        Self(source(seed, purpose))
    }

    /// Uniform in `low..high`.
    pub fn between(&self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.unit()
    }

    /// A whole number, uniform from `low` to `high`, both included.
    pub fn whole(&self, low: u32, high: u32) -> u32 {
        let span = high.saturating_sub(low).saturating_add(1);
        low.saturating_add(self.0.below(span))
    }

    /// Whole seconds, uniform from `low` to `high`, both included.
    pub fn seconds(&self, low: u32, high: u32) -> Duration {
        Duration::from_secs(u64::from(self.whole(low, high)))
    }

    /// True with a probability.
    pub fn chance(&self, probability: f64) -> bool {
        self.0.unit() < probability
    }

    /// One of a slice; `None` when it is empty.
    pub fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        let bound = u32::try_from(from.len()).unwrap_or(u32::MAX);
        from.get(self.0.below(bound) as usize)
    }

    /// The source itself, for ids.
    #[must_use]
    pub fn entropy(&self) -> &dyn Entropy {
        &self.0
    }
}

/// Draws an index with a probability in proportion to its weight.
#[derive(Debug, Clone)]
pub struct Weighted(Vec<f64>);

impl Weighted {
    /// From weights of 0 or more; `None` when their sum is not above 0 or not finite.
    #[must_use]
    pub fn new(weights: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sum = 0.0;
        let sums: Vec<f64> = weights
            .into_iter()
            .map(|weight| {
                sum += weight;
                sum
            })
            .collect();
        (sum > 0.0 && sum.is_finite()).then_some(Self(sums))
    }

    /// Zipf's law: the n-th of `count` weighs 1/n of the first. With nothing to draw from it draws 0.
    #[must_use]
    pub fn falling(count: usize) -> Self {
        Self::new((1..=count).map(|rank| 1.0 / rank as f64)).unwrap_or(Self(vec![1.0]))
    }

    /// Draws an index. One of weight 0 is never drawn.
    pub fn draw(&self, dice: &Dice) -> usize {
        let total = self.0.last().copied().unwrap_or(0.0);
        let target = dice.between(0.0, total);
        self.0.partition_point(|sum| *sum <= target).min(self.0.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_weight_is_a_share() {
        let weighted = Weighted::new([1.0, 0.0, 3.0]).unwrap();
        let dice = Dice::new(7, 1);
        let mut drawn = [0_u32; 3];
        for _ in 0..40_000 {
            drawn[weighted.draw(&dice)] += 1;
        }
        assert_eq!(drawn[1], 0);
        assert!((29_500..30_500).contains(&drawn[2]), "{drawn:?}");
    }

    #[test]
    fn nothing_to_draw_from_is_none() {
        assert!(Weighted::new([]).is_none());
        assert!(Weighted::new([0.0, 0.0]).is_none());
        assert!(Weighted::new([f64::INFINITY]).is_none());
    }

    #[test]
    fn purposes_of_one_seed_differ() {
        let (a, b) = (Dice::new(7, 1), Dice::new(7, 2));
        assert!((a.between(0.0, 1.0) - b.between(0.0, 1.0)).abs() > 0.0);
    }

    proptest! {
        #[test]
        fn what_is_drawn_has_weight(seed: u64, weights in proptest::collection::vec(0.0..10.0, 1..20)) {
            if let Some(weighted) = Weighted::new(weights.iter().copied()) {
                let drawn = weighted.draw(&Dice::new(seed, 0));
                prop_assert!(weights[drawn] > 0.0);
            }
        }

        #[test]
        fn seconds_stay_in_range(seed: u64, low in 0_u32..1000, more in 0_u32..1000) {
            let drawn = Dice::new(seed, 0).seconds(low, low + more).as_secs();
            prop_assert!((u64::from(low)..=u64::from(low + more)).contains(&drawn));
        }
    }
}
