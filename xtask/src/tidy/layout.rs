//! Inside a context every file name recurs (design, section 3).

use super::{Finding, Source};

const CONTEXTS: [&str; 8] =
    ["dispatch", "facilities", "identity", "market", "movement", "money", "operations", "papers"];

/// What may stand only in one folder of a context: (what, folder, how to say it).
const HOMES: [(&str, &str, &str); 3] = [
    ("Agent for ", "/src/agents/", "an agent lives in agents/, one file each"),
    ("Reactor for ", "/src/reactors/", "a reactor lives in reactors/, one file each"),
    ("#[utoipa::path", "/src/routes/", "an endpoint lives in routes/, one file each"),
];

/// Reads the code of the contexts outside tests.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let contexts =
        sources.iter().filter(|source| source.crate_name().is_some_and(|name| CONTEXTS.contains(&name)));
    for source in contexts.filter(|source| source.path.ends_with(".rs")) {
        for (what, folder, advice) in HOMES {
            let lines: Vec<usize> = source.lines_with(what).filter(|line| !source.is_test(*line)).collect();
            if !source.path.contains(folder) {
                findings.extend(lines.iter().map(|line| Finding::new(source, *line, advice)));
            } else if lines.len() > 1 {
                findings.push(Finding::new(
                    source,
                    lines[1],
                    format!("{advice}; this file has {}", lines.len()),
                ));
            }
        }
        if source.path.ends_with("/src/lib.rs") {
            check_front_door(source, &mut findings);
        }
    }
    findings
}

/// The binary assembles every context through the same two functions.
fn check_front_door(source: &Source, findings: &mut Vec<Finding>) {
    for door in ["context(", "routes("] {
        if !source.code.contains(&format!("fn {door}"))
            && !reexports(&source.code, door.trim_end_matches('('))
        {
            findings.push(Finding::new(source, 1, format!("a context offers `pub fn {door}...)`")));
        }
    }
}

fn reexports(code: &str, name: &str) -> bool {
    let mut items =
        code.split(';').map(str::trim).filter_map(|item| item.rsplit_once("pub use ").map(|(_, item)| item));
    items.any(|item| item.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        check(&[Source::new(path, text)]).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn an_agent_outside_its_folder_is_found() {
        let text = "impl runtime::Agent for Shipment {}\n";
        assert_eq!(findings("crates/market/src/shipment.rs", text).len(), 1);
        assert_eq!(findings("crates/market/src/agents/shipment.rs", text).len(), 0);
    }

    #[test]
    fn two_endpoints_in_one_file_are_found() {
        let one = "#[utoipa::path(get, path = \"/a\")]\nasync fn a() {}\n";
        assert!(findings("crates/market/src/routes/get_bid.rs", one).is_empty());
        assert_eq!(findings("crates/market/src/routes/get_bid.rs", &one.repeat(2)).len(), 1);
        assert_eq!(findings("crates/market/src/handlers.rs", one).len(), 1);
    }

    #[test]
    fn a_context_without_a_front_door_is_found() {
        assert_eq!(findings("crates/market/src/lib.rs", "//! Market.\n").len(), 2);
        assert!(
            findings("crates/market/src/lib.rs", "pub fn context() {}\npub use routes::routes;\n").is_empty()
        );
    }

    #[test]
    fn agents_of_tests_are_free() {
        let text = "#[cfg(test)]\nmod tests {\n    impl Agent for Lamp {}\n}\n";
        assert!(findings("crates/market/src/ranking.rs", text).is_empty());
    }
}
