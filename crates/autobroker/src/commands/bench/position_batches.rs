//! What positions cost that come in batches over WebSockets, acknowledged when they are durable.

use super::{
    child_server::ChildServer,
    figure::{Budget, Figure},
    http_requests::network,
    people::Driver,
    socket_client::SocketClient,
    tracker_frames::new_histogram,
};
use crate::{failure::Failure, stopwatch::Stopwatch};
use kernel::{Clock as _, Position, Timestamp};
use movement::{
    Sample,
    frames::{Frame, Record, encode},
};
use runtime::SystemClock;
use std::{collections::VecDeque, path::Path, time::Duration};
use tokio::task::JoinSet;

/// Drivers that were without a network and now send what they have.
const DRIVERS: u32 = 20;
/// Batches of each.
const BATCHES: u32 = 100;
/// Positions of a batch.
const POSITIONS: u32 = 500;
/// Batches that a driver sends before it waits for the first one's answer.
const WINDOW: usize = 2;
const SOCKET_BUFFER_BYTES: usize = 1024;

/// The group `tracking.batches`.
pub async fn measure(binary: &Path, folder: &Path) -> Result<Vec<Figure>, Failure> {
    let server = ChildServer::start(binary, &folder.join("batches")).await?;
    let mut sockets = Vec::new();
    for number in 0..DRIVERS {
        let driver = Driver::join(&server.authority, number).await?;
        let socket = SocketClient::open(&server.authority, &driver.person.token, SOCKET_BUFFER_BYTES).await;
        sockets.push(socket.map_err(network)?);
    }
    let began = SystemClock.now();
    let cpu_before = server.cpu();
    let watch = Stopwatch::start();
    let mut sending = JoinSet::new();
    for socket in sockets {
        sending.spawn(send(socket, began));
    }
    let mut waits = new_histogram()?;
    while let Some(sent) = sending.join_next().await {
        for wait in sent.map_err(|error| Failure::Refused(error.to_string()))?? {
            waits.saturating_record(u64::try_from(wait.as_micros()).unwrap_or(u64::MAX));
        }
    }
    let seconds = watch.elapsed().as_secs_f64();
    let cpu = server.cpu().zip(cpu_before).map(|(after, before)| after.saturating_sub(before));
    server.stop().await?;
    let positions = f64::from(DRIVERS * BATCHES * POSITIONS);
    let name = format!("positions in batches of {POSITIONS}, acknowledged durable");
    let p99_ms = waits.value_at_quantile(0.99) as f64 / 1000.0;
    let mut figures = vec![
        Figure::new(name, positions / seconds, "/s", Budget::AtLeast(200_000.0)),
        Figure::new("a batch acknowledged, p99", p99_ms, "ms", Budget::AtMost(250.0)),
    ];
    figures.extend(cpu.map(|cpu| {
        Figure::new(
            "a position in a batch, server CPU",
            cpu.as_secs_f64() * 1e6 / positions,
            "us",
            Budget::Free,
        )
    }));
    Ok(figures)
}

/// Sends one driver's batches, a second from position to position up to the present; how long each waited.
async fn send(mut socket: SocketClient, began: Timestamp) -> Result<Vec<Duration>, Failure> {
    let mut waits = Vec::new();
    let mut waiting = VecDeque::new();
    for batch in 0..BATCHES {
        let frame = encode(&batch_of(batch, began)).map_err(|error| Failure::Refused(error.to_string()))?;
        waiting.push_back(Stopwatch::start());
        socket.send(&frame).await.map_err(network)?;
        while waiting.len() >= WINDOW || (batch + 1 == BATCHES && !waiting.is_empty()) {
            let answer = socket.hear().await.map_err(network)?;
            if !answer.starts_with(&[movement::frames::VERSION, movement::frames::KIND_ACKNOWLEDGEMENT]) {
                return Err(Failure::Refused("a batch was not acknowledged".to_owned()));
            }
            waits.extend(waiting.pop_front().map(Stopwatch::elapsed));
        }
    }
    Ok(waits)
}

fn batch_of(batch: u32, began: Timestamp) -> Frame {
    let record = |index: u32| {
        let number = batch * POSITIONS + index;
        let seconds_ago = u64::from(BATCHES * POSITIONS - number);
        let sample = Sample {
            position: Position { latitude: 45.0 + f64::from(number) / 1e5, longitude: 9.19 },
            at: began.before(Duration::from_secs(seconds_ago)),
            speed_kmh: Some(72.0),
            heading: Some(0.0),
            mocked: None,
        };
        Record { sequence: number, sample }
    };
    Frame { records: (0..POSITIONS).map(record).collect() }
}
