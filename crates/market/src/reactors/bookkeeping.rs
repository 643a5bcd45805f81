//! Keeps each driver's record: free again after a delivery, a cancellation or a booking given back; rated by its
//! customers. A driver that is taken leaves the shipments that it bid on to others.

use crate::agents::{Driver, DriverCommand, Shipment, ShipmentCommand};
use contracts::{
    driver::{Committed, DriverEvent, Freed},
    shipment::{LapseReason, ShipmentEvent, ShipmentStatus},
};
use kernel::{BidId, DriverId, ShipmentId};
use runtime::{Act, Reactor, Recorded, World};
use store::StoreError;

/// Tells drivers what became of their trips, and shipments that a driver is gone.
pub struct Bookkeeping;

impl Reactor for Bookkeeping {
    fn name(&self) -> &'static str {
        "market.bookkeeping"
    }

    fn listens(&self) -> &'static [&'static str] {
        &[
            "shipment.status_changed",
            "shipment.cancelled",
            "bid.lapsed",
            "rating.submitted",
            "driver.committed",
        ]
    }

    fn react(&self, event: &Recorded, world: &mut World<'_>) -> Result<Vec<Act>, StoreError> {
        if let (Some(DriverEvent::Committed(committed)), Some(driver)) = (event.of(), event.id()) {
            return leave_the_others(driver, committed, world);
        }
        let (Some(typed), Some(shipment)) = (event.of::<ShipmentEvent>(), event.id::<ShipmentId>()) else {
            return Ok(Vec::new());
        };
        let answer = match typed {
            ShipmentEvent::StatusChanged(changed) if changed.to == ShipmentStatus::Delivered => {
                match changed.driver {
                    Some(driver) => Some((driver, delivered(shipment, changed.on_time, world)?)),
                    None => None,
                }
            }
            ShipmentEvent::Cancelled(cancelled) => match cancelled.driver {
                // The booking stays with a cancelled shipment.
                Some(driver) => Some((driver, let_go(shipment, booked(shipment, world)?))),
                None => None,
            },
            ShipmentEvent::BidLapsed(lapsed)
                if matches!(lapsed.reason, LapseReason::CarrierCancelled | LapseReason::PaymentFailed) =>
            {
                Some((lapsed.driver, let_go(shipment, Some(lapsed.bid))))
            }
            ShipmentEvent::RatingSubmitted(rating) => {
                Some((rating.driver, DriverCommand::Rate { shipment, stars: rating.stars }))
            }
            _ => None,
        };
        let act = |(driver, command): (DriverId, DriverCommand)| Act::command::<Driver>(driver, command);
        Ok(answer.map(act).into_iter().collect())
    }
}

/// Whoever is committed keeps no bid on another shipment.
fn leave_the_others(
    driver: DriverId,
    committed: &Committed,
    world: &mut World<'_>,
) -> Result<Vec<Act>, StoreError> {
    let Some(state) = world.state::<Driver>(driver)? else { return Ok(Vec::new()) };
    let mut acts = Vec::new();
    for shipment in state.bid_on.iter().filter(|shipment| **shipment != committed.shipment) {
        let Some(other) = world.state::<Shipment>(*shipment)? else { continue };
        if other.counts_on(driver) {
            acts.push(Act::command::<Shipment>(*shipment, ShipmentCommand::DropBids { driver }));
        }
    }
    Ok(acts)
}

fn delivered(
    shipment: ShipmentId,
    on_time: Option<bool>,
    world: &mut World<'_>,
) -> Result<DriverCommand, StoreError> {
    let state = world.state::<Shipment>(shipment)?;
    let request = state.as_ref().and_then(|state| state.request.as_ref());
    Ok(DriverCommand::Free(Box::new(Freed {
        shipment,
        bid: state.as_ref().and_then(|state| state.booking).map(|booking| booking.bid),
        delivered: true,
        on_time,
        cargo_kind: request.map(|request| request.cargo.kind.clone()).unwrap_or_default(),
        at: request.map(|request| request.delivery.position),
        goes_on: None,
    })))
}

fn booked(shipment: ShipmentId, world: &mut World<'_>) -> Result<Option<BidId>, StoreError> {
    let state = world.state::<Shipment>(shipment)?;
    Ok(state.and_then(|state| state.booking).map(|booking| booking.bid))
}

fn let_go(shipment: ShipmentId, bid: Option<BidId>) -> DriverCommand {
    let freed = Freed {
        shipment,
        bid,
        delivered: false,
        on_time: None,
        cargo_kind: String::new(),
        at: None,
        goes_on: None,
    };
    DriverCommand::Free(Box::new(freed))
}
