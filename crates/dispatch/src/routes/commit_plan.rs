//! `POST /api/v1/plans/{id}/commit`: the shipments of a plan are tendered to the carriers it names.
//!
//! Errors: 403 for a role that tenders none, 404 for an unknown, forgotten or foreign plan, 409 when the plan was not
//! made from shipments or is still without tours, 422 for bad tours. A shipment that changed meanwhile is named in the
//! answer with why; the others are tendered.

use super::TOURS_MAX;
use crate::{
    Dispatch,
    fleet_problem::{Freight, refused},
    hand_made::{Tour, price},
    searches::Search,
    wire::{WireTour, tours_of},
};
use axum::extract::State;
use contracts::{
    ports::permissions,
    shipment::{Amended, SelectedBy, Tender},
};
use edge::{Answer, Body, Fields, PathId, Problem, Session};
use kernel::{BidId, DriverId, OrganisationId, PlanId, ShipmentId};
use market::agents::{Shipment, ShipmentCommand};
use runtime::{CommandError, Order, Origin};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use utoipa::ToSchema;

/// Which tours; those of the plan when absent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommittedTours {
    /// As changed by hand.
    #[schema(min_items = 1, max_items = 2_000)]
    routes: Option<Vec<WireTour>>,
}

/// What became of one shipment.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommittedShipment {
    /// The shipment.
    shipment_id: String,
    /// The driver that the plan gives it to.
    driver_id: String,
    /// Its carrier.
    carrier_id: String,
    /// `tendered` to the carrier alone, `selected` when the driver had bid already, `refused`.
    outcome: &'static str,
    /// Why it was refused, such as `shipment.has_bids`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
}

/// Tender a plan.
///
/// Each shipment is offered to the carrier of the driver it was planned for, and to nobody else; where that driver has
/// bid already, its bid is selected. Shipments under way stay as they are. It can be repeated: what is tendered so
/// already stays so.
#[utoipa::path(
    post,
    path = "/api/v1/plans/{id}/commit",
    tag = "plans",
    params(("id" = String, Path, description = "the plan")),
    request_body = CommittedTours,
    responses((status = 200, description = "each shipment", body = edge::Enveloped<Vec<CommittedShipment>>)),
)]
pub async fn commit_plan(
    State(dispatch): State<Dispatch>,
    session: Session,
    PathId(id): PathId<PlanId>,
    Body(body): Body<CommittedTours>,
) -> Result<Answer<Vec<CommittedShipment>>, Problem> {
    let search = dispatch.search(&session, id, permissions::PLAN_COMMIT)?;
    let freight = search.wanted.freight.as_ref();
    let freight = freight
        .ok_or_else(|| Problem::conflict("plan.no_shipments", "only a plan of shipments can be tendered"))?;
    let tours = tours(&dispatch, &search, body.routes).await?;
    let mut answers = Vec::new();
    for (shipment, driver, carrier) in assignments(&tours, freight) {
        answers.push(commit(&dispatch, &session, shipment, driver, carrier).await?);
    }
    Ok(Answer::ok(answers))
}

async fn tours(
    dispatch: &Dispatch,
    search: &Arc<Search>,
    changed: Option<Vec<WireTour>>,
) -> Result<Vec<Tour>, Problem> {
    let Some(changed) = changed else {
        let stage = search.stage();
        let plan = stage.plan();
        return plan.map(|plan| tours_of(plan)).ok_or_else(|| {
            Problem::conflict("plan.no_tours", "there is no plan yet; wait until its search has begun")
        });
    };
    let mut fields = Fields::new();
    let holds = (1..=TOURS_MAX).contains(&changed.len());
    fields.require(holds, "routes", "out_of_range", format!("1 to {TOURS_MAX} tours"));
    fields.finish()?;
    let tours: Vec<Tour> = changed.into_iter().map(Tour::from).collect();
    let (own, wished) = (Arc::clone(search), tours.clone());
    let clock = Arc::clone(dispatch.platform.runtime.clock());
    // Tours that cannot be driven are not tendered.
    let priced =
        tokio::task::spawn_blocking(move || price(&own.wanted.document, &wished, own.wanted.seed, &*clock));
    let priced = priced.await.map_err(|error| Problem::defect(&error))?;
    priced.map_err(|faults| refused("", faults))?;
    Ok(tours)
}

/// Which driver gets which shipment, without those under way.
fn assignments(tours: &[Tour], freight: &Freight) -> Vec<(ShipmentId, DriverId, OrganisationId)> {
    let mut assigned: BTreeMap<ShipmentId, (DriverId, OrganisationId)> = BTreeMap::new();
    for tour in tours {
        let Ok(driver) = tour.vehicle.parse::<DriverId>() else { continue };
        let Some(carrier) = freight.carriers.get(&driver) else { continue };
        let shipments = tour.stops.iter().filter_map(|stop| stop.strip_suffix("/delivery")?.parse().ok());
        assigned.extend(shipments.map(|shipment: ShipmentId| (shipment, (driver, *carrier))));
    }
    assigned.retain(|shipment, _| !freight.under_way.contains(shipment));
    assigned.into_iter().map(|(shipment, (driver, carrier))| (shipment, driver, carrier)).collect()
}

async fn commit(
    dispatch: &Dispatch,
    session: &Session,
    shipment: ShipmentId,
    driver: DriverId,
    carrier: OrganisationId,
) -> Result<CommittedShipment, Problem> {
    let runtime = &dispatch.platform.runtime;
    let state = runtime.state::<Shipment>(shipment).await?.ok_or_else(Problem::not_found)?;
    let bid = state.open_bids().find(|bid| bid.offer.driver == driver).map(|bid| bid.offer.bid);
    let tendered = Tender::Direct { carrier };
    let already = state.request.as_ref().is_some_and(|request| request.tender == tendered);
    let (command, outcome) = match bid {
        Some(bid) => (select(bid), "selected"),
        None => {
            let amended = Amended { tender: Some(tendered), ..Amended::default() };
            (ShipmentCommand::Amend(Box::new(amended)), "tendered")
        }
    };
    let answer = |outcome, reason| CommittedShipment {
        shipment_id: shipment.to_string(),
        driver_id: driver.to_string(),
        carrier_id: carrier.to_string(),
        outcome,
        reason,
    };
    if already && bid.is_none() && state.status.is_open() {
        return Ok(answer("tendered", None));
    }
    // One request, many orders: its idempotency key can belong to none of them.
    let origin = Origin { idempotency: None, ..session.origin.clone() };
    match runtime.submit(&origin, Order::new::<Shipment>(shipment, command)).await {
        Ok(_) => Ok(answer(outcome, None)),
        Err(CommandError::Refused(refusal)) => Ok(answer("refused", Some(refusal.code.to_string()))),
        Err(error) => Err(error.into()),
    }
}

const fn select(bid: BidId) -> ShipmentCommand {
    ShipmentCommand::Select { bid, by: SelectedBy::Dispatcher }
}
