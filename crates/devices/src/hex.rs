//! Hexadecimal text and back, in either case.

use crate::DecodeError;

/// The bytes of an even number of hexadecimal digits.
///
/// # Errors
/// [`DecodeError::Hex`].
pub fn decode(text: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() || text.is_empty() {
        return Err(DecodeError::Hex);
    }
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect::<Option<_>>()
        .ok_or(DecodeError::Hex)
}

/// Lower-case digits, two a byte.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|half| char::from_digit(half.into(), 16))
        .collect()
}

fn digit(character: u8) -> Option<u8> {
    char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(encode(&bytes).as_bytes()).unwrap(), bytes);
        assert_eq!(decode(b"0aFf").unwrap(), [10, 255]);
        for text in ["", "0", "0g", "+1", "abc"] {
            assert_eq!(decode(text.as_bytes()), Err(DecodeError::Hex), "{text}");
        }
    }
}
