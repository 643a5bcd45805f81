//! What the market shares between its reactors and its routes, and what it brings to the house.

use crate::{
    agents::{CarrierProfile, Driver, FacilityProfile, Shipment, ShipperProfile},
    full_discounts::FullDiscounts,
    live_drivers::{LIVE_FOR, LiveDrivers},
    reactors::{Bidder, Bookkeeping, PlatformAgent},
    views,
};
use contracts::ports::RoadNetwork;
use runtime::Context;
use std::{sync::Arc, time::Duration};
use store::{Store, StoreError};

/// The market's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarketOptions {
    /// A round goes to at most so many drivers, the nearest ones.
    pub offers_per_round: usize,
    /// The least and the most seconds that a driver thinks before it bids by itself (annex, section 1).
    pub think_seconds: (u32, u32),
    /// So long a driver counts from where it was seen; afterwards from its base.
    pub live_for: Duration,
    /// Loads on the way back.
    pub return_loads: ReturnLoads,
}

/// To whom loads are offered that begin where its trip ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReturnLoads {
    /// A round goes to at most so many drivers that are on a trip; to none with 0.
    pub offers_per_round: usize,
    /// The pickup is at most so many km, as the crow flies, from where the trip ends.
    pub within_km: u32,
}

impl ReturnLoads {
    /// No loads on the way back.
    pub const OFF: Self = Self { offers_per_round: 0, within_km: 0 };
}

impl Default for ReturnLoads {
    fn default() -> Self {
        Self { offers_per_round: 10, within_km: 100 }
    }
}

impl Default for MarketOptions {
    fn default() -> Self {
        Self {
            offers_per_round: 50,
            think_seconds: (30, 120),
            live_for: LIVE_FOR,
            return_loads: ReturnLoads::default(),
        }
    }
}

/// The market's parts; clones share them.
#[derive(Clone)]
pub struct Market {
    /// Who is where and takes offers.
    pub drivers: Arc<LiveDrivers>,
    /// Road distances.
    pub roads: Arc<dyn RoadNetwork>,
    /// Settings.
    pub options: MarketOptions,
    /// Whose volume need not be counted again this month.
    pub(crate) full_discounts: Arc<FullDiscounts>,
}

impl Market {
    /// A market over a road network, with an empty index of live drivers.
    #[must_use]
    pub fn new(roads: Arc<dyn RoadNetwork>, options: MarketOptions) -> Self {
        let drivers = Arc::new(LiveDrivers::new(options.live_for));
        Self { drivers, roads, options, full_discounts: Arc::default() }
    }

    /// Fills the index of live drivers from the views. Once, after the runtime has started; events that are committed
    /// meanwhile are not lost.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn warm(&self, store: &Store) -> Result<(), StoreError> {
        let papers = views::profiles::papers(store).await?;
        self.drivers.warm(views::drivers::all(store).await?, papers);
        Ok(())
    }
}

/// What the market brings to the house.
#[must_use]
pub fn context(market: &Market) -> Context {
    Context::new()
        .agent::<Shipment>()
        .agent::<Driver>()
        .agent::<ShipperProfile>()
        .agent::<CarrierProfile>()
        .agent::<FacilityProfile>()
        .view(views::shipments::VIEW)
        .view(views::bids::VIEW)
        .view(views::documents::VIEW)
        .view(views::drivers::VIEW)
        .view(views::mentions::VIEW)
        .view(views::profiles::VIEW)
        .view(views::volumes::VIEW)
        .reactor(PlatformAgent::new(Arc::clone(&market.drivers), market.options))
        .reactor(Bidder::new(Arc::clone(&market.drivers), market.options.return_loads))
        .reactor(Bookkeeping)
        .observer(market.drivers.clone())
}
