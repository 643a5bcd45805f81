//! Every real message of the protocols that are understood, against what its publishers say it means.
//!
//! The messages are in `../shared/data/devices`; where that is absent the test says so.

#![expect(clippy::unwrap_used, reason = "test code")]

use devices::{DecodeError, Message, Protocol, hex};
use kernel::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, path::Path};

/// 2026-09-21T14:13:20Z: after every message was sent.
const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// Real messages that do not give what their publishers expect, and why: how the payload begins, the error's code (or
/// nothing for a value that is not read), and the reason.
const EXPLAINED: &[(&str, &str, &str)] = &[
    ("78782DA4150817", "frame.checksum", "altered for publication: its checksum is another message's"),
    ("78782627100419", "frame.checksum", "altered for publication"),
    (
        "78783B2E10010D",
        "frame.checksum",
        "the same content as the one of type 0x28 before it, with its checksum",
    ),
    ("7979006f210000", "frame.checksum", "altered for publication"),
    ("78781F120B081D", "frame.checksum", "an example out of a manual; its checksum is wrong there"),
    ("78780c95130a02", "frame.checksum", "altered for publication"),
    ("78788b95140a06", "frame.checksum", "altered for publication"),
    ("78785195140a02", "frame.checksum", "altered for publication"),
    ("78783c22010999", "frame.checksum", "the IMEI was replaced by nines"),
    ("78783c3400000000130a", "frame.truncated", "the last byte is missing"),
    ("78780d01035933", "frame.truncated", "the checksum and the end are missing"),
    (
        "78781210110",
        "frame.header",
        "a model that sends no serial number and no checksum: nothing vouches for it",
    ),
    ("787818a3000000", "", "steps of a personal tracker are not read"),
    ("78782912170316", "", "driving time is not read"),
    ("78780a13560604", "", "a voltage in the language field of one model is not read"),
    ("78780a1345065", "", "a voltage in the language field of one model is not read"),
    ("000000000000001C0D01", "frame.checksum", "altered for publication"),
    ("000000000000009D1002", "frame.checksum", "an example out of a manual; its checksum is wrong there"),
    ("00000000000008130c01", "frame.checksum", "the photo's identifier was altered for publication"),
    ("00000000000000A70804", "frame.truncated", "an example out of a manual, without its checksum"),
    (
        "00000000000000c70704",
        "frame.truncated",
        "codec 7 of a discontinued model, and its last byte is missing",
    ),
];

#[derive(Debug, Deserialize)]
struct Case {
    protocol: String,
    assert: String,
    kind: String,
    payload: String,
    #[serde(default)]
    expected: Vec<Value>,
    check_location: Option<bool>,
}

impl Case {
    fn protocol(&self) -> Option<Protocol> {
        Protocol::from_name(&self.protocol.to_lowercase())
    }

    fn bytes(&self) -> Vec<u8> {
        if self.kind == "hex" {
            hex::decode(self.payload.as_bytes()).unwrap()
        } else {
            self.payload.clone().into_bytes()
        }
    }

    fn decode(&self) -> Result<Message, DecodeError> {
        self.protocol().unwrap().decode(&self.bytes(), NOW)
    }

    /// What differs from the publishers' expectation, with the error's code.
    fn difference(&self) -> Option<(&'static str, String)> {
        let message = match self.decode() {
            Ok(message) => message,
            Err(error) => return Some((error.code(), error.to_string())),
        };
        let difference = match self.assert.as_str() {
            "Null" if message.points.is_empty() => None,
            "Null" => Some("a position where there is none".to_owned()),
            "Position" | "Positions" => self.position_difference(&message),
            "Attribute" => attribute_difference(&self.expected, &message),
            _ => None,
        };
        difference.map(|difference| ("", difference))
    }

    fn position_difference(&self, message: &Message) -> Option<String> {
        // The publishers call replies to commands positions too.
        if message.points.is_empty() && self.check_location != Some(false) {
            return Some(format!("no position, refused {:?}", message.refused));
        }
        self.expected.iter().zip(&message.points).find_map(|(expected, point)| {
            let near = |name: &str, value: f64| (expected[name].as_f64().unwrap() - value).abs() < 0.000_01;
            let time = expected["time_utc"].as_str().unwrap().replace(' ', "T") + "Z";
            let same = Timestamp::parse(&time) == Ok(point.at)
                && expected["valid"] == point.valid
                && near("lat", point.position.latitude)
                && near("lon", point.position.longitude);
            (!same).then(|| format!("{point:?} instead of {expected}"))
        })
    }
}

/// Compares a named value under our name and unit.
fn attribute_difference(expected: &[Value], message: &Message) -> Option<String> {
    let [Value::String(name), Value::String(value)] = expected else {
        return Some("no expectation".to_owned());
    };
    let point = message.points.first();
    if name == "altitude" {
        let found = point.and_then(|point| point.altitude);
        return (found != value.parse().ok()).then(|| format!("altitude {found:?} instead of {value}"));
    }
    let our_name = match name.trim_start_matches("Position.") {
        "KEY_ALARM" => "alarm",
        "KEY_DRIVER_UNIQUE_ID" => "driver_key",
        "KEY_POWER" => "power_volts",
        "KEY_BATTERY" => "battery_volts",
        "KEY_BATTERY_LEVEL" => "battery_percent",
        "KEY_HUMIDITY" => "humidity_percent",
        "PREFIX_TEMP + 1" => "temperature_1_celsius",
        "PREFIX_ADC + 1" => "analogue_1_volts",
        "KEY_EVENT" => "event",
        "KEY_IGNITION" => "ignition",
        "KEY_DOOR" => "door",
        "KEY_ICCID" => "iccid",
        "KEY_RESULT" => "text",
        "KEY_STATUS" => "status",
        "networkTechnology" => "network",
        "tag1Voltage" => "tag_1_millivolts",
        "eyeTemp1" => "eye_temperature_1_celsius",
        other => other,
    };
    let inside = point.and_then(|point| point.attributes.get(our_name));
    let found = inside.or_else(|| message.attributes.get(our_name));
    let same = found.is_some_and(|found| same_value(found, value));
    (!same).then(|| format!("{our_name} is {found:?} instead of {value}"))
}

fn same_value(found: &Value, expected: &str) -> bool {
    match found {
        Value::String(text) => expected
            .strip_prefix("Position.ALARM_")
            .map_or_else(|| text == expected, |alarm| text.eq_ignore_ascii_case(alarm)),
        Value::Bool(found) => expected == found.to_string(),
        Value::Number(number) => {
            let digits = expected.trim_end_matches('L');
            let expected = match digits.strip_prefix("0x") {
                Some(digits) => u32::from_str_radix(digits, 16).map(f64::from).ok(),
                None => digits.parse().ok(),
            };
            number.as_f64().zip(expected).is_some_and(|(a, b)| (a - b).abs() < 1e-9)
        }
        _ => false,
    }
}

fn cases() -> Option<Vec<Case>> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/devices/device_messages.jsonl");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("{} is absent: nothing was compared", path.display());
        return None;
    };
    let all = text.lines().map(|line| serde_json::from_str::<Case>(line).unwrap());
    Some(all.filter(|case| case.protocol().is_some()).collect())
}

#[test]
fn every_real_message_means_what_its_publishers_say_or_is_explained() {
    let Some(cases) = cases() else { return };
    let mut counts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in &cases {
        let (matched, unmatched) = counts.entry(&case.protocol).or_default();
        let explained = EXPLAINED.iter().find(|(beginning, ..)| case.payload.starts_with(beginning));
        match (case.difference(), explained) {
            (None, None) => *matched += 1,
            (Some((code, what)), Some((beginning, expected, reason))) if code == *expected => {
                *unmatched += 1;
                println!("{} {beginning}..: {what}: {reason}", case.protocol);
            }
            (None, Some((beginning, ..))) => wrong.push(format!("{beginning} is explained but matches")),
            (Some((_, what)), _) => wrong.push(format!("{}: {what}", case.payload)),
        }
    }
    for (protocol, (matched, unmatched)) in &counts {
        println!("{protocol}: {matched} matched, {unmatched} unmatched and explained");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(counts.values().map(|(_, unmatched)| unmatched).sum::<u32>(), 21);
}

/// Each protocol's stream is cut into the same frames wherever the network cuts it.
#[test]
fn a_stream_is_framed_wherever_it_is_cut() {
    let Some(cases) = cases() else { return };
    let whole = cases.iter().filter(|case| case.decode().is_ok());
    for case in whole {
        let bytes = case.bytes();
        let length: fn(&[u8]) -> Result<Option<usize>, DecodeError> = match case.protocol() {
            // A datagram is its own frame.
            Some(Protocol::Teltonika) if !bytes.starts_with(&[0, 0x49]) => devices::teltonika::frame_length,
            Some(Protocol::Gt06) => devices::gt06::frame_length,
            Some(Protocol::H02) if bytes.starts_with(b"*") => devices::h02::frame_length,
            _ => continue,
        };
        let mut seen = None;
        for end in 0..=bytes.len() {
            match length(&bytes[..end]) {
                Ok(None) => assert!(seen.is_none(), "a length was taken back: {}", case.payload),
                Ok(Some(known)) => assert_eq!(*seen.get_or_insert(known), known, "{}", case.payload),
                Err(error) => panic!("{error} after {end} bytes of {}", case.payload),
            }
        }
        assert!(seen.is_some_and(|known| known <= bytes.len()), "{}", case.payload);
    }
}
