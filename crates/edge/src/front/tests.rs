//! The front around small routers, with fakes for everything behind it.

use super::*;
use crate::{Answer, api::assemble, idempotency::tests::FakeKept, rate::RateLimits};
use axum::{
    Router,
    body::to_bytes,
    extract::ConnectInfo,
    http::Request as HttpRequest,
    response::AppendHeaders,
    routing::{get, post},
};
use contracts::ports::{
    AuthenticationError, Caller, Credential, Permission, PortFuture, Resource, Role, Verdict,
};
use kernel::{ApiKeyId, OrganisationId, SeededEntropy, TenantId, Timestamp, TypedId, UserId, Uuid};
use runtime::{IdempotencyKey, TurnedClock};
use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
};
use tower::ServiceExt as _;

/// Knows the tokens `user-<n>` and the keys `key-<n>`.
struct FakeAuthenticator(AtomicUsize);

impl Authenticator for FakeAuthenticator {
    fn authenticate<'a>(
        &'a self,
        credential: Credential<'a>,
    ) -> PortFuture<'a, Result<Caller, AuthenticationError>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            let (number, is_key) = match credential {
                Credential::Bearer("gone") => return Err(AuthenticationError::Expired),
                Credential::Bearer("away") => return Err(AuthenticationError::Unavailable),
                Credential::Bearer(token) => (token.strip_prefix("user-"), false),
                Credential::ApiKey(key) => (key.strip_prefix("key-"), true),
            };
            let id = number.and_then(|number| number.parse().ok()).ok_or(AuthenticationError::Invalid)?;
            let id = Uuid::from_u128(id);
            let user = UserId::from_uuid(id);
            let actor = if is_key { Actor::Key(ApiKeyId::from_uuid(id)) } else { Actor::User(user) };
            let (tenant, organisation) = (TenantId::from_uuid(id), OrganisationId::from_uuid(id));
            Ok(Caller { actor, user, tenant, organisation, role: Role::Shipper })
        })
    }

    fn authorise(&self, _: &Caller, _: Permission, _: &Resource) -> Verdict {
        Verdict::Deny
    }
}

struct World {
    app: Router,
    metrics: Metrics,
    asked: Arc<FakeAuthenticator>,
}

fn world_with(router: Router, change: impl FnOnce(&mut Bounds), origins: &[&str]) -> World {
    let clock: Arc<dyn Clock> = Arc::new(TurnedClock::at(Timestamp::parse("2026-03-01T08:00:00Z").unwrap()));
    let metrics = Metrics::new();
    let asked = Arc::new(FakeAuthenticator(AtomicUsize::new(0)));
    let mut bounds = Bounds {
        body_bytes: 64,
        body_time: Duration::from_secs(5),
        large_bodies: Vec::new(),
        handler_time: Duration::from_secs(5),
        proxies: Vec::new(),
        strict_transport: false,
    };
    change(&mut bounds);
    let parts = Front {
        authenticator: Arc::clone(&asked) as _,
        desk: Desk::new(Arc::new(FakeKept::default())),
        limiter: Arc::new(Limiter::new(RateLimits::new(3, 2), Arc::clone(&clock))),
        metrics: metrics.clone(),
        clock,
        entropy: Arc::new(SeededEntropy::new(1)),
        bounds,
    };
    let origins: Vec<String> = origins.iter().map(|origin| (*origin).to_owned()).collect();
    let pages = Router::new().fallback(|| async { "the app" });
    World { app: assemble(router, Some(pages), &origins, parts), metrics, asked }
}

fn world(router: Router) -> World {
    world_with(router, |_| {}, &[])
}

fn small() -> Router {
    Router::new()
        .route("/api/v1/things", get(|| async { Answer::ok(1) }).post(|body: String| async { body }))
        .route("/api/v1/panic", get(|| async { panic_now() }))
        .route("/api/v1/never", get(std::future::pending::<()>))
        .route("/api/v1/auth/login", post(seen_key))
        .route("/api/v1/keyed", post(seen_key))
        .route("/health", get(|| async { "fine" }))
}

fn panic_now() {
    panic!("on purpose");
}

/// Answers with the idempotency key that the handler would hand to the runtime.
async fn seen_key(request: Request) -> String {
    request.extensions().get::<IdempotencyKey>().map_or_else(|| "none".into(), |key| key.key.clone())
}

struct Seen {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn send(world: &World, request: HttpRequest<Body>) -> Seen {
    let response = world.app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 100_000).await.unwrap();
    let body = String::from_utf8(bytes.to_vec()).unwrap();
    Seen { status: parts.status.as_u16(), headers: parts.headers, body }
}

fn request(method: &str, path: &str, token: Option<&str>) -> HttpRequest<Body> {
    let mut request = HttpRequest::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn every_answer_carries_its_id_and_the_headers_of_caution() {
    let world = world(small());
    let mut asked = request("GET", "/api/v1/things", Some("user-1"));
    asked.headers_mut().insert("x-request-id", "req_00000000000000000000000000000007".parse().unwrap());
    let seen = send(&world, asked).await;
    let id = seen.header("x-request-id");
    assert!(id.parse::<RequestId>().is_ok() && !id.ends_with("007"), "our own id, not the client's: {id}");
    assert!(seen.body.contains(id) && seen.body.contains("2026-03-01T08:00:00Z"), "{}", seen.body);
    assert_eq!(seen.header("x-content-type-options"), "nosniff");
    assert_eq!(seen.header("cache-control"), "no-store");
    assert_eq!(seen.header("strict-transport-security"), "");
    assert_eq!(world.asked.0.load(Ordering::SeqCst), 1, "who calls is found out once");
}

#[tokio::test]
async fn where_everybody_comes_by_tls_cookies_never_travel_in_the_clear() {
    let with_cookies =
        || async { AppendHeaders([(header::SET_COOKIE, "a=1; HttpOnly"), (header::SET_COOKIE, "b=2")]) };
    for (strict_transport, expected) in
        [(true, ["a=1; HttpOnly; Secure", "b=2; Secure"]), (false, ["a=1; HttpOnly", "b=2"])]
    {
        let router = Router::new().route("/api/v1/things", get(with_cookies));
        let world = world_with(router, |bounds| bounds.strict_transport = strict_transport, &[]);
        let seen = send(&world, request("GET", "/api/v1/things", None)).await;
        let cookies: Vec<_> = seen.headers.get_all(header::SET_COOKIE).iter().collect();
        assert_eq!(cookies, expected);
    }
}

#[tokio::test]
async fn a_user_a_key_and_an_address_have_their_own_limits() {
    let world = world(small());
    for (token, limit) in [(Some("user-1"), 3), (Some("user-2"), 3), (None, 2), (Some("gone"), 0)] {
        for n in 0..limit {
            let seen = send(&world, request("GET", "/api/v1/things", token)).await;
            let left = (limit - n - 1).to_string();
            assert_eq!((seen.status, seen.header("ratelimit-remaining")), (200, left.as_str()), "{token:?}");
        }
        let seen = send(&world, request("GET", "/api/v1/things", token)).await;
        assert_eq!(seen.status, 429, "{token:?}");
        assert!(seen.header("retry-after").parse::<u64>().unwrap() >= 1);
        assert!(
            seen.header("content-type") == "application/problem+json" && seen.body.contains("rate_limited")
        );
        assert!(seen.header("ratelimit-policy").ends_with(";w=60"));
    }
    let mut by_key = request("GET", "/api/v1/things", None);
    by_key.headers_mut().insert("x-api-key", "key-1".parse().unwrap());
    assert_eq!(send(&world, by_key).await.header("ratelimit-limit"), "3");
    let mut elsewhere = request("GET", "/api/v1/things", None);
    elsewhere.extensions_mut().insert(ConnectInfo(SocketAddr::from(([203, 0, 113, 9], 1))));
    assert_eq!(send(&world, elsewhere).await.status, 200);
    let health = send(&world, request("GET", "/health", None)).await;
    assert_eq!((health.status, health.header("ratelimit-limit")), (200, ""), "probes are not limited");
}

#[tokio::test]
async fn a_body_is_bounded_in_size_and_time() {
    let world = world_with(small(), |bounds| bounds.body_time = Duration::from_millis(20), &[]);
    let post = |body: Body, token| {
        let request = HttpRequest::post("/api/v1/things").header("authorization", format!("Bearer {token}"));
        request.body(body).unwrap()
    };
    assert_eq!(send(&world, post(Body::from("x".repeat(64)), "user-1")).await.status, 200);
    let seen = send(&world, post(Body::from("x".repeat(65)), "user-2")).await;
    assert!(seen.status == 413 && seen.body.contains("body.too_large"), "{}", seen.body);
    let chunks = futures_util::stream::iter((0..100).map(|_| Ok::<_, std::io::Error>("0123456789")));
    assert_eq!(
        send(&world, post(Body::from_stream(chunks), "user-3")).await.status,
        413,
        "without an announced length"
    );
    let silent = futures_util::stream::pending::<Result<&str, std::io::Error>>();
    let seen = send(&world, post(Body::from_stream(silent), "user-4")).await;
    assert!(seen.status == 408 && seen.body.contains("body.too_slow"), "{}", seen.body);
    let broken = futures_util::stream::iter([Ok("{"), Err(std::io::Error::other("gone"))]);
    assert_eq!(send(&world, post(Body::from_stream(broken), "user-5")).await.status, 400);
}

#[tokio::test]
async fn some_routes_take_longer_bodies_and_the_others_do_not() {
    let large = LargeBody { path: "/api/v1/things", bytes: 100, time: Duration::from_secs(5) };
    let world = world_with(small(), |bounds| bounds.large_bodies = vec![large], &[]);
    let post = |path: &str, length: usize, token: &str| {
        let request = HttpRequest::post(path).header("authorization", format!("Bearer {token}"));
        request.body(Body::from("x".repeat(length))).unwrap()
    };
    assert_eq!(send(&world, post("/api/v1/things", 100, "user-1")).await.status, 200);
    assert_eq!(send(&world, post("/api/v1/things", 101, "user-1")).await.status, 413);
    assert_eq!(send(&world, post("/api/v1/keyed", 65, "user-1")).await.status, 413);
}

#[tokio::test]
async fn a_panic_and_a_handler_that_never_ends_are_problems() {
    let world = world_with(small(), |bounds| bounds.handler_time = Duration::from_millis(20), &[]);
    let seen = send(&world, request("GET", "/api/v1/panic", Some("user-1"))).await;
    assert_eq!(seen.status, 500);
    assert!(
        seen.body.contains(seen.header("x-request-id")) && !seen.body.contains("on purpose"),
        "{}",
        seen.body
    );
    let seen = send(&world, request("GET", "/api/v1/never", Some("user-1"))).await;
    assert!(seen.status == 503 && seen.body.contains("request.timeout") && seen.header("retry-after") == "1");
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_and_never_a_page() {
    let world = world(small());
    for path in ["/api", "/api/v1/nothing", "/api/v1/things/", "/health/x", "/metrics/x", "/docs/x.js"] {
        let seen = send(&world, request("GET", path, Some("user-1"))).await;
        let kind = seen.header("content-type").to_owned();
        assert_eq!((seen.status, kind.as_str()), (404, "application/problem+json"), "{path}");
        let _ = send(&world, request("GET", path, Some("user-2"))).await;
    }
    let seen = send(&world, request("DELETE", "/api/v1/things", Some("user-9"))).await;
    assert_eq!((seen.status, seen.header("allow")), (405, "GET,HEAD,POST"));
    assert!(seen.body.contains("route.method_not_allowed"));
    assert_eq!(send(&world, request("GET", "/map", None)).await.body, "the app");
}

#[tokio::test]
async fn the_idempotency_key_reaches_the_handler_except_where_answers_are_never_kept() {
    let world = world(small());
    let post = |path: &str, key: &str| {
        let mut request = request("POST", path, Some("user-1"));
        request.headers_mut().insert("idempotency-key", key.parse().unwrap());
        request
    };
    let seen = send(&world, post("/api/v1/keyed", "abc")).await;
    assert!(seen.body.ends_with("/abc") && seen.body.starts_with("ten_"), "{}", seen.body);
    assert_eq!(send(&world, post("/api/v1/auth/login", "abc")).await.body, "none");
    let seen = send(&world, post("/api/v1/keyed", &"x".repeat(129))).await;
    assert!(seen.status == 422 && seen.body.contains("Idempotency-Key"), "{}", seen.body);
}

#[tokio::test]
async fn cors_is_off_unless_origins_are_configured() {
    let preflight = || {
        HttpRequest::options("/api/v1/things")
            .header("origin", "https://app.example.com")
            .header("access-control-request-method", "POST")
            .body(Body::empty())
            .unwrap()
    };
    let seen = send(&world(small()), preflight()).await;
    assert_eq!((seen.status, seen.header("access-control-allow-origin")), (405, ""));
    let open = world_with(small(), |_| {}, &["https://app.example.com"]);
    let seen = send(&open, preflight()).await;
    assert_eq!((seen.status, seen.header("access-control-allow-origin")), (200, "https://app.example.com"));
    let mut other = preflight();
    other.headers_mut().insert("origin", "https://evil.example.com".parse().unwrap());
    assert_eq!(send(&open, other).await.header("access-control-allow-origin"), "");
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Lines(Arc<parking_lot::Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn one_line_is_logged_for_a_request_and_nothing_secret_in_it() {
    let lines = Lines::default();
    let writer = lines.clone();
    let format = tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone());
    let _logging = tracing::subscriber::set_default(format.finish());
    let world = world(small());
    let seen = send(&world, request("GET", "/api/v1/things?q=secret", Some("user-1"))).await;
    let text = String::from_utf8(lines.0.lock().clone()).unwrap();
    let line: serde_json::Value = serde_json::from_str(&text).expect("one line");
    assert_eq!((&line["status"], line["actor"].as_str().unwrap().get(..4)), (&200.into(), Some("usr_")));
    assert!(line["duration_ms"].is_f64());
    let span = &line["span"];
    assert_eq!(span["request_id"], seen.header("x-request-id"));
    assert_eq!((&span["method"], &span["endpoint"]), (&"GET".into(), &"/api/v1/things".into()));
    assert!(!text.contains("secret") && !text.contains("user-1"), "{text}");
}

#[tokio::test]
async fn requests_are_counted_by_route_not_by_path() {
    let world = world(small());
    let _ = send(&world, request("GET", "/api/v1/things", Some("user-1"))).await;
    let _ = send(&world, request("GET", "/api/v1/made/up", Some("user-1"))).await;
    let page = world.metrics.text();
    assert!(
        page.contains(r#"http_requests_total{method="GET",endpoint="/api/v1/things",status="200"} 1"#),
        "{page}"
    );
    assert!(
        page.contains(r#"http_requests_total{method="GET",endpoint="unmatched",status="404"} 1"#),
        "{page}"
    );
}
