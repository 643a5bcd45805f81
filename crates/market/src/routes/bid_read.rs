//! `GET /api/v1/bids/{id}`: one bid with its place in the ranking.
//!
//! Errors: 403 for a role that sees no bids, 404 for an unknown or foreign bid.

use super::state::MarketState;
use crate::wire::bid::WireBid;
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::BidId;

/// Read a bid.
///
/// For its carrier and driver, the shipper and the tenant's staff.
#[utoipa::path(
    get,
    path = "/api/v1/bids/{id}",
    tag = "bids",
    params(("id" = String, Path, description = "the bid")),
    responses((status = 200, description = "the bid", body = edge::Enveloped<WireBid>)),
)]
pub(super) async fn read_bid(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<BidId>,
) -> Result<Answer<WireBid>, Problem> {
    let found = state.shipment_of_bid(id).await?;
    let resource = state.bidder_resource(&found, found.bid(id)?).await?;
    session.authorise(&state.platform, permissions::BID_READ, &resource)?;
    Ok(Answer::ok(state.shown_bid(found.id, id).await?))
}
