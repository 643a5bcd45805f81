//! The catalogue of events, read from the `events!` declarations and the structs they carry.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

/// One declaration of events.
#[derive(Debug, PartialEq, Eq)]
struct Kind {
    name: String,
    schema: String,
    doc: String,
    events: Vec<Event>,
}

#[derive(Debug, PartialEq, Eq)]
struct Event {
    type_name: String,
    doc: String,
    payload: String,
    fields: Vec<Field>,
}

#[derive(Debug, PartialEq, Eq)]
struct Field {
    name: String,
    kind: String,
    doc: String,
}

/// The whole page, from the sources under `crates/`.
///
/// # Errors
/// A source cannot be read, or an event carries a struct that is not declared in its crate.
pub fn page(root: &Path) -> Result<String, String> {
    let mut files = Vec::new();
    collect(&root.join("crates"), &mut files)
        .map_err(|error| format!("the sources cannot be read: {error}"))?;
    files.sort();
    let mut text = String::from(
        "# Events\n\nEverything that can stand in the log. Written by `cargo xtask codegen` from the declarations; do \
         not edit.\n\nMoney is integer minor units with a currency, times are microseconds since 1970 (UTC), \
         coordinates WGS 84 degrees. No event holds personal data: it names a subject of the vault instead.\n",
    );
    let mut sources = Vec::new();
    for path in files {
        let source = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        sources.push((path.strip_prefix(root).unwrap_or(&path).display().to_string(), source));
    }
    for (path, source) in &sources {
        let crate_folder: String = path.split_inclusive('/').take(2).collect();
        let beside = sources
            .iter()
            .filter(|(other, _)| other.starts_with(&crate_folder))
            .map(|(_, text)| text.as_str());
        let beside: Vec<&str> = std::iter::once(source.as_str()).chain(beside).collect();
        for kind in kinds(&beside).map_err(|error| format!("{path}: {error}"))? {
            show(&kind, path, &mut text);
        }
    }
    Ok(text)
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            // The binary's own events are those of its benchmark, in a log of their own.
            if entry.file_name() != "tests" && entry.file_name() != "autobroker" {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

fn show(kind: &Kind, path: &str, text: &mut String) {
    // Writing to a string cannot fail.
    let _ =
        write!(text, "\n## {}\n\n{} Schema {}; declared in `{path}`.\n", kind.name, kind.doc, kind.schema);
    for event in &kind.events {
        let _ = write!(text, "\n### `{}`\n\n{}\n", event.type_name, event.doc);
        if !event.fields.is_empty() {
            text.push_str("\n| field | type | meaning |\n|---|---|---|\n");
        }
        for field in &event.fields {
            let doc = field.doc.replace('|', "\\|");
            let _ = writeln!(text, "| `{}` | `{}` | {doc} |", field.name, field.kind);
        }
    }
}

/// The declarations of the first source, outside its tests. What they carry may be declared in any of the sources,
/// which are the crate's.
fn kinds(sources: &[&str]) -> Result<Vec<Kind>, String> {
    let sources: Vec<Vec<&str>> = sources.iter().map(|source| outside_tests(source)).collect();
    let lines = sources.first().map(Vec::as_slice).unwrap_or_default();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if *line == "events! {" || *line == "contracts::events! {" {
            found.push(kind(&lines[at + 1..], &sources)?);
        }
    }
    Ok(found)
}

fn outside_tests(source: &str) -> Vec<&str> {
    source.split("#[cfg(test)]\nmod ").next().unwrap_or_default().lines().map(str::trim).collect()
}

fn kind(lines: &[&str], sources: &[Vec<&str>]) -> Result<Kind, String> {
    let mut doc = Doc::default();
    let mut header = None;
    let mut events = Vec::new();
    for line in lines {
        if doc.take(line) || line.starts_with("#[") {
            continue;
        }
        if let Some(rest) = line.split_once("enum ").map(|(_, rest)| rest) {
            let (name, rest) = rest.split_once('(').ok_or("an enum of events without its schema")?;
            let schema = rest.trim_start_matches("schema").split(')').next().unwrap_or_default().trim();
            header = Some((name.trim().to_owned(), schema.to_owned(), doc.give()));
        } else if let Some((type_name, payload)) = event_line(line) {
            let declared = sources.iter().find_map(|lines| fields(lines, &payload));
            let fields =
                declared.ok_or_else(|| format!("no struct `{payload}` in the crate of its event"))?;
            events.push(Event { type_name, doc: doc.give(), payload, fields });
        } else if line.starts_with('}') {
            break;
        }
    }
    let (name, schema, doc) = header.ok_or("a declaration of events without an enum")?;
    Ok(Kind { name, schema, doc, events })
}

/// The type name and payload of `"shipment.requested" => Requested(Requested),`.
fn event_line(line: &str) -> Option<(String, String)> {
    let (type_name, rest) = line.strip_prefix('"')?.split_once("\" => ")?;
    let payload = rest.split_once('(')?.1.split(')').next()?;
    Some((type_name.to_owned(), payload.to_owned()))
}

/// The fields of a struct; `None` when it is not declared here.
fn fields(lines: &[&str], name: &str) -> Option<Vec<Field>> {
    let declares = |line: &&str| {
        let after = line.split_once("struct ").map(|(_, after)| after);
        after
            .and_then(|after| after.strip_prefix(name))
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    };
    let at = lines.iter().position(declares)?;
    let mut found = Vec::new();
    let mut doc = Doc::default();
    if lines[at].ends_with('{') {
        for line in lines[at + 1..].iter().take_while(|line| !line.starts_with('}')) {
            if doc.take(line) || line.starts_with("#[") {
                continue;
            }
            let declared =
                line.trim_start_matches("pub ").trim_start_matches("pub(crate) ").trim_end_matches(',');
            if let Some((name, kind)) = declared.split_once(": ") {
                found.push(Field { name: name.to_owned(), kind: kind.to_owned(), doc: doc.give() });
            }
        }
    }
    Some(found)
}

/// Documentation lines that wait for their item.
#[derive(Default)]
struct Doc(String);

impl Doc {
    fn take(&mut self, line: &str) -> bool {
        let Some(text) = line.strip_prefix("///") else { return false };
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(&plain(text.trim()));
        true
    }

    fn give(&mut self) -> String {
        std::mem::take(&mut self.0)
    }
}

/// Without the brackets that only rustdoc reads.
fn plain(text: &str) -> String {
    text.replace("[`", "`").replace("`]", "`")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
/// It was lit.
#[derive(Debug)]
pub struct Lit {
    /// How bright, in lumen; see [`Dimmed`].
    #[serde(default)]
    pub lumen: Option<u32>,
}
/// No.
pub struct Dimmed;
events! {
    /// What happens to a lamp,
    /// in order.
    pub enum LampEvent(schema 2) {
        /// It was lit.
        \"lamp.lit\" => Lit(Lit),
        /// It went dim.
        \"lamp.dimmed\" => Dimmed(Dimmed),
    }
}
";

    #[test]
    fn a_declaration_is_read_with_its_fields() {
        let found = kinds(&[SOURCE]).unwrap();
        assert_eq!((found[0].name.as_str(), found[0].schema.as_str()), ("LampEvent", "2"));
        assert_eq!(found[0].doc, "What happens to a lamp, in order.");
        let lit = &found[0].events[0];
        assert_eq!((lit.type_name.as_str(), lit.doc.as_str()), ("lamp.lit", "It was lit."));
        let field = &lit.fields[0];
        assert_eq!((field.name.as_str(), field.kind.as_str()), ("lumen", "Option<u32>"));
        assert_eq!(field.doc, "How bright, in lumen; see `Dimmed`.");
        assert!(found[0].events[1].fields.is_empty());
    }

    #[test]
    fn an_event_without_its_struct_is_refused() {
        assert!(kinds(&[&SOURCE.replace("struct Dimmed", "struct Other")]).is_err());
    }

    #[test]
    fn a_struct_may_stand_in_another_file_of_the_crate() {
        let without = SOURCE.replace("struct Dimmed", "struct Other");
        let found =
            kinds(&[&without, "pub struct Dimmed {\n    /// How far.\n    pub to: u8,\n}\n"]).unwrap();
        assert_eq!(found[0].events[1].fields[0].name, "to");
    }

    #[test]
    fn the_page_shows_every_event() {
        let mut text = String::new();
        show(&kinds(&[SOURCE]).unwrap()[0], "crates/lamp/src/lib.rs", &mut text);
        assert!(text.contains("### `lamp.lit`") && text.contains("| `lumen` | `Option<u32>` |"), "{text}");
    }
}
