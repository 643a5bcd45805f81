//! Opening hours by a place's own clock, over the days when clocks change.
//!
//! The time zones are compiled in, so that every machine answers alike. Where a clock jumps over the minute at which a
//! span begins or ends, that instant lies as much later as the clock jumped; where a clock passes a minute twice, a span
//! begins at the first and ends at the second pass. A day of 23 or 25 hours that is open from 0 to 1440 is open throughout.

use contracts::{
    facility::{Arrangement, OpenSpan},
    shipment::Window,
};
use jiff::{
    civil::{Date, DateTime},
    tz::{TimeZone, TimeZoneDatabase},
};
use kernel::Timestamp;
use std::sync::LazyLock;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

const MINUTE_MICROS: i64 = 60_000_000;
/// Minutes of a day; the end of a span may be it.
pub const DAY_MINUTES: u16 = 1440;

/// A time zone.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

impl Zone {
    /// By its IANA name, in its own spelling; `None` when there is none such.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let zone = ZONES.get(name).ok()?;
        (zone.iana_name() == Some(name)).then_some(Self(zone))
    }

    fn civil(&self, at: Timestamp) -> DateTime {
        self.0.to_datetime(jiff_of(at))
    }

    /// Midnight of the local day, or the day's first instant where there is no midnight.
    #[must_use]
    pub fn day_of(&self, at: Timestamp) -> Timestamp {
        self.start_of(self.civil(at).date())
    }

    fn start_of(&self, date: Date) -> Timestamp {
        self.0.to_ambiguous_timestamp(date.at(0, 0, 0, 0)).compatible().map_or(END_OF_TIME, time_of)
    }

    /// The first instant, not before `at`, whose local clock shows a multiple of `minutes`.
    #[must_use]
    pub fn grid_up(&self, at: Timestamp, minutes: u16) -> Timestamp {
        let step = i64::from(minutes.max(1)) * MINUTE_MICROS;
        let offset = i64::from(self.0.to_offset(jiff_of(at)).seconds()) * 1_000_000;
        let past = (at.micros().saturating_add(offset)).rem_euclid(step);
        if past == 0 { at } else { Timestamp::from_micros(at.micros().saturating_add(step - past)) }
    }

    /// The minute of a local day as an instant.
    fn minute(&self, date: Date, minute: u16, side: Side) -> Timestamp {
        if minute >= DAY_MINUTES {
            return date.tomorrow().map_or(END_OF_TIME, |next| self.start_of(next));
        }
        let civil = date.at((minute / 60) as i8, (minute % 60) as i8, 0, 0);
        let ambiguous = self.0.to_ambiguous_timestamp(civil);
        let fold = matches!(ambiguous.offset(), jiff::tz::AmbiguousOffset::Fold { .. });
        let instant = if fold && side == Side::End { ambiguous.later() } else { ambiguous.compatible() };
        instant.map_or(END_OF_TIME, time_of)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Begin,
    End,
}

/// 9998-12-31T00:00:00Z: what lies beyond has no civil date.
const END_OF_TIME: Timestamp = Timestamp::from_micros(253_370_678_400_000_000);

fn jiff_of(at: Timestamp) -> jiff::Timestamp {
    let bounded = at.micros().clamp(0, END_OF_TIME.micros());
    jiff::Timestamp::from_microsecond(bounded).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

fn time_of(instant: jiff::Timestamp) -> Timestamp {
    Timestamp::from_micros(instant.as_microsecond())
}

/// When a facility is open within some days, as instants: ordered, apart from one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTimes(Vec<Window>);

/// Days that are looked at, at most.
const DAYS_MAX: usize = 400;

impl OpenTimes {
    /// The open times that touch `from` to `to`.
    #[must_use]
    pub fn of(arrangement: &Arrangement, zone: &Zone, from: Timestamp, to: Timestamp) -> Self {
        let mut open: Vec<Window> = Vec::new();
        let first = zone.civil(from).date().yesterday().unwrap_or(Date::MIN);
        let last = zone.civil(to).date();
        for date in first.series(jiff::Span::new().days(1)).take_while(|date| *date <= last).take(DAYS_MAX) {
            let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
            for span in arrangement.hours.get(weekday).into_iter().flatten() {
                add(&mut open, zone, date, *span);
            }
        }
        Self(open)
    }

    /// Whether it is open all the time from one instant to another.
    #[must_use]
    pub fn covers(&self, from: Timestamp, to: Timestamp) -> bool {
        self.0.iter().any(|open| open.from <= from && to <= open.to)
    }

    /// The first instant, not before `from`, at which it is open for so many microseconds on end.
    #[must_use]
    pub fn room_from(&self, from: Timestamp, micros: i64) -> Option<Timestamp> {
        self.0.iter().find_map(|open| {
            let begin = open.from.max(from);
            (begin.micros().saturating_add(micros) <= open.to.micros()).then_some(begin)
        })
    }

    /// The windows.
    #[must_use]
    pub fn windows(&self) -> &[Window] {
        &self.0
    }
}

fn add(open: &mut Vec<Window>, zone: &Zone, date: Date, span: OpenSpan) {
    let from = zone.minute(date, span.from_minute, Side::Begin);
    let to = zone.minute(date, span.to_minute, Side::End);
    if from >= to {
        return;
    }
    match open.last_mut() {
        Some(before) if before.to >= from => before.to = before.to.max(to),
        _ => open.push(Window { from, to }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::facility::SlotRules;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn daily(zone: &str, from_minute: u16, to_minute: u16) -> Arrangement {
        let hours = vec![vec![OpenSpan { from_minute, to_minute }]; 7];
        Arrangement { zone: zone.to_owned(), hours, rules: SlotRules::default() }
    }

    fn on(arrangement: &Arrangement, day: &str) -> Vec<(String, String)> {
        let zone = Zone::named(&arrangement.zone).unwrap();
        let noon = at(&format!("{day}T12:00:00Z"));
        let (from, to) = (zone.day_of(noon), zone.day_of(noon.after(std::time::Duration::from_secs(86_400))));
        let open = OpenTimes::of(arrangement, &zone, from, to.before(std::time::Duration::from_micros(1)));
        let during = open.windows().iter().filter(|window| window.from < to && window.to > from);
        during.map(|window| (window.from.to_string(), window.to.to_string())).collect()
    }

    fn one(from: &str, to: &str) -> Vec<(String, String)> {
        vec![(from.to_owned(), to.to_owned())]
    }

    #[test]
    fn office_hours_follow_the_local_clock_over_both_changes() {
        let office = daily("Europe/Rome", 8 * 60, 18 * 60);
        assert_eq!(on(&office, "2026-03-28"), one("2026-03-28T07:00:00Z", "2026-03-28T17:00:00Z"));
        assert_eq!(on(&office, "2026-03-29"), one("2026-03-29T06:00:00Z", "2026-03-29T16:00:00Z"));
        assert_eq!(on(&office, "2026-10-24"), one("2026-10-24T06:00:00Z", "2026-10-24T16:00:00Z"));
        assert_eq!(on(&office, "2026-10-25"), one("2026-10-25T07:00:00Z", "2026-10-25T17:00:00Z"));
    }

    #[test]
    fn the_night_of_the_short_day_loses_its_hour() {
        // 02:00 to 03:00 does not exist on 29 March 2026 in Rome.
        let night = daily("Europe/Rome", 60, 4 * 60);
        assert_eq!(on(&night, "2026-03-29"), one("2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z"));
        let begins_in_the_gap = daily("Europe/Rome", 150, 4 * 60);
        assert_eq!(on(&begins_in_the_gap, "2026-03-29"), one("2026-03-29T01:30:00Z", "2026-03-29T02:00:00Z"));
        // Inside the gap: what ends before it begins is no time at all.
        let inside = daily("Europe/Rome", 120, 180);
        assert_eq!(on(&inside, "2026-03-29"), []);
    }

    #[test]
    fn the_night_of_the_long_day_has_its_hour_twice() {
        // 02:00 to 03:00 comes twice on 25 October 2026 in Rome.
        let night = daily("Europe/Rome", 60, 4 * 60);
        assert_eq!(on(&night, "2026-10-25"), one("2026-10-24T23:00:00Z", "2026-10-25T03:00:00Z"));
        let inside = daily("Europe/Rome", 120, 150);
        assert_eq!(on(&inside, "2026-10-25"), one("2026-10-25T00:00:00Z", "2026-10-25T01:30:00Z"));
    }

    #[test]
    fn days_that_are_always_open_leave_no_gap() {
        let always = daily("Europe/Rome", 0, DAY_MINUTES);
        let zone = Zone::named("Europe/Rome").unwrap();
        for (from, to) in [("2026-03-27", "2026-03-31"), ("2026-10-23", "2026-10-27")] {
            let (from, to) = (at(&format!("{from}T00:00:00Z")), at(&format!("{to}T00:00:00Z")));
            let open = OpenTimes::of(&always, &zone, from, to);
            assert_eq!(open.windows().len(), 1);
            assert!(open.covers(from, to));
        }
        // Santiago has no midnight on 6 September 2026: its day begins at one.
        let chile = daily("America/Santiago", 0, DAY_MINUTES);
        assert_eq!(on(&chile, "2026-09-06").len(), 1);
    }

    #[test]
    fn nonsense_is_no_zone() {
        for name in ["", "Rome", "Europe/Atlantis", "europe/rome", "+25:00", "../../etc/passwd", "CET\0"] {
            assert!(Zone::named(name).is_none(), "{name:?}");
        }
        assert!(Zone::named("Etc/UTC").is_some());
    }

    #[test]
    fn the_grid_is_the_local_clocks() {
        let kolkata = Zone::named("Asia/Kolkata").unwrap();
        // 05:30 ahead of UTC: full hours there are half hours here.
        assert_eq!(kolkata.grid_up(at("2026-03-01T08:00:00Z"), 60), at("2026-03-01T08:30:00Z"));
        assert_eq!(kolkata.grid_up(at("2026-03-01T08:30:00Z"), 60), at("2026-03-01T08:30:00Z"));
    }

    proptest! {
        #[test]
        fn open_times_are_ordered_apart_and_found_again(
            from_minute in 0_u16..1440,
            length in 1_u16..1440,
            day in 0_i64..800,
            zone in prop::sample::select(vec!["Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
        ) {
            let arrangement = daily(zone, from_minute, (from_minute + length).min(DAY_MINUTES));
            let zone = Zone::named(zone).unwrap();
            let from = Timestamp::from_millis(1_767_225_600_000 + day * 86_400_000);
            let to = Timestamp::from_millis(from.millis() + 5 * 86_400_000);
            let open = OpenTimes::of(&arrangement, &zone, from, to);
            for pair in open.windows().windows(2) {
                prop_assert!(pair[0].to < pair[1].from);
            }
            for window in open.windows() {
                prop_assert!(window.from < window.to);
                prop_assert!(open.covers(window.from, window.to));
                let length = window.to.micros() - window.from.micros();
                prop_assert_eq!(open.room_from(window.from, length), Some(window.from));
            }
        }
    }
}
