//! `GET /api/v1/payments/{id}`: one payment.
//!
//! Errors: 404 for an unknown payment, another tenant's or one that the caller's organisation has no part in.

use crate::{
    views::payments::{PaymentRow, find},
    wire::WirePayment,
};
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, PathId, Platform, Problem, Session};
use kernel::PaymentId;

/// Read a payment.
///
/// For its shipper, its carrier and the tenant's staff.
#[utoipa::path(
    get,
    path = "/api/v1/payments/{id}",
    tag = "payments",
    params(("id" = String, Path, description = "the payment")),
    responses((status = 200, description = "the payment", body = WirePayment)),
)]
pub async fn get_payment(
    State(platform): State<Platform>,
    session: Session,
    PathId(id): PathId<PaymentId>,
) -> Result<Answer<WirePayment>, Problem> {
    let row = read(&platform, id).await?;
    session.authorise(&platform, permissions::PAYMENT_READ, &resource_of(&row))?;
    Ok(Answer::ok(row.into()))
}

/// The payment's row, or 404.
pub(super) async fn read(platform: &Platform, id: PaymentId) -> Result<PaymentRow, Problem> {
    find(platform.runtime.store(), id).await?.ok_or_else(Problem::not_found)
}

/// Shipper and carrier are party to a payment.
pub(super) fn resource_of(row: &PaymentRow) -> Resource {
    Resource {
        tenant: Some(row.tenant),
        organisations: vec![row.shipper, row.carrier],
        users: Vec::new(),
        driver: None,
    }
}
