//! `POST /api/v1/payments/{id}/retry`: the gateway is asked again for a transfer that it declined.
//!
//! Errors: 403 unless finance, support or an administrator, 404 for an unknown payment or another tenant's, 409
//! `payment.nothing_to_retry` when no transfer was declined or it is already asked for again.

use super::payment::{read, resource_of};
use crate::{
    agents::payment::{Payment, PaymentCommand},
    wire::WirePayment,
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, NoBody, PathId, Platform, Problem, Session};
use kernel::PaymentId;
use runtime::Order;

/// Ask the gateway again.
///
/// A payout, refund or fee that the gateway declined is asked for again each day, thirty times; this asks at once, also
/// after the last time. The answer shows the payment after the gateway was asked.
#[utoipa::path(
    post,
    path = "/api/v1/payments/{id}/retry",
    tag = "payments",
    params(("id" = String, Path, description = "the payment")),
    responses((status = 200, description = "the payment as it is now", body = WirePayment)),
)]
pub async fn retry_payment(
    State(platform): State<Platform>,
    session: Session,
    PathId(id): PathId<PaymentId>,
    NoBody: NoBody,
) -> Result<Answer<WirePayment>, Problem> {
    let row = read(&platform, id).await?;
    session.authorise(&platform, permissions::PAYMENT_SETTLE, &resource_of(&row))?;
    let payment = platform.runtime.state::<Payment>(id).await?.ok_or_else(Problem::not_found)?;
    let transfer = payment.declined_transfer().ok_or_else(|| {
        Problem::conflict("payment.nothing_to_retry", "the gateway has declined no transfer of this payment")
    })?;
    let order = Order::new::<Payment>(id, PaymentCommand::RetryTransfer { transfer });
    let _ = platform.runtime.submit(&session.origin, order).await?;
    Ok(Answer::ok(read(&platform, id).await?.into()))
}
