//! `POST /api/v1/shipments/{id}/dispute`: the money of a shipment is frozen until somebody settles the dispute.
//!
//! Errors: 403 for a role that opens none, 404 for an unknown or foreign shipment, 409 `shipment.wrong_state` before
//! `in_transit` or once completed, 409 `payment.settled` when the payout has begun, 409 `payment.failed` when the
//! gateway never held the money.

use super::Operations;
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, NoBody, PathId, Problem, Session};
use kernel::ShipmentId;
use market::agents::{Shipment, ShipmentCommand};
use money::agents::payment::{Payment, PaymentCommand, payment_of};
use runtime::Order;
use serde::Serialize;
use utoipa::ToSchema;

/// A dispute that is open.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenedDispute {
    /// The shipment.
    #[schema(example = "shp_01890a5d0000700080000000000000aa")]
    shipment_id: String,
    /// The payment that is frozen; `POST /api/v1/payments/{id}/resolve` settles the dispute.
    #[schema(example = "pay_01890a5d0000700080000000000000aa")]
    payment_id: String,
    /// Always `disputed`.
    status: &'static str,
}

/// Open a dispute.
///
/// For the shipper, the booked carrier and support, from `in_transit` until the payout begins. Shipment and payment are
/// one order: both are `disputed`, or nothing is. A dispute that is open already stays so.
#[utoipa::path(
    post,
    path = "/api/v1/shipments/{id}/dispute",
    tag = "shipments",
    params(("id" = String, Path, description = "the shipment")),
    responses((status = 200, description = "the dispute is open", body = OpenedDispute)),
)]
pub async fn open_dispute(
    State(operations): State<Operations>,
    session: Session,
    PathId(id): PathId<ShipmentId>,
    NoBody: NoBody,
) -> Result<Answer<OpenedDispute>, Problem> {
    let platform = &operations.platform;
    let shipment = platform.runtime.state::<Shipment>(id).await?.ok_or_else(Problem::not_found)?;
    session.authorise(platform, permissions::SHIPMENT_DISPUTE, &parties(&shipment)?)?;
    let booking = shipment.booking.ok_or_else(|| {
        Problem::conflict("shipment.wrong_state", "a shipment that is not booked has nothing to dispute")
    })?;
    let payment = payment_of(booking.bid);
    let order =
        Order::new::<Shipment>(id, ShipmentCommand::Dispute).and::<Payment>(payment, PaymentCommand::Dispute);
    let _ = platform.runtime.submit(&session.origin, order).await?;
    let (shipment_id, payment_id) = (id.to_string(), payment.to_string());
    Ok(Answer::ok(OpenedDispute { shipment_id, payment_id, status: "disputed" }))
}

/// Who may know of a shipment's dispute: its shipper and its booked carrier.
pub(super) fn parties(shipment: &Shipment) -> Result<Resource, Problem> {
    let request = shipment.request.as_ref().ok_or_else(Problem::not_found)?;
    let carrier = shipment.booking.map(|booking| booking.carrier);
    Ok(Resource {
        tenant: Some(request.tenant),
        organisations: std::iter::once(request.shipper).chain(carrier).collect(),
        ..Resource::default()
    })
}
