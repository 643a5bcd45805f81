//! What the numbers of IO elements mean, by the vendor's parameter lists of the FMB family. Unknown ones keep their
//! number as `io<id>`.

use crate::{Attributes, hex, message::rounded};
use serde_json::Value;

/// How an element's value is read.
enum Meaning {
    /// As it is.
    Count,
    /// Unsigned, divided by so much.
    Scaled(f64),
    /// Signed, divided by so much.
    Signed(f64),
    /// 1 is true.
    Flag,
    /// Hexadecimal; all zero is absent.
    Key,
}

fn meaning(id: u16) -> Option<(&'static str, Meaning)> {
    use Meaning::{Count, Flag, Key, Scaled, Signed};
    Some(match id {
        1 => ("input_1", Flag),
        2 => ("input_2", Flag),
        3 => ("input_3", Flag),
        4 => ("input_4", Flag),
        9 => ("analogue_1_volts", Scaled(1e3)),
        10 => ("analogue_2_volts", Scaled(1e3)),
        11 | 14 => return None,
        16 => ("odometer_m", Count),
        21 => ("gsm_signal", Count),
        24 => ("speed_gnss_kmh", Count),
        66 => ("power_volts", Scaled(1e3)),
        67 => ("battery_volts", Scaled(1e3)),
        68 => ("battery_amperes", Signed(1e3)),
        69 => ("gnss_status", Count),
        72 => ("temperature_1_celsius", Signed(10.0)),
        73 => ("temperature_2_celsius", Signed(10.0)),
        74 => ("temperature_3_celsius", Signed(10.0)),
        78 => ("driver_key", Key),
        113 => ("battery_percent", Count),
        179 => ("output_1", Flag),
        180 => ("output_2", Flag),
        181 => ("pdop", Scaled(10.0)),
        182 => ("hdop", Scaled(10.0)),
        199 => ("trip_odometer_m", Count),
        239 => ("ignition", Flag),
        240 => ("motion", Flag),
        241 => ("operator", Count),
        10_800 => ("eye_temperature_1_celsius", Signed(100.0)),
        10_801 => ("eye_temperature_2_celsius", Signed(100.0)),
        10_802 => ("eye_temperature_3_celsius", Signed(100.0)),
        10_803 => ("eye_temperature_4_celsius", Signed(100.0)),
        _ => return None,
    })
}

/// An element of 1, 2, 4 or 8 bytes; one of 16 is no number.
pub(super) fn number(id: u16, bytes: &[u8], attributes: &mut Attributes) {
    if bytes.len() > 8 {
        attributes.insert(format!("io{id}"), hex::encode(bytes).into());
        return;
    }
    let unsigned = bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    let shift = 64_usize.saturating_sub(bytes.len() * 8);
    let signed = (unsigned << shift).cast_signed() >> shift;
    let Some((name, meaning)) = meaning(id) else {
        attributes.insert(format!("io{id}"), unsigned.into());
        return;
    };
    let value = match meaning {
        Meaning::Count => Value::from(unsigned),
        Meaning::Scaled(units) => Value::from(rounded(unsigned as f64 / units, 1e4)),
        Meaning::Signed(units) => Value::from(rounded(signed as f64 / units, 1e4)),
        Meaning::Flag => Value::from(unsigned == 1),
        Meaning::Key if unsigned == 0 => return,
        Meaning::Key => Value::from(hex::encode(bytes)),
    };
    attributes.insert(name.to_owned(), value);
}

/// An element of any length; false when it is not known.
pub(super) fn text(id: u16, bytes: &[u8], attributes: &mut Attributes) -> bool {
    match id {
        256 | 325 => {
            attributes.insert("vin".to_owned(), ascii(bytes).into());
            true
        }
        281 => {
            attributes.insert("fault_codes".to_owned(), ascii(bytes).into());
            true
        }
        548 => advertisements(bytes, attributes).is_some(),
        _ => false,
    }
}

/// Advertisements of Bluetooth tags: a format byte, then a block a tag of `u8 length` and fields `u8 kind, u8 length,
/// value`; kind 1 is the tag's address, kind 2 flags and the low seven bits of the battery, `2000 + 10 x` millivolts.
fn advertisements(bytes: &[u8], attributes: &mut Attributes) -> Option<()> {
    let mut rest = bytes.split_first()?.1;
    let mut tag = 0;
    while let Some((length, after)) = rest.split_first() {
        let (mut fields, next) = after.split_at_checked(usize::from(*length))?;
        tag += 1;
        while let [kind, length, after @ ..] = fields {
            let (value, following) = after.split_at_checked(usize::from(*length))?;
            match (kind, value) {
                (1, address) => {
                    attributes.insert(format!("tag_{tag}_address"), hex::encode(address).into());
                }
                (2, [.., low]) => {
                    let millivolts = 2000 + 10 * u32::from(low & 0x7f);
                    attributes.insert(format!("tag_{tag}_millivolts"), millivolts.into());
                }
                _ => {}
            }
            fields = following;
        }
        rest = next;
    }
    Some(())
}

/// Printable text; other bytes become dots.
pub(super) fn ascii(bytes: &[u8]) -> String {
    let shown = bytes.iter().map(|byte| match byte {
        b' '..=b'~' => char::from(*byte),
        b'\r' | b'\n' | b'\t' => ' ',
        _ => '.',
    });
    shown.collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(id: u16, bytes: &[u8]) -> Value {
        let mut attributes = Attributes::new();
        number(id, bytes, &mut attributes);
        attributes.into_values().next().unwrap_or_default()
    }

    #[test]
    fn numbers_have_their_units() {
        assert_eq!(value(66, &[0x37, 0x99]), 14.233);
        assert_eq!(value(10_800, &[0xfb, 0x5d]), -11.87);
        assert_eq!(value(239, &[1]), true);
        assert_eq!(value(199, &[0, 0, 0x17, 0x93]), 6035);
        assert_eq!(value(900, &[0xff; 8]), u64::MAX);
        assert_eq!(value(78, &[0; 8]), Value::Null);
    }
}
