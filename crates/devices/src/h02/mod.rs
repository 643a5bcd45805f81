//! H02: sentences `*HQ,id,type,...#` and binary positions that begin with `$`. Neither has a checksum: the form of every
//! field is verified instead.

mod binary;
mod sentence;
mod status;

use crate::{DecodeError, Message};
use kernel::Timestamp;

/// The longest sentence: lists of cells.
pub const FRAME_BYTES_MAX: usize = 1024;
const KMH_PER_KNOT: f64 = 1.852;
/// Frames in one message that is not a stream.
const FRAMES_MAX: usize = 64;

/// Reads one binary position, or one or several sentences; spaces and line ends between them are skipped.
///
/// # Errors
/// [`DecodeError`] of the first that is not whole: nothing of the others is used then.
pub fn decode(bytes: &[u8], received: Timestamp) -> Result<Message, DecodeError> {
    let bytes = bytes.trim_ascii();
    if bytes.len() > FRAME_BYTES_MAX * FRAMES_MAX {
        return Err(DecodeError::TooLong);
    }
    match bytes {
        [b'$', ..] => binary::decode(bytes, received),
        [b'*', ..] => sentences(bytes, received),
        [] => Err(DecodeError::Truncated),
        _ => Err(DecodeError::Header),
    }
}

fn sentences(bytes: &[u8], received: Timestamp) -> Result<Message, DecodeError> {
    let mut whole: Option<Message> = None;
    let mut rest = bytes;
    while let Some(length) = frame_length(rest)? {
        let (frame, after) = rest.split_at_checked(length).ok_or(DecodeError::Truncated)?;
        if frame.first() != Some(&b'*') {
            return Err(DecodeError::Header);
        }
        let message = sentence::decode(frame, received)?;
        match &mut whole {
            None => whole = Some(message),
            Some(whole) => {
                whole.points.extend(message.points);
                whole.refused.extend(message.refused);
                whole.attributes.extend(message.attributes);
            }
        }
        rest = after.trim_ascii_start();
        if rest.is_empty() {
            return whole.ok_or(DecodeError::Truncated);
        }
    }
    Err(DecodeError::Truncated)
}

/// How long the first frame of a stream is, as soon as that is known. The length of a binary position is not written in
/// it: one of 45 bytes is taken where so many have come and the next byte, if any, begins another frame; else 32.
///
/// # Errors
/// [`DecodeError`]: the stream is no H02 device's, or a sentence has no end.
pub fn frame_length(stream: &[u8]) -> Result<Option<usize>, DecodeError> {
    match stream.first() {
        None => Ok(None),
        Some(b'*') => match stream.iter().take(FRAME_BYTES_MAX).position(|byte| *byte == b'#') {
            Some(end) => Ok(Some(end + 1)),
            None if stream.len() >= FRAME_BYTES_MAX => Err(DecodeError::TooLong),
            None => Ok(None),
        },
        Some(b'$') => Ok(binary::frame_length(stream)),
        Some(b'\r' | b'\n' | b' ') => Ok(Some(1)),
        Some(_) => Err(DecodeError::Header),
    }
}
