//! Where a test's store is: in memory, or in a PostgreSQL database of its own.

use kernel::Clock as _;
use runtime::{SystemClock, SystemEntropy};
use store::StoreUrl;

/// A place that is removed when the test ends.
pub struct Place {
    pub url: StoreUrl,
    database: Option<(String, String)>,
}

impl Place {
    /// Every place that is to be had; where there is no PostgreSQL it says so, unless somebody insists on it.
    pub async fn every(test: &str) -> Vec<Self> {
        let mut places = vec![Self { url: StoreUrl::Memory, database: None }];
        match std::env::var("AUTOBROKER_TEST_POSTGRES") {
            Ok(server) => places.push(Self::postgres(server).await),
            Err(_) => {
                assert!(
                    std::env::var("CI").as_deref() != Ok("true"),
                    "{test} needs AUTOBROKER_TEST_POSTGRES"
                );
                println!("SKIPPED: {test} needs AUTOBROKER_TEST_POSTGRES");
            }
        }
        places
    }

    async fn postgres(server: String) -> Self {
        let unique = kernel::uuid_v7(SystemClock.now(), &SystemEntropy).simple();
        let name = format!("{}_{unique}", env!("CARGO_PKG_NAME"));
        execute(&server, &format!("CREATE DATABASE {name}")).await;
        let (base, _) = server.rsplit_once('/').unwrap();
        Self { url: StoreUrl::Postgres(format!("{base}/{name}")), database: Some((server, name)) }
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
