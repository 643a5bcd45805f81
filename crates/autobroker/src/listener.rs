//! Accepts connections: a limit on their number, no delayed small packets, TLS when asked for, a limit on how long a
//! client may take to say what it wants, and an end that lets begun requests finish.

use crate::refused_heads::{Debts, Explaining};
use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

/// The longest head of a request in bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// The most header fields of a request.
const HEADERS_MAX: usize = 64;
/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait after the system had no file descriptor left for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The limits of the listener.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at the same time, upgraded ones included; more wait in the system's queue.
    pub connections: usize,
    /// How long a client may take to send a request's head; also how long an idle connection is kept.
    pub header_timeout: Duration,
    /// How long a stop waits for begun requests.
    pub stop_timeout: Duration,
}

/// Serves `router` on `listener` until `stop` turns true (or its sender is gone), then lets begun requests finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let (open, mut closed) = mpsc::channel::<()>(1);
    while let Some(permit) = next_place(&places, &mut stop).await {
        let Some((stream, peer)) = next_stream(&listener, &mut stop).await else { break };
        let connection = Connection {
            router: router.clone(),
            peer,
            header_timeout: limits.header_timeout,
            stop: stop.clone(),
            _open: open.clone(),
        };
        let tls = tls.clone();
        tokio::spawn(async move {
            match tls {
                None => connection.serve(Counted { inner: stream, _place: permit }).await,
                Some(tls) => {
                    let handshake = tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream));
                    if let Ok(Ok(stream)) = handshake.await {
                        connection.serve(Counted { inner: stream, _place: permit }).await;
                    }
                }
            }
        });
    }
    drop(listener);
    drop(open);
    // Every connection holds a sender; the channel ends when the last is closed.
    if tokio::time::timeout(limits.stop_timeout, closed.recv()).await.is_err() {
        tracing::warn!("some requests did not end in time and are cut off");
    }
}

async fn next_place(
    places: &Arc<Semaphore>,
    stop: &mut watch::Receiver<bool>,
) -> Option<OwnedSemaphorePermit> {
    tokio::select! {
        biased;
        () = stopped(stop) => None,
        place = Arc::clone(places).acquire_owned() => place.ok(),
    }
}

async fn next_stream(
    listener: &TcpListener,
    stop: &mut watch::Receiver<bool>,
) -> Option<(TcpStream, SocketAddr)> {
    loop {
        let accepted = tokio::select! {
            biased;
            () = stopped(stop) => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Without it an answer in two segments waits for the client's delayed acknowledgement (40 ms).
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection was gone before it was served");
                }
                return Some((stream, peer));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted now");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop as well.
    let _gone = stop.wait_for(|stop| *stop).await;
}

struct Connection {
    router: Router,
    peer: SocketAddr,
    header_timeout: Duration,
    stop: watch::Receiver<bool>,
    _open: mpsc::Sender<()>,
}

impl Connection {
    async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(mut self, stream: Counted<S>) {
        let (router, peer) = (self.router, self.peer);
        let debts = Arc::new(Debts::default());
        let owing = Arc::clone(&debts);
        let service = service_fn(move |request: Request<Incoming>| {
            let debt = owing.owe();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            let answering = router.clone().oneshot(request);
            async move { answering.await.map(|answer| debt.stay_with(answer)) }
        });
        let mut connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.header_timeout)
            .max_header_size(HEAD_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .serve_connection(TokioIo::new(Explaining::new(stream, debts)), service)
            .with_upgrades();
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = stopped(&mut self.stop) => {
                Pin::new(&mut connection).graceful_shutdown();
                (&mut connection).await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
            if let Some(parts) = connection.into_parts() {
                refuse(&error, parts.io.into_inner(), !parts.read_buf.is_empty()).await;
            }
        }
    }
}

/// Ends a connection whose request could not be read. One on which nothing was said is only closed.
async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(
    error: &hyper::Error,
    mut stream: Explaining<S>,
    has_begun: bool,
) {
    let is_told =
        error.is_parse() || (error.is_timeout() && has_begun && stream.refuse_slow_head().await.is_ok());
    if is_told {
        stream.linger().await;
    }
}

/// A stream that holds its place among the allowed connections for as long as it lives, also after an upgrade to a
/// WebSocket.
struct Counted<S> {
    inner: S,
    _place: OwnedSemaphorePermit,
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        sync::Notify,
        task::JoinHandle,
    };

    const LIMITS: Limits = Limits {
        connections: 2,
        header_timeout: Duration::from_millis(200),
        stop_timeout: Duration::from_secs(5),
    };

    async fn start(router: Router) -> (SocketAddr, watch::Sender<bool>, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        (address, stop, tokio::spawn(serve(listener, router, None, LIMITS, stopped)))
    }

    async fn read_all(mut stream: TcpStream) -> String {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_begun_request_is_answered_after_the_stop() {
        let (entered, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let handler = {
            let (entered, release) = (Arc::clone(&entered), Arc::clone(&release));
            move || async move {
                entered.notify_one();
                release.notified().await;
                "finished"
            }
        };
        let (address, stop, served) = start(Router::new().route("/", get(handler))).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        entered.notified().await;
        stop.send(true).unwrap();
        release.notify_one();
        assert!(read_all(stream).await.ends_with("finished"));
        served.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test]
    async fn a_client_that_never_says_what_it_wants_is_told_so_and_cut_off() {
        let (address, _stop, _served) = start(Router::new()).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
        assert_problem(&read_all(stream).await, 408, "request.head_too_slow");
        let silent = TcpStream::connect(address).await.unwrap();
        assert_eq!(read_all(silent).await, "", "who says nothing is told nothing");
    }

    #[tokio::test]
    async fn more_connections_than_allowed_wait_for_a_place() {
        let (address, _stop, _served) = start(Router::new().route("/", get(|| async { "answer" }))).await;
        let first = TcpStream::connect(address).await.unwrap();
        let second = TcpStream::connect(address).await.unwrap();
        let mut third = TcpStream::connect(address).await.unwrap();
        third.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
        drop((first, second));
        assert!(read_all(third).await.ends_with("answer"));
    }

    #[tokio::test]
    async fn a_huge_head_is_refused() {
        let (address, _stop, _served) = start(Router::new().route("/", get(|| async { "answer" }))).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "a".repeat(HEAD_BYTES_MAX + 1));
        stream.write_all(head.as_bytes()).await.unwrap();
        assert_problem(&read_all(stream).await, 431, "request.head_too_large");
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!("GET / HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: a\r\n".repeat(HEADERS_MAX));
        stream.write_all(head.as_bytes()).await.unwrap();
        assert_problem(&read_all(stream).await, 431, "request.head_too_large");
    }

    /// The head of what would be a refusal of the HTTP library.
    const BARE: &str = "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n\r\n";

    #[tokio::test]
    async fn only_what_is_not_ours_is_replaced() {
        let router = Router::new().route("/", get(|| async { BARE })).route(
            "/parts",
            get(|| async {
                let parts = ["one, then ", BARE, BARE].map(Ok::<_, io::Error>);
                Body::from_stream(futures_util::stream::iter(parts))
            }),
        );
        let (address, _stop, _served) = start(router).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        // Kept alive, one after the other, and at the end what is no request.
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let mut first = vec![0; 4096];
        let mut length = 0;
        while !first[..length].ends_with(BARE.as_bytes()) {
            length += stream.read(&mut first[length..]).await.unwrap();
        }
        stream.write_all(b"GET /parts HTTP/1.1\r\nhost: a\r\n\r\nno request\r\n\r\n").await.unwrap();
        let rest = read_all(stream).await;
        assert_eq!(rest.matches("HTTP/1.1 431").count(), 2, "{rest}");
        let (_, refusal) = rest.split_once("\r\n0\r\n\r\n").unwrap();
        assert_problem(refusal, 400, "request.malformed");
    }

    #[tokio::test]
    async fn a_refusal_of_ours_stays_as_it_is_also_without_a_body() {
        let refusal = || async { (hyper::StatusCode::NOT_FOUND, "ours") };
        let (address, _stop, _served) = start(Router::new().route("/", get(refusal))).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let requests = "HEAD / HTTP/1.1\r\nhost: a\r\n\r\nHEAD / HTTP/1.1\r\nhost: a\r\n\r\n\
                        GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        stream.write_all(requests.as_bytes()).await.unwrap();
        let answers = read_all(stream).await;
        assert_eq!(answers.matches("HTTP/1.1 404 Not Found\r\n").count(), 3, "{answers}");
        assert!(!answers.contains("problem") && answers.ends_with("\r\n\r\nours"), "{answers}");
    }

    #[track_caller]
    fn assert_problem(answer: &str, status: u16, code: &str) {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        assert!(head.contains("content-type: application/problem+json"), "{head}");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!((&body["status"], &body["code"]), (&status.into(), &code.into()));
    }
}
