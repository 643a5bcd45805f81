//! Docks at both ends of a trip: booked with the booking, moved with the truck's delay, given back when the booking falls
//! (spec 4, pattern 3: reschedule the dock).

use contracts::{
    driver::{Vehicle, VehicleType},
    facility::{Booking, CargoCount, DockWork, Equipment, SlotRules, TruckShape, VehicleClass, yard_of},
    ports::RouteVehicle,
    shipment::{BookingConfirmed, Requested, ShipmentEvent},
    tracking::{StopKind, TripEvent},
};
use facilities::{
    Sites,
    agents::{How, Yard, YardCommand},
};
use kernel::{AppointmentId, BidId, FacilityId, ShipmentId, TenantId, Timestamp, TypedId, Uuid};
use market::agents::{Driver, Shipment};
use runtime::{Act, Reactor, Recorded, World};
use std::sync::Arc;
use store::StoreError;

/// Answers bookings, delays and cancellations with commands to the yards of known facilities.
pub struct Docks {
    sites: Arc<Sites>,
}

/// The appointment of a booking at one of its ends: seen twice, it is one appointment.
#[must_use]
pub fn appointment_of(bid: BidId, work: DockWork) -> AppointmentId {
    let end = u128::from(work == DockWork::Unloading);
    AppointmentId::from_uuid(Uuid::from_u128(bid.uuid().as_u128() ^ end))
}

impl Docks {
    /// With the places of facilities.
    #[must_use]
    pub const fn new(sites: Arc<Sites>) -> Self {
        Self { sites }
    }

    /// The facilities at the two ends of a shipment.
    fn ends(
        &self,
        tenant: TenantId,
        request: &Requested,
    ) -> impl Iterator<Item = (DockWork, FacilityId)> + '_ {
        let places =
            [(DockWork::Loading, request.pickup.position), (DockWork::Unloading, request.delivery.position)];
        places.into_iter().filter_map(move |(work, place)| Some((work, self.sites.at(tenant, place)?)))
    }

    fn book(
        &self,
        tenant: TenantId,
        shipment: ShipmentId,
        confirmed: &BookingConfirmed,
        world: &mut World<'_>,
    ) -> Result<Vec<Act>, StoreError> {
        let Some(state) = world.state::<Shipment>(shipment)? else { return Ok(Vec::new()) };
        let Some(request) = &state.request else { return Ok(Vec::new()) };
        if state.booking.is_none_or(|booking| booking.bid != confirmed.bid) {
            return Ok(Vec::new());
        }
        let ends: Vec<_> = self.ends(tenant, request).collect();
        if ends.is_empty() {
            return Ok(Vec::new());
        }
        let driver = world.state::<Driver>(confirmed.driver)?;
        let vehicle = driver.as_ref().and_then(|driver| driver.registered.as_ref());
        let vehicle = vehicle.map(|known| &known.profile.vehicle);
        let truck = shape_of(vehicle, &request.cargo.requires);
        let papers = CargoCount {
            weight_kg: Some(request.cargo.weight_kg),
            pieces: None,
            reference: Some(request.reference.clone()),
        };
        let mut acts = Vec::new();
        for (work, facility) in ends {
            let booking = Booking {
                appointment: appointment_of(confirmed.bid, work),
                carrier: confirmed.carrier,
                shipment: Some(shipment),
                driver: Some(confirmed.driver),
                work,
                truck: truck.clone(),
                minutes: usual_minutes(facility, world)?,
                earliest: None,
                papers: papers.clone(),
            };
            let from = if work == DockWork::Loading { confirmed.pickup_at } else { confirmed.delivery_at };
            let book =
                YardCommand::Book { booking: Box::new(booking), dock: None, from, how: How::FirstFree };
            acts.push(Act::command::<Yard>(yard_of(facility), book));
        }
        Ok(acts)
    }

    /// Gives back what was booked with a bid.
    fn release(
        &self,
        tenant: TenantId,
        shipment: ShipmentId,
        bid: BidId,
        world: &mut World<'_>,
    ) -> Result<Vec<Act>, StoreError> {
        self.for_ends(tenant, shipment, world, |work| Some(YardCommand::Cancel(appointment_of(bid, work))))
    }

    /// Commands to the appointments that are there.
    fn for_ends(
        &self,
        tenant: TenantId,
        shipment: ShipmentId,
        world: &mut World<'_>,
        command: impl Fn(DockWork) -> Option<YardCommand>,
    ) -> Result<Vec<Act>, StoreError> {
        let Some(state) = world.state::<Shipment>(shipment)? else { return Ok(Vec::new()) };
        let Some(request) = &state.request else { return Ok(Vec::new()) };
        let ends = self.ends(tenant, request);
        Ok(ends
            .filter_map(|(work, facility)| Some(Act::command::<Yard>(yard_of(facility), command(work)?)))
            .collect())
    }

    /// Tells the facility at one end when the truck will be there.
    fn foresee(
        &self,
        tenant: TenantId,
        shipment: ShipmentId,
        (stop, eta): (StopKind, Timestamp),
        world: &mut World<'_>,
    ) -> Result<Vec<Act>, StoreError> {
        let booking = world.state::<Shipment>(shipment)?.and_then(|state| state.booking);
        let Some(bid) = booking.map(|booking| booking.bid) else { return Ok(Vec::new()) };
        self.for_ends(tenant, shipment, world, |work| {
            let there = (work == DockWork::Loading) == (stop == StopKind::Pickup);
            there.then(|| YardCommand::Expect { appointment: appointment_of(bid, work), eta })
        })
    }
}

/// How long a facility reckons for a truck: the market knows the weight of a cargo, not its pallets, and its facility
/// knows how fast it works.
fn usual_minutes(facility: FacilityId, world: &mut World<'_>) -> Result<u16, StoreError> {
    let yard = world.state::<Yard>(yard_of(facility))?;
    Ok(yard.map_or_else(|| SlotRules::default().usual_minutes, |yard| yard.arrangement.rules.usual_minutes))
}

/// What docks must know of a truck of which the market knows its type and payload; of an unknown one, that it is a box.
fn shape_of(vehicle: Option<&Vehicle>, requires: &[String]) -> TruckShape {
    let routed = vehicle.map(|vehicle| RouteVehicle::of(vehicle.kind, vehicle.capacity_kg));
    let is_box = vehicle.is_none_or(|vehicle| vehicle.kind == VehicleType::BoxTruck);
    let (class, length_cm, height_cm) = match routed {
        Some(RouteVehicle::Car | RouteVehicle::Van) => (VehicleClass::Van, 700, 300),
        Some(RouteVehicle::Truck40) if !is_box => (VehicleClass::SemiTruck, 1650, 400),
        Some(RouteVehicle::Truck12 | RouteVehicle::Truck40) | None => (VehicleClass::BoxTruck, 1200, 400),
    };
    let hazmat = requires.iter().any(|feature| feature == "adr" || feature == "hazmat");
    let needs = hazmat.then_some(Equipment::Hazmat).into_iter().collect();
    TruckShape { class, length_cm, height_cm, needs }
}

impl Reactor for Docks {
    fn name(&self) -> &'static str {
        "docks"
    }

    fn listens(&self) -> &'static [&'static str] {
        &[
            "booking.confirmed",
            "bid.lapsed",
            "shipment.cancelled",
            "delay.reported",
            "driver.arriving",
            "route.updated",
        ]
    }

    fn react(&self, event: &Recorded, world: &mut World<'_>) -> Result<Vec<Act>, StoreError> {
        match event.of::<TripEvent>() {
            Some(TripEvent::Delayed(late)) => {
                return self.foresee(event.tenant, late.shipment, (late.stop, late.eta), world);
            }
            Some(TripEvent::Arriving(near)) => {
                return self.foresee(event.tenant, near.shipment, (near.stop, near.eta), world);
            }
            Some(TripEvent::Rerouted(way)) => {
                return self.foresee(event.tenant, way.shipment, (way.stop, way.eta), world);
            }
            _ => {}
        }
        // A facility's own `delay.reported` names no arrival and moves no dock.
        let (Some(happened), Some(shipment)) = (event.of::<ShipmentEvent>(), event.id::<ShipmentId>()) else {
            return Ok(Vec::new());
        };
        match happened {
            ShipmentEvent::BookingConfirmed(confirmed) => self.book(event.tenant, shipment, confirmed, world),
            ShipmentEvent::BidLapsed(lapsed) => self.release(event.tenant, shipment, lapsed.bid, world),
            ShipmentEvent::Cancelled(_) => {
                let booking = world.state::<Shipment>(shipment)?.and_then(|state| state.booking);
                match booking {
                    Some(booking) => self.release(event.tenant, shipment, booking.bid, world),
                    None => Ok(Vec::new()),
                }
            }
            _ => Ok(Vec::new()),
        }
    }
}
