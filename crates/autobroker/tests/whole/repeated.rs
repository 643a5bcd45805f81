//! Every POST there is, asked twice under one key: the second answer is the first one, byte for byte, and another request
//! under the key is refused (design, section 7).

use crate::{
    api::Client,
    brokerage::{bid_body, shipment_body},
    matrix::{Matrix, Operation, Request, Whose, id_of, new_driver, operations},
    places::Place,
};
use contracts::ports::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Nobody gets these through on what is there, so that there is no first answer to be given again: the appointments are a
/// month ahead, no letter is dead, no transfer was declined, nobody disputes, and the plan is of imagined freight.
const NEVER_THROUGH: [&str; 9] = [
    "POST /api/v1/appointments/{id}/check-in",
    "POST /api/v1/appointments/{id}/finish",
    "POST /api/v1/appointments/{id}/start",
    "POST /api/v1/effects/dead-letters/{id}/replay",
    "POST /api/v1/payments/{id}/resolve",
    "POST /api/v1/payments/{id}/retry",
    "POST /api/v1/plans/{id}/commit",
    "POST /api/v1/shipments/{id}/dispute",
    "POST /api/v1/shipments/{id}/dispute/close",
];

/// What goes into the vault here is shown in no answer: a document's own key, and a new user's name and logins.
const NOT_SHOWN: [&str; 2] = ["POST /api/v1/shipments/{id}/documents", "POST /api/v1/users"];

fn json_to(path: impl Into<String>, body: &Value) -> Request {
    Request { path: path.into(), content_type: "application/json", body: body.to_string().into_bytes() }
}

/// Who asks what where the matrix is content with a conflict.
async fn prepared(matrix: &Matrix, operation: &Operation) -> Option<(Client, Request)> {
    let name = operation.name();
    if !["POST /api/v1/bids", "POST /api/v1/bids/{id}/confirm", "POST /api/v1/shipments/{id}/rating"]
        .contains(&name.as_str())
    {
        return None;
    }
    let shipper = &matrix.own.shipper;
    let shipment = id_of(shipper, "/api/v1/shipments", shipment_body()).await;
    let (driver, _) = new_driver(&matrix.visitor, &matrix.people, matrix.own.tenant).await;
    if name == "POST /api/v1/bids" {
        return Some((driver, json_to("/api/v1/bids", &bid_body(&shipment, "820.00"))));
    }
    let bid = id_of(&driver, "/api/v1/bids", bid_body(&shipment, "820.00")).await;
    shipper.post(&format!("/api/v1/bids/{bid}/select"), json!({})).await.data(200);
    let confirm = format!("/api/v1/bids/{bid}/confirm");
    if name == "POST /api/v1/bids/{id}/confirm" {
        return Some((driver, json_to(confirm, &json!({}))));
    }
    driver.post(&confirm, json!({})).await.data(200);
    for status in ["en_route_pickup", "loading", "in_transit", "unloading", "delivered"] {
        let proof = json!({ "status": status, "proof": { "recipient": "Front desk" } });
        let body = if status == "delivered" { proof } else { json!({ "status": status }) };
        driver.post(&format!("/api/v1/shipments/{shipment}/status"), body).await.data(200);
    }
    let path = format!("/api/v1/shipments/{shipment}/rating");
    Some((shipper.clone(), json_to(path, &json!({ "stars": 5 }))))
}

/// What lies on the disk.
struct Disk(rusqlite::Connection);

impl Disk {
    fn of(place: &Place) -> Self {
        Self(rusqlite::Connection::open(place.folder.path().join("log.db")).unwrap())
    }

    /// How many fields the vault has.
    fn personal(&self) -> i64 {
        self.0.query_row("SELECT count(*) FROM personal", [], |row| row.get(0)).unwrap()
    }

    /// Whether the answer of a key is sealed, or may not be kept at all.
    fn is_sealed(&self, key: &str) -> bool {
        let query = "SELECT body FROM idempotency WHERE key LIKE ?1";
        let kept: Option<String> = self.0.query_row(query, [format!("%/{key}")], |row| row.get(0)).unwrap();
        kept.is_none_or(|body| body.starts_with("sealed:"))
    }
}

/// Asks until somebody gets through, then asks again. `None` when nobody does, else whether what went into the vault is
/// sealed in the kept answer too.
async fn repeated(
    matrix: &Matrix,
    callers: &BTreeMap<&str, Client>,
    operation: &Operation,
    key: &str,
    disk: &Disk,
) -> Option<bool> {
    let name = operation.name();
    let mut prepared = prepared(matrix, operation).await;
    for role in Role::ALL {
        let (caller, request) = match prepared.take() {
            Some(prepared) => prepared,
            None => {
                let caller = matrix.asker(operation, role, &callers[role.name()]).await;
                let request = matrix.request(operation, role, &caller, Whose::Own).await;
                (caller, request)
            }
        };
        let ask = |path: String| {
            let (caller, request) = (caller.clone(), (request.content_type, request.body.clone()));
            async move { caller.upload(&path, request.0, key, &request.1).await }
        };
        let before = disk.personal();
        let first = ask(request.path.clone()).await;
        if !(200..300).contains(&first.status) {
            continue;
        }
        let sealed = disk.personal() == before || disk.is_sealed(key);
        let again = ask(request.path.clone()).await;
        assert_eq!(first, again, "{name}");
        let mark = if request.path.contains('?') { '&' } else { '?' };
        let other = ask(format!("{}{mark}other=1", request.path)).await;
        assert_eq!(other.problem(409), "key_reused", "{name} with another query");
        let other = caller.upload(&request.path, request.content_type, key, b"{ }").await;
        assert_eq!(other.problem(409), "key_reused", "{name} with another body");
        return Some(sealed);
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn every_post_gives_its_first_answer_again() {
    let place = Place::sqlite();
    let matrix = Matrix::build(&place).await;
    let document = matrix.visitor.get("/openapi.json").await.body;
    let mut callers = BTreeMap::new();
    for role in Role::ALL {
        callers.insert(role.name(), matrix.caller(role).await);
    }
    // Passwords are never kept.
    let is_kept = |one: &Operation| one.method == "POST" && !one.path.starts_with("/api/v1/auth/");
    let posts: Vec<_> = operations(&document).into_iter().filter(is_kept).collect();
    assert!(posts.len() > 40, "only {} routes", posts.len());
    let disk = Disk::of(&place);
    let (mut never, mut in_the_clear) = (Vec::new(), Vec::new());
    for (number, operation) in posts.iter().enumerate() {
        match repeated(&matrix, &callers, operation, &format!("key-{number}"), &disk).await {
            None => never.push(operation.name()),
            Some(false) => in_the_clear.push(operation.name()),
            Some(true) => {}
        }
    }
    assert_eq!(never, NEVER_THROUGH);
    assert_eq!(in_the_clear, NOT_SHOWN, "kept in the clear although something of it lies in the vault");
    matrix.server.stop().await;
}
