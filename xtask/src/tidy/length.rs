//! No file of code longer than 700 lines.

use super::{Finding, Source};

const LINES_MAX: usize = 700;

/// Counts the lines of Rust and TypeScript.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    const CODE: [&str; 3] = [".rs", ".ts", ".tsx"];
    let code = sources.iter().filter(|source| CODE.iter().any(|ending| source.path.ends_with(ending)));
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
        let found = check(&[at_limit, over, prose]);
        assert_eq!(found.iter().map(|finding| finding.path.as_str()).collect::<Vec<_>>(), ["web/src/a.tsx"]);
    }
}
