//! HTTP clients only in adapters, behind the guard (design, sections 2 and 6).

use super::{Finding, Source};

/// Crates that are an HTTP client or bring one.
const CLIENT_CRATES: [&str; 10] = [
    "attohttpc",
    "awc",
    "curl",
    "hyper-rustls",
    "hyper-tls",
    "isahc",
    "opentelemetry-otlp",
    "reqwest",
    "surf",
    "ureq",
];

/// Paths of the client halves of crates that servers use too.
const CLIENT_PATHS: [&str; 4] = ["reqwest::", "hyper::client", "hyper_util::client", "ureq::"];

/// (crate, dependency, reason)
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "autobroker",
    "opentelemetry-otlp",
    "traces leave through the exporter's own client, never business calls",
)];

/// Reads manifests (tests' dependencies are free) and code outside tests.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let Some(name) = source.crate_name().filter(|name| !name.starts_with("adapter")) else { continue };
        if source.path.ends_with("Cargo.toml") {
            check_manifest(name, source, &mut findings);
        } else {
            check_code(source, &mut findings);
        }
    }
    findings
}

fn check_manifest(name: &str, source: &Source, findings: &mut Vec<Finding>) {
    let mut for_tests = false;
    for (index, line) in source.text.lines().enumerate() {
        if line.starts_with('[') {
            for_tests = line.contains("dev-dependencies");
        }
        let dependency = line.split(['=', '.', ' ']).next().unwrap_or_default();
        let excepted = EXCEPTIONS.iter().any(|(krate, known, _)| (*krate, *known) == (name, dependency));
        if CLIENT_CRATES.contains(&dependency) && !for_tests && !excepted {
            findings.push(Finding::new(source, index + 1, format!("`{dependency}` is an HTTP client")));
        }
    }
}

fn check_code(source: &Source, findings: &mut Vec<Finding>) {
    for path in CLIENT_PATHS {
        for line in source.lines_with(path).filter(|line| !source.is_test(*line)) {
            findings.push(Finding::new(source, line, format!("`{path}` is an HTTP client")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&[Source::new(path, text)]).len()
    }

    #[test]
    fn a_client_in_a_context_is_found() {
        assert_eq!(count("crates/money/Cargo.toml", "[dependencies]\nreqwest.workspace = true\n"), 1);
        assert_eq!(count("crates/money/src/a.rs", "fn a() { reqwest::get(x); }"), 1);
        assert_eq!(count("crates/edge/src/a.rs", "use hyper_util::client::legacy::Client;"), 1);
    }

    #[test]
    fn adapters_tests_and_listed_exceptions_are_free() {
        assert_eq!(count("crates/adapters/Cargo.toml", "[dependencies]\nreqwest.workspace = true\n"), 0);
        assert_eq!(count("crates/adapter-evm/src/a.rs", "use reqwest::Client;"), 0);
        assert_eq!(
            count("crates/autobroker/Cargo.toml", "[dev-dependencies]\nreqwest.workspace = true\n"),
            0
        );
        assert_eq!(count("crates/autobroker/tests/all.rs", "use reqwest::Client;"), 0);
        assert_eq!(
            count("crates/autobroker/Cargo.toml", "[dependencies]\nopentelemetry-otlp.workspace = true\n"),
            0
        );
    }

    #[test]
    fn an_exception_names_its_reason() {
        assert!(EXCEPTIONS.iter().all(|(_, _, reason)| reason.len() > 20));
    }
}
