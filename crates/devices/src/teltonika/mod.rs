//! Teltonika: the login, the AVL packets of codecs 8, 8 extended and 16, and the replies of codecs 12 to 14.
//!
//! Over TCP a device first sends its IMEI (`u16 length, text`) and is answered one byte, 1 or 0; then packets
//! `u32 zero, u32 length, data, u32 crc` with CRC-16/ARC over the data, each answered by the `u32` count of records that
//! were kept. Over UDP a datagram is `u16 length, u16 packet, u8 1, u8 AVL packet, u16 IMEI length, IMEI, data`, answered
//! `u16 5, u16 packet, u8 1, u8 AVL packet, u8 count`. The data are `u8 codec, u8 count, records, u8 count`.

mod avl;
mod elements;
mod replies;

use crate::{DecodeError, Message, crc, reader::Reader};
use kernel::Timestamp;

/// Data of one packet: the vendor's largest is 1280 bytes, of camera parts 2 KiB and a header.
pub const DATA_BYTES_MAX: usize = 4096;
/// An IMEI has 15 digits; serial numbers of some models 16.
const IMEI_DIGITS_MAX: usize = 20;
const PREAMBLE_BYTES: usize = 8;
const CRC_BYTES: usize = 4;

/// Reads a login, a TCP packet or a UDP datagram; their first bytes tell which it is.
///
/// # Errors
/// [`DecodeError`].
pub fn decode(bytes: &[u8], received: Timestamp) -> Result<Message, DecodeError> {
    match *bytes {
        [0, 0, 0, 0, ..] => packet(bytes, received),
        [high, low, ..] if usize::from(u16::from_be_bytes([high, low])) + 2 == bytes.len() => {
            login(bytes).or_else(|_| datagram(bytes, received))
        }
        [] | [_] => Err(DecodeError::Truncated),
        _ => Err(DecodeError::Header),
    }
}

/// How long the first frame of a TCP stream is, as soon as that is known.
///
/// # Errors
/// [`DecodeError`]: the stream is no Teltonika device's, or asks for too much.
pub fn frame_length(stream: &[u8]) -> Result<Option<usize>, DecodeError> {
    match *stream {
        [0, 0, 0, 0, a, b, c, d, ..] => {
            let data = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
            if data > DATA_BYTES_MAX {
                Err(DecodeError::TooLong)
            } else {
                Ok(Some(PREAMBLE_BYTES + data + CRC_BYTES))
            }
        }
        [0, 0, 0, third, ..] if third != 0 => Err(DecodeError::Header),
        // Both a login and a packet begin with a zero: no IMEI has 256 digits.
        [0, length, ..] if length != 0 => {
            let digits = usize::from(length);
            if digits > IMEI_DIGITS_MAX { Err(DecodeError::Header) } else { Ok(Some(2 + digits)) }
        }
        [first, ..] if first != 0 => Err(DecodeError::Header),
        _ => Ok(None),
    }
}

/// The answer to a login.
#[must_use]
pub fn login_reply(accepted: bool) -> Vec<u8> {
    vec![u8::from(accepted)]
}

fn login(bytes: &[u8]) -> Result<Message, DecodeError> {
    let mut reader = Reader::new(bytes);
    let length = usize::from(reader.u16()?);
    let mut message = Message::of("login");
    message.device = Some(imei(reader.take(length)?)?);
    reader.finish()?;
    message.reply = Some(login_reply(true));
    Ok(message)
}

fn imei(digits: &[u8]) -> Result<String, DecodeError> {
    let fits = (10..=IMEI_DIGITS_MAX).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    if !fits {
        return Err(DecodeError::Field("imei"));
    }
    Ok(digits.iter().map(|digit| char::from(*digit)).collect())
}

fn packet(bytes: &[u8], received: Timestamp) -> Result<Message, DecodeError> {
    let mut reader = Reader::new(bytes);
    reader.u32()?;
    let length = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
    if length > DATA_BYTES_MAX {
        return Err(DecodeError::TooLong);
    }
    let data = reader.take(length)?;
    let checksum = reader.u32()?;
    reader.finish()?;
    if checksum != u32::from(crc::arc(data)) {
        return Err(DecodeError::Checksum);
    }
    let (mut message, count) = records(data, received)?;
    if !message.points.is_empty() || !message.refused.is_empty() {
        message.reply = Some(u32::from(count).to_be_bytes().to_vec());
    }
    Ok(message)
}

fn datagram(bytes: &[u8], received: Timestamp) -> Result<Message, DecodeError> {
    let mut reader = Reader::new(bytes);
    reader.u16()?;
    let packet = reader.u16()?;
    reader.u8()?;
    let avl_packet = reader.u8()?;
    let digits = usize::from(reader.u16()?);
    let device = imei(reader.take(digits)?)?;
    if reader.len() > DATA_BYTES_MAX {
        return Err(DecodeError::TooLong);
    }
    let (mut message, count) = records(reader.rest(), received)?;
    message.device = Some(device);
    let [high, low] = packet.to_be_bytes();
    message.reply = Some(vec![0, 5, high, low, 1, avl_packet, count]);
    Ok(message)
}

fn records(data: &[u8], received: Timestamp) -> Result<(Message, u8), DecodeError> {
    let mut reader = Reader::new(data);
    let (codec, count) = (reader.u8()?, reader.u8()?);
    let mut message = match codec {
        0x08 => avl::records(&mut reader, count, avl::Codec::Eight, received),
        0x8e => avl::records(&mut reader, count, avl::Codec::EightExtended, received),
        0x10 => avl::records(&mut reader, count, avl::Codec::Sixteen, received),
        0x0c => replies::plain(&mut reader, count),
        0x0d => replies::timed(&mut reader, count),
        0x0e => replies::addressed(&mut reader, count),
        other => Err(DecodeError::Codec(other)),
    }?;
    if reader.u8()? != count {
        return Err(DecodeError::Count);
    }
    reader.finish()?;
    message.note("codec", codec);
    Ok((message, count))
}
