//! The ledger's language: accounts, entries and postings that cannot be unbalanced (design, section 5).
//!
//! An account is (tenant, owner, kind, currency); the tenant is the event's, the currency the posting's. A positive
//! amount is a debit, a negative one a credit, so that a posting balances when its entries sum to zero. Because every
//! posting balances, so does the sum of all accounts at every position of the log.

use kernel::{Currency, Money, OrganisationId, PaymentId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// A posting moves money between at most so many accounts.
pub const ENTRIES_MAX: usize = 8;

/// One account of a tenant's ledger: its kind and, where there is one for each, its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Account {
    /// What lies with the payment gateway: an asset of the platform.
    GatewayClearing,
    /// What one payment keeps safe until delivery: owed to its shipper or its carrier, as it turns out.
    Escrow(PaymentId),
    /// What is owed to a carrier and not yet paid out.
    CarrierPayable(OrganisationId),
    /// What is owed back to a shipper and not yet given back.
    ShipperRefundable(OrganisationId),
    /// What the platform earned.
    PlatformCommission,
}

impl Account {
    /// The names of all kinds, as on the wire and in views.
    pub const KINDS: [&'static str; 5] =
        ["gateway_clearing", "escrow", "carrier_payable", "shipper_refundable", "platform_commission"];

    /// The kind's name.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::GatewayClearing => Self::KINDS[0],
            Self::Escrow(_) => Self::KINDS[1],
            Self::CarrierPayable(_) => Self::KINDS[2],
            Self::ShipperRefundable(_) => Self::KINDS[3],
            Self::PlatformCommission => Self::KINDS[4],
        }
    }

    /// The owner's id, or `platform`.
    #[must_use]
    pub fn owner(self) -> String {
        match self {
            Self::GatewayClearing | Self::PlatformCommission => "platform".to_owned(),
            Self::Escrow(payment) => payment.to_string(),
            Self::CarrierPayable(organisation) | Self::ShipperRefundable(organisation) => {
                organisation.to_string()
            }
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GatewayClearing | Self::PlatformCommission => f.write_str(self.kind()),
            Self::Escrow(payment) => write!(f, "{}:{payment}", self.kind()),
            Self::CarrierPayable(organisation) | Self::ShipperRefundable(organisation) => {
                write!(f, "{}:{organisation}", self.kind())
            }
        }
    }
}

/// A text that names no account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an account such as `gateway_clearing` or `escrow:pay_...`")]
pub struct InvalidAccount;

impl FromStr for Account {
    type Err = InvalidAccount;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, owner) = text.split_once(':').map_or((text, None), |(kind, owner)| (kind, Some(owner)));
        match (kind, owner) {
            ("gateway_clearing", None) => Ok(Self::GatewayClearing),
            ("platform_commission", None) => Ok(Self::PlatformCommission),
            ("escrow", Some(id)) => id.parse().map(Self::Escrow).map_err(|_| InvalidAccount),
            ("carrier_payable", Some(id)) => id.parse().map(Self::CarrierPayable).map_err(|_| InvalidAccount),
            ("shipper_refundable", Some(id)) => {
                id.parse().map(Self::ShipperRefundable).map_err(|_| InvalidAccount)
            }
            _ => Err(InvalidAccount),
        }
    }
}

impl Serialize for Account {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// One side of a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Which account.
    pub account: Account,
    /// Minor units of the posting's currency: positive is a debit, negative a credit, never 0.
    pub amount_minor: i64,
}

impl Entry {
    /// Adds to what the account holds or takes from what it owes.
    #[must_use]
    pub const fn debit(account: Account, amount: Money) -> Self {
        Self { account, amount_minor: amount.minor }
    }

    /// Takes from what the account holds or adds to what it owes.
    #[must_use]
    pub const fn credit(account: Account, amount: Money) -> Self {
        Self { account, amount_minor: -amount.minor }
    }
}

/// What a posting is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostingReason {
    /// The gateway holds the price: it is in escrow.
    Held,
    /// The dispute window ended: the carrier and the platform earned their parts.
    Earned,
    /// The gateway paid the carrier.
    PaidOut,
    /// The booking fell: the shipper is owed its money, the carrier a fee where one is due.
    Returned,
    /// The gateway gave the shipper its money back.
    Refunded,
    /// The gateway paid the carrier its cancellation fee.
    FeePaid,
    /// The dispute window ended: the carrier earned what its truck waited.
    Detention,
}

impl PostingReason {
    /// The wire and view name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Earned => "earned",
            Self::PaidOut => "paid_out",
            Self::Returned => "returned",
            Self::Refunded => "refunded",
            Self::FeePaid => "fee_paid",
            Self::Detention => "detention",
        }
    }
}

/// Why entries are not a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostingError {
    /// They do not sum to zero.
    #[error("the entries sum to {0} minor units instead of 0")]
    Unbalanced(i128),
    /// No money moves.
    #[error("a posting needs entries that move money")]
    Empty,
    /// More than [`ENTRIES_MAX`].
    #[error("a posting has at most {ENTRIES_MAX} entries")]
    TooMany,
}

/// Entries that sum to zero; there is no other way to make one, not even by reading it from the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Posting {
    reason: PostingReason,
    currency: Currency,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Unchecked {
    reason: PostingReason,
    currency: Currency,
    entries: Vec<Entry>,
}

impl TryFrom<Unchecked> for Posting {
    type Error = PostingError;

    fn try_from(raw: Unchecked) -> Result<Self, Self::Error> {
        Self::balanced(raw.reason, raw.currency, raw.entries)
    }
}

impl Posting {
    /// Entries of one currency as a posting. Entries of 0 are left out.
    ///
    /// # Errors
    /// [`PostingError`].
    pub fn balanced(
        reason: PostingReason,
        currency: Currency,
        entries: impl IntoIterator<Item = Entry>,
    ) -> Result<Self, PostingError> {
        let entries: Vec<Entry> = entries.into_iter().filter(|entry| entry.amount_minor != 0).collect();
        if entries.is_empty() {
            return Err(PostingError::Empty);
        }
        if entries.len() > ENTRIES_MAX {
            return Err(PostingError::TooMany);
        }
        match entries.iter().map(|entry| i128::from(entry.amount_minor)).sum() {
            0 => Ok(Self { reason, currency, entries }),
            sum => Err(PostingError::Unbalanced(sum)),
        }
    }

    /// What it is for.
    #[must_use]
    pub const fn reason(&self) -> PostingReason {
        self.reason
    }

    /// The currency of all its entries.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Its entries, which sum to zero.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TypedId, Uuid};

    fn escrow() -> Account {
        Account::Escrow(PaymentId::from_uuid(Uuid::from_u128(7)))
    }

    #[test]
    fn an_unbalanced_posting_cannot_be_made() {
        let one_cent_short = [
            Entry::debit(Account::GatewayClearing, Money::euros(820, 0)),
            Entry::credit(escrow(), Money::euros(819, 99)),
        ];
        let refused = Posting::balanced(PostingReason::Held, Currency::EUR, one_cent_short);
        assert_eq!(refused, Err(PostingError::Unbalanced(1)));
    }

    #[test]
    fn an_unbalanced_posting_cannot_be_read() {
        let posting = Posting::balanced(
            PostingReason::Held,
            Currency::EUR,
            [
                Entry::debit(Account::GatewayClearing, Money::euros(8, 20)),
                Entry::credit(escrow(), Money::euros(8, 20)),
            ],
        )
        .unwrap();
        let json = serde_json::to_string(&posting).unwrap();
        assert_eq!(serde_json::from_str::<Posting>(&json).unwrap(), posting);
        let altered = json.replace("-820", "-819");
        assert!(serde_json::from_str::<Posting>(&altered).is_err(), "{altered}");
    }

    #[test]
    fn sums_beyond_64_bits_do_not_wrap_around() {
        let entries = [i64::MAX, i64::MAX, 2].map(|amount_minor| Entry { account: escrow(), amount_minor });
        let refused = Posting::balanced(PostingReason::Held, Currency::EUR, entries);
        assert_eq!(refused, Err(PostingError::Unbalanced(i128::from(i64::MAX) * 2 + 2)));
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        let nothing = [Entry { account: escrow(), amount_minor: 0 }];
        assert_eq!(Posting::balanced(PostingReason::Held, Currency::EUR, nothing), Err(PostingError::Empty));
        let many = [1_i64; ENTRIES_MAX + 1].map(|amount_minor| Entry { account: escrow(), amount_minor });
        assert_eq!(Posting::balanced(PostingReason::Held, Currency::EUR, many), Err(PostingError::TooMany));
    }

    #[test]
    fn accounts_survive_their_text() {
        let organisation = OrganisationId::from_uuid(Uuid::from_u128(9));
        let all = [
            Account::GatewayClearing,
            escrow(),
            Account::CarrierPayable(organisation),
            Account::ShipperRefundable(organisation),
            Account::PlatformCommission,
        ];
        for account in all {
            assert_eq!(account.to_string().parse(), Ok(account));
            assert!(account.to_string().starts_with(account.kind()));
        }
        for text in ["", "escrow", "escrow:shp_00", "gateway_clearing:org_1", "petty_cash"] {
            assert_eq!(text.parse::<Account>(), Err(InvalidAccount), "{text}");
        }
    }
}
