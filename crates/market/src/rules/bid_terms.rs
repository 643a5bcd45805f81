//! What a bid's price and times must satisfy, whoever makes it.

use super::economics::{CURRENCY, cost_floor, minimum_charge};
use kernel::{FieldError, Money, Refusal, Timestamp};
use std::time::Duration;

/// The largest price that can be asked.
pub const PRICE_MAX: Money = Money::euros(1_000_000, 0);
/// Nobody promises further ahead than this.
pub const PROMISE_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// Nobody delivers later after the shipper's window than this.
pub const LATE_MAX: Duration = Duration::from_secs(60 * 24 * 3600);

/// The terms of a bid and what they are measured against.
#[derive(Debug, Clone, Copy)]
pub struct BidTerms {
    /// The price asked.
    pub price: Money,
    /// When it would load.
    pub pickup_at: Timestamp,
    /// When it would deliver.
    pub delivery_at: Timestamp,
    /// When loading may begin at the earliest.
    pub pickup_from: Timestamp,
    /// When it should be delivered at the latest.
    pub delivery_to: Timestamp,
    /// The trip's road distance in km.
    pub road_km: f64,
    /// The present instant.
    pub now: Timestamp,
}

/// Checks the terms.
///
/// # Errors
/// A refusal that names `price.currency`, `price.amount`, `pickup_at` or `delivery_at`, all that are wrong.
pub fn check(terms: &BidTerms) -> Result<(), Refusal> {
    let mut bad = Vec::new();
    if terms.price.currency != CURRENCY {
        bad.push(error("price.currency", "currency_mismatch", format!("prices are in {CURRENCY}")));
    } else if let Some((code, detail)) = bad_amount(terms) {
        bad.push(error("price.amount", code, detail));
    }
    if terms.pickup_at < terms.now && terms.pickup_at < terms.pickup_from {
        bad.push(error("pickup_at", "in_past", "the pickup cannot be in the past"));
    }
    if terms.delivery_at <= terms.pickup_at {
        bad.push(error("delivery_at", "reversed", "the delivery must come after the pickup"));
    } else if terms.delivery_at > terms.now.after(PROMISE_MAX) {
        bad.push(error("delivery_at", "out_of_range", "the delivery must come within a year"));
    } else if terms.delivery_at > terms.delivery_to.after(LATE_MAX) {
        let detail = "the delivery must come within 60 days of the delivery window";
        bad.push(error("delivery_at", "out_of_range", detail));
    }
    if bad.is_empty() { Ok(()) } else { Err(Refusal::fields(bad)) }
}

fn bad_amount(terms: &BidTerms) -> Option<(&'static str, String)> {
    let least = minimum_charge(terms.road_km);
    if terms.price.minor <= 0 {
        Some(("not_positive", "the price must be above 0".to_owned()))
    } else if terms.price.minor > PRICE_MAX.minor {
        Some(("too_large", format!("the price must be at most {PRICE_MAX}")))
    } else if terms.price.minor < least.minor {
        Some(("below_minimum_charge", format!("the minimum charge for this distance is {least}")))
    } else {
        // Nobody undercuts what the trip costs (annex, section 1: the floor is applied last, to manual bids too).
        let floor = cost_floor(terms.road_km).ok().filter(|floor| terms.price.minor < floor.minor)?;
        Some(("below_cost_floor", format!("the trip's cost x 1.05 is {floor}")))
    }
}

fn error(
    field: &'static str,
    code: &'static str,
    detail: impl Into<std::borrow::Cow<'static, str>>,
) -> FieldError {
    FieldError { field: field.into(), code: code.into(), detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Currency;

    const HOUR: Duration = Duration::from_secs(3600);

    fn good() -> BidTerms {
        let now = Timestamp::from_millis(1_800_000_000_000);
        BidTerms {
            price: Money::euros(250, 0),
            pickup_at: now.after(HOUR),
            delivery_at: now.after(3 * HOUR),
            pickup_from: now,
            delivery_to: now.after(400 * 24 * HOUR),
            road_km: 100.0,
            now,
        }
    }

    fn codes(terms: &BidTerms) -> Vec<String> {
        check(terms).err().map_or_else(Vec::new, |refusal| {
            refusal.fields.into_iter().map(|field| format!("{}:{}", field.field, field.code)).collect()
        })
    }

    #[test]
    fn the_minimum_charge_itself_is_enough() {
        assert_eq!(codes(&good()), Vec::<String>::new());
        let cheaper = BidTerms { price: Money::euros(249, 99), ..good() };
        assert_eq!(codes(&cheaper), ["price.amount:below_minimum_charge"]);
        let local = |cents| BidTerms { price: Money::euros(59, cents), road_km: 49.0, ..good() };
        assert_eq!(codes(&local(99)), ["price.amount:below_minimum_charge"]);
    }

    #[test]
    fn nobody_bids_below_what_the_trip_costs() {
        // 604.00 x 1.05
        let at = |cents| BidTerms { price: Money::euros(634, cents), road_km: 620.0, ..good() };
        assert_eq!(codes(&at(20)), Vec::<String>::new());
        assert_eq!(codes(&at(19)), ["price.amount:below_cost_floor"]);
    }

    #[test]
    fn every_bad_field_is_named_at_once() {
        let terms = BidTerms {
            price: Money::new(100, Currency::from_code("USD").unwrap()),
            pickup_at: good().now.before(HOUR),
            delivery_at: good().now.before(2 * HOUR),
            ..good()
        };
        assert_eq!(
            codes(&terms),
            ["price.currency:currency_mismatch", "pickup_at:in_past", "delivery_at:reversed"]
        );
    }

    #[test]
    fn odd_amounts_are_refused() {
        for (minor, code) in [(0, "not_positive"), (-1, "not_positive"), (100_000_001, "too_large")] {
            let terms = BidTerms { price: Money::new(minor, CURRENCY), ..good() };
            assert_eq!(codes(&terms), [format!("price.amount:{code}")]);
        }
    }

    #[test]
    fn a_promise_stays_within_a_year_and_a_begun_window_may_be_met_from_its_start() {
        let late = BidTerms { delivery_at: good().now.after(PROMISE_MAX + HOUR), ..good() };
        assert_eq!(codes(&late), ["delivery_at:out_of_range"]);
        let window = good().now.after(4 * HOUR);
        let slow = |delivery_at| BidTerms { delivery_to: window, delivery_at, ..good() };
        assert_eq!(codes(&slow(window.after(LATE_MAX))), Vec::<String>::new());
        assert_eq!(codes(&slow(window.after(LATE_MAX + HOUR))), ["delivery_at:out_of_range"]);
        let begun =
            BidTerms { pickup_from: good().now.before(HOUR), pickup_at: good().now.before(HOUR), ..good() };
        assert_eq!(codes(&begun), Vec::<String>::new());
    }
}
