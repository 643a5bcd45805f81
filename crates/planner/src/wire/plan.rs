//! A plan as JSON.

use crate::{
    plan::{Activity, Plan},
    problem::Problem,
    solve::{Ending, Progress, Solved},
};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// A checked plan.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Plan)]
pub struct PlanDocument {
    /// How many vehicles are used.
    pub vehicles: usize,
    /// The length of all ways, in the problem's unit: metres for the JSON format.
    pub distance: f64,
    /// The cost of all routes and penalties, in the problem's unit: minor units for the JSON format.
    pub cost: f64,
    /// The stops of each vehicle in order: customer numbers for the benchmark formats, else names of stops.
    #[schema(value_type = Vec<Vec<String>>)]
    pub routes: Vec<Vec<StopName>>,
    /// Jobs that are left out, each with its reason.
    pub unassigned: Vec<UnassignedDocument>,
    /// What each vehicle does when, in the order of `routes`.
    pub timetables: Vec<TimetableDocument>,
    /// What the random draws came from.
    pub seed: u64,
    /// Steps of the search.
    pub iterations: u64,
    /// When the first plan stood that leaves out nothing that could be served, in milliseconds.
    pub first_feasible_ms: Option<f64>,
    /// When the instant answer stood, in milliseconds.
    pub instant_ms: f64,
    /// `budget_spent` or `stopped`; `searching` while a better plan is looked for.
    pub ending: &'static str,
}

/// A stop as the input calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum StopName {
    /// A customer's number.
    Number(u64),
    /// A name.
    Name(String),
}

/// A job that is left out.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = PlanUnassigned)]
pub struct UnassignedDocument {
    /// The job.
    pub job: String,
    /// Its stops.
    #[schema(value_type = Vec<String>)]
    pub stops: Vec<StopName>,
    /// A stable code: `skills`, `capacity`, `time_window`, `driver_hours`, `not_worth_it` or `no_room`.
    pub reason: &'static str,
    /// One sentence for a person.
    pub message: String,
}

/// What a vehicle does when.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = PlanTimetable)]
pub struct TimetableDocument {
    /// The vehicle.
    pub vehicle: String,
    /// The length of its way.
    pub distance: f64,
    /// What it costs.
    pub cost: f64,
    /// What it does, without gaps.
    pub spans: Vec<SpanDocument>,
}

/// An activity with its times.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = PlanSpan)]
pub struct SpanDocument {
    /// `drive`, `break`, `rest`, `wait` or `serve`.
    pub activity: &'static str,
    /// When it begins.
    pub from: f64,
    /// When it ends.
    pub to: f64,
    /// The stop that is served.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub stop: Option<StopName>,
}

impl PlanDocument {
    /// The document of a solved problem.
    #[must_use]
    pub fn new(problem: &Problem, solved: &Solved, seed: u64) -> Self {
        Self {
            iterations: solved.iterations,
            first_feasible_ms: solved.first_feasible.map(milliseconds),
            instant_ms: milliseconds(solved.instant),
            ending: match solved.ending {
                Ending::BudgetSpent => "budget_spent",
                Ending::Stopped => "stopped",
            },
            ..Self::of(problem, &solved.plan, seed)
        }
    }

    /// The document of the best plan so far; `instant` is when the first one stood.
    #[must_use]
    pub fn so_far(problem: &Problem, plan: &Plan, progress: &Progress, instant: Duration, seed: u64) -> Self {
        Self {
            iterations: progress.iterations,
            instant_ms: milliseconds(instant),
            ..Self::of(problem, plan, seed)
        }
    }

    fn of(problem: &Problem, plan: &Plan, seed: u64) -> Self {
        let name = |stop: &usize| StopName::of(&problem.stops[*stop].name);
        Self {
            vehicles: plan.routes.len(),
            distance: plan.distance,
            cost: plan.cost,
            routes: plan.routes.iter().map(|route| route.stops.iter().map(name).collect()).collect(),
            unassigned: plan
                .left_out
                .iter()
                .map(|out| UnassignedDocument {
                    job: problem.jobs[out.job].name.clone(),
                    stops: problem.jobs[out.job].task.stops().map(|stop| name(&stop)).collect(),
                    reason: out.reason.code(),
                    message: out.reason.sentence(),
                })
                .collect(),
            timetables: plan
                .routes
                .iter()
                .map(|route| TimetableDocument {
                    vehicle: problem.vehicles[route.vehicle].name.clone(),
                    distance: route.distance,
                    cost: route.cost,
                    spans: route.timetable.iter().map(|span| span_document(problem, span)).collect(),
                })
                .collect(),
            seed,
            iterations: 0,
            first_feasible_ms: None,
            instant_ms: 0.0,
            ending: "searching",
        }
    }
}

impl StopName {
    fn of(name: &str) -> Self {
        name.parse().map_or_else(|_| Self::Name(name.to_owned()), Self::Number)
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}

fn span_document(problem: &Problem, span: &crate::plan::Span) -> SpanDocument {
    let (activity, stop) = match span.activity {
        Activity::Drive => ("drive", None),
        Activity::Break => ("break", None),
        Activity::Rest => ("rest", None),
        Activity::Wait => ("wait", None),
        Activity::Serve(stop) => ("serve", Some(StopName::of(&problem.stops[stop].name))),
    };
    SpanDocument { activity, from: span.from, to: span.to, stop }
}
