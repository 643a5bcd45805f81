//! What it costs to keep a truck waiting (annex, section 1: 500/h after 30 min; decision 0077 says what that is in euros).

use contracts::{shipment::Window, tracking::Detention};
use kernel::{Money, Timestamp};

/// Nobody pays for these.
pub const FREE_MINUTES: u32 = 30;
/// Of each further hour.
pub const HOUR_MINOR: i64 = 2_500;

/// The detention of a visit: it begins when the truck is there and the window has opened.
#[must_use]
pub fn detention(arrived_at: Timestamp, left_at: Timestamp, window: Window) -> Detention {
    let kept = left_at.since(arrived_at.max(window.from));
    let minutes = u32::try_from(kept.as_secs() / 60).unwrap_or(u32::MAX);
    let paid_minutes = minutes.saturating_sub(FREE_MINUTES);
    // To the nearest cent.
    let minor = (i64::from(paid_minutes) * HOUR_MINOR + 30) / 60;
    Detention { minutes, paid_minutes, amount: Money::new(minor, kernel::Currency::EUR) }
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
            detention(OPENS.before(minutes(arrived_before)), OPENS.after(minutes(left_after)), window);
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
        assert_eq!(detention(OPENS, OPENS.before(minutes(5)), Window { from: OPENS, to: OPENS }).minutes, 0);
    }
}
