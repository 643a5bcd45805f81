//! A booking that falls gives the money back.

use super::{Happened, Lookup, Saga, booked_payment};
use contracts::shipment::{LapseReason, ShipmentEvent};
use kernel::{Money, PaymentId, TenantId};
use money::agents::payment::{Payment, PaymentCommand, payment_of};
use runtime::Act;
use store::StoreError;

/// `shipment.cancelled` gives the price back less the carrier's fee (annex, section 1: 20 % within 2 h of the pickup,
/// 50 % en route); a booking that the carrier gave back is refunded whole.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cancellation;

impl Saga for Cancellation {
    fn answer(
        &self,
        _tenant: TenantId,
        happened: Happened<'_>,
        world: &mut dyn Lookup,
    ) -> Result<Vec<Act>, StoreError> {
        let refund = match happened {
            Happened::Shipment(shipment, ShipmentEvent::Cancelled(cancelled)) => {
                booked_payment(shipment, world)?.map(|payment| (payment, cancelled.fee))
            }
            Happened::Shipment(_, ShipmentEvent::BidLapsed(lapsed))
                if lapsed.reason == LapseReason::CarrierCancelled =>
            {
                // A bid that was only selected has no payment.
                let payment = payment_of(lapsed.bid);
                world.payment(payment)?.map(|_| (payment, None))
            }
            _ => None,
        };
        Ok(refund.map(|(payment, fee)| give_back(payment, fee)).into_iter().collect())
    }
}

fn give_back(payment: PaymentId, fee: Option<Money>) -> Act {
    Act::command::<Payment>(payment, PaymentCommand::Refund { fee })
}

#[cfg(test)]
mod tests {
    use crate::sagas::rehearsal::{Rehearsal, rehearse};
    use contracts::{payment::PaymentStatus, shipment::ShipmentStatus};
    use market::agents::{CancelledBy, ShipmentCommand};

    #[test]
    fn whatever_fails_an_early_cancellation_gives_everything_back() {
        let cancel = |rehearsal: &mut Rehearsal| {
            rehearsal.book();
            rehearsal.ask(ShipmentCommand::Cancel { by: CancelledBy::Shipper });
        };
        rehearse(cancel, |after| {
            assert_eq!(after.shipment().status, ShipmentStatus::Cancelled);
            assert_eq!(after.payments(), [PaymentStatus::Refunded]);
            assert_eq!(after.gateway_keeps(), 0);
            assert_eq!(after.paid_to_carriers(), 0);
        });
    }

    #[test]
    fn whatever_fails_a_cancellation_en_route_leaves_the_carrier_half() {
        let cancel = |rehearsal: &mut Rehearsal| {
            rehearsal.book();
            rehearsal.advance(&[ShipmentStatus::EnRoutePickup]);
            rehearsal.ask(ShipmentCommand::Cancel { by: CancelledBy::Shipper });
        };
        rehearse(cancel, |after| {
            assert_eq!(after.payments(), [PaymentStatus::Refunded]);
            assert_eq!((after.gateway_keeps(), after.paid_to_carriers()), (0, 41_000));
        });
    }

    #[test]
    fn whatever_fails_a_cancellation_overtakes_a_hold_that_is_not_answered() {
        let cancel = |rehearsal: &mut Rehearsal| {
            rehearsal.gateway_is_away = true;
            rehearsal.book();
            rehearsal.ask(ShipmentCommand::Cancel { by: CancelledBy::Shipper });
            rehearsal.gateway_is_away = false;
            rehearsal.settle();
        };
        rehearse(cancel, |after| {
            assert_eq!(after.payments(), [PaymentStatus::Refunded]);
            assert_eq!(after.gateway_keeps(), 0);
        });
    }

    #[test]
    fn whatever_fails_a_booking_given_back_is_refunded_and_the_next_rank_is_paid() {
        let give_back = |rehearsal: &mut Rehearsal| {
            rehearsal.bid_twice();
            rehearsal.select_and_confirm();
            rehearsal.give_back();
            rehearsal.confirm_selected();
        };
        rehearse(give_back, |after| {
            assert_eq!(after.shipment().status, ShipmentStatus::Booked);
            assert_eq!(after.payments(), [PaymentStatus::Refunded, PaymentStatus::Held]);
            assert_eq!(after.gateway_keeps(), -after.balance("escrow"));
        });
    }
}
