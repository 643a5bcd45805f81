//! No file or folder with a name that could hold anything.

use super::{Finding, Source};

const GENERIC: [&str; 9] =
    ["utils", "util", "common", "helpers", "helper", "misc", "manager", "managers", "stuff"];

/// Reads the paths of code.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    const CODE: [&str; 4] = [".rs", ".ts", ".tsx", ".sol"];
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| CODE.iter().any(|ending| source.path.ends_with(ending))) {
        for part in source.path.split('/') {
            let stem = part.split('.').next().unwrap_or_default().to_lowercase();
            let last_word = stem.rsplit(['_', '-']).next().unwrap_or_default();
            if GENERIC.contains(&last_word) {
                findings.push(Finding::new(source, 1, format!("`{part}` says nothing about what is inside")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str) -> usize {
        check(&[Source::new(path, "")]).len()
    }

    #[test]
    fn generic_names_are_found() {
        for path in [
            "crates/a/src/utils.rs",
            "crates/a/src/common/mod.rs",
            "web/src/date-helpers.ts",
            "crates/a/src/bid_manager.rs",
        ] {
            assert_eq!(count(path), 1, "{path}");
        }
    }

    #[test]
    fn telling_names_pass() {
        for path in ["crates/a/src/ranking.rs", "crates/a/src/commonality.rs"] {
            assert_eq!(count(path), 0, "{path}");
        }
    }
}
