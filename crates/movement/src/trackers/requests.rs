//! OsmAnd's HTTP form: a query, a form or a JSON document to any path of a listener of its own. The secret comes as
//! `Authorization: Bearer ...` or as the parameter `secret`.

use super::{Rejected, Trackers};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
    routing::any,
};
use devices::{DecodeError, Message, Protocol, osmand};

/// What a listener for OsmAnd serves: 200 when everything believable is durable, 400 for a malformed report, 401 for a
/// wrong secret, 404 for a device that is not bound, 429 for too many, 503 when nothing can be stored now.
pub fn osmand_routes(trackers: Trackers) -> Router {
    Router::new()
        .fallback(any(report))
        .layer(DefaultBodyLimit::max(osmand::MESSAGE_BYTES_MAX))
        .with_state(trackers)
}

async fn report(State(trackers): State<Trackers>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let meter = trackers.meter();
    meter.frame(Protocol::Osmand);
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
