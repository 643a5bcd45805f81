//! A PostgreSQL server of our own for the tests: found or installed, on a private port in a temporary folder, as an
//! unprivileged user. The machine's own clusters are never touched.

use crate::leash::{Leash, Leashed};
use crate::stopwatch::Stopwatch;
use crate::{cargo, packages, workspace};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs, process, thread};

const START_LIMIT: Duration = Duration::from_secs(60);
const START_ATTEMPTS: u32 = 3;

/// A running server; it ends when dropped.
pub struct Postgres {
    /// Where the tests find it.
    pub url: String,
    server: Option<Leashed>,
}

impl Postgres {
    /// The server that `AUTOBROKER_TEST_POSTGRES` names, else a new one of our own.
    ///
    /// # Errors
    /// PostgreSQL is not here and cannot be installed, or does not start.
    pub fn start() -> Result<Self, String> {
        if let Ok(url) = env::var("AUTOBROKER_TEST_POSTGRES") {
            println!("  using AUTOBROKER_TEST_POSTGRES={url}");
            return Ok(Self { url, server: None });
        }
        let programs = match find_programs() {
            Some(programs) => programs,
            None => install()?,
        };
        let owner = Owner::choose()?;
        let mut refusal = String::new();
        for _ in 0..START_ATTEMPTS {
            // Another process may take the port between our look and the server's start: try again with another.
            match start_once(&programs, &owner) {
                Ok(server) => return Ok(server),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    /// Ends the server and removes its folder.
    pub fn end(self) {
        if let Some(server) = self.server
            && let Err(error) = server.end()
        {
            println!("  PostgreSQL did not end cleanly: {error}");
        }
    }
}

/// The folder of the newest installation.
fn find_programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for entry in fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten() {
        let version = entry.file_name().to_string_lossy().parse().unwrap_or(0);
        found.push((version, entry.path().join("bin")));
    }
    found.retain(|(version, programs)| *version >= 15 && programs.join("initdb").exists());
    found.sort();
    let packaged = found.pop().map(|(_, programs)| programs);
    packaged.or_else(|| {
        let configured = cargo::output(Command::new("pg_config").arg("--bindir")).ok()?;
        Some(PathBuf::from(configured.trim())).filter(|programs| programs.join("initdb").exists())
    })
}

/// Installs the server without a cluster of the machine's own.
fn install() -> Result<PathBuf, String> {
    packages::install(&["postgresql-common"])?;
    let no_cluster = r"s/^#?\s*create_main_cluster\s*=.*/create_main_cluster = false/";
    packages::as_root("sed", &["-ri", no_cluster, "/etc/postgresql-common/createcluster.conf"])?;
    if let Err(error) = packages::install(&["postgresql-15"]) {
        println!("  {error}");
        packages::install(&["postgresql"])?;
    }
    find_programs().ok_or_else(|| "PostgreSQL 15 or later was not found after its installation".to_owned())
}

/// Who runs the server: it refuses to run as root.
enum Owner {
    Ourselves,
    Other { user: String, uid: u32, gid: u32 },
}

impl Owner {
    fn choose() -> Result<Self, String> {
        if !packages::is_root() {
            return Ok(Self::Ourselves);
        }
        for user in ["postgres", "nobody"] {
            if let (Some(uid), Some(gid)) = (number("-u", user), number("-g", user)) {
                return Ok(Self::Other { user: user.to_owned(), uid, gid });
            }
        }
        Err("there is no unprivileged user to run PostgreSQL as".to_owned())
    }

    fn give(&self, folder: &Path) -> Result<(), String> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other { user, uid, gid } => std::os::unix::fs::chown(folder, Some(*uid), Some(*gid))
                .map_err(|error| format!("{} cannot be given to {user}: {error}", folder.display())),
        }
    }

    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = match self {
            Self::Ourselves => Command::new(program),
            Self::Other { user, uid, gid } => {
                let mut command = Command::new("setpriv");
                command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}")).arg("--clear-groups");
                command.arg("--").arg(program).env("USER", user).env("HOME", folder);
                command
            }
        };
        // The folder we stand in may be closed to the other user.
        command.current_dir(folder).env("LC_ALL", "C.UTF-8");
        command
    }
}

fn number(option: &str, user: &str) -> Option<u32> {
    cargo::output(Command::new("id").args([option, user])).ok()?.trim().parse().ok()
}

fn start_once(programs: &Path, owner: &Owner) -> Result<Postgres, String> {
    let port = free_port()?;
    let folder = env::temp_dir().join(format!("autobroker-postgres-{}-{port}", process::id()));
    fs::create_dir(&folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    let started =
        prepare(programs, owner, &folder).and_then(|data| serve(programs, owner, &folder, &data, port));
    if started.is_err() {
        let _ = fs::remove_dir_all(&folder);
    }
    started
}

fn prepare(programs: &Path, owner: &Owner, folder: &Path) -> Result<PathBuf, String> {
    owner.give(folder)?;
    let data = folder.join("data");
    let mut init = owner.command(&programs.join("initdb"), folder);
    init.args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-D"]).arg(&data);
    cargo::output(&mut init)?;
    Ok(data)
}

fn serve(programs: &Path, owner: &Owner, folder: &Path, data: &Path, port: u16) -> Result<Postgres, String> {
    let mut command = owner.command(&programs.join("postgres"), folder);
    command.arg("-D").arg(data).args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k"]).arg(folder);
    command.args(["-c", "max_connections=300"]);
    let (log, out, err) = workspace::log_file("postgres.log")?;
    let leash = Leash { signal: "INT", folder: Some(folder) };
    let mut server = leash.start_with(&command, out, err)?;

    let watch = Stopwatch::start();
    let mut ready = Command::new(programs.join("pg_isready"));
    ready.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
    while cargo::output(&mut ready).is_err() {
        if server.has_ended() || watch.elapsed() > START_LIMIT {
            let said = fs::read_to_string(log).unwrap_or_default();
            return Err(format!("PostgreSQL did not start: {said}"));
        }
        thread::sleep(Duration::from_millis(50));
    }
    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    println!("  {url} in {}", folder.display());
    Ok(Postgres { url, server: Some(server) })
}

/// A port that nobody listens on now.
///
/// # Errors
/// The loopback address cannot be bound.
pub fn free_port() -> Result<u16, String> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| format!("no free port: {error}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}
