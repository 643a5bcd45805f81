//! How lists are read: a page with the number of all rows, and those of all tenants from an id on.

use std::fmt::Display;
use store::{Reach, Row, Statement, Store, StoreError, Value};

/// How a row becomes what it stands for.
type Read<T> = fn(&Row) -> Result<T, StoreError>;

/// A part of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// At most so many rows.
    pub(super) limit: i64,
    /// After so many.
    pub(super) offset: i64,
}

/// A page of a list, and how many rows it has in all. Both statements take the filter; the list's last two parameters are
/// limit and offset.
pub(super) async fn page<T>(
    store: &Store,
    (list, count): (&'static Statement, &'static Statement),
    filter: Vec<Value>,
    part: Part,
    read: Read<T>,
) -> Result<(Vec<T>, u64), StoreError> {
    let total = counted(store, count, filter.clone()).await?;
    let params = filter.into_iter().chain([part.limit.into(), part.offset.into()]).collect();
    let rows = store.query(list, params, Reach::Long).await?;
    Ok((rows.iter().map(read).collect::<Result<_, _>>()?, total))
}

/// The number that a statement answers.
pub(super) async fn counted(
    store: &Store,
    count: &'static Statement,
    filter: Vec<Value>,
) -> Result<u64, StoreError> {
    let counted = store.query(count, filter, Reach::Long).await?;
    let total = counted.first().map_or(Ok(0), |row| row.int(0))?;
    Ok(u64::try_from(total).unwrap_or(0))
}

/// The rows of all tenants after an id, at most so many.
pub(super) async fn following<T>(
    store: &Store,
    statement: &'static Statement,
    after: Option<impl Display>,
    limit: i64,
    read: Read<T>,
) -> Result<Vec<T>, StoreError> {
    let after = after.map_or_else(String::new, |id| id.to_string());
    let rows = store.query(statement, vec![after.into(), limit.into()], Reach::Long).await?;
    rows.iter().map(read).collect()
}
