//! The platform agent: finds the drivers who may carry a shipment and offers it to them (spec 4, platform agent); also
//! those who are on a trip that ends near its pickup, or that it can be carried along on.

use super::carried;
use crate::{
    agents::{Driver, DriverCommand, Fit, Shipment, ShipmentCommand},
    live_drivers::{LiveDrivers, Nearby, Wanted},
    market::MarketOptions,
    readiness::Known,
    rules::eligibility::Load,
};
use contracts::shipment::{Broadcast, Requested};
use kernel::{DriverId, Entropy, ShipmentId};
use runtime::{Act, Reactor, Recorded, World};
use std::{sync::Arc, time::Duration};
use store::StoreError;

/// Of so many trucks that come by, one has room and time: more are not looked at for each offer.
const CANDIDATES_AN_OFFER: usize = 4;

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

    /// The free drivers, those whose trip the load can follow, and those who can carry it along.
    fn find(
        &self,
        id: ShipmentId,
        shipment: &Shipment,
        world: &mut World<'_>,
    ) -> Result<Vec<Found>, StoreError> {
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
        let free = |nearby| Found { nearby, fit: Fit::Now };
        let mut found: Vec<Found> = self.drivers.nearest(&wanted).into_iter().map(free).collect();
        let return_loads = self.options.on_the_way.return_loads;
        let within_km = f64::from(return_loads.within_km);
        let limit = return_loads.offers_per_round;
        let returning = Wanted { limit, returning_within_km: Some(within_km), ..wanted };
        for nearby in self.drivers.nearest(&returning) {
            if let Some(load) =
                self.known(nearby.driver, world, |known| known.return_load(request, self.options.on_the_way))?
            {
                found.push(Found { nearby, fit: Fit::After(load.offer()) });
            }
        }
        self.find_passing(id, request, &wanted, &mut found, world)?;
        Ok(found)
    }

    /// Those who can carry it along and were not found yet.
    fn find_passing(
        &self,
        id: ShipmentId,
        request: &Requested,
        wanted: &Wanted<'_>,
        found: &mut Vec<Found>,
        world: &mut World<'_>,
    ) -> Result<(), StoreError> {
        let part_loads = self.options.on_the_way.part_loads;
        let limit = part_loads.offers_per_round * CANDIDATES_AN_OFFER;
        let before = found.len();
        for nearby in self.drivers.passing(&Wanted { limit, ..*wanted }, f64::from(part_loads.detour_km)) {
            if found.len() - before == part_loads.offers_per_round {
                break;
            }
            if found.iter().any(|known| known.nearby.driver == nearby.driver) {
                continue;
            }
            if let Some(load) = self
                .known(nearby.driver, world, |known| known.part_load(id, request, self.options.on_the_way))?
            {
                found.push(Found { nearby, fit: Fit::Along(load.offer()) });
            }
        }
        Ok(())
    }

    /// What is made of what is known of a driver.
    fn known<T>(
        &self,
        driver: DriverId,
        world: &mut World<'_>,
        make: impl Fn(&Known<'_, '_>) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        let Some(state) = world.state::<Driver>(driver)? else { return Ok(None) };
        let carried = carried(&state, world)?;
        let (now, live) = (world.now(), self.drivers.live_position(driver, world.now()));
        Ok(make(&Known { driver: &state, carried: &carried, live, now }))
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
    fit: Fit,
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
        let found = self.find(id, &shipment, world)?;
        let broadcast = Broadcast {
            round: shipment.search.round,
            radius_factor: shipment.search.radius_factor,
            carrier: shipment.only_carrier(),
            drivers: found.iter().map(|found| found.nearby.driver).collect(),
        };
        let mut acts = Vec::with_capacity(found.len() + 1);
        acts.push(Act::command::<Shipment>(id, ShipmentCommand::OpenRound(broadcast)));
        for Found { nearby, fit } in found {
            let bid_after = nearby.auto_bid.then(|| self.thinking_time(world.entropy()));
            acts.push(Act::command::<Driver>(
                nearby.driver,
                DriverCommand::Offer { shipment: id, fit, bid_after },
            ));
        }
        Ok(acts)
    }
}
