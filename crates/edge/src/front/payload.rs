//! The body: read whole before anything is done, bounded in size and in time.

use crate::Problem;
use axum::{
    body::Body,
    http::{HeaderMap, StatusCode, header},
};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use std::time::Duration;

/// So much of a body that is too long is still read and thrown away: a client that is busy sending does not look for an
/// answer, and a connection that closes meanwhile takes the answer with it.
const OVERRUN_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Reads a body.
///
/// # Errors
/// 413 when it is longer than `limit` bytes (told before reading when a much greater length was announced), 408 when it
/// is not there after `time`, 400 when the client broke off.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    time: Duration,
) -> Result<Bytes, Problem> {
    use axum::body::HttpBody as _;
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > (limit + OVERRUN_BYTES_MAX) as u64) {
        return Err(too_large(limit));
    }
    match tokio::time::timeout(time, collect(body, limit)).await {
        Ok(Ok(Some(bytes))) => Ok(bytes),
        Ok(Ok(None)) => Err(too_large(limit)),
        Ok(Err(_)) => {
            Err(Problem::new(StatusCode::BAD_REQUEST, "body.unreadable", "the body ended before its end"))
        }
        Err(_) => {
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body.too_slow", "the body did not come in time"))
        }
    }
}

/// The whole body; `None` when it is longer than `limit` bytes. No more than that is ever held.
async fn collect(mut body: Body, limit: usize) -> Result<Option<Bytes>, axum::Error> {
    let mut held = BytesMut::new();
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        seen += data.len();
        if seen <= limit {
            held.extend_from_slice(&data);
        } else if seen > limit + OVERRUN_BYTES_MAX {
            break;
        }
    }
    Ok((seen <= limit).then(|| held.freeze()))
}

fn too_large(limit: usize) -> Problem {
    let detail = format!("the body may have at most {limit} bytes");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body.too_large", detail)
}
