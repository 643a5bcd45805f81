//! Proof of delivery starts the dispute window (annex, section 5: 24 h after the proof).

use super::{Happened, Lookup, Saga, booked_payment};
use contracts::{
    ports::DisputeWindows,
    shipment::{ShipmentEvent, ShipmentStatus},
};
use kernel::TenantId;
use money::agents::payment::{Payment, PaymentCommand};
use runtime::Act;
use std::sync::Arc;
use store::StoreError;

/// `shipment.status_changed` to `delivered` schedules the release after the tenant's dispute window.
pub struct Delivery {
    windows: Arc<dyn DisputeWindows>,
}

impl Delivery {
    /// With each tenant's window.
    #[must_use]
    pub fn new(windows: Arc<dyn DisputeWindows>) -> Self {
        Self { windows }
    }
}

impl Saga for Delivery {
    fn answer(
        &self,
        tenant: TenantId,
        happened: Happened<'_>,
        world: &mut dyn Lookup,
    ) -> Result<Vec<Act>, StoreError> {
        let Happened::Shipment(shipment, ShipmentEvent::StatusChanged(changed)) = happened else {
            return Ok(Vec::new());
        };
        if changed.to != ShipmentStatus::Delivered {
            return Ok(Vec::new());
        }
        let window = self.windows.dispute_window(tenant);
        let payment = booked_payment(shipment, world)?;
        Ok(payment
            .map(|payment| Act::command::<Payment>(payment, PaymentCommand::ScheduleRelease { window }))
            .into_iter()
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::sagas::rehearsal::{Rehearsal, WINDOW, rehearse};
    use contracts::{payment::PaymentStatus, shipment::ShipmentStatus};
    use std::time::Duration;

    #[test]
    fn whatever_fails_the_money_stays_in_escrow_until_the_window_ends() {
        let deliver = |rehearsal: &mut Rehearsal| {
            rehearsal.book();
            rehearsal.deliver();
            rehearsal.turn(WINDOW - Duration::from_secs(60));
        };
        rehearse(deliver, |after| {
            assert_eq!(after.payments(), [PaymentStatus::Held]);
            assert_eq!(after.shipment().status, ShipmentStatus::Delivered);
            assert_eq!(after.balance("escrow"), -82_000);
        });
    }
}
