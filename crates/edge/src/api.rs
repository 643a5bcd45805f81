//! Assembles the whole HTTP surface.

use crate::{
    Metrics, Platform, Problem, docs,
    front::{Bounds, Front, SOCKET, front},
    health,
    health::Vitals,
    idempotency::Desk,
    kept_answers::SealedAnswers,
    metrics::metrics_page,
    openapi::ApiDocument,
    platform_metrics::PlatformMetrics,
    rate::{Limiter, RateLimits},
    ws::{Hub, HubOptions, upgrade},
};
use axum::{
    Json, Router,
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::get,
};
use std::{collections::BTreeMap, net::IpAddr, sync::Arc, time::Duration};
use store::StoreHealth;
use tower::ServiceExt as _;
use tower_http::cors::{AllowOrigin, CorsLayer};
use utoipa_axum::router::OpenApiRouter;

/// A route that takes longer bodies than others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LargeBody {
    /// The route's path as it is registered.
    pub path: &'static str,
    /// The longest body in bytes.
    pub bytes: usize,
    /// How long a client may take to send it.
    pub time: Duration,
}

/// How the API is served.
#[derive(Clone)]
pub struct ApiOptions {
    /// The version in health, documents and metrics.
    pub version: &'static str,
    /// Requests a minute.
    pub rate_limits: RateLimits,
    /// The longest body in bytes.
    pub body_bytes_max: usize,
    /// How long a client may take to send a body.
    pub body_timeout: Duration,
    /// The routes for which the two are larger.
    pub large_bodies: Vec<LargeBody>,
    /// How long a handler may take.
    pub request_timeout: Duration,
    /// Origins whose pages may call the API; none for no CORS at all.
    pub cors_origins: Vec<String>,
    /// Our own proxies, whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whether clients reach us by TLS only, and are told to stay with it.
    pub strict_transport: bool,
    /// The metrics of the process.
    pub metrics: Metrics,
    /// The guards of the process, for `/metrics/circuit_breakers`.
    pub guards: guard::Registry,
    /// The WebSocket hub.
    pub hub: Hub,
    /// The web pages: asked for every path that is not the API's.
    pub pages: Option<Router>,
}

impl ApiOptions {
    /// The limits of the design with the given parts.
    #[must_use]
    pub fn new(version: &'static str, metrics: Metrics, guards: guard::Registry, hub: Hub) -> Self {
        Self {
            version,
            rate_limits: RateLimits::new(1000, 100),
            body_bytes_max: 1024 * 1024,
            body_timeout: Duration::from_secs(10),
            large_bodies: Vec::new(),
            request_timeout: Duration::from_secs(30),
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            strict_transport: false,
            metrics,
            guards,
            hub,
            pages: None,
        }
    }
}

impl Default for ApiOptions {
    fn default() -> Self {
        let metrics = Metrics::new();
        let hub = Hub::new(HubOptions::default(), metrics.clone());
        Self::new("0.0.0", metrics, guard::Registry::new(), hub)
    }
}

impl Vitals for Platform {
    fn database(&self) -> StoreHealth {
        self.runtime.store().health()
    }

    fn engine_silent_for(&self) -> Duration {
        self.runtime.status().silent_for
    }

    fn unreadable(&self) -> BTreeMap<&'static str, i64> {
        self.runtime.meter().unreadable()
    }
}

/// The whole HTTP surface: the contexts' routes, `/openapi.json`, `/docs`, health, metrics, the WebSocket and the pages,
/// behind everything that holds for all of them.
pub fn serve_api(platform: &Platform, contexts: Vec<OpenApiRouter>, options: ApiOptions) -> Router {
    let document = ApiDocument::of(&contexts, options.version);
    for conflict in document.conflicts() {
        tracing::error!(conflict, "two contexts describe the same thing differently");
    }
    let counters = PlatformMetrics { runtime: platform.runtime.clone(), guards: options.guards.clone() };
    options.metrics.registry().register_collector(Box::new(counters));
    let clock = Arc::clone(platform.runtime.clock());
    let limiter = Arc::new(Limiter::new(options.rate_limits.clone(), Arc::clone(&clock)));
    let front_parts = Front {
        authenticator: Arc::clone(&platform.authenticator),
        desk: Desk::new(Arc::new(SealedAnswers {
            store: platform.runtime.store().clone(),
            vault: platform.vault.clone(),
            clock: Arc::clone(&clock),
            entropy: Arc::clone(platform.runtime.entropy()),
        })),
        limiter: Arc::clone(&limiter),
        metrics: options.metrics.clone(),
        clock: Arc::clone(&clock),
        entropy: Arc::clone(platform.runtime.entropy()),
        bounds: bounds(&options),
    };
    let contexts = contexts.into_iter().fold(Router::new(), |all, context| all.merge(Router::from(context)));
    let router = contexts
        .merge(docs::routes(document.to_json()))
        .merge(health::routes(Arc::new(platform.clone()), clock, options.version))
        .merge(operations(&options, limiter));
    assemble(router, options.pages, &options.cors_origins, front_parts)
}

fn bounds(options: &ApiOptions) -> Bounds {
    Bounds {
        body_bytes: options.body_bytes_max,
        body_time: options.body_timeout,
        large_bodies: options.large_bodies.clone(),
        handler_time: options.request_timeout,
        proxies: options.trusted_proxies.clone(),
        strict_transport: options.strict_transport,
    }
}

fn operations(options: &ApiOptions, limiter: Arc<Limiter>) -> Router {
    let (metrics, guards) = (options.metrics.clone(), options.guards.clone());
    Router::new()
        .route("/metrics", get(move || async move { metrics_page(&metrics) }))
        .route("/metrics/circuit_breakers", get(move || async move { Json(guards.list()) }))
        .merge(Router::new().route(SOCKET, get(upgrade)).with_state((options.hub.clone(), limiter)))
}

/// Puts the front before the routes and before what is not a route.
pub(crate) fn assemble(router: Router, pages: Option<Router>, origins: &[String], parts: Front) -> Router {
    let router = router
        .fallback(move |request: Request| elsewhere(pages, request))
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(Arc::new(parts), front))
        // Inside the front the default limit would be a second, lower one.
        .layer(axum::extract::DefaultBodyLimit::disable());
    match cors(origins) {
        Some(cors) => router.layer(cors),
        None => router,
    }
}

/// What is not a route: a page, unless it is the API's or an operational path.
async fn elsewhere(pages: Option<Router>, request: Request) -> Response {
    let path = request.uri().path();
    let ours = ["/api", "/health", "/metrics", "/docs", "/openapi.json"];
    let is_ours = ours
        .iter()
        .any(|own| path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    match pages {
        Some(pages) if !is_ours => match pages.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        _ => Problem::new(StatusCode::NOT_FOUND, "route.not_found", "there is nothing at this path")
            .into_response(),
    }
}

async fn wrong_method(method: Method) -> Problem {
    let detail = format!("{method} is not possible here; the Allow header says what is");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "route.method_not_allowed", detail)
}

/// CORS for the configured origins; `None` without any.
fn cors(origins: &[String]) -> Option<CorsLayer> {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    if origins.is_empty() {
        return None;
    }
    let names =
        |names: &[&'static str]| names.iter().map(|name| HeaderName::from_static(name)).collect::<Vec<_>>();
    let mut sent = names(&["x-api-key", "idempotency-key"]);
    sent.extend([header::AUTHORIZATION, header::CONTENT_TYPE]);
    let mut shown = names(&[
        "x-request-id",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "ratelimit-policy",
        "idempotent-replayed",
    ]);
    shown.push(header::RETRY_AFTER);
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(sent)
        .expose_headers(shown)
        .max_age(Duration::from_secs(3600));
    Some(layer)
}

#[cfg(test)]
mod tests;
