//! Waiting, behind an interface, so that a test need not wait.

use contracts::ports::PortFuture;
use std::time::Duration;

/// Waits.
pub trait Sleeper: Send + Sync {
    /// Is over after `duration`.
    fn sleep(&self, duration: Duration) -> PortFuture<'_, ()>;
}

/// Waits by tokio's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioSleeper;

impl Sleeper for TokioSleeper {
    fn sleep(&self, duration: Duration) -> PortFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
