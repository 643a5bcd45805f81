//! Reads the region network of freight-eu: `places.csv` (country, place, lon, lat) and `roads.csv` (country, from, to,
//! km). It knows distances only; its roads count as main roads of their country.

use super::{Imported, LeftOut};
use crate::{
    failure::RoadsError,
    geometry::Point,
    graph::{Graph, Parts, Segment},
    road::{Access, Class, EVERY_KIND, Limits, Road},
};
use rustc_hash::FxHashMap;
use std::path::Path;

/// Whom the data's licence wants named.
const ATTRIBUTION: &str =
    "Speth, Sauter, Plötz, Signer: Synthetic European road freight transport flow data (2022), CC BY 4.0";

/// Reads a folder with both files.
///
/// # Errors
/// [`RoadsError`] when a file cannot be read or a line makes no sense; the line is named.
pub fn read_region(folder: &Path) -> Result<Imported, RoadsError> {
    let mut parts = Parts { attribution: ATTRIBUTION.to_owned(), ..Parts::default() };
    let places = read_places(&folder.join("places.csv"), &mut parts)?;
    let roads = folder.join("roads.csv");
    let mut segments: FxHashMap<(u32, u32), usize> = FxHashMap::default();
    let mut kinds: FxHashMap<Road, u32> = FxHashMap::default();
    each_line(&roads, |line, at| {
        let place = |field: usize| {
            let key = (line[0].to_owned(), line[field].to_owned());
            places
                .get(&key)
                .copied()
                .ok_or_else(|| wrong(&roads, at, "a place that places.csv does not have"))
        };
        let (from, to) = (place(1)?, place(2)?);
        let km: f64 = line[3].parse().map_err(|_| wrong(&roads, at, "a length that is no number"))?;
        if !(0.0..4_000.0).contains(&km) {
            return Err(wrong(&roads, at, "a length out of range"));
        }
        let length_mm = (km * 1e6).round() as u32;
        let back = segments.get(&(to, from)).copied();
        if let Some(known) = back.filter(|known| parts.segments[*known].length_mm == length_mm) {
            let mut road = parts.roads[parts.segments[known].road as usize];
            road.access[1] = road.access[0];
            parts.segments[known].road = number(&mut kinds, &mut parts.roads, road);
        } else {
            let road = number(&mut kinds, &mut parts.roads, one_way(&line[0]));
            segments.insert((from, to), parts.segments.len());
            parts.segments.push(Segment { ends: [from, to], length_mm, road, first_point: 0 });
        }
        Ok(())
    })?;
    if parts.segments.is_empty() {
        return Err(RoadsError::Empty(folder.to_owned()));
    }
    let bytes = std::fs::metadata(&roads).map_err(RoadsError::file(&roads))?.len();
    let graph = Graph::new(parts).map_err(|wrong| RoadsError::TooLarge(wrong.0))?;
    Ok(Imported { graph, left_out: LeftOut::default(), bytes })
}

fn read_places(path: &Path, parts: &mut Parts) -> Result<FxHashMap<(String, String), u32>, RoadsError> {
    let mut places = FxHashMap::default();
    each_line(path, |line, at| {
        let degrees = |field: usize| line[field].parse().ok();
        let point = degrees(3).zip(degrees(2)).and_then(|(lat, lon)| Point::from_degrees(lat, lon));
        let point = point.ok_or_else(|| wrong(path, at, "a place that is not on the globe"))?;
        places.insert((line[0].to_owned(), line[1].to_owned()), parts.nodes.len() as u32);
        parts.nodes.push(point);
        Ok(())
    })?;
    Ok(places)
}

/// The lines after the heading, each of four fields.
fn each_line(
    path: &Path,
    mut take: impl FnMut(&csv::StringRecord, u64) -> Result<(), RoadsError>,
) -> Result<(), RoadsError> {
    let file = std::fs::File::open(path).map_err(RoadsError::file(path))?;
    for line in csv::Reader::from_reader(file).into_records() {
        let line = line.map_err(|error| wrong(path, 0, &error.to_string()))?;
        let at = line.position().map_or(0, csv::Position::byte);
        if line.len() < 4 {
            return Err(wrong(path, at, "a line has fewer than four fields"));
        }
        take(&line, at)?;
    }
    Ok(())
}

fn wrong(path: &Path, at: u64, what: &str) -> RoadsError {
    RoadsError::malformed(path, at, what)
}

fn number(kinds: &mut FxHashMap<Road, u32>, roads: &mut Vec<Road>, road: Road) -> u32 {
    *kinds.entry(road).or_insert_with(|| {
        roads.push(road);
        roads.len() as u32 - 1
    })
}

fn one_way(country: &str) -> Road {
    let everybody = Access { open: EVERY_KIND, destination: 0 };
    Road {
        class: Class::Trunk,
        link: false,
        roundabout: false,
        urban: false,
        no_hazmat: false,
        toll: 0,
        access: [everybody, Access::default()],
        speed_kmh: [0; 2],
        truck_speed_kmh: [0; 2],
        ferry_m_per_h: 0,
        limits: Limits::default(),
        country: country.as_bytes().try_into().unwrap_or_default(),
        name: 0,
        number: 0,
    }
}
