//! The payment's decisions.

use super::{Course, Hold, Payment, PaymentCommand, PaymentRequest, Terms, Verdict, postings};
use crate::price_split::PriceSplit;
use contracts::payment::{
    DisputeResolved, FeePaid, Party, PaymentDelayed, PaymentDisputed, PaymentEvent, PaymentFailed,
    PaymentHeld, PaymentPurpose, PaymentRefunded, PaymentReleased, PaymentRequested, RefundRequested,
    ReleaseScheduled, Transfer, TransferDeclined, TransferStarted,
};
use kernel::{Money, Refusal, Timestamp};
use std::time::Duration;

type Decision = Result<Vec<PaymentEvent>, Refusal>;

pub(super) fn decide(payment: &Payment, command: &PaymentCommand, now: Timestamp) -> Decision {
    let Some(terms) = &payment.terms else {
        return match command {
            PaymentCommand::Request(request) => first_request(request),
            _ => Err(Refusal::not_found("payment.unknown", "there is no such payment")),
        };
    };
    match command {
        PaymentCommand::Request(request) => repeated_request(terms, request),
        PaymentCommand::Held { reference } => hold(payment, terms, reference, now),
        PaymentCommand::Declined { reason } => decline(payment, terms, reason),
        PaymentCommand::GatewayDelayed => delay(payment, terms),
        PaymentCommand::ScheduleRelease { window } => schedule(payment, terms, *window, now),
        PaymentCommand::Release => release(payment, terms, now),
        PaymentCommand::Refund { fee } => refund(payment, terms, *fee),
        PaymentCommand::Dispute => dispute(payment, terms),
        PaymentCommand::Resolve { verdict } => resolve(payment, terms, *verdict),
        PaymentCommand::TransferDone { transfer, reference } => {
            transfer_done(payment, terms, *transfer, reference)
        }
        PaymentCommand::TransferRefused { transfer, reason } => {
            transfer_refused(payment, terms, *transfer, reason)
        }
        PaymentCommand::RetryTransfer { transfer } => retry(payment, terms, *transfer),
    }
}

fn first_request(request: &PaymentRequest) -> Decision {
    let split = match request.purpose {
        PaymentPurpose::Booking => PriceSplit::of(request.price)?,
        PaymentPurpose::Detention => PriceSplit::whole(request.price)?,
    };
    let requested = PaymentRequested {
        shipment: request.shipment,
        bid: request.bid,
        shipper: request.shipper,
        carrier: request.carrier,
        amount: split.price(),
        commission: split.commission(),
        carrier_amount: split.carrier_amount(),
        purpose: request.purpose,
    };
    Ok(vec![requested.into()])
}

fn repeated_request(terms: &Terms, request: &PaymentRequest) -> Decision {
    let PaymentRequest { shipment, bid, shipper, carrier, price, purpose } = *request;
    let known = (terms.shipment, terms.bid, terms.shipper, terms.carrier, terms.amount, terms.purpose);
    if known == (shipment, bid, shipper, carrier, price, purpose) {
        Ok(Vec::new())
    } else {
        Err(Refusal::conflict("payment.other_terms", "the booking's payment was requested on other terms"))
    }
}

fn hold(payment: &Payment, terms: &Terms, reference: &str, now: Timestamp) -> Decision {
    match payment.hold {
        Hold::Held(_) => return Ok(Vec::new()),
        Hold::Declined => {
            return Err(Refusal::conflict("payment.failed", "the gateway has already declined"));
        }
        Hold::Waiting => {}
    }
    let held = PaymentHeld { shipment: terms.shipment, gateway_reference: reference.to_owned() };
    let mut events = vec![held.into(), postings::held(terms)?];
    match &payment.course {
        Course::RefundWanted { fee } => events.extend(give_back(terms, reference, *fee)?),
        _ if payment.is_release_due(now) => events.extend(pay_out(terms, reference)?),
        _ => {}
    }
    Ok(events)
}

fn decline(payment: &Payment, terms: &Terms, reason: &str) -> Decision {
    match payment.hold {
        Hold::Declined => Ok(Vec::new()),
        Hold::Held(_) => {
            Err(Refusal::conflict("payment.already_held", "the gateway already holds the money"))
        }
        Hold::Waiting => {
            Ok(vec![PaymentFailed { shipment: terms.shipment, reason: reason.to_owned() }.into()])
        }
    }
}

fn delay(payment: &Payment, terms: &Terms) -> Decision {
    let waits = payment.hold == Hold::Waiting && !payment.delayed;
    Ok(if waits { vec![PaymentDelayed { shipment: terms.shipment }.into()] } else { Vec::new() })
}

fn schedule(payment: &Payment, terms: &Terms, window: Duration, now: Timestamp) -> Decision {
    if payment.hold == Hold::Declined {
        return Err(Refusal::conflict("payment.failed", "the gateway declined; there is nothing to release"));
    }
    // A settled dispute has already said who gets the money.
    if payment.release_at.is_some() || payment.resolved.is_some() || payment.course != Course::Open {
        return Ok(Vec::new());
    }
    let scheduled = ReleaseScheduled { shipment: terms.shipment, release_at: now.after(window) };
    let mut events = vec![scheduled.into()];
    if let (Hold::Held(reference), true, false) = (&payment.hold, window.is_zero(), payment.disputed) {
        events.extend(pay_out(terms, reference)?);
    }
    Ok(events)
}

fn release(payment: &Payment, terms: &Terms, now: Timestamp) -> Decision {
    match (&payment.hold, &payment.course) {
        (Hold::Declined, _) => Err(Refusal::conflict("payment.failed", "the gateway declined")),
        (_, Course::RefundWanted { .. } | Course::Refunded) => Err(given_back()),
        (_, Course::Moving { transfer: Transfer::Refund | Transfer::Fee, .. }) => Err(given_back()),
        (_, Course::Released | Course::Moving { transfer: Transfer::Payout, .. }) => Ok(Vec::new()),
        _ if payment.disputed => Err(frozen()),
        _ if !payment.is_release_due(now) => {
            Err(Refusal::conflict("payment.not_due", "the dispute window has not ended"))
        }
        (Hold::Held(reference), Course::Open) => pay_out(terms, reference),
        // The hold's own answer releases what is due by then.
        (Hold::Waiting, Course::Open) => Ok(Vec::new()),
    }
}

fn refund(payment: &Payment, terms: &Terms, fee: Option<Money>) -> Decision {
    let fee = fee.unwrap_or(Money::zero(terms.amount.currency));
    check_fee(terms, fee)?;
    match (&payment.hold, &payment.course) {
        (_, Course::Released | Course::Moving { transfer: Transfer::Payout, .. }) => {
            Err(Refusal::conflict("payment.released", "the carrier has been paid"))
        }
        // Declined: there is nothing to give back.
        (Hold::Declined, _) | (_, Course::RefundWanted { .. } | Course::Moving { .. } | Course::Refunded) => {
            Ok(Vec::new())
        }
        _ if payment.disputed => Err(frozen()),
        (hold, Course::Open) => return_or_wait(hold, terms, fee),
    }
}

fn dispute(payment: &Payment, terms: &Terms) -> Decision {
    if payment.disputed {
        return Ok(Vec::new());
    }
    if payment.hold == Hold::Declined {
        return Err(Refusal::conflict("payment.failed", "the gateway declined; there is nothing to freeze"));
    }
    if payment.course != Course::Open {
        return Err(Refusal::conflict("payment.settled", "the money is already on its way or has arrived"));
    }
    Ok(vec![PaymentDisputed { shipment: terms.shipment }.into()])
}

fn resolve(payment: &Payment, terms: &Terms, verdict: Verdict) -> Decision {
    if !payment.disputed {
        return if payment.resolved == Some(verdict) {
            Ok(Vec::new())
        } else {
            Err(Refusal::conflict("payment.not_disputed", "the payment is not under dispute"))
        };
    }
    let (in_favour_of, carrier_part) = match verdict {
        Verdict::Carrier => (Party::Carrier, None),
        Verdict::Shipper => (Party::Shipper, None),
        Verdict::Split { carrier_part } => (Party::Shipper, Some(checked_part(terms, carrier_part)?)),
    };
    let mut events = vec![DisputeResolved { shipment: terms.shipment, in_favour_of, carrier_part }.into()];
    match (&payment.hold, in_favour_of) {
        (hold, Party::Shipper) => {
            let fee = carrier_part.unwrap_or(Money::zero(terms.amount.currency));
            events.extend(return_or_wait(hold, terms, fee)?);
        }
        (Hold::Held(reference), Party::Carrier) => events.extend(pay_out(terms, reference)?),
        (Hold::Waiting | Hold::Declined, Party::Carrier) => {}
    }
    Ok(events)
}

/// A split leaves something to both.
fn checked_part(terms: &Terms, part: Money) -> Result<Money, Refusal> {
    if part.currency != terms.amount.currency {
        let detail = "the carrier's part must be in the price's currency";
        return Err(Refusal::field("carrier_part.currency", "currency_mismatch", detail));
    }
    if part.minor <= 0 || part.minor >= terms.amount.minor {
        let detail = "the carrier's part must be more than nothing and less than the price";
        return Err(Refusal::field("carrier_part.amount", "out_of_range", detail));
    }
    Ok(part)
}

fn transfer_done(payment: &Payment, terms: &Terms, done: Transfer, reference: &str) -> Decision {
    let (amount, fee) = match &payment.course {
        Course::Moving { transfer, amount, fee, .. } if *transfer == done => (*amount, *fee),
        course => return already_over(course, done),
    };
    let shipment = terms.shipment;
    let posted = postings::transferred(terms, done, amount)?;
    let gateway_reference = reference.to_owned();
    let event = match done {
        Transfer::Payout => PaymentReleased {
            shipment,
            carrier_amount: terms.carrier_amount,
            commission: terms.commission,
            gateway_reference,
        }
        .into(),
        Transfer::Fee => FeePaid { shipment, fee: amount, gateway_reference }.into(),
        Transfer::Refund => {
            let fee = fee.unwrap_or(Money::zero(amount.currency));
            let mut events = vec![PaymentRefunded { shipment, refunded: amount, fee }.into(), posted];
            events.extend(pay_fee(payment, terms, fee));
            return Ok(events);
        }
    };
    Ok(vec![event, posted])
}

/// A gateway's answer to a transfer that is not under way: a repetition of one that is over, or an answer to nothing.
fn already_over(course: &Course, done: Transfer) -> Decision {
    match (course, done) {
        (Course::Released, Transfer::Payout)
        | (Course::Refunded, Transfer::Refund | Transfer::Fee)
        | (Course::Moving { transfer: Transfer::Fee, .. }, Transfer::Refund) => Ok(Vec::new()),
        _ => Err(Refusal::conflict("payment.no_transfer", "no such transfer is under way")),
    }
}

fn transfer_refused(payment: &Payment, terms: &Terms, refused: Transfer, reason: &str) -> Decision {
    match &payment.course {
        Course::Moving { transfer, declined, .. } if *transfer == refused => {
            let event =
                TransferDeclined { shipment: terms.shipment, transfer: refused, reason: reason.to_owned() };
            Ok(if *declined { Vec::new() } else { vec![event.into()] })
        }
        _ => Err(Refusal::conflict("payment.no_transfer", "no such transfer is under way")),
    }
}

fn retry(payment: &Payment, terms: &Terms, again: Transfer) -> Decision {
    match (&payment.hold, &payment.course) {
        (Hold::Held(reference), Course::Moving { transfer, amount, fee, attempt, declined: true })
            if *transfer == again =>
        {
            let mut event = start(terms, again, *amount, *fee, reference);
            event.attempt = attempt + 1;
            Ok(vec![event.into()])
        }
        _ => Ok(Vec::new()),
    }
}

fn given_back() -> Refusal {
    Refusal::conflict("payment.refunded", "the money went or goes back to the shipper")
}

fn frozen() -> Refusal {
    Refusal::conflict("payment.disputed", "the money is frozen until the dispute is settled")
}

fn check_fee(terms: &Terms, fee: Money) -> Result<(), Refusal> {
    if fee.currency != terms.amount.currency {
        return Err(Refusal::field("fee", "currency_mismatch", "the fee must be in the price's currency"));
    }
    if (0..=terms.amount.minor).contains(&fee.minor) {
        Ok(())
    } else {
        Err(Refusal::field("fee", "out_of_range", "the fee must be between 0 and the price"))
    }
}

fn return_or_wait(hold: &Hold, terms: &Terms, fee: Money) -> Decision {
    match hold {
        Hold::Held(reference) => give_back(terms, reference, fee),
        Hold::Waiting => Ok(vec![RefundRequested { shipment: terms.shipment, fee }.into()]),
        Hold::Declined => Ok(Vec::new()),
    }
}

fn pay_out(terms: &Terms, reference: &str) -> Decision {
    let started = start(terms, Transfer::Payout, terms.carrier_amount, None, reference);
    Ok(vec![postings::earned(terms)?, started.into()])
}

fn give_back(terms: &Terms, reference: &str, fee: Money) -> Decision {
    let refunded =
        terms.amount.minus(fee).map_err(|error| Refusal::field("fee", "out_of_range", error.to_string()))?;
    let returned = postings::returned(terms, refunded, fee)?;
    if refunded.minor == 0 {
        let nothing_back = PaymentRefunded { shipment: terms.shipment, refunded, fee };
        let started = start(terms, Transfer::Fee, fee, None, reference);
        return Ok(vec![returned, nothing_back.into(), started.into()]);
    }
    let started = start(terms, Transfer::Refund, refunded, Some(fee), reference);
    Ok(vec![returned, started.into()])
}

fn pay_fee(payment: &Payment, terms: &Terms, fee: Money) -> Option<PaymentEvent> {
    match &payment.hold {
        Hold::Held(reference) if fee.minor > 0 => {
            Some(start(terms, Transfer::Fee, fee, None, reference).into())
        }
        _ => None,
    }
}

fn start(
    terms: &Terms,
    transfer: Transfer,
    amount: Money,
    fee: Option<Money>,
    reference: &str,
) -> TransferStarted {
    let payee = match transfer {
        Transfer::Payout | Transfer::Fee => terms.carrier,
        Transfer::Refund => terms.shipper,
    };
    let (shipment, gateway_reference) = (terms.shipment, reference.to_owned());
    TransferStarted { shipment, transfer, amount, fee, payee, gateway_reference, attempt: 1 }
}
