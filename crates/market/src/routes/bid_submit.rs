//! `POST /api/v1/bids`: a driver offers a price.
//!
//! Errors: 403 for a role that bids for nobody, 404 for an unknown or foreign shipment or driver, 409 when the shipment
//! takes no bids, or the driver has an open one or was booked this moment, 422 for a bad field or an ineligible driver,
//! with every reason.

use super::state::{Found, FoundDriver, MarketState};
use crate::{
    agents::{BidStatus, Driver, DriverCommand, Shipment, ShipmentCommand},
    readiness::{Readiness, Way},
    rules::eligibility::{self, Ineligible, Load},
    wire::bid::{NewBid, Offered, WireBid},
};
use axum::extract::State;
use contracts::{
    ports::{Resource, permissions},
    shipment::BidSubmitted,
};
use edge::{Answer, Body, Problem, Session};
use kernel::BidId;
use runtime::{Order, Receipt};

/// Bid on a shipment.
///
/// A driver bids for itself, a carrier's user names `agent_id`. The driver must be eligible: its radius runs from its live
/// position, else its base, to the pickup. One that is on a trip bids on what it can load afterwards near its delivery:
/// then the radius runs from there, and `pickup_at` comes after the time at which it is expected to be free. Or, with room
/// left all the way, on what it can carry along: `pickup_at` is not before it is expected to come by.
#[utoipa::path(
    post,
    path = "/api/v1/bids",
    tag = "bids",
    request_body = NewBid,
    responses((status = 201, description = "the bid", body = edge::Enveloped<WireBid>)),
)]
pub(super) async fn submit_bid(
    State(state): State<MarketState>,
    session: Session,
    Body(body): Body<NewBid>,
) -> Result<Answer<WireBid>, Problem> {
    session.authorise(&state.platform, permissions::BID_SUBMIT, &Resource::default())?;
    let offered = body.check()?;
    let driver = bidding_driver(&state, &session, &offered).await?;
    let found = state.shipment(offered.shipment).await?;
    if found.request.tenant != session.caller.tenant {
        return Err(Problem::not_found());
    }
    let runtime = &state.platform.runtime;
    let ready = state.readiness(&driver, &found).await?;
    // Whether it takes bids at all is the shipment's to say, before anybody's eligibility.
    if found.shipment.takes_bids() {
        check_eligibility(&state, &found, &offered, &ready)?;
    }
    let bid = BidId::generate(runtime.now(), &**runtime.entropy());
    let submitted = by_hand(bid, &found, &driver, &offered, &ready);
    let judged_on = driver.driver.committed;
    let order = Order::new::<Shipment>(found.id, ShipmentCommand::SubmitBid(Box::new(submitted)))
        .and::<Driver>(driver.id, DriverCommand::MakeBid { shipment: found.id, judged_on });
    let receipt = runtime.submit(&session.origin, order).await?;
    let made = made_bid(&state, &found, &driver, bid, &receipt).await?;
    Ok(Answer::created(state.shown_bid(found.id, made).await?))
}

/// A bid that a person makes, with what is known of its driver.
pub(super) fn by_hand(
    bid: BidId,
    found: &Found,
    driver: &FoundDriver,
    offered: &Offered,
    ready: &Readiness<'_>,
) -> BidSubmitted {
    BidSubmitted {
        bid,
        driver: driver.id,
        carrier: driver.registered.carrier,
        price: offered.price,
        pickup_at: offered.pickup_at,
        delivery_at: offered.delivery_at,
        confidence: offered.confidence.unwrap_or_else(|| driver.driver.on_time_rate()),
        automatic: false,
        facts: driver.driver.bid_facts(&found.request.cargo.kind, ready.approach_km),
    }
}

/// The driver that bids: the one that is named, else the caller's own.
async fn bidding_driver(
    state: &MarketState,
    session: &Session,
    offered: &Offered,
) -> Result<FoundDriver, Problem> {
    let id = match offered.driver {
        Some(id) => id,
        None => state.driver_of(session.caller.user).await?.ok_or_else(|| {
            Problem::field("agent_id", "missing", "you have no driver agent; name the one that drives")
        })?,
    };
    let driver = state.driver(id).await?;
    session.authorise(&state.platform, permissions::BID_SUBMIT, &driver.resource())?;
    Ok(driver)
}

/// Every reason why the driver may not carry it, at once.
pub(super) fn check_eligibility(
    state: &MarketState,
    found: &Found,
    offered: &Offered,
    ready: &Readiness<'_>,
) -> Result<(), Problem> {
    let factor = found.shipment.search.radius_factor;
    let load = Load::of(&found.request, factor, offered.pickup_at, offered.delivery_at);
    let mut reasons = eligibility::reasons(&ready.truck, &load);
    let papers = state.market.drivers.carrier_papers_until(ready.truck.carrier);
    if papers.is_some_and(|until| until < offered.delivery_at) {
        reasons.push(Ineligible::CarrierPapersExpired);
    }
    if let Some(refusal) = eligibility::refusal("agent_id", &reasons) {
        return Err(refusal.into());
    }
    match &ready.way {
        Way::After(load) if offered.pickup_at < load.free_at => {
            let detail = format!("the truck is on a trip and expected to be free at {}", load.free_at);
            Err(Problem::field("pickup_at", "before_free", detail))
        }
        Way::Along(load) if offered.pickup_at < load.estimate.pickup_at => {
            let at = load.estimate.pickup_at;
            let detail = format!("the truck is on a trip and expected to come by at {at}");
            Err(Problem::field("pickup_at", "before_free", detail))
        }
        Way::Now | Way::After(_) | Way::Along(_) => Ok(()),
    }
}

/// The bid that this request made, or made the first time.
async fn made_bid(
    state: &MarketState,
    found: &Found,
    driver: &FoundDriver,
    fresh: BidId,
    receipt: &Receipt,
) -> Result<BidId, Problem> {
    if !receipt.repeated {
        return Ok(fresh);
    }
    let present = state.shipment(found.id).await?;
    let own = || present.shipment.bids.iter().rev().filter(|bid| bid.offer.driver == driver.id);
    let made = own().find(|bid| bid.status != BidStatus::Withdrawn).or_else(|| own().next());
    made.map(|bid| bid.offer.bid).ok_or_else(Problem::not_found)
}
