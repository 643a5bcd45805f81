//! `POST /api/v1/bids/{id}/select`: the shipper chooses a bid.
//!
//! Errors: 403 for a role that chooses none, 404 for an unknown or foreign bid, 409 when it is not open any more or its
//! driver is taken.

use super::state::MarketState;
use crate::{
    agents::{Driver, DriverCommand, Shipment, ShipmentCommand},
    wire::bid::WireBid,
};
use axum::extract::State;
use contracts::{
    ports::{Scope, permissions},
    shipment::SelectedBy,
};
use edge::{Answer, NoBody, PathId, Problem, Session};
use kernel::BidId;
use runtime::Order;

/// Select a bid.
///
/// As soon as it is in. The ranking at this moment is stored; the carrier has 30 s to confirm, else the next rank is
/// selected. A driver whose agent bids by itself confirms at once.
#[utoipa::path(
    post,
    path = "/api/v1/bids/{id}/select",
    tag = "bids",
    params(("id" = String, Path, description = "the bid")),
    responses((status = 200, description = "the bid as it is now", body = edge::Enveloped<WireBid>)),
)]
pub(super) async fn select_bid(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<BidId>,
    NoBody: NoBody,
) -> Result<Answer<WireBid>, Problem> {
    let found = state.shipment_of_bid(id).await?;
    let offer = &found.bid(id)?.offer;
    session.authorise(
        &state.platform,
        permissions::BID_SELECT,
        &found.shipper_resource(Some(offer.carrier)),
    )?;
    let staff = session.caller.role.scope() == Scope::Tenant;
    let by = if staff { SelectedBy::Dispatcher } else { SelectedBy::Shipper };
    let order = Order::new::<Shipment>(found.id, ShipmentCommand::Select { bid: id, by })
        .and::<Driver>(offer.driver, DriverCommand::StandBy { shipment: found.id });
    let _ = state.platform.runtime.submit(&session.origin, order).await?;
    Ok(Answer::ok(state.shown_bid(found.id, id).await?))
}
