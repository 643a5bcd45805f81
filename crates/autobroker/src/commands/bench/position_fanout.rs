//! What it costs to show a moving truck to those who watch it, and how long they wait.

use super::{
    bare_writes,
    child_server::ChildServer,
    figure::{Budget, Figure},
    http_requests::network,
    people::{Driver, Person},
    socket_client::SocketClient,
    tracker_frames::new_histogram,
};
use crate::{failure::Failure, stopwatch::Stopwatch};
use hdrhistogram::Histogram;
use kernel::{Clock as _, Position, Timestamp};
use movement::{
    Sample,
    frames::{Frame, Record, encode},
};
use runtime::SystemClock;
use std::{path::Path, time::Duration};
use tokio::{sync::watch, task::JoinSet};

/// Trucks on their way, and who watches each: 2,000 subscribers in all.
const TRUCKS: u32 = 20;
const WATCHERS: u32 = 100;
/// Positions of each truck a second: 20,000 deliveries a second in all.
const RATE: u32 = 10;
const SECONDS: u32 = 10;
const SOCKET_BUFFER_BYTES: usize = 1024;
/// How long a message may be on its way after the last position.
const PATIENCE: Duration = Duration::from_secs(5);

/// The group `tracking.fanout`.
pub async fn measure(binary: &Path, folder: &Path) -> Result<Vec<Figure>, Failure> {
    let server = ChildServer::start(binary, &folder.join("fanout")).await?;
    let mut shipper = Person::join(&server.authority, "shipper", 0).await?;
    let (stop, stopped) = watch::channel(false);
    let mut watching = JoinSet::new();
    let mut trucks = Vec::new();
    for number in 0..TRUCKS {
        let mut driver = Driver::join(&server.authority, number).await?;
        let shipment = driver.book(&mut shipper).await?;
        for _ in 0..WATCHERS {
            let socket = subscribe(&server.authority, &shipper.token, &shipment).await.map_err(network)?;
            watching.spawn(listen(socket, stopped.clone()));
        }
        let socket = SocketClient::open(&server.authority, &driver.person.token, SOCKET_BUFFER_BYTES).await;
        trucks.push(socket.map_err(network)?);
    }
    let cpu_before = server.cpu();
    let watch = Stopwatch::start();
    let mut driving = JoinSet::new();
    for (number, socket) in (0..TRUCKS).zip(trucks) {
        driving.spawn(drive(socket, number));
    }
    while let Some(driven) = driving.join_next().await {
        driven.map_err(|error| Failure::Refused(error.to_string()))?.map_err(network)?;
    }
    let seconds = watch.elapsed().as_secs_f64();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let cpu = server.cpu().zip(cpu_before).map(|(after, before)| after.saturating_sub(before));
    stop.send_replace(true);
    let mut delays = new_histogram()?;
    while let Some(heard) = watching.join_next().await {
        let heard = heard.map_err(|error| Failure::Refused(error.to_string()))??;
        delays.add(heard).map_err(|error| Failure::Refused(error.to_string()))?;
    }
    server.stop().await?;
    let bare = bare_writes::measure().await.map_err(network)?;
    Ok(figures(&delays, seconds, cpu, bare))
}

fn figures(
    delays: &Histogram<u64>,
    seconds: f64,
    cpu: Option<Duration>,
    bare: Option<Duration>,
) -> Vec<Figure> {
    let (subscribers, offered) = (TRUCKS * WATCHERS, TRUCKS * WATCHERS * RATE);
    let deliveries = delays.len() as f64;
    let p99_ms = delays.value_at_quantile(0.99) as f64 / 1000.0;
    let mut figures = vec![
        Figure::new(
            format!("deliveries to {subscribers} sockets, {offered}/s offered"),
            deliveries / seconds,
            "/s",
            // A value that a newer one overtook is not delivered; a few may be.
            Budget::AtLeast(f64::from(offered) * 0.95),
        ),
        Figure::new("a position shown, p99 from its sending", p99_ms, "ms", Budget::AtMost(50.0)),
    ];
    figures.extend(bare.map(|bare| {
        Figure::new("a bare write to a socket, its CPU", bare.as_secs_f64() * 1e6, "us", Budget::Free)
    }));
    figures.extend(cpu.map(|cpu| {
        let each = cpu.as_secs_f64() * 1e6 / deliveries;
        Figure::new("a delivery, server CPU, taking positions in included", each, "us", Budget::AtMost(10.0))
    }));
    figures
}

async fn subscribe(authority: &str, token: &str, shipment: &str) -> std::io::Result<SocketClient> {
    let mut socket = SocketClient::open(authority, token, SOCKET_BUFFER_BYTES).await?;
    let topic = format!("shipment:{shipment}");
    socket.say(&serde_json::json!({ "type": "subscribe", "topic": topic }).to_string()).await?;
    let answer = String::from_utf8_lossy(socket.hear().await?).into_owned();
    if answer.contains("subscribed") { Ok(socket) } else { Err(std::io::Error::other(answer)) }
}

/// How old each position was when it was heard.
async fn listen(
    mut socket: SocketClient,
    mut stopped: watch::Receiver<bool>,
) -> Result<Histogram<u64>, Failure> {
    let mut delays = new_histogram()?;
    loop {
        let message = tokio::select! {
            message = socket.hear() => message.map_err(network)?,
            _stop = stopped.wait_for(|stop| *stop) => return Ok(delays),
        };
        if let Some(at) = time_of(message) {
            let delay = SystemClock.now().since(at);
            delays.saturating_record(u64::try_from(delay.as_micros()).unwrap_or(u64::MAX));
        }
    }
}

/// When the position of a message was sent. Reading the whole message would cost more than what is measured.
fn time_of(message: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(message).ok()?;
    let (_, rest) = text.split_once("\"at\":\"")?;
    Timestamp::parse(rest.split_once('"')?.0).ok()
}

/// Sends positions at the rate, each truck at another moment, and waits for the last to be acknowledged.
async fn drive(mut socket: SocketClient, number: u32) -> std::io::Result<()> {
    let watch = Stopwatch::start();
    let beat = Duration::from_secs(1) / RATE;
    for turn in 0..RATE * SECONDS {
        let due = beat * turn + beat * number / TRUCKS;
        tokio::time::sleep(due.saturating_sub(watch.elapsed())).await;
        let sample = Sample {
            position: Position { latitude: 45.0 + f64::from(turn) / 1e4, longitude: 9.19 },
            at: Timestamp::from_millis(SystemClock.now().millis()),
            speed_kmh: Some(72.0),
            heading: Some(0.0),
            mocked: None,
        };
        let frame = encode(&Frame { records: vec![Record { sequence: turn, sample }] });
        socket.send(&frame.map_err(std::io::Error::other)?).await?;
        tokio::time::timeout(PATIENCE, socket.hear()).await.map_err(std::io::Error::other)??;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_position_is_found_in_its_message() {
        let message =
            br#"{"type":"event","data":{"type":"location.updated","data":{"at":"2026-03-01T08:00:00.25Z"}}}"#;
        assert_eq!(time_of(message), Timestamp::parse("2026-03-01T08:00:00.25Z").ok());
        assert_eq!(time_of(b"{}"), None);
    }
}
