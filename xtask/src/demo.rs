//! `cargo xtask demo`: from a fresh clone to a living market in one command.

use crate::cargo::{answers, cargo, succeed};
use crate::workspace;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::SystemTime;
use std::{fs, io};

/// Builds what is missing or stale with its progress shown, then becomes `autobroker demo`.
///
/// # Errors
/// The build fails, or the binary cannot be started.
pub fn run(options: &[String]) -> Result<ExitCode, String> {
    build_web(&workspace::root().join("web"))?;
    println!("building the binary (the first time takes some minutes)");
    succeed(&mut cargo(&["build", "--release", "--package", "autobroker"]))?;
    let binary = workspace::target().join("release/autobroker");
    // The demo takes our place, so that an interrupt of the terminal reaches it and nothing else.
    let error = Command::new(&binary).arg("demo").args(options).exec();
    Err(format!("{} cannot be started: {error}", binary.display()))
}

/// Builds the web application where there is one; without Node the binary serves a page that says so.
fn build_web(web: &Path) -> Result<(), String> {
    if !web.join("package.json").exists() {
        return Ok(());
    }
    if !answers("npm", "--version") {
        println!("npm is not installed: the demo runs without the web application");
        return Ok(());
    }
    let lock = web.join("package-lock.json");
    if is_older(&web.join("node_modules/.package-lock.json"), newest(&lock)) {
        println!("installing what the web application needs");
        succeed(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(web))?;
    }
    let inputs = ["src", "public", "index.html", "package.json", "vite.config.ts"];
    let changed = inputs.iter().filter_map(|name| newest(&web.join(name))).max();
    if is_older(&web.join("dist/index.html"), changed) {
        println!("building the web application");
        succeed(Command::new("npm").args(["run", "build"]).current_dir(web))?;
    }
    Ok(())
}

/// Whether a product is missing or older than what it is made of.
fn is_older(product: &Path, inputs: Option<SystemTime>) -> bool {
    match (modified(product), inputs) {
        (Ok(made), Some(changed)) => made < changed,
        (Ok(_), None) => false,
        (Err(_), _) => true,
    }
}

fn modified(path: &Path) -> io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

/// When a file, or the newest file in a folder, was changed.
fn newest(path: &Path) -> Option<SystemTime> {
    if !path.is_dir() {
        return modified(path).ok();
    }
    let entries = fs::read_dir(path).ok()?;
    entries.flatten().filter_map(|entry| newest(&entry.path())).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_product_is_stale_when_missing_or_older() {
        let folder = std::env::temp_dir().join(format!("xtask-stale-{}", std::process::id()));
        fs::create_dir_all(folder.join("src/deep")).unwrap();
        let product = folder.join("product");
        let input = folder.join("src/deep/input");
        fs::write(&input, "a").unwrap();
        assert!(is_older(&product, newest(&folder.join("src"))), "missing");
        fs::write(&product, "b").unwrap();
        let later = modified(&product).unwrap() + Duration::from_secs(5);
        assert!(is_older(&product, Some(later)));
        assert!(!is_older(&product, Some(later - Duration::from_secs(10))));
        fs::remove_dir_all(&folder).unwrap();
    }
}
