//! Reads `.osm.pbf`: a sequence of blobs, each a compressed protobuf message (the OSM wiki's page "PBF Format").
//!
//! Every length comes from the file and is doubted: a blob is at most 32 MiB, also after decompression, and one blob at
//! a time is in memory.

use super::{
    element::{Element, Heard, Member, MemberKind, Sink, Tags, Wanted},
    wire::{Bad, Message, Value},
};
use crate::{failure::RoadsError, geometry::Point};
use flate2::read::ZlibDecoder;
use std::{
    fs::File,
    io::{BufReader, ErrorKind, Read},
    path::Path,
};

/// The format's own limits.
const HEADER_BYTES_MAX: u32 = 64 * 1024;
const BLOB_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Real blocks shrink to a tenth. One that unpacks to more than a hundred times its size was made to fill the memory.
const UNPACKED_TIMES_MAX: u64 = 100;
/// Small blocks may unpack to this much in any case.
const UNPACKED_FREE_BYTES: u64 = 64 * 1024;
/// Writers put 8,000 elements into a block; their keys, values and users are far fewer than this.
const STRINGS_MAX: usize = 1_000_000;
/// OSM allows 2,000 nodes a way and 32,000 members a relation.
const PARTS_MAX: usize = 100_000;

/// Reads the file once and gives the wanted elements to `sink`.
///
/// # Errors
/// [`RoadsError::Malformed`] with the offset of the blob; what `sink` refuses.
pub fn read(path: &Path, wanted: Wanted, heard: Heard, sink: Sink) -> Result<(), RoadsError> {
    let file = File::open(path).map_err(RoadsError::file(path))?;
    let mut input = BufReader::with_capacity(1 << 20, file);
    let mut at = 0;
    let mut block = Vec::new();
    let mut headed = false;
    while let Some((kind, stored)) = next_blob(path, &mut input, &mut at, &mut block)? {
        let bad = |bad: Bad| RoadsError::malformed(path, at, bad.0);
        match kind.as_str() {
            "OSMHeader" => {
                check_header(&block).map_err(bad)?;
                headed = true;
            }
            "OSMData" if headed => Block::read(&block).map_err(bad)?.visit(path, at, wanted, sink)?,
            "OSMData" => return Err(RoadsError::malformed(path, at, "data come before the header")),
            // The format asks readers to skip what they do not know.
            _ => {}
        }
        at += stored;
        heard(at);
    }
    if headed { Ok(()) } else { Err(RoadsError::malformed(path, 0, "the file is empty")) }
}

/// The next blob's kind and stored length; its decompressed bytes are in `block`. None at the end of the file.
fn next_blob(
    path: &Path,
    input: &mut impl Read,
    at: &mut u64,
    block: &mut Vec<u8>,
) -> Result<Option<(String, u64)>, RoadsError> {
    let mut length = [0; 4];
    match input.read_exact(&mut length[..1]) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        other => other.map_err(RoadsError::file(path))?,
    }
    let malformed = |what: &str| RoadsError::malformed(path, *at, what);
    let cut = |error: std::io::Error| match error.kind() {
        ErrorKind::UnexpectedEof => malformed("the file ends in the middle of a block: it is truncated"),
        _ => RoadsError::File { path: path.to_owned(), source: error },
    };
    input.read_exact(&mut length[1..]).map_err(cut)?;
    let header_bytes = u32::from_be_bytes(length);
    if header_bytes > HEADER_BYTES_MAX {
        return Err(malformed("this is not an OSM PBF file: the first length is out of range"));
    }
    let mut header = vec![0; header_bytes as usize];
    input.read_exact(&mut header).map_err(cut)?;
    let (kind, size) = blob_header(&header).map_err(|bad| malformed(bad.0))?;
    if size > BLOB_BYTES_MAX {
        return Err(malformed("a block is larger than the format allows"));
    }
    let mut blob = Vec::new();
    let read = input.take(size).read_to_end(&mut blob).map_err(cut)?;
    if (read as u64) < size {
        return Err(malformed("the file ends in the middle of a block: it is truncated"));
    }
    unpack(&blob, block).map_err(|bad| malformed(bad.0))?;
    Ok(Some((kind, 4 + u64::from(header_bytes) + size)))
}

fn blob_header(bytes: &[u8]) -> Result<(String, u64), Bad> {
    let (mut kind, mut size) = (String::new(), None);
    let mut message = Message(bytes);
    while let Some((field, value)) = message.next()? {
        match (field, value) {
            (1, Value::Bytes(bytes)) => kind = String::from_utf8_lossy(bytes).into_owned(),
            (3, Value::Number(number)) => size = Some(number),
            _ => {}
        }
    }
    Ok((kind, size.ok_or(Bad("a block does not say its size: this is not an OSM PBF file"))?))
}

/// Decompresses a blob into `block`.
fn unpack(blob: &[u8], block: &mut Vec<u8>) -> Result<(), Bad> {
    block.clear();
    let mut message = Message(blob);
    while let Some((field, value)) = message.next()? {
        match (field, value) {
            (1, Value::Bytes(raw)) => block.extend_from_slice(raw),
            (3, Value::Bytes(packed)) => {
                let most = BLOB_BYTES_MAX.min(packed.len() as u64 * UNPACKED_TIMES_MAX + UNPACKED_FREE_BYTES);
                let mut limited = ZlibDecoder::new(packed).take(most + 1);
                limited.read_to_end(block).map_err(|_| Bad("a block cannot be decompressed"))?;
                if block.len() as u64 > most {
                    return Err(Bad("a block decompresses to more than an honest file's would"));
                }
            }
            (4..=7, Value::Bytes(_)) => return Err(Bad("a block is compressed by something else than zlib")),
            _ => {}
        }
    }
    Ok(())
}

fn check_header(block: &[u8]) -> Result<(), Bad> {
    let mut message = Message(block);
    while let Some((field, value)) = message.next()? {
        if let (4, Value::Bytes(feature)) = (field, value)
            && !matches!(feature, b"OsmSchema-V0.6" | b"DenseNodes")
        {
            return Err(Bad("the file requires a feature that is not known here (a history file?)"));
        }
    }
    Ok(())
}

/// A block of elements with the strings they share.
struct Block<'a> {
    strings: Vec<&'a str>,
    groups: Vec<&'a [u8]>,
    granularity: i64,
    lat_offset: i64,
    lon_offset: i64,
}

impl<'a> Block<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Bad> {
        let mut block =
            Self { strings: Vec::new(), groups: Vec::new(), granularity: 100, lat_offset: 0, lon_offset: 0 };
        let mut message = Message(bytes);
        while let Some((field, value)) = message.next()? {
            match (field, value) {
                (1, Value::Bytes(table)) => block.read_strings(table)?,
                (2, Value::Bytes(group)) => block.groups.push(group),
                (17, Value::Number(number)) => block.granularity = i64::from(number as i32),
                (19, Value::Number(number)) => block.lat_offset = number as i64,
                (20, Value::Number(number)) => block.lon_offset = number as i64,
                _ => {}
            }
        }
        Ok(block)
    }

    fn read_strings(&mut self, table: &'a [u8]) -> Result<(), Bad> {
        let mut message = Message(table);
        while let Some((field, value)) = message.next()? {
            if let (1, Value::Bytes(bytes)) = (field, value) {
                // Damaged text must not cost the road: it only loses that one string.
                self.strings.push(std::str::from_utf8(bytes).unwrap_or_default());
                if self.strings.len() > STRINGS_MAX {
                    return Err(Bad("a block has more strings than any writer makes"));
                }
            }
        }
        Ok(())
    }

    fn visit(&self, path: &Path, at: u64, wanted: Wanted, sink: Sink) -> Result<(), RoadsError> {
        let mut room = Room::default();
        for group in &self.groups {
            let mut message = Message(group);
            let bad = |bad: Bad| RoadsError::malformed(path, at, bad.0);
            while let Some((field, value)) = message.next().map_err(bad)? {
                let Value::Bytes(bytes) = value else { continue };
                let visited = match (field, wanted) {
                    (1, Wanted::Nodes) => self.node(bytes, &mut room, sink),
                    (2, Wanted::Nodes) => self.dense(bytes, &mut room, sink),
                    (3, Wanted::Lines) => self.way(bytes, &mut room, sink),
                    (4, Wanted::Lines) => self.relation(bytes, &mut room, sink),
                    _ => Ok(()),
                };
                visited.map_err(|stop| match stop {
                    Stop::Bad(what) => bad(what),
                    Stop::Sink(error) => error,
                })?;
            }
        }
        Ok(())
    }

    fn string(&self, index: u64) -> Result<&'a str, Bad> {
        let found = usize::try_from(index).ok().and_then(|index| self.strings.get(index));
        found.copied().ok_or(Bad("a string is referred to that does not exist"))
    }

    fn point(&self, lat: i64, lon: i64) -> Result<Point, Bad> {
        let degrees_e7 = |offset: i64, value: i64| {
            let nano = value.checked_mul(self.granularity).and_then(|nano| nano.checked_add(offset));
            nano.and_then(|nano| i32::try_from(nano.div_euclid(100)).ok())
        };
        let point = degrees_e7(self.lat_offset, lat).zip(degrees_e7(self.lon_offset, lon));
        point.and_then(|(lat, lon)| Point::new(lat, lon)).ok_or(Bad("a node is not on the globe"))
    }

    fn tags(&self, keys: &[u8], values: &[u8], tags: &mut Vec<(&'a str, &'a str)>) -> Result<(), Bad> {
        tags.clear();
        let (mut keys, mut values) = (Message(keys), Message(values));
        while !keys.0.is_empty() {
            tags.push((self.string(keys.varint()?)?, self.string(values.varint()?)?));
        }
        Ok(())
    }

    fn node(&self, bytes: &[u8], room: &mut Room<'a>, sink: Sink) -> Result<(), Stop> {
        let (mut id, mut lat, mut lon) = (0, 0, 0);
        let (mut keys, mut values): (&[u8], &[u8]) = (&[], &[]);
        let mut message = Message(bytes);
        while let Some((field, value)) = message.next()? {
            match (field, value) {
                (1, Value::Number(number)) => id = zigzag(number),
                (2, Value::Bytes(bytes)) => keys = bytes,
                (3, Value::Bytes(bytes)) => values = bytes,
                (8, Value::Number(number)) => lat = zigzag(number),
                (9, Value::Number(number)) => lon = zigzag(number),
                _ => {}
            }
        }
        self.tags(keys, values, &mut room.tags)?;
        Ok(sink(Element::Node { id, point: self.point(lat, lon)?, tags: Tags(&room.tags) })?)
    }

    fn dense(&self, bytes: &[u8], room: &mut Room<'a>, sink: Sink) -> Result<(), Stop> {
        let empty = || Message(&[]);
        let (mut ids, mut lats, mut lons, mut words) = (empty(), empty(), empty(), empty());
        let mut message = Message(bytes);
        while let Some((field, value)) = message.next()? {
            let Value::Bytes(bytes) = value else { continue };
            match field {
                1 => ids = Message(bytes),
                8 => lats = Message(bytes),
                9 => lons = Message(bytes),
                10 => words = Message(bytes),
                _ => {}
            }
        }
        let (mut id, mut lat, mut lon) = (0_i64, 0_i64, 0_i64);
        while !ids.0.is_empty() {
            id = id.wrapping_add(zigzag(ids.varint()?));
            lat = lat.wrapping_add(zigzag(lats.varint()?));
            lon = lon.wrapping_add(zigzag(lons.varint()?));
            room.tags.clear();
            while !words.0.is_empty() {
                let key = words.varint()?;
                if key == 0 {
                    break;
                }
                room.tags.push((self.string(key)?, self.string(words.varint()?)?));
            }
            sink(Element::Node { id, point: self.point(lat, lon)?, tags: Tags(&room.tags) })?;
        }
        Ok(())
    }

    fn way(&self, bytes: &[u8], room: &mut Room<'a>, sink: Sink) -> Result<(), Stop> {
        let mut id = 0;
        let (mut keys, mut values): (&[u8], &[u8]) = (&[], &[]);
        room.nodes.clear();
        let mut message = Message(bytes);
        while let Some((field, value)) = message.next()? {
            match (field, value) {
                (1, Value::Number(number)) => id = number as i64,
                (2, Value::Bytes(bytes)) => keys = bytes,
                (3, Value::Bytes(bytes)) => values = bytes,
                (8, Value::Bytes(bytes)) => {
                    let (mut refs, mut node) = (Message(bytes), 0_i64);
                    while !refs.0.is_empty() {
                        node = node.wrapping_add(zigzag(refs.varint()?));
                        room.nodes.push(node);
                        if room.nodes.len() > PARTS_MAX {
                            return Err(Bad("an element has more parts than OSM allows").into());
                        }
                    }
                }
                _ => {}
            }
        }
        self.tags(keys, values, &mut room.tags)?;
        Ok(sink(Element::Way { id, nodes: &room.nodes, tags: Tags(&room.tags) })?)
    }

    fn relation(&self, bytes: &[u8], room: &mut Room<'a>, sink: Sink) -> Result<(), Stop> {
        let (mut keys, mut values): (&[u8], &[u8]) = (&[], &[]);
        let (mut roles, mut ids, mut kinds) = (Message(&[]), Message(&[]), Message(&[]));
        let mut message = Message(bytes);
        while let Some((field, value)) = message.next()? {
            let Value::Bytes(bytes) = value else { continue };
            match field {
                2 => keys = bytes,
                3 => values = bytes,
                8 => roles = Message(bytes),
                9 => ids = Message(bytes),
                10 => kinds = Message(bytes),
                _ => {}
            }
        }
        self.tags(keys, values, &mut room.tags)?;
        room.members.clear();
        let mut id = 0_i64;
        while !ids.0.is_empty() {
            id = id.wrapping_add(zigzag(ids.varint()?));
            let kind = match kinds.varint()? {
                0 => MemberKind::Node,
                1 => MemberKind::Way,
                2 => MemberKind::Relation,
                _ => return Err(Bad("a relation has a member of no known kind").into()),
            };
            room.members.push(Member { kind, id, role: self.string(roles.varint()?)? });
            if room.members.len() > PARTS_MAX {
                return Err(Bad("an element has more parts than OSM allows").into());
            }
        }
        Ok(sink(Element::Relation { members: &room.members, tags: Tags(&room.tags) })?)
    }
}

/// Buffers that the elements of a block take turns in.
#[derive(Default)]
struct Room<'a> {
    tags: Vec<(&'a str, &'a str)>,
    nodes: Vec<i64>,
    members: Vec<Member<'a>>,
}

/// Why a block is left early.
enum Stop {
    Bad(Bad),
    Sink(RoadsError),
}

impl From<Bad> for Stop {
    fn from(bad: Bad) -> Self {
        Self::Bad(bad)
    }
}

impl From<RoadsError> for Stop {
    fn from(error: RoadsError) -> Self {
        Self::Sink(error)
    }
}

const fn zigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}
