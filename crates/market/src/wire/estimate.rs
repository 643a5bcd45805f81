//! What a shipment would cost, before it is posted.

use crate::rules::economics::{PricePart, Quote};
use edge::wire::WireMoney;
use serde::Serialize;
use utoipa::ToSchema;

/// What a part of a price is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WirePricePart {
    /// 0.35 EUR/km.
    Fuel,
    /// 0.15 EUR/km.
    Toll,
    /// The larger of 0.45 EUR/km and 25 EUR/h for the drive and two hours at the ends.
    Driver,
    /// 15 EUR a trip.
    Fixed,
    /// A fifth of the cost.
    Margin,
    /// Below 0: what a driver who seldom wins asks less.
    Hungry,
    /// Below 0: what a truck asks less for a load on its way back.
    ReturnLoad,
    /// A tenth more for cargo above 50,000 EUR.
    ValuableCargo,
    /// A tenth more for each round that nobody answered, at most half.
    Surge,
    /// Below 0: the shipper's discount by what it posted this month.
    VolumeDiscount,
    /// What lifts the price to the cost x 1.05, or to the minimum charge of 60 EUR below 50 km, else 250 EUR.
    Minimum,
}

impl From<PricePart> for WirePricePart {
    fn from(part: PricePart) -> Self {
        match part {
            PricePart::Fuel => Self::Fuel,
            PricePart::Toll => Self::Toll,
            PricePart::Driver => Self::Driver,
            PricePart::Fixed => Self::Fixed,
            PricePart::Margin => Self::Margin,
            PricePart::Hungry => Self::Hungry,
            PricePart::ReturnLoad => Self::ReturnLoad,
            PricePart::ValuableCargo => Self::ValuableCargo,
            PricePart::Surge => Self::Surge,
            PricePart::VolumeDiscount => Self::VolumeDiscount,
            PricePart::Minimum => Self::Minimum,
        }
    }
}

/// One part of a price.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ShownPricePart {
    /// What for.
    pub part: WirePricePart,
    /// How much it adds.
    pub amount: WireMoney,
}

/// What a shipment would cost.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ShipmentEstimate {
    /// Road distance from pickup to delivery in km.
    #[schema(example = 620.0)]
    pub road_km: f64,
    /// The drive with the cargo, without pauses, in minutes.
    #[schema(example = 531)]
    pub driving_minutes: u64,
    /// What an agent asks in the first round; a person may ask anything from the cost x 1.05 and the minimum charge on.
    pub expected: WireMoney,
    /// What an agent asks that seldom wins.
    pub lowest: WireMoney,
    /// What an agent asks in the second round, when nobody answered the first.
    pub highest: WireMoney,
    /// What the expected price is made of, in order; the parts add up to it.
    pub parts: Vec<ShownPricePart>,
    /// The shipper's volume discount in thousandths, within the price.
    #[schema(example = 100)]
    pub volume_discount_permille: u16,
}

/// The parts of a quote as they are shown.
pub(crate) fn shown(quote: &Quote) -> Vec<ShownPricePart> {
    let line = |(part, amount): &(PricePart, kernel::Money)| ShownPricePart {
        part: (*part).into(),
        amount: (*amount).into(),
    };
    quote.parts.iter().map(line).collect()
}
