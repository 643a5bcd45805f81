//! What this process asks of PostgreSQL: the connections that it holds, and how long answers take.

use crate::store::{DatabaseLoad, QUERY_BUCKETS};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Counters of one store's connections.
#[derive(Default)]
pub struct Load {
    connections: AtomicU64,
    buckets: [AtomicU64; QUERY_BUCKETS.len() + 1],
    micros: AtomicU64,
}

impl Load {
    /// A connection was opened.
    pub fn opened(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// One ended.
    pub fn closed(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    /// Measures how long an answer takes, also one that never comes.
    #[expect(clippy::disallowed_methods, reason = "measures how long the database takes")]
    pub async fn measure<T>(&self, answer: impl Future<Output = T>) -> T {
        let asked = Instant::now();
        let answer = answer.await;
        self.took(asked.elapsed());
        answer
    }

    fn took(&self, time: Duration) {
        let seconds = time.as_secs_f64();
        let bucket = QUERY_BUCKETS.iter().position(|bound| seconds <= *bound).unwrap_or(QUERY_BUCKETS.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// What they say.
    pub fn read(&self) -> DatabaseLoad {
        DatabaseLoad {
            connections: self.connections.load(Ordering::Relaxed),
            buckets: self.buckets.each_ref().map(|bucket| bucket.load(Ordering::Relaxed)),
            sum_seconds: Duration::from_micros(self.micros.load(Ordering::Relaxed)).as_secs_f64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_how_long_they_took() {
        let load = Load::default();
        for micros in [90, 100, 101, 60_000_000] {
            load.took(Duration::from_micros(micros));
        }
        load.opened();
        load.opened();
        load.closed();
        let read = load.read();
        assert_eq!((read.buckets[0], read.buckets[1], read.buckets[QUERY_BUCKETS.len()]), (2, 1, 1));
        assert_eq!((read.connections, read.buckets.iter().sum::<u64>()), (1, 4));
        assert!((read.sum_seconds - 60.000_291).abs() < 1e-9);
    }
}
