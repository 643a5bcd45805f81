//! The calls to the payment gateway. The gateway that they are given is already behind the guard.

#[cfg(test)]
mod effect_tests;
mod hold;
mod transfer;

pub use hold::{HOLD, HoldCall, HoldEffect};
pub use transfer::{PAY_OUT, REFUND, TransferCall, TransferEffect};

use contracts::ports::{GatewayAnswer, GatewayError};
use runtime::EffectOutcome;

/// The longest reference or reason code of a gateway that is kept, in bytes.
const GATEWAY_TEXT_MAX: usize = 255;

/// How a gateway's answer reads to us.
enum Heard {
    /// Done, under this reference.
    Done(String),
    /// A final no, with this code.
    Declined(String),
    /// Ask again later.
    Later(EffectOutcome),
}

fn hear(answer: Result<GatewayAnswer, GatewayError>) -> Heard {
    match answer {
        Ok(answer) if answer.reference.is_empty() || answer.reference.len() > GATEWAY_TEXT_MAX => {
            Heard::Later(EffectOutcome::Retry("the gateway's reference is empty or too long".to_owned()))
        }
        Ok(answer) => Heard::Done(answer.reference),
        Err(GatewayError::Declined(code)) => Heard::Declined(reason_code(&code)),
        Err(GatewayError::Unavailable(why)) => Heard::Later(EffectOutcome::Retry(why)),
    }
}

/// A gateway's reason goes into the log, so only codes pass; free text, which may name a person, does not.
fn reason_code(code: &str) -> String {
    let is_code = !code.is_empty()
        && code.len() <= GATEWAY_TEXT_MAX
        && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if is_code { code.to_owned() } else { "declined".to_owned() }
}

/// A payload that cannot be read will never be readable: it is left to the dead-letter list.
fn unreadable(error: &serde_json::Error) -> EffectOutcome {
    EffectOutcome::Retry(format!("the payload cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_of_a_gateway_never_becomes_a_reason() {
        assert_eq!(reason_code("card_declined"), "card_declined");
        for text in ["", "Ada Rossi's card was declined", "CARD", &"a".repeat(256)] {
            assert_eq!(reason_code(text), "declined");
        }
    }

    #[test]
    fn an_empty_or_endless_reference_is_no_answer() {
        for reference in [String::new(), "r".repeat(256)] {
            assert!(matches!(hear(Ok(GatewayAnswer { reference })), Heard::Later(EffectOutcome::Retry(_))));
        }
    }
}
