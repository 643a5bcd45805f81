//! Read-only connections. Point reads run inline, long ones on the blocking pool (design, section 4).

use super::connection::{Conn, Role, defect};
use crate::{Row, Statement, StoreError, Value};
use parking_lot::Mutex;
use std::{path::PathBuf, sync::Arc};
use tokio::sync::Semaphore;

/// Connections kept open for the next reader.
const KEPT: usize = 8;

/// Long reads at the same time; the others wait. Each pins pages of the write-ahead log while it runs.
const LONG_READS: usize = 4;

/// Steps of SQLite's machine that one read may take, about ten seconds: no read may pin the log for ever.
const STEPS_LIMIT: u32 = 500_000_000;
const STEPS_BETWEEN_CHECKS: i32 = 100_000;

/// The pool.
pub struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Reader>>,
    long: Semaphore,
}

struct Reader {
    conn: Conn,
    steps: Arc<std::sync::atomic::AtomicU32>,
}

impl Reader {
    fn open(path: &std::path::Path) -> Result<Self, StoreError> {
        use std::sync::atomic::{AtomicU32, Ordering};
        let mut conn = Conn::open(path, Role::Reader, None)?;
        let steps = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&steps);
        let stop = move || {
            let checks = counted.fetch_add(1, Ordering::Relaxed);
            checks > STEPS_LIMIT / STEPS_BETWEEN_CHECKS.unsigned_abs()
        };
        conn.raw().progress_handler(STEPS_BETWEEN_CHECKS, Some(stop)).map_err(defect)?;
        Ok(Self { conn, steps })
    }
}

impl Readers {
    /// A pool over a migrated file.
    pub fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::new(Vec::new()), long: Semaphore::new(LONG_READS) }
    }

    /// Runs a read here and now.
    pub fn read<T>(&self, body: impl FnOnce(&mut Conn) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.idle.lock().pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => Reader::open(&self.path)?,
        };
        reader.steps.store(0, std::sync::atomic::Ordering::Relaxed);
        let result = body(&mut reader.conn);
        let mut idle = self.idle.lock();
        if idle.len() < KEPT {
            idle.push(reader);
        }
        result
    }

    /// Runs a query on the blocking pool, or here when there is no tokio runtime.
    pub async fn read_long(
        self: &Arc<Self>,
        statement: &'static Statement,
        params: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let _turn = self.long.acquire().await.map_err(|error| StoreError::Defect(error.to_string()))?;
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return self.read(|conn| conn.query(statement, &params));
        };
        let readers = Arc::clone(self);
        let read = runtime.spawn_blocking(move || readers.read(|conn| conn.query(statement, &params)));
        read.await.map_err(|error| StoreError::Defect(format!("{}: {error}", statement.name)))?
    }
}
