//! What the API says about money.

use crate::views::{
    ledger::{AccountRow, PostingRow, TrialBalanceRow},
    payments::PaymentRow,
};
use contracts::payment::{PaymentPurpose, PaymentStatus, Transfer};
use edge::wire::WireMoney;
use kernel::{Currency, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where the money of a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WirePaymentStatus {
    /// The gateway has not answered yet.
    Pending,
    /// In escrow.
    Held,
    /// Out of escrow; the gateway is asked to pay the carrier.
    Releasing,
    /// Paid out to the carrier.
    Released,
    /// Out of escrow; the gateway is asked to give it back.
    Refunding,
    /// Given back to the shipper.
    Refunded,
    /// Frozen by a dispute.
    Disputed,
    /// The gateway declined.
    Failed,
}

impl From<PaymentStatus> for WirePaymentStatus {
    fn from(status: PaymentStatus) -> Self {
        match status {
            PaymentStatus::Pending => Self::Pending,
            PaymentStatus::Held => Self::Held,
            PaymentStatus::Releasing => Self::Releasing,
            PaymentStatus::Released => Self::Released,
            PaymentStatus::Refunding => Self::Refunding,
            PaymentStatus::Refunded => Self::Refunded,
            PaymentStatus::Disputed => Self::Disputed,
            PaymentStatus::Failed => Self::Failed,
        }
    }
}

impl From<WirePaymentStatus> for PaymentStatus {
    fn from(status: WirePaymentStatus) -> Self {
        match status {
            WirePaymentStatus::Pending => Self::Pending,
            WirePaymentStatus::Held => Self::Held,
            WirePaymentStatus::Releasing => Self::Releasing,
            WirePaymentStatus::Released => Self::Released,
            WirePaymentStatus::Refunding => Self::Refunding,
            WirePaymentStatus::Refunded => Self::Refunded,
            WirePaymentStatus::Disputed => Self::Disputed,
            WirePaymentStatus::Failed => Self::Failed,
        }
    }
}

/// How a dispute is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisputeVerdict {
    /// The carrier is paid as agreed, less the commission.
    Release,
    /// The shipper gets everything back.
    Refund,
    /// The carrier gets `carrier_part`, the shipper the rest.
    Split,
}

/// Settles a dispute.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolvePayment {
    /// Who gets the money.
    pub verdict: DisputeVerdict,
    /// With `split`: what the carrier gets, more than nothing and less than the price.
    pub carrier_part: Option<WireMoney>,
}

/// What the gateway is being asked to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireTransfer {
    /// The carrier's part, to the carrier.
    Payout,
    /// The price less a fee, to the shipper.
    Refund,
    /// The cancellation fee, to the carrier.
    Fee,
}

impl From<Transfer> for WireTransfer {
    fn from(transfer: Transfer) -> Self {
        match transfer {
            Transfer::Payout => Self::Payout,
            Transfer::Refund => Self::Refund,
            Transfer::Fee => Self::Fee,
        }
    }
}

/// What a payment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WirePaymentPurpose {
    /// The price of a booking.
    Booking,
    /// What the truck waited at its stops beyond the free 30 minutes of a visit: on top of the price, without commission,
    /// asked for when the trip has ended with the proof of delivery.
    Detention,
}

impl From<PaymentPurpose> for WirePaymentPurpose {
    fn from(purpose: PaymentPurpose) -> Self {
        match purpose {
            PaymentPurpose::Booking => Self::Booking,
            PaymentPurpose::Detention => Self::Detention,
        }
    }
}

/// A payment for a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WirePayment {
    /// The payment.
    #[schema(example = "pay_01890a5d0000700080000000000000aa")]
    pub id: String,
    /// The shipment.
    pub shipment_id: String,
    /// The booked bid.
    pub bid_id: String,
    /// What for.
    pub purpose: WirePaymentPurpose,
    /// The organisation that pays.
    pub shipper_id: String,
    /// The organisation that is paid.
    pub carrier_id: String,
    /// Where the money stands.
    pub status: WirePaymentStatus,
    /// The whole price.
    pub amount: WireMoney,
    /// The platform's part, inside the price; nothing once the money goes back.
    pub commission: WireMoney,
    /// The carrier's part: amount less commission; once the money goes back, the cancellation fee or its part of a split.
    pub carrier_amount: WireMoney,
    /// What went back to the shipper.
    pub refunded: WireMoney,
    /// What of it the carrier gets as a cancellation fee.
    pub cancellation_fee: WireMoney,
    /// Why the gateway last refused something, as a stable code.
    pub reason: Option<String>,
    /// What the gateway is being asked to move and has not confirmed.
    pub transfer: Option<WireTransfer>,
    /// When the booking asked for it.
    #[schema(format = DateTime)]
    pub requested_at: String,
    /// Since when the gateway is known to be slow.
    #[schema(format = DateTime)]
    pub delayed_at: Option<String>,
    /// Since when it is held.
    #[schema(format = DateTime)]
    pub held_at: Option<String>,
    /// When it is released unless disputed; absent before delivery.
    #[schema(format = DateTime)]
    pub release_at: Option<String>,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

impl From<PaymentRow> for WirePayment {
    fn from(row: PaymentRow) -> Self {
        Self {
            id: row.id.to_string(),
            shipment_id: row.shipment.to_string(),
            bid_id: row.bid.to_string(),
            purpose: row.purpose.into(),
            shipper_id: row.shipper.to_string(),
            carrier_id: row.carrier.to_string(),
            status: row.status.into(),
            amount: row.amount.into(),
            commission: row.commission.into(),
            carrier_amount: row.carrier_amount.into(),
            refunded: row.refunded.into(),
            cancellation_fee: row.fee.into(),
            reason: row.reason,
            transfer: row.transfer.map(Into::into),
            requested_at: row.requested_at.to_string(),
            delayed_at: row.delayed_at.map(|at| at.to_string()),
            held_at: row.held_at.map(|at| at.to_string()),
            release_at: row.release_at.map(|at| at.to_string()),
            updated_at: row.updated_at.to_string(),
        }
    }
}

/// The kinds of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WireAccountKind {
    /// What lies with the payment gateway.
    GatewayClearing,
    /// What a payment keeps safe until delivery.
    Escrow,
    /// What is owed to a carrier.
    CarrierPayable,
    /// What is owed back to a shipper.
    ShipperRefundable,
    /// What the platform earned.
    PlatformCommission,
}

impl WireAccountKind {
    /// The name in the ledger.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GatewayClearing => "gateway_clearing",
            Self::Escrow => "escrow",
            Self::CarrierPayable => "carrier_payable",
            Self::ShipperRefundable => "shipper_refundable",
            Self::PlatformCommission => "platform_commission",
        }
    }
}

/// One entry of a posting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WirePosting {
    /// The payment that moved.
    pub payment_id: String,
    /// The posting's place in the payment's events; the entries that share both are one posting and sum to zero.
    pub version: i64,
    /// The entry's place in the posting, from 0.
    pub line: i64,
    /// The account's kind.
    pub kind: String,
    /// The account's owner: an id or `platform`.
    pub owner: String,
    /// A positive amount is a debit, a negative one a credit.
    pub amount: WireMoney,
    /// What for.
    #[schema(example = "held")]
    pub reason: String,
    /// When.
    #[schema(format = DateTime)]
    pub posted_at: String,
}

impl From<PostingRow> for WirePosting {
    fn from(row: PostingRow) -> Self {
        Self {
            payment_id: row.payment.to_string(),
            version: row.version,
            line: row.line,
            kind: row.kind,
            owner: row.owner,
            amount: row.amount.into(),
            reason: row.reason,
            posted_at: row.posted_at.to_string(),
        }
    }
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WireAccount {
    /// The kind.
    pub kind: String,
    /// The owner: an id or `platform`.
    pub owner: String,
    /// Positive is a debit balance, negative a credit balance.
    pub balance: WireMoney,
}

impl From<AccountRow> for WireAccount {
    fn from(row: AccountRow) -> Self {
        Self { kind: row.kind, owner: row.owner, balance: row.balance.into() }
    }
}

/// All accounts of one kind and currency together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WireTrialBalanceLine {
    /// The kind.
    pub kind: String,
    /// ISO 4217.
    pub currency: String,
    /// How many accounts of it there are.
    pub accounts: i64,
    /// The sum of the debit balances.
    pub debit: WireMoney,
    /// The sum of the credit balances.
    pub credit: WireMoney,
    /// Debit less credit.
    pub balance: WireMoney,
}

/// All accounts of one currency together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WireTrialBalanceTotal {
    /// ISO 4217.
    pub currency: String,
    /// The sum of the debit balances.
    pub debit: WireMoney,
    /// The sum of the credit balances: as much.
    pub credit: WireMoney,
    /// Debit less credit: zero.
    pub balance: WireMoney,
}

/// A tenant's trial balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WireTrialBalance {
    /// A line for each kind and currency.
    pub accounts: Vec<WireTrialBalanceLine>,
    /// A line for each currency.
    pub totals: Vec<WireTrialBalanceTotal>,
}

impl From<Vec<TrialBalanceRow>> for WireTrialBalance {
    fn from(rows: Vec<TrialBalanceRow>) -> Self {
        let mut totals: Vec<(Currency, i64, i64)> = Vec::new();
        for row in &rows {
            let currency = row.debit.currency;
            match totals.iter_mut().find(|(known, ..)| *known == currency) {
                Some((_, debit, credit)) => {
                    *debit = debit.saturating_add(row.debit.minor);
                    *credit = credit.saturating_add(row.credit.minor);
                }
                None => totals.push((currency, row.debit.minor, row.credit.minor)),
            }
        }
        Self {
            accounts: rows.into_iter().map(trial_balance_line).collect(),
            totals: totals.into_iter().map(trial_balance_total).collect(),
        }
    }
}

fn trial_balance_line(row: TrialBalanceRow) -> WireTrialBalanceLine {
    let balance = Money::new(row.debit.minor.saturating_sub(row.credit.minor), row.debit.currency);
    WireTrialBalanceLine {
        kind: row.kind,
        currency: row.debit.currency.code().to_owned(),
        accounts: row.accounts,
        debit: row.debit.into(),
        credit: row.credit.into(),
        balance: balance.into(),
    }
}

fn trial_balance_total((currency, debit, credit): (Currency, i64, i64)) -> WireTrialBalanceTotal {
    WireTrialBalanceTotal {
        currency: currency.code().to_owned(),
        debit: Money::new(debit, currency).into(),
        credit: Money::new(credit, currency).into(),
        balance: Money::new(debit.saturating_sub(credit), currency).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::ledger::Account;

    #[test]
    fn the_wire_knows_every_kind_of_account_and_every_status() {
        for kind in Account::KINDS {
            let wire: WireAccountKind = serde_json::from_value(kind.into()).unwrap();
            assert_eq!(wire.name(), kind);
        }
        for status in PaymentStatus::ALL {
            let wire: WirePaymentStatus = serde_json::from_value(status.name().into()).unwrap();
            assert_eq!((PaymentStatus::from(wire), WirePaymentStatus::from(status)), (status, wire));
        }
    }

    #[test]
    fn a_trial_balance_totals_each_currency_by_itself() {
        let line = |kind: &str, code, debit, credit| {
            let currency = Currency::from_code(code).unwrap();
            let (debit, credit) = (Money::new(debit, currency), Money::new(credit, currency));
            TrialBalanceRow { kind: kind.to_owned(), accounts: 1, debit, credit }
        };
        let rows = vec![
            line("gateway_clearing", "EUR", 12_300, 0),
            line("platform_commission", "EUR", 0, 12_300),
            line("escrow", "JPY", 0, 500),
            line("gateway_clearing", "JPY", 500, 0),
        ];
        let balance = serde_json::to_value(WireTrialBalance::from(rows)).unwrap();
        // The order of keys depends on what else is compiled; the test is about names and values.
        let mut settings = insta::Settings::clone_current();
        settings.set_sort_maps(true);
        let _sorted = settings.bind_to_scope();
        insta::assert_json_snapshot!(balance["totals"], @r#"
        [
          {
            "balance": {
              "amount": "0.00",
              "currency": "EUR"
            },
            "credit": {
              "amount": "123.00",
              "currency": "EUR"
            },
            "currency": "EUR",
            "debit": {
              "amount": "123.00",
              "currency": "EUR"
            }
          },
          {
            "balance": {
              "amount": "0",
              "currency": "JPY"
            },
            "credit": {
              "amount": "500",
              "currency": "JPY"
            },
            "currency": "JPY",
            "debit": {
              "amount": "500",
              "currency": "JPY"
            }
          }
        ]
        "#);
        assert_eq!(balance["accounts"][1]["balance"]["amount"], "-123.00");
    }
}
