//! `POST /api/v1/shipments/{id}/dispute/close`: a dispute ends over which no money can be decided any more.
//!
//! Errors: 403 unless finance, support or an administrator, 404 for an unknown or foreign shipment, 409
//! `shipment.wrong_state` when no dispute is open, 409 `payment.undecided` while its money waits for a verdict.

use super::{Operations, open_dispute::parties};
use axum::extract::State;
use contracts::{payment::PaymentStatus, ports::permissions, shipment::ShipmentStatus};
use edge::{Answer, NoBody, PathId, Problem, Session};
use kernel::ShipmentId;
use market::agents::{Shipment, ShipmentCommand};
use money::agents::payment::{Payment, payment_of};
use runtime::Order;
use serde::Serialize;
use utoipa::ToSchema;

/// A dispute that is over.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosedDispute {
    /// The shipment.
    #[schema(example = "shp_01890a5d0000700080000000000000aa")]
    shipment_id: String,
    /// Always `completed`.
    status: &'static str,
}

/// Close a dispute that has no money to settle.
///
/// For finance, support and administrators. Where the money is frozen, `POST /api/v1/payments/{id}/resolve` settles the
/// dispute; this is for one that came when the money had moved already, was about to, or was never held, and for one that
/// is settled while the gateway has still not said whether it holds the money. The shipment is completed and the money
/// stays where it is; what the gateway holds later goes as the verdict says.
#[utoipa::path(
    post,
    path = "/api/v1/shipments/{id}/dispute/close",
    tag = "shipments",
    params(("id" = String, Path, description = "the shipment")),
    responses((status = 200, description = "the dispute is over", body = ClosedDispute)),
)]
pub async fn close_dispute(
    State(operations): State<Operations>,
    session: Session,
    PathId(id): PathId<ShipmentId>,
    NoBody: NoBody,
) -> Result<Answer<ClosedDispute>, Problem> {
    let platform = &operations.platform;
    let shipment = platform.runtime.state::<Shipment>(id).await?.ok_or_else(Problem::not_found)?;
    session.authorise(platform, permissions::PAYMENT_SETTLE, &parties(&shipment)?)?;
    if shipment.status != ShipmentStatus::Disputed {
        return Err(Problem::conflict("shipment.wrong_state", "no dispute is open"));
    }
    let payment = match &shipment.booking {
        Some(booking) => platform.runtime.state::<Payment>(payment_of(booking.bid)).await?,
        None => None,
    };
    if payment.is_some_and(|payment| waits_for_a_verdict(&payment)) {
        let detail = "the money waits; `POST /api/v1/payments/{id}/resolve` settles the dispute";
        return Err(Problem::conflict("payment.undecided", detail));
    }
    // Of a disputed shipment the one thing that can follow is that it is completed: nothing can come between.
    let _ = platform
        .runtime
        .submit(&session.origin, Order::new::<Shipment>(id, ShipmentCommand::Complete))
        .await?;
    Ok(Answer::ok(ClosedDispute { shipment_id: id.to_string(), status: "completed" }))
}

/// Whether somebody has yet to say where the money goes. A gateway that never says whether it has any is not waited for.
fn waits_for_a_verdict(payment: &Payment) -> bool {
    let undecided = matches!(payment.status(), PaymentStatus::Pending | PaymentStatus::Held);
    payment.is_disputed() || (undecided && !payment.is_resolved())
}
