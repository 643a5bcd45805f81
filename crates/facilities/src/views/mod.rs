//! What is asked about facilities.

pub mod appointments;
pub mod facilities;
pub mod issues;

use kernel::Timestamp;
use std::str::FromStr;
use store::{Row, StoreError};

/// Reads a column that holds an id.
fn id<I: FromStr>(row: &Row, column: usize) -> Result<I, StoreError> {
    row.text(column)?.parse().map_err(|_| StoreError::Defect(format!("column {column} is no id")))
}

/// Reads a column that may hold an id.
fn optional_id<I: FromStr>(row: &Row, column: usize) -> Result<Option<I>, StoreError> {
    if row.is_null(column) { Ok(None) } else { id(row, column).map(Some) }
}

/// Reads a column that may hold a time.
fn optional_time(row: &Row, column: usize) -> Result<Option<Timestamp>, StoreError> {
    if row.is_null(column) { Ok(None) } else { row.int(column).map(|at| Some(Timestamp::from_micros(at))) }
}

/// Reads a column that may hold a text.
fn optional_text(row: &Row, column: usize) -> Result<Option<String>, StoreError> {
    if row.is_null(column) { Ok(None) } else { row.text(column).map(|text| Some(text.to_owned())) }
}

/// Reads a column that may hold a whole number.
fn optional_int(row: &Row, column: usize) -> Result<Option<i64>, StoreError> {
    if row.is_null(column) { Ok(None) } else { row.int(column).map(Some) }
}
