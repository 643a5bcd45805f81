//! The API checked from outside: schemathesis reads the running server's own document and tries to prove it wrong.
//!
//! It runs twice, as a shipper and as an administrator, with bounded examples. No answer may be a 5xx, and none may
//! have a status, a content type or a shape that the document does not name.

use crate::cargo::{answers, output};
use crate::coverage::Coverage;
use crate::http::{self, text_member};
use crate::leash::{Leash, Leashed};
use crate::postgres::free_port;
use crate::stopwatch::Stopwatch;
use crate::{packages, workspace};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fs, process, thread};

const VERSION: &str = "4.32.5";
const CHECKS: &str =
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
/// For each operation and phase; the whole API takes a minute or two.
const EXAMPLES: &str = "12";
const SECONDS_MAX: &str = "300";
const READY_LIMIT: Duration = Duration::from_secs(60);
/// These would end the session that all other requests use.
const ENDS_THE_SESSION: &str = "/auth/(logout|refresh)|/sessions";
const PASSWORD: &str = "correct-horse-battery";

/// Whether the binary can serve.
pub fn is_served(binary: &Path) -> bool {
    let mut command = Command::new(binary);
    output(command.args(["serve", "--help"])).is_ok()
}

/// Finds or installs schemathesis in a Python environment of its own.
///
/// # Errors
/// There is no Python 3, or the package cannot be fetched.
pub fn install() -> Result<PathBuf, String> {
    let folder = workspace::tools().join(format!("schemathesis-{VERSION}"));
    let program = folder.join("bin/schemathesis");
    if answers(&program, "--version") {
        return Ok(program);
    }
    println!("  installing schemathesis {VERSION} into {}", folder.display());
    if let Err(error) = environment(&folder) {
        println!("  {error}");
        packages::install(&["python3", "python3-venv"])?;
        environment(&folder)?;
    }
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    output(pip.arg(format!("schemathesis=={VERSION}")))?;
    Ok(program)
}

fn environment(folder: &Path) -> Result<(), String> {
    output(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder)).map(drop)
}

/// Starts the binary on a store of its own and checks it.
///
/// # Errors
/// The server does not come up, or schemathesis found something; what it found is printed.
pub fn run(program: &Path, binary: &Path, coverage: &Coverage) -> Result<(), String> {
    let folder = env::temp_dir().join(format!("autobroker-api-{}", process::id()));
    fs::create_dir_all(&folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))?;
    create_administrator(binary, &folder, coverage)?;
    let port = free_port()?;
    let server = serve(binary, &folder, port, coverage)?;
    let outcome = check_as_everyone(program, port);
    server.end()?;
    outcome
}

fn create_administrator(binary: &Path, folder: &Path, coverage: &Coverage) -> Result<(), String> {
    let mut command = Command::new(binary);
    command.args([
        "user",
        "create",
        "--role",
        "admin",
        "--email",
        "admin@example.com",
        "--password-stdin",
        "--data",
    ]);
    command.arg(folder).stdin(Stdio::piped());
    coverage.collect(&mut command);
    let told = |error: std::io::Error| format!("no administrator: {error}");
    let mut child = command.spawn().map_err(told)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(PASSWORD.as_bytes()).map_err(told)?;
    }
    let status = child.wait().map_err(told)?;
    if status.success() { Ok(()) } else { Err(format!("no administrator: {status}")) }
}

fn serve(binary: &Path, folder: &Path, port: u16, coverage: &Coverage) -> Result<Leashed, String> {
    let mut command = Command::new(binary);
    command.args(["serve", "--rate-limit-user", "0", "--rate-limit-anonymous", "0"]);
    command.arg("--listen").arg(format!("127.0.0.1:{port}")).arg("--data").arg(folder);
    coverage.collect(&mut command);
    let (log, out, err) = workspace::log_file("serve.log")?;
    let leash = Leash { signal: "TERM", folder: Some(folder) };
    let mut server = leash.start_with(&command, out, err)?;
    let watch = Stopwatch::start();
    while !http::send(port, "GET", "/health/ready", "").is_ok_and(|answer| answer.status == 200) {
        if server.has_ended() || watch.elapsed() > READY_LIMIT {
            let said = fs::read_to_string(log).unwrap_or_default();
            return Err(format!("the server did not become ready: {said}"));
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(server)
}

fn check_as_everyone(program: &Path, port: u16) -> Result<(), String> {
    let register = format!(
        r#"{{"role":"shipper","name":"Example Shipper","email":"shipper@example.com","phone":"+390212345678","password":"{PASSWORD}","organisation":"Example Shipping"}}"#
    );
    let registered = http::send(port, "POST", "/api/v1/auth/register", &register)?;
    if !(200..300).contains(&registered.status) {
        return Err(format!("a shipper could not register: {} {}", registered.status, registered.body));
    }
    let shipper = check(program, port, "shipper");
    check(program, port, "admin").and(shipper)
}

fn check(program: &Path, port: u16, role: &str) -> Result<(), String> {
    let login = format!(r#"{{"email":"{role}@example.com","password":"{PASSWORD}"}}"#);
    let answer = http::send(port, "POST", "/api/v1/auth/login", &login)?;
    let token = text_member(&answer.body, "access_token")
        .ok_or_else(|| format!("{role} could not log in: {} {}", answer.status, answer.body))?;
    let watch = Stopwatch::start();
    let mut command = Command::new("timeout");
    command.args(["--kill-after=10", SECONDS_MAX]).arg(program).arg("run");
    command.arg(format!("http://127.0.0.1:{port}/openapi.json"));
    command.arg("--header").arg(format!("Authorization: Bearer {token}"));
    command.args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES]);
    command.args([
        "--exclude-path-regex",
        ENDS_THE_SESSION,
        "--continue-on-failure",
        "--request-timeout",
        "10",
    ]);
    command.args(["--generation-deterministic", "--suppress-health-check", "all"]);
    command.args(["--warnings", "off", "--no-color"]);
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("schemathesis: {error}"))?;
    println!("  as {role}: {} in {}", output.status, watch.show());
    if output.status.success() {
        return Ok(());
    }
    println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("as {role}: {}", output.status))
}
