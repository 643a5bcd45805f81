//! The searches of this process: those that run, and what the last ones found.
//!
//! They are kept in memory for an hour and end with the process (docs/decisions/0090): a plan is asked for again by its
//! problem and seed; what it set off is in the log.

use crate::fleet_problem::Freight;
use contracts::ports::Resource;
use edge::ws::{Audience, Hub};
use kernel::{Clock, OrganisationId, PlanId, TenantId, Timestamp, UserId};
use parking_lot::Mutex;
use planner::{
    Budget, Control, Plan, PlanError, Problem, Progress, Watcher,
    wire::{PlanDocument, ProblemDocument},
};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Semaphore, watch};

/// A plan is forgotten this long after it was asked for.
const KEPT_FOR: Duration = Duration::from_secs(3600);
/// Plans that are kept, at most; the oldest that has ended gives way.
const KEPT_MAX: usize = 500;
/// Stops of all plans that are kept, at most: each takes about 1 kB with its timetable.
const STOPS_KEPT_MAX: usize = 200_000;
/// Searches that wait for their turn, at most.
const WAITING_MAX: usize = 16;
/// Between two messages about the same search.
const TOLD_EVERY: Duration = Duration::from_millis(250);

/// How a search stands.
#[derive(Debug, Clone)]
pub(crate) enum Stage {
    /// For its turn.
    Waiting,
    /// With the best plan so far.
    Searching(Arc<PlanDocument>),
    /// With its plan.
    Ended(Arc<PlanDocument>),
    /// Without a plan; a defect of the search, which says why.
    Failed(String),
}

impl Stage {
    /// The wire name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Searching(_) => "searching",
            Self::Ended(plan) if plan.ending == "stopped" => "stopped",
            Self::Ended(_) => "finished",
            Self::Failed(_) => "failed",
        }
    }

    /// The best plan so far.
    pub(crate) fn plan(&self) -> Option<&Arc<PlanDocument>> {
        match self {
            Self::Searching(plan) | Self::Ended(plan) => Some(plan),
            Self::Waiting | Self::Failed(_) => None,
        }
    }

    const fn has_ended(&self) -> bool {
        matches!(self, Self::Ended(_) | Self::Failed(_))
    }
}

/// What is searched for.
pub(crate) struct Wanted {
    /// The document as it came or was made.
    pub(crate) document: ProblemDocument,
    /// The same, resolved.
    pub(crate) problem: Problem,
    /// Which shipments and drivers it stands for, when it was made from them.
    pub(crate) freight: Option<Freight>,
    /// How long to search.
    pub(crate) time: Duration,
    /// Fixes every random draw.
    pub(crate) seed: u64,
}

/// Who asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker {
    pub(crate) tenant: TenantId,
    pub(crate) organisation: OrganisationId,
    pub(crate) user: UserId,
}

/// One search.
pub(crate) struct Search {
    pub(crate) id: PlanId,
    pub(crate) asked_at: Timestamp,
    pub(crate) wanted: Wanted,
    asker: Asker,
    stop: AtomicBool,
    stage: watch::Sender<Stage>,
}

impl Search {
    /// What it is for the policies.
    pub(crate) fn resource(&self) -> Resource {
        Resource {
            tenant: Some(self.asker.tenant),
            organisations: vec![self.asker.organisation],
            users: vec![self.asker.user],
            ..Resource::default()
        }
    }

    pub(crate) fn stage(&self) -> Stage {
        self.stage.borrow().clone()
    }

    /// Ends the search with the best plan so far.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Waits until there is a plan, or none will come.
    pub(crate) async fn first_plan(&self) {
        // The sender lives as long as the search itself.
        let _ = self.stage.subscribe().wait_for(|stage| !matches!(stage, Stage::Waiting)).await;
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&self) {
        let _ = self.stage.subscribe().wait_for(Stage::has_ended).await;
    }

    fn stops(&self) -> usize {
        self.wanted.problem.stops.len()
    }
}

/// Too many searches wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Busy;

#[derive(Default)]
struct Kept {
    by_id: FxHashMap<PlanId, Arc<Search>>,
    /// The oldest first.
    order: VecDeque<PlanId>,
}

impl Kept {
    /// Forgets what is too old, then as many of the oldest as must give way to one more.
    fn make_room(&mut self, stops: usize, now: Timestamp) {
        let old = |search: &Search| search.asked_at.after(KEPT_FOR) <= now;
        self.forget(|search| old(search) && search.stage.borrow().has_ended());
        let mut kept: usize = self.by_id.values().map(|search| search.stops()).sum();
        while self.by_id.len() >= KEPT_MAX || kept + stops > STOPS_KEPT_MAX {
            let ended = |id: &&PlanId| self.by_id[*id].stage.borrow().has_ended();
            let Some(oldest) = self.order.iter().find(ended).copied() else { return };
            kept -= self.by_id[&oldest].stops();
            self.forget(|search| search.id == oldest);
        }
    }

    fn forget(&mut self, which: impl Fn(&Search) -> bool) {
        self.by_id.retain(|_, search| !which(search));
        self.order.retain(|id| self.by_id.contains_key(id));
    }

    fn unfinished(&self) -> usize {
        self.by_id.values().filter(|search| !search.stage.borrow().has_ended()).count()
    }
}

struct Inner {
    kept: Mutex<Kept>,
    turns: Semaphore,
    at_once: usize,
    hub: Hub,
    clock: Arc<dyn Clock>,
}

/// The searches of this process; clones share them.
#[derive(Clone)]
pub struct Searches(Arc<Inner>);

impl Searches {
    /// No search yet. At most half of the processors search at once, so that the rest of the house goes on.
    #[must_use]
    pub fn new(hub: Hub, clock: Arc<dyn Clock>) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let at_once = (processors / 2).max(1);
        let turns = Semaphore::new(at_once);
        Self(Arc::new(Inner { kept: Mutex::default(), turns, at_once, hub, clock }))
    }

    /// Begins a search, or queues it; the one that runs under this id when there is one.
    pub(crate) fn begin(
        &self,
        id: PlanId,
        asker: Asker,
        wanted: Wanted,
        now: Timestamp,
    ) -> Result<Arc<Search>, Busy> {
        let stage = watch::Sender::new(Stage::Waiting);
        let search =
            Arc::new(Search { id, asked_at: now, wanted, asker, stop: AtomicBool::new(false), stage });
        let mut kept = self.0.kept.lock();
        kept.make_room(search.stops(), now);
        if let Some(begun) = kept.by_id.get(&id) {
            return Ok(Arc::clone(begun));
        }
        if kept.unfinished() >= WAITING_MAX + self.0.at_once {
            return Err(Busy);
        }
        kept.by_id.insert(id, Arc::clone(&search));
        kept.order.push_back(id);
        drop(kept);
        drop(tokio::spawn(self.clone().run(Arc::clone(&search))));
        Ok(search)
    }

    /// A plan that is not forgotten.
    pub(crate) fn find(&self, id: PlanId, now: Timestamp) -> Option<Arc<Search>> {
        let search = self.0.kept.lock().by_id.get(&id).cloned()?;
        let fresh = now < search.asked_at.after(KEPT_FOR) || !search.stage.borrow().has_ended();
        fresh.then_some(search)
    }

    /// The plans of one asker's reach, the newest first.
    pub(crate) fn list(&self, now: Timestamp, sees: impl Fn(&Search) -> bool) -> Vec<Arc<Search>> {
        let kept = self.0.kept.lock();
        let newest = kept.order.iter().rev().filter_map(|id| kept.by_id.get(id));
        newest.filter(|search| now < search.asked_at.after(KEPT_FOR) && sees(search)).cloned().collect()
    }

    /// Ends every search, so that the process can end.
    pub fn stop(&self) {
        self.0.turns.close();
        for search in self.0.kept.lock().by_id.values() {
            search.stop();
        }
    }

    async fn run(self, search: Arc<Search>) {
        let Ok(turn) = self.0.turns.acquire().await else {
            search.stage.send_replace(Stage::Failed("the server is stopping".to_owned()));
            return;
        };
        let (searches, own) = (self.clone(), Arc::clone(&search));
        let solved = tokio::task::spawn_blocking(move || searches.solve(&own)).await;
        drop(turn);
        let stage = match solved {
            Ok(Ok(document)) => Stage::Ended(Arc::new(document)),
            Ok(Err(error)) => failed(&search, &error),
            Err(error) => failed(&search, &error),
        };
        let kind = if matches!(stage, Stage::Failed(_)) { "plan.failed" } else { "plan.finished" };
        self.tell(&search, kind, &stage);
        search.stage.send_replace(stage);
    }

    fn solve(&self, search: &Search) -> Result<PlanDocument, PlanError> {
        let Wanted { problem, time, seed, .. } = &search.wanted;
        let mut teller = Teller { searches: self, search, told: None, instant: None };
        let time = (!time.is_zero()).then_some(*time);
        let control = Control {
            seed: *seed,
            budget: Budget { time, iterations: None },
            clock: &*self.0.clock,
            stop: &search.stop,
            watcher: &mut teller,
        };
        planner::solve(problem, control).map(|solved| PlanDocument::new(problem, &solved, *seed))
    }

    fn tell(&self, search: &Search, kind: &str, stage: &Stage) {
        let message = || message_of(search, kind, stage, self.0.clock.now());
        self.0.hub.publish(&topic_of(search.id), Audience::ALL, message);
    }
}

fn failed(search: &Search, error: &dyn std::fmt::Display) -> Stage {
    tracing::error!(plan = %search.id, %error, "a search for a plan failed");
    Stage::Failed(error.to_string())
}

/// The WebSocket topic of a plan.
pub(crate) fn topic_of(plan: PlanId) -> String {
    format!("plan:{plan}")
}

fn message_of(search: &Search, kind: &str, stage: &Stage, now: Timestamp) -> Value {
    let figures = stage.plan().map(|plan| {
        json!({
            "vehicles": plan.vehicles,
            "distance_m": plan.distance,
            "cost_minor": plan.cost,
            "left_out": plan.unassigned.len(),
            "iterations": plan.iterations,
        })
    });
    let data = json!({ "status": stage.name(), "plan": figures });
    json!({ "type": kind, "subject": search.id, "time": now.to_string(), "data": data })
}

/// Keeps and tells what a search finds, a few times a second.
struct Teller<'a> {
    searches: &'a Searches,
    search: &'a Search,
    told: Option<Duration>,
    instant: Option<Duration>,
}

impl Watcher for Teller<'_> {
    fn improved(&mut self, progress: &Progress, plan: &dyn Fn() -> Plan) {
        let instant = *self.instant.get_or_insert(progress.elapsed);
        if self.told.is_some_and(|told| progress.elapsed < told + TOLD_EVERY) {
            return;
        }
        let problem = &self.search.wanted.problem;
        let plan = plan();
        // What the checker refuses is never shown; at the end the search fails by it.
        if !planner::check(problem, &plan).is_empty() {
            return;
        }
        self.told = Some(progress.elapsed);
        let document = PlanDocument::so_far(problem, &plan, progress, instant, self.search.wanted.seed);
        let stage = Stage::Searching(Arc::new(document));
        self.searches.tell(self.search, "plan.improved", &stage);
        self.search.stage.send_replace(stage);
    }
}
