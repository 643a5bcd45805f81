//! Where a test's store is: in memory, in a folder of its own, or in a PostgreSQL database of its own.

use kernel::Clock as _;
use kernel::{SeededEntropy, Timestamp, Uuid};
use runtime::{SystemClock, SystemEntropy};
use store::{Store, StoreUrl};

/// A place that is removed when the test ends.
pub struct Place {
    pub url: StoreUrl,
    _folder: Option<tempfile::TempDir>,
    database: Option<(String, String)>,
}

impl Place {
    pub fn memory() -> Self {
        Self { url: StoreUrl::Memory, _folder: None, database: None }
    }

    pub fn folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { url: StoreUrl::Sqlite(folder.path().to_owned()), _folder: Some(folder), database: None }
    }

    /// `None`, said aloud, where there is no PostgreSQL and nobody insists on it.
    pub async fn postgres(test: &str) -> Option<Self> {
        let Ok(server) = std::env::var("AUTOBROKER_TEST_POSTGRES") else {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} needs AUTOBROKER_TEST_POSTGRES");
            println!("SKIPPED: {test} needs AUTOBROKER_TEST_POSTGRES");
            return None;
        };
        let name = format!("runtime_{}", kernel::uuid_v7(SystemClock.now(), &SystemEntropy).simple());
        execute(&server, &format!("CREATE DATABASE {name}")).await;
        let (base, _) = server.rsplit_once('/').unwrap();
        Some(Self {
            url: StoreUrl::Postgres(format!("{base}/{name}")),
            _folder: None,
            database: Some((server, name)),
        })
    }

    /// Every place that is to be had.
    pub async fn every(test: &str) -> Vec<Self> {
        let mut places = vec![Self::memory(), Self::folder()];
        places.extend(Self::postgres(test).await);
        places
    }

    pub async fn open(&self) -> Store {
        Store::open(&self.url).await.unwrap()
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

/// An id that depends on nothing but a number.
pub fn numbered(number: u64) -> Uuid {
    kernel::uuid_v7(Timestamp::from_micros(1_700_000_000_000_000), &SeededEntropy::new(number))
}
