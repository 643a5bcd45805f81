//! `breakers reset`: closes a circuit breaker of a running server by hand.

use crate::{failure::Failure, output::say, plain_http::Connection};

/// Runs the command.
pub async fn reset(name: &str, server: &str, token: &str) -> Result<(), Failure> {
    let authority = authority_of(server)?;
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        return Err(Failure::Refused(format!("`{name}` is not the name of a breaker")));
    }
    let unreachable = |error: std::io::Error| Failure::Network(format!("{server}: {error}"));
    let mut connection = Connection::open(&authority).await.map_err(unreachable)?;
    let path = format!("/api/v1/breakers/{name}/reset");
    let reply = connection.send("POST", &path, Some(token), "").await.map_err(unreachable)?;
    match reply.status {
        200..300 => say(format_args!("{name} is closed")),
        status => Err(Failure::Refused(refusal(status, &reply.body))),
    }
}

/// `http://HOST:PORT`; the token must not travel further than this machine or a protected network, and TLS ends at the
/// proxy or the server itself, which is asked on its own machine.
fn authority_of(server: &str) -> Result<String, Failure> {
    match server.strip_prefix("http://").map(|rest| rest.trim_end_matches('/')) {
        Some(rest) if !rest.is_empty() && !rest.contains('/') => {
            Ok(if rest.contains(':') { rest.to_owned() } else { format!("{rest}:80") })
        }
        _ => Err(Failure::Configuration(format!("--server `{server}` must be like http://127.0.0.1:8000"))),
    }
}

/// The problem's own words, when the server gave some.
fn refusal(status: u16, body: &[u8]) -> String {
    let problem: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    problem["detail"].as_str().map_or_else(|| format!("the server answered {status}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_are_taken() {
        assert_eq!(authority_of("http://127.0.0.1:8000/").unwrap(), "127.0.0.1:8000");
        assert_eq!(authority_of("http://localhost").unwrap(), "localhost:80");
        for server in ["", "127.0.0.1:8000", "https://a", "http://", "http://a/b"] {
            assert!(matches!(authority_of(server), Err(Failure::Configuration(_))), "{server}");
        }
    }

    #[test]
    fn the_servers_words_are_repeated() {
        assert_eq!(refusal(404, br#"{"detail":"there is no such breaker"}"#), "there is no such breaker");
        assert_eq!(refusal(502, b"<html>"), "the server answered 502");
    }
}
