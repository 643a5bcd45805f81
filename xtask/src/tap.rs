//! Reads the lines that Vitest's reporters print in the Test Anything Protocol, one a test.

/// What `web/e2e/support/reporter.ts` says of a test whose first attempt failed.
const AGAIN: &str = "PASSED AT THE SECOND ATTEMPT";

/// What became of one test.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// It passed.
    Passed,
    /// It passed at its second attempt; its name.
    PassedAgain(&'a str),
    /// It failed; its name.
    Failed(&'a str),
    /// It was switched off; its name.
    Skipped(&'a str),
}

/// The outcome that a line tells, if it does.
pub fn outcome(line: &str) -> Option<Outcome<'_>> {
    let (passed, rest) = match line.strip_prefix("not ok ") {
        Some(rest) => (false, rest),
        None => (true, line.strip_prefix("ok ")?),
    };
    let name = rest.split_once(" - ").map_or(rest, |(_, name)| name);
    let name = name.split(" # time=").next().unwrap_or(name);
    let (name, directive) = name.split_once(" # ").unwrap_or((name, ""));
    Some(match (passed, directive) {
        (_, "SKIP") => Outcome::Skipped(name),
        (true, AGAIN) => Outcome::PassedAgain(name),
        (true, _) => Outcome::Passed,
        (false, _) => Outcome::Failed(name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_one_test() {
        assert_eq!(outcome("ok 1 - src/a.test.ts > adds # time=3.1ms"), Some(Outcome::Passed));
        assert_eq!(outcome("not ok 2 - a > b # time=1ms"), Some(Outcome::Failed("a > b")));
        assert_eq!(outcome("ok 3 - later # SKIP"), Some(Outcome::Skipped("later")));
        assert_eq!(outcome("ok 4 - later # SKIP # time=0ms"), Some(Outcome::Skipped("later")));
        let again = "ok 5 - a # PASSED AT THE SECOND ATTEMPT # time=9ms";
        assert_eq!(outcome(again), Some(Outcome::PassedAgain("a")));
        assert_eq!(outcome("not ok 6 - a # FAILED TWICE # time=9ms"), Some(Outcome::Failed("a")));
        for other in ["TAP version 13", "1..3", "    ok 1 - nested", "  ---", "okay", ""] {
            assert_eq!(outcome(other), None, "{other}");
        }
    }
}
