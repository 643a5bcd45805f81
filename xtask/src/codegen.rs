//! Generated documents are committed; the tests write them again and compare.

use crate::cargo::{cargo, output};
use crate::{event_catalogue, web, workspace};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::{fs, io};

const EVENTS: &str = "docs/events.md";
const OPENAPI: &str = "docs/openapi.json";
const TYPES: &str = "web/src/api/schema.ts";

/// Writes the documents anew, and the web application's types of the API, for which it needs npm.
///
/// # Errors
/// The sources cannot be read, the binary cannot be built, or a document cannot be written.
pub fn run() -> Result<ExitCode, String> {
    write(EVENTS, &event_catalogue::page(&workspace::root())?)?;
    let openapi = output(&mut cargo(&["run", "--quiet", "--package", "autobroker", "--", "openapi"]))?;
    write(OPENAPI, &openapi)?;
    if web::is_there() {
        web::install()?;
        write(TYPES, &types()?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether the catalogue of events says what the sources say.
///
/// # Errors
/// It does not, or the sources cannot be read.
pub fn events_are_current() -> Result<(), String> {
    compare(EVENTS, &event_catalogue::page(&workspace::root())?)
}

/// Whether the API's document is what the binary prints.
///
/// # Errors
/// It is not, or the binary fails.
pub fn openapi_is_current(binary: &Path) -> Result<(), String> {
    compare(OPENAPI, &output(Command::new(binary).arg("openapi"))?)
}

/// Whether the web application's types are those of the API's document.
///
/// # Errors
/// They are not, or they cannot be made.
pub fn types_are_current() -> Result<(), String> {
    compare(TYPES, &types()?)
}

fn types() -> Result<String, String> {
    output(web::tool("openapi-typescript").arg("../docs/openapi.json"))
}

fn write(path: &str, text: &str) -> Result<(), String> {
    let file = workspace::root().join(path);
    let outcome = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, text));
    outcome.map_err(|error| format!("{path} cannot be written: {error}"))?;
    println!("{path} written");
    Ok(())
}

fn compare(path: &str, expected: &str) -> Result<(), String> {
    let committed = match fs::read_to_string(workspace::root().join(path)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("{path} cannot be read: {error}")),
    };
    match difference(&committed, expected) {
        None => Ok(()),
        Some(line) => Err(format!("{path} is not current from line {line} on: run `cargo xtask codegen`")),
    }
}

/// The first line (from 1) in which two texts differ.
fn difference(left: &str, right: &str) -> Option<usize> {
    if left == right {
        return None;
    }
    let same = left.lines().zip(right.lines()).take_while(|(left, right)| left == right).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(difference("", "a\n"), Some(1));
        assert_eq!(difference("a\n", "a\nb\n"), Some(2));
    }
}
