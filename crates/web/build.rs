//! Lists the files of the built web app, so that they become part of the binary. Without a built app the list is empty
//! and the crate serves its own small page: cargo never needs Node.
//!
//! The app is looked for in `AUTOBROKER_WEB_DIST`, else in `web/dist`. A folder that did not exist at the last build is
//! only noticed when that variable or this file changes: cargo would rebuild at every call for a path that is missing.

use std::{
    collections::BTreeMap,
    env, fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=AUTOBROKER_WEB_DIST");
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let folder =
        env::var_os("AUTOBROKER_WEB_DIST").map_or_else(|| manifest.join("../../web/dist"), PathBuf::from);
    let mut files = BTreeMap::new();
    if folder.join("index.html").is_file() {
        println!("cargo:rerun-if-changed={}", folder.display());
        collect(&folder, "", &mut files)?;
    }
    let mut code = String::from("&[\n");
    for (name, file) in files {
        let mut hash = DefaultHasher::new();
        fs::read(&file)?.hash(&mut hash);
        let (tag, path) = (hash.finish(), file.canonicalize()?);
        code.push_str(&format!(
            "    File {{ path: {name:?}, etag: \"\\\"{tag:016x}\\\"\", bytes: include_bytes!({path:?}) }},\n"
        ));
    }
    code.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("files.rs"), code)
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &name, files)?;
        } else {
            files.insert(name, entry.path());
        }
    }
    Ok(())
}
