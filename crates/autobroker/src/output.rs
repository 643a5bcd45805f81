//! What a command answers, on the standard output. (Logs go to the standard error stream.)

use crate::failure::Failure;
use std::{
    fmt::Display,
    io::{Write as _, stdout},
};

/// Prints a line and flushes it, so that a reader at the other end of a pipe sees it at once.
///
/// # Errors
/// [`Failure::Refused`] when nobody reads any more.
pub fn say(line: impl Display) -> Result<(), Failure> {
    let mut out = stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| Failure::output(&error))
}
