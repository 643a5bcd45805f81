//! Values and rows: the small interface between SQL and Rust.

use crate::StoreError;

/// One value of the four column types (TEXT, BIGINT, DOUBLE PRECISION, BYTEA) or NULL.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// TEXT.
    Text(String),
    /// BIGINT.
    Int(i64),
    /// DOUBLE PRECISION.
    Real(f64),
    /// BYTEA.
    Bytes(Vec<u8>),
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}
impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Int(i64::from(flag))
    }
}
impl From<f64> for Value {
    fn from(real: f64) -> Self {
        Self::Real(real)
    }
}
impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}
impl From<kernel::Timestamp> for Value {
    fn from(time: kernel::Timestamp) -> Self {
        Self::Int(time.micros())
    }
}
impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(option: Option<T>) -> Self {
        option.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer; columns count from 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub Vec<Value>);

impl Row {
    fn defect(column: usize, expected: &str) -> StoreError {
        StoreError::Defect(format!("column {column} is not {expected}"))
    }

    /// A TEXT column.
    ///
    /// # Errors
    /// [`StoreError::Defect`] when it is something else.
    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(Self::defect(column, "text")),
        }
    }

    /// A BIGINT column.
    ///
    /// # Errors
    /// [`StoreError::Defect`] when it is something else.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        match self.0.get(column) {
            Some(Value::Int(int)) => Ok(*int),
            _ => Err(Self::defect(column, "an integer")),
        }
    }

    /// A DOUBLE PRECISION column.
    ///
    /// # Errors
    /// [`StoreError::Defect`] when it is something else.
    pub fn real(&self, column: usize) -> Result<f64, StoreError> {
        match self.0.get(column) {
            Some(Value::Real(real)) => Ok(*real),
            _ => Err(Self::defect(column, "a real")),
        }
    }

    /// A BYTEA column.
    ///
    /// # Errors
    /// [`StoreError::Defect`] when it is something else.
    pub fn bytes(&self, column: usize) -> Result<&[u8], StoreError> {
        match self.0.get(column) {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            _ => Err(Self::defect(column, "bytes")),
        }
    }

    /// Whether a column is NULL (or absent).
    #[must_use]
    pub fn is_null(&self, column: usize) -> bool {
        matches!(self.0.get(column), None | Some(Value::Null))
    }
}
