//! A process that takes positions in and packs them is killed at random moments: every acknowledged position is there,
//! once.

use crate::{
    database::{Database, on_server},
    samples::{at, tenant},
};
use kernel::{DriverId, Entropy, Position, SeededEntropy, Timestamp, TypedId, Uuid};
use std::{
    collections::HashSet,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};
use store::{PositionRow, Retention, Stage, StoreUrl, Telemetry, Upkeep};

const URL: &str = "AUTOBROKER_TELEMETRY_CRASH_URL";
/// Positions that one call brings.
const ROWS: i64 = 500;
const DRIVERS: i64 = 4;

/// The `number`th position of all: drivers take turns, each moves on by ten seconds.
fn row(number: i64) -> PositionRow {
    PositionRow {
        tenant: tenant(),
        driver: driver(number % DRIVERS),
        at: at(10 * (number / DRIVERS)),
        position: Position { latitude: (450_000_000 + number) as f64 / 1e7, longitude: 9.19 },
        speed_kmh: Some(72.5),
        heading: None,
    }
}

fn driver(number: i64) -> DriverId {
    DriverId::from_uuid(Uuid::from_u128(u128::try_from(number).unwrap()))
}

/// Later than everything.
fn end() -> Timestamp {
    at(20_000 * 86_400)
}

/// Until the server has noticed that the killed process is gone, and has ended what it was told before.
const ALONE: &str = "DO $$ BEGIN WHILE EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() \
    AND backend_type = 'client backend' AND pid <> pg_backend_pid()) LOOP PERFORM pg_sleep(0.01); \
    PERFORM pg_stat_clear_snapshot(); END LOOP; END $$";

/// Not a test: the process that is killed. It does nothing unless the tests below start it.
#[test]
fn writer_process() {
    let Ok(url) = std::env::var(URL) else { return };
    let (url, begin) = url.rsplit_once('#').unwrap();
    let mut number: i64 = begin.parse().unwrap();
    let url = match url.strip_prefix("sqlite:") {
        Some(folder) => StoreUrl::Sqlite(folder.into()),
        None => StoreUrl::Postgres(url.to_owned()),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let telemetry = Telemetry::open(&url).await.unwrap();
        let packed = telemetry.clone();
        tokio::spawn(async move {
            loop {
                let mut upkeep = Upkeep::new(&packed, Stage::Compact, &Retention::default(), end());
                while upkeep.step().await.unwrap() {
                    println!("packed");
                }
            }
        });
        loop {
            telemetry.append((number..number + ROWS).map(row).collect()).await.unwrap();
            number += ROWS;
            println!("acknowledged {number}");
        }
    });
}

/// Starts the writer, kills it after some lines, and answers how many positions it was told are durable.
fn killed_writer(url: &str, begin: i64, lines: u32) -> i64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "history_crash::writer_process", "--nocapture", "--test-threads=1"])
        .env(URL, format!("{url}#{begin}"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut heard = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = begin;
    let mut packed = 0;
    let mut hear = |line: std::io::Result<String>| {
        let Ok(line) = line else { return 0 };
        packed += u32::from(line == "packed");
        let number = line.strip_prefix("acknowledged ").and_then(|number| number.parse().ok());
        acknowledged = number.unwrap_or(acknowledged);
        packed
    };
    for line in heard.by_ref() {
        if hear(line) >= lines {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    for line in heard.collect::<Vec<_>>() {
        hear(line);
    }
    assert!(packed >= lines, "the writer ended by itself");
    acknowledged
}

async fn check(url: &StoreUrl, acknowledged: i64) -> i64 {
    let telemetry = Telemetry::open(url).await.unwrap();
    let mut found = 0;
    for number in 0..DRIVERS {
        let rows = telemetry.history(driver(number), at(0), end(), 10_000_000).await.unwrap();
        let mut expected = 0;
        let instants: HashSet<Timestamp> = rows.iter().map(|row| row.at).collect();
        for wanted in (number..acknowledged).step_by(usize::try_from(DRIVERS).unwrap()) {
            assert!(instants.contains(&row(wanted).at), "position {wanted} of {acknowledged} is gone");
            expected += 1;
        }
        assert_eq!(instants.len(), rows.len(), "a position is there twice");
        assert!(rows.iter().zip((number..).step_by(4)).all(|(found, wanted)| *found == row(wanted)));
        assert!(rows.len() >= expected);
        found += i64::try_from(rows.len()).unwrap();
    }
    let sizes = telemetry.sizes().await.unwrap();
    assert_eq!(
        i64::try_from(sizes.rows + sizes.packed).unwrap(),
        found,
        "a position is a row and in a chunk"
    );
    found
}

fn kill_again_and_again(database: &Database, url: &str, rounds: u32) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let entropy = SeededEntropy::new(9);
    let mut number = 0;
    for _ in 0..rounds {
        let acknowledged = killed_writer(url, number, 1 + entropy.below(30));
        if let StoreUrl::Postgres(url) = database.url() {
            on_server(&url, ALONE);
        }
        number = runtime.block_on(check(&database.url(), acknowledged));
        assert_eq!(number % ROWS, 0, "a call is there as a whole");
    }
}

#[test]
fn every_acknowledged_position_is_there_once_on_sqlite() {
    let database = Database::sqlite();
    let url = format!("sqlite:{}", database.folder().unwrap().display());
    kill_again_and_again(&database, &url, 8);
}

#[test]
fn every_acknowledged_position_is_there_once_on_postgres() {
    let Some(database) =
        Database::postgres("history_crash::every_acknowledged_position_is_there_once_on_postgres")
    else {
        return;
    };
    let StoreUrl::Postgres(url) = database.url() else { panic!("a PostgreSQL database has a URL") };
    kill_again_and_again(&database, &url, 4);
}
