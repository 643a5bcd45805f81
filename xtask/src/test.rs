//! `cargo xtask test`: everything that is known to be true is tried again.
//!
//! A step that fails does not stop the later ones, except a build that fails. The last line counts every test, and
//! each other check as one. Where few of the workspace's tests fail they are tried once more by themselves: whoever passes
//! then counts as passed and is named.

use crate::cargo::{cargo, locked, succeed};
use crate::coverage::Coverage;
use crate::leash::Leash;
use crate::postgres::Postgres;
use crate::stopwatch::Stopwatch;
use crate::tap::{Outcome, outcome};
use crate::test_output::{Reader, Section, executable, worth_another_try};
use crate::{codegen, packages, prune, schemathesis, tidy, web, workspace};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// All test programs together; a test that hangs must not hang whoever waits.
const TESTS_SECONDS_MAX: u32 = 45 * 60;
/// One build from nothing.
const BUILD_SECONDS_MAX: u32 = 50 * 60;
/// The web application's tests, each kind of them.
const WEB_SECONDS_MAX: u32 = 15 * 60;

/// Servers that tests start for themselves: where Debian's package puts each, and the package.
const MOSQUITTO: (&str, &str) = ("/usr/sbin/mosquitto", "mosquitto");
const REDIS: (&str, &str) = ("/usr/bin/redis-server", "redis-server");

/// What came of it.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    failures: Vec<String>,
    not_run: Vec<String>,
    passed_again: Vec<String>,
}

impl Tally {
    /// Counts one check.
    fn check(&mut self, name: &str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(error) => {
                self.failed += 1;
                println!("  FAILED: {error}");
                self.failures.push(format!("{name}: {error}"));
            }
        }
    }

    /// What could not be run is said; unattended it is a failure.
    fn missing(&mut self, what: &str, why: &str) {
        if workspace::is_ci() {
            self.check(what, Err(why.to_owned()));
        } else {
            println!("  NOT RUN: {what}: {why}");
            self.not_run.push(format!("{what}: {why}"));
        }
    }

    fn section(&mut self, section: &Section) {
        self.passed += section.passed;
        self.failed += section.failed;
        let named = |what: &String| format!("{}: {what}", section.name);
        self.not_run.extend(section.not_run.iter().map(named));
        self.passed_again.extend(section.passed_again.iter().map(named));
        if section.failed > 0 {
            self.failures.push(format!("{}: {} tests failed", section.name, section.failed));
        }
    }

    fn summary(&self) -> String {
        let mut text = String::new();
        let lists = [
            ("not run", &self.not_run),
            ("passed at the second attempt", &self.passed_again),
            ("failed", &self.failures),
        ];
        for (title, lines) in lists {
            if !lines.is_empty() {
                text.push_str(&format!("\n{} {title}:\n", lines.len()));
                for line in lines {
                    text.push_str(&format!("  {}\n", line.lines().next().unwrap_or_default()));
                }
            }
        }
        text.push_str(&format!("\n{} passed, {} failed", self.passed, self.failed));
        text
    }
}

/// Runs everything.
///
/// # Errors
/// The target folder cannot be written; everything else is a failed check.
pub fn run() -> Result<ExitCode, String> {
    let whole = Stopwatch::start();
    let mut tally = Tally::default();
    let coverage = Coverage::prepare()?;
    if workspace::is_ci() {
        prune::old_members(&workspace::target());
    }

    step("format");
    tally.check("format", format());
    step("tidy rules");
    tally.check("tidy rules", tidy_rules());
    step("generated documents");
    tally.check("docs/events.md", codegen::events_are_current());
    web_application(&mut tally);
    step("lints");
    tally.check("lints", lints());
    step("build");
    match build(&coverage) {
        Ok(programs) => {
            tally.passed += 1;
            run_built(&mut tally, &coverage, programs);
        }
        Err(error) => {
            tally.check("build", Err(error));
            tally.not_run.push("all tests: the build failed".to_owned());
        }
    }
    println!("{}", whole.show());
    println!("{}", tally.summary());
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A server that tests start for themselves.
fn present((program, package): (&str, &str)) -> Result<(), String> {
    if Path::new(program).is_file() {
        return Ok(());
    }
    packages::install(&[package])
}

/// What needs the built programs.
fn run_built(tally: &mut Tally, coverage: &Coverage, mut programs: Vec<PathBuf>) {
    step("PostgreSQL");
    let postgres = match Postgres::start() {
        Ok(postgres) => Some(postgres),
        Err(error) => {
            tally.missing("tests on PostgreSQL", &error);
            None
        }
    };

    step("Mosquitto and Redis");
    if let Err(error) = present(MOSQUITTO) {
        tally.missing("tests with an MQTT broker", &error);
    }
    if let Err(error) = present(REDIS) {
        tally.missing("tests with Redis", &error);
    }

    step("tests");
    let mut command = cargo(&["test", "--workspace", "--exclude", "xtask", "--no-fail-fast"]);
    command.args(locked()).args(["--", "--show-output"]);
    coverage.instrument(&mut command);
    if let Some(postgres) = &postgres {
        command.env("AUTOBROKER_TEST_POSTGRES", &postgres.url);
    }
    let (mut sections, ended) = tests(&command);
    let again = worth_another_try(&sections);
    if !again.is_empty() {
        step("a second attempt");
        let (second, _) = tests(command.arg("--exact").args(again));
        sections.iter_mut().for_each(|section| section.tried_again(&second));
    }
    count(tally, "the workspace's tests", &sections, ended);
    if let Some(postgres) = postgres {
        postgres.end();
    }

    step("tests of the tools");
    for manifest in ["xtask/Cargo.toml", "xtask/coverage/Cargo.toml"] {
        let mut command = cargo(&["test", "--manifest-path", manifest]);
        command.args(locked()).args(["--", "--show-output"]);
        if manifest.contains("coverage") {
            command.env("CARGO_TARGET_DIR", workspace::target().join("coverage/reader"));
        }
        let (sections, ended) = tests(&command);
        count(tally, manifest, &sections, ended);
    }

    step("the API from outside");
    let binary = workspace::target().join("debug/autobroker");
    if schemathesis::is_served(&binary) {
        tally.check("docs/openapi.json", codegen::openapi_is_current(&binary));
        match schemathesis::install() {
            Ok(program) => tally.check("schemathesis", schemathesis::run(&program, &binary, coverage)),
            Err(error) => tally.missing("schemathesis", &error),
        }
        if web::is_there() {
            in_a_browser(tally, coverage, &binary);
        }
        programs.push(binary);
    } else {
        tally.missing("schemathesis and docs/openapi.json", "`autobroker serve --help` does not answer");
    }

    step("line coverage");
    match coverage.report(&programs) {
        Ok(report) => print!("{report}"),
        Err(error) => tally.missing("line coverage", &error),
    }
}

/// What can be said of the web application without a server. Before everything that cargo does: the build goes into the
/// binary.
fn web_application(tally: &mut Tally) {
    if !web::is_there() {
        return;
    }
    step("web application");
    if let Err(error) = web::install() {
        return tally.missing("the web application's tests", &error);
    }
    tally.check("web/src/api/schema.ts", codegen::types_are_current());
    tally.check("the web application's build", web::build());
    for (name, script) in [("the web application's lints", "lint"), ("its types", "typecheck")] {
        tally.check(name, succeed(&mut web::npm(&["run", "--silent", script])));
    }
    let units = web::npm(&["run", "--silent", "test", "--", "--reporter=tap-flat"]);
    tap_tests(tally, "the web application's tests", &units, false);
}

/// The web application in Chromium, served by the binary that the tests have built.
fn in_a_browser(tally: &mut Tally, coverage: &Coverage, binary: &Path) {
    step("the web application in a browser");
    if web::dist().is_none() {
        return tally.missing("the web application in a browser", "it was not built");
    }
    let chromium = match web::chromium() {
        Ok(chromium) => chromium,
        Err(error) => return tally.missing("the web application in a browser", &error),
    };
    let mut command = web::npm(&["run", "--silent", "e2e"]);
    command.env("AUTOBROKER_BINARY", binary).env("AUTOBROKER_CHROMIUM", chromium);
    command.env("AUTOBROKER_E2E_OUT", workspace::target().join("web/e2e"));
    coverage.collect(&mut command);
    tap_tests(tally, "the web application in a browser", &command, true);
}

/// Runs tests that print one line each; what is not shown as it comes is shown when one of them fails.
fn tap_tests(tally: &mut Tally, name: &str, command: &Command, shown: bool) {
    let mut section = Section::default();
    name.clone_into(&mut section.name);
    let ended = follow(command, WEB_SECONDS_MAX, |line| {
        match outcome(line) {
            Some(Outcome::Passed) => section.passed += 1,
            Some(Outcome::PassedAgain(test)) => {
                section.passed += 1;
                section.passed_again.push(test.to_owned());
            }
            Some(Outcome::Failed(_)) => section.failed += 1,
            Some(Outcome::Skipped(test)) => section.not_run.push(test.to_owned()),
            None => {}
        }
        match shown {
            true => println!("  {line}"),
            false => section.lines.push(line.to_owned()),
        }
    });
    if let (Err(error), 0) = (&ended, section.failed) {
        println!("  {error}");
        section.failed += 1;
    }
    print!("  {name}: ");
    show(&section);
    tally.section(&section);
}

fn step(name: &str) {
    println!("\n== {name}");
}

fn format() -> Result<(), String> {
    let names_only = ["--", "--check", "-l"];
    succeed(cargo(&["fmt", "--all"]).args(names_only))?;
    succeed(cargo(&["fmt", "--manifest-path", "xtask/coverage/Cargo.toml"]).args(names_only))
}

fn tidy_rules() -> Result<(), String> {
    match tidy::run(&workspace::root())? {
        0 => Ok(()),
        findings => Err(format!("{findings} findings")),
    }
}

fn lints() -> Result<(), String> {
    let strict = ["--", "-D", "warnings"];
    succeed(cargo(&["clippy", "--quiet", "--workspace", "--all-targets"]).args(locked()).args(strict))?;
    let mut reader =
        cargo(&["clippy", "--quiet", "--all-targets", "--manifest-path", "xtask/coverage/Cargo.toml"]);
    reader.env("CARGO_TARGET_DIR", workspace::target().join("coverage/reader"));
    succeed(reader.args(locked()).args(strict))
}

/// Builds the binary and every test program; returns the programs.
fn build(coverage: &Coverage) -> Result<Vec<PathBuf>, String> {
    let watch = Stopwatch::start();
    let root = workspace::root();
    if !root.join("crates/autobroker/tests").is_dir() {
        // With integration tests the binary is built beside them, with the same features of what it depends on.
        let mut binary = cargo(&["build", "--package", "autobroker"]);
        coverage.instrument(binary.args(locked()));
        follow(&binary, BUILD_SECONDS_MAX, |line| println!("{line}"))?;
    }
    let mut tests = cargo(&["test", "--workspace", "--exclude", "xtask", "--no-run"]);
    coverage.instrument(tests.args(locked()));
    let mut programs = Vec::new();
    follow(&tests, BUILD_SECONDS_MAX, |line| match executable(line) {
        Some(program) => programs.push(root.join(program)),
        None => println!("{line}"),
    })?;
    println!("  {} test programs in {}", programs.len(), watch.show());
    Ok(programs)
}

/// Runs a test command, shows each program's sum, and all output of those that fail; an error says why it ended so.
fn tests(command: &Command) -> (Vec<Section>, Result<(), String>) {
    let mut reader = Reader::default();
    let (mut sections, mut outside) = (Vec::new(), Vec::new());
    let ended = follow(command, TESTS_SECONDS_MAX, |line| {
        if let Some(section) = reader.line(line) {
            show(&section);
            sections.push(section);
        }
        match reader.open() {
            None => outside.push(line.to_owned()),
            Some(open) if reader.has_just_opened() => announce(open),
            Some(_) => {}
        }
    });
    if let Some(section) = reader.end() {
        show(&section);
        sections.push(section);
    }
    (sections, ended.map_err(|error| format!("{error}\n{}", outside.join("\n"))))
}

/// Counts what test programs did; a command that failed although all tests passed is a failure of its own.
fn count(tally: &mut Tally, name: &str, sections: &[Section], ended: Result<(), String>) {
    let all_well = |section: &Section| section.failed == 0 && section.passed_again.is_empty();
    if sections.iter().all(all_well) && ended.is_err() {
        tally.check(name, ended);
    }
    sections.iter().for_each(|section| tally.section(section));
}

fn announce(name: &str) {
    print!("  {name} ... ");
    // Only a progress line: a closed terminal shows itself at the next print.
    let _ = std::io::stdout().flush();
}

fn show(section: &Section) {
    println!("{} passed, {} failed", section.passed, section.failed);
    if section.failed > 0 {
        println!("{}", section.lines.join("\n"));
    }
}

/// Runs a command for a limited time and sees every line that it prints.
fn follow(command: &Command, seconds_max: u32, mut see: impl FnMut(&str)) -> Result<(), String> {
    let mut limited = Command::new("timeout");
    limited
        .arg("--kill-after=10")
        .arg(seconds_max.to_string())
        .arg(command.get_program())
        .args(command.get_args());
    limited.env("CARGO_TERM_COLOR", "never");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        limited.current_dir(folder);
    }
    let (leashed, output) = Leash { signal: "TERM", folder: None }.start_reading(&limited)?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.map_err(|error| format!("the output cannot be read: {error}"))?;
        see(&String::from_utf8_lossy(&line));
    }
    let status = leashed.wait()?;
    match status.code() {
        Some(0) => Ok(()),
        Some(124 | 137) => Err(format!("ended after {} minutes, the limit", seconds_max / 60)),
        _ => Err(format!("`{}` ended with {status}", command.get_program().to_string_lossy())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_tests_and_checks() {
        let mut tally = Tally::default();
        tally.check("format", Ok(()));
        tally.check("lints", Err("two\nlines".to_owned()));
        let mut section = Section::default();
        (section.name, section.passed, section.failed) = ("kernel".to_owned(), 16, 1);
        tally.section(&section);
        let summary = tally.summary();
        assert!(summary.ends_with("\n17 passed, 2 failed"), "{summary}");
        assert!(summary.contains("lints: two\n") && summary.contains("kernel: 1 tests failed"), "{summary}");
    }

    #[test]
    fn output_is_followed_and_a_limit_holds() {
        let mut seen = Vec::new();
        let mut command = Command::new("sh");
        command.args(["-c", "echo $A; echo b >&2"]).env("A", "a");
        follow(&command, 10, |line| seen.push(line.to_owned())).unwrap();
        assert_eq!(seen, ["a", "b"]);
        let mut slow = Command::new("sleep");
        slow.arg("1000");
        assert!(follow(&slow, 1, |_| {}).unwrap_err().contains("limit"));
    }
}
