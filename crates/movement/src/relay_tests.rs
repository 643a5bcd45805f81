//! A real Redis between two processes' positions, whose histories are apart: only Redis can tell one of the other.

use super::*;
use crate::test_bench::{Bench, NOW, StoppedClock, bench, driver, tenant};
use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::Arc,
};

/// Where Debian's package puts it.
const REDIS_SERVER: &str = "/usr/bin/redis-server";
/// Longer than anything here takes; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A Redis of our own, which ends with this value.
struct Redis(Child);

impl Drop for Redis {
    fn drop(&mut self) {
        // It may have ended already.
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

/// `None`, said aloud, where there is none and nobody insists on it.
fn redis(port: u16) -> Option<Redis> {
    let mut command = Command::new(REDIS_SERVER);
    command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port"]).arg(port.to_string());
    command.current_dir(std::env::temp_dir());
    match command.stdout(Stdio::null()).spawn() {
        Ok(child) => Some(Redis(child)),
        Err(error) => {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "this test needs redis-server: {error}");
            println!("SKIPPED: this test needs redis-server: {error}");
            None
        }
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A process: its positions and its relay, which runs until it is dropped.
struct Process {
    bench: Bench,
    meter: RelayMeter,
    _relay: tokio::task::JoinSet<()>,
}

async fn process(url: &RedisUrl, number: u128) -> Process {
    let (bench, meter) = (bench().await, RelayMeter::default());
    let clock = Arc::new(StoppedClock(NOW));
    let relay = relay(url, bench.positions.clone(), Uuid::from_u128(number), clock, meter.clone()).unwrap();
    let mut running = tokio::task::JoinSet::new();
    running.spawn(relay);
    Process { bench, meter, _relay: running }
}

fn sample(seconds_ago: u64) -> Sample {
    let position = Position { latitude: 45.2, longitude: 9.19 };
    let at = NOW.before(Duration::from_secs(seconds_ago));
    Sample { position, at, speed_kmh: Some(70.0), heading: None }
}

/// Until something is so; what waits for it goes on meanwhile.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    assert!(timeout(PATIENCE, waiting).await.is_ok(), "never: {what}");
}

async fn report(process: &Process, seconds_ago: u64) {
    process.bench.positions.record(tenant(), driver(), &[sample(seconds_ago)], NOW).await.unwrap();
}

fn known(process: &Process) -> Option<Sample> {
    process.bench.positions.latest(driver(), NOW).map(|seen| seen.sample)
}

#[tokio::test]
async fn what_one_process_takes_in_the_others_show_and_an_outage_heals() {
    let port = free_port();
    let Some(first) = redis(port) else { return };
    let url: RedisUrl = format!("redis://127.0.0.1:{port}").parse().unwrap();
    let (one, other) = (process(&url, 1).await, process(&url, 2).await);
    let both_listen = || one.meter.connected.get() == 1 && other.meter.connected.get() == 1;
    until("both listen", both_listen).await;
    report(&one, 100).await;
    until("the other knows", || known(&other) == Some(sample(100))).await;
    assert_eq!(other.bench.told.0.lock().as_slice(), [sample(100).live(driver())]);
    let stored = other.bench.telemetry.history(driver(), Timestamp::from_micros(0), NOW, 10).await.unwrap();
    assert_eq!(stored, [], "who took it in has stored it");

    drop(first);
    until("it is missed", || one.meter.connected.get() == 0 && other.meter.connected.get() == 0).await;
    report(&one, 50).await;
    assert_eq!(known(&one), Some(sample(50)), "positions are taken in without it");

    let Some(_second) = redis(port) else { return };
    until("both listen again", both_listen).await;
    report(&one, 20).await;
    until("the other knows again", || known(&other) == Some(sample(20))).await;
    report(&other, 10).await;
    until("and the other way round", || known(&one) == Some(sample(10))).await;
    assert_eq!(one.meter.received.get(), 1, "nobody hears itself");
}

#[tokio::test]
async fn nobody_who_takes_positions_in_waits_for_redis() {
    // Nothing listens there, and more comes than may wait.
    let url: RedisUrl = format!("redis://127.0.0.1:{}", free_port()).parse().unwrap();
    let process = process(&url, 1).await;
    let announcer = process.bench.positions.clone();
    let seen = Seen { tenant: tenant(), sample: sample(1) };
    let (queue, _waiting) = mpsc::channel(2);
    let announcements = Announcer { queue, process: Uuid::from_u128(3), meter: process.meter.clone() };
    for _ in 0..5 {
        announcements.announce(driver(), &seen);
    }
    assert_eq!(process.meter.dropped.get(), 3);
    announcer.record(tenant(), driver(), &[sample(1)], NOW).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_true_is_refused() {
    let process = process(&"redis://127.0.0.1:1".parse().unwrap(), 1).await;
    let client = Client::open("redis://127.0.0.1:1").unwrap();
    let clock = StoppedClock(NOW);
    let listener = Listener {
        client: &client,
        positions: &process.bench.positions,
        process: Uuid::from_u128(1),
        clock: &clock,
        meter: &process.meter,
    };
    let seen = Seen { tenant: tenant(), sample: sample(1) };
    let good = Announcement::of(Uuid::from_u128(2), driver(), &seen);
    let bad = [
        Announcement { latitude: 91.0, ..good.clone() },
        Announcement { at: NOW.after(Duration::from_secs(3600)), ..good.clone() },
        Announcement { speed_kmh: Some(-1.0), ..good.clone() },
    ];
    for announcement in &bad {
        listener.hear(serde_json::to_string(announcement).unwrap().as_bytes()).await;
    }
    listener.hear(b"nonsense").await;
    listener.hear(b"").await;
    listener
        .hear(
            serde_json::to_string(&Announcement { from: Uuid::from_u128(1), ..good.clone() })
                .unwrap()
                .as_bytes(),
        )
        .await;
    assert_eq!((process.meter.refused.get(), known(&process)), (4, None));
    listener.hear(serde_json::to_string(&good).unwrap().as_bytes()).await;
    assert_eq!((process.meter.received.get(), known(&process)), (1, Some(sample(1))));
}

#[test]
fn an_url_is_checked_and_its_password_not_shown() {
    let url: RedisUrl = "redis://user:s3cret@redis.example:6380/2".parse().unwrap();
    assert_eq!(format!("{url:?}"), "redis://redis.example:6380/2");
    for text in ["", "redis://", "redis.example", "http://redis.example", "redis://redis.example:port"] {
        assert_eq!(text.parse::<RedisUrl>(), Err(InvalidRedisUrl), "{text}");
    }
}
