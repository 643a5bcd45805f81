//! Keeps the write-ahead log small, off the writer's thread (design, section 4).

use super::{connection::Conn, writer::Writer};
use crate::StoreError;
use parking_lot::{Condvar, Mutex};
use std::{sync::Arc, thread::JoinHandle};

/// Each time the log has grown by so many pages (of 4 KiB), they are moved beside the writer. Pages are written again and
/// again while the market is busy, so that moving them more often would write the same ones more often.
const PAGES_SOFT: i64 = 4_000;

/// From this many pages on the writer waits while the rest is moved: it outran the checkpoints.
const PAGES_HARD: i64 = 16_000;

#[derive(Default)]
struct State {
    pages: i64,
    /// How long the log was when pages were last moved; 0 once the writer has begun it anew.
    moved_at: i64,
    stop: bool,
}

/// The length of the write-ahead log, told by the writer after each commit.
#[derive(Default)]
pub struct LogLength {
    state: Mutex<State>,
    changed: Condvar,
}

impl LogLength {
    /// Tells the length after a commit.
    pub fn set(&self, pages: i64) {
        let mut state = self.state.lock();
        if pages < state.moved_at {
            state.moved_at = 0;
        }
        if pages >= state.moved_at + PAGES_SOFT {
            state.pages = pages;
            state.moved_at = pages;
            self.changed.notify_one();
        }
    }

    fn wait(&self) -> Option<i64> {
        let mut state = self.state.lock();
        self.changed.wait_while(&mut state, |state| state.pages == 0 && !state.stop);
        (!state.stop).then(|| std::mem::take(&mut state.pages))
    }
}

/// The thread that moves pages from the log into the database.
pub struct Checkpointer {
    length: Arc<LogLength>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// Starts the thread over a connection of its own.
    pub fn start(
        conn: Conn,
        writer: Arc<tokio::sync::Mutex<Writer>>,
        length: Arc<LogLength>,
    ) -> Result<Self, StoreError> {
        let watched = Arc::clone(&length);
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || run(conn, &writer, &watched));
        let thread = thread.map_err(|error| StoreError::Open(error.to_string()))?;
        Ok(Self { length, thread: Some(thread) })
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.length.state.lock().stop = true;
        self.length.changed.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the checkpoint thread panicked");
        }
    }
}

/// How much less of the processors the thread gets than others while they are short (its niceness): moving pages takes
/// tens of milliseconds at a stretch, and nobody waits for it.
const YIELDING: i32 = 5;

fn run(mut conn: Conn, writer: &tokio::sync::Mutex<Writer>, length: &LogLength) {
    if let Err(error) = rustix::process::nice(YIELDING) {
        tracing::debug!(%error, "the checkpoint thread competes like any other");
    }
    while let Some(pages) = length.wait() {
        let done = checkpoint(&mut conn).and_then(|()| {
            if pages < PAGES_HARD {
                return Ok(());
            }
            // Only what was written meanwhile is left, so the writer waits briefly.
            let _writing = writer.blocking_lock();
            checkpoint(&mut conn)
        });
        if let Err(error) = done {
            // The pages stay in the log, which stays valid; it is tried again when the log has grown as much again.
            tracing::warn!(%error, "the write-ahead log could not be moved into the database");
        }
    }
}

/// Moves what readers and the writer let go. Once everything is moved, the writer begins the log anew by itself.
fn checkpoint(conn: &mut Conn) -> Result<(), StoreError> {
    conn.query_text("PRAGMA wal_checkpoint(PASSIVE)", &[]).map(drop)
}
