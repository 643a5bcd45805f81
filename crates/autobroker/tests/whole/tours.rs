//! Plans: asked for, watched, stopped, changed by hand, tendered.

use crate::{
    api::{Client, eventually},
    brokerage::{Brokerage, bid_body, driver_body, in_hours, join, shipment_body, text},
    places::Place,
    sockets::Socket,
};
use contracts::ports::Role;
use serde_json::{Value, json};

/// One job from Milano to Roma for one truck.
pub fn plan_body() -> Value {
    json!({ "problem": problem(1), "seconds": 0 })
}

/// Jobs from Milano to Roma, one after the other, for two trucks.
fn problem(jobs: usize) -> Value {
    let job = |number: usize| {
        json!({
            "id": format!("JOB-{number}"),
            "pickup": { "place": "milan", "window": { "from_s": 0, "to_s": 400_000 }, "service_s": 1800 },
            "delivery": { "place": "rome", "window": { "from_s": 0, "to_s": 400_000 }, "service_s": 1800 },
            "load": [10],
        })
    };
    let truck = |id: &str| {
        json!({
            "id": id, "start": "milan", "shift": { "from_s": 0, "to_s": 900_000 }, "capacity": [24], "hours": {},
            "per_km_minor": 60, "per_hour_minor": 3000, "fixed_minor": 10_000,
        })
    };
    json!({
        "places": [
            { "id": "milan", "lat": 45.4642, "lon": 9.19 },
            { "id": "rome", "lat": 41.9028, "lon": 12.4964 },
        ],
        "jobs": (1..=jobs).map(job).collect::<Vec<_>>(),
        "vehicles": [truck("TRK-1"), truck("TRK-2")],
    })
}

fn stops(plan: &Value) -> Vec<String> {
    let routes = plan["routes"].as_array().unwrap().iter().flat_map(|route| route.as_array().unwrap());
    routes.map(|stop| stop.as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carrier_plans_its_trucks_and_nobody_else_sees_it() {
    let brokerage = Brokerage::open(&Place::memory()).await;
    let carrier = join(&brokerage.visitor, "carrier", "Carla Carrier").await;
    let asked = json!({ "problem": problem(4), "seconds": 1, "wait": true, "seed": 7 });
    let plan = carrier.post("/api/v1/plans", asked).await.data(201);
    assert_eq!((&plan["status"], &plan["seed"]), (&json!("finished"), &json!(7)));
    assert_eq!(stops(&plan["plan"]).len(), 8);
    assert_eq!(plan["plan"]["unassigned"], json!([]));
    let path = format!("/api/v1/plans/{}", text(&plan, "/id"));
    assert_eq!(carrier.get(&path).await.data(200), plan);
    assert_eq!(carrier.get("/api/v1/plans").await.data(200)[0]["id"], plan["id"]);
    let other = join(&brokerage.visitor, "carrier", "Oscar Other").await;
    assert_eq!(other.get(&path).await.status, 404);
    assert_eq!(other.get("/api/v1/plans").await.data(200), json!([]));
    assert_eq!(brokerage.shipper.post("/api/v1/plans", plan_body()).await.status, 403);
    // Its shipments are not a carrier's to plan, and a problem has none to tender.
    let shipment = brokerage.post_shipment().await;
    assert_eq!(carrier.post("/api/v1/plans", json!({ "shipments": [shipment] })).await.status, 403);
    let broker = brokerage.staff(Role::Broker).await;
    assert_eq!(broker.post(&format!("{path}/commit"), json!({})).await.problem(409), "no_shipments");
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_watched_and_stopped() {
    let brokerage = Brokerage::open(&Place::memory()).await;
    let broker = brokerage.staff(Role::Broker).await;
    let asked = json!({ "problem": problem(60), "seconds": 60 });
    let plan = broker.post("/api/v1/plans", asked).await.data(201);
    assert_eq!(plan["status"], "searching");
    assert!(plan["plan"]["instant_ms"].is_number(), "the instant answer comes with it: {plan}");
    let id = text(&plan, "/id");
    let mut socket = Socket::open(&brokerage.server, &broker).await;
    socket.subscribe(&format!("plan:{id}"), None).await;
    let stopped = broker.post(&format!("/api/v1/plans/{id}/stop"), json!({})).await.data(200);
    assert_eq!((&stopped["status"], &stopped["plan"]["ending"]), (&json!("stopped"), &json!("stopped")));
    let heard = socket.until("plan.finished").await;
    let last = &heard.last().unwrap()["data"];
    assert_eq!(last["subject"], id.as_str());
    assert_eq!(last["data"]["plan"]["vehicles"], stopped["plan"]["vehicles"]);
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_hangs_up_gets_the_same_search_under_its_key() {
    let brokerage = Brokerage::open(&Place::memory()).await;
    let broker = brokerage.staff(Role::Broker).await;
    let asked = json!({ "problem": problem(60), "seconds": 60, "wait": true });
    let ask = || {
        let (broker, asked) = (broker.clone(), asked.clone());
        async move { broker.post_once("/api/v1/plans", "plan-1", &asked).await }
    };
    let waiting = tokio::spawn(ask());
    let begun = eventually("the search", || async {
        let plans = broker.get("/api/v1/plans").await.data(200);
        plans.pointer("/0/id").map(|id| id.as_str().unwrap().to_owned())
    })
    .await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    broker.post(&format!("/api/v1/plans/{begun}/stop"), json!({})).await.data(200);
    let again = ask().await.data(201);
    assert_eq!((text(&again, "/id"), text(&again, "/status")), (begun, "stopped".to_owned()));
    let plans = broker.get("/api/v1/plans").await.data(200);
    assert_eq!(plans.as_array().map(Vec::len), Some(1), "{plans:#}");
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_search_does_not_keep_the_server_from_stopping() {
    let brokerage = Brokerage::open(&Place::memory()).await;
    let broker = brokerage.staff(Role::Broker).await;
    let asked = json!({ "problem": problem(60), "seconds": 60 });
    for _ in 0..3 {
        broker.post("/api/v1/plans", asked.clone()).await.data(201);
    }
    let stopping = brokerage.server.stop();
    tokio::time::timeout(std::time::Duration::from_secs(30), stopping)
        .await
        .expect("it waits for the searches");
}

/// A shipment of a third of a truck, posted by its shipper.
async fn small_shipment(shipper: &Client) -> String {
    let mut body = shipment_body();
    body["cargo"]["weight_kg"] = json!(3000);
    body["cargo"]["volume_m3"] = json!(10);
    body["delivery"]["window"]["to"] = json!(in_hours(60));
    text(&shipper.post("/api/v1/shipments", body).await.data(201), "/id")
}

#[tokio::test(flavor = "multi_thread")]
async fn shipments_are_planned_changed_and_tendered() {
    for place in Place::every("shipments_are_planned_changed_and_tendered").await {
        let brokerage = Brokerage::open(&place).await;
        let broker = brokerage.staff(Role::Broker).await;
        let (first, second) =
            (small_shipment(&brokerage.shipper).await, small_shipment(&brokerage.shipper).await);
        let asked = json!({ "shipments": [first, second], "seconds": 0 });
        let plan = broker.post("/api/v1/plans", asked).await.data(201);
        assert_eq!(plan["plan"]["unassigned"], json!([]), "{plan:#}");
        assert_eq!(plan["plan"]["timetables"][0]["vehicle"], brokerage.agent.as_str());
        let path = format!("/api/v1/plans/{}", text(&plan, "/id"));

        // One of them alone costs less, and leaves the other out.
        let alone = [format!("{first}/pickup"), format!("{first}/delivery")];
        let tours = json!({ "routes": [{ "vehicle": brokerage.agent, "stops": alone }] });
        let priced = broker.post(&format!("{path}/price"), tours.clone()).await.data(200);
        assert_eq!(priced["unplanned"], json!([second]));
        assert!(priced["cost_change"].as_f64().unwrap() <= 0.0, "{priced:#}");
        let backwards =
            json!({ "routes": [{ "vehicle": brokerage.agent, "stops": [&alone[1], &alone[0]] }] });
        let refused = broker.post(&format!("{path}/price"), backwards).await;
        assert_eq!(refused.status, 422, "{:#}", refused.body);

        let committed = broker.post(&format!("{path}/commit"), tours.clone()).await.data(200);
        assert_eq!(committed[0]["outcome"], "tendered", "{committed:#}");
        assert_eq!(committed.as_array().unwrap().len(), 1);
        let shipment = brokerage.shipper.get(&format!("/api/v1/shipments/{first}")).await.data(200);
        assert_eq!(shipment["tender"]["mode"], "direct", "{shipment:#}");
        assert_eq!(shipment["tender"]["carrier"], committed[0]["carrier_id"]);
        assert_eq!(broker.post(&format!("{path}/commit"), tours).await.data(200), committed);

        // The driver bids on the other meanwhile: its bid is what a dispatcher takes.
        let bid = brokerage.bid(&second, "820.00").await;
        let committed = broker.post(&format!("{path}/commit"), json!({})).await.data(200);
        let outcome = |shipment: &str| {
            let answers = committed.as_array().unwrap();
            answers.iter().find(|answer| answer["shipment_id"] == shipment).unwrap()["outcome"].clone()
        };
        assert_eq!((outcome(&first), outcome(&second)), (json!("tendered"), json!("selected")));
        assert_eq!(
            brokerage.shipper.get(&format!("/api/v1/bids/{bid}")).await.data(200)["status"],
            "selected"
        );
        brokerage.server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truck_under_way_keeps_its_shipment_first() {
    let brokerage = Brokerage::open(&Place::memory()).await;
    let broker = brokerage.staff(Role::Broker).await;
    let (booked, _) = brokerage.book().await;
    brokerage.drive(&booked, "in_transit").await;
    let mut later = shipment_body();
    later["pickup"]["window"] = json!({ "from": in_hours(50), "to": in_hours(60) });
    later["delivery"]["window"] = json!({ "from": in_hours(70), "to": in_hours(90) });
    let next = text(&brokerage.shipper.post("/api/v1/shipments", later).await.data(201), "/id");
    let asked = json!({ "shipments": [next], "drivers": [brokerage.agent], "seconds": 0 });
    let plan = broker.post("/api/v1/plans", asked).await.data(201);
    let expected = [format!("{booked}/delivery"), format!("{next}/pickup"), format!("{next}/delivery")];
    assert_eq!(stops(&plan["plan"]), expected, "{plan:#}");
    assert_eq!(plan["under_way"], json!([booked]));
    let path = format!("/api/v1/plans/{}/commit", text(&plan, "/id"));
    let committed = broker.post(&path, json!({})).await.data(200);
    assert_eq!(committed.as_array().unwrap().len(), 1, "what is under way stays as it is: {committed:#}");
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trip_that_is_promised_is_driven_before_what_is_planned() {
    let brokerage = Brokerage::open(&Place::memory()).await;
    let broker = brokerage.staff(Role::Broker).await;
    let (aboard, _) = brokerage.book().await;
    brokerage.drive(&aboard, "in_transit").await;
    let posted =
        async |body: Value| text(&brokerage.shipper.post("/api/v1/shipments", body).await.data(201), "/id");
    let window = |from, to| json!({ "from": in_hours(from), "to": in_hours(to) });
    // From Rome back to Milan, booked while the first is aboard.
    let mut back = shipment_body();
    let (milan, rome) = (back["pickup"].clone(), back["delivery"].clone());
    (back["pickup"], back["delivery"]) = (rome, milan);
    (back["pickup"]["window"], back["delivery"]["window"]) = (window(40, 50), window(60, 75));
    let back = posted(back).await;
    let mut bid = bid_body(&back, "820.00");
    (bid["pickup_at"], bid["delivery_at"]) = (json!(in_hours(45)), json!(in_hours(65)));
    let bid = text(&brokerage.driver.post("/api/v1/bids", bid).await.data(201), "/id");
    brokerage.shipper.post(&format!("/api/v1/bids/{bid}/select"), json!({})).await.data(200);
    brokerage.driver.post(&format!("/api/v1/bids/{bid}/confirm"), json!({})).await.data(200);
    let mut later = shipment_body();
    (later["pickup"]["window"], later["delivery"]["window"]) = (window(80, 100), window(110, 140));
    let later = posted(later).await;
    let asked = json!({ "shipments": [later], "drivers": [brokerage.agent], "seconds": 0 });
    let plan = broker.post("/api/v1/plans", asked).await.data(201);
    let expected = [
        format!("{aboard}/delivery"),
        format!("{back}/pickup"),
        format!("{back}/delivery"),
        format!("{later}/pickup"),
        format!("{later}/delivery"),
    ];
    assert_eq!(stops(&plan["plan"]), expected, "{plan:#}");
    assert_eq!(plan["under_way"], json!([aboard, back]));
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_planned_is_named() {
    let brokerage = Brokerage::open(&Place::memory()).await;
    let broker = brokerage.staff(Role::Broker).await;
    let shipment = brokerage.post_shipment().await;
    let mut dedicated = shipment_body();
    dedicated["service_level"] = json!("dedicated");
    let dedicated = text(&brokerage.shipper.post("/api/v1/shipments", dedicated).await.data(201), "/id");
    let (booked, _) = brokerage.book().await;
    let nobody = "shp_0189aa00000070008000000000000000";
    let mut faulty = problem(1);
    faulty["jobs"][0]["pickup"]["place"] = json!("atlantis");
    let no_driver = "drv_0189aa00000070008000000000000000";
    let cases = [
        (json!({}), "problem"),
        (json!({ "problem": problem(1), "shipments": [shipment] }), "problem"),
        (json!({ "problem": problem(1), "drivers": [brokerage.agent] }), "drivers"),
        (json!({ "problem": problem(1), "seconds": 61 }), "seconds"),
        (json!({ "problem": problem(0) }), "problem.jobs"),
        (json!({ "problem": faulty }), "problem.jobs[0].pickup.place"),
        (json!({ "shipments": [] }), "shipments"),
        (json!({ "shipments": ["nonsense"] }), "shipments[0]"),
        (json!({ "shipments": [shipment, shipment] }), "shipments[1]"),
        (json!({ "shipments": [shipment, nobody] }), "shipments[1]"),
        (json!({ "shipments": [dedicated] }), "shipments[0]"),
        (json!({ "shipments": [booked] }), "shipments[0]"),
        (json!({ "shipments": [shipment], "drivers": [no_driver] }), "drivers[0]"),
        (json!({ "shipments": [shipment], "wait": "yes" }), "wait"),
    ];
    for (body, field) in cases {
        let answer = broker.post("/api/v1/plans", body.clone()).await;
        assert!([400, 422].contains(&answer.status), "{body} is {}: {:#}", answer.status, answer.body);
        assert!(answer.fields().iter().any(|named| named == field), "{body}: {:#}", answer.body);
    }
    // A truck that fits nothing is an answer with its reason, not an error.
    let mut small = driver_body();
    small["vehicle"]["capacity_kg"] = json!(800);
    let carrier = join(&brokerage.visitor, "carrier", "Carla Carrier").await;
    let small = text(&carrier.post("/api/v1/agents", small).await.data(201), "/id");
    let asked = json!({ "shipments": [shipment], "drivers": [small], "seconds": 0 });
    let plan = broker.post("/api/v1/plans", asked).await.data(201);
    assert_eq!(plan["plan"]["unassigned"][0]["reason"], "capacity", "{plan:#}");
    brokerage.server.stop().await;
}
