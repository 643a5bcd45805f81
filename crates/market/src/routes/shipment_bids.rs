//! `GET /api/v1/shipments/{id}/bids`: the bids on a shipment, ranked, with every term of their scores.
//!
//! Errors: 403 for a role that sees no bids, 404 for an unknown or foreign shipment.

use super::state::MarketState;
use crate::wire::bid::{WireBid, ranked};
use axum::extract::State;
use contracts::ports::{Scope, permissions};
use edge::{Answer, PathId, Problem, Session};
use kernel::ShipmentId;

/// List the bids on a shipment.
///
/// The shipper and the tenant's staff see all, best first, the five best marked `top`; a carrier sees its own. The ranking
/// is the one that was stored when the window closed or a bid was selected; before, the present one.
#[utoipa::path(
    get,
    path = "/api/v1/shipments/{id}/bids",
    tag = "bids",
    params(("id" = String, Path, description = "the shipment")),
    responses((status = 200, description = "the bids, best first", body = edge::Enveloped<Vec<WireBid>>)),
)]
pub(super) async fn list_bids(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<ShipmentId>,
) -> Result<Answer<Vec<WireBid>>, Problem> {
    let found = state.shipment(id).await?;
    let resource = state.resource(&found, &session.caller);
    session.authorise(&state.platform, permissions::BID_READ, &resource)?;
    let mut bids = ranked(id, &found.shipment, state.platform.runtime.now());
    let caller = &session.caller;
    if caller.role.scope() == Scope::Organisation && caller.organisation != found.request.shipper {
        let own = caller.organisation.to_string();
        bids.retain(|bid| bid.carrier_id == own);
    }
    state.name_bidders(&found, &session, &mut bids).await?;
    Ok(Answer::ok(bids))
}
