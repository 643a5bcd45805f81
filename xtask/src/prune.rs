//! Each clone leaves its own build of our crates in the shared target folder; old ones are removed.
//!
//! Builds of other people's crates do not depend on where the clone lies, and stay.

use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{fs, io};

const KEPT: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Removes what is left of members' builds that nobody has touched for days. Best effort: what cannot be removed stays.
pub fn old_members(target: &Path) {
    let members = members();
    for folder in ["deps", "build", "incremental", ".fingerprint"] {
        if let Err(error) = prune(&target.join("debug").join(folder), &members)
            && error.kind() != io::ErrorKind::NotFound
        {
            println!("old builds in {folder} were not removed: {error}");
        }
    }
}

fn members() -> Vec<String> {
    let folders = fs::read_dir(crate::workspace::root().join("crates")).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.push("xtask".to_owned());
    names
}

fn prune(folder: &Path, members: &[String]) -> io::Result<()> {
    let Some(limit) = newest(folder)?.and_then(|newest| newest.checked_sub(KEPT)) else { return Ok(()) };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_old = entry.metadata()?.modified()? < limit;
        if is_old && is_members(&entry.file_name().to_string_lossy(), members) {
            let path = entry.path();
            if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
        }
    }
    Ok(())
}

/// The time of the newest entry: age is measured within the folder, without asking what time it is.
fn newest(folder: &Path) -> io::Result<Option<SystemTime>> {
    let mut newest = None;
    for entry in fs::read_dir(folder)? {
        newest = newest.max(Some(entry?.metadata()?.modified()?));
    }
    Ok(newest)
}

/// Whether an artifact such as `libkernel-0123.rlib` or `kernel-0123` was built from one of our crates.
fn is_members(artifact: &str, members: &[String]) -> bool {
    let stem = artifact.split('.').next().unwrap_or_default();
    let Some((name, hash)) = stem.rsplit_once('-') else { return false };
    let is_hash = hash.len() >= 13 && hash.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_hash && members.iter().any(|member| name == member || name.strip_prefix("lib") == Some(member))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_builds_of_our_own_crates_go() {
        let folder = std::env::temp_dir().join(format!("xtask-prune-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let names =
            ["libkernel-3dc3f9a3c2ceed1a.rlib", "serde-3dc3f9a3c2ceed1a.d", "kernel-aaaaaaaaaaaaaaaa"];
        for name in names {
            fs::write(folder.join(name), "").unwrap();
        }
        let now = fs::metadata(folder.join(names[2])).unwrap().modified().unwrap();
        for name in &names[..2] {
            let file = fs::File::options().write(true).open(folder.join(name)).unwrap();
            file.set_modified(now - KEPT - Duration::from_secs(60)).unwrap();
        }
        prune(&folder, &["kernel".to_owned()]).unwrap();
        let left: Vec<bool> = names.iter().map(|name| folder.join(name).exists()).collect();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(left, [false, true, true]);
    }

    #[test]
    fn names_must_match_whole() {
        let members = ["web".to_owned(), "store".to_owned()];
        assert!(is_members("store-3dc3f9a3c2ceed1a.d", &members));
        assert!(!is_members("object_store-3dc3f9a3c2ceed1a.d", &members));
        assert!(!is_members("web-sys-3dc3f9a3c2ceed1a.d", &members));
    }
}
