//! The WebSocket: bids reach the shipper, offers the driver, positions those who follow the truck; a resumed
//! subscription loses nothing and repeats nothing.

use crate::{
    api::Client,
    brokerage::{Brokerage, PASSWORD, join, sign_in, text},
    places::Place,
};
use autobroker::Server;
use contracts::ports::Role;
use futures_util::{SinkExt as _, StreamExt as _};
use kernel::Clock as _;
use runtime::SystemClock;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

/// How long a message may take.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub async fn open(server: &Server, client: &Client) -> Self {
        let (socket, _) = connect_async(format!("ws://{}/api/v1/ws", server.address())).await.unwrap();
        let mut socket = Self(socket);
        socket.say(json!({ "type": "auth", "token": client.token })).await;
        assert_eq!(socket.hear().await["type"], "authenticated");
        socket
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn next(&mut self) -> Message {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("nothing came");
            match message.expect("the socket ended").unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }

    async fn hear(&mut self) -> Value {
        let message = self.next().await;
        serde_json::from_str(message.to_text().unwrap()).unwrap()
    }

    /// Subscribes; the resume token of that moment.
    pub async fn subscribe(&mut self, topic: &str, after: Option<&str>) -> String {
        let mut message = json!({ "type": "subscribe", "topic": topic });
        if let Some(after) = after {
            message["after"] = json!(after);
        }
        self.say(message).await;
        let answer = self.hear().await;
        assert_eq!(answer["type"], "subscribed", "{answer:#}");
        text(&answer, "/id")
    }

    /// Sends a binary frame; its answer, which comes before anything that is said in words.
    pub async fn report(&mut self, frame: Vec<u8>) -> Vec<u8> {
        self.0.send(Message::binary(frame)).await.unwrap();
        match self.next().await {
            Message::Binary(answer) => answer.to_vec(),
            other => panic!("no binary answer: {other}"),
        }
    }

    /// Is not let in; the code.
    pub async fn refused(&mut self, topic: &str) -> String {
        self.say(json!({ "type": "subscribe", "topic": topic })).await;
        let answer = self.hear().await;
        assert_eq!(answer["type"], "error", "{answer:#}");
        text(&answer, "/code")
    }

    /// Hears events until one of this type.
    pub async fn until(&mut self, name: &str) -> Vec<Value> {
        let mut heard = Vec::new();
        loop {
            let event = self.hear().await;
            assert_eq!(event["type"], "event", "{event:#}");
            let found = event["data"]["type"] == name;
            heard.push(event);
            if found {
                return heard;
            }
        }
    }
}

fn types(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| text(event, "/data/type")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn bids_reach_the_shipper_and_offers_the_driver() {
    for place in Place::every("bids_reach_the_shipper_and_offers_the_driver").await {
        let brokerage = Brokerage::open(&place).await;
        let mut driver = Socket::open(&brokerage.server, &brokerage.driver).await;
        driver.subscribe(&format!("driver:{}", brokerage.agent), None).await;
        let shipment = brokerage.post_shipment().await;
        let offered = driver.until("driver.offered").await;
        assert!(offered.last().unwrap().to_string().contains(&shipment), "{offered:#?}");

        let topic = format!("shipment:{shipment}");
        let mut shipper = Socket::open(&brokerage.server, &brokerage.shipper).await;
        shipper.subscribe(&topic, None).await;
        let bid = brokerage.bid(&shipment, "820.00").await;
        let submitted = shipper.until("bid.submitted").await;
        let event = submitted.last().unwrap();
        assert_eq!(event["topic"], json!(topic));
        assert!(event.to_string().contains(&bid), "{event:#}");
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resumed_subscription_loses_nothing_and_repeats_nothing() {
    for place in Place::every("a_resumed_subscription_loses_nothing_and_repeats_nothing").await {
        let brokerage = Brokerage::open(&place).await;
        let shipment = brokerage.post_shipment().await;
        let topic = format!("shipment:{shipment}");
        let mut constant = Socket::open(&brokerage.server, &brokerage.shipper).await;
        let start = constant.subscribe(&topic, None).await;
        let mut broken = Socket::open(&brokerage.server, &brokerage.shipper).await;
        broken.subscribe(&topic, Some(&start)).await;
        let bid = brokerage.bid(&shipment, "820.00").await;
        let mut heard = broken.until("bid.submitted").await;
        let last = text(heard.last().unwrap(), "/id");
        drop(broken);
        brokerage.shipper.post(&format!("/api/v1/bids/{bid}/select"), json!({})).await.data(200);
        brokerage.driver.post(&format!("/api/v1/bids/{bid}/confirm"), json!({})).await.data(200);
        let mut resumed = Socket::open(&brokerage.server, &brokerage.shipper).await;
        resumed.subscribe(&topic, Some(&last)).await;
        brokerage.drive(&shipment, "en_route_pickup").await;
        heard.extend(resumed.until("shipment.status_changed").await);
        let expected = constant.until("shipment.status_changed").await;
        assert_eq!(types(&heard), types(&expected));
        assert_eq!(heard, expected);
        brokerage.server.stop().await;
        place.remove().await;
    }
}

/// Version 1, kind 1: one position, little endian, 26 bytes.
fn frame(sequence: u32, latitude: f64, longitude: f64) -> Vec<u8> {
    let degrees = |value: f64| ((value * 1e7).round() as i32).to_le_bytes();
    let mut frame = vec![1, 1];
    frame.extend(sequence.to_le_bytes());
    frame.extend(degrees(latitude));
    frame.extend(degrees(longitude));
    // 20 m/s to the east.
    frame.extend(2000_u16.to_le_bytes());
    frame.extend(9000_u16.to_le_bytes());
    frame.extend(SystemClock.now().millis().to_le_bytes());
    frame
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_frame_is_acknowledged_kept_and_shown_to_the_shipper_alone() {
    for place in Place::every("a_position_frame_is_acknowledged_kept_and_shown_to_the_shipper_alone").await {
        let brokerage = Brokerage::open(&place).await;
        let (shipment, _) = brokerage.book().await;
        let mut shipper = Socket::open(&brokerage.server, &brokerage.shipper).await;
        shipper.subscribe(&format!("shipment:{shipment}"), None).await;
        let mut driver = Socket::open(&brokerage.server, &brokerage.driver).await;
        let bytes = frame(7, 45.5, 9.25);
        assert_eq!(bytes.len(), 26);
        driver.0.send(Message::binary(bytes)).await.unwrap();
        let Message::Binary(acknowledged) = driver.next().await else { panic!("no binary answer") };
        assert_eq!(acknowledged.as_ref(), [1, 129, 7, 0, 0, 0]);
        let shown = shipper.hear().await;
        let number = |pointer: &str| shown.pointer(pointer).and_then(Value::as_f64);
        assert_eq!((number("/data/data/latitude"), number("/data/data/longitude")), (Some(45.5), Some(9.25)));
        let position =
            brokerage.shipper.get(&format!("/api/v1/shipments/{shipment}/position")).await.data(200);
        assert_eq!(position["latitude"].as_f64(), Some(45.5), "{position:#}");

        let stranger = join(&brokerage.visitor, "shipper", "Olga Other").await;
        let mut stranger = Socket::open(&brokerage.server, &stranger).await;
        stranger.say(json!({ "type": "subscribe", "topic": format!("shipment:{shipment}") })).await;
        assert_eq!(stranger.hear().await["type"], "error");
        stranger.0.send(Message::binary(frame(1, 45.0, 9.0))).await.unwrap();
        let Message::Binary(refused) = stranger.next().await else { panic!("no binary answer") };
        assert_ne!(refused[1], 129, "a shipper is no driver");
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fleet_reaches_its_staff_and_its_carrier_and_nobody_else() {
    for place in Place::every("the_fleet_reaches_its_staff_and_its_carrier").await {
        let brokerage = Brokerage::open(&place).await;
        let (shipment, _) = brokerage.book().await;
        let staff = brokerage.staff(Role::Broker).await;
        let me = staff.get("/api/v1/me").await.data(200);
        let (tenant, own) = (text(&me, "/tenant/id"), format!("fleet:{}", text(&me, "/tenant/id")));
        let mut broker = Socket::open(&brokerage.server, &staff).await;
        broker.subscribe(&own, None).await;
        let mut driver = Socket::open(&brokerage.server, &brokerage.driver).await;
        driver.0.send(Message::binary(frame(1, 45.61234, 9.31234))).await.unwrap();
        let Message::Binary(_) = driver.next().await else { panic!("no binary answer") };
        let moved = |heard: &Value| {
            let first = &heard["data"]["data"]["positions"][0];
            first[1].as_f64().filter(|latitude| (latitude - 45.612).abs() < 1e-3).map(|_| first.clone())
        };
        // A batch from before the frame may come first.
        let truck = loop {
            let heard = broker.hear().await;
            assert_eq!(
                (text(&heard, "/topic"), text(&heard, "/data/type")),
                (own.clone(), "fleet.moved".into())
            );
            assert_eq!(text(&heard, "/data/subject"), tenant);
            if let Some(truck) = moved(&heard) {
                break truck;
            }
        };
        assert_eq!(truck, json!([brokerage.agent, 45.61234, 9.31234, 90.0, 72.0, "booked", shipment]));
        // What moved is what the whole answer says, which names it too.
        let live = staff.get("/api/v1/operations/live").await.data(200);
        assert_eq!(live["positions"], json!([truck]));
        assert_eq!(text(&live, "/labels/0/0"), brokerage.agent);
        assert_eq!(
            (live["labels"][0][4].as_f64(), live["labels"][0][6].as_f64()),
            (Some(45.4642), Some(41.9028))
        );

        let carrier = join(&brokerage.visitor, "carrier", "Carla Carrier").await;
        let theirs =
            format!("fleet:{}", text(&carrier.get("/api/v1/me").await.data(200), "/organisation/id"));
        let mut carrier = Socket::open(&brokerage.server, &carrier).await;
        carrier.subscribe(&theirs, None).await;
        carrier.say(json!({ "type": "subscribe", "topic": own })).await;
        assert_eq!(carrier.hear().await["type"], "error", "a carrier sees its own trucks alone");
        let mut shipper = Socket::open(&brokerage.server, &brokerage.shipper).await;
        shipper.say(json!({ "type": "subscribe", "topic": own })).await;
        assert_eq!(shipper.hear().await["type"], "error", "a shipper sees no fleet");
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_without_a_good_token_is_closed() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let url = format!("ws://{}/api/v1/ws", brokerage.server.address());
    for first in [r#"{"type":"auth","token":"x"}"#, r#"{"type":"subscribe","topic":"shipment:x"}"#, "{"] {
        let (socket, _) = connect_async(&url).await.unwrap();
        let mut socket = Socket(socket);
        socket.0.send(Message::text(first)).await.unwrap();
        let closed = loop {
            if let Message::Close(frame) = socket.next().await {
                break frame;
            }
        };
        assert_eq!(closed.map(|frame| u16::from(frame.code)), Some(4401), "{first}");
    }
    brokerage.server.stop().await;
}

/// The socket is told why and closed. The next ping would come after half a minute, which nothing here waits for.
async fn put_out(socket: &mut Socket) {
    assert_eq!(socket.hear().await["code"], "token.revoked");
    let Message::Close(Some(frame)) = socket.next().await else { panic!("the socket stays open") };
    assert_eq!(u16::from(frame.code), 4401);
}

/// The socket is still heard.
async fn still_in(socket: &mut Socket, brokerage: &Brokerage) {
    socket.subscribe(&format!("shipment:{}", brokerage.post_shipment().await), None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_revoked_closes_its_sockets_and_no_others() {
    for place in Place::every("a_session_that_is_revoked_closes_its_sockets_and_no_others").await {
        let brokerage = Brokerage::open(&place).await;
        let second = sign_in(&brokerage.visitor, "sara.shipper@example.com").await;
        let mut first_socket = Socket::open(&brokerage.server, &brokerage.shipper).await;
        let mut second_socket = Socket::open(&brokerage.server, &second).await;
        let sessions = brokerage.shipper.get("/api/v1/sessions").await.data(200);
        let other = sessions.as_array().unwrap().iter().find(|session| session["current"] == false);
        let path = format!("/api/v1/sessions/{}", text(other.unwrap(), "/id"));
        brokerage.shipper.raw("DELETE", &path, "").await.data(200);
        put_out(&mut second_socket).await;
        still_in(&mut first_socket, &brokerage).await;
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_closes_the_sockets_of_all_other_sessions() {
    for place in Place::every("a_new_password_closes_the_sockets_of_all_other_sessions").await {
        let brokerage = Brokerage::open(&place).await;
        let second = sign_in(&brokerage.visitor, "sara.shipper@example.com").await;
        let mut first_socket = Socket::open(&brokerage.server, &brokerage.shipper).await;
        let mut second_socket = Socket::open(&brokerage.server, &second).await;
        let mut driver_socket = Socket::open(&brokerage.server, &brokerage.driver).await;
        let change = json!({ "current_password": PASSWORD, "new_password": "another long password" });
        brokerage.shipper.post("/api/v1/auth/password", change).await.data(200);
        put_out(&mut second_socket).await;
        still_in(&mut first_socket, &brokerage).await;
        driver_socket.subscribe(&format!("driver:{}", brokerage.agent), None).await;
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_closes_its_sockets_before_the_next_ping() {
    let place = Place::memory();
    let brokerage = Brokerage::open(&place).await;
    let mut socket = Socket::open(&brokerage.server, &brokerage.shipper).await;
    let mut other = Socket::open(&brokerage.server, &brokerage.driver).await;
    brokerage.shipper.post("/api/v1/auth/logout", json!({})).await.data(200);
    put_out(&mut socket).await;
    other.subscribe(&format!("driver:{}", brokerage.agent), None).await;
    brokerage.server.stop().await;
}
