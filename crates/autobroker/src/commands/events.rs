//! `events`: which events the assembled house has and which reactors answer them, as Markdown.

use crate::{assembly, failure::Failure, output::say};
use runtime::Assembly;
use std::fmt::Write as _;

const PREFACE: &str = "\
# Events and who answers them

Every event that this binary can write, by the kind of agent whose stream it is in, and the reactors that answer it.
";

/// Runs the command.
pub fn run() -> Result<(), Failure> {
    say(catalogue(&assembly::offline()?).trim_end())
}

/// The page.
pub fn catalogue(assembly: &Assembly) -> String {
    let reactors: Vec<_> = assembly.reactors().collect();
    let mut kinds: Vec<_> = assembly.kinds().collect();
    kinds.sort_unstable();
    let mut page = PREFACE.to_owned();
    for (kind, types) in kinds {
        // Writing into a string cannot fail.
        let _written = write!(page, "\n## {kind}\n\n| event | answered by |\n|---|---|\n");
        for name in types {
            let answering: Vec<_> = reactors
                .iter()
                .filter(|(_, listens)| listens.contains(name))
                .map(|(reactor, _)| *reactor)
                .collect();
            let _written = writeln!(page, "| `{name}` | {} |", answering.join(", "));
        }
    }
    page
}
