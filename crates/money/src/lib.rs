//! Money: the double-entry ledger, escrow and payments (design, section 5; annex, section 5; spec 4, payment agent).
//!
//! A booking's price is held with the payment gateway and lies in escrow until 24 h after proof of delivery; then the
//! carrier gets its part and the platform its commission, unless a dispute froze the money or a cancellation sent it
//! back. No money moves without a balanced posting, and a posting that does not balance cannot be made.

pub mod agents;
#[cfg(test)]
mod answering_gateway;
pub mod effects;
pub mod price_split;
pub mod reactors;
mod routes;
pub mod views;
pub mod wire;

pub use routes::routes;

use contracts::ports::PaymentGateway;
use runtime::Context;
use std::sync::Arc;

/// What money brings to the house. The gateway must already be behind the guard.
#[must_use]
pub fn context(gateway: Arc<dyn PaymentGateway>) -> Context {
    Context::new()
        .agent::<agents::payment::Payment>()
        .view(views::payments::PAYMENTS)
        .view(views::ledger::LEDGER)
        .reactor(reactors::GatewayCalls)
        .effect(effects::HoldEffect::new(Arc::clone(&gateway)))
        .effect(effects::TransferEffect::pay_out(Arc::clone(&gateway)))
        .effect(effects::TransferEffect::refund(gateway))
}
