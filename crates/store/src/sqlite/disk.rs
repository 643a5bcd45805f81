//! A thin layer under SQLite's file access: it counts the syncs of the write-ahead log, gathers the log's frames so that
//! a commit writes them with one call instead of two for each page, and fails writes or syncs on request, so that a full
//! or dying disk can be rehearsed.
//!
//! SQLite opens files through a "VFS" (a table of C functions) and works on each file through its "methods" (another
//! table). We register a copy of the platform's VFS whose `xOpen` lets the platform open the file and then points the
//! file at a copy of its methods with some of our own; they do their part and call the platform's. The file object
//! itself stays the platform's, so every other method runs untouched.
//!
//! Gathered frames are written before anybody can look for them: SQLite syncs the log (`synchronous = FULL`, which every
//! connection sets) before it shows a commit's frames to other connections, and the writer's own reads of the log come
//! through the same file. A write that fails then fails the sync, and with it the commit.
//!
//! `unsafe` is unavoidable: SQLite's interface is C. The proofs rest on three facts:
//! 1. [`Vfs`] and [`Methods`] are `repr(C)` and begin with the C struct, so that a pointer to the one is a pointer to
//!    the other.
//! 2. Both live in boxes owned by [`Disk`], which every connection keeps alive until after it has closed its files
//!    (`Conn` declares the disk last, and fields are dropped in order of declaration). Nothing moves or changes them
//!    after the registration.
//! 3. The platform's VFS and method tables live as long as the process.
#![expect(unsafe_code, reason = "SQLite's file interface is C; see the module's proof")]

use crate::StoreError;
use parking_lot::Mutex;
use rusqlite::ffi;
use std::{
    ffi::{CString, c_int, c_void},
    ptr,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
};

/// A fault of the disk, for drills and tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DiskFault {
    /// It works.
    #[default]
    None,
    /// Every write answers that there is no space.
    Full,
    /// Every sync fails.
    SyncFails,
}

impl DiskFault {
    const fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Full => 1,
            Self::SyncFails => 2,
        }
    }
}

/// What the file layer counts and does on request.
#[derive(Default)]
struct State {
    log_syncs: AtomicU64,
    fault: AtomicU8,
}

impl State {
    fn fails(&self, fault: DiskFault) -> bool {
        self.fault.load(Ordering::SeqCst) == fault.code()
    }
}

#[repr(C)]
struct Methods {
    table: ffi::sqlite3_io_methods,
    platform: *const ffi::sqlite3_io_methods,
    is_log: bool,
    state: Arc<State>,
    /// The frames that open logs hold back, by the address of the file.
    gathered: Mutex<Vec<(usize, Gathered)>>,
}

/// Bytes that follow one another in a file and are not written yet.
#[derive(Default)]
struct Gathered {
    offset: i64,
    bytes: Vec<u8>,
}

/// So much is written at once: the most that SQLite's layer over Unix takes in one call.
const GATHERED_LIMIT: usize = 0x1_ffff;

impl Gathered {
    /// Whether these bytes would follow on what is held back and can be written with it, or there is nothing yet.
    fn is_followed_by(&self, data: &[u8], offset: i64) -> bool {
        let end = i64::try_from(self.bytes.len()).map(|length| self.offset + length);
        let fits = self.bytes.len() + data.len() <= GATHERED_LIMIT;
        self.bytes.is_empty() || (fits && end == Ok(offset))
    }

    fn add(&mut self, data: &[u8], offset: i64) {
        if self.bytes.is_empty() {
            self.offset = offset;
        }
        self.bytes.extend_from_slice(data);
    }
}

impl Methods {
    /// Runs on what a file holds back.
    fn with_gathered<T>(&self, file: usize, body: impl FnOnce(&mut Gathered) -> T) -> T {
        let mut all = self.gathered.lock();
        let index = all.iter().position(|(known, _)| *known == file).unwrap_or_else(|| {
            all.push((file, Gathered::default()));
            all.len() - 1
        });
        body(&mut all[index].1)
    }
}

#[repr(C)]
struct Vfs {
    table: ffi::sqlite3_vfs,
    platform: *mut ffi::sqlite3_vfs,
    wrapped: Wrapped,
}

/// Our method tables: one for each (platform's table, kind of file); two in practice.
struct Wrapped {
    state: Arc<State>,
    /// From `Box::into_raw`; SQLite holds the same pointers, so the tables must not move.
    all: Mutex<Vec<*mut Methods>>,
}

impl Drop for Wrapped {
    fn drop(&mut self) {
        for methods in self.all.get_mut().drain(..) {
            // SAFETY: fact 2: no file uses it any more; it came from `Box::into_raw` and is dropped once.
            drop(unsafe { Box::from_raw(methods) });
        }
    }
}

/// A registered file layer. Each connection role of each store has its own, so that counts are not mixed.
pub struct Disk {
    vfs: *mut Vfs,
    name: CString,
    state: Arc<State>,
}

// SAFETY: the VFS behind the pointer is only changed behind its mutex, and registration is thread-safe in SQLite.
unsafe impl Send for Disk {}
// SAFETY: as above; the counters are atomics.
unsafe impl Sync for Disk {}

impl Disk {
    /// Registers a layer over the platform's default.
    pub fn register() -> Result<Arc<Self>, StoreError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let refused = |what: &str| StoreError::Open(format!("the file layer cannot be registered: {what}"));
        let name = CString::new(format!("autobroker-{number}")).map_err(|_| refused("its name"))?;
        let state = Arc::new(State::default());
        // SAFETY: a null name asks for the default VFS; the answer is null or lives as long as the process.
        let platform = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        if platform.is_null() {
            return Err(refused("there is no default"));
        }
        // SAFETY: not null; the struct is plain data (numbers and pointers) which may be copied bit by bit.
        let mut table = unsafe { ptr::read(platform) };
        table.pNext = ptr::null_mut();
        table.zName = name.as_ptr();
        table.xOpen = Some(open_file);
        let vfs = Box::into_raw(Box::new(Vfs {
            table,
            platform,
            wrapped: Wrapped { state: Arc::clone(&state), all: Mutex::new(Vec::new()) },
        }));
        let disk = Self { vfs, name, state };
        // SAFETY: facts 1 and 2: the table stands at the start of the box, which lives until `drop` unregisters it.
        let code = unsafe { ffi::sqlite3_vfs_register(vfs.cast(), 0) };
        if code == ffi::SQLITE_OK { Ok(Arc::new(disk)) } else { Err(refused("SQLite refuses it")) }
    }

    /// The name to open connections with.
    pub fn vfs_name(&self) -> &std::ffi::CStr {
        &self.name
    }

    /// Syncs of the write-ahead log so far.
    pub fn log_syncs(&self) -> u64 {
        self.state.log_syncs.load(Ordering::SeqCst)
    }

    /// Makes the disk fail, or work again.
    pub fn set_fault(&self, fault: DiskFault) {
        self.state.fault.store(fault.code(), Ordering::SeqCst);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // SAFETY: fact 2: no connection uses it any more. Unregistering one that is not registered does nothing. The
        // pointer came from `Box::into_raw` and is used by nobody after this.
        unsafe {
            ffi::sqlite3_vfs_unregister(self.vfs.cast());
            drop(Box::from_raw(self.vfs));
        }
    }
}

/// `xOpen`: the platform opens the file, then our methods are put before its own.
///
/// # Safety
/// Called by SQLite only, with the VFS that [`Disk::register`] registered and a file buffer of `szOsFile` bytes, which
/// is the platform's size.
unsafe extern "C" fn open_file(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let ours = vfs.cast::<Vfs>();
    // SAFETY: fact 1: SQLite hands back the pointer that was registered. Only the fields after the table are looked
    // at: SQLite links the table itself into its list of VFSs and may write to it at any time.
    let (vfs, wrapped) = unsafe { ((*ours).platform, &(*ours).wrapped) };
    // SAFETY: fact 3, and the arguments are SQLite's own for this very call; the platform gets its own VFS.
    let code = unsafe {
        match (*vfs).xOpen {
            Some(open) => open(vfs, name, file, flags, out_flags),
            None => ffi::SQLITE_CANTOPEN,
        }
    };
    // SAFETY: the platform initialised the file; without methods there is nothing to close and nothing to wrap.
    let platform = unsafe { (*file).pMethods };
    if code == ffi::SQLITE_OK && !platform.is_null() {
        let methods = wrapped.over(platform, flags & ffi::SQLITE_OPEN_WAL != 0);
        // SAFETY: facts 1 and 2: the table outlives the file.
        unsafe { (*file).pMethods = methods.cast() };
    }
    code
}

impl Wrapped {
    /// Our methods over a table of the platform's.
    fn over(&self, platform: *const ffi::sqlite3_io_methods, is_log: bool) -> *const Methods {
        let mut all = self.all.lock();
        // SAFETY: the pointers came from `Box::into_raw` and live as long as `self`; nothing writes to their targets.
        let is_it = |methods: &*mut Methods| unsafe {
            (**methods).platform == platform && (**methods).is_log == is_log
        };
        if let Some(known) = all.iter().copied().find(is_it) {
            return known;
        }
        // SAFETY: fact 3; the struct is plain data (a number and function pointers).
        let mut table = unsafe { ptr::read(platform) };
        table.xWrite = Some(write_file);
        table.xSync = Some(sync_file);
        if is_log {
            table.xClose = Some(close_log);
            table.xRead = Some(read_log);
            table.xTruncate = Some(truncate_log);
            table.xFileSize = Some(size_of_log);
        }
        let state = Arc::clone(&self.state);
        let gathered = Mutex::default();
        let methods = Box::into_raw(Box::new(Methods { table, platform, is_log, state, gathered }));
        all.push(methods);
        methods
    }
}

/// # Safety
/// `file` must have been opened by [`open_file`].
unsafe fn methods_of<'a>(file: *mut ffi::sqlite3_file) -> &'a Methods {
    // SAFETY: fact 1: `open_file` stored a pointer to the start of a `Methods`; fact 2: it outlives the call.
    unsafe { &*(*file).pMethods.cast::<Methods>() }
}

/// `xWrite`.
///
/// # Safety
/// Called by SQLite only, on a file opened by [`open_file`].
unsafe extern "C" fn write_file(
    file: *mut ffi::sqlite3_file,
    data: *const c_void,
    amount: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: this function is only reachable through the table that `open_file` stored.
    let methods = unsafe { methods_of(file) };
    if methods.state.fails(DiskFault::Full) {
        return ffi::SQLITE_FULL;
    }
    let Ok(length) = usize::try_from(amount) else { return ffi::SQLITE_IOERR_WRITE };
    if !methods.is_log || data.is_null() {
        // SAFETY: fact 3; the file is the platform's own and the arguments are SQLite's.
        return unsafe { methods.write_through(file, data, amount, offset) };
    }
    // SAFETY: SQLite gives `amount` readable bytes, which nobody changes during the call.
    let data = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), length) };
    methods.with_gathered(file.addr(), |gathered| {
        if !gathered.is_followed_by(data, offset) {
            // SAFETY: `file` is the open file that this was gathered from.
            let code = unsafe { methods.write_gathered(file, gathered) };
            if code != ffi::SQLITE_OK {
                return code;
            }
        }
        gathered.add(data, offset);
        ffi::SQLITE_OK
    })
}

impl Methods {
    /// The platform's `xWrite`.
    ///
    /// # Safety
    /// `file` must be open under these methods, with `amount` readable bytes at `data`.
    unsafe fn write_through(
        &self,
        file: *mut ffi::sqlite3_file,
        data: *const c_void,
        amount: c_int,
        offset: i64,
    ) -> c_int {
        // SAFETY: fact 3; the rest is the caller's promise.
        unsafe {
            match (*self.platform).xWrite {
                Some(write) => write(file, data, amount, offset),
                None => ffi::SQLITE_IOERR_WRITE,
            }
        }
    }

    /// Writes what was gathered. What cannot be written is forgotten: SQLite hears of it and gives up the commit.
    ///
    /// # Safety
    /// `file` must be the open file that it was gathered from.
    unsafe fn write_gathered(&self, file: *mut ffi::sqlite3_file, gathered: &mut Gathered) -> c_int {
        if gathered.bytes.is_empty() {
            return ffi::SQLITE_OK;
        }
        let (data, offset) = (gathered.bytes.as_ptr(), gathered.offset);
        let code = c_int::try_from(gathered.bytes.len()).map_or(ffi::SQLITE_IOERR_WRITE, |amount| {
            // SAFETY: the bytes are readable for the whole call; the file is the caller's promise.
            unsafe { self.write_through(file, data.cast(), amount, offset) }
        });
        gathered.bytes.clear();
        code
    }

    /// Writes what a file holds back.
    ///
    /// # Safety
    /// `file` must be open under these methods.
    unsafe fn write_all(&self, file: *mut ffi::sqlite3_file) -> c_int {
        // SAFETY: the caller's promise.
        self.with_gathered(file.addr(), |gathered| unsafe { self.write_gathered(file, gathered) })
    }
}

/// `xRead` of a log.
///
/// # Safety
/// Called by SQLite only, on a file opened by [`open_file`].
unsafe extern "C" fn read_log(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    amount: c_int,
    offset: i64,
) -> c_int {
    // SAFETY: this function is only reachable through the table that `open_file` stored.
    let methods = unsafe { methods_of(file) };
    // SAFETY: fact 3; the file is the platform's own and the arguments are SQLite's.
    unsafe {
        match (methods.write_all(file), (*methods.platform).xRead) {
            (ffi::SQLITE_OK, Some(read)) => read(file, into, amount, offset),
            (ffi::SQLITE_OK, None) => ffi::SQLITE_IOERR_READ,
            (code, _) => code,
        }
    }
}

/// `xTruncate` of a log.
///
/// # Safety
/// Called by SQLite only, on a file opened by [`open_file`].
unsafe extern "C" fn truncate_log(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    // SAFETY: this function is only reachable through the table that `open_file` stored.
    let methods = unsafe { methods_of(file) };
    // SAFETY: fact 3; the file is the platform's own and the arguments are SQLite's.
    unsafe {
        match (methods.write_all(file), (*methods.platform).xTruncate) {
            (ffi::SQLITE_OK, Some(truncate)) => truncate(file, size),
            (ffi::SQLITE_OK, None) => ffi::SQLITE_IOERR_TRUNCATE,
            (code, _) => code,
        }
    }
}

/// `xFileSize` of a log.
///
/// # Safety
/// Called by SQLite only, on a file opened by [`open_file`].
unsafe extern "C" fn size_of_log(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
    // SAFETY: this function is only reachable through the table that `open_file` stored.
    let methods = unsafe { methods_of(file) };
    // SAFETY: fact 3; the file is the platform's own and the arguments are SQLite's.
    unsafe {
        match (methods.write_all(file), (*methods.platform).xFileSize) {
            (ffi::SQLITE_OK, Some(size_of)) => size_of(file, size),
            (ffi::SQLITE_OK, None) => ffi::SQLITE_IOERR_FSTAT,
            (code, _) => code,
        }
    }
}

/// `xClose` of a log. What is still held back then belongs to no commit: a commit ends with a sync.
///
/// # Safety
/// Called by SQLite only, on a file opened by [`open_file`].
unsafe extern "C" fn close_log(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: this function is only reachable through the table that `open_file` stored.
    let methods = unsafe { methods_of(file) };
    // SAFETY: the file is still open.
    let written = unsafe { methods.write_all(file) };
    methods.gathered.lock().retain(|(known, _)| *known != file.addr());
    // SAFETY: fact 3; the file is the platform's own and is closed whatever happened before.
    let closed = unsafe {
        match (*methods.platform).xClose {
            Some(close) => close(file),
            None => ffi::SQLITE_IOERR_CLOSE,
        }
    };
    if written == ffi::SQLITE_OK { closed } else { written }
}

/// `xSync`.
///
/// # Safety
/// Called by SQLite only, on a file opened by [`open_file`].
unsafe extern "C" fn sync_file(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: this function is only reachable through the table that `open_file` stored.
    let methods = unsafe { methods_of(file) };
    if methods.state.fails(DiskFault::SyncFails) {
        return ffi::SQLITE_IOERR_FSYNC;
    }
    if methods.is_log {
        // SAFETY: the file is open.
        let written = unsafe { methods.write_all(file) };
        if written != ffi::SQLITE_OK {
            return written;
        }
    }
    // SAFETY: fact 3; the file is the platform's own and the arguments are SQLite's.
    let code = unsafe {
        match (*methods.platform).xSync {
            Some(sync) => sync(file, flags),
            None => ffi::SQLITE_IOERR_FSYNC,
        }
    };
    if code == ffi::SQLITE_OK && methods.is_log {
        methods.state.log_syncs.fetch_add(1, Ordering::SeqCst);
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::{Conn, Role};

    /// The counter must tell a store that skips its syncs from one that does not.
    #[test]
    fn only_real_syncs_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::register().unwrap();
        let mut conn =
            Conn::open(&folder.path().join("log.db"), Role::Writer, Some(Arc::clone(&disk))).unwrap();
        conn.script("CREATE TABLE t (n BIGINT)").unwrap();
        let synced = disk.log_syncs();
        assert!(synced > 0);
        conn.script("INSERT INTO t VALUES (1)").unwrap();
        assert_eq!(disk.log_syncs(), synced + 1);
        conn.script("PRAGMA synchronous = OFF").unwrap();
        conn.script("INSERT INTO t VALUES (2)").unwrap();
        assert_eq!(disk.log_syncs(), synced + 1);
        // Another layer counts for itself.
        assert_eq!(Disk::register().unwrap().log_syncs(), 0);
    }

    /// Frames that are held back are there for everybody once the commit is, also those that a transaction larger than
    /// the page cache wrote on the way.
    #[test]
    fn another_connection_reads_what_was_committed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.db");
        let disk = Disk::register().unwrap();
        let mut writer = Conn::open(&path, Role::Writer, Some(Arc::clone(&disk))).unwrap();
        writer.script("PRAGMA cache_size = 10; CREATE TABLE t (n BIGINT PRIMARY KEY, b BLOB)").unwrap();
        let mut reader = Conn::open(&path, Role::Reader, None).unwrap();
        let fill = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000) \
                    INSERT INTO t SELECT n, randomblob(900) FROM c";
        let whole = "SELECT COUNT(*), COALESCE(SUM(LENGTH(b)), 0) FROM t";
        for _ in 0..3 {
            writer.script(&format!("BEGIN; {fill}; UPDATE t SET b = randomblob(901); ROLLBACK")).unwrap();
            writer.script(&format!("BEGIN; {fill}; UPDATE t SET b = randomblob(901); COMMIT")).unwrap();
            let rows = reader.query_text(whole, &[]).unwrap();
            assert_eq!((rows[0].int(0).unwrap(), rows[0].int(1).unwrap()), (2000, 2000 * 901));
            let sound = reader.query_text("PRAGMA integrity_check", &[]).unwrap();
            assert_eq!(sound[0].text(0).unwrap(), "ok");
            writer.script("DELETE FROM t").unwrap();
        }
    }

    #[test]
    fn a_layer_outlives_every_connection_that_uses_it() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..20 {
            let disk = Disk::register().unwrap();
            let open =
                || Conn::open(&folder.path().join("log.db"), Role::Writer, Some(Arc::clone(&disk))).unwrap();
            let (mut one, mut two) = (open(), open());
            drop(disk);
            one.script("CREATE TABLE IF NOT EXISTS t (n BIGINT); INSERT INTO t VALUES (1)").unwrap();
            drop(one);
            two.script("INSERT INTO t VALUES (2)").unwrap();
        }
    }
}
