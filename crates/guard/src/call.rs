//! The guard itself: one call through bulkhead, deadline, breaker, faults and retries.

use crate::{
    Breaker, Counters, Ended, Faults, GuardStatus, Permit, Policy, Sleeper, TokioSleeper,
    faults::Fault,
    meter::{Meter, count},
};
use kernel::{Clock, Entropy, Timestamp};
use parking_lot::{Mutex, RwLock};
use std::{
    future::Future,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::sync::{Semaphore, SemaphorePermit};

/// What a vendor's error means to the guard.
pub trait Retryable {
    /// Whether the same call may go well later. A refusal (a declined card) may not.
    fn retryable(&self) -> bool;

    /// Whether it speaks against the vendor and counts for the breaker. Unless told, what may be retried does.
    fn counts(&self) -> bool {
        self.retryable()
    }
}

/// Why a guarded call gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardError<E> {
    /// The breaker is open; the vendor was not asked.
    #[error("the circuit is open")]
    Open {
        /// How long it stays so.
        retry_after: Duration,
    },
    /// Too many calls run already; the vendor was not asked.
    #[error("too many calls at once")]
    Busy,
    /// No answer in time. Whether the call took effect is unknown.
    #[error("no answer in time")]
    TimedOut,
    /// A fault that was injected on purpose.
    #[error("an injected fault")]
    Injected,
    /// The vendor's own error.
    #[error("{0}")]
    Failed(E),
}

impl<E: Retryable> Retryable for GuardError<E> {
    fn retryable(&self) -> bool {
        match self {
            Self::Failed(error) => error.retryable(),
            Self::Open { .. } | Self::Busy | Self::TimedOut | Self::Injected => true,
        }
    }

    fn counts(&self) -> bool {
        match self {
            Self::Failed(error) => error.counts(),
            Self::TimedOut | Self::Injected => true,
            Self::Open { .. } | Self::Busy => false,
        }
    }
}

struct Inner {
    name: String,
    policy: RwLock<Policy>,
    breaker: Mutex<Breaker>,
    places: Semaphore,
    faults: RwLock<Option<Faults>>,
    meter: Meter,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    sleeper: Arc<dyn Sleeper>,
}

/// Guards the calls to one outside party; clones share everything.
#[derive(Clone)]
pub struct Guard(Arc<Inner>);

impl Guard {
    /// A guard with a closed breaker, which waits by tokio's timer.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        policy: Policy,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self::with_sleeper(name, policy, clock, entropy, Arc::new(TokioSleeper))
    }

    /// A guard that waits as it is told.
    #[must_use]
    pub fn with_sleeper(
        name: impl Into<String>,
        policy: Policy,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        sleeper: Arc<dyn Sleeper>,
    ) -> Self {
        Self(Arc::new(Inner {
            name: name.into(),
            breaker: Mutex::new(Breaker::new(policy.breaker)),
            places: Semaphore::new(policy.concurrency.clamp(1, Semaphore::MAX_PERMITS)),
            faults: RwLock::new(None),
            meter: Meter::default(),
            policy: RwLock::new(policy),
            clock,
            entropy,
            sleeper,
        }))
    }

    /// Makes one call: `operation` is called for each attempt, so it must be safe to repeat (the outside call carries
    /// an idempotency key).
    ///
    /// # Errors
    /// [`GuardError`]: the last attempt's error, or why there was none.
    pub async fn call<T, E, F, Fut>(&self, mut operation: F) -> Result<T, GuardError<E>>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: Retryable,
    {
        let inner = &*self.0;
        count(&inner.meter.calls);
        let policy = inner.policy.read().clone();
        let deadline = inner.clock.now().after(policy.deadline);
        let result = match inner.place(deadline).await {
            Some(_place) => inner.attempts(&policy, &mut operation, deadline).await,
            None => Err(GuardError::Busy),
        };
        inner.tally(&result);
        result
    }

    /// Adds to the cost, for vendors whose price depends on the answer; millionths of a euro.
    pub fn charge(&self, micro_eur: u64) {
        self.0.meter.cost_micro_eur.fetch_add(micro_eur, Relaxed);
    }

    /// Switches faults on or off while it runs.
    pub fn inject(&self, faults: Option<Faults>) {
        *self.0.faults.write() = faults;
    }

    /// Changes how calls are guarded from now on; those under way end as they began. How many may run at once stays as it
    /// was.
    pub fn configure(&self, change: impl FnOnce(&mut Policy)) {
        let mut policy = self.0.policy.write();
        change(&mut policy);
        self.0.breaker.lock().configure(policy.breaker);
    }

    /// Closes the breaker.
    pub fn reset(&self) {
        self.0.breaker.lock().reset(self.0.clock.now());
    }

    /// The port's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What it counted.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.0.meter.read()
    }

    /// How it stands.
    #[must_use]
    pub fn status(&self) -> GuardStatus {
        let now = self.0.clock.now();
        let faults = *self.0.faults.read();
        GuardStatus::of(&self.0.name, &self.0.breaker.lock(), faults, self.counters(), now)
    }
}

/// Returns a permit to its breaker even when the call is dropped half-way.
struct Pending<'a> {
    inner: &'a Inner,
    permit: Option<Permit>,
}

impl Pending<'_> {
    fn end(mut self, ended: Ended) {
        self.finish(ended);
    }

    fn finish(&mut self, ended: Ended) {
        if let Some(permit) = self.permit.take() {
            self.inner.breaker.lock().record(permit, ended, self.inner.clock.now());
        }
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.finish(Ended::Unknown);
    }
}

impl Inner {
    /// A place among the calls that run at once, unless the deadline comes first.
    async fn place(&self, deadline: Timestamp) -> Option<SemaphorePermit<'_>> {
        if let Ok(place) = self.places.try_acquire() {
            return Some(place);
        }
        tokio::select! {
            biased;
            place = self.places.acquire() => place.ok(),
            () = self.sleeper.sleep(deadline.since(self.clock.now())) => None,
        }
    }

    async fn attempts<T, E, F, Fut>(
        &self,
        policy: &Policy,
        operation: &mut F,
        deadline: Timestamp,
    ) -> Result<T, GuardError<E>>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: Retryable,
    {
        let mut attempt = 1;
        loop {
            let error = match self.attempt(policy, operation, deadline).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let refused = matches!(error, GuardError::Open { .. });
            if refused || !error.retryable() || attempt >= policy.retry.attempts {
                return Err(error);
            }
            let wait = policy.retry.wait_after(attempt, &*self.entropy);
            if self.clock.now().after(wait) >= deadline {
                return Err(error);
            }
            self.sleeper.sleep(wait).await;
            count(&self.meter.retried);
            attempt += 1;
        }
    }

    async fn attempt<T, E, F, Fut>(
        &self,
        policy: &Policy,
        operation: &mut F,
        deadline: Timestamp,
    ) -> Result<T, GuardError<E>>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
        E: Retryable,
    {
        let begun = self.clock.now();
        let permit = self.breaker.lock().admit(begun);
        let permit =
            permit.map_err(|refused| GuardError::Open { retry_after: refused.until.since(begun) })?;
        let pending = Pending { inner: self, permit: Some(permit) };
        let limit = policy.attempt_timeout.min(deadline.since(begun));
        let result = tokio::select! {
            biased;
            result = self.struck(policy, operation) => result,
            () = self.sleeper.sleep(limit) => Err(GuardError::TimedOut),
        };
        if matches!(result, Err(GuardError::TimedOut)) {
            count(&self.meter.timed_out);
        }
        let failed = result.as_ref().is_err_and(Retryable::counts);
        pending.end(if failed { Ended::Failure } else { Ended::Success });
        let spent = self.clock.now().since(begun).as_micros();
        self.meter.busy_us.fetch_add(u64::try_from(spent).unwrap_or(u64::MAX), Relaxed);
        result
    }

    /// The attempt itself, or the fault that strikes it.
    async fn struck<T, E, F, Fut>(&self, policy: &Policy, operation: &mut F) -> Result<T, GuardError<E>>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let faults = *self.faults.read();
        if let Some(faults) = faults {
            if faults.latency_ms > 0 {
                self.sleeper.sleep(faults.latency()).await;
            }
            let fault = faults.strike(self.entropy.unit());
            if fault != Fault::None {
                count(&self.meter.injected);
            }
            match fault {
                Fault::None => {}
                Fault::Error => return Err(GuardError::Injected),
                Fault::Silence => std::future::pending::<()>().await,
            }
        }
        self.meter.cost_micro_eur.fetch_add(policy.attempt_cost_micro_eur, Relaxed);
        operation().await.map_err(GuardError::Failed)
    }

    fn tally<T, E>(&self, result: &Result<T, GuardError<E>>) {
        match result {
            Ok(_) => count(&self.meter.succeeded),
            Err(GuardError::Open { .. }) => count(&self.meter.refused_open),
            Err(GuardError::Busy) => count(&self.meter.refused_busy),
            Err(GuardError::TimedOut | GuardError::Injected | GuardError::Failed(_)) => {
                count(&self.meter.failed);
                tracing::warn!(port = %self.name, "a guarded call failed");
            }
        }
    }
}

#[cfg(test)]
mod tests;
