//! The whole surface over a real runtime and store.

use super::*;
use crate::{
    Answer, Body as JsonBody, PathId, Session,
    test_world::{Lamp, LampId, Lit, World},
};
use axum::{body::Body, extract::State, http::Request as HttpRequest};
use contracts::ports::{Permission, Resource};
use runtime::Order;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::routes;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewLamp {
    lumen: u32,
}

#[derive(Serialize, ToSchema)]
struct LampView {
    id: String,
    times: u32,
}

#[utoipa::path(post, path = "/api/v1/lamps", request_body = NewLamp, responses((status = 201, body = LampView)))]
async fn create(
    State(platform): State<Platform>,
    session: Session,
    JsonBody(new): JsonBody<NewLamp>,
) -> Result<Answer<LampView>, Problem> {
    session.authorise(&platform, Permission("lamp:create"), &Resource::default())?;
    let id = LampId::generate(platform.runtime.now(), &**platform.runtime.entropy());
    let order = Order::new::<Lamp>(id, Lit { lumen: new.lumen });
    let receipt = platform.runtime.submit(&session.origin, order).await?;
    let id = receipt.id().unwrap_or(id);
    let lamp = platform.runtime.state::<Lamp>(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::created(LampView { id: id.to_string(), times: lamp.times }))
}

#[utoipa::path(get, path = "/api/v1/lamps/{id}", params(("id" = String, Path)), responses((status = 200, body = LampView)))]
async fn read(
    State(platform): State<Platform>,
    session: Session,
    PathId(id): PathId<LampId>,
) -> Result<Answer<LampView>, Problem> {
    session.authorise(&platform, Permission("lamp:read"), &Resource::default())?;
    let lamp = platform.runtime.state::<Lamp>(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Answer::ok(LampView { id: id.to_string(), times: lamp.times }))
}

fn app(world: &World) -> Router {
    let lamps = OpenApiRouter::default().routes(routes!(create)).routes(routes!(read));
    let (clock, entropy) = (world.platform.runtime.clock(), world.platform.runtime.entropy());
    let guards = guard::Registry::new();
    guards.add(&guard::Guard::new("maps", guard::Policy::default(), Arc::clone(clock), Arc::clone(entropy)));
    let options = ApiOptions::new("1.2.3", world.metrics.clone(), guards, world.hub.clone());
    serve_api(&world.platform, vec![lamps.with_state(world.platform.clone())], options)
}

struct Seen {
    status: u16,
    replayed: bool,
    text: String,
    json: Value,
}

async fn send(app: &Router, method: &str, path: &str, token: &str, key: Option<&str>, body: &str) -> Seen {
    let mut request =
        HttpRequest::builder().method(method).uri(path).header("content-type", "application/json");
    if !token.is_empty() {
        request = request.header("authorization", format!("bearer {token}"));
    }
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let response = app.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let (status, replayed) =
        (response.status().as_u16(), response.headers().contains_key("idempotent-replayed"));
    let bytes = axum::body::to_bytes(response.into_body(), 1_000_000).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let json = serde_json::from_str(&text).unwrap_or_default();
    Seen { status, replayed, text, json }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thing_is_made_and_read() {
    let world = World::new(HubOptions::default()).await;
    let app = app(&world);
    let made = send(&app, "POST", "/api/v1/lamps", "user-1", None, r#"{"lumen":5}"#).await;
    assert_eq!((made.status, &made.json["data"]["times"]), (201, &1.into()), "{}", made.text);
    let path = format!("/api/v1/lamps/{}", made.json["data"]["id"].as_str().unwrap());
    assert_eq!(send(&app, "GET", &path, "user-1", None, "").await.json["data"], made.json["data"]);
    for (method, path, token, body, status, code) in [
        ("GET", path.as_str(), "", "", 401, "token.missing"),
        ("GET", path.as_str(), "nonsense", "", 401, "token.invalid"),
        ("GET", "/api/v1/lamps/lmp_0", "user-1", "", 404, "not_found"),
        ("GET", "/api/v1/lamps/lmp_00000000000000000000000000000000", "user-1", "", 404, "not_found"),
        ("POST", "/api/v1/lamps", "user-1", "{", 400, "body.malformed"),
        ("POST", "/api/v1/lamps", "user-1", r#"{"lumen":-1}"#, 422, "invalid_input"),
        ("POST", "/api/v1/lamps", "user-1", r#"{"lumen":2000}"#, 409, "lamp.too_bright"),
        ("PUT", "/api/v1/lamps", "user-1", "{}", 405, "route.method_not_allowed"),
    ] {
        let seen = send(&app, method, path, token, None, body).await;
        assert_eq!((seen.status, seen.json["code"].as_str()), (status, Some(code)), "{method} {path} {body}");
    }
    world.people.blind.lock().insert(crate::test_world::user(9));
    assert_eq!(send(&app, "GET", &path, "user-9", None, "").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_has_one_effect_and_one_answer() {
    let world = World::new(HubOptions::default()).await;
    let app = app(&world);
    let post = |key: &'static str, body: &'static str| {
        send(&app, "POST", "/api/v1/lamps", "user-1", Some(key), body)
    };
    let first = post("k1", r#"{"lumen":5}"#).await;
    let again = post("k1", r#"{"lumen":5}"#).await;
    assert_eq!((first.status, first.replayed, again.status, again.replayed), (201, false, 201, true));
    assert_eq!(first.text, again.text, "byte for byte");
    let other = post("k1", r#"{"lumen":6}"#).await;
    assert_eq!((other.status, other.json["code"].as_str()), (409, Some("idempotency.key_reused")));
    let refused = post("k2", r#"{"lumen":2000}"#).await;
    let corrected = post("k2", r#"{"lumen":20}"#).await;
    assert_eq!((refused.status, corrected.status), (409, 201), "a refusal does not use the key up");
    let before = world.platform.runtime.store().head().await.unwrap().position;
    let at_once = futures_util::future::join_all((0..20).map(|_| post("k3", r#"{"lumen":7}"#))).await;
    let mut texts: Vec<_> = at_once.iter().map(|seen| (seen.status, seen.text.clone())).collect();
    texts.dedup();
    assert_eq!((texts.len(), texts[0].0), (1, 201), "{texts:?}");
    assert_eq!(world.platform.runtime.store().head().await.unwrap().position, before + 1);
    let stranger = send(&app, "POST", "/api/v1/lamps", "user-2", Some("k1"), r#"{"lumen":6}"#).await;
    assert_eq!(stranger.status, 201, "keys of others are others");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_is_made_from_the_present_state() {
    let world = World::new(HubOptions::default()).await;
    let app = app(&world);
    let first = send(&app, "POST", "/api/v1/lamps", "user-1", Some("k"), r#"{"lumen":5}"#).await;
    // As if the process had ended between the commit and the answer: the key is there, its answer is not.
    let before = world.platform.runtime.store().head().await.unwrap().position;
    let key = format!("{}/{}/lost", "ten_00000000000000000000000000000001", crate::test_world::user(1));
    let mut hash = sha2::Sha256::default();
    sha2::Digest::update(&mut hash, b"POST\n/api/v1/lamps\n{\"lumen\":6}");
    let body_hash = crate::kept_answers::keyed(&world.platform.vault, sha2::Digest::finalize(hash).into());
    let origin = runtime::Origin {
        tenant: "ten_00000000000000000000000000000001".parse().unwrap(),
        actor: kernel::Actor::User(crate::test_world::user(1)),
        correlation: kernel::RequestId::generate(world.platform.runtime.now(), &runtime::SystemEntropy),
        idempotency: Some(runtime::IdempotencyKey { key, body_hash }),
    };
    let id = world.lamp();
    let lost =
        world.platform.runtime.submit(&origin, Order::new::<Lamp>(id, Lit { lumen: 6 })).await.unwrap();
    assert!(lost.changed && !lost.repeated);
    let again = send(&app, "POST", "/api/v1/lamps", "user-1", Some("lost"), r#"{"lumen":6}"#).await;
    assert_eq!((again.status, again.json["data"]["id"].as_str()), (201, Some(id.to_string().as_str())));
    assert_ne!(again.json["data"]["id"], first.json["data"]["id"]);
    assert_eq!(world.platform.runtime.store().head().await.unwrap().position, before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operational_pages_are_there() {
    let world = World::new(HubOptions::default()).await;
    let app = app(&world);
    for path in ["/health", "/health/live", "/health/ready"] {
        let seen = send(&app, "GET", path, "", None, "").await;
        assert_eq!(
            (seen.status, &seen.json["dependencies"]["database"]),
            (200, &"connected".into()),
            "{}",
            seen.text
        );
        assert_eq!(seen.json["version"], "1.2.3");
    }
    let breakers = send(&app, "GET", "/metrics/circuit_breakers", "", None, "").await;
    assert_eq!(
        (breakers.json[0]["name"].as_str(), breakers.json[0]["state"].as_u64()),
        (Some("maps"), Some(0))
    );
    let document = send(&app, "GET", "/openapi.json", "", None, "").await.json;
    assert!(document["paths"]["/api/v1/lamps/{id}"]["get"]["responses"]["404"].is_object());
    assert!(send(&app, "GET", "/docs", "", None, "").await.text.starts_with("<!doctype html>"));
    assert_eq!(send(&app, "GET", "/api/v1/ws", "", None, "").await.status, 426);
    assert_eq!(send(&app, "GET", "/nothing", "", None, "").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_of_the_specification_are_there() {
    let world = World::new(HubOptions::default()).await;
    let app = app(&world);
    let made = send(&app, "POST", "/api/v1/lamps", "user-1", None, r#"{"lumen":5}"#).await;
    assert_eq!(made.status, 201);
    let page = send(&app, "GET", "/metrics", "", None, "").await.text;
    for line in [
        r#"http_requests_total{method="POST",endpoint="/api/v1/lamps",status="201"} 1"#,
        r#"agent_active_count{type="lamp"} 1.0"#,
        r#"agent_message_processing_duration_seconds_count{agent_type="lamp",message_type="command"} 1"#,
        r#"agent_message_processing_duration_seconds_bucket{le="+Inf",agent_type="lamp",message_type="command"} 1"#,
        "# TYPE agent_state_transitions counter",
        r#"circuit_breaker_state{name="maps"} 0.0"#,
        r#"port_calls_total{port="maps",outcome="failed"} 0"#,
        "store_events_total 1",
        "store_writable 1.0",
        "# EOF",
    ] {
        assert!(page.lines().any(|found| found == line), "{line}\n{page}");
    }
}
