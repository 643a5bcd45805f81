//! Trackers over real sockets: bound, believed, answered only when durable; strangers and floods are refused.

use crate::{
    api::{Client, eventually},
    brokerage::{Brokerage, join, text},
    places::Place,
};
use autobroker::{Settings, TrackerSettings};
use devices::{Protocol, hex, teltonika};
use kernel::{Clock as _, Timestamp};
use runtime::SystemClock;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, UdpSocket},
};

const PATIENCE: Duration = Duration::from_secs(20);
const IMEI: &str = "353376110023196";
const SECRET: &str = "a secret nobody guesses";

fn settings(place: &Place) -> Settings {
    let listen = Protocol::ALL.map(|protocol| (protocol, "127.0.0.1:0".to_owned())).to_vec();
    Settings { trackers: TrackerSettings { listen, mqtt: None }, ..place.settings() }
}

fn ago(seconds: u64) -> Timestamp {
    SystemClock.now().before(Duration::from_secs(seconds))
}

fn crc(bytes: &[u8], polynomial: u16, start: u16) -> u16 {
    bytes.iter().fold(start, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { polynomial } else { 0 })
    })
}

fn gt06(kind: u8, content: &[u8], serial: u16) -> Vec<u8> {
    let mut frame = vec![0x78, 0x78, u8::try_from(content.len() + 5).unwrap(), kind];
    frame.extend(content);
    frame.extend(serial.to_be_bytes());
    frame.extend((!crc(&frame[2..], 0x8408, 0xffff)).to_be_bytes());
    frame.extend(b"\r\n");
    frame
}

fn gt06_login() -> Vec<u8> {
    gt06(1, &hex::decode(format!("0{IMEI}").as_bytes()).unwrap(), 1)
}

/// At 45.5 north, 9.25 east, with a fix.
fn gt06_position(at: Timestamp, serial: u16) -> Vec<u8> {
    let digits: Vec<u8> =
        at.to_string()[2..19].split(['-', 'T', ':']).map(|part| part.parse().unwrap()).collect();
    let mut content = digits;
    content.push(0xc9);
    content.extend(81_900_000_u32.to_be_bytes());
    content.extend(16_650_000_u32.to_be_bytes());
    content.extend([60, 0x14, 0x5a]);
    gt06(0x12, &content, serial)
}

fn avl(at: Timestamp) -> Vec<u8> {
    let mut data = vec![8, 1];
    data.extend(at.millis().to_be_bytes());
    data.push(0);
    data.extend(92_500_000_i32.to_be_bytes());
    data.extend(455_000_000_i32.to_be_bytes());
    data.extend([0, 120, 0, 90, 9, 0, 60, 0, 0, 0, 0, 0, 0, 1]);
    data
}

fn avl_packet(at: Timestamp) -> Vec<u8> {
    let data = avl(at);
    let mut packet = vec![0; 4];
    packet.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
    packet.extend(&data);
    packet.extend(u32::from(crc(&data, 0xa001, 0)).to_be_bytes());
    packet
}

fn login(imei: &str) -> Vec<u8> {
    [&[0, 15][..], imei.as_bytes()].concat()
}

async fn bind(client: &Client, agent: &str, protocol: Protocol, secret: Option<&str>) -> String {
    let mut body = json!({ "protocol": protocol.name(), "identifier": IMEI, "agent_id": agent });
    if let Some(secret) = secret {
        body["secret"] = json!(secret);
    }
    text(&client.post("/api/v1/devices", body).await.data(201), "/id")
}

async fn answer<const N: usize>(stream: &mut TcpStream) -> [u8; N] {
    let mut bytes = [0; N];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut bytes)).await.expect("no answer came").unwrap();
    bytes
}

/// Nothing more is said on a connection.
async fn is_cut(stream: &mut TcpStream) -> bool {
    let mut byte = [0];
    matches!(
        tokio::time::timeout(PATIENCE, stream.read(&mut byte)).await.expect("it stays open"),
        Ok(0) | Err(_)
    )
}

/// The brokerage's driver's positions of the last days at 45.5 north, by their times.
async fn reported(brokerage: &Brokerage) -> Vec<String> {
    reported_by(&brokerage.driver, &brokerage.agent).await
}

async fn reported_by(driver: &Client, agent: &str) -> Vec<String> {
    let path = format!("/api/v1/agents/{agent}/positions?from={}", ago(6 * 86_400));
    let track = driver.get(&path).await.data(200);
    let samples = track.as_array().or_else(|| track["positions"].as_array()).unwrap();
    samples.iter().filter(|sample| sample["latitude"] == 45.5).map(|sample| text(sample, "/at")).collect()
}

async fn metric(brokerage: &Brokerage, line: &str) -> Option<()> {
    let metrics = brokerage.visitor.get("/metrics").await;
    metrics.body.as_str().unwrap().lines().any(|known| known.starts_with(line)).then_some(())
}

async fn open(place: &Place) -> Brokerage {
    Brokerage::open_with(&settings(place)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gt06_tracker_is_answered_when_its_position_is_durable() {
    for place in Place::every("a_gt06_tracker_is_answered_when_its_position_is_durable").await {
        let brokerage = open(&place).await;
        bind(&brokerage.driver, &brokerage.agent, Protocol::Gt06, None).await;
        let address = brokerage.server.tracker_address(Protocol::Gt06).unwrap();
        let mut tracker = TcpStream::connect(address).await.unwrap();
        tracker.set_nodelay(true).unwrap();
        // Two frames and a half in one segment, the rest byte by byte.
        let (first, second) = (gt06_position(ago(20), 2), gt06_position(ago(10), 3));
        let stream = [gt06_login(), first, second].concat();
        let (whole, rest) = stream.split_at(stream.len() - 20);
        tracker.write_all(whole).await.unwrap();
        assert_eq!(answer::<10>(&mut tracker).await[3..6], [1, 0, 1]);
        assert_eq!(answer::<10>(&mut tracker).await[3..6], [0x12, 0, 2]);
        assert_eq!(reported(&brokerage).await.len(), 1);
        for byte in rest {
            tracker.write_all(&[*byte]).await.unwrap();
        }
        assert_eq!(answer::<10>(&mut tracker).await[3..6], [0x12, 0, 3]);
        assert_eq!(reported(&brokerage).await.len(), 2);
        brokerage.server.stop().await;
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gt06_tracker_that_is_set_to_local_time_is_understood() {
    let place = Place::memory();
    let brokerage = open(&place).await;
    let body = |minutes: i32, protocol: &str| {
        json!({
            "protocol": protocol, "identifier": IMEI, "agent_id": brokerage.agent, "utc_offset_minutes": minutes,
        })
    };
    for wrong in [body(841, "gt06"), body(-721, "gt06"), body(60, "h02")] {
        let refused = brokerage.driver.post("/api/v1/devices", wrong).await;
        assert_eq!(refused.fields(), ["utc_offset_minutes"]);
    }
    let device = brokerage.driver.post("/api/v1/devices", body(480, "gt06")).await.data(201);
    assert_eq!(device["utc_offset_minutes"], 480);
    let address = brokerage.server.tracker_address(Protocol::Gt06).unwrap();
    let mut tracker = TcpStream::connect(address).await.unwrap();
    // Eight hours ahead: in UTC this would be the future, and refused.
    let told = ago(20).after(Duration::from_secs(8 * 3600));
    tracker.write_all(&[gt06_login(), gt06_position(told, 2)].concat()).await.unwrap();
    assert_eq!(answer::<10>(&mut tracker).await[3], 1);
    assert_eq!(answer::<10>(&mut tracker).await[3], 0x12);
    let reported = reported(&brokerage).await;
    assert_eq!(reported.len(), 1);
    let at = Timestamp::parse(&reported[0]).unwrap();
    assert!(SystemClock.now().since(at) < Duration::from_secs(120), "{at}");
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_teltonika_tracker_speaks_tcp_and_udp() {
    let place = Place::memory();
    let brokerage = open(&place).await;
    bind(&brokerage.driver, &brokerage.agent, Protocol::Teltonika, None).await;
    let address = brokerage.server.tracker_address(Protocol::Teltonika).unwrap();
    let mut tracker = TcpStream::connect(address).await.unwrap();
    tracker.write_all(&login(IMEI)).await.unwrap();
    assert_eq!(answer::<1>(&mut tracker).await, [1]);
    tracker.write_all(&avl_packet(ago(30))).await.unwrap();
    assert_eq!(answer::<4>(&mut tracker).await, [0, 0, 0, 1]);
    let mut datagram = vec![0, 0, 0xca, 0xfe, 1, 7, 0, 15];
    datagram.extend(IMEI.as_bytes());
    datagram.extend(avl(ago(20)));
    let length = u16::try_from(datagram.len() - 2).unwrap().to_be_bytes();
    datagram[..2].copy_from_slice(&length);
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(&datagram, address).await.unwrap();
    let mut reply = [0; 16];
    let (length, _) = tokio::time::timeout(PATIENCE, socket.recv_from(&mut reply)).await.unwrap().unwrap();
    assert_eq!(reply[..length], [0, 5, 0xca, 0xfe, 1, 7, 1]);
    assert_eq!(reported(&brokerage).await.len(), 2);
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_bound_is_refused_and_counted() {
    let place = Place::memory();
    let brokerage = open(&place).await;
    let address = brokerage.server.tracker_address(Protocol::Teltonika).unwrap();
    let mut stranger = TcpStream::connect(address).await.unwrap();
    stranger.write_all(&login("356307042441013")).await.unwrap();
    assert_eq!(answer::<1>(&mut stranger).await, teltonika::login_reply(false)[..]);
    assert!(is_cut(&mut stranger).await);
    eventually("a refusal", || {
        metric(&brokerage, "tracker_refused_total{protocol=\"teltonika\",reason=\"device.unknown\"} 1")
    })
    .await;
    // A position before the login is nobody's.
    let mut nobody =
        TcpStream::connect(brokerage.server.tracker_address(Protocol::Gt06).unwrap()).await.unwrap();
    nobody.write_all(&gt06_position(ago(1), 1)).await.unwrap();
    assert!(is_cut(&mut nobody).await);
    assert_eq!(reported(&brokerage).await.len(), 0);
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_frame_costs_only_itself() {
    let place = Place::memory();
    let brokerage = open(&place).await;
    bind(&brokerage.driver, &brokerage.agent, Protocol::Gt06, None).await;
    let address = brokerage.server.tracker_address(Protocol::Gt06).unwrap();
    let mut tracker = TcpStream::connect(address).await.unwrap();
    let mut broken = gt06_position(ago(30), 2);
    broken[12] ^= 1;
    let future = gt06_position(SystemClock.now().after(Duration::from_secs(3600)), 3);
    tracker.write_all(&[gt06_login(), broken, future, gt06_position(ago(10), 4)].concat()).await.unwrap();
    assert_eq!(answer::<10>(&mut tracker).await[3], 1);
    // The one from the future is acknowledged, so that the device does not send it for ever, and not kept.
    assert_eq!(answer::<10>(&mut tracker).await[4..6], [0, 3]);
    assert_eq!(answer::<10>(&mut tracker).await[4..6], [0, 4]);
    assert_eq!(reported(&brokerage).await.len(), 1);
    for reason in ["frame.checksum", "position.future"] {
        let line = format!("tracker_refused_total{{protocol=\"gt06\",reason=\"{reason}\"}} 1");
        eventually("a refusal", || metric(&brokerage, &line)).await;
    }
    tracker.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    assert!(is_cut(&mut tracker).await);
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn h02_is_heard_and_an_unbound_device_is_not() {
    let place = Place::memory();
    let brokerage = open(&place).await;
    let device = bind(&brokerage.driver, &brokerage.agent, Protocol::H02, None).await;
    let address = brokerage.server.tracker_address(Protocol::H02).unwrap();
    let sentence = |at: Timestamp| {
        let at = at.to_string();
        let (date, time) = at.split_once('T').unwrap();
        let (time, date) =
            (time[..8].replace(':', ""), format!("{}{}{}", &date[8..10], &date[5..7], &date[2..4]));
        format!("*HQ,{IMEI},V1,{time},A,4530.0000,N,00915.0000,E,30.00,090,{date},FFFFFBFF#\r\n")
    };
    let mut tracker = TcpStream::connect(address).await.unwrap();
    tracker.write_all(sentence(ago(20)).as_bytes()).await.unwrap();
    assert_eq!(answer::<4>(&mut tracker).await, *b"*HQ,");
    assert_eq!(reported(&brokerage).await.len(), 1);
    let path = format!("/api/v1/devices/{device}");
    brokerage.driver.raw("DELETE", &path, "").await.data(200);
    let mut again = TcpStream::connect(address).await.unwrap();
    again.write_all(sentence(ago(10)).as_bytes()).await.unwrap();
    assert!(is_cut(&mut again).await);
    assert_eq!(reported(&brokerage).await.len(), 1);
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn osmand_reports_with_its_secret() {
    let place = Place::memory();
    let brokerage = open(&place).await;
    bind(&brokerage.driver, &brokerage.agent, Protocol::Osmand, Some(SECRET)).await;
    let client =
        Client::new(&format!("http://{}", brokerage.server.tracker_address(Protocol::Osmand).unwrap()));
    let query = |at: Timestamp, rest: &str| {
        let at = at.millis() / 1000;
        format!("/?id={IMEI}&lat=45.5&lon=9.25&timestamp={at}&speed=30{rest}")
    };
    let secret = "&secret=a%20secret%20nobody%20guesses";
    assert_eq!(client.raw("POST", &query(ago(20), ""), "").await.status, 401);
    assert_eq!(client.raw("POST", &query(ago(20), secret), "").await.status, 200);
    assert_eq!(client.raw("GET", &query(ago(15), secret), "").await.status, 200);
    assert_eq!(client.raw("GET", &query(ago(20), secret).replace(IMEI, "1"), "").await.status, 404);
    assert_eq!(client.raw("GET", "/?id=1&lat=x&lon=1", "").await.status, 400);
    let document = json!({
        "device_id": IMEI,
        "location": {
            "timestamp": ago(10).to_string(), "coords": { "latitude": 45.5, "longitude": 9.25, "speed": 20 },
        },
    });
    let spoken = client.with_token(SECRET);
    assert_eq!(spoken.raw("POST", "/", document.to_string()).await.status, 200);
    assert_eq!(reported(&brokerage).await.len(), 3);
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identifier_reports_for_one_driver() {
    let place = Place::memory();
    let brokerage = open(&place).await;
    let device = bind(&brokerage.driver, &brokerage.agent, Protocol::Gt06, None).await;
    let other = join(&brokerage.visitor, "driver", "Olga Other").await;
    let agent = crate::brokerage::go_online(&other).await;
    let body = json!({ "protocol": "gt06", "identifier": IMEI, "agent_id": agent });
    assert_eq!(other.post("/api/v1/devices", body.clone()).await.problem(409), "taken");
    assert_eq!(other.raw("DELETE", &format!("/api/v1/devices/{device}"), "").await.status, 404);
    let foreign = json!({ "protocol": "gt06", "identifier": "1", "agent_id": brokerage.agent });
    assert_eq!(other.post("/api/v1/devices", foreign).await.status, 404);
    let wrong = json!({ "protocol": "gt06", "identifier": "with space", "agent_id": agent, "secret": "0123456789abcdef" });
    assert_eq!(other.post("/api/v1/devices", wrong).await.fields(), ["identifier", "secret"]);
    for _ in 0..2 {
        brokerage.driver.raw("DELETE", &format!("/api/v1/devices/{device}"), "").await.data(200);
    }
    other.post("/api/v1/devices", body).await.data(201);
    let listed: Value = other.get("/api/v1/devices").await.data(200);
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["identifier"]), (1, &json!(IMEI)));
    assert_eq!(brokerage.driver.get("/api/v1/devices").await.data(200), json!([]));
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_bound_anew_reports_for_its_new_driver_on_its_old_connection() {
    let place = Place::memory();
    let brokerage = open(&place).await;
    let device = bind(&brokerage.driver, &brokerage.agent, Protocol::Gt06, None).await;
    let address = brokerage.server.tracker_address(Protocol::Gt06).unwrap();
    let mut tracker = TcpStream::connect(address).await.unwrap();
    tracker.write_all(&[gt06_login(), gt06_position(ago(60), 2)].concat()).await.unwrap();
    answer::<20>(&mut tracker).await;
    let path = format!("/api/v1/devices/{device}");
    brokerage.driver.raw("DELETE", &path, "").await.data(200);
    let other = join(&brokerage.visitor, "driver", "Olga Other").await;
    let agent = crate::brokerage::go_online(&other).await;
    let device = bind(&other, &agent, Protocol::Gt06, None).await;
    tracker.write_all(&gt06_position(ago(30), 3)).await.unwrap();
    answer::<10>(&mut tracker).await;
    assert_eq!(reported(&brokerage).await.len(), 1, "not for whom it reported before");
    assert_eq!(reported_by(&other, &agent).await.len(), 1);
    other.raw("DELETE", &format!("/api/v1/devices/{device}"), "").await.data(200);
    tracker.write_all(&gt06_position(ago(10), 4)).await.unwrap();
    assert!(is_cut(&mut tracker).await, "nobody's device is not heard");
    brokerage.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trip_is_reported_and_drawn() {
    let place = Place::memory();
    let brokerage = open(&place).await;
    bind(&brokerage.driver, &brokerage.agent, Protocol::Osmand, None).await;
    let client =
        Client::new(&format!("http://{}", brokerage.server.tracker_address(Protocol::Osmand).unwrap()));
    // Half an hour of 600 m a minute to the north, an hour ago.
    for minute in 0..30_u32 {
        let at = ago(7200 - u64::from(minute) * 60).millis() / 1000;
        let latitude = 45.0 + f64::from(minute) * 600.0 / 111_195.0;
        let report = format!("/?id={IMEI}&lat={latitude:.6}&lon=9.25&timestamp={at}&speed=19.4");
        assert_eq!(client.raw("POST", &report, "").await.status, 200);
    }
    let path =
        |what: &str| format!("/api/v1/agents/{}/{what}from={}&to={}", brokerage.agent, ago(8000), ago(3600));
    let trip = brokerage.driver.get(&path("trip?")).await.data(200);
    assert_eq!(
        (&trip["loaded_km"], &trip["empty_share"]),
        (&json!(0.0), &json!(1.0)),
        "no freight: {trip:#}"
    );
    assert_eq!((trip["moving_seconds"].as_u64(), trip["legs"].as_array().unwrap().len()), (Some(29 * 60), 1));
    assert!((trip["distance_km"].as_f64().unwrap() - 17.4).abs() < 0.02, "{trip:#}");
    let csv = brokerage.driver.get(&path("trip?format=csv&")).await.body;
    assert!(
        csv.as_str().unwrap().starts_with(
            "kind,from,to,seconds,distance_km,latitude,longitude,loaded_km,empty_share\r\ndrive,"
        ),
        "{csv}"
    );
    let line = brokerage.driver.get(&path("line?")).await.body;
    assert_eq!(line["geometry"]["coordinates"].as_array().unwrap().len(), 2, "{line:#}");
    let gpx = brokerage.driver.get(&path("line?format=gpx&tolerance_m=0&")).await.body;
    assert_eq!(gpx.as_str().unwrap().matches("<trkpt ").count(), 30);
    assert_eq!(brokerage.driver.get(&path("line?tolerance_m=-1&")).await.fields(), ["tolerance_m"]);
    brokerage.server.stop().await;
}

/// A broker of our own on a free port; `None`, said aloud, where there is none and nobody insists on it.
fn mosquitto() -> Option<(std::process::Child, u16)> {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = std::process::Command::new("/usr/sbin/mosquitto");
    let child = command.args(["-p", &port.to_string()]).stderr(std::process::Stdio::null()).spawn();
    match child {
        Ok(child) => Some((child, port)),
        Err(error) => {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "this test needs mosquitto: {error}");
            println!("SKIPPED: this test needs mosquitto: {error}");
            None
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_publishes_is_acknowledged_when_it_is_durable() {
    let Some((mut broker, port)) = mosquitto() else { return };
    let place = Place::memory();
    let mqtt = Some(format!("mqtt://127.0.0.1:{port}/fleet").parse().unwrap());
    let trackers = TrackerSettings { listen: Vec::new(), mqtt };
    let brokerage = Brokerage::open_with(&Settings { trackers, ..place.settings() }).await;
    bind(&brokerage.driver, &brokerage.agent, Protocol::Osmand, None).await;
    let mut options = rumqttc::MqttOptions::new("a-truck", "127.0.0.1", port);
    options.set_keep_alive(Duration::from_secs(30)).set_max_packet_size(1024, 256 * 1024);
    let (device, mut events) = rumqttc::AsyncClient::new(options, 16);
    let running = tokio::spawn(async move {
        loop {
            // The broker may still be starting.
            if events.poll().await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    });
    let report = |at: Timestamp| format!("id={IMEI}&lat=45.5&lon=9.25&timestamp={}", at.millis() / 1000);
    // Not the topic's own device, nonsense, and then a true one.
    let at_least_once = rumqttc::QoS::AtLeastOnce;
    let arrived = async |seconds: u64| {
        let payload = report(ago(seconds));
        device.publish(format!("fleet/{IMEI}"), at_least_once, false, payload).await.unwrap();
    };
    eventually("the subscription", || async {
        arrived(30).await;
        (!reported(&brokerage).await.is_empty()).then_some(())
    })
    .await;
    device.publish("fleet/another", at_least_once, false, report(ago(20))).await.unwrap();
    device.publish(format!("fleet/{IMEI}"), at_least_once, false, "nonsense").await.unwrap();
    for reason in ["device.unidentified", "frame.header"] {
        let line = format!("tracker_refused_total{{protocol=\"osmand\",reason=\"{reason}\"}} 1");
        eventually("a refusal", || metric(&brokerage, &line)).await;
    }
    // More than is worked on at once, and between them one that nobody takes.
    let before = reported(&brokerage).await.len();
    for number in 0..300 {
        if number == 150 {
            device.publish("fleet/anybody", at_least_once, false, vec![b'x'; 200_000]).await.unwrap();
        }
        arrived(1000 + number).await;
    }
    eventually("all of them", || async { (reported(&brokerage).await.len() >= before + 300).then_some(()) })
        .await;
    running.abort();
    brokerage.server.stop().await;
    broker.kill().unwrap();
    broker.wait().unwrap();
}
