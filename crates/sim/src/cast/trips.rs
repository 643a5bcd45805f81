//! From the booking to the delivery: the steps of a truck's trip.

use super::{
    Cast, Deed, Doing, Fault, FaultKind, Job, Plan, WORTH_STAYING,
    truck::{Stage, Trip},
};
use crate::load::{ROAD_KMH, hours};
use contracts::{
    shipment::{ShipmentStatus, Stop},
    tracking::StopKind,
};
use kernel::{DriverId, Position, ShipmentId, Timestamp};
use std::time::Duration;

/// Something goes wrong on drives of at least so long.
const FAULTS_FROM: Duration = Duration::from_secs(2 * 3600);
/// What a driver who was loading, unloading or about to leave still needs after a restart.
const RESUME_AFTER: Duration = Duration::from_secs(15 * 60);
/// So many arrivals are remembered: two for every shipment of the largest day.
const ARRIVALS_MAX: usize = 2_000_000;

/// A trip as it stood before a restart.
#[derive(Debug, Clone, Copy)]
pub struct Resumed {
    /// The shipment.
    pub shipment: ShipmentId,
    /// Where it stands.
    pub status: ShipmentStatus,
    /// Where and when to load.
    pub pickup: Stop,
    /// Where and when to deliver.
    pub delivery: Stop,
    /// Where the truck was last seen.
    pub seen_at: Option<Position>,
}

impl Cast {
    /// One of our drivers has a job, for now or for when it has delivered.
    pub(super) fn booked(&mut self, shipment: ShipmentId, driver: DriverId, now: Timestamp) {
        let Some(index) = self.truck_of.get(&driver).copied() else { return };
        if self.trucks[index].trip.is_some_and(|trip| trip.shipment != shipment) {
            self.trucks[index].next = Some(shipment);
        } else {
            self.set_out(index, shipment, now);
        }
    }

    /// It leaves so that it is at the pickup when its window opens.
    fn set_out(&mut self, index: usize, shipment: ShipmentId, now: Timestamp) {
        let Some(job) = self.jobs.get(&shipment) else { return };
        let truck = &mut self.trucks[index];
        truck.trip = Some(Trip { shipment, stage: Stage::Booked });
        let km = self.country.roads().route(truck.position(now), job.pickup.position).km();
        let pace = self.habits.pace;
        let approach = pace.of(hours(km / ROAD_KMH) + self.dice.seconds(600, 1200));
        let ready = now.after(pace.of(self.dice.seconds(120, 600)));
        let departure = ready.max(job.pickup.window.from.before(approach));
        self.agenda.at(departure, Plan::Step { truck: index, shipment });
    }

    /// After a restart: one of our drivers is on a trip, and was last seen somewhere.
    pub fn resume(&mut self, driver: DriverId, resumed: &Resumed, now: Timestamp) {
        let Some(index) = self.truck_of.get(&driver).copied() else { return };
        let stage = match resumed.status {
            ShipmentStatus::Booked => Stage::Booked,
            ShipmentStatus::EnRoutePickup => Stage::ToPickup,
            ShipmentStatus::Loading => Stage::Loading,
            ShipmentStatus::InTransit => Stage::ToDelivery,
            ShipmentStatus::Unloading => Stage::Unloading,
            _ => return,
        };
        let (shipment, pickup, delivery) = (resumed.shipment, resumed.pickup, resumed.delivery);
        let job = Job {
            shipper: None,
            auto_accept: true,
            pickup,
            delivery,
            ranking: Vec::new(),
            cheapest: None,
            deciding: false,
        };
        self.jobs.insert(shipment, job);
        let truck = &mut self.trucks[index];
        if truck.trip.is_some() {
            truck.next = Some(shipment);
            return;
        }
        truck.stand_at(resumed.seen_at.unwrap_or(truck.trucker.profile.base));
        truck.trip = Some(Trip { shipment, stage });
        let due = match stage {
            Stage::ToPickup => self.drive(index, pickup.position, false, now),
            Stage::ToDelivery => self.drive(index, delivery.position, true, now),
            Stage::Booked | Stage::Loading | Stage::Unloading => now.after(self.habits.pace.of(RESUME_AFTER)),
        };
        self.agenda.at(due, Plan::Step { truck: index, shipment });
    }

    /// The next step of a trip is due.
    pub(super) fn step(&mut self, index: usize, shipment: ShipmentId) -> Option<Doing> {
        let truck = &self.trucks[index];
        let trip = truck.trip.filter(|trip| trip.shipment == shipment)?;
        let to = match trip.stage {
            Stage::Booked => ShipmentStatus::EnRoutePickup,
            Stage::ToPickup => ShipmentStatus::Loading,
            Stage::Loading => ShipmentStatus::InTransit,
            Stage::ToDelivery => ShipmentStatus::Unloading,
            Stage::Unloading => ShipmentStatus::Delivered,
        };
        Some(Doing { user: truck.trucker.user, deed: Deed::Advance { shipment, to } })
    }

    /// A step was reported: the truck does what the step says, and the next one is planned.
    pub(super) fn stepped(
        &mut self,
        shipment: ShipmentId,
        to: ShipmentStatus,
        accepted: bool,
        now: Timestamp,
    ) {
        let on_trip = |trip: Option<Trip>| trip.is_some_and(|trip| trip.shipment == shipment);
        let Some(index) = self.trucks.iter().position(|truck| on_trip(truck.trip)) else { return };
        let (true, Some(job)) = (accepted, self.jobs.get(&shipment)) else {
            self.leave_trip(index, now);
            return;
        };
        let (pickup, delivery) = (job.pickup, job.delivery);
        let (stage, due) = match to {
            ShipmentStatus::EnRoutePickup => {
                let arrival = self.drive(index, pickup.position, false, now);
                self.will_arrive(shipment, StopKind::Pickup, arrival);
                (Stage::ToPickup, arrival.max(pickup.window.from))
            }
            ShipmentStatus::Loading => {
                self.trucks[index].halt(now);
                (Stage::Loading, now.after(self.habits.pace.of(self.dice.seconds(20 * 60, 50 * 60))))
            }
            ShipmentStatus::InTransit => {
                let arrival = self.drive(index, delivery.position, true, now);
                let arrival = self.fate(index, shipment, arrival, now);
                self.will_arrive(shipment, StopKind::Delivery, arrival);
                (Stage::ToDelivery, arrival.max(delivery.window.from))
            }
            ShipmentStatus::Unloading => {
                self.trucks[index].halt(now);
                (Stage::Unloading, now.after(self.habits.pace.of(self.dice.seconds(15 * 60, 40 * 60))))
            }
            _ => {
                self.leave_trip(index, now);
                return;
            }
        };
        self.sight(index, now);
        self.trucks[index].trip = Some(Trip { shipment, stage });
        self.agenda.at(due, Plan::Step { truck: index, shipment });
    }

    /// The booking fell or the shipment was cancelled.
    pub(super) fn called_off(&mut self, shipment: ShipmentId, driver: Option<DriverId>, now: Timestamp) {
        let Some(index) = driver.and_then(|driver| self.truck_of.get(&driver)).copied() else { return };
        if self.trucks[index].next == Some(shipment) {
            self.trucks[index].next = None;
        } else if self.trucks[index].trip.is_some_and(|trip| trip.shipment == shipment) {
            self.arrivals.retain(|(whose, _), at| *whose != shipment || *at <= now);
            self.leave_trip(index, now);
        }
    }

    fn will_arrive(&mut self, shipment: ShipmentId, stop: StopKind, at: Timestamp) {
        self.arrivals.insert((shipment, stop), at);
        if self.arrivals.len() > ARRIVALS_MAX {
            // Ids rise with time: a market that lives for months forgets its first trips.
            self.arrivals.pop_first();
        }
    }

    fn drive(&mut self, index: usize, to: Position, loaded: bool, now: Timestamp) -> Timestamp {
        let truck = &mut self.trucks[index];
        let route = self.country.roads().route(truck.position(now), to);
        truck.set_off(route, loaded, now, &self.dice)
    }

    /// Whether something goes wrong on a loaded drive that has begun; when it arrives then.
    fn fate(&mut self, index: usize, shipment: ShipmentId, arrival: Timestamp, now: Timestamp) -> Timestamp {
        let drive = arrival.since(now);
        // Without faults no chance is drawn, so that a clean day is the same day.
        if self.habits.faults <= 0.0 || drive < FAULTS_FROM || !self.dice.chance(self.habits.faults) {
            return arrival;
        }
        let truck = &mut self.trucks[index];
        let mut fault = Fault::draw(truck.trucker.id, shipment, drive, now, &self.dice);
        if fault.kind != FaultKind::Breakdown {
            fault.until = fault.until.min(arrival);
        }
        self.faults.push(fault);
        truck.suffer(fault).unwrap_or(arrival)
    }

    /// Free again: the driver goes on with what it is booked for, stays for the next load, or ends its day when it has
    /// hardly any driving time left.
    fn leave_trip(&mut self, index: usize, now: Timestamp) {
        let truck = &mut self.trucks[index];
        truck.halt(now);
        truck.trip = None;
        let next = truck.next.take();
        self.sight(index, now);
        if let Some(next) = next {
            self.set_out(index, next, now);
            return;
        }
        if !self.habits.shifts {
            return;
        }
        if !self.trucks[index].on_duty {
            self.go_home(index, now);
        } else if self.trucks[index].hours_left(now) < self.habits.pace.of(WORTH_STAYING) {
            self.agenda.at(now, Plan::EndShift(index));
        }
    }
}
