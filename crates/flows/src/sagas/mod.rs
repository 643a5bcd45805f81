//! The sagas, one file each, and what they share.

mod booking;
mod cancellation;
mod declined;
mod delivery;
mod dispute;
#[cfg(test)]
mod rehearsal;
#[cfg(test)]
mod rehearsed_gateway;
mod settlement;
mod waiting;

pub use booking::Booking;
pub use cancellation::Cancellation;
pub use declined::Declined;
pub use delivery::Delivery;
pub use dispute::Dispute;
pub use settlement::Settlement;
pub use waiting::Waiting;

use contracts::{payment::PaymentEvent, shipment::ShipmentEvent, tracking::TripEvent};
use kernel::{BidId, PaymentId, ShipmentId, TenantId, TripId};
use market::agents::Shipment;
use money::agents::payment::{Payment, payment_of};
use runtime::{Act, Reactor, Recorded, World};
use std::sync::Arc;
use store::StoreError;

/// A committed event that sagas answer.
#[derive(Debug, Clone, Copy)]
pub enum Happened<'a> {
    /// To a shipment.
    Shipment(ShipmentId, &'a ShipmentEvent),
    /// To a payment.
    Payment(PaymentId, &'a PaymentEvent),
    /// To a trip.
    Trip(TripId, &'a TripEvent),
}

/// What sagas may look at: the present state of agents, which may be ahead of the event.
pub trait Lookup {
    /// A shipment; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be loaded now.
    fn shipment(&mut self, id: ShipmentId) -> Result<Option<Arc<Shipment>>, StoreError>;
    /// A payment; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be loaded now.
    fn payment(&mut self, id: PaymentId) -> Result<Option<Arc<Payment>>, StoreError>;
}

impl Lookup for World<'_> {
    fn shipment(&mut self, id: ShipmentId) -> Result<Option<Arc<Shipment>>, StoreError> {
        self.state::<Shipment>(id)
    }

    fn payment(&mut self, id: PaymentId) -> Result<Option<Arc<Payment>>, StoreError> {
        self.state::<Payment>(id)
    }
}

/// One process that spans contexts. Answers may be carried out more than once, so every command it sends is one that
/// does nothing the second time.
pub trait Saga: Send + Sync {
    /// Answers one event; nothing to events that are not its business.
    ///
    /// # Errors
    /// [`StoreError`] when the world cannot be read now; it is asked again.
    fn answer(
        &self,
        tenant: TenantId,
        happened: Happened<'_>,
        world: &mut dyn Lookup,
    ) -> Result<Vec<Act>, StoreError>;
}

/// Sagas that listen to the same streams, as one reactor with one position.
pub struct SagaReactor {
    name: &'static str,
    listens: &'static [&'static str],
    sagas: Vec<Box<dyn Saga>>,
}

impl SagaReactor {
    /// Without sagas yet.
    #[must_use]
    pub fn new(name: &'static str, listens: &'static [&'static str]) -> Self {
        Self { name, listens, sagas: Vec::new() }
    }

    /// Adds a saga.
    #[must_use]
    pub fn with(mut self, saga: impl Saga + 'static) -> Self {
        self.sagas.push(Box::new(saga));
        self
    }

    /// What all sagas answer, in their order.
    fn answers(
        &self,
        tenant: TenantId,
        happened: Happened<'_>,
        world: &mut dyn Lookup,
    ) -> Result<Vec<Act>, StoreError> {
        let mut acts = Vec::new();
        for saga in &self.sagas {
            acts.extend(saga.answer(tenant, happened, world)?);
        }
        Ok(acts)
    }
}

impl Reactor for SagaReactor {
    fn name(&self) -> &'static str {
        self.name
    }

    fn listens(&self) -> &'static [&'static str] {
        self.listens
    }

    fn react(&self, event: &Recorded, world: &mut World<'_>) -> Result<Vec<Act>, StoreError> {
        let happened = if let (Some(id), Some(event)) = (event.id(), event.of()) {
            Happened::Shipment(id, event)
        } else if let (Some(id), Some(event)) = (event.id(), event.of()) {
            Happened::Payment(id, event)
        } else if let (Some(id), Some(event)) = (event.id(), event.of()) {
            Happened::Trip(id, event)
        } else {
            return Ok(Vec::new());
        };
        self.answers(event.tenant, happened, world)
    }
}

/// The bid that a shipment is or was last booked with.
fn booked_bid(shipment: ShipmentId, world: &mut dyn Lookup) -> Result<Option<BidId>, StoreError> {
    Ok(world.shipment(shipment)?.and_then(|shipment| shipment.booking.map(|booking| booking.bid)))
}

/// The payment of the shipment's booking.
fn booked_payment(shipment: ShipmentId, world: &mut dyn Lookup) -> Result<Option<PaymentId>, StoreError> {
    Ok(booked_bid(shipment, world)?.map(payment_of))
}
