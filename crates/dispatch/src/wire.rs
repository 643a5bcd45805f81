//! What the API says about plans.

use crate::{
    hand_made::{Late, Tour, text_of},
    searches::{Search, Stage},
};
use planner::wire::{PlaceDocument, PlanDocument};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A tour as somebody wants it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WireTour {
    /// The vehicle of the problem; a driver's id where the plan was made from shipments.
    #[schema(max_length = 100)]
    pub vehicle: String,
    /// Its stops in order: `JOB/pickup`, `JOB/delivery`.
    #[schema(max_items = 10_000)]
    pub stops: Vec<String>,
}

impl From<WireTour> for Tour {
    fn from(tour: WireTour) -> Self {
        Self { vehicle: tour.vehicle, stops: tour.stops }
    }
}

/// A plan and how its search stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct WirePlan {
    /// The plan; `plan:` with it is the WebSocket topic of its search.
    id: String,
    /// `waiting` for its turn, `searching`, `finished`, `stopped`, `failed`.
    status: &'static str,
    /// When it was asked for. It is forgotten an hour later.
    #[schema(format = DateTime)]
    asked_at: String,
    /// How many jobs it is about.
    jobs: usize,
    /// How many vehicles it may use.
    trucks: usize,
    /// How many seconds the search may take.
    seconds: u64,
    /// What the random draws come from.
    seed: u64,
    /// The best plan so far; absent while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    plan: Option<PlanDocument>,
    /// Where its stops and vehicles are.
    places: Vec<PlaceDocument>,
    /// Shipments that are driven already and stay where they are.
    under_way: Vec<String>,
    /// Pairs of places whose way is an estimate, because no road is known; absent where the problem brought its own ways.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    estimated_ways: Option<usize>,
    /// Why there is no plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    failure: Option<String>,
}

impl WirePlan {
    pub(crate) fn of(search: &Search) -> Self {
        let stage = search.stage();
        let wanted = &search.wanted;
        let freight = wanted.freight.as_ref();
        Self {
            id: search.id.to_string(),
            status: stage.name(),
            asked_at: search.asked_at.to_string(),
            jobs: wanted.document.jobs.len(),
            trucks: wanted.document.vehicles.len(),
            seconds: wanted.time.as_secs(),
            seed: wanted.seed,
            plan: stage.plan().map(|plan| PlanDocument::clone(plan)),
            places: wanted.document.places.clone(),
            under_way: freight
                .map(|freight| freight.under_way.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
            estimated_ways: freight.map(|freight| freight.estimated),
            failure: match stage {
                Stage::Failed(why) => Some(why),
                Stage::Waiting | Stage::Searching(_) | Stage::Ended(_) => None,
            },
        }
    }
}

/// A plan in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct WirePlanLine {
    /// The plan.
    id: String,
    /// As in the plan.
    status: &'static str,
    /// When it was asked for.
    #[schema(format = DateTime)]
    asked_at: String,
    /// How many jobs it is about.
    jobs: usize,
    /// How many vehicles its best plan uses; absent while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    vehicles: Option<usize>,
    /// How many jobs its best plan leaves out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    left_out: Option<usize>,
    /// The cost of its best plan, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cost_minor: Option<f64>,
}

impl WirePlanLine {
    pub(crate) fn of(search: &Search) -> Self {
        let stage = search.stage();
        let plan = stage.plan();
        Self {
            id: search.id.to_string(),
            status: stage.name(),
            asked_at: search.asked_at.to_string(),
            jobs: search.wanted.document.jobs.len(),
            vehicles: plan.map(|plan| plan.vehicles),
            left_out: plan.map(|plan| plan.unassigned.len()),
            cost_minor: plan.map(|plan| plan.cost),
        }
    }
}

/// A window that a tour misses.
#[derive(Debug, Serialize, ToSchema)]
pub struct WireLate {
    /// The stop.
    stop: String,
    /// By how many seconds.
    late_by_s: f64,
}

impl From<Late> for WireLate {
    fn from(late: Late) -> Self {
        Self { stop: late.stop, late_by_s: late.by_s }
    }
}

/// The tours of a plan, for whoever drives or tenders them.
pub(crate) fn tours_of(plan: &PlanDocument) -> Vec<Tour> {
    let pairs = plan.timetables.iter().zip(&plan.routes);
    let tour = |vehicle: &String, stops: &Vec<_>| Tour {
        vehicle: vehicle.clone(),
        stops: stops.iter().map(text_of).collect(),
    };
    pairs.map(|(timetable, stops)| tour(&timetable.vehicle, stops)).collect()
}
