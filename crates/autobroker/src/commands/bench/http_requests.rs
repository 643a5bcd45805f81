//! What a request costs the server, and how long the slowest wait, over real connections to a process of its own.

use super::{
    child_server::ChildServer,
    figure::{Budget, Figure},
};
use crate::{failure::Failure, plain_http::Connection, stopwatch::Stopwatch};
use hdrhistogram::Histogram;
use kernel::{Clock as _, Timestamp};
use runtime::SystemClock;
use serde_json::{Value, json};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// Connections that ask at the same time when the cost is measured.
const CONNECTIONS: u32 = 16;
/// Requests whose cost is measured, each kind.
const REQUESTS: u32 = 16_000;
/// Requests before, so that caches are warm.
const WARM_UP: u32 = 1600;
/// The rate at which the slowest are looked for.
const RATE: u32 = 5000;
/// For so many seconds.
const RATE_SECONDS: u32 = 5;
/// Connections that keep up the rate.
const RATE_CONNECTIONS: u32 = 64;

/// The group `http`.
pub async fn measure(binary: &Path, folder: &Path) -> Result<Vec<Figure>, Failure> {
    let server = ChildServer::start(binary, &folder.join("http")).await?;
    let token = login(&server.authority).await?;
    let shipment =
        Arc::new(Ask { method: "POST", path: "/api/v1/shipments".into(), body: shipment_body(), token });
    repeat(&server, &shipment, WARM_UP).await?;
    let post = cpu_per_request(&server, &shipment).await?;
    let id = posted_id(&server, &shipment).await?;
    let read = Ask {
        method: "GET",
        path: format!("/api/v1/shipments/{id}"),
        body: String::new(),
        token: shipment.token.clone(),
    };
    let read = Arc::new(read);
    repeat(&server, &read, WARM_UP).await?;
    let get = cpu_per_request(&server, &read).await?;
    let (p99, achieved) = slowest_at_rate(&server, &shipment).await?;
    server.stop().await?;
    let mut figures = Vec::new();
    figures.extend(post.map(|ms| Figure::new("POST /shipments, server CPU", ms, "ms", Budget::AtMost(0.12))));
    figures
        .extend(get.map(|ms| Figure::new("GET /shipments/{id}, server CPU", ms, "ms", Budget::AtMost(0.05))));
    figures.push(Figure::new(
        format!("POST /shipments offered at {RATE}/s, achieved"),
        achieved,
        "/s",
        Budget::Free,
    ));
    figures.push(Figure::new(format!("POST /shipments, p99 at {RATE}/s"), p99, "ms", Budget::AtMost(10.0)));
    Ok(figures)
}

/// One request that is sent again and again.
pub struct Ask {
    method: &'static str,
    path: String,
    body: String,
    token: String,
}

impl Ask {
    async fn send(&self, connection: &mut Connection) -> Result<Vec<u8>, Failure> {
        let reply =
            connection.send(self.method, &self.path, Some(&self.token), &self.body).await.map_err(network)?;
        if (200..300).contains(&reply.status) {
            return Ok(reply.body);
        }
        let body = String::from_utf8_lossy(&reply.body);
        Err(Failure::Refused(format!("{} {} was answered {}: {body}", self.method, self.path, reply.status)))
    }
}

pub fn network(error: std::io::Error) -> Failure {
    Failure::Network(format!("the measured server: {error}"))
}

/// Registers a shipper and signs it in; the access token.
pub async fn login(authority: &str) -> Result<String, Failure> {
    let mut connection = Connection::open(authority).await.map_err(network)?;
    let account = json!({
        "role": "shipper", "name": "Measured Shipper", "email": "shipper@example.com", "phone": "+390212345678",
        "password": "a long enough password", "organisation": "Measured Shipping",
    });
    let signing_in = json!({ "email": "shipper@example.com", "password": "a long enough password" });
    let register = connection.send("POST", "/api/v1/auth/register", None, &account.to_string()).await;
    let registered = register.map_err(network)?;
    if registered.status != 201 {
        return Err(Failure::Refused(format!("registering was answered {}", registered.status)));
    }
    let reply = connection.send("POST", "/api/v1/auth/login", None, &signing_in.to_string()).await;
    let body: Value = serde_json::from_slice(&reply.map_err(network)?.body).unwrap_or_default();
    let token = body["data"]["access_token"].as_str();
    token.map(str::to_owned).ok_or_else(|| Failure::Refused("signing in gave no token".to_owned()))
}

/// Milano to Roma, tomorrow.
fn shipment_body() -> String {
    let hours = |hours: u64| -> Timestamp { SystemClock.now().after(Duration::from_secs(hours * 3600)) };
    let window = |from: u64, to: u64| json!({ "from": hours(from).to_string(), "to": hours(to).to_string() });
    json!({
        "pickup": { "latitude": 45.4642, "longitude": 9.19, "address": "Milano", "window": window(24, 26) },
        "delivery": { "latitude": 41.9028, "longitude": 12.4964, "address": "Roma", "window": window(34, 38) },
        "cargo": { "weight_kg": 8000, "volume_m3": 30, "kind": "general", "requires": [] },
        "tender": { "mode": "broadcast" },
        "auto_accept": false,
    })
    .to_string()
}

async fn posted_id(server: &ChildServer, ask: &Ask) -> Result<String, Failure> {
    let mut connection = Connection::open(&server.authority).await.map_err(network)?;
    let body: Value = serde_json::from_slice(&ask.send(&mut connection).await?).unwrap_or_default();
    let id = body["data"]["id"].as_str();
    id.map(str::to_owned).ok_or_else(|| Failure::Refused("a shipment was answered without an id".to_owned()))
}

/// Sends a request `count` times over [`CONNECTIONS`] connections, each waiting for its answer.
async fn repeat(server: &ChildServer, ask: &Arc<Ask>, count: u32) -> Result<(), Failure> {
    let mut callers = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (authority, ask) = (server.authority.clone(), Arc::clone(ask));
        callers.spawn(async move {
            let mut connection = Connection::open(&authority).await.map_err(network)?;
            for _ in 0..count / CONNECTIONS {
                ask.send(&mut connection).await?;
            }
            Ok::<(), Failure>(())
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller.map_err(|error| Failure::Refused(error.to_string()))??;
    }
    Ok(())
}

/// The server's processor time for one request in ms; `None` where the system does not tell.
async fn cpu_per_request(server: &ChildServer, ask: &Arc<Ask>) -> Result<Option<f64>, Failure> {
    let before = server.cpu();
    repeat(server, ask, REQUESTS).await?;
    let spent = server.cpu().zip(before).map(|(after, before)| after.saturating_sub(before));
    Ok(spent.map(|spent| spent.as_secs_f64() * 1000.0 / f64::from(REQUESTS)))
}

/// Offers requests at a fixed rate, whether or not earlier ones were answered; the 99th percentile of the time from
/// when a request was due to its answer in ms, and the rate that was reached.
async fn slowest_at_rate(server: &ChildServer, ask: &Arc<Ask>) -> Result<(f64, f64), Failure> {
    let watch = Stopwatch::start();
    let mut callers = JoinSet::new();
    for caller in 0..RATE_CONNECTIONS {
        let (authority, ask) = (server.authority.clone(), Arc::clone(ask));
        callers.spawn(async move { keep_rate(&authority, &ask, caller, watch).await });
    }
    let mut times = new_histogram()?;
    while let Some(caller) = callers.join_next().await {
        let part = caller.map_err(|error| Failure::Refused(error.to_string()))??;
        times.add(part).map_err(|error| Failure::Refused(error.to_string()))?;
    }
    let achieved = times.len() as f64 / watch.elapsed().as_secs_f64();
    Ok((times.value_at_quantile(0.99) as f64 / 1000.0, achieved))
}

async fn keep_rate(
    authority: &str,
    ask: &Ask,
    caller: u32,
    watch: Stopwatch,
) -> Result<Histogram<u64>, Failure> {
    let mut connection = Connection::open(authority).await.map_err(network)?;
    let mut times = new_histogram()?;
    for request in (caller..RATE * RATE_SECONDS).step_by(RATE_CONNECTIONS as usize) {
        let due = Duration::from_secs_f64(f64::from(request) / f64::from(RATE));
        tokio::time::sleep(due.saturating_sub(watch.elapsed())).await;
        ask.send(&mut connection).await?;
        let waited = watch.elapsed().saturating_sub(due);
        times.saturating_record(u64::try_from(waited.as_micros()).unwrap_or(u64::MAX));
    }
    Ok(times)
}

/// Microseconds up to a minute, three digits.
fn new_histogram() -> Result<Histogram<u64>, Failure> {
    Histogram::new_with_max(60_000_000, 3).map_err(|error| Failure::Refused(error.to_string()))
}
