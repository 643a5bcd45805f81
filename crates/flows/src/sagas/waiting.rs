//! What a truck waited at its stops beyond the free time is paid: a payment of its own, on top of the price, asked for when
//! the trip has ended with the proof of delivery (annex, section 1; docs/decisions/0067).

use super::{Happened, Lookup, Saga, booked_bid};
use contracts::{
    payment::{DisputeResolved, PaymentEvent, PaymentPurpose},
    ports::DisputeWindows,
    shipment::{ShipmentEvent, ShipmentStatus},
    tracking::{TripEnd, TripEnded, TripEvent},
};
use kernel::{BidId, PaymentId, ShipmentId, TenantId, TripId, TypedId};
use money::agents::payment::{Payment, PaymentCommand, PaymentRequest, Verdict, detention_of, payment_of};
use runtime::Act;
use std::sync::Arc;
use store::StoreError;

/// `trip.ended` with something due asks for it and schedules its release after the tenant's dispute window. A dispute
/// over the shipment freezes it too; the verdict over the price settles it: back to the shipper who is right in all, else
/// to the carrier, as when the shipment is completed without a verdict.
pub struct Waiting {
    windows: Arc<dyn DisputeWindows>,
}

impl Waiting {
    /// With each tenant's window.
    #[must_use]
    pub fn new(windows: Arc<dyn DisputeWindows>) -> Self {
        Self { windows }
    }

    fn charge(
        &self,
        tenant: TenantId,
        trip: TripId,
        ended: &TripEnded,
        world: &mut dyn Lookup,
    ) -> Result<Vec<Act>, StoreError> {
        let bid = BidId::from_uuid(trip.uuid());
        let booked = world.payment(payment_of(bid))?;
        let (TripEnd::Delivered, Some(price), Some(terms)) =
            (ended.end, ended.detention, booked.as_ref().and_then(|payment| payment.terms()))
        else {
            return Ok(Vec::new());
        };
        let request = PaymentRequest {
            shipment: terms.shipment,
            bid,
            shipper: terms.shipper,
            carrier: terms.carrier,
            price,
            purpose: PaymentPurpose::Detention,
        };
        let window = self.windows.dispute_window(tenant);
        let mut commands = vec![PaymentCommand::Request(request), PaymentCommand::ScheduleRelease { window }];
        let state = world.shipment(ended.shipment)?;
        if state.is_some_and(|shipment| shipment.status == ShipmentStatus::Disputed) {
            commands.push(PaymentCommand::Dispute);
        }
        Ok(commands.into_iter().map(|command| Act::command::<Payment>(detention_of(bid), command)).collect())
    }
}

impl Saga for Waiting {
    fn answer(
        &self,
        tenant: TenantId,
        happened: Happened<'_>,
        world: &mut dyn Lookup,
    ) -> Result<Vec<Act>, StoreError> {
        let command = match happened {
            Happened::Trip(trip, TripEvent::Ended(ended)) => return self.charge(tenant, trip, ended, world),
            Happened::Shipment(shipment, ShipmentEvent::StatusChanged(changed)) => match changed.to {
                ShipmentStatus::Disputed => {
                    charged(shipment, world)?.map(|(payment, _)| (payment, PaymentCommand::Dispute))
                }
                ShipmentStatus::Completed => charged(shipment, world)?
                    .filter(|(_, state)| state.is_disputed())
                    .map(|(payment, _)| (payment, PaymentCommand::Resolve { verdict: Verdict::Carrier })),
                _ => None,
            },
            Happened::Payment(payment, PaymentEvent::DisputeResolved(resolved)) => {
                follow(payment, resolved, world)?
            }
            _ => None,
        };
        Ok(command.map(|(payment, command)| Act::command::<Payment>(payment, command)).into_iter().collect())
    }
}

/// What the waiting of a shipment's booking is paid by, if it is.
fn charged(
    shipment: ShipmentId,
    world: &mut dyn Lookup,
) -> Result<Option<(PaymentId, Arc<Payment>)>, StoreError> {
    let Some(payment) = booked_bid(shipment, world)?.map(detention_of) else { return Ok(None) };
    Ok(world.payment(payment)?.map(|state| (payment, state)))
}

/// The verdict over the price settles the waiting too.
fn follow(
    payment: PaymentId,
    resolved: &DisputeResolved,
    world: &mut dyn Lookup,
) -> Result<Option<(PaymentId, PaymentCommand)>, StoreError> {
    if is_for_waiting(payment, world)? {
        return Ok(None);
    }
    let verdict = match Verdict::from(resolved) {
        Verdict::Shipper => Verdict::Shipper,
        Verdict::Carrier | Verdict::Split { .. } => Verdict::Carrier,
    };
    let frozen = charged(resolved.shipment, world)?.filter(|(_, state)| state.is_disputed());
    Ok(frozen.map(|(waiting, _)| (waiting, PaymentCommand::Resolve { verdict })))
}

/// Whether a payment is for waiting: what becomes of it is nothing to the shipment.
pub(super) fn is_for_waiting(payment: PaymentId, world: &mut dyn Lookup) -> Result<bool, StoreError> {
    let state = world.payment(payment)?;
    let terms = state.as_ref().and_then(|payment| payment.terms());
    Ok(terms.is_some_and(|terms| terms.purpose == PaymentPurpose::Detention))
}

#[cfg(test)]
mod tests {
    use crate::sagas::rehearsal::{Rehearsal, WINDOW, rehearse};
    use contracts::{payment::PaymentStatus, shipment::ShipmentStatus};
    use kernel::Money;
    use market::agents::ShipmentCommand;
    use money::agents::payment::{PaymentCommand, Verdict};
    use std::time::Duration;

    /// What an hour and a half at a stop costs.
    const DUE: i64 = 2_500;

    fn deliver_late(rehearsal: &mut Rehearsal) {
        rehearsal.book();
        rehearsal.deliver();
        rehearsal.end_trip(Money::new(DUE, kernel::Currency::EUR));
    }

    #[test]
    fn whatever_fails_waiting_is_paid_once_and_without_commission() {
        let wait = |rehearsal: &mut Rehearsal| {
            deliver_late(rehearsal);
            rehearsal.turn(WINDOW + Duration::from_secs(3600));
        };
        rehearse(wait, |after| {
            assert_eq!(after.payments(), [PaymentStatus::Released]);
            assert_eq!(after.waiting(), Some(PaymentStatus::Released));
            assert_eq!(after.paid_to_carriers(), 69_700 + DUE);
            assert_eq!((after.balance("escrow"), after.balance("platform_commission")), (0, -12_300));
            assert_eq!(after.shipment().status, ShipmentStatus::Completed);
        });
    }

    #[test]
    fn whatever_fails_waiting_lies_in_escrow_until_the_window_ends() {
        let wait = |rehearsal: &mut Rehearsal| {
            deliver_late(rehearsal);
            rehearsal.turn(WINDOW - Duration::from_secs(60));
        };
        rehearse(wait, |after| {
            assert_eq!(after.waiting(), Some(PaymentStatus::Held));
            assert_eq!(after.balance("escrow"), -82_000 - DUE);
        });
    }

    #[test]
    fn whatever_fails_a_dispute_holds_the_waiting_and_its_verdict_settles_it() {
        let split = Verdict::Split { carrier_part: Money::euros(300, 0) };
        for (verdict, status, to_carrier) in [
            (Verdict::Carrier, PaymentStatus::Released, 69_700 + DUE),
            (Verdict::Shipper, PaymentStatus::Refunded, 0),
            (split, PaymentStatus::Released, 30_000 + DUE),
        ] {
            let settle = |rehearsal: &mut Rehearsal| {
                deliver_late(rehearsal);
                rehearsal.turn(Duration::from_secs(3600));
                rehearsal.ask(ShipmentCommand::Dispute);
                rehearsal.turn(WINDOW * 2);
                if !rehearsal.may_differ() {
                    assert_eq!(rehearsal.waiting(), Some(PaymentStatus::Disputed));
                }
                rehearsal.ask_payments(&PaymentCommand::Resolve { verdict });
            };
            rehearse(settle, |after| {
                assert_eq!(after.waiting(), Some(status));
                assert_eq!(after.paid_to_carriers(), to_carrier);
                assert_eq!(after.shipment().status, ShipmentStatus::Completed);
            });
        }
    }

    #[test]
    fn whatever_fails_the_waiting_of_a_shipment_that_is_disputed_already_is_frozen_too() {
        let late = |rehearsal: &mut Rehearsal| {
            rehearsal.book();
            rehearsal.deliver();
            rehearsal.ask(ShipmentCommand::Dispute);
            rehearsal.end_trip(Money::new(DUE, kernel::Currency::EUR));
            rehearsal.turn(WINDOW * 2);
        };
        rehearse(late, |after| {
            assert_eq!(after.waiting(), Some(PaymentStatus::Disputed));
            assert_eq!(after.balance("escrow"), -82_000 - DUE);
        });
    }
}
