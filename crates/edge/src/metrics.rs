//! Prometheus metrics, with the names of spec 4 ("Monitoring and Observability").

use axum::{
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use parking_lot::{Mutex, MutexGuard};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{
        counter::Counter,
        family::{Family, MetricConstructor},
        gauge::Gauge,
        histogram::Histogram,
    },
    registry::Registry,
};
use std::{sync::Arc, time::Duration};

/// Upper bounds of the duration buckets, in seconds: fine below the budgets of issue-size requests, then up to the
/// request timeout.
const DURATION_BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// Which request (spec 4: `http_requests_total{method, endpoint, status}`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    endpoint: &'static str,
    status: u16,
}

/// Which endpoint (spec 4: `http_request_duration_seconds{method, endpoint}`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndpointLabels {
    method: &'static str,
    endpoint: &'static str,
}

#[derive(Debug, Clone)]
struct Buckets;

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(DURATION_BUCKETS)
    }
}

struct Inner {
    registry: Mutex<Registry>,
    requests: Family<RequestLabels, Counter>,
    durations: Family<EndpointLabels, Histogram, Buckets>,
    sockets: Gauge,
    socket_messages: Counter,
    slow_sockets: Counter,
}

/// All metrics of the process; clones share them. It is made first, so that every context can add its own through
/// [`Metrics::registry`] before anything runs.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// A registry that holds what the edge itself counts.
    #[must_use]
    pub fn new() -> Self {
        let inner = Inner {
            registry: Mutex::new(Registry::default()),
            requests: Family::default(),
            durations: Family::new_with_constructor(Buckets),
            sockets: Gauge::default(),
            socket_messages: Counter::default(),
            slow_sockets: Counter::default(),
        };
        {
            let mut registry = inner.registry.lock();
            registry.register("http_requests", "Requests answered", inner.requests.clone());
            let help = "Time from the request's head to its answer";
            registry.register("http_request_duration_seconds", help, inner.durations.clone());
            registry.register("websocket_connections", "Open WebSockets", inner.sockets.clone());
            let help = "Messages queued for WebSockets";
            registry.register("websocket_messages", help, inner.socket_messages.clone());
            let help = "WebSockets closed because they read too slowly";
            registry.register("websocket_slow_closed", help, inner.slow_sockets.clone());
        }
        Self(Arc::new(inner))
    }

    /// The registry, to add metrics to. A counter is registered without `_total`, which its text form appends.
    pub fn registry(&self) -> MutexGuard<'_, Registry> {
        self.0.registry.lock()
    }

    /// The text of `/metrics`.
    #[must_use]
    pub fn text(&self) -> String {
        let mut page = String::with_capacity(16 * 1024);
        if text::encode(&mut page, &self.0.registry.lock()).is_err() {
            tracing::error!("the metrics cannot be written");
        }
        page
    }

    pub(crate) fn answered(
        &self,
        method: &Method,
        endpoint: &'static str,
        status: StatusCode,
        took: Duration,
    ) {
        let method = method_name(method);
        let labels = RequestLabels { method, endpoint, status: status.as_u16() };
        self.0.requests.get_or_create(&labels).inc();
        self.0.durations.get_or_create(&EndpointLabels { method, endpoint }).observe(took.as_secs_f64());
    }

    pub(crate) fn socket_opened(&self) {
        self.0.sockets.inc();
    }

    pub(crate) fn socket_closed(&self) {
        self.0.sockets.dec();
    }

    pub(crate) fn socket_message(&self) {
        self.0.socket_messages.inc();
    }

    pub(crate) fn socket_slow(&self) {
        self.0.slow_sockets.inc();
    }
}

/// A method's name; one that HTTP does not define is `OTHER`, so that a client cannot make up label values.
pub(crate) fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// `GET /metrics`.
pub(crate) fn metrics_page(metrics: &Metrics) -> Response {
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], metrics.text()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_under_the_names_of_the_specification() {
        let metrics = Metrics::new();
        let took = Duration::from_millis(3);
        metrics.answered(&Method::POST, "/api/v1/shipments", StatusCode::CREATED, took);
        metrics.answered(&Method::POST, "/api/v1/shipments", StatusCode::CREATED, took);
        metrics.answered(&Method::from_bytes(b"BREW").unwrap(), "unmatched", StatusCode::NOT_FOUND, took);
        let page = metrics.text();
        for line in [
            r#"http_requests_total{method="POST",endpoint="/api/v1/shipments",status="201"} 2"#,
            r#"http_requests_total{method="OTHER",endpoint="unmatched",status="404"} 1"#,
            r#"http_request_duration_seconds_bucket{le="0.0025",method="POST",endpoint="/api/v1/shipments"} 0"#,
            r#"http_request_duration_seconds_bucket{le="0.005",method="POST",endpoint="/api/v1/shipments"} 2"#,
            r#"http_request_duration_seconds_count{method="POST",endpoint="/api/v1/shipments"} 2"#,
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
    }

    #[test]
    fn a_context_adds_its_own() {
        let metrics = Metrics::new();
        let created = Counter::<u64>::default();
        metrics.registry().register("shipments_created", "Shipments posted", created.clone());
        created.inc();
        assert!(metrics.text().contains("shipments_created_total 1"));
    }
}
