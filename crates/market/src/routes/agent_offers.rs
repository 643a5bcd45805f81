//! `GET /api/v1/agents/{id}/offers`: the shipments that a driver was offered and can still bid on.
//!
//! Errors: 403 for a role that sees no agents, 404 for an unknown or foreign driver.

use super::state::MarketState;
use crate::wire::shipment::{Contact, WireShipment};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, PathId, Problem, Session};
use kernel::DriverId;

/// List a driver's offers.
///
/// The newest 20 that still take bids, newest first; `offer` says how each was offered. One that is on a trip sees what it
/// can load afterwards near its delivery and what that costs beyond driving home empty, and what it can carry along and what
/// that costs beyond its present stops. Addresses are shown once it is
/// booked.
#[utoipa::path(
    get,
    path = "/api/v1/agents/{id}/offers",
    tag = "agents",
    params(("id" = String, Path, description = "the driver agent")),
    responses((status = 200, description = "the offers, newest first", body = edge::Enveloped<Vec<WireShipment>>)),
)]
pub(super) async fn list_offers(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<DriverId>,
) -> Result<Answer<Vec<WireShipment>>, Problem> {
    let found = state.driver(id).await?;
    session.authorise(&state.platform, permissions::AGENT_READ, &found.resource())?;
    let mut offers = Vec::new();
    for known in found.driver.offers.iter().rev() {
        let offer = state.shipment(known.shipment).await?;
        if offer.shipment.takes_bids() && found.driver.may_follow(known) {
            let shown = WireShipment::of(offer.id, &offer.shipment, &offer.request, &Contact::default());
            offers.push(WireShipment { offer: Some(known.into()), ..shown });
        }
    }
    Ok(Answer::ok(offers))
}
