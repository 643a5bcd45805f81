//! Drivers that bid by themselves: when its time to think is over an agent works out what it asks and when it could be
//! there, and when it is chosen it confirms (spec 4, driver agents; annex, section 1).

use super::carried;
use crate::{
    agents::{Driver, DriverCommand, Shipment, ShipmentCommand, Turn},
    live_drivers::LiveDrivers,
    market::OnTheWay,
    readiness::{Known, Way},
    rules::{
        economics::{BidInputs, automatic_price},
        eligibility::{Load, reasons},
    },
};
use contracts::{
    driver::DriverEvent,
    shipment::{BidSelected, BidSubmitted, LapseReason, Requested, ShipmentEvent},
};
use kernel::{BidId, DriverId, ShipmentId};
use runtime::{Act, Reactor, Recorded, World};
use std::sync::Arc;
use store::StoreError;

/// Bids and confirms for drivers whose agent does so by itself; lets a selection fall whose driver is taken.
pub struct Bidder {
    drivers: Arc<LiveDrivers>,
    on_the_way: OnTheWay,
}

impl Bidder {
    /// A bidder that knows positions from this index.
    #[must_use]
    pub const fn new(drivers: Arc<LiveDrivers>, on_the_way: OnTheWay) -> Self {
        Self { drivers, on_the_way }
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
        let carried = carried(&driver, world)?;
        let (now, live) = (world.now(), self.drivers.live_position(id, world.now()));
        let known = Known { driver: &driver, carried: &carried, live, now };
        let offer = self.offer(bid, (id, shipment_id), &known, &shipment);
        let submit =
            |offer| Act::command::<Shipment>(shipment_id, ShipmentCommand::SubmitBid(Box::new(offer)));
        Ok(offer.map(submit).into_iter().collect())
    }

    /// The bid, or nothing when the driver may not or cannot carry it.
    fn offer(
        &self,
        bid: BidId,
        (id, shipment_id): (DriverId, ShipmentId),
        known: &Known<'_, '_>,
        shipment: &Shipment,
    ) -> Option<BidSubmitted> {
        let (request, driver) = (shipment.request.as_ref()?, known.driver);
        let ready = known.readiness(shipment_id, request, self.on_the_way)?;
        let (truck, estimate) = (ready.truck, ready.estimate);
        if !shipment.takes_bids() || !shipment.invites(truck.carrier) {
            return None;
        }
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
            on_the_way: ready.way != Way::Now,
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
            facts: driver.bid_facts(&request.cargo.kind, ready.approach_km),
        })
    }

    /// A selected driver that is taken falls at once; one whose agent bid by itself confirms.
    fn answer_selection(
        &self,
        id: ShipmentId,
        selected: &BidSelected,
        world: &mut World<'_>,
    ) -> Result<Vec<Act>, StoreError> {
        let Some(shipment) = world.state::<Shipment>(id)? else { return Ok(Vec::new()) };
        if shipment.selection.is_none_or(|selection| selection.bid != selected.bid) {
            return Ok(Vec::new());
        }
        let Some(request) = shipment.request.clone() else { return Ok(Vec::new()) };
        let Some(turn) = self.turn(selected.driver, (id, &request), world)? else {
            let lapse = ShipmentCommand::Lapse { bid: selected.bid, reason: LapseReason::DriverTaken };
            return Ok(vec![Act::command::<Shipment>(id, lapse)]);
        };
        if !shipment.bid(selected.bid).is_some_and(|bid| bid.offer.automatic) {
            return Ok(Vec::new());
        }
        let (bid, ends_at) = (selected.bid, request.delivery.position);
        // Both are decided on the states that were just read, so neither is refused alone.
        Ok(vec![
            Act::command::<Shipment>(id, ShipmentCommand::Confirm { bid }),
            Act::command::<Driver>(
                selected.driver,
                DriverCommand::Commit { shipment: id, bid, turn, ends_at },
            ),
        ])
    }

    /// When a driver would take a load; `None` when it cannot.
    fn turn(
        &self,
        id: DriverId,
        (shipment, request): (ShipmentId, &Requested),
        world: &mut World<'_>,
    ) -> Result<Option<Turn>, StoreError> {
        let Some(driver) = world.state::<Driver>(id)? else { return Ok(None) };
        if driver.suspended.is_some() {
            return Ok(None);
        }
        if driver.committed.is_none() {
            return Ok(Some(Turn::Now));
        }
        let carried = carried(&driver, world)?;
        let (now, live) = (world.now(), self.drivers.live_position(id, world.now()));
        let known = Known { driver: &driver, carried: &carried, live, now };
        let way = known.readiness(shipment, request, self.on_the_way).map(|ready| ready.way);
        Ok(way.filter(|way| *way != Way::Now).map(|way| way.turn()))
    }
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
            return self.answer_selection(shipment, selected, world);
        }
        Ok(Vec::new())
    }
}
