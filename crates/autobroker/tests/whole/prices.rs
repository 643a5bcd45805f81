//! What agents that bid by themselves ask, seen through the front door: the formula, the surge of a shipment that nobody
//! takes, the discount of a shipper that sends much; and what no bid may undercut.

use crate::{
    api::{Client, eventually},
    brokerage::{Brokerage, bid_body, driver_body, join, shipment_body, text},
    places::Place,
};
use autobroker::{PartsOptions, Server};
use market::MarketOptions;
use serde_json::{Value, json};

/// A brokerage whose agents think for no time.
async fn open(place: &Place) -> Brokerage {
    let settings = place.settings();
    let market = MarketOptions { think_seconds: (0, 0), ..MarketOptions::default() };
    let dispute_window = settings.dispute_window;
    let options = PartsOptions { market, dispute_window, ..PartsOptions::default() };
    Brokerage::over(Server::start_with(&settings, options).await.unwrap()).await
}

/// A driver whose agent bids by itself as soon as it is online.
async fn bidding_driver(brokerage: &Brokerage) -> (Client, String) {
    let driver = join(&brokerage.visitor, "driver", "Aldo Auto").await;
    let mut body = driver_body();
    body["auto_bid"] = json!(true);
    let agent = text(&driver.post("/api/v1/agents", body).await.data(201), "/id");
    (driver, agent)
}

async fn presence(driver: &Client, agent: &str, word: &str) {
    driver.post(&format!("/api/v1/agents/{agent}/{word}"), json!({})).await.data(200);
}

/// What the agent asks for a shipment, once it has bid.
async fn asked(shipper: &Client, shipment: &str, agent: &str) -> String {
    let path = format!("/api/v1/shipments/{shipment}/bids");
    let bid = eventually("the agent's bid", || async {
        let bids = shipper.get(&path).await.data(200);
        let mut bids = bids.as_array().unwrap().iter();
        bids.find(|bid| bid["driver_id"] == agent && bid["status"] == "open").cloned()
    });
    text(&bid.await, "/price/amount")
}

/// A driver takes the job and gives it back before it is booked, so that the next round begins.
async fn falls(brokerage: &Brokerage, shipment: &str) {
    let bid = brokerage.bid(shipment, "820.00").await;
    brokerage.shipper.post(&format!("/api/v1/bids/{bid}/select"), json!({})).await.data(200);
    brokerage.driver.post(&format!("/api/v1/bids/{bid}/withdraw"), json!({})).await.data(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shipment_that_nobody_takes_costs_more_each_round_up_to_half() {
    for place in Place::every("a_shipment_that_nobody_takes_costs_more_each_round_up_to_half").await {
        let brokerage = open(&place).await;
        let (driver, agent) = bidding_driver(&brokerage).await;
        // Milano to Roma by 619.95 km: 309.98 fuel and toll + 278.98 driver + 15.00 = 603.95 cost, x 1.20.
        for (rounds_that_fell, price) in [(0, "724.74"), (1, "797.22"), (5, "1087.12"), (8, "1087.12")] {
            let shipment = brokerage.post_shipment().await;
            for _ in 1..rounds_that_fell {
                falls(&brokerage, &shipment).await;
            }
            presence(&driver, &agent, "online").await;
            if rounds_that_fell > 0 {
                falls(&brokerage, &shipment).await;
            } else {
                // Offers go out with a round; an amendment is one, and does not raise the price.
                let cargo = json!({ "cargo": { "weight_kg": 7500 } });
                brokerage.shipper.patch(&format!("/api/v1/shipments/{shipment}"), cargo).await.data(200);
            }
            assert_eq!(asked(&brokerage.shipper, &shipment, &agent).await, price, "{rounds_that_fell}");
            presence(&driver, &agent, "offline").await;
        }
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shipper_that_sends_much_pays_less_from_the_eleventh_shipment_on() {
    for place in Place::every("a_shipper_that_sends_much_pays_less_from_the_eleventh_shipment_on").await {
        let brokerage = open(&place).await;
        let (driver, agent) = bidding_driver(&brokerage).await;
        for _ in 0..9 {
            brokerage.post_shipment().await;
        }
        presence(&driver, &agent, "online").await;
        let tenth = brokerage.post_shipment().await;
        assert_eq!(asked(&brokerage.shipper, &tenth, &agent).await, "724.74", "nine went before");
        let eleventh = brokerage.post_shipment().await;
        assert_eq!(
            asked(&brokerage.shipper, &eleventh, &agent).await,
            "652.27",
            "ten went before: 10 % less"
        );
        let profile = json!({ "kind": "shipper" });
        let profile = brokerage.shipper.post("/api/v1/agents", profile).await.data(201);
        assert_eq!(profile["volume_tier"], "medium");
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_bid_undercuts_the_cost_or_the_minimum_charge() {
    let place = Place::memory();
    let brokerage = open(&place).await;
    let bid = async |shipment: &str, amount: &str| {
        let answer = brokerage.driver.post("/api/v1/bids", bid_body(shipment, amount)).await;
        let code = answer.body.pointer("/errors/0/code").and_then(Value::as_str).unwrap_or("").to_owned();
        (answer.status, code)
    };
    let refused = |code: &str| (422, code.to_owned());
    // 603.95 x 1.05 is 634.16, rounded up.
    let far = brokerage.post_shipment().await;
    assert_eq!(bid(&far, "249.99").await, refused("below_minimum_charge"));
    assert_eq!(bid(&far, "634.15").await, refused("below_cost_floor"));
    assert_eq!(bid(&far, "634.16").await.0, 201);
    // 7.99 km: the driver is paid by the hour, 71.84 x 1.05 is 75.44.
    let mut body = shipment_body();
    body["delivery"]["latitude"] = json!(45.5);
    body["delivery"]["longitude"] = json!(9.25);
    let near = text(&brokerage.shipper.post("/api/v1/shipments", body).await.data(201), "/id");
    assert_eq!(bid(&near, "59.99").await, refused("below_minimum_charge"));
    assert_eq!(bid(&near, "75.43").await, refused("below_cost_floor"));
    brokerage.server.stop().await;
}
