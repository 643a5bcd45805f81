//! The log of a running server: every line about a request, and about what follows from it, carries its id.

use crate::{
    api::{Client, eventually},
    brokerage::{bid_body, go_online, join, shipment_body, text},
    child::ChildServer,
    places::Place,
};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// The lines so far, each of them JSON.
fn lines(log: &Path) -> Vec<Value> {
    let text = fs::read_to_string(log).unwrap();
    // The last line may be half written.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

/// A field of a line, its own or its span's.
fn field<'a>(line: &'a Value, name: &str) -> &'a str {
    let own = line.get(name).or_else(|| line["span"].get(name));
    own.and_then(Value::as_str).unwrap_or_default()
}

/// Waits for a line with this message and these fields.
async fn logged(log: &Path, message: &str, fields: &[(&str, &str)]) {
    let wanted = |line: &Value| {
        line["message"] == message && fields.iter().all(|(name, value)| field(line, name) == *value)
    };
    eventually(&format!("{message} {fields:?}"), || async { lines(log).iter().any(wanted).then_some(()) })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_from_a_request_is_logged_with_its_id() {
    let place = Place::sqlite();
    let (data, log) = (place.folder.path().display().to_string(), place.folder.path().join("stderr"));
    let arguments = [
        ["serve", "--data", &data].as_slice(),
        &["--listen", "127.0.0.1:0", "--dispute-window", "300ms", "--log-level", "info,runtime=debug"],
    ]
    .concat();
    let server = ChildServer::start_logging(&arguments, &log).await;
    let visitor = Client::new(&server.url);
    let shipper = join(&visitor, "shipper", "Sara Shipper").await;
    let driver = join(&visitor, "driver", "Dino Driver").await;
    go_online(&driver).await;
    let shipment = text(&shipper.post("/api/v1/shipments", shipment_body()).await.data(201), "/id");
    let bid = text(&driver.post("/api/v1/bids", bid_body(&shipment, "820.00")).await.data(201), "/id");
    shipper.post(&format!("/api/v1/bids/{bid}/select"), json!({})).await.data(200);

    let confirmed = driver.post(&format!("/api/v1/bids/{bid}/confirm"), json!({})).await;
    let request = text(&confirmed.body, "/meta/request_id");
    let id = ("correlation_id", request.as_str());
    logged(&log, "answered", &[id, ("request_id", &request)]).await;
    logged(&log, "decided", &[id, ("work", "order")]).await;
    logged(&log, "decided", &[id, ("work", "reaction"), ("actor", "sys_escrow")]).await;
    logged(&log, "called", &[id, ("kind", "payment.hold")]).await;
    logged(&log, "decided", &[id, ("work", "effect")]).await;

    let mut delivered = Value::Null;
    for step in ["en_route_pickup", "loading", "in_transit", "unloading", "delivered"] {
        let proof = (step == "delivered").then(|| json!({ "recipient": "Front desk" }));
        let path = format!("/api/v1/shipments/{shipment}/status");
        let answer = driver.post(&path, json!({ "status": step, "proof": proof })).await;
        assert_eq!(answer.status, 200, "{:#}", answer.body);
        delivered = answer.body;
    }
    // The end of the dispute window comes later, by a timer, and still belongs to the delivery.
    let request = text(&delivered, "/meta/request_id");
    let id = ("correlation_id", request.as_str());
    logged(&log, "decided", &[id, ("work", "timer")]).await;
    logged(&log, "called", &[id, ("kind", "payment.pay_out")]).await;

    let everything = fs::read_to_string(&log).unwrap();
    for personal in ["Sara", "sara.shipper", "Via Torino", "Front desk"] {
        assert!(!everything.contains(personal), "{personal} is in the log");
    }
    server.kill().await;
}
