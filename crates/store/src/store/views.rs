//! The tables of views: made, rebuilt beside the old ones, compared with a rebuild (design, section 4).

use super::{Store, exclusive::Exclusive, records::ViewSchema};
use crate::{Row, Statement, StoreError, StoredEvent, Value, Write, decode, sql_text, tables};
use std::collections::HashMap;

/// Maps an event to the writes of one view.
pub type Project<'a> = dyn Fn(&StoredEvent) -> Result<Vec<Write>, StoreError> + Sync + 'a;

/// Events projected in one transaction of a rebuild.
const CHUNK: i64 = 1000;

/// The tables that are being built, beside those in use.
const NEXT: &str = "__next";

/// The tables that are built only to be compared.
const CHECK: &str = "__check";

impl Store {
    /// Creates the views that are missing and says which ones must be rebuilt: because their version changed, or
    /// because they are new and the log already has events.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn prepare_views(&self, views: &[ViewSchema]) -> Result<Vec<&'static str>, StoreError> {
        views.iter().try_for_each(check)?;
        let mut transaction = self.exclusive().await?;
        let mut known = HashMap::new();
        for row in transaction.query(tables::VIEWS.sql, &[]).await? {
            known.insert(row.text(0)?.to_owned(), row.int(1)?);
        }
        let empty = head_position(&mut transaction).await? == 0;
        let mut outdated = Vec::new();
        for view in views {
            match known.get(view.name) {
                Some(version) if *version == i64::from(view.version) => {}
                Some(_) => outdated.push(view.name),
                None => {
                    create(&mut transaction, view, "").await?;
                    let version = if empty { view.version } else { 0 };
                    set_version(&mut transaction, view.name, version).await?;
                    if !empty {
                        outdated.push(view.name);
                    }
                }
            }
        }
        transaction.commit().await?;
        Ok(outdated)
    }

    /// Builds a view from the log beside the one in use, catches up while no one writes, and takes its place.
    ///
    /// # Errors
    /// [`StoreError`]; the view in use stays as it was.
    pub async fn rebuild_view(&self, view: &ViewSchema, project: &Project<'_>) -> Result<(), StoreError> {
        let build = self.replay(view, NEXT, project).await?;
        let mut transaction = self.exclusive().await?;
        build.catch_up(&mut transaction, project).await?;
        swap(&mut transaction, view).await?;
        set_version(&mut transaction, view.name, view.version).await?;
        transaction.commit().await
    }

    /// Builds a view from the log once more and compares it with the one in use, row by row, while no one writes. The
    /// first difference in words; `None` when they are equal.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn compare_view(
        &self,
        view: &ViewSchema,
        project: &Project<'_>,
    ) -> Result<Option<String>, StoreError> {
        let build = self.replay(view, CHECK, project).await?;
        let mut transaction = self.exclusive().await?;
        build.catch_up(&mut transaction, project).await?;
        let mut difference = None;
        for table in view.tables {
            difference = first_difference(&mut transaction, table).await?;
            if difference.is_some() {
                break;
            }
        }
        drop_tables(&mut transaction, view, CHECK).await?;
        transaction.commit().await?;
        Ok(difference)
    }

    /// Builds a view's tables under a suffix up to where the log stood a moment ago, one chunk a transaction, so that
    /// writers get their turn in between.
    async fn replay<'v>(
        &self,
        view: &'v ViewSchema,
        suffix: &'static str,
        project: &Project<'_>,
    ) -> Result<Build<'v>, StoreError> {
        let mut transaction = self.exclusive().await?;
        drop_tables(&mut transaction, view, suffix).await?;
        create(&mut transaction, view, suffix).await?;
        transaction.commit().await?;
        let mut build = Build { view, suffix, position: 0, renamed: HashMap::new() };
        loop {
            let mut transaction = self.exclusive().await?;
            let events = build.chunk(&mut transaction, project).await?;
            transaction.commit().await?;
            if events < CHUNK {
                return Ok(build);
            }
        }
    }
}

/// A view that is being built.
struct Build<'v> {
    view: &'v ViewSchema,
    suffix: &'static str,
    position: i64,
    renamed: HashMap<&'static str, String>,
}

impl Build<'_> {
    async fn catch_up(
        mut self,
        transaction: &mut Exclusive<'_>,
        project: &Project<'_>,
    ) -> Result<(), StoreError> {
        while self.chunk(transaction, project).await? == CHUNK {}
        Ok(())
    }

    /// Projects the next events of the log; how many.
    async fn chunk(
        &mut self,
        transaction: &mut Exclusive<'_>,
        project: &Project<'_>,
    ) -> Result<i64, StoreError> {
        let params = [Value::Int(self.position), Value::Int(CHUNK)];
        let rows = transaction.query(tables::READ_LOG.sql, &params).await?;
        let mut writes = Vec::new();
        for row in &rows {
            let event = decode::stored_event(row)?;
            for Write { statement, params } in project(&event)? {
                writes.push((self.renamed(statement).to_owned(), params));
            }
            self.position = event.position;
        }
        transaction.write_all(&writes).await?;
        Ok(rows.len() as i64)
    }

    fn renamed(&mut self, statement: &'static Statement) -> &str {
        let rename = || sql_text::with_suffix(statement.sql, self.view.tables, self.suffix);
        self.renamed.entry(statement.name).or_insert_with(rename)
    }
}

/// A view's tables have no constraint but their key, since nothing of a unit may fail once it is accepted; and tables
/// and indexes must bear names that a rebuild can tell apart.
fn check(view: &ViewSchema) -> Result<(), StoreError> {
    let refused = |what: &str| Err(StoreError::Defect(format!("view {}: {what}", view.name)));
    let mut tables = 0;
    for statement in sql_text::statements(view.ddl) {
        let words: Vec<&str> = statement
            .split(|c: char| c.is_whitespace() || c == '(')
            .filter(|word| !word.is_empty())
            .collect();
        match words.as_slice() {
            ["CREATE", "TABLE", table, ..] if view.tables.contains(table) => tables += 1,
            ["CREATE", "INDEX", index, ..] if sql_text::is_index_of(index, view.tables) => {}
            _ => {
                return refused(
                    "its DDL may only CREATE TABLE its tables and CREATE INDEX idx_{table}_{columns}",
                );
            }
        }
    }
    if tables == view.tables.len() { Ok(()) } else { refused("its DDL does not make all of its tables") }
}

async fn head_position(transaction: &mut Exclusive<'_>) -> Result<i64, StoreError> {
    let rows = transaction.query(tables::HEAD.sql, &[]).await?;
    decode::log_head(rows.first()).map(|head| head.position)
}

async fn set_version(transaction: &mut Exclusive<'_>, view: &str, version: u32) -> Result<(), StoreError> {
    let params = vec![Value::from(view), Value::Int(i64::from(version))];
    transaction.write_all(&[(tables::SET_VIEW.sql.to_owned(), params)]).await
}

async fn create(transaction: &mut Exclusive<'_>, view: &ViewSchema, suffix: &str) -> Result<(), StoreError> {
    let ddl = sql_text::with_suffix(view.ddl, view.tables, suffix);
    let ddl = if transaction.is_postgres() { sql_text::postgres_ddl(&ddl) } else { ddl };
    transaction.script(&ddl).await
}

async fn drop_tables(
    transaction: &mut Exclusive<'_>,
    view: &ViewSchema,
    suffix: &str,
) -> Result<(), StoreError> {
    for table in view.tables {
        transaction.script(&format!("DROP TABLE IF EXISTS {table}{suffix}")).await?;
    }
    Ok(())
}

/// Puts the built tables in the place of the old ones. Tables that the new version no longer has stay; they are in
/// nobody's way.
async fn swap(transaction: &mut Exclusive<'_>, view: &ViewSchema) -> Result<(), StoreError> {
    drop_tables(transaction, view, "").await?;
    for table in view.tables {
        transaction.script(&format!("ALTER TABLE {table}{NEXT} RENAME TO {table}")).await?;
    }
    if transaction.is_postgres() {
        for index in sql_text::indexes_of(view.ddl, view.tables) {
            transaction.script(&format!("ALTER INDEX {index}{NEXT} RENAME TO {index}")).await?;
        }
        return Ok(());
    }
    // SQLite cannot rename an index: it is made anew under its own name.
    for index in sql_text::indexes_of(view.ddl, view.tables) {
        transaction.script(&format!("DROP INDEX IF EXISTS {index}{NEXT}")).await?;
    }
    for statement in sql_text::statements(view.ddl) {
        if !statement.to_ascii_uppercase().starts_with("CREATE TABLE") {
            transaction.script(&statement).await?;
        }
    }
    Ok(())
}

/// The first row that stands in one of a table and its rebuild only.
async fn first_difference(
    transaction: &mut Exclusive<'_>,
    table: &str,
) -> Result<Option<String>, StoreError> {
    let live_only = format!("SELECT * FROM {table} EXCEPT SELECT * FROM {table}{CHECK} LIMIT 1");
    if let Some(row) = transaction.query(&live_only, &[]).await?.first() {
        return Ok(Some(format!("{table}: the row {} does not follow from the log", in_words(row))));
    }
    let check_only = format!("SELECT * FROM {table}{CHECK} EXCEPT SELECT * FROM {table} LIMIT 1");
    if let Some(row) = transaction.query(&check_only, &[]).await?.first() {
        return Ok(Some(format!("{table}: the row {} of the rebuild is missing", in_words(row))));
    }
    Ok(None)
}

/// A row as text. Views hold no personal data (design, section 4), so it may be shown.
fn in_words(row: &Row) -> String {
    let values: Vec<String> = row
        .0
        .iter()
        .map(|value| match value {
            Value::Null => "NULL".to_owned(),
            Value::Text(text) => format!("'{text}'"),
            Value::Int(int) => int.to_string(),
            Value::Real(real) => real.to_string(),
            Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
        })
        .collect();
    format!("({})", values.join(", "))
}
