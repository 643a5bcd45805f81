//! `kill -9` under the load of trackers: every position that a device was answered for is there, once.

use crate::{
    api::Client,
    brokerage::{go_online, join, text},
    child::ChildServer,
    places::Place,
};
use kernel::{Clock as _, Timestamp};
use runtime::SystemClock;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

const TRACKERS: u32 = 8;
/// Answers in all after which the server is killed.
const ANSWERS: u32 = 300;
/// Sentences that a device sends at once.
const WINDOW: u32 = 8;
/// `*HQ,` 15 digits `,V4,V1,` 14 digits `#`.
const ANSWER_BYTES: usize = 41;

async fn serve(place: &Place, h02: &str) -> ChildServer {
    let (data, store) = (place.folder.path().display().to_string(), place.store_option());
    let arguments = [
        "serve",
        "--data",
        &data,
        "--store",
        &store,
        "--listen",
        "127.0.0.1:0",
        "--listen-h02",
        h02,
        "--rate-limit-user",
        "0",
        "--rate-limit-anonymous",
        "0",
    ];
    ChildServer::start(&arguments).await
}

fn identifier(number: u32) -> String {
    format!("35{number:013}")
}

/// The device's `turn`th position: a second after the one before.
fn at(began: Timestamp, turn: u32) -> Timestamp {
    Timestamp::from_millis(began.before(Duration::from_secs(3600)).millis() / 1000 * 1000)
        .after(Duration::from_secs(u64::from(turn)))
}

fn sentence(number: u32, at: Timestamp) -> String {
    let at = at.to_string();
    let (date, time) = at.split_once('T').unwrap();
    let time = time[..8].replace(':', "");
    let date = format!("{}{}{}", &date[8..10], &date[5..7], &date[2..4]);
    format!("*HQ,{},V1,{time},A,4530.0000,N,00915.0000,E,30.00,090,{date},FFFFFBFF#", identifier(number))
}

/// Sends until the server is gone; how many positions were answered.
async fn report(address: String, number: u32, began: Timestamp, answers: Arc<AtomicU32>) -> u32 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut answered = 0;
    loop {
        let window: String =
            (answered..answered + WINDOW).map(|turn| sentence(number, at(began, turn))).collect();
        if stream.write_all(window.as_bytes()).await.is_err() {
            return answered;
        }
        for _ in 0..WINDOW {
            let mut answer = [0; ANSWER_BYTES];
            if stream.read_exact(&mut answer).await.is_err() {
                return answered;
            }
            assert!(answer.starts_with(b"*HQ,"));
            answered += 1;
            answers.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_position_of_a_tracker_survives_a_kill() {
    for place in Place::lasting("every_acknowledged_position_of_a_tracker_survives_a_kill").await {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let h02 = format!("127.0.0.1:{port}");
        let server = serve(&place, &h02).await;
        let visitor = Client::new(&server.url);
        let mut drivers = Vec::new();
        for number in 0..TRACKERS {
            let driver = join(&visitor, "driver", &format!("Driver {number}")).await;
            let agent = go_online(&driver).await;
            let device = json!({ "protocol": "h02", "identifier": identifier(number), "agent_id": agent });
            driver.post("/api/v1/devices", device).await.data(201);
            drivers.push((driver, agent));
        }
        let (began, answers) = (SystemClock.now(), Arc::new(AtomicU32::new(0)));
        let mut reporting = JoinSet::new();
        for number in 0..TRACKERS {
            let (h02, answers) = (h02.clone(), Arc::clone(&answers));
            reporting.spawn(async move { (number, report(h02, number, began, answers).await) });
        }
        while answers.load(Ordering::Relaxed) < ANSWERS {
            tokio::task::yield_now().await;
        }
        server.kill().await;
        let answered = reporting.join_all().await;

        let server = serve(&place, &h02).await;
        for (number, answered) in answered {
            let (driver, agent) = &drivers[usize::try_from(number).unwrap()];
            let (from, to) = (at(began, 0), began.before(Duration::from_secs(60)));
            let path = format!("/api/v1/agents/{agent}/positions?from={from}&to={to}&limit=10000");
            let track = driver.at(&server.url).get(&path).await.data(200);
            let found: Vec<String> = track["positions"].as_array().map_or(Vec::new(), |positions| {
                positions.iter().map(|position: &Value| text(position, "/at")).collect()
            });
            let expected: Vec<String> = (0..answered).map(|turn| at(began, turn).to_string()).collect();
            assert!(
                found.len() >= expected.len(),
                "device {number}: {answered} answered, {} found",
                found.len()
            );
            assert_eq!(found[..expected.len()], expected, "device {number}");
        }
        server.kill().await;
        place.remove().await;
    }
}
