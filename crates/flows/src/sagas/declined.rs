//! A declined payment takes the booking back, as long as nothing is loaded.

use super::{Happened, Lookup, Saga};
use contracts::{
    payment::PaymentEvent,
    shipment::{LapseReason, ShipmentStatus},
};
use kernel::TenantId;
use market::agents::{Shipment, ShipmentCommand};
use money::agents::payment::payment_of;
use runtime::Act;
use store::StoreError;

/// `payment.failed` lets the booking fall and a dispatcher is asked: the next rank would meet the same card. Once the
/// cargo is loaded the trip goes on, for a payment blocks release, never driving; finance sees the failed payment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Declined;

impl Saga for Declined {
    fn answer(
        &self,
        _tenant: TenantId,
        happened: Happened<'_>,
        world: &mut dyn Lookup,
    ) -> Result<Vec<Act>, StoreError> {
        let Happened::Payment(payment, PaymentEvent::Failed(failed)) = happened else {
            return Ok(Vec::new());
        };
        let Some(shipment) = world.shipment(failed.shipment)? else { return Ok(Vec::new()) };
        let Some(booking) = shipment.booking.filter(|booking| payment_of(booking.bid) == payment) else {
            return Ok(Vec::new());
        };
        if !matches!(shipment.status, ShipmentStatus::Booked | ShipmentStatus::EnRoutePickup) {
            return Ok(Vec::new());
        }
        let lapse = ShipmentCommand::Lapse { bid: booking.bid, reason: LapseReason::PaymentFailed };
        Ok(vec![Act::command::<Shipment>(failed.shipment, lapse)])
    }
}

#[cfg(test)]
mod tests {
    use crate::sagas::rehearsal::{Rehearsal, rehearse};
    use contracts::{payment::PaymentStatus, shipment::ShipmentStatus};
    use kernel::Money;

    #[test]
    fn whatever_fails_a_declined_booking_falls_and_a_dispatcher_is_asked() {
        let book = |rehearsal: &mut Rehearsal| {
            rehearsal.price = Money::euros(4000, 2);
            rehearsal.book();
        };
        rehearse(book, |after| {
            assert_eq!(after.payments(), [PaymentStatus::Failed]);
            assert_eq!(after.shipment().status, ShipmentStatus::Requested);
            assert!(after.shipment().booking.is_none() && after.shipment().search.handed_over);
            assert_eq!(after.balance("escrow"), 0);
        });
    }

    #[test]
    fn a_truck_that_is_loaded_when_the_decline_comes_drives_on() {
        let book_and_load = |rehearsal: &mut Rehearsal| {
            rehearsal.price = Money::euros(4000, 2);
            rehearsal.gateway_is_away = true;
            rehearsal.book();
            rehearsal.advance(&[ShipmentStatus::EnRoutePickup, ShipmentStatus::Loading]);
            rehearsal.gateway_is_away = false;
            rehearsal.settle();
            rehearsal.advance(&[ShipmentStatus::InTransit]);
        };
        rehearse(book_and_load, |after| {
            assert_eq!(after.payments(), [PaymentStatus::Failed]);
            assert_eq!(after.shipment().status, ShipmentStatus::InTransit);
        });
    }
}
