//! Opens connections, and waits longer after each failure.

use super::{
    driver::Driver,
    session::{Session, classify},
};
use crate::StoreError;
use parking_lot::Mutex;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use tokio_postgres::{Config, NoTls};

/// How long a connection may take to open.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// The wait after the first failure; it doubles up to the longest.
const WAIT_FIRST: Duration = Duration::from_millis(50);
const WAIT_LONGEST: Duration = Duration::from_secs(2);

/// What every connection is told. A statement may take as long as we wait for it; a transaction that its client forgot
/// must not keep the append lock.
const SETTINGS: &str = "SET statement_timeout = '60s'; SET lock_timeout = '60s'; \
                        SET idle_in_transaction_session_timeout = '60s'; SET jit = off";

struct Gate {
    failures: u32,
    closed_until: Option<Instant>,
}

/// Opens connections to one database.
pub struct Connector {
    config: Config,
    driver: Arc<Driver>,
    gate: Mutex<Gate>,
}

impl Connector {
    /// For a connection string.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        // The parser's own text could quote the password.
        let parsed: Result<Config, _> = url.parse();
        let mut config =
            parsed.map_err(|_| StoreError::Open("this is not a PostgreSQL connection string".to_owned()))?;
        config
            .connect_timeout(CONNECT_LIMIT)
            .keepalives_idle(Duration::from_secs(30))
            .application_name("autobroker");
        let gate = Mutex::new(Gate { failures: 0, closed_until: None });
        Ok(Self { config, driver: Arc::new(Driver::start()?), gate })
    }

    /// The runtime that the connections live on.
    pub fn driver(&self) -> &Arc<Driver> {
        &self.driver
    }

    /// Opens a connection, or says at once that it is too early to try again.
    pub async fn connect(&self) -> Result<Session, StoreError> {
        if self.wait().is_some() {
            return Err(StoreError::Unavailable("PostgreSQL is away; the next attempt waits".to_owned()));
        }
        let opened = self.open().await;
        let mut gate = self.gate.lock();
        gate.failures = if opened.is_ok() { 0 } else { gate.failures.saturating_add(1) };
        gate.closed_until = (gate.failures > 0).then(|| {
            let wait =
                WAIT_FIRST.saturating_mul(1 << gate.failures.saturating_sub(1).min(10)).min(WAIT_LONGEST);
            Instant::now() + wait
        });
        opened
    }

    /// Opens a connection, however long that takes.
    pub async fn connect_patiently(&self) -> Session {
        loop {
            if let Some(wait) = self.wait() {
                self.driver.pause(wait).await;
            }
            match self.connect().await {
                Ok(session) => return session,
                Err(error) => tracing::debug!(%error, "PostgreSQL is still away"),
            }
        }
    }

    fn wait(&self) -> Option<Duration> {
        let until = self.gate.lock().closed_until?;
        let wait = until.saturating_duration_since(Instant::now());
        (!wait.is_zero()).then_some(wait)
    }

    async fn open(&self) -> Result<Session, StoreError> {
        let config = self.config.clone();
        let opening = async move { tokio::time::timeout(CONNECT_LIMIT, config.connect(NoTls)).await };
        let opened = self.driver.run(opening).await?;
        let opened = opened.map_err(|_| StoreError::Unavailable("PostgreSQL does not answer".to_owned()))?;
        let (client, connection) = opened.map_err(|error| match classify("connect", &error) {
            // Whatever keeps us from connecting, the database is away for us.
            StoreError::Defect(text) | StoreError::ReadOnly(text) => StoreError::Unavailable(text),
            other => other,
        })?;
        let load = Arc::clone(self.driver.load());
        load.opened();
        self.driver.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a PostgreSQL connection ended");
            }
            load.closed();
        });
        let session = Session::new(client, Arc::clone(&self.driver));
        session.script(SETTINGS).await?;
        Ok(session)
    }
}
