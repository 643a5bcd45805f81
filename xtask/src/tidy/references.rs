//! What the documents point at exists.

use super::{Finding, Source};

/// Folders whose files the documents point at.
const FOLDERS: [&str; 6] = ["crates/", "xtask/", "docs/", "deploy/", "chain/", ".ci/"];
/// Files that are looked at; others may be generated or binary.
const ENDINGS: [&str; 6] = [".rs", ".sql", ".md", ".toml", ".sol", "/run"];
/// Records of what once was.
const HISTORY: [&str; 2] = ["docs/decisions/", "CHANGELOG.md"];

/// Reads the Markdown: a path in backticks must be there, and so must the name after its `#`.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let documents = sources.iter().filter(|source| source.path.ends_with(".md"));
    for document in
        documents.filter(|document| !HISTORY.iter().any(|history| document.path.starts_with(history)))
    {
        for (index, line) in document.text.lines().enumerate() {
            for reference in line.split('`').skip(1).step_by(2) {
                if let Some(what) = objection(reference, sources) {
                    findings.push(Finding::new(document, index + 1, what));
                }
            }
        }
    }
    findings
}

fn objection(reference: &str, sources: &[Source]) -> Option<String> {
    let is_path = FOLDERS.iter().any(|folder| reference.starts_with(folder));
    if !is_path || reference.contains(['<', '*', '{', ' ']) {
        return None;
    }
    let (path, name) = match reference.split_once('#') {
        Some((path, name)) => (path, Some(name)),
        None => (reference, None),
    };
    if !ENDINGS.iter().any(|ending| path.ends_with(ending)) {
        let folder = format!("{}/", path.trim_end_matches('/'));
        let names_a_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
        let exists = names_a_file || sources.iter().any(|source| source.path.starts_with(&folder));
        return (!exists).then(|| format!("there is no folder `{path}`"));
    }
    let Some(source) = sources.iter().find(|source| source.path == path) else {
        return Some(format!("there is no file `{path}`"));
    };
    let name = name?;
    let letter = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = source.text.split(|c: char| !letter(c));
    (!words.any(|word| word == name)).then(|| format!("`{path}` does not mention `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<String> {
        let code = Source::new("crates/market/src/agents/shipment.rs", "fn decide() {}\n");
        let document = Source::new("ARCHITECTURE.md", text);
        check(&[code, document]).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn what_exists_may_be_named() {
        let text = "See `crates/market/src/agents/shipment.rs#decide`, `crates/market/src/` and `crates/<context>/src/x.rs`.\n";
        assert!(findings(text).is_empty(), "{:?}", findings(text));
    }

    #[test]
    fn what_is_gone_is_found() {
        assert!(findings("`crates/market/src/agents/bid.rs`\n")[0].contains("no file"));
        assert!(findings("`crates/market/src/agents/shipment.rs#evolve`\n")[0].contains("does not mention"));
        assert!(findings("`crates/papers/`\n")[0].contains("no folder"));
    }
}
