//! `POST /api/v1/bids/{id}/withdraw`: a bidder takes its bid back, or gives its booking back.
//!
//! Errors: 403 for a role that withdraws none, 404 for an unknown or foreign bid, 409 from loading on.

use super::state::MarketState;
use crate::{
    agents::{Shipment, ShipmentCommand},
    wire::bid::WireBid,
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, NoBody, PathId, Problem, Session};
use kernel::BidId;
use runtime::Order;

/// Withdraw a bid.
///
/// An open bid is gone; a selected one falls and the next rank is selected; a booked one gives the job back, before loading
/// only.
#[utoipa::path(
    post,
    path = "/api/v1/bids/{id}/withdraw",
    tag = "bids",
    params(("id" = String, Path, description = "the bid")),
    responses((status = 200, description = "the bid as it is now", body = edge::Enveloped<WireBid>)),
)]
pub(super) async fn withdraw_bid(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<BidId>,
    NoBody: NoBody,
) -> Result<Answer<WireBid>, Problem> {
    let found = state.shipment_of_bid(id).await?;
    let resource = state.bidder_resource(&found, found.bid(id)?).await?;
    session.authorise(&state.platform, permissions::BID_WITHDRAW, &resource)?;
    let order = Order::new::<Shipment>(found.id, ShipmentCommand::WithdrawBid { bid: id });
    let _ = state.platform.runtime.submit(&session.origin, order).await?;
    Ok(Answer::ok(state.shown_bid(found.id, id).await?))
}
