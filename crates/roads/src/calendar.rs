//! Days of the year in restrictions: `Nov-Mar`, `Nov 15-Mar 31`, `2026 May 22-2026 Oct 7` (the opening hours
//! specification of OpenStreetMap, as far as it names months and days).

use kernel::Timestamp;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// No month has more.
const DAYS_MAX: u32 = 31;

/// A day of a year, or of every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    /// 0 is every year.
    year: u16,
    /// 1 to 12.
    month: u8,
    /// 1 to 31.
    day: u8,
}

impl Day {
    /// A day, in any year with 0; none that no calendar has.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_one = (1..=12).contains(&month) && (1..=DAYS_MAX).contains(&u32::from(day));
        is_one.then_some(Self { year, month, day })
    }

    /// The day of an instant, counted in UTC.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        // Days since 1 March of the year 0 of the proleptic Gregorian calendar; eras have 400 years.
        let days = at.millis().div_euclid(86_400_000) + 719_468;
        let era_day = days.rem_euclid(146_097);
        let era_year = (era_day - era_day / 1_460 + era_day / 36_524 - era_day / 146_096) / 365;
        let year_day = era_day - (365 * era_year + era_year / 4 - era_year / 100);
        let march_month = (5 * year_day + 2) / 153;
        let day = year_day - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = era_year + days.div_euclid(146_097) * 400 + i64::from(month <= 2);
        Self { year: u16::try_from(year).unwrap_or(0), month: month as u8, day: day as u8 }
    }

    const fn in_any_year(self) -> Self {
        Self { year: 0, ..self }
    }

    /// As a number for files: year, month and day.
    #[must_use]
    pub fn number(self) -> u32 {
        u32::from(self.year) << 16 | u32::from(self.month) << 8 | u32::from(self.day)
    }

    /// The day of a number.
    #[must_use]
    pub fn of_number(number: u32) -> Option<Self> {
        let [day, month, ..] = number.to_le_bytes();
        Self::new((number >> 16) as u16, month, day)
    }
}

/// Days from one to another, both included. Without a year they come again, also over the turn of the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Season {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

impl Season {
    /// Whether it holds a day of a certain year.
    #[must_use]
    pub fn holds(&self, day: Day) -> bool {
        let Self { from, to } = *self;
        if from.year != 0 {
            return (from..=to).contains(&day);
        }
        let day = day.in_any_year();
        if from <= to { (from..=to).contains(&day) } else { day >= from || day <= to }
    }
}

/// Takes the seasons from the beginning of a rule; nothing when it names none, `None` when it begins with a month and goes
/// on in a way that is not understood.
#[must_use]
pub fn seasons(rule: &str) -> Option<(Vec<Season>, &str)> {
    let mut found = Vec::new();
    let mut rest = rule.trim_start();
    if !begins_with_day(rest) {
        return Some((found, rest));
    }
    loop {
        let (season, after) = season(rest)?;
        found.push(season);
        rest = after.trim_start();
        match rest.strip_prefix(',').map(str::trim_start) {
            Some(more) if begins_with_day(more) => rest = more,
            _ => break,
        }
    }
    Some((found, rest.strip_prefix(':').unwrap_or(rest).trim_start()))
}

/// Whether a month or a year stands here, and not an hour.
fn begins_with_day(text: &str) -> bool {
    let (_, after_year) = year(text);
    month(after_year).is_some()
}

/// `[year] Month [day]`, alone or up to another one, of which the month may go without saying.
fn season(text: &str) -> Option<(Season, &str)> {
    let (from_year, rest) = year(text);
    let (from_month, rest) = month(rest)?;
    let (from_day, rest) = day(rest);
    let from = Day::new(from_year, from_month, from_day.unwrap_or(1))?;
    let Some(end) = rest.trim_start().strip_prefix('-').map(str::trim_start) else {
        let to = Day::new(from_year, from_month, from_day.unwrap_or(DAYS_MAX as u8))?;
        return Some((Season { from, to }, rest));
    };
    let (to_year, rest) = year(end);
    let to_year = if to_year == 0 { from_year } else { to_year };
    let (to, rest) = match (month(rest), from_day) {
        (Some((to_month, rest)), _) => {
            let (to_day, rest) = day(rest);
            (Day::new(to_year, to_month, to_day.unwrap_or(DAYS_MAX as u8))?, rest)
        }
        (None, Some(_)) => {
            let (to_day, rest) = day(rest);
            (Day::new(to_year, from_month, to_day?)?, rest)
        }
        (None, None) => return None,
    };
    // A year on one side only, or an end before the beginning, is a slip of somebody's.
    let is_sound = (from_year == 0) == (to.year == 0) && (from_year == 0 || from <= to);
    is_sound.then_some((Season { from, to }, rest))
}

/// Four digits before a month; 0 when there is no year.
fn year(text: &str) -> (u16, &str) {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let year = digits.and_then(|digits| digits.parse().ok()).filter(|year| *year > 0);
    let rest = text.get(4..).filter(|rest| rest.starts_with(' ')).map(str::trim_start);
    year.zip(rest).unwrap_or((0, text))
}

fn month(text: &str) -> Option<(u8, &str)> {
    let name = text.get(..3)?;
    let month = MONTHS.iter().position(|known| *known == name)?;
    Some((month as u8 + 1, &text[3..]))
}

/// One or two digits that are no hour.
fn day(text: &str) -> (Option<u8>, &str) {
    let rest = text.trim_start();
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let is_hour = rest[digits..].starts_with(':');
    match rest[..digits].parse() {
        Ok(day) if !is_hour && digits <= 2 => (Some(day), &rest[digits..]),
        _ => (None, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Day {
        Day::of(Timestamp::parse(&format!("{text}T12:00:00Z")).unwrap())
    }

    fn holds(rule: &str, day: &str) -> bool {
        let (found, _) = seasons(rule).unwrap();
        found.iter().any(|season| season.holds(at(day)))
    }

    #[test]
    fn an_instant_has_its_day() {
        for text in ["1970-01-01", "2024-02-29", "2026-03-01", "2026-12-31", "2100-02-28"] {
            let day = at(text);
            assert_eq!(format!("{:04}-{:02}-{:02}", day.year, day.month, day.day), text);
        }
    }

    #[test]
    fn months_and_days_come_again_every_year() {
        assert!(holds("Nov-Mar", "2026-11-01") && holds("Nov-Mar", "2027-03-31"));
        assert!(!holds("Nov-Mar", "2026-04-01") && !holds("Nov-Mar", "2026-10-31"));
        assert!(holds("Nov 15-Apr 15", "2026-04-15") && !holds("Nov 15-Apr 15", "2026-04-16"));
        assert!(holds("Dec 24-26", "2026-12-25") && !holds("Dec 24-26", "2026-12-27"));
        assert!(holds("Apr,Sep", "2026-09-30") && !holds("Apr,Sep", "2026-05-01"));
        assert!(holds("Dec 25", "2026-12-25") && !holds("Dec 25", "2026-12-24"));
    }

    #[test]
    fn a_year_comes_once() {
        let works = "2018 May 22-2018 Oct 7";
        assert!(holds(works, "2018-05-22") && holds(works, "2018-10-07"));
        assert!(!holds(works, "2018-10-08") && !holds(works, "2026-07-01"));
        assert!(holds("2026 Jul-Aug", "2026-08-31") && !holds("2026 Jul-Aug", "2027-08-01"));
        assert_eq!(seasons("2018 May 22-2017 Oct 7"), None);
    }

    #[test]
    fn hours_and_days_of_the_week_are_left() {
        let rest = |rule| seasons(rule).unwrap().1.to_owned();
        assert_eq!(rest("Nov-Mar Mo-Fr 07:00-09:00"), "Mo-Fr 07:00-09:00");
        assert_eq!(rest("Jun-Aug: 08:00-18:00"), "08:00-18:00");
        assert_eq!(rest("Dec 24 08:00-12:00"), "08:00-12:00");
        assert_eq!(rest("Mo-Fr 07:00-09:00"), "Mo-Fr 07:00-09:00");
        assert_eq!((seasons("Nov-easter"), seasons("Feb 30-Mar 40")), (None, None));
    }

    proptest! {
        #[test]
        fn any_text_ends_in_an_answer(text in "[A-Za-z0-9 ,:é-]{0,40}") {
            let _ = seasons(&text);
        }

        #[test]
        fn a_day_is_its_number(year in 0_u16..3000, month in 1_u8..=12, day in 1_u8..=31) {
            let day = Day::new(year, month, day).unwrap();
            prop_assert_eq!(Day::of_number(day.number()), Some(day));
        }
    }
}
