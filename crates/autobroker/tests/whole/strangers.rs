//! Another tenant's and an uninvolved organisation's resources do not exist: 404, never 403, whatever is asked.

use crate::{
    api::{Answer, Client},
    brokerage::{Brokerage, PASSWORD, join, text},
    places::Place,
};
use contracts::ports::Role;
use identity::{NewUser, Placement};
use serde_json::json;

/// Everything that can be asked about a booked shipment and what belongs to it.
async fn pry(
    stranger: &Client,
    brokerage: &Brokerage,
    shipment: &str,
    bid: &str,
    payment: &str,
) -> Vec<(String, Answer)> {
    let agent = &brokerage.agent;
    let reads = [
        format!("/api/v1/shipments/{shipment}"),
        format!("/api/v1/shipments/{shipment}/bids"),
        format!("/api/v1/shipments/{shipment}/events"),
        format!("/api/v1/shipments/{shipment}/position"),
        format!("/api/v1/bids/{bid}"),
        format!("/api/v1/payments/{payment}"),
    ];
    let writes = [
        (format!("/api/v1/shipments/{shipment}/cancel"), json!({})),
        (format!("/api/v1/shipments/{shipment}/status"), json!({ "status": "en_route_pickup" })),
        (format!("/api/v1/shipments/{shipment}/rating"), json!({ "stars": 5 })),
        (format!("/api/v1/bids/{bid}/select"), json!({})),
        (format!("/api/v1/bids/{bid}/confirm"), json!({})),
        (format!("/api/v1/bids/{bid}/withdraw"), json!({})),
        (format!("/api/v1/agents/{agent}/online"), json!({})),
        (format!("/api/v1/agents/{agent}/position"), json!({ "latitude": 45.0, "longitude": 9.0 })),
    ];
    let mut answers = Vec::new();
    for path in reads {
        answers.push((format!("GET {path}"), stranger.get(&path).await));
    }
    for (path, body) in writes {
        answers.push((format!("POST {path}"), stranger.post(&path, body).await));
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_others_does_not_exist() {
    for place in Place::every("what_is_others_does_not_exist").await {
        let brokerage = Brokerage::open(&place).await;
        let (shipment, bid) = brokerage.book().await;
        let payments =
            brokerage.shipper.get(&format!("/api/v1/payments?shipment_id={shipment}")).await.data(200);
        let payment = text(&payments, "/0/id");
        let shipper = join(&brokerage.visitor, "shipper", "Olga Other").await;
        let driver = join(&brokerage.visitor, "driver", "Oskar Other").await;
        let admin = other_tenants_admin(&brokerage).await;
        for stranger in [&shipper, &driver, &admin] {
            for (asked, answer) in pry(stranger, &brokerage, &shipment, &bid, &payment).await {
                // A role that may never do such a thing hears so, which says nothing about the resource.
                let hidden = answer.status == 404 || (answer.status == 403 && !asked.starts_with("GET"));
                assert!(hidden, "{asked}: {} {:#}", answer.status, answer.body);
            }
            let listed = stranger.get("/api/v1/shipments").await.data(200);
            assert_eq!(listed, json!([]));
            let paid = stranger.get(&format!("/api/v1/payments?shipment_id={shipment}")).await.data(200);
            assert_eq!(paid, json!([]));
        }
        let status = brokerage.shipper.get(&format!("/api/v1/shipments/{shipment}")).await.data(200);
        assert_eq!(text(&status, "/status"), "booked");
        brokerage.server.stop().await;
        place.remove().await;
    }
}

async fn other_tenants_admin(brokerage: &Brokerage) -> Client {
    let identity = brokerage.server.house().identity();
    let tenant = identity.create_tenant("Another Brokerage").await.unwrap();
    let new = NewUser {
        tenant,
        role: Role::Admin,
        placement: Placement::Operator,
        name: "Another Admin".to_owned(),
        email: Some("admin@another.example.com".to_owned()),
        phone: None,
        password: PASSWORD.to_owned().into(),
    };
    identity.create_user(new).await.unwrap();
    let login = json!({ "email": "admin@another.example.com", "password": PASSWORD });
    let session = brokerage.visitor.post("/api/v1/auth/login", login).await.data(200);
    brokerage.visitor.with_token(&text(&session, "/access_token"))
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_good_token_nothing_is_told() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let shipment = brokerage.post_shipment().await;
    let path = format!("/api/v1/shipments/{shipment}");
    let token = brokerage.shipper.token.clone().unwrap();
    let (head, signature) = token.rsplit_once('.').unwrap();
    let unsigned = format!("{head}.");
    let swapped: String = signature.chars().rev().collect();
    for bad in
        ["", "x", "eyJhbGciOiJub25lIn0.e30.", &unsigned, &format!("{head}.{swapped}"), &"a".repeat(10_000)]
    {
        brokerage.visitor.with_token(bad).get(&path).await.problem(401);
    }
    brokerage.visitor.get(&path).await.problem(401);
    brokerage.server.stop().await;
}
