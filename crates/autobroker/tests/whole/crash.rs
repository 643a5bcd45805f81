//! `kill -9` at any moment loses nothing acknowledged, and the next start goes on with everything.

use crate::{
    api::{Answer, Client, eventually},
    brokerage::{bid_body, go_online, join, shipment_body, text},
    child::{ChildServer, autobroker, stdout},
    places::Place,
};
use serde_json::{Value, json};

/// Each shipment is left at another point of its life.
const STOPS: [&str; 8] =
    ["requested", "bidding", "selected", "booked", "en_route_pickup", "in_transit", "unloading", "delivered"];
const STEPS: [&str; 5] = ["en_route_pickup", "loading", "in_transit", "unloading", "delivered"];

struct Left {
    shipment: String,
    bid: Option<String>,
    at: &'static str,
    driver: Client,
}

async fn serve(place: &Place) -> ChildServer {
    let (data, store) = (place.folder.path().display().to_string(), place.store_option());
    let arguments = [
        "serve",
        "--data",
        &data,
        "--store",
        &store,
        "--listen",
        "127.0.0.1:0",
        "--dispute-window",
        "300ms",
        "--rate-limit-user",
        "0",
        "--rate-limit-anonymous",
        "0",
    ];
    ChildServer::start(&arguments).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_continues_every_shipment() {
    for place in Place::lasting("a_killed_server_continues_every_shipment").await {
        let server = serve(&place).await;
        let visitor = Client::new(&server.url);
        let shipper = join(&visitor, "shipper", "Sara Shipper").await;
        let mut left = Vec::new();
        for (number, at) in STOPS.into_iter().enumerate() {
            left.push(leave(&visitor, &shipper, number, at).await);
        }
        server.kill().await;

        let server = serve(&place).await;
        let again = |client: &Client| client.at(&server.url);
        let shipper = again(&shipper);
        for Left { shipment, bid, at, driver } in left {
            finish(&shipper, &again(&driver), &shipment, bid, at).await;
        }
        server.kill().await;
        let verified = stdout(&autobroker(&["log", "verify", "--views", "--store", &place.store_option()]));
        assert!(verified.starts_with("whole: "), "{verified}");
        place.remove().await;
    }
}

/// The server is killed right behind every answer. Whoever asks again with its key gets the very same answer, whatever
/// has happened since.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_answer_outlives_a_kill() {
    for place in Place::lasting("the_first_answer_outlives_a_kill").await {
        let server = serve(&place).await;
        let visitor = Client::new(&server.url);
        let shipper = join(&visitor, "shipper", "Sara Shipper").await;
        let driver = join(&visitor, "driver", "Dino Driver").await;
        go_online(&driver).await;
        server.kill().await;

        let mut asked: Vec<(&Client, String, Value, Answer)> = Vec::new();
        for step in 0..6 {
            let made = |step: usize| text(&asked[step].3.body, "/data/id");
            let (who, path, body) = match step {
                0 => (&shipper, "/api/v1/shipments".to_owned(), shipment_body()),
                1 => (&driver, "/api/v1/bids".to_owned(), bid_body(&made(0), "820.00")),
                2 => (&shipper, format!("/api/v1/bids/{}/select", made(1)), json!({})),
                3 => (&driver, format!("/api/v1/bids/{}/confirm", made(1)), json!({})),
                4 => {
                    let path = format!("/api/v1/shipments/{}/status", made(0));
                    (&driver, path, json!({ "status": "en_route_pickup" }))
                }
                _ => {
                    let path = format!("/api/v1/shipments/{}/cancel", made(0));
                    (&shipper, path, json!({}))
                }
            };
            let server = serve(&place).await;
            let answer = who.at(&server.url).post_once(&path, &format!("step {step}"), &body).await;
            server.kill().await;
            assert!(matches!(answer.status, 200 | 201), "{path}: {:#}", answer.body);
            asked.push((who, path, body, answer));
        }
        let server = serve(&place).await;
        for (step, (who, path, body, first)) in asked.iter().enumerate() {
            let again = who.at(&server.url).post_once(path, &format!("step {step}"), body).await;
            assert_eq!((again.status, &again.body), (first.status, &first.body), "{path}");
        }
        server.kill().await;
        place.remove().await;
    }
}

/// Takes a shipment up to `at`; every answer was acknowledged.
async fn leave(visitor: &Client, shipper: &Client, number: usize, at: &'static str) -> Left {
    let driver = join(visitor, "driver", &format!("Driver {number}")).await;
    go_online(&driver).await;
    let shipment = text(&shipper.post("/api/v1/shipments", shipment_body()).await.data(201), "/id");
    let mut left = Left { shipment, bid: None, at, driver };
    advance(shipper, &mut left).await;
    left
}

async fn advance(shipper: &Client, left: &mut Left) {
    let Left { shipment, bid, at, driver } = left;
    if *at == "requested" {
        return;
    }
    let made = text(&driver.post("/api/v1/bids", bid_body(shipment, "820.00")).await.data(201), "/id");
    *bid = Some(made.clone());
    if *at == "bidding" {
        return;
    }
    shipper.post(&format!("/api/v1/bids/{made}/select"), json!({})).await.data(200);
    if *at == "selected" {
        return;
    }
    driver.post(&format!("/api/v1/bids/{made}/confirm"), json!({})).await.data(200);
    if let Some(steps) = STEPS.iter().position(|step| step == at) {
        for step in &STEPS[..=steps] {
            step_to(driver, shipment, step).await;
        }
    }
}

async fn step_to(driver: &Client, shipment: &str, step: &str) {
    let body = match step {
        "delivered" => json!({ "status": step, "proof": { "recipient": "Front desk" } }),
        _ => json!({ "status": step }),
    };
    driver.post(&format!("/api/v1/shipments/{shipment}/status"), body).await.data(200);
}

/// The shipment stands where it was left (or further, by its own timers), and goes on to its payout.
async fn finish(shipper: &Client, driver: &Client, shipment: &str, bid: Option<String>, at: &str) {
    let path = format!("/api/v1/shipments/{shipment}");
    let status = text(&shipper.get(&path).await.data(200), "/status");
    let expected: &[&str] = match at {
        "delivered" => &["delivered", "completed"],
        other => &[other],
    };
    assert!(expected.contains(&status.as_str()), "left at {at}, found at {status}");
    let bid = match bid {
        Some(bid) => bid,
        None => text(&driver.post("/api/v1/bids", bid_body(shipment, "820.00")).await.data(201), "/id"),
    };
    if ["requested", "bidding"].contains(&at) {
        shipper.post(&format!("/api/v1/bids/{bid}/select"), json!({})).await.data(200);
    }
    if ["requested", "bidding", "selected"].contains(&at) {
        driver.post(&format!("/api/v1/bids/{bid}/confirm"), json!({})).await.data(200);
    }
    let next = STEPS.iter().position(|step| *step == at).map_or(0, |step| step + 1);
    for step in &STEPS[next..] {
        step_to(driver, shipment, step).await;
    }
    eventually("the payout", || async {
        (text(&shipper.get(&path).await.data(200), "/status") == "completed").then_some(())
    })
    .await;
    let payments = shipper.get(&format!("/api/v1/payments?shipment_id={shipment}")).await.data(200);
    assert_eq!(payments.as_array().map(Vec::len), Some(1), "{payments:#}");
    assert_eq!(text(&payments, "/0/status"), "released");
}
