//! Reads serde's errors: which field, which kind of error, and a sentence without its position.

use super::shape::NAME_CHARS_MAX;
use crate::{Problem, problem::cut};

/// Makes a 422 of a deserialisation error.
///
/// `path` is where it happened (`.` or empty for the whole), `message` the deserialiser's own sentence.
pub(super) fn problem_of(path: &str, message: &str) -> Problem {
    let message = message.split(" at line ").next().unwrap_or(message);
    let path = if path == "." { String::new() } else { shortened(path) };
    if let Some(name) = quoted(message, "missing field `") {
        let field = if path.is_empty() { name } else { format!("{path}.{name}") };
        return Problem::field(field, "missing", "this field is required");
    }
    if let Some(name) = quoted(message, "unknown field `") {
        let field = if path.is_empty() { name } else { path };
        return Problem::field(field, "unknown_field", message.to_owned());
    }
    if let Some(name) = quoted(message, "duplicate field `") {
        let field = if path.is_empty() { name } else { path };
        return Problem::field(field, "duplicate_field", "this field is given twice");
    }
    let code = if message.starts_with("invalid type") {
        "wrong_type"
    } else if message.starts_with("invalid value: integer") {
        "out_of_range"
    } else {
        "invalid_value"
    };
    let field = if path.is_empty() { "body".to_owned() } else { path };
    Problem::field(field, code, message.to_owned())
}

fn quoted(message: &str, start: &str) -> Option<String> {
    message.strip_prefix(start)?.split('`').next().map(shortened)
}

/// A path whose names are no longer than is sent back.
fn shortened(path: &str) -> String {
    path.split('.').map(|name| cut(name, NAME_CHARS_MAX)).collect::<Vec<_>>().join(".")
}

/// The path before a message: `pickup.window: missing field ...` and `missing field ...` give `pickup.window`.
pub(super) fn path_before<'a>(whole: &'a str, message: &str) -> &'a str {
    whole.strip_suffix(message).and_then(|path| path.strip_suffix(": ")).unwrap_or("")
}
