//! Wire types are never domain types (design, section 3).

use super::{Finding, Source};

/// What marks a type as one that clients send or see.
const MARKS: [&str; 2] = ["ToSchema", "IntoParams"];

/// Crates that have no wire types at all.
const WITHOUT: [&str; 9] =
    ["kernel", "contracts", "devices", "store", "guard", "roads", "runtime", "flows", "adapters"];
/// Crates that have wire types, but only in `wire.rs`, `wire/` or `routes/`: the contexts, and the planner, whose
/// JSON is a format of its own.
const CONTEXTS: [&str; 9] =
    ["dispatch", "facilities", "identity", "market", "movement", "money", "operations", "papers", "planner"];

/// Reads all code of the lower floors and the contexts.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| source.path.ends_with(".rs")) {
        let Some(name) = source.crate_name() else { continue };
        let forbidden =
            WITHOUT.contains(&name) || (CONTEXTS.contains(&name) && !may_hold_wire_types(&source.path));
        if !forbidden {
            continue;
        }
        for mark in MARKS {
            for line in source.lines_with(mark).filter(|line| !source.is_test(*line)) {
                let what = format!("`{mark}` makes a wire type here; it belongs in wire.rs or routes/");
                findings.push(Finding::new(source, line, what));
            }
        }
    }
    findings
}

fn may_hold_wire_types(path: &str) -> bool {
    path.ends_with("/src/wire.rs") || path.contains("/src/wire/") || path.contains("/src/routes/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&[Source::new(path, text)]).len()
    }

    #[test]
    fn a_schema_on_a_domain_type_is_found() {
        let text = "#[derive(Serialize, ToSchema)]\npub struct Shipment;\n";
        assert_eq!(count("crates/market/src/agents/shipment.rs", text), 1);
        assert_eq!(count("crates/contracts/src/shipment.rs", text), 1);
        assert_eq!(count("crates/money/src/fees.rs", "#[derive(IntoParams)]\nstruct A;\n"), 1);
    }

    #[test]
    fn the_edge_the_wire_and_the_routes_hold_them() {
        let text = "#[derive(Serialize, utoipa::ToSchema)]\npub struct Shipment;\n";
        for path in
            ["crates/edge/src/wire.rs", "crates/market/src/wire.rs", "crates/market/src/routes/post_bid.rs"]
        {
            assert_eq!(count(path, text), 0);
        }
    }
}
