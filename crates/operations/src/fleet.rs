//! Where all trucks are: one compact answer, and once a second what changed, over the WebSocket.

use crate::{
    Operations,
    views::reports::{self, TruckState},
};
use contracts::ports::{Caller, PortFuture, Resource, Role, Scope, Verdict, permissions};
use edge::{
    Problem,
    ws::{Audience, Hub, TopicMessage, TopicSource},
};
use kernel::{DriverId, OrganisationId, StreamRef, TenantId, Timestamp};
use movement::Sample;
use parking_lot::Mutex;
use runtime::Recorded;
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use store::StoreError;

/// Trucks in one answer, at most.
pub(crate) const TRUCKS_MAX: i64 = 50_000;
/// Between two batches of positions.
const PERIOD: Duration = Duration::from_secs(1);
/// A subscription is asked for again at every ping (30 s); a topic that nobody asks for is forgotten.
const WATCHED_FOR: Duration = Duration::from_secs(90);
/// What trucks are doing changes less often than where they are.
const STATES_FOR: Duration = Duration::from_secs(5);

/// Whose trucks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scoped {
    tenant: TenantId,
    carrier: Option<OrganisationId>,
}

impl Scoped {
    /// All of the tenant's for its staff, its own for a carrier.
    pub(crate) fn of(caller: &Caller) -> Self {
        let own = caller.role.scope() == Scope::Organisation;
        Self { tenant: caller.tenant, carrier: own.then_some(caller.organisation) }
    }

    pub(crate) fn resource(&self) -> Resource {
        let organisations = self.carrier.into_iter().collect();
        Resource { tenant: Some(self.tenant), organisations, ..Resource::default() }
    }
}

type States = FxHashMap<DriverId, TruckState>;

async fn states(operations: &Operations, tenant: TenantId) -> Result<States, StoreError> {
    let rows = reports::fleet(operations.platform.runtime.store(), tenant, TRUCKS_MAX).await?;
    Ok(rows.into_iter().map(|row| (row.driver, row)).collect())
}

/// `idle`, `offline`, or where its shipment stands.
fn status(doing: &TruckState) -> &str {
    let idle = if doing.online { "idle" } else { "offline" };
    doing.load.as_ref().map_or(idle, |load| load.status.as_str())
}

/// `[driver, latitude, longitude, heading, speed_kmh, status, shipment]`.
fn tuple(driver: DriverId, sample: &Sample, doing: &TruckState) -> Value {
    // Five decimals are a metre.
    let place = |degrees: f64| (degrees * 1e5).round() / 1e5;
    json!([
        driver,
        place(sample.position.latitude),
        place(sample.position.longitude),
        sample.heading,
        sample.speed_kmh,
        status(doing),
        doing.load.as_ref().map(|load| load.shipment),
    ])
}

/// `[driver, its reference]`, and with a shipment its reference, until when it is due and where it goes from and to.
fn label(driver: DriverId, doing: &TruckState) -> Value {
    match &doing.load {
        None => json!([driver, doing.reference]),
        Some(load) => {
            let [from_latitude, from_longitude, latitude, longitude] = load.ends;
            json!([
                driver,
                doing.reference,
                load.reference,
                load.due.to_string(),
                from_latitude,
                from_longitude,
                latitude,
                longitude,
            ])
        }
    }
}

/// All trucks at one moment.
pub(crate) struct Snapshot {
    /// Where each is: [`tuple`].
    pub(crate) positions: Vec<Value>,
    /// What people call each: [`label`].
    pub(crate) labels: Vec<Value>,
}

/// The trucks that a caller may see, with their newest positions.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn snapshot(operations: &Operations, scope: Scoped) -> Result<Snapshot, StoreError> {
    let states = states(operations, scope.tenant).await?;
    let seen = operations.positions.fleet(scope.tenant, operations.platform.runtime.now());
    let (positions, labels) = visible(&seen, &states, scope)
        .map(|(driver, sample, doing)| (tuple(driver, sample, doing), label(driver, doing)))
        .unzip();
    Ok(Snapshot { positions, labels })
}

fn visible<'a>(
    seen: &'a [(DriverId, Sample)],
    states: &'a States,
    scope: Scoped,
) -> impl Iterator<Item = (DriverId, &'a Sample, &'a TruckState)> {
    let known = seen.iter().filter_map(|(driver, sample)| Some((*driver, sample, states.get(driver)?)));
    known.filter(move |(_, _, doing)| scope.carrier.is_none_or(|carrier| carrier == doing.carrier))
}

/// A topic that somebody listens to, and what was told last.
struct Watched {
    scope: Scoped,
    until: Timestamp,
    told: FxHashMap<DriverId, (Timestamp, String)>,
}

/// `fleet:ten_...` for the tenant's staff, `fleet:org_...` for a carrier.
pub struct FleetTopics {
    operations: Operations,
    watched: Mutex<FxHashMap<String, Watched>>,
}

impl FleetTopics {
    /// Nobody listens yet.
    #[must_use]
    pub fn new(operations: Operations) -> Self {
        Self { operations, watched: Mutex::default() }
    }

    fn admit(&self, caller: &Caller, topic: &str) -> Result<Audience, Problem> {
        let scope = Scoped::of(caller);
        let own = match scope.carrier {
            None => format!("fleet:{}", caller.tenant),
            Some(_) if caller.role == Role::Carrier => format!("fleet:{}", caller.organisation),
            Some(_) => return Err(Problem::forbidden()),
        };
        if topic != own {
            return Err(Problem::not_found());
        }
        let platform = &self.operations.platform;
        match platform.authenticator.authorise(caller, permissions::FLEET_READ, &scope.resource()) {
            Verdict::Allow => {}
            Verdict::Deny => return Err(Problem::forbidden()),
            Verdict::Hide => return Err(Problem::not_found()),
        }
        let until = platform.runtime.now().after(WATCHED_FOR);
        let mut watched = self.watched.lock();
        let fresh = || Watched { scope, until, told: FxHashMap::default() };
        watched.entry(own).or_insert_with(fresh).until = until;
        Ok(Audience::ALL)
    }

    /// The topics that are listened to, with whose trucks they tell of.
    fn listened(&self, now: Timestamp) -> Vec<(String, Scoped)> {
        let mut watched = self.watched.lock();
        watched.retain(|_, topic| now < topic.until);
        watched.iter().map(|(topic, watched)| (topic.clone(), watched.scope)).collect()
    }

    /// What is new to a topic; from then on it is told.
    fn news(&self, topic: &str, seen: &[(DriverId, Sample)], states: &States) -> Vec<Value> {
        let mut watched = self.watched.lock();
        let Some(watched) = watched.get_mut(topic) else { return Vec::new() };
        let mut news = Vec::new();
        for (driver, sample, doing) in visible(seen, states, watched.scope) {
            let now_known = (sample.at, status(doing).to_owned());
            if watched.told.get(&driver) != Some(&now_known) {
                watched.told.insert(driver, now_known);
                news.push(tuple(driver, sample, doing));
            }
        }
        news
    }
}

impl TopicSource for FleetTopics {
    fn prefix(&self) -> &'static str {
        "fleet"
    }

    fn authorise<'a>(
        &'a self,
        caller: &'a Caller,
        topic: &'a str,
    ) -> PortFuture<'a, Result<Audience, Problem>> {
        Box::pin(std::future::ready(self.admit(caller, topic)))
    }

    fn messages(&self, _event: &Recorded) -> Vec<TopicMessage> {
        Vec::new()
    }

    fn stream(&self, _topic: &str) -> Option<StreamRef> {
        None
    }
}

/// Tells the listeners once a second where trucks have moved, until the task that runs it ends.
pub async fn publish_fleet(topics: Arc<FleetTopics>, hub: Hub) {
    let mut known: FxHashMap<TenantId, (Timestamp, States)> = FxHashMap::default();
    loop {
        tokio::time::sleep(PERIOD).await;
        let now = topics.operations.platform.runtime.clock().now();
        let listened = topics.listened(now);
        known.retain(|tenant, _| listened.iter().any(|(_, scope)| scope.tenant == *tenant));
        for (topic, scope) in listened {
            let fresh = known.get(&scope.tenant).is_some_and(|(at, _)| now < at.after(STATES_FOR));
            if !fresh {
                match states(&topics.operations, scope.tenant).await {
                    Ok(states) => drop(known.insert(scope.tenant, (now, states))),
                    Err(error) => tracing::debug!(%error, "what trucks are doing cannot be read now"),
                }
            }
            let Some((_, states)) = known.get(&scope.tenant) else { continue };
            let seen = topics.operations.positions.fleet(scope.tenant, now);
            let news = topics.news(&topic, &seen, states);
            if !news.is_empty() {
                let subject = topic.trim_start_matches("fleet:").to_owned();
                let data = json!({ "positions": news });
                let message = json!({ "type": "fleet.moved", "subject": subject, "time": now.to_string(), "data": data });
                hub.publish(&topic, Audience::ALL, || message);
            }
        }
    }
}
