//! The dispatcher's desk, prices before there is a shipment, and drivers who are taken.

use super::*;
use kernel::Money;
use std::str::FromStr as _;

const SECOND_BROKER: &str = "broker/17/99/1";

impl Api {
    /// `DRIVER` with open bids on two shipments, the first of them selected.
    async fn torn(&self) -> [(String, String); 2] {
        self.online(DRIVER).await;
        let mut both = Vec::new();
        for _ in 0..2 {
            let shipment = self.posted().await;
            let bid = text(&self.good(DRIVER, "/bids", self.bid(&shipment, "820.00")).await["id"]);
            both.push((shipment, bid));
        }
        self.push(SHIPPER, &format!("/bids/{}/select", both[0].1)).await;
        both.try_into().unwrap()
    }

    async fn status_of(&self, bid: &str) -> String {
        text(&self.get(SHIPPER, &format!("/bids/{bid}")).await.1["status"])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booked_drivers_other_bids_are_gone() {
    let api = Api::new().await;
    let [(_, chosen), (other, bid)] = api.torn().await;
    assert_eq!(api.push(DRIVER, &format!("/bids/{chosen}/confirm")).await.1["status"], "booked");
    let (_, shown) = api.get(SHIPPER, &format!("/bids/{bid}")).await;
    assert_eq!((&shown["status"], &shown["top"]), (&json!("withdrawn"), &json!(false)));
    assert_eq!(shown["shipment_status"], "requested", "others are asked");
    let (status, problem) = api.push(SHIPPER, &format!("/bids/{bid}/select")).await;
    assert_eq!(status, 409, "{problem}");
    let (_, events) = api.get(SHIPPER, &format!("/shipments/{other}/events?per_page=100")).await;
    let withdrawn = events.as_array().unwrap().iter().find(|event| event["type"] == "bid.withdrawn").unwrap();
    assert_eq!(withdrawn["data"]["reason"], "driver_taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_and_a_booking_elsewhere_at_once_never_leave_the_driver_twice() {
    for _ in 0..20 {
        let api = Api::new().await;
        let [(_, chosen), (_, bid)] = api.torn().await;
        let (confirm, select) = (format!("/bids/{chosen}/confirm"), format!("/bids/{bid}/select"));
        let (confirmed, selected) = tokio::join!(api.push(DRIVER, &confirm), api.push(SHIPPER, &select));
        assert_eq!((confirmed.0, api.status_of(&chosen).await.as_str()), (200, "booked"));
        assert!([200, 409].contains(&selected.0), "{}", selected.1);
        let left = api.status_of(&bid).await;
        assert!(["withdrawn", "lapsed"].contains(&left.as_str()), "{left}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispatcher_takes_tenders_and_assigns() {
    let api = Api::new().await;
    let agent = api.online(DRIVER).await;
    let shipment = api.posted().await;
    let path = |verb: &str| format!("/shipments/{shipment}/{verb}");
    let (status, shown) = api.push(BROKER, &path("take-over")).await;
    assert_eq!((status, &shown["handed_over"]), (200, &json!(true)));
    assert_eq!(shown["dispatcher_id"], "usr_00000000000000000000000000000007");
    let (status, problem) = api.push(SECOND_BROKER, &path("take-over")).await;
    assert_eq!((status, &problem["code"]), (409, &json!("shipment.taken_over")));
    assert_eq!(api.push(SECOND_BROKER, &path("hand-over")).await.1.get("dispatcher_id"), None);
    assert_eq!(api.push(SECOND_BROKER, &path("take-over")).await.0, 200);
    let wider = json!({"radius_factor": 2.5, "tender": {"mode": "broadcast"}, "auto_accept": true});
    let again = api.good(BROKER, &path("retender"), wider).await;
    assert_eq!((&again["handed_over"], &again["auto_accept"]), (&json!(false), &json!(true)));
    let (status, problem) = api.post(BROKER, &path("retender"), json!({"radius_factor": 9})).await;
    assert_eq!((status, codes(&problem)), (422, vec!["radius_factor:out_of_range".to_owned()]));
    let price = json!({"amount": "820.00", "currency": "EUR"});
    let nobody = json!({"agent_id": "drv_00000000000000000000000000000001", "price": price});
    assert_eq!(codes(&api.post(BROKER, &path("assign"), nobody).await.1), ["agent_id:unknown"]);
    let bid = api.good(BROKER, &path("assign"), json!({"agent_id": agent, "price": price})).await;
    assert_eq!((&bid["status"], &bid["shipment_status"]), (&json!("selected"), &json!("selected")));
    let bid = text(&bid["id"]);
    assert_eq!(api.push(DRIVER, &format!("/bids/{bid}/confirm")).await.1["status"], "booked");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_dispatch_nothing() {
    let api = Api::new().await;
    let shipment = api.posted().await;
    for verb in ["take-over", "hand-over", "retender", "assign"] {
        for who in [OTHER_SHIPPER, RIVAL, FOREIGN_ADMIN] {
            let body = match verb {
                "retender" => Some(json!({})),
                "assign" => Some(json!({
                    "agent_id": "drv_00000000000000000000000000000001",
                    "price": {"amount": "820.00", "currency": "EUR"},
                })),
                _ => None,
            };
            let status = api.call(who, "POST", &format!("/shipments/{shipment}/{verb}"), body).await.0;
            assert_eq!(status, 404, "{verb} by {who}");
        }
    }
}

fn minor(money: &Value) -> i64 {
    let text = text(&money["amount"]);
    Money::from_decimal(rust_decimal::Decimal::from_str(&text).unwrap(), kernel::Currency::EUR).unwrap().minor
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_is_what_an_agent_asks_and_posts_nothing() {
    let api = Api::new().await;
    let estimate = api.good(SHIPPER, "/shipments/estimate", api.shipment()).await;
    let parts: i64 = estimate["parts"].as_array().unwrap().iter().map(|part| minor(&part["amount"])).sum();
    let [lowest, expected, highest] = ["lowest", "expected", "highest"].map(|name| minor(&estimate[name]));
    assert_eq!(parts, expected);
    assert!(lowest < expected && expected < highest, "{estimate}");
    assert_eq!(api.get(SHIPPER, "/shipments").await.1, json!([]));
    let shipment = api.posted().await;
    let (_, shown) = api.get(SHIPPER, &format!("/shipments/{shipment}")).await;
    assert_eq!(estimate["road_km"], shown["road_km"]);
    let mut bad = api.shipment();
    bad["cargo"]["weight_kg"] = json!(0);
    let (status, problem) = api.post(SHIPPER, "/shipments/estimate", bad).await;
    assert_eq!((status, codes(&problem)), (422, vec!["cargo.weight_kg:out_of_range".to_owned()]));
}
