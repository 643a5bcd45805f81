//! The sentences. The one with a position has, somewhere behind its type: time `hhmmss`, validity, latitude, `N` or `S`,
//! longitude, `E` or `W`, speed in knots, course, perhaps a battery, date `ddmmyy`, and the status bits as 8 hexadecimal
//! digits. Coordinates are degrees and minutes written together, `3542.2043`, with or without the point, or apart, `-23-3.3408`.

use super::status;
use crate::{Attributes, DecodeError, Message, civil, message::Raw};
use kernel::Timestamp;

const FIELDS_MAX: usize = 128;
const NOT_TEXT: DecodeError = DecodeError::Field("text");

pub(super) fn decode(bytes: &[u8], received: Timestamp) -> Result<Message, DecodeError> {
    let text = std::str::from_utf8(bytes).map_err(|_| NOT_TEXT)?;
    let inner = text.strip_prefix('*').and_then(|text| text.strip_suffix('#')).ok_or(DecodeError::Header)?;
    if inner.chars().any(|character| character.is_control() && !character.is_whitespace()) {
        return Err(NOT_TEXT);
    }
    let fields: Vec<&str> = inner.split(',').map(str::trim).take(FIELDS_MAX + 1).collect();
    let [maker, device, kind, rest @ ..] = fields.as_slice() else {
        return Err(DecodeError::Truncated);
    };
    if fields.len() > FIELDS_MAX {
        return Err(DecodeError::TooLong);
    }
    let is_maker = maker.len() == 2 && maker.bytes().all(|letter| letter.is_ascii_alphabetic());
    if !is_maker || !device.bytes().all(|digit| digit.is_ascii_digit()) || device.len() > 20 {
        return Err(DecodeError::Header);
    }
    let mut message = match (*kind, north_or_south(rest)) {
        (kind, Some(at)) if kind.starts_with('V') => located(kind, rest, at, received)?,
        ("V1" | "VI1" | "V5" | "V19", None) => return Err(DecodeError::Field("coordinates")),
        _ => other(kind, rest),
    };
    message.device = (!device.is_empty()).then(|| (*device).to_owned());
    message.reply = reply(maker, device, kind, received);
    Ok(message)
}

/// Where the hemisphere of the latitude stands: the longitude's must stand two fields later.
fn north_or_south(fields: &[&str]) -> Option<usize> {
    (1..fields.len()).find(|at| {
        matches!(fields.get(*at), Some(&("N" | "S"))) && matches!(fields.get(at + 2), Some(&("E" | "W")))
    })
}

fn located(kind: &str, fields: &[&str], north: usize, received: Timestamp) -> Result<Message, DecodeError> {
    let field = |offset: isize| north.checked_add_signed(offset).and_then(|at| fields.get(at)).copied();
    let needed = |offset, name| field(offset).ok_or(DecodeError::Field(name));
    let latitude = coordinate(needed(-1, "latitude")?).ok_or(DecodeError::Field("latitude"))?;
    let longitude = coordinate(needed(1, "longitude")?).ok_or(DecodeError::Field("longitude"))?;
    let speed = decimal(needed(3, "speed")?).ok_or(DecodeError::Field("speed"))?;
    let course = match needed(4, "course")? {
        "" => None,
        course => Some(decimal(course).ok_or(DecodeError::Field("course"))?),
    };
    let tail = fields.get(north + 5..).unwrap_or_default();
    let (battery, tail) = match tail {
        // A battery may stand before the date.
        [battery, date, ..] if !is_date(battery) && is_date(date) => {
            (Some(*battery), tail.get(1..).unwrap_or_default())
        }
        _ => (None, tail),
    };
    let mut raw = Raw {
        at: time(field(-3).unwrap_or(""), tail.first().copied().unwrap_or(""), received)?,
        latitude: signed(latitude, field(0) == Some("N")),
        longitude: signed(longitude, field(2) == Some("E")),
        speed_kmh: Some(speed * super::KMH_PER_KNOT),
        heading: course,
        valid: valid(field(-2).unwrap_or(""))?,
        ..Raw::default()
    };
    if let Some(percent) = battery.and_then(|battery| battery.parse::<u8>().ok()) {
        raw.attributes.insert("battery".to_owned(), percent.into());
    }
    tail_of(tail, &mut raw.attributes);
    let mut message = Message::of(if raw.attributes.contains_key("alarm") { "alarm" } else { "location" });
    message.note("message_type", kind.to_owned());
    message.add(raw, received);
    Ok(message)
}

/// The status bits are the first 8 hexadecimal digits behind the date.
fn tail_of(tail: &[&str], attributes: &mut Attributes) {
    let bits = tail
        .iter()
        .skip(1)
        .find(|field| field.len() == 8 && field.bytes().all(|digit| digit.is_ascii_hexdigit()));
    if let Some(bits) = bits.and_then(|bits| u32::from_str_radix(bits, 16).ok()) {
        status::note(bits, attributes);
    }
}

/// Sentences without a position.
fn other(kind: &str, fields: &[&str]) -> Message {
    let name = match kind {
        "LINK" | "HTBT" | "XT" => "heartbeat",
        "NBR" | "V3" | "BS" | "VP1" => "cells",
        "" => "empty",
        _ => "other",
    };
    let mut message = Message::of(name);
    message.note("message_type", kind.to_owned());
    let bits = fields
        .iter()
        .rev()
        .find(|field| field.len() == 8 && field.bytes().all(|digit| digit.is_ascii_hexdigit()));
    if let Some(bits) = bits.and_then(|bits| u32::from_str_radix(bits, 16).ok()) {
        status::note(bits, &mut message.attributes);
    }
    if kind == "LINK"
        && let [_, signal, satellites, battery, ..] = fields
    {
        for (key, value) in [("gsm_signal", signal), ("satellites", satellites), ("battery_percent", battery)]
        {
            if let Ok(value) = value.parse::<u32>() {
                message.note(key, value);
            }
        }
    }
    message
}

/// What the device waits for: positions and cells are answered with the time.
fn reply(maker: &str, device: &str, kind: &str, received: Timestamp) -> Option<Vec<u8>> {
    if device.is_empty() || !matches!(kind, "V1" | "NBR" | "LINK" | "V3" | "XT") {
        return None;
    }
    let [year, month, day, hour, minute, second] = civil::parts(received);
    let time = format!("20{year:02}{month:02}{day:02}{hour:02}{minute:02}{second:02}");
    Some(format!("*{maker},{device},V4,{kind},{time}#").into_bytes())
}

/// A or a coding scheme's number is a fix; V, B and nothing are none.
fn valid(field: &str) -> Result<bool, DecodeError> {
    match field {
        "A" => Ok(true),
        "V" | "B" | "" => Ok(false),
        scheme if scheme.bytes().all(|digit| digit.is_ascii_digit()) => Ok(true),
        _ => Err(DecodeError::Field("validity")),
    }
}

/// A sentence without date and time is of now; one without a time, of that day's midnight.
fn time(time: &str, date: &str, received: Timestamp) -> Result<Option<Timestamp>, DecodeError> {
    let [hour, minute, second] =
        if is_date(time) { two_digits(time) } else { Some([0; 3]) }.ok_or(DecodeError::Field("time"))?;
    match date {
        "" => Ok(Some(received)),
        date if is_date(date) => {
            let [day, month, year] = two_digits(date).ok_or(DecodeError::Field("date"))?;
            Ok(civil::at([year, month, day, hour, minute, second]))
        }
        _ => Err(DecodeError::Field("date")),
    }
}

fn is_date(field: &str) -> bool {
    field.len() == 6 && field.bytes().all(|digit| digit.is_ascii_digit())
}

fn two_digits(field: &str) -> Option<[u8; 3]> {
    let [a, b, c, d, e, f] =
        <[u8; 6]>::try_from(field.as_bytes()).ok()?.map(|digit| digit.wrapping_sub(b'0'));
    Some([a * 10 + b, c * 10 + d, e * 10 + f])
}

/// Degrees and minutes; none unless the minutes are below 60.
fn coordinate(field: &str) -> Option<f64> {
    let (degrees, minutes) =
        if let Some((degrees, minutes)) = field.strip_prefix('-').and_then(|rest| rest.split_once('-')) {
            (decimal(degrees)?, decimal(minutes)?)
        } else {
            let point = field.find('.');
            // Without a point the last four digits are the fraction of the minutes.
            let whole = point.or(field.len().checked_sub(4))?;
            let (head, fraction) = field.split_at_checked(whole)?;
            let (degrees, minutes) = head.split_at_checked(head.len().saturating_sub(2))?;
            let fraction = fraction.trim_start_matches('.');
            let degrees = if degrees.is_empty() { 0.0 } else { decimal(degrees)? };
            (degrees, decimal(&format!("{minutes}.{fraction}"))?)
        };
    (minutes < 60.0).then_some(degrees + minutes / 60.0)
}

/// An unsigned decimal number, nothing else: no exponent, no sign.
fn decimal(field: &str) -> Option<f64> {
    let plain = field.len() <= 16
        && field.bytes().any(|digit| digit.is_ascii_digit())
        && field.bytes().all(|digit| digit.is_ascii_digit() || digit == b'.');
    if plain { field.parse().ok() } else { None }
}

const fn signed(value: f64, positive: bool) -> f64 {
    if positive { value } else { -value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_degrees_and_minutes_in_every_form() {
        let close = |field, expected: f64| (coordinate(field).unwrap() - expected).abs() < 1e-9;
        assert!(close("3542.2043", 35.0 + 42.2043 / 60.0));
        assert!(close("38.6508", 38.6508 / 60.0));
        assert!(close("37573392", 37.0 + 57.3392 / 60.0));
        assert!(close("145037022", 145.0 + 3.7022 / 60.0));
        assert!(close("-23-3.3408", 23.0 + 3.3408 / 60.0));
        for bad in ["", "x", "3560.0000", "-23", "1e5", "1.2.3", "--1-2", "999999999999999999999.1"] {
            assert_eq!(coordinate(bad), None, "{bad}");
        }
    }

    #[test]
    fn any_two_letters_are_a_maker_and_are_answered_as_they_came() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let sentence = |maker: &str| {
            let text = format!(
                "*{maker},865205030330012,V1,145452,A,4527.8520,N,00911.4000,E,0.00,0,100825,FFFFFBFF#"
            );
            decode(text.as_bytes(), now)
        };
        for maker in ["HQ", "TH", "xm"] {
            let message = sentence(maker).unwrap();
            assert_eq!(
                (message.points.len(), message.device.as_deref()),
                (1, Some("865205030330012")),
                "{maker}"
            );
            let reply = String::from_utf8(message.reply.unwrap()).unwrap();
            assert!(reply.starts_with(&format!("*{maker},865205030330012,V4,V1,")), "{reply}");
        }
        for maker in ["", "H", "HQX", "H1", "ÀÈ"] {
            assert!(matches!(sentence(maker), Err(DecodeError::Header)), "{maker}");
        }
    }
}
