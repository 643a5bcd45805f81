//! GT06: frames `0x78 0x78, u8 length` or `0x79 0x79, u16 length`, then the type, the content, a `u16` serial number and
//! a CRC-16/X.25 from the length on, then `\r\n`. The length counts from the type to the checksum.
//!
//! The device tells its IMEI once, at login; its clock is taken as UTC, which is its factory setting.
//! A family of cell and Wi-Fi reports (type 0x17 or 0x69 with a count where the length should be) has no checksum.

mod content;
mod extended;
mod fields;
mod location;

use crate::{DecodeError, Message, crc, hex, reader::Reader};
use kernel::Timestamp;

/// Content of one frame; the largest are camera parts.
pub const FRAME_BYTES_MAX: usize = 2048;
/// Frames in one message that is not a stream.
const FRAMES_MAX: usize = 64;
const END: [u8; 2] = *b"\r\n";

/// One frame, its checksum verified.
#[derive(Debug, Clone, Copy)]
struct Frame<'a> {
    /// Whether its length has two bytes.
    long: bool,
    kind: u8,
    content: &'a [u8],
    serial: u16,
}

/// Reads one or several whole frames.
///
/// # Errors
/// [`DecodeError`] of the first frame that is not whole: nothing of the others is used then.
pub fn decode(bytes: &[u8], received: Timestamp) -> Result<Message, DecodeError> {
    let mut whole: Option<Message> = None;
    let mut rest = bytes;
    for _ in 0..FRAMES_MAX {
        let length = frame_length(rest)?.ok_or(DecodeError::Truncated)?;
        let (frame, after) = rest.split_at_checked(length).ok_or(DecodeError::Truncated)?;
        let message = one(frame, received)?;
        match &mut whole {
            None => whole = Some(message),
            Some(whole) => join(whole, message),
        }
        rest = after;
        if rest.is_empty() {
            return whole.ok_or(DecodeError::Truncated);
        }
    }
    Err(DecodeError::Trailing(rest.len()))
}

fn join(whole: &mut Message, mut next: Message) {
    whole.points.append(&mut next.points);
    whole.refused.append(&mut next.refused);
    whole.attributes.append(&mut next.attributes);
    whole.device = whole.device.take().or(next.device);
    if let Some(reply) = next.reply {
        whole.reply.get_or_insert_default().extend(reply);
    }
}

/// How long the first frame of a stream is, as soon as that is known.
///
/// # Errors
/// [`DecodeError`]: the stream is no GT06 device's, or asks for too much.
pub fn frame_length(stream: &[u8]) -> Result<Option<usize>, DecodeError> {
    let length = match *stream {
        [0x78, 0x78, stations, kind @ (0x17 | 0x69), ..] if location::is_uncounted(kind, stations) => {
            return Ok(location::uncounted_length(stream, stations));
        }
        [0x78, 0x78, length, _, ..] => 5 + usize::from(length),
        [0x79, 0x79, high, low, ..] => 6 + usize::from(u16::from_be_bytes([high, low])),
        [] | [0x78 | 0x79] | [0x78, 0x78] | [0x78, 0x78, _] | [0x79, 0x79] | [0x79, 0x79, _] => {
            return Ok(None);
        }
        _ => return Err(DecodeError::Header),
    };
    if length > FRAME_BYTES_MAX { Err(DecodeError::TooLong) } else { Ok(Some(length)) }
}

fn one(bytes: &[u8], received: Timestamp) -> Result<Message, DecodeError> {
    if let [0x78, 0x78, stations, kind @ (0x17 | 0x69), rest @ ..] = bytes
        && location::is_uncounted(*kind, *stations)
    {
        return location::uncounted(*stations, *kind, rest);
    }
    let frame = open(bytes)?;
    let mut message =
        if frame.long { extended::read(frame, received) } else { content::read(frame, received) }?;
    if message.reply.is_none() && content::is_answered(frame) {
        message.reply = Some(reply(frame.kind, &[], frame.serial));
    }
    Ok(message)
}

fn open(bytes: &[u8]) -> Result<Frame<'_>, DecodeError> {
    let long = bytes.first() == Some(&0x79);
    let header = if long { 4 } else { 3 };
    let body = bytes.get(header..).ok_or(DecodeError::Truncated)?;
    let (body, end) = body.split_last_chunk().ok_or(DecodeError::Truncated)?;
    if *end != END {
        return Err(DecodeError::Header);
    }
    let (body, checksum) = body.split_last_chunk().ok_or(DecodeError::Truncated)?;
    let covered = bytes.get(2..header + body.len()).ok_or(DecodeError::Truncated)?;
    if u16::from_be_bytes(*checksum) != crc::x25(covered) {
        return Err(DecodeError::Checksum);
    }
    let (body, serial) = body.split_last_chunk().ok_or(DecodeError::Truncated)?;
    let (kind, content) = body.split_first().ok_or(DecodeError::Truncated)?;
    Ok(Frame { long, kind: *kind, content, serial: u16::from_be_bytes(*serial) })
}

/// A frame of the server: the type it answers, content, serial number, checksum.
fn reply(kind: u8, content: &[u8], serial: u16) -> Vec<u8> {
    // The contents of replies are at most a few bytes.
    let length = u8::try_from(5 + content.len()).unwrap_or(u8::MAX);
    let mut bytes = vec![0x78, 0x78, length, kind];
    bytes.extend(content);
    bytes.extend(serial.to_be_bytes());
    let checksum = crc::x25(bytes.get(2..).unwrap_or_default());
    bytes.extend(checksum.to_be_bytes());
    bytes.extend(END);
    bytes
}

/// An IMEI in 8 bytes of decimal digits, of which the first is zero.
fn imei(reader: &mut Reader) -> Result<String, DecodeError> {
    let digits = hex::encode(reader.take(8)?);
    let digits = digits.strip_prefix('0').unwrap_or(&digits);
    if digits.bytes().all(|digit| digit.is_ascii_digit()) {
        Ok(digits.to_owned())
    } else {
        Err(DecodeError::Field("imei"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_answered_as_the_vendors_example() {
        // The vendor's description: login 0x01 with serial 1 is answered 78 78 05 01 00 01 D9 DC 0D 0A.
        assert_eq!(reply(1, &[], 1), [0x78, 0x78, 5, 1, 0, 1, 0xd9, 0xdc, 0x0d, 0x0a]);
    }

    #[test]
    fn the_length_is_known_from_the_first_bytes() {
        assert_eq!(frame_length(b""), Ok(None));
        assert_eq!(frame_length(&[0x78, 0x78, 5]), Ok(None));
        assert_eq!(frame_length(&[0x78, 0x78, 5, 0x8a]), Ok(Some(10)));
        assert_eq!(frame_length(&[0x79, 0x79, 0, 8]), Ok(Some(14)));
        assert_eq!(frame_length(&[0x79, 0x79, 0xff, 8]), Err(DecodeError::TooLong));
        assert_eq!(frame_length(&[0x78, 0x79]), Err(DecodeError::Header));
    }
}
