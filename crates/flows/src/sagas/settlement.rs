//! The end of the money is the end of the shipment.

use super::{Happened, Lookup, Saga, waiting::is_for_waiting};
use contracts::{
    payment::{PaymentEvent, PaymentStatus},
    shipment::ShipmentStatus,
};
use kernel::{PaymentId, ShipmentId, TenantId};
use market::agents::{Shipment, ShipmentCommand};
use runtime::Act;
use store::StoreError;

/// `payment.released` completes the shipment, unless a dispute is open that nobody has settled: then it stays `disputed`
/// for a person. `payment.refunded` completes it when that is how its dispute was settled. A verdict over money that the
/// gateway never held moves none, so the verdict itself, or the decline that comes after it, ends the dispute.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settlement;

impl Saga for Settlement {
    fn answer(
        &self,
        _tenant: TenantId,
        happened: Happened<'_>,
        world: &mut dyn Lookup,
    ) -> Result<Vec<Act>, StoreError> {
        if let Happened::Payment(payment, _) = happened
            && is_for_waiting(payment, world)?
        {
            return Ok(Vec::new());
        }
        let shipment = match happened {
            Happened::Payment(payment, PaymentEvent::Released(released)) => {
                let settled = world.payment(payment)?.is_some_and(|payment| payment.is_resolved());
                let open = !settled && disputed(released.shipment, world)?.is_some();
                (!open).then_some(released.shipment)
            }
            Happened::Payment(_, PaymentEvent::Refunded(refunded)) => disputed(refunded.shipment, world)?,
            Happened::Payment(payment, PaymentEvent::DisputeResolved(resolved)) => {
                settled_without_money(payment, resolved.shipment, world)?
            }
            Happened::Payment(payment, PaymentEvent::Failed(failed)) => {
                settled_without_money(payment, failed.shipment, world)?
            }
            _ => None,
        };
        let complete = |shipment| Act::command::<Shipment>(shipment, ShipmentCommand::Complete);
        Ok(shipment.map(complete).into_iter().collect())
    }
}

fn settled_without_money(
    payment: PaymentId,
    shipment: ShipmentId,
    world: &mut dyn Lookup,
) -> Result<Option<ShipmentId>, StoreError> {
    let over = world
        .payment(payment)?
        .is_some_and(|payment| payment.is_resolved() && payment.status() == PaymentStatus::Failed);
    if over { disputed(shipment, world) } else { Ok(None) }
}

fn disputed(shipment: ShipmentId, world: &mut dyn Lookup) -> Result<Option<ShipmentId>, StoreError> {
    let state = world.shipment(shipment)?;
    Ok(state.is_some_and(|state| state.status == ShipmentStatus::Disputed).then_some(shipment))
}

#[cfg(test)]
mod tests {
    use crate::sagas::rehearsal::{Rehearsal, WINDOW, rehearse};
    use contracts::{payment::PaymentStatus, shipment::ShipmentStatus};
    use std::time::Duration;

    #[test]
    fn whatever_fails_a_delivered_shipment_is_paid_once_and_completed() {
        let deliver_and_wait = |rehearsal: &mut Rehearsal| {
            rehearsal.book();
            rehearsal.deliver();
            rehearsal.turn(WINDOW + Duration::from_secs(3600));
        };
        rehearse(deliver_and_wait, |after| {
            assert_eq!(after.payments(), [PaymentStatus::Released]);
            assert_eq!(after.shipment().status, ShipmentStatus::Completed);
            assert_eq!((after.balance("escrow"), after.balance("carrier_payable")), (0, 0));
            assert_eq!(
                (after.balance("gateway_clearing"), after.balance("platform_commission")),
                (12_300, -12_300)
            );
        });
    }

    #[test]
    fn whatever_fails_a_hold_that_comes_after_the_window_is_released_at_once() {
        let late = |rehearsal: &mut Rehearsal| {
            rehearsal.gateway_is_away = true;
            rehearsal.book();
            rehearsal.deliver();
            rehearsal.turn(WINDOW + Duration::from_secs(3600));
            assert_eq!(rehearsal.payments(), [PaymentStatus::Pending]);
            rehearsal.gateway_is_away = false;
            rehearsal.settle();
        };
        rehearse(late, |after| {
            assert_eq!(after.payments(), [PaymentStatus::Released]);
            assert_eq!(after.shipment().status, ShipmentStatus::Completed);
        });
    }
}
