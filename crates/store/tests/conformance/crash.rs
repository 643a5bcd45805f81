//! A process that appends is killed at random moments, again and again: everything it was told is there, nothing is
//! half there.

use crate::{
    database::Database,
    samples::{append, at, correlation, stream, tenant},
};
use kernel::{Entropy, SeededEntropy};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};
use store::{
    Claim, EffectChange, Outcome, Reach, Statement, Store, StoreUrl, TimerChange, Unit, Value, Verification,
    ViewSchema, Write,
};

const URL: &str = "AUTOBROKER_STORE_CRASH_URL";

static ADD: Statement = Statement {
    name: "test.units.add",
    sql: "INSERT INTO crash_units (number) VALUES ($1) ON CONFLICT (number) DO NOTHING",
};
static COUNTS: Statement = Statement {
    name: "test.units.counts",
    sql: "SELECT (SELECT COUNT(*) FROM crash_units), (SELECT MAX(number) FROM crash_units), \
          (SELECT COUNT(*) FROM timers), (SELECT COUNT(*) FROM effects), (SELECT COUNT(*) FROM claims), \
          (SELECT COUNT(*) FROM idempotency), (SELECT COUNT(*) FROM events), \
          (SELECT position FROM log_head), (SELECT position FROM reactor_positions WHERE reactor = 'crash')",
};

const VIEW: ViewSchema = ViewSchema {
    name: "crash_units",
    version: 1,
    ddl: "CREATE TABLE crash_units (number BIGINT NOT NULL PRIMARY KEY)",
    tables: &["crash_units"],
};

/// Unit `number`, from 1: two events on two streams and a row of everything else.
fn unit(number: i64) -> Unit {
    let one = append(stream(u128::try_from(number).unwrap()), 0, 1);
    let shared = append(stream(0), number - 1, 1);
    let key = number.to_string();
    Unit {
        expected: [one.expected, shared.expected].concat(),
        events: [one.events, shared.events].concat(),
        claims: vec![
            Claim::Unique { scope: "crash", key: key.clone(), owner: "usr_1".into() },
            Claim::Idempotency { key: key.clone(), body_hash: [1; 32], stream: stream(0), at: at(0) },
            Claim::Position { reactor: "crash", from: number - 1, to: number },
        ],
        timers: vec![TimerChange::Set {
            stream: stream(0),
            tenant: tenant(),
            name: "crash",
            key: key.clone(),
            due: at(number),
            correlation: correlation(),
        }],
        effects: vec![EffectChange::Request {
            id: key,
            kind: "crash",
            tenant: tenant(),
            payload: "{}".into(),
            correlation: correlation(),
            causation: 0,
            due: at(number),
        }],
        writes: vec![Write::new(&ADD, vec![Value::Int(number)])],
    }
}

/// Not a test: the process that is killed. It does nothing unless the tests below start it.
#[test]
fn writer_process() {
    let Ok(url) = std::env::var(URL) else { return };
    let url = match url.strip_prefix("sqlite:") {
        Some(folder) => StoreUrl::Sqlite(folder.into()),
        None => StoreUrl::Postgres(url),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&url).await.unwrap();
        store.prepare_views(&[VIEW]).await.unwrap();
        let mut number = store.head().await.unwrap().position / 2;
        loop {
            let size = 1 + number % 7;
            let batch: Vec<Unit> = (1..=size).map(|n| unit(number + n)).collect();
            let outcomes = store.commit(&batch).await.unwrap();
            assert!(
                outcomes.iter().all(|outcome| matches!(outcome, Outcome::Committed { .. })),
                "{outcomes:?}"
            );
            number += size;
            println!("acknowledged {number}");
        }
    });
}

/// Starts the writer, kills it some acknowledgements later, and answers the last unit it was told is durable.
fn killed_writer(url: &str, acknowledgements: u32) -> i64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::writer_process", "--nocapture", "--test-threads=1"])
        .env(URL, url)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut last = 0;
    let mut heard = 0;
    let mut hear = |line: std::io::Result<String>| {
        // The line that was being written when it died may be torn.
        let number = line.ok().and_then(|line| line.strip_prefix("acknowledged ").map(str::parse::<i64>));
        if let Some(Ok(number)) = number {
            last = number;
            heard += 1;
        }
        heard
    };
    for line in lines.by_ref() {
        if hear(line) >= acknowledgements {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let whole_lines = lines.collect::<Vec<_>>();
    for line in whole_lines {
        hear(line);
    }
    assert!(heard >= acknowledgements, "the writer ended by itself");
    last
}

async fn check(store: &Store, acknowledged: i64) {
    // Takes the append lock, so that a batch which the server still works on has ended.
    store.prepare_views(&[VIEW]).await.unwrap();
    let rows = store.query(&COUNTS, Vec::new(), Reach::Long).await.unwrap();
    let count = |column| rows[0].int(column).unwrap();
    let units = count(0);
    assert!(units >= acknowledged, "{acknowledged} units were acknowledged, {units} are there");
    assert_eq!(count(1), units, "a unit in the middle is missing");
    assert_eq!([count(2), count(3), count(4), count(5)], [units; 4], "a unit is half there");
    assert_eq!([count(6), count(7), count(8)], [2 * units, 2 * units, units], "a unit is half there");
    let events = u64::try_from(2 * units).unwrap();
    assert!(
        matches!(store.verify().await.unwrap(), Verification::Whole { events: found, .. } if found == events)
    );
}

fn kill_again_and_again(database: &Database, url: &str, rounds: u32) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let entropy = SeededEntropy::new(7);
    let mut last = 0;
    for _ in 0..rounds {
        let acknowledged = killed_writer(url, 1 + entropy.below(40));
        assert!(acknowledged > last, "the writer did not go on where it was");
        runtime.block_on(async { check(&database.open().await, acknowledged).await });
        last = acknowledged;
    }
}

#[test]
fn nothing_acknowledged_is_lost_on_sqlite() {
    let database = Database::sqlite();
    let url = format!("sqlite:{}", database.folder().unwrap().display());
    kill_again_and_again(&database, &url, 12);
}

#[test]
fn nothing_acknowledged_is_lost_on_postgres() {
    let Some(database) = Database::postgres("crash::nothing_acknowledged_is_lost_on_postgres") else {
        return;
    };
    let StoreUrl::Postgres(url) = database.url() else { panic!("a PostgreSQL database has a URL") };
    kill_again_and_again(&database, &url, 5);
}
