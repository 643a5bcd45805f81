//! Status bytes, alarms and texts.

use crate::{Attributes, DecodeError, hex, reader::Reader};

/// The status byte: ignition, charging, blocked, and an older way to say an alarm.
pub(super) fn status(value: u8, attributes: &mut Attributes) {
    let bit = |number: u8| value >> number & 1 == 1;
    attributes.insert("ignition".to_owned(), bit(1).into());
    attributes.insert("charging".to_owned(), bit(2).into());
    attributes.insert("blocked".to_owned(), bit(7).into());
    let alarm = match value >> 3 & 7 {
        1 => "vibration",
        2 => "power_cut",
        3 => "low_battery",
        4 => "sos",
        6 => "geofence",
        7 => "removing",
        _ => return,
    };
    attributes.insert("alarm".to_owned(), alarm.into());
}

/// Status, battery, signal, alarm and language, of alarm and status messages.
pub(super) fn status_and_alarm(reader: &mut Reader, attributes: &mut Attributes) -> Result<(), DecodeError> {
    status(reader.u8()?, attributes);
    battery_and_alarm(reader, attributes)
}

/// The same behind the status byte.
pub(super) fn battery_and_alarm(reader: &mut Reader, attributes: &mut Attributes) -> Result<(), DecodeError> {
    battery(reader.u8()?, attributes);
    attributes.insert("gsm_signal".to_owned(), reader.u8()?.into());
    alarm(reader.u8()?, attributes);
    Ok(())
}

/// Older models count six bars, newer ones percent.
pub(super) fn battery(level: u8, attributes: &mut Attributes) {
    let percent = if level <= 6 { u16::from(level) * 100 / 6 } else { u16::from(level.min(100)) };
    attributes.insert("battery_percent".to_owned(), percent.into());
}

/// The alarm byte; zero is none, an unknown one is kept as a number.
pub(super) fn alarm(code: u8, attributes: &mut Attributes) {
    let name = match code {
        0 => return,
        0x01 => "sos",
        0x02 => "power_cut",
        0x03 | 0x09 => "vibration",
        0x04 => "geofence_enter",
        0x05 => "geofence_exit",
        0x06 => "overspeed",
        0x0e | 0x0f | 0x19 => "low_battery",
        0x11 => "power_off",
        0x13 | 0x25 => "tampering",
        0x14 => "door",
        0x23 => "fall",
        0x29 => "acceleration",
        0x30 => "braking",
        0x2a | 0x2b => "cornering",
        0x2c => "accident",
        other => {
            attributes.insert("event".to_owned(), other.into());
            return;
        }
    };
    attributes.insert("alarm".to_owned(), name.into());
}

/// Hundredths.
pub(super) fn hundredths(value: u16) -> f64 {
    crate::message::rounded(f64::from(value) / 100.0, 1e2)
}

/// Printable text, trimmed, or else hexadecimal.
pub(super) fn text(bytes: &[u8]) -> String {
    let printable = bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n'));
    if printable {
        bytes.iter().map(|byte| char::from(*byte)).collect::<String>().trim().to_owned()
    } else {
        hex::encode(bytes)
    }
}
