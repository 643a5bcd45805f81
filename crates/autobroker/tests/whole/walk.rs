//! One shipment from request to payout, by hand, on every store.

use crate::{
    api::{Client, eventually},
    brokerage::{Brokerage, text},
    places::Place,
};
use contracts::ports::Role;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn one_shipment_from_request_to_payout() {
    for place in Place::every("one_shipment_from_request_to_payout").await {
        let brokerage = Brokerage::open(&place).await;
        walk(&brokerage).await;
        brokerage.server.stop().await;
        place.remove().await;
    }
}

async fn status_of(client: &Client, shipment: &str) -> String {
    text(&client.get(&format!("/api/v1/shipments/{shipment}")).await.data(200), "/status")
}

async fn payment_of(client: &Client, shipment: &str) -> Value {
    let payments = client.get(&format!("/api/v1/payments?shipment_id={shipment}")).await.data(200);
    assert_eq!(payments.as_array().map(Vec::len), Some(1), "{payments:#}");
    payments[0].clone()
}

async fn walk(brokerage: &Brokerage) {
    let Brokerage { shipper, driver, .. } = brokerage;
    let shipment = brokerage.post_shipment().await;
    let posted = shipper.get(&format!("/api/v1/shipments/{shipment}")).await.data(200);
    assert_eq!(text(&posted, "/status"), "requested");
    assert!(text(&posted, "/reference").starts_with("SHM-MIL-"), "{posted:#}");

    let bid = brokerage.bid(&shipment, "820.00").await;
    assert_eq!(status_of(shipper, &shipment).await, "bidding");
    let bids = shipper.get(&format!("/api/v1/shipments/{shipment}/bids")).await.data(200);
    assert_eq!(text(&bids, "/0/id"), bid);
    assert_eq!(bids[0]["rank"], 1);
    assert!(bids[0]["score"].as_f64().is_some_and(|score| score > 0.0 && score <= 1.2), "{bids:#}");
    for term in ["price", "time", "reliability", "experience", "vehicle"] {
        let value = bids[0]["terms"][term].as_f64();
        assert!(value.is_some_and(|value| (0.0..=1.0).contains(&value)), "{term}: {bids:#}");
    }

    shipper.post(&format!("/api/v1/bids/{bid}/select"), json!({})).await.data(200);
    assert_eq!(status_of(shipper, &shipment).await, "selected");
    driver.post(&format!("/api/v1/bids/{bid}/confirm"), json!({})).await.data(200);
    // The answer to the confirmation waits for the saga and the embedded gateway: no polling here.
    assert_eq!(status_of(shipper, &shipment).await, "booked");
    let payment = payment_of(shipper, &shipment).await;
    assert_eq!(text(&payment, "/status"), "held");
    assert_eq!(payment["amount"], json!({ "amount": "820.00", "currency": "EUR" }));
    assert_eq!(payment["commission"], json!({ "amount": "123.00", "currency": "EUR" }));
    assert_eq!(payment["carrier_amount"], json!({ "amount": "697.00", "currency": "EUR" }));

    let skipped =
        driver.post(&format!("/api/v1/shipments/{shipment}/status"), json!({ "status": "unloading" })).await;
    skipped.problem(409);
    brokerage.drive(&shipment, "delivered").await;
    eventually("the payout", || async { (status_of(shipper, &shipment).await == "completed").then_some(()) })
        .await;
    assert_eq!(text(&payment_of(shipper, &shipment).await, "/status"), "released");
    history_is_told(shipper, &shipment).await;
    books_balance(brokerage).await;
    let shared = brokerage.server.house().runtime().store().is_shared();
    metrics_count_it(&brokerage.visitor, shared).await;
}

async fn history_is_told(shipper: &Client, shipment: &str) {
    let events = shipper.get(&format!("/api/v1/shipments/{shipment}/events?per_page=100")).await.data(200);
    let types: BTreeSet<_> = events.as_array().unwrap().iter().map(|event| text(event, "/type")).collect();
    for name in [
        "shipment.requested",
        "shipment.broadcast",
        "bid.submitted",
        "bids.ranked",
        "bid.selected",
        "booking.confirmed",
        "shipment.status_changed",
    ] {
        assert!(types.contains(name), "{name} is not in {types:?}");
    }
}

async fn books_balance(brokerage: &Brokerage) {
    let finance = brokerage.staff(Role::Finance).await;
    let balance = finance.get("/api/v1/ledger/trial-balance").await.data(200);
    let totals = balance["totals"].as_array().unwrap_or_else(|| panic!("{balance:#}"));
    assert_eq!(totals.len(), 1, "{balance:#}");
    assert_eq!(totals[0]["balance"], json!({ "amount": "0.00", "currency": "EUR" }), "{balance:#}");
    let commission =
        balance["accounts"].as_array().unwrap().iter().find(|line| line["balance"]["amount"] == "-123.00");
    assert!(commission.is_some(), "the commission is nowhere: {balance:#}");
}

async fn metrics_count_it(visitor: &Client, shared: bool) {
    let page = visitor.get("/metrics").await.body;
    let page = page.as_str().unwrap();
    for line in [
        r#"shipments_created_total{service_level="standard"} 1"#,
        r#"bids_submitted_total{outcome="accepted"} 1"#,
        r#"deliveries_completed_total{on_time="true"} 1"#,
        r#"payment_transactions_total{status="held"} 1"#,
        r#"payment_transactions_total{status="released"} 1"#,
        r#"circuit_breaker_state{name="payments"} 0.0"#,
    ] {
        assert!(page.lines().any(|found| found == line), "{line}\n{page}");
    }
    // Every name of spec 4, "Monitoring and Observability"; those of PostgreSQL only where it is the store.
    for name in [
        "http_requests_total{method=",
        "http_request_duration_seconds_bucket{",
        "agent_active_count{type=",
        "agent_message_processing_duration_seconds_bucket{",
        "agent_state_transitions_total{agent_type=",
    ] {
        assert!(page.lines().any(|line| line.starts_with(name)), "{name}\n{page}");
    }
    let figure = |name: &str| {
        let line = page.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start().parse::<f64>().ok()
    };
    let postgres = ["postgres_connections_active", "postgres_query_duration_seconds_count"].map(figure);
    if shared {
        assert!(postgres.iter().all(|figure| figure.is_some_and(|figure| figure >= 1.0)), "{page}");
    } else {
        assert_eq!(postgres, [None, None], "{page}");
    }
    let mut families: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    let all = families.len();
    families.sort_unstable();
    families.dedup();
    assert_eq!(families.len(), all, "a metric is there twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_walk_the_log_is_whole_and_every_view_equals_a_rebuild() {
    for place in Place::lasting("after_a_walk_the_log_is_whole_and_every_view_equals_a_rebuild").await {
        let brokerage = Brokerage::open(&place).await;
        walk(&brokerage).await;
        brokerage.server.stop().await;
        let output =
            crate::child::autobroker(&["log", "verify", "--views", "--store", &place.store_option()]);
        assert!(output.status.success(), "{output:?}");
        let answer = String::from_utf8(output.stdout).unwrap();
        assert!(answer.starts_with("whole: ") && answer.contains("views: "), "{answer}");
        place.remove().await;
    }
}
