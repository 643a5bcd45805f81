//! The day of 5,000 shipments, on every store that there is.

use super::figure::{Budget, Figure};
use crate::{
    commands::simulate::{Watcher, play},
    configuration::{StorePlace, parse_store},
    failure::Failure,
};
use sim::{Options, START};
use std::{path::Path, sync::Arc};
use store::StoreUrl;

const SHIPMENTS: u32 = 5000;
const DRIVERS: u32 = 800;

/// The group `day`: in memory, on SQLite, and on PostgreSQL when an empty database is named.
pub async fn measure(flows: &Path, folder: &Path, postgres: Option<&str>) -> Result<Vec<Figure>, Failure> {
    let mut stores =
        vec![("memory", StoreUrl::Memory, 15.0), ("SQLite", StoreUrl::Sqlite(folder.join("day")), 30.0)];
    if let Some(url) = postgres {
        stores.push(("PostgreSQL", parse_store(url)?, 120.0));
    }
    let mut figures = Vec::new();
    let mut hashes = Vec::new();
    for (name, url, budget) in stores {
        let options = Options {
            flows: Some(flows.to_owned()),
            country: "IT".to_owned(),
            shipments: SHIPMENTS,
            drivers: DRIVERS,
            seed: 7,
            start: START,
            faults: 0.0,
            return_loads: true,
            part_loads: true,
        };
        let watcher = Arc::new(Watcher::new(u64::from(SHIPMENTS)));
        let place = StorePlace::around(Some(folder.join("day-keys")), url);
        let report = play(options, &place, watcher.clone()).await;
        watcher.finish();
        let report = report?;
        if !report.holds() {
            return Err(Failure::Invariant(format!("the day on {name} broke an invariant")));
        }
        figures.push(Figure::new(
            format!("Italian day, {name}"),
            report.wall_seconds,
            "s",
            Budget::AtMost(budget),
        ));
        hashes.push(report.log_hash);
    }
    if hashes.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(Failure::Invariant("the same seed gave different logs".to_owned()));
    }
    Ok(figures)
}
