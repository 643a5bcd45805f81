//! The platform's 15 % inside the price (design, section 8; issue: 820.00 is 123.00 and 697.00).

use kernel::{Money, Rate, Refusal};

/// The largest price of one booking, in minor units: ten thousand million euros. Nine million such prices fit into
/// the 64 bits of an account's balance.
pub const PRICE_MINOR_MAX: i64 = 1_000_000_000_000;

/// The platform's part of a price in percent.
pub const COMMISSION_PERCENT: i64 = 15;

/// A price and its two parts, which always add up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceSplit {
    price: Money,
    commission: Money,
    carrier_amount: Money,
}

impl PriceSplit {
    /// Splits a price; the commission is rounded half to even and the carrier gets the rest.
    ///
    /// # Errors
    /// The field `price` when it is not above 0 or above [`PRICE_MINOR_MAX`].
    pub fn of(price: Money) -> Result<Self, Refusal> {
        check(price)?;
        let too_large = |_| Refusal::field("price", "out_of_range", "the price is too large");
        let commission = price.times(Rate::percent(COMMISSION_PERCENT)).map_err(too_large)?;
        let carrier_amount = price.minus(commission).map_err(too_large)?;
        Ok(Self { price, commission, carrier_amount })
    }

    /// A price of which the platform takes nothing.
    ///
    /// # Errors
    /// As [`PriceSplit::of`].
    pub fn whole(price: Money) -> Result<Self, Refusal> {
        check(price)?;
        Ok(Self { price, commission: Money::zero(price.currency), carrier_amount: price })
    }

    /// What the shipper pays.
    #[must_use]
    pub const fn price(self) -> Money {
        self.price
    }

    /// The platform's part.
    #[must_use]
    pub const fn commission(self) -> Money {
        self.commission
    }

    /// The carrier's part.
    #[must_use]
    pub const fn carrier_amount(self) -> Money {
        self.carrier_amount
    }
}

fn check(price: Money) -> Result<(), Refusal> {
    let reason = "the price must be above 0 and at most 10^12 minor units";
    let fits = (1..=PRICE_MINOR_MAX).contains(&price.minor);
    if fits { Ok(()) } else { Err(Refusal::field("price", "out_of_range", reason)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Currency;
    use proptest::prelude::*;

    #[test]
    fn eight_hundred_and_twenty_is_123_and_697() {
        let split = PriceSplit::of(Money::euros(820, 0)).unwrap();
        assert_eq!(
            (split.commission(), split.carrier_amount()),
            (Money::euros(123, 0), Money::euros(697, 0))
        );
    }

    #[test]
    fn half_a_cent_goes_to_the_even_side() {
        let commission = |minor| PriceSplit::of(Money::new(minor, Currency::EUR)).unwrap().commission().minor;
        // 15 % of 10, 30, 50 and 70 cents: 1.5, 4.5, 7.5 and 10.5 cents.
        assert_eq!([10, 30, 50, 70].map(commission), [2, 4, 8, 10]);
    }

    #[test]
    fn yen_have_no_cents() {
        let split = PriceSplit::of(Money::new(33_333, Currency::from_code("JPY").unwrap())).unwrap();
        assert_eq!((split.commission().minor, split.carrier_amount().minor), (5_000, 28_333));
        assert_eq!(split.commission().to_decimal().to_string(), "5000");
    }

    #[test]
    fn nothing_less_than_nothing_and_too_much_are_refused() {
        for minor in [0, -1, i64::MIN, PRICE_MINOR_MAX + 1, i64::MAX] {
            let refusal = PriceSplit::of(Money::new(minor, Currency::EUR)).unwrap_err();
            assert_eq!(refusal.fields[0].field, "price", "{minor}");
        }
    }

    proptest! {
        #[test]
        fn the_parts_are_the_whole_and_the_carrier_always_gets_something(
            minor in 1..=PRICE_MINOR_MAX,
            code in prop::sample::select(vec!["EUR", "JPY", "KWD", "CHF"]),
        ) {
            let price = Money::new(minor, Currency::from_code(code).unwrap());
            let split = PriceSplit::of(price).unwrap();
            prop_assert_eq!(split.commission().plus(split.carrier_amount()).unwrap(), price);
            prop_assert!(split.carrier_amount().minor > 0 && split.commission().minor >= 0);
            let exact = i128::from(minor) * i128::from(COMMISSION_PERCENT);
            prop_assert!((i128::from(split.commission().minor) * 100 - exact).abs() <= 50);
        }
    }
}
