//! The binary: command line, configuration, assembly of all contexts (design, section 3).
//!
//! [`run`] is the whole program. Tests start servers in their own process through [`Server`].

mod assembly;
mod cli;
mod commands;
mod configuration;
mod dead_letters;
mod duration_text;
mod failure;
mod hex;
mod house;
mod keys;
mod listener;
mod logging;
mod output;
mod plain_http;
mod refused_heads;
mod reload;
mod retention;
mod road_graphs;
mod route_server;
mod routes;
mod server;
mod stopwatch;
mod tls;
mod traces;
mod trackers;
mod views;

pub use assembly::PartsOptions;
pub use configuration::{LiveSettings, Options, Settings, StorePlace, TlsFiles};
pub use failure::Failure;
pub use house::House;
pub use reload::{Reloaded, Reloader, Source};
pub use server::Server;
pub use trackers::TrackerSettings;

use clap::Parser as _;
use std::{ffi::OsString, process::ExitCode};
use stopwatch::Stopwatch;

/// Every SQL statement of every context, for the test that prepares them all on both databases.
///
/// # Errors
/// [`Failure::Configuration`] when the embedded policies cannot be read.
pub fn every_statement() -> Result<Vec<&'static store::Statement>, Failure> {
    Ok(assembly::offline()?.every_statement().collect())
}

/// The whole program: reads the command line, does what it asks for, and says by its exit code how it went.
#[must_use]
pub fn run() -> ExitCode {
    run_with(std::env::args_os())
}

/// The whole program with a command line of one's own, the program's name first.
#[must_use]
pub fn run_with(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> ExitCode {
    let began = Stopwatch::start();
    let cli = cli::Cli::parse_from(arguments);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report(Failure::Refused(format!("no threads can be started: {error}"))),
    };
    match runtime.block_on(commands::execute(cli, began)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report(failure),
    }
}

fn report(failure: Failure) -> ExitCode {
    eprintln!("autobroker: {failure}");
    failure.into()
}
