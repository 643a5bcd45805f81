//! The blocks that most contents are made of: the fix, the cell, and the Wi-Fi reports without a checksum.

use crate::{Attributes, DecodeError, Message, civil, hex, message::Raw, reader::Reader};

/// Degrees of both coordinates are counted in so many parts.
const PARTS_PER_DEGREE: f64 = 1_800_000.0;
/// A counted frame of type 0x17 holds a fix and a card, so it is at least this long; an uncounted one begins with the
/// number of its Wi-Fi stations.
const COUNTED_MIN: u8 = 23;
const WIFI_BYTES: usize = 7;
const CELL_BYTES: usize = 5;
const UNCOUNTED_HEAD: usize = 10;

/// What a fix has between its time and its coordinates, and behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Satellites, coordinates, speed, course and flags.
    Full,
    /// A length first; without a fix it is zero and the block ends there.
    Measured,
    /// Only coordinates, course and flags.
    Bare,
}

/// Reads time and fix; `None` for a measured one without a fix.
pub(super) fn fix(reader: &mut Reader, form: Form) -> Result<Option<Raw>, DecodeError> {
    let at = civil::at(reader.array()?);
    if form == Form::Measured && reader.u8()? == 0 {
        return Ok(None);
    }
    let satellites = if form == Form::Bare { None } else { Some(u16::from(reader.u8()? & 15)) };
    let (latitude, longitude) = (reader.u32()?, reader.u32()?);
    let speed = if form == Form::Bare { None } else { Some(f64::from(reader.u8()?)) };
    let mut raw = Raw { at, speed_kmh: speed, satellites, ..Raw::default() };
    place(&mut raw, latitude, longitude, reader.u16()?);
    Ok(Some(raw))
}

/// Coordinates with their signs, course and ignition out of the flags.
pub(super) fn place(raw: &mut Raw, latitude: u32, longitude: u32, flags: u16) {
    let bit = |number: u32| flags >> number & 1 == 1;
    let (latitude, longitude) =
        (f64::from(latitude) / PARTS_PER_DEGREE, f64::from(longitude) / PARTS_PER_DEGREE);
    raw.latitude = if bit(10) { latitude } else { -latitude };
    raw.longitude = if bit(11) { -longitude } else { longitude };
    raw.heading = Some(f64::from(flags & 0x3ff));
    raw.valid = bit(12);
    if bit(14) {
        raw.attributes.insert("ignition".to_owned(), bit(15).into());
    }
}

/// How wide a cell's area and number are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CellForm {
    /// u16 and 3 bytes.
    Narrow,
    /// u32 and u64.
    Wide,
}

/// Reads a cell; a set first bit says that the network's code has two bytes.
pub(super) fn cell(
    reader: &mut Reader,
    form: CellForm,
    attributes: &mut Attributes,
) -> Result<(), DecodeError> {
    let country = reader.u16()?;
    let network = if country & 0x8000 == 0 { u16::from(reader.u8()?) } else { reader.u16()? };
    let (area, number) = match form {
        CellForm::Narrow => {
            let area = u32::from(reader.u16()?);
            let [a, b, c] = reader.array()?;
            (area, u64::from(u32::from_be_bytes([0, a, b, c])))
        }
        CellForm::Wide => (reader.u32()?, reader.u64()?),
    };
    if number != 0 {
        let cell = format!("{}-{network}-{area}-{number}", country & 0x7fff);
        attributes.insert("cell".to_owned(), cell.into());
    }
    Ok(())
}

/// Whether a frame of type 0x17 or 0x69 has the number of Wi-Fi stations where others have their length.
pub(super) const fn is_uncounted(kind: u8, count: u8) -> bool {
    kind == 0x69 || count < COUNTED_MIN
}

/// Header, `u8 Wi-Fi stations`, type, decimal time, stations of 7 bytes, `u8 cells`, country, network, cells of 5 bytes, end.
pub(super) fn uncounted_length(stream: &[u8], stations: u8) -> Option<usize> {
    let cells_at = UNCOUNTED_HEAD + WIFI_BYTES * usize::from(stations);
    let cells = stream.get(cells_at)?;
    Some(cells_at + 1 + 3 + CELL_BYTES * usize::from(*cells) + 2)
}

/// Reads such a frame from its number of stations on.
pub(super) fn uncounted(stations: u8, kind: u8, rest: &[u8]) -> Result<Message, DecodeError> {
    let mut reader = Reader::new(rest);
    let mut message = Message::of("cells");
    let time: [u8; 6] = reader.array()?;
    let decimal = time.map(civil::bcd);
    let [Some(a), Some(b), Some(c), Some(d), Some(e), Some(f)] = decimal else {
        return Err(DecodeError::Field("time"));
    };
    let at = civil::at([a, b, c, d, e, f]).ok_or(DecodeError::Field("time"))?;
    message.note("time", at.to_string());
    for _ in 0..stations {
        let station: [u8; WIFI_BYTES] = reader.array()?;
        message.note("wifi", hex::encode(station.get(..6).unwrap_or_default()));
    }
    let cells = reader.u8()?;
    reader.take(3 + CELL_BYTES * usize::from(cells))?;
    if reader.take(2)? != super::END {
        return Err(DecodeError::Header);
    }
    reader.finish()?;
    message.note("wifi_stations", stations);
    message.note("cells", cells);
    let mut reply = vec![0x78, 0x78, 0, kind];
    reply.extend(time);
    reply.extend(super::END);
    message.reply = Some(reply);
    Ok(message)
}
