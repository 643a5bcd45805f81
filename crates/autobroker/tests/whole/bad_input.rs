//! Malformed, hostile and merely wrong input: a problem document that names the field, never a 5xx, never a partial
//! write.

use crate::{
    api::{Answer, Client},
    brokerage::{Brokerage, PASSWORD, bid_body, driver_body, in_hours, shipment_body, sign_in, text},
    places::Place,
};
use serde_json::{Value, json};

/// A valid body with one thing changed.
fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    match body.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            body.pointer_mut(parent).and_then(Value::as_object_mut).unwrap().insert(name.to_owned(), value);
        }
    }
    body
}

fn without(mut body: Value, pointer: &str) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).and_then(Value::as_object_mut).unwrap().remove(name);
    body
}

/// (what is changed to what, the field that must be named)
fn bad_shipments() -> Vec<(Value, &'static str)> {
    let changed = |pointer: &str, value: Value| with(shipment_body(), pointer, value);
    let window = |from: String, to: String| json!({ "from": from, "to": to });
    vec![
        (changed("/pickup/latitude", json!(91)), "pickup.latitude"),
        (changed("/pickup/latitude", json!(-90.0001)), "pickup.latitude"),
        (changed("/delivery/longitude", json!(180.5)), "delivery.longitude"),
        (changed("/pickup/latitude", json!("north")), "pickup.latitude"),
        (
            changed("/pickup", json!([45.4, 9.1, "Milano", { "from": in_hours(24), "to": in_hours(26) }])),
            "pickup",
        ),
        (changed("/pickup/window", json!([in_hours(24), in_hours(26)])), "pickup.window"),
        (changed("/cargo", json!([8000, 30, "general", []])), "cargo"),
        (changed("/cargo/value", json!(["1.00", "EUR"])), "cargo.value"),
        (changed("/tender", json!(["broadcast"])), "tender"),
        (changed("/pickup/window", window(in_hours(26), in_hours(24))), "pickup.window"),
        (
            changed("/pickup/window", window("2020-01-01T00:00:00Z".into(), "2020-01-01T02:00:00Z".into())),
            "pickup.window",
        ),
        (changed("/pickup/window/from", json!("tomorrow")), "pickup.window.from"),
        (changed("/delivery/window", window(in_hours(1), in_hours(2))), "delivery.window"),
        (changed("/cargo/weight_kg", json!(0)), "cargo.weight_kg"),
        (changed("/cargo/weight_kg", json!(-8000)), "cargo.weight_kg"),
        (changed("/cargo/weight_kg", json!(1e12)), "cargo.weight_kg"),
        (changed("/cargo/volume_m3", json!(-1)), "cargo.volume_m3"),
        (changed("/cargo/volume_m3", json!(1e9)), "cargo.volume_m3"),
        (changed("/cargo/kind", json!("")), "cargo.kind"),
        (changed("/cargo/kind", json!("x".repeat(10_000))), "cargo.kind"),
        (changed("/cargo/requires", json!(vec!["lift_gate"; 1000])), "cargo.requires"),
        (changed("/cargo/value", json!({ "amount": "-1.00", "currency": "EUR" })), "cargo.value"),
        (changed("/cargo/value", json!({ "amount": "1.00", "currency": "XXQ" })), "cargo.value.currency"),
        (changed("/cargo/value", json!({ "amount": "1.001", "currency": "EUR" })), "cargo.value.amount"),
        (
            changed("/cargo/value", json!({ "amount": "9".repeat(40), "currency": "EUR" })),
            "cargo.value.amount",
        ),
        (changed("/pickup/address", json!("x".repeat(10_000))), "pickup.address"),
        (changed("/tender", json!({ "mode": "auction" })), "tender"),
        (changed("/tender", json!({ "mode": "direct" })), "tender"),
        (changed("/colour", json!("red")), "colour"),
        (changed("/cargo/colour", json!("red")), "cargo.colour"),
        (changed("/auto_accept", json!("yes")), "auto_accept"),
        (without(shipment_body(), "/cargo"), "cargo"),
        (without(shipment_body(), "/pickup/window"), "pickup.window"),
        (json!([]), ""),
        (json!("shipment"), ""),
    ]
}

fn bad_drivers() -> Vec<(Value, &'static str)> {
    let changed = |pointer: &str, value: Value| with(driver_body(), pointer, value);
    vec![
        (changed("/kind", json!("pilot")), "kind"),
        (changed("/vehicle/type", json!("rocket")), "vehicle.type"),
        (changed("/vehicle/capacity_kg", json!(0)), "vehicle.capacity_kg"),
        (changed("/vehicle/capacity_kg", json!(1e9)), "vehicle.capacity_kg"),
        (changed("/vehicle/year", json!(1800)), "vehicle.year"),
        (changed("/vehicle/features", json!(vec!["adr"; 500])), "vehicle.features"),
        (changed("/base/latitude", json!(123)), "base.latitude"),
        (changed("/service_radius_km", json!(-5)), "service_radius_km"),
        (changed("/service_radius_km", json!(1e9)), "service_radius_km"),
        (changed("/rate_per_km", json!({ "amount": "-1", "currency": "EUR" })), "rate_per_km"),
        (changed("/licence_valid_until", json!("some day")), "licence_valid_until"),
        (changed("/insurance_valid_until", json!("2026-02-30")), "insurance_valid_until"),
    ]
}

fn bad_bids(shipment: &str) -> Vec<(Value, &'static str)> {
    let changed = |pointer: &str, value: Value| with(bid_body(shipment, "820.00"), pointer, value);
    vec![
        (changed("/price/amount", json!("-820.00")), "price"),
        (changed("/price/amount", json!("0.00")), "price"),
        (changed("/price/amount", json!("99999999999999999999")), "price.amount"),
        (changed("/price/amount", json!(820)), "price.amount"),
        (changed("/price/currency", json!("USD")), "price.currency"),
        (changed("/shipment_id", json!("shp_1")), "shipment_id"),
        (changed("/pickup_at", json!("soon")), "pickup_at"),
        (changed("/delivery_at", json!(in_hours(1))), "delivery_at"),
        (changed("/confidence", json!(1.5)), "confidence"),
        (changed("/tip", json!(1)), "tip"),
    ]
}

fn bad_registrations() -> Vec<(Value, &'static str)> {
    let good = json!({
        "role": "shipper", "name": "Nina New", "email": "nina@example.com", "phone": "+390212345678",
        "password": "long enough password", "organisation": "New & Co",
    });
    let changed = |pointer: &str, value: Value| with(good.clone(), pointer, value);
    vec![
        (changed("/role", json!("admin")), "role"),
        (changed("/role", json!("king")), "role"),
        (changed("/password", json!("short")), "password"),
        (changed("/password", json!("x".repeat(10_000))), "password"),
        (changed("/email", json!("nobody")), "email"),
        (changed("/email", json!(format!("{}@example.com", "x".repeat(400)))), "email"),
        (changed("/phone", json!("call me")), "phone"),
        (changed("/name", json!("")), "name"),
        (changed("/name", json!("x".repeat(5000))), "name"),
        (changed("/tenant", json!("ten_1")), "tenant"),
        (changed("/admin", json!(true)), "admin"),
    ]
}

#[track_caller]
fn names(answer: &Answer, field: &str, sent: &Value) {
    let short: String = sent.to_string().chars().take(300).collect();
    assert!(matches!(answer.status, 400 | 422), "{field}: {} for {short}: {:#}", answer.status, answer.body);
    if !field.is_empty() {
        let fields = answer.fields();
        let found = fields.iter().any(|name| name == field || name.starts_with(&format!("{field}.")));
        assert!(found, "{field} is not among {fields:?} for {short}: {:#}", answer.body);
    }
}

async fn all_refused(client: &Client, path: &str, table: Vec<(Value, &'static str)>) {
    for (body, field) in table {
        names(&client.post(path, body.clone()).await, field, &body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_field_is_named_and_nothing_is_written() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let other = crate::brokerage::join(&brokerage.visitor, "driver", "Dora Driver").await;
    let shipment = brokerage.post_shipment().await;
    let store = brokerage.server.house().runtime().store().clone();
    let before = store.head().await.unwrap();
    all_refused(&brokerage.shipper, "/api/v1/shipments", bad_shipments()).await;
    all_refused(&other, "/api/v1/agents", bad_drivers()).await;
    all_refused(&brokerage.driver, "/api/v1/bids", bad_bids(&shipment)).await;
    all_refused(&brokerage.visitor, "/api/v1/auth/register", bad_registrations()).await;
    let position = format!("/api/v1/agents/{}/position", brokerage.agent);
    let bad_positions = vec![
        (json!({ "latitude": 91, "longitude": 9 }), "latitude"),
        (json!({ "latitude": 0, "longitude": 0.0 }), "latitude"),
        (json!({ "latitude": 45, "longitude": 9, "heading": 400 }), "heading"),
        (json!({ "latitude": 45, "longitude": 9, "speed_kmh": -1 }), "speed_kmh"),
        (json!({ "latitude": 45, "longitude": 9, "at": in_hours(48) }), "at"),
        (json!({ "latitude": 45 }), "longitude"),
    ];
    all_refused(&brokerage.driver, &position, bad_positions).await;
    let status = format!("/api/v1/shipments/{shipment}/status");
    all_refused(&brokerage.driver, &status, vec![(json!({ "status": "flying" }), "status")]).await;
    assert_eq!(store.head().await.unwrap(), before);
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_body_is_told_at_once() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let half = without(without(shipment_body(), "/cargo"), "/delivery");
    let answer = brokerage.shipper.post("/api/v1/shipments", half).await;
    assert_eq!((answer.status, sorted(&answer)), (422, vec!["cargo".to_owned(), "delivery".to_owned()]));
    let mut wrong = shipment_body();
    for (pointer, value) in [
        ("/pickup/latitude", json!("north")),
        ("/pickup/window/from", json!(7)),
        ("/delivery/longitude", json!(200)),
        ("/cargo/weight_kg", json!(null)),
        ("/cargo/requires", json!(["lift_gate", 1])),
        ("/cargo/colour", json!("red")),
        ("/tender", json!({ "mode": "auction" })),
        ("/service_level", json!("fast")),
    ] {
        wrong = with(wrong, pointer, value);
    }
    let answer = brokerage.shipper.post("/api/v1/shipments", wrong).await;
    let expected = [
        "cargo.colour",
        "cargo.requires[1]",
        "cargo.weight_kg",
        "delivery.longitude",
        "pickup.latitude",
        "pickup.window.from",
        "service_level",
        "tender.mode",
    ];
    assert_eq!(
        (answer.status, sorted(&answer)),
        (422, expected.map(str::to_owned).to_vec()),
        "{:#}",
        answer.body
    );
    brokerage.server.stop().await;
}

fn sorted(answer: &Answer) -> Vec<String> {
    let mut fields = answer.fields();
    fields.sort();
    fields
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_json_is_400_and_what_is_too_long_413() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let shipper = &brokerage.shipper;
    for body in ["", "{", "{\"a\":}", "\u{0}", "{\"pickup\":{}}}", "nul", &"[".repeat(100_000)] {
        let answer = shipper.raw("POST", "/api/v1/shipments", body.to_owned()).await;
        let short: String = body.chars().take(20).collect();
        assert!(matches!(answer.status, 400 | 422), "{short:?}: {} {:#}", answer.status, answer.body);
    }
    let bytes: &'static [u8] = b"\xff\xfe\x00";
    shipper.raw("POST", "/api/v1/shipments", bytes).await.problem(400);
    let long = format!("{{\"pickup\":\"{}\"}}", "a".repeat(3_000_000));
    shipper.raw("POST", "/api/v1/shipments", long).await.problem(413);
    shipper.raw("DELETE", "/api/v1/shipments", "").await.problem(405);
    shipper.get("/api/v1/nothing").await.problem(404);
    for id in ["shp_", "shp_0", "bid_0123456789abcdef0123456789abcdef", "%00", "..%2F..", &"a".repeat(5000)] {
        let answer = shipper.get(&format!("/api/v1/shipments/{id}")).await;
        assert!(matches!(answer.status, 404 | 414), "{id}: {}", answer.status);
    }
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_queries_name_the_parameter() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    for (query, field) in [
        ("page=0", "page"),
        ("page=x", "page"),
        ("per_page=101", "per_page"),
        ("per_page=-1", "per_page"),
        ("status=flying", "status"),
        ("colour=red", "colour"),
        ("page=99999999999999999999", "page"),
    ] {
        let answer = brokerage.shipper.get(&format!("/api/v1/shipments?{query}")).await;
        assert_eq!(answer.status, 422, "{query}: {:#}", answer.body);
        assert!(answer.fields().contains(&field.to_owned()), "{query}: {:#}", answer.body);
    }
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ineligible_bid_says_why() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let heavy = with(shipment_body(), "/cargo/weight_kg", json!(11_000));
    let shipment = brokerage.shipper.post("/api/v1/shipments", heavy).await.data(201);
    let shipment = crate::brokerage::text(&shipment, "/id");
    let answer = brokerage.driver.post("/api/v1/bids", bid_body(&shipment, "820.00")).await;
    assert_eq!(answer.status, 422, "{:#}", answer.body);
    assert!(answer.body.to_string().contains("capacity"), "{:#}", answer.body);
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tender_names_carriers_of_its_own_tenant() {
    for place in Place::every("a_tender_names_carriers_of_its_own_tenant").await {
        let brokerage = Brokerage::open(&place).await;
        let organisation =
            async |client: &Client| text(&client.get("/api/v1/me").await.data(200), "/organisation_id");
        let elsewhere = brokerage.server.house().identity().create_tenant("Elsewhere").await.unwrap();
        let account = json!({
            "role": "carrier", "name": "Fausto Foreign", "email": "fausto@example.com", "password": PASSWORD,
            "organisation": "Foreign & Co", "tenant": elsewhere.to_string(),
        });
        brokerage.visitor.post("/api/v1/auth/register", account).await.data(201);
        let foreign = organisation(&sign_in(&brokerage.visitor, "fausto@example.com").await).await;
        let own = organisation(&brokerage.driver).await;
        let shipper = organisation(&brokerage.shipper).await;
        let nobody = "org_0123456789abcdef0123456789abcdef".to_owned();
        let post = async |tender: Value| {
            let mut body = shipment_body();
            body["tender"] = tender;
            brokerage.shipper.post("/api/v1/shipments", body).await
        };
        for stranger in [&foreign, &shipper, &nobody] {
            let direct = post(json!({ "mode": "direct", "carrier": stranger })).await;
            assert_eq!((direct.status, direct.fields()), (422, vec!["tender.carrier".to_owned()]));
            let waterfall = post(json!({ "mode": "waterfall", "carriers": [own, stranger] })).await;
            assert_eq!((waterfall.status, waterfall.fields()), (422, vec!["tender.carriers[1]".to_owned()]));
        }
        let posted = post(json!({ "mode": "direct", "carrier": own })).await.data(201);
        let path = format!("/api/v1/shipments/{}", text(&posted, "/id"));
        let change = json!({ "tender": { "mode": "direct", "carrier": foreign } });
        let changed = brokerage.shipper.patch(&path, change).await;
        assert_eq!((changed.status, changed.fields()), (422, vec!["tender.carrier".to_owned()]));
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn null_in_a_change_is_refused_by_name_or_empties_the_field() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let shipment = format!("/api/v1/shipments/{}", brokerage.post_shipment().await);
    for field in ["pickup", "delivery", "cargo", "service_level", "tender", "auto_accept"] {
        let answer = brokerage.shipper.patch(&shipment, json!({ field: null })).await;
        assert_eq!((answer.status, answer.fields()), (422, vec![field.to_owned()]));
    }
    let agent = format!("/api/v1/agents/{}", brokerage.agent);
    for field in
        ["vehicle", "base", "service_radius_km", "specializations", "licence_valid_until", "auto_bid"]
    {
        let answer = brokerage.driver.patch(&agent, json!({ field: null })).await;
        assert_eq!((answer.status, answer.fields()), (422, vec![field.to_owned()]));
    }
    let emptied = json!({ "area": null, "operating_hours": null, "rate_per_km": null });
    let shown = brokerage.driver.patch(&agent, emptied).await.data(200);
    assert!(!shown.to_string().contains("rate_per_km\":{"), "{shown:#}");
    brokerage.server.stop().await;
}
