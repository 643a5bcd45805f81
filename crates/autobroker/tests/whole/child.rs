//! The binary itself, in a process of its own.

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    process::{Command as Plain, Output, Stdio},
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

const BINARY: &str = env!("CARGO_BIN_EXE_autobroker");

fn plain(arguments: &[&str]) -> Plain {
    let mut command = Plain::new(BINARY);
    // What the machine's own environment configures is none of the test's business.
    command
        .args(arguments)
        .env_clear()
        .envs(std::env::vars().filter(|(name, _)| !name.starts_with("AUTOBROKER_")));
    command
}

/// Runs a command to its end.
pub fn autobroker(arguments: &[&str]) -> Output {
    plain(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Runs a command to its end that finds a folder on a medium that cannot be written. `None`, and said, where this user
/// may not mount anything even in a namespace of its own.
pub fn autobroker_finding_frozen(folder: &Path, arguments: &[&str]) -> Option<Output> {
    const FREEZE: &str = r#"mount --bind "$0" "$0" && mount -o remount,bind,ro "$0""#;
    let unshared = |script: &str| {
        let mut command = Plain::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", script]).arg(folder);
        command
    };
    if !unshared(FREEZE).output().is_ok_and(|tried| tried.status.success()) {
        eprintln!("not run: this user may not mount a folder read-only");
        return None;
    }
    let run = format!(r#"{FREEZE} && exec "$@""#);
    Some(unshared(&run).arg(BINARY).args(arguments).stdin(Stdio::null()).output().unwrap())
}

/// Runs a command that reads `input`.
pub fn autobroker_reading(arguments: &[&str], input: &str) -> Output {
    let mut command = plain(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Runs a command until it has printed a line that begins so, and kills it there.
pub async fn killed_after_line(begins: &str, arguments: &[&str]) {
    let mut command = Command::from(plain(arguments));
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    while !lines.next_line().await.unwrap().expect("it ended first").starts_with(begins) {}
    process.kill().await.unwrap();
}

/// What a command wrote to its standard output.
pub fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A running `autobroker serve` (or `demo`), killed when it is dropped.
pub struct ChildServer {
    pub process: Child,
    _output: Lines<BufReader<ChildStdout>>,
    pub url: String,
}

impl ChildServer {
    /// Starts one and waits until it is ready.
    pub async fn start(arguments: &[&str]) -> Self {
        let mut command = Command::from(plain(arguments));
        command.env("RUST_LOG", "warn");
        Self::ready(command).await
    }

    /// The same, logging as it was configured to into a file.
    pub async fn start_logging(arguments: &[&str], log: &Path) -> Self {
        let mut command = Command::from(plain(arguments));
        command.env_remove("RUST_LOG").stderr(File::create(log).unwrap());
        Self::ready(command).await
    }

    async fn ready(mut command: Command) -> Self {
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        loop {
            let line = output.next_line().await.unwrap().expect("it ended before it was ready");
            if let Some(rest) = line.strip_prefix("ready on ") {
                let url = rest.split(' ').next().unwrap().to_owned();
                return Self { process, _output: output, url };
            }
        }
    }

    /// Sends it a signal, such as `HUP`.
    pub fn signal(&self, name: &str) {
        let id = self.process.id().unwrap().to_string();
        assert!(Plain::new("kill").args([format!("-{name}"), id]).status().unwrap().success());
    }

    /// `kill -9`.
    pub async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}
