//! AVL records: time, GPS element, IO elements.

use super::elements;
use crate::{Attributes, DecodeError, Message, hex, message::Raw, reader::Reader};
use kernel::Timestamp;
use serde_json::Value;

/// Which widths a record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    Eight,
    EightExtended,
    Sixteen,
}

impl Codec {
    /// An element's id, and the id of the event that caused the record.
    fn id(self, reader: &mut Reader) -> Result<u16, DecodeError> {
        if self == Self::Eight { reader.u8().map(u16::from) } else { reader.u16() }
    }

    /// A number of elements.
    fn count(self, reader: &mut Reader) -> Result<u16, DecodeError> {
        if self == Self::EightExtended { reader.u16() } else { reader.u8().map(u16::from) }
    }
}

/// Widths of the elements, in their order.
const WIDTHS: &[usize] = &[1, 2, 4, 8];
/// Some firmware of codec 8 adds elements of 16 bytes without saying so.
const WIDTHS_WITH_16: &[usize] = &[1, 2, 4, 8, 16];

/// Reads the records up to the second count.
pub(super) fn records(
    reader: &mut Reader,
    count: u8,
    codec: Codec,
    received: Timestamp,
) -> Result<Message, DecodeError> {
    let start = *reader;
    let read = all(reader, count, codec, WIDTHS, received);
    if codec == Codec::Eight && (read.is_err() || reader.len() != 1) {
        *reader = start;
        return all(reader, count, codec, WIDTHS_WITH_16, received).or(read);
    }
    read
}

fn all(
    reader: &mut Reader,
    count: u8,
    codec: Codec,
    widths: &[usize],
    received: Timestamp,
) -> Result<Message, DecodeError> {
    let mut message = Message::of("location");
    for _ in 0..count {
        message.add(record(reader, codec, widths)?, received);
    }
    Ok(message)
}

fn record(reader: &mut Reader, codec: Codec, widths: &[usize]) -> Result<Raw, DecodeError> {
    let millis = i64::try_from(reader.u64()?).unwrap_or(i64::MAX);
    let priority = reader.u8()?;
    let (longitude, latitude) = (reader.i32()?, reader.i32()?);
    let (altitude, heading, satellites, speed) = (reader.i16()?, reader.u16()?, reader.u8()?, reader.u16()?);
    let mut attributes = Attributes::new();
    attributes.insert("priority".to_owned(), priority.into());
    let event = codec.id(reader)?;
    if event != 0 {
        attributes.insert("event".to_owned(), event.into());
    }
    if codec == Codec::Sixteen {
        attributes.insert("generation".to_owned(), reader.u8()?.into());
    }
    elements_of(reader, codec, widths, &mut attributes)?;
    Ok(Raw {
        at: Some(Timestamp::from_millis(millis)),
        latitude: f64::from(latitude) / 1e7,
        longitude: f64::from(longitude) / 1e7,
        speed_kmh: Some(f64::from(speed)),
        heading: Some(f64::from(heading)),
        altitude: Some(f64::from(altitude)),
        satellites: Some(satellites.into()),
        valid: satellites > 0,
        attributes,
    })
}

fn elements_of(
    reader: &mut Reader,
    codec: Codec,
    widths: &[usize],
    attributes: &mut Attributes,
) -> Result<(), DecodeError> {
    let announced = usize::from(codec.count(reader)?);
    let mut read = 0;
    for width in widths {
        let count = codec.count(reader)?;
        for _ in 0..count {
            let id = codec.id(reader)?;
            elements::number(id, reader.take(*width)?, attributes);
        }
        read += usize::from(count);
    }
    if codec == Codec::EightExtended {
        let count = reader.u16()?;
        for _ in 0..count {
            let (id, length) = (reader.u16()?, reader.u16()?);
            let bytes = reader.take(usize::from(length))?;
            if !elements::text(id, bytes, attributes) {
                attributes.insert(format!("io{id}"), Value::from(hex::encode(bytes)));
            }
        }
        read += usize::from(count);
    }
    if read == announced { Ok(()) } else { Err(DecodeError::Count) }
}
