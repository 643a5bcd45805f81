//! What happens to every request before and after its handler, in this order: an id, a span, a clock; who is calling;
//! the rate limit; the body, bounded in size and time; the idempotency key; the handler, bounded in time, its panics
//! caught; then the headers that every answer carries, the metrics and one line of log.

mod address;
mod payload;

use crate::{
    LargeBody, Metrics, Problem,
    extract::{Identified, identify},
    idempotency::{Asker, Desk, key_of},
    metrics::method_name,
    rate::{Limiter, Party, Standing},
    scope::Scope,
    ws::Peer,
};
use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{self, Entry},
        request::Parts,
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use contracts::ports::Authenticator;
use futures_util::FutureExt as _;
use kernel::{Actor, Clock, Entropy, RequestId};
use std::{
    net::IpAddr,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};
use tracing::Instrument as _;

/// The prefix of everything that is authenticated, limited and never cached.
const API: &str = "/api/";
/// Answers of these are never kept, whatever the key (design, section 7).
const NEVER_KEPT: &str = "/api/v1/auth/";
/// The WebSocket authenticates by its first message and has limits of its own.
pub(crate) const SOCKET: &str = "/api/v1/ws";

/// Bounds of one request.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    pub(crate) body_bytes: usize,
    pub(crate) body_time: Duration,
    pub(crate) large_bodies: Vec<LargeBody>,
    pub(crate) handler_time: Duration,
    pub(crate) proxies: Vec<IpAddr>,
    pub(crate) strict_transport: bool,
}

impl Bounds {
    /// How many bytes the body of a request may have, and how long it may take.
    fn of_body(&self, parts: &Parts) -> (usize, Duration) {
        let path = parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
        let large =
            self.large_bodies.iter().find(|large| Some(large.path) == path && parts.method == Method::POST);
        large.map_or((self.body_bytes, self.body_time), |large| (large.bytes, large.time))
    }
}

/// What the front needs.
pub(crate) struct Front {
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) desk: Desk,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) metrics: Metrics,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) bounds: Bounds,
}

/// The middleware around everything.
#[expect(clippy::disallowed_methods, reason = "measures how long the request takes")]
pub(crate) async fn front(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = RequestId::generate(front.clock.now(), &*front.entropy);
    let endpoint =
        request.extensions().get::<MatchedPath>().map_or("unmatched", |path| store::intern(path.as_str()));
    let method = request.method().clone();
    let is_api = request.uri().path().starts_with(API);
    // What follows from a request carries its id as the correlation, in events and in the log.
    let span = tracing::info_span!(
        "request", method = method_name(&method), endpoint, request_id = %id, correlation_id = %id
    );
    let mut actor = None;
    let scope = Scope { id, clock: Arc::clone(&front.clock) };
    let work = scope.run(AssertUnwindSafe(front.answer(request, next, &mut actor)).catch_unwind());
    let mut response = match work.instrument(span.clone()).await {
        Ok(response) => response,
        Err(_) => panicked(&front, id).await,
    };
    finish(response.headers_mut(), id, is_api, front.bounds.strict_transport);
    let took = begun.elapsed();
    front.metrics.answered(&method, endpoint, response.status(), took);
    span.in_scope(|| log(response.status(), took, actor));
    response
}

/// A panic is a defect of ours: the client gets a problem, the log the fact (the panic itself was printed by the hook).
async fn panicked(front: &Front, id: RequestId) -> Response {
    let scope = Scope { id, clock: Arc::clone(&front.clock) };
    scope.run(async { Problem::defect(&"a handler panicked").into_response() }).await
}

fn log(status: StatusCode, took: Duration, actor: Option<Actor>) {
    let (status, duration_ms) = (status.as_u16(), took.as_micros() as f64 / 1000.0);
    match actor {
        Some(actor) => tracing::info!(status, duration_ms, actor = %actor, "answered"),
        None => tracing::info!(status, duration_ms, "answered"),
    }
}

impl Front {
    async fn answer(&self, request: Request, next: Next, actor: &mut Option<Actor>) -> Response {
        let path = request.uri().path();
        if !path.starts_with(API) {
            return self.bounded(next.run(request)).await;
        }
        let is_socket = path == SOCKET;
        let (mut parts, body) = request.into_parts();
        if is_socket {
            parts.extensions.insert(Peer(address::address_of(&parts, &self.bounds.proxies)));
            return self.bounded(next.run(Request::from_parts(parts, body))).await;
        }
        let identified = identify(&parts.headers, &*self.authenticator).await;
        let party = match &identified {
            Identified::Known(caller) => {
                *actor = Some(caller.actor);
                Party::of(caller)
            }
            _ => Party::at(address::address_of(&parts, &self.bounds.proxies)),
        };
        let standing = self.limiter.count(party);
        let mut response = match standing.and_then(|standing| standing.retry_after_seconds) {
            Some(_) => too_many(),
            None => {
                parts.extensions.insert(identified.clone());
                self.handle(parts, body, &identified, next).await.unwrap_or_else(IntoResponse::into_response)
            }
        };
        if let Some(standing) = standing {
            limit_headers(response.headers_mut(), &standing);
        }
        response
    }

    async fn handle(
        &self,
        mut parts: Parts,
        body: Body,
        identified: &Identified,
        next: Next,
    ) -> Result<Response, Problem> {
        let (most, time) = self.bounds.of_body(&parts);
        let bytes = payload::read(&parts.headers, body, most, time).await?;
        let keyed = parts.method == Method::POST && !parts.uri.path().starts_with(NEVER_KEPT);
        let key = match identified {
            Identified::Known(caller) if keyed => {
                key_of(&parts, caller, &bytes)?.map(|key| (self.desk.keyed(key), Asker::of(caller)))
            }
            _ => None,
        };
        if let Some((key, _)) = &key {
            parts.extensions.insert(key.clone());
        }
        let run = self.bounded(next.run(Request::from_parts(parts, Body::from(bytes))));
        Ok(match &key {
            Some((key, asker)) => self.desk.once(key, asker, run).await,
            None => run.await,
        })
    }

    async fn bounded(&self, run: impl Future<Output = Response>) -> Response {
        tokio::time::timeout(self.bounds.handler_time, run).await.unwrap_or_else(|_| {
            let detail = "it took too long; whether it was done is unknown, so repeat it with the same Idempotency-Key";
            Problem::unavailable("request.timeout", detail).into_response()
        })
    }
}

fn too_many() -> Response {
    let detail = "too many requests; the headers say when to come back";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail).into_response()
}

fn limit_headers(headers: &mut HeaderMap, standing: &Standing) {
    headers.insert(HeaderName::from_static("ratelimit-limit"), standing.limit.into());
    headers.insert(HeaderName::from_static("ratelimit-remaining"), standing.remaining.into());
    headers.insert(HeaderName::from_static("ratelimit-reset"), standing.reset_seconds.into());
    if let Ok(policy) = HeaderValue::try_from(format!("{};w=60", standing.limit)) {
        headers.insert(HeaderName::from_static("ratelimit-policy"), policy);
    }
    if let Some(wait) = standing.retry_after_seconds {
        headers.insert(header::RETRY_AFTER, wait.into());
    }
}

fn finish(headers: &mut HeaderMap, id: RequestId, is_api: bool, strict_transport: bool) {
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    if is_api {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    if strict_transport {
        mark_cookies_secure(headers);
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
}

/// Clients that reach us by TLS only never send a cookie in the clear.
fn mark_cookies_secure(headers: &mut HeaderMap) {
    if let Entry::Occupied(mut cookies) = headers.entry(header::SET_COOKIE) {
        for cookie in cookies.iter_mut() {
            let marked = [cookie.as_bytes(), b"; Secure"].concat();
            if let Ok(mut value) = HeaderValue::from_bytes(&marked) {
                value.set_sensitive(true);
                *cookie = value;
            }
        }
    }
}

#[cfg(test)]
mod tests;
