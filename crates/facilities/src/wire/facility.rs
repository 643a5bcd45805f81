//! Facilities, their hours and rules, and their yards as they are now.

use super::WireDock;
use crate::{
    agents::Yard,
    facilities::Found,
    views::facilities::{FacilityRow, state_name, type_name},
};
use contracts::facility::{Arrangement, OpenSpan, SlotRules};
use edge::{Fields, wire::WirePosition};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// A facility in a list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct WireFacility {
    /// Its id.
    #[schema(example = "fac_01890a5d1c2b7e3f8a9b0c1d2e3f4a5b")]
    id: String,
    /// What people call it.
    #[schema(example = "FAC-MIL-W000004")]
    reference: String,
    /// `warehouse`, `depot`, `terminal` or `cross_dock`.
    facility_type: String,
    /// Its operator.
    organisation_id: String,
    /// Where.
    position: WirePosition,
    /// Its IANA time zone.
    #[schema(example = "Europe/Rome")]
    time_zone: String,
    /// `operational`, `at_capacity`, `maintenance` or `closed`.
    state: String,
}

impl From<FacilityRow> for WireFacility {
    fn from(row: FacilityRow) -> Self {
        Self {
            id: row.id.to_string(),
            reference: row.reference,
            facility_type: row.kind,
            organisation_id: row.organisation.to_string(),
            position: row.position.into(),
            time_zone: row.time_zone,
            state: row.state,
        }
    }
}

/// Open from one time of the local day to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireSpan {
    /// `HH:MM` by the local clock.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "08:00")]
    from: String,
    /// `HH:MM` by the local clock, at most 24:00.
    #[schema(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", example = "18:00")]
    to: String,
}

/// The open spans of a weekday, in order; none when it is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireDay {
    /// The spans.
    #[schema(max_items = 10)]
    open: Vec<WireSpan>,
}

fn minute_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= 1440).then_some(minute)
}

fn clock_of(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Spans of one day.
const SPANS_MAX: usize = 10;

impl WireDay {
    /// The domain's spans, with every wrong field noted.
    pub(crate) fn check(&self, day: usize, fields: &mut Fields) -> Vec<OpenSpan> {
        fields.require(
            self.open.len() <= SPANS_MAX,
            format!("hours[{day}]"),
            "too_many",
            "at most 10 spans a day",
        );
        let mut spans = Vec::new();
        for (place, span) in self.open.iter().enumerate().take(SPANS_MAX) {
            let at = |name: &str| format!("hours[{day}].open[{place}].{name}");
            let clock = |text: &str| minute_of(text).ok_or("must be HH:MM by the 24 hour clock");
            let from = fields.take(at("from"), "invalid_time", clock(&span.from));
            let to = fields.take(at("to"), "invalid_time", clock(&span.to));
            if let (Some(from_minute), Some(to_minute)) = (from, to) {
                spans.push(OpenSpan { from_minute, to_minute });
            }
        }
        spans
    }

    fn of(spans: &[OpenSpan]) -> Self {
        let span =
            |span: &OpenSpan| WireSpan { from: clock_of(span.from_minute), to: clock_of(span.to_minute) };
        Self { open: spans.iter().map(span).collect() }
    }
}

/// By what rules slots are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WireRules {
    /// Slots begin at multiples of it, by the local clock.
    #[schema(minimum = 5, maximum = 60)]
    slot_minutes: u16,
    /// How long an appointment lasts that names no length.
    #[schema(minimum = 15, maximum = 720)]
    usual_minutes: u16,
    /// Kept free between two appointments.
    #[schema(minimum = 0, maximum = 120)]
    buffer_minutes: u16,
    /// How long ahead a slot must be booked.
    #[schema(minimum = 0, maximum = 10_080)]
    lead_minutes: u16,
    /// How far ahead slots can be booked.
    #[schema(minimum = 1, maximum = 365)]
    horizon_days: u16,
    /// How long a hold lasts.
    #[schema(minimum = 1, maximum = 1440)]
    hold_minutes: u16,
    /// How long beyond its appointment a truck's stay is free of charge.
    #[schema(minimum = 0, maximum = 1440)]
    free_minutes: u16,
}

impl WireRules {
    /// The domain's rules, with every wrong field noted.
    pub(crate) fn check(self, fields: &mut Fields) -> SlotRules {
        let grid = [5, 10, 15, 20, 30, 60].contains(&self.slot_minutes);
        fields.require(grid, "rules.slot_minutes", "out_of_range", "must be 5, 10, 15, 20, 30 or 60");
        for (value, least, most, name) in [
            (self.usual_minutes, 15, 720, "usual_minutes"),
            (self.buffer_minutes, 0, 120, "buffer_minutes"),
            (self.lead_minutes, 0, 10_080, "lead_minutes"),
            (self.horizon_days, 1, 365, "horizon_days"),
            (self.hold_minutes, 1, 1440, "hold_minutes"),
            (self.free_minutes, 0, 1440, "free_minutes"),
        ] {
            let holds = (least..=most).contains(&value);
            fields.require(
                holds,
                format!("rules.{name}"),
                "out_of_range",
                format!("must be {least} to {most}"),
            );
        }
        SlotRules {
            slot_minutes: self.slot_minutes,
            usual_minutes: self.usual_minutes,
            buffer_minutes: self.buffer_minutes,
            lead_minutes: self.lead_minutes,
            horizon_days: self.horizon_days,
            hold_minutes: self.hold_minutes,
            free_minutes: self.free_minutes,
        }
    }
}

impl From<SlotRules> for WireRules {
    fn from(rules: SlotRules) -> Self {
        Self {
            slot_minutes: rules.slot_minutes,
            usual_minutes: rules.usual_minutes,
            buffer_minutes: rules.buffer_minutes,
            lead_minutes: rules.lead_minutes,
            horizon_days: rules.horizon_days,
            hold_minutes: rules.hold_minutes,
            free_minutes: rules.free_minutes,
        }
    }
}

/// Docks are closed for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct WireClosure {
    /// Its number.
    number: u32,
    /// Which docks; all of them when empty.
    docks: Vec<String>,
    /// From when.
    #[schema(format = DateTime)]
    from: String,
    /// To when.
    #[schema(format = DateTime)]
    to: String,
    /// `maintenance`, `holiday`, `staff`, `incident` or `other`.
    reason: String,
}

/// A facility.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct WireFacilityDetail {
    /// Its id.
    id: String,
    /// What people call it.
    reference: String,
    /// `warehouse`, `depot`, `terminal` or `cross_dock`.
    facility_type: String,
    /// Its operator.
    organisation_id: String,
    /// Where.
    position: WirePosition,
    /// `operational`, `at_capacity`, `maintenance` or `closed`.
    state: String,
    /// Its IANA time zone.
    time_zone: String,
    /// The open spans of each weekday, Monday first.
    hours: Vec<WireDay>,
    /// By what rules slots are given.
    rules: WireRules,
    /// Closures that are not over.
    closures: Vec<WireClosure>,
    /// 1 to 5: 5 when none of the last 100 punctual trucks was kept waiting for more than 30 minutes, 1 when all were;
    /// absent before the first.
    rating: Option<f64>,
    /// Of how many trucks the rating speaks, and how many of them were kept waiting.
    rated_trucks: usize,
    /// Those that were kept waiting.
    delayed_trucks: usize,
}

impl WireFacilityDetail {
    pub(crate) fn of(found: &Found) -> Self {
        let (yard, site) = (&found.yard, &found.site);
        let Arrangement { zone, hours, rules } = &*yard.arrangement;
        Self {
            id: found.id.to_string(),
            reference: site.reference.clone(),
            facility_type: type_name(site.facility_type).to_owned(),
            organisation_id: site.organisation.to_string(),
            position: site.position.into(),
            state: state_name(yard.state).to_owned(),
            time_zone: zone.clone(),
            hours: hours.iter().map(|spans| WireDay::of(spans)).collect(),
            rules: (*rules).into(),
            closures: closures(yard),
            rating: yard.rating(),
            rated_trucks: yard.record.len(),
            delayed_trucks: yard.record.iter().filter(|delayed| **delayed).count(),
        }
    }
}

fn closures(yard: &Yard) -> Vec<WireClosure> {
    let closure = |closed: &contracts::facility::DockClosed| WireClosure {
        number: closed.closure,
        docks: closed.docks.iter().map(ToString::to_string).collect(),
        from: closed.window.from.to_string(),
        to: closed.window.to.to_string(),
        reason: closed.reason.clone(),
    };
    yard.closures.values().map(closure).collect()
}

/// A dock as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct WireDockNow {
    /// The dock.
    dock: WireDock,
    /// The appointment whose truck stands there or was called there.
    occupied_by: Option<String>,
    /// How much of the next 24 hours is booked, in thousandths.
    booked_permille: u16,
}

/// A truck that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct WireWaiting {
    /// Its appointment.
    appointment_id: String,
    /// Its place, from 1.
    place: usize,
    /// When its work was to begin.
    #[schema(format = DateTime)]
    planned_at: String,
    /// When it came.
    #[schema(format = DateTime)]
    arrived_at: String,
    /// `waited_long` (over an hour, goes first), `in_time` or `late`.
    priority: &'static str,
}

/// A yard as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct WireYard {
    /// `operational`, `at_capacity`, `maintenance` or `closed`.
    state: String,
    /// How much of the usable docks' open time in the next two hours is booked, in thousandths.
    booked_permille: u16,
    /// Whether that is so much that a warning was given.
    nearly_full: bool,
    /// The docks.
    docks: Vec<WireDockNow>,
    /// The trucks that wait, in the order in which they will be called.
    queue: Vec<WireWaiting>,
    /// Appointments that have lost their place and need one.
    displaced: Vec<String>,
}

/// Displaced appointments that are named.
const DISPLACED_MAX: usize = 1000;

impl WireYard {
    pub(crate) fn of(yard: &Yard, now: Timestamp) -> Self {
        let ahead = |hours: u64| contracts::shipment::Window {
            from: now,
            to: now.after(Duration::from_secs(hours * 3600)),
        };
        let day = ahead(24);
        let all = day.to.micros() - day.from.micros();
        let docks = yard.docks.values().map(|dock| WireDockNow {
            dock: (&dock.spec).into(),
            occupied_by: dock.occupied_by.map(|id| id.to_string()),
            booked_permille: u16::try_from((dock.taken_micros(day) * 1000 / all).clamp(0, 1000))
                .unwrap_or(1000),
        });
        let displaced =
            yard.appointments.iter().filter(|(_, known)| known.dock.is_none() && known.stage.is_ahead());
        Self {
            state: state_name(yard.state).to_owned(),
            booked_permille: yard.booked_permille(ahead(2)).unwrap_or(0),
            nearly_full: yard.warned,
            docks: docks.collect(),
            queue: queue(yard, now),
            displaced: displaced.map(|(id, _)| id.to_string()).take(DISPLACED_MAX).collect(),
        }
    }
}

fn queue(yard: &Yard, now: Timestamp) -> Vec<WireWaiting> {
    let waiting = yard.waiting.iter().filter_map(|id| {
        let known = yard.appointments.get(*id)?;
        Some((yard.place_in_queue(*id, now)?, *id, known.planned, known.arrived_at?))
    });
    let mut waiting: Vec<_> = waiting.collect();
    waiting.sort_unstable();
    let shown = |(place, (order, id, planned, arrived)): (usize, ((u8, Timestamp, Timestamp), _, _, _))| {
        WireWaiting {
            appointment_id: kernel::AppointmentId::to_string(&id),
            place: place + 1,
            planned_at: Timestamp::to_string(&planned),
            arrived_at: Timestamp::to_string(&arrived),
            priority: match order.0 {
                0 => "waited_long",
                1 => "in_time",
                _ => "late",
            },
        }
    };
    waiting.into_iter().enumerate().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_the_day_are_read_strictly() {
        assert_eq!(minute_of("00:00"), Some(0));
        assert_eq!(minute_of("24:00"), Some(1440));
        for bad in ["24:01", "8:00", "08:60", "0800", "", "-1:00", "08:00:00", "+8:00"] {
            assert_eq!(minute_of(bad), None, "{bad}");
        }
        assert_eq!(clock_of(1440), "24:00");
    }
}
