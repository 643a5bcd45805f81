//! Clock and randomness only through the kernel's traits (design, section 3).

use super::{Finding, Source};

/// What asks the operating system for the time or for randomness.
const SOURCES_OF_CHANCE: [&str; 12] = [
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now(",
    "Zoned::now",
    "Utc::now",
    "Local::now",
    "now_v7",
    "new_v4",
    "rand::rng(",
    "rand::random",
    "thread_rng(",
    "getrandom::",
];

/// The file that hands both out.
const THE_PLACE: &str = "crates/runtime/src/clock.rs";

/// (file, call, reason): what clippy does not ask a reason for.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "crates/store/src/postgres/connector.rs",
        "Instant::now",
        "tokio's clock, which tests pause: it spaces attempts to reconnect, and nothing that is stored depends on it",
    ),
    (
        "crates/edge/src/ws/socket.rs",
        "Instant::now",
        "tokio's clock, which tests pause: it spaces the pings of a socket, and nothing that is stored depends on it",
    ),
];

/// Reads all code outside tests; an item under `#[expect(..., reason = ...)]` has said why.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| source.path.ends_with(".rs") && source.path != THE_PLACE) {
        let expected = source.expected_lines();
        for needle in SOURCES_OF_CHANCE {
            let excepted = EXCEPTIONS.iter().any(|(path, known, _)| source.path == *path && needle == *known);
            for line in source.lines_with(needle) {
                if !excepted && !source.is_test(line) && !expected.iter().any(|lines| lines.contains(&line)) {
                    findings.push(Finding::new(
                        source,
                        line,
                        format!("`{needle}` outside the runtime's clock"),
                    ));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&[Source::new(path, text)]).len()
    }

    #[test]
    fn taking_the_time_is_found() {
        assert_eq!(count("crates/market/src/a.rs", "fn a() { let t = std::time::SystemTime::now(); }"), 1);
        assert_eq!(count("crates/market/src/a.rs", "fn a() { rand::rng().fill(x); }"), 1);
    }

    #[test]
    fn the_clock_itself_tests_and_reasons_are_free() {
        let text = "fn a() { let t = Instant::now(); }";
        assert_eq!(count(THE_PLACE, text), 0);
        assert_eq!(count("crates/autobroker/benches/posts.rs", text), 0);
        let reasoned = format!("#[expect(clippy::disallowed_methods, reason = \"measures\")]\n{text}\n");
        assert_eq!(count("crates/autobroker/src/bench.rs", &reasoned), 0);
        let elsewhere =
            format!("#[expect(clippy::disallowed_methods, reason = \"measures\")]\nfn b() {{}}\n{text}\n");
        assert_eq!(count("crates/autobroker/src/bench.rs", &elsewhere), 1);
    }

    #[test]
    fn an_exception_holds_for_one_call_in_one_file() {
        assert!(EXCEPTIONS.iter().all(|(_, _, reason)| reason.len() > 20));
        let (path, call, _) = EXCEPTIONS[0];
        assert_eq!(count(path, &format!("fn a() {{ {call}(); }}")), 0);
        assert_eq!(count(path, "fn a() { rand::rng(); }"), 1);
    }

    #[test]
    fn names_that_only_end_alike_are_not_meant() {
        assert_eq!(count("crates/market/src/a.rs", "fn a() { MyInstant::now(); }"), 0);
    }
}
