//! A dispute freezes the money.

use super::{Happened, Lookup, Saga, booked_payment};
use contracts::shipment::{ShipmentEvent, ShipmentStatus};
use kernel::TenantId;
use money::agents::payment::{Payment, PaymentCommand};
use runtime::Act;
use store::StoreError;

/// `shipment.status_changed` to `disputed` freezes the payment until the dispute is settled.
#[derive(Debug, Clone, Copy, Default)]
pub struct Dispute;

impl Saga for Dispute {
    fn answer(
        &self,
        _tenant: TenantId,
        happened: Happened<'_>,
        world: &mut dyn Lookup,
    ) -> Result<Vec<Act>, StoreError> {
        let Happened::Shipment(shipment, ShipmentEvent::StatusChanged(changed)) = happened else {
            return Ok(Vec::new());
        };
        if changed.to != ShipmentStatus::Disputed {
            return Ok(Vec::new());
        }
        let freeze = |payment| Act::command::<Payment>(payment, PaymentCommand::Dispute);
        Ok(booked_payment(shipment, world)?.map(freeze).into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::sagas::rehearsal::{Rehearsal, WINDOW, rehearse};
    use contracts::{payment::PaymentStatus, shipment::ShipmentStatus};
    use kernel::Money;
    use market::agents::ShipmentCommand;
    use money::agents::payment::{PaymentCommand, Verdict};
    use std::time::Duration;

    fn dispute(rehearsal: &mut Rehearsal) {
        rehearsal.book();
        rehearsal.deliver();
        rehearsal.turn(Duration::from_secs(3600));
        rehearsal.ask(ShipmentCommand::Dispute);
        rehearsal.turn(WINDOW * 2);
    }

    #[test]
    fn whatever_fails_disputed_money_stays_where_it_is() {
        rehearse(dispute, |after| {
            assert_eq!(after.shipment().status, ShipmentStatus::Disputed);
            assert_eq!(after.payments(), [PaymentStatus::Disputed]);
            assert_eq!(after.balance("escrow"), -82_000);
        });
    }

    #[test]
    fn whatever_fails_a_settled_dispute_moves_the_money_once_and_completes_the_shipment() {
        let split = Verdict::Split { carrier_part: Money::euros(300, 0) };
        for (verdict, status, to_carrier) in [
            (Verdict::Carrier, PaymentStatus::Released, 69_700),
            (Verdict::Shipper, PaymentStatus::Refunded, 0),
            (split, PaymentStatus::Refunded, 30_000),
        ] {
            let settle = |rehearsal: &mut Rehearsal| {
                dispute(rehearsal);
                rehearsal.ask_payments(&PaymentCommand::Resolve { verdict });
            };
            rehearse(settle, |after| {
                assert_eq!(after.payments(), [status]);
                assert_eq!(after.paid_to_carriers(), to_carrier);
                assert_eq!(after.shipment().status, ShipmentStatus::Completed);
            });
        }
    }

    /// A dispute over a price that the gateway is about to decline: loaded and on the road before its answer.
    fn dispute_before_the_decline(rehearsal: &mut Rehearsal) {
        rehearsal.price = Money::euros(4000, 2);
        dispute_before_the_hold(rehearsal);
    }

    fn dispute_before_the_hold(rehearsal: &mut Rehearsal) {
        rehearsal.gateway_is_away = true;
        rehearsal.book();
        rehearsal.advance(&[
            ShipmentStatus::EnRoutePickup,
            ShipmentStatus::Loading,
            ShipmentStatus::InTransit,
        ]);
        rehearsal.ask(ShipmentCommand::Dispute);
    }

    #[test]
    fn whatever_fails_a_dispute_over_money_that_was_never_held_ends_with_its_verdict() {
        for verdict in
            [Verdict::Carrier, Verdict::Shipper, Verdict::Split { carrier_part: Money::euros(300, 0) }]
        {
            let verdict_first = |rehearsal: &mut Rehearsal| {
                dispute_before_the_decline(rehearsal);
                rehearsal.ask_payments(&PaymentCommand::Resolve { verdict });
                rehearsal.gateway_is_away = false;
                rehearsal.settle();
            };
            let decline_first = |rehearsal: &mut Rehearsal| {
                dispute_before_the_decline(rehearsal);
                rehearsal.gateway_is_away = false;
                rehearsal.settle();
                rehearsal.ask_payments(&PaymentCommand::Resolve { verdict });
            };
            let ended = |after: &Rehearsal| {
                assert_eq!(after.payments(), [PaymentStatus::Failed]);
                assert_eq!(after.shipment().status, ShipmentStatus::Completed, "{verdict:?}");
                assert_eq!((after.balance("escrow"), after.gateway_keeps()), (0, 0));
            };
            rehearse(verdict_first, ended);
            rehearse(decline_first, ended);
        }
    }

    #[test]
    fn whatever_fails_money_that_is_held_after_its_dispute_was_closed_goes_as_the_verdict_says() {
        for (verdict, status) in
            [(Verdict::Carrier, PaymentStatus::Released), (Verdict::Shipper, PaymentStatus::Refunded)]
        {
            let closed_first = |rehearsal: &mut Rehearsal| {
                dispute_before_the_hold(rehearsal);
                rehearsal.ask_payments(&PaymentCommand::Resolve { verdict });
                rehearsal.close_dispute();
                rehearsal.gateway_is_away = false;
                rehearsal.settle();
            };
            rehearse(closed_first, |after| {
                assert_eq!(after.payments(), [status]);
                assert_eq!(after.shipment().status, ShipmentStatus::Completed);
                assert_eq!(after.balance("escrow"), 0);
            });
        }
    }

    #[test]
    fn whatever_fails_a_dispute_that_comes_after_the_payout_began_stays_visible() {
        let late = |rehearsal: &mut Rehearsal| {
            rehearsal.book();
            rehearsal.deliver();
            rehearsal.gateway_is_away = true;
            rehearsal.turn(WINDOW + Duration::from_secs(3600));
            rehearsal.ask(ShipmentCommand::Dispute);
            rehearsal.gateway_is_away = false;
            rehearsal.settle();
        };
        rehearse(late, |after| {
            assert_eq!(after.payments(), [PaymentStatus::Released], "the money was already on its way");
            assert_eq!(after.shipment().status, ShipmentStatus::Disputed, "nobody has settled it");
        });
    }

    #[test]
    fn a_person_cannot_open_a_dispute_after_the_payout_began() {
        let late = |rehearsal: &mut Rehearsal| {
            rehearsal.book();
            rehearsal.deliver();
            rehearsal.gateway_is_away = true;
            rehearsal.turn(WINDOW + Duration::from_secs(3600));
            if rehearsal.payments() == [PaymentStatus::Releasing] {
                assert_eq!(rehearsal.open_dispute(), Err("payment.settled"));
                assert_eq!(rehearsal.shipment().status, ShipmentStatus::Delivered);
            }
            rehearsal.gateway_is_away = false;
            rehearsal.settle();
        };
        rehearse(late, |after| {
            assert_eq!(after.payments(), [PaymentStatus::Released]);
            assert_eq!(after.shipment().status, ShipmentStatus::Completed);
        });
    }
}
