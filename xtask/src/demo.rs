//! `cargo xtask demo`: from a fresh clone to a living market in one command.

use crate::cargo::{answers, cargo, succeed};
use crate::{web, workspace};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

/// Builds what is missing or stale with its progress shown, then becomes `autobroker demo`.
///
/// # Errors
/// The build fails, or the binary cannot be started.
pub fn run(options: &[String]) -> Result<ExitCode, String> {
    if web::is_there() && !answers("npm", "--version") {
        println!("npm is not installed: the demo runs without the web application");
    } else if web::is_there() {
        web::build()?;
    }
    println!("building the binary (the first time takes some minutes)");
    succeed(&mut cargo(&["build", "--release", "--package", "autobroker"]))?;
    let binary = workspace::target().join("release/autobroker");
    // The demo takes our place, so that an interrupt of the terminal reaches it and nothing else.
    let error = Command::new(&binary).arg("demo").args(options).exec();
    Err(format!("{} cannot be started: {error}", binary.display()))
}
