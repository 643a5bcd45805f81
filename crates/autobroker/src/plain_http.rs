//! As much of an HTTP/1.1 client as the binary needs to talk to a server of its own: `breakers reset` and the
//! measuring client of `bench`, which must cost little beside what it measures. Calls to vendors go through adapters.

use std::{
    fmt::Write as _,
    io::{self, ErrorKind},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

/// The longest answer that is read.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The most header lines that are read.
const HEADERS_MAX: usize = 128;
/// How long to wait for a connection or an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// One kept-alive connection.
pub struct Connection {
    stream: BufReader<TcpStream>,
    authority: String,
    request: String,
}

impl Connection {
    /// Connects to `HOST:PORT`.
    ///
    /// # Errors
    /// What the system says; [`ErrorKind::TimedOut`] when nobody answers.
    pub async fn open(authority: &str) -> io::Result<Self> {
        let stream = patiently(TcpStream::connect(authority)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), authority: authority.to_owned(), request: String::new() })
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// What the system says; [`ErrorKind::InvalidData`] for an answer that is not HTTP/1.1 with a length.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: &str,
    ) -> io::Result<Reply> {
        self.write_request(method, path, token, body)?;
        patiently(async {
            self.stream.get_mut().write_all(self.request.as_bytes()).await?;
            self.read_reply().await
        })
        .await
    }

    fn write_request(&mut self, method: &str, path: &str, token: Option<&str>, body: &str) -> io::Result<()> {
        self.request.clear();
        let written = match token {
            Some(token) => write!(
                self.request,
                "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                self.authority,
                body.len()
            ),
            None => write!(
                self.request,
                "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
                 content-length: {}\r\n\r\n{body}",
                self.authority,
                body.len()
            ),
        };
        written.map_err(io::Error::other)
    }

    async fn read_reply(&mut self) -> io::Result<Reply> {
        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        let status =
            line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| invalid("not an HTTP/1.1 answer"))?;
        let mut length = None;
        for _ in 0..HEADERS_MAX {
            line.clear();
            self.stream.read_line(&mut line).await?;
            let header = line.trim_end();
            if header.is_empty() {
                return self.read_body(status, length).await;
            }
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse::<usize>().ok();
            }
        }
        Err(invalid("too many headers"))
    }

    async fn read_body(&mut self, status: u16, length: Option<usize>) -> io::Result<Reply> {
        let length = match length {
            Some(length) if length <= BODY_BYTES_MAX => length,
            None if status == 204 || status == 304 => 0,
            _ => return Err(invalid("an answer without an acceptable length")),
        };
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await?;
        Ok(Reply { status, body })
    }
}

async fn patiently<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, http::HeaderMap, routing::post};
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn requests_are_sent_and_answers_read_over_one_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let echo = |headers: HeaderMap, body: String| async move {
            format!("{} {body}", headers["authorization"].to_str().unwrap())
        };
        let server =
            tokio::spawn(async move { axum::serve(listener, Router::new().route("/", post(echo))).await });
        let mut connection = Connection::open(&address).await.unwrap();
        for body in ["first", "second"] {
            let reply = connection.send("POST", "/", Some("t"), body).await.unwrap();
            assert_eq!(reply, Reply { status: 200, body: format!("Bearer t {body}").into_bytes() });
        }
        assert_eq!(connection.send("POST", "/nothing", None, "").await.unwrap().status, 404);
        server.abort();
    }

    #[tokio::test]
    async fn something_else_than_http_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"SSH-2.0-x\r\n").await.unwrap();
            stream.shutdown().await.unwrap();
        });
        let mut connection = Connection::open(&address).await.unwrap();
        assert_eq!(connection.send("GET", "/", None, "").await.unwrap_err().kind(), ErrorKind::InvalidData);
        server.await.unwrap();
    }
}
