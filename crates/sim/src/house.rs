//! The contexts that a simulated brokerage consists of, with the embedded adapters of their ports.

use crate::country::RoadGraph;
use adapters::payments::{GuardedGateway, SandboxGateway};
use contracts::ports::{LiveDriverIndex, PaymentGateway, PortFuture, RoadNetwork};
use facilities::Sites;
use guard::{Guard, Policy, Sleeper};
use kernel::{Clock, Entropy};
use market::{Market, MarketOptions, OnTheWay};
use movement::watch::Watch;
use runtime::{Assembly, Context, Observer};
use std::{sync::Arc, time::Duration};

/// The dispute window after which a carrier is paid (annex, section 5).
const DISPUTE_WINDOW: Duration = Duration::from_secs(24 * 3600);

/// Simulated devices report seldom: a truck that is seen counts from there for so long.
const LIVE_FOR: Duration = Duration::from_secs(15 * 60);

/// The parts of a simulated brokerage.
pub struct House {
    market: Market,
    sites: Arc<Sites>,
    gateway: Arc<dyn PaymentGateway>,
    watch: Arc<Watch>,
    roads: Arc<RoadGraph>,
}

impl House {
    /// A brokerage over a road network. The sandbox gateway stands behind the guard, as outside; its waits are over at
    /// once, because nobody turns the clock meanwhile.
    #[must_use]
    pub fn new(
        roads: Arc<RoadGraph>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        on_the_way: OnTheWay,
    ) -> Self {
        let guard = Guard::with_sleeper("payments", Policy::default(), clock, entropy, Arc::new(NoWaiting));
        let gateway = GuardedGateway::new(Arc::new(SandboxGateway::new()), guard);
        let options = MarketOptions { live_for: LIVE_FOR, on_the_way, ..MarketOptions::default() };
        let network = Arc::clone(&roads) as Arc<dyn RoadNetwork>;
        Self {
            market: Market::new(network, options),
            sites: Arc::default(),
            gateway: Arc::new(gateway),
            watch: Arc::default(),
            roads,
        }
    }

    /// All contexts together, with observers.
    #[must_use]
    pub fn assembly(&self, observers: impl IntoIterator<Item = Arc<dyn Observer>>) -> Assembly {
        let watching = observers.into_iter().fold(Context::new(), Context::observer);
        Assembly::new()
            .with(market::context(&self.market))
            .with(money::context(Arc::clone(&self.gateway)))
            .with(movement::context(&self.watch))
            .with(facilities::context(&self.sites))
            .with(flows::context(Arc::new(DISPUTE_WINDOW), &self.sites, &flows::BusinessMetrics::new()))
            .with(watching)
    }

    /// The roads.
    #[must_use]
    pub fn roads(&self) -> &RoadGraph {
        &self.roads
    }

    /// Who is told what positions mean.
    #[must_use]
    pub const fn watch(&self) -> &Arc<Watch> {
        &self.watch
    }

    /// Who is told where drivers are.
    #[must_use]
    pub fn live_drivers(&self) -> Arc<dyn LiveDriverIndex> {
        self.market.drivers.clone()
    }
}

/// Under a clock that is turned by hand a wait would never end.
struct NoWaiting;

impl Sleeper for NoWaiting {
    fn sleep(&self, _duration: Duration) -> PortFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}
