//! A closed road on the way of a running trip (spec 4, pattern 3): the driver, the shipper and the facility hear of it, and
//! the dock moves. On the roads of Andorra.

use crate::{
    api::{Client, eventually},
    brokerage::{Brokerage, driver_body, in_hours, join, shipment_body, text},
    places::Place,
    sockets::Socket,
};
use contracts::ports::Role;
use kernel::{Clock as _, Timestamp};
use runtime::SystemClock;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Encamp, and Soldeu up the valley: one good road, and a way round over a pass that takes half an hour longer.
const ENCAMP: [f64; 2] = [42.5345, 1.5829];
const SOLDEU: [f64; 2] = [42.5767, 1.6676];
/// On the road between them.
const BETWEEN: [f64; 2] = [42.5474, 1.5919];

fn place([latitude, longitude]: [f64; 2]) -> Value {
    json!({ "latitude": latitude, "longitude": longitude })
}

fn in_minutes(minutes: u64) -> String {
    SystemClock.now().after(Duration::from_secs(minutes * 60)).to_string()
}

/// The graph of Andorra, unless its map is not there.
fn andorra(folder: &Path) -> Option<PathBuf> {
    let map = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/osm/andorra.osm.pbf");
    if !map.exists() {
        println!("skipped: {} is not there", map.display());
        return None;
    }
    let graph = roads::import(&map, None, &mut |_| {}).unwrap().graph;
    let path = folder.join("andorra.graph");
    roads::file::write(&path, &graph, &roads::hierarchy::Hierarchy::of(&graph).unwrap()).unwrap();
    Some(path)
}

/// A truck at Encamp with freight for Canillo, on its way.
struct Trip {
    brokerage: Brokerage,
    driver: Client,
    agent: String,
    operator: Client,
    facility: String,
    shipment: String,
}

impl Trip {
    async fn begin(place_of_store: &Place, graph: PathBuf) -> Self {
        let mut settings = place_of_store.settings();
        settings.roads = vec![graph];
        let brokerage = Brokerage::open_with(&settings).await;
        let operator = join(&brokerage.visitor, "facility", "Fede Docks").await;
        let body = json!({
            "kind": "facility", "facility_type": "warehouse", "position": place(SOLDEU), "docks": 2,
        });
        let facility = text(&operator.post("/api/v1/agents", body).await.data(201), "/id");
        let driver = join(&brokerage.visitor, "driver", "Andreu Driver").await;
        let mut truck = driver_body();
        truck["base"] = place(ENCAMP);
        let agent = text(&driver.post("/api/v1/agents", truck).await.data(201), "/id");
        driver.post(&format!("/api/v1/agents/{agent}/online"), json!({})).await.data(200);
        let mut trip = Self { brokerage, driver, agent, operator, facility, shipment: String::new() };
        trip.is_at(ENCAMP).await;
        trip.book().await;
        trip
    }

    async fn is_at(&self, at: [f64; 2]) {
        let path = format!("/api/v1/agents/{}/position", self.agent);
        self.driver.post(&path, place(at)).await.data(200);
    }

    async fn book(&mut self) {
        let mut body = shipment_body();
        for (end, at) in [("pickup", ENCAMP), ("delivery", SOLDEU)] {
            body[end]["latitude"] = json!(at[0]);
            body[end]["longitude"] = json!(at[1]);
            body[end]["window"] = json!({ "from": in_minutes(1), "to": in_hours(8) });
        }
        let shipper = &self.brokerage.shipper;
        self.shipment = text(&shipper.post("/api/v1/shipments", body).await.data(201), "/id");
        let bid = json!({
            "shipment_id": self.shipment, "price": { "amount": "400.00", "currency": "EUR" },
            "pickup_at": in_minutes(2), "delivery_at": in_minutes(3),
        });
        let bid = text(&self.driver.post("/api/v1/bids", bid).await.data(201), "/id");
        shipper.post(&format!("/api/v1/bids/{bid}/select"), json!({})).await.data(200);
        self.driver.post(&format!("/api/v1/bids/{bid}/confirm"), json!({})).await.data(200);
        for status in ["en_route_pickup", "loading", "in_transit"] {
            let path = format!("/api/v1/shipments/{}/status", self.shipment);
            self.driver.post(&path, json!({ "status": status })).await.data(200);
        }
        // Its way is planned when somebody asks for it along the road.
        let path = format!("/api/v1/shipments/{}/eta", self.shipment);
        eventually("the way", || async {
            let eta = shipper.get(&path).await.data(200);
            (eta["next"]["distance_by"] == "road").then_some(())
        })
        .await;
    }

    /// When its dock is booked from.
    async fn dock_from(&self) -> Timestamp {
        let span = format!("from={}&to={}", in_minutes(0), in_hours(20));
        let path = format!("/api/v1/facilities/{}/appointments?{span}", self.facility);
        let list = self.operator.get(&path).await.data(200);
        Timestamp::parse(&text(&list, "/0/from")).unwrap()
    }

    async fn route(&self) -> Value {
        let question = json!({ "from": place(ENCAMP), "to": place(SOLDEU) });
        let found = self.driver.post("/api/v1/routes", question).await.data(200);
        assert_eq!(found["source"], "roads", "{found:#}");
        found["routes"][0].clone()
    }
}

fn metres(event: &Value, which: &str) -> u64 {
    event.pointer(&format!("/data/data/{which}/distance_m")).and_then(Value::as_u64).unwrap_or_else(|| {
        panic!("no {which} in {event:#}");
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_road_reroutes_the_truck_and_moves_its_dock() {
    let store = Place::sqlite();
    let Some(graph) = andorra(store.folder.path()) else { return };
    let trip = Trip::begin(&store, graph).await;
    let usual = trip.route().await;
    let booked_from = trip.dock_from().await;
    let server = &trip.brokerage.server;
    let mut shipper = Socket::open(server, &trip.brokerage.shipper).await;
    shipper.subscribe(&format!("shipment:{}", trip.shipment), None).await;
    let mut driver = Socket::open(server, &trip.driver).await;
    driver.subscribe(&format!("driver:{}", trip.agent), None).await;
    let broker = trip.brokerage.staff(Role::Broker).await;

    let closure = json!({
        "effect": "closed", "cause": "accident", "points": [place(BETWEEN)],
        "radius_m": 500, "until": in_hours(3),
    });
    let at_sea = json!({ "effect": "closed", "points": [place([41.0, 3.0])] });
    let refused = broker.post("/api/v1/traffic/incidents", at_sea).await;
    assert_eq!(refused.fields(), ["points[0]"], "no road is there: {:#}", refused.body);
    let ways = json!({ "places": [place(ENCAMP), place(SOLDEU)] });
    let before = trip.driver.post("/api/v1/routes/matrix", ways.clone()).await.data(200);
    assert_eq!(before["traffic"], json!({ "incidents": [] }));
    let incident = broker.post("/api/v1/traffic/incidents", closure).await.data(201);
    let hindered = trip.driver.post("/api/v1/routes/matrix", ways).await.data(200);
    assert_eq!(hindered["traffic"]["incidents"], json!([incident["id"]]), "{hindered:#}");
    let cell = |matrix: &Value| matrix["durations_s"][0][1].as_u64().unwrap();
    assert!(cell(&hindered) > cell(&before) + 1_200, "a matrix drives around it too");
    for socket in [&mut shipper, &mut driver] {
        let heard = socket.until("route.updated").await;
        let updated = heard.last().unwrap();
        assert_eq!(text(updated, "/data/data/reason"), "closure", "{updated:#}");
        assert_eq!(updated["data"]["data"]["incident"], incident["id"]);
        assert!(metres(updated, "after") > metres(updated, "before") + 1_000, "{updated:#}");
    }
    let around = trip.route().await;
    let seconds = |route: &Value| route["duration_s"].as_f64().unwrap();
    assert!(seconds(&around) > seconds(&usual) + 1_200.0, "it is driven around");
    println!(
        "{} m and {} s, then {} m and {} s",
        usual["distance_m"], usual["duration_s"], around["distance_m"], around["duration_s"]
    );
    let moved = eventually("the dock", || async {
        let from = trip.dock_from().await;
        (from > booked_from).then_some(from)
    })
    .await;
    println!("the dock from {booked_from} to {moved}");

    let list = trip.driver.get("/api/v1/traffic/incidents").await.data(200);
    assert_eq!(list[0]["incident"]["id"], incident["id"]);
    let path = format!("/api/v1/traffic/incidents/{}", text(&incident, "/id"));
    assert_eq!(trip.driver.raw("DELETE", &path, "").await.status, 404, "not for drivers");
    broker.raw("DELETE", &path, "").await.data(200);
    let heard = shipper.until("route.updated").await;
    assert_eq!(text(heard.last().unwrap(), "/data/data/reason"), "cleared");
    assert_eq!(broker.raw("DELETE", &path, "").await.status, 404);
    let metrics = trip.brokerage.visitor.raw("GET", "/metrics", "").await;
    let metrics = metrics.body.to_string();
    assert!(metrics.contains("routes_updated_total{reason=\\\"closure\\\"} 1"), "{metrics}");
    trip.brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_reports_are_refused_by_their_fields() {
    let brokerage = Brokerage::open(&Place::memory()).await;
    let broker = brokerage.staff(Role::Broker).await;
    let path = "/api/v1/traffic/incidents";
    for (report, field) in [
        (json!({ "effect": "slowed", "points": [place(SOLDEU)] }), "speed_percent"),
        (json!({ "effect": "closed", "points": [] }), "points"),
        (json!({ "effect": "closed", "points": [place([99.0, 1.0])] }), "points[0].latitude"),
        (json!({ "effect": "closed", "points": [place(SOLDEU)], "until": in_minutes(0) }), "until"),
    ] {
        assert_eq!(broker.post(path, report.clone()).await.fields(), [field], "{report}");
    }
    assert_eq!(brokerage.shipper.get(path).await.status, 403);
    brokerage.server.stop().await;
}
