//! A real Redis between two processes' positions, whose histories are apart: only Redis can tell one of the other.

use super::*;
use crate::test_bench::{Bench, NOW, StoppedClock, bench, driver, tenant};
use redis::TlsCertificates;
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

fn redis(port: u16) -> Option<Redis> {
    redis_with(&["--port", &port.to_string()])
}

/// `None`, said aloud, where there is none and nobody insists on it.
fn redis_with(options: &[&str]) -> Option<Redis> {
    let mut command = Command::new(REDIS_SERVER);
    command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]).args(options);
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
    process_through(Client::open(url.0.as_str()).unwrap(), number).await
}

async fn process_through(client: Client, number: u128) -> Process {
    let (bench, meter) = (bench().await, RelayMeter::default());
    let clock = Arc::new(StoppedClock(NOW));
    let relay = relay_through(client, bench.positions.clone(), Uuid::from_u128(number), clock, meter.clone());
    let mut running = tokio::task::JoinSet::new();
    running.spawn(relay);
    Process { bench, meter, _relay: running }
}

fn sample(seconds_ago: u64) -> Sample {
    let position = Position { latitude: 45.2, longitude: 9.19 };
    let at = NOW.before(Duration::from_secs(seconds_ago));
    Sample { position, at, speed_kmh: Some(70.0), heading: None, mocked: None }
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
async fn over_tls_only_a_certificate_that_is_trusted_is() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../autobroker/tests/whole/certificates");
    let (certificate, key) = (format!("{folder}/localhost.pem"), format!("{folder}/localhost.key.pem"));
    let port = free_port();
    let (tls_port, files) = (port.to_string(), ["--tls-cert-file", &certificate, "--tls-key-file", &key]);
    let sealed = ["--port", "0", "--tls-port", &tls_port, "--tls-auth-clients", "no"];
    let Some(_redis) = redis_with(&[&sealed[..], &files[..]].concat()) else { return };
    let url = format!("rediss://localhost:{port}");
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let root_cert = Some(std::fs::read(&certificate).unwrap());
    let trusted = TlsCertificates { client_tls: None, root_cert };
    let trusting = Client::build_with_tls(url.as_str(), trusted).unwrap();
    let (one, other) = (process_through(trusting.clone(), 1).await, process_through(trusting, 2).await);
    let both_listen = || one.meter.connected.get() == 1 && other.meter.connected.get() == 1;
    until("both listen", both_listen).await;
    report(&one, 100).await;
    until("the other knows", || known(&other) == Some(sample(100))).await;

    // Nobody here has signed it but itself.
    let doubting = Client::open(url.as_str()).unwrap();
    let refused = doubting.get_multiplexed_async_connection().await.map(drop).unwrap_err();
    assert!(refused.to_string().to_lowercase().contains("certificate"), "{refused}");
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
    let own = format!("{CHANNELS}{}", tenant());
    let another: TenantId = kernel::TypedId::from_uuid(Uuid::from_u128(77));
    let bad = [
        // Said on its tenant's channel, for another.
        Announcement { tenant: another, ..good.clone() },
        Announcement { latitude: 91.0, ..good.clone() },
        Announcement { at: NOW.after(Duration::from_secs(3600)), ..good.clone() },
        Announcement { speed_kmh: Some(-1.0), ..good.clone() },
    ];
    for announcement in &bad {
        listener.hear(&own, serde_json::to_string(announcement).unwrap().as_bytes()).await;
    }
    listener.hear(&own, b"nonsense").await;
    listener.hear(HEARTBEATS, b"").await;
    listener
        .hear(
            &own,
            serde_json::to_string(&Announcement { from: Uuid::from_u128(1), ..good.clone() })
                .unwrap()
                .as_bytes(),
        )
        .await;
    // A driver of this tenant on another's channel, and said to be another's.
    let elsewhere = format!("{CHANNELS}{another}");
    let stolen = Announcement { tenant: another, ..good.clone() };
    for announcement in [&good, &stolen] {
        listener.hear(&elsewhere, serde_json::to_string(announcement).unwrap().as_bytes()).await;
    }
    assert_eq!((process.meter.refused.get(), known(&process)), (7, None));
    listener.hear(&own, serde_json::to_string(&good).unwrap().as_bytes()).await;
    assert_eq!((process.meter.received.get(), known(&process)), (1, Some(sample(1))));
}

#[test]
fn an_url_is_checked_and_its_password_not_shown() {
    let url: RedisUrl = "redis://user:s3cret@redis.example:6380/2".parse().unwrap();
    assert_eq!(format!("{url:?}"), "redis://redis.example:6380/2");
    let sealed: RedisUrl = "rediss://user:s3cret@redis.example".parse().unwrap();
    assert_eq!(format!("{sealed:?}"), "rediss://redis.example");
    for text in ["", "redis://", "redis.example", "http://redis.example", "redis://redis.example:port"] {
        assert_eq!(text.parse::<RedisUrl>(), Err(InvalidRedisUrl), "{text}");
    }
}
