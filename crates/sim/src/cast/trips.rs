//! From the booking to the delivery: the steps of a truck's trip.

use super::{
    Cast, Deed, Doing, Fault, FaultKind, Job, Plan, WORTH_STAYING,
    truck::{Stage, Trip},
};
use crate::load::{ROAD_KMH, hours};
use contracts::{
    shipment::{ShipmentStatus, Stop},
    tracking::{StopKind, TripStop},
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
#[derive(Debug, Clone)]
pub struct Resumed {
    /// The shipment.
    pub shipment: ShipmentId,
    /// Where it stands.
    pub status: ShipmentStatus,
    /// Where and when to load.
    pub pickup: Stop,
    /// Where and when to deliver.
    pub delivery: Stop,
    /// How heavy it is, in kg.
    pub weight_kg: f64,
    /// The stops of a driver with several shipments, in order.
    pub stops: Vec<TripStop>,
    /// Where the truck was last seen.
    pub seen_at: Option<Position>,
}

impl Cast {
    /// One of our drivers has a job, for now, for its present trip, or for when it has delivered.
    pub(super) fn booked(
        &mut self,
        shipment: ShipmentId,
        driver: DriverId,
        stops: &[TripStop],
        now: Timestamp,
    ) {
        let Some(index) = self.truck_of.get(&driver).copied() else { return };
        if !stops.is_empty() {
            let truck = &mut self.trucks[index];
            truck.others.push(Trip { shipment, stage: Stage::Booked });
            truck.stops = stops.to_vec();
            self.turn_to_next(index, now);
        } else if self.trucks[index].trip.is_some_and(|trip| trip.shipment != shipment) {
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
        self.plan_step(index, shipment, departure);
    }

    fn plan_step(&mut self, index: usize, shipment: ShipmentId, at: Timestamp) {
        self.trucks[index].step_at = at;
        self.agenda.at(at, Plan::Step { truck: index, shipment });
    }

    /// A truck with several shipments goes where it is to go first, unless it is being loaded or unloaded, is on its way
    /// there, or waits there.
    fn turn_to_next(&mut self, index: usize, now: Timestamp) {
        let truck = &mut self.trucks[index];
        let is_served = truck.trip.is_some_and(|trip| trip.stage.is_served());
        let Some(next) = truck.next_stop().filter(|_| !is_served) else { return };
        if truck.trip.is_some_and(|trip| trip.shipment == next.shipment) {
            return;
        }
        let Some(place) = truck.others.iter().position(|trip| trip.shipment == next.shipment) else { return };
        let trip = truck.others.remove(place);
        truck.others.extend(truck.trip.replace(trip));
        self.go_on(index, now);
    }

    /// It drives to the stop of its trip, from where it is.
    fn go_on(&mut self, index: usize, now: Timestamp) {
        let Some(Trip { shipment, stage }) = self.trucks[index].trip else { return };
        let Some((pickup, delivery)) = self.jobs.get(&shipment).map(|job| (job.pickup, job.delivery)) else {
            return;
        };
        let due = match stage {
            Stage::Booked => now,
            Stage::ToPickup => self.drive(index, pickup.position, now).max(pickup.window.from),
            Stage::ToDelivery => {
                let arrival = self.drive(index, delivery.position, now);
                self.will_arrive(shipment, StopKind::Delivery, arrival);
                arrival.max(delivery.window.from)
            }
            Stage::Loading | Stage::Unloading => return,
        };
        self.sight(index, now);
        self.plan_step(index, shipment, due);
    }

    /// What is aboard of a truck, in kg.
    fn freight_kg(&self, index: usize) -> f64 {
        let aboard = self.trucks[index].trips().filter(|trip| trip.stage.is_aboard());
        aboard.filter_map(|trip| self.jobs.get(&trip.shipment)).map(|job| job.weight_kg).sum()
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
            weight_kg: resumed.weight_kg,
            ranking: Vec::new(),
            cheapest: None,
            deciding: false,
        };
        self.jobs.insert(shipment, job);
        let truck = &mut self.trucks[index];
        if truck.trip.is_some() && resumed.stops.is_empty() {
            truck.next = Some(shipment);
            return;
        }
        if truck.trip.is_some() {
            truck.others.push(Trip { shipment, stage });
            truck.stops.clone_from(&resumed.stops);
            self.turn_to_next(index, now);
            return;
        }
        truck.stand_at(resumed.seen_at.unwrap_or(truck.trucker.profile.base));
        truck.trip = Some(Trip { shipment, stage });
        let due = match stage {
            Stage::ToPickup => self.drive(index, pickup.position, now),
            Stage::ToDelivery => self.drive(index, delivery.position, now),
            Stage::Booked | Stage::Loading | Stage::Unloading => now.after(self.habits.pace.of(RESUME_AFTER)),
        };
        self.plan_step(index, shipment, due);
    }

    /// The next step of a trip is due.
    pub(super) fn step(&mut self, index: usize, shipment: ShipmentId, now: Timestamp) -> Option<Doing> {
        let truck = &self.trucks[index];
        let trip = truck.trip.filter(|trip| trip.shipment == shipment && truck.step_at <= now)?;
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
                let arrival = self.drive(index, pickup.position, now);
                self.will_arrive(shipment, StopKind::Pickup, arrival);
                (Stage::ToPickup, arrival.max(pickup.window.from))
            }
            ShipmentStatus::Loading => {
                self.trucks[index].halt(now);
                (Stage::Loading, now.after(self.habits.pace.of(self.dice.seconds(20 * 60, 50 * 60))))
            }
            ShipmentStatus::InTransit => {
                self.trucks[index].trip = Some(Trip { shipment, stage: Stage::ToDelivery });
                if self.trucks[index].next_stop().is_some_and(|next| next.shipment != shipment) {
                    self.sight(index, now);
                    self.turn_to_next(index, now);
                    return;
                }
                let arrival = self.drive(index, delivery.position, now);
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
        self.plan_step(index, shipment, due);
    }

    /// The booking fell or the shipment was cancelled.
    pub(super) fn called_off(&mut self, shipment: ShipmentId, driver: Option<DriverId>, now: Timestamp) {
        let Some(index) = driver.and_then(|driver| self.truck_of.get(&driver)).copied() else { return };
        if self.trucks[index].next == Some(shipment) {
            self.trucks[index].next = None;
        } else if self.trucks[index].others.iter().any(|trip| trip.shipment == shipment) {
            self.trucks[index].others.retain(|trip| trip.shipment != shipment);
            self.forget_stops(index, shipment);
        } else if self.trucks[index].trip.is_some_and(|trip| trip.shipment == shipment) {
            for stop in StopKind::ALL {
                if self.arrivals.get(&(shipment, stop)).is_some_and(|at| *at > now) {
                    self.arrivals.remove(&(shipment, stop));
                }
            }
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

    /// A shipment has no stops any more.
    fn forget_stops(&mut self, index: usize, shipment: ShipmentId) {
        let truck = &mut self.trucks[index];
        truck.stops.retain(|stop| stop.shipment != shipment);
        if truck.others.is_empty() {
            truck.stops.clear();
        }
    }

    fn drive(&mut self, index: usize, to: Position, now: Timestamp) -> Timestamp {
        let freight_kg = self.freight_kg(index);
        let truck = &mut self.trucks[index];
        let route = self.country.roads().route(truck.position(now), to);
        truck.set_off(route, freight_kg, now, &self.dice)
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

    /// Free of a shipment: the driver goes on with what it carries or is booked for, stays for the next load, or ends its
    /// day when it has hardly any driving time left.
    fn leave_trip(&mut self, index: usize, now: Timestamp) {
        let truck = &mut self.trucks[index];
        truck.halt(now);
        if let Some(left) = truck.trip.take().filter(|_| !truck.others.is_empty()) {
            let next = truck.next_stop().map_or(0, |next| {
                truck.others.iter().position(|trip| trip.shipment == next.shipment).unwrap_or(0)
            });
            truck.trip = Some(truck.others.remove(next));
            self.forget_stops(index, left.shipment);
            self.go_on(index, now);
            return;
        }
        let truck = &mut self.trucks[index];
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
