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
    use contracts::{
        payment::{Party, PaymentStatus},
        shipment::ShipmentStatus,
    };
    use market::agents::ShipmentCommand;
    use money::agents::payment::PaymentCommand;
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
        for (in_favour_of, status, to_carrier) in
            [(Party::Carrier, PaymentStatus::Released, 69_700), (Party::Shipper, PaymentStatus::Refunded, 0)]
        {
            let settle = |rehearsal: &mut Rehearsal| {
                dispute(rehearsal);
                rehearsal.ask_payments(&PaymentCommand::Resolve { in_favour_of });
            };
            rehearse(settle, |after| {
                assert_eq!(after.payments(), [status]);
                assert_eq!(after.paid_to_carriers(), to_carrier);
                assert_eq!(after.shipment().status, ShipmentStatus::Completed);
            });
        }
    }
}
