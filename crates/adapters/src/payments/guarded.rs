//! Any payment gateway behind the guard.

use contracts::ports::{
    GatewayAnswer, GatewayError, HoldRequest, PaymentGateway, PortFuture, TransferRequest,
};
use guard::{Guard, GuardError, Retryable};
use std::{future::Future, sync::Arc};

/// A gateway whose calls all pass the guard: deadline, retries, breaker, faults, counters. What the guard gives up
/// on is [`GatewayError::Unavailable`], so that the effect is tried again later.
pub struct GuardedGateway {
    gateway: Arc<dyn PaymentGateway>,
    guard: Guard,
}

impl GuardedGateway {
    /// Puts a gateway behind a guard.
    #[must_use]
    pub fn new(gateway: Arc<dyn PaymentGateway>, guard: Guard) -> Self {
        Self { gateway, guard }
    }

    async fn guarded<F, Fut>(&self, mut call: F) -> Result<GatewayAnswer, GatewayError>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<GatewayAnswer, GatewayError>>,
    {
        let answer = self.guard.call(|| {
            let attempt = call();
            async { attempt.await.map_err(Failure) }
        });
        answer.await.map_err(|error| match error {
            GuardError::Failed(Failure(error)) => error,
            other => GatewayError::Unavailable(other.to_string()),
        })
    }
}

impl PaymentGateway for GuardedGateway {
    fn hold(&self, request: HoldRequest) -> PortFuture<'_, Result<GatewayAnswer, GatewayError>> {
        Box::pin(self.guarded(move || self.gateway.hold(request.clone())))
    }

    fn pay_out(&self, request: TransferRequest) -> PortFuture<'_, Result<GatewayAnswer, GatewayError>> {
        Box::pin(self.guarded(move || self.gateway.pay_out(request.clone())))
    }

    fn refund(&self, request: TransferRequest) -> PortFuture<'_, Result<GatewayAnswer, GatewayError>> {
        Box::pin(self.guarded(move || self.gateway.refund(request.clone())))
    }
}

/// A gateway's error as the guard sees it: silence may pass, a decline stays.
#[derive(Debug)]
struct Failure(GatewayError);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Retryable for Failure {
    fn retryable(&self) -> bool {
        matches!(self.0, GatewayError::Unavailable(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payments::SandboxGateway;
    use contracts::ports::check_gateway_contract;
    use guard::{Policy, RetryPolicy, Sleeper};
    use kernel::{
        Clock, Currency, Money, OrganisationId, PaymentId, SeededEntropy, Timestamp, TypedId, Uuid,
    };
    use std::{
        sync::atomic::{AtomicI64, Ordering},
        time::Duration,
    };

    #[derive(Default)]
    struct Turned(AtomicI64);

    impl Clock for Turned {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.0.load(Ordering::Relaxed))
        }
    }

    /// Sleeping turns the clock, so that no test waits; whoever else is ready comes first.
    struct Turning(Arc<Turned>);

    impl Sleeper for Turning {
        fn sleep(&self, duration: Duration) -> PortFuture<'_, ()> {
            Box::pin(async move {
                tokio::task::yield_now().await;
                self.0.0.fetch_add(i64::try_from(duration.as_micros()).unwrap(), Ordering::Relaxed);
            })
        }
    }

    fn guarded(retry: RetryPolicy) -> (GuardedGateway, Guard) {
        let clock = Arc::new(Turned::default());
        let sleeper = Arc::new(Turning(Arc::clone(&clock)));
        let policy = Policy { retry, ..Policy::default() };
        let guard = Guard::with_sleeper("payments", policy, clock, Arc::new(SeededEntropy::new(1)), sleeper);
        (GuardedGateway::new(Arc::new(SandboxGateway::new()), guard.clone()), guard)
    }

    fn hold(minor: i64) -> HoldRequest {
        HoldRequest {
            payment: PaymentId::from_uuid(Uuid::from_u128(1)),
            payer: OrganisationId::from_uuid(Uuid::from_u128(2)),
            amount: Money::new(minor, Currency::EUR),
            idempotency_key: format!("key-{minor}"),
        }
    }

    #[tokio::test]
    async fn a_guarded_gateway_keeps_the_contract() {
        assert_eq!(check_gateway_contract(&guarded(RetryPolicy::default()).0).await, Ok(()));
    }

    #[tokio::test]
    async fn a_gateway_that_fails_twice_succeeds_behind_the_guard() {
        let (gateway, guard) = guarded(RetryPolicy::default());
        assert!(gateway.hold(hold(400_004)).await.is_ok());
        assert_eq!(guard.counters().retried, 2);
    }

    #[tokio::test]
    async fn a_gateway_that_stalls_is_unavailable_and_opens_the_breaker() {
        let (gateway, guard) = guarded(RetryPolicy::NONE);
        for _ in 0..5 {
            let answer = gateway.hold(hold(400_003)).await;
            assert_eq!(answer, Err(GatewayError::Unavailable("no answer in time".to_owned())));
        }
        assert_eq!(guard.status().state, 2);
        let refused = gateway.hold(hold(82_000)).await;
        assert_eq!(refused, Err(GatewayError::Unavailable("the circuit is open".to_owned())));
    }

    #[tokio::test]
    async fn a_decline_passes_the_guard_unchanged_and_is_asked_once() {
        let (gateway, guard) = guarded(RetryPolicy::default());
        for _ in 0..10 {
            let answer = gateway.hold(hold(400_002)).await;
            assert_eq!(answer, Err(GatewayError::Declined("card_declined".to_owned())));
        }
        assert_eq!((guard.counters().retried, guard.status().state), (0, 0));
    }
}
