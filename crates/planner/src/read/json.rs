//! The product's own format (`docs/guides/plan-format.md`).

use crate::{
    problem::{Fault, Problem},
    wire::ProblemDocument,
};

/// Reads a problem.
///
/// # Errors
/// What is wrong, by field; syntax errors by line and column.
pub fn json(text: &str) -> Result<Problem, Vec<Fault>> {
    let document: ProblemDocument = serde_json::from_str(text)
        .map_err(|error| vec![Fault::new(format!("line {}", error.line()), error.to_string())])?;
    document.resolve()
}
