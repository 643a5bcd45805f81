//! Turns what a payment wants of the gateway into effects.

use crate::effects::{HOLD, HoldCall, PAY_OUT, REFUND, TransferCall};
use contracts::payment::{PaymentEvent, Transfer};
use kernel::PaymentId;
use runtime::{Act, Reactor, Recorded, World};
use store::StoreError;

/// Asks the gateway for holds, payouts and refunds.
#[derive(Debug, Clone, Copy, Default)]
pub struct GatewayCalls;

impl Reactor for GatewayCalls {
    fn name(&self) -> &'static str {
        "payment_gateway_calls"
    }

    fn listens(&self) -> &'static [&'static str] {
        &["payment.requested", "payment.transfer_started"]
    }

    fn react(&self, event: &Recorded, _world: &mut World<'_>) -> Result<Vec<Act>, StoreError> {
        let (Some(payment), Some(happened)) = (event.id::<PaymentId>(), event.of::<PaymentEvent>()) else {
            return Ok(Vec::new());
        };
        Ok(call_for(payment, happened)?.into_iter().collect())
    }
}

/// The call that an event asks for, if it asks for one.
///
/// # Errors
/// [`StoreError::Defect`] when the call cannot be written as JSON.
pub fn call_for(payment: PaymentId, event: &PaymentEvent) -> Result<Option<Act>, StoreError> {
    let (kind, payload) = match event {
        PaymentEvent::Requested(requested) => {
            let call = HoldCall { payment, payer: requested.shipper, amount: requested.amount };
            (HOLD, serde_json::to_string(&call))
        }
        PaymentEvent::TransferStarted(started) => {
            let call = TransferCall {
                payment,
                transfer: started.transfer,
                payee: started.payee,
                amount: started.amount,
                hold_reference: started.gateway_reference.clone(),
            };
            let kind = if started.transfer == Transfer::Refund { REFUND } else { PAY_OUT };
            (kind, serde_json::to_string(&call))
        }
        _ => return Ok(None),
    };
    let payload = payload.map_err(|error| StoreError::Defect(error.to_string()))?;
    Ok(Some(Act::Effect { kind, payload }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::payment::{PaymentHeld, TransferStarted};
    use kernel::{Money, OrganisationId, ShipmentId, TypedId, Uuid};

    fn started(transfer: Transfer) -> PaymentEvent {
        TransferStarted {
            shipment: ShipmentId::from_uuid(Uuid::from_u128(1)),
            transfer,
            amount: Money::euros(697, 0),
            fee: None,
            payee: OrganisationId::from_uuid(Uuid::from_u128(2)),
            gateway_reference: "hold-1".to_owned(),
            attempt: 1,
        }
        .into()
    }

    fn kind_of(event: &PaymentEvent) -> Option<(&'static str, String)> {
        match call_for(PaymentId::from_uuid(Uuid::from_u128(3)), event).unwrap() {
            Some(Act::Effect { kind, payload }) => Some((kind, payload)),
            _ => None,
        }
    }

    #[test]
    fn each_transfer_is_asked_of_the_right_side_of_the_gateway() {
        for (transfer, kind) in
            [(Transfer::Payout, PAY_OUT), (Transfer::Fee, PAY_OUT), (Transfer::Refund, REFUND)]
        {
            let (asked, payload) = kind_of(&started(transfer)).unwrap();
            assert_eq!(asked, kind);
            let call: TransferCall = serde_json::from_str(&payload).unwrap();
            assert_eq!(
                (call.transfer, call.amount.minor, call.hold_reference.as_str()),
                (transfer, 69_700, "hold-1")
            );
        }
    }

    #[test]
    fn what_asks_nothing_calls_nothing() {
        let shipment = ShipmentId::from_uuid(Uuid::from_u128(1));
        let held = PaymentHeld { shipment, gateway_reference: "hold-1".to_owned() };
        assert_eq!(kind_of(&held.into()), None);
    }
}
