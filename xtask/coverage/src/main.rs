//! Line coverage from the raw profiles that instrumented programs leave behind.
//!
//! `line-coverage ROOT PROFILES OBJECT...` reads every `*.profraw` in `PROFILES` and the coverage maps of the objects
//! (test programs and the binary), and prints one line for each crate under `ROOT/crates`: its name, the lines that
//! ran, and the lines that could have run. Test modules, blank lines and comments are not counted. The lines that did
//! not run are listed in `PROFILES/missing.txt`.
//!
//! It stands in for `llvm-cov`, which a plain Rust installation does not have.

mod lines;

use lines::{FileLines, Span};
use llvm_profparser::coverage::coverage_mapping::{SectionReadError, read_object_file};
use llvm_profparser::instrumentation_profile::types::InstrumentationProfile;
use llvm_profparser::{Counter, CounterType, ExprKind, FunctionRecordV3, merge_profiles};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, error::Error, fs, process::ExitCode};

fn main() -> ExitCode {
    match run() {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("line-coverage: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(root), Some(profiles)) = (arguments.next(), arguments.next()) else {
        return Err("usage: line-coverage ROOT PROFILES OBJECT...".into());
    };
    let crates = root.join("crates");
    let profile = read_profiles(&profiles)?;
    let version = profile.version().ok_or("the profiles name no format version")?;

    let mut files: BTreeMap<PathBuf, FileLines> = BTreeMap::new();
    for object in arguments {
        let map = match read_object_file(&object, version) {
            Ok(map) => map,
            // A program without a function of ours, such as the tests of a crate that has none yet.
            Err(error) if matches!(error.downcast_ref(), Some(SectionReadError::MissingSection(_))) => {
                continue;
            }
            Err(error) => return Err(format!("{}: {error}", object.display()).into()),
        };
        for function in &map.cov_fun {
            let paths = map.get_files_from_id(function.header.filenames_ref);
            let counters = counters_of(function, &profile);
            for region in &function.regions {
                let Some(path) = paths.get(region.file_id).filter(|path| path.starts_with(&crates)) else {
                    continue;
                };
                let span = Span::new(&region.loc);
                let count = evaluate(region.count, function, counters, 0);
                files.entry(path.clone()).or_default().add(span, count);
            }
        }
    }
    if files.is_empty() {
        return Err("no program holds a coverage map".into());
    }
    let (report, missing) = report(&crates, &files)?;
    fs::write(profiles.join("missing.txt"), missing)?;
    Ok(report)
}

fn read_profiles(folder: &Path) -> Result<InstrumentationProfile, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let written = path.metadata()?.len() > 0;
        if written && path.extension().is_some_and(|extension| extension == "profraw") {
            found.push(path);
        }
    }
    if found.is_empty() {
        return Err(format!("no profile was written to {}", folder.display()).into());
    }
    found.sort();
    Ok(merge_profiles(&found)?)
}

/// The counts of a function; none when it never ran or was compiled without being used.
fn counters_of<'a>(function: &FunctionRecordV3, profile: &'a InstrumentationProfile) -> &'a [u64] {
    if function.header.fn_hash == 0 {
        return &[];
    }
    profile.find_record_by_hash(function.header.name_hash).map_or(&[], |record| record.counts())
}

/// The value of a counter. The depth is limited because a damaged map could refer to itself.
fn evaluate(counter: Counter, function: &FunctionRecordV3, counts: &[u64], depth: u32) -> i128 {
    const DEPTH_MAX: u32 = 512;
    let index = usize::try_from(counter.id).unwrap_or(usize::MAX);
    match counter.kind {
        CounterType::Zero => 0,
        CounterType::ProfileInstrumentation => counts.get(index).copied().map_or(0, i128::from),
        CounterType::Expression(kind) => {
            let Some(expression) = function.expressions.get(index).filter(|_| depth < DEPTH_MAX) else {
                return 0;
            };
            let left = evaluate(expression.lhs, function, counts, depth + 1);
            let right = evaluate(expression.rhs, function, counts, depth + 1);
            match kind {
                ExprKind::Add => left + right,
                ExprKind::Subtract => left - right,
            }
        }
    }
}

/// The sums of each crate, and the lines that did not run as `path: 12 13 40`.
fn report(crates: &Path, files: &BTreeMap<PathBuf, FileLines>) -> Result<(String, String), Box<dyn Error>> {
    let mut per_crate: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut missing = String::new();
    for (path, lines) in files {
        let relative = path.strip_prefix(crates)?;
        let mut parts = relative.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
        let name = parts.next().unwrap_or_default();
        let in_sources = parts.next().is_some_and(|folder| folder == "src");
        if !in_sources || !path.is_file() {
            continue;
        }
        let found = lines.counted(&fs::read_to_string(path)?);
        let idle: Vec<String> =
            found.iter().filter(|(_, ran)| !ran).map(|(line, _)| line.to_string()).collect();
        let sum = per_crate.entry(name).or_default();
        sum.0 += found.len() - idle.len();
        sum.1 += found.len();
        if !idle.is_empty() {
            missing.push_str(&format!("{}: {}\n", relative.display(), idle.join(" ")));
        }
    }
    Ok((per_crate.iter().map(|(name, (ran, all))| format!("{name} {ran} {all}\n")).collect(), missing))
}
