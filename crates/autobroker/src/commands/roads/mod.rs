//! `roads ...`: import road data, ask for routes, measure.

mod bench;
mod eta;
mod import;
mod learn;
mod memory;
mod route;
mod stages;

pub use learn::speeds_of;

use crate::{
    configuration::{OptionsFile, StoreOptions},
    failure::Failure,
};
use clap::{Args, Subcommand, ValueEnum};
use roads::{Objective, RoadsError, Router, Vehicle, geometry::Point};
use std::path::{Path, PathBuf};

const IMPORT_HELP: &str = "\
Reads OpenStreetMap as .osm.pbf, .osm.gz or .osm (known by content), or a folder with places.csv and roads.csv of the
freight-eu region network. The graph is written beside its place and then renamed, so a server never sees half of one.
An import that is ended goes on where it stopped when it is asked for again: what it has is kept in GRAPH.import.
Examples:
  autobroker roads import italy.osm.pbf --out italy.graph
  autobroker roads import monaco.osm.gz --out monaco.graph --country MC --json";

const ROUTE_HELP: &str = "\
Coordinates are latitude,longitude in degrees (WGS 84). The answer has distance_m, duration_s, cost_eur, toll_m, geometry
(a list of [latitude, longitude]) and steps; or no_route with a reason and the nearest place that can be reached.
Without --at the route is legal at any time of the week; with it, conditional restrictions hold in their hours only.
Examples:
  autobroker roads route --graph monaco.graph --from 43.7307,7.4213 --to 43.7277,7.4192 --objective shortest
  autobroker roads route --graph italy.graph --from 45.46,9.19 --to 41.9,12.5 --objective cheapest --vehicle truck --json";

const BENCH_HELP: &str = "\
Run it in a release build on an idle machine. A figure over its budget is marked MISSED.
Examples:
  autobroker roads bench --graph andorra.graph --source andorra.osm.pbf
  autobroker roads bench --graph synthetic.graph --json";

const LEARN_HELP: &str = "\
Lays the tracks of trips that are over on the roads and writes what each edge took at each hour of the week beside the
graph, as GRAPH.speeds; a server with that graph reads it at once. All is learned anew each time: run it once a day.
Example:
  autobroker roads learn --graph italy.graph --store sqlite:/var/lib/autobroker";

const ETA_HELP: &str = "\
Drives on simulated days with rush hours that nobody is told of, learns from the tracks of the first days, foretells the
drives of the days held back, and says how far off that was, with the usual speeds and with the learned ones.
Example:
  autobroker roads eta --graph bayreuth.graph --days 10 --held-back 2";

/// `roads ...`
#[derive(Debug, Subcommand)]
pub enum RoadsCommand {
    /// Build a road graph from a file.
    #[command(after_help = IMPORT_HELP)]
    Import(ImportArgs),
    /// Find a route.
    #[command(after_help = ROUTE_HELP)]
    Route(RouteArgs),
    /// Measure routes, matrices and preparation on a graph.
    #[command(after_help = BENCH_HELP)]
    Bench(RoadsBenchArgs),
    /// Learn speeds by hour of the week from trips that are over.
    #[command(after_help = LEARN_HELP)]
    Learn(LearnArgs),
    /// Measure how well times of arrival are foretold.
    #[command(after_help = ETA_HELP)]
    Eta(EtaArgs),
    /// Make a road-like graph of any size, for measuring.
    Generate(GenerateArgs),
}

/// Options of `roads import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file, or the folder of a region network.
    pub file: PathBuf,
    /// Where the graph is written.
    #[arg(long, value_name = "GRAPH")]
    pub out: PathBuf,
    /// Whose general speed limits hold, as ISO 3166 alpha-2 [default: the country of the nearest large city].
    #[arg(long, value_name = "CODE", value_parser = country)]
    pub country: Option<[u8; 2]>,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Options of `roads route`.
#[derive(Debug, Args)]
pub struct RouteArgs {
    /// The graph.
    #[arg(long)]
    pub graph: PathBuf,
    /// Where it begins.
    #[arg(long, value_name = "LAT,LON", value_parser = place, allow_hyphen_values = true)]
    pub from: Point,
    /// Where it ends.
    #[arg(long, value_name = "LAT,LON", value_parser = place, allow_hyphen_values = true)]
    pub to: Point,
    /// What is minimised.
    #[arg(long, default_value = "fastest")]
    pub objective: ObjectiveName,
    /// car, van, truck12, or truck for 40 t.
    #[arg(long, default_value = "car", value_parser = vehicle)]
    pub vehicle: Vehicle,
    /// The language of the steps: en or it.
    #[arg(long, default_value = "en")]
    pub language: LanguageName,
    /// The local day and hour of departure, such as `Mon 07:30`.
    #[arg(long, value_name = "DAY HH:MM", value_parser = week_minute)]
    pub at: Option<roads::conditions::WeekMinute>,
    /// How many different routes at most; the others are under `alternatives`.
    #[arg(long, default_value_t = 1, conflicts_with = "at", value_parser = clap::value_parser!(u8).range(1..=4))]
    pub routes: u8,
    /// Print the answer as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Options of `roads bench`.
#[derive(Debug, Args)]
pub struct RoadsBenchArgs {
    /// The graph.
    #[arg(long)]
    pub graph: PathBuf,
    /// The file it was made from: its reading is measured too.
    #[arg(long, value_name = "FILE")]
    pub source: Option<PathBuf>,
    /// How many random pairs of places.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    pub pairs: u32,
    /// What the pairs are drawn from.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Print the figures as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Options of `roads learn`.
#[derive(Debug, Args)]
pub struct LearnArgs {
    /// The graph.
    #[arg(long)]
    pub graph: PathBuf,
    /// Where the trips and their positions are.
    #[command(flatten)]
    pub store: StoreOptions,
    /// Trips that ended within so many days.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Options of `roads eta`.
#[derive(Debug, Args)]
pub struct EtaArgs {
    /// The graph.
    #[arg(long)]
    pub graph: PathBuf,
    /// Days to learn from.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=365))]
    pub days: u32,
    /// Days that are foretold.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub held_back: u32,
    /// Drives a day.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub drives: u32,
    /// What everything is drawn from.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Print the figures as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Options of `roads generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// About how many edges; a two-way street has two.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..=100_000_000))]
    pub edges: u32,
    /// What it is drawn from.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Where the graph is written.
    #[arg(long, value_name = "GRAPH")]
    pub out: PathBuf,
}

/// What is minimised.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ObjectiveName {
    /// The length.
    Shortest,
    /// The time.
    Fastest,
    /// Fuel, toll and the driver's time.
    Cheapest,
}

impl From<ObjectiveName> for Objective {
    fn from(name: ObjectiveName) -> Self {
        match name {
            ObjectiveName::Shortest => Self::Shortest,
            ObjectiveName::Fastest => Self::Fastest,
            ObjectiveName::Cheapest => Self::Cheapest,
        }
    }
}

/// A language of directions.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum LanguageName {
    /// English.
    En,
    /// Italian.
    It,
}

/// Runs the command.
pub async fn run(command: &RoadsCommand, file: &OptionsFile) -> Result<(), Failure> {
    match command {
        RoadsCommand::Import(args) => import::run(args),
        RoadsCommand::Route(args) => route::run(args),
        RoadsCommand::Bench(args) => bench::run(args),
        RoadsCommand::Learn(args) => learn::run(args, file).await,
        RoadsCommand::Eta(args) => eta::run(args),
        RoadsCommand::Generate(args) => import::generate(args),
    }
}

fn country(text: &str) -> Result<[u8; 2], String> {
    let letters =
        <[u8; 2]>::try_from(text.as_bytes()).ok().filter(|code| code.iter().all(u8::is_ascii_alphabetic));
    letters
        .map(|code| code.map(|c| c.to_ascii_uppercase()))
        .ok_or_else(|| "two letters are expected".to_owned())
}

fn place(text: &str) -> Result<Point, String> {
    let degrees =
        text.split_once(',').and_then(|(lat, lon)| lat.trim().parse().ok().zip(lon.trim().parse().ok()));
    let (lat, lon) = degrees.ok_or("LAT,LON in degrees is expected, such as 43.73,7.42")?;
    Point::from_degrees(lat, lon).ok_or_else(|| "latitude is -90 to 90 and longitude -180 to 180".to_owned())
}

fn vehicle(text: &str) -> Result<Vehicle, String> {
    Vehicle::named(text).ok_or_else(|| "car, van, truck12, truck40 or truck is expected".to_owned())
}

fn week_minute(text: &str) -> Result<roads::conditions::WeekMinute, String> {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let read = || {
        let (day, time) = text.split_once(' ')?;
        let day = DAYS.iter().position(|known| *known == day.to_lowercase())? as u16;
        let (hours, minutes) = time.split_once(':')?;
        let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
        let within = hours < 24 && minutes < 60;
        within.then(|| roads::conditions::WeekMinute::new(day * 1440 + hours * 60 + minutes)).flatten()
    };
    read().ok_or_else(|| "a day and an hour are expected, such as `Mon 07:30`".to_owned())
}

/// Opens a graph for routes.
fn open(path: &Path) -> Result<Router, Failure> {
    roads::file::open(path).map_err(failure)
}

fn failure(error: RoadsError) -> Failure {
    match error {
        RoadsError::Malformed { .. } => Failure::Broken(error.to_string()),
        other => Failure::Refused(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_times_are_read() {
        assert_eq!(place("43.73, 7.42"), Ok(Point::from_degrees(43.73, 7.42).unwrap()));
        assert_eq!(week_minute("Tue 07:30"), Ok(roads::conditions::WeekMinute::new(1440 + 450).unwrap()));
        assert_eq!(country("it"), Ok(*b"IT"));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(
            place("91,0").is_err()
                && place("43.73").is_err()
                && place("a,b").is_err()
                && place("NaN,0").is_err()
        );
        assert!(week_minute("Tue 25:00").is_err() && week_minute("Tue").is_err());
        assert!(vehicle("bicycle").is_err() && country("ITA").is_err());
    }
}
