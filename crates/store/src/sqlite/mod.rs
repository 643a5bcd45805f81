//! The store over SQLite: one folder, one writer, many readers (design, section 4).

mod checkpoint;
mod connection;
mod disk;
mod exclusive;
mod heads;
mod kept;
mod migrate;
mod readers;
mod writer;

pub use connection::{Conn, Role, Session};
pub use disk::{Disk, DiskFault};
pub use exclusive::Exclusive;
pub use migrate::migrate;
pub use readers::Readers;
use writer::{Committed, Writer};

use crate::{KeptAnswer, LogHead, Row, Statement, StoreError, Unit, Value, Write, store::Reach};
use checkpoint::{Checkpointer, LogLength};
use kept::KeptResponses;
use parking_lot::RwLock;
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::Mutex;

/// The log and the views.
pub const LOG_FILE: &str = "log.db";

/// Written and removed by a probe.
const ROOM_FILE: &str = "store.room";
/// So much must be free before a full disk counts as over: a batch of many units is smaller.
const ROOM_BYTES: usize = 1 << 20;

/// How often a folder that another process holds is asked for, and how long is waited in between.
const LOCK_ATTEMPTS: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Held for as long as the store is open, so that two processes never write the same folder.
const LOCK_FILE: &str = "store.lock";

/// The store over SQLite.
pub struct SqliteStore {
    writer: Arc<Mutex<Writer>>,
    /// `None` in memory, where the writer's connection is the only one.
    files: Option<Files>,
    kept: KeptResponses,
    /// The committed head, for readers that must not wait for the writer.
    head: RwLock<LogHead>,
}

struct Files {
    folder: PathBuf,
    readers: Arc<Readers>,
    disk: Arc<Disk>,
    checkpoint_disk: Arc<Disk>,
    _checkpointer: Checkpointer,
    _lock: File,
}

impl SqliteStore {
    /// A store in memory.
    pub fn open_memory() -> Result<Self, StoreError> {
        let mut conn = Conn::open_memory()?;
        migrate(&mut conn, migrations::SQLITE)?;
        Self::over(Arc::new(Mutex::new(Writer::new(conn)?)), None)
    }

    /// A store in a folder, which is made if it is missing.
    pub fn open_folder(folder: &Path) -> Result<Self, StoreError> {
        make_folder(folder)?;
        let lock = lock_folder(folder, LOCK_FILE)?;
        let path = folder.join(LOG_FILE);
        let disk = Disk::register()?;
        let mut conn = Conn::open(&path, Role::Writer, Some(Arc::clone(&disk)))?;
        migrate(&mut conn, migrations::SQLITE)?;
        let length = Arc::new(LogLength::default());
        tell_length(&mut conn, Arc::clone(&length))?;
        let writer = Arc::new(Mutex::new(Writer::new(conn)?));
        let checkpoint_disk = Disk::register()?;
        let checkpoints = Conn::open(&path, Role::Checkpointer, Some(Arc::clone(&checkpoint_disk)))?;
        let checkpointer = Checkpointer::start(checkpoints, Arc::clone(&writer), length)?;
        let files = Files {
            folder: folder.to_owned(),
            readers: Arc::new(Readers::new(path)),
            disk,
            checkpoint_disk,
            _checkpointer: checkpointer,
            _lock: lock,
        };
        Self::over(writer, Some(files))
    }

    /// A store in a folder that another process may be writing to, or nobody can: every write is refused.
    pub fn open_reading(folder: &Path) -> Result<Self, StoreError> {
        let conn = open_reader(&folder.join(LOG_FILE))?;
        Self::over(Arc::new(Mutex::new(Writer::reading(conn))), None)
    }

    /// Copies the log of a folder, as it is at one moment, into another that has none; a server may be writing to the
    /// first.
    pub fn copy(from: &Path, into: &Path) -> Result<(), StoreError> {
        let mut conn = open_reader(&from.join(LOG_FILE))?;
        let path = into.join(LOG_FILE);
        let text = path.to_str().ok_or_else(|| StoreError::Open(format!("{}: not UTF-8", path.display())))?;
        conn.raw().execute("VACUUM INTO ?1", [text]).map(drop).map_err(connection::defect)
    }

    fn over(writer: Arc<Mutex<Writer>>, files: Option<Files>) -> Result<Self, StoreError> {
        let opened = writer.try_lock().map_err(|error| StoreError::Open(error.to_string()))?;
        let head = RwLock::new(opened.head().clone());
        drop(opened);
        Ok(Self { writer, files, kept: KeptResponses::default(), head })
    }

    /// Commits a batch. Everything happens here and now; only another writer of this process is waited for.
    pub async fn commit(&self, units: &[Unit]) -> Result<Committed, StoreError> {
        let mut writer = self.writer.lock().await;
        let taken = self.kept.take();
        let committed = writer.commit(units, &taken.responses);
        match &committed {
            Ok(committed) => {
                *self.head.write() = committed.head.clone();
                taken.tell(&Ok(()));
            }
            // The batch may be to blame: whoever waits tries again alone.
            Err(_) => self.kept.put_back(taken),
        }
        committed
    }

    /// Whether the disk has room for more than the smallest writes.
    pub fn has_room(&self) -> Result<(), StoreError> {
        let Some(files) = &self.files else { return Ok(()) };
        let path = files.folder.join(ROOM_FILE);
        let written = File::create(&path).and_then(|mut file| {
            file.write_all(&vec![0; ROOM_BYTES])?;
            file.sync_all()
        });
        // What is left behind by a failure is written over by the next probe, or removed.
        let _ = std::fs::remove_file(&path);
        written.map_err(|error| StoreError::ReadOnly(error.to_string()))
    }

    /// The committed head.
    pub fn head(&self) -> LogHead {
        self.head.read().clone()
    }

    /// A transaction that keeps every other writer out.
    pub async fn exclusive(&self) -> Result<Exclusive<'_>, StoreError> {
        Exclusive::begin(self.writer.lock().await)
    }

    /// Runs writes in one synced transaction; rows changed by each.
    pub async fn change(&self, writes: &[Write]) -> Result<Vec<usize>, StoreError> {
        self.writer.lock().await.change(writes)
    }

    /// Runs one statement that answers rows, in a synced transaction.
    pub async fn change_returning(&self, write: &Write) -> Result<Vec<Row>, StoreError> {
        self.writer.lock().await.change_returning(write)
    }

    /// Runs a query.
    pub async fn query(
        &self,
        statement: &'static Statement,
        params: Vec<Value>,
        reach: Reach,
    ) -> Result<Vec<Row>, StoreError> {
        match (&self.files, reach) {
            (None, _) => self.writer.lock().await.conn.query(statement, &params),
            (Some(files), Reach::Point) => files.readers.read(|conn| conn.query(statement, &params)),
            (Some(files), Reach::Long) => files.readers.read_long(statement, params).await,
        }
    }

    /// Prepares a statement without running it.
    pub async fn prepare(&self, statement: &'static Statement) -> Result<(), StoreError> {
        self.writer.lock().await.conn.prepare(statement).map(drop)
    }

    /// Keeps an answer, durable when this returns: with the batch that is committed next, or with all other answers that
    /// wait by then. The first answer of a key stays.
    pub async fn keep_response(&self, key: &str, answer: &KeptAnswer) -> Result<(), StoreError> {
        let mut told = self.kept.add((key.to_owned(), answer.clone()));
        let mut writer = self.writer.lock().await;
        if let Ok(kept) = told.try_recv() {
            return kept;
        }
        let taken = self.kept.take();
        let kept = writer.commit(&[], &taken.responses).map(drop);
        taken.tell(&kept);
        told.try_recv().unwrap_or_else(|_| Err(StoreError::Defect("an answer was lost".to_owned())))
    }

    /// Syncs of the write-ahead log by the writer; `None` in memory.
    pub fn log_syncs(&self) -> Option<u64> {
        self.files.as_ref().map(|files| files.disk.log_syncs())
    }

    /// Makes the disk fail, or work again; `false` in memory.
    pub fn set_fault(&self, fault: DiskFault) -> bool {
        let Some(files) = &self.files else { return false };
        files.disk.set_fault(fault);
        files.checkpoint_disk.set_fault(fault);
        true
    }
}

/// Readers take part in SQLite's locking, which needs a file beside the log. Where none can be made, nobody writes either:
/// then the log is read as it lies there, if all of it is in its file.
fn open_reader(path: &Path) -> Result<Conn, StoreError> {
    let beside_others = Conn::open(path, Role::Reader, None).and_then(|mut conn| {
        conn.query_text("SELECT name FROM sqlite_schema LIMIT 1", &[])?;
        Ok(conn)
    });
    let Err(error) = beside_others else { return beside_others };
    if !is_frozen(path) {
        return Err(error);
    }
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        std::fs::metadata(name).map_or(0, |found| found.len())
    };
    if beside("-wal") > 0 {
        let path = path.display();
        return Err(StoreError::Open(format!(
            "{path}: a part of the log lies beside it in the file that ends in -wal, and taking it in needs a folder \
             that can be written: copy the folder and read the copy"
        )));
    }
    Conn::open_frozen(path)
}

/// Whether a file may not be written, by this process at least.
fn is_frozen(path: &Path) -> bool {
    let opened = OpenOptions::new().write(true).open(path);
    opened.is_err_and(|error| {
        matches!(error.kind(), ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied)
    })
}

/// Makes a folder that only its owner may read.
pub fn make_folder(folder: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| StoreError::Open(format!("{}: {error}", folder.display())))
}

/// Takes a folder for this process. The lock goes with the process, however it ends; one that was killed a moment
/// ago may still be letting go of it, so a taken folder is asked for again for a second.
pub fn lock_folder(folder: &Path, name: &str) -> Result<File, StoreError> {
    let path = folder.join(name);
    let failed = |error: std::io::Error| StoreError::Open(format!("{}: {error}", path.display()));
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    for _ in 0..LOCK_ATTEMPTS {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
    Err(StoreError::Open(format!("another process uses the folder {}", folder.display())))
}

fn tell_length(conn: &mut Conn, length: Arc<LogLength>) -> Result<(), StoreError> {
    let hook = move |_: &mut rusqlite::hooks::Wal, pages: std::ffi::c_int| {
        length.set(i64::from(pages));
        Ok(())
    };
    conn.raw().wal_hook(Some(hook)).map_err(connection::defect)
}
