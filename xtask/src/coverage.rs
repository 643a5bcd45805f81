//! Line coverage of our own crates.
//!
//! The workspace's members, and only they, are compiled with rustc's own instrumentation: cargo calls a two-line
//! script in place of rustc for members, so dependencies are shared with every other build. The tests run once,
//! instrumented. `xtask/coverage`, a project of its own, reads the profiles.

use crate::cargo::{cargo, locked, output};
use crate::workspace;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const WRAPPER: &str = "#!/bin/sh\nexec \"$@\" -C instrument-coverage\n";

/// An instrumented build and run.
pub struct Coverage {
    wrapper: PathBuf,
    profiles: PathBuf,
}

impl Coverage {
    /// Makes the wrapper and an empty folder for profiles.
    ///
    /// # Errors
    /// The target folder cannot be written.
    pub fn prepare() -> Result<Self, String> {
        let folder = workspace::target().join("coverage");
        let profiles = folder.join(format!("profiles-{}", std::process::id()));
        let wrapper = folder.join("instrumented-rustc");
        write(&folder, &profiles, &wrapper)
            .map_err(|error| format!("{} cannot be written: {error}", folder.display()))?;
        Ok(Self { wrapper, profiles })
    }

    /// Lets a command build instrumented members, and lets what it runs leave profiles.
    pub fn instrument(&self, command: &mut Command) {
        command.env("RUSTC_WORKSPACE_WRAPPER", &self.wrapper);
        self.collect(command);
    }

    /// Lets an instrumented program leave its profile: programs of one kind share four files, merged as they end.
    pub fn collect(&self, command: &mut Command) {
        command.env("LLVM_PROFILE_FILE", self.profiles.join("%4m.profraw"));
    }

    /// A table of each crate's lines, and the share of all.
    ///
    /// # Errors
    /// The reader cannot be built, or cannot read what the compiler wrote.
    pub fn report(&self, programs: &[PathBuf]) -> Result<String, String> {
        let reader = build_reader()?;
        let mut command = Command::new(reader);
        command.arg(workspace::root()).arg(&self.profiles).args(programs);
        let counted = output(&mut command)?;
        let missing = workspace::target().join("coverage/missing.txt");
        fs::rename(self.profiles.join("missing.txt"), &missing)
            .map_err(|error| format!("{} cannot be written: {error}", missing.display()))?;
        Ok(format!("{}  the lines that did not run are listed in {}\n", table(&counted)?, missing.display()))
    }
}

impl Drop for Coverage {
    fn drop(&mut self) {
        // What remains is a few megabytes under the target folder; nothing depends on it.
        let _ = fs::remove_dir_all(&self.profiles);
    }
}

fn write(folder: &Path, profiles: &Path, wrapper: &Path) -> std::io::Result<()> {
    fs::create_dir_all(profiles)?;
    if fs::read_to_string(wrapper).is_ok_and(|text| text == WRAPPER) {
        return Ok(());
    }
    // Renamed into place: another run may be calling the old one.
    let fresh = folder.join(format!("wrapper-{}", std::process::id()));
    fs::write(&fresh, WRAPPER)?;
    fs::set_permissions(&fresh, fs::Permissions::from_mode(0o755))?;
    fs::rename(&fresh, wrapper)
}

fn build_reader() -> Result<PathBuf, String> {
    let target = workspace::target().join("coverage/reader");
    let mut build = cargo(&["build", "--quiet", "--manifest-path", "xtask/coverage/Cargo.toml"]);
    output(build.args(locked()).env("CARGO_TARGET_DIR", &target))?;
    Ok(target.join("debug/line-coverage"))
}

/// From `name ran all` lines to a table for people.
fn table(counted: &str) -> Result<String, String> {
    let mut text = String::new();
    let (mut ran_sum, mut all_sum) = (0_u64, 0_u64);
    for line in counted.lines() {
        let parts: Vec<&str> = line.split(' ').collect();
        let &[name, ran, all] = parts.as_slice() else { return Err(format!("cannot read `{line}`")) };
        let number = |text: &str| text.parse::<u64>().map_err(|_| format!("cannot read `{line}`"));
        let (ran, all) = (number(ran)?, number(all)?);
        text.push_str(&format!("  {name:<12} {:>5} {ran:>7} of {all:>7} lines\n", percent(ran, all)));
        ran_sum += ran;
        all_sum += all;
    }
    text.push_str(&format!(
        "  line coverage: {} ({ran_sum} of {all_sum} lines)\n",
        percent(ran_sum, all_sum)
    ));
    Ok(text)
}

/// Tenths, cut and not rounded, so that 100 % means all.
fn percent(part: u64, whole: u64) -> String {
    let tenths = (part * 1000).checked_div(whole).unwrap_or(1000);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_and_their_sum_are_shown() {
        let text = table("kernel 171 241\nstore 9 9\n").unwrap();
        assert!(text.contains("kernel       70.9 %     171 of     241 lines"), "{text}");
        assert!(text.ends_with("line coverage: 72.0 % (180 of 250 lines)\n"), "{text}");
        assert!(table("kernel many\n").is_err());
    }

    #[test]
    fn nearly_all_is_not_all() {
        assert_eq!((percent(9999, 10_000).as_str(), percent(1, 1).as_str()), ("99.9 %", "100.0 %"));
    }
}
