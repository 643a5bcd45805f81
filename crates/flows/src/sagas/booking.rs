//! A confirmed booking wants its price in escrow (annex, section 5: hold at booking).

use super::{Happened, Lookup, Saga};
use contracts::{payment::PaymentPurpose, shipment::ShipmentEvent};
use kernel::TenantId;
use money::agents::payment::{Payment, PaymentCommand, PaymentRequest, payment_of};
use runtime::Act;
use store::StoreError;

/// `booking.confirmed` requests the payment. The payment's id is the bid's, so that a booking seen twice is paid once.
#[derive(Debug, Clone, Copy, Default)]
pub struct Booking;

impl Saga for Booking {
    fn answer(
        &self,
        _tenant: TenantId,
        happened: Happened<'_>,
        _world: &mut dyn Lookup,
    ) -> Result<Vec<Act>, StoreError> {
        let Happened::Shipment(shipment, ShipmentEvent::BookingConfirmed(booking)) = happened else {
            return Ok(Vec::new());
        };
        let request = PaymentRequest {
            shipment,
            bid: booking.bid,
            shipper: booking.shipper,
            carrier: booking.carrier,
            price: booking.price,
            purpose: PaymentPurpose::Booking,
        };
        Ok(vec![Act::command::<Payment>(payment_of(booking.bid), PaymentCommand::Request(request))])
    }
}

#[cfg(test)]
mod tests {
    use crate::sagas::rehearsal::{Rehearsal, rehearse};
    use contracts::payment::PaymentStatus;
    use contracts::shipment::ShipmentStatus;

    #[test]
    fn whatever_fails_a_booking_ends_with_one_payment_in_escrow() {
        rehearse(Rehearsal::book, |after| {
            assert_eq!(after.shipment().status, ShipmentStatus::Booked);
            assert_eq!(after.payments(), [PaymentStatus::Held]);
            assert_eq!(after.balance("escrow"), -82_000);
        });
    }
}
