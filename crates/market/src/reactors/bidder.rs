//! Drivers that bid by themselves: when its time to think is over an agent works out what it asks and when it could be
//! there, and when it is chosen it confirms (spec 4, driver agents; annex, section 1).

use crate::{
    agents::{Driver, DriverCommand, Shipment, ShipmentCommand},
    live_drivers::LiveDrivers,
    rules::{
        economics::{BidInputs, automatic_price},
        eligibility::{Load, reasons},
        estimates::Estimate,
    },
};
use contracts::{
    driver::DriverEvent,
    shipment::{BidSelected, BidSubmitted, LapseReason, ShipmentEvent},
};
use kernel::{BidId, DriverId, ShipmentId};
use runtime::{Act, Reactor, Recorded, World};
use std::sync::Arc;
use store::StoreError;

/// Bids and confirms for drivers whose agent does so by itself; lets a selection fall whose driver is taken.
pub struct Bidder {
    drivers: Arc<LiveDrivers>,
}

impl Bidder {
    /// A bidder that knows positions from this index.
    #[must_use]
    pub const fn new(drivers: Arc<LiveDrivers>) -> Self {
        Self { drivers }
    }

    fn bid(
        &self,
        id: DriverId,
        shipment_id: ShipmentId,
        world: &mut World<'_>,
    ) -> Result<Vec<Act>, StoreError> {
        let Some(driver) = world.state::<Driver>(id)? else { return Ok(Vec::new()) };
        let Some(shipment) = world.state::<Shipment>(shipment_id)? else { return Ok(Vec::new()) };
        let bid = BidId::generate(world.now(), world.entropy());
        let offer = self.offer(bid, id, &driver, &shipment, world);
        let submit =
            |offer| Act::command::<Shipment>(shipment_id, ShipmentCommand::SubmitBid(Box::new(offer)));
        Ok(offer.map(submit).into_iter().collect())
    }

    /// The bid, or nothing when the driver may not or cannot carry it.
    fn offer(
        &self,
        bid: BidId,
        id: DriverId,
        driver: &Driver,
        shipment: &Shipment,
        world: &World<'_>,
    ) -> Option<BidSubmitted> {
        let (request, now) = (shipment.request.as_ref()?, world.now());
        let truck = driver.truck(self.drivers.live_position(id, now))?;
        if !shipment.takes_bids() || !shipment.invites(truck.carrier) {
            return None;
        }
        let approach_km = truck.position.assumed_road_km(request.pickup.position);
        let estimate = Estimate::of(request, approach_km, now);
        let load = Load::of(request, shipment.search.radius_factor, estimate.pickup_at, estimate.delivery_at);
        let papers = self.drivers.carrier_papers_until(truck.carrier);
        if !estimate.in_time_for_pickup(request)
            || papers.is_some_and(|until| until < estimate.delivery_at)
            || !reasons(&truck, &load).is_empty()
        {
            return None;
        }
        let price = automatic_price(&BidInputs {
            road_km: request.road_km,
            acceptance_rate: driver.acceptance_rate(),
            cargo_value: request.cargo.value,
            volume_discount_permille: request.preferences.volume_discount_permille,
            round: shipment.surge_round(),
        });
        Some(BidSubmitted {
            bid,
            driver: id,
            carrier: truck.carrier,
            price: price.ok()?,
            pickup_at: estimate.pickup_at,
            delivery_at: estimate.delivery_at,
            confidence: estimate.confidence(request, driver.on_time_rate()),
            automatic: true,
            facts: driver.bid_facts(&request.cargo.kind, approach_km),
        })
    }
}

/// A selected driver that is taken falls at once; one whose agent bid by itself confirms.
fn answer_selection(
    id: ShipmentId,
    selected: &BidSelected,
    world: &mut World<'_>,
) -> Result<Vec<Act>, StoreError> {
    let Some(shipment) = world.state::<Shipment>(id)? else { return Ok(Vec::new()) };
    if shipment.selection.is_none_or(|selection| selection.bid != selected.bid) {
        return Ok(Vec::new());
    }
    let driver = world.state::<Driver>(selected.driver)?;
    let busy = driver.as_ref().is_none_or(|driver| driver.committed.is_some() || driver.suspended.is_some());
    if busy {
        let lapse = ShipmentCommand::Lapse { bid: selected.bid, reason: LapseReason::DriverTaken };
        return Ok(vec![Act::command::<Shipment>(id, lapse)]);
    }
    if !shipment.bid(selected.bid).is_some_and(|bid| bid.offer.automatic) {
        return Ok(Vec::new());
    }
    // Both are decided on the states that were just read, so neither is refused alone.
    Ok(vec![
        Act::command::<Shipment>(id, ShipmentCommand::Confirm { bid: selected.bid }),
        Act::command::<Driver>(selected.driver, DriverCommand::Commit { shipment: id, bid: selected.bid }),
    ])
}

impl Reactor for Bidder {
    fn name(&self) -> &'static str {
        "market.bidder"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["driver.bid_due", "bid.selected"]
    }

    fn react(&self, event: &Recorded, world: &mut World<'_>) -> Result<Vec<Act>, StoreError> {
        if let (Some(DriverEvent::BidDue(due)), Some(driver)) = (event.of(), event.id()) {
            return self.bid(driver, due.shipment, world);
        }
        if let (Some(ShipmentEvent::BidSelected(selected)), Some(shipment)) = (event.of(), event.id()) {
            return answer_selection(shipment, selected, world);
        }
        Ok(Vec::new())
    }
}
