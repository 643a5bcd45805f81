//! Who may stand on whom (design, section 3).

use super::{Finding, Source};

/// The crates with their floors, from the ground. A crate depends only on crates of lower floors.
const FLOORS: &[(&str, u8)] = &[
    ("kernel", 0),
    ("migrations", 0),
    ("contracts", 1),
    ("devices", 1),
    ("planner", 1),
    ("store", 2),
    ("guard", 2),
    ("roads", 2),
    ("runtime", 3),
    ("adapters", 3),
    ("edge", 4),
    ("identity", 5),
    ("market", 5),
    ("movement", 5),
    ("facilities", 5),
    ("money", 5),
    ("papers", 5),
    ("web", 5),
    ("flows", 6),
    ("dispatch", 6),
    ("operations", 6),
    ("sim", 7),
    ("autobroker", 8),
];

/// Crates that may know even less than their floor allows.
const NARROW: &[(&str, &[&str])] = &[
    ("adapters", &["kernel", "contracts", "guard"]),
    ("devices", &["kernel"]),
    ("roads", &["kernel", "contracts"]),
    ("web", &["edge"]),
];

/// Crates that only these may depend on.
const PRIVATE: &[(&str, &[&str])] = &[("migrations", &["store"])];

/// Reads the crates' manifests.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let Some(name) =
            source.crate_name().filter(|name| source.path == format!("crates/{name}/Cargo.toml"))
        else {
            continue;
        };
        let Some(floor) = floor_of(name) else {
            findings.push(Finding::new(
                source,
                1,
                format!("`{name}` has no floor yet: give it one in tidy/floors.rs"),
            ));
            continue;
        };
        for (line, dependency) in dependencies(&source.text) {
            if let Some(reason) = objection(name, floor, &dependency) {
                findings.push(Finding::new(source, line, reason));
            }
        }
    }
    findings
}

fn floor_of(name: &str) -> Option<u8> {
    FLOORS.iter().find(|(known, _)| *known == name).map(|(_, floor)| *floor)
}

/// Why `name` may not depend on `dependency`, if so. Crates of others have no floor and are welcome.
fn objection(name: &str, floor: u8, dependency: &str) -> Option<String> {
    let below = floor_of(dependency)?;
    let outside = |list: &[(&str, &[&str])], key: &str, value: &str| {
        list.iter().any(|(known, allowed)| *known == key && !allowed.contains(&value))
    };
    if below > floor {
        Some(format!("`{name}` (floor {floor}) may not depend upwards on `{dependency}` (floor {below})"))
    } else if below == floor {
        Some(format!("`{name}` may not depend sideways on `{dependency}`: both stand on floor {floor}"))
    } else if outside(NARROW, name, dependency) {
        Some(format!("`{name}` may not know `{dependency}`"))
    } else if outside(PRIVATE, dependency, name) {
        Some(format!("only `store` may know `{dependency}`"))
    } else {
        None
    }
}

/// The dependencies of a manifest with their lines, those of tests and build scripts included.
pub fn dependencies(manifest: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut inside = false;
    for (index, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            inside = section.ends_with("dependencies");
            let named = section.split_once("dependencies.").map(|(_, name)| name.to_owned());
            found.extend(named.map(|name| (index + 1, name)));
        } else if inside && !line.starts_with('#') {
            let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
            if !name.is_empty() {
                found.push((index + 1, name.trim_matches('"').to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(name: &str, manifest: &str) -> Vec<String> {
        let source = Source::new(&format!("crates/{name}/Cargo.toml"), manifest);
        check(&[source]).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn standing_on_lower_floors_is_fine() {
        let manifest =
            "[package]\nname = \"market\"\n[dependencies]\nruntime.workspace = true\nserde = \"1\"\n";
        assert!(findings("market", manifest).is_empty());
    }

    #[test]
    fn an_arrow_up_is_found() {
        assert_eq!(findings("kernel", "[dependencies]\nstore.workspace = true\n").len(), 1);
        assert_eq!(findings("store", "[dev-dependencies]\nruntime = { path = \"../runtime\" }\n").len(), 1);
    }

    #[test]
    fn an_arrow_sideways_is_found() {
        let found = findings("market", "[dependencies.money]\nworkspace = true\n");
        assert!(found[0].contains("sideways"), "{found:?}");
    }

    #[test]
    fn narrow_and_private_crates_are_kept_apart() {
        assert_eq!(findings("adapters", "[dependencies]\nstore.workspace = true\n").len(), 1);
        assert_eq!(findings("market", "[dependencies]\nmigrations.workspace = true\n").len(), 1);
        assert!(findings("store", "[dependencies]\nmigrations.workspace = true\n").is_empty());
    }

    #[test]
    fn a_new_crate_must_be_given_a_floor() {
        assert!(findings("attic", "[package]\n")[0].contains("no floor"));
    }
}
