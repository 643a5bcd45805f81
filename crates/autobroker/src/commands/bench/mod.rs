//! `bench`: each figure of the project's speed and size beside its budget.

mod child_server;
mod durable_commands;
mod figure;
mod http_requests;
mod idle_process;
pub mod parcel;

use crate::{cli::BenchArgs, failure::Failure, output::say};
use figure::Figure;
use std::path::Path;

/// The groups, in the order in which they are measured.
const GROUPS: [&str; 4] = ["commands", "http", "process", "sockets"];

/// Runs the command.
pub async fn run(args: &BenchArgs) -> Result<(), Failure> {
    let groups = chosen(&args.only)?;
    let cannot = |error: std::io::Error| Failure::Refused(format!("no folder to measure in: {error}"));
    let folder = match &args.folder {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    };
    let folder = folder.map_err(cannot)?;
    let binary = match &args.binary {
        Some(binary) => binary.clone(),
        None => std::env::current_exe().map_err(cannot)?,
    };
    if cfg!(debug_assertions) {
        say("This is a debug build: the figures say little. Use a release build.")?;
    }
    let mut missed = 0;
    for group in groups {
        for figure in measure(group, &binary, folder.path(), args).await? {
            missed += u32::from(!figure.kept());
            say(&figure)?;
        }
    }
    say(format_args!("{missed} over budget"))
}

fn chosen(only: &[String]) -> Result<Vec<&'static str>, Failure> {
    if let Some(unknown) = only.iter().find(|name| !GROUPS.contains(&name.as_str())) {
        let known = GROUPS.join(", ");
        return Err(Failure::Configuration(format!("--only `{unknown}` is no group; there are {known}")));
    }
    Ok(GROUPS.into_iter().filter(|group| only.is_empty() || only.iter().any(|name| name == group)).collect())
}

async fn measure(group: &str, binary: &Path, folder: &Path, _args: &BenchArgs) -> Result<Vec<Figure>, Failure> {
    match group {
        "commands" => durable_commands::measure(folder).await,
        "http" => http_requests::measure(binary, folder).await,
        "process" => idle_process::measure(binary, folder).await,
        _ => idle_process::measure_sockets(binary, folder).await,
    }
}
