//! OsmAnd's HTTP form: a query, a form or a JSON document to any path of a listener of its own. The secret comes as
//! `Authorization: Bearer ...` or as the parameter `secret`.

use super::{Rejected, Trackers};
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
    routing::any,
};
use devices::{DecodeError, Message, Protocol, osmand};
use std::time::Duration;

/// How long a device may take to send a report's body.
const BODY_TIME: Duration = Duration::from_secs(10);

/// What a listener for OsmAnd serves: 200 when everything believable is durable, 400 for a malformed report, 401 for a
/// wrong secret, 404 for a device that is not bound, 408 for a body that does not come within 10 s, 413 for one that is
/// too long, 429 for too many, 503 when nothing can be stored now.
pub fn osmand_routes(trackers: Trackers) -> Router {
    Router::new().fallback(any(report)).with_state(trackers)
}

async fn report(State(trackers): State<Trackers>, uri: Uri, headers: HeaderMap, body: Body) -> Response {
    let meter = trackers.meter();
    meter.frame(Protocol::Osmand);
    let body = match read(body, BODY_TIME).await {
        Ok(body) => body,
        Err(status) => return status.into_response(),
    };
    let now = trackers.now();
    let message = match uri.query().filter(|query| !query.is_empty()) {
        Some(query) => osmand::query(query, now),
        None => osmand::decode(&body, now),
    };
    let message = match message {
        Ok(message) => message,
        Err(error) => {
            meter.refused(Protocol::Osmand, error.code());
            return malformed(&error);
        }
    };
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    match take(&trackers, &message, bearer).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(rejected) => {
            meter.refused(Protocol::Osmand, rejected.code());
            refusal(&rejected)
        }
    }
}

async fn read(body: Body, time: Duration) -> Result<Bytes, StatusCode> {
    let read = tokio::time::timeout(time, to_bytes(body, osmand::MESSAGE_BYTES_MAX)).await;
    read.map_err(|_| StatusCode::REQUEST_TIMEOUT)?.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)
}

async fn take(trackers: &Trackers, message: &Message, bearer: Option<&str>) -> Result<(), Rejected> {
    let secret = bearer.or_else(|| secret_of(message));
    let device = trackers.identify(Protocol::Osmand, message, None, secret).await?;
    trackers.admit(Protocol::Osmand, &device)?;
    trackers.keep(Protocol::Osmand, &device, std::slice::from_ref(message)).await?;
    Ok(())
}

/// The parameter `secret`.
pub(super) fn secret_of(message: &Message) -> Option<&str> {
    message.attributes.get(osmand::SECRET)?.as_str()
}

fn malformed(error: &DecodeError) -> Response {
    (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response()
}

fn refusal(rejected: &Rejected) -> Response {
    let status = match rejected {
        Rejected::Unknown | Rejected::Unidentified => StatusCode::NOT_FOUND,
        Rejected::Secret => StatusCode::UNAUTHORIZED,
        Rejected::Flood => StatusCode::TOO_MANY_REQUESTS,
        Rejected::Store(error) => {
            tracing::warn!(%error, "a tracker's positions could not be stored");
            return (StatusCode::SERVICE_UNAVAILABLE, "nothing can be stored now\n").into_response();
        }
    };
    (status, format!("{rejected}\n")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use std::convert::Infallible;

    #[tokio::test]
    async fn a_body_that_never_ends_is_not_waited_for() {
        let stalled = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        assert_eq!(read(stalled, Duration::from_millis(20)).await, Err(StatusCode::REQUEST_TIMEOUT));
        let long = Body::from(vec![0; osmand::MESSAGE_BYTES_MAX + 1]);
        assert_eq!(read(long, BODY_TIME).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
        assert_eq!(read(Body::from("id=1"), BODY_TIME).await, Ok(Bytes::from("id=1")));
    }
}
