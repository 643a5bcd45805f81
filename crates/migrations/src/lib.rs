//! SQL only: the store's own tables, mirrored for SQLite and PostgreSQL. A new table rebuilds no context.
//!
//! A migration is never edited once it was released: the store keeps a digest of what it applied and refuses another
//! text under the same name. The tables of views are not here; each view brings its own (design, section 4).

/// One migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// Unique and ordered, such as `0001_log`.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

macro_rules! migrations {
    ($folder:literal: $($name:literal),+ $(,)?) => {
        &[$(Migration { name: $name, sql: include_str!(concat!("../", $folder, "/", $name, ".sql")) }),+]
    };
}

/// The log's tables on SQLite (`log.db`).
pub const SQLITE: &[Migration] =
    migrations!("sqlite": "0001_log", "0002_units", "0003_personal", "0004_rights");

/// The log's tables on PostgreSQL.
pub const POSTGRES: &[Migration] =
    migrations!("postgres": "0001_log", "0002_units", "0003_personal", "0004_writers", "0005_rights");

/// The telemetry's tables on SQLite (`telemetry.db`).
pub const SQLITE_TELEMETRY: &[Migration] =
    migrations!("sqlite": "telemetry/0001_positions", "telemetry/0002_chunks");

/// The telemetry's tables on PostgreSQL, in the same database as the log.
pub const POSTGRES_TELEMETRY: &[Migration] =
    migrations!("postgres": "telemetry/0001_positions", "telemetry/0002_chunks");

/// Tables that one of the two needs and the other does not, each with its reason in its migration.
pub const POSTGRES_ONLY: &[&str] = &["writers"];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Table names with their column names, read from the DDL: one column a line, as the files are written.
    fn tables(migrations: &[Migration]) -> BTreeMap<String, Vec<String>> {
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut open: Option<String> = None;
        for line in migrations.iter().flat_map(|migration| migration.sql.lines()) {
            let word = |n: usize| line.split_whitespace().nth(n).unwrap_or_default().to_owned();
            if line.starts_with("CREATE TABLE ") {
                open = Some(word(2));
            } else if line.starts_with("ALTER TABLE ") && line.contains(" ADD COLUMN ") {
                tables.entry(word(2)).or_default().push(word(5));
            } else if line.starts_with(')') {
                open = None;
            } else if let Some(table) = &open
                && !line.trim_start().starts_with("PRIMARY KEY")
            {
                tables.entry(table.clone()).or_default().push(word(0));
            }
        }
        tables
    }

    fn indexes(migrations: &[Migration]) -> Vec<String> {
        let lines = migrations.iter().flat_map(|migration| migration.sql.lines());
        lines.filter(|line| line.starts_with("CREATE") && line.contains("INDEX")).map(str::to_owned).collect()
    }

    #[test]
    fn both_databases_have_the_same_tables_columns_and_indexes() {
        let mut postgres = tables(POSTGRES);
        for table in POSTGRES_ONLY {
            assert!(postgres.remove(*table).is_some(), "{table} is excepted but does not exist");
        }
        assert_eq!(tables(SQLITE), postgres);
        assert!(postgres.len() > 10 && postgres["events"].len() == 14);
        assert_eq!(tables(SQLITE_TELEMETRY), tables(POSTGRES_TELEMETRY));
        assert_eq!(indexes(SQLITE), indexes(POSTGRES));
        assert_eq!(indexes(SQLITE_TELEMETRY), indexes(POSTGRES_TELEMETRY));
    }

    #[test]
    fn names_are_unique_and_in_order() {
        for set in [SQLITE, POSTGRES, SQLITE_TELEMETRY, POSTGRES_TELEMETRY] {
            assert!(set.windows(2).all(|pair| pair[0].name < pair[1].name));
        }
    }
}
