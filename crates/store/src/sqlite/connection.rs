//! One SQLite connection: statements by registered name, values in and out, errors told apart.

use crate::{Row, Statement, StoreError, Value, sql_text};
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags, config::DbConfig, types::ValueRef};
use rustc_hash::FxHashMap;
use std::{collections::hash_map::Entry, path::Path, sync::Arc};

use super::disk::Disk;

/// More than all statements of all contexts, so that none is ever prepared twice.
const STATEMENTS_CACHED: usize = 1024;

/// How long a connection waits for another one of the same process before it gives up.
const BUSY_WAIT: std::time::Duration = std::time::Duration::from_secs(5);

/// What a connection is for; writers keep 16 MB of pages, the others 2 MB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The only one that writes.
    Writer,
    /// Reads only.
    Reader,
    /// Moves pages from the write-ahead log into the database.
    Checkpointer,
}

/// A connection. The rewritten texts are keyed by the address of their `static` statement.
pub struct Conn {
    inner: Connection,
    rewritten: FxHashMap<usize, Box<str>>,
    /// The file layer that the connection runs on; dropped after it.
    _disk: Option<Arc<Disk>>,
}

/// Makes a file that only its owner may read, if it is missing: also in a folder that others may enter. SQLite gives
/// its write-ahead log the same mode.
fn make_private(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let made = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    made.map(drop).map_err(|error| StoreError::Open(format!("{}: {error}", path.display())))
}

impl Conn {
    /// A connection to a file, through a counted file layer if one is given.
    pub fn open(path: &Path, role: Role, disk: Option<Arc<Disk>>) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX
            | match role {
                Role::Writer => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
                Role::Checkpointer => OpenFlags::SQLITE_OPEN_READ_WRITE,
                Role::Reader => OpenFlags::SQLITE_OPEN_READ_ONLY,
            };
        if role == Role::Writer {
            make_private(path)?;
        }
        let opened = match &disk {
            Some(disk) => Connection::open_with_flags_and_vfs(path, flags, disk.vfs_name()),
            None => Connection::open_with_flags(path, flags),
        };
        let conn = Self::prepare_connection(opened, disk)?;
        if role == Role::Writer {
            conn.pragma("PRAGMA journal_mode = WAL")?;
        }
        conn.pragma("PRAGMA synchronous = FULL")?;
        conn.pragma("PRAGMA wal_autocheckpoint = 0")?;
        // Erased personal data must not linger in free pages.
        conn.pragma("PRAGMA secure_delete = ON")?;
        conn.pragma(match role {
            Role::Writer => "PRAGMA cache_size = -16000",
            Role::Reader | Role::Checkpointer => "PRAGMA cache_size = -2000",
        })?;
        Ok(conn)
    }

    /// A connection to a file that nobody can write to while it is open, on a medium where SQLite cannot keep its locks.
    pub fn open_frozen(path: &Path) -> Result<Self, StoreError> {
        let text = path.to_str().ok_or_else(|| StoreError::Open(format!("{}: not UTF-8", path.display())))?;
        let escaped = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let flags =
            OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let opened = Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags);
        Self::prepare_connection(opened, None)
    }

    /// A database in memory, which lives as long as its only connection.
    pub fn open_memory() -> Result<Self, StoreError> {
        Self::prepare_connection(Connection::open_in_memory(), None)
    }

    fn prepare_connection(
        opened: rusqlite::Result<Connection>,
        disk: Option<Arc<Disk>>,
    ) -> Result<Self, StoreError> {
        let inner = opened.map_err(|error| StoreError::Open(error.to_string()))?;
        inner.busy_timeout(BUSY_WAIT).map_err(defect)?;
        inner.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
        // Plans must not depend on the values bound: else each new value prepares the statement again.
        inner.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(defect)?;
        Ok(Self { inner, rewritten: FxHashMap::default(), _disk: disk })
    }

    fn pragma(&self, pragma: &str) -> Result<(), StoreError> {
        self.inner.query_row(pragma, [], |_| Ok(())).or_else(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Ok(()),
            other => Err(StoreError::Open(other.to_string())),
        })
    }

    /// The plain connection, for what has no statement: scripts, hooks.
    pub fn raw(&mut self) -> &mut Connection {
        &mut self.inner
    }

    /// A registered statement, prepared once.
    pub fn prepare(&mut self, statement: &'static Statement) -> Result<CachedStatement<'_>, StoreError> {
        prepare(&self.inner, &mut self.rewritten, statement)
    }

    /// Begins work that runs the same statements many times.
    pub fn session(&mut self) -> Session<'_> {
        Session { inner: &self.inner, rewritten: &mut self.rewritten, prepared: FxHashMap::default() }
    }

    /// Runs a registered statement that answers no rows; the number of rows it changed.
    pub fn execute<const N: usize>(
        &mut self,
        statement: &'static Statement,
        params: [&dyn rusqlite::ToSql; N],
    ) -> Result<usize, StoreError> {
        self.session().execute(statement, params)
    }

    /// Runs a registered statement with values.
    pub fn write(&mut self, statement: &'static Statement, params: &[Value]) -> Result<usize, StoreError> {
        self.session().write(statement, params)
    }

    /// Runs SQL that is not registered (a rebuild's renamed statements).
    pub fn write_text(&mut self, sql: &str, params: &[Value]) -> Result<usize, StoreError> {
        let rewritten = sql_text::sqlite_parameters(sql);
        let mut prepared = self.inner.prepare_cached(&rewritten).map_err(defect)?;
        bind(&mut prepared, params).map_err(defect)?;
        prepared.raw_execute().map_err(defect)
    }

    /// The rows of a registered statement.
    pub fn query(&mut self, statement: &'static Statement, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut prepared = self.prepare(statement)?;
        rows(&mut prepared, params).map_err(|error| named(statement.name, &error))
    }

    /// The rows of SQL that is not registered.
    pub fn query_text(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let mut prepared = self.inner.prepare_cached(&sql_text::sqlite_parameters(sql)).map_err(defect)?;
        rows(&mut prepared, params).map_err(defect)
    }

    /// Runs a script.
    pub fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        self.inner.execute_batch(sql).map_err(defect)
    }
}

/// Statements at hand: looking one up in the connection's memory, which goes by its text, costs as much as running it.
pub struct Session<'c> {
    inner: &'c Connection,
    rewritten: &'c mut FxHashMap<usize, Box<str>>,
    /// By the address of their `static` statement.
    prepared: FxHashMap<usize, CachedStatement<'c>>,
}

impl<'c> Session<'c> {
    fn prepare(&mut self, statement: &'static Statement) -> Result<&mut CachedStatement<'c>, StoreError> {
        match self.prepared.entry(std::ptr::from_ref(statement).addr()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => Ok(unknown.insert(prepare(self.inner, self.rewritten, statement)?)),
        }
    }

    /// Runs a registered statement that answers no rows; the number of rows it changed.
    pub fn execute<const N: usize>(
        &mut self,
        statement: &'static Statement,
        params: [&dyn rusqlite::ToSql; N],
    ) -> Result<usize, StoreError> {
        let prepared = self.prepare(statement)?;
        let done = bind_each(prepared, params).and_then(|()| prepared.raw_execute());
        done.map_err(|error| named(statement.name, &error))
    }

    /// Runs a registered statement with values.
    pub fn write(&mut self, statement: &'static Statement, params: &[Value]) -> Result<usize, StoreError> {
        let prepared = self.prepare(statement)?;
        let done = bind(prepared, params).and_then(|()| prepared.raw_execute());
        done.map_err(|error| named(statement.name, &error))
    }

    /// The first row of a point query, without a detour over [`Value`].
    pub fn first<T, const N: usize>(
        &mut self,
        statement: &'static Statement,
        params: [&dyn rusqlite::ToSql; N],
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let prepared = self.prepare(statement)?;
        let found =
            bind_each(prepared, params).and_then(|()| prepared.raw_query().next()?.map(read).transpose());
        found.map_err(|error| named(statement.name, &error))
    }
}

fn prepare<'c>(
    inner: &'c Connection,
    rewritten: &mut FxHashMap<usize, Box<str>>,
    statement: &'static Statement,
) -> Result<CachedStatement<'c>, StoreError> {
    let sql = rewritten
        .entry(std::ptr::from_ref(statement).addr())
        .or_insert_with(|| sql_text::sqlite_parameters(statement.sql).into_boxed_str());
    inner.prepare_cached(sql).map_err(|error| named(statement.name, &error))
}

fn bind_each<const N: usize>(
    prepared: &mut CachedStatement<'_>,
    params: [&dyn rusqlite::ToSql; N],
) -> rusqlite::Result<()> {
    for (index, param) in params.iter().enumerate() {
        prepared.raw_bind_parameter(index + 1, param)?;
    }
    Ok(())
}

fn bind(prepared: &mut CachedStatement<'_>, params: &[Value]) -> rusqlite::Result<()> {
    for (index, value) in params.iter().enumerate() {
        let index = index + 1;
        match value {
            Value::Null => prepared.raw_bind_parameter(index, rusqlite::types::Null)?,
            Value::Text(text) => prepared.raw_bind_parameter(index, text.as_str())?,
            Value::Int(int) => prepared.raw_bind_parameter(index, int)?,
            Value::Real(real) => prepared.raw_bind_parameter(index, real)?,
            Value::Bytes(bytes) => prepared.raw_bind_parameter(index, bytes.as_slice())?,
        }
    }
    Ok(())
}

fn rows(prepared: &mut CachedStatement<'_>, params: &[Value]) -> rusqlite::Result<Vec<Row>> {
    bind(prepared, params)?;
    let columns = prepared.column_count();
    let mut answer = prepared.raw_query();
    let mut all = Vec::new();
    while let Some(row) = answer.next()? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            values.push(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(int) => Value::Int(int),
                ValueRef::Real(real) => Value::Real(real),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
            });
        }
        all.push(Row(values));
    }
    Ok(all)
}

/// Tells apart a disk that will not take it (design, section 4: read-only) and a defect of ours.
pub fn defect(error: rusqlite::Error) -> StoreError {
    classify("", &error)
}

/// The same, naming the statement.
pub fn named(statement: &str, error: &rusqlite::Error) -> StoreError {
    classify(statement, error)
}

fn classify(statement: &str, error: &rusqlite::Error) -> StoreError {
    let text = if statement.is_empty() { error.to_string() } else { format!("{statement}: {error}") };
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::ReadOnly | ErrorCode::CannotOpen,
        ) => StoreError::ReadOnly(text),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Unavailable(text),
        _ => StoreError::Defect(text),
    }
}
