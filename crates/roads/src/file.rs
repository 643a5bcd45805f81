//! Graph files: sections of little-endian numbers, each with its length and checksum.
//!
//! Layout: the magic word, the number of sections, then each section as name (8 bytes), length in bytes (u64), CRC-32
//! of its bytes (u32) and the bytes. A graph is written beside its place and renamed into it, so that a reader sees the
//! old graph or the new one, never half of one.

use crate::{
    calendar::{Day, Season},
    conditions::{Condition, Times},
    failure::RoadsError,
    geometry::Point,
    graph::{Closing, Edge, Graph, Parts, Restriction, Segment},
    hierarchy::{Customised, Hierarchy},
    import::Gate,
    metric::Wish,
    road::{Access, Class, Kinds, Limits, Road},
    router::{Ready, Router},
};
use parking_lot::Mutex;
use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Seek as _, SeekFrom, Write},
    path::Path,
};

/// The last letter is the version.
const MAGIC: &[u8; 8] = b"ABROADS3";
const NAMES: [&[u8; 8]; 11] = [
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
    b"arcs\0\0\0\0",
];
/// Customised weights; there may be any number of these.
const WEIGHTS: &[u8; 8] = b"weights\0";
const DAMAGED: &str = "the road graph is damaged";
/// A section larger than this was not written by us.
const SECTION_BYTES_MAX: u64 = 1 << 36;

/// Writes a graph with its order of contraction.
///
/// # Errors
/// [`RoadsError::File`] when the place cannot be written to; what stood there before then still stands.
pub fn write(path: &Path, graph: &Graph, hierarchy: &Hierarchy) -> Result<(), RoadsError> {
    write_with(path, graph, Some(hierarchy), Vec::new().into_iter())
}

/// Writes a router's graph with its order of contraction, its shortcuts and the weights of some wishes, so that whoever
/// opens it need not work them out again.
///
/// # Errors
/// As for [`write`].
pub fn write_prepared(path: &Path, router: &Router, wishes: &[Wish]) -> Result<(), RoadsError> {
    // One after the other: they are large.
    let kept = router.worth_keeping(wishes).into_iter().map(|(wish, law)| router.prepare(wish, law));
    write_with(path, router.graph(), Some(router.hierarchy()), kept)
}

/// Writes a graph whose order is not known yet: only [`read_unordered`] reads it again.
///
/// # Errors
/// As for [`write`].
pub fn write_unordered(path: &Path, graph: &Graph) -> Result<(), RoadsError> {
    write_with(path, graph, None, Vec::new().into_iter())
}

fn write_with(
    path: &Path,
    graph: &Graph,
    hierarchy: Option<&Hierarchy>,
    kept: impl ExactSizeIterator<Item = Ready>,
) -> Result<(), RoadsError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = beside(folder).map_err(RoadsError::file(path))?;
    let mut out = BufWriter::with_capacity(1 << 20, temporary);
    write_all(&mut out, graph.parts(), hierarchy, kept).map_err(RoadsError::file(path))?;
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

fn write_all(
    out: &mut impl Write,
    parts: &Parts,
    hierarchy: Option<&Hierarchy>,
    kept: impl ExactSizeIterator<Item = Ready>,
) -> std::io::Result<()> {
    out.write_all(MAGIC)?;
    out.write_all(&((NAMES.len() + kept.len()) as u32).to_le_bytes())?;
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
        hierarchy.map(|hierarchy| numbers(hierarchy.order())).unwrap_or_default(),
        hierarchy.map(arcs_bytes).unwrap_or_default(),
    ];
    for (name, bytes) in NAMES.iter().zip(sections) {
        write_section(out, name, &bytes)?;
    }
    for ready in kept {
        write_section(out, WEIGHTS, &weights_bytes(&ready))?;
    }
    Ok(())
}

fn write_section(out: &mut impl Write, name: &[u8; 8], bytes: &[u8]) -> std::io::Result<()> {
    out.write_all(name)?;
    out.write_all(&(bytes.len() as u64).to_le_bytes())?;
    out.write_all(&crc32fast::hash(bytes).to_le_bytes())?;
    out.write_all(bytes)
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// How many ranks begin, where their arcs begin, and where these lead.
fn arcs_bytes(hierarchy: &Hierarchy) -> Vec<u8> {
    let (first, heads) = hierarchy.all_arcs();
    [numbers(&[first.len() as u32]), numbers(first), numbers(heads)].concat()
}

/// The fingerprint of the metric, how many arcs there are and how many of them searches climb upwards, which these are, and
/// what those weigh up and down.
fn weights_bytes(ready: &Ready) -> Vec<u8> {
    let Customised { climb_up, climb_down, .. } = &ready.customised;
    let climbed = ready.customised.climbed();
    let mut bytes =
        Vec::with_capacity(12 + climbed.len() + 4 * (climb_up.arc_count() + climb_down.arc_count()));
    let head = [ready.metric.fingerprint(), climbed.len() as u32, climb_up.arc_count() as u32];
    bytes.extend(head.into_iter().flat_map(u32::to_le_bytes));
    bytes.extend(climbed);
    bytes.extend(climb_up.weights().chain(climb_down.weights()).flat_map(u32::to_le_bytes));
    bytes
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
    bytes.extend((when.times.len() as u32).to_le_bytes());
    for Times { seasons, hours } in &when.times {
        bytes.extend([seasons.len() as u32, hours.len() as u32].into_iter().flat_map(u32::to_le_bytes));
        let days = seasons.iter().flat_map(|season| [season.from.number(), season.to.number()]);
        bytes.extend(days.flat_map(u32::to_le_bytes));
        bytes.extend(hours.iter().flat_map(|(from, to)| [*from, *to]).flat_map(u16::to_le_bytes));
    }
}

/// Reads a graph with its order of contraction. Every number in it is doubted.
///
/// # Errors
/// [`RoadsError::Malformed`] when the file is not a graph, is of another version, truncated or altered.
pub fn read(path: &Path) -> Result<(Graph, Hierarchy), RoadsError> {
    let Opened { graph, order, arcs, .. } = read_with(path)?;
    let hierarchy = Hierarchy::with_arcs(&graph, order, arcs);
    Ok((graph, hierarchy.map_err(|wrong| RoadsError::malformed(path, 0, wrong.0))?))
}

/// Opens a router on a graph file. The weights that it keeps are read when they are first asked for; those that are
/// damaged, or of other speeds and costs than today's, are worked out again.
///
/// # Errors
/// As for [`read`].
pub fn open(path: &Path) -> Result<Router, RoadsError> {
    let Opened { graph, order, arcs, shelf } = read_with(path)?;
    let hierarchy = Hierarchy::with_arcs(&graph, order, arcs);
    let hierarchy = hierarchy.map_err(|wrong| RoadsError::malformed(path, 0, wrong.0))?;
    Ok(Router::with_shelf(graph, hierarchy, shelf))
}

/// Reads a graph that [`write_unordered`] wrote.
///
/// # Errors
/// As for [`read`].
pub fn read_unordered(path: &Path) -> Result<Graph, RoadsError> {
    read_with(path).map(|opened| opened.graph)
}

/// What a file holds.
struct Opened {
    graph: Graph,
    order: Vec<u32>,
    /// Where each rank's arcs begin, and where they lead.
    arcs: (Vec<u32>, Vec<u32>),
    shelf: Shelf,
}

/// Customised weights that lie in a graph file.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    /// The file, also when another one has taken its place since.
    file: Option<Mutex<File>>,
    kept: Vec<Kept>,
}

/// Where the weights of a metric lie.
#[derive(Debug)]
struct Kept {
    fingerprint: u32,
    at: u64,
}

impl Shelf {
    /// How many metrics' weights there are.
    pub(crate) const fn len(&self) -> usize {
        self.kept.len()
    }

    /// The weights of a metric, if they are there and whole.
    pub(crate) fn take(&self, fingerprint: u32, hierarchy: &Hierarchy) -> Option<Customised> {
        let kept = self.kept.iter().find(|kept| kept.fingerprint == fingerprint)?;
        let mut file = self.file.as_ref()?.lock();
        file.seek(SeekFrom::Start(kept.at)).ok()?;
        let bytes = section(&mut BufReader::with_capacity(1 << 20, &mut *file), WEIGHTS).ok()?;
        drop(file);
        let mut fields = Fields(&bytes);
        let (_fingerprint, arcs, upwards) = (fields.u32()?, fields.u32()?, fields.u32()?);
        let climbed = fields.take(arcs)?;
        let weights = fields.all(Fields::u32)?;
        Customised::with_climbed(hierarchy, climbed, weights.split_at_checked(upwards as usize)?)
    }
}

/// The weights after the other sections: they are looked at and not read.
fn shelf(mut file: File, begin: u64, count: u32) -> Option<Shelf> {
    let end = file.metadata().ok()?.len();
    let (mut at, mut kept) = (begin, Vec::new());
    for _ in 0..count {
        let mut head = [0; 28];
        file.seek(SeekFrom::Start(at)).ok()?;
        file.read_exact(&mut head).ok()?;
        let mut fields = Fields(&head[8..]);
        let (length, _checksum, fingerprint) = (fields.u64()?, fields.u32()?, fields.u32()?);
        let next = at.checked_add(20)?.checked_add(length)?;
        if &head[..8] != WEIGHTS || next > end {
            return None;
        }
        kept.push(Kept { fingerprint, at });
        at = next;
    }
    Some(Shelf { file: Some(Mutex::new(file)), kept })
}

fn read_with(path: &Path) -> Result<Opened, RoadsError> {
    let file = File::open(path).map_err(RoadsError::file(path))?;
    let mut input = BufReader::with_capacity(1 << 20, file);
    let bad = |what: &str| RoadsError::malformed(path, 0, what);
    let mut head = [0; 12];
    input.read_exact(&mut head).map_err(|_| bad("this is not a road graph"))?;
    if head[..7] != MAGIC[..7] {
        return Err(bad("this is not a road graph"));
    }
    let count = Fields(&head[8..]).u32().and_then(|count| count.checked_sub(NAMES.len() as u32));
    let Some(count) = count.filter(|_| head[7] == MAGIC[7]) else {
        return Err(bad("this road graph is of another version: import it again"));
    };
    let mut sections = Vec::new();
    for name in NAMES {
        sections.push(section(&mut input, name).map_err(bad)?);
    }
    let [nodes, segments, points, roads, strings, gates, rules, closings, credits, order, arcs] =
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
    let arcs = arcs_of(arcs).ok_or_else(|| bad(DAMAGED))?;
    let graph = Graph::new(parts).map_err(|wrong| bad(wrong.0))?;
    let begin = 12 + sections.iter().map(|bytes| 20 + bytes.len() as u64).sum::<u64>();
    let shelf = shelf(input.into_inner(), begin, count).ok_or_else(|| bad("the road graph is truncated"))?;
    Ok(Opened { graph, order, arcs, shelf })
}

fn arcs_of(bytes: &[u8]) -> Option<(Vec<u32>, Vec<u32>)> {
    if bytes.is_empty() {
        return Some((Vec::new(), Vec::new()));
    }
    let mut fields = Fields(bytes);
    let ranks = fields.u32()?;
    let first = Fields(fields.take(ranks.checked_mul(4)?)?).all(Fields::u32)?;
    Some((first, fields.all(Fields::u32)?))
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
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(times(fields)?);
    }
    Some((kinds, Condition { times: all, above_10kg, above_cm, hazmat: hazmat != 0 }))
}

fn times(fields: &mut Fields) -> Option<Times> {
    let (seasons, hours) = (fields.u32()?, fields.u32()?);
    let day = |fields: &mut Fields| Day::of_number(fields.u32()?);
    let seasons = Fields(fields.take(seasons.checked_mul(8)?)?)
        .all(|fields| Some(Season { from: day(fields)?, to: day(fields)? }))?;
    let hours = Fields(fields.take(hours.checked_mul(4)?)?).all(|span| Some((span.u16()?, span.u16()?)))?;
    Some(Times { seasons, hours })
}
