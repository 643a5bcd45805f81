//! Reads `.osm` and `.osm.gz`: OSM's XML as a stream, one element in memory at a time.

use super::element::{Element, Heard, Member, MemberKind, Sink, Tags, Wanted};
use crate::{failure::RoadsError, geometry::Point};
use flate2::read::MultiGzDecoder;
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};
use std::{
    cell::Cell,
    fs::File,
    io::{BufRead, BufReader, Error, Read},
    path::Path,
    rc::Rc,
};

/// No tag of an honest file is this long; a hostile one must not fill the memory.
const TAG_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// OSM allows 2,000 nodes a way and 32,000 members a relation.
const CHILDREN_MAX: usize = 100_000;
/// Real maps shrink to a tenth. One that unpacks to more than two hundred times its size was made to hurt.
const UNPACKED_TIMES_MAX: u64 = 200;
/// Small files may unpack to this much in any case.
const UNPACKED_FREE_BYTES: u64 = 8 * 1024 * 1024;
/// The progress is told every so many stored bytes.
const HEARD_EVERY: u64 = 256 * 1024;

/// Reads the file once and gives the wanted elements to `sink`.
///
/// # Errors
/// [`RoadsError::Malformed`] with the offset in the stored file; what `sink` refuses.
pub fn read(path: &Path, zipped: bool, wanted: Wanted, heard: Heard, sink: Sink) -> Result<(), RoadsError> {
    let file = File::open(path).map_err(RoadsError::file(path))?;
    let stored = Rc::new(Cell::new(0));
    let allowance = Rc::new(Cell::new(TAG_BYTES_MAX));
    let counted = Counted { inner: file, stored: Rc::clone(&stored) };
    let input: Box<dyn Read> =
        if zipped { Box::new(MultiGzDecoder::new(counted)) } else { Box::new(counted) };
    let bounded =
        Bounded { inner: input, allowance: Rc::clone(&allowance), stored: Rc::clone(&stored), unpacked: 0 };
    let input = BufReader::with_capacity(1 << 16, bounded);
    let mut document = Document::new(Reader::from_reader(input), wanted);
    let mut buffer = Vec::new();
    let mut told = 0;
    loop {
        buffer.clear();
        allowance.set(TAG_BYTES_MAX);
        let going = document.step(&mut buffer, sink).map_err(|stop| match stop {
            Stop::Bad(what) => RoadsError::malformed(path, stored.get(), what),
            Stop::Sink(error) => error,
        })?;
        if stored.get() >= told + HEARD_EVERY || !going {
            told = stored.get();
            heard(told);
        }
        if !going {
            return Ok(());
        }
    }
}

/// Why reading stops.
enum Stop {
    Bad(String),
    Sink(RoadsError),
}

fn bad(what: impl ToString) -> Stop {
    Stop::Bad(what.to_string())
}

/// Counts what is read of the stored file.
struct Counted {
    inner: File,
    stored: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.stored.set(self.stored.get() + read as u64);
        Ok(read)
    }
}

/// Refuses to read on when one tag has used up its allowance, or when the file unpacks to too much.
struct Bounded {
    inner: Box<dyn Read>,
    allowance: Rc<Cell<u64>>,
    stored: Rc<Cell<u64>>,
    unpacked: u64,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.unpacked += read as u64;
        if self.unpacked > self.stored.get() * UNPACKED_TIMES_MAX + UNPACKED_FREE_BYTES {
            return Err(Error::other("the file unpacks to more than an honest one would"));
        }
        let left = self.allowance.get().checked_sub(read as u64);
        self.allowance.set(left.ok_or_else(|| Error::other("a tag is too long for an OSM file"))?);
        Ok(read)
    }
}

/// What is being read.
enum Open {
    Nothing,
    Node(i64, Point),
    Way(i64),
    Relation,
    Skipped,
}

/// The reader with the element that is open.
struct Document<R> {
    reader: Reader<R>,
    wanted: Wanted,
    open: Open,
    began: bool,
    depth: usize,
    tags: Vec<(String, String)>,
    nodes: Vec<i64>,
    members: Vec<(MemberKind, i64, String)>,
}

impl<R: BufRead> Document<R> {
    fn new(reader: Reader<R>, wanted: Wanted) -> Self {
        Self {
            reader,
            wanted,
            open: Open::Nothing,
            began: false,
            depth: 0,
            tags: Vec::new(),
            nodes: Vec::new(),
            members: Vec::new(),
        }
    }

    /// Reads one piece of markup; false at the end of the document.
    fn step(&mut self, buffer: &mut Vec<u8>, sink: Sink) -> Result<bool, Stop> {
        match self.reader.read_event_into(buffer).map_err(bad)? {
            Event::Start(start) => {
                self.depth += 1;
                self.start(&start)?;
            }
            Event::Empty(start) => {
                self.start(&start)?;
                if self.depth == 1 {
                    self.end(sink)?;
                }
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 1 {
                    self.end(sink)?;
                }
            }
            Event::Eof if !self.began => return Err(bad("this is not an OSM file")),
            Event::Eof if self.depth > 0 => {
                return Err(bad("the file ends in the middle of the document: it is truncated"));
            }
            Event::Eof => return Ok(false),
            _ => {}
        }
        Ok(true)
    }

    fn start(&mut self, start: &BytesStart) -> Result<(), Stop> {
        let name = start.name();
        if !self.began {
            if name.as_ref() != "osm" {
                return Err(bad("this is not an OSM file: its first tag is not <osm>"));
            }
            self.began = true;
            return Ok(());
        }
        match (name.as_ref(), &self.open) {
            ("node", Open::Nothing) => {
                self.open = if self.wanted == Wanted::Nodes { self.node(start)? } else { Open::Skipped };
            }
            ("way", Open::Nothing) if self.wanted == Wanted::Lines => {
                self.open = Open::Way(identifier(start, "id")?);
            }
            ("relation", Open::Nothing) if self.wanted == Wanted::Lines => self.open = Open::Relation,
            (_, Open::Nothing) => self.open = Open::Skipped,
            ("tag", Open::Node(..) | Open::Way(_) | Open::Relation) => {
                let pair = (text(start, "k")?.unwrap_or_default(), text(start, "v")?.unwrap_or_default());
                self.tags.push(pair);
            }
            ("nd", Open::Way(_)) => self.nodes.push(identifier(start, "ref")?),
            ("member", Open::Relation) => self.member(start)?,
            _ => {}
        }
        if self.tags.len().max(self.nodes.len()).max(self.members.len()) > CHILDREN_MAX {
            return Err(bad("an element has more parts than OSM allows"));
        }
        Ok(())
    }

    fn node(&self, start: &BytesStart) -> Result<Open, Stop> {
        let degrees = |key| -> Result<f64, Stop> {
            let value = text(start, key)?.ok_or_else(|| bad("a node without a place"))?;
            value.parse().map_err(|_| bad("a node's place is not a number"))
        };
        let (lat, lon) = (degrees("lat")?, degrees("lon")?);
        let point = Point::from_degrees(lat, lon).ok_or_else(|| bad("a node is not on the globe"))?;
        Ok(Open::Node(identifier(start, "id")?, point))
    }

    fn member(&mut self, start: &BytesStart) -> Result<(), Stop> {
        let kind = match text(start, "type")?.as_deref() {
            Some("node") => MemberKind::Node,
            Some("way") => MemberKind::Way,
            Some("relation") => MemberKind::Relation,
            _ => return Err(bad("a relation has a member of no known kind")),
        };
        let role = text(start, "role")?.unwrap_or_default();
        self.members.push((kind, identifier(start, "ref")?, role));
        Ok(())
    }

    /// Gives the element that ends here away.
    fn end(&mut self, sink: Sink) -> Result<(), Stop> {
        let tags: Vec<(&str, &str)> = self.tags.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let tags = Tags(&tags);
        let taken = match std::mem::replace(&mut self.open, Open::Nothing) {
            Open::Node(id, point) => sink(Element::Node { id, point, tags }),
            Open::Way(id) => sink(Element::Way { id, nodes: &self.nodes, tags }),
            Open::Relation => {
                let parts = self.members.iter();
                let members: Vec<Member<'_>> =
                    parts.map(|(kind, id, role)| Member { kind: *kind, id: *id, role }).collect();
                sink(Element::Relation { members: &members, tags })
            }
            Open::Nothing | Open::Skipped => Ok(()),
        };
        self.tags.clear();
        self.nodes.clear();
        self.members.clear();
        taken.map_err(Stop::Sink)
    }
}

fn text(start: &BytesStart, key: &str) -> Result<Option<String>, Stop> {
    let attribute = start.try_get_attribute(key).map_err(bad)?;
    let value = attribute.map(|attribute| {
        attribute.normalized_value(XmlVersion::Implicit1_0).map(std::borrow::Cow::into_owned)
    });
    value.transpose().map_err(bad)
}

fn identifier(start: &BytesStart, key: &str) -> Result<i64, Stop> {
    let value = text(start, key)?.ok_or_else(|| bad("an id is missing"))?;
    value.parse().map_err(|_| bad("an id is not a number"))
}
