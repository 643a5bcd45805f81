//! Calls to the outside: durable, retried, ended in success, failure or the dead-letter list (design, section 4).

use crate::Act;
use contracts::ports::PortFuture;
use kernel::{TenantId, Timestamp};

/// One call that is due.
#[derive(Debug, Clone)]
pub struct EffectCall {
    /// The idempotency key, derived from the causing event; the same at every attempt.
    pub key: String,
    /// The tenant.
    pub tenant: TenantId,
    /// JSON as the reactor gave it.
    pub payload: String,
    /// 1 for the first attempt.
    pub attempt: i64,
    /// The present instant.
    pub now: Timestamp,
}

/// How a call ended.
pub enum EffectOutcome {
    /// It is over, well or not; the acts (commands only) carry the result back.
    Over(Vec<Act>),
    /// Try again later; after ten attempts it goes to the dead-letter list. The text holds no personal data.
    Retry(String),
}

/// Makes the calls of one kind, through the guard.
pub trait EffectHandler: Send + Sync {
    /// The kind it handles, such as `payment.hold`.
    fn kind(&self) -> &'static str;
    /// Makes the call.
    fn call(&self, call: EffectCall) -> PortFuture<'_, EffectOutcome>;
}
