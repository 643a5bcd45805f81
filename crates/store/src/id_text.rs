//! Ids to text without an allocation, and back.

use crate::{StoreError, intern};
use kernel::{StreamRef, Uuid};

/// Longest prefix of an id; `kernel` declares three letters for each.
const PREFIX_LIMIT: usize = 15;
const CAPACITY: usize = PREFIX_LIMIT + 1 + 32;

/// An id as text on the stack: prefix, underscore, 32 hexadecimal digits.
pub struct IdText {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl IdText {
    /// The text of a stream's id.
    pub fn new(stream: StreamRef) -> Self {
        // `StreamRef` is made from the ids that `kernel` declares. A longer prefix would be cut here and in every
        // other place alike, so that the text stays a key.
        let prefix = &stream.prefix.as_bytes()[..stream.prefix.len().min(PREFIX_LIMIT)];
        let mut bytes = [b'_'; CAPACITY];
        bytes[..prefix.len()].copy_from_slice(prefix);
        let digits = &mut bytes[prefix.len() + 1..prefix.len() + 33];
        stream.id.simple().encode_lower(digits);
        Self { bytes, length: prefix.len() + 33 }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

/// The stream that a stored text names.
pub fn parse_stream(text: &str) -> Result<StreamRef, StoreError> {
    let parsed = text.rsplit_once('_').and_then(|(prefix, digits)| {
        let id = Uuid::try_parse(digits).ok()?;
        Some(StreamRef { prefix: intern(prefix), id })
    });
    parsed.ok_or_else(|| StoreError::Defect("a stored stream is not `prefix_uuid`".to_owned()))
}

/// The id that a stored text names.
pub fn parse_id<I: kernel::TypedId>(text: &str) -> Result<I, StoreError> {
    text.parse().map_err(|error: kernel::InvalidId| StoreError::Defect(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_stream_survives_text(bytes in any::<[u8; 16]>(), prefix in "[a-z]{1,15}") {
            let stream = StreamRef { prefix: intern(&prefix), id: Uuid::from_bytes(bytes) };
            let text = IdText::new(stream);
            prop_assert_eq!(text.as_str(), stream.to_string());
            prop_assert_eq!(parse_stream(text.as_str()).unwrap(), stream);
        }
    }

    #[test]
    fn other_text_is_a_defect() {
        for text in ["", "shp", "shp_", "shp_12", "0198f0c2a3b47000800000000000000z"] {
            assert!(matches!(parse_stream(text), Err(StoreError::Defect(_))), "{text}");
        }
    }
}
