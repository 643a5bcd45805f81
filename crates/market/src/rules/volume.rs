//! A shipper's volume tier and its discount (annex, section 1: low < 10, medium <= 50, high above, a month; BR3: 10 to
//! 30 %).

use serde::{Deserialize, Serialize};

/// The largest discount in thousandths.
pub const DISCOUNT_PERMILLE_MAX: u16 = 300;

/// How much a shipper sends in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolumeTier {
    /// Fewer than 10 shipments.
    Low,
    /// 10 to 50.
    Medium,
    /// More than 50.
    High,
}

impl VolumeTier {
    /// The tier of a number of shipments in the present month.
    #[must_use]
    pub const fn of(monthly_shipments: i64) -> Self {
        match monthly_shipments {
            i64::MIN..=9 => Self::Low,
            10..=50 => Self::Medium,
            _ => Self::High,
        }
    }

    /// The wire name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// The discount in thousandths that automatic bids give: nothing below 10 shipments a month, 10 % up to 50, then 20 %,
/// and 30 % above 200.
#[must_use]
pub const fn discount_permille(monthly_shipments: i64) -> u16 {
    match VolumeTier::of(monthly_shipments) {
        VolumeTier::Low => 0,
        VolumeTier::Medium => 100,
        VolumeTier::High if monthly_shipments <= 200 => 200,
        VolumeTier::High => DISCOUNT_PERMILLE_MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_turn_at_ten_and_fifty_one() {
        let tiers: Vec<_> =
            [0, 9, 10, 50, 51, 200, 201].map(|n| (VolumeTier::of(n).name(), discount_permille(n))).into();
        assert_eq!(
            tiers,
            [
                ("low", 0),
                ("low", 0),
                ("medium", 100),
                ("medium", 100),
                ("high", 200),
                ("high", 200),
                ("high", 300)
            ]
        );
    }
}
