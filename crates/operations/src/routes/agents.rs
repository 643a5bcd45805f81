//! `GET /api/v1/operations/agents`: the agents and reactors of this process.
//!
//! Errors: 403 for a role that sees none.

use crate::Operations;
use axum::extract::State;
use contracts::ports::{Resource, permissions};
use edge::{Answer, Problem, Session};
use serde::Serialize;
use utoipa::ToSchema;

/// One kind of agent.
#[derive(Serialize, ToSchema)]
pub struct AgentCount {
    /// Such as `shipment`.
    kind: &'static str,
    /// Agents that are in memory now; the others sleep until they are needed.
    awake: u64,
    /// Commands decided since the start; two answers apart give messages a second.
    messages: u64,
    /// The mean time that deciding one took, in microseconds.
    mean_micros: f64,
}

/// One reactor.
#[derive(Serialize, ToSchema)]
pub struct ReactorState {
    /// Its name.
    name: String,
    /// The last event it has answered.
    position: i64,
    /// Events it has still to look at.
    behind: i64,
    /// How often it failed since the start.
    failures: u64,
}

/// What the platform's parts are doing.
#[derive(Serialize, ToSchema)]
pub struct AgentsPage {
    /// By name.
    agents: Vec<AgentCount>,
    /// By name.
    reactors: Vec<ReactorState>,
    /// Failures that are no reactor's: `effect`, `work`, `commit`.
    failures: u64,
    /// Commands of reactions, timers and effects that were refused.
    refusals: u64,
    /// Orders that wait.
    waiting: u64,
    /// The last position of the log.
    position: i64,
}

/// List the agents.
///
/// For the tenant's staff: how many of each kind are awake, how much they do, and how far the reactors are. Counters are
/// those of the process that answers.
#[utoipa::path(
    get,
    path = "/api/v1/operations/agents",
    tag = "operations",
    responses((status = 200, description = "by name", body = AgentsPage)),
)]
pub async fn list_agent_kinds(
    State(operations): State<Operations>,
    session: Session,
) -> Result<Answer<AgentsPage>, Problem> {
    session.authorise(&operations.platform, permissions::OPERATIONS_READ, &Resource::default())?;
    let runtime = &operations.platform.runtime;
    let (status, meter) = (runtime.status(), runtime.meter());
    let times = meter.decide_times();
    let awake: std::collections::BTreeMap<&'static str, u64> = status.awake.into_iter().collect();
    let kinds: std::collections::BTreeSet<&'static str> = awake.keys().chain(times.keys()).copied().collect();
    let agents = kinds.into_iter().map(|kind| {
        let decided = times.get(kind).cloned().unwrap_or_default();
        let messages: u64 = decided.buckets.iter().sum();
        let mean_micros = if messages == 0 { 0.0 } else { decided.sum * 1e6 / messages as f64 };
        AgentCount { kind, awake: awake.get(kind).copied().unwrap_or(0), messages, mean_micros }
    });
    let agents = agents.collect();
    let head = runtime.store().head().await?.position;
    let mut failures = meter.failures();
    let positions = runtime.store().reactor_positions().await?;
    let reactors = positions.into_iter().map(|(name, position)| {
        let failed = failures.keys().find(|known| **known == name).copied();
        let failed = failed.and_then(|known| failures.remove(known)).unwrap_or(0);
        ReactorState { position, behind: (head - position).max(0), failures: failed, name }
    });
    let reactors = reactors.collect();
    Ok(Answer::ok(AgentsPage {
        agents,
        reactors,
        failures: failures.values().sum(),
        refusals: meter.refusals(),
        waiting: status.waiting,
        position: head,
    }))
}
