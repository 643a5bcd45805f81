//! Telemetry in a SQLite file of its own, so that a flood of positions never queues before a booking.

use super::{
    PositionRow, newest,
    queue::{Jobs, Queue, answer, queue},
};
use crate::{
    Row, Statement, StoreError, Value,
    id_text::IdText,
    sqlite::{Conn, Readers, Role, lock_folder, make_folder, migrate},
};
use kernel::{Position, Timestamp, TypedId};
use parking_lot::Mutex;
use std::{fs::File, path::Path, sync::Arc};

const FILE: &str = "telemetry.db";
const LOCK_FILE: &str = "telemetry.lock";

static APPEND: Statement = Statement {
    name: "telemetry.append",
    sql: "INSERT INTO positions (driver, at, tenant, latitude, longitude, speed_kmh, heading) \
          VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (driver, at) DO NOTHING",
};
static SET_LATEST: Statement = Statement {
    name: "telemetry.latest.set",
    sql: "INSERT INTO latest_positions (driver, at, tenant, latitude, longitude, speed_kmh, heading) \
          VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (driver) DO UPDATE SET at = excluded.at, \
          tenant = excluded.tenant, latitude = excluded.latitude, longitude = excluded.longitude, \
          speed_kmh = excluded.speed_kmh, heading = excluded.heading WHERE excluded.at > latest_positions.at",
};
static DRIVERS: Statement =
    Statement { name: "telemetry.drivers", sql: "SELECT driver FROM latest_positions" };
static FORGET: Statement =
    Statement { name: "telemetry.forget", sql: "DELETE FROM positions WHERE driver = $1 AND at < $2" };

/// Telemetry over SQLite.
pub struct SqliteTelemetry {
    queue: Queue,
    conn: Arc<Mutex<Conn>>,
    /// `None` in memory, where the writer's connection is the only one.
    files: Option<(Arc<Readers>, File)>,
}

impl SqliteTelemetry {
    pub fn open_memory() -> Result<Self, StoreError> {
        Self::over(Conn::open_memory()?, None)
    }

    pub fn open_folder(folder: &Path) -> Result<Self, StoreError> {
        make_folder(folder)?;
        let lock = lock_folder(folder, LOCK_FILE)?;
        let path = folder.join(FILE);
        let mut conn = Conn::open(&path, Role::Writer, None)?;
        // This writer holds up nobody, so it checkpoints by itself.
        conn.query_text("PRAGMA wal_autocheckpoint = 1000", &[])?;
        Self::over(conn, Some((Arc::new(Readers::new(path)), lock)))
    }

    fn over(mut conn: Conn, files: Option<(Arc<Readers>, File)>) -> Result<Self, StoreError> {
        migrate(&mut conn, migrations::SQLITE_TELEMETRY)?;
        let conn = Arc::new(Mutex::new(conn));
        let (queue, jobs) = queue();
        let shared = Arc::clone(&conn);
        let thread = std::thread::Builder::new().name("telemetry".to_owned());
        // It ends by itself when the queue is dropped.
        thread.spawn(move || run(&shared, jobs)).map_err(|error| StoreError::Open(error.to_string()))?;
        Ok(Self { queue, conn, files })
    }

    pub async fn append(&self, rows: Vec<PositionRow>) -> Result<(), StoreError> {
        self.queue.append(rows).await
    }

    pub async fn query(
        &self,
        statement: &'static Statement,
        params: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        match &self.files {
            None => self.conn.lock().query(statement, &params),
            Some((readers, _)) => readers.read_long(statement, params).await,
        }
    }

    /// One driver a transaction, so that appends get their turn in between.
    pub async fn forget_before(&self, instant: Timestamp) -> Result<(), StoreError> {
        for row in self.query(&DRIVERS, Vec::new()).await? {
            let params = [Value::from(row.text(0)?), Value::from(instant)];
            self.conn.lock().write(&FORGET, &params)?;
        }
        Ok(())
    }
}

fn run(conn: &Mutex<Conn>, mut jobs: Jobs) {
    while let Some(group) = jobs.blocking_next() {
        let rows: Vec<PositionRow> = group.iter().flat_map(|job| job.rows.iter().copied()).collect();
        let outcome = write(&mut conn.lock(), &rows);
        answer(group, &outcome);
    }
}

fn write(conn: &mut Conn, rows: &[PositionRow]) -> Result<(), StoreError> {
    if !conn.raw().is_autocommit() {
        conn.script("ROLLBACK")?;
    }
    conn.script("BEGIN IMMEDIATE")?;
    let written = write_rows(conn, rows).and_then(|()| conn.script("COMMIT"));
    if written.is_err()
        && !conn.raw().is_autocommit()
        && let Err(error) = conn.script("ROLLBACK")
    {
        tracing::warn!(%error, "positions could not be rolled back yet");
    }
    written
}

fn write_rows(conn: &mut Conn, rows: &[PositionRow]) -> Result<(), StoreError> {
    for row in rows {
        write_row(conn, &APPEND, row)?;
    }
    for row in newest(rows.iter().copied()) {
        write_row(conn, &SET_LATEST, &row)?;
    }
    Ok(())
}

fn write_row(conn: &mut Conn, statement: &'static Statement, row: &PositionRow) -> Result<(), StoreError> {
    let driver = IdText::new(row.driver.stream());
    let tenant = IdText::new(row.tenant.stream());
    let Position { latitude, longitude } = row.position;
    conn.execute(
        statement,
        [
            &driver.as_str(),
            &row.at.micros(),
            &tenant.as_str(),
            &latitude,
            &longitude,
            &row.speed_kmh,
            &row.heading,
        ],
    )
    .map(drop)
}
