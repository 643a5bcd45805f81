//! The running house: store, runtime and contexts, opened in order and closed in order.

use crate::{
    assembly::{Parts, PartsOptions},
    configuration::{Settings, StorePlace},
    failure::Failure,
    keys::Keys,
    reload::Reloader,
    retention::{UpkeepMeter, keep_up},
    routes,
};
use adapters::objects::FolderObjects;
use axum::Router;
use contracts::ports::{ArrivalForecast, MemoryObjects, ObjectStore, ShipmentAccess, TrafficReports};
use dispatch::{Dispatch, PlanTopics, Searches};
use edge::{ApiOptions, Platform, RateLimits, serve_api, ws::TopicSource};
use facilities::{Facilities, YardTopics, publish_arrivals};
use identity::{Identity, IdentityError};
use kernel::{Clock, Entropy, uuid_v7};
use market::MarketAccess;
use movement::{
    Movement, PositionFrames, Positions,
    relay::{RedisUrl, RelayMeter, relay},
    trackers::{Registry, TrackerMeter, Trackers, Turn},
    watch::{Watch, Watchman, tend, warm},
};
use operations::{FleetTopics, Operations, publish_fleet};
use papers::{Consignments, Papers};
use runtime::{Runtime, RuntimeOptions, SystemClock, SystemEntropy};
use std::{sync::Arc, time::Duration};
use store::{Store, StoreUrl, Telemetry, Vault};
use tokio::{sync::watch, task::JoinHandle};
use utoipa_axum::router::OpenApiRouter;

/// How far back positions are of use to anybody at the start (spec 4: positions are cached for 60 s; a parked truck
/// reports seldom).
const POSITIONS_SINCE: Duration = Duration::from_secs(3600);
/// How often the positions that other processes took in are looked for.
const POSITIONS_PERIOD: Duration = Duration::from_secs(2);
/// Nothing is started over a store that belongs to other keys: people would sign up a second time, and what they had
/// before would be lost to them.
const OTHER_KEYS: &str = "this store was first used with another master key, which its personal data is sealed with; \
                          give the keys that it was made with (keys.toml of its data folder, or \
                          AUTOBROKER_MASTER_KEY and AUTOBROKER_SIGNING_KEY)";

/// The running house.
pub struct House {
    parts: Parts,
    platform: Platform,
    positions: Positions,
    shipments: Arc<dyn ShipmentAccess>,
    facilities: Facilities,
    objects: Arc<dyn ObjectStore>,
    registry: Registry,
    meter: TrackerMeter,
    searches: Searches,
    background: Vec<JoinHandle<()>>,
    /// The upkeep of old positions, and what ends it.
    upkeep: (std::thread::JoinHandle<()>, watch::Sender<bool>),
}

impl House {
    /// Opens it for a command, without a server.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn open(place: StorePlace) -> Result<Self, Failure> {
        Self::open_with(&place, PartsOptions::default(), RuntimeOptions::default()).await
    }

    /// Opens the store, starts the runtime, fills what is kept in memory, and makes the first tenant.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn open_with(
        place: &StorePlace,
        options: PartsOptions,
        limits: RuntimeOptions,
    ) -> Result<Self, Failure> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let keys = keys_of(place, &*entropy)?;
        let store = Store::open(&place.store).await?;
        let telemetry = Telemetry::open(&place.store).await?;
        let (retention, redis) = (options.retention, options.redis.clone());
        let parts = Parts::new(keys.signing, options, &clock, &entropy)?;
        let vault = vault_of(&store, &keys, &entropy).await?;
        let assembly = parts.assembly();
        let runtime = Runtime::start(assembly, store, clock, entropy, limits).await?;
        parts.business.register(&mut parts.metrics.registry());
        let authenticator = Arc::new(parts.identity.clone());
        let platform = Platform { runtime: runtime.clone(), authenticator, vault: vault.clone() };
        let shipments: Arc<dyn ShipmentAccess> = Arc::new(MarketAccess::new(runtime.clone()));
        let live = Arc::clone(&parts.market.drivers);
        let positions = Positions::new(
            telemetry.clone(),
            live,
            Arc::clone(&shipments),
            parts.hub.clone(),
            market::FOLLOWERS,
        );
        let objects = objects_of(place);
        let registry = Registry::new(runtime.store().clone());
        let meter = TrackerMeter::default();
        meter.register(&mut parts.metrics.registry());
        let upkept = UpkeepMeter::default();
        upkept.register(&mut parts.metrics.registry());
        let (stop, stopped) = watch::channel(false);
        let upkeep = (keep_up(telemetry, retention, Arc::clone(runtime.clock()), upkept, stopped)?, stop);
        movement::watch::register(&parts.watch, &mut parts.metrics.registry());
        let searches = Searches::new(parts.hub.clone(), Arc::clone(runtime.clock()));
        let forecast = Arc::clone(&parts.watch) as Arc<dyn ArrivalForecast>;
        let notes = Arc::new(Consignments::new(runtime.store().clone()));
        let facilities = Facilities::new(platform.clone(), Arc::clone(&shipments), forecast, notes);
        let background = Vec::new();
        let mut house = Self {
            parts,
            platform,
            positions,
            shipments,
            facilities,
            objects,
            registry,
            meter,
            searches,
            background,
            upkeep,
        };
        house.wake(vault).await?;
        if let Some(url) = &redis {
            house.relay(url)?;
        }
        Ok(house)
    }

    /// Fills what is kept in memory and begins to serve the WebSockets.
    async fn wake(&mut self, vault: Vault) -> Result<(), Failure> {
        let runtime = &self.platform.runtime;
        self.parts.identity.attach(runtime.clone(), vault).await?;
        self.parts.market.warm(runtime.store()).await?;
        self.parts.sites.warm(runtime.store()).await?;
        self.watch_trips().await?;
        let runtime = &self.platform.runtime;
        let now = runtime.now();
        self.positions.catch_up(now.before(POSITIONS_SINCE), now).await?;
        let frames = PositionFrames::new(
            self.positions.clone(),
            Arc::clone(&self.shipments),
            Arc::clone(&self.platform.authenticator),
            Arc::clone(runtime.clock()),
        );
        let fleet = Arc::new(FleetTopics::new(self.operations()));
        let mut topics = market::topics(self.platform.clone(), self.parts.market.clone());
        topics.push(Arc::clone(&fleet) as Arc<dyn TopicSource>);
        topics.push(Arc::new(PlanTopics::new(self.dispatch())));
        let yards = Arc::new(YardTopics::new(self.facilities.clone()));
        topics.push(Arc::clone(&yards) as Arc<dyn TopicSource>);
        self.background.push(tokio::spawn(publish_fleet(fleet, self.parts.hub.clone())));
        self.background.push(tokio::spawn(publish_arrivals(yards, self.parts.hub.clone())));
        self.parts.hub.attach(&self.platform, topics, Some(Arc::new(frames))).await?;
        if runtime.store().is_shared() {
            let (positions, clock) = (self.positions.clone(), Arc::clone(runtime.clock()));
            let follow = async move { positions.follow(&*clock, POSITIONS_PERIOD).await };
            self.background.push(tokio::spawn(follow));
        }
        self.parts.identity.ensure_default_tenant().await.map_err(cannot_begin)?;
        Ok(())
    }

    /// Tells other processes of positions, and hears of theirs.
    fn relay(&mut self, url: &RedisUrl) -> Result<(), Failure> {
        let runtime = &self.platform.runtime;
        let meter = RelayMeter::default();
        meter.register(&mut self.parts.metrics.registry());
        let process = uuid_v7(runtime.now(), &**runtime.entropy());
        let relaying = relay(url, self.positions.clone(), process, Arc::clone(runtime.clock()), meter);
        let relaying = relaying.map_err(|error| Failure::Configuration(format!("--redis: {error}")))?;
        self.background.push(tokio::spawn(relaying));
        Ok(())
    }

    /// From now on, what positions mean goes into the log.
    async fn watch_trips(&mut self) -> Result<(), Failure> {
        if !self.parts.watched {
            return Ok(());
        }
        warm(&self.parts.watch, self.runtime(), &self.positions).await?;
        let (watchman, arriving) = Watchman::new(Arc::clone(&self.parts.watch));
        self.positions.watched_by(watchman.clone());
        let planner = Arc::clone(&self.parts.planner);
        let tending = tend(watchman, arriving, self.runtime().clone(), planner);
        self.background.push(tokio::spawn(tending));
        Ok(())
    }

    /// What the positions of trucks mean.
    #[must_use]
    pub fn watch(&self) -> &Watch {
        &self.parts.watch
    }

    /// Tenants and users.
    pub const fn identity(&self) -> &Identity {
        &self.parts.identity
    }

    /// Agents and the store.
    pub const fn runtime(&self) -> &Runtime {
        &self.platform.runtime
    }

    /// The guards of all ports.
    pub const fn guards(&self) -> &guard::Registry {
        &self.parts.guards
    }

    /// What every route can reach.
    pub const fn platform(&self) -> &Platform {
        &self.platform
    }

    /// Where trucks report.
    pub const fn positions(&self) -> &Positions {
        &self.positions
    }

    fn operations(&self) -> Operations {
        Operations {
            platform: self.platform.clone(),
            shipments: Arc::clone(&self.shipments),
            positions: self.positions.clone(),
            watch: Arc::clone(&self.parts.watch),
        }
    }

    fn dispatch(&self) -> Dispatch {
        Dispatch {
            platform: self.platform.clone(),
            market: self.parts.market.clone(),
            planner: Arc::clone(&self.parts.planner),
            traffic: Arc::clone(&self.parts.watch) as Arc<dyn TrafficReports>,
            searches: self.searches.clone(),
        }
    }

    /// Where trackers report.
    pub fn trackers(&self) -> Trackers {
        let clock = Arc::clone(self.runtime().clock());
        Trackers::new(self.registry.clone(), self.positions.clone(), clock, self.meter.clone())
    }

    /// This process's turn at what only one process may do with trackers.
    pub fn turn(&self) -> Turn {
        let process = uuid_v7(self.runtime().now(), &**self.runtime().entropy());
        Turn::new(self.runtime().store(), process.simple().to_string())
    }

    /// The routes of every context.
    fn routes(&self, reloader: &Reloader) -> Vec<OpenApiRouter> {
        let movement = Movement {
            platform: self.platform.clone(),
            positions: self.positions.clone(),
            shipments: Arc::clone(&self.shipments),
            registry: self.registry.clone(),
            planner: Arc::clone(&self.parts.planner),
            watch: Arc::clone(&self.parts.watch),
        };
        let papers = Papers {
            platform: self.platform.clone(),
            shipments: Arc::clone(&self.shipments),
            objects: Arc::clone(&self.objects),
        };
        vec![
            identity::routes(&self.parts.identity, self.platform.clone()),
            market::routes(self.platform.clone(), self.parts.market.clone()),
            movement::routes(movement),
            money::routes(self.platform.clone()),
            facilities::routes(self.facilities.clone()),
            papers::routes(papers),
            operations::routes(self.operations()),
            dispatch::routes(self.dispatch()),
            routes::routes(self.platform.clone(), self.parts.guards.clone(), reloader.clone()),
        ]
    }

    /// Everything that is answered over HTTP.
    pub fn router(&self, settings: &Settings, rates: &RateLimits, reloader: &Reloader) -> Router {
        let parts = &self.parts;
        let options = ApiOptions::new(
            env!("CARGO_PKG_VERSION"),
            parts.metrics.clone(),
            parts.guards.clone(),
            parts.hub.clone(),
        );
        let options = ApiOptions {
            rate_limits: rates.clone(),
            cors_origins: settings.cors_origins.clone(),
            strict_transport: settings.tls.is_some(),
            pages: Some(web::pages(settings.tiles.as_ref())),
            large_bodies: vec![papers::LARGE_BODY, dispatch::LARGE_BODY],
            ..options
        };
        serve_api(&self.platform, self.routes(reloader), options)
    }

    /// The OpenAPI document.
    pub fn document(&self) -> serde_json::Value {
        edge::ApiDocument::of(&self.routes(&Reloader::default()), env!("CARGO_PKG_VERSION")).to_value()
    }

    /// Says goodbye to the WebSockets.
    pub fn close_sockets(&self) {
        self.parts.hub.stop();
    }

    /// Finishes what is queued, saves where everything stands, and stops.
    pub async fn close(self) {
        self.close_sockets();
        self.searches.stop();
        for task in &self.background {
            task.abort();
        }
        let (upkeep, stop) = self.upkeep;
        stop.send_replace(true);
        self.platform.runtime.stop().await;
        if tokio::task::spawn_blocking(|| upkeep.join()).await.is_err() {
            tracing::error!("the upkeep of old positions ended badly");
        }
    }
}

/// The keys of a place: made at the first start. Nothing in memory outlives the process, its keys neither.
///
/// # Errors
/// [`Failure::Configuration`], as [`Keys::load`].
pub fn keys_of(place: &StorePlace, entropy: &dyn Entropy) -> Result<Keys, Failure> {
    match place.store {
        StoreUrl::Memory => Ok(Keys::generate(entropy)),
        _ => Keys::load(&place.data, &|name| std::env::var(name).ok(), entropy),
    }
}

/// The personal data of a store, for those who have its keys: they are those that first used it.
///
/// # Errors
/// [`Failure::Configuration`] for other keys; [`Failure::Store`].
pub async fn vault_of(store: &Store, keys: &Keys, entropy: &Arc<dyn Entropy>) -> Result<Vault, Failure> {
    let vault = Vault::new(store.clone(), keys.master, Arc::clone(entropy));
    if vault.opens().await? { Ok(vault) } else { Err(Failure::Configuration(OTHER_KEYS.to_owned())) }
}

/// Documents lie beside the store's folder; what keeps nothing keeps no documents either.
fn objects_of(place: &StorePlace) -> Arc<dyn ObjectStore> {
    match place.store {
        StoreUrl::Memory => Arc::new(MemoryObjects::new()),
        _ => Arc::new(FolderObjects::new(place.data.join("objects"))),
    }
}

fn cannot_begin(error: IdentityError) -> Failure {
    match error {
        IdentityError::Store(error) => Failure::Store(error),
        other => Failure::Refused(format!("the first tenant cannot be made: {other}")),
    }
}
