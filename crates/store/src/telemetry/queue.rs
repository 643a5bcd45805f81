//! Group commit: many tasks append, one writer commits what has come together.

use super::PositionRow;
use crate::StoreError;
use tokio::sync::{mpsc, oneshot};

/// Rows that one call may bring.
pub const ROWS_AT_ONCE: usize = 10_000;

/// Rows that one transaction takes; what comes later waits for the next.
const ROWS_IN_COMMIT: usize = 20_000;

/// Calls that may wait; the next ones wait before they are queued.
const CALLS_WAITING: usize = 4096;

/// Rows and who waits for them.
pub struct Job {
    pub rows: Vec<PositionRow>,
    done: oneshot::Sender<Result<(), StoreError>>,
}

/// The end that appends.
#[derive(Clone)]
pub struct Queue(mpsc::Sender<Job>);

/// The end that writes.
pub struct Jobs(mpsc::Receiver<Job>);

/// Both ends.
pub fn queue() -> (Queue, Jobs) {
    let (sender, receiver) = mpsc::channel(CALLS_WAITING);
    (Queue(sender), Jobs(receiver))
}

impl Queue {
    /// Waits until the rows are durable.
    pub async fn append(&self, rows: Vec<PositionRow>) -> Result<(), StoreError> {
        if rows.len() > ROWS_AT_ONCE {
            return Err(StoreError::Defect(format!("more than {ROWS_AT_ONCE} positions at once")));
        }
        let stopped = || StoreError::Unavailable("the telemetry's writer has stopped".to_owned());
        let (done, outcome) = oneshot::channel();
        self.0.send(Job { rows, done }).await.map_err(|_| stopped())?;
        outcome.await.map_err(|_| stopped())?
    }
}

impl Jobs {
    /// Waits on this thread for work; `None` when nobody can append any more.
    pub fn blocking_next(&mut self) -> Option<Vec<Job>> {
        let first = self.0.blocking_recv()?;
        Some(self.with_waiting(first))
    }

    /// Waits for work; `None` when nobody can append any more.
    pub async fn next(&mut self) -> Option<Vec<Job>> {
        let first = self.0.recv().await?;
        Some(self.with_waiting(first))
    }

    fn with_waiting(&mut self, first: Job) -> Vec<Job> {
        let mut rows = first.rows.len();
        let mut jobs = vec![first];
        while rows < ROWS_IN_COMMIT
            && let Ok(job) = self.0.try_recv()
        {
            rows += job.rows.len();
            jobs.push(job);
        }
        jobs
    }
}

/// Tells everybody who waits how it ended.
pub fn answer(jobs: Vec<Job>, outcome: &Result<(), StoreError>) {
    for job in jobs {
        // Who went away no longer wants to know.
        let _ = job.done.send(outcome.clone());
    }
}
