//! The platform agent: finds the drivers who may carry a shipment and offers it to them (spec 4, platform agent).

use crate::{
    agents::{Driver, DriverCommand, Shipment, ShipmentCommand},
    live_drivers::{LiveDrivers, Nearby, Wanted},
    market::MarketOptions,
    rules::eligibility::Load,
};
use contracts::shipment::Broadcast;
use kernel::{DriverId, Entropy, ShipmentId};
use runtime::{Act, Reactor, Recorded, World};
use std::{sync::Arc, time::Duration};
use store::StoreError;

/// Answers every new and every further round with offers to the nearest eligible drivers.
pub struct PlatformAgent {
    drivers: Arc<LiveDrivers>,
    options: MarketOptions,
}

impl PlatformAgent {
    /// A platform agent that looks into this index.
    #[must_use]
    pub const fn new(drivers: Arc<LiveDrivers>, options: MarketOptions) -> Self {
        Self { drivers, options }
    }

    fn find(&self, shipment: &Shipment, world: &World<'_>) -> Vec<Nearby> {
        let Some(request) = &shipment.request else { return Vec::new() };
        let now = world.now();
        let bidders: Vec<DriverId> = shipment.bids.iter().map(|bid| bid.offer.driver).collect();
        let pickup_at = request.pickup.window.from.max(now);
        self.drivers.nearest(&Wanted {
            tenant: request.tenant,
            load: Load::of(request, shipment.search.radius_factor, pickup_at, request.delivery.window.to),
            only_carrier: shipment.only_carrier(),
            exclude: &bidders,
            limit: self.options.offers_per_round,
            now,
        })
    }

    /// How long a driver thinks before it bids by itself (annex, section 1: 30 to 120 s).
    fn thinking_time(&self, entropy: &dyn Entropy) -> Duration {
        let (least, most) = self.options.think_seconds;
        Duration::from_secs(u64::from(least + entropy.below(most.saturating_sub(least) + 1)))
    }
}

impl Reactor for PlatformAgent {
    fn name(&self) -> &'static str {
        "market.platform"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["shipment.requested", "shipment.round_due"]
    }

    fn react(&self, event: &Recorded, world: &mut World<'_>) -> Result<Vec<Act>, StoreError> {
        let Some(id) = event.id::<ShipmentId>() else { return Ok(Vec::new()) };
        let Some(shipment) = world.state::<Shipment>(id)? else { return Ok(Vec::new()) };
        if !shipment.takes_bids() || shipment.search.round == shipment.search.sent_round {
            return Ok(Vec::new());
        }
        let found = self.find(&shipment, world);
        let broadcast = Broadcast {
            round: shipment.search.round,
            radius_factor: shipment.search.radius_factor,
            carrier: shipment.only_carrier(),
            drivers: found.iter().map(|nearby| nearby.driver).collect(),
        };
        let mut acts = Vec::with_capacity(found.len() + 1);
        acts.push(Act::command::<Shipment>(id, ShipmentCommand::OpenRound(broadcast)));
        for nearby in found {
            let bid_after = nearby.auto_bid.then(|| self.thinking_time(world.entropy()));
            acts.push(Act::command::<Driver>(
                nearby.driver,
                DriverCommand::Offer { shipment: id, bid_after },
            ));
        }
        Ok(acts)
    }
}
