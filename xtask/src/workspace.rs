//! Where the workspace lies and where its build output goes.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::{env, fs, io};

/// The root folder of the workspace.
pub fn root() -> PathBuf {
    let own = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.parent().map_or_else(|| own.clone(), Path::to_path_buf)
}

/// Whether this runs unattended, where what cannot be tested is a failure.
pub fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// A folder of ours that outlives clones, for build output and tools: `$XDG_CACHE_HOME/autobroker`, else
/// `~/.cache/autobroker`; `None` when neither can be written.
fn cache() -> Option<PathBuf> {
    let base = env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = base.or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))?;
    let cache = base.join("autobroker");
    fs::create_dir_all(&cache).ok()?;
    let probe = cache.join(format!("probe-{}", std::process::id()));
    fs::write(&probe, "").ok()?;
    fs::remove_file(&probe).ok()?;
    Some(cache)
}

/// Where build output goes: `$CARGO_TARGET_DIR`, else the cache folder, else `./target`.
pub fn target() -> PathBuf {
    let chosen = env::var_os("CARGO_TARGET_DIR").filter(|value| !value.is_empty()).map(PathBuf::from);
    let chosen =
        chosen.or_else(|| cache().map(|cache| cache.join("target"))).unwrap_or_else(|| "target".into());
    if chosen.is_absolute() { chosen } else { root().join(chosen) }
}

/// Where tools that the tests need are installed.
pub fn tools() -> PathBuf {
    cache().unwrap_or_else(target).join("tools")
}

/// Where the output of a server that the tests start is kept, to be read when something goes wrong.
///
/// # Errors
/// The folder or the file cannot be written.
pub fn log_file(name: &str) -> Result<(PathBuf, Stdio, Stdio), String> {
    let folder = target().join("logs");
    let path = folder.join(name);
    let open = || {
        fs::create_dir_all(&folder)?;
        let file = fs::File::create(&path)?;
        Ok::<_, io::Error>((Stdio::from(file.try_clone()?), Stdio::from(file)))
    };
    let (out, err) = open().map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    Ok((path, out, err))
}
