//! The two hash chains over the stored bytes (design, section 4).
//!
//! `stream_hash = SHA-256(domain || previous stream_hash || event)` and
//! `log_hash = SHA-256(domain || previous log_hash || position || stream_hash)`; 32 zeros stand before the first.
//! An event is encoded column after column in a fixed order: an integer as 8 little-endian bytes, a text as its length
//! in 8 little-endian bytes and then its bytes. So two different rows never give the same encoding.

use crate::{LogHead, NewEvent, id_text::IdText};
use kernel::TypedId;
use sha2::{Digest, Sha256};

/// A link of a chain.
pub type Hash = [u8; 32];

/// What stands before the first link.
pub const NOTHING: Hash = [0; 32];

/// Separates these hashes from any other use of SHA-256, and this encoding from a later one.
const DOMAIN: &[u8] = b"autobroker.log.1";

/// Every column of an event but its position and its hashes, exactly as stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StoredColumns<'a> {
    pub stream: &'a str,
    pub version: i64,
    pub kind: &'a str,
    pub tenant: &'a str,
    pub type_name: &'a str,
    pub schema: i64,
    pub payload: &'a str,
    pub actor: &'a str,
    pub correlation: &'a str,
    pub causation: i64,
    pub time: i64,
}

/// The last version of a stream and its link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamHead {
    pub version: i64,
    pub hash: Hash,
}

impl StreamHead {
    /// Of a stream without events.
    pub const NONE: Self = Self { version: 0, hash: NOTHING };
}

/// The ids of an event in their stored form.
pub struct EventTexts {
    stream: IdText,
    tenant: IdText,
    correlation: IdText,
}

impl EventTexts {
    pub fn new(event: &NewEvent) -> Self {
        Self {
            stream: IdText::new(event.stream),
            tenant: IdText::new(event.tenant.stream()),
            correlation: IdText::new(event.meta.correlation.stream()),
        }
    }

    /// The event as it is stored.
    pub fn columns<'a>(&'a self, event: &'a NewEvent) -> StoredColumns<'a> {
        StoredColumns {
            stream: self.stream.as_str(),
            version: event.version,
            kind: event.kind,
            tenant: self.tenant.as_str(),
            type_name: event.type_name,
            schema: i64::from(event.schema),
            payload: &event.payload,
            actor: &event.meta.actor,
            correlation: self.correlation.as_str(),
            causation: event.meta.causation,
            time: event.meta.time.micros(),
        }
    }
}

/// Moves both chains on by one event: the log's head in place, the stream's as the answer.
pub fn link(head: &mut LogHead, previous: &StreamHead, event: &StoredColumns<'_>) -> StreamHead {
    let hash = stream_hash(&previous.hash, event);
    let position = head.position + 1;
    *head = LogHead { position, hash: log_hash(&head.hash, position, &hash) };
    StreamHead { version: event.version, hash }
}

fn text(hasher: &mut Sha256, text: &str) {
    hasher.update((text.len() as u64).to_le_bytes());
    hasher.update(text.as_bytes());
}

/// The next link of the stream's chain.
pub fn stream_hash(previous: &Hash, event: &StoredColumns<'_>) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(DOMAIN);
    hasher.update(previous);
    text(&mut hasher, event.stream);
    hasher.update(event.version.to_le_bytes());
    text(&mut hasher, event.kind);
    text(&mut hasher, event.tenant);
    text(&mut hasher, event.type_name);
    hasher.update(event.schema.to_le_bytes());
    text(&mut hasher, event.payload);
    text(&mut hasher, event.actor);
    text(&mut hasher, event.correlation);
    hasher.update(event.causation.to_le_bytes());
    hasher.update(event.time.to_le_bytes());
    hasher.finalize().into()
}

/// The next link of the log's chain.
pub fn log_hash(previous: &Hash, position: i64, stream_hash: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(DOMAIN);
    hasher.update(previous);
    hasher.update(position.to_le_bytes());
    hasher.update(stream_hash);
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> StoredColumns<'static> {
        StoredColumns {
            stream: "shp_1",
            version: 1,
            kind: "shipment",
            tenant: "ten_1",
            type_name: "shipment.requested",
            schema: 1,
            payload: "{}",
            actor: "usr_1",
            correlation: "req_1",
            causation: 0,
            time: 5,
        }
    }

    #[test]
    fn every_column_counts() {
        let first = sample();
        let changed = [
            StoredColumns { stream: "shp_2", ..first },
            StoredColumns { version: 2, ..first },
            StoredColumns { kind: "shipmen", ..first },
            StoredColumns { tenant: "ten_2", ..first },
            StoredColumns { type_name: "shipment.cancelled", ..first },
            StoredColumns { schema: 2, ..first },
            StoredColumns { payload: "{ }", ..first },
            StoredColumns { actor: "usr_2", ..first },
            StoredColumns { correlation: "req_2", ..first },
            StoredColumns { causation: 1, ..first },
            StoredColumns { time: 6, ..first },
        ];
        let hash = stream_hash(&NOTHING, &first);
        assert!(changed.iter().all(|other| stream_hash(&NOTHING, other) != hash));
        assert_ne!(stream_hash(&hash, &first), hash);
        assert_ne!(log_hash(&NOTHING, 1, &hash), log_hash(&NOTHING, 2, &hash));
        assert_ne!(log_hash(&NOTHING, 1, &hash), log_hash(&hash, 1, &hash));
    }

    #[test]
    fn the_encoding_is_the_one_that_existing_logs_were_written_with() {
        let hash = stream_hash(&NOTHING, &sample());
        let hex: String = log_hash(&NOTHING, 1, &hash).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "1755217bc2af7aa8e2217f5a19dffd095dd0e8fb458588140e819b9e17bc73cb");
    }

    proptest! {
        #[test]
        fn moving_bytes_between_columns_changes_the_hash(a in ".{0,8}", b in ".{0,8}", cut in 0_usize..16) {
            let joined = format!("{a}{b}");
            prop_assume!(joined.is_char_boundary(cut) && cut <= joined.len() && cut != a.len());
            let (c, d) = joined.split_at(cut);
            let left = StoredColumns { payload: &a, actor: &b, ..sample() };
            let right = StoredColumns { payload: c, actor: d, ..sample() };
            prop_assert_ne!(stream_hash(&NOTHING, &left), stream_hash(&NOTHING, &right));
        }
    }
}
