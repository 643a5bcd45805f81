//! Where a test's store is: in memory, in a folder of its own, or in a PostgreSQL database of its own.

use autobroker::{LiveSettings, Settings, StorePlace, TrackerSettings};
use kernel::Clock as _;
use runtime::{SystemClock, SystemEntropy};
use std::time::Duration;
use store::StoreUrl;
use tempfile::TempDir;

/// A place that is removed when the test ends.
pub struct Place {
    pub url: StoreUrl,
    pub folder: TempDir,
    database: Option<(String, String)>,
}

impl Place {
    pub fn memory() -> Self {
        Self { url: StoreUrl::Memory, folder: tempfile::tempdir().unwrap(), database: None }
    }

    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { url: StoreUrl::Sqlite(folder.path().to_owned()), folder, database: None }
    }

    /// `None`, said aloud, where there is no PostgreSQL and nobody insists on it.
    pub async fn postgres(test: &str) -> Option<Self> {
        let Ok(server) = std::env::var("AUTOBROKER_TEST_POSTGRES") else {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} needs AUTOBROKER_TEST_POSTGRES");
            println!("SKIPPED: {test} needs AUTOBROKER_TEST_POSTGRES");
            return None;
        };
        let name = format!("whole_{}", kernel::uuid_v7(SystemClock.now(), &SystemEntropy).simple());
        execute(&server, &format!("CREATE DATABASE {name}")).await;
        let (base, _) = server.rsplit_once('/').unwrap();
        Some(Self {
            url: StoreUrl::Postgres(format!("{base}/{name}")),
            folder: tempfile::tempdir().unwrap(),
            database: Some((server, name)),
        })
    }

    /// Every place that is to be had.
    pub async fn every(test: &str) -> Vec<Self> {
        let mut places = vec![Self::memory(), Self::sqlite()];
        places.extend(Self::postgres(test).await);
        places
    }

    /// Every place whose content outlives a process.
    pub async fn lasting(test: &str) -> Vec<Self> {
        let mut places = vec![Self::sqlite()];
        places.extend(Self::postgres(test).await);
        places
    }

    /// The store as the command line names it.
    pub fn store_option(&self) -> String {
        match &self.url {
            StoreUrl::Memory => "memory:".to_owned(),
            StoreUrl::Sqlite(folder) => format!("sqlite:{}", folder.display()),
            StoreUrl::Postgres(url) => url.clone(),
        }
    }

    /// A server here, on any free port, without rate limits and with a short dispute window.
    pub fn settings(&self) -> Settings {
        // Errors are shown with the output of a test that fails; more with RUST_LOG. The first test in wins.
        let _already = tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .with_test_writer()
            .try_init();
        Settings {
            place: StorePlace { data: self.folder.path().to_owned(), store: self.url.clone() },
            listen: "127.0.0.1:0".to_owned(),
            tls: None,
            dispute_window: Duration::from_millis(300),
            rate_limit_user: 0,
            rate_limit_anonymous: 0,
            cors_origins: Vec::new(),
            roads: Vec::new(),
            route_server: None,
            otlp_endpoint: None,
            connections: 1000,
            header_timeout: Duration::from_secs(10),
            stop_timeout: Duration::from_secs(5),
            tiles: None,
            live: LiveSettings::default(),
            trackers: TrackerSettings::default(),
            retention: store::Retention::default(),
            redis: None,
        }
    }

    /// Removes the database, when it is one.
    pub async fn remove(self) {
        if let Some((server, name)) = self.database {
            execute(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

async fn execute(server: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls).await.unwrap();
    let running = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    drop(client);
    running.await.unwrap().unwrap();
}
