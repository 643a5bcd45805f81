//! Contents of the short frames, by their type. What a model adds behind what all models send is read as far as its
//! form is known; the checksum has already vouched for the frame.

use super::{
    Frame, fields,
    location::{CellForm, Form, cell, fix},
    reply,
};
use crate::{
    DecodeError, Message, civil, hex,
    message::{Raw, rounded},
    reader::Reader,
};
use kernel::Timestamp;

const LOGIN: u8 = 0x01;
const STATUS: u8 = 0x13;
const TIME_REQUEST: u8 = 0x8a;

/// Texts, command replies and requests that are answered in another way get no acknowledgement.
pub(super) const fn is_answered(frame: Frame) -> bool {
    !matches!(frame.kind, 0x15 | 0x21 | 0x2a | 0x80..=0x82 | TIME_REQUEST | 0x8c | 0x94 | 0x9b)
}

pub(super) fn read(frame: Frame, received: Timestamp) -> Result<Message, DecodeError> {
    let mut reader = Reader::new(frame.content);
    let length = frame.content.len();
    match (frame.kind, length) {
        (_, 0) if frame.kind != TIME_REQUEST => Ok(Message::of("empty")),
        (LOGIN, _) => login(&mut reader),
        (STATUS | 0x23, _) => heartbeat(frame.content),
        (TIME_REQUEST, _) => Ok(Message {
            reply: Some(reply(TIME_REQUEST, &civil::parts(received), frame.serial)),
            ..Message::of("time_request")
        }),
        (0x15, _) => text(&mut reader),
        (0x94, _) => {
            let mut message = Message::of("information");
            message.note("power_volts", fields::hundredths(reader.u16()?));
            Ok(message)
        }
        (0xa5 | 0x19, 12..=15 | 20) => cell_alarm(frame.kind, &mut reader),
        (0x95, _) => drive_alarm(frame.content, received),
        (0x34, _) => Ok(with_fix("location", &mut skipped(reader, 4)?, received, x1)?),
        (0x61, _) | (0x12, 34) => card_and_location(frame.kind, &mut reader, received),
        (0x22, 55) => two_times(reader, received),
        (0xa3, 18..=26) => Ok(Message::of("status")),
        (kind, length) if has_fix(kind, length) => {
            with_fix("location", &mut reader, received, |reader, raw| tail(kind, length, reader, raw))
        }
        (0x18 | 0x24 | 0x28 | 0x2c | 0x2e | 0x33 | 0xa1 | 0xa2 | 0xf3 | 0x19 | 0xa5, _) => {
            Ok(Message::of("cells"))
        }
        (0x2a, _) => Ok(Message::of("address_request")),
        _ => Ok(unknown(frame.kind)),
    }
}

pub(super) fn unknown(kind: u8) -> Message {
    let mut message = Message::of("other");
    message.note("message_type", hex::encode(&[kind]));
    message
}

const fn has_fix(kind: u8, length: usize) -> bool {
    match kind {
        0x10..=0x12
        | 0x16
        | 0x17
        | 0x1a
        | 0x1e
        | 0x22
        | 0x26
        | 0x27
        | 0x2d
        | 0x31
        | 0x32
        | 0x36
        | 0x37
        | 0xa0
        | 0xa3
        | 0xa4 => true,
        // The same type is a list of cells; with this length it is a fix of a model with 4G.
        0xa2 => length == 59,
        _ => false,
    }
}

fn skipped(mut reader: Reader<'_>, bytes: usize) -> Result<Reader<'_>, DecodeError> {
    reader.take(bytes)?;
    Ok(reader)
}

/// A fix and what follows it; of a tail that ends early or is unknown, what was read is kept.
fn with_fix(
    kind: &str,
    reader: &mut Reader,
    received: Timestamp,
    tail: impl FnOnce(&mut Reader, &mut Raw) -> Result<(), DecodeError>,
) -> Result<Message, DecodeError> {
    let mut message = Message::of(kind);
    if let Some(mut raw) = fix(reader, Form::Full)? {
        // Models differ behind the fix: a tail of another form is no reason to lose a position with a right checksum.
        let _another_form = tail(reader, &mut raw);
        if raw.attributes.contains_key("alarm") {
            "alarm".clone_into(&mut message.kind);
        }
        message.add(raw, received);
    }
    Ok(message)
}

fn tail(kind: u8, length: usize, reader: &mut Reader, raw: &mut Raw) -> Result<(), DecodeError> {
    let attributes = &mut raw.attributes;
    match (kind, length) {
        (0x16, 31) => {
            cell(reader, CellForm::Narrow, attributes)?;
            voltage_status(reader, raw)
        }
        (0x16 | 0x26 | 0x27 | 0x32, _) => {
            reader.u8()?;
            cell(reader, CellForm::Narrow, attributes)?;
            fields::status(reader.u8()?, attributes);
            // One model has another byte before its battery's.
            if length == 33 && kind == 0x16 {
                reader.u8()?;
            }
            fields::battery_and_alarm(reader, attributes)?;
            reader.u8()?;
            if reader.len() == 8 {
                attributes.insert("driver_key".to_owned(), hex::encode(reader.take(8)?).into());
            }
            Ok(())
        }
        (0xa4, _) => {
            reader.u8()?;
            cell(reader, CellForm::Wide, attributes)?;
            fields::status_and_alarm(reader, attributes)
        }
        (0xa0, _) => {
            cell(reader, CellForm::Wide, attributes)?;
            raw.attributes.insert("ignition".to_owned(), (reader.u8()? > 0).into());
            Ok(())
        }
        (0x12, 31 | 38) => {
            cell(reader, CellForm::Narrow, attributes)?;
            voltage_status(reader, raw)?;
            if reader.len() == 7 {
                reader.take(2)?;
                let degrees = reader.u8()?;
                let celsius =
                    if degrees & 0x80 == 0 { i16::from(degrees) } else { -i16::from(degrees & 0x7f) };
                raw.attributes.insert("temperature_1_celsius".to_owned(), celsius.into());
            }
            Ok(())
        }
        (0x36, _) => driver_card(reader, raw),
        (0x17, _) => {
            cell(reader, CellForm::Narrow, attributes)?;
            attributes.insert("driver_key".to_owned(), hex::encode(reader.take(8)?).into());
            Ok(())
        }
        (0x31, 37) => {
            let altitude = reader.rest().split_last_chunk().ok_or(DecodeError::Truncated)?.1;
            raw.altitude = Some(f64::from(i16::from_be_bytes(*altitude)));
            Ok(())
        }
        (0x12 | 0x22 | 0x2d | 0x37, _) => {
            cell(reader, CellForm::Narrow, attributes)?;
            if kind != 0x12 && reader.len() >= 3 {
                attributes.insert("ignition".to_owned(), (reader.u8()? > 0).into());
                attributes.insert("event".to_owned(), reader.u8()?.into());
                attributes.insert("archived".to_owned(), (reader.u8()? > 0).into());
            }
            if reader.len() == 4 {
                attributes.insert("odometer_m".to_owned(), reader.u32()?.into());
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Status with the supply's voltage instead of a battery level.
fn voltage_status(reader: &mut Reader, raw: &mut Raw) -> Result<(), DecodeError> {
    fields::status(reader.u8()?, &mut raw.attributes);
    raw.attributes.insert("power_volts".to_owned(), fields::hundredths(reader.u16()?).into());
    raw.attributes.insert("gsm_signal".to_owned(), reader.u8()?.into());
    fields::alarm(reader.u8()?, &mut raw.attributes);
    Ok(())
}

fn driver_card(reader: &mut Reader, raw: &mut Raw) -> Result<(), DecodeError> {
    reader.take(9)?;
    let attributes = &mut raw.attributes;
    attributes.insert("ignition".to_owned(), (reader.u8()? > 0).into());
    reader.take(5)?;
    fields::battery(reader.u8()?, attributes);
    attributes.insert("power_volts".to_owned(), fields::hundredths(reader.u16()?).into());
    attributes.insert("battery_volts".to_owned(), rounded(f64::from(reader.u8()?) / 10.0, 10.0).into());
    reader.take(3)?;
    let key = reader.take(8)?;
    if key.iter().any(|byte| *byte != 0) {
        attributes.insert("driver_key".to_owned(), hex::encode(key).into());
    }
    Ok(())
}

/// Behind the fix of the X1: terminal, odometer, cell, driver, voltages, ports.
fn x1(reader: &mut Reader, raw: &mut Raw) -> Result<(), DecodeError> {
    reader.u16()?;
    raw.attributes.insert("odometer_m".to_owned(), reader.u32()?.into());
    reader.take(9)?;
    let driver = reader.u32()?;
    if driver != 0 {
        raw.attributes.insert("driver_key".to_owned(), driver.to_string().into());
    }
    raw.attributes.insert("battery_volts".to_owned(), fields::hundredths(reader.u16()?).into());
    raw.attributes.insert("power_volts".to_owned(), fields::hundredths(reader.u16()?).into());
    let ports = reader.u32()?;
    reader.u16()?;
    for port in 1..=(ports >> 20 & 15) {
        raw.attributes.insert(format!("analogue_{port}_volts"), fields::hundredths(reader.u16()?).into());
    }
    Ok(())
}

fn login(reader: &mut Reader) -> Result<Message, DecodeError> {
    let mut message = Message::of("login");
    message.device = Some(super::imei(reader)?);
    Ok(message)
}

fn heartbeat(content: &[u8]) -> Result<Message, DecodeError> {
    let mut message = Message::of("heartbeat");
    let attributes = &mut message.attributes;
    match *content {
        // Long ones of personal trackers: level, voltage and a thermometer.
        [_, _, _, _, _, level, _, high, low, _, _, .., warm, warmer] if content.len() >= 14 => {
            attributes.insert("battery_percent".to_owned(), level.min(100).into());
            let volts = u16::from_be_bytes([high, low]);
            if volts != 0 {
                attributes.insert("power_volts".to_owned(), fields::hundredths(volts).into());
            }
            let tenths = u16::from_be_bytes([warm, warmer]);
            let celsius = rounded(f64::from(tenths & 0x7fff) / 10.0, 10.0);
            let celsius = if tenths & 0x8000 == 0 { celsius } else { -celsius };
            attributes.insert("temperature_1_celsius".to_owned(), celsius.into());
        }
        // A supply's voltage takes two bytes where a battery has one.
        [status, high, low, signal, ..] if high > 6 => {
            fields::status(status, attributes);
            attributes
                .insert("power_volts".to_owned(), fields::hundredths(u16::from_be_bytes([high, low])).into());
            attributes.insert("gsm_signal".to_owned(), signal.into());
        }
        [status, level, signal, ..] => {
            fields::status(status, attributes);
            fields::battery(level, attributes);
            attributes.insert("gsm_signal".to_owned(), signal.into());
        }
        [status, ..] => fields::status(status, attributes),
        [] => {}
    }
    Ok(message)
}

fn text(reader: &mut Reader) -> Result<Message, DecodeError> {
    let mut message = Message::of("reply");
    let length = usize::from(reader.u8()?);
    if length >= 4 {
        reader.u32()?;
        let text = reader.take((length - 4).min(reader.len()))?;
        message.note("text", fields::text(text));
    }
    Ok(message)
}

fn cell_alarm(kind: u8, reader: &mut Reader) -> Result<Message, DecodeError> {
    let mut message = Message::of("status");
    let form = if kind == 0xa5 { CellForm::Wide } else { CellForm::Narrow };
    cell(reader, form, &mut message.attributes)?;
    fields::status_and_alarm(reader, &mut message.attributes)?;
    if message.attributes.contains_key("alarm") {
        "alarm".clone_into(&mut message.kind);
    }
    Ok(message)
}

/// Cameras of the JC family: a time alone, or with a bare fix, then what happened.
fn drive_alarm(content: &[u8], received: Timestamp) -> Result<Message, DecodeError> {
    let mut reader = Reader::new(content);
    let mut message = Message::of("alarm");
    let (raw, code) = match content {
        [0xff, 0xff, _, ..] => {
            reader.take(3)?;
            let mut head = reader.take(6)?.to_vec();
            reader.u8()?;
            head.extend(reader.take(10)?);
            reader.take(3)?;
            let raw = fix(&mut Reader::new(&head), Form::Bare)?;
            (raw, reader.u8()?)
        }
        _ if content.len() > 7 => (fix(&mut reader, Form::Bare)?, reader.u8()?),
        _ => {
            reader.take(6)?;
            (None, reader.u8()?)
        }
    };
    let name = match code {
        0x01 if raw.is_some() => "sos",
        0x80 => "vibration",
        0x87 => "overspeed",
        0x90 => "acceleration",
        0x91 => "braking",
        0x92 => "cornering",
        0x93 => "accident",
        _ => "general",
    };
    message.note("alarm", name);
    if let Some(mut raw) = raw {
        raw.attributes.insert("alarm".to_owned(), name.into());
        if let Ok(event) = reader.u8()
            && event != 0
        {
            raw.attributes.insert("event".to_owned(), event.into());
        }
        message.add(raw, received);
    }
    Ok(message)
}

/// Models that repeat their IMEI before each fix; one of them ends with a card's number.
fn card_and_location(kind: u8, reader: &mut Reader, received: Timestamp) -> Result<Message, DecodeError> {
    let device = super::imei(reader)?;
    let mut message = with_fix("location", reader, received, |reader, raw| {
        if kind == 0x61 {
            let card = reader.rest().split_last_chunk().ok_or(DecodeError::Truncated)?.1;
            raw.attributes.insert("driver_key".to_owned(), u32::from_be_bytes(*card).to_string().into());
        }
        Ok(())
    })?;
    message.device = Some(device);
    Ok(message)
}

/// A model that sends its IMEI, the time of the message and then the fix with its own time.
fn two_times(reader: Reader, received: Timestamp) -> Result<Message, DecodeError> {
    let mut reader = skipped(reader, 1)?;
    let device = super::imei(&mut reader)?;
    reader.take(6)?;
    let mut message = with_fix("location", &mut reader, received, |reader, raw| {
        reader.take(10)?;
        raw.attributes.insert("power_volts".to_owned(), fields::hundredths(reader.u16()?).into());
        raw.attributes
            .insert("battery_volts".to_owned(), rounded(f64::from(reader.u8()?) / 10.0, 10.0).into());
        Ok(())
    })?;
    message.device = Some(device);
    Ok(message)
}
