//! SQL only in views, the store and the migrations (design, sections 3 and 4).

use super::{Finding, Source};

const VERBS: [&str; 9] =
    ["SELECT ", "INSERT ", "UPDATE ", "DELETE FROM ", "CREATE ", "ALTER ", "DROP ", "WITH ", "TRUNCATE "];

/// Reads the string literals of everything but tests.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in
        sources.iter().filter(|source| source.path.starts_with("crates/") && !may_hold_sql(&source.path))
    {
        for literal in &source.literals {
            let text = literal.text.trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
            if VERBS.iter().any(|verb| text.starts_with(verb)) && !source.is_test(literal.line) {
                let start: String = text.chars().take(30).collect();
                findings.push(Finding::new(source, literal.line, format!("SQL outside a view: `{start}`")));
            }
        }
    }
    findings
}

fn may_hold_sql(path: &str) -> bool {
    path.starts_with("crates/store/")
        || path.starts_with("crates/migrations/")
        || path.ends_with("/src/views.rs")
        || path.contains("/src/views/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&[Source::new(path, text)]).len()
    }

    #[test]
    fn a_query_in_a_route_is_found() {
        let text = "fn a() { run(\"SELECT id FROM bids\"); }\n";
        assert_eq!(count("crates/market/src/routes/list_bids.rs", text), 1);
        assert_eq!(
            count("crates/market/src/agents/bid.rs", "const A: &str = \"\\\n    UPDATE bids SET x = 1\";"),
            1
        );
    }

    #[test]
    fn views_the_store_and_tests_may_hold_sql() {
        let text = "const A: &str = \"SELECT 1\";\n";
        assert_eq!(count("crates/market/src/views.rs", text), 0);
        assert_eq!(count("crates/market/src/views/bids.rs", text), 0);
        assert_eq!(count("crates/store/src/sqlite.rs", text), 0);
        assert_eq!(count("crates/autobroker/tests/all.rs", text), 0);
        assert_eq!(
            count(
                "crates/market/src/a.rs",
                "#[cfg(test)]\nmod tests {\n    const A: &str = \"SELECT 1\";\n}\n"
            ),
            0
        );
    }

    #[test]
    fn ordinary_sentences_and_comments_are_not_sql() {
        let text = "/// SELECT is a word.\nfn a() { say(\"Select a bid\"); say(\"UPDATED\"); }\n";
        assert_eq!(count("crates/market/src/a.rs", text), 0);
    }
}
