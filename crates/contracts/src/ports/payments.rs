//! The payment gateway port: hold, pay out, give back; and the contract that every adapter is tested against.

use super::PortFuture;
use kernel::{Currency, Money, OrganisationId, PaymentId, TenantId, TypedId, Uuid};
use std::time::Duration;

/// A hold that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRequest {
    /// Our payment.
    pub payment: PaymentId,
    /// Whose money.
    pub payer: OrganisationId,
    /// How much.
    pub amount: Money,
    /// The same key gives the same answer, however often it is asked.
    pub idempotency_key: String,
}

/// A movement of held money that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferRequest {
    /// Our payment.
    pub payment: PaymentId,
    /// The gateway's reference of the hold.
    pub hold_reference: String,
    /// To whom: the carrier for a payout, the shipper for a refund.
    pub payee: OrganisationId,
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
    /// Pays out of what is held, in the given amount, to the payee.
    fn pay_out(&self, request: TransferRequest) -> PortFuture<'_, Result<GatewayAnswer, GatewayError>>;
    /// Gives an amount of what is held back to the payer.
    fn refund(&self, request: TransferRequest) -> PortFuture<'_, Result<GatewayAnswer, GatewayError>>;
}

/// How long after delivery a shipment may be disputed before the carrier is paid: 24 h unless the server's option or
/// the tenant's setting says otherwise (annex, section 5).
pub trait DisputeWindows: Send + Sync {
    /// The window that holds now for a tenant.
    fn dispute_window(&self, tenant: TenantId) -> Duration;
}

/// The same window for every tenant.
impl DisputeWindows for Duration {
    fn dispute_window(&self, _tenant: TenantId) -> Duration {
        *self
    }
}

/// What an adapter does that the port does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{promise}: {answer}")]
pub struct ContractBroken {
    /// The promise that was broken.
    pub promise: &'static str,
    /// What was answered instead.
    pub answer: String,
}

/// The contract of [`PaymentGateway`], for the tests of every adapter: ordinary amounts succeed, an idempotency key
/// gives the same answer again and cannot be used for another request, nobody gets more out than was held.
///
/// # Errors
/// [`ContractBroken`] names the first promise that does not hold.
pub async fn check_gateway_contract(gateway: &dyn PaymentGateway) -> Result<(), ContractBroken> {
    let hold = |key: &str, minor| HoldRequest {
        payment: PaymentId::from_uuid(Uuid::from_u128(1)),
        payer: OrganisationId::from_uuid(Uuid::from_u128(2)),
        amount: Money::new(minor, Currency::EUR),
        idempotency_key: key.to_owned(),
    };
    let first = did("a hold succeeds", gateway.hold(hold("contract-hold-1", 82_000)).await)?;
    let again = did("a repeated hold succeeds", gateway.hold(hold("contract-hold-1", 82_000)).await)?;
    same("a repeated hold has the same reference", &first, &again)?;
    let other = did("another hold succeeds", gateway.hold(hold("contract-hold-2", 82_000)).await)?;
    require("another hold has another reference", first != other, &other)?;
    let reused = gateway.hold(hold("contract-hold-1", 82_001)).await;
    declined("a key cannot be used for another request", reused)?;

    let transfer = |key: &str, from: &GatewayAnswer, minor| TransferRequest {
        payment: PaymentId::from_uuid(Uuid::from_u128(1)),
        hold_reference: from.reference.clone(),
        payee: OrganisationId::from_uuid(Uuid::from_u128(3)),
        amount: Money::new(minor, Currency::EUR),
        idempotency_key: key.to_owned(),
    };
    let paid = did("a payout succeeds", gateway.pay_out(transfer("contract-payout", &first, 69_700)).await)?;
    let again = did(
        "a repeated payout succeeds",
        gateway.pay_out(transfer("contract-payout", &first, 69_700)).await,
    )?;
    same("a repeated payout moves nothing and has the same reference", &paid, &again)?;
    let twice = gateway.pay_out(transfer("contract-payout-2", &first, 69_700)).await;
    declined("nobody is paid more than was held", twice)?;
    let after = gateway.refund(transfer("contract-refund-paid", &first, 82_000)).await;
    declined("what was paid out is not given back", after)?;

    let back = did("a refund succeeds", gateway.refund(transfer("contract-refund", &other, 82_000)).await)?;
    let again =
        did("a repeated refund succeeds", gateway.refund(transfer("contract-refund", &other, 82_000)).await)?;
    same("a repeated refund moves nothing and has the same reference", &back, &again)?;
    let after = gateway.pay_out(transfer("contract-payout-refunded", &other, 69_700)).await;
    declined("what was given back is not paid out", after)
}

fn did(
    promise: &'static str,
    answer: Result<GatewayAnswer, GatewayError>,
) -> Result<GatewayAnswer, ContractBroken> {
    answer.map_err(|error| ContractBroken { promise, answer: error.to_string() })
}

fn declined(
    promise: &'static str,
    answer: Result<GatewayAnswer, GatewayError>,
) -> Result<(), ContractBroken> {
    match answer {
        Err(GatewayError::Declined(_)) => Ok(()),
        other => Err(ContractBroken { promise, answer: format!("{other:?}") }),
    }
}

fn same(promise: &'static str, first: &GatewayAnswer, again: &GatewayAnswer) -> Result<(), ContractBroken> {
    require(promise, first == again, again)
}

fn require(promise: &'static str, holds: bool, answer: &GatewayAnswer) -> Result<(), ContractBroken> {
    if holds { Ok(()) } else { Err(ContractBroken { promise, answer: format!("{answer:?}") }) }
}
