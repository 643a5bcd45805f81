//! How cargo and other programs are called.

use crate::{web, workspace};
use std::env;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::process::{Command, Stdio};

/// A cargo command in the workspace's root, with our target folder.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(workspace::root()).env("CARGO_TARGET_DIR", workspace::target());
    // Set by the cargo that started us, for us; the crates below must not see them.
    for (name, _) in env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    if let Some(dist) = web::dist() {
        command.env("AUTOBROKER_WEB_DIST", dist);
    }
    if workspace::is_ci() {
        // A fresh clone has nothing to increment upon, and the incremental state is as large as the build.
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

/// `--locked` where a changed lock file must not go unnoticed.
pub fn locked() -> &'static [&'static str] {
    if workspace::is_ci() { &["--locked"] } else { &[] }
}

/// Runs a command with its output shown.
///
/// # Errors
/// It cannot be started, or it fails.
pub fn succeed(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| cannot_start(&name, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{name}` ended with {status}")) }
}

/// Runs a command quietly and returns what it printed.
///
/// # Errors
/// It cannot be started, or it fails; with what it said.
pub fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| cannot_start(&name, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(format!("`{name}` ended with {}: {said}", output.status))
}

/// Whether a program answers to an option such as `--version`.
pub fn answers(program: impl AsRef<OsStr>, option: &str) -> bool {
    let quiet = Command::new(program)
        .arg(option)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    quiet.is_ok_and(|status| status.success())
}

fn cannot_start(name: &str, error: &std::io::Error) -> String {
    if error.kind() == ErrorKind::NotFound {
        format!("`{name}` is not installed")
    } else {
        format!("`{name}` cannot be started: {error}")
    }
}
