//! Just enough HTTP to prepare the check of the API from outside: one request, one connection.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10);

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body as it came.
    pub body: String,
}

/// Sends a request to a server of this machine and reads the whole answer.
///
/// # Errors
/// It cannot be reached, is too slow, or does not speak HTTP.
pub fn send(port: u16, method: &str, path: &str, json: &str) -> Result<Answer, String> {
    let told = |error: std::io::Error| format!("{method} {path}: {error}");
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(told)?;
    stream.set_read_timeout(Some(LIMIT)).map_err(told)?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nAccept: application/json\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
        json.len()
    );
    stream.write_all(request.as_bytes()).map_err(told)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).map_err(told)?;
    parse(&String::from_utf8_lossy(&bytes)).ok_or_else(|| format!("{method} {path}: not an HTTP answer"))
}

fn parse(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.to_owned() })
}

/// The text value of a member of a JSON document, wherever it stands; enough for tokens and ids.
pub fn text_member(json: &str, name: &str) -> Option<String> {
    let rest = json.split_once(&format!("\"{name}\""))?.1.trim_start().strip_prefix(':')?.trim_start();
    rest.strip_prefix('"')?.split('"').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        let answer = parse("HTTP/1.1 201 Created\r\nX: y\r\n\r\n{\"a\": 1}");
        assert_eq!(answer, Some(Answer { status: 201, body: "{\"a\": 1}".to_owned() }));
        assert_eq!(parse("nonsense"), None);
    }

    #[test]
    fn a_member_is_found() {
        let json = r#"{"data": {"token_type": "x", "access_token" : "abc.def"}}"#;
        assert_eq!(text_member(json, "access_token").as_deref(), Some("abc.def"));
        assert_eq!(text_member(json, "refresh_token"), None);
    }
}
