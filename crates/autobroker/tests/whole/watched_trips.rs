//! What positions mean, whole: a position that comes by a tracker, over HTTP or over the WebSocket becomes an alert in the
//! log, on the shipment's topic and pages, and in the operations' queue, and goes when it is right again.

use crate::{
    api::Client,
    brokerage::{Brokerage, text},
    places::Place,
    sockets::Socket,
};
use autobroker::{Settings, TrackerSettings};
use contracts::ports::Role;
use devices::Protocol;
use kernel::{Clock as _, Position};
use movement::{
    Sample,
    frames::{Frame, Record, encode},
};
use runtime::SystemClock;
use serde_json::{Value, json};
use std::time::Duration;

const IMEI: &str = "353376110023196";
const MILANO: Position = Position { latitude: 45.472, longitude: 9.2 };
/// Two thousand kilometres from the pickup.
const LISBOA: Position = Position { latitude: 38.7, longitude: -9.14 };

async fn open(place: &Place) -> Brokerage {
    let listen = vec![(Protocol::Osmand, "127.0.0.1:0".to_owned())];
    let trackers = TrackerSettings { listen, mqtt: None };
    let brokerage = Brokerage::open_with(&Settings { trackers, ..place.settings() }).await;
    let device = json!({ "protocol": "osmand", "identifier": IMEI, "agent_id": brokerage.agent });
    brokerage.driver.post("/api/v1/devices", device).await.data(201);
    brokerage
}

/// What the phone's app reports of a position that another app made up.
async fn report_made_up(brokerage: &Brokerage) {
    let tracker =
        Client::new(&format!("http://{}", brokerage.server.tracker_address(Protocol::Osmand).unwrap()));
    let report = json!({
        "device_id": IMEI,
        "location": {
            "timestamp": SystemClock.now().to_string(),
            "mock": true,
            "coords": { "latitude": MILANO.latitude, "longitude": MILANO.longitude, "speed": 20 },
        },
    });
    assert_eq!(tracker.raw("POST", "/", report.to_string()).await.status, 200);
}

/// Where a truck is by its frames, a little later each time.
async fn drive_to_lisboa(socket: &mut Socket, times: u32) {
    for sequence in 1..=times {
        let at = SystemClock.now().after(Duration::from_millis(2));
        let sample = Sample { position: LISBOA, at, speed_kmh: Some(0.0), heading: None, mocked: None };
        let frame = encode(&Frame { records: vec![Record { sequence, sample }] }).unwrap();
        assert_eq!(socket.report(frame).await[1], 129, "acknowledged");
    }
}

async fn alerts(client: &Client, path: &str) -> Vec<(String, String)> {
    let listed = client.get(path).await.data(200);
    let each = listed.as_array().unwrap().iter();
    each.map(|alert| (text(alert, "/kind"), text(alert, "/state"))).collect()
}

/// The reasons of the alerts that wait for somebody.
async fn queued(broker: &Client) -> Vec<String> {
    let queue = broker.get("/api/v1/operations/queue?kind=alert").await.data(200);
    queue.as_array().unwrap().iter().map(|entry| text(entry, "/reason")).collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(kind, state)| ((*kind).to_owned(), (*state).to_owned())).collect()
}

/// The types of the log's events about trips.
async fn logged(brokerage: &Brokerage) -> Vec<String> {
    let log = brokerage.server.house().runtime().store().read_log(0, 10_000).await.unwrap();
    log.iter().map(|event| event.type_name.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_tracker_says_is_an_alert_for_everybody_it_concerns_until_it_is_right() {
    for place in Place::every("what_a_tracker_says_is_an_alert").await {
        let brokerage = open(&place).await;
        let (shipment, _) = brokerage.book().await;
        brokerage.drive(&shipment, "en_route_pickup").await;
        let broker = brokerage.staff(Role::Broker).await;
        let mut shipper = Socket::open(&brokerage.server, &brokerage.shipper).await;
        shipper.subscribe(&format!("shipment:{shipment}"), None).await;
        assert!(queued(&broker).await.is_empty());

        report_made_up(&brokerage).await;
        let raised = shipper.until("alert.raised").await.pop().unwrap();
        assert_eq!(text(&raised, "/data/data/kind"), "mocked_position", "{raised:#}");
        let of_shipment = format!("/api/v1/shipments/{shipment}/alerts");
        assert_eq!(alerts(&brokerage.shipper, &of_shipment).await, owned(&[("mocked_position", "open")]));
        assert_eq!(queued(&broker).await, ["mocked_position"]);

        let position = json!({ "latitude": 45.473, "longitude": 9.2, "mocked": false });
        let path = format!("/api/v1/agents/{}/position", brokerage.agent);
        brokerage.driver.post(&path, position).await.data(200);
        shipper.until("alert.cleared").await;
        assert_eq!(alerts(&brokerage.shipper, &of_shipment).await, owned(&[("mocked_position", "cleared")]));
        assert!(queued(&broker).await.is_empty());
        let log = logged(&brokerage).await;
        let told = |name: &str| log.iter().filter(|known| *known == name).count();
        assert_eq!((told("alert.raised"), told("alert.cleared")), (1, 1), "{log:?}");
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_see_the_arrival_change_and_hear_of_the_delay() {
    for place in Place::every("subscribers_see_the_arrival_change").await {
        let brokerage = open(&place).await;
        let (shipment, _) = brokerage.book().await;
        brokerage.drive(&shipment, "en_route_pickup").await;
        let broker = brokerage.staff(Role::Broker).await;
        let mut shipper = Socket::open(&brokerage.server, &brokerage.shipper).await;
        shipper.subscribe(&format!("shipment:{shipment}"), None).await;
        let mut driver = Socket::open(&brokerage.server, &brokerage.driver).await;

        let path = format!("/api/v1/agents/{}/position", brokerage.agent);
        let near = json!({ "latitude": MILANO.latitude, "longitude": MILANO.longitude });
        brokerage.driver.post(&path, near).await.data(200);
        let moved = shipper.until("location.updated").await.pop().unwrap();
        let expected = |moved: &Value| {
            let next = &moved["data"]["data"]["next"];
            assert_eq!(next["stop"], "pickup", "{moved:#}");
            (text(next, "/eta"), next["late_by_seconds"].as_u64().unwrap())
        };
        let (first, late) = expected(&moved);
        assert_eq!(late, 0, "it is there a day before its window");

        // Nobody drives so far in a moment: the first positions are not believed, and somebody should look.
        drive_to_lisboa(&mut driver, 4).await;
        let heard = shipper.until("delay.reported").await;
        let told: Vec<String> = heard.iter().map(|event| text(event, "/data/type")).collect();
        assert!(told.contains(&"alert.raised".to_owned()), "{told:?}");
        let delay = heard.last().unwrap();
        assert!(delay["data"]["data"]["late_by_s"].as_u64().unwrap() > 1800, "{delay:#}");
        drive_to_lisboa(&mut driver, 1).await;
        let mut moved = shipper.until("location.updated").await.pop().unwrap();
        while moved["data"]["data"]["latitude"] != 38.7 || expected(&moved).1 == 0 {
            moved = shipper.until("location.updated").await.pop().unwrap();
        }
        let (second, late) = expected(&moved);
        assert!(second > first && late > 1800, "{first} became {second}, {late} s late");
        let answered = brokerage.shipper.get(&format!("/api/v1/shipments/{shipment}/eta")).await.data(200);
        assert_eq!(answered["next"]["stop"], "pickup", "{answered:#}");
        assert!(answered["next"]["late_by_seconds"].as_u64().unwrap() > 1800, "{answered:#}");
        let mut waiting = queued(&broker).await;
        waiting.sort();
        assert_eq!(waiting, ["eta_slip", "impossible_jump"]);

        // Whoever settles it takes it off the queue.
        let open = broker.get("/api/v1/alerts?state=open&kind=impossible_jump").await.data(200);
        let id = text(&open, "/0/id");
        broker.post(&format!("/api/v1/alerts/{id}/close"), json!({})).await.data(200);
        assert_eq!(queued(&broker).await, ["eta_slip"]);
        brokerage.server.stop().await;
        place.remove().await;
    }
}
