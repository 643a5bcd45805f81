//! Which migrations are missing; shared by both databases.

use crate::{Row, StoreError};
use migrations::Migration;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Where the applied ones are recorded.
pub const CREATE_TABLE: &str =
    "CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT NOT NULL PRIMARY KEY, digest TEXT NOT NULL)";

/// The applied ones.
pub const APPLIED: &str = "SELECT name, digest FROM schema_migrations";

/// Records one.
pub const RECORD: &str = "INSERT INTO schema_migrations (name, digest) VALUES ($1, $2)";

/// A migration to be applied.
pub struct Plan {
    pub migration: Migration,
    /// SHA-256 of its text, in hexadecimal.
    pub digest: String,
}

/// The missing ones, in order.
///
/// # Errors
/// [`StoreError::Open`] when an applied migration had another text or is not known: the tables are then not what this
/// version expects.
pub fn plan(applied: &[Row], wanted: &[Migration]) -> Result<Vec<Plan>, StoreError> {
    let mut known = HashMap::new();
    for row in applied {
        known.insert(row.text(0)?, row.text(1)?);
    }
    let ours = wanted.first().map_or("", |migration| family(migration.name));
    let unknown =
        |name: &&str| family(name) == ours && wanted.iter().all(|migration| migration.name != *name);
    if let Some(name) = known.keys().copied().filter(unknown).min() {
        return Err(StoreError::Open(format!(
            "a newer version has written here: migration {name} is not known"
        )));
    }
    let mut missing = Vec::new();
    for migration in wanted {
        let digest: String =
            Sha256::digest(migration.sql.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        match known.get(migration.name) {
            None => missing.push(Plan { migration: *migration, digest }),
            Some(recorded) if *recorded == digest => {}
            Some(_) => {
                let name = migration.name;
                return Err(StoreError::Open(format!("migration {name} was applied with another text")));
            }
        }
    }
    Ok(missing)
}

/// The folder of a migration: the log and the telemetry may share a database.
fn family(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    const FIRST: Migration = Migration { name: "0001_a", sql: "A" };
    const SECOND: Migration = Migration { name: "0002_b", sql: "B" };

    #[test]
    fn missing_ones_are_planned_and_edited_ones_refused() {
        let all = plan(&[], &[FIRST, SECOND]).unwrap();
        assert_eq!(all.len(), 2);
        let applied = Row(vec![Value::from("0001_a"), Value::from(all[0].digest.clone())]);
        let rest = plan(std::slice::from_ref(&applied), &[FIRST, SECOND]).unwrap();
        assert_eq!(rest.iter().map(|plan| plan.migration.name).collect::<Vec<_>>(), ["0002_b"]);
        let edited = Migration { sql: "A2", ..FIRST };
        assert!(matches!(plan(&[applied], &[edited]), Err(StoreError::Open(_))));
    }

    #[test]
    fn what_a_newer_version_has_written_is_refused() {
        let row = |plan: &Plan| Row(vec![Value::from(plan.migration.name), Value::from(plan.digest.clone())]);
        let other = Migration { name: "telemetry/0001_a", sql: "T" };
        let all = plan(&[], &[FIRST, SECOND, other]).unwrap();
        let applied: Vec<Row> = all.iter().map(row).collect();
        assert!(plan(&applied, &[FIRST, SECOND]).unwrap().is_empty(), "the telemetry's are its own business");
        assert!(plan(&applied, &[other]).unwrap().is_empty());
        match plan(&applied, &[FIRST]) {
            Err(StoreError::Open(text)) => assert!(text.contains("0002_b"), "{text}"),
            other => panic!("{:?}", other.map(|plans| plans.len())),
        }
    }
}
