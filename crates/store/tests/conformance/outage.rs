//! PostgreSQL goes away and comes back; the connection is cut at the worst moments.

use crate::{
    database::{Database, on_server},
    samples::{append, committed, stream},
};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use store::{
    Outcome, Reach, Rejection, Statement, Store, StoreError, StoreHealth, StoreUrl, Unit, Verification,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::watch,
};

static ONE: Statement = Statement { name: "test.one", sql: "SELECT 1" };

/// What the wire between the store and the server does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wire {
    /// It carries everything.
    Up,
    /// It is cut, and nothing can connect.
    Down,
    /// It is cut when a COMMIT comes by, before the server sees it.
    CutBeforeCommit,
    /// It is cut when the server answers a COMMIT, before the store sees it.
    CutAfterCommit,
}

/// A wire to the server that can be cut.
struct Proxy {
    address: SocketAddr,
    wire: Arc<Mutex<Wire>>,
    /// Every change cuts the connections that are open.
    cuts: watch::Sender<u64>,
}

impl Proxy {
    async fn start(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let wire = Arc::new(Mutex::new(Wire::Up));
        let (cuts, cut) = watch::channel(0);
        let shared = Arc::clone(&wire);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                // Noted before the wire is looked at: a cut from here on is not missed.
                let mut cut = cut.clone();
                cut.mark_unchanged();
                if *shared.lock().unwrap() == Wire::Down {
                    continue;
                }
                let server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(carry(client, server, Arc::clone(&shared), cut));
            }
        });
        Self { address, wire, cuts }
    }

    fn set(&self, wire: Wire) {
        *self.wire.lock().unwrap() = wire;
        if wire == Wire::Down {
            self.cuts.send_modify(|cut| *cut += 1);
        }
    }
}

async fn carry(client: TcpStream, server: TcpStream, wire: Arc<Mutex<Wire>>, mut cut: watch::Receiver<u64>) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let committing = Arc::new(Mutex::new(false));
    tokio::select! {
        () = upstream(from_client, to_server, &wire, &committing) => {}
        () = downstream(from_server, to_client, &wire, &committing) => {}
        _ = cut.changed() => {}
    }
}

async fn upstream(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    wire: &Mutex<Wire>,
    committing: &Mutex<bool>,
) {
    let mut buffer = vec![0; 1 << 20];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let is_commit = buffer[..length].windows(7).any(|window| window == b"COMMIT\0");
        let mode = *wire.lock().unwrap();
        if mode == Wire::Down {
            return;
        }
        if is_commit && mode == Wire::CutBeforeCommit {
            *wire.lock().unwrap() = Wire::Up;
            return;
        }
        if is_commit && mode == Wire::CutAfterCommit {
            *committing.lock().unwrap() = true;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

async fn downstream(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    wire: &Mutex<Wire>,
    committing: &Mutex<bool>,
) {
    let mut buffer = vec![0; 1 << 20];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let committed = buffer[..length].windows(7).any(|window| window == b"COMMIT\0");
        if *committing.lock().unwrap() {
            if committed {
                *wire.lock().unwrap() = Wire::Up;
                return;
            }
            continue;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

fn on_postgres(test: &str, body: impl AsyncFnOnce(&Database, &str)) {
    let Some(database) = Database::postgres(test) else { return };
    let StoreUrl::Postgres(url) = database.url() else { panic!("a PostgreSQL database has a URL") };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(body(&database, &url));
}

/// A store behind a wire.
async fn wired(url: &str) -> (Store, Proxy) {
    let rest = url.split_once("://").unwrap().1;
    let (credentials, rest) = rest.rsplit_once('@').unwrap_or(("postgres", rest));
    let (server, name) = rest.split_once('/').unwrap();
    let proxy = Proxy::start(server.to_owned()).await;
    let through = format!("postgres://{credentials}@{}/{name}", proxy.address);
    (Store::open(&StoreUrl::Postgres(through)).await.unwrap(), proxy)
}

fn terminate_all(url: &str) {
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    on_server(url, others);
}

#[test]
fn terminated_connections_are_replaced_unnoticed() {
    on_postgres("outage::terminated_connections_are_replaced_unnoticed", async |database, url| {
        let store = database.open().await;
        for version in 0..5 {
            assert_eq!(committed(&store, append(stream(1), version, 1)).await, version + 1);
            assert_eq!(store.query(&ONE, Vec::new(), Reach::Point).await.unwrap().len(), 1);
            terminate_all(url);
        }
        assert_eq!(store.read_stream(stream(1), 0).await.unwrap().len(), 5);
        assert_eq!(store.health(), StoreHealth::Connected);
    });
}

#[test]
fn a_commit_whose_answer_is_lost_is_looked_up() {
    on_postgres("outage::a_commit_whose_answer_is_lost_is_looked_up", async |_, url| {
        let (store, proxy) = wired(url).await;
        committed(&store, append(stream(1), 0, 1)).await;
        for (version, wire) in [(1, Wire::CutAfterCommit), (2, Wire::CutAfterCommit)] {
            proxy.set(wire);
            assert_eq!(committed(&store, append(stream(1), version, 1)).await, version + 1);
            assert_eq!(*proxy.wire.lock().unwrap(), Wire::Up, "the wire was not cut");
        }
        // A batch without events is looked up as well.
        proxy.set(Wire::CutAfterCommit);
        let claim = store::Claim::Position { reactor: "booking", from: 0, to: 3 };
        committed(&store, Unit { claims: vec![claim], ..Unit::default() }).await;
        assert_eq!(store.reactor_positions().await.unwrap(), [("booking".to_owned(), 3)]);
        assert!(matches!(store.verify().await.unwrap(), Verification::Whole { events: 3, .. }));
    });
}

#[test]
fn a_commit_that_never_arrived_is_not_acknowledged() {
    on_postgres("outage::a_commit_that_never_arrived_is_not_acknowledged", async |_, url| {
        let (store, proxy) = wired(url).await;
        committed(&store, append(stream(1), 0, 1)).await;
        proxy.set(Wire::CutBeforeCommit);
        let lost = store.commit(&[append(stream(1), 1, 1)]).await;
        assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
        assert_eq!(*proxy.wire.lock().unwrap(), Wire::Up, "the wire was not cut");
        assert_eq!(store.head().await.unwrap().position, 1);
        assert_eq!(committed(&store, append(stream(1), 1, 1)).await, 2);
    });
}

#[test]
fn an_answer_that_cannot_be_looked_up_yet_is_waited_for() {
    on_postgres("outage::an_answer_that_cannot_be_looked_up_yet_is_waited_for", async |_, url| {
        let (store, proxy) = wired(url).await;
        committed(&store, append(stream(1), 0, 1)).await;
        proxy.set(Wire::CutAfterCommit);
        let waiting = store.clone();
        let commit = tokio::spawn(async move { waiting.commit(&[append(stream(1), 1, 1)]).await });
        while *proxy.wire.lock().unwrap() == Wire::CutAfterCommit {
            tokio::task::yield_now().await;
        }
        proxy.set(Wire::Down);
        assert!(matches!(store.head().await, Err(StoreError::Unavailable(_)) | Ok(_)));
        proxy.set(Wire::Up);
        assert_eq!(commit.await.unwrap().unwrap(), [Outcome::Committed { first: 2 }]);
    });
}

#[test]
fn an_answer_that_cannot_be_looked_up_for_long_is_not_waited_for() {
    on_postgres("outage::an_answer_that_cannot_be_looked_up_for_long_is_not_waited_for", async |_, url| {
        let (store, proxy) = wired(url).await;
        committed(&store, append(stream(1), 0, 1)).await;
        proxy.set(Wire::CutAfterCommit);
        let waiting = store.clone();
        let commit = tokio::spawn(async move { waiting.commit(&[append(stream(1), 1, 1)]).await });
        while *proxy.wire.lock().unwrap() == Wire::CutAfterCommit {
            tokio::task::yield_now().await;
        }
        proxy.set(Wire::Down);
        // The wire stays down until the answer is there.
        let unknown = commit.await.unwrap();
        assert!(matches!(unknown, Err(StoreError::Unavailable(_))), "{unknown:?}");
        let away = store.commit(&[append(stream(2), 0, 1)]).await;
        assert!(matches!(away, Err(StoreError::Unavailable(_))), "{away:?}");
        proxy.set(Wire::Up);
        healed(&store).await;
        // It was committed: who tries again is told so, and nothing is there twice.
        let again = store.commit(&[append(stream(1), 1, 1)]).await.unwrap();
        let moved = Rejection::Version { stream: stream(1), actual: 2 };
        assert_eq!(again, [Outcome::Rejected(moved)]);
        assert_eq!(committed(&store, append(stream(1), 2, 1)).await, 3);
        assert!(matches!(store.verify().await.unwrap(), Verification::Whole { events: 3, .. }));
    });
}

/// Until the store has found out that the server is back; it waits a little longer after each failure.
async fn healed(store: &Store) {
    let healing = async {
        while store.probe().await != StoreHealth::Connected {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), healing).await.expect("it heals by itself");
}

#[test]
fn a_database_that_is_away_is_said_to_be_and_comes_back() {
    on_postgres("outage::a_database_that_is_away_is_said_to_be_and_comes_back", async |_, url| {
        let (store, proxy) = wired(url).await;
        let mut version = 0;
        for _ in 0..3 {
            committed(&store, append(stream(1), version, 1)).await;
            version += 1;
            proxy.set(Wire::Down);
            for _ in 0..3 {
                let away = store.commit(&[append(stream(1), version, 1)]).await;
                assert!(matches!(away, Err(StoreError::Unavailable(_))), "{away:?}");
                let away = store.query(&ONE, Vec::new(), Reach::Point).await;
                assert!(matches!(away, Err(StoreError::Unavailable(_))), "{away:?}");
                assert!(matches!(store.health(), StoreHealth::Disconnected(_)));
            }
            proxy.set(Wire::Up);
            healed(&store).await;
        }
        assert_eq!(store.read_stream(stream(1), 0).await.unwrap().len() as i64, version);
    });
}

#[test]
fn a_caller_who_goes_away_leaves_nothing_open() {
    on_postgres("outage::a_caller_who_goes_away_leaves_nothing_open", async |database, url| {
        let store = database.open().await;
        let other = database.open().await;
        committed(&store, append(stream(1), 0, 1)).await;
        // Somebody else holds the append lock, so this commit hangs in its first round trip until it is given up.
        let (holder, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        holder.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(7022647215696015211)").await.unwrap();
        let units = [append(stream(1), 1, 1)];
        let given_up = tokio::time::timeout(Duration::from_millis(200), store.commit(&units)).await;
        assert!(given_up.is_err(), "the lock was not held");
        holder.batch_execute("COMMIT").await.unwrap();
        drop(holder);
        connection.await.unwrap().unwrap();
        assert_eq!(committed(&other, append(stream(2), 0, 1)).await, 2);
        assert_eq!(committed(&store, append(stream(1), 1, 1)).await, 3);
    });
}

#[test]
fn a_server_that_does_not_sync_is_refused() {
    on_postgres("outage::a_server_that_does_not_sync_is_refused", async |database, url| {
        let name = url.rsplit('/').next().unwrap();
        on_server(url, &format!("ALTER DATABASE {name} SET synchronous_commit = off"));
        match Store::open(&database.url()).await {
            Err(StoreError::Open(text)) => assert!(text.contains("synchronous_commit"), "{text}"),
            other => panic!("{:?}", other.map(|_| "opened")),
        }
    });
}

#[test]
fn a_wrong_address_is_an_error_without_the_password() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        for url in ["postgres://u:geheim@127.0.0.1:1/x", "postgres://u:geheim@[nonsense"] {
            match Store::open(&StoreUrl::Postgres(url.to_owned())).await {
                Err(StoreError::Open(text)) => assert!(!text.contains("geheim"), "{text}"),
                other => panic!("{:?}", other.map(|_| "opened")),
            }
        }
    });
}

#[test]
fn a_commit_works_without_a_runtime_around_it() {
    on_postgres("outage::a_commit_works_without_a_runtime_around_it", async |database, _| {
        let store = database.open().await;
        let engine = std::thread::spawn(move || {
            let units = [append(stream(1), 0, 1)];
            // A thread that parks until it is woken is all that a commit asks for.
            let outcomes = block_on(store.commit(&units)).unwrap();
            assert_eq!(outcomes, [Outcome::Committed { first: 1 }]);
            store
        });
        let store = tokio::task::spawn_blocking(move || engine.join().unwrap()).await.unwrap();
        assert_eq!(store.head().await.unwrap().position, 1);
    });
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::task::Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::park();
    }
}
