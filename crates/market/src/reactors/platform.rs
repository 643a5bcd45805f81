//! The platform agent: finds the drivers who may carry a shipment and offers it to them (spec 4, platform agent); also
//! those who are on a trip that ends near its pickup.

use crate::{
    agents::{Driver, DriverCommand, Shipment, ShipmentCommand},
    live_drivers::{LiveDrivers, Nearby, Wanted},
    market::MarketOptions,
    readiness::Known,
    rules::{eligibility::Load, return_load::ReturnLoad},
};
use contracts::shipment::{Broadcast, Requested};
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

    /// The free drivers, and those whose trip the load can follow.
    fn find(&self, shipment: &Shipment, world: &mut World<'_>) -> Result<Vec<Found>, StoreError> {
        let Some(request) = &shipment.request else { return Ok(Vec::new()) };
        let now = world.now();
        let bidders: Vec<DriverId> = shipment.bids.iter().map(|bid| bid.offer.driver).collect();
        let pickup_at = request.pickup.window.from.max(now);
        let wanted = Wanted {
            tenant: request.tenant,
            load: Load::of(request, shipment.search.radius_factor, pickup_at, request.delivery.window.to),
            only_carrier: shipment.only_carrier(),
            exclude: &bidders,
            limit: self.options.offers_per_round,
            returning_within_km: None,
            now,
        };
        let free = |nearby| Found { nearby, return_load: None };
        let mut found: Vec<Found> = self.drivers.nearest(&wanted).into_iter().map(free).collect();
        let within_km = f64::from(self.options.return_loads.within_km);
        let limit = self.options.return_loads.offers_per_round;
        let returning = Wanted { limit, returning_within_km: Some(within_km), ..wanted };
        for nearby in self.drivers.nearest(&returning) {
            if let Some(load) = self.return_load(nearby.driver, request, world)? {
                found.push(Found { nearby, return_load: Some(load) });
            }
        }
        Ok(found)
    }

    fn return_load(
        &self,
        driver: DriverId,
        request: &Requested,
        world: &mut World<'_>,
    ) -> Result<Option<ReturnLoad>, StoreError> {
        let Some(state) = world.state::<Driver>(driver)? else { return Ok(None) };
        let Some(present) = state.committed else { return Ok(None) };
        let present = world.state::<Shipment>(present)?;
        let (now, live) = (world.now(), self.drivers.live_position(driver, world.now()));
        let known = Known { driver: &state, present: present.as_deref(), live, now };
        Ok(known.return_load(request, self.options.return_loads))
    }

    /// How long a driver thinks before it bids by itself (annex, section 1: 30 to 120 s).
    fn thinking_time(&self, entropy: &dyn Entropy) -> Duration {
        let (least, most) = self.options.think_seconds;
        Duration::from_secs(u64::from(least + entropy.below(most.saturating_sub(least) + 1)))
    }
}

/// A driver that a load is offered to.
struct Found {
    nearby: Nearby,
    return_load: Option<ReturnLoad>,
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
        let found = self.find(&shipment, world)?;
        let broadcast = Broadcast {
            round: shipment.search.round,
            radius_factor: shipment.search.radius_factor,
            carrier: shipment.only_carrier(),
            drivers: found.iter().map(|found| found.nearby.driver).collect(),
        };
        let mut acts = Vec::with_capacity(found.len() + 1);
        acts.push(Act::command::<Shipment>(id, ShipmentCommand::OpenRound(broadcast)));
        for Found { nearby, return_load } in found {
            let bid_after = nearby.auto_bid.then(|| self.thinking_time(world.entropy()));
            let return_load = return_load.map(|load| load.offer());
            acts.push(Act::command::<Driver>(
                nearby.driver,
                DriverCommand::Offer { shipment: id, return_load, bid_after },
            ));
        }
        Ok(acts)
    }
}
