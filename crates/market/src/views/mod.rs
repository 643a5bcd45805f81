//! The market's views: tables that answer questions, written by projecting events (design, section 4). They hold ids,
//! never personal data.

pub mod bids;
pub mod documents;
pub mod drivers;
pub mod mentions;
pub mod profiles;
pub mod shipments;
pub mod volumes;

use kernel::TypedId;
use store::{Row, StoreError};

/// Reads a column that holds an id.
fn id<I: TypedId>(row: &Row, column: usize) -> Result<I, StoreError> {
    row.text(column)?.parse().map_err(|error| StoreError::Defect(format!("column {column}: {error}")))
}

/// Reads a column that may hold an id.
fn optional_id<I: TypedId>(row: &Row, column: usize) -> Result<Option<I>, StoreError> {
    if row.is_null(column) { Ok(None) } else { id(row, column).map(Some) }
}

/// Reads a column that holds a time.
fn time(row: &Row, column: usize) -> Result<kernel::Timestamp, StoreError> {
    row.int(column).map(kernel::Timestamp::from_micros)
}

/// Reads the count that a counting query answers.
fn count(rows: &[Row]) -> Result<u64, StoreError> {
    let row = rows.first().ok_or_else(|| StoreError::Defect("a count without a row".to_owned()))?;
    Ok(u64::try_from(row.int(0)?).unwrap_or(0))
}
