//! The database goes away under a running server and comes back: writes are refused at once, what is in memory is still
//! answered, health says so, and everything goes on by itself.

use crate::{
    api::eventually,
    brokerage::{Brokerage, shipment_body, text},
    places::Place,
};
use serde_json::{Value, json};
use store::StoreUrl;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// What the line between the server and its database does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// It carries everything.
    Up,
    /// It is cut, and nothing can connect.
    Cut,
    /// It takes everything and gives nothing back, like a server that hangs.
    Silent,
}

/// Carries connections to a server for as long as the line is up.
async fn carry(listener: TcpListener, server: String, line: watch::Receiver<Line>) {
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let (mut line, server) = (line.clone(), server.clone());
        tokio::spawn(async move {
            if *line.borrow_and_update() == Line::Cut {
                return;
            }
            let mut upstream = TcpStream::connect(&server).await.unwrap();
            loop {
                let now = *line.borrow_and_update();
                match now {
                    Line::Cut => return,
                    Line::Silent => {
                        line.changed().await.unwrap();
                    }
                    Line::Up => tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut upstream) => return,
                        changed = line.changed() => changed.unwrap(),
                    },
                }
            }
        });
    }
}

/// A line to the database of a place; the URL that leads over it.
async fn line_to(place: &Place) -> (StoreUrl, watch::Sender<Line>) {
    let StoreUrl::Postgres(url) = &place.url else { panic!("only PostgreSQL is far away") };
    let (scheme, rest) = url.split_once("://").unwrap();
    let (user, rest) = rest.rsplit_once('@').unwrap_or(("postgres", rest));
    let (server, name) = rest.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, line) = watch::channel(Line::Up);
    tokio::spawn(carry(listener, server.to_owned(), line));
    (StoreUrl::Postgres(format!("{scheme}://{user}@{address}/{name}")), sender)
}

/// A running brokerage loses its database, in one way or another, and gets it back.
async fn outage(test: &str, how: Line) {
    let Some(place) = Place::postgres(test).await else { return };
    let (url, line) = line_to(&place).await;
    let mut settings = place.settings();
    settings.place.store = url;
    let brokerage = Brokerage::open_with(&settings).await;
    let (shipment, _) = brokerage.book().await;
    let (agent, position) =
        (format!("/api/v1/agents/{}", brokerage.agent), format!("/api/v1/shipments/{shipment}/position"));
    brokerage.driver.get(&agent).await.data(200);
    brokerage.drive(&shipment, "en_route_pickup").await;
    brokerage.shipper.get(&position).await.data(200);
    let shown = format!("/api/v1/shipments/{shipment}");
    let before = brokerage.shipper.get(&shown).await.data(200);
    assert_eq!(text(&before, "/pickup/address"), "Via Torino 1, Milano");

    line.send_replace(how);
    let next = || json!({ "status": "loading" });
    let status = format!("/api/v1/shipments/{shipment}/status");
    // The first one may be told only when it has waited long enough; it is told in any case.
    assert_eq!(brokerage.driver.post(&status, next()).await.status, 503);
    assert_eq!(brokerage.driver.post(&format!("{agent}/offline"), json!({})).await.status, 503);
    for _ in 0..2 {
        let refused = brokerage.shipper.post("/api/v1/shipments", shipment_body()).await;
        assert_eq!(refused.status, 503, "{:#}", refused.body);
    }
    let health = eventually("the outage", || async {
        let health = brokerage.visitor.get("/health").await;
        (health.body["dependencies"]["database"] == "disconnected").then_some(health)
    })
    .await;
    assert_eq!((health.status, text(&health.body, "/status")), (200, "degraded".to_owned()));
    assert_eq!(brokerage.visitor.get("/health/ready").await.status, 503);
    assert_eq!(brokerage.visitor.get("/health/live").await.status, 200);
    assert_eq!(text(&brokerage.driver.get(&agent).await.data(200), "/id"), brokerage.agent);
    let seen = brokerage.shipper.get(&position).await.data(200);
    assert_eq!(seen["live"], json!(true), "{seen:#}");
    let last = brokerage.shipper.get(&shown).await.data(200);
    assert_eq!((&last["status"], &last["reference"]), (&before["status"], &before["reference"]), "{last:#}");
    assert_eq!(last.pointer("/pickup/address").and_then(Value::as_str), None, "it lies in the vault");
    // What is not in memory cannot be told, neither that it is there nor that it is not.
    let unknown = format!("/api/v1/shipments/shp_{}", "0".repeat(32));
    assert_eq!(brokerage.shipper.get(&unknown).await.status, 503);

    line.send_replace(Line::Up);
    let posted = eventually("the database", || async {
        let posted = brokerage.shipper.post("/api/v1/shipments", shipment_body()).await;
        (posted.status == 201).then(|| text(&posted.body, "/data/id"))
    })
    .await;
    brokerage.shipper.get(&format!("/api/v1/shipments/{posted}")).await.data(200);
    eventually("health", || async {
        (brokerage.visitor.get("/health/ready").await.status == 200).then_some(())
    })
    .await;
    brokerage.driver.post(&status, next()).await.data(200);
    brokerage.server.stop().await;
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_reached_is_survived() {
    outage("a_database_that_cannot_be_reached_is_survived", Line::Cut).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_answer_is_survived() {
    outage("a_database_that_does_not_answer_is_survived", Line::Silent).await;
}
