//! Money is integer minor units plus an ISO 4217 currency; rates are decimals; no float touches money (design, section 5).

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// An ISO 4217 currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The euro, the platform's default.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);

    /// The currency of an alphabetic ISO 4217 code in capitals, such as `EUR`.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        iso_currency::Currency::from_code(code).map(Self)
    }

    /// The alphabetic code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Digits after the decimal point (2 for EUR, 0 for JPY).
    #[must_use]
    pub fn digits(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_code(&code).ok_or_else(|| D::Error::custom("not an ISO 4217 currency code"))
    }
}

/// Why an operation on money has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Two amounts of different currencies met.
    #[error("the currencies {0} and {1} do not match")]
    CurrencyMismatch(Currency, Currency),
    /// The result does not fit 64 bits of minor units.
    #[error("the amount is too large")]
    Overflow,
    /// The text is not a decimal number with at most the currency's digits.
    #[error("expected a decimal number with at most {0} digits after the point")]
    InvalidAmount(u32),
}

/// An amount of money in minor units (cents for EUR).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units; negative amounts are debts.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// An amount of minor units.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in a currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Whole and minor euros: `Money::euros(820, 0)` is 820.00 EUR.
    #[must_use]
    pub const fn euros(whole: i64, cents: i64) -> Self {
        Self { minor: whole * 100 + cents, currency: Currency::EUR }
    }

    /// Parses the wire's decimal text, such as `1250.00`; an exponent, a sign `+` or too many digits are refused.
    ///
    /// # Errors
    /// [`MoneyError::InvalidAmount`] or [`MoneyError::Overflow`].
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        let digits = currency.digits();
        let invalid = MoneyError::InvalidAmount(digits);
        let plain = amount.strip_prefix('-').unwrap_or(amount);
        let shape_ok = plain.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && plain.starts_with(|c: char| c.is_ascii_digit())
            && plain.ends_with(|c: char| c.is_ascii_digit());
        if !shape_ok || plain.len() > 30 {
            return Err(invalid);
        }
        let decimal = Decimal::from_str(amount).map_err(|_| invalid)?;
        if decimal.scale() > digits {
            return Err(invalid);
        }
        Self::from_decimal(decimal, currency)
    }

    /// Rounds a decimal of major units half to even.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn from_decimal(major: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let scaled =
            major.checked_mul(Decimal::from(10_i64.pow(currency.digits()))).ok_or(MoneyError::Overflow)?;
        let minor = scaled.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven);
        Ok(Self { minor: minor.to_i64().ok_or(MoneyError::Overflow)?, currency })
    }

    /// The amount in major units.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::from_i128_with_scale(i128::from(self.minor), self.currency.digits())
    }

    /// Adds an amount of the same currency.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Subtracts an amount of the same currency.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::Overflow`].
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Multiplies by a rate and rounds half to even.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn times(self, rate: Rate) -> Result<Self, MoneyError> {
        let product = self.to_decimal().checked_mul(rate.0).ok_or(MoneyError::Overflow)?;
        Self::from_decimal(product, self.currency)
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch(self.currency, other.currency))
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency)
    }
}

/// A decimal rate: a commission of 15 % is `0.15`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rate(pub Decimal);

impl Rate {
    /// A rate in hundredths: `Rate::percent(15)` is 0.15.
    #[must_use]
    pub fn percent(percent: i64) -> Self {
        Self(Decimal::new(percent, 2))
    }

    /// A rate in thousandths: `Rate::permille(1050)` is 1.050.
    #[must_use]
    pub fn permille(permille: i64) -> Self {
        Self(Decimal::new(permille, 3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fifteen_percent_of_820_is_123() {
        let price = Money::parse("820.00", Currency::EUR).unwrap();
        let commission = price.times(Rate::percent(15)).unwrap();
        assert_eq!(commission, Money::euros(123, 0));
        assert_eq!(price.minus(commission).unwrap(), Money::euros(697, 0));
    }

    #[test]
    fn odd_texts_are_refused() {
        for text in ["", ".", "1.", ".5", "1e3", "+1", "1,5", "0x10", "1.001", "--1", "NaN", "1 "] {
            assert!(Money::parse(text, Currency::EUR).is_err(), "{text:?}");
        }
        assert_eq!(Money::parse("99999999999999999999", Currency::EUR), Err(MoneyError::Overflow));
        assert_eq!(Money::parse("5", Currency::from_code("JPY").unwrap()).unwrap().minor, 5);
    }

    #[test]
    fn halves_round_to_even() {
        let half = |minor| Money::new(minor, Currency::EUR).times(Rate::percent(50)).unwrap().minor;
        assert_eq!([half(1), half(3), half(5), half(-1), half(-3)], [0, 2, 2, 0, -2]);
    }

    proptest! {
        #[test]
        fn text_and_minor_units_agree(minor in any::<i64>()) {
            let money = Money::new(minor, Currency::EUR);
            prop_assert_eq!(Money::parse(&money.to_decimal().to_string(), Currency::EUR), Ok(money));
        }

        #[test]
        fn a_split_loses_nothing(minor in 0_i64..1_000_000_000, percent in 0_i64..=100) {
            let whole = Money::new(minor, Currency::EUR);
            let part = whole.times(Rate::percent(percent)).unwrap();
            let rest = whole.minus(part).unwrap();
            prop_assert_eq!(part.plus(rest).unwrap(), whole);
            prop_assert!(rest.minor >= 0);
        }
    }
}
