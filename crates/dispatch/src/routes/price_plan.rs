//! `POST /api/v1/plans/{id}/price`: what tours come to that somebody changed by hand.
//!
//! Errors: 403 for a role that plans nothing, 404 for an unknown, forgotten or foreign plan, 422 for tours that cannot
//! be driven at all.

use super::TOURS_MAX;
use crate::{
    Dispatch,
    fleet_problem::refused,
    hand_made::{Tour, price},
    wire::{WireLate, WireTour},
};
use axum::extract::State;
use contracts::ports::permissions;
use edge::{Answer, Body, Fields, PathId, Problem, Session};
use kernel::PlanId;
use planner::wire::PlanDocument;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The tours; who has none stays where it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedTours {
    /// At most one for each vehicle.
    #[schema(min_items = 1, max_items = 2_000)]
    routes: Vec<WireTour>,
}

/// What they come to.
#[derive(Debug, Serialize, ToSchema)]
pub struct PricedTours {
    /// The tours with their timetables.
    plan: PlanDocument,
    /// How much more they cost than the plan, in minor units; jobs that are driven in only one of the two count too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cost_change: Option<f64>,
    /// How much longer they are, in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    distance_change: Option<f64>,
    /// Windows that they miss.
    late: Vec<WireLate>,
    /// Jobs that no tour has.
    unplanned: Vec<String>,
}

/// Price changed tours.
///
/// The stops are driven in the order given, late for a window if need be. The plan itself stays as it is.
#[utoipa::path(
    post,
    path = "/api/v1/plans/{id}/price",
    tag = "plans",
    params(("id" = String, Path, description = "the plan")),
    request_body = ChangedTours,
    responses((status = 200, description = "what they come to", body = edge::Enveloped<PricedTours>)),
)]
pub async fn price_plan(
    State(dispatch): State<Dispatch>,
    session: Session,
    PathId(id): PathId<PlanId>,
    Body(body): Body<ChangedTours>,
) -> Result<Answer<PricedTours>, Problem> {
    let search = dispatch.search(&session, id, permissions::PLAN_READ)?;
    let mut fields = Fields::new();
    let holds = (1..=TOURS_MAX).contains(&body.routes.len());
    fields.require(holds, "routes", "out_of_range", format!("1 to {TOURS_MAX} tours can be priced"));
    fields.finish()?;
    let tours: Vec<Tour> = body.routes.into_iter().map(Tour::from).collect();
    let (own, clock) = (Arc::clone(&search), Arc::clone(dispatch.platform.runtime.clock()));
    let priced =
        tokio::task::spawn_blocking(move || price(&own.wanted.document, &tours, own.wanted.seed, &*clock));
    let priced = priced.await.map_err(|error| Problem::defect(&error))?;
    let priced = priced.map_err(|faults| refused("", faults))?;
    let stage = search.stage();
    let change = |of: fn(&PlanDocument) -> f64| stage.plan().map(|plan| of(&priced.plan) - of(plan));
    Ok(Answer::ok(PricedTours {
        cost_change: change(|plan| plan.cost),
        distance_change: change(|plan| plan.distance),
        late: priced.late.into_iter().map(WireLate::from).collect(),
        unplanned: priced.unplanned,
        plan: priced.plan,
    }))
}
