//! A database of each kind for one test, and a way to edit it behind the store's back.

use std::{
    future::Future,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};
use store::{Store, StoreUrl};

/// Runs a body on every kind of store, each as a test of its own.
macro_rules! on_every_store {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            use crate::database::Database;

            #[test]
            fn memory() {
                crate::database::run(Database::memory(), |database| Box::pin(async move { super::$name(&database).await }));
            }

            #[test]
            fn sqlite() {
                crate::database::run(Database::sqlite(), |database| Box::pin(async move { super::$name(&database).await }));
            }

            #[test]
            fn postgres() {
                let Some(database) = Database::postgres(concat!(module_path!(), "::postgres")) else { return };
                crate::database::run(database, |database| Box::pin(async move { super::$name(&database).await }));
            }
        })+
    };
}

/// Runs a body on the stores that survive being closed.
macro_rules! on_every_durable_store {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            use crate::database::Database;

            #[test]
            fn sqlite() {
                crate::database::run(Database::sqlite(), |database| Box::pin(async move { super::$name(&database).await }));
            }

            #[test]
            fn postgres() {
                let Some(database) = Database::postgres(concat!(module_path!(), "::postgres")) else { return };
                crate::database::run(database, |database| Box::pin(async move { super::$name(&database).await }));
            }
        })+
    };
}

pub(crate) use {on_every_durable_store, on_every_store};

/// Where the server is; `None` when it is not configured, which is no excuse in continuous integration.
pub fn server(test: &str) -> Option<String> {
    if let Ok(server) = std::env::var("AUTOBROKER_TEST_POSTGRES") {
        return Some(server);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{test} needs AUTOBROKER_TEST_POSTGRES");
    println!("SKIPPED: {test} needs AUTOBROKER_TEST_POSTGRES");
    None
}

enum Kind {
    Memory,
    Sqlite(tempfile::TempDir),
    Postgres { server: String, name: String },
}

/// A fresh database of one kind.
pub struct Database(Kind);

impl Database {
    pub fn memory() -> Self {
        Self(Kind::Memory)
    }

    pub fn sqlite() -> Self {
        Self(Kind::Sqlite(tempfile::tempdir().unwrap()))
    }

    pub fn postgres(test: &str) -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = server(test)?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("store_test_{}_{number}", std::process::id());
        on_server(&server, &format!("CREATE DATABASE {name}"));
        Some(Self(Kind::Postgres { server, name }))
    }

    pub fn url(&self) -> StoreUrl {
        match &self.0 {
            Kind::Memory => StoreUrl::Memory,
            Kind::Sqlite(folder) => StoreUrl::Sqlite(folder.path().to_owned()),
            Kind::Postgres { server, name } => StoreUrl::Postgres(with_database(server, name)),
        }
    }

    /// The folder, when it has one.
    pub fn folder(&self) -> Option<PathBuf> {
        match &self.0 {
            Kind::Sqlite(folder) => Some(folder.path().to_owned()),
            Kind::Memory | Kind::Postgres { .. } => None,
        }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.0, Kind::Postgres { .. })
    }

    pub async fn open(&self) -> Store {
        Store::open(&self.url()).await.unwrap()
    }

    /// Edits the tables as somebody with access to the disk or the server could.
    pub fn edit(&self, sql: &str) {
        match &self.0 {
            Kind::Memory => panic!("nobody can reach into memory"),
            Kind::Sqlite(folder) => {
                let conn = rusqlite::Connection::open(folder.path().join("log.db")).unwrap();
                conn.execute_batch(sql).unwrap();
            }
            Kind::Postgres { server, name } => on_server(&with_database(server, name), sql),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Kind::Postgres { server, name } = &self.0 {
            on_server(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// The server's URL with another database.
pub fn with_database(server: &str, name: &str) -> String {
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

/// Runs a script on the server, on a thread of its own so that it works inside and outside of a runtime.
pub fn on_server(url: &str, sql: &str) {
    let (url, sql) = (url.to_owned(), sql.to_owned());
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
            let connection = tokio::spawn(connection);
            client.batch_execute(&sql).await.unwrap();
            drop(client);
            connection.await.unwrap().unwrap();
        });
    };
    std::thread::spawn(run).join().unwrap();
}

type Body = std::pin::Pin<Box<dyn Future<Output = ()>>>;

/// Runs a test's body in a runtime like the product's.
pub fn run(database: Database, body: impl FnOnce(std::sync::Arc<Database>) -> Body) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(body(std::sync::Arc::new(database)));
}
