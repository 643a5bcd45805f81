//! Traces leave for the collector: a request's span with the decision and the commit that followed it.

use crate::{
    api::{Client, eventually},
    brokerage::{join, shipment_body},
    child::ChildServer,
    places::Place,
};
use axum::{Router, body::Bytes, routing::post};
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::net::TcpListener;

/// A collector that keeps what it is sent.
async fn collector() -> (String, Arc<Mutex<Vec<u8>>>) {
    let received = Arc::<Mutex<Vec<u8>>>::default();
    let keep = Arc::clone(&received);
    let take = move |body: Bytes| {
        keep.lock().extend_from_slice(&body);
        async {}
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/v1/traces", post(take))).await });
    (url, received)
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_of_a_request_reach_the_collector_and_nothing_personal_does() {
    let (collector, received) = collector().await;
    let place = Place::sqlite();
    let data = place.folder.path().display().to_string();
    let arguments = ["serve", "--data", &data, "--listen", "127.0.0.1:0", "--otlp-endpoint", &collector];
    let mut server = ChildServer::start(&arguments).await;
    let shipper = join(&Client::new(&server.url), "shipper", "Sara Shipper").await;
    shipper.post("/api/v1/shipments", shipment_body()).await.data(201);
    // A stop sends what is left.
    let id = server.process.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(server.process.wait().await.unwrap().success());
    eventually("the spans", || async { holds(&received.lock(), "/api/v1/shipments").then_some(()) }).await;
    let bytes = received.lock().clone();
    for text in ["autobroker", "service.version", "request", "request_id", "POST", "decide", "commit"] {
        assert!(holds(&bytes, text), "{text} is in no span");
    }
    for text in ["Sara", "sara.shipper@example.com", "Via Torino"] {
        assert!(!holds(&bytes, text), "{text} is in a span");
    }
}
