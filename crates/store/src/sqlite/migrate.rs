//! Applies migrations to a SQLite file.

use super::connection::Conn;
use crate::{
    StoreError, Value,
    migration::{self, Plan},
};
use migrations::Migration;

/// Applies what is missing, each migration in a transaction of its own.
pub fn migrate(conn: &mut Conn, wanted: &[Migration]) -> Result<(), StoreError> {
    conn.script(migration::CREATE_TABLE)?;
    let applied = conn.query_text(migration::APPLIED, &[])?;
    for Plan { migration, digest } in migration::plan(&applied, wanted)? {
        conn.script("BEGIN IMMEDIATE")?;
        let done = conn.script(migration.sql).and_then(|()| {
            conn.write_text(migration::RECORD, &[Value::from(migration.name), Value::from(digest)])?;
            conn.script("COMMIT")
        });
        if let Err(error) = done {
            conn.script("ROLLBACK")?;
            return Err(StoreError::Open(format!("migration {}: {error}", migration.name)));
        }
    }
    Ok(())
}
