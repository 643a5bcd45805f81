//! A server in a process of its own, and what that process costs, as the operating system counts it.

use crate::{failure::Failure, stopwatch::Stopwatch};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

/// What `serve` prints before its address.
const READY: &str = "ready on http://";
/// How long a server may take to be ready.
const PATIENCE: Duration = Duration::from_secs(60);
/// The clock ticks a second in which Linux counts processor time in /proc, on every architecture that it has.
const TICKS_PER_SECOND: f64 = 100.0;

/// A running `autobroker serve`; it is ended when this value is dropped.
pub struct ChildServer {
    process: Child,
    /// Kept open, so that the server never writes to a closed pipe.
    _output: Lines<BufReader<ChildStdout>>,
    /// `HOST:PORT`.
    pub authority: String,
    /// From the start of the process until it was ready.
    pub started_in: Duration,
}

impl ChildServer {
    /// Starts one on an embedded store in `folder`, without rate limits.
    pub async fn start(binary: &Path, folder: &Path) -> Result<Self, Failure> {
        Self::start_with(binary, folder, &[]).await
    }

    /// The same with further options.
    pub async fn start_with(binary: &Path, folder: &Path, options: &[&str]) -> Result<Self, Failure> {
        let cannot =
            |error: &dyn std::fmt::Display| Failure::Refused(format!("{}: {error}", binary.display()));
        let watch = Stopwatch::start();
        let mut process = Command::new(binary)
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--rate-limit-user",
                "0",
                "--rate-limit-anonymous",
                "0",
            ])
            .arg("--data")
            .arg(folder)
            .args(options)
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| cannot(&error))?;
        let stdout = process.stdout.take().ok_or_else(|| cannot(&"no standard output"))?;
        let mut output = BufReader::new(stdout).lines();
        let ready = async {
            while let Some(line) = output.next_line().await? {
                if let Some((_, rest)) = line.split_once(READY) {
                    return Ok(rest.split(['/', ' ']).next().unwrap_or_default().to_owned());
                }
            }
            Err(std::io::Error::other("it ended before it was ready"))
        };
        let authority = tokio::time::timeout(PATIENCE, ready).await;
        let authority = authority.map_err(|_| cannot(&"it is not ready"))?.map_err(|error| cannot(&error))?;
        Ok(Self { process, _output: output, authority, started_in: watch.elapsed() })
    }

    /// Processor time of all its threads so far, user and system; `None` where there is no /proc.
    pub fn cpu(&self) -> Option<Duration> {
        let stat = proc_file(&self.process.id()?.to_string(), "stat")?;
        // The second field is the name in brackets and may hold anything; the numbers begin after it.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
        let ticks: f64 = fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?;
        Some(Duration::from_secs_f64(ticks / TICKS_PER_SECOND))
    }

    /// Its resident memory in MB (10^6 bytes); `None` where there is no /proc.
    pub fn memory_mb(&self) -> Option<f64> {
        memory_of(&self.process.id()?.to_string())
    }

    /// Ends it.
    pub async fn stop(mut self) -> Result<(), Failure> {
        self.process
            .kill()
            .await
            .map_err(|error| Failure::Refused(format!("the server cannot be ended: {error}")))
    }
}

fn proc_file(process: &str, name: &str) -> Option<String> {
    let path: PathBuf = ["/proc", process, name].iter().collect();
    std::fs::read_to_string(path).ok()
}

/// The resident memory in MB (10^6 bytes) of a process, by its id or `self`; `None` where there is no /proc.
pub fn memory_of(process: &str) -> Option<f64> {
    let status = proc_file(process, "status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kibibytes * 1024.0 / 1e6)
}
