//! `POST /api/v1/plans`: which truck visits which stops.
//!
//! Errors: 403 for a role that plans nothing, 422 for a bad problem, shipment, driver or budget, 503 when too many
//! searches wait already, or the roads are away.

use crate::{
    Dispatch,
    fleet_problem::{DRIVERS_MAX, SHIPMENTS_MAX, Selection, problem_of, refused},
    searches::{Asker, Search, Wanted},
    wire::WirePlan,
};
use axum::extract::State;
use contracts::ports::{Resource, Scope, permissions};
use edge::{Answer, Body, Fields, Problem, Session};
use kernel::{DriverId, PlanId, ShipmentId};
use planner::wire::{ObjectiveDocument, ProblemDocument};
use serde::Deserialize;
use std::{str::FromStr, sync::Arc, time::Duration};
use utoipa::ToSchema;

const SECONDS_DEFAULT: u32 = 5;
const SECONDS_MAX: u32 = 60;
/// Somebody who waits gets the best plan so far after this long at the latest.
const WAIT_MAX: Duration = Duration::from_secs(20);
/// Who does not wait is answered after this long at the latest, be it that the search still waits for its turn.
const INSTANT_WITHIN: Duration = Duration::from_secs(2);

/// What is to be planned: a `problem`, or `shipments` with the `drivers` that may carry them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// A problem as in the guide to plans.
    problem: Option<ProblemDocument>,
    /// Open shipments of the tenant; for its staff.
    #[schema(min_items = 1, max_items = 500)]
    shipments: Option<Vec<String>>,
    /// The drivers that may carry them; all that are online when absent.
    #[schema(min_items = 1, max_items = 500)]
    drivers: Option<Vec<String>>,
    /// What a better plan of shipments is; a problem says so itself.
    objective: Option<ObjectiveDocument>,
    /// How long to search, 5 unless told; with 0 the instant answer is all.
    #[schema(minimum = 0, maximum = 60, nullable = false)]
    seconds: Option<u32>,
    /// What the random draws come from, 1 unless told.
    #[schema(minimum = 0, nullable = false)]
    seed: Option<u64>,
    /// Whether to answer only when the search has ended, or after 20 s.
    #[serde(default)]
    wait: bool,
}

/// Plan tours.
///
/// The answer comes with the instant plan, unless other searches are before it, and is improved for `seconds` while
/// somebody watches `plan:<id>` over the WebSocket or asks again. A plan of shipments measures the ways by road where
/// roads are known, keeps shipments under way where they are, and drives by Regulation (EC) No 561/2006. Plans are kept
/// for an hour.
#[utoipa::path(
    post,
    path = "/api/v1/plans",
    tag = "plans",
    request_body = NewPlan,
    responses((status = 201, description = "the plan so far", body = edge::Enveloped<WirePlan>)),
)]
pub async fn create_plan(
    State(dispatch): State<Dispatch>,
    session: Session,
    Body(body): Body<NewPlan>,
) -> Result<Answer<WirePlan>, Problem> {
    session.authorise(&dispatch.platform, permissions::PLAN_CREATE, &Resource::default())?;
    let wait = body.wait;
    let id = session.new_id(&dispatch.platform);
    let now = dispatch.platform.runtime.now();
    // Whoever hung up and asks again under its key gets the search that it began.
    let search = match dispatch.searches.find(id, now) {
        Some(search) => search,
        None => begin(&dispatch, &session, id, body).await?,
    };
    let _ = if wait {
        tokio::time::timeout(WAIT_MAX, search.ended()).await
    } else {
        tokio::time::timeout(INSTANT_WITHIN, search.first_plan()).await
    };
    Ok(Answer::created(WirePlan::of(&search)))
}

async fn begin(
    dispatch: &Dispatch,
    session: &Session,
    id: PlanId,
    body: NewPlan,
) -> Result<Arc<Search>, Problem> {
    let wanted = wanted(dispatch, session, body).await?;
    let caller = &session.caller;
    let asker = Asker { tenant: caller.tenant, organisation: caller.organisation, user: caller.user };
    let now = dispatch.platform.runtime.now();
    dispatch.searches.begin(id, asker, wanted, now).map_err(|_| {
        Problem::unavailable("plan.busy", "too many searches wait already; ask again in a minute")
    })
}

async fn wanted(dispatch: &Dispatch, session: &Session, body: NewPlan) -> Result<Wanted, Problem> {
    let mut fields = Fields::new();
    let seconds = body.seconds.unwrap_or(SECONDS_DEFAULT);
    fields.require(seconds <= SECONDS_MAX, "seconds", "out_of_range", "must be 0 to 60");
    let one_of = body.problem.is_some() != body.shipments.is_some();
    fields.require(one_of, "problem", "missing", "either a problem or shipments are needed, not both");
    if body.problem.is_some() {
        fields.require(
            body.drivers.is_none(),
            "drivers",
            "unexpected",
            "a problem names its vehicles itself",
        );
        fields.require(body.objective.is_none(), "objective", "unexpected", "a problem says so itself");
    }
    let shipments = ids::<ShipmentId>("shipments", body.shipments.as_deref(), SHIPMENTS_MAX, &mut fields);
    let drivers = ids::<DriverId>("drivers", body.drivers.as_deref(), DRIVERS_MAX, &mut fields);
    fields.finish()?;
    let (document, freight) = match body.problem {
        Some(document) => (document, None),
        None => {
            // A carrier knows no shipments but those it was offered; it sends a problem of its own.
            if session.caller.role.scope() != Scope::Tenant {
                return Err(Problem::forbidden());
            }
            let (tenant, objective) = (session.caller.tenant, body.objective.unwrap_or_default());
            let drivers = body.drivers.map(|_| drivers);
            let selection = Selection { tenant, shipments, drivers, objective };
            let (document, freight) = problem_of(dispatch, &selection).await?;
            (document, Some(freight))
        }
    };
    let prefix = if freight.is_none() { "problem." } else { "" };
    let (document, resolved) = resolve(document).await?;
    let problem = resolved.map_err(|faults| refused(prefix, faults))?;
    let time = Duration::from_secs(seconds.into());
    Ok(Wanted { document, problem, freight, time, seed: body.seed.unwrap_or(1) })
}

/// A large problem takes a while to check: not on this thread.
async fn resolve(
    document: ProblemDocument,
) -> Result<(ProblemDocument, Result<planner::Problem, Vec<planner::Fault>>), Problem> {
    let resolved = tokio::task::spawn_blocking(move || {
        let problem = document.resolve();
        (document, problem)
    });
    resolved.await.map_err(|error| Problem::defect(&error))
}

fn ids<Id: FromStr<Err: std::fmt::Display> + Ord + Copy>(
    field: &str,
    texts: Option<&[String]>,
    most: usize,
    fields: &mut Fields,
) -> Vec<Id> {
    let Some(texts) = texts else { return Vec::new() };
    let holds = (1..=most).contains(&texts.len());
    fields.require(holds, field.to_owned(), "out_of_range", format!("1 to {most} can be planned at once"));
    if !holds {
        return Vec::new();
    }
    let mut ids: Vec<Id> = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        match text.parse::<Id>() {
            Ok(id) if ids.contains(&id) => {
                fields.refuse(format!("{field}[{index}]"), "repeated", "it is named twice");
            }
            Ok(id) => ids.push(id),
            Err(error) => fields.refuse(format!("{field}[{index}]"), "invalid", error.to_string()),
        }
    }
    ids
}
