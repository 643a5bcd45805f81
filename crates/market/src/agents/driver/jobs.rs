//! A driver's jobs: the shipment it is committed to, what it carries along on the same trip, and what follows.
//!
//! Each shipment has its own states; what the driver adds is the order of the stops of those that share its truck
//! (docs/decisions/0113).

use super::{Driver, Shipment};
use crate::rules::{
    part_load::{Carried, SharedTrip},
    return_load::UnderWay,
};
use contracts::{
    driver::{Committed, DriverEvent, Freed, Offered, PartOffer, ReturnOffer},
    shipment::ShipmentStatus,
    tracking::{StopKind, TripStop},
};
use kernel::{BidId, Position, Refusal, ShipmentId, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// So many further shipments are carried along at most.
pub const PARTS_MAX: usize = 3;

/// How a load goes with what its driver does, as it was offered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Fit {
    /// It is free.
    Now,
    /// After the trip that it is on.
    After(ReturnOffer),
    /// On the trip that it is on, beside what it carries.
    Along(PartOffer),
}

impl Fit {
    pub(super) const fn of(offered: &Offered) -> Self {
        match (offered.return_load, offered.part_load) {
            (Some(load), _) => Self::After(load),
            (None, Some(load)) => Self::Along(load),
            (None, None) => Self::Now,
        }
    }

    pub(super) const fn offered(&self, shipment: ShipmentId, bid_at: Option<Timestamp>) -> Offered {
        let (return_load, part_load) = match *self {
            Self::Now => (None, None),
            Self::After(load) => (Some(load), None),
            Self::Along(load) => (None, Some(load)),
        };
        Offered { shipment, bid_at, return_load, part_load }
    }

    /// The shipment that its driver must be on.
    const fn present(&self) -> Option<ShipmentId> {
        match self {
            Self::Now => None,
            Self::After(load) => Some(load.after),
            Self::Along(load) => Some(load.along),
        }
    }
}

/// An offer that is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnownOffer {
    /// The shipment.
    pub shipment: ShipmentId,
    /// How it goes with the trip that the driver was on.
    pub fit: Fit,
}

/// A job besides the one that a driver is committed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its shipment.
    pub shipment: ShipmentId,
    /// The bid it is booked by.
    pub bid: BidId,
}

impl Job {
    fn is_by(&self, shipment: ShipmentId, bid: Option<BidId>) -> bool {
        self.shipment == shipment && bid.is_none_or(|bid| bid == self.bid)
    }
}

/// When a driver takes a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Turn {
    /// At once: it is free.
    Now,
    /// When it has delivered this one.
    After(ShipmentId),
    /// On its present trip.
    Along {
        /// The stops that it then has ahead, in order: those of what it carries, and both of the new one.
        stops: Vec<TripStop>,
        /// Where the last of them is.
        ends_at: Position,
    },
}

impl Driver {
    /// Every shipment that it is booked for, the one it is committed to first.
    pub fn booked_for(&self) -> impl Iterator<Item = ShipmentId> + '_ {
        let others = self.parts.iter().chain(&self.next).map(|job| job.shipment);
        self.committed.into_iter().chain(others)
    }

    /// The shipments of its present trip.
    pub fn carried(&self) -> impl Iterator<Item = ShipmentId> + '_ {
        self.committed.into_iter().chain(self.parts.iter().map(|job| job.shipment))
    }

    /// Whether something is booked to follow its present trip.
    #[must_use]
    pub fn follows(&self, shipment: ShipmentId) -> bool {
        self.next.is_some_and(|next| next.shipment == shipment)
    }

    /// The trip that it is on, as long as it carries one shipment and no other is booked to follow. `present` is the
    /// shipment it is committed to, `place` where it is.
    #[must_use]
    pub fn under_way<'a>(&self, present: &'a Shipment, place: Option<Position>) -> Option<UnderWay<'a>> {
        let (Some(shipment), None, true) = (self.committed, self.next, self.parts.is_empty()) else {
            return None;
        };
        Some(UnderWay {
            shipment,
            request: present.request.as_ref()?,
            status: present.status,
            place,
            base: self.registered.as_ref()?.profile.base,
        })
    }

    /// The trip that it is on, as far as something can be carried along: nothing follows it, and it is not full of stops.
    /// `carried` are the shipments of the trip in the order of [`Driver::carried`].
    #[must_use]
    pub fn shared_trip<'a>(
        &'a self,
        carried: &'a [Arc<Shipment>],
        place: Option<Position>,
    ) -> Option<SharedTrip<'a>> {
        if self.committed.is_none() || self.next.is_some() || self.parts.len() >= PARTS_MAX {
            return None;
        }
        let profile = &self.registered.as_ref()?.profile;
        // Before it sets out it counts from its base, as a free one does.
        let waits = carried.iter().all(|state| state.status == ShipmentStatus::Booked);
        let shipments = self.carried().zip(carried).map(|(shipment, state)| {
            Some(Carried { shipment, request: state.request.as_deref()?, status: state.status })
        });
        Some(SharedTrip {
            carried: shipments.collect::<Option<Vec<_>>>()?,
            stops: &self.stops,
            place: place.or(waits.then_some(profile.base)),
            capacity_kg: profile.vehicle.capacity_kg,
            capacity_m3: profile.vehicle.capacity_m3,
        })
    }

    /// Whether it takes an offer: a free one any that goes with nothing, one on a trip what goes with just that.
    pub(super) fn takes(&self, fit: &Fit) -> bool {
        let has_room = match fit {
            Fit::Now => true,
            Fit::After(_) => self.parts.is_empty(),
            Fit::Along(_) => self.parts.len() < PARTS_MAX,
        };
        self.online
            && self.suspended.is_none()
            && self.next.is_none()
            && has_room
            && self.committed == fit.present()
    }

    /// Whether what was offered to go with a trip can still do so.
    #[must_use]
    pub fn may_follow(&self, offer: &KnownOffer) -> bool {
        let present = offer.fit.present();
        self.next.is_none() && (present.is_none() || self.committed == present || self.committed.is_none())
    }

    /// Whether it makes the bid whose time has come.
    pub(super) fn bids_on(&self, shipment: ShipmentId) -> bool {
        let known = self.offers.iter().find(|offer| offer.shipment == shipment);
        known.is_some_and(|offer| self.takes(&offer.fit)) || self.takes(&Fit::Now)
    }

    /// Whether it could take a job now, beside those it has or after them.
    pub(super) fn stand_by(&self, shipment: ShipmentId) -> Result<(), Refusal> {
        self.known()?;
        if self.booked_for().any(|job| job == shipment) {
            return Ok(());
        }
        if self.next.is_some() || self.parts.len() >= PARTS_MAX {
            return Err(taken());
        }
        if self.suspended.is_some() {
            return Err(Refusal::conflict("driver.suspended", "a suspended driver cannot take a job"));
        }
        Ok(())
    }

    pub(super) fn commit(
        &self,
        shipment: ShipmentId,
        bid: BidId,
        turn: &Turn,
        ends_at: Position,
    ) -> Result<Vec<DriverEvent>, Refusal> {
        self.stand_by(shipment)?;
        let has = |job: &Job| job.is_by(shipment, Some(bid));
        let known = self.parts.iter().chain(&self.next).any(has)
            || (self.committed == Some(shipment) && self.is_by(Some(bid)));
        if known {
            return Ok(Vec::new());
        }
        let alone =
            Committed { shipment, bid: Some(bid), after: None, ends_at: Some(ends_at), stops: Vec::new() };
        let committed = match (self.committed, turn) {
            // What it was to go with has ended meanwhile.
            (None, _) => alone,
            // Its older bid on the same shipment may have fallen without the driver having heard of it.
            (Some(present), _) if present == shipment => alone,
            (Some(present), Turn::After(after)) if *after == present && self.parts.is_empty() => {
                Committed { after: Some(present), ..alone }
            }
            (Some(_), Turn::Along { stops, ends_at }) => {
                let stops = self.stops_with(shipment, stops).ok_or_else(taken)?;
                Committed { ends_at: Some(*ends_at), stops, ..alone }
            }
            (Some(_), Turn::Now | Turn::After(_)) => return Err(taken()),
        };
        Ok(vec![committed.into()])
    }

    /// The stops without those of shipments that were delivered meanwhile; `None` unless they hold both of the new one and
    /// the delivery of everything that is carried.
    fn stops_with(&self, shipment: ShipmentId, stops: &[TripStop]) -> Option<Vec<TripStop>> {
        let is_carried = |job: ShipmentId| job == shipment || self.carried().any(|carried| carried == job);
        let stops: Vec<TripStop> = stops.iter().copied().filter(|stop| is_carried(stop.shipment)).collect();
        let place = |shipment, stop| stops.iter().position(|at| *at == TripStop { shipment, stop });
        let holds = self.carried().all(|carried| place(carried, StopKind::Delivery).is_some());
        let (pickup, delivery) = (place(shipment, StopKind::Pickup)?, place(shipment, StopKind::Delivery)?);
        (holds && pickup < delivery).then_some(stops)
    }

    /// What a trip's end means for a driver that is on it, or that was to drive it next.
    pub(super) fn free(&self, freed: &Freed) -> Vec<DriverEvent> {
        let is_other = self.parts.iter().chain(&self.next).any(|job| job.is_by(freed.shipment, freed.bid));
        let goes_on = if is_other {
            self.committed
        } else if self.committed == Some(freed.shipment) && self.is_by(freed.bid) {
            let first = self.stops.iter().map(|stop| stop.shipment).find(|job| *job != freed.shipment);
            first.or(self.next.map(|next| next.shipment))
        } else {
            return Vec::new();
        };
        vec![Freed { goes_on, ..freed.clone() }.into()]
    }

    /// Whether the present commitment is by this bid, as far as both are known.
    fn is_by(&self, bid: Option<BidId>) -> bool {
        self.committed_by.is_none() || bid.is_none() || self.committed_by == bid
    }

    pub(super) fn take_committed(&mut self, committed: &Committed) {
        self.commitments += 1;
        let job = committed.bid.map(|bid| Job { shipment: committed.shipment, bid });
        match job {
            Some(job) if !committed.stops.is_empty() => {
                let parts = Arc::make_mut(&mut self.parts);
                parts.retain(|part| part.shipment != job.shipment);
                parts.push(job);
                self.stops = Arc::new(committed.stops.clone());
            }
            Some(job) if committed.after.is_some() => self.next = Some(job),
            _ => (self.committed, self.committed_by) = (Some(committed.shipment), committed.bid),
        }
    }

    pub(super) fn take_freed(&mut self, freed: &Freed) {
        let next = self.next.take();
        let left = |job: &Job| Some(job.shipment) == freed.goes_on;
        if self.committed == Some(freed.shipment) {
            let goes_on = self.parts.iter().copied().find(left).or(next);
            self.committed = goes_on.map(|job| job.shipment);
            self.committed_by = goes_on.map(|job| job.bid);
        }
        if !self.parts.is_empty() {
            let present = self.committed;
            let is_over = |job: ShipmentId| job == freed.shipment || Some(job) == present;
            Arc::make_mut(&mut self.parts).retain(|job| !is_over(job.shipment));
            Arc::make_mut(&mut self.stops).retain(|stop| stop.shipment != freed.shipment);
        }
        if self.parts.is_empty() {
            self.stops = Arc::default();
        }
        if freed.delivered {
            self.deliveries += 1;
            self.on_time += u32::from(freed.on_time == Some(true));
            *Arc::make_mut(&mut self.delivered_kinds).entry(freed.cargo_kind.clone()).or_insert(0) += 1;
        }
    }
}

pub(super) fn taken() -> Refusal {
    Refusal::conflict("driver.taken", "the driver is committed to another shipment")
}
