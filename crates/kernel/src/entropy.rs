//! Randomness that is given, never taken.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;
use std::sync::{Mutex, PoisonError};

/// A source of random bytes. The runtime implements it over the operating system; simulation over a seed.
pub trait Entropy: Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);

    /// A uniform number in `0.0..1.0` with 53 random bits.
    fn unit(&self) -> f64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A uniform number below `bound` (0 when `bound` is 0). The modulo bias is below 2^-32 for any `u32` bound.
    fn below(&self, bound: u32) -> u32 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        if bound == 0 { 0 } else { (u64::from_le_bytes(bytes) % u64::from(bound)) as u32 }
    }
}

/// A reproducible source: the same seed gives the same bytes on every platform.
pub struct SeededEntropy(Mutex<ChaCha12Rng>);

impl SeededEntropy {
    /// A source that yields the ChaCha12 stream of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha12Rng::seed_from_u64(seed)))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        // A poisoned generator is still a valid generator: no invariant spans the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let (a, b) = (SeededEntropy::new(7), SeededEntropy::new(7));
        let first: Vec<u32> = (0..100).map(|_| a.below(1000)).collect();
        let second: Vec<u32> = (0..100).map(|_| b.below(1000)).collect();
        assert_eq!(first, second);
        assert!(first.iter().all(|n| *n < 1000));
        assert!((0..100).map(|_| a.unit()).all(|u| (0.0..1.0).contains(&u)));
    }
}
