//! The embedded payment gateway: the states and failures of a real one, without anybody's money.

use contracts::ports::{
    GatewayAnswer, GatewayError, HoldRequest, PaymentGateway, PortFuture, TransferRequest,
};
use kernel::{Currency, Money};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// So many answers and holds are remembered; older ones are forgotten first.
const MEMORY: usize = 50_000;

/// A payment gateway in memory, which behaves by the exact amount, like the numbers of test cards:
///
/// | amount, in any currency of two digits | hold | payout, refund |
/// |---|---|---|
/// | 4000.02 | declined: `card_declined` | declined: `account_closed` |
/// | 4000.03 | never answers | never answers |
/// | 4000.04 | unavailable twice for each idempotency key, then succeeds | the same |
/// | 4000.05 | declined: `insufficient_funds` | declined: `account_closed` |
/// | any other | succeeds | succeeds |
///
/// A payout is 85 % of its hold, so a price of 4705.91 is held and its payout of 4000.02 is declined.
///
/// An idempotency key gives the same answer again and is refused with another request (`idempotency_key_reused`).
/// From one hold no more goes out than came in (`insufficient_hold`). References are derived from the key and carry
/// the held amount, so that a payment which was held before a restart can be paid out after it.
#[derive(Debug, Default)]
pub struct SandboxGateway {
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    answers: Remembered<Kept>,
    moved: Remembered<i64>,
    failures: Remembered<u32>,
}

/// What was answered to a key, and to which request.
#[derive(Debug, Clone)]
struct Kept {
    request: String,
    answer: Result<GatewayAnswer, GatewayError>,
}

/// A map that forgets its oldest entries.
#[derive(Debug)]
struct Remembered<T> {
    entries: HashMap<String, T>,
    order: VecDeque<String>,
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self { entries: HashMap::new(), order: VecDeque::new() }
    }
}

impl<T> Remembered<T> {
    fn put(&mut self, key: &str, value: T) {
        if self.entries.insert(key.to_owned(), value).is_none() {
            self.order.push_back(key.to_owned());
            if self.order.len() > MEMORY
                && let Some(oldest) = self.order.pop_front()
            {
                self.entries.remove(&oldest);
            }
        }
    }
}

enum Behaviour {
    Succeeds,
    Declines(&'static str),
    Stalls,
    FailsTwice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Hold,
    PayOut,
    Refund,
}

impl Door {
    const fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::PayOut => "payout",
            Self::Refund => "refund",
        }
    }

    fn behaviour(self, amount: Money) -> Behaviour {
        if amount.currency.digits() != 2 {
            return Behaviour::Succeeds;
        }
        match (amount.minor, self) {
            (400_002, Self::Hold) => Behaviour::Declines("card_declined"),
            (400_005, Self::Hold) => Behaviour::Declines("insufficient_funds"),
            (400_002 | 400_005, _) => Behaviour::Declines("account_closed"),
            (400_003, _) => Behaviour::Stalls,
            (400_004, _) => Behaviour::FailsTwice,
            _ => Behaviour::Succeeds,
        }
    }
}

impl SandboxGateway {
    /// A gateway that remembers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        // The books are whole between any two statements that may panic: there are none.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(
        &self,
        door: Door,
        amount: Money,
        key: String,
        hold: String,
    ) -> Result<GatewayAnswer, GatewayError> {
        let behaviour = door.behaviour(amount);
        if matches!(behaviour, Behaviour::Stalls) {
            return std::future::pending().await;
        }
        self.books().answer(door, amount, &key, &hold, &behaviour)
    }
}

impl Books {
    fn answer(
        &mut self,
        door: Door,
        amount: Money,
        key: &str,
        hold: &str,
        behaviour: &Behaviour,
    ) -> Result<GatewayAnswer, GatewayError> {
        let request = format!("{} {amount} {hold}", door.name());
        if let Some(kept) = self.answers.entries.get(key) {
            return if kept.request == request {
                kept.answer.clone()
            } else {
                declined("idempotency_key_reused")
            };
        }
        let answer = match behaviour {
            Behaviour::Declines(code) => declined(code),
            Behaviour::FailsTwice if self.failed_so_far(key) < 2 => {
                return Err(GatewayError::Unavailable("the sandbox is told to fail".to_owned()));
            }
            _ if amount.minor <= 0 => declined("invalid_amount"),
            _ if door == Door::Hold => Ok(GatewayAnswer { reference: hold_reference(key, amount) }),
            _ => self.take_out(door, amount, key, hold),
        };
        self.answers.put(key, Kept { request, answer: answer.clone() });
        answer
    }

    /// How often this key has failed before, counting this time from now on.
    fn failed_so_far(&mut self, key: &str) -> u32 {
        let failures = self.failures.entries.get(key).copied().unwrap_or(0);
        self.failures.put(key, failures + 1);
        failures
    }

    fn take_out(
        &mut self,
        door: Door,
        amount: Money,
        key: &str,
        hold: &str,
    ) -> Result<GatewayAnswer, GatewayError> {
        let Some(held) = held_amount(hold) else { return declined("unknown_hold") };
        if held.currency != amount.currency {
            return declined("currency_mismatch");
        }
        let moved = self.moved.entries.get(hold).copied().unwrap_or(0);
        match moved.checked_add(amount.minor) {
            Some(after) if after <= held.minor => {
                self.moved.put(hold, after);
                Ok(GatewayAnswer { reference: format!("sbx_{}_{:016x}", door.name(), fingerprint(key)) })
            }
            _ => declined("insufficient_hold"),
        }
    }
}

impl PaymentGateway for SandboxGateway {
    fn hold(&self, request: HoldRequest) -> PortFuture<'_, Result<GatewayAnswer, GatewayError>> {
        Box::pin(self.ask(Door::Hold, request.amount, request.idempotency_key, String::new()))
    }

    fn pay_out(&self, request: TransferRequest) -> PortFuture<'_, Result<GatewayAnswer, GatewayError>> {
        Box::pin(self.ask(Door::PayOut, request.amount, request.idempotency_key, request.hold_reference))
    }

    fn refund(&self, request: TransferRequest) -> PortFuture<'_, Result<GatewayAnswer, GatewayError>> {
        Box::pin(self.ask(Door::Refund, request.amount, request.idempotency_key, request.hold_reference))
    }
}

fn declined(code: &str) -> Result<GatewayAnswer, GatewayError> {
    Err(GatewayError::Declined(code.to_owned()))
}

/// `sbx_hold_{minor units}_{currency}_{fingerprint of the key}`.
fn hold_reference(key: &str, amount: Money) -> String {
    format!("sbx_hold_{}_{}_{:016x}", amount.minor, amount.currency, fingerprint(key))
}

fn held_amount(reference: &str) -> Option<Money> {
    let mut parts = reference.strip_prefix("sbx_hold_")?.split('_');
    let minor = parts.next()?.parse().ok()?;
    let currency = Currency::from_code(parts.next()?)?;
    Some(Money::new(minor, currency))
}

/// FNV-1a, 64 bits: the same on every machine and version, which the standard hasher does not promise.
fn fingerprint(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::ports::check_gateway_contract;
    use kernel::{OrganisationId, PaymentId, TypedId, Uuid};
    use std::task::{Context, Poll, Waker};

    fn hold(key: &str, minor: i64) -> HoldRequest {
        HoldRequest {
            payment: PaymentId::from_uuid(Uuid::from_u128(1)),
            payer: OrganisationId::from_uuid(Uuid::from_u128(2)),
            amount: Money::new(minor, Currency::EUR),
            idempotency_key: key.to_owned(),
        }
    }

    fn transfer(key: &str, hold_reference: &str, minor: i64) -> TransferRequest {
        TransferRequest {
            payment: PaymentId::from_uuid(Uuid::from_u128(1)),
            hold_reference: hold_reference.to_owned(),
            payee: OrganisationId::from_uuid(Uuid::from_u128(3)),
            amount: Money::new(minor, Currency::EUR),
            idempotency_key: key.to_owned(),
        }
    }

    #[tokio::test]
    async fn the_sandbox_keeps_the_contract() {
        assert_eq!(check_gateway_contract(&SandboxGateway::new()).await, Ok(()));
    }

    #[tokio::test]
    async fn the_amount_tells_how_it_ends() {
        let sandbox = SandboxGateway::new();
        assert_eq!(sandbox.hold(hold("a", 400_002)).await, declined("card_declined"));
        assert_eq!(sandbox.hold(hold("b", 400_005)).await, declined("insufficient_funds"));
        for _ in 0..2 {
            assert!(matches!(sandbox.hold(hold("c", 400_004)).await, Err(GatewayError::Unavailable(_))));
        }
        let third = sandbox.hold(hold("c", 400_004)).await;
        assert!(third.is_ok());
        assert_eq!(sandbox.hold(hold("c", 400_004)).await, third);
        let dear = sandbox.hold(hold("d", 470_591)).await.unwrap().reference;
        assert_eq!(sandbox.pay_out(transfer("e", &dear, 400_002)).await, declined("account_closed"));
        assert!(
            sandbox.refund(transfer("f", &dear, 470_591)).await.is_ok(),
            "what was declined took nothing"
        );
        let mut yen = hold("g", 400_002);
        yen.amount.currency = Currency::from_code("JPY").unwrap();
        assert!(sandbox.hold(yen).await.is_ok(), "yen have no cents");
    }

    #[test]
    fn a_stalled_call_never_answers() {
        let sandbox = SandboxGateway::new();
        let mut stalled = sandbox.hold(hold("a", 400_003));
        for _ in 0..3 {
            assert_eq!(stalled.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
        }
    }

    #[tokio::test]
    async fn what_was_held_before_a_restart_can_be_paid_out_after_it() {
        let reference = SandboxGateway::new().hold(hold("a", 82_000)).await.unwrap().reference;
        let restarted = SandboxGateway::new();
        assert_eq!(restarted.pay_out(transfer("b", &reference, 82_001)).await, declined("insufficient_hold"));
        assert!(restarted.pay_out(transfer("c", &reference, 69_700)).await.is_ok());
        assert_eq!(restarted.hold(hold("a", 82_000)).await.unwrap().reference, reference);
    }

    #[tokio::test]
    async fn odd_requests_are_declined() {
        let sandbox = SandboxGateway::new();
        let reference = sandbox.hold(hold("a", 82_000)).await.unwrap().reference;
        assert_eq!(sandbox.hold(hold("b", 0)).await, declined("invalid_amount"));
        assert_eq!(sandbox.pay_out(transfer("c", "nonsense", 1)).await, declined("unknown_hold"));
        assert_eq!(sandbox.refund(transfer("d", &reference, -1)).await, declined("invalid_amount"));
        let mut yen = transfer("e", &reference, 1);
        yen.amount.currency = Currency::from_code("JPY").unwrap();
        assert_eq!(sandbox.refund(yen).await, declined("currency_mismatch"));
        let mut full = transfer("f", &reference, i64::MAX);
        assert_eq!(sandbox.refund(full.clone()).await, declined("insufficient_hold"));
        full.idempotency_key = "a".to_owned();
        assert_eq!(sandbox.refund(full).await, declined("idempotency_key_reused"));
    }

    #[test]
    fn memory_is_bounded() {
        let mut remembered = Remembered::default();
        for n in 0..MEMORY + 10 {
            remembered.put(&n.to_string(), n);
        }
        assert_eq!((remembered.entries.len(), remembered.order.len()), (MEMORY, MEMORY));
        assert!(!remembered.entries.contains_key("9") && remembered.entries.contains_key("10"));
    }
}
