//! What is shipped: cargo and windows of one shipment, drawn.

use crate::{dice::Dice, pace::Pace};
use contracts::shipment::{Cargo, ServiceLevel, Window};
use kernel::{Money, Timestamp};
use std::time::Duration;

/// A truck's speed on the road, pauses apart, in km/h (issue's economics reckon with it too).
pub const ROAD_KMH: f64 = 70.0;
/// Including pauses: how a shipper reckons the latest delivery.
const CAREFUL_KMH: f64 = 45.0;

/// A load between two places.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// What.
    pub cargo: Cargo,
    /// When it can be loaded.
    pub pickup: Window,
    /// When it must be there.
    pub delivery: Window,
    /// How fast.
    pub service_level: ServiceLevel,
}

impl Load {
    /// Draws a load that is posted at an instant for a haul of so many km.
    #[must_use]
    pub fn draw(posted: Timestamp, road_km: f64, pace: Pace, dice: &Dice) -> Self {
        let service_level = match dice.between(0.0, 100.0) {
            share if share < 85.0 => ServiceLevel::Standard,
            share if share < 95.0 => ServiceLevel::Express,
            _ => ServiceLevel::Dedicated,
        };
        // Windows open in the simulated world's time, so that fast trucks need not wait; they close in the clock's, by
        // which the platform reckons whether a truck can be there.
        let pickup_from = posted.after(pace.of(dice.seconds(45 * 60, 5 * 3600)));
        let pickup = Window { from: pickup_from, to: pickup_from.after(dice.seconds(2 * 3600, 4 * 3600)) };
        let slack = if service_level == ServiceLevel::Express { 2 * 3600 } else { 5 * 3600 };
        let delivery = Window {
            from: pickup.from.after(pace.of(hours(road_km / ROAD_KMH))),
            to: pickup.to.after(hours(road_km / CAREFUL_KMH) + dice.seconds(slack, slack + 3 * 3600)),
        };
        Self { cargo: draw_cargo(dice), pickup, delivery, service_level }
    }
}

/// Hours as a duration; none for what is not a positive number.
#[must_use]
pub fn hours(hours: f64) -> Duration {
    Duration::try_from_secs_f64(hours * 3600.0).unwrap_or_default()
}

fn draw_cargo(dice: &Dice) -> Cargo {
    // Log-uniform: as many loads between 300 and 600 kg as between 9 and 18 t.
    let weight_kg = (dice.between(300_f64.ln(), 18_000_f64.ln()).exp() / 10.0).round() * 10.0;
    let volume_m3 = (weight_kg / dice.between(250.0, 500.0) * 10.0).round() / 10.0;
    let (kind, requires): (&str, &[&str]) = match dice.between(0.0, 100.0) {
        share if share < 60.0 => ("general", &[]),
        share if share < 72.0 => ("fragile", &[]),
        share if share < 82.0 => ("groceries", &["lift_gate"]),
        share if share < 94.0 => ("refrigerated", &[]),
        _ => ("hazmat", &["adr"]),
    };
    let value = dice.chance(0.4).then(|| Money::euros(i64::from(dice.whole(2, 120)) * 1000, 0));
    let requires = requires.iter().map(|feature| (*feature).to_owned()).collect();
    Cargo { weight_kg, volume_m3, kind: kind.to_owned(), requires, value }
}

/// When in a day shipments are posted: from 06:00 to 20:00 of the country's day, most around 10:00.
#[must_use]
pub fn posting_times(count: u32, midnight: Timestamp, ahead_minutes: i32, dice: &Dice) -> Vec<Timestamp> {
    let utc_shift = i64::from(ahead_minutes) * 60;
    let mut times: Vec<Timestamp> = (0..count)
        .map(|_| {
            // A triangle from 6 to 20 with its peak at 10, by its inverse distribution.
            let share = dice.between(0.0, 1.0);
            let hour = if share < 4.0 / 14.0 {
                6.0 + (share * 14.0 * 4.0).sqrt()
            } else {
                20.0 - ((1.0 - share) * 14.0 * 10.0).sqrt()
            };
            let second = (hour * 3600.0) as i64 - utc_shift;
            Timestamp::from_micros(midnight.micros() + second * 1_000_000)
        })
        .collect();
    times.sort_unstable();
    times
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shipments_are_posted_in_the_countrys_day() {
        let midnight = Timestamp::parse("2026-03-02T00:00:00Z").unwrap();
        let times = posting_times(10_000, midnight, 60, &Dice::new(1, 1));
        let hour = |time: &Timestamp| time.since(midnight).as_secs_f64() / 3600.0 + 1.0;
        assert!(times.is_sorted() && times.iter().all(|time| (6.0..=20.0).contains(&hour(time))));
        let before_ten = times.iter().filter(|time| hour(time) < 10.0).count();
        assert!((2_650..3_060).contains(&before_ten), "{before_ten} instead of 4/14");
    }

    proptest! {
        #[test]
        fn windows_are_in_order_and_can_be_kept(seed: u64, km in 1.0..1500.0, pace in 1.0..3600.0) {
            let posted = Timestamp::from_millis(1_772_352_000_000);
            let load = Load::draw(posted, km, Pace::new(pace).unwrap(), &Dice::new(seed, 0));
            prop_assert!(posted < load.pickup.from && load.pickup.from < load.pickup.to);
            prop_assert!(load.delivery.from < load.delivery.to);
            prop_assert!(load.pickup.to >= load.pickup.from.after(Duration::from_secs(2 * 3600)));
            prop_assert!(load.delivery.to > load.pickup.to.after(hours(km / ROAD_KMH)));
            prop_assert!(load.cargo.weight_kg >= 300.0 && load.cargo.volume_m3 > 0.0);
        }
    }
}
