//! Docks through the front door: booked by a carrier and by a booking, worked at, and asked for what cannot be.

use crate::{
    api::{Client, eventually},
    brokerage::{Brokerage, join, text},
    places::Place,
    sockets::Socket,
};
use contracts::ports::Role;
use kernel::{Clock as _, Timestamp};
use runtime::SystemClock;
use serde_json::{Value, json};

/// A quarter of an hour, so many of them from the present one.
pub fn quarter(number: i64) -> String {
    Timestamp::from_millis((SystemClock.now().millis() / 900_000 + number) * 900_000).to_string()
}

pub fn wish(from: &str) -> Value {
    json!({ "from": from, "work": "unloading", "vehicle": { "class": "box_truck" } })
}

pub async fn facility(operator: &Client, latitude: f64, longitude: f64, docks: u32) -> String {
    let place = json!({ "latitude": latitude, "longitude": longitude });
    let body = json!({ "kind": "facility", "facility_type": "warehouse", "position": place, "docks": docks });
    text(&operator.post("/api/v1/agents", body).await.data(201), "/id")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truck_is_booked_checked_in_worked_at_and_gone() {
    for place in Place::every("a_truck_is_booked_checked_in").await {
        let brokerage = Brokerage::open(&place).await;
        let operator = join(&brokerage.visitor, "facility", "Fede Docks").await;
        let carrier = &brokerage.driver;
        let id = facility(&operator, 45.6, 9.3, 1).await;
        let base = format!("/api/v1/facilities/{id}");
        let docks = carrier.get(&format!("{base}/docks")).await.data(200);
        assert_eq!(docks.as_array().unwrap().len(), 1, "its docks are there at once");

        let body = json!({ "hold": true, "cargo": { "pieces": 33 } });
        let mut held = wish(&quarter(2));
        held.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let booked = carrier.post(&format!("{base}/appointments"), held).await.data(201);
        assert_eq!((text(&booked, "/status"), text(&booked, "/dock")), ("held".to_owned(), "1".to_owned()));
        let appointment = format!("/api/v1/appointments/{}", text(&booked, "/id"));
        let early = operator.post(&format!("{appointment}/check-in"), json!({})).await;
        assert_eq!(early.problem(409), "not_confirmed");
        let confirmed = carrier.post(&format!("{appointment}/confirm"), json!({})).await.data(200);
        assert_eq!(text(&confirmed, "/status"), "scheduled");

        let second = carrier.post(&format!("{base}/appointments"), wish(&quarter(6))).await.data(201);
        let taken = carrier.post(&format!("{base}/appointments"), wish(&quarter(5))).await;
        assert_eq!(taken.problem(409), "taken");
        let span = format!("from={}&to={}", quarter(0), quarter(96));
        let free = carrier.get(&format!("{base}/availability?{span}&work=unloading&vehicle=box_truck")).await;
        let free = free.data(200);
        assert_eq!(text(&free, "/0/from"), quarter(10), "behind the two");

        let counted = json!({ "cargo": { "pieces": 30 } });
        let here = operator.post(&format!("{appointment}/check-in"), counted).await.data(200);
        assert_eq!((text(&here, "/status"), &here["differs"]), ("called".to_owned(), &json!(["pieces"])));
        let second = format!("/api/v1/appointments/{}", text(&second, "/id"));
        let waits = operator.post(&format!("{second}/check-in"), json!({})).await.data(200);
        assert_eq!(text(&waits, "/status"), "waiting");
        let yard = operator.get(&format!("{base}/yard")).await.data(200);
        assert_eq!(
            (text(&yard, "/state"), yard["queue"].as_array().unwrap().len()),
            ("at_capacity".to_owned(), 1)
        );
        operator.post(&format!("{appointment}/start"), json!({})).await.data(200);
        let done = operator.post(&format!("{appointment}/finish"), json!({})).await.data(200);
        assert_eq!((text(&done, "/status"), &done["detention_minutes"]), ("completed".to_owned(), &json!(0)));
        let late = carrier.post(&format!("{appointment}/move"), json!({ "from": quarter(40) })).await;
        assert_eq!(late.problem(409), "ended");

        issues_are_settled(&operator, &base).await;
        let list = carrier.get(&format!("{base}/appointments?{span}")).await.data(200);
        assert_eq!(list.as_array().unwrap().len(), 2);
        let stranger = join(&brokerage.visitor, "carrier", "Stan Stranger").await;
        let list = stranger.get(&format!("{base}/appointments?{span}")).await.data(200);
        assert_eq!(list, json!([]), "others' trucks are their own business");
        assert_eq!(stranger.get(&appointment).await.status, 404);
        brokerage.server.stop().await;
        place.remove().await;
    }
}

async fn issues_are_settled(operator: &Client, base: &str) {
    let issues = format!("{base}/issues");
    let found = operator.get(&issues).await.data(200);
    assert_eq!(
        (text(&found, "/0/kind"), &found[0]["reported_by"]),
        ("cargo_mismatch".to_owned(), &Value::Null)
    );
    let damage = json!({ "kind": "damage", "description": "Two pallets are wet." });
    let reported = operator.post(&issues, damage).await.data(201);
    assert_eq!(text(&reported, "/description"), "Two pallets are wet.");
    let settle = json!({ "number": reported["number"], "resolution": "Dried and taken." });
    let settled = operator.post(&format!("{issues}/resolve"), settle).await.data(200);
    assert_eq!(
        (text(&settled, "/state"), text(&settled, "/resolution")),
        ("resolved".into(), "Dried and taken.".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_takes_docks_at_both_ends_and_gives_them_back() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let operator = join(&brokerage.visitor, "facility", "Fede Docks").await;
    let milan = facility(&operator, 45.4650, 9.1905, 2).await;
    let rome = facility(&operator, 41.9030, 12.4960, 2).await;
    let (shipment, _) = brokerage.book().await;
    let span = format!("from={}&to={}", quarter(0), quarter(96 * 4));
    for (facility, work) in [(&milan, "loading"), (&rome, "unloading")] {
        let path = format!("/api/v1/facilities/{facility}/appointments?{span}");
        let list = operator.get(&path).await.data(200);
        assert_eq!(list.as_array().unwrap().len(), 1, "{list:#}");
        assert_eq!(
            (text(&list, "/0/shipment_id"), text(&list, "/0/work")),
            (shipment.clone(), work.to_owned())
        );
    }
    brokerage.shipper.post(&format!("/api/v1/shipments/{shipment}/cancel"), json!({})).await.data(200);
    let path = format!("/api/v1/facilities/{milan}/appointments?{span}&status=cancelled");
    assert_eq!(operator.get(&path).await.data(200).as_array().unwrap().len(), 1);
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_without_a_dock_is_told_to_those_who_can_help() {
    for place in Place::every("a_booking_without_a_dock").await {
        let brokerage = Brokerage::open(&place).await;
        let operator = join(&brokerage.visitor, "facility", "Fede Docks").await;
        let milan = facility(&operator, 45.4650, 9.1905, 2).await;
        let base = format!("/api/v1/facilities/{milan}");
        let closed = json!({ "from": quarter(4), "to": quarter(4 * 24 * 14), "reason": "staff" });
        operator.post(&format!("{base}/closures"), closed).await.data(201);
        let mut driver = Socket::open(&brokerage.server, &brokerage.driver).await;
        driver.subscribe(&format!("driver:{}", brokerage.agent), None).await;
        let (shipment, _) = brokerage.book().await;
        let heard = driver.until("dock.missing").await;
        let missing = heard.last().unwrap();
        assert_eq!(text(missing, "/data/data/reason"), "none_free", "{missing:#}");

        let broker = brokerage.staff(Role::Broker).await;
        let queue = broker.get("/api/v1/operations/queue?kind=dock_missing").await.data(200);
        assert_eq!(queue.as_array().unwrap().len(), 1, "{queue:#}");
        assert_eq!((text(&queue, "/0/shipment_id"), text(&queue, "/0/reason")), (shipment, "loading".into()));
        operator.post(&format!("{base}/closures/end"), json!({ "number": 1 })).await.data(200);
        let heard = driver.until("dock.rescheduled").await;
        assert!(text(heard.last().unwrap(), "/data/data/window/from").ends_with('Z'), "{heard:#?}");
        let settled = broker.get("/api/v1/operations/queue?kind=dock_missing").await.data(200);
        assert_eq!(settled, json!([]), "it has a dock by itself, now that there is one");
        brokerage.server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_by_its_name() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let operator = join(&brokerage.visitor, "facility", "Fede Docks").await;
    let id = facility(&operator, 45.6, 9.3, 1).await;
    let base = format!("/api/v1/facilities/{id}");
    let carrier = &brokerage.driver;
    let path = format!("{base}/appointments");
    let book = |body: Value| carrier.post(&path, body);
    let with = |change: Value| {
        let mut body = wish(&quarter(4));
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    for (change, field) in [
        (json!({ "from": quarter(-4) }), "from"),
        (json!({ "from": "2026-13-01T00:00:00Z" }), "from"),
        (json!({ "minutes": 5 }), "minutes"),
        (json!({ "vehicle": { "class": "semi_truck", "length_cm": 2999 } }), "vehicle"),
        (json!({ "vehicle": { "class": "van", "height_cm": 90 } }), "vehicle.height_cm"),
        (json!({ "vehicle": { "class": "van", "needs": ["crane"] } }), "vehicle"),
        (json!({ "dock": "9" }), "dock"),
        (json!({ "shipment_id": "shp_1" }), "shipment_id"),
        (json!({ "cargo": { "reference": "Ada Lovelace, Via Roma 1" } }), "cargo.reference"),
        (json!({ "carrier_id": "org_00000000000000000000000000000009" }), "carrier_id"),
    ] {
        assert_eq!(book(with(change.clone())).await.fields(), [field], "{change}");
    }
    for (change, field) in [
        (json!({ "time_zone": "Mars/Olympus" }), "time_zone"),
        (json!({ "hours": [] }), "hours"),
        (json!({ "hours": vec![json!({ "open": [{ "from": "18:00", "to": "08:00" }] }); 7] }), "hours.0"),
    ] {
        assert_eq!(operator.patch(&base, change.clone()).await.fields(), [field], "{change}");
    }
    let reversed = json!({ "from": quarter(9), "to": quarter(8), "reason": "other" });
    assert_eq!(operator.post(&format!("{base}/closures"), reversed).await.fields(), ["to"]);
    assert_eq!(carrier.patch(&base, json!({})).await.status, 404, "not theirs to know how it is run");
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_carriers_of_the_house_are_booked_for() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let operator = join(&brokerage.visitor, "facility", "Fede Docks").await;
    let path = format!("/api/v1/facilities/{}/appointments", facility(&operator, 45.6, 9.3, 1).await);
    let organisation = |me: Value| text(&me, "/organisation/id");
    let carrier = organisation(brokerage.driver.get("/api/v1/me").await.data(200));
    let shipper = organisation(brokerage.shipper.get("/api/v1/me").await.data(200));
    let book = |carrier: String| {
        let mut body = wish(&quarter(4));
        body["carrier_id"] = json!(carrier);
        operator.post(&path, body)
    };
    for nobody in ["org_00000000000000000000000000000009".to_owned(), shipper] {
        assert_eq!(book(nobody).await.fields(), ["carrier_id"]);
    }
    assert_eq!(text(&book(carrier.clone()).await.data(201), "/carrier_id"), carrier);
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_changes_before_the_eyes_of_those_who_follow_it() {
    for place in Place::every("a_calendar_changes_before_the_eyes").await {
        let brokerage = Brokerage::open(&place).await;
        let operator = join(&brokerage.visitor, "facility", "Fede Docks").await;
        let carrier = &brokerage.driver;
        let id = facility(&operator, 45.6, 9.3, 1).await;
        let (whole, slots) = (format!("facility:{id}"), format!("facility:{id}:slots"));
        let mut portal = Socket::open(&brokerage.server, &operator).await;
        let token = portal.subscribe(&whole, None).await;
        let mut visitor = Socket::open(&brokerage.server, carrier).await;
        assert_eq!(visitor.refused(&whole).await, "not_found", "who comes is the operator's business");
        visitor.subscribe(&slots, None).await;
        let mut shipper = Socket::open(&brokerage.server, &brokerage.shipper).await;
        shipper.refused(&slots).await;

        let path = format!("/api/v1/facilities/{id}/appointments");
        let booked = carrier.post(&path, wish(&quarter(4))).await.data(201);
        let told = portal.until("dock.scheduled").await;
        let event = told.last().unwrap();
        assert_eq!(text(event, "/data/data/appointment_id"), text(&booked, "/id"));
        assert_eq!(text(event, "/data/data/from"), text(&booked, "/from"));
        let told = visitor.until("slots.changed").await;
        assert_eq!(told.last().unwrap()["data"]["data"], json!({}), "not who took it");

        let mut again = Socket::open(&brokerage.server, &operator).await;
        again.subscribe(&whole, Some(&token)).await;
        let resumed = again.until("dock.scheduled").await;
        assert_eq!(text(&resumed[0], "/id"), text(event, "/id"), "from where it was left");
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_facility_sees_its_trucks_come() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let operator = join(&brokerage.visitor, "facility", "Fede Docks").await;
    let id = facility(&operator, 45.4650, 9.1905, 2).await;
    brokerage.book().await;
    let mut portal = Socket::open(&brokerage.server, &operator).await;
    portal.subscribe(&format!("facility:{id}"), None).await;
    let position = json!({ "latitude": 45.7, "longitude": 9.5 });
    let path = format!("/api/v1/agents/{}/position", brokerage.agent);
    brokerage.driver.post(&path, position).await.data(200);
    let span = format!("from={}&to={}", quarter(0), quarter(96 * 4));
    let list = format!("/api/v1/facilities/{id}/appointments?{span}");
    let expected = eventually("an arrival that is expected", || async {
        let list = operator.get(&list).await.data(200);
        list.pointer("/0/expected/eta").map(|_| list.clone())
    })
    .await;
    let told = portal.until("arrivals.expected").await;
    let arrival = told.last().unwrap()["data"]["data"]["arrivals"][0].clone();
    assert_eq!(text(&arrival, "/appointment_id"), text(&expected, "/0/id"));
    assert!(text(&arrival, "/expected/earliest") <= text(&arrival, "/expected/latest"));
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cargo_is_compared_with_the_consignment_note_that_was_brought() {
    for place in Place::every("cargo_is_compared_with_the_consignment_note").await {
        let brokerage = Brokerage::open(&place).await;
        let operator = join(&brokerage.visitor, "facility", "Fede Docks").await;
        let id = facility(&operator, 45.6, 9.3, 1).await;
        let (shipment, _) = brokerage.book().await;
        let driver = &brokerage.driver;
        let documents = format!("/api/v1/shipments/{shipment}/documents");
        let note = b"%PDF-1.7 a consignment note";
        let other = format!("{documents}?kind=other&pieces=3");
        let refused = driver.upload(&other, "application/pdf", "a", note).await;
        assert_eq!(refused.fields(), ["pieces"], "only a consignment note states it");
        let stated = format!("{documents}?kind=consignment_note&pieces=33&weight_kg=8000");
        driver.upload(&stated, "application/pdf", "b", note).await.data(201);

        let mut booking = wish(&quarter(2));
        booking["shipment_id"] = json!(shipment);
        let path = format!("/api/v1/facilities/{id}/appointments");
        let booked = driver.post(&path, booking).await.data(201);
        let appointment = format!("/api/v1/appointments/{}", text(&booked, "/id"));
        let papers = operator.get(&format!("{appointment}/papers")).await.data(200);
        assert_eq!(papers["consignment"]["pieces"], json!(33));
        assert_eq!(papers["booked"]["weight_kg"], json!(8000.0));
        assert_eq!(driver.get(&format!("{appointment}/papers")).await.status, 404, "not for who brings it");
        let counted = json!({ "cargo": { "pieces": 32, "weight_kg": 8100 } });
        let here = operator.post(&format!("{appointment}/check-in"), counted).await.data(200);
        assert_eq!(here["differs"], json!(["pieces"]));
        brokerage.server.stop().await;
        place.remove().await;
    }
}
