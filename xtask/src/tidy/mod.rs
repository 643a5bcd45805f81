//! The tidy rules: architecture as a failing test, not prose (design, section 3).
//!
//! Each rule is a function from all sources to its findings, with a sample that passes and one that fails in its
//! tests. `cargo xtask tidy` runs them all.

mod clock;
mod floors;
mod http_clients;
mod layout;
mod length;
mod names;
mod references;
mod source;
mod sql;
mod wire_types;
mod words;

use source::Source;
use std::{fs, io, path::Path};

/// A breach of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl Finding {
    fn new(source: &Source, line: usize, what: impl Into<String>) -> Self {
        Self { path: source.path.clone(), line, what: what.into() }
    }
}

/// A rule with the reason why it exists.
struct Rule {
    name: &'static str,
    why: &'static str,
    check: fn(&[Source]) -> Vec<Finding>,
}

const RULES: &[Rule] = &[
    Rule {
        name: "floors",
        why: "a crate stands only on lower floors, and contexts never know one another",
        check: floors::check,
    },
    Rule {
        name: "sql",
        why: "SQL lives where it is prepared on both databases: views, the store and the migrations",
        check: sql::check,
    },
    Rule {
        name: "http clients",
        why: "a call that leaves the process is an adapter's, so that the guard stands before it",
        check: http_clients::check,
    },
    Rule {
        name: "wire types",
        why: "what clients send and see may not change because the domain does, nor the reverse",
        check: wire_types::check,
    },
    Rule {
        name: "clock and randomness",
        why: "both are given, never taken, so that simulations repeat byte for byte",
        check: clock::check,
    },
    Rule { name: "names", why: "a file's name says what is inside", check: names::check },
    Rule { name: "length", why: "a file is read in one sitting", check: length::check },
    Rule { name: "words", why: "what is left for later is an issue, not a comment", check: words::check },
    Rule { name: "references", why: "a document that points at nothing misleads", check: references::check },
    Rule { name: "layout", why: "who has read one context can read the rest", check: layout::check },
];

/// Runs every rule over the workspace and prints what it finds. Returns the number of findings.
///
/// # Errors
/// A file cannot be read.
pub fn run(root: &Path) -> Result<usize, String> {
    let sources = read(root).map_err(|error| format!("the sources cannot be read: {error}"))?;
    let mut count = 0;
    for rule in RULES {
        let mut findings = (rule.check)(&sources);
        findings.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
        for finding in &findings {
            println!("{}:{}: {} [{}: {}]", finding.path, finding.line, finding.what, rule.name, rule.why);
        }
        count += findings.len();
    }
    println!("{} files, {} rules, {count} findings", sources.len(), RULES.len());
    Ok(count)
}

/// Everything of ours that a rule may want to see.
fn read(root: &Path) -> io::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for folder in ["crates", "xtask", "web", "chain", "deploy", "docs", ".ci"] {
        let path = root.join(folder);
        if path.is_dir() {
            walk(&path, folder, &mut sources)?;
        }
    }
    for name in ["Cargo.toml", "README.md", "ARCHITECTURE.md", "CHANGELOG.md"] {
        if let Ok(text) = fs::read_to_string(root.join(name)) {
            sources.push(Source::new(name, &text));
        }
    }
    mark_test_modules(&mut sources);
    Ok(sources)
}

fn walk(folder: &Path, prefix: &str, sources: &mut Vec<Source>) -> io::Result<()> {
    const ENDINGS: [&str; 11] =
        [".rs", ".toml", ".sql", ".md", ".ts", ".tsx", ".css", ".html", ".sol", ".sh", "/run"];
    const NOT_OURS: [&str; 4] = ["target", "node_modules", "dist", ".git"];
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}/{name}");
        if entry.file_type()?.is_dir() {
            if !NOT_OURS.contains(&name.as_str()) {
                walk(&entry.path(), &path, sources)?;
            }
        } else if ENDINGS.iter().any(|ending| path.ends_with(ending)) {
            sources.push(Source::new(&path, &fs::read_to_string(entry.path())?));
        }
    }
    Ok(())
}

/// Marks the files of modules that are declared under `#[cfg(test)]`.
fn mark_test_modules(sources: &mut [Source]) {
    let mut prefixes = Vec::new();
    for source in sources.iter().filter(|source| source.path.ends_with(".rs")) {
        let stem = source.path.trim_end_matches(".rs");
        let folder = match stem.rsplit_once('/') {
            Some((folder, "lib" | "main" | "mod")) => folder,
            _ => stem,
        };
        prefixes.extend(source.test_modules().into_iter().map(|module| format!("{folder}/{module}")));
    }
    for source in sources {
        let belongs = |prefix: &String| {
            source
                .path
                .strip_prefix(prefix.as_str())
                .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        if prefixes.iter().any(belongs) {
            source.mark_as_test();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_under_cfg_test_is_test_code_in_its_own_file() {
        let mut sources = vec![
            Source::new("crates/a/src/lib.rs", "#[cfg(test)]\nmod samples;\n"),
            Source::new("crates/a/src/samples.rs", "fn a() {}\n"),
            Source::new("crates/a/src/samples_of_life.rs", "fn a() {}\n"),
        ];
        mark_test_modules(&mut sources);
        assert_eq!(sources.iter().map(|source| source.is_test(1)).collect::<Vec<_>>(), [true, true, false]);
    }

    #[test]
    fn every_rule_has_a_name_and_a_reason_of_its_own() {
        for (index, rule) in RULES.iter().enumerate() {
            assert!(!rule.why.is_empty());
            assert!(RULES[..index].iter().all(|other| other.name != rule.name && other.why != rule.why));
        }
    }
}
