//! A part load, whole: offered to a truck under way with what it costs, bid for, booked into its stops, driven in their
//! order, expected by both shippers, and paid for by itself.

use crate::{
    api::{Client, eventually},
    brokerage::{Brokerage, in_hours, join, shipment_body, text},
    places::Place,
    sockets::Socket,
};
use serde_json::{Value, json};

/// 2 t from Bologna to Firenze, on the way from Milano to Roma.
fn on_the_way() -> Value {
    let stop = |latitude, longitude, address: &str, to| {
        json!({
            "latitude": latitude, "longitude": longitude, "address": address,
            "window": { "from": in_hours(1), "to": in_hours(to) },
        })
    };
    json!({
        "pickup": stop(44.4949, 11.3426, "Via Emilia 1, Bologna", 20),
        "delivery": stop(43.7696, 11.2558, "Via Roma 1, Firenze", 30),
        "cargo": { "weight_kg": 2000, "volume_m3": 8, "kind": "general", "requires": [] },
        "tender": { "mode": "broadcast" },
        "auto_accept": false,
    })
}

fn bid(shipment: &str, pickup_in: u64) -> Value {
    json!({
        "shipment_id": shipment,
        "price": { "amount": "300.00", "currency": "EUR" },
        "pickup_at": in_hours(pickup_in),
        "delivery_at": in_hours(12),
    })
}

/// The truck stands at Milano and its device says so.
async fn seen(brokerage: &Brokerage) {
    let path = format!("/api/v1/agents/{}/position", brokerage.agent);
    brokerage.driver.post(&path, json!({ "latitude": 45.4642, "longitude": 9.19 })).await.data(200);
}

async fn eta(client: &Client, shipment: &str) -> (String, String) {
    let path = format!("/api/v1/shipments/{shipment}/eta");
    let next = client.get(&path).await.data(200)["next"].clone();
    (text(&next, "/stop"), text(&next, "/eta"))
}

/// The latitude at which a shipper sees its truck, and its line.
async fn shown_at(client: &Client, shipment: &str) -> (Option<f64>, Value) {
    let position = client.get(&format!("/api/v1/shipments/{shipment}/position")).await.data(200);
    let line = client.get(&format!("/api/v1/shipments/{shipment}/line")).await;
    assert_eq!(line.status, 200, "{:#}", line.body);
    (position["latitude"].as_f64(), line.body["geometry"].clone())
}

/// From Roma back to Milano, after what is aboard is delivered.
fn way_home() -> Value {
    let mut body = shipment_body();
    let delivery = body["delivery"].take();
    body["delivery"] = body["pickup"].take();
    body["pickup"] = delivery;
    body["pickup"]["window"] = json!({ "from": in_hours(36), "to": in_hours(72) });
    body["delivery"]["window"] = json!({ "from": in_hours(60), "to": in_hours(120) });
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truck_is_shown_to_whom_it_drives_for() {
    for place in Place::every("a_truck_is_shown_to_whom_it_drives_for").await {
        let brokerage = Brokerage::open(&place).await;
        let Brokerage { shipper: first_shipper, driver, .. } = &brokerage;
        let (first, _) = brokerage.book().await;
        brokerage.drive(&first, "in_transit").await;
        seen(&brokerage).await;
        let rival = join(&brokerage.visitor, "shipper", "Rita Rival").await;
        let home = text(&rival.post("/api/v1/shipments", way_home()).await.data(201), "/id");
        let mut offer = bid(&home, 50);
        offer["delivery_at"] = json!(in_hours(80));
        offer["price"]["amount"] = json!("900.00");
        let made = text(&driver.post("/api/v1/bids", offer).await.data(201), "/id");
        rival.post(&format!("/api/v1/bids/{made}/select"), json!({})).await.data(200);
        driver.post(&format!("/api/v1/bids/{made}/confirm"), json!({})).await.data(200);
        seen(&brokerage).await;
        let nowhere = (None, Value::Null);
        assert_eq!(shown_at(&rival, &home).await, nowhere, "it drives for another");
        assert_eq!(shown_at(first_shipper, &first).await.0, Some(45.4642));
        for (status, proof) in
            [("unloading", None), ("delivered", Some(json!({ "recipient": "Front desk" })))]
        {
            let mut body = json!({ "status": status });
            body.as_object_mut().unwrap().extend(proof.map(|proof| ("proof".to_owned(), proof)));
            driver.post(&format!("/api/v1/shipments/{first}/status"), body).await.data(200);
        }
        eventually("the truck of the load on the way back", || async {
            (shown_at(&rival, &home).await.0 == Some(45.4642)).then_some(())
        })
        .await;
        assert_eq!(shown_at(first_shipper, &first).await.0, None);
        let path = format!("/api/v1/agents/{}/position", brokerage.agent);
        let line = eventually("its line", || async {
            driver.post(&path, json!({ "latitude": 41.9, "longitude": 12.5 })).await.data(200);
            let (_, line) = shown_at(&rival, &home).await;
            (!line.is_null()).then_some(line)
        })
        .await;
        assert!(!line.to_string().contains("45.4642"), "what was driven for another: {line:#}");
        brokerage.server.stop().await;
        place.remove().await;
    }
}

async fn paid(shipper: &Client, shipment: &str) {
    let path = format!("/api/v1/shipments/{shipment}");
    eventually("the payout", || async {
        (text(&shipper.get(&path).await.data(200), "/status") == "completed").then_some(())
    })
    .await;
    let payments = shipper.get(&format!("/api/v1/payments?shipment_id={shipment}")).await.data(200);
    assert_eq!(payments.as_array().map(Vec::len), Some(1), "{payments:#}");
    assert_eq!(text(&payments, "/0/status"), "released");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truck_under_way_carries_a_part_load_along() {
    for place in Place::every("a_truck_under_way_carries_a_part_load_along").await {
        let brokerage = Brokerage::open(&place).await;
        let Brokerage { shipper, driver, agent, .. } = &brokerage;
        let (first, _) = brokerage.book().await;
        brokerage.drive(&first, "in_transit").await;
        seen(&brokerage).await;
        let part = text(&shipper.post("/api/v1/shipments", on_the_way()).await.data(201), "/id");

        let offers = driver.get(&format!("/api/v1/agents/{agent}/offers")).await.data(200);
        let offer = offers.as_array().unwrap().iter().find(|offer| text(offer, "/id") == part).unwrap();
        let offer = &offer["offer"];
        assert_eq!(text(offer, "/kind"), "part_load", "{offer:#}");
        assert!((10.0..80.0).contains(&offer["extra_km"].as_f64().unwrap()), "{offer:#}");
        assert_eq!(offer["extra_minutes"], 0, "Roma opens in 34 hours all the same: {offer:#}");
        assert!(text(offer, "/extra_cost/amount").parse::<f64>().unwrap() > 50.0, "{offer:#}");

        let early = driver.post("/api/v1/bids", bid(&part, 2)).await;
        assert_eq!(early.fields(), ["pickup_at"], "it is not there in two hours");
        let made = text(&driver.post("/api/v1/bids", bid(&part, 6)).await.data(201), "/id");
        shipper.post(&format!("/api/v1/bids/{made}/select"), json!({})).await.data(200);
        seen(&brokerage).await;
        driver.post(&format!("/api/v1/bids/{made}/confirm"), json!({})).await.data(200);
        let shown = driver.get(&format!("/api/v1/agents/{agent}")).await.data(200);
        assert_eq!(text(&shown, "/shipment_id"), first);
        let stop = |shipment: &str, stop: &str| json!({ "shipment_id": shipment, "stop": stop });
        let order = [stop(&part, "pickup"), stop(&part, "delivery"), stop(&first, "delivery")];
        assert_eq!(shown["stops"], Value::from(order.to_vec()), "{shown:#}");

        let unload = json!({ "status": "unloading" });
        let other = driver.post(&format!("/api/v1/shipments/{first}/status"), unload).await;
        assert_eq!(other.problem(409), "other_stop_first");
        let mut follower = Socket::open(&brokerage.server, shipper).await;
        follower.subscribe(&format!("shipment:{part}"), None).await;
        seen(&brokerage).await;
        let moved = follower.until("location.updated").await.pop().unwrap();
        assert_eq!(moved["data"]["data"]["next"]["stop"], "pickup", "{moved:#}");
        let (next, later) = (eta(shipper, &part).await, eta(shipper, &first).await);
        assert_eq!((next.0.as_str(), later.0.as_str()), ("pickup", "delivery"));
        for shipment in [&part, &first] {
            assert_eq!(shown_at(shipper, shipment).await.0, Some(45.4642), "it drives for both");
        }
        assert!(next.1 < later.1, "{next:?} {later:?}");

        brokerage.drive(&part, "delivered").await;
        let shown = driver.get(&format!("/api/v1/agents/{agent}")).await.data(200);
        assert_eq!((text(&shown, "/shipment_id"), shown.get("stops")), (first.clone(), None));
        for status in ["unloading", "delivered"] {
            let proof = (status == "delivered").then(|| json!({ "recipient": "Front desk" }));
            let mut body = json!({ "status": status });
            body.as_object_mut().unwrap().extend(proof.map(|proof| ("proof".to_owned(), proof)));
            driver.post(&format!("/api/v1/shipments/{first}/status"), body).await.data(200);
        }
        paid(shipper, &part).await;
        paid(shipper, &first).await;
        let shown = driver.get(&format!("/api/v1/agents/{agent}")).await.data(200);
        assert_eq!((shown.get("shipment_id"), &shown["record"]["deliveries"]), (None, &json!(2)));
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn freight_that_has_its_truck_for_itself_is_offered_to_no_truck_with_other_freight() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let (first, _) = brokerage.book().await;
    brokerage.drive(&first, "in_transit").await;
    seen(&brokerage).await;
    let mut alone = on_the_way();
    alone["service_level"] = json!("dedicated");
    let mut heavy = on_the_way();
    heavy["cargo"]["weight_kg"] = shipment_body()["cargo"]["weight_kg"].clone();
    for body in [alone, heavy] {
        let posted = brokerage.shipper.post("/api/v1/shipments", body).await.data(201);
        assert_eq!(posted["offers"], 0, "{posted:#}");
        let refused = brokerage.driver.post("/api/v1/bids", bid(&text(&posted, "/id"), 6)).await;
        assert_eq!(refused.fields(), ["agent_id"], "it is busy");
    }
    brokerage.server.stop().await;
    place.remove().await;
}
