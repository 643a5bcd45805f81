//! Faults on request (chaos): what the outside might do, done on purpose.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What goes wrong with a port's attempts while it is switched on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// The share of attempts that fail without reaching the vendor, 0 to 1.
    pub error_rate: f64,
    /// The share of attempts that never answer, 0 to 1.
    pub timeout_rate: f64,
    /// Added to every attempt, in milliseconds.
    pub latency_ms: u32,
}

/// What happens to one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    Error,
    Silence,
}

impl Faults {
    /// The fate of one attempt, from a uniform number in `0..1`.
    pub(crate) fn strike(&self, draw: f64) -> Fault {
        if draw < self.error_rate {
            Fault::Error
        } else if draw < self.error_rate + self.timeout_rate {
            Fault::Silence
        } else {
            Fault::None
        }
    }

    pub(crate) const fn latency(&self) -> Duration {
        Duration::from_millis(self.latency_ms as u64)
    }
}
