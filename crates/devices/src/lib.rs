//! What trackers send: Teltonika, GT06, H02 and OsmAnd, as pure functions from bytes to positions.
//!
//! A decoder takes one whole frame, a datagram or a request, never reads a clock and never panics. Lengths, checksums
//! and counts are verified before a value is believed. A frame that is not whole is a [`DecodeError`]; a position that
//! is readable but cannot be true is a [`Refused`] with its reason, never a [`Point`].
//!
//! Sources: the vendors' published protocol descriptions (Teltonika "Codec" and "AVL data sending"; Concox GT06 and
//! GK310; "H02 protocol"; OsmAnd's and Transistorsoft's HTTP forms), checked against the real messages of
//! `shared/data/devices`.

mod civil;
mod crc;
pub mod gt06;
pub mod h02;
pub mod hex;
mod message;
pub mod osmand;
mod reader;
pub mod teltonika;

pub use message::{Attributes, DecodeError, Message, Point, Reason, Refused};

/// The protocols that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Teltonika codecs 8, 8 extended and 16, and the replies of codecs 12 to 14; TCP and UDP.
    Teltonika,
    /// Concox GT06 and its many relatives; TCP and UDP.
    Gt06,
    /// H02 (Sinotrack and others), text and binary; TCP and UDP.
    H02,
    /// OsmAnd's HTTP query and the JSON of the Traccar client.
    Osmand,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Teltonika, Self::Gt06, Self::H02, Self::Osmand];

    /// Its name on the command line and on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Teltonika => "teltonika",
            Self::Gt06 => "gt06",
            Self::H02 => "h02",
            Self::Osmand => "osmand",
        }
    }

    /// The protocol of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == name)
    }

    /// Reads whatever one message of this protocol is: a datagram, or one or several frames of a stream, whole.
    ///
    /// `received` is when it came: the time of a position that brings none, and what "in the future" means.
    ///
    /// # Errors
    /// [`DecodeError`]: nothing of the bytes may be used.
    pub fn decode(self, bytes: &[u8], received: kernel::Timestamp) -> Result<Message, DecodeError> {
        match self {
            Self::Teltonika => teltonika::decode(bytes, received),
            Self::Gt06 => gt06::decode(bytes, received),
            Self::H02 => h02::decode(bytes, received),
            Self::Osmand => osmand::decode(bytes, received),
        }
    }

    /// How long the first frame of a stream is, as soon as that is known.
    ///
    /// # Errors
    /// [`DecodeError`]: the bytes are not of this protocol, or ask for too much. OsmAnd has no frames of its own.
    pub fn frame_length(self, stream: &[u8]) -> Result<Option<usize>, DecodeError> {
        match self {
            Self::Teltonika => teltonika::frame_length(stream),
            Self::Gt06 => gt06::frame_length(stream),
            Self::H02 => h02::frame_length(stream),
            Self::Osmand => Err(DecodeError::Header),
        }
    }
}
