//! `payment.pay_out` and `payment.refund`: asks the gateway to move what it holds.

use super::{Heard, hear, unreadable};
use crate::agents::payment::{Payment, PaymentCommand};
use contracts::{
    payment::Transfer,
    ports::{PaymentGateway, PortFuture, TransferRequest},
};
use kernel::{Money, OrganisationId, PaymentId};
use runtime::{Act, EffectCall, EffectHandler, EffectOutcome};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The effect's kind for money to a carrier.
pub const PAY_OUT: &str = "payment.pay_out";

/// The effect's kind for money back to a shipper.
pub const REFUND: &str = "payment.refund";

/// What the call needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferCall {
    /// The payment.
    pub payment: PaymentId,
    /// Which movement.
    pub transfer: Transfer,
    /// To whom.
    pub payee: OrganisationId,
    /// How much.
    pub amount: Money,
    /// The gateway's reference of the hold.
    pub hold_reference: String,
}

/// Makes the calls of one kind.
pub struct TransferEffect {
    kind: &'static str,
    gateway: Arc<dyn PaymentGateway>,
}

impl TransferEffect {
    /// Payouts, over a gateway behind the guard.
    #[must_use]
    pub fn pay_out(gateway: Arc<dyn PaymentGateway>) -> Self {
        Self { kind: PAY_OUT, gateway }
    }

    /// Refunds, over a gateway behind the guard.
    #[must_use]
    pub fn refund(gateway: Arc<dyn PaymentGateway>) -> Self {
        Self { kind: REFUND, gateway }
    }

    async fn move_money(&self, call: EffectCall) -> EffectOutcome {
        let asked: TransferCall = match serde_json::from_str(&call.payload) {
            Ok(asked) => asked,
            Err(error) => return unreadable(&error),
        };
        let TransferCall { payment, transfer, payee, amount, hold_reference } = asked;
        let request = TransferRequest { payment, hold_reference, payee, amount, idempotency_key: call.key };
        let answer = match transfer {
            Transfer::Refund => self.gateway.refund(request).await,
            Transfer::Payout | Transfer::Fee => self.gateway.pay_out(request).await,
        };
        let command = match hear(answer) {
            Heard::Done(reference) => PaymentCommand::TransferDone { transfer, reference },
            Heard::Declined(reason) => PaymentCommand::TransferRefused { transfer, reason },
            Heard::Later(outcome) => return outcome,
        };
        EffectOutcome::Over(vec![Act::command::<Payment>(payment, command)])
    }
}

impl EffectHandler for TransferEffect {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn call(&self, call: EffectCall) -> PortFuture<'_, EffectOutcome> {
        Box::pin(self.move_money(call))
    }
}
