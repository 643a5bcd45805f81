//! From a file of OpenStreetMap, or of the freight-eu region network, to a road graph.

mod build;
mod element;
mod measures;
mod pbf;
mod region;
mod restrictions;
mod tags;
mod wire;
mod xml;

pub use measures::{NO_SPEED_LIMIT, length_cm, weight_10kg};
pub use region::read_region;
pub use tags::Gate;

use crate::{failure::RoadsError, graph::Graph};
use build::Collector;
use element::{Heard, Sink, Wanted};
use std::{fs::File, io::Read, path::Path};

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is going on.
    pub phase: &'static str,
    /// How much of it is done: bytes of the file.
    pub done: u64,
    /// Of how much.
    pub total: u64,
}

/// What an import made.
#[derive(Debug)]
pub struct Imported {
    /// The graph.
    pub graph: Graph,
    /// What could not be used.
    pub left_out: LeftOut,
    /// The file's length in bytes.
    pub bytes: u64,
}

/// What of a file could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeftOut {
    /// Turn restrictions whose roads are not in the file or do not meet.
    pub restrictions: u32,
    /// Roads with nodes that are not in the file, cut there.
    pub cut_roads: u32,
}

/// The formats that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Pbf,
    Xml { zipped: bool },
}

/// Reads a file of OpenStreetMap (`.osm.pbf`, `.osm.gz`, `.osm`, `.osm.xml`; known by content, not by name) in two
/// passes: first the roads, then their nodes. Memory grows with the roads, not with the file.
///
/// `country` is where unsigned limits come from; without it the country of the nearest city of the gazetteer.
///
/// # Errors
/// [`RoadsError`] when the file cannot be read, is damaged or holds no road.
pub fn import(
    path: &Path,
    country: Option<[u8; 2]>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Imported, RoadsError> {
    let bytes = std::fs::metadata(path).map_err(RoadsError::file(path))?.len();
    let format = format_of(path)?;
    let mut collector = Collector::new(country);
    pass(path, format, Wanted::Lines, &mut phase("roads", bytes, progress), &mut |element| {
        collector.line(&element)
    })?;
    collector.prepare();
    pass(path, format, Wanted::Nodes, &mut phase("nodes", bytes, progress), &mut |element| {
        collector.node(&element);
        Ok(())
    })?;
    let (parts, left_out) = collector.finish()?;
    if parts.segments.is_empty() {
        return Err(RoadsError::Empty(path.to_owned()));
    }
    let graph = Graph::new(parts).map_err(|wrong| RoadsError::TooLarge(wrong.0))?;
    Ok(Imported { graph, left_out, bytes })
}

fn phase<'p>(
    phase: &'static str,
    total: u64,
    progress: &'p mut dyn FnMut(Progress),
) -> impl FnMut(u64) + use<'p> {
    move |done| progress(Progress { phase, done, total })
}

fn pass(path: &Path, format: Format, wanted: Wanted, heard: Heard, sink: Sink) -> Result<(), RoadsError> {
    match format {
        Format::Pbf => pbf::read(path, wanted, heard, sink),
        Format::Xml { zipped } => xml::read(path, zipped, wanted, heard, sink),
    }
}

/// A PBF file begins with a short length, gzip with its magic number, XML with a bracket.
fn format_of(path: &Path) -> Result<Format, RoadsError> {
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(64).read_to_end(&mut start))
        .map_err(RoadsError::file(path))?;
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start).trim_ascii_start();
    match start.as_slice() {
        [] => Err(RoadsError::malformed(path, 0, "the file is empty")),
        [0x1f, 0x8b, ..] => Ok(Format::Xml { zipped: true }),
        [0, 0, ..] => Ok(Format::Pbf),
        _ if text.starts_with(b"<") => Ok(Format::Xml { zipped: false }),
        _ => Err(RoadsError::malformed(path, 0, "this is neither OSM PBF nor OSM XML, zipped or not")),
    }
}
