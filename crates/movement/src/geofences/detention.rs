//! What it costs to keep a truck waiting (annex, section 1: 500/h after 30 min; decisions 0077 and 0085 say what that is
//! in euros, and how far it goes).

use contracts::{shipment::Window, tracking::Detention};
use kernel::{Money, Timestamp};

/// Nobody pays for these.
pub const FREE_MINUTES: u32 = 30;
/// Of each further hour.
pub const HOUR_MINOR: i64 = 2_500;

/// Of each 24 hours of a visit so much is paid at most: a driver's working day. For the rest it rests, wherever it stands.
pub const DAY_PAID_MINUTES: u32 = 600;
/// For a stop so much is paid at most, all visits together: three such days. Who stands longer is no matter of minutes, but
/// of a dispute; and a delivery that somebody forgot to report must not cost more every day.
pub const STOP_PAID_MINUTES: u32 = 3 * DAY_PAID_MINUTES;
const DAY_MINUTES: u32 = 24 * 60;

/// The detention of a visit: it begins when the truck is there and the window has opened. `before` is what earlier visits
/// to the stop cost, in minor units.
#[must_use]
pub fn detention(arrived_at: Timestamp, left_at: Timestamp, window: Window, before: i64) -> Detention {
    let kept = left_at.since(arrived_at.max(window.from));
    let minutes = u32::try_from(kept.as_secs() / 60).unwrap_or(u32::MAX);
    let left = cost(STOP_PAID_MINUTES).saturating_sub(before).max(0);
    let paid_minutes = paid_minutes(minutes);
    let amount = Money::new(cost(paid_minutes).min(left), kernel::Currency::EUR);
    Detention { minutes, paid_minutes, amount }
}

/// How many minutes of a visit are paid, by themselves.
const fn paid_minutes(minutes: u32) -> u32 {
    let (days, begun) = (minutes / DAY_MINUTES, minutes % DAY_MINUTES);
    // The free time is over long before the first day's maximum is reached.
    let begun = if days == 0 { begun.saturating_sub(FREE_MINUTES) } else { begun };
    let begun = if begun < DAY_PAID_MINUTES { begun } else { DAY_PAID_MINUTES };
    let paid = days.saturating_mul(DAY_PAID_MINUTES).saturating_add(begun);
    if paid < STOP_PAID_MINUTES { paid } else { STOP_PAID_MINUTES }
}

/// To the nearest cent.
const fn cost(paid_minutes: u32) -> i64 {
    (paid_minutes as i64 * HOUR_MINOR + 30) / 60
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const OPENS: Timestamp = Timestamp::from_millis(1_772_352_000_000);

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }

    fn kept(arrived_before: u64, left_after: u64) -> (u32, i64) {
        let window = Window { from: OPENS, to: OPENS.after(minutes(120)) };
        let found =
            detention(OPENS.before(minutes(arrived_before)), OPENS.after(minutes(left_after)), window, 0);
        (found.minutes, found.amount.minor)
    }

    #[test]
    fn half_an_hour_is_free_and_each_hour_after_it_25_euros() {
        assert_eq!(kept(0, 30), (30, 0));
        assert_eq!(kept(0, 31), (31, 42));
        assert_eq!(kept(0, 90), (90, 2_500));
    }

    #[test]
    fn who_comes_early_waits_for_the_window_at_its_own_cost() {
        assert_eq!(kept(60, 40), (40, 417));
        assert_eq!(
            detention(OPENS, OPENS.before(minutes(5)), Window { from: OPENS, to: OPENS }, 0).minutes,
            0
        );
    }

    #[test]
    fn a_day_costs_ten_hours_and_a_stop_three_days() {
        assert_eq!(kept(0, 630), (630, 25_000));
        assert_eq!(kept(0, 1440), (1440, 25_000));
        assert_eq!(kept(0, 1500), (1500, 27_500), "the second day's first hour");
        assert_eq!(kept(0, 3 * 1440), (3 * 1440, 75_000));
        assert_eq!(kept(0, 90 * 1440), (90 * 1440, 75_000), "forgotten for a quarter of a year");
    }

    #[test]
    fn later_visits_cost_what_is_left_of_the_stops_maximum() {
        let window = Window { from: OPENS, to: OPENS.after(minutes(120)) };
        let again = |before| detention(OPENS, OPENS.after(minutes(630)), window, before).amount.minor;
        assert_eq!((again(0), again(60_000), again(75_000), again(i64::MAX)), (25_000, 15_000, 0, 0));
    }

    proptest::proptest! {
        #[test]
        fn longer_waiting_never_costs_less(kept_minutes in 0_u64..10_000_000, longer in 0_u64..10_000) {
            let cost = |minutes| kept(0, minutes).1;
            proptest::prop_assert!(cost(kept_minutes) <= cost(kept_minutes + longer));
        }
    }
}
