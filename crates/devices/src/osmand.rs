//! OsmAnd's HTTP form, a query with `id`, `lat`, `lon` and more, and the JSON of the Traccar client (Transistorsoft's
//! background geolocation): `{"device_id", "location": {"timestamp", "coords": {...}}}`.
//!
//! A query's speed is in knots, JSON's in m/s. A position without a time is of the moment it came.

use crate::{
    DecodeError, Message,
    message::{Raw, rounded},
};
use kernel::Timestamp;
use serde_json::Value;

/// A query or a JSON document.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;
const PARAMETERS_MAX: usize = 64;
const LOCATIONS_MAX: usize = 1000;
const ATTRIBUTE_CHARACTERS_MAX: usize = 256;
const KMH_PER_KNOT: f64 = 1.852;
/// What a device may add to say that it is the one that was bound; an attribute of the message.
pub const SECRET: &str = "secret";
const KMH_PER_METRE_PER_SECOND: f64 = 3.6;

/// Reads a request: a path with a query, a query alone, a request line, or a JSON document with or without what stands
/// before it.
///
/// # Errors
/// [`DecodeError`].
pub fn decode(bytes: &[u8], received: Timestamp) -> Result<Message, DecodeError> {
    if bytes.len() > MESSAGE_BYTES_MAX {
        return Err(DecodeError::TooLong);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| DecodeError::Field("text"))?.trim();
    match text.find(['{', '=']) {
        Some(at) if text.get(at..).is_some_and(|rest| rest.starts_with('{')) => {
            json(text.get(at..).unwrap_or_default(), received)
        }
        Some(_) => query(query_of(text), received),
        None => Err(DecodeError::Header),
    }
}

/// Without method, path and HTTP version.
fn query_of(text: &str) -> &str {
    let target = text.split_ascii_whitespace().find(|part| part.contains('=')).unwrap_or(text);
    target.split_once('?').map_or(target, |(_, query)| query)
}

/// Reads a query.
///
/// # Errors
/// [`DecodeError::Field`] names the parameter that is malformed or missing.
pub fn query(text: &str, received: Timestamp) -> Result<Message, DecodeError> {
    let mut message = Message::of("location");
    let mut raw = Raw { at: Some(received), valid: true, ..Raw::default() };
    let (mut latitude, mut longitude) = (None, None);
    for (count, pair) in text.split('&').filter(|pair| !pair.is_empty()).enumerate() {
        if count >= PARAMETERS_MAX {
            return Err(DecodeError::TooLong);
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_decoded(value)?;
        match name {
            "id" | "deviceid" => message.device = Some(identifier(&value)?),
            "lat" => latitude = Some(number(&value, "lat")?),
            "lon" => longitude = Some(number(&value, "lon")?),
            "location" => {
                let (north, east) = value.split_once(',').ok_or(DecodeError::Field("location"))?;
                latitude = Some(number(north, "location")?);
                longitude = Some(number(east, "location")?);
            }
            "timestamp" => raw.at = Some(time(&value)?),
            "speed" => raw.speed_kmh = Some(number(&value, "speed")? * KMH_PER_KNOT),
            "bearing" | "heading" => raw.heading = Some(number(&value, "bearing")?),
            "altitude" => raw.altitude = Some(number(&value, "altitude")?),
            "valid" => raw.valid = matches!(value.as_str(), "true" | "1"),
            "sat" | "satellites" => raw.satellites = value.parse().ok(),
            "accuracy" => note(&mut raw, "accuracy_m", Value::from(number(&value, "accuracy")?)),
            "batt" => note(&mut raw, "battery_percent", Value::from(number(&value, "batt")?)),
            "mock" => note(&mut raw, "mocked", plain(&value)),
            // The sender's, whatever comes of the position; and a text, also when it is all digits.
            SECRET => {
                message.attributes.insert(SECRET.to_owned(), value.into());
            }
            "driverUniqueId" => note(&mut raw, "driver_key", Value::from(value)),
            other => note(&mut raw, other, plain(&value)),
        }
    }
    if message.device.is_none() {
        return Err(DecodeError::Field("id"));
    }
    match (latitude, longitude) {
        (Some(latitude), Some(longitude)) => message.add(Raw { latitude, longitude, ..raw }, received),
        (None, None) => {
            "cells".clone_into(&mut message.kind);
            message.attributes.append(&mut raw.attributes);
        }
        _ => return Err(DecodeError::Field("location")),
    }
    Ok(message)
}

/// Reads a JSON document.
///
/// # Errors
/// [`DecodeError::Field`] names what is malformed or missing.
pub fn json(text: &str, received: Timestamp) -> Result<Message, DecodeError> {
    let document: Value = serde_json::from_str(text).map_err(|_| DecodeError::Field("json"))?;
    let mut message = Message::of("location");
    let device =
        document.get("device_id").or_else(|| document.get("id")).ok_or(DecodeError::Field("device_id"))?;
    message.device = Some(match device {
        Value::String(text) => identifier(text)?,
        Value::Number(number) => identifier(&number.to_string())?,
        _ => return Err(DecodeError::Field("device_id")),
    });
    match document.get("location").ok_or(DecodeError::Field("location"))? {
        Value::Array(locations) if locations.len() > LOCATIONS_MAX => return Err(DecodeError::TooLong),
        Value::Array(locations) => {
            for location in locations {
                add(&mut message, location, received)?;
            }
        }
        location => add(&mut message, location, received)?,
    }
    Ok(message)
}

fn add(message: &mut Message, location: &Value, received: Timestamp) -> Result<(), DecodeError> {
    let mut raw = json_location(location, received)?;
    if let Some(secret) = raw.attributes.remove(SECRET) {
        message.attributes.insert(SECRET.to_owned(), secret);
    }
    message.add(raw, received);
    Ok(())
}

fn json_location(location: &Value, received: Timestamp) -> Result<Raw, DecodeError> {
    let coordinates = location.get("coords").ok_or(DecodeError::Field("coords"))?;
    let value = |name: &str| coordinates.get(name).and_then(Value::as_f64);
    let mut raw = Raw {
        at: Some(match location.get("timestamp") {
            Some(Value::String(text)) => time(text)?,
            Some(Value::Number(number)) => time(&number.to_string())?,
            None => received,
            Some(_) => return Err(DecodeError::Field("timestamp")),
        }),
        latitude: value("latitude").ok_or(DecodeError::Field("latitude"))?,
        longitude: value("longitude").ok_or(DecodeError::Field("longitude"))?,
        // A negative speed or heading is "not known" there.
        speed_kmh: value("speed").filter(|speed| *speed >= 0.0).map(|speed| speed * KMH_PER_METRE_PER_SECOND),
        heading: value("heading").filter(|heading| *heading >= 0.0),
        altitude: value("altitude"),
        valid: true,
        ..Raw::default()
    };
    if let Some(accuracy) = value("accuracy") {
        note(&mut raw, "accuracy_m", accuracy.into());
    }
    if location.get("mock") == Some(&Value::Bool(true)) {
        note(&mut raw, "mocked", true.into());
    }
    for name in ["is_moving", "odometer", "event"] {
        if let Some(value) = location.get(name) {
            note(&mut raw, name, value.clone());
        }
    }
    let inside = |outer: &str, name: &str| location.get(outer).and_then(|outer| outer.get(name));
    if let Some(level) = inside("battery", "level").and_then(Value::as_f64).filter(|level| *level >= 0.0) {
        note(&mut raw, "battery_percent", rounded(level * 100.0, 10.0).into());
    }
    if let Some(charging) = inside("battery", "is_charging") {
        note(&mut raw, "charging", charging.clone());
    }
    if let Some(activity) = inside("activity", "type") {
        note(&mut raw, "activity", activity.clone());
    }
    if let Some(Value::Object(extras)) = location.get("extras") {
        for (name, value) in extras.iter().take(PARAMETERS_MAX) {
            note(&mut raw, name, value.clone());
        }
    }
    Ok(raw)
}

/// Keeps what is short and simple.
fn note(raw: &mut Raw, name: &str, value: Value) {
    let simple = match &value {
        Value::String(text) => text.len() <= ATTRIBUTE_CHARACTERS_MAX,
        Value::Bool(_) | Value::Number(_) => true,
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    };
    if simple && name.len() <= ATTRIBUTE_CHARACTERS_MAX {
        raw.attributes.insert(name.to_owned(), value);
    }
}

fn plain(value: &str) -> Value {
    match value {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => value
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map_or_else(|| value.into(), Value::from),
    }
}

fn identifier(value: &str) -> Result<String, DecodeError> {
    let fits = (1..=64).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(value.to_owned()) } else { Err(DecodeError::Field("id")) }
}

fn number(value: &str, name: &'static str) -> Result<f64, DecodeError> {
    value.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or(DecodeError::Field(name))
}

/// Seconds or milliseconds since 1970, RFC 3339, or `2016-01-27 18:55:47`.
fn time(value: &str) -> Result<Timestamp, DecodeError> {
    const SECONDS_MAX: i64 = i32::MAX as i64;
    if let Ok(number) = value.parse::<i64>() {
        let millis = if number < SECONDS_MAX { number.saturating_mul(1000) } else { number };
        return Ok(Timestamp::from_millis(millis));
    }
    Timestamp::parse(value)
        .or_else(|_| Timestamp::parse(&format!("{}Z", value.replacen(' ', "T", 1))))
        .map_err(|_| DecodeError::Field("timestamp"))
}

fn percent_decoded(value: &str) -> Result<String, DecodeError> {
    let malformed = || DecodeError::Field("percent-encoding");
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'%' => {
                let (digits, after) = rest.split_at_checked(2).ok_or_else(malformed)?;
                bytes.extend(crate::hex::decode(digits).map_err(|_| malformed())?);
                rest = after;
            }
            b'+' => bytes.push(b' '),
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_772_352_000_000);

    #[test]
    fn a_secret_is_the_messages_whatever_comes_of_its_position() {
        let secret = |message: &Message| message.attributes.get(SECRET).cloned();
        for position in
            ["&lat=45.5&lon=9.25", "&lat=95&lon=9.25", "&lat=0&lon=0", "&timestamp=-5&lat=45&lon=9", ""]
        {
            let message = query(&format!("secret=1234567890123456&id=1{position}"), NOW).unwrap();
            assert_eq!(secret(&message), Some("1234567890123456".into()), "{position}");
            assert!(message.points.iter().all(|point| !point.attributes.contains_key(SECRET)));
        }
        let document = r#"{"device_id":"1","location":{"coords":{"latitude":95.0,"longitude":9.25},"extras":{"secret":"a-long-secret-here"}}}"#;
        assert_eq!(secret(&json(document, NOW).unwrap()), Some("a-long-secret-here".into()));
    }

    #[test]
    fn a_position_that_is_made_up_says_so_in_both_forms() {
        let mocked = |message: &Message| message.points[0].attributes.get("mocked").cloned();
        let plain = "id=1&lat=45.5&lon=9.25";
        assert_eq!(mocked(&query(plain, NOW).unwrap()), None);
        assert_eq!(mocked(&query(&format!("{plain}&mock=true"), NOW).unwrap()), Some(Value::Bool(true)));
        let document = |mock: &str| {
            format!(
                r#"{{"device_id":"1","location":{{{mock}"coords":{{"latitude":45.5,"longitude":9.25}}}}}}"#
            )
        };
        assert_eq!(mocked(&json(&document(""), NOW).unwrap()), None);
        assert_eq!(mocked(&json(&document(r#""mock":true,"#), NOW).unwrap()), Some(Value::Bool(true)));
    }
}
