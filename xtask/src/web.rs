//! The web application: built by npm when what it is made of has changed.
//!
//! A build is kept under the target folder by the hash of its sources, so that a fresh clone of the same sources finds
//! it there, and cargo, which is given its path, embeds it again only when the path is another one.

use crate::cargo::{answers, succeed};
use crate::{packages, workspace};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs, io};

/// What the base map takes from outside the web folder.
const GAZETTEER: &str = "crates/contracts/src/gazetteer.rs";
/// Parts of the web folder that are not built into the application.
const OUTSIDE: [&str; 4] = ["node_modules", "dist", "e2e", "generated"];
/// Written after an installation, so that half of one is not taken for a whole.
const STAMP: &str = "node_modules/.installed-from";

/// The application that cargo embeds in this run.
static DIST: OnceLock<PathBuf> = OnceLock::new();

/// The built application, once [`build`] has run.
pub fn dist() -> Option<&'static Path> {
    DIST.get().map(PathBuf::as_path)
}

/// Whether this workspace has a web application.
pub fn is_there() -> bool {
    folder().join("package.json").is_file()
}

/// An npm command in the web folder. Its cache is under the target folder: a home may be read-only.
pub fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(folder());
    command.env("npm_config_cache", kept().join("npm"));
    command.env("npm_config_update_notifier", "false").env("npm_config_loglevel", "error");
    command
}

/// A program that [`install`] has installed, in the web folder.
pub fn tool(name: &str) -> Command {
    let mut command = Command::new(folder().join("node_modules/.bin").join(name));
    command.current_dir(folder());
    command
}

/// Installs what the lock file names, unless that was done.
///
/// # Errors
/// There is no npm, or a package cannot be fetched.
pub fn install() -> Result<(), String> {
    if !answers("npm", "--version") {
        return Err("npm is not installed; the web application needs Node 20.19 or newer".to_owned());
    }
    let wanted = fs::read_to_string(folder().join("package-lock.json"));
    let wanted = wanted.map_err(|error| format!("web/package-lock.json cannot be read: {error}"))?;
    let stamp = folder().join(STAMP);
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("  installing what the web application needs");
    // Nothing of it has to run to be installed, so nothing of it may. Not `npm ci`: it asks for the packages of every
    // platform, and a registry that serves only some of them is good enough. What the lock file names is still taken
    // from it, and the lock file stays as it is.
    let options = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
    succeed(npm(&["install", "--no-save"]).args(options))?;
    // What the sources import and git does not keep.
    succeed(&mut npm(&["run", "--silent", "basemap"]))?;
    fs::write(&stamp, wanted).map_err(|error| format!("{} cannot be written: {error}", stamp.display()))
}

/// Builds it unless this very application was built before; from then on [`dist`] names it.
///
/// # Errors
/// npm is missing, or a step of the build fails.
pub fn build() -> Result<(), String> {
    let unreadable = |error: io::Error| format!("the web application cannot be read: {error}");
    let hash = hash_of(&sources().map_err(unreadable)?).map_err(unreadable)?;
    let built = kept().join(format!("dist-{hash:016x}"));
    if !built.join("index.html").is_file() {
        install()?;
        println!("  building the web application");
        succeed(&mut npm(&["run", "--silent", "build"]))?;
        keep(&folder().join("dist"), &built)
            .map_err(|error| format!("{} cannot be written: {error}", built.display()))?;
    }
    // Set once: a second build in the same run is the same one.
    let _ = DIST.set(built);
    Ok(())
}

/// Finds Chromium, or installs Debian's.
///
/// # Errors
/// It is not there and cannot be installed.
pub fn chromium() -> Result<PathBuf, String> {
    let chosen = env::var_os("AUTOBROKER_CHROMIUM").map(PathBuf::from);
    let found = chosen.or_else(|| on_the_path("chromium"));
    if let Some(found) = found {
        return Ok(found);
    }
    packages::install(&["chromium"])?;
    on_the_path("chromium").ok_or_else(|| "chromium was installed and is not to be found".to_owned())
}

fn on_the_path(name: &str) -> Option<PathBuf> {
    let paths = env::var_os("PATH")?;
    env::split_paths(&paths).map(|folder| folder.join(name)).find(|program| program.is_file())
}

fn folder() -> PathBuf {
    workspace::root().join("web")
}

/// Where builds and npm's cache are kept.
fn kept() -> PathBuf {
    workspace::target().join("web")
}

/// Every file that the application is made of, by its path from the workspace's root.
fn sources() -> io::Result<BTreeMap<String, PathBuf>> {
    let root = workspace::root();
    let mut files = BTreeMap::from([(GAZETTEER.to_owned(), root.join(GAZETTEER))]);
    collect(&root.join("web"), "web", &mut files)?;
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_test = name.ends_with(".test.ts") || name.ends_with(".test.tsx");
        if OUTSIDE.contains(&name.as_str()) || is_test {
            continue;
        }
        let path = format!("{prefix}/{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &path, files)?;
        } else {
            files.insert(path, entry.path());
        }
    }
    Ok(())
}

fn hash_of(files: &BTreeMap<String, PathBuf>) -> io::Result<u64> {
    let mut hasher = DefaultHasher::new();
    for (name, path) in files {
        (name, fs::read(path)?).hash(&mut hasher);
    }
    Ok(hasher.finish())
}

/// Copies a build to where it is kept, whole or not at all, and removes the ones before it.
fn keep(from: &Path, to: &Path) -> io::Result<()> {
    let fresh = to.with_extension(format!("{}", std::process::id()));
    copy(from, &fresh)?;
    for old in fs::read_dir(to.parent().unwrap_or(to))?.flatten() {
        let name = old.file_name();
        let is_build = name.to_string_lossy().starts_with("dist-");
        if is_build && old.path() != fresh {
            fs::remove_dir_all(old.path())?;
        }
    }
    fs::rename(&fresh, to)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_of(test: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("xtask-web-{test}-{}", std::process::id()));
        fs::create_dir_all(folder.join("src")).unwrap();
        folder
    }

    #[test]
    fn a_build_depends_on_every_source_and_on_nothing_else() {
        let folder = folder_of("hash");
        let hash = || {
            let mut files = BTreeMap::new();
            collect(&folder, "web", &mut files).unwrap();
            hash_of(&files).unwrap()
        };
        fs::write(folder.join("src/main.ts"), "a").unwrap();
        let first = hash();
        for outside in ["node_modules/x", "dist/x", "e2e/x", "src/generated/x"] {
            let path = folder.join(outside);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        fs::write(folder.join("src/main.test.ts"), "x").unwrap();
        assert_eq!(hash(), first);
        fs::write(folder.join("src/main.ts"), "b").unwrap();
        let second = hash();
        fs::rename(folder.join("src/main.ts"), folder.join("src/other.ts")).unwrap();
        assert_eq!(BTreeMap::from([(first, ()), (second, ()), (hash(), ())]).len(), 3);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_last_build_takes_the_place_of_the_one_before() {
        let folder = folder_of("keep");
        fs::write(folder.join("src/index.html"), "new").unwrap();
        fs::create_dir_all(folder.join("kept/dist-1")).unwrap();
        fs::create_dir_all(folder.join("kept/npm")).unwrap();
        keep(&folder.join("src"), &folder.join("kept/dist-2")).unwrap();
        assert_eq!(fs::read_to_string(folder.join("kept/dist-2/index.html")).unwrap(), "new");
        assert!(folder.join("kept/npm").is_dir() && !folder.join("kept/dist-1").exists());
        fs::remove_dir_all(&folder).unwrap();
    }
}
