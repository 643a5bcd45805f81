//! Lists the files of the built web app, so that they become part of the binary. Without a built app the list is empty
//! and the crate serves its own small page: cargo never needs Node.
//!
//! The app is looked for in `AUTOBROKER_WEB_DIST`, else in `web/dist`. A folder that did not exist at the last build is
//! only noticed when that variable or this file changes: cargo would rebuild at every call for a path that is missing.
//!
//! `name.br` and `name.gz` beside a file are the same file compressed: the app's build makes them, since a compressor
//! would be slow in an unoptimised build script and a dependency of everything.

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
    for (name, file) in &files {
        let original = name.strip_suffix(".br").or_else(|| name.strip_suffix(".gz"));
        if original.is_some_and(|original| files.contains_key(original)) {
            continue;
        }
        let mut hash = DefaultHasher::new();
        fs::read(file)?.hash(&mut hash);
        let [bytes, brotli, gzip] = ["", ".br", ".gz"].map(|ending| files.get(&format!("{name}{ending}")));
        code.push_str(&format!(
            "    File {{ path: {name:?}, tag: \"{:016x}\", bytes: {}, brotli: {}, gzip: {} }},\n",
            hash.finish(),
            included(bytes)?,
            optional(brotli)?,
            optional(gzip)?,
        ));
    }
    code.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("files.rs"), code)
}

fn included(file: Option<&PathBuf>) -> io::Result<String> {
    let file = file.ok_or_else(|| io::Error::other("a file of the app is gone"))?;
    Ok(format!("include_bytes!({:?})", file.canonicalize()?))
}

fn optional(file: Option<&PathBuf>) -> io::Result<String> {
    file.map_or_else(|| Ok("None".to_owned()), |file| Ok(format!("Some({})", included(Some(file))?)))
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
