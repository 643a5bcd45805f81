//! What a topic was told since a position, read from where the log says it: the topic's own stream, and single events of
//! others.

use super::TopicSource;
use runtime::{Recorded, Runtime};
use store::StoreError;

/// Events of each of the two that are read at once.
const BATCH: u32 = 500;

/// All events of a topic after the position that was asked for, up to another.
pub(super) struct Stretch {
    pub(super) events: Vec<Recorded>,
    pub(super) until: i64,
}

/// Reads on after a position, at most up to `head`.
pub(super) async fn read_topic(
    runtime: &Runtime,
    source: &dyn TopicSource,
    topic: &str,
    after: i64,
    head: i64,
) -> Result<Stretch, StoreError> {
    let own = match source.stream(topic) {
        Some(stream) => runtime.events_of(stream, after, BATCH).await?,
        None => Vec::new(),
    };
    let elsewhere = source.elsewhere(topic, after, BATCH).await?;
    let own_end = complete_until(own.iter().map(|event| event.position), head);
    let until = complete_until(elsewhere.iter().copied(), head).min(own_end);
    let mut events: Vec<Recorded> = own.into_iter().filter(|event| event.position <= until).collect();
    for position in elsewhere.into_iter().filter(|position| *position <= until) {
        events.extend(runtime.events_after(position - 1, 1).await?);
    }
    events.sort_by_key(|event| event.position);
    events.dedup_by_key(|event| event.position);
    Ok(Stretch { events, until })
}

/// Up to where a batch holds everything: a full one may go on behind its last entry.
fn complete_until(positions: impl ExactSizeIterator<Item = i64>, head: i64) -> i64 {
    let is_full = positions.len() >= BATCH as usize;
    positions.last().filter(|_| is_full).map_or(head, |last| last.min(head))
}
