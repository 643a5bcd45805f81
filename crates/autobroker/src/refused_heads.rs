//! Problem documents for requests whose head cannot be read.
//!
//! The HTTP library answers such a head by itself, with a status and no body, and offers no way to say more; a head that
//! comes too slowly it does not answer at all. So its stream is wrapped here. The wrapper knows when nothing is owed to the
//! client: every answer of ours that was begun has been written and flushed. What the library writes then can only be its
//! own bare answer, and a problem document goes out in its place. A connection that became a WebSocket stays in debt for
//! ever, so that nothing of it is ever looked at.
//!
//! What is left as it is: the preface of HTTP/2, which is not spoken here, and a client that says nothing at all are cut
//! off without an answer.

use axum::{
    body::Body as AxumBody,
    http::{Response, StatusCode},
};
use edge::Problem;
use hyper::body::{Body, Frame, SizeHint};
use std::{
    io::{self, IoSlice, Write as _},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};

/// How long a refused client may go on sending, so that closing does not destroy the answer on its way.
const LINGER_TIME: Duration = Duration::from_secs(1);
/// How much it may send meanwhile.
const LINGER_BYTES: u64 = 256 * 1024;

/// What is owed to the client of one connection.
#[derive(Default)]
pub struct Debts {
    /// Answers whose bodies have not been taken to their end.
    answers: AtomicUsize,
    /// Something of ours may not have been written yet.
    in_debt: AtomicBool,
    /// What is written is no HTTP any more.
    upgraded: AtomicBool,
}

impl Debts {
    /// A request has come: its answer is owed until the debt is dropped and the stream flushed.
    pub fn owe(self: &Arc<Self>) -> Debt {
        self.answers.fetch_add(1, Ordering::Relaxed);
        self.in_debt.store(true, Ordering::Relaxed);
        Debt(Arc::clone(self))
    }

    /// All that the library had of ours was written.
    fn flushed(&self) {
        let is_paid = self.answers.load(Ordering::Relaxed) == 0 && !self.upgraded.load(Ordering::Relaxed);
        if is_paid {
            self.in_debt.store(false, Ordering::Relaxed);
        }
    }

    fn are_paid(&self) -> bool {
        !self.in_debt.load(Ordering::Relaxed)
    }
}

/// An answer that is owed.
pub struct Debt(Arc<Debts>);

impl Debt {
    /// Stays with the answer until its last byte was taken.
    pub fn stay_with(self, answer: Response<AxumBody>) -> Response<Owed> {
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            self.0.upgraded.store(true, Ordering::Relaxed);
        }
        answer.map(|body| Owed { body, _debt: self })
    }
}

impl Drop for Debt {
    fn drop(&mut self) {
        self.0.answers.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The body of an answer that is owed.
pub struct Owed {
    body: AxumBody,
    _debt: Debt,
}

impl Body for Owed {
    type Data = <AxumBody as Body>::Data;
    type Error = <AxumBody as Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream on which bare refusals become problem documents.
pub struct Explaining<S> {
    inner: S,
    debts: Arc<Debts>,
    /// What goes out instead of a bare refusal, as far as it has not.
    instead: Vec<u8>,
}

impl<S> Explaining<S> {
    pub fn new(inner: S, debts: Arc<Debts>) -> Self {
        Self { inner, debts, instead: Vec::new() }
    }

    /// Whether what is about to be written is the library's own refusal; then the document takes its place.
    fn takes_the_place_of(&mut self, bytes: &[u8]) -> bool {
        let status = self.debts.are_paid().then(|| refused_with(bytes)).flatten();
        if let Some(status) = status {
            self.instead = message(&problem(status));
        }
        status.is_some()
    }
}

impl<S: AsyncWrite + Unpin> Explaining<S> {
    fn poll_instead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.instead.is_empty() {
            let written = ready!(Pin::new(&mut self.inner).poll_write(cx, &self.instead))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.instead.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Explaining<S> {
    /// Tells a client whose head came too slowly. In the middle of an earlier answer, which the client has not read yet, there
    /// is no place for that.
    pub async fn refuse_slow_head(&mut self) -> io::Result<()> {
        if !self.debts.are_paid() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.inner.write_all(&message(&problem(StatusCode::REQUEST_TIMEOUT))).await?;
        self.inner.shutdown().await
    }

    /// Reads on for a moment after a refusal. Closing with unread bytes would reset the connection, and the reset may
    /// overtake the answer.
    pub async fn linger(self) {
        let mut rest = self.inner.take(LINGER_BYTES);
        let mut nowhere = tokio::io::sink();
        // A client that goes on for longer has had its chance.
        let _given_up = tokio::time::timeout(LINGER_TIME, tokio::io::copy(&mut rest, &mut nowhere)).await;
    }
}

/// The status of a bare refusal.
fn refused_with(bytes: &[u8]) -> Option<StatusCode> {
    let digits = bytes.strip_prefix(b"HTTP/1.1 ").or_else(|| bytes.strip_prefix(b"HTTP/1.0 "))?.get(..3)?;
    StatusCode::from_bytes(digits).ok().filter(StatusCode::is_client_error)
}

fn problem(status: StatusCode) -> Problem {
    let (code, detail) = match status {
        StatusCode::REQUEST_TIMEOUT => ("request.head_too_slow", "the request's head did not come in time"),
        StatusCode::URI_TOO_LONG => ("request.target_too_long", "the request's target is too long"),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            ("request.head_too_large", "the request's head is too large: at most 16 KiB and 64 header fields")
        }
        _ => ("request.malformed", "the request's head is not HTTP/1.1"),
    };
    Problem::new(status, code, detail)
}

/// A whole answer that ends the connection.
fn message(problem: &Problem) -> Vec<u8> {
    let (status, body) = (problem.status, problem.to_json());
    let reason = status.canonical_reason().unwrap_or_default();
    let mut message = Vec::with_capacity(body.len() + 256);
    // Writing to memory cannot fail.
    let _whole = write!(
        message,
        "HTTP/1.1 {} {reason}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n",
        status.as_u16(),
        body.len()
    );
    message.extend_from_slice(&body);
    message
}

impl<S: AsyncRead + Unpin> AsyncRead for Explaining<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Explaining<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.takes_the_place_of(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_instead(cx))?;
        // The library asks for a flush only when it has nothing more to write.
        self.debts.flushed();
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_instead(cx))?;
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // A refusal is one piece.
        if let [only] = slices
            && self.takes_the_place_of(only)
        {
            return Poll::Ready(Ok(only.len()));
        }
        Pin::new(&mut self.inner).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_said_in_the_middle_of_an_answer() {
        let (ours, mut theirs) = tokio::io::duplex(4096);
        let debts = Arc::new(Debts::default());
        let mut stream = Explaining::new(ours, Arc::clone(&debts));
        let debt = debts.owe();
        let refused = stream.refuse_slow_head().await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
        drop(debt);
        debts.flushed();
        stream.refuse_slow_head().await.unwrap();
        drop(stream);
        let mut said = String::new();
        theirs.read_to_string(&mut said).await.unwrap();
        assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    }
}
