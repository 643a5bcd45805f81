//! `payment.hold`: asks the gateway to hold a booking's price.

use super::{Heard, hear, unreadable};
use crate::agents::payment::{Payment, PaymentCommand};
use contracts::ports::{HoldRequest, PaymentGateway, PortFuture};
use kernel::{Money, OrganisationId, PaymentId};
use runtime::{Act, EffectCall, EffectHandler, EffectOutcome};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The effect's kind.
pub const HOLD: &str = "payment.hold";

/// What the call needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldCall {
    /// The payment.
    pub payment: PaymentId,
    /// Whose money.
    pub payer: OrganisationId,
    /// How much.
    pub amount: Money,
}

/// Makes the call.
pub struct HoldEffect(Arc<dyn PaymentGateway>);

impl HoldEffect {
    /// Over a gateway behind the guard.
    #[must_use]
    pub fn new(gateway: Arc<dyn PaymentGateway>) -> Self {
        Self(gateway)
    }

    async fn hold(&self, call: EffectCall) -> EffectOutcome {
        let asked: HoldCall = match serde_json::from_str(&call.payload) {
            Ok(asked) => asked,
            Err(error) => return unreadable(&error),
        };
        let HoldCall { payment, payer, amount } = asked;
        let request = HoldRequest { payment, payer, amount, idempotency_key: call.key };
        let command = match hear(self.0.hold(request).await) {
            Heard::Done(reference) => PaymentCommand::Held { reference },
            Heard::Declined(reason) => PaymentCommand::Declined { reason },
            Heard::Later(outcome) => return outcome,
        };
        EffectOutcome::Over(vec![Act::command::<Payment>(payment, command)])
    }
}

impl EffectHandler for HoldEffect {
    fn kind(&self) -> &'static str {
        HOLD
    }

    fn call(&self, call: EffectCall) -> PortFuture<'_, EffectOutcome> {
        Box::pin(self.hold(call))
    }
}
