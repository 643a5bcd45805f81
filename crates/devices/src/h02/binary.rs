//! The binary position: `$`, identifier (10 digits in 5 bytes, or 15 in 8), time, date, coordinates in degrees and minutes,
//! speed and course, all as decimal digits two a byte, then the status bits and what the model adds.

use super::status;
use crate::{DecodeError, Message, civil, message::Raw, reader::Reader};
use kernel::Timestamp;

const SHORT_BYTES: usize = 32;
const LONG_BYTES: usize = 45;
/// Only the model with a 15-digit identifier sends this length.
const LONG_ID_BYTES: usize = 42;
const BYTES_MAX: usize = 64;

pub(super) fn frame_length(stream: &[u8]) -> Option<usize> {
    let ends_at = |length: usize| stream.get(length).is_some_and(|byte| matches!(byte, b'$' | b'*'));
    if stream.len() < SHORT_BYTES {
        return None;
    }
    let fits = |length: usize| stream.len() == length || ends_at(length);
    [LONG_BYTES, SHORT_BYTES, LONG_ID_BYTES, 46, 48].into_iter().find(|length| fits(*length)).or_else(|| {
        // More may be under way.
        (stream.len() >= BYTES_MAX).then_some(SHORT_BYTES)
    })
}

pub(super) fn decode(bytes: &[u8], received: Timestamp) -> Result<Message, DecodeError> {
    if bytes.len() > BYTES_MAX {
        return Err(DecodeError::TooLong);
    }
    let mut reader = Reader::new(bytes);
    reader.u8()?;
    let mut message = Message::of("location");
    let (id_bytes, id_digits) = if bytes.len() == LONG_ID_BYTES { (8, 15) } else { (5, 10) };
    message.device = Some(digits(reader.take(id_bytes)?)?.take(id_digits).map(character).collect());
    let [hour, minute, second, day, month, year] = pairs(&mut reader)?;
    let latitude: Vec<u8> = digits(reader.take(4)?)?.collect();
    let battery = reader.u8()?;
    let [longitude @ .., last] = reader.array::<5>()?;
    let longitude: Vec<u8> = digits(&longitude)?.chain(Some(last >> 4)).collect();
    let flags = last & 15;
    let motion: Vec<u8> = digits(reader.take(3)?)?.collect();
    let (speed, course) = motion.split_at_checked(3).ok_or(DecodeError::Truncated)?;
    let mut raw = Raw {
        at: civil::at([year, month, day, hour, minute, second]),
        latitude: signed(degrees(&latitude), flags & 4 != 0),
        longitude: signed(degrees(&longitude), flags & 8 != 0),
        speed_kmh: Some(number(speed) * super::KMH_PER_KNOT),
        heading: Some(number(course)),
        valid: flags & 2 != 0,
        ..Raw::default()
    };
    if let Some(percent) = battery_percent(battery) {
        raw.attributes.insert("battery_percent".to_owned(), percent.into());
    }
    status::note(reader.u32()?, &mut raw.attributes);
    message.add(raw, received);
    Ok(message)
}

/// Decimal digits, two a byte.
fn digits(bytes: &[u8]) -> Result<impl Iterator<Item = u8>, DecodeError> {
    if bytes.iter().any(|byte| civil::bcd(*byte).is_none()) {
        return Err(DecodeError::Field("decimal digits"));
    }
    Ok(bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]))
}

fn pairs<const N: usize>(reader: &mut Reader) -> Result<[u8; N], DecodeError> {
    let bytes: [u8; N] = reader.array()?;
    let mut numbers = bytes;
    for number in &mut numbers {
        *number = civil::bcd(*number).ok_or(DecodeError::Field("decimal digits"))?;
    }
    Ok(numbers)
}

fn character(digit: u8) -> char {
    char::from(b'0' + digit)
}

fn number(digits: &[u8]) -> f64 {
    digits.iter().fold(0.0, |value, digit| value * 10.0 + f64::from(*digit))
}

/// Degrees, then two digits of minutes and four of their fraction.
fn degrees(digits: &[u8]) -> f64 {
    let (whole, minutes) = digits.split_at(digits.len().saturating_sub(6));
    number(whole) + number(minutes) / 10_000.0 / 60.0
}

const fn signed(value: f64, positive: bool) -> f64 {
    if positive { value } else { -value }
}

/// Six bars, percent, or bars behind 0xf0; 0 is not known.
const fn battery_percent(level: u8) -> Option<u8> {
    match level {
        1..=3 => Some((level - 1) * 10),
        4..=6 => Some((level - 1) * 20),
        7..=100 => Some(level),
        0xf1..=0xf6 => Some((level - 0xf0) * 16),
        _ => None,
    }
}
