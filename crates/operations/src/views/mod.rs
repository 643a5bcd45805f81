//! What operations ask: issues and links of their own; and reports over the tables of the contexts below.

pub mod issues;
pub mod lanes;
pub mod log;
pub mod reports;
pub mod shares;

use std::str::FromStr;
use store::{Row, StoreError};

/// Reads a column that holds an id.
fn id<I: FromStr>(row: &Row, column: usize) -> Result<I, StoreError> {
    row.text(column)?.parse().map_err(|_| StoreError::Defect(format!("column {column} is no id")))
}

/// Reads a column that may hold a text.
fn optional_text(row: &Row, column: usize) -> Result<Option<String>, StoreError> {
    if row.is_null(column) { Ok(None) } else { row.text(column).map(|text| Some(text.to_owned())) }
}

/// Reads a column that may hold a time.
fn optional_time(row: &Row, column: usize) -> Result<Option<kernel::Timestamp>, StoreError> {
    if row.is_null(column) { Ok(None) } else { row.int(column).map(kernel::Timestamp::from_micros).map(Some) }
}
