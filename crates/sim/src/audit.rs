//! The day's figures and promises, taken from the log as it grows and from nothing else: what the simulated people
//! believe does not count.

use contracts::{
    driver::DriverEvent,
    ledger::{Account, Posting, PostingReason},
    payment::{PaymentEvent, PaymentPurpose},
    shipment::{ShipmentEvent, ShipmentStatus, StatusChanged},
};
use kernel::{DriverId, Money, PaymentId, ShipmentId, Timestamp};
use parking_lot::Mutex;
use runtime::{Observer, Recorded};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// A trip and the one that follows it.
const BOOKINGS_MAX: usize = 2;
/// What is carried on one trip.
const SHARED_MAX: usize = 1 + market::agents::PARTS_MAX;
/// A kilogram is no overload: weights are sums of floats.
const SCALES_KG: f64 = 1.0;

/// What became of one shipment.
#[derive(Debug, Clone, PartialEq)]
pub struct Fate {
    /// When it was posted.
    pub requested_at: Timestamp,
    /// When it was first booked.
    pub booked_at: Option<Timestamp>,
    /// Where it stands.
    pub status: ShipmentStatus,
    /// How many bids it got.
    pub bids: u64,
    /// Whether it was delivered in its window, once delivered.
    pub on_time: Option<bool>,
    /// Why it is not on its way: a dispatcher has it, or nobody took it.
    pub reason: Option<String>,
}

impl Fate {
    /// Whether it is known where the shipment is and why: it ended, is on its way, or is open with a reason.
    fn is_accounted_for(&self) -> bool {
        match self.status {
            ShipmentStatus::Completed | ShipmentStatus::Cancelled => true,
            ShipmentStatus::Expired | ShipmentStatus::Requested | ShipmentStatus::Bidding => {
                self.reason.is_some()
            }
            _ => self.booked_at.is_some(),
        }
    }
}

/// The figures so far.
#[derive(Debug, Default)]
pub struct Figures {
    events: u64,
    fates: BTreeMap<ShipmentId, Fate>,
    bookings: BTreeMap<DriverId, BTreeSet<ShipmentId>>,
    on_trip: BTreeMap<DriverId, ShipmentId>,
    booked_twice: u64,
    return_loads: u64,
    part_loads: u64,
    /// What shares a truck.
    shared: BTreeSet<ShipmentId>,
    weights_kg: BTreeMap<ShipmentId, f64>,
    payloads_kg: BTreeMap<DriverId, f64>,
    aboard: BTreeMap<DriverId, BTreeSet<ShipmentId>>,
    overloaded: u64,
    unknown_shipments: u64,
    balances: BTreeMap<Account, i128>,
    released: i128,
    commission: i128,
    paid_out: i128,
    earned_commission: i128,
    foreign_money: u64,
    releases: u64,
    /// The payments of what trucks waited, and how many of them were released.
    waiting: BTreeSet<PaymentId>,
    waiting_releases: u64,
    released_for_waiting: i128,
}

/// Collects the figures from committed events.
#[derive(Debug, Default)]
pub struct Audit {
    figures: Mutex<Figures>,
}

impl Audit {
    /// The figures now.
    pub fn figures<T>(&self, read: impl FnOnce(&Figures) -> T) -> T {
        read(&self.figures.lock())
    }
}

impl Observer for Audit {
    fn committed(&self, event: &Recorded) {
        self.figures.lock().take(event);
    }
}

impl Figures {
    fn take(&mut self, event: &Recorded) {
        self.events += 1;
        if let (Some(shipment), Some(happened)) = (event.id::<ShipmentId>(), event.of::<ShipmentEvent>()) {
            self.take_shipment(shipment, happened, event.time());
        }
        if let Some(happened) = event.of::<PaymentEvent>() {
            self.take_payment(event.id(), happened);
        }
        if let (Some(driver), Some(happened)) = (event.id::<DriverId>(), event.of::<DriverEvent>()) {
            self.take_driver(driver, happened);
        }
    }

    fn take_driver(&mut self, driver: DriverId, event: &DriverEvent) {
        match event {
            DriverEvent::Registered(registered) => {
                self.payloads_kg.insert(driver, registered.profile.vehicle.capacity_kg);
            }
            DriverEvent::ProfileChanged(changed) => {
                self.payloads_kg.insert(driver, changed.profile.vehicle.capacity_kg);
            }
            DriverEvent::Committed(committed) => {
                self.return_loads += u64::from(committed.after.is_some());
                self.part_loads += u64::from(!committed.stops.is_empty());
                self.shared.extend(committed.stops.iter().map(|stop| stop.shipment));
                // The booking stands before it in the log.
                let bookings = self.bookings.get(&driver).map_or(0, BTreeSet::len);
                let most = if committed.stops.is_empty() { BOOKINGS_MAX } else { SHARED_MAX };
                self.booked_twice += u64::from(bookings > most);
            }
            _ => {}
        }
    }

    /// Freight comes aboard: no truck carries more than it may.
    fn load(&mut self, driver: DriverId, shipment: ShipmentId) {
        let aboard = self.aboard.entry(driver).or_default();
        aboard.insert(shipment);
        let weight_kg: f64 = aboard.iter().filter_map(|shipment| self.weights_kg.get(shipment)).sum();
        let payload_kg = self.payloads_kg.get(&driver).copied().unwrap_or(0.0);
        self.overloaded += u64::from(weight_kg > payload_kg + SCALES_KG);
    }

    fn take_shipment(&mut self, shipment: ShipmentId, event: &ShipmentEvent, at: Timestamp) {
        if let ShipmentEvent::Requested(requested) = event {
            self.weights_kg.insert(shipment, requested.cargo.weight_kg);
            let fate = Fate {
                requested_at: at,
                booked_at: None,
                status: ShipmentStatus::Requested,
                bids: 0,
                on_time: None,
                reason: None,
            };
            self.fates.insert(shipment, fate);
            return;
        }
        let Some(fate) = self.fates.get_mut(&shipment) else {
            self.unknown_shipments += 1;
            return;
        };
        match event {
            ShipmentEvent::BidSubmitted(_) => {
                fate.bids += 1;
                fate.status = ShipmentStatus::Bidding;
            }
            ShipmentEvent::BidSelected(_) => fate.status = ShipmentStatus::Selected,
            ShipmentEvent::BidLapsed(lapsed) => {
                fate.status = ShipmentStatus::Bidding;
                fate.reason = Some("nobody_confirmed".to_owned());
                self.leave(lapsed.driver, shipment);
            }
            ShipmentEvent::BookingConfirmed(booked) => {
                fate.status = ShipmentStatus::Booked;
                fate.booked_at.get_or_insert(at);
                self.bookings.entry(booked.driver).or_default().insert(shipment);
            }
            ShipmentEvent::StatusChanged(changed) => self.take_status(shipment, changed),
            ShipmentEvent::Cancelled(cancelled) => {
                fate.status = ShipmentStatus::Cancelled;
                if let Some(driver) = cancelled.driver {
                    self.leave(driver, shipment);
                }
            }
            ShipmentEvent::MatchFailed(failed) => {
                fate.status = ShipmentStatus::Expired;
                fate.reason = Some(failed.reason.clone());
            }
            ShipmentEvent::HandedOver(handed) => fate.reason = Some(handed.reason.clone()),
            _ => {}
        }
    }

    fn take_status(&mut self, shipment: ShipmentId, changed: &StatusChanged) {
        if let Some(fate) = self.fates.get_mut(&shipment) {
            fate.status = changed.to;
            fate.on_time = fate.on_time.or(changed.on_time);
        }
        match (changed.to, changed.driver) {
            (ShipmentStatus::EnRoutePickup, Some(driver)) => {
                let other = self.on_trip.insert(driver, shipment).filter(|other| *other != shipment);
                let share = |other| self.shared.contains(&shipment) && self.shared.contains(&other);
                self.booked_twice += u64::from(other.is_some_and(|other| !share(other)));
            }
            (ShipmentStatus::InTransit, Some(driver)) => self.load(driver, shipment),
            (ShipmentStatus::Delivered, Some(driver)) => self.leave(driver, shipment),
            _ => {}
        }
    }

    fn leave(&mut self, driver: DriverId, shipment: ShipmentId) {
        if let Some(bookings) = self.bookings.get_mut(&driver) {
            bookings.remove(&shipment);
        }
        if let Some(aboard) = self.aboard.get_mut(&driver) {
            aboard.remove(&shipment);
        }
        if self.on_trip.get(&driver) == Some(&shipment) {
            self.on_trip.remove(&driver);
        }
    }

    fn take_payment(&mut self, payment: Option<PaymentId>, event: &PaymentEvent) {
        match event {
            PaymentEvent::Requested(requested) if requested.purpose == PaymentPurpose::Detention => {
                self.waiting.extend(payment);
            }
            PaymentEvent::Released(released) => {
                if payment.is_some_and(|payment| self.waiting.contains(&payment)) {
                    self.waiting_releases += 1;
                    self.released_for_waiting += i128::from(released.carrier_amount.minor);
                } else {
                    self.releases += 1;
                }
                self.released += i128::from(released.carrier_amount.minor);
                self.commission += i128::from(released.commission.minor);
            }
            PaymentEvent::Posted(posting) => self.take_posting(posting),
            _ => {}
        }
    }

    fn take_posting(&mut self, posting: &Posting) {
        if posting.currency() != kernel::Currency::EUR {
            self.foreign_money += 1;
        }
        for entry in posting.entries() {
            *self.balances.entry(entry.account).or_default() += i128::from(entry.amount_minor);
            match (posting.reason(), entry.account) {
                (PostingReason::PaidOut, Account::CarrierPayable(_)) => {
                    self.paid_out += i128::from(entry.amount_minor)
                }
                (PostingReason::Earned, Account::PlatformCommission) => {
                    self.earned_commission -= i128::from(entry.amount_minor);
                }
                _ => {}
            }
        }
    }

    /// Events in the log of this run.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// What became of every shipment.
    pub fn fates(&self) -> impl Iterator<Item = &Fate> {
        self.fates.values()
    }

    /// How many shipments satisfy something.
    pub fn count(&self, which: impl Fn(&Fate) -> bool) -> u64 {
        self.fates.values().filter(|fate| which(fate)).count() as u64
    }

    /// Payments for waiting released to carriers.
    #[must_use]
    pub const fn waiting_releases(&self) -> u64 {
        self.waiting_releases
    }

    /// Prices of bookings released to carriers.
    #[must_use]
    pub const fn releases(&self) -> u64 {
        self.releases
    }

    /// What carriers were paid for their trips, in EUR.
    #[must_use]
    pub fn paid(&self) -> Money {
        euros(self.released - self.released_for_waiting)
    }

    /// What carriers were paid for waiting, in EUR.
    #[must_use]
    pub fn paid_for_waiting(&self) -> Money {
        euros(self.released_for_waiting)
    }

    /// What the platform earned, in EUR.
    #[must_use]
    pub fn commission(&self) -> Money {
        euros(self.commission)
    }

    /// The times from posting to the first booking, shortest first.
    #[must_use]
    pub fn times_to_book(&self) -> Vec<Duration> {
        let booked = self.fates.values().filter_map(|fate| Some(fate.booked_at?.since(fate.requested_at)));
        let mut times: Vec<Duration> = booked.collect();
        times.sort_unstable();
        times
    }

    /// All accounts together are zero, no escrow owes anybody more than it got, and what was released is what was
    /// paid out and earned on the ledger, to the cent.
    #[must_use]
    pub fn money_is_conserved(&self) -> bool {
        let sum: i128 = self.balances.values().sum();
        let escrow_overdrawn =
            self.balances.iter().any(|(account, sum)| matches!(account, Account::Escrow(_)) && *sum > 0);
        sum == 0
            && !escrow_overdrawn
            && self.foreign_money == 0
            && self.released == self.paid_out
            && self.commission == self.earned_commission
    }

    /// Every shipment ended, is on its way, or is open for a stated reason.
    #[must_use]
    pub fn no_shipment_is_lost(&self) -> bool {
        self.unknown_shipments == 0 && self.fates.values().all(Fate::is_accounted_for)
    }

    /// Bookings that followed a trip under way.
    #[must_use]
    pub const fn return_loads(&self) -> u64 {
        self.return_loads
    }

    /// Bookings that were carried along with what a truck had.
    #[must_use]
    pub const fn part_loads(&self) -> u64 {
        self.part_loads
    }

    /// No truck had more aboard than its payload.
    #[must_use]
    pub const fn none_is_overloaded(&self) -> bool {
        self.overloaded == 0
    }

    /// No driver had more than a trip and the one that follows it, or what it may carry on one, and none was on two at
    /// once that share no truck.
    #[must_use]
    pub const fn none_is_booked_twice(&self) -> bool {
        self.booked_twice == 0
    }
}

fn euros(minor: i128) -> Money {
    Money::new(i64::try_from(minor).unwrap_or(i64::MAX), kernel::Currency::EUR)
}
