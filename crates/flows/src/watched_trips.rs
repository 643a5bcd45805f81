//! Between shipments and their trips: a booking begins to be watched, and what the truck does at its stops moves the
//! shipment on where its driver has not said so.
//!
//! The steps are the shipment's own, one at a time; `delivered` never comes of a position, for it needs a proof and moves
//! money (docs/decisions/0076).

use contracts::{
    driver::DriverEvent,
    ports::RouteVehicle,
    shipment::{ShipmentEvent, ShipmentStatus, Stop},
    tracking::{PlannedStop, StopKind, TripBegun, TripEnd, TripEvent, trip_of},
};
use kernel::{BidId, ShipmentId, Timestamp};
use market::agents::{Driver, Shipment, ShipmentCommand};
use movement::agents::{Trip, TripCommand};
use runtime::{Act, Reactor, Recorded, World};
use store::StoreError;

/// From shipments to trips.
pub struct Bookings;

impl Reactor for Bookings {
    fn name(&self) -> &'static str {
        "trips"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["booking.confirmed", "bid.lapsed", "shipment.status_changed", "shipment.cancelled", "driver.freed"]
    }

    fn react(&self, event: &Recorded, world: &mut World<'_>) -> Result<Vec<Act>, StoreError> {
        if let Some(DriverEvent::Freed(freed)) = event.of() {
            return freed.goes_on.map_or(Ok(Vec::new()), |next| begin(next, world));
        }
        let (Some(shipment), Some(happened)) = (event.id::<ShipmentId>(), event.of::<ShipmentEvent>()) else {
            return Ok(Vec::new());
        };
        let end = |bid, end| vec![Act::command::<Trip>(trip_of(bid), TripCommand::End(end))];
        Ok(match happened {
            ShipmentEvent::BookingConfirmed(booking) => {
                let driver = world.state::<Driver>(booking.driver)?;
                let is_later = driver
                    .and_then(|driver| driver.next)
                    .is_some_and(|next| next.shipment == shipment && next.bid == booking.bid);
                // A load on the way back is watched from the end of the trip that it follows, one that is carried along at
                // once.
                if is_later { Vec::new() } else { begin(shipment, world)? }
            }
            // A bid that lapses before it was booked has no trip, to which nothing then happens.
            ShipmentEvent::BidLapsed(lapsed) => end(lapsed.bid, TripEnd::CalledOff),
            ShipmentEvent::StatusChanged(changed) if changed.to == ShipmentStatus::Delivered => {
                booked(shipment, world)?.map_or_else(Vec::new, |bid| end(bid, TripEnd::Delivered))
            }
            ShipmentEvent::StatusChanged(changed) if !changed.to.is_trip() => {
                booked(shipment, world)?.map_or_else(Vec::new, |bid| end(bid, TripEnd::CalledOff))
            }
            ShipmentEvent::Cancelled(_) => {
                booked(shipment, world)?.map_or_else(Vec::new, |bid| end(bid, TripEnd::CalledOff))
            }
            _ => Vec::new(),
        })
    }
}

fn booked(shipment: ShipmentId, world: &mut World<'_>) -> Result<Option<BidId>, StoreError> {
    let state = world.state::<Shipment>(shipment)?;
    Ok(state.and_then(|state| state.booking.map(|booking| booking.bid)))
}

/// The trip of a booked shipment begins.
fn begin(shipment: ShipmentId, world: &mut World<'_>) -> Result<Vec<Act>, StoreError> {
    let state = world.state::<Shipment>(shipment)?;
    let booking = state.as_ref().and_then(|state| state.booking);
    let driver = match booking {
        Some(booking) => world.state::<Driver>(booking.driver)?,
        None => None,
    };
    let begun = state.as_ref().and_then(|state| begun(shipment, state, driver.as_deref()));
    let begin = |(bid, begun)| Act::command::<Trip>(trip_of(bid), TripCommand::Begin(Box::new(begun)));
    Ok(begun.map(begin).into_iter().collect())
}

fn begun(shipment: ShipmentId, state: &Shipment, driver: Option<&Driver>) -> Option<(BidId, TripBegun)> {
    let (request, booking) = (state.request.as_ref()?, state.booking.as_ref()?);
    let shares = |driver: &&Driver| driver.stops.iter().any(|stop| stop.shipment == shipment);
    let vehicle = driver.and_then(|driver| driver.registered.as_ref()).map(|known| &known.profile.vehicle);
    let begun = TripBegun {
        shipment,
        driver: booking.driver,
        carrier: booking.carrier,
        shipper: request.shipper,
        pickup: planned(request.pickup, booking.pickup_at),
        delivery: planned(request.delivery, booking.delivery_at),
        stops: driver.filter(shares).map(|driver| driver.stops.to_vec()).unwrap_or_default(),
        vehicle: vehicle.map(|vehicle| RouteVehicle::of(vehicle.kind, vehicle.capacity_kg)),
    };
    Some((booking.bid, begun))
}

/// What was promised, within what was asked: nobody is late before the window opens.
fn planned(stop: Stop, promised: Timestamp) -> PlannedStop {
    let planned_at = promised.max(stop.window.from).min(stop.window.to);
    PlannedStop { position: stop.position, window: stop.window, planned_at }
}

/// From trips to shipments.
pub struct Stops;

impl Reactor for Stops {
    fn name(&self) -> &'static str {
        "stops"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["stop.dwelled", "stop.left"]
    }

    fn react(&self, event: &Recorded, world: &mut World<'_>) -> Result<Vec<Act>, StoreError> {
        let (shipment, steps) = match event.of::<TripEvent>() {
            Some(TripEvent::Dwelled(dwelled)) => (dwelled.shipment, steps_of_dwelling(dwelled.stop)),
            Some(TripEvent::Left(left)) if left.stop == StopKind::Pickup => (left.shipment, LEFT_PICKUP),
            _ => return Ok(Vec::new()),
        };
        let Some(state) = world.state::<Shipment>(shipment)? else { return Ok(Vec::new()) };
        if is_later(shipment, &state, world)? {
            return Ok(Vec::new());
        }
        Ok(due(steps, state.status)
            .iter()
            .map(|to| ShipmentCommand::Advance { to: *to, proof: None })
            .map(|advance| Act::command::<Shipment>(shipment, advance))
            .collect())
    }
}

/// Whether its truck has a stop of another shipment to serve first: who stands where two are loaded is loading the one that is
/// next, and the other goes on when its driver says so.
fn is_later(shipment: ShipmentId, state: &Shipment, world: &mut World<'_>) -> Result<bool, StoreError> {
    let Some(booking) = state.booking else { return Ok(false) };
    let Some(driver) = world.state::<Driver>(booking.driver)? else { return Ok(false) };
    for stop in driver.stops.iter() {
        let at_stop = world.state::<Shipment>(stop.shipment)?.map(|shipment| shipment.status);
        let is_aboard = matches!(at_stop, Some(ShipmentStatus::InTransit | ShipmentStatus::Unloading));
        if stop.stop == StopKind::Delivery || !is_aboard {
            return Ok(stop.shipment != shipment);
        }
    }
    Ok(false)
}

/// Who left with the freight is on the way, if loading had begun.
const LEFT_PICKUP: &[ShipmentStatus] = &[ShipmentStatus::Loading, ShipmentStatus::InTransit];

/// A status and those that follow from it by what was seen, in order.
const fn steps_of_dwelling(stop: StopKind) -> &'static [ShipmentStatus] {
    match stop {
        StopKind::Pickup => &[ShipmentStatus::Booked, ShipmentStatus::EnRoutePickup, ShipmentStatus::Loading],
        StopKind::Delivery => &[ShipmentStatus::InTransit, ShipmentStatus::Unloading],
    }
}

/// The steps after the present status; none when it is not among them.
fn due(steps: &'static [ShipmentStatus], status: ShipmentStatus) -> &'static [ShipmentStatus] {
    let place = steps.iter().position(|step| *step == status);
    place.and_then(|place| steps.get(place + 1..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::shipment::Window;
    use kernel::Position;
    use movement::agents::StopLog;
    use std::time::Duration;

    #[test]
    fn no_step_is_skipped_and_none_taken_twice() {
        use ShipmentStatus::{Booked, Delivered, EnRoutePickup, InTransit, Loading, Unloading};
        let pickup = steps_of_dwelling(StopKind::Pickup);
        assert_eq!(due(pickup, Booked), [EnRoutePickup, Loading]);
        assert_eq!(due(pickup, EnRoutePickup), [Loading]);
        assert!(due(pickup, Loading).is_empty() && due(pickup, InTransit).is_empty());
        assert_eq!(due(LEFT_PICKUP, Loading), [InTransit]);
        assert!(due(LEFT_PICKUP, EnRoutePickup).is_empty(), "it only drove past");
        let delivery = steps_of_dwelling(StopKind::Delivery);
        assert_eq!(due(delivery, InTransit), [Unloading]);
        assert!(due(delivery, Unloading).is_empty() && due(delivery, Delivered).is_empty());
    }

    #[test]
    fn the_watch_expects_the_steps_that_are_taken() {
        use ShipmentStatus::{Booked, EnRoutePickup, InTransit, Loading, Unloading};
        let after = |steps, status| due(steps, status).last().copied().unwrap_or(status);
        for status in [Booked, EnRoutePickup, Loading, InTransit, Unloading] {
            let dwelled = StopLog { dwelled: true, ..StopLog::default() };
            let left = StopLog { left_at: Some(Timestamp::from_millis(0)), ..dwelled };
            let loading = Trip { pickup: dwelled, ..Trip::default() };
            assert_eq!(loading.status_after(status), after(steps_of_dwelling(StopKind::Pickup), status));
            let driving = Trip { pickup: left, ..Trip::default() };
            assert_eq!(driving.status_after(status), after(LEFT_PICKUP, loading.status_after(status)));
            let unloading = Trip { delivery: dwelled, ..Trip::default() };
            assert_eq!(unloading.status_after(status), after(steps_of_dwelling(StopKind::Delivery), status));
        }
    }

    #[test]
    fn nothing_that_was_seen_delivers() {
        let all = [LEFT_PICKUP, steps_of_dwelling(StopKind::Pickup), steps_of_dwelling(StopKind::Delivery)];
        assert!(all.concat().iter().all(|step| step.is_trip()));
    }

    #[test]
    fn a_promise_is_kept_within_the_window() {
        let at = Timestamp::from_millis(1_772_352_000_000);
        let window = Window { from: at, to: at.after(Duration::from_secs(7200)) };
        let stop = Stop { position: Position { latitude: 45.0, longitude: 9.0 }, window };
        let promise = |promised| planned(stop, promised).planned_at;
        assert_eq!(promise(at.before(Duration::from_secs(60))), window.from);
        assert_eq!(promise(at.after(Duration::from_secs(60))), at.after(Duration::from_secs(60)));
        assert_eq!(promise(at.after(Duration::from_secs(9000))), window.to);
    }
}
