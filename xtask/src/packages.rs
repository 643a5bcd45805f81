//! Debian packages that the tests need.

use crate::cargo;
use std::path::Path;
use std::process::Command;

/// Installs packages where that can be done without asking.
///
/// # Errors
/// This is not a Debian, we may not install, or apt fails.
pub fn install(packages: &[&str]) -> Result<(), String> {
    let mut update = apt()?;
    println!("  installing {} with apt-get", packages.join(" "));
    // A stale list still holds most packages: the installation decides.
    if let Err(error) = cargo::output(update.args(["update", "-qq"])) {
        println!("  {error}");
    }
    let mut install = apt()?;
    install.args(["install", "-y", "-qq", "--no-install-recommends"]);
    install.args(["-o", "Dpkg::Options::=--force-confold", "-o", "DPkg::Lock::Timeout=120"]);
    cargo::output(install.args(packages)).map(drop)
}

/// Runs a command as root.
///
/// # Errors
/// We are not root and `sudo` asks for a password or is missing; the command fails.
pub fn as_root(program: &str, arguments: &[&str]) -> Result<String, String> {
    let mut command = rooted(program)?;
    cargo::output(command.args(arguments))
}

/// Whether we are root.
pub fn is_root() -> bool {
    cargo::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn apt() -> Result<Command, String> {
    if !Path::new("/usr/bin/apt-get").exists() {
        return Err("there is no apt-get here".to_owned());
    }
    let mut command = rooted("env")?;
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    Ok(command)
}

fn rooted(program: &str) -> Result<Command, String> {
    if is_root() {
        return Ok(Command::new(program));
    }
    let mut ask = Command::new("sudo");
    cargo::output(ask.args(["-n", "true"]))
        .map_err(|_| "we are not root and sudo needs a password".to_owned())?;
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    Ok(command)
}
