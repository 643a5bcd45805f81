//! What a trip costs and what an automatic bid asks for it (issue 2, market; annex, section 1), in EUR.
//!
//! Money is computed in decimals; the only float that enters is a distance, rounded to whole metres first.

use kernel::{Currency, Money, MoneyError};
use rust_decimal::{Decimal, prelude::FromPrimitive};

/// The market's one currency: prices, cargo values and charges are in it.
pub const CURRENCY: Currency = Currency::EUR;
/// A trip shorter than this is local, in km.
pub const LOCAL_KM_MAX: f64 = 50.0;
/// The smallest price of a local trip.
pub const LOCAL_CHARGE_MIN: Money = Money::euros(60, 0);
/// The smallest price of any other trip.
pub const CHARGE_MIN: Money = Money::euros(250, 0);
/// Cargo above this value costs more to carry.
pub const VALUABLE_CARGO: Money = Money::euros(50_000, 0);
/// The surge never exceeds this many thousandths of the price (annex, section 1, BR2).
pub const SURGE_PERMILLE_MAX: u32 = 1500;
/// Every round in which nobody bid adds this many thousandths.
const SURGE_PERMILLE_STEP: u32 = 100;

const FUEL_PER_KM: Decimal = Decimal::from_parts(35, 0, 0, false, 2);
const TOLL_PER_KM: Decimal = Decimal::from_parts(15, 0, 0, false, 2);
const DRIVER_PER_KM: Decimal = Decimal::from_parts(45, 0, 0, false, 2);
const DRIVER_PER_HOUR: Decimal = Decimal::from_parts(25, 0, 0, false, 0);
const KM_PER_HOUR: Decimal = Decimal::from_parts(70, 0, 0, false, 0);
const HANDLING_HOURS: Decimal = Decimal::from_parts(2, 0, 0, false, 0);
const FIXED: Decimal = Decimal::from_parts(15, 0, 0, false, 0);
const MARGIN: Decimal = Decimal::from_parts(120, 0, 0, false, 2);
const FLOOR: Decimal = Decimal::from_parts(105, 0, 0, false, 2);
const HUNGRY: Decimal = Decimal::from_parts(95, 0, 0, false, 2);
const ON_THE_WAY_BACK: Decimal = Decimal::from_parts(95, 0, 0, false, 2);
const VALUABLE: Decimal = Decimal::from_parts(110, 0, 0, false, 2);
const HUNGRY_BELOW: f64 = 0.30;

/// What an automatic bid looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BidInputs {
    /// Road distance from pickup to delivery in km.
    pub road_km: f64,
    /// The driver's acceptance rate, 0 to 1.
    pub acceptance_rate: f64,
    /// The cargo's declared value.
    pub cargo_value: Option<Money>,
    /// The shipper's volume discount in thousandths.
    pub volume_discount_permille: u16,
    /// The round of offers; from the second on nobody had bid before, and the price may rise.
    pub round: u32,
    /// Whether the truck drives there anyway: home and empty, or with something else aboard.
    pub on_the_way: bool,
}

/// A distance as a decimal of km, rounded to metres; nothing for one that is negative or not a number.
fn decimal_km(km: f64) -> Decimal {
    let metres = (km.max(0.0) * 1000.0).round();
    Decimal::from_f64(metres).unwrap_or_default() / Decimal::ONE_THOUSAND
}

/// The cost: 0.35/km fuel + 0.15/km toll + max(0.45/km, 25/h x (km/70 + 2)) driver + 15.
///
/// # Errors
/// [`MoneyError::Overflow`] for a distance that is not of this world.
pub fn trip_cost(road_km: f64) -> Result<Money, MoneyError> {
    Money::from_decimal(cost(road_km), CURRENCY)
}

fn cost(road_km: f64) -> Decimal {
    CostParts::of(road_km).sum()
}

/// What a trip's cost is made of, before it is rounded.
#[derive(Clone, Copy)]
struct CostParts {
    fuel: Decimal,
    toll: Decimal,
    driver: Decimal,
    fixed: Decimal,
}

impl CostParts {
    fn of(road_km: f64) -> Self {
        let km = decimal_km(road_km);
        let by_distance = DRIVER_PER_KM * km;
        let by_time = DRIVER_PER_HOUR * (km / KM_PER_HOUR + HANDLING_HOURS);
        Self {
            fuel: FUEL_PER_KM * km,
            toll: TOLL_PER_KM * km,
            driver: by_distance.max(by_time),
            fixed: FIXED,
        }
    }

    fn sum(self) -> Decimal {
        self.fuel + self.toll + self.driver + self.fixed
    }
}

/// What km without freight cost: 0.35 fuel + 0.15 toll + 0.45 driver a km. Below 0 for km that are saved.
///
/// # Errors
/// [`MoneyError::Overflow`] for a distance that is not of this world.
pub fn empty_km_cost(km: f64) -> Result<Money, MoneyError> {
    let metres = Decimal::from_f64((km * 1000.0).round()).unwrap_or_default();
    let per_km = FUEL_PER_KM + TOLL_PER_KM + DRIVER_PER_KM;
    Money::from_decimal(per_km * metres / Decimal::ONE_THOUSAND, CURRENCY)
}

/// What a detour costs on which something is loaded and unloaded: as a trip of so many km, without what every trip costs.
///
/// # Errors
/// [`MoneyError::Overflow`] for a distance that is not of this world.
pub fn detour_cost(km: f64) -> Result<Money, MoneyError> {
    Money::from_decimal(CostParts { fixed: Decimal::ZERO, ..CostParts::of(km) }.sum(), CURRENCY)
}

/// The smallest price that may be asked for a trip.
#[must_use]
pub const fn minimum_charge(road_km: f64) -> Money {
    if road_km < LOCAL_KM_MAX { LOCAL_CHARGE_MIN } else { CHARGE_MIN }
}

/// The surge in thousandths: 1000 in the first round, 100 more for each round that nobody answered, at most 1500.
#[must_use]
pub fn surge_permille(round: u32) -> u32 {
    let steps = round.saturating_sub(1).saturating_mul(SURGE_PERMILLE_STEP);
    steps.saturating_add(1000).min(SURGE_PERMILLE_MAX)
}

/// The smallest price that covers the cost: cost x 1.05, in whole cents that are not below it.
///
/// # Errors
/// [`MoneyError::Overflow`] for a distance that is not of this world.
pub fn cost_floor(road_km: f64) -> Result<Money, MoneyError> {
    Money::from_decimal(smallest_not_below(cost(road_km) * FLOOR), CURRENCY)
}

/// The price of an automatic bid: cost x 1.20, x 0.95 for a driver who seldom wins, x 0.95 for a load on the way, x 1.10 for valuable cargo, the
/// surge, less the volume discount; last of all never below cost x 1.05 nor below the minimum charge.
///
/// # Errors
/// [`MoneyError::Overflow`] for a distance that is not of this world.
pub fn automatic_price(inputs: &BidInputs) -> Result<Money, MoneyError> {
    let steps = price_steps(inputs);
    Money::from_decimal(steps.last().map_or(Decimal::ZERO, |(_, price)| *price), CURRENCY)
}

/// What moves a price on its way from nothing to what is asked, in the order in which it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PricePart {
    /// 0.35/km.
    Fuel,
    /// 0.15/km.
    Toll,
    /// max(0.45/km, 25/h x (km/70 + 2)).
    Driver,
    /// 15 a trip.
    Fixed,
    /// A fifth of the cost.
    Margin,
    /// What a driver who seldom wins asks less.
    Hungry,
    /// What a truck asks less that is there anyway.
    ReturnLoad,
    /// What valuable cargo costs more.
    ValuableCargo,
    /// What rounds without an answer add.
    Surge,
    /// The shipper's volume discount.
    VolumeDiscount,
    /// What lifts it to the cost x 1.05 or to the minimum charge.
    Minimum,
}

/// The price after each part that moved it; the last one is what is asked.
fn price_steps(inputs: &BidInputs) -> Vec<(PricePart, Decimal)> {
    let parts = CostParts::of(inputs.road_km);
    let cost = parts.sum();
    let fuel_and_toll = parts.fuel + parts.toll;
    let mut steps = vec![
        (PricePart::Fuel, parts.fuel),
        (PricePart::Toll, fuel_and_toll),
        (PricePart::Driver, fuel_and_toll + parts.driver),
        (PricePart::Fixed, cost),
        (PricePart::Margin, cost * MARGIN),
    ];
    let mut price = cost * MARGIN;
    let valuable = |value: Money| value.currency == CURRENCY && value.minor > VALUABLE_CARGO.minor;
    let factors = [
        (PricePart::Hungry, inputs.acceptance_rate < HUNGRY_BELOW, HUNGRY),
        (PricePart::ReturnLoad, inputs.on_the_way, ON_THE_WAY_BACK),
        (PricePart::ValuableCargo, inputs.cargo_value.is_some_and(valuable), VALUABLE),
        (PricePart::Surge, true, Decimal::new(i64::from(surge_permille(inputs.round)), 3)),
        (
            PricePart::VolumeDiscount,
            true,
            Decimal::ONE - Decimal::new(i64::from(inputs.volume_discount_permille), 3),
        ),
    ];
    for (part, _, factor) in
        factors.into_iter().filter(|(_, applies, factor)| *applies && *factor != Decimal::ONE)
    {
        price *= factor;
        steps.push((part, price));
    }
    let floor = smallest_not_below(cost * FLOOR);
    let least = floor.max(minimum_charge(inputs.road_km).to_decimal());
    if price < least {
        steps.push((PricePart::Minimum, least));
    }
    steps
}

/// A price and what it is made of: the parts add up to it, to the cent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// What is asked.
    pub price: Money,
    /// What each part adds, in order; a discount is below 0.
    pub parts: Vec<(PricePart, Money)>,
}

/// What an agent asks, with its parts: the same as [`automatic_price`].
///
/// # Errors
/// [`MoneyError::Overflow`] for a distance that is not of this world.
pub fn quote(inputs: &BidInputs) -> Result<Quote, MoneyError> {
    let mut price = Money::new(0, CURRENCY);
    let mut parts = Vec::new();
    for (part, sum) in price_steps(inputs) {
        let sum = Money::from_decimal(sum, CURRENCY)?;
        parts.push((part, Money::new(sum.minor - price.minor, CURRENCY)));
        price = sum;
    }
    Ok(Quote { price, parts })
}

/// Rounds up to whole cents, so that rounding never undercuts the floor.
fn smallest_not_below(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(CURRENCY.digits(), rust_decimal::RoundingStrategy::ToPositiveInfinity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(road_km: f64) -> BidInputs {
        BidInputs {
            road_km,
            acceptance_rate: 1.0,
            cargo_value: None,
            volume_discount_permille: 0,
            round: 1,
            on_the_way: false,
        }
    }

    #[test]
    fn a_trip_of_620_km_costs_604_and_is_bid_at_724_80() {
        // 310 fuel and toll + max(279, 25 x (620/70 + 2) = 271.43) + 15
        assert_eq!(trip_cost(620.0).unwrap(), Money::euros(604, 0));
        assert_eq!(automatic_price(&plain(620.0)).unwrap(), Money::euros(724, 80));
    }

    #[test]
    fn a_short_trip_pays_the_driver_by_the_hour() {
        // 35 + 25 x (70/70 + 2) = 75 + 15
        assert_eq!(trip_cost(70.0).unwrap(), Money::euros(125, 0));
        assert_eq!(automatic_price(&plain(70.0)).unwrap(), CHARGE_MIN, "150.00 is below the minimum charge");
    }

    #[test]
    fn the_factors_multiply() {
        let inputs =
            BidInputs { acceptance_rate: 0.29, cargo_value: Some(Money::euros(50_000, 1)), ..plain(620.0) };
        // 604 x 1.20 x 0.95 x 1.10
        assert_eq!(automatic_price(&inputs).unwrap(), Money::euros(757, 42));
        let edge = BidInputs { acceptance_rate: 0.30, cargo_value: Some(VALUABLE_CARGO), ..plain(620.0) };
        assert_eq!(
            automatic_price(&edge).unwrap(),
            Money::euros(724, 80),
            "the limits themselves change nothing"
        );
    }

    #[test]
    fn a_quote_says_what_each_part_adds() {
        let inputs = BidInputs {
            cargo_value: Some(Money::euros(60_000, 0)),
            volume_discount_permille: 300,
            round: 2,
            ..plain(620.0)
        };
        let parts: Vec<(PricePart, String)> = quote(&inputs)
            .unwrap()
            .parts
            .iter()
            .map(|(part, money)| (*part, money.to_decimal().to_string()))
            .collect();
        // 604.00 x 1.20 = 724.80, x 1.10 = 797.28, x 1.10 = 877.01, x 0.70 = 613.91, below 604 x 1.05 = 634.20.
        let expected = [
            (PricePart::Fuel, "217.00"),
            (PricePart::Toll, "93.00"),
            (PricePart::Driver, "279.00"),
            (PricePart::Fixed, "15.00"),
            (PricePart::Margin, "120.80"),
            (PricePart::ValuableCargo, "72.48"),
            (PricePart::Surge, "79.73"),
            (PricePart::VolumeDiscount, "-263.10"),
            (PricePart::Minimum, "20.29"),
        ];
        assert_eq!(parts, expected.map(|(part, text)| (part, text.to_owned())));
    }

    #[test]
    fn a_truck_that_is_there_anyway_asks_less() {
        // 604 x 1.20 x 0.95
        let price = automatic_price(&BidInputs { on_the_way: true, ..plain(620.0) }).unwrap();
        assert_eq!(price, Money::euros(688, 56));
        assert_eq!(empty_km_cost(100.0).unwrap(), Money::euros(95, 0));
        assert_eq!(empty_km_cost(-100.0).unwrap(), Money::new(-9500, CURRENCY));
    }

    #[test]
    fn a_deep_discount_stops_at_the_floor() {
        let inputs = BidInputs { volume_discount_permille: 300, ..plain(620.0) };
        assert_eq!(automatic_price(&inputs).unwrap(), Money::euros(634, 20));
    }

    #[test]
    fn the_surge_grows_with_unanswered_rounds_up_to_half() {
        let surges: Vec<u32> = [0, 1, 2, 3, 6, 7, u32::MAX].map(surge_permille).into();
        assert_eq!(surges, [1000, 1000, 1100, 1200, 1500, 1500, 1500]);
    }

    #[test]
    fn fifty_km_are_not_local_any_more() {
        assert_eq!(minimum_charge(49.999), LOCAL_CHARGE_MIN);
        assert_eq!(minimum_charge(50.0), CHARGE_MIN);
    }

    proptest! {
        #[test]
        fn never_below_the_floor_nor_the_minimum_charge(
            road_km in 0.0..5000.0_f64, acceptance_rate in 0.0..=1.0_f64, value in proptest::option::of(0_i64..1_000_000_000),
            volume_discount_permille in 0_u16..=300, round in 0_u32..20, on_the_way: bool,
        ) {
            let cargo_value = value.map(|minor| Money::new(minor, CURRENCY));
            let inputs =
                BidInputs { road_km, acceptance_rate, cargo_value, volume_discount_permille, round, on_the_way };
            let price = automatic_price(&inputs).unwrap();
            prop_assert!(price.to_decimal() >= cost(road_km) * FLOOR);
            prop_assert!(price.minor >= minimum_charge(road_km).minor);
        }

        #[test]
        fn the_parts_of_a_quote_add_up_to_what_an_agent_asks(
            road_km in 0.0..5000.0_f64, acceptance_rate in 0.0..=1.0_f64, value in proptest::option::of(0_i64..1_000_000_000),
            volume_discount_permille in 0_u16..=300, round in 0_u32..20, on_the_way: bool,
        ) {
            let cargo_value = value.map(|minor| Money::new(minor, CURRENCY));
            let inputs =
                BidInputs { road_km, acceptance_rate, cargo_value, volume_discount_permille, round, on_the_way };
            let quote = quote(&inputs).unwrap();
            prop_assert_eq!(quote.price, automatic_price(&inputs).unwrap());
            prop_assert_eq!(quote.parts.iter().map(|(_, part)| part.minor).sum::<i64>(), quote.price.minor);
        }

        #[test]
        fn a_longer_trip_never_costs_less(a in 0.0..5000.0_f64, b in 0.0..5000.0_f64) {
            let (near, far) = if a <= b { (a, b) } else { (b, a) };
            prop_assert!(trip_cost(near).unwrap().minor <= trip_cost(far).unwrap().minor);
        }
    }
}
