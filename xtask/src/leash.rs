//! Child processes that end with us, however we end.
//!
//! A small shell stands between: it starts the program and reads from a pipe that we hold. When the pipe closes, be it
//! because we let go, were interrupted or were killed, it ends the program by its own id and removes its folder.
//! Whoever waits for the pipe holds none of the program's output, so that the output ends when the program does.

use std::ffi::OsStr;
use std::io::{PipeReader, pipe};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

/// `$1` the signal that ends the program, `$2` a folder to remove or nothing, then the program. The program's standard
/// input is empty. The shell leads a process group of its own, so an interrupt of the terminal reaches us first.
const KEEPER: &str = r#"
trap '' INT HUP
signal=$1 folder=$2
shift 2
exec 3<&0
"$@" 3<&- </dev/null & program=$!
{ cat <&3; kill -s "$signal" "$program"; } >/dev/null 2>&1 &
watcher=$!
wait "$program"
status=$?
kill "$watcher" 2>/dev/null
[ -z "$folder" ] || rm -rf "$folder"
exit "$status"
"#;

/// What to start, and how to end it.
pub struct Leash<'a> {
    /// The signal's name, such as `TERM`.
    pub signal: &'a str,
    /// Removed when the program has ended.
    pub folder: Option<&'a Path>,
}

/// A running program.
pub struct Leashed {
    keeper: Child,
}

impl Leash<'_> {
    /// Starts a program whose output and errors we read, in the order in which they are written.
    ///
    /// # Errors
    /// The shell or the pipe cannot be made.
    pub fn start_reading(&self, command: &Command) -> Result<(Leashed, PipeReader), String> {
        let (reader, writer) = pipe().map_err(|error| format!("no pipe: {error}"))?;
        let second = writer.try_clone().map_err(|error| format!("no pipe: {error}"))?;
        let leashed = self.start_with(command, Stdio::from(writer), Stdio::from(second))?;
        Ok((leashed, reader))
    }

    /// Starts a program; arguments, environment and working folder are taken from the command.
    ///
    /// # Errors
    /// The shell cannot be started.
    pub fn start_with(&self, command: &Command, out: Stdio, err: Stdio) -> Result<Leashed, String> {
        let folder = self.folder.map_or_else(PathBuf::new, Path::to_path_buf);
        let mut keeper = Command::new("sh");
        keeper.arg("-c").arg(KEEPER).arg("keeper").arg(self.signal).arg(folder);
        keeper.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            set_or_remove(&mut keeper, name, value);
        }
        if let Some(folder) = command.get_current_dir() {
            keeper.current_dir(folder);
        }
        keeper.stdin(Stdio::piped()).stdout(out).stderr(err).process_group(0);
        let keeper = keeper.spawn().map_err(|error| format!("`sh` cannot be started: {error}"))?;
        Ok(Leashed { keeper })
    }
}

fn set_or_remove(command: &mut Command, name: &OsStr, value: Option<&OsStr>) {
    match value {
        Some(value) => command.env(name, value),
        None => command.env_remove(name),
    };
}

impl Leashed {
    /// Waits until the program ends by itself.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub fn wait(mut self) -> Result<ExitStatus, String> {
        let held = self.keeper.stdin.take();
        let status = self.keeper.wait().map_err(|error| format!("waiting failed: {error}"));
        drop(held);
        status
    }

    /// Ends the program and waits until it has ended.
    ///
    /// # Errors
    /// It cannot be waited for.
    pub fn end(mut self) -> Result<ExitStatus, String> {
        drop(self.keeper.stdin.take());
        self.keeper.wait().map_err(|error| format!("waiting failed: {error}"))
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.keeper.try_wait(), Ok(None))
    }
}

impl Drop for Leashed {
    fn drop(&mut self) {
        // Closing the pipe ends the program; without the wait it would outlive a failed step for a moment.
        drop(self.keeper.stdin.take());
        if let Err(error) = self.keeper.wait() {
            eprintln!("a child process could not be waited for: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, fs, io::Read as _, process};

    fn folder(name: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("leash-{name}-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_program_that_ends_by_itself_hands_on_its_answer() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo said; echo also >&2; exit 7"]);
        let (leashed, mut reader) = Leash { signal: "TERM", folder: None }.start_reading(&command).unwrap();
        let status = leashed.wait().unwrap();
        let mut said = String::new();
        reader.read_to_string(&mut said).unwrap();
        assert_eq!((status.code(), said.as_str()), (Some(7), "said\nalso\n"));
    }

    #[test]
    fn letting_go_ends_the_program_and_removes_its_folder() {
        let folder = folder("gone");
        let mut command = Command::new("sh");
        command.args(["-c", "echo up; exec sleep 1000"]);
        let leash = Leash { signal: "TERM", folder: Some(&folder) };
        let (leashed, mut reader) = leash.start_reading(&command).unwrap();
        let mut up = [0; 3];
        reader.read_exact(&mut up).unwrap();
        let status = leashed.end().unwrap();
        assert_eq!(status.code(), Some(128 + 15), "ended by the signal");
        assert!(!folder.exists());
    }
}
