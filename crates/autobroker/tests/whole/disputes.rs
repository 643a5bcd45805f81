//! Disputes and declined transfers, by hand: who opens and settles them, and what the payment shows meanwhile.

use crate::{
    api::{Client, eventually},
    brokerage::{Brokerage, text},
    places::Place,
};
use contracts::ports::Role;
use serde_json::{Value, json};

async fn book(brokerage: &Brokerage, amount: &str) -> String {
    let shipment = brokerage.post_shipment().await;
    let bid = brokerage.bid(&shipment, amount).await;
    brokerage.shipper.post(&format!("/api/v1/bids/{bid}/select"), json!({})).await.data(200);
    brokerage.driver.post(&format!("/api/v1/bids/{bid}/confirm"), json!({})).await.data(200);
    shipment
}

async fn payment_of(client: &Client, shipment: &str) -> Value {
    client.get(&format!("/api/v1/payments?shipment_id={shipment}")).await.data(200)[0].clone()
}

async fn status_of(client: &Client, shipment: &str) -> String {
    text(&client.get(&format!("/api/v1/shipments/{shipment}")).await.data(200), "/status")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_freezes_the_money_until_finance_splits_it() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let Brokerage { shipper, driver, .. } = &brokerage;
    let shipment = book(&brokerage, "820.00").await;
    let dispute = format!("/api/v1/shipments/{shipment}/dispute");
    shipper.post(&dispute, json!({})).await.problem(409);
    brokerage.drive(&shipment, "in_transit").await;
    assert_eq!(driver.post(&dispute, json!({})).await.status, 403);
    for _ in 0..2 {
        let opened = shipper.post(&dispute, json!({})).await.data(200);
        assert_eq!(text(&opened, "/status"), "disputed");
    }
    assert_eq!(status_of(shipper, &shipment).await, "disputed");
    let payment = payment_of(shipper, &shipment).await;
    assert_eq!(text(&payment, "/status"), "disputed");

    let finance = brokerage.staff(Role::Finance).await;
    let resolve = format!("/api/v1/payments/{}/resolve", text(&payment, "/id"));
    let split =
        |amount: &str| json!({ "verdict": "split", "carrier_part": { "amount": amount, "currency": "EUR" } });
    assert_eq!(shipper.post(&resolve, split("300.00")).await.status, 403);
    let bad = finance.post(&resolve, split("820.00")).await;
    assert_eq!((bad.status, bad.fields()), (422, vec!["carrier_part.amount".to_owned()]));
    let settled = finance.post(&resolve, split("300.00")).await.data(200);
    assert_eq!(text(&settled, "/status"), "refunded");
    assert_eq!(settled["refunded"]["amount"], "520.00");
    assert_eq!(settled["cancellation_fee"]["amount"], "300.00");
    assert_eq!(status_of(shipper, &shipment).await, "completed");
    let again = finance.post(&resolve, json!({ "verdict": "release" })).await;
    assert_eq!(again.problem(409), "not_disputed");
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_payout_is_shown_and_asked_for_again_and_cannot_be_disputed_any_more() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let shipper = &brokerage.shipper;
    // The sandbox holds it, and declines to pay out the carrier's 85 %.
    let shipment = book(&brokerage, "4705.91").await;
    let payment = payment_of(shipper, &shipment).await;
    let retry = format!("/api/v1/payments/{}/retry", text(&payment, "/id"));
    let support = brokerage.staff(Role::Support).await;
    assert_eq!(support.post(&retry, json!({})).await.problem(409), "nothing_to_retry");
    brokerage.drive(&shipment, "delivered").await;
    let declined = || async {
        let payment = payment_of(shipper, &shipment).await;
        (payment["reason"] == "account_closed").then_some(payment)
    };
    let shown = eventually("the decline", declined).await;
    assert_eq!((text(&shown, "/status"), text(&shown, "/transfer")), ("releasing".into(), "payout".into()));

    let dispute = shipper.post(&format!("/api/v1/shipments/{shipment}/dispute"), json!({})).await;
    assert_eq!(dispute.problem(409), "settled");
    assert_eq!(status_of(shipper, &shipment).await, "delivered");

    assert_eq!(shipper.post(&retry, json!({})).await.status, 403);
    let asked = support.post(&retry, json!({})).await.data(200);
    assert_eq!(text(&asked, "/status"), "releasing", "the sandbox declines again: {asked:#}");
    brokerage.server.stop().await;
}
