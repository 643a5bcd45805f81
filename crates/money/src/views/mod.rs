//! The tables that answer questions about money.

pub mod ledger;
pub mod payments;

use store::{Row, StoreError};

/// The `COUNT(*)` of a query.
fn count_of(rows: &[Row]) -> Result<u64, StoreError> {
    let row = rows.first().ok_or_else(|| StoreError::Defect("a count has no row".to_owned()))?;
    u64::try_from(row.int(0)?).map_err(|_| StoreError::Defect("a count is negative".to_owned()))
}

/// A column that holds what this version wrote, read back.
fn parsed<T: std::str::FromStr>(row: &Row, column: usize) -> Result<T, StoreError> {
    row.text(column)?.parse().map_err(|_| StoreError::Defect(format!("column {column} cannot be read")))
}

fn optional_text(row: &Row, column: usize) -> Result<Option<String>, StoreError> {
    if row.is_null(column) { Ok(None) } else { row.text(column).map(|text| Some(text.to_owned())) }
}
