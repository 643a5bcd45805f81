//! A few connections for reads and small transactions.

use super::{
    connector::Connector,
    driver::Driver,
    session::{Failure, Session},
};
use crate::StoreError;
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Connections at the same time; who comes later waits.
const CONNECTIONS: usize = 8;

/// The pool.
pub struct Pool {
    connector: Arc<Connector>,
    idle: Mutex<Vec<Session>>,
    turns: Semaphore,
}

/// A connection on loan.
pub struct Loan<'a> {
    pub session: Session,
    /// It was used before, so the other side may have gone since.
    pub reused: bool,
    _turn: SemaphorePermit<'a>,
}

impl Pool {
    pub fn new(connector: Arc<Connector>) -> Self {
        Self { connector, idle: Mutex::new(Vec::new()), turns: Semaphore::new(CONNECTIONS) }
    }

    /// The runtime that the connections live on.
    pub fn driver(&self) -> &Driver {
        self.connector.driver()
    }

    /// Takes a connection. One that is not given back is closed.
    pub async fn take(&self) -> Result<Loan<'_>, StoreError> {
        let turn = self.turns.acquire().await.map_err(|error| StoreError::Defect(error.to_string()))?;
        let idle = self.take_idle();
        let reused = idle.is_some();
        let session = match idle {
            Some(session) => session,
            None => self.connector.connect().await?,
        };
        Ok(Loan { session, reused, _turn: turn })
    }

    /// Takes a connection that answers, for what must not be tried twice.
    pub async fn take_live(&self) -> Result<Loan<'_>, StoreError> {
        loop {
            let loan = self.take().await?;
            match loan.session.script("").await {
                Ok(()) => return Ok(loan),
                Err(failure) if failure.lost && loan.reused => self.idle.lock().clear(),
                Err(failure) => return Err(failure.error),
            }
        }
    }

    fn take_idle(&self) -> Option<Session> {
        let mut idle = self.idle.lock();
        idle.retain(|session| !session.is_closed());
        idle.pop()
    }

    /// Gives a connection back on which nothing is left open.
    pub fn give_back(&self, loan: Loan<'_>) {
        self.idle.lock().push(loan.session);
    }

    /// Ends a loan on which something ran that may run twice. `None`: the connection had died while it was idle, so take
    /// another one and run it again.
    pub fn settle<T>(&self, loan: Loan<'_>, outcome: Result<T, Failure>) -> Option<Result<T, StoreError>> {
        match outcome {
            Ok(value) => {
                self.give_back(loan);
                Some(Ok(value))
            }
            Err(failure) if failure.lost && loan.reused => {
                self.idle.lock().clear();
                None
            }
            Err(failure) => {
                if !failure.lost {
                    // Outside of a transaction a refused statement leaves nothing behind.
                    self.give_back(loan);
                }
                Some(Err(failure.error))
            }
        }
    }
}
