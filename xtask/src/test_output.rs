//! Reads what `cargo test -- --show-output` prints, one test program at a time.

use std::mem;

/// So many failures may be the machine's doing.
const TRIED_AGAIN_MAX: usize = 3;
/// What a property test prints of inputs that break the property.
const COUNTEREXAMPLE: &str = "minimal failing input";

/// What one test program (or the documentation tests of a crate) did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Section {
    /// Such as `kernel` or `doc-tests kernel`.
    pub name: String,
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed; a program that died before it could count is one.
    pub failed: usize,
    /// Tests that did not run: switched off, or they printed a line that begins with `SKIPPED:`.
    pub not_run: Vec<String>,
    /// Tests that passed at their second attempt only; they are among those that passed.
    pub passed_again: Vec<String>,
    /// Everything it printed.
    pub lines: Vec<String>,
    finished: bool,
    died: bool,
}

impl Section {
    /// The tests that ended so (`ok`, `FAILED`), as far as the program lived to name them.
    pub fn ended<'a>(&'a self, how: &'a str) -> impl Iterator<Item = &'a str> {
        let named =
            move |line: &'a String| line.strip_prefix("test ")?.strip_suffix(how)?.strip_suffix(" ... ");
        self.lines.iter().filter_map(named)
    }

    /// Counts the failed tests that passed when they were tried again.
    pub fn tried_again(&mut self, second: &[Self]) {
        let passes = |test: &&str| {
            second.iter().any(|other| other.name == self.name && other.ended("ok").any(|name| name == *test))
        };
        let passed: Vec<String> = self.ended("FAILED").filter(passes).map(str::to_owned).collect();
        self.failed -= passed.len();
        self.passed += passed.len();
        self.passed_again.extend(passed);
    }
}

/// The tests to try again: those that failed, where they are few and each is known by its name. Many do not fail by
/// chance, nor does a program that died; and a counterexample that was drawn by chance is true at the first attempt.
pub fn worth_another_try(sections: &[Section]) -> Vec<String> {
    if sections.iter().flat_map(|section| &section.lines).any(|line| line.contains(COUNTEREXAMPLE)) {
        return Vec::new();
    }
    let failed: usize = sections.iter().map(|section| section.failed).sum();
    let named: Vec<String> =
        sections.iter().flat_map(|section| section.ended("FAILED")).map(str::to_owned).collect();
    if failed == named.len() && failed <= TRIED_AGAIN_MAX { named } else { Vec::new() }
}

/// Takes lines in, hands sections out.
#[derive(Debug, Default)]
pub struct Reader {
    current: Option<Section>,
}

impl Reader {
    /// Takes one line; returns the section that it closes, if it opens the next.
    pub fn line(&mut self, line: &str) -> Option<Section> {
        if let Some(name) = opened(line) {
            let closed = self.end();
            self.current = Some(Section { name, ..Section::default() });
            return closed;
        }
        let section = self.current.as_mut()?;
        section.lines.push(line.to_owned());
        if let Some((passed, failed, ignored)) = counts(line) {
            section.passed += passed;
            section.failed += failed;
            section.finished = true;
            if ignored > 0 {
                section.not_run.push(format!("{ignored} tests that are switched off"));
            }
        } else if line.trim_start().starts_with("SKIPPED:") {
            section.not_run.push(line.trim().to_owned());
        } else if line.contains("process didn't exit successfully") && line.contains("signal:") {
            section.died = true;
        }
        None
    }

    /// The last section, when the output has ended.
    pub fn end(&mut self) -> Option<Section> {
        let mut section = mem::take(&mut self.current)?;
        if !section.finished || (section.died && section.failed == 0) {
            section.failed += 1;
        }
        Some(section)
    }

    /// Whether the last line opened a section.
    pub fn has_just_opened(&self) -> bool {
        self.current.as_ref().is_some_and(|section| section.lines.is_empty())
    }

    /// The name of the section that is open.
    pub fn open(&self) -> Option<&str> {
        self.current.as_ref().map(|section| section.name.as_str())
    }
}

/// The name of the section that a line opens: `Running unittests src/lib.rs (target/debug/deps/kernel-0123)`.
fn opened(line: &str) -> Option<String> {
    let line = line.trim_start();
    if let Some(name) = line.strip_prefix("Doc-tests ") {
        return Some(format!("doc-tests {name}"));
    }
    let (_, program) = line.strip_prefix("Running ")?.strip_suffix(')')?.rsplit_once('(')?;
    let file = program.rsplit('/').next()?;
    Some(file.rsplit_once('-').map_or(file, |(name, _)| name).to_owned())
}

/// Passed, failed and ignored of a `test result:` line.
fn counts(line: &str) -> Option<(usize, usize, usize)> {
    let (_, rest) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |what: &str| {
        let part = rest.split("; ").find_map(|part| part.strip_suffix(what))?;
        part.trim().parse().ok()
    };
    Some((number(" passed")?, number(" failed")?, number(" ignored")?))
}

/// The test programs that `cargo test --no-run` names: `Executable unittests src/lib.rs (target/debug/deps/kernel-0123)`.
pub fn executable(line: &str) -> Option<&str> {
    let (_, program) = line.trim_start().strip_prefix("Executable ")?.strip_suffix(')')?.rsplit_once('(')?;
    Some(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections(text: &str) -> Vec<Section> {
        let mut reader = Reader::default();
        let mut found: Vec<Section> = text.lines().filter_map(|line| reader.line(line)).collect();
        found.extend(reader.end());
        found
    }

    #[test]
    fn programs_and_documentation_are_counted_apart() {
        let found = sections(
            "   Compiling kernel v0.1.0\n     Running unittests src/lib.rs (target/debug/deps/kernel-3dc3)\n\
             test a ... ok\n\ntest result: ok. 16 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.03s\n\
             \n   Doc-tests kernel\n\
             test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n",
        );
        let seen: Vec<_> = found.iter().map(|s| (s.name.as_str(), s.passed, s.failed)).collect();
        assert_eq!(seen, [("kernel", 16, 0), ("doc-tests kernel", 3, 0)]);
    }

    #[test]
    fn failures_and_what_was_not_run_are_seen() {
        let found = sections(
            "     Running unittests src/lib.rs (target/debug/deps/store-1)\n---- a stdout ----\n\
             SKIPPED: log on PostgreSQL needs AUTOBROKER_TEST_POSTGRES\n\
             test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.03s\n",
        );
        assert_eq!((found[0].passed, found[0].failed, found[0].not_run.len()), (3, 2, 2));
    }

    #[test]
    fn few_failures_with_names_are_tried_again_and_named() {
        let first = "     Running tests/whole/main.rs (target/debug/deps/whole-1)\ntest a ... FAILED\ntest b ... ok\n\
                     test c ... FAILED\n\
                     test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s\n";
        let second = "     Running tests/whole/main.rs (target/debug/deps/whole-1)\ntest a ... ok\ntest c ... FAILED\n\
                      test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 1 filtered out; finished in 1s\n";
        let elsewhere = "     Running unittests src/lib.rs (target/debug/deps/store-1)\ntest c ... ok\n\
                         test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s\n";
        let mut found = sections(first);
        assert_eq!(worth_another_try(&found), ["a", "c"]);
        found[0].tried_again(&[sections(second), sections(elsewhere)].concat());
        assert_eq!((found[0].passed, found[0].failed), (2, 1));
        assert_eq!(found[0].passed_again, ["a"]);
        let found_by_chance = first.replace("test b ... ok", "minimal failing input: 7");
        assert_eq!(worth_another_try(&sections(&found_by_chance)), [""; 0]);
        let unnamed = first.replace("test a ... FAILED", "test a ...it said something FAILED");
        assert_eq!(worth_another_try(&sections(&unnamed)), [""; 0], "who failed is not sure");
        assert_eq!(
            worth_another_try(&[sections(first), sections(first)].concat()),
            [""; 0],
            "too many for chance"
        );
    }

    #[test]
    fn a_program_that_dies_is_a_failure() {
        let died = "     Running unittests src/lib.rs (target/debug/deps/store-1)\nrunning 3 tests\n\
                    error: test failed, to rerun pass `-p store --lib`\n";
        assert_eq!((sections(died)[0].passed, sections(died)[0].failed), (0, 1));
        let after = "     Running unittests src/lib.rs (target/debug/deps/store-1)\n\
                     test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.03s\n\
                     Caused by:\n  process didn't exit successfully: `x` (signal: 11, SIGSEGV)\n";
        assert_eq!((sections(after)[0].passed, sections(after)[0].failed), (3, 1));
    }

    #[test]
    fn programs_are_named_before_they_run() {
        let line = "  Executable unittests src/lib.rs (/cache/debug/deps/kernel-3dc3f9a3)";
        assert_eq!(executable(line), Some("/cache/debug/deps/kernel-3dc3f9a3"));
        assert_eq!(executable("   Compiling kernel v0.1.0"), None);
    }
}
