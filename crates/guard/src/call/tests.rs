//! The guard with a turned clock: sleeping turns it, so that no test waits.

use super::*;
use crate::{BreakerPolicy, BreakerState, RetryPolicy};
use contracts::ports::PortFuture;
use kernel::SeededEntropy;
use std::sync::atomic::{AtomicI64, AtomicU32};

#[derive(Default)]
struct Turned(AtomicI64);

impl Clock for Turned {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Relaxed))
    }
}

/// Sleeping is turning the clock; yields once, so that whoever else is ready comes first.
struct TurningSleeper(Arc<Turned>);

impl Sleeper for TurningSleeper {
    fn sleep(&self, duration: Duration) -> PortFuture<'_, ()> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            self.0.0.fetch_add(i64::try_from(duration.as_micros()).unwrap(), Relaxed);
        })
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Vendor {
    Down,
    Declined,
}

impl Retryable for Vendor {
    fn retryable(&self) -> bool {
        *self == Self::Down
    }
}

fn guard(policy: Policy) -> (Guard, Arc<Turned>) {
    let clock = Arc::new(Turned::default());
    let sleeper = Arc::new(TurningSleeper(Arc::clone(&clock)));
    let entropy = Arc::new(SeededEntropy::new(1));
    (Guard::with_sleeper("maps", policy, Arc::clone(&clock) as _, entropy, sleeper), clock)
}

fn no_retry() -> Policy {
    Policy { retry: RetryPolicy::NONE, ..Policy::default() }
}

async fn call(guard: &Guard, answers: &[Result<u32, Vendor>]) -> (Result<u32, GuardError<Vendor>>, usize) {
    let attempts = AtomicU32::new(0);
    let result = guard
        .call(|| {
            let attempt = attempts.fetch_add(1, Relaxed) as usize;
            let answer = match &answers[attempt.min(answers.len() - 1)] {
                Ok(value) => Ok(*value),
                Err(Vendor::Down) => Err(Vendor::Down),
                Err(Vendor::Declined) => Err(Vendor::Declined),
            };
            async move { answer }
        })
        .await;
    (result, attempts.load(Relaxed) as usize)
}

#[tokio::test]
async fn a_passing_failure_is_tried_again() {
    let (guard, clock) = guard(Policy::default());
    assert_eq!(call(&guard, &[Err(Vendor::Down), Err(Vendor::Down), Ok(7)]).await, (Ok(7), 3));
    assert!(clock.now() > Timestamp::from_micros(0), "it waited between the attempts");
    assert_eq!((guard.counters().retried, guard.counters().succeeded), (2, 1));
}

#[tokio::test]
async fn a_refusal_is_not_tried_again_and_does_not_open_the_breaker() {
    let (guard, _) = guard(Policy::default());
    for _ in 0..10 {
        assert_eq!(
            call(&guard, &[Err(Vendor::Declined)]).await,
            (Err(GuardError::Failed(Vendor::Declined)), 1)
        );
    }
    assert_eq!(guard.status().state, 0);
}

#[tokio::test]
async fn after_five_failures_the_vendor_is_left_alone_for_thirty_seconds() {
    let (guard, clock) = guard(no_retry());
    for _ in 0..5 {
        assert_eq!(call(&guard, &[Err(Vendor::Down)]).await.1, 1);
    }
    let (result, asked) = call(&guard, &[Ok(1)]).await;
    assert_eq!((result, asked), (Err(GuardError::Open { retry_after: Duration::from_secs(30) }), 0));
    clock.0.fetch_add(30_000_000, Relaxed);
    for _ in 0..2 {
        assert_eq!(call(&guard, &[Ok(1)]).await.0, Ok(1));
    }
    assert_eq!(guard.status().state, BreakerState::Closed as u8);
}

#[tokio::test]
async fn an_attempt_that_does_not_answer_is_given_up() {
    let (guard, clock) = guard(no_retry());
    let result = guard.call(std::future::pending::<Result<u32, Vendor>>).await;
    assert_eq!(result, Err(GuardError::TimedOut));
    assert_eq!(clock.now(), Timestamp::from_millis(5000));
    assert_eq!(guard.counters().timed_out, 1);
}

#[tokio::test]
async fn retries_end_with_the_deadline() {
    let retry = RetryPolicy { attempts: 1000, base: Duration::from_secs(1), cap: Duration::from_secs(1) };
    let breaker = BreakerPolicy { failures: 1000, ..BreakerPolicy::default() };
    let (guard, clock) = guard(Policy { retry, breaker, ..Policy::default() });
    let (result, attempts) = call(&guard, &[Err(Vendor::Down)]).await;
    assert_eq!(result, Err(GuardError::Failed(Vendor::Down)));
    assert!(clock.now() <= Timestamp::from_millis(10_000), "{}", clock.now());
    assert!((5..1000).contains(&attempts), "{attempts}");
}

#[tokio::test]
async fn no_more_calls_run_at_once_than_allowed() {
    let (guard, _) = guard(Policy { concurrency: 1, ..no_retry() });
    let (release, held) = tokio::sync::oneshot::channel::<()>();
    let mut held = Some(held);
    let mut long = Box::pin(guard.call(|| {
        let held = held.take();
        async move {
            if let Some(held) = held {
                let _ended = held.await;
            }
            Ok::<u32, Vendor>(1)
        }
    }));
    // One poll takes the only place. It is polled by hand because its timeout would otherwise turn the clock.
    let first = std::future::poll_fn(|context| std::task::Poll::Ready(long.as_mut().poll(context))).await;
    assert!(first.is_pending());
    assert_eq!(call(&guard, &[Ok(2)]).await, (Err(GuardError::Busy), 0));
    release.send(()).unwrap();
    assert_eq!(long.await, Ok(1));
    assert_eq!(call(&guard, &[Ok(2)]).await.0, Ok(2));
}

#[tokio::test]
async fn a_dropped_probe_leaves_room_for_another() {
    let breaker = BreakerPolicy { failures: 1, probes: 1, ..BreakerPolicy::default() };
    let (guard, clock) = guard(Policy { breaker, ..no_retry() });
    assert!(call(&guard, &[Err(Vendor::Down)]).await.0.is_err());
    clock.0.fetch_add(30_000_000, Relaxed);
    let mut probe = Box::pin(guard.call(std::future::pending::<Result<u32, Vendor>>));
    let polled = std::future::poll_fn(|context| std::task::Poll::Ready(probe.as_mut().poll(context))).await;
    assert!(polled.is_pending());
    assert!(matches!(call(&guard, &[Ok(1)]).await.0, Err(GuardError::Open { .. })));
    drop(probe);
    assert_eq!(call(&guard, &[Ok(1)]).await.0, Ok(1));
}

#[tokio::test]
async fn faults_are_switched_while_it_runs() {
    let (guard, clock) = guard(Policy { attempt_cost_micro_eur: 150_000, ..no_retry() });
    guard.inject(Some(Faults { error_rate: 1.0, ..Faults::default() }));
    assert_eq!(call(&guard, &[Ok(1)]).await, (Err(GuardError::Injected), 0));
    guard.inject(Some(Faults { timeout_rate: 1.0, ..Faults::default() }));
    assert_eq!(call(&guard, &[Ok(1)]).await, (Err(GuardError::TimedOut), 0));
    assert_eq!(guard.counters().cost_micro_eur, 0, "the vendor was never reached");
    let before = clock.now();
    guard.inject(Some(Faults { latency_ms: 2000, ..Faults::default() }));
    assert_eq!(call(&guard, &[Ok(1)]).await.0, Ok(1));
    assert_eq!(clock.now().since(before), Duration::from_secs(2));
    guard.inject(None);
    assert_eq!(call(&guard, &[Ok(1)]).await.0, Ok(1));
    assert_eq!(guard.counters().injected, 2);
}

#[tokio::test]
async fn an_error_rate_is_a_share() {
    let breaker = BreakerPolicy { failures: u32::MAX, ..BreakerPolicy::default() };
    let (guard, _) = guard(Policy { breaker, ..no_retry() });
    guard.inject(Some(Faults { error_rate: 0.2, ..Faults::default() }));
    let mut failed = 0;
    for _ in 0..1000 {
        failed += u32::from(call(&guard, &[Ok(1)]).await.0.is_err());
    }
    assert!((150..250).contains(&failed), "{failed}");
}

#[tokio::test]
async fn attempts_cost_and_extras_are_added() {
    let (guard, _) = guard(Policy { attempt_cost_micro_eur: 50_000, ..Policy::default() });
    assert_eq!(call(&guard, &[Err(Vendor::Down), Ok(1)]).await.0, Ok(1));
    guard.charge(1);
    assert_eq!(guard.counters().cost_micro_eur, 100_001);
}
