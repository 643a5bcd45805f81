//! The cast: shippers and drivers who behave as the specification says.
//!
//! It knows no runtime. Whoever drives it (the turned day or the living market) tells it the [`Notice`]s of the log,
//! asks it what is due ([`Cast::next`]), carries the deed out and tells how it went ([`Cast::done`]). So the same
//! people act in a simulation and in a demo.

mod deed;
mod fault;
mod notice;
mod trips;
mod truck;

pub use deed::{Deed, Doing, Posting};
pub use fault::{Fault, FaultKind};
pub use notice::{News, Notice, Noticeboard};
pub use trips::Resumed;
pub use truck::Odometer;

use crate::{
    agenda::Agenda,
    country::{Country, Place},
    dice::Dice,
    load::Load,
    pace::Pace,
    people::{DAY_MINUTES, People, SHIFT_MINUTES},
};
use contracts::{ports::RoadNetwork, shipment::Stop, tracking::StopKind};
use kernel::{BidId, DriverId, Money, OrganisationId, Position, ShipmentId, Timestamp};
use rustc_hash::FxHashMap;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use truck::Truck;

/// A selected driver confirms this often; the others overlook it.
const CONFIRMS: f64 = 0.95;
/// A shipper rates this share of its deliveries.
const RATES: f64 = 0.8;
/// A shipper calls this share of its shipments off, which costs it a fee when a truck is near its pickup.
const CANCELS: f64 = 0.02;
/// With less driving time left than this, a driver ends its day.
const WORTH_STAYING: Duration = Duration::from_secs(150 * 60);
/// A driver sleeps at home when it is nearer than this, else in the cab.
const HOME_WITHIN_KM: f64 = 150.0;

/// A truck that stands says so this often: the platform takes a position as live for a quarter of an hour.
const WAITING_REPORTS: Duration = Duration::from_secs(10 * 60);

/// How the world runs.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// How fast.
    pub pace: Pace,
    /// Whether drivers work in shifts; otherwise they are always on duty.
    pub shifts: bool,
    /// The share of loaded drives on which something goes wrong, 0 to 1.
    pub faults: f64,
}

/// When shipments' trucks came to their stops, or will.
pub type Arrivals = BTreeMap<(ShipmentId, StopKind), Timestamp>;

/// What somebody plans to do.
#[derive(Debug, Clone, Copy)]
enum Plan {
    Post,
    BeginShift(usize),
    EndShift(usize),
    Decide(ShipmentId),
    Cancel(ShipmentId),
    Confirm { truck: usize, shipment: ShipmentId, bid: BidId },
    Step { truck: usize, shipment: ShipmentId },
    Rate { shipment: ShipmentId, stars: u8 },
}

/// What the cast remembers of an open shipment.
#[derive(Debug)]
struct Job {
    /// Which of our shippers posted it; none when a person did.
    shipper: Option<usize>,
    auto_accept: bool,
    pickup: Stop,
    delivery: Stop,
    weight_kg: f64,
    /// The best bids of the last ranking, best first.
    ranking: Vec<BidId>,
    /// The lowest bid so far, for a shipper that does not wait for the ranking.
    cheapest: Option<(Money, BidId)>,
    /// Whether its shipper is looking at the bids.
    deciding: bool,
}

/// Where a simulated driver is, to be reported as its device would.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sighting {
    /// The driver.
    pub driver: DriverId,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub position: Position,
    /// km/h in the simulated world.
    pub speed_kmh: f64,
    /// Degrees from north, while it moves.
    pub heading: Option<f64>,
}

/// Everybody who takes part, and what they are about to do.
pub struct Cast {
    country: Arc<Country>,
    people: People,
    habits: Habits,
    dice: Dice,
    agenda: Agenda<Plan>,
    trucks: Vec<Truck>,
    /// Looked up by key only.
    truck_of: FxHashMap<DriverId, usize>,
    /// Looked up by key only.
    shipper_of: FxHashMap<OrganisationId, usize>,
    jobs: BTreeMap<ShipmentId, Job>,
    sightings: Vec<Sighting>,
    faults: Vec<Fault>,
    arrivals: Arrivals,
    to_post: usize,
}

impl Cast {
    /// People in a country, trucks at their bases, nothing planned.
    #[must_use]
    pub fn new(country: Arc<Country>, people: People, habits: Habits, dice: Dice, now: Timestamp) -> Self {
        let trucks: Vec<Truck> =
            people.truckers.iter().map(|trucker| Truck::at_base(trucker.clone(), habits.pace, now)).collect();
        let truck_of =
            people.truckers.iter().enumerate().map(|(index, trucker)| (trucker.id, index)).collect();
        let shipper_of = people
            .shippers
            .iter()
            .enumerate()
            .map(|(index, shipper)| (shipper.organisation, index))
            .collect();
        Self {
            country,
            people,
            habits,
            dice,
            agenda: Agenda::new(),
            trucks,
            truck_of,
            shipper_of,
            jobs: BTreeMap::new(),
            sightings: Vec::new(),
            faults: Vec::new(),
            arrivals: Arrivals::new(),
            to_post: 0,
        }
    }

    /// Everybody.
    #[must_use]
    pub const fn people(&self) -> &People {
        &self.people
    }

    /// Plans a shipment to be posted by somebody at an instant.
    pub fn plan_posting(&mut self, at: Timestamp) {
        self.to_post += 1;
        self.agenda.at(at, Plan::Post);
    }

    /// Puts every driver on duty: at the start of its shift after `now`, or at once where there are no shifts.
    pub fn plan_duty(&mut self, now: Timestamp) {
        for index in 0..self.trucks.len() {
            let at = if self.habits.shifts { self.next_shift(index, now) } else { now };
            self.agenda.at(at, Plan::BeginShift(index));
        }
    }

    /// How many shipments are planned and not yet posted.
    #[must_use]
    pub const fn to_post(&self) -> usize {
        self.to_post
    }

    /// When somebody wants to do something next.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.agenda.next()
    }

    /// Whether there is still something to wait for: shipments to be posted or not yet at their end.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.to_post > 0 || !self.jobs.is_empty()
    }

    /// Shipments that are neither paid nor given up.
    #[must_use]
    pub fn open_shipments(&self) -> usize {
        self.jobs.len()
    }

    /// Takes a plan that is due and says what is to be done for it. Plans that have become pointless are dropped.
    pub fn next(&mut self, now: Timestamp) -> Option<Doing> {
        loop {
            let plan = self.agenda.take_due(now)?;
            if let Some(doing) = self.begin(plan, now) {
                return Some(doing);
            }
        }
    }

    fn begin(&mut self, plan: Plan, now: Timestamp) -> Option<Doing> {
        match plan {
            Plan::Post => Some(self.post(now)),
            Plan::BeginShift(truck) => self.begin_shift(truck, now),
            Plan::EndShift(truck) => self.end_shift(truck, now),
            Plan::Decide(shipment) => self.decide(shipment),
            Plan::Cancel(shipment) => self.by_shipper(shipment, Deed::Cancel { shipment }),
            Plan::Confirm { truck, shipment, bid } => self.confirm(truck, shipment, bid),
            Plan::Step { truck, shipment } => self.step(truck, shipment, now),
            Plan::Rate { shipment, stars } => self.by_shipper(shipment, Deed::Rate { shipment, stars }),
        }
    }

    /// Tells how a deed went. A refused one is not tried again: whoever did it has learnt that the world is otherwise.
    pub fn done(&mut self, deed: &Deed, accepted: bool, now: Timestamp) {
        match deed {
            Deed::GoOnline(driver) | Deed::GoOffline(driver) => self.see(*driver, now),
            Deed::Advance { shipment, to } => self.stepped(*shipment, *to, accepted, now),
            Deed::Post(_)
            | Deed::Select { .. }
            | Deed::Cancel { .. }
            | Deed::Confirm { .. }
            | Deed::Rate { .. } => {}
        }
    }

    /// Tells what happened.
    pub fn hear(&mut self, notice: &Notice, now: Timestamp) {
        let shipment = notice.shipment;
        match &notice.news {
            News::Posted { shipper, auto_accept, pickup, delivery, weight_kg } => {
                let shipper = self.shipper_of.get(shipper).copied();
                let job = Job {
                    shipper,
                    auto_accept: *auto_accept,
                    pickup: *pickup,
                    delivery: *delivery,
                    weight_kg: *weight_kg,
                    ranking: Vec::new(),
                    cheapest: None,
                    deciding: false,
                };
                self.jobs.insert(shipment, job);
                if shipper.is_some() && self.dice.chance(CANCELS) {
                    let change_of_mind = self.habits.pace.of(self.dice.seconds(300, 3 * 3600));
                    self.agenda.at(now.after(change_of_mind), Plan::Cancel(shipment));
                }
            }
            News::Bid { bid, price } => self.heard_bid(shipment, *bid, *price, now),
            News::Ranked(ranking) => {
                self.ranked(shipment, ranking.iter().map(|ranked| ranked.bid).collect(), now)
            }
            News::Selected { bid, driver } => self.selected(shipment, *bid, *driver, now),
            News::Booked { driver, stops } => self.booked(shipment, *driver, stops, now),
            News::Lapsed { driver } => self.called_off(shipment, Some(*driver), now),
            News::Cancelled { driver } => {
                self.called_off(shipment, *driver, now);
                self.jobs.remove(&shipment);
            }
            News::Delivered { on_time } => self.delivered(shipment, *on_time, now),
            News::Over => {
                self.jobs.remove(&shipment);
            }
        }
    }

    /// Where the trucks are now: those that roll or are on a trip, and those that wait for a load and were not heard of
    /// for a while.
    pub fn look_around(&mut self, now: Timestamp) {
        for index in 0..self.trucks.len() {
            let truck = &self.trucks[index];
            let waits = truck.on_duty && now.since(truck.sighted_at) >= self.habits.pace.of(WAITING_REPORTS);
            if waits || truck.trip.is_some() || truck.rolls(now) {
                self.sight(index, now);
            }
        }
    }

    /// The sightings since the last time, in order.
    pub fn take_sightings(&mut self) -> Vec<Sighting> {
        std::mem::take(&mut self.sightings)
    }

    /// What went wrong so far.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// When trucks came to their stops, as they and not their positions have it.
    #[must_use]
    pub const fn arrivals(&self) -> &Arrivals {
        &self.arrivals
    }

    /// What all trucks have driven up to their last stops.
    #[must_use]
    pub fn odometer(&self) -> Odometer {
        self.trucks.iter().fold(Odometer::default(), |sum, truck| Odometer {
            empty_km: sum.empty_km + truck.odometer().empty_km,
            loaded_km: sum.loaded_km + truck.odometer().loaded_km,
            carried_kg_km: sum.carried_kg_km + truck.odometer().carried_kg_km,
            capacity_kg_km: sum.capacity_kg_km + truck.odometer().capacity_kg_km,
        })
    }

    fn see(&mut self, driver: DriverId, now: Timestamp) {
        if let Some(index) = self.truck_of.get(&driver) {
            self.sight(*index, now);
        }
    }

    fn sight(&mut self, index: usize, now: Timestamp) {
        let truck = &mut self.trucks[index];
        if truck.is_silent(now) {
            return;
        }
        truck.sighted_at = now;
        self.sightings.push(Sighting {
            driver: truck.trucker.id,
            at: now,
            position: truck.position(now),
            speed_kmh: truck.speed_kmh(now),
            heading: truck.heading(now),
        });
    }

    fn post(&mut self, now: Timestamp) -> Doing {
        self.to_post = self.to_post.saturating_sub(1);
        let shipper = &self.people.shippers[self.people.shippers_by_volume.draw(&self.dice)];
        let (from, to) = self.country.draw_lane(&self.dice);
        let road_km = self.country.roads().distance_km(from.position, to.position);
        let load = Load::draw(now, road_km, self.habits.pace, &self.dice);
        let posting = Posting {
            shipment: ShipmentId::generate(now, self.dice.entropy()),
            shipper: shipper.organisation,
            preferences: shipper.preferences.clone(),
            pickup: Stop { position: from.position, window: load.pickup },
            pickup_address: address(from),
            delivery: Stop { position: to.position, window: load.delivery },
            delivery_address: address(to),
            cargo: load.cargo,
            service_level: load.service_level,
            road_km,
        };
        Doing { user: shipper.user, deed: Deed::Post(Box::new(posting)) }
    }

    fn ranked(&mut self, shipment: ShipmentId, ranking: Vec<BidId>, now: Timestamp) {
        let Some(job) = self.jobs.get_mut(&shipment) else { return };
        job.ranking = ranking;
        self.look_at_bids(shipment, now);
    }

    fn heard_bid(&mut self, shipment: ShipmentId, bid: BidId, price: Money, now: Timestamp) {
        let Some(job) = self.jobs.get_mut(&shipment) else { return };
        if job.cheapest.is_none_or(|(lowest, _)| price.minor < lowest.minor) {
            job.cheapest = Some((price, bid));
        }
        let waits = job.shipper.is_none_or(|shipper| self.people.shippers[shipper].waits_for_ranking);
        if !waits {
            self.look_at_bids(shipment, now);
        }
    }

    fn look_at_bids(&mut self, shipment: ShipmentId, now: Timestamp) {
        let Some(job) = self.jobs.get_mut(&shipment) else { return };
        let Some(shipper) = job.shipper.filter(|_| !job.auto_accept && !job.deciding) else { return };
        job.deciding = true;
        let (shortest, longest) = self.people.shippers[shipper].patience;
        let patience = self.habits.pace.of(self.dice.seconds(shortest, longest));
        self.agenda.at(now.after(patience), Plan::Decide(shipment));
    }

    /// The shipper takes the best bid; the lowest as long as they are not ranked.
    fn decide(&mut self, shipment: ShipmentId) -> Option<Doing> {
        let job = self.jobs.get_mut(&shipment)?;
        job.deciding = false;
        let bid = job.ranking.first().copied().or(job.cheapest.map(|(_, bid)| bid))?;
        self.by_shipper(shipment, Deed::Select { shipment, bid })
    }

    /// A deed of the one of our shippers that posted a shipment.
    fn by_shipper(&self, shipment: ShipmentId, deed: Deed) -> Option<Doing> {
        let shipper = self.jobs.get(&shipment)?.shipper?;
        Some(Doing { user: self.people.shippers[shipper].user, deed })
    }

    /// A driver takes a job, at once or after the one it is on. What it can carry along its agent has confirmed.
    fn confirm(&self, truck: usize, shipment: ShipmentId, bid: BidId) -> Option<Doing> {
        let truck = &self.trucks[truck];
        if truck.next.is_some() || !truck.others.is_empty() {
            return None;
        }
        let ends_at = self.jobs.get(&shipment)?.delivery.position;
        let after = truck.trip.map(|trip| trip.shipment);
        let deed = Deed::Confirm { shipment, bid, driver: truck.trucker.id, after, ends_at };
        Some(Doing { user: truck.trucker.user, deed })
    }

    fn selected(&mut self, shipment: ShipmentId, bid: BidId, driver: DriverId, now: Timestamp) {
        let Some(truck) = self.truck_of.get(&driver).copied() else { return };
        if self.dice.chance(CONFIRMS) {
            let reaction = self.dice.seconds(3, 25);
            self.agenda.at(now.after(reaction), Plan::Confirm { truck, shipment, bid });
        }
    }

    fn delivered(&mut self, shipment: ShipmentId, on_time: bool, now: Timestamp) {
        if !self.dice.chance(RATES) {
            return;
        }
        let stars = match (on_time, self.dice.between(0.0, 1.0)) {
            (true, share) if share < 0.8 => 5,
            (true, _) | (false, 0.6..) => 4,
            (false, share) if share < 0.2 => 2,
            (false, _) => 3,
        };
        let reflection = self.habits.pace.of(self.dice.seconds(600, 7200));
        self.agenda.at(now.after(reflection), Plan::Rate { shipment, stars });
    }

    fn begin_shift(&mut self, index: usize, now: Timestamp) -> Option<Doing> {
        self.trucks[index].on_duty = true;
        if self.habits.shifts {
            self.agenda.at(now.after(minutes(SHIFT_MINUTES)), Plan::EndShift(index));
        }
        let trucker = &self.trucks[index].trucker;
        Some(Doing { user: trucker.user, deed: Deed::GoOnline(trucker.id) })
    }

    /// The day is over: no more offers. A trip is finished first; then it is time to go home.
    fn end_shift(&mut self, index: usize, now: Timestamp) -> Option<Doing> {
        if !self.trucks[index].on_duty {
            return None;
        }
        self.trucks[index].on_duty = false;
        if self.trucks[index].trip.is_none() {
            self.go_home(index, now);
        }
        let trucker = &self.trucks[index].trucker;
        Some(Doing { user: trucker.user, deed: Deed::GoOffline(trucker.id) })
    }

    fn go_home(&mut self, index: usize, now: Timestamp) {
        let truck = &mut self.trucks[index];
        let base = truck.trucker.profile.base;
        let route = self.country.roads().route(truck.position(now), base);
        let mut home = now;
        if route.km() > 0.0 && route.km() <= HOME_WITHIN_KM {
            home = truck.set_off(route, 0.0, now, &self.dice);
        }
        let rested = home.after(self.habits.pace.of(minutes(DAY_MINUTES - SHIFT_MINUTES)));
        if self.to_post > 0 {
            let at = self.next_shift(index, rested);
            self.agenda.at(at, Plan::BeginShift(index));
        }
    }

    /// The first start of a truck's shift at or after an instant.
    fn next_shift(&self, index: usize, after: Timestamp) -> Timestamp {
        let day = minutes(DAY_MINUTES).as_micros() as i64;
        let start = minutes(self.trucks[index].trucker.shift_from_minute).as_micros() as i64;
        let since_start = (after.micros() - start).rem_euclid(day);
        if since_start == 0 { after } else { Timestamp::from_micros(after.micros() - since_start + day) }
    }
}

fn minutes(minutes: u16) -> Duration {
    Duration::from_secs(u64::from(minutes) * 60)
}

fn address(place: &Place) -> String {
    format!("Logistics park, {}", place.name)
}

#[cfg(test)]
mod tests;
