//! Which accounts each movement of a payment's money touches.
//!
//! | reason | debit | credit |
//! |---|---|---|
//! | `held` | gateway_clearing: price | escrow: price |
//! | `earned` | escrow: price | carrier_payable: carrier's part; platform_commission: commission |
//! | `detention` | escrow: waiting fee | carrier_payable: waiting fee |
//! | `paid_out` | carrier_payable: carrier's part | gateway_clearing: carrier's part |
//! | `returned` | escrow: price | shipper_refundable: price less fee; carrier_payable: fee |
//! | `refunded` | shipper_refundable: price less fee | gateway_clearing: price less fee |
//! | `fee_paid` | carrier_payable: fee | gateway_clearing: fee |

use super::{Terms, detention_of, payment_of};
use contracts::{
    ledger::{Account, Entry, Posting, PostingReason},
    payment::{PaymentEvent, PaymentPurpose, Transfer},
};
use kernel::{Money, Refusal};

pub(super) fn held(terms: &Terms) -> Result<PaymentEvent, Refusal> {
    let entries =
        [Entry::debit(Account::GatewayClearing, terms.amount), Entry::credit(escrow_of(terms), terms.amount)];
    post(terms, PostingReason::Held, entries)
}

pub(super) fn earned(terms: &Terms) -> Result<PaymentEvent, Refusal> {
    let entries = [
        Entry::debit(escrow_of(terms), terms.amount),
        Entry::credit(Account::CarrierPayable(terms.carrier), terms.carrier_amount),
        Entry::credit(Account::PlatformCommission, terms.commission),
    ];
    let reason = match terms.purpose {
        PaymentPurpose::Booking => PostingReason::Earned,
        PaymentPurpose::Detention => PostingReason::Detention,
    };
    post(terms, reason, entries)
}

pub(super) fn returned(terms: &Terms, refunded: Money, fee: Money) -> Result<PaymentEvent, Refusal> {
    let entries = [
        Entry::debit(escrow_of(terms), terms.amount),
        Entry::credit(Account::ShipperRefundable(terms.shipper), refunded),
        Entry::credit(Account::CarrierPayable(terms.carrier), fee),
    ];
    post(terms, PostingReason::Returned, entries)
}

/// The gateway moved money out.
pub(super) fn transferred(terms: &Terms, transfer: Transfer, amount: Money) -> Result<PaymentEvent, Refusal> {
    let (reason, account) = match transfer {
        Transfer::Payout => (PostingReason::PaidOut, Account::CarrierPayable(terms.carrier)),
        Transfer::Refund => (PostingReason::Refunded, Account::ShipperRefundable(terms.shipper)),
        Transfer::Fee => (PostingReason::FeePaid, Account::CarrierPayable(terms.carrier)),
    };
    post(terms, reason, [Entry::debit(account, amount), Entry::credit(Account::GatewayClearing, amount)])
}

fn escrow_of(terms: &Terms) -> Account {
    Account::Escrow(match terms.purpose {
        PaymentPurpose::Booking => payment_of(terms.bid),
        PaymentPurpose::Detention => detention_of(terms.bid),
    })
}

fn post<const N: usize>(
    terms: &Terms,
    reason: PostingReason,
    entries: [Entry; N],
) -> Result<PaymentEvent, Refusal> {
    Posting::balanced(reason, terms.amount.currency, entries)
        .map(PaymentEvent::from)
        .map_err(|error| Refusal::conflict("ledger.posting_refused", error.to_string()))
}
