//! The payment gateway port: authorise and hold, capture, give back.

use super::PortFuture;
use kernel::{Money, PaymentId};

/// A hold that is asked for.
#[derive(Debug, Clone)]
pub struct HoldRequest {
    /// Our payment.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
    /// The same key gives the same answer, however often it is asked.
    pub idempotency_key: String,
}

/// The gateway did what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayAnswer {
    /// The gateway's own reference.
    pub reference: String,
}

/// The gateway did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// A final no, with a stable code such as `card_declined`.
    #[error("declined: {0}")]
    Declined(String),
    /// No answer, or one that says to try again.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

/// A payment gateway.
pub trait PaymentGateway: Send + Sync {
    /// Holds an amount of the payer's money.
    fn hold(&self, request: HoldRequest) -> PortFuture<'_, Result<GatewayAnswer, GatewayError>>;
    /// Pays out what is held, in the given amount, to the payee.
    fn pay_out(&self, request: HoldRequest) -> PortFuture<'_, Result<GatewayAnswer, GatewayError>>;
    /// Gives an amount back to the payer.
    fn refund(&self, request: HoldRequest) -> PortFuture<'_, Result<GatewayAnswer, GatewayError>>;
}
