//! `roads learn`: speeds of edges by hour of the week from the tracks of trips that are over.

#[cfg(test)]
mod tests;

use super::{LearnArgs, failure};
use crate::{
    commands::opened::open_reading,
    configuration::{OptionsFile, StorePlace},
    failure::Failure,
    output::say,
};
use kernel::{Clock as _, Timestamp};
use movement::views::trips::{self, TripRow};
use roads::{
    Router, Vehicle,
    geometry::Point,
    learned::{Speeds, learn_track},
};
use runtime::SystemClock;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use store::{Store, Telemetry};

const PAGE: i64 = 200;
/// Positions of one trip that are looked at, at most: a week at one each ten seconds.
const POSITIONS_MAX: u32 = 60_480;

/// Where the speeds of a graph lie: beside it.
pub fn speeds_of(graph: &Path) -> PathBuf {
    let mut name = graph.as_os_str().to_owned();
    name.push(".speeds");
    PathBuf::from(name)
}

/// Runs the command: all is learned anew, so that what is repeated changes nothing.
pub async fn run(args: &LearnArgs, file: &OptionsFile) -> Result<(), Failure> {
    let place = StorePlace::decide(&args.store, file)?;
    let router = roads::file::open(&args.graph).map_err(failure)?;
    let store = open_reading(&place.store).await?;
    let telemetry = Telemetry::open_beside(&place.store).await?;
    let since = SystemClock.now().before(Duration::from_secs(u64::from(args.days) * 24 * 3600));
    let learned = learn(&router, &store, &telemetry, since).await?;
    learned.speeds.write(&speeds_of(&args.graph), router.graph()).map_err(failure)?;
    let Learned { speeds, trips, parts } = learned;
    if args.json {
        return say(json!({ "trips": trips, "parts": parts, "edges_and_hours": speeds.len() }));
    }
    say(format_args!(
        "{trips} trips, {parts} parts of their tracks; {} edges and hours learned",
        speeds.len()
    ))
}

struct Learned {
    speeds: Speeds,
    trips: usize,
    parts: usize,
}

async fn learn(
    router: &Router,
    store: &Store,
    telemetry: &Telemetry,
    since: Timestamp,
) -> Result<Learned, Failure> {
    let mut learned = Learned { speeds: Speeds::default(), trips: 0, parts: 0 };
    let mut after = None;
    loop {
        let rows = trips::ended(store, since, after, PAGE).await?;
        let Some(last) = rows.last().map(|row| row.id) else { return Ok(learned) };
        for row in &rows {
            let track = track_of(telemetry, row).await?;
            let parts = learn_track(router, Vehicle::TRUCK_40T, &track, &mut learned.speeds);
            learned.trips += usize::from(parts > 0);
            learned.parts += parts;
        }
        after = Some(last);
    }
}

/// Where its truck was while it was watched.
async fn track_of(telemetry: &Telemetry, row: &TripRow) -> Result<Vec<(Point, Timestamp)>, Failure> {
    let until = row.ended_at.unwrap_or(row.begun_at);
    let rows = telemetry.history(row.driver, row.begun_at, until, POSITIONS_MAX).await?;
    Ok(rows.iter().map(|row| (Point::from(row.position), row.at)).collect())
}
