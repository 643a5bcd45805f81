//! How a port is guarded, as data.

use kernel::Entropy;
use std::time::Duration;

/// How one port is guarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The whole call, its retries and waits included, ends by then.
    pub deadline: Duration,
    /// One attempt ends by then.
    pub attempt_timeout: Duration,
    /// When and how often it is tried again.
    pub retry: RetryPolicy,
    /// When it is not tried at all.
    pub breaker: BreakerPolicy,
    /// At most so many calls at once; more wait until the deadline.
    pub concurrency: usize,
    /// What one attempt that reaches the vendor costs, in millionths of a euro (annex, section 9: six decimals).
    pub attempt_cost_micro_eur: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(10),
            attempt_timeout: Duration::from_secs(5),
            retry: RetryPolicy::default(),
            breaker: BreakerPolicy::default(),
            concurrency: 64,
            attempt_cost_micro_eur: 0,
        }
    }
}

/// Retries with exponential backoff and full jitter: before the n-th retry it waits a uniform part of
/// `base * 2^(n-1)`, at most `cap`, so that callers who failed together do not come back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all; 1 for no retry.
    pub attempts: u32,
    /// The longest wait before the first retry.
    pub base: Duration,
    /// The longest wait of all.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 3, base: Duration::from_millis(100), cap: Duration::from_secs(5) }
    }
}

impl RetryPolicy {
    /// Never tries again.
    pub const NONE: Self = Self { attempts: 1, base: Duration::ZERO, cap: Duration::ZERO };

    /// How long to wait after the attempt number `attempt` (from 1) failed.
    #[must_use]
    pub fn wait_after(&self, attempt: u32, entropy: &dyn Entropy) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let longest = self.base.saturating_mul(1 << doublings).min(self.cap);
        longest.mul_f64(entropy.unit())
    }
}

/// When a breaker opens and closes (design, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// It opens after so many failures in a row.
    pub failures: u32,
    /// It stays open this long.
    pub open_for: Duration,
    /// Half-open, at most so many calls run at once.
    pub probes: u32,
    /// Half-open, it closes after so many successes.
    pub successes: u32,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self { failures: 5, open_for: Duration::from_secs(30), probes: 3, successes: 2 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SeededEntropy;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_wait_is_never_longer_than_its_bound(attempt in 0_u32..100, base in 0_u64..10_000, cap in 0_u64..10_000, seed in any::<u64>()) {
            let retry = RetryPolicy { attempts: 5, base: Duration::from_millis(base), cap: Duration::from_millis(cap) };
            let wait = retry.wait_after(attempt, &SeededEntropy::new(seed));
            let doubled = base.saturating_mul(1_u64.checked_shl(attempt.saturating_sub(1).min(31)).unwrap_or(u64::MAX));
            prop_assert!(wait <= Duration::from_millis(doubled.min(cap)));
        }
    }

    #[test]
    fn waits_spread_over_the_whole_range() {
        let (retry, entropy) = (RetryPolicy::default(), SeededEntropy::new(1));
        let waits: Vec<_> = (0..200).map(|_| retry.wait_after(3, &entropy).as_millis()).collect();
        assert!(waits.iter().any(|wait| *wait < 100) && waits.iter().any(|wait| *wait > 300), "{waits:?}");
    }
}
