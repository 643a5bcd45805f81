//! Years, months and minutes of the day in UTC.

use kernel::Timestamp;

const DAY_MICROS: i64 = 86_400_000_000;
const MINUTE_MICROS: i64 = 60_000_000;

/// The civil year and month (1 to 12) in UTC, by the days-to-civil conversion of the proleptic Gregorian calendar.
#[must_use]
pub const fn year_and_month(time: Timestamp) -> (i32, u32) {
    // Years are counted from 1 March 0000, so that the leap day is a year's last one.
    let days = time.micros().div_euclid(DAY_MICROS) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year as i32, month as u32)
}

/// The month as one number that counts up, for the volume of a month.
#[must_use]
pub const fn month_number(time: Timestamp) -> i64 {
    let (year, month) = year_and_month(time);
    year as i64 * 12 + month as i64 - 1
}

/// Minutes since midnight UTC, 0 to 1439.
#[must_use]
pub const fn minute_of_day(time: Timestamp) -> u16 {
    (time.micros().rem_euclid(DAY_MICROS) / MINUTE_MICROS) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn months_turn_at_their_edges() {
        assert_eq!(year_and_month(at("1970-01-01T00:00:00Z")), (1970, 1));
        assert_eq!(year_and_month(at("2024-02-29T23:59:59Z")), (2024, 2));
        assert_eq!(year_and_month(at("2024-03-01T00:00:00Z")), (2024, 3));
        assert_eq!(year_and_month(at("2026-12-31T23:59:59.999999Z")), (2026, 12));
        assert_eq!(year_and_month(at("2027-01-01T00:00:00Z")), (2027, 1));
        assert_eq!(month_number(at("2027-01-01T00:00:00Z")) - month_number(at("2026-12-01T00:00:00Z")), 1);
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let mut last = year_and_month(at("2000-01-01T00:00:00Z"));
        let mut turns = 0;
        for day in 1..146_097_i64 {
            let next = year_and_month(Timestamp::from_micros(
                at("2000-01-01T00:00:00Z").micros() + day * DAY_MICROS,
            ));
            if next != last {
                let expected = if last.1 == 12 { (last.0 + 1, 1) } else { (last.0, last.1 + 1) };
                assert_eq!(next, expected);
                turns += 1;
            }
            last = next;
        }
        assert_eq!(turns, 400 * 12 - 1);
    }

    #[test]
    fn minutes_start_at_midnight() {
        assert_eq!(minute_of_day(at("2026-03-01T00:00:59Z")), 0);
        assert_eq!(minute_of_day(at("2026-03-01T23:59:59Z")), 1439);
    }
}
