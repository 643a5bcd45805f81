//! `POST /api/v1/shipments/{id}/assign`: a dispatcher gives a shipment to a driver.
//!
//! Errors: 403 for a role that dispatches none, 404 for an unknown or foreign shipment, 409 unless it looks for a carrier,
//! or when the driver is taken or has an open bid, 422 for a bad field or an ineligible driver, with every reason.

use super::{
    bid_submit::{by_hand, check_eligibility},
    state::{FoundDriver, MarketState},
};
use crate::{
    agents::{Driver, DriverCommand, Shipment, ShipmentCommand},
    wire::{bid::WireBid, dispatch::Assignment},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, PathId, Problem, Session};
use kernel::{BidId, DriverId, ShipmentId};
use runtime::Order;

/// Give a shipment to a driver.
///
/// For what was agreed by telephone: the driver's bid is made and selected at once, whatever the tender says. Its carrier
/// still confirms within 30 s. What holds for every bid holds for this one: the driver must be eligible, the price must
/// cover the cost, and the shipper must not have blocked the carrier.
#[utoipa::path(
    post,
    path = "/api/v1/shipments/{id}/assign",
    tag = "shipments",
    params(("id" = String, Path, description = "the shipment")),
    request_body = Assignment,
    responses((status = 201, description = "the selected bid", body = edge::Enveloped<WireBid>)),
)]
pub(super) async fn assign(
    State(state): State<MarketState>,
    session: Session,
    PathId(id): PathId<ShipmentId>,
    Body(body): Body<Assignment>,
) -> Result<Answer<WireBid>, Problem> {
    let found = state.shipment(id).await?;
    let resource = state.resource(&found, &session.caller);
    session.authorise(&state.platform, permissions::SHIPMENT_DISPATCH, &resource)?;
    let assigned = body.check()?;
    let driver = known_driver(&state, &session, assigned.driver).await?;
    let runtime = &state.platform.runtime;
    let ready = state.readiness(&driver, &found).await?;
    let offered = assigned.offered(id, ready.estimate.pickup_at, ready.estimate.delivery_at);
    // Whether it looks for a carrier at all is the shipment's to say, before anybody's eligibility.
    if found.shipment.status.is_open() {
        check_eligibility(&state, &found, &offered, &ready)?;
    }
    let bid = BidId::generate(runtime.now(), &**runtime.entropy());
    let offer = by_hand(bid, &found, &driver, &offered, &ready);
    let judged_on = driver.driver.committed;
    let order = Order::new::<Shipment>(id, ShipmentCommand::Assign(Box::new(offer)))
        .and::<Driver>(driver.id, DriverCommand::MakeBid { shipment: id, judged_on });
    let receipt = runtime.submit(&session.origin, order).await?;
    let made = if receipt.repeated { latest_of(&state, id, driver.id).await? } else { bid };
    Ok(Answer::created(state.shown_bid(id, made).await?))
}

/// The driver that the body names; of this tenant, for nobody else could drive.
async fn known_driver(state: &MarketState, session: &Session, id: DriverId) -> Result<FoundDriver, Problem> {
    let unknown = || Problem::field("agent_id", "unknown", "there is no such driver");
    let driver = state.driver(id).await.map_err(|problem| match problem.status.as_u16() {
        404 => unknown(),
        _ => problem,
    })?;
    if driver.registered.tenant == session.caller.tenant { Ok(driver) } else { Err(unknown()) }
}

/// The bid that a repeated request made the first time.
async fn latest_of(state: &MarketState, id: ShipmentId, driver: DriverId) -> Result<BidId, Problem> {
    let present = state.shipment(id).await?;
    let made = present.shipment.bids.iter().rev().find(|bid| bid.offer.driver == driver);
    made.map(|bid| bid.offer.bid).ok_or_else(Problem::not_found)
}
