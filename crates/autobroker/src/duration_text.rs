//! Durations as people write them: `24h`, `30m`, `1h30m`, `2s`, `500ms`.

use serde::{Deserialize, Deserializer, de::Error as _};
use std::{fmt, str::FromStr, time::Duration};

/// The longest duration that is accepted.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// Units with their milliseconds, the longer suffix before the one it ends with.
const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// A duration that was written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DurationText(pub Duration);

/// A text that is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDuration {
    /// It does not read as one.
    #[error("`{0}` is not a duration; write it like 24h, 30m, 1h30m, 2s or 500ms")]
    Unreadable(String),
    /// It is out of range.
    #[error("`{0}` is too long; at most 366d")]
    TooLong(String),
}

impl FromStr for DurationText {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unreadable = || InvalidDuration::Unreadable(text.to_owned());
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(unreadable());
        }
        let mut millis: u64 = 0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(unreadable)?;
            let (number, tail) = rest.split_at(digits);
            let (unit, factor) = UNITS.iter().find(|(unit, _)| is_unit(tail, unit)).ok_or_else(unreadable)?;
            let number: u64 = number.parse().map_err(|_| unreadable())?;
            let part =
                number.checked_mul(*factor).ok_or_else(|| InvalidDuration::TooLong(text.to_owned()))?;
            millis = millis.checked_add(part).ok_or_else(|| InvalidDuration::TooLong(text.to_owned()))?;
            rest = &tail[unit.len()..];
        }
        let duration = Duration::from_millis(millis);
        if duration > LONGEST { Err(InvalidDuration::TooLong(text.to_owned())) } else { Ok(Self(duration)) }
    }
}

/// Whether `tail` begins with this unit and the unit ends there (`m` is not the beginning of `ms`).
fn is_unit(tail: &str, unit: &str) -> bool {
    tail.strip_prefix(unit).is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphabetic()))
}

impl fmt::Display for DurationText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        if millis == 0 {
            return f.write_str("0s");
        }
        for (unit, factor) in UNITS.iter().rev() {
            if millis >= *factor {
                write!(f, "{}{unit}", millis / factor)?;
                millis %= factor;
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for DurationText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_read() {
        let cases = [
            ("24h", 86_400_000),
            ("30m", 1_800_000),
            ("2s", 2000),
            ("500ms", 500),
            ("1h30m", 5_400_000),
            ("1d", 86_400_000),
            ("0s", 0),
        ];
        for (text, millis) in cases {
            assert_eq!(text.parse(), Ok(DurationText(Duration::from_millis(millis))), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_an_example() {
        for text in ["", "h", "24", "24x", "-1h", "1.5h", "24 h", "1h30", "ms", "99999999999999999999s"] {
            let error = text.parse::<DurationText>().unwrap_err();
            assert!(error.to_string().contains("24h"), "{text}: {error}");
        }
        for text in ["367d", "18446744073709551615d"] {
            assert_eq!(text.parse::<DurationText>(), Err(InvalidDuration::TooLong(text.to_owned())));
        }
    }

    #[test]
    fn printing_and_reading_agree() {
        for text in ["24h", "1d", "1h30m", "2s500ms", "0s"] {
            let duration: DurationText = text.parse().unwrap();
            assert_eq!(duration.to_string().parse(), Ok(duration));
        }
    }
}
