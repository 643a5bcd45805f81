//! The tasks of this workspace: `cargo xtask test`, `demo`, `tidy`, `codegen`.
//!
//! It is compiled before anything else, so it has no dependencies.

mod cargo;
mod codegen;
mod coverage;
mod demo;
mod event_catalogue;
mod http;
mod leash;
mod packages;
mod postgres;
mod prune;
mod schemathesis;
mod stopwatch;
mod tap;
mod test;
mod test_output;
mod tidy;
mod web;
mod workspace;

use std::{env, process::ExitCode};

const HELP: &str = "\
cargo xtask <task>

  demo [options]   build what is missing and start the demonstration; the options go to `autobroker demo`
  test             format, lints, tidy rules, all tests on both stores, the API checked from outside, the web
                   application in a browser, line coverage
  tidy             only the tidy rules
  codegen          write docs/events.md and docs/openapi.json anew

Build output goes to $CARGO_TARGET_DIR, else to ~/.cache/autobroker/target, else to ./target.
";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let task = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let outcome = match (task.as_str(), rest.as_slice()) {
        ("test", []) => test::run(),
        ("demo", options) => demo::run(options),
        ("tidy", []) => tidy_only(),
        ("codegen", []) => codegen::run(),
        ("" | "help" | "-h" | "--help", _) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("unknown task or option: {task} {}\n\n{HELP}", rest.join(" "));
            return ExitCode::from(2);
        }
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

fn tidy_only() -> Result<ExitCode, String> {
    let findings = tidy::run(&workspace::root())?;
    Ok(if findings == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
