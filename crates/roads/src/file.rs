//! Graph files: sections of little-endian numbers, each with its length and checksum.
//!
//! Layout: the magic word, the number of sections, then each section as name (8 bytes), length in bytes (u64), CRC-32
//! of its bytes (u32) and the bytes. A graph is written beside its place and renamed into it, so that a reader sees the
//! old graph or the new one, never half of one.

use crate::{
    conditions::Condition,
    failure::RoadsError,
    geometry::Point,
    graph::{Closing, Edge, Graph, Parts, Restriction, Segment},
    hierarchy::Hierarchy,
    import::Gate,
    road::{Access, Class, Kinds, Limits, Road},
};
use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Write},
    path::Path,
};

/// The last letter is the version.
const MAGIC: &[u8; 8] = b"ABROADS2";
const NAMES: [&[u8; 8]; 10] = [
    b"nodes\0\0\0",
    b"segments",
    b"points\0\0",
    b"roads\0\0\0",
    b"strings\0",
    b"gates\0\0\0",
    b"rules\0\0\0",
    b"closings",
    b"credits\0",
    b"order\0\0\0",
];
const DAMAGED: &str = "the road graph is damaged";
/// A section larger than this was not written by us.
const SECTION_BYTES_MAX: u64 = 1 << 36;

/// Writes a graph with its order of contraction.
///
/// # Errors
/// [`RoadsError::File`] when the place cannot be written to; what stood there before then still stands.
pub fn write(path: &Path, graph: &Graph, hierarchy: &Hierarchy) -> Result<(), RoadsError> {
    write_with(path, graph, hierarchy.order())
}

/// Writes a graph whose order is not known yet: only [`read_unordered`] reads it again.
///
/// # Errors
/// As for [`write`].
pub fn write_unordered(path: &Path, graph: &Graph) -> Result<(), RoadsError> {
    write_with(path, graph, &[])
}

fn write_with(path: &Path, graph: &Graph, order: &[u32]) -> Result<(), RoadsError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = beside(folder).map_err(RoadsError::file(path))?;
    let mut out = BufWriter::with_capacity(1 << 20, temporary);
    write_all(&mut out, graph.parts(), order).map_err(RoadsError::file(path))?;
    let temporary = out.into_inner().map_err(|error| RoadsError::file(path)(error.into_error()))?;
    temporary.as_file().sync_all().map_err(RoadsError::file(path))?;
    temporary.persist(path).map_err(|error| RoadsError::file(path)(error.error))?;
    Ok(())
}

/// A temporary file that others may read once it is in its place, as far as the process's mask lets them.
pub(crate) fn beside(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.prefix(".roads-").tempfile_in(folder)
}

fn write_all(out: &mut impl Write, parts: &Parts, order: &[u32]) -> std::io::Result<()> {
    out.write_all(MAGIC)?;
    out.write_all(&(NAMES.len() as u32).to_le_bytes())?;
    let sections = [
        points(&parts.nodes),
        segments(&parts.segments),
        points(&parts.points),
        parts.roads.iter().flat_map(road_bytes).collect(),
        parts.strings.iter().flat_map(|text| text_bytes(text)).collect(),
        parts.gates.iter().flat_map(gate_bytes).collect(),
        rules(&parts.restrictions),
        closings(&parts.closings),
        parts.attribution.as_bytes().to_vec(),
        order.iter().flat_map(|state| state.to_le_bytes()).collect(),
    ];
    for (name, bytes) in NAMES.iter().zip(sections) {
        out.write_all(*name)?;
        out.write_all(&(bytes.len() as u64).to_le_bytes())?;
        out.write_all(&crc32fast::hash(&bytes).to_le_bytes())?;
        out.write_all(&bytes)?;
    }
    Ok(())
}

fn points(points: &[Point]) -> Vec<u8> {
    points.iter().flat_map(|point| [point.lat_e7, point.lon_e7]).flat_map(i32::to_le_bytes).collect()
}

fn segments(segments: &[Segment]) -> Vec<u8> {
    let numbers = |s: &Segment| [s.ends[0], s.ends[1], s.length_mm, s.road, s.first_point];
    segments.iter().flat_map(numbers).flat_map(u32::to_le_bytes).collect()
}

fn limits_bytes(limits: &Limits) -> impl Iterator<Item = u8> + use<> {
    let numbers = [limits.height_cm, limits.width_cm, limits.length_cm, limits.weight_10kg, limits.axle_10kg];
    numbers.into_iter().flat_map(u16::to_le_bytes)
}

fn road_bytes(road: &Road) -> Vec<u8> {
    let flags = [road.link, road.roundabout, road.urban, road.no_hazmat].map(u8::from);
    let access = road.access.map(|access| [access.open, access.destination]);
    let mut bytes = vec![road.class as u8, road.toll];
    bytes.extend(flags);
    bytes.extend(access.as_flattened());
    bytes.extend(road.speed_kmh);
    bytes.extend(road.truck_speed_kmh);
    bytes.extend(road.country);
    bytes.extend(limits_bytes(&road.limits));
    bytes.extend([road.ferry_m_per_h, road.name, road.number].into_iter().flat_map(u32::to_le_bytes));
    bytes
}

fn text_bytes(text: &str) -> Vec<u8> {
    [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
}

fn gate_bytes((node, gate): &(u32, Gate)) -> Vec<u8> {
    let mut bytes = node.to_le_bytes().to_vec();
    bytes.push(gate.closed);
    bytes.extend(limits_bytes(&gate.limits));
    bytes
}

fn rules(restrictions: &[Restriction]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for rule in restrictions {
        bytes.extend((rule.edges.len() as u32).to_le_bytes());
        bytes.extend(rule.edges.iter().flat_map(|edge| edge.0.to_le_bytes()));
        when_bytes(rule.kinds, &rule.when, &mut bytes);
    }
    bytes
}

fn closings(closings: &[Closing]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for closing in closings {
        bytes.extend(closing.segment.to_le_bytes());
        when_bytes(closing.kinds, &closing.when, &mut bytes);
    }
    bytes
}

/// For whom and when.
fn when_bytes(kinds: Kinds, when: &Condition, bytes: &mut Vec<u8>) {
    bytes.extend([kinds, u8::from(when.hazmat)]);
    bytes.extend([when.above_10kg, when.above_cm].into_iter().flat_map(u16::to_le_bytes));
    bytes.extend((when.hours.len() as u32).to_le_bytes());
    let hours = when.hours.iter().flat_map(|(from, to)| [*from, *to]);
    bytes.extend(hours.flat_map(u16::to_le_bytes));
}

/// Reads a graph with its order of contraction. Every number in it is doubted.
///
/// # Errors
/// [`RoadsError::Malformed`] when the file is not a graph, is of another version, truncated or altered.
pub fn read(path: &Path) -> Result<(Graph, Hierarchy), RoadsError> {
    let (graph, order) = read_with(path)?;
    let hierarchy = Hierarchy::with_order(&graph, order);
    Ok((graph, hierarchy.map_err(|wrong| RoadsError::malformed(path, 0, wrong.0))?))
}

/// Reads a graph that [`write_unordered`] wrote.
///
/// # Errors
/// As for [`read`].
pub fn read_unordered(path: &Path) -> Result<Graph, RoadsError> {
    read_with(path).map(|(graph, _)| graph)
}

fn read_with(path: &Path) -> Result<(Graph, Vec<u32>), RoadsError> {
    let file = File::open(path).map_err(RoadsError::file(path))?;
    let mut input = BufReader::with_capacity(1 << 20, file);
    let bad = |what: &str| RoadsError::malformed(path, 0, what);
    let mut head = [0; 12];
    input.read_exact(&mut head).map_err(|_| bad("this is not a road graph"))?;
    if head[..7] != MAGIC[..7] {
        return Err(bad("this is not a road graph"));
    }
    if head[7] != MAGIC[7] || head[8..] != (NAMES.len() as u32).to_le_bytes() {
        return Err(bad("this road graph is of another version: import it again"));
    }
    let mut sections = Vec::new();
    for name in NAMES {
        sections.push(section(&mut input, name).map_err(bad)?);
    }
    let [nodes, segments, points, roads, strings, gates, rules, closings, credits, order] =
        sections.as_slice()
    else {
        return Err(bad("this road graph is of another version: import it again"));
    };
    let parts = || {
        Some(Parts {
            nodes: Fields(nodes).all(point)?,
            segments: Fields(segments).all(segment)?,
            points: Fields(points).all(point)?,
            roads: Fields(roads).all(road)?,
            strings: Fields(strings).all(text)?,
            gates: Fields(gates).all(gate)?,
            restrictions: Fields(rules).all(rule)?,
            closings: Fields(closings).all(closing)?,
            attribution: String::from_utf8_lossy(credits).into_owned(),
        })
    };
    let (parts, order) = parts().zip(Fields(order).all(Fields::u32)).ok_or_else(|| bad(DAMAGED))?;
    Ok((Graph::new(parts).map_err(|wrong| bad(wrong.0))?, order))
}

fn section(input: &mut impl Read, name: &[u8; 8]) -> Result<Vec<u8>, &'static str> {
    const CUT: &str = "the road graph is truncated";
    let mut head = [0; 20];
    input.read_exact(&mut head).map_err(|_| CUT)?;
    let mut fields = Fields(&head[8..]);
    let (Some(length), Some(checksum)) = (fields.u64(), fields.u32()) else { return Err(CUT) };
    if &head[..8] != name || length > SECTION_BYTES_MAX {
        return Err(DAMAGED);
    }
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes).map_err(|_| CUT)?;
    if (bytes.len() as u64) < length {
        return Err(CUT);
    }
    if crc32fast::hash(&bytes) != checksum {
        return Err("the road graph is damaged: a checksum does not match");
    }
    Ok(bytes)
}

/// The unread rest of a section.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// Everything to the end.
    fn all<T>(mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut list = Vec::new();
        while !self.0.is_empty() {
            list.push(read(&mut self)?);
        }
        Some(list)
    }

    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        self.bytes().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.bytes().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.bytes().map(u64::from_le_bytes)
    }

    fn take(&mut self, length: u32) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length as usize)?;
        self.0 = rest;
        Some(bytes)
    }
}

fn point(fields: &mut Fields) -> Option<Point> {
    let (lat, lon) = (fields.u32()? as i32, fields.u32()? as i32);
    Point::new(lat, lon)
}

fn segment(fields: &mut Fields) -> Option<Segment> {
    let ends = [fields.u32()?, fields.u32()?];
    Some(Segment { ends, length_mm: fields.u32()?, road: fields.u32()?, first_point: fields.u32()? })
}

fn limits(fields: &mut Fields) -> Option<Limits> {
    Some(Limits {
        height_cm: fields.u16()?,
        width_cm: fields.u16()?,
        length_cm: fields.u16()?,
        weight_10kg: fields.u16()?,
        axle_10kg: fields.u16()?,
    })
}

fn road(fields: &mut Fields) -> Option<Road> {
    let [class, toll, link, roundabout, urban, no_hazmat] = fields.bytes()?;
    let [along, along_destination, against, against_destination] = fields.bytes()?;
    Some(Road {
        class: *Class::ALL.get(class as usize)?,
        toll,
        link: link != 0,
        roundabout: roundabout != 0,
        urban: urban != 0,
        no_hazmat: no_hazmat != 0,
        access: [
            Access { open: along, destination: along_destination },
            Access { open: against, destination: against_destination },
        ],
        speed_kmh: fields.bytes()?,
        truck_speed_kmh: fields.bytes()?,
        country: fields.bytes()?,
        limits: limits(fields)?,
        ferry_m_per_h: fields.u32()?,
        name: fields.u32()?,
        number: fields.u32()?,
    })
}

fn text(fields: &mut Fields) -> Option<String> {
    let length = fields.u32()?;
    String::from_utf8(fields.take(length)?.to_vec()).ok()
}

fn gate(fields: &mut Fields) -> Option<(u32, Gate)> {
    let node = fields.u32()?;
    let [closed] = fields.bytes()?;
    Some((node, Gate { closed, limits: limits(fields)? }))
}

fn rule(fields: &mut Fields) -> Option<Restriction> {
    let length = fields.u32()?;
    let edges = Fields(fields.take(length.checked_mul(4)?)?).all(|edge| edge.u32().map(Edge))?;
    let (kinds, when) = when(fields)?;
    Some(Restriction { edges, kinds, when })
}

fn closing(fields: &mut Fields) -> Option<Closing> {
    let segment = fields.u32()?;
    let (kinds, when) = when(fields)?;
    Some(Closing { segment, kinds, when })
}

fn when(fields: &mut Fields) -> Option<(Kinds, Condition)> {
    let [kinds, hazmat] = fields.bytes()?;
    let (above_10kg, above_cm, count) = (fields.u16()?, fields.u16()?, fields.u32()?);
    let hours = Fields(fields.take(count.checked_mul(4)?)?).all(|span| Some((span.u16()?, span.u16()?)))?;
    Some((kinds, Condition { hours, above_10kg, above_cm, hazmat: hazmat != 0 }))
}
