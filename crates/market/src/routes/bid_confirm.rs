//! `POST /api/v1/bids/{id}/confirm`: the carrier takes the job.
//!
//! Errors: 403 for a role that confirms none, 404 for an unknown or foreign bid, 409 when it is not selected, the 30 s
//! are over, or the driver took another job meanwhile.

use super::state::{Found, MarketState};
use crate::{
    agents::{Driver, DriverCommand, Shipment, ShipmentCommand},
    wire::bid::WireBid,
};
use axum::extract::State;
use contracts::{ports::permissions, shipment::LapseReason};
use edge::{Answer, NoBody, PathId, Problem, Session};
use kernel::BidId;
use runtime::{CommandError, Order, Origin};

/// Confirm a selected bid.
///
/// Booking is one order over the shipment and its driver: both or none, so a driver is never booked twice. A driver that is on
/// a trip is booked for what follows it, if there is time for both, or for what it can carry along; then its stops are driven
/// to in the order that costs the least. When the driver is taken the bid falls and the next rank is selected.
#[utoipa::path(
    post,
    path = "/api/v1/bids/{id}/confirm",
    tag = "bids",
    params(("id" = String, Path, description = "the bid")),
    responses((status = 200, description = "the bid as it is now", body = edge::Enveloped<WireBid>)),
)]
pub(super) async fn confirm_bid(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<BidId>,
    NoBody: NoBody,
) -> Result<Answer<WireBid>, Problem> {
    let found = state.shipment_of_bid(id).await?;
    let bid = found.bid(id)?;
    session.authorise(
        &state.platform,
        permissions::BID_CONFIRM,
        &state.bidder_resource(&found, bid).await?,
    )?;
    let driver = state.driver(bid.offer.driver).await?;
    let ready = state.readiness(&driver, &found).await?;
    let commit = DriverCommand::Commit {
        shipment: found.id,
        bid: id,
        turn: ready.way.turn(),
        ends_at: found.request.delivery.position,
    };
    let order = Order::new::<Shipment>(found.id, ShipmentCommand::Confirm { bid: id })
        .and::<Driver>(driver.id, commit);
    match state.platform.runtime.submit(&session.origin, order).await {
        Ok(_) => Ok(Answer::ok(state.shown_bid(found.id, id).await?)),
        Err(CommandError::Refused(refusal)) if refusal.code.starts_with("driver.") => {
            let_fall(&state, &session, &found, id).await?;
            Err(refusal.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// The driver cannot take it: the bid falls.
async fn let_fall(state: &MarketState, session: &Session, found: &Found, bid: BidId) -> Result<(), Problem> {
    // The request's idempotency key belongs to the confirmation, which was refused.
    let origin = Origin { idempotency: None, ..session.origin.clone() };
    let lapse = ShipmentCommand::Lapse { bid, reason: LapseReason::DriverTaken };
    let _ = state.platform.runtime.submit(&origin, Order::new::<Shipment>(found.id, lapse)).await?;
    Ok(())
}
