//! Two processes over one PostgreSQL: stale caches never refuse wrongly, and every reaction happens once.

use crate::{
    api::{Client, eventually},
    brokerage::{Brokerage, bid_body, join, shipment_body, text},
    docks::{facility, quarter, wish},
    places::Place,
};
use autobroker::Server;
use serde_json::{Value, json};

const SHIPMENTS: usize = 12;

/// The same caller at the other server.
fn at(server: &Server, client: &Client) -> Client {
    client.at(&server.url())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_over_one_database_are_one_brokerage() {
    let Some(place) = Place::postgres("two_servers_over_one_database_are_one_brokerage").await else {
        return;
    };
    let brokerage = Brokerage::open(&place).await;
    let second = Server::start(&place.settings()).await.unwrap();
    let mut trips = tokio::task::JoinSet::new();
    for number in 0..SHIPMENTS {
        let driver = join(&brokerage.visitor, "driver", &format!("Driver {number}")).await;
        crate::brokerage::go_online(&driver).await;
        let (shipper, elsewhere) = (brokerage.shipper.clone(), at(&second, &brokerage.shipper));
        let away = at(&second, &driver);
        trips.spawn(trip(shipper, elsewhere, driver, away));
    }
    let mut booked = Vec::new();
    while let Some(trip) = trips.join_next().await {
        booked.push(trip.unwrap());
    }
    // Each reaction once: one payment a shipment, whichever process ran the saga.
    let elsewhere = at(&second, &brokerage.shipper);
    for shipment in booked {
        eventually("the payout", || async {
            let payments = elsewhere.get(&format!("/api/v1/payments?shipment_id={shipment}")).await.data(200);
            assert_eq!(payments.as_array().map(Vec::len), Some(1), "{payments:#}");
            (payments[0]["status"] == "released").then_some(())
        })
        .await;
    }
    once_each(&brokerage, SHIPMENTS).await;
    // Each event is counted where it was committed, so that the figures of both add up.
    for (name, labels) in [
        ("shipments_created_total", ""),
        ("bids_submitted_total", r#"outcome="accepted""#),
        ("deliveries_completed_total", ""),
        ("payment_transactions_total", r#"status="released""#),
    ] {
        let here = counted(&brokerage.visitor, name, labels).await;
        let there = counted(&at(&second, &brokerage.visitor), name, labels).await;
        assert_eq!(here + there, SHIPMENTS, "{name}: {here} and {there}");
    }
    brokerage.server.stop().await;
    // The one that is left takes over every reactor and timer.
    let driver = at(&second, &brokerage.driver);
    let shipment = trip(elsewhere.clone(), elsewhere.clone(), driver.clone(), driver).await;
    eventually("the last payout", || async {
        let payments = elsewhere.get(&format!("/api/v1/payments?shipment_id={shipment}")).await.data(200);
        (payments[0]["status"] == "released").then_some(())
    })
    .await;
    second.stop().await;
    place.remove().await;
}

/// Every request goes to the other process than the one before it, so that each meets a stale cache.
async fn trip(shipper: Client, shipper_away: Client, driver: Client, driver_away: Client) -> String {
    let shipment = text(&shipper.post("/api/v1/shipments", shipment_body()).await.data(201), "/id");
    let bid = text(&driver_away.post("/api/v1/bids", bid_body(&shipment, "820.00")).await.data(201), "/id");
    shipper.post(&format!("/api/v1/bids/{bid}/select"), json!({})).await.data(200);
    driver_away.post(&format!("/api/v1/bids/{bid}/confirm"), json!({})).await.data(200);
    let path = format!("/api/v1/shipments/{shipment}");
    assert_eq!(text(&shipper.get(&path).await.data(200), "/status"), "booked");
    let steps = ["en_route_pickup", "loading", "in_transit", "unloading", "delivered"];
    for (step, client) in steps.into_iter().zip([&driver, &driver_away].into_iter().cycle()) {
        let body = match step {
            "delivered" => json!({ "status": step, "proof": { "recipient": "Front desk" } }),
            _ => json!({ "status": step }),
        };
        client.post(&format!("{path}/status"), body).await.data(200);
    }
    assert!(
        ["delivered", "completed"]
            .contains(&text(&shipper_away.get(&path).await.data(200), "/status").as_str())
    );
    shipment
}

/// The sum of a counter's lines with these labels.
async fn counted(visitor: &Client, name: &str, labels: &str) -> usize {
    let page = visitor.get("/metrics").await.body;
    let lines = page.as_str().unwrap().lines().filter(|line| line.starts_with(name) && line.contains(labels));
    lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<usize>().unwrap()).sum()
}

/// The log holds each reaction exactly once.
async fn once_each(brokerage: &Brokerage, shipments: usize) {
    let store = brokerage.server.house().runtime().store();
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for event in store.read_log(0, 100_000).await.unwrap() {
        *counts.entry(event.type_name).or_default() += 1;
    }
    for name in
        ["shipment.requested", "booking.confirmed", "payment.requested", "payment.held", "payment.released"]
    {
        assert_eq!(counts.get(name), Some(&shipments), "{name}: {counts:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bid_is_selected_however_many_processes_are_asked() {
    let Some(place) = Place::postgres("one_bid_is_selected_however_many_processes_are_asked").await else {
        return;
    };
    let brokerage = Brokerage::open(&place).await;
    let second = Server::start(&place.settings()).await.unwrap();
    let other = join(&brokerage.visitor, "driver", "Dora Driver").await;
    crate::brokerage::go_online(&other).await;
    let shipment = brokerage.post_shipment().await;
    let first_bid = brokerage.bid(&shipment, "820.00").await;
    let other_bid = text(&other.post("/api/v1/bids", bid_body(&shipment, "810.00")).await.data(201), "/id");
    let select = |client: Client, bid: String| async move {
        client.post(&format!("/api/v1/bids/{bid}/select"), json!({})).await
    };
    let (here, there) = tokio::join!(
        select(brokerage.shipper.clone(), first_bid),
        select(at(&second, &brokerage.shipper), other_bid)
    );
    let mut statuses = [here.status, there.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{:#} {:#}", here.body, there.body);
    let selected: Value = brokerage.shipper.get(&format!("/api/v1/shipments/{shipment}")).await.data(200);
    assert_eq!(text(&selected, "/status"), "selected");
    second.stop().await;
    brokerage.server.stop().await;
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_gets_one_answer_from_whichever_process() {
    let Some(place) = Place::postgres("one_key_gets_one_answer_from_whichever_process").await else { return };
    let brokerage = Brokerage::open(&place).await;
    let second = Server::start(&place.settings()).await.unwrap();
    let elsewhere = at(&second, &brokerage.shipper);
    let body = shipment_body();
    for number in 0..8 {
        let key = format!("order-{number}");
        let (here, there) = tokio::join!(
            brokerage.shipper.post_once("/api/v1/shipments", &key, &body),
            elsewhere.post_once("/api/v1/shipments", &key, &body)
        );
        assert_eq!((here.status, &here.body), (201, &there.body), "the envelope included");
        assert_eq!(elsewhere.post_once("/api/v1/shipments", &key, &body).await, here);
    }
    let operator = join(&brokerage.visitor, "facility", "Fede Docks").await;
    let docks = format!("/api/v1/facilities/{}/appointments", facility(&operator, 45.6, 9.3, 1).await);
    let carrier = at(&second, &brokerage.driver);
    for number in 1..=8 {
        let (key, body) = (format!("slot-{number}"), wish(&quarter(number * 6)));
        let (here, there) = tokio::join!(
            brokerage.driver.post_once(&docks, &key, &body),
            carrier.post_once(&docks, &key, &body)
        );
        assert_eq!((here.status, &here.body), (201, &there.body), "one appointment");
    }
    second.stop().await;
    brokerage.server.stop().await;
    place.remove().await;
}
