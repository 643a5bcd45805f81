//! The same key and body give the first answer again; another body is refused; `/auth/*` is never kept.

use crate::{
    api::Client,
    brokerage::{Brokerage, PASSWORD, bid_body, join, shipment_body, sign_in, text},
    docks::{facility, quarter, wish},
    places::Place,
};
use contracts::ports::Role;
use market::agents::Shipment;
use serde_json::{Value, json};
use store::{Store, Unit};
use tokio::task::JoinSet;

/// Forgets the answers of all keys, as a crash between the work and its answer leaves it.
fn forget_answers(place: &Place) {
    let log = rusqlite::Connection::open(place.folder.path().join("log.db")).unwrap();
    let forgotten = log.execute("UPDATE idempotency SET status = NULL, body = NULL", []).unwrap();
    assert!(forgotten > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_does_nothing_again() {
    for place in Place::every("a_repeated_request_does_nothing_again").await {
        let brokerage = Brokerage::open(&place).await;
        let shipper = &brokerage.shipper;
        let body = shipment_body();
        let first = shipper.post_once("/api/v1/shipments", "order-1", &body).await;
        let again = shipper.post_once("/api/v1/shipments", "order-1", &body).await;
        assert_eq!((first.status, again.status), (201, 201));
        assert_eq!(first.body["data"], again.body["data"]);
        let listed = shipper.get("/api/v1/shipments").await;
        assert_eq!(listed.body.pointer("/meta/pagination/total"), Some(&json!(1)), "{:#}", listed.body);

        let mut other = body.clone();
        other["cargo"]["weight_kg"] = json!(7000);
        shipper.post_once("/api/v1/shipments", "order-1", &other).await.problem(409);
        let elsewhere = shipper.post_once("/api/v1/shipments", "order-2", &body).await.data(201);
        assert_ne!(text(&elsewhere, "/id"), text(&first.body["data"], "/id"));
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_nothing_in_the_store_is_answered_once_too() {
    for place in Place::every("what_changes_nothing_in_the_store_is_answered_once_too").await {
        let brokerage = Brokerage::open(&place).await;
        let admin = brokerage.staff(Role::Admin).await;
        let nothing = json!({});
        let fence = json!({
            "name": "Depot Lodi", "kind": "circle", "points": [{ "latitude": 45.3, "longitude": 9.5 }], "radius_m": 500,
        });
        let reset = || admin.post_once("/api/v1/breakers/payments/reset", "one-key", &nothing);
        assert_eq!(reset().await.body, reset().await.body, "byte for byte, its instant included");
        let reused = admin.post_once("/api/v1/geofences", "one-key", &fence).await;
        assert_eq!(reused.problem(409), "key_reused");
        let reload = "/api/v1/operations/configuration/reload";
        let (one, two) =
            (admin.post_once(reload, "again", &nothing), admin.post_once(reload, "again", &nothing));
        assert_eq!(one.await.body, two.await.body);
        let first = admin.post_once("/api/v1/geofences", "other-key", &fence).await.data(201);
        let again = admin.post_once("/api/v1/geofences", "other-key", &fence).await.data(201);
        assert_eq!(first, again);
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_the_same_time_make_one() {
    for place in Place::every("two_at_the_same_time_make_one").await {
        let brokerage = Brokerage::open(&place).await;
        let shipment = brokerage.post_shipment().await;
        let body = bid_body(&shipment, "820.00");
        let ask = || brokerage.driver.post_once("/api/v1/bids", "bid-1", &body);
        let (a, b, c, d) = tokio::join!(ask(), ask(), ask(), ask());
        let ids: Vec<_> = [a, b, c, d].into_iter().map(|answer| text(&answer.data(201), "/id")).collect();
        assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
        let bids = brokerage.shipper.get(&format!("/api/v1/shipments/{shipment}/bids")).await.data(200);
        assert_eq!(bids.as_array().map(Vec::len), Some(1));
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_is_not_another_users() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let other = crate::brokerage::join(&brokerage.visitor, "shipper", "Otto Other").await;
    let first = brokerage.shipper.post_once("/api/v1/shipments", "order-1", &shipment_body()).await.data(201);
    let second = other.post_once("/api/v1/shipments", "order-1", &shipment_body()).await.data(201);
    assert_ne!(text(&first, "/id"), text(&second, "/id"));
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_answer_is_not_shown_to_whom_it_would_be_refused_today() {
    for place in Place::every("a_kept_answer_is_not_shown_to_whom_it_would_be_refused_today").await {
        let brokerage = Brokerage::open(&place).await;
        let admin = brokerage.staff(Role::Admin).await;
        let broker = brokerage.staff(Role::Broker).await;
        let user = format!("/api/v1/users/{}", text(&broker.get("/api/v1/me").await.data(200), "/id"));
        let fence = json!({
            "name": "Depot Lodi", "kind": "circle", "points": [{ "latitude": 45.3, "longitude": 9.5 }], "radius_m": 500,
        });
        let ask = async |caller: &Client| caller.post_once("/api/v1/geofences", "fence-1", &fence).await;
        let first = ask(&broker).await;
        assert_eq!((first.status, ask(&broker).await), (201, first.clone()));

        admin.patch(&user, json!({ "role": "auditor" })).await.data(200);
        assert_eq!(ask(&broker).await.status, 401, "a token of the old role");
        let auditor = sign_in(&brokerage.visitor, "broker@broker.example.com").await;
        assert_eq!(ask(&auditor).await.status, 403, "the kept answer is not for an auditor");
        admin.patch(&user, json!({ "role": "supervisor" })).await.data(200);
        let supervisor = sign_in(&brokerage.visitor, "broker@broker.example.com").await;
        assert_eq!(ask(&supervisor).await, first, "who may ask gets the first answer");
        let fences = supervisor.get("/api/v1/geofences").await.data(200);
        assert_eq!(fences.as_array().map(Vec::len), Some(1), "asking again made nothing");
        admin.patch(&user, json!({ "state": "disabled" })).await.data(200);
        assert_eq!(ask(&supervisor).await.status, 401);
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_never_kept() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let body = json!({ "email": "sara.shipper@example.com", "password": PASSWORD });
    let first = brokerage.visitor.post_once("/api/v1/auth/login", "login-1", &body).await.data(200);
    let second = brokerage.visitor.post_once("/api/v1/auth/login", "login-1", &body).await.data(200);
    assert_ne!(text(&first, "/refresh_token"), text(&second, "/refresh_token"));
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_shows_a_secret_is_answered_once_and_kept_sealed() {
    for place in Place::every("what_shows_a_secret_is_answered_once_and_kept_sealed").await {
        let brokerage = Brokerage::open(&place).await;
        let (shipper, shipment) = (&brokerage.shipper, brokerage.post_shipment().await);
        let me = shipper.get("/api/v1/me").await.data(200);
        let (tenant, user) = (text(&me, "/tenant/id"), text(&me, "/id"));
        let store = brokerage.server.house().runtime().store();
        let shares = format!("/api/v1/shipments/{shipment}/shares");
        for (path, body, secret) in [
            (shares.as_str(), json!({}), "/data/token"),
            ("/api/v1/api-keys", json!({ "name": "x" }), "/data/key"),
        ] {
            let key = format!("secret of {path}");
            let first = shipper.post_once(path, &key, &body).await;
            assert_eq!(first.status, 201, "{:#}", first.body);
            let again = shipper.post_once(path, &key, &body).await;
            assert_eq!(first, again, "byte for byte, the secret included");
            let kept = store.idempotency(&format!("{tenant}/{user}/{key}")).await.unwrap().unwrap();
            let kept = kept.response.unwrap().body;
            assert!(kept.starts_with("sealed:") && !kept.contains(&text(&first.body, secret)), "{kept}");
            // A key that ends like one of ours is another key.
            let like_ours = shipper.post_once(path, &format!("{key}/unkept"), &body).await;
            assert_ne!(text(&like_ours.body, "/data/id"), text(&first.body, "/data/id"));
        }
        let listed = shipper.get(&shares).await.data(200);
        assert_eq!(listed.as_array().map(Vec::len), Some(2), "one link for each key");
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_made_but_never_answered_is_shown_when_it_is_asked_for_again() {
    let place = Place::sqlite();
    let brokerage = Brokerage::open(&place).await;
    let (shipper, shipment) = (&brokerage.shipper, brokerage.post_shipment().await);
    let shares = format!("/api/v1/shipments/{shipment}/shares");
    for (path, body) in [(shares.as_str(), json!({})), ("/api/v1/api-keys", json!({ "name": "x" }))] {
        let first = shipper.post_once(path, path, &body).await.data(201);
        forget_answers(&place);
        assert_eq!(shipper.post_once(path, path, &body).await.data(201), first);
    }
    assert_eq!(shipper.get(&shares).await.data(200).as_array().map(Vec::len), Some(1));
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_is_answered_once_for_its_key() {
    for place in Place::every("a_position_is_answered_once_for_its_key").await {
        let brokerage = Brokerage::open(&place).await;
        let path = format!("/api/v1/agents/{}/position", brokerage.agent);
        let body = json!({ "latitude": 45.5, "longitude": 9.25 });
        let first = brokerage.driver.post_once(&path, "fix-1", &body).await;
        let again = brokerage.driver.post_once(&path, "fix-1", &body).await;
        assert_eq!((first.status, &first.body), (200, &again.body), "byte for byte, its instant included");
        let other = json!({ "latitude": 45.6, "longitude": 9.25 });
        assert_eq!(brokerage.driver.post_once(&path, "fix-1", &other).await.problem(409), "key_reused");
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_answer_holds_no_address_in_the_clear_and_ends_with_the_persons_key() {
    for place in Place::every("a_kept_answer_holds_no_address").await {
        let brokerage = Brokerage::open(&place).await;
        let body = shipment_body();
        let first = brokerage.shipper.post_once("/api/v1/shipments", "order-1", &body).await;
        let again = brokerage.shipper.post_once("/api/v1/shipments", "order-1", &body).await;
        assert_eq!((first.status, &first.body), (201, &again.body), "the first answer, byte for byte");
        assert_eq!(text(&first.body, "/data/pickup/address"), "Via Torino 1, Milano");

        let platform = brokerage.server.house().platform();
        let me = brokerage.shipper.get("/api/v1/me").await.data(200);
        let (tenant, user) = (text(&me, "/tenant/id"), text(&me, "/id"));
        let kept = platform.runtime.store().idempotency(&format!("{tenant}/{user}/order-1")).await.unwrap();
        let kept = kept.unwrap().response.unwrap().body;
        assert!(kept.starts_with("sealed:") && !kept.contains("Torino"), "{kept}");

        let shipment = text(&first.body, "/data/id").parse().unwrap();
        let state = platform.runtime.state::<Shipment>(shipment).await.unwrap().unwrap();
        let contact = state.request.as_ref().unwrap().contact;
        let erasure = Unit { writes: platform.vault.erase(contact), ..Unit::default() };
        platform.runtime.store().commit(&[erasure]).await.unwrap();
        let after = brokerage.shipper.post_once("/api/v1/shipments", "order-1", &body).await.data(201);
        assert_eq!(text(&after, "/id"), text(&first.body, "/data/id"), "the repetition is still known");
        assert_eq!(after.pointer("/pickup/address").and_then(serde_json::Value::as_str), None, "{after:#}");
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_about_an_issue_is_kept_sealed() {
    for place in Place::every("what_is_written_about_an_issue_is_kept_sealed").await {
        let brokerage = Brokerage::open(&place).await;
        let (shipment, _) = brokerage.book().await;
        let support = brokerage.staff(Role::Support).await;
        let operator = join(&brokerage.visitor, "facility", "Fede Docks").await;
        let docks = format!("/api/v1/facilities/{}/issues", facility(&operator, 45.6, 9.3, 1).await);
        let trip = format!("/api/v1/shipments/{shipment}/issues");
        let store = brokerage.server.house().runtime().store();
        let mut issues = Vec::new();
        for (caller, path) in [(&brokerage.driver, &trip), (&operator, &docks)] {
            let report = json!({ "kind": "other", "description": "Ada Rossi was hurt" });
            issues.push(kept_sealed(store, caller, path, &report).await);
        }
        let resolve = format!("/api/v1/issues/{}/resolve", text(&issues[0], "/id"));
        kept_sealed(store, &support, &resolve, &json!({ "resolution": "Ada Rossi is well" })).await;
        let settled = json!({ "number": issues[1]["number"], "resolution": "Ada Rossi is well" });
        kept_sealed(store, &operator, &format!("{docks}/resolve"), &settled).await;
        brokerage.server.stop().await;
        place.remove().await;
    }
}

/// Asks twice under one key: the answer is the same, is kept, and shows nobody's name where it is kept.
async fn kept_sealed(store: &Store, caller: &Client, path: &str, body: &Value) -> Value {
    let me = caller.get("/api/v1/me").await.data(200);
    let first = caller.post_once(path, path, body).await;
    assert_eq!(first, caller.post_once(path, path, body).await, "byte for byte");
    let shown = first.data(if path.ends_with("/resolve") { 200 } else { 201 });
    assert!(shown.to_string().contains("Ada Rossi"), "{shown:#}");
    let key = format!("{}/{}/{path}", text(&me, "/tenant/id"), text(&me, "/id"));
    let kept = store.idempotency(&key).await.unwrap().unwrap().response.unwrap().body;
    assert!(kept.starts_with("sealed:") && !kept.contains("Ada"), "{kept}");
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn each_report_is_answered_with_its_own_issue() {
    let place = Place::sqlite();
    let brokerage = Brokerage::open(&place).await;
    let operator = join(&brokerage.visitor, "facility", "Fede Docks").await;
    let path = format!("/api/v1/facilities/{}/issues", facility(&operator, 45.6, 9.3, 1).await);
    let report = |number: usize| json!({ "kind": "other", "description": format!("what {number} saw") });
    let mut reports = JoinSet::new();
    for number in 0..20 {
        let (operator, path, body) = (operator.clone(), path.clone(), report(number));
        reports.spawn(async move {
            (number, operator.post_once(&path, &format!("issue-{number}"), &body).await.data(201))
        });
    }
    let answers = reports.join_all().await;
    for (number, issue) in &answers {
        assert_eq!(issue["description"], report(*number)["description"]);
    }
    forget_answers(&place);
    for (number, issue) in &answers {
        let again = operator.post_once(&path, &format!("issue-{number}"), &report(*number)).await;
        assert_eq!(again.data(201), *issue);
    }
    assert_eq!(operator.get(&path).await.data(200).as_array().map(Vec::len), Some(20));
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_was_booked_but_never_answered_is_shown_when_it_is_asked_for_again() {
    let place = Place::sqlite();
    let brokerage = Brokerage::open(&place).await;
    let operator = join(&brokerage.visitor, "facility", "Fede Docks").await;
    let path = format!("/api/v1/facilities/{}/appointments", facility(&operator, 45.6, 9.3, 1).await);
    let body = wish(&quarter(2));
    let first = brokerage.driver.post_once(&path, "slot-1", &body).await.data(201);
    forget_answers(&place);
    assert_eq!(brokerage.driver.post_once(&path, "slot-1", &body).await.data(201), first);
    let other = brokerage.driver.post_once(&path, "slot-2", &wish(&quarter(6))).await.data(201);
    assert_ne!(text(&other, "/id"), text(&first, "/id"), "another key, another appointment");
    brokerage.server.stop().await;
}
