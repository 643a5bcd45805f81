//! Collects what is wrong with the fields of one request, so that a form sees all of it at once.

use kernel::{FieldError, Refusal};
use std::fmt::Display;

/// The bad fields so far.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps an error of a field and gives nothing, or gives the value.
    pub fn take<T, E: Display>(
        &mut self,
        field: impl Into<String>,
        code: &'static str,
        result: Result<T, E>,
    ) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(field, code, error.to_string());
                None
            }
        }
    }

    /// Notes that a field cannot be accepted.
    pub fn refuse(&mut self, field: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        self.0.push(FieldError {
            field: field.into().into(),
            code: code.into(),
            detail: detail.into().into(),
        });
    }

    /// Notes it unless `holds`.
    pub fn require(
        &mut self,
        holds: bool,
        field: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) {
        if !holds {
            self.refuse(field, code, detail);
        }
    }

    /// Ends the check.
    ///
    /// # Errors
    /// A refusal with every bad field.
    pub fn finish(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::fields(self.0)) }
    }
}
