//! Telemetry in a SQLite file of its own, so that a flood of positions never queues before a booking.

use super::{
    PositionRow, newest,
    queue::{Jobs, Queue, answer, queue},
    statements,
    swap::Swap,
    text_of,
};
use crate::{
    Row, Statement, StoreError, Value, Write,
    id_text::IdText,
    sqlite::{Conn, Readers, Role, Session, lock_folder, make_folder, migrate},
};
use kernel::{Position, TypedId};
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
/// Telemetry over SQLite.
pub struct SqliteTelemetry {
    queue: Queue,
    conn: Arc<Mutex<Conn>>,
    /// `None` in memory, where the writer's connection is the only one.
    files: Option<Files>,
}

struct Files {
    readers: Arc<Readers>,
    /// Held by the one process that takes positions in; `None` for work beside it.
    _lock: Option<File>,
}

impl SqliteTelemetry {
    pub fn open_memory() -> Result<Self, StoreError> {
        Self::over(Conn::open_memory()?, None)
    }

    pub fn open_folder(folder: &Path) -> Result<Self, StoreError> {
        make_folder(folder)?;
        let lock = lock_folder(folder, LOCK_FILE)?;
        Self::open_file(&folder.join(FILE), Some(lock))
    }

    /// Beside a process that takes positions in: both write, each for a moment.
    pub fn open_beside(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        if !path.is_file() {
            return Err(StoreError::Open(format!("there is no {FILE} in {}", folder.display())));
        }
        Self::open_file(&path, None)
    }

    fn open_file(path: &Path, lock: Option<File>) -> Result<Self, StoreError> {
        let mut conn = Conn::open(path, Role::Writer, None)?;
        // This writer holds up nobody, so it checkpoints by itself.
        conn.query_text("PRAGMA wal_autocheckpoint = 1000", &[])?;
        let readers = Arc::new(Readers::new(path.to_owned()));
        Self::over(conn, Some(Files { readers, _lock: lock }))
    }

    fn over(mut conn: Conn, files: Option<Files>) -> Result<Self, StoreError> {
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
            Some(files) => files.readers.read_long(statement, params).await,
        }
    }

    /// `false`: something else is there than what should go; nothing happened.
    pub fn swap(&self, swap: &Swap) -> Result<bool, StoreError> {
        transaction(&mut self.conn.lock(), |conn| swap_in(conn, swap))
    }

    /// Runs writes in one transaction.
    pub fn write_all(&self, writes: &[Write]) -> Result<(), StoreError> {
        let run = |conn: &mut Conn| {
            let mut session = conn.session();
            writes.iter().try_for_each(|write| session.write(write.statement, &write.params).map(drop))?;
            Ok(true)
        };
        transaction(&mut self.conn.lock(), run).map(drop)
    }
}

fn swap_in(conn: &mut Conn, swap: &Swap) -> Result<bool, StoreError> {
    if let Some(rows) = &swap.rows {
        let params = [text_of(rows.driver), rows.from.into(), rows.until.into()];
        if conn.write(&statements::ROWS_DELETE, &params)? != rows.count {
            return Ok(false);
        }
    }
    for head in &swap.old {
        if conn.write(&statements::CHUNK_DELETE, &head.delete_params())? != 1 {
            return Ok(false);
        }
    }
    for chunk in &swap.new {
        conn.write(&statements::CHUNK_INSERT, &chunk.insert_params())?;
    }
    Ok(true)
}

fn run(conn: &Mutex<Conn>, mut jobs: Jobs) {
    while let Some(group) = jobs.blocking_next() {
        let rows: Vec<PositionRow> = group.iter().flat_map(|job| job.rows.iter().copied()).collect();
        let outcome = transaction(&mut conn.lock(), |conn| write_rows(conn, &rows).map(|()| true)).map(drop);
        answer(group, &outcome);
    }
}

/// A transaction that is undone unless its body answers `true`.
fn transaction(
    conn: &mut Conn,
    body: impl FnOnce(&mut Conn) -> Result<bool, StoreError>,
) -> Result<bool, StoreError> {
    if !conn.raw().is_autocommit() {
        conn.script("ROLLBACK")?;
    }
    conn.script("BEGIN IMMEDIATE")?;
    let done =
        body(conn).and_then(|keep| if keep { conn.script("COMMIT").map(|()| true) } else { Ok(false) });
    if !conn.raw().is_autocommit()
        && let Err(error) = conn.script("ROLLBACK")
    {
        tracing::warn!(%error, "the telemetry could not be rolled back yet");
    }
    done
}

fn write_rows(conn: &mut Conn, rows: &[PositionRow]) -> Result<(), StoreError> {
    let mut session = conn.session();
    for row in rows {
        write_row(&mut session, &APPEND, row)?;
    }
    for row in newest(rows.iter().copied()) {
        write_row(&mut session, &SET_LATEST, &row)?;
    }
    Ok(())
}

fn write_row(
    session: &mut Session<'_>,
    statement: &'static Statement,
    row: &PositionRow,
) -> Result<(), StoreError> {
    let driver = IdText::new(row.driver.stream());
    let tenant = IdText::new(row.tenant.stream());
    let Position { latitude, longitude } = row.position;
    session
        .execute(
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
