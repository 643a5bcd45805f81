//! Disputes and declined transfers, by hand: who opens and settles them, and what the payment shows meanwhile.

use crate::{
    api::{Client, eventually},
    brokerage::{Brokerage, text},
    places::Place,
};
use contracts::ports::Role;
use kernel::{Actor, RequestId, ShipmentId};
use market::agents::{Shipment, ShipmentCommand};
use runtime::{Order, Origin};
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

/// A dispute that reaches the shipment alone: no order makes one, but a log may hold it.
async fn dispute_alone(brokerage: &Brokerage, shipment: &str) {
    let runtime = brokerage.server.house().runtime();
    let origin = Origin {
        tenant: brokerage.server.house().identity().ensure_default_tenant().await.unwrap(),
        actor: Actor::System("test"),
        correlation: RequestId::generate(runtime.now(), &**runtime.entropy()),
        idempotency: None,
    };
    let id: ShipmentId = shipment.parse().unwrap();
    let _ = runtime.submit(&origin, Order::new::<Shipment>(id, ShipmentCommand::Dispute)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_dispute_can_be_ended_also_one_without_money_to_settle() {
    for place in Place::every("every_dispute_can_be_ended_also_one_without_money_to_settle").await {
        let brokerage = Brokerage::open(&place).await;
        let shipper = &brokerage.shipper;
        let finance = brokerage.staff(Role::Finance).await;
        // The payout has begun and is declined: nothing is left to freeze.
        let shipment = book(&brokerage, "4705.91").await;
        let close = format!("/api/v1/shipments/{shipment}/dispute/close");
        brokerage.drive(&shipment, "delivered").await;
        eventually("the decline", || async {
            (payment_of(shipper, &shipment).await["reason"] == "account_closed").then_some(())
        })
        .await;
        assert_eq!(finance.post(&close, json!({})).await.problem(409), "wrong_state");
        dispute_alone(&brokerage, &shipment).await;
        assert_eq!(status_of(shipper, &shipment).await, "disputed");
        assert_eq!(shipper.post(&close, json!({})).await.status, 403);
        let closed = finance.post(&close, json!({})).await.data(200);
        assert_eq!(text(&closed, "/status"), "completed");
        assert_eq!(status_of(shipper, &shipment).await, "completed");

        // Where money is frozen it is settled, not closed.
        let held = book(&brokerage, "820.00").await;
        brokerage.drive(&held, "in_transit").await;
        let opened = shipper.post(&format!("/api/v1/shipments/{held}/dispute"), json!({})).await.data(200);
        let close = format!("/api/v1/shipments/{held}/dispute/close");
        assert_eq!(finance.post(&close, json!({})).await.problem(409), "undecided");
        let resolve = format!("/api/v1/payments/{}/resolve", text(&opened, "/payment_id"));
        finance.post(&resolve, json!({ "verdict": "refund" })).await.data(200);
        assert_eq!(status_of(shipper, &held).await, "completed");
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_over_money_whose_hold_never_comes_is_ended_with_its_verdict() {
    for place in Place::every("a_dispute_over_money_whose_hold_never_comes_is_ended_with_its_verdict").await {
        let brokerage = Brokerage::open(&place).await;
        let shipper = &brokerage.shipper;
        let finance = brokerage.staff(Role::Finance).await;
        // The sandbox never answers at this price.
        let shipment = book(&brokerage, "4000.03").await;
        brokerage.drive(&shipment, "in_transit").await;
        let opened =
            shipper.post(&format!("/api/v1/shipments/{shipment}/dispute"), json!({})).await.data(200);
        let close = format!("/api/v1/shipments/{shipment}/dispute/close");
        assert_eq!(finance.post(&close, json!({})).await.problem(409), "undecided", "no verdict yet");
        let resolve = format!("/api/v1/payments/{}/resolve", text(&opened, "/payment_id"));
        let resolved = finance.post(&resolve, json!({ "verdict": "refund" })).await.data(200);
        assert_eq!(text(&resolved, "/status"), "pending", "no money has moved");
        assert_eq!(status_of(shipper, &shipment).await, "disputed");
        finance.post(&close, json!({})).await.data(200);
        assert_eq!(status_of(shipper, &shipment).await, "completed");
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_back_leaves_no_commission() {
    for place in Place::every("what_goes_back_leaves_no_commission").await {
        let brokerage = Brokerage::open(&place).await;
        let shipper = &brokerage.shipper;
        let shipment = book(&brokerage, "820.00").await;
        brokerage.drive(&shipment, "en_route_pickup").await;
        shipper.post(&format!("/api/v1/shipments/{shipment}/cancel"), json!({})).await.data(200);
        let payment = payment_of(shipper, &shipment).await;
        assert_eq!(text(&payment, "/status"), "refunded");
        let parts = ["amount", "refunded", "cancellation_fee", "carrier_amount", "commission"];
        let amounts = parts.map(|part| text(&payment[part], "/amount"));
        assert_eq!(amounts, ["820.00", "410.00", "410.00", "410.00", "0.00"], "half of it en route");
        brokerage.server.stop().await;
        place.remove().await;
    }
}
