//! Replies to commands: codec 12 (`u8 type, u32 length, text`), codec 13 (with a `u32` time in seconds inside) and codec
//! 14 (with the IMEI as 8 bytes of decimal digits inside). They carry no position.

use super::elements::ascii;
use crate::{DecodeError, Message, hex, reader::Reader};
use kernel::Timestamp;

pub(super) fn plain(reader: &mut Reader, count: u8) -> Result<Message, DecodeError> {
    each(reader, count, |_, _| Ok(()))
}

pub(super) fn timed(reader: &mut Reader, count: u8) -> Result<Message, DecodeError> {
    each(reader, count, |payload, message| {
        let at = Timestamp::from_millis(i64::from(payload.u32()?) * 1000);
        message.note("time", at.to_string());
        Ok(())
    })
}

pub(super) fn addressed(reader: &mut Reader, count: u8) -> Result<Message, DecodeError> {
    each(reader, count, |payload, message| {
        let digits = hex::encode(payload.take(8)?);
        message.device = Some(digits.trim_start_matches('0').to_owned());
        Ok(())
    })
}

fn each(
    reader: &mut Reader,
    count: u8,
    head: impl Fn(&mut Reader, &mut Message) -> Result<(), DecodeError>,
) -> Result<Message, DecodeError> {
    let mut message = Message::of("reply");
    for _ in 0..count {
        message.note("reply_type", reader.u8()?);
        let length = usize::try_from(reader.u32()?).unwrap_or(usize::MAX);
        let mut payload = Reader::new(reader.take(length)?);
        head(&mut payload, &mut message)?;
        let bytes = payload.rest();
        let printable = bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t'));
        let text = if printable { ascii(bytes) } else { hex::encode(bytes) };
        if let Some(key) = swiped_card(&text) {
            message.note("driver_key", key.to_owned());
        }
        message.note("text", text);
    }
    Ok(message)
}

/// A card reader's line is `?GTSL|..|..|..|card|..`.
fn swiped_card(text: &str) -> Option<&str> {
    let (_, fields) = text.split_once("GTSL|")?;
    fields.split('|').nth(3)
}
