//! Reads a folder of truck flows: `places.csv` (country, place, lon, lat), `roads.csv` (country, from, to, km; a
//! directed edge) and `flows.csv` (country, origin, destination, trucks_per_year), each with a header line.

use super::{Country, Lane, Place, RoadGraph};
use contracts::gazetteer;
use csv::StringRecord;
use kernel::Position;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::{Path, PathBuf},
};

/// At most so many lines of a file are read.
const LINES_MAX: u64 = 5_000_000;
/// At most so many places of a country: their distances are kept as rows of a matrix.
const PLACES_MAX: usize = 5_000;
/// A road edge is not longer than a continent, in km.
const EDGE_KM_MAX: f64 = 10_000.0;
/// A lane has not more trucks a year than this.
const TRUCKS_MAX: f64 = 1e12;

/// Why the flows cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FlowsError {
    /// A file is not there or cannot be read.
    #[error("{file} cannot be read: {reason}", file = file.display())]
    Unreadable {
        /// Which.
        file: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A line is not what it should be.
    #[error("{file}, line {line}: {reason}", file = file.display())]
    Line {
        /// Which file.
        file: PathBuf,
        /// Counts from 1; the header is line 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// There is no freight for the country.
    #[error("--country {country}: there is no freight between places of it; choose one of {known}")]
    Country {
        /// The country that was asked for.
        country: String,
        /// The countries there are.
        known: String,
    },
}

pub(super) fn read(dir: &Path, country: &str) -> Result<Country, FlowsError> {
    let (places, index, known) = read_places(&dir.join("places.csv"), country)?;
    let unknown = || FlowsError::Country { country: country.to_owned(), known: known.clone() };
    if places.is_empty() {
        return Err(unknown());
    }
    let edges = read_edges(&dir.join("roads.csv"), country, &index)?;
    let lanes = read_lanes(&dir.join("flows.csv"), country, &index)?;
    let roads = RoadGraph::new(places.iter().map(|place| place.position), edges);
    Country::assemble(places, lanes, roads).ok_or_else(unknown)
}

type PlaceIndex = BTreeMap<String, usize>;

/// The places of a country, the index of each by its id, and the countries of the file.
fn read_places(file: &Path, country: &str) -> Result<(Vec<Place>, PlaceIndex, String), FlowsError> {
    let (mut places, mut index, mut known) = (Vec::new(), PlaceIndex::new(), BTreeSet::new());
    let mut lines = Lines::open(file, &["country", "place", "lon", "lat"])?;
    while let Some([of, id, longitude, latitude]) = lines.next()? {
        if !known.contains(of) {
            known.insert(of.to_owned());
        }
        if of != country {
            continue;
        }
        let (id, latitude, longitude) = (id.to_owned(), latitude.to_owned(), longitude.to_owned());
        let latitude = lines.number("lat", &latitude, f64::MIN, f64::MAX)?;
        let longitude = lines.number("lon", &longitude, f64::MIN, f64::MAX)?;
        let position = Position::new(latitude, longitude).map_err(|error| lines.wrong(error.to_string()))?;
        if places.len() == PLACES_MAX {
            return Err(lines.wrong(format!("more than {PLACES_MAX} places in {country}")));
        }
        if index.insert(id.clone(), places.len()).is_some() {
            return Err(lines.wrong(format!("place `{id}` stands twice")));
        }
        places.push(Place { name: gazetteer::nearest(position).name.to_owned(), position });
    }
    Ok((places, index, Vec::from_iter(known).join(", ")))
}

fn read_edges(
    file: &Path,
    country: &str,
    index: &PlaceIndex,
) -> Result<Vec<(usize, usize, f64)>, FlowsError> {
    let pairs = read_pairs(file, &["country", "from", "to", "km"], country, index, EDGE_KM_MAX)?;
    Ok(pairs.into_iter().filter(|(from, to, _)| from != to).collect())
}

fn read_lanes(file: &Path, country: &str, index: &PlaceIndex) -> Result<Vec<Lane>, FlowsError> {
    let pairs = read_pairs(
        file,
        &["country", "origin", "destination", "trucks_per_year"],
        country,
        index,
        TRUCKS_MAX,
    )?;
    let between_places = pairs.into_iter().filter(|(origin, destination, _)| origin != destination);
    Ok(between_places
        .map(|(origin, destination, trucks_per_year)| Lane { origin, destination, trucks_per_year })
        .collect())
}

/// Lines of a country that join two of its places with a number from 0 to `max`.
fn read_pairs(
    file: &Path,
    columns: &[&'static str; 4],
    country: &str,
    index: &PlaceIndex,
    max: f64,
) -> Result<Vec<(usize, usize, f64)>, FlowsError> {
    let mut pairs = Vec::new();
    let mut lines = Lines::open(file, columns)?;
    while let Some([of, from, to, number]) = lines.next()? {
        if of != country {
            continue;
        }
        let (ends, number) = ([index.get(from).copied(), index.get(to).copied()], number.to_owned());
        let [Some(from), Some(to)] = ends else {
            return Err(lines.wrong(format!("a place of it is not in places.csv for {country}")));
        };
        pairs.push((from, to, lines.number(columns[3], &number, 0.0, max)?));
    }
    Ok(pairs)
}

/// The lines of one file, four named columns each, in any order.
struct Lines {
    file: PathBuf,
    reader: csv::Reader<File>,
    columns: [usize; 4],
    record: StringRecord,
    line: u64,
}

impl Lines {
    fn open(file: &Path, names: &[&'static str; 4]) -> Result<Self, FlowsError> {
        let unreadable = |reason: String| FlowsError::Unreadable { file: file.to_owned(), reason };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(File::open(file).map_err(|error| unreadable(error.to_string()))?);
        let headers = reader.headers().map_err(|error| unreadable(error.to_string()))?.clone();
        let mut columns = [0; 4];
        for (slot, name) in columns.iter_mut().zip(names) {
            *slot = headers.iter().position(|header| header == *name).ok_or_else(|| FlowsError::Line {
                file: file.to_owned(),
                line: 1,
                reason: format!("there is no column `{name}`"),
            })?;
        }
        Ok(Self { file: file.to_owned(), reader, columns, record: StringRecord::new(), line: 1 })
    }

    fn next(&mut self) -> Result<Option<[&str; 4]>, FlowsError> {
        let more = self.reader.read_record(&mut self.record).map_err(|error| FlowsError::Line {
            file: self.file.clone(),
            line: error.position().map_or(self.line + 1, csv::Position::line),
            reason: reason(&error),
        })?;
        if !more {
            return Ok(None);
        }
        self.line = self.record.position().map_or(self.line + 1, csv::Position::line);
        if self.line > LINES_MAX {
            return Err(self.wrong(format!("more than {LINES_MAX} lines")));
        }
        Ok(Some(self.columns.map(|column| self.record.get(column).unwrap_or_default())))
    }

    fn number(&self, name: &str, text: &str, low: f64, high: f64) -> Result<f64, FlowsError> {
        let number: f64 = text.parse().map_err(|_| self.wrong(format!("`{name}` is not a number")))?;
        if number.is_finite() && (low..=high).contains(&number) {
            Ok(number)
        } else {
            Err(self.wrong(format!("`{name}` must be between {low} and {high}")))
        }
    }

    fn wrong(&self, reason: String) -> FlowsError {
        FlowsError::Line { file: self.file.clone(), line: self.line, reason }
    }
}

fn reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} columns instead of {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "not UTF-8 text".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::Dice;
    use contracts::ports::RoadNetwork;
    use proptest::prelude::*;

    const PLACES: &str =
        "country,place,lon,lat\nIT,a,9.19,45.46\nIT,b,11.34,44.49\nIT,c,12.49,41.9\nFR,x,2.35,48.85\n";
    const ROADS: &str = "country,from,to,km\nIT,a,b,210\nIT,b,a,212\nIT,b,c,370\nFR,x,x,1\n";
    const FLOWS: &str = "country,origin,destination,trucks_per_year\nIT,a,b,300\nIT,a,c,100\nIT,a,a,9\n";

    fn folder(places: &str, roads: &str, flows: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [("places.csv", places), ("roads.csv", roads), ("flows.csv", flows)] {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        dir
    }

    fn failure(places: &str, roads: &str, flows: &str) -> String {
        let dir = folder(places, roads, flows);
        let message = read(dir.path(), "IT").err().unwrap().to_string();
        message.replace(&format!("{}/", dir.path().display()), "")
    }

    #[test]
    fn loads_are_drawn_by_trucks_a_year_between_different_places() {
        let dir = folder(PLACES, ROADS, FLOWS);
        let italy = read(dir.path(), "IT").unwrap();
        let dice = Dice::new(3, 0);
        let to_rome = (0..10_000).filter(|_| italy.draw_lane(&dice).1.name == "Rome").count();
        assert!((2_300..2_700).contains(&to_rome), "{to_rome}");
        assert_eq!(italy.draw_place(&dice).name, "Milan");
    }

    #[test]
    fn distances_run_along_directed_edges() {
        let dir = folder(PLACES, ROADS, FLOWS);
        let italy = read(dir.path(), "IT").unwrap();
        let at = |index: usize| italy.places()[index].position;
        let km = |from, to| italy.roads().distance_km(at(from), at(to));
        assert!((km(0, 2) - 580.0).abs() < 1e-9);
        assert!((km(1, 0) - 212.0).abs() < 1e-9);
        assert!((km(2, 0) - at(2).assumed_road_km(at(0))).abs() < 1e-9, "no road back: as the ferry goes");
    }

    #[test]
    fn what_is_wrong_is_named_with_file_and_line() {
        assert_eq!(
            failure("country,place,lon\n", ROADS, FLOWS),
            "places.csv, line 1: there is no column `lat`"
        );
        let short = "country,place,lon,lat\nIT,a,9.19\n";
        assert_eq!(failure(short, ROADS, FLOWS), "places.csv, line 2: 3 columns instead of 4");
        let word = "country,place,lon,lat\nIT,a,9.19,north\n";
        assert_eq!(failure(word, ROADS, FLOWS), "places.csv, line 2: `lat` is not a number");
        let off = "country,place,lon,lat\nFR,x,0,0\nIT,a,9.19,91\n";
        assert_eq!(failure(off, ROADS, FLOWS), "places.csv, line 3: latitude must be between -90 and 90");
        let twice = "country,place,lon,lat\nIT,a,9,45\nIT,a,9,45\n";
        assert_eq!(failure(twice, ROADS, FLOWS), "places.csv, line 3: place `a` stands twice");
        let negative = "country,from,to,km\nIT,a,b,-3\n";
        assert_eq!(failure(PLACES, negative, FLOWS), "roads.csv, line 2: `km` must be between 0 and 10000");
        let unknown = "country,from,to,km\nIT,a,b,3\nIT,a,z,3\n";
        assert_eq!(
            failure(PLACES, unknown, FLOWS),
            "roads.csv, line 3: a place of it is not in places.csv for IT"
        );
        let nan = "country,origin,destination,trucks_per_year\nIT,a,b,NaN\n";
        assert!(
            failure(PLACES, ROADS, nan).starts_with("flows.csv, line 2: `trucks_per_year` must be between 0")
        );
    }

    #[test]
    fn a_missing_file_and_a_missing_country_are_named() {
        let dir = folder(PLACES, ROADS, FLOWS);
        std::fs::remove_file(dir.path().join("flows.csv")).unwrap();
        assert!(read(dir.path(), "IT").err().unwrap().to_string().contains("flows.csv cannot be read"));
        let message = read(dir.path(), "XX").err().unwrap().to_string();
        assert!(message.starts_with("--country XX") && message.ends_with("FR, IT"), "{message}");
        let nothing = failure(PLACES, ROADS, "country,origin,destination,trucks_per_year\nIT,a,a,4\n");
        assert!(nothing.starts_with("--country IT: there is no freight"), "{nothing}");
    }

    proptest! {
        #[test]
        fn odd_files_never_panic(places in "[a-z0-9,.\"\n-]{0,80}", flows in ".{0,80}") {
            let dir = folder(&format!("country,place,lon,lat\n{places}"), ROADS, &flows);
            let _ = read(dir.path(), "IT");
            let dir = folder(PLACES, ROADS, &format!("country,origin,destination,trucks_per_year\n{flows}"));
            let _ = read(dir.path(), "IT");
        }
    }
}
