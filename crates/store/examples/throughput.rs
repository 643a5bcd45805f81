//! Units per second on a SQLite file, in batches of 1, 16 and 256, beside a bare loop of 4 KiB write + fdatasync on the
//! same disk. A unit is what one command commits: an event with its two hashes, an indexed view row, an idempotency row
//! and a timer.
//!
//! `cargo run --release -p store --example throughput [FOLDER]`

use kernel::{RequestId, StreamRef, TenantId, Timestamp, TypedId, Uuid};
use std::{
    error::Error,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};
use store::{
    Claim, EventMeta, NewEvent, Outcome, Statement, Store, StoreUrl, TimerChange, Unit, ViewSchema, Write,
};

/// How long each figure is measured.
const MEASURED: Duration = Duration::from_secs(3);

static UPSERT: Statement = Statement {
    name: "throughput.loads.upsert",
    sql: "INSERT INTO loads (id, tenant, status, created_at, weight_kg) VALUES ($1, $2, $3, $4, $5) \
          ON CONFLICT (id) DO UPDATE SET status = excluded.status",
};

const VIEW: ViewSchema = ViewSchema {
    name: "loads",
    version: 1,
    ddl: "CREATE TABLE loads (id TEXT NOT NULL PRIMARY KEY, tenant TEXT NOT NULL, status TEXT NOT NULL, \
          created_at BIGINT NOT NULL, weight_kg DOUBLE PRECISION NOT NULL);
          CREATE INDEX idx_loads_tenant_status_created_at ON loads (tenant, status, created_at)",
    tables: &["loads"],
};

/// Something like a version 7 UUID: it grows with time and is random behind.
fn id(number: u64) -> Uuid {
    let random = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Uuid::from_u128((u128::from(0x0198_0000_0000 + number / 64) << 80) | (7 << 76) | u128::from(random))
}

fn unit(number: u64, payload: &std::sync::Arc<str>) -> Unit {
    let stream = StreamRef { prefix: "shp", id: id(number) };
    let tenant = TenantId::from_uuid(Uuid::from_u128(1));
    let correlation = RequestId::from_uuid(id(number + 1));
    let now = Timestamp::from_micros(1_772_352_000_000_000 + number as i64);
    let meta = EventMeta {
        actor: "usr_0198c0ffee007000800000000000abcd".into(),
        correlation,
        causation: 0,
        time: now,
    };
    let event = NewEvent {
        stream,
        kind: "shipment",
        version: 1,
        tenant,
        type_name: "shipment.requested",
        schema: 1,
        payload: std::sync::Arc::clone(payload),
        meta,
    };
    let row = vec![
        stream.to_string().into(),
        tenant.to_string().into(),
        "requested".into(),
        now.into(),
        (8000.0 + number as f64).into(),
    ];
    let due = now.after(Duration::from_secs(300));
    Unit {
        expected: vec![(stream, 0)],
        events: vec![event],
        claims: vec![Claim::Idempotency {
            key: correlation.to_string(),
            body_hash: [7; 32],
            stream,
            at: now,
        }],
        timers: vec![TimerChange::Set {
            stream,
            tenant,
            name: "window",
            key: String::new(),
            due,
            correlation,
        }],
        effects: Vec::new(),
        writes: vec![Write::new(&UPSERT, row)],
    }
}

#[expect(clippy::disallowed_methods, reason = "this measures")]
fn now() -> Instant {
    Instant::now()
}

/// Write + fdatasync of 4 KiB, a second.
fn bare_loop(folder: &Path) -> Result<f64, Box<dyn Error>> {
    let mut file = std::fs::File::create(folder.join("bare"))?;
    let block = [7; 4096];
    let start = now();
    let mut syncs = 0_u32;
    while start.elapsed() < MEASURED {
        file.write_all(&block)?;
        file.sync_data()?;
        syncs += 1;
    }
    Ok(f64::from(syncs) / start.elapsed().as_secs_f64())
}

/// Units and syncs a second in batches of `size`.
fn batches(
    store: &Store,
    size: u64,
    next: &mut u64,
    payload: &std::sync::Arc<str>,
) -> Result<(f64, f64), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (mut units, mut busy) = (0, Duration::ZERO);
    let syncs = store.counters().syncs;
    while busy < MEASURED {
        let batch: Vec<Unit> = (0..size).map(|n| unit(*next + n, payload)).collect();
        *next += size;
        let start = now();
        let outcomes = runtime.block_on(store.commit(&batch))?;
        busy += start.elapsed();
        units += outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Committed { .. })).count();
    }
    let seconds = busy.as_secs_f64();
    Ok((units as f64 / seconds, (store.counters().syncs - syncs) as f64 / seconds))
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).map_or_else(std::env::temp_dir, Into::into);
    let folder = folder.join(format!("autobroker-throughput-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let bare = bare_loop(&folder)?;
    println!("bare 4 KiB write + fdatasync: {bare:>9.0}/s");
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let store = runtime.block_on(Store::open(&StoreUrl::Sqlite(folder.join("store"))))?;
    runtime.block_on(store.prepare_views(&[VIEW]))?;
    let payload: std::sync::Arc<str> = format!("{{\"cargo\":\"{}\"}}", "x".repeat(400)).into();
    let mut next = 0;
    for size in [1, 16, 256] {
        let (units, syncs) = batches(&store, size, &mut next, &payload)?;
        println!("units in batches of {size:>3}:       {units:>9.0}/s  ({syncs:.0} syncs/s)");
    }
    drop(store);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
