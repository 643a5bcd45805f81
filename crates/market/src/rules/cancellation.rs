//! What a cancellation costs (annex, section 1: 20 % within two hours of the pickup, 50 % en route).

use contracts::shipment::ShipmentStatus;
use kernel::{Money, Rate, Refusal, Timestamp};
use std::time::Duration;

/// A cancellation this close to the promised pickup costs a fee.
pub const SHORT_NOTICE: Duration = Duration::from_secs(2 * 3600);
const SHORT_NOTICE_PERCENT: i64 = 20;
const EN_ROUTE_PERCENT: i64 = 50;

/// The fee that the shipper owes the carrier; `None` when nothing is due.
///
/// # Errors
/// A conflict when the price is too large to take a share of.
pub fn cancellation_fee(
    status: ShipmentStatus,
    price: Money,
    pickup_at: Timestamp,
    now: Timestamp,
) -> Result<Option<Money>, Refusal> {
    let percent = match status {
        ShipmentStatus::EnRoutePickup => EN_ROUTE_PERCENT,
        ShipmentStatus::Booked if now > pickup_at.before(SHORT_NOTICE) => SHORT_NOTICE_PERCENT,
        _ => return Ok(None),
    };
    let fee = price.times(Rate::percent(percent));
    fee.map(Some).map_err(|error| Refusal::conflict("shipment.fee", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fee(status: ShipmentStatus, minutes_before: u64) -> Option<Money> {
        let pickup = Timestamp::from_millis(1_000_000_000_000);
        let now = pickup.before(Duration::from_secs(minutes_before * 60));
        cancellation_fee(status, Money::euros(820, 0), pickup, now).unwrap()
    }

    #[test]
    fn exactly_two_hours_before_is_free_and_later_costs_a_fifth() {
        assert_eq!(fee(ShipmentStatus::Booked, 120), None);
        assert_eq!(fee(ShipmentStatus::Booked, 119), Some(Money::euros(164, 0)));
        assert_eq!(fee(ShipmentStatus::Booked, 0), Some(Money::euros(164, 0)));
    }

    #[test]
    fn en_route_costs_half_whenever_it_happens() {
        assert_eq!(fee(ShipmentStatus::EnRoutePickup, 600), Some(Money::euros(410, 0)));
    }

    #[test]
    fn before_the_booking_nothing_is_due() {
        assert_eq!(fee(ShipmentStatus::Bidding, 0), None);
        assert_eq!(fee(ShipmentStatus::Selected, 0), None);
    }
}
