//! What a decoded message holds, and why one is refused.

use kernel::{Position, Timestamp};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// Trackers' clocks may be ahead by so much before a position counts as one from the future. Their local time zones
/// reach 14 hours.
const AHEAD_MAX: Duration = Duration::from_secs(25 * 3600);
/// 2000-01-01T00:00:00Z: no tracker of these protocols is older; what says so has lost its clock.
const EARLIEST: Timestamp = Timestamp::from_millis(946_684_800_000);
/// No vehicle is faster; a larger value is a broken receiver's.
const SPEED_KMH_MAX: f64 = 1000.0;

/// Named values beside a position, such as `ignition` or `power_volts`; the unit is the last part of the name.
pub type Attributes = BTreeMap<String, Value>;

/// One message.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Message {
    /// What it is, in the protocol's own words: `login`, `heartbeat`, `location` ...
    pub kind: String,
    /// The device's identifier, when this message carries it.
    pub device: Option<String>,
    /// Where it was, in the message's order.
    pub points: Vec<Point>,
    /// Positions that cannot be true.
    pub refused: Vec<Refused>,
    /// What the message says beside positions.
    pub attributes: Attributes,
    /// What the protocol wants answered when everything in the message is kept.
    pub reply: Option<Vec<u8>>,
}

/// Where a device was.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// When.
    pub at: Timestamp,
    /// Where; rounded to 1e-7 degrees.
    pub position: Position,
    /// km/h, 0 to 1000, when known.
    pub speed_kmh: Option<f64>,
    /// Degrees from north, 0 to below 360, when known.
    pub heading: Option<f64>,
    /// Metres above the sea, when known.
    pub altitude: Option<f64>,
    /// Satellites of the fix, when known.
    pub satellites: Option<u16>,
    /// Whether the device calls it a present fix. A false one is the last known place, not evidence of being there now.
    pub valid: bool,
    /// Everything else.
    pub attributes: Attributes,
}

/// A position that cannot be true.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Why.
    pub reason: Reason,
    /// When it says it was, if that could be read.
    pub at: Option<Timestamp>,
}

/// Why a position is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Reason {
    /// Not within -90 to 90 degrees.
    #[error("the latitude is off the globe")]
    Latitude,
    /// Not within -180 to 180 degrees.
    #[error("the longitude is off the globe")]
    Longitude,
    /// 0/0 is where receivers without a fix are.
    #[error("0/0 is no fix")]
    NoFix,
    /// Above 1000 km/h or not a number.
    #[error("the speed is absurd")]
    Speed,
    /// More than 25 hours ahead.
    #[error("the time is in the future")]
    Future,
    /// Before 2000.
    #[error("the time is before 2000")]
    Past,
    /// Not a date and time.
    #[error("the time is not a date")]
    Time,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Latitude, Self::Longitude, Self::NoFix, Self::Speed, Self::Future, Self::Past, Self::Time];

    /// A stable code for programs and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Latitude => "position.latitude",
            Self::Longitude => "position.longitude",
            Self::NoFix => "position.no_fix",
            Self::Speed => "position.speed",
            Self::Future => "position.future",
            Self::Past => "position.past",
            Self::Time => "position.time",
        }
    }
}

/// Why a message is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It ends before what it announces.
    #[error("the message ends too early")]
    Truncated,
    /// Something follows its end.
    #[error("{0} bytes follow the end of the message")]
    Trailing(usize),
    /// Longer than any message of the protocol.
    #[error("the message is too long")]
    TooLong,
    /// It does not begin as this protocol's messages do.
    #[error("this is not a message of the protocol")]
    Header,
    /// The checksum is another one.
    #[error("the checksum is wrong")]
    Checksum,
    /// A codec that is not understood.
    #[error("codec {0} is not known")]
    Codec(u8),
    /// The two record counts of a message differ, or do not fit its content.
    #[error("the record counts do not agree")]
    Count,
    /// A value has not the form it must have.
    #[error("{0} is malformed")]
    Field(&'static str),
    /// Not hexadecimal where hexadecimal is asked for.
    #[error("this is not hexadecimal")]
    Hex,
}

impl DecodeError {
    /// A stable code for programs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Truncated => "frame.truncated",
            Self::Trailing(_) => "frame.trailing",
            Self::TooLong => "frame.too_long",
            Self::Header => "frame.header",
            Self::Checksum => "frame.checksum",
            Self::Codec(_) => "frame.codec",
            Self::Count => "frame.count",
            Self::Field(_) => "frame.field",
            Self::Hex => "frame.hex",
        }
    }
}

/// A position as the device wrote it, before anything is believed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Raw {
    pub(crate) at: Option<Timestamp>,
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    pub(crate) speed_kmh: Option<f64>,
    pub(crate) heading: Option<f64>,
    pub(crate) altitude: Option<f64>,
    pub(crate) satellites: Option<u16>,
    pub(crate) valid: bool,
    pub(crate) attributes: Attributes,
}

impl Raw {
    /// Believes it, or says why not. A heading that is no direction is dropped: the place is still true.
    pub(crate) fn check(self, received: Timestamp) -> Result<Point, Refused> {
        let refused = |reason| Refused { reason, at: self.at };
        let at = self.at.ok_or(Refused { reason: Reason::Time, at: None })?;
        if at < EARLIEST {
            return Err(refused(Reason::Past));
        }
        if at > received.after(AHEAD_MAX) {
            return Err(refused(Reason::Future));
        }
        let position = Position::new(degrees(self.latitude), degrees(self.longitude)).map_err(|error| {
            refused(match error {
                kernel::InvalidPosition::Latitude => Reason::Latitude,
                kernel::InvalidPosition::Longitude => Reason::Longitude,
            })
        })?;
        if position.latitude.abs() < 1e-6 && position.longitude.abs() < 1e-6 {
            return Err(refused(Reason::NoFix));
        }
        if self.speed_kmh.is_some_and(|speed| !(0.0..=SPEED_KMH_MAX).contains(&speed)) {
            return Err(refused(Reason::Speed));
        }
        Ok(Point {
            at,
            position,
            speed_kmh: self.speed_kmh.map(|speed| rounded(speed, 1e2)),
            heading: self.heading.and_then(direction),
            altitude: self.altitude.filter(|altitude| altitude.abs() < 100_000.0),
            satellites: self.satellites,
            valid: self.valid,
            attributes: self.attributes,
        })
    }
}

impl Message {
    pub(crate) fn of(kind: &str) -> Self {
        Self { kind: kind.to_owned(), ..Self::default() }
    }

    /// Adds a position, among those believed or those refused.
    pub(crate) fn add(&mut self, raw: Raw, received: Timestamp) {
        match raw.check(received) {
            Ok(point) => self.points.push(point),
            Err(refused) => self.refused.push(refused),
        }
    }

    pub(crate) fn note(&mut self, name: &str, value: impl Into<Value>) {
        self.attributes.insert(name.to_owned(), value.into());
    }
}

/// Rounded so that a value prints as the device meant it.
pub(crate) fn rounded(value: f64, units: f64) -> f64 {
    (value * units).round() / units
}

fn degrees(value: f64) -> f64 {
    rounded(value, 1e7)
}

fn direction(heading: f64) -> Option<f64> {
    let heading = rounded(heading, 1e2);
    if heading.to_bits() == 360.0_f64.to_bits() {
        return Some(0.0);
    }
    (0.0..360.0).contains(&heading).then_some(heading)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_772_352_000_000);

    fn raw() -> Raw {
        Raw { at: Some(NOW), latitude: 45.4642, longitude: 9.19, valid: true, ..Raw::default() }
    }

    fn reason(raw: Raw) -> Reason {
        raw.check(NOW).unwrap_err().reason
    }

    #[test]
    fn what_cannot_be_true_is_refused_with_its_reason() {
        assert!(raw().check(NOW).is_ok());
        assert_eq!(reason(Raw { latitude: 90.1, ..raw() }), Reason::Latitude);
        assert_eq!(reason(Raw { latitude: f64::NAN, ..raw() }), Reason::Latitude);
        assert_eq!(reason(Raw { longitude: -180.1, ..raw() }), Reason::Longitude);
        assert_eq!(reason(Raw { latitude: 0.0, longitude: 0.0, ..raw() }), Reason::NoFix);
        assert_eq!(reason(Raw { speed_kmh: Some(1000.1), ..raw() }), Reason::Speed);
        assert_eq!(reason(Raw { speed_kmh: Some(-0.1), ..raw() }), Reason::Speed);
        assert_eq!(reason(Raw { at: None, ..raw() }), Reason::Time);
        let ahead = NOW.after(AHEAD_MAX + Duration::from_secs(1));
        assert_eq!(reason(Raw { at: Some(ahead), ..raw() }), Reason::Future);
        assert_eq!(reason(Raw { at: Some(Timestamp::from_millis(946_684_799_999)), ..raw() }), Reason::Past);
    }

    #[test]
    fn a_heading_that_is_none_is_dropped() {
        let heading = |value| Raw { heading: Some(value), ..raw() }.check(NOW).unwrap().heading;
        assert_eq!(heading(359.0), Some(359.0));
        assert_eq!(heading(360.0), Some(0.0));
        assert_eq!(heading(511.0), None);
        assert_eq!(heading(-1.0), None);
    }
}
