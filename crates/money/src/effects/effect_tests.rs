//! What becomes of a gateway's answers.

use super::*;
use crate::{
    agents::payment::{Payment, PaymentCommand},
    answering_gateway::AnsweringGateway,
};
use contracts::payment::Transfer;
use kernel::{Currency, Money, OrganisationId, PaymentId, TenantId, Timestamp, TypedId, Uuid};
use runtime::{Act, EffectCall, EffectHandler};
use std::{
    future::Future,
    task::{Context, Poll, Waker},
};

fn now<T>(future: impl Future<Output = T>) -> T {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the fake gateway answers at once"),
    }
}

fn payment() -> PaymentId {
    PaymentId::from_uuid(Uuid::from_u128(1))
}

fn call(payload: String) -> EffectCall {
    EffectCall {
        key: "key-1".to_owned(),
        tenant: TenantId::from_uuid(Uuid::from_u128(2)),
        payload,
        attempt: 1,
        now: Timestamp::from_millis(0),
    }
}

fn hold_payload() -> String {
    let payer = OrganisationId::from_uuid(Uuid::from_u128(3));
    serde_json::to_string(&HoldCall { payment: payment(), payer, amount: Money::euros(820, 0) }).unwrap()
}

fn transfer_payload(transfer: Transfer) -> String {
    let call = TransferCall {
        payment: payment(),
        transfer,
        payee: OrganisationId::from_uuid(Uuid::from_u128(3)),
        amount: Money::new(500, Currency::from_code("JPY").unwrap()),
        hold_reference: "hold-1".to_owned(),
    };
    serde_json::to_string(&call).unwrap()
}

/// The command that an outcome sends back, or the reason to try again.
fn result_of(outcome: EffectOutcome) -> Result<PaymentCommand, String> {
    match outcome {
        EffectOutcome::Over(mut acts) => match acts.pop() {
            Some(Act::Command(command)) if acts.is_empty() => {
                let (id, command) = command.of::<Payment>().expect("a command to a payment");
                assert_eq!(id, payment());
                Ok(command.clone())
            }
            _ => panic!("one command was expected"),
        },
        EffectOutcome::Retry(why) => Err(why),
    }
}

#[test]
fn a_hold_is_asked_for_under_the_effects_own_key_and_its_answer_goes_to_the_payment() {
    let gateway = AnsweringGateway::new(Ok("ref-1"));
    let outcome = now(HoldEffect::new(gateway.clone()).call(call(hold_payload())));
    assert_eq!(result_of(outcome), Ok(PaymentCommand::Held { reference: "ref-1".to_owned() }));
    assert_eq!(gateway.asked(), ["hold 820.00 EUR key-1"]);
}

#[test]
fn a_decline_is_final_and_silence_is_not() {
    let declined = AnsweringGateway::new(Err(GatewayError::Declined("card_declined".to_owned())));
    let outcome = now(HoldEffect::new(declined).call(call(hold_payload())));
    assert_eq!(result_of(outcome), Ok(PaymentCommand::Declined { reason: "card_declined".to_owned() }));

    let silent = AnsweringGateway::new(Err(GatewayError::Unavailable("no answer within 5 s".to_owned())));
    let outcome = now(HoldEffect::new(silent).call(call(hold_payload())));
    assert_eq!(result_of(outcome), Err("no answer within 5 s".to_owned()));
}

#[test]
fn each_transfer_goes_through_the_right_door() {
    for (transfer, door) in
        [(Transfer::Payout, "pay_out"), (Transfer::Fee, "pay_out"), (Transfer::Refund, "refund")]
    {
        let gateway = AnsweringGateway::new(Ok("ref-2"));
        let effect = if transfer == Transfer::Refund {
            TransferEffect::refund(gateway.clone())
        } else {
            TransferEffect::pay_out(gateway.clone())
        };
        let outcome = now(effect.call(call(transfer_payload(transfer))));
        let done = PaymentCommand::TransferDone { transfer, reference: "ref-2".to_owned() };
        assert_eq!(result_of(outcome), Ok(done));
        assert_eq!(gateway.asked(), [format!("{door} 500 JPY of hold-1 key-1")]);
    }
}

#[test]
fn a_refused_transfer_is_told_to_the_payment() {
    let gateway = AnsweringGateway::new(Err(GatewayError::Declined("account_closed".to_owned())));
    let outcome = now(TransferEffect::pay_out(gateway).call(call(transfer_payload(Transfer::Payout))));
    let refused =
        PaymentCommand::TransferRefused { transfer: Transfer::Payout, reason: "account_closed".to_owned() };
    assert_eq!(result_of(outcome), Ok(refused));
}

#[test]
fn an_unreadable_payload_asks_the_gateway_nothing() {
    let gateway = AnsweringGateway::new(Ok("ref-1"));
    let outcome = now(HoldEffect::new(gateway.clone()).call(call("{}".to_owned())));
    assert!(result_of(outcome).unwrap_err().starts_with("the payload cannot be read"));
    assert!(gateway.asked().is_empty());
}
