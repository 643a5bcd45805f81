//! `/health`, `/health/live`, `/health/ready`: bare bodies, without the envelope.

use crate::answer::{Rfc3339, json};
use axum::{Router, extract::State, http::StatusCode, response::Response, routing::get};
use kernel::Clock;
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use store::StoreHealth;

/// An engine that shows no sign of life for this long is stalled; it shows one at least every second.
const STALLED_AFTER: Duration = Duration::from_secs(10);

/// What the pages look at.
pub(crate) trait Vitals: Send + Sync {
    /// The store.
    fn database(&self) -> StoreHealth;
    /// Since when the engine has been silent.
    fn engine_silent_for(&self) -> Duration;
    /// Who stands before an event that cannot be decoded, and at which position.
    fn unreadable(&self) -> BTreeMap<&'static str, i64>;
}

#[derive(Clone)]
struct Pages {
    vitals: Arc<dyn Vitals>,
    clock: Arc<dyn Clock>,
    version: &'static str,
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    timestamp: Rfc3339,
    version: &'static str,
    dependencies: Dependencies,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Trouble>,
}

/// Something that a person must look after.
#[derive(Serialize)]
struct Trouble {
    /// Stable, for alarms.
    code: &'static str,
    reader: &'static str,
    position: i64,
}

#[derive(Serialize)]
struct Dependencies {
    database: &'static str,
    engine: &'static str,
}

/// The three pages.
pub(crate) fn routes(vitals: Arc<dyn Vitals>, clock: Arc<dyn Clock>, version: &'static str) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .with_state(Pages { vitals, clock, version })
}

impl Pages {
    fn dependencies(&self) -> Dependencies {
        let database = match self.vitals.database() {
            StoreHealth::Connected => "connected",
            StoreHealth::ReadOnly(_) => "read_only",
            StoreHealth::Disconnected(_) => "disconnected",
        };
        let stalled = self.vitals.engine_silent_for() > STALLED_AFTER;
        Dependencies { database, engine: if stalled { "stalled" } else { "running" } }
    }

    fn answer(&self, code: StatusCode, status: &'static str, dependencies: Dependencies) -> Response {
        let timestamp = Rfc3339(self.clock.now());
        let problems = self.problems();
        json(code, &Health { status, timestamp, version: self.version, dependencies, problems })
    }

    fn problems(&self) -> Vec<Trouble> {
        let trouble = |(reader, position)| Trouble { code: "event.undecodable", reader, position };
        self.vitals.unreadable().into_iter().map(trouble).collect()
    }
}

/// 200 `healthy`; 200 `degraded` when nothing can be written (reads go on, from the cache if need be) or a reader stands
/// before an event that this version cannot decode, which `problems` names; 503 `unhealthy` when the engine stands still.
async fn health(State(pages): State<Pages>) -> Response {
    let found = pages.dependencies();
    match (found.database, found.engine) {
        (_, "stalled") => pages.answer(StatusCode::SERVICE_UNAVAILABLE, "unhealthy", found),
        ("connected", _) if pages.problems().is_empty() => pages.answer(StatusCode::OK, "healthy", found),
        _ => pages.answer(StatusCode::OK, "degraded", found),
    }
}

/// 200 while the process answers at all, so that it is not restarted because of its database.
async fn live(State(pages): State<Pages>) -> Response {
    pages.answer(StatusCode::OK, "alive", pages.dependencies())
}

/// 200 `ready` when it can read and write, else 503 `not_ready`.
async fn ready(State(pages): State<Pages>) -> Response {
    let found = pages.dependencies();
    match (found.database, found.engine) {
        ("connected", "running") => pages.answer(StatusCode::OK, "ready", found),
        _ => pages.answer(StatusCode::SERVICE_UNAVAILABLE, "not_ready", found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::Request};
    use kernel::Timestamp;
    use runtime::TurnedClock;
    use tower::ServiceExt as _;

    struct Fake(StoreHealth, Duration, BTreeMap<&'static str, i64>);

    impl Vitals for Fake {
        fn database(&self) -> StoreHealth {
            self.0.clone()
        }
        fn engine_silent_for(&self) -> Duration {
            self.1
        }
        fn unreadable(&self) -> BTreeMap<&'static str, i64> {
            self.2.clone()
        }
    }

    async fn ask(path: &str, store: StoreHealth, silent: u64) -> (u16, String) {
        ask_of(path, Fake(store, Duration::from_secs(silent), BTreeMap::new())).await
    }

    async fn ask_of(path: &str, vitals: Fake) -> (u16, String) {
        let clock = Arc::new(TurnedClock::at(Timestamp::parse("2026-03-01T08:00:00Z").unwrap()));
        let app = routes(Arc::new(vitals), clock, "1.2.3");
        let response = app.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_healthy_platform_says_so_in_a_bare_body() {
        let (status, body) = ask("/health", StoreHealth::Connected, 0).await;
        assert_eq!(status, 200);
        insta::assert_snapshot!(body, @r#"{"status":"healthy","timestamp":"2026-03-01T08:00:00Z","version":"1.2.3","dependencies":{"database":"connected","engine":"running"}}"#);
    }

    #[tokio::test]
    async fn who_cannot_decode_an_event_is_named_with_its_position() {
        let stuck = || Fake(StoreHealth::Connected, Duration::ZERO, BTreeMap::from([("booking", 1042)]));
        let (status, body) = ask_of("/health", stuck()).await;
        assert_eq!(status, 200);
        insta::assert_snapshot!(body, @r#"{"status":"degraded","timestamp":"2026-03-01T08:00:00Z","version":"1.2.3","dependencies":{"database":"connected","engine":"running"},"problems":[{"code":"event.undecodable","reader":"booking","position":1042}]}"#);
        // The others go on, so requests are still sent here.
        assert_eq!(ask_of("/health/ready", stuck()).await.0, 200);
    }

    #[tokio::test]
    async fn each_page_answers_its_own_question() {
        let away = || StoreHealth::Disconnected("10.0.0.7".into());
        let full = || StoreHealth::ReadOnly("no space".into());
        for (path, store, silent, status, said) in [
            ("/health/ready", StoreHealth::Connected, 0, 200, "\"ready\""),
            ("/health/ready", away(), 0, 503, "\"disconnected\""),
            ("/health/ready", full(), 0, 503, "\"read_only\""),
            ("/health/ready", StoreHealth::Connected, 11, 503, "\"stalled\""),
            ("/health/live", away(), 11, 200, "\"alive\""),
            ("/health", away(), 0, 200, "\"degraded\""),
            ("/health", full(), 0, 200, "\"degraded\""),
            ("/health", StoreHealth::Connected, 11, 503, "\"unhealthy\""),
        ] {
            let (found, body) = ask(path, store, silent).await;
            assert!(found == status && body.contains(said), "{path}: {found} {body}");
            assert!(!body.contains("10.0.0.7"), "an address is nobody's business: {body}");
        }
    }
}
