//! When a restriction holds: the part after the `@` of OSM's conditional tags (the wiki's page "Conditional
//! restrictions"), as far as it speaks of days of the year, hours of the week, weight and length.

use crate::{
    calendar::{Day, Season, seasons},
    vehicle::Vehicle,
};
use kernel::Timestamp;
use std::time::Duration;

/// Minutes of a week, counted from Monday 00:00.
pub const WEEK_MINUTES: u16 = 7 * 24 * 60;

/// A local minute of the week, Monday 00:00 is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WeekMinute(u16);

impl WeekMinute {
    /// A minute of the week; none beyond its end.
    #[must_use]
    pub const fn new(minute: u16) -> Option<Self> {
        if minute < WEEK_MINUTES { Some(Self(minute)) } else { None }
    }
}

/// What clocks and calendars show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// The minute of the week.
    pub minute: WeekMinute,
    /// The day; absent for whoever asks for a minute of any week, for whom every season counts.
    pub day: Option<Day>,
}

impl LocalTime {
    /// What they show in a country of Europe.
    #[must_use]
    pub fn at_place(at: Timestamp, country: [u8; 2]) -> Self {
        let local = at.after(Duration::from_secs(3600 * u64::from(hours_ahead(at, country))));
        // The epoch was a Thursday.
        let minute = (local.millis().div_euclid(60_000) + 3 * 1440).rem_euclid(i64::from(WEEK_MINUTES));
        Self { minute: WeekMinute(minute as u16), day: Some(Day::of(local)) }
    }
}

/// When somebody drives: by the clocks of wherever he is, or at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// A minute of the week, the same everywhere.
    Minute(WeekMinute),
    /// An instant, which clocks show differently.
    Instant(Timestamp),
}

impl Departure {
    /// What clocks and calendars show then in a country.
    #[must_use]
    pub fn at_place(self, country: [u8; 2]) -> LocalTime {
        match self {
            Self::Minute(minute) => LocalTime { minute, day: None },
            Self::Instant(at) => LocalTime::at_place(at, country),
        }
    }
}

/// Which of the turn restrictions count that hold at some hours only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// All of them, so that what is found is legal at any time of the week.
    Always,
    /// Those of an hour.
    At(Departure),
    /// None, and turning back is free where one of them is: nothing weighs less at any hour. Not to be driven by.
    Least,
}

/// By how much clocks are ahead of UTC. Summer time is that of Directive 2000/84/EC, which its neighbours keep too.
fn hours_ahead(at: Timestamp, country: [u8; 2]) -> u8 {
    let (winter, keeps_summer) = match &country {
        b"IS" => (0, false),
        b"GB" | b"IE" | b"PT" => (0, true),
        b"TR" | b"BY" => (3, false),
        b"BG" | b"CY" | b"EE" | b"FI" | b"GR" | b"LT" | b"LV" | b"MD" | b"RO" | b"UA" => (2, true),
        _ => (1, true),
    };
    winter + u8::from(keeps_summer && is_summer(at))
}

/// From the last Sunday of March to the last of October, 01:00 UTC.
fn is_summer(at: Timestamp) -> bool {
    let text = at.to_string();
    let year = text.split('-').next().unwrap_or_default();
    let last_sunday = |day: &str| {
        let last = Timestamp::parse(&format!("{year}-{day}T01:00:00Z")).ok()?;
        let since_sunday = (last.millis().div_euclid(86_400_000) + 4).rem_euclid(7);
        Some(last.before(Duration::from_secs(since_sunday.unsigned_abs() * 86_400)))
    };
    let (begins, ends) = (last_sunday("03-31"), last_sunday("10-31"));
    begins.zip(ends).is_some_and(|(begins, ends)| (begins..ends).contains(&at))
}

/// Hours of some days.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Times {
    /// Days of the year; empty is all.
    pub seasons: Vec<Season>,
    /// Spans of the week in minutes, end excluded; empty is all of it.
    pub hours: Vec<(u16, u16)>,
}

impl Times {
    fn holds(&self, at: LocalTime) -> bool {
        let WeekMinute(minute) = at.minute;
        let in_season = |day| self.seasons.iter().any(|season| season.holds(day));
        (self.seasons.is_empty() || at.day.is_none_or(in_season))
            && (self.hours.is_empty() || self.hours.iter().any(|(from, to)| (*from..*to).contains(&minute)))
    }
}

/// When something holds. Everything said must be true at once; what was said and not understood counts as true, so that
/// a rule is rather obeyed too often.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Condition {
    /// When, at any of these; empty is always.
    pub times: Vec<Times>,
    /// Only vehicles heavier than this, in units of 10 kg; 0 is all.
    pub above_10kg: u16,
    /// Only vehicles longer than this, in cm; 0 is all.
    pub above_cm: u16,
    /// Only dangerous goods.
    pub hazmat: bool,
}

impl Condition {
    /// Reads the text after the `@`, brackets included or not.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim().trim_start_matches('(').trim_end_matches(')');
        let mut condition = Self::default();
        for part in text.split(" AND ").flat_map(|part| part.split(" and ")) {
            let part = part.trim();
            if let Some((subject, limit)) = part.split_once('>') {
                let limit = limit.trim_start_matches('=').trim();
                match subject.trim() {
                    "weight" | "maxweight" | "maxweightrating" => {
                        condition.above_10kg = crate::import::weight_10kg(limit).unwrap_or(0);
                    }
                    "length" => condition.above_cm = crate::import::length_cm(limit).unwrap_or(0),
                    _ => {}
                }
            } else if part == "hazmat" {
                condition.hazmat = true;
            } else if let Some(times) = times(part) {
                condition.times = times;
            }
        }
        condition
    }

    /// Whether it holds at some times only.
    #[must_use]
    pub const fn is_timed(&self) -> bool {
        !self.times.is_empty()
    }

    /// Whether it holds for a vehicle at a time; without one every hour of every day counts, so that what is found is legal
    /// at any time.
    #[must_use]
    pub fn holds(&self, vehicle: &Vehicle, at: Option<LocalTime>) -> bool {
        let within = |at| self.times.iter().any(|times| times.holds(at));
        (!self.is_timed() || at.is_none_or(within))
            && vehicle.weight_10kg > self.above_10kg
            && vehicle.length_cm > self.above_cm
            && (vehicle.hazmat || !self.hazmat)
    }
}

/// The values of a conditional tag with their conditions: `no_left_turn @ (Mo-Fr 07:00-09:00); no_u_turn @ (weight>7.5)`.
#[must_use]
pub fn clauses(text: &str) -> Vec<(&str, Condition)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((value, after)) = rest.split_once('@') {
        // Semicolons inside brackets belong to the hours.
        let after = after.trim_start();
        let end = if after.starts_with('(') {
            after.find(')').map_or(after.len(), |at| at + 1)
        } else {
            after.find(';').unwrap_or(after.len())
        };
        found.push((value.trim().trim_start_matches(';').trim(), Condition::parse(&after[..end])));
        rest = &after[end..];
    }
    found
}

/// `Nov-Mar Mo-Fr 07:00-09:00,16:00-18:00; Sa 08:00-12:00`; none when there is anything else in it. Rules of the same
/// days stand together. A span that runs past midnight goes by the day on which it is, as days of the year go.
fn times(text: &str) -> Option<Vec<Times>> {
    let mut found: Vec<Times> = Vec::new();
    for rule in text.split(';').map(str::trim).filter(|rule| !rule.is_empty()) {
        let (seasons, rest) = seasons(rule)?;
        let hours = if rest.is_empty() { Vec::new() } else { hours(rest)? };
        let same = |times: &&mut Times| times.seasons == seasons && !times.hours.is_empty();
        match found.iter_mut().find(same) {
            Some(times) if !hours.is_empty() => times.hours.extend(hours),
            _ => found.push(Times { seasons, hours }),
        }
    }
    (!found.is_empty()).then_some(found)
}

/// `Mo-Fr 07:00-09:00,16:00-18:00` of one rule.
fn hours(rule: &str) -> Option<Vec<(u16, u16)>> {
    let mut spans = Vec::new();
    let (days, times) = match rule.find(|c: char| c.is_ascii_digit()) {
        Some(at) => (rule[..at].trim(), rule[at..].trim()),
        None => (rule, "00:00-24:00"),
    };
    let days = if days.is_empty() { vec![0, 1, 2, 3, 4, 5, 6] } else { weekdays(days)? };
    for span in times.split(',') {
        let (from, to) = span.split_once('-')?;
        let (from, to) = (minute(from)?, minute(to)?);
        for day in &days {
            push(
                &mut spans,
                day * 1440 + from,
                if to > from { day * 1440 + to } else { (day + 1) * 1440 + to },
            );
        }
    }
    (!spans.is_empty()).then_some(spans)
}

/// A span that runs past Sunday night goes on in Monday morning.
fn push(spans: &mut Vec<(u16, u16)>, from: u16, to: u16) {
    spans.push((from, to.min(WEEK_MINUTES)));
    if to > WEEK_MINUTES {
        spans.push((0, to - WEEK_MINUTES));
    }
}

fn weekdays(text: &str) -> Option<Vec<u16>> {
    const NAMES: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
    let day = |name: &str| NAMES.iter().position(|known| *known == name.trim());
    let mut days = Vec::new();
    for part in text.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to) = (day(from)?, day(to)?);
        let count = (to + 7 - from) % 7;
        days.extend((from..=from + count).map(|day| (day % 7) as u16));
    }
    Some(days)
}

fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 24 && minutes < 60 && hours * 60 + minutes <= 1440).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn holds(text: &str, minute: u16) -> bool {
        let at = LocalTime { minute: WeekMinute::new(minute).unwrap(), day: None };
        Condition::parse(text).holds(&Vehicle::CAR, Some(at))
    }

    #[test]
    fn clocks_show_the_time_of_their_place() {
        let minute = |text: &str, country: &[u8; 2]| {
            LocalTime::at_place(Timestamp::parse(text).unwrap(), *country).minute.0
        };
        // Monday, 2 March 2026, then Monday, 1 June.
        assert_eq!(minute("2026-03-02T07:30:00Z", b"IT"), 8 * 60 + 30);
        assert_eq!(minute("2026-06-01T07:30:00Z", b"IT"), 9 * 60 + 30);
        assert_eq!(minute("2026-06-01T07:30:00Z", b"GB"), 8 * 60 + 30);
        assert_eq!(minute("2026-06-01T07:30:00Z", b"TR"), 10 * 60 + 30);
        assert_eq!(minute("2026-03-01T23:30:00Z", b"DE"), 30, "Monday has begun there");
        // Sunday, 29 March 2026, when the clocks jump at 01:00 UTC; 25 October, when they jump back.
        assert_eq!(minute("2026-03-29T00:59:00Z", b"FR"), 6 * 1440 + 119);
        assert_eq!(minute("2026-03-29T01:00:00Z", b"FR"), 6 * 1440 + 180);
        assert_eq!(minute("2026-10-25T00:59:00Z", b"FR"), 6 * 1440 + 179);
        assert_eq!(minute("2026-10-25T01:00:00Z", b"FR"), 6 * 1440 + 120);
    }

    #[test]
    fn hours_of_the_week() {
        let text = "(Mo-Fr 07:00-09:00,16:00-18:00; Sa 22:00-02:00)";
        assert!(holds(text, 7 * 60));
        assert!(!holds(text, 9 * 60));
        assert!(holds(text, 4 * 1440 + 17 * 60));
        assert!(holds(text, 5 * 1440 + 23 * 60) && holds(text, 6 * 1440 + 60));
        assert!(!holds(text, 6 * 1440 + 12 * 60));
        assert!(holds("Su 22:00-06:00", 30), "Sunday night goes on on Monday");
        assert!(holds("Sa-Mo", 0) && !holds("Sa-Mo", 2 * 1440));
    }

    #[test]
    fn without_a_time_or_understanding_it_holds() {
        assert!(Condition::parse("Mo-Fr 07:00-09:00").holds(&Vehicle::CAR, None));
        assert!(holds("2018 May 22-2018 Oct 7", 0), "of any week");
        assert!(holds("sunset-sunrise", 700) && holds("Mar-easter 08:00-10:00", 0));
    }

    #[test]
    fn days_of_the_year_hold_with_their_hours() {
        let holds = |text: &str, at: &str| {
            let at = LocalTime::at_place(Timestamp::parse(at).unwrap(), *b"IT");
            Condition::parse(text).holds(&Vehicle::CAR, Some(at))
        };
        let winter = "Nov-Mar";
        assert!(holds(winter, "2026-01-15T12:00:00Z") && !holds(winter, "2026-07-15T12:00:00Z"));
        assert!(!holds(winter, "2026-03-31T22:30:00Z"), "April has begun there");
        let works = "2018 May 22-2018 Oct 7";
        assert!(!holds(works, "2026-07-15T12:00:00Z") && holds(works, "2018-07-15T12:00:00Z"));
        // 15 July 2026 is a Wednesday; clocks show two hours more.
        let summer = "(Jun-Aug Mo-Fr 08:00-10:00; Sep 08:00-20:00; Sa 10:00-12:00)";
        assert!(holds(summer, "2026-07-15T07:00:00Z") && !holds(summer, "2026-07-15T09:00:00Z"));
        assert!(holds(summer, "2026-09-15T09:00:00Z") && !holds(summer, "2026-10-14T07:00:00Z"));
        assert!(holds(summer, "2026-01-17T10:00:00Z"), "a Saturday of any season");
        assert!(Condition::parse(winter).holds(&Vehicle::CAR, None), "legal at any time");
    }

    #[test]
    fn weights_and_lengths() {
        let heavy = Condition::parse("weight>7.5");
        assert!(heavy.holds(&Vehicle::TRUCK_12T, None) && !heavy.holds(&Vehicle::VAN, None));
        let long = Condition::parse("length > 12 m AND Mo-Fr 07:00-09:00");
        let at = |minute| Some(LocalTime { minute: WeekMinute::new(minute).unwrap(), day: None });
        assert!(long.holds(&Vehicle::TRUCK_40T, at(480)));
        assert!(!long.holds(&Vehicle::TRUCK_40T, at(600)));
        assert!(!long.holds(&Vehicle::TRUCK_12T, at(480)));
    }

    proptest! {
        #[test]
        fn any_text_ends_in_an_answer(text in ".{0,60}") {
            let _ = Condition::parse(&text);
        }
    }
}
