//! Contents of the long frames, by their type.

use super::{
    Frame, content, fields,
    location::{Form, fix, place},
    reply,
};
use crate::{
    DecodeError, Message, hex,
    message::{Raw, rounded},
    reader::Reader,
};
use kernel::Timestamp;

const MODULES: u8 = 0x70;

pub(super) fn read(frame: Frame, received: Timestamp) -> Result<Message, DecodeError> {
    let mut reader = Reader::new(frame.content);
    match frame.kind {
        0x32 | 0x33 => located("location", &mut reader, Form::Measured, received),
        0x38 => located("location", &mut reader, Form::Full, received),
        0x21 => {
            let mut message = Message::of("reply");
            reader.take(5)?;
            message.note("text", fields::text(reader.rest()));
            Ok(message)
        }
        0x94 => information(&mut reader),
        0x9b => {
            let mut message = Message::of("serial");
            reader.u8()?;
            message.note("text", fields::text(reader.rest()));
            Ok(message)
        }
        MODULES => {
            let mut message = modules(&mut reader, received)?;
            message.reply = Some(reply(MODULES, &[], frame.serial));
            Ok(message)
        }
        0x8c => Ok(Message::of("obd")),
        kind => Ok(content::unknown(kind)),
    }
}

fn located(kind: &str, reader: &mut Reader, form: Form, received: Timestamp) -> Result<Message, DecodeError> {
    let mut message = Message::of(kind);
    if let Some(raw) = fix(reader, form)? {
        message.add(raw, received);
    }
    Ok(message)
}

/// What the device says of itself, by a kind of its own.
fn information(reader: &mut Reader) -> Result<Message, DecodeError> {
    let mut message = Message::of("information");
    match reader.u8()? {
        // One byte is the network's generation: 1 is the fourth.
        0x0b if reader.len() == 1 => message.note("network", if reader.u8()? == 1 { "4G" } else { "2G" }),
        0x00 | 0x0b => message.note("power_volts", fields::hundredths(reader.u16()?)),
        0x05 => {
            // Some models put a time before the flags.
            let flags = reader.rest().last().ok_or(DecodeError::Truncated)?;
            message.note("door", flags & 1 == 1);
        }
        0x0a => {
            reader.take(16)?;
            message.note("iccid", hex::encode(reader.take(10)?).replace('f', ""));
        }
        0x1b if reader.rest().iter().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n')) => {
            message.note("serial", fields::text(reader.rest()));
        }
        0x1b => {
            reader.u16()?;
            message.note("driver_key", hex::encode(reader.take(4)?));
        }
        0x1e => {
            let mut tenths = || Ok(rounded(f64::from(reader.u32()?) / 10.0, 10.0));
            message.note("temperature_1_celsius", tenths()?);
            message.note("humidity_percent", tenths()?);
        }
        0x04 | 0x0d => message.note("text", fields::text(reader.rest())),
        _ => message.note("content", hex::encode(reader.rest())),
    }
    Ok(message)
}

/// Modules `u16 kind, u16 length, content`: a fix is one of them.
fn modules(reader: &mut Reader, received: Timestamp) -> Result<Message, DecodeError> {
    let mut message = Message::of("location");
    let mut found = None;
    let mut attributes = crate::Attributes::new();
    while reader.len() >= 4 {
        let (kind, length) = (reader.u16()?, reader.u16()?);
        let mut module = Reader::new(reader.take(usize::from(length))?);
        match kind {
            0x03 => drop(attributes.insert("iccid".to_owned(), hex::encode(module.take(10)?).into())),
            0x18 => {
                drop(attributes.insert("battery_volts".to_owned(), fields::hundredths(module.u16()?).into()))
            }
            0x28 => {
                let hdop = rounded(f64::from(module.u8()?) / 10.0, 10.0);
                drop(attributes.insert("hdop".to_owned(), hdop.into()));
            }
            0x33 => found = Some(fix_module(&mut module)?),
            _ => {}
        }
    }
    match found {
        Some(raw) => message.add(Raw { attributes, ..raw }, received),
        None => message.attributes = attributes,
    }
    Ok(message)
}

fn fix_module(module: &mut Reader) -> Result<Raw, DecodeError> {
    let at = Timestamp::from_millis(i64::from(module.u32()?) * 1000);
    let (satellites, altitude) = (module.u8()?, module.i16()?);
    let (latitude, longitude, speed) = (module.u32()?, module.u32()?, module.u8()?);
    let mut raw = Raw {
        at: Some(at),
        speed_kmh: Some(f64::from(speed)),
        satellites: Some(satellites.into()),
        altitude: Some(f64::from(altitude)),
        ..Raw::default()
    };
    place(&mut raw, latitude, longitude, module.u16()?);
    Ok(raw)
}
