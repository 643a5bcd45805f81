//! What a tracker's position costs, acknowledged when it is durable, over real connections to a process of its own: every
//! truck is on its way to a pickup, so that each position passes the geofences and all detectors.

use super::{
    child_server::ChildServer,
    figure::{Budget, Figure},
    http_requests::network,
    people::{Person, hire},
};
use crate::{failure::Failure, stopwatch::Stopwatch};
use hdrhistogram::Histogram;
use kernel::{Clock as _, Timestamp};
use runtime::SystemClock;
use serde_json::json;
use std::{path::Path, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// Trucks with a tracker each.
const TRACKERS: u32 = 500;
/// Geofences of the tenant.
const GEOFENCES: u32 = 20;
/// Positions that each sends; below what one device may send at once.
const POSITIONS: u32 = 320;
/// Positions that a tracker sends before it waits for their answers.
const WINDOW: u32 = 16;
/// A longer wait counts as so long: one minute.
const WAIT_US_MAX: u64 = 60_000_000;
/// An H02 answer: `*HQ,` 15 digits `,V4,V1,` 14 digits `#`.
const ANSWER_BYTES: usize = 4 + 15 + 7 + 14 + 1;

/// The group `tracking.frames`.
pub async fn measure(binary: &Path, folder: &Path) -> Result<Vec<Figure>, Failure> {
    let address = free_address().await?;
    let listen = ["--listen-h02", &address];
    let folder = folder.join("tracking");
    hire(binary, &folder, "broker").await?;
    let server = ChildServer::start_with(binary, &folder, &listen).await?;
    draw_geofences(&server.authority).await?;
    send_trucks_off(&server.authority).await?;
    let began = SystemClock.now();
    let cpu_before = server.cpu();
    let watch = Stopwatch::start();
    let mut trackers = JoinSet::new();
    for number in 0..TRACKERS {
        let address = address.clone();
        trackers.spawn(async move { report(&address, number, began).await });
    }
    let mut waits = new_histogram()?;
    while let Some(reported) = trackers.join_next().await {
        let reported = reported.map_err(|error| Failure::Refused(error.to_string()))?.map_err(network)?;
        for wait in reported {
            waits.saturating_record(u64::try_from(wait.as_micros()).unwrap_or(u64::MAX));
        }
    }
    let seconds = watch.elapsed().as_secs_f64();
    let cpu = server.cpu().zip(cpu_before).map(|(after, before)| after.saturating_sub(before));
    server.stop().await?;
    let frames = f64::from(TRACKERS * POSITIONS);
    let p99_ms = waits.value_at_quantile(0.99) as f64 / 1000.0;
    let mut figures = vec![
        Figure::new(
            "tracker frames, acknowledged durable",
            frames / seconds,
            "/s",
            Budget::AtLeast(20_000.0),
        ),
        Figure::new(
            format!("{WINDOW} tracker frames acknowledged, p99"),
            p99_ms,
            "ms",
            Budget::AtMost(250.0),
        ),
    ];
    figures.extend(cpu.map(|cpu| {
        let microseconds = cpu.as_secs_f64() * 1e6 / frames;
        Figure::new("tracker frame on a trip, server CPU", microseconds, "us", Budget::AtMost(35.0))
    }));
    Ok(figures)
}

pub fn new_histogram() -> Result<Histogram<u64>, Failure> {
    Histogram::new_with_bounds(1, WAIT_US_MAX, 3).map_err(|error| Failure::Refused(error.to_string()))
}

/// The server is told a port that was free a moment ago.
async fn free_address() -> Result<String, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(network)?;
    Ok(listener.local_addr().map_err(network)?.to_string())
}

fn identifier(number: u32) -> String {
    format!("35{number:013}")
}

/// Geofences on the way of the trucks: circles and corridors, some of which they come into.
async fn draw_geofences(authority: &str) -> Result<(), Failure> {
    let mut broker = Person::of_staff(authority, "broker").await?;
    for number in 0..GEOFENCES {
        let point = |east: f64| json!({ "latitude": 45.0 + f64::from(number) / 20.0, "longitude": east });
        let (kind, points) = match number % 2 {
            0 => ("circle", vec![point(9.25)]),
            _ => ("corridor", vec![point(9.0), point(9.5)]),
        };
        let name = format!("Place {number}");
        let fence = json!({ "name": name, "kind": kind, "points": points, "radius_m": 1_000 });
        broker.post("/api/v1/geofences", &fence).await?;
    }
    Ok(())
}

/// A carrier whose trucks, each with a tracker, are on their way to a pickup.
async fn send_trucks_off(authority: &str) -> Result<(), Failure> {
    let mut carrier = Person::join(authority, "carrier", 0).await?;
    let mut shipper = Person::join(authority, "shipper", 0).await?;
    for number in 0..TRACKERS {
        let agent = carrier.add_truck().await?;
        let device = json!({ "protocol": "h02", "identifier": identifier(number), "agent_id": agent });
        carrier.post("/api/v1/devices", &device).await?;
        let shipment = carrier.book(&mut shipper, Some(&agent)).await?;
        let off = json!({ "status": "en_route_pickup" });
        carrier.post(&format!("/api/v1/shipments/{shipment}/status"), &off).await?;
    }
    Ok(())
}

/// Sends one tracker's positions, of the last minutes; how long each window's answers took.
async fn report(address: &str, number: u32, began: Timestamp) -> std::io::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut waits = Vec::new();
    for first in (0..POSITIONS).step_by(WINDOW as usize) {
        let window: String =
            (first..first + WINDOW).map(|position| sentence(number, POSITIONS - position, began)).collect();
        let watch = Stopwatch::start();
        stream.write_all(window.as_bytes()).await?;
        let mut answers = vec![0; ANSWER_BYTES * WINDOW as usize];
        stream.read_exact(&mut answers).await?;
        waits.push(watch.elapsed());
    }
    Ok(waits)
}

fn sentence(number: u32, seconds_ago: u32, began: Timestamp) -> String {
    let at = began.before(Duration::from_secs(u64::from(seconds_ago))).to_string();
    let digits: String = at.chars().filter(char::is_ascii_digit).take(14).collect();
    let (date, time) = digits.split_at(8);
    let (year_month, day) = date.split_at(6);
    let (year, month) = year_month.split_at(4);
    let year: String = year.chars().skip(2).collect();
    // To the north at 22 m/s.
    let minutes = f64::from(number % 50) + f64::from(POSITIONS - seconds_ago.min(POSITIONS)) * 0.012;
    format!(
        "*HQ,{},V1,{time},A,45{minutes:07.4},N,00915.0000,E,043.00,000,{day}{month}{year},FFFFFBFF#",
        identifier(number),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use devices::Protocol;

    #[test]
    fn the_sentences_are_understood_and_their_answers_have_that_length() {
        let began = SystemClock.now();
        let message = Protocol::H02.decode(sentence(7, 90, began).as_bytes(), began).unwrap();
        assert_eq!(message.points[0].at.millis() / 1000, began.millis() / 1000 - 90);
        assert_eq!(message.reply.unwrap().len(), ANSWER_BYTES);
    }
}
