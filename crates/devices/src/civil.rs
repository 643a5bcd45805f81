//! Dates as trackers write them: two digits of the year of this century, UTC.

use kernel::Timestamp;

/// Year (0 to 99, of 2000), month, day, hour, minute, second; none when that is no date.
pub(crate) fn at([year, month, day, hour, minute, second]: [u8; 6]) -> Option<Timestamp> {
    let small = |value: u8| i8::try_from(value).ok();
    let year = i16::from(small(year).filter(|year| *year <= 99)?) + 2000;
    let time = jiff::civil::DateTime::new(
        year,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        0,
    );
    let instant = time.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp::from_micros(instant.as_microsecond()))
}

/// The same six numbers of an instant; the year within its century.
pub(crate) fn parts(at: Timestamp) -> [u8; 6] {
    let Ok(instant) = jiff::Timestamp::from_microsecond(at.micros()) else { return [0; 6] };
    let time = instant.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let year = i8::try_from(time.year().rem_euclid(100)).unwrap_or(0);
    [year, time.month(), time.day(), time.hour(), time.minute(), time.second()].map(i8::unsigned_abs)
}

/// Two decimal digits in one byte; none when a half is no decimal digit.
pub(crate) const fn bcd(byte: u8) -> Option<u8> {
    let (high, low) = (byte >> 4, byte & 15);
    if high < 10 && low < 10 { Some(high * 10 + low) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_of_this_century() {
        assert_eq!(at([15, 8, 31, 21, 53, 21]).unwrap().to_string(), "2015-08-31T21:53:21Z");
        assert_eq!(at([24, 2, 29, 0, 0, 0]).unwrap().to_string(), "2024-02-29T00:00:00Z");
        assert_eq!(parts(at([15, 8, 31, 21, 53, 21]).unwrap()), [15, 8, 31, 21, 53, 21]);
        for bad in [
            [23, 2, 29, 0, 0, 0],
            [100, 1, 1, 0, 0, 0],
            [15, 13, 1, 0, 0, 0],
            [15, 1, 1, 24, 0, 0],
            [255; 6],
            [0; 6],
        ] {
            assert_eq!(at(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn decimal_digits_are_two_in_a_byte() {
        assert_eq!(bcd(0x59), Some(59));
        assert_eq!((bcd(0x5a), bcd(0xa5)), (None, None));
    }
}
