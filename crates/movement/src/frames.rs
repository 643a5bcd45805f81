//! Binary position frames of the WebSocket: decoding, encoding and acknowledgement. Pure.
//!
//! Everything is little endian. A **single** frame (kind 1) has 26 bytes:
//!
//! | at | size | field | unit |
//! |---|---|---|---|
//! | 0 | u8 | version | 1 |
//! | 1 | u8 | kind | 1 |
//! | 2 | u32 | sequence | counts up on the device |
//! | 6 | i32 | latitude | 1e-7 degrees |
//! | 10 | i32 | longitude | 1e-7 degrees |
//! | 14 | u16 | speed | cm/s; 65535: not known |
//! | 16 | u16 | heading | 0.01 degrees from north, 0 to 35999; 65535: not known |
//! | 18 | i64 | time | Unix milliseconds |
//!
//! A **batch** (kind 2) has a header of 4 bytes, `version u8, kind u8, count u16`, and then `count` records (1 to 512)
//! of 24 bytes, which are the single frame's fields from the sequence on: each record says its own sequence. The whole
//! message has exactly `4 + 24 x count` bytes. ("kind 2 is a batch: version, kind, count u16, then records from sequence
//! on" was first read as a header with one sequence for all; a record that carries its own survives a gap, which a
//! device has after it threw a bad fix away.)
//!
//! The **acknowledgement** (kind 129) has 6 bytes: `version u8, kind u8, sequence u32` of the frame's last record, which
//! is durable with all before it. A frame is taken as a whole or refused as a whole.
//!
//! A **refusal** (kind 130) has 7 bytes: `version u8, kind u8, sequence u32` of the refused frame's first record (0 when
//! it could not be read), `code u8` (see [`FrameError::number`]; 20: the caller is no driver). Sending the same frame
//! again does not help. A frame that gets neither answer in time was not stored: send it again.

use crate::sample::{Sample, SampleError};
use kernel::{Position, Timestamp};

/// The only version there is.
pub const VERSION: u8 = 1;
/// One position.
pub const KIND_SINGLE: u8 = 1;
/// Several positions.
pub const KIND_BATCH: u8 = 2;
/// The answer to either.
pub const KIND_ACKNOWLEDGEMENT: u8 = 129;
/// The answer to a frame that cannot be accepted.
pub const KIND_REFUSAL: u8 = 130;
/// A refusal's code: the caller has no driver agent, or may not report for it.
pub const REFUSED_NO_DRIVER: u8 = 20;
/// At most so many records in a batch: 43 minutes at one position each 5 seconds.
pub const BATCH_RECORDS_MAX: usize = 512;
/// Bytes of a single frame.
pub const SINGLE_BYTES: usize = 26;

const BATCH_HEADER_BYTES: usize = 4;
const RECORD_BYTES: usize = 24;
const UNKNOWN: u16 = u16::MAX;
const UNITS_PER_DEGREE: f64 = 1e7;
const KMH_PER_UNIT: f64 = 0.036;
const HEADING_PER_UNIT: f64 = 0.01;

/// A decoded frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// At least one record, at most [`BATCH_RECORDS_MAX`], as the device sent them.
    pub records: Vec<Record>,
}

/// One position with the device's number for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The device's counter, which wraps from 2^32 - 1 to 0.
    pub sequence: u32,
    /// Where, when, how fast.
    pub sample: Sample,
}

impl Frame {
    /// The sequence of the last record: what is acknowledged.
    #[must_use]
    pub fn last_sequence(&self) -> u32 {
        self.records.last().map_or(0, |record| record.sequence)
    }

    /// The positions alone.
    #[must_use]
    pub fn into_samples(self) -> Vec<Sample> {
        self.records.into_iter().map(|record| record.sample).collect()
    }
}

/// Why a frame was refused; nothing of it was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Another version than 1.
    #[error("frame version {0} is not known")]
    Version(u8),
    /// A kind that drivers do not send.
    #[error("frame kind {0} is not known")]
    Kind(u8),
    /// The message is shorter or longer than its header says.
    #[error("the frame has {actual} bytes instead of {expected}")]
    Length {
        /// What the header asks for.
        expected: usize,
        /// What came.
        actual: usize,
    },
    /// A batch without records or with too many.
    #[error("a batch has 1 to {BATCH_RECORDS_MAX} records, not {0}")]
    Count(u16),
    /// A record cannot be accepted.
    #[error("record {index}: {reason}")]
    Record {
        /// Counts from 0.
        index: usize,
        /// What is wrong with it.
        reason: SampleError,
    },
}

impl FrameError {
    /// A stable code for programs, such as `frame.version`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Version(_) => "frame.version",
            Self::Kind(_) => "frame.kind",
            Self::Length { .. } => "frame.length",
            Self::Count(_) => "frame.count",
            Self::Record { reason, .. } => reason.code(),
        }
    }

    /// The code of the refusal frame: 1 version, 2 kind, 3 length, 4 count, 5 latitude, 6 longitude, 7 heading,
    /// 8 speed, 9 time in the future, 10 time too long ago, 11 no fix (0/0).
    #[must_use]
    pub const fn number(&self) -> u8 {
        match self {
            Self::Version(_) => 1,
            Self::Kind(_) => 2,
            Self::Length { .. } => 3,
            Self::Count(_) => 4,
            Self::Record { reason, .. } => match reason {
                SampleError::Latitude => 5,
                SampleError::Longitude => 6,
                SampleError::Heading => 7,
                SampleError::Speed => 8,
                SampleError::Future => 9,
                SampleError::Old => 10,
                SampleError::NoFix => 11,
            },
        }
    }
}

/// Reads a frame and checks every record against the clock.
///
/// # Errors
/// [`FrameError`] names the first thing that is wrong.
pub fn decode(bytes: &[u8], now: Timestamp) -> Result<Frame, FrameError> {
    let length = |expected| FrameError::Length { expected, actual: bytes.len() };
    match bytes {
        [VERSION, KIND_SINGLE, record @ ..] => {
            let record = record.try_into().map_err(|_| length(SINGLE_BYTES))?;
            Ok(Frame { records: vec![RawRecord::read(record).checked(0, now)?] })
        }
        [VERSION, KIND_BATCH, count_low, count_high, records @ ..] => {
            let count = u16::from_le_bytes([*count_low, *count_high]);
            Ok(Frame { records: decode_records(count, records, now)? })
        }
        [VERSION, KIND_BATCH, ..] => Err(length(BATCH_HEADER_BYTES)),
        [VERSION, kind, ..] => Err(FrameError::Kind(*kind)),
        [] | [VERSION] => Err(length(SINGLE_BYTES)),
        [version, ..] => Err(FrameError::Version(*version)),
    }
}

fn decode_records(count: u16, bytes: &[u8], now: Timestamp) -> Result<Vec<Record>, FrameError> {
    let records = usize::from(count);
    if records == 0 || records > BATCH_RECORDS_MAX {
        return Err(FrameError::Count(count));
    }
    if bytes.len() != records * RECORD_BYTES {
        let expected = BATCH_HEADER_BYTES + records * RECORD_BYTES;
        return Err(FrameError::Length { expected, actual: BATCH_HEADER_BYTES + bytes.len() });
    }
    let (records, _) = bytes.as_chunks::<RECORD_BYTES>();
    records.iter().enumerate().map(|(index, record)| RawRecord::read(record).checked(index, now)).collect()
}

fn known(raw: u16, unit: f64) -> Option<f64> {
    (raw != UNKNOWN).then(|| f64::from(raw) * unit)
}

/// The acknowledgement of everything up to a sequence.
#[must_use]
pub fn acknowledgement(sequence: u32) -> [u8; 6] {
    let [a, b, c, d] = sequence.to_le_bytes();
    [VERSION, KIND_ACKNOWLEDGEMENT, a, b, c, d]
}

/// The refusal of a frame, by a code; the sequence is read as far as the bytes go.
#[must_use]
pub fn refusal(frame: &[u8], code: u8) -> [u8; 7] {
    let [a, b, c, d] = match frame {
        [VERSION, KIND_SINGLE, a, b, c, d, ..] | [VERSION, KIND_BATCH, _, _, a, b, c, d, ..] => {
            [*a, *b, *c, *d]
        }
        _ => [0; 4],
    };
    [VERSION, KIND_REFUSAL, a, b, c, d, code]
}

/// Writes a frame as a device does: a single one for one record, else a batch. Values are rounded to the frame's
/// units; simulated drivers and tests use it.
///
/// # Errors
/// [`FrameError::Count`] for no records or more than [`BATCH_RECORDS_MAX`].
pub fn encode(frame: &Frame) -> Result<Vec<u8>, FrameError> {
    let records = frame.records.len();
    let count = u16::try_from(records).unwrap_or(u16::MAX);
    if records == 0 || records > BATCH_RECORDS_MAX {
        return Err(FrameError::Count(count));
    }
    let mut bytes = Vec::with_capacity(BATCH_HEADER_BYTES + records * RECORD_BYTES);
    if records == 1 {
        bytes.extend([VERSION, KIND_SINGLE]);
    } else {
        bytes.extend([VERSION, KIND_BATCH]);
        bytes.extend(count.to_le_bytes());
    }
    for record in &frame.records {
        RawRecord::of(record).write(&mut bytes);
    }
    Ok(bytes)
}

/// A record in the frame's own units.
struct RawRecord {
    sequence: u32,
    latitude: i32,
    longitude: i32,
    speed: u16,
    heading: u16,
    millis: i64,
}

impl RawRecord {
    fn read(bytes: &[u8; RECORD_BYTES]) -> Self {
        let [q0, q1, q2, q3, a0, a1, a2, a3, o0, o1, o2, o3, s0, s1, h0, h1, time @ ..] = *bytes;
        Self {
            sequence: u32::from_le_bytes([q0, q1, q2, q3]),
            latitude: i32::from_le_bytes([a0, a1, a2, a3]),
            longitude: i32::from_le_bytes([o0, o1, o2, o3]),
            speed: u16::from_le_bytes([s0, s1]),
            heading: u16::from_le_bytes([h0, h1]),
            millis: i64::from_le_bytes(time),
        }
    }

    fn checked(&self, index: usize, now: Timestamp) -> Result<Record, FrameError> {
        let refused = |reason| FrameError::Record { index, reason };
        let (latitude, longitude) = (f64::from(self.latitude), f64::from(self.longitude));
        let position = Position::new(latitude / UNITS_PER_DEGREE, longitude / UNITS_PER_DEGREE)
            .map_err(|error| refused(error.into()))?;
        let sample = Sample {
            position,
            at: Timestamp::from_millis(self.millis),
            speed_kmh: known(self.speed, KMH_PER_UNIT),
            heading: known(self.heading, HEADING_PER_UNIT),
            mocked: None,
        };
        sample.check(now).map_err(refused)?;
        Ok(Record { sequence: self.sequence, sample })
    }

    fn of(Record { sequence, sample }: &Record) -> Self {
        Self {
            sequence: *sequence,
            latitude: degrees(sample.position.latitude),
            longitude: degrees(sample.position.longitude),
            speed: sample.speed_kmh.map_or(UNKNOWN, |speed| unsigned(speed / KMH_PER_UNIT)),
            heading: sample.heading.map_or(UNKNOWN, |heading| unsigned(heading / HEADING_PER_UNIT) % 36_000),
            millis: sample.at.millis(),
        }
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.sequence.to_le_bytes());
        bytes.extend(self.latitude.to_le_bytes());
        bytes.extend(self.longitude.to_le_bytes());
        bytes.extend(self.speed.to_le_bytes());
        bytes.extend(self.heading.to_le_bytes());
        bytes.extend(self.millis.to_le_bytes());
    }
}

/// A float cast saturates, so no coordinate can wrap.
fn degrees(value: f64) -> i32 {
    (value * UNITS_PER_DEGREE).round() as i32
}

/// The largest value stands for "not known" and is never written for a known one.
fn unsigned(value: f64) -> u16 {
    (value.round() as u16).min(UNKNOWN - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, option, prelude::*};
    use std::time::Duration;

    const NOW: Timestamp = Timestamp::from_millis(1_772_352_000_000);

    prop_compose! {
        fn sample()(
            latitude in -900_000_000_i32..=900_000_000,
            longitude in -1_800_000_000_i32..=1_800_000_000,
            speed in option::of(0_u16..=27_777),
            heading in option::of(0_u16..36_000),
            age_millis in 0_i64..600_000_000,
        ) -> Sample {
            Sample {
                position: Position::new(f64::from(latitude) / 1e7, f64::from(longitude) / 1e7).unwrap(),
                at: Timestamp::from_millis(NOW.millis() - age_millis),
                speed_kmh: speed.map(|raw| f64::from(raw) * KMH_PER_UNIT),
                heading: heading.map(|raw| f64::from(raw) * HEADING_PER_UNIT), mocked: None }
        }
    }

    fn milan() -> Frame {
        let position = Position::new(45.4642, 9.19).unwrap();
        let sample = Sample { position, at: NOW, speed_kmh: Some(72.0), heading: Some(180.0), mocked: None };
        Frame { records: vec![Record { sequence: 7, sample }] }
    }

    #[test]
    fn a_single_frame_has_the_documented_26_bytes() {
        let bytes = encode(&milan()).unwrap();
        let mut expected = vec![1, 1, 7, 0, 0, 0];
        expected.extend(454_642_000_i32.to_le_bytes());
        expected.extend(91_900_000_i32.to_le_bytes());
        expected.extend(2000_u16.to_le_bytes());
        expected.extend(18_000_u16.to_le_bytes());
        expected.extend(1_772_352_000_000_i64.to_le_bytes());
        assert_eq!((bytes.len(), &bytes), (SINGLE_BYTES, &expected));
        assert_eq!(decode(&bytes, NOW).unwrap(), milan());
    }

    #[test]
    fn a_batch_has_4_bytes_and_24_for_each_record_from_its_own_sequence_on() {
        let single = encode(&milan()).unwrap();
        let mut frame = milan();
        frame.records.push(Record { sequence: 12, ..frame.records[0].clone() });
        let bytes = encode(&frame).unwrap();
        assert_eq!(bytes.len(), 4 + 24 * 2);
        assert_eq!(bytes[..4], [1, 2, 2, 0]);
        assert_eq!(bytes[4..28], single[2..], "the single frame's fields from the sequence on");
        assert_eq!(bytes[28..32], [12, 0, 0, 0]);
        assert_eq!(bytes[32..], single[6..]);
        let read = decode(&bytes, NOW).unwrap();
        assert_eq!((read.last_sequence(), &read), (12, &frame));
    }

    #[test]
    fn an_acknowledgement_names_the_last_durable_sequence() {
        assert_eq!(acknowledgement(0x0403_0201), [1, 129, 1, 2, 3, 4]);
    }

    #[test]
    fn a_refusal_names_the_frame_and_the_reason() {
        assert_eq!(refusal(&encode(&milan()).unwrap(), 9), [1, 130, 7, 0, 0, 0, 9]);
        assert_eq!(refusal(&[1, 2, 0, 0, 8, 0, 0, 0], 4), [1, 130, 8, 0, 0, 0, 4]);
        assert_eq!(refusal(&[9, 9], 1), [1, 130, 0, 0, 0, 0, 1]);
    }

    fn altered(at: usize, with: &[u8]) -> Vec<u8> {
        let mut bytes = encode(&milan()).unwrap();
        bytes[at..at + with.len()].copy_from_slice(with);
        bytes
    }

    #[test]
    fn what_is_wrong_is_named() {
        let reason = |bytes: &[u8]| decode(bytes, NOW).unwrap_err().code();
        assert_eq!(reason(&[]), "frame.length");
        assert_eq!(reason(&[1]), "frame.length");
        assert_eq!(reason(&altered(0, &[2])), "frame.version");
        assert_eq!(reason(&altered(1, &[129])), "frame.kind");
        assert_eq!(reason(&encode(&milan()).unwrap()[..25]), "frame.length");
        assert_eq!(reason(&altered(6, &900_000_001_i32.to_le_bytes())), "position.latitude");
        assert_eq!(reason(&altered(10, &(-1_800_000_001_i32).to_le_bytes())), "position.longitude");
        assert_eq!(reason(&altered(6, &[0; 8])), "position.no_fix");
        assert_eq!(reason(&altered(16, &36_000_u16.to_le_bytes())), "position.heading");
        assert_eq!(reason(&altered(14, &65_000_u16.to_le_bytes())), "position.speed");
        let late = NOW.after(Duration::from_secs(301)).millis();
        assert_eq!(reason(&altered(18, &late.to_le_bytes())), "position.future");
        let old = NOW.before(Duration::from_secs(7 * 86_400 + 1)).millis();
        assert_eq!(reason(&altered(18, &old.to_le_bytes())), "position.old");
        assert_eq!(reason(&altered(18, &i64::MIN.to_le_bytes())), "position.old");
        assert_eq!(reason(&altered(18, &i64::MAX.to_le_bytes())), "position.future");
    }

    #[test]
    fn a_batch_has_1_to_512_records() {
        let sized = |count| Frame { records: vec![milan().records[0].clone(); count] };
        assert_eq!(encode(&sized(0)), Err(FrameError::Count(0)));
        assert_eq!(encode(&sized(513)), Err(FrameError::Count(513)));
        assert!(decode(&encode(&sized(512)).unwrap(), NOW).is_ok());
        assert_eq!(decode(&[1, 2, 0, 0], NOW), Err(FrameError::Count(0)));
        let mut too_many = vec![1, 2, 1, 2];
        too_many.resize(BATCH_HEADER_BYTES + 513 * RECORD_BYTES, 0);
        assert_eq!(decode(&too_many, NOW), Err(FrameError::Count(513)));
    }

    proptest! {
        #[test]
        fn a_frame_survives_the_wire(records in vec((any::<u32>(), sample()), 1..=20)) {
            let records = records.into_iter().map(|(sequence, sample)| Record { sequence, sample }).collect();
            let frame = Frame { records };
            prop_assert_eq!(decode(&encode(&frame).unwrap(), NOW).unwrap(), frame);
        }

        #[test]
        fn random_bytes_never_panic(bytes in vec(any::<u8>(), 0..200), now: i64) {
            let _ = decode(&bytes, Timestamp::from_micros(now));
        }

        #[test]
        fn whatever_is_accepted_is_within_its_limits(mut bytes in vec(any::<u8>(), 26), millis in -700_000_000_i64..400_000) {
            bytes[..2].copy_from_slice(&[1, 1]);
            bytes[18..].copy_from_slice(&(NOW.millis() + millis).to_le_bytes());
            if let Ok(frame) = decode(&bytes, NOW) {
                let sample = &frame.records[0].sample;
                prop_assert!(Position::new(sample.position.latitude, sample.position.longitude).is_ok());
                prop_assert!(sample.at <= NOW.after(Duration::from_secs(300)));
                prop_assert!(sample.at >= NOW.before(Duration::from_secs(7 * 86_400)));
                prop_assert!(sample.heading.is_none_or(|heading| (0.0..360.0).contains(&heading)));
            }
        }
    }
}
