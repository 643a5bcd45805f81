//! No file of code longer than 700 lines.

use super::{Finding, Source};

const LINES_MAX: usize = 700;
/// Written by a program and compared with what it writes; nobody reads it in one sitting.
const GENERATED: [&str; 1] = ["web/src/api/schema.ts"];

/// Counts the lines of Rust and TypeScript.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    const CODE: [&str; 3] = [".rs", ".ts", ".tsx"];
    let is_ours = |path: &str| !GENERATED.contains(&path) && CODE.iter().any(|ending| path.ends_with(ending));
    let code = sources.iter().filter(|source| is_ours(&source.path));
    let too_long =
        code.map(|source| (source, source.text.lines().count())).filter(|(_, lines)| *lines > LINES_MAX);
    too_long
        .map(|(source, lines)| Finding::new(source, lines, format!("{lines} lines; at most {LINES_MAX}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_too_many_is_found() {
        let at_limit = Source::new("crates/a/src/a.rs", &"\n".repeat(LINES_MAX));
        let over = Source::new("web/src/a.tsx", &"\n".repeat(LINES_MAX + 1));
        let prose = Source::new("docs/a.md", &"\n".repeat(LINES_MAX + 1));
        let generated = Source::new(GENERATED[0], &"\n".repeat(LINES_MAX + 1));
        let found = check(&[at_limit, over, prose, generated]);
        assert_eq!(found.iter().map(|finding| finding.path.as_str()).collect::<Vec<_>>(), ["web/src/a.tsx"]);
    }
}
