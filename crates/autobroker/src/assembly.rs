//! All contexts together: what the house is made of before it runs (design, section 3).

use crate::{failure::Failure, route_server::RouteServer};
use adapters::payments::{GuardedGateway, SandboxGateway};
use contracts::ports::{GreatCircleRoads, PaymentGateway, RoadNetwork, RoutePlanner};
use edge::{
    Metrics,
    ws::{Hub, HubOptions},
};
use facilities::Sites;
use flows::BusinessMetrics;
use guard::{Guard, Policy};
use identity::{Identity, IdentityOptions};
use kernel::{Clock, Entropy};
use market::{Market, MarketOptions};
use movement::{
    relay::RedisUrl,
    watch::{TruckTime, Watch},
};
use runtime::{Assembly, Context, Observer, SystemClock, SystemEntropy};
use std::{sync::Arc, time::Duration};
use store::Retention;

/// What one house may have differently from another.
#[derive(Clone)]
pub struct PartsOptions {
    /// How long after delivery a shipment may be disputed, for tenants that say nothing themselves.
    pub dispute_window: Duration,
    /// Road distances.
    pub roads: Arc<dyn RoadNetwork>,
    /// Who plans routes.
    pub planner: Arc<dyn RoutePlanner>,
    /// Who is asked for routes before.
    pub route_server: Option<RouteServer>,
    /// The market's settings.
    pub market: MarketOptions,
    /// Whether the meaning of positions is watched.
    pub watched: bool,
    /// How many times as fast as time trucks drive.
    pub truck_speed: u32,
    /// Who else sees every committed event.
    pub observers: Vec<Arc<dyn Observer>>,
    /// How long positions are kept.
    pub retention: Retention,
    /// Where other processes are told of positions.
    pub redis: Option<RedisUrl>,
}

impl Default for PartsOptions {
    /// 24 h (annex, section 5), the embedded roads, nobody else.
    fn default() -> Self {
        Self {
            dispute_window: Duration::from_secs(24 * 3600),
            roads: Arc::new(GreatCircleRoads),
            planner: Arc::new(GreatCircleRoads),
            route_server: None,
            market: MarketOptions::default(),
            watched: true,
            truck_speed: 1,
            observers: Vec::new(),
            retention: Retention::default(),
            redis: None,
        }
    }
}

/// The contexts with the embedded adapters of their ports.
pub struct Parts {
    /// Tenants, users, sessions, policies.
    pub identity: Identity,
    /// Shipments, bids, drivers.
    pub market: Market,
    /// Where facilities are.
    pub sites: Arc<Sites>,
    /// The payment gateway behind its guard.
    pub gateway: Arc<dyn PaymentGateway>,
    /// Who plans routes.
    pub planner: Arc<dyn RoutePlanner>,
    /// All guards.
    pub guards: guard::Registry,
    /// All metrics.
    pub metrics: Metrics,
    /// Counts what happens in the business.
    pub business: BusinessMetrics,
    /// The WebSockets.
    pub hub: Hub,
    /// What positions mean.
    pub watch: Arc<Watch>,
    /// Whether positions are watched.
    pub watched: bool,
    observers: Vec<Arc<dyn Observer>>,
}

impl Parts {
    /// Makes every part; nothing runs yet.
    ///
    /// # Errors
    /// [`Failure::Configuration`] when the embedded policies cannot be read.
    pub fn new(
        signing_key: [u8; 32],
        options: PartsOptions,
        clock: &Arc<dyn Clock>,
        entropy: &Arc<dyn Entropy>,
    ) -> Result<Self, Failure> {
        let PartsOptions {
            dispute_window,
            roads,
            market,
            watched,
            truck_speed,
            observers,
            planner,
            route_server,
            ..
        } = options;
        let identity = Identity::new(IdentityOptions { signing_key, dispute_window })
            .map_err(|error| Failure::Configuration(error.to_string()))?;
        let guard = Guard::new("payments", Policy::default(), Arc::clone(clock), Arc::clone(entropy));
        let guards = guard::Registry::new();
        guards.add(&guard);
        let planner = match route_server {
            None => planner,
            Some(server) => {
                let guard = Guard::new("routes", Policy::default(), Arc::clone(clock), Arc::clone(entropy));
                guards.add(&guard);
                server.in_front_of(planner, guard, Arc::clone(clock))?
            }
        };
        let metrics = Metrics::new();
        Ok(Self {
            identity,
            market: Market::new(roads, market),
            gateway: Arc::new(GuardedGateway::new(Arc::new(SandboxGateway::new()), guard)),
            planner,
            sites: Arc::default(),
            guards,
            hub: Hub::new(HubOptions::default(), metrics.clone()),
            metrics,
            business: BusinessMetrics::new(),
            watch: Arc::new(Watch::of(TruckTime::new(clock.now(), truck_speed))),
            watched,
            observers,
        })
    }

    /// All contexts, for the runtime.
    pub fn assembly(&self) -> Assembly {
        let hub: Arc<dyn Observer> = Arc::new(self.hub.clone());
        let watching = self.observers.iter().cloned().chain([hub]).fold(Context::new(), Context::observer);
        Assembly::new()
            .with(identity::context(&self.identity))
            .with(market::context(&self.market))
            .with(money::context(Arc::clone(&self.gateway)))
            .with(movement::context(&self.watch))
            .with(facilities::context(&self.sites))
            .with(papers::context())
            .with(operations::context())
            .with(dispatch::context())
            .with(flows::context(Arc::new(self.identity.clone()), &self.sites, &self.business))
            .with(watching)
    }
}

/// The contexts of a house that does not run: for the catalogue of events and for checking views. Its keys sign
/// nothing.
///
/// # Errors
/// [`Failure::Configuration`] when the embedded policies cannot be read.
pub fn offline() -> Result<Assembly, Failure> {
    let (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>) =
        (Arc::new(SystemClock), Arc::new(SystemEntropy));
    Ok(Parts::new([0; 32], PartsOptions::default(), &clock, &entropy)?.assembly())
}
