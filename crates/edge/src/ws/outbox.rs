//! What waits for one socket.

use axum::extract::ws::Utf8Bytes;
use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use std::{future::poll_fn, sync::Arc, task::Poll};

/// Bounded: when it is full the socket is too slow, and is told so. Many put messages in; only the socket's own task
/// waits for them.
pub(super) struct Outbox {
    events_max: usize,
    waiting: Mutex<Waiting>,
    task: AtomicWaker,
}

#[derive(Default)]
struct Waiting {
    /// In their order, with their topics.
    events: Vec<(Arc<str>, Utf8Bytes)>,
    /// The newest value of each topic that has one.
    latest: Vec<(Arc<str>, Utf8Bytes)>,
    /// One more came than there is room for.
    overrun: bool,
}

impl Waiting {
    const fn is_empty(&self) -> bool {
        self.events.is_empty() && self.latest.is_empty()
    }
}

/// What a socket's task is called for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Something waits to be sent.
    Messages,
    /// The socket has become too slow.
    Overrun,
}

impl Outbox {
    /// An empty one with room for so many events.
    pub(super) fn new(events_max: usize) -> Arc<Self> {
        let waiting = Mutex::new(Waiting::default());
        Arc::new(Self { events_max: events_max.max(1), waiting, task: AtomicWaker::new() })
    }

    /// Adds a message behind those that wait; `false` when there is no room, which ends the socket.
    pub(super) fn put(&self, topic: &Arc<str>, text: Utf8Bytes) -> bool {
        let mut waiting = self.waiting.lock();
        if waiting.events.len() >= self.events_max {
            drop(waiting);
            self.overrun();
            return false;
        }
        let first = waiting.is_empty();
        waiting.events.push((Arc::clone(topic), text));
        drop(waiting);
        self.call_if(first);
        true
    }

    /// Replaces the value that waits for this topic; `true` when none waited.
    pub(super) fn put_latest(&self, topic: &Arc<str>, text: Utf8Bytes) -> bool {
        let mut waiting = self.waiting.lock();
        if let Some((_, known)) = waiting.latest.iter_mut().find(|(known, _)| known == topic) {
            *known = text;
            return false;
        }
        let first = waiting.is_empty();
        waiting.latest.push((Arc::clone(topic), text));
        drop(waiting);
        self.call_if(first);
        true
    }

    /// Whoever came before the others has called the task already.
    fn call_if(&self, first: bool) {
        if first {
            self.task.wake();
        }
    }

    /// Ends the socket: it is too slow.
    pub(super) fn overrun(&self) {
        self.waiting.lock().overrun = true;
        self.task.wake();
    }

    /// Forgets what waits of a topic that ended: a resumed subscription reads it from the log again.
    pub(super) fn forget(&self, topic: &str) {
        let mut waiting = self.waiting.lock();
        waiting.events.retain(|(known, _)| &**known != topic);
        waiting.latest.retain(|(known, _)| &**known != topic);
    }

    /// Takes the events alone.
    pub(super) fn take_events(&self) -> impl Iterator<Item = Utf8Bytes> + use<> {
        std::mem::take(&mut self.waiting.lock().events).into_iter().map(|(_, text)| text)
    }

    /// Takes everything, the events first: a value's id is a resume token too, and must not pass an event.
    pub(super) fn take(&self) -> impl Iterator<Item = Utf8Bytes> + use<> {
        let mut waiting = self.waiting.lock();
        let (events, latest) = (std::mem::take(&mut waiting.events), std::mem::take(&mut waiting.latest));
        events.into_iter().chain(latest).map(|(_, text)| text)
    }

    /// Is over when there is something to do; the socket's task alone may wait for it.
    pub(super) async fn due(&self) -> Due {
        self.when(|waiting| match waiting {
            Waiting { overrun: true, .. } => Some(Due::Overrun),
            waiting => (!waiting.is_empty()).then_some(Due::Messages),
        })
        .await
    }

    /// Is over when the socket has become too slow; the socket's task alone may wait for it.
    pub(super) async fn overflowed(&self) {
        self.when(|waiting| waiting.overrun.then_some(())).await;
    }

    async fn when<T>(&self, ready: impl Fn(&Waiting) -> Option<T>) -> T {
        poll_fn(|task| {
            // First the waker, then the look: what comes in between wakes.
            self.task.register(task.waker());
            ready(&self.waiting.lock()).map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    fn texts(messages: impl IntoIterator<Item = Utf8Bytes>) -> Vec<String> {
        messages.into_iter().map(|text| text.to_string()).collect()
    }

    #[test]
    fn of_values_that_replace_each_other_the_newest_waits_behind_the_events() {
        let outbox = Outbox::new(2);
        let (truck, other): (Arc<str>, Arc<str>) = ("shipment:1".into(), "shipment:2".into());
        assert_eq!(outbox.due().now_or_never(), None);
        for place in 0..1000 {
            assert_eq!(outbox.put_latest(&truck, place.to_string().into()), place == 0);
        }
        outbox.put_latest(&other, "there".into());
        outbox.put(&"shipment:1".into(), "booked".into());
        assert_eq!(outbox.due().now_or_never(), Some(Due::Messages));
        assert_eq!(texts(outbox.take()), ["booked", "999", "there"]);
    }

    #[test]
    fn of_a_topic_that_ended_nothing_waits() {
        let outbox = Outbox::new(10);
        let (ended, other): (Arc<str>, Arc<str>) = ("shipment:1".into(), "shipment:2".into());
        for topic in [&ended, &other] {
            outbox.put(topic, format!("booked {topic}").into());
            outbox.put_latest(topic, format!("here {topic}").into());
        }
        outbox.forget(&ended);
        assert_eq!(texts(outbox.take()), ["booked shipment:2", "here shipment:2"]);
        outbox.put(&ended, "booked".into());
        outbox.forget(&ended);
        assert_eq!(outbox.due().now_or_never(), None);
    }

    #[test]
    fn events_can_be_taken_alone() {
        let outbox = Outbox::new(2);
        outbox.put_latest(&"shipment:1".into(), "here".into());
        outbox.put(&"shipment:1".into(), "booked".into());
        assert_eq!(texts(outbox.take_events()), ["booked"]);
        assert_eq!(texts(outbox.take()), ["here"]);
    }

    #[test]
    fn a_full_outbox_is_told_and_never_grows() {
        let outbox = Outbox::new(2);
        let put = (0..100).filter(|_| outbox.put(&"shipment:1".into(), "x".into())).count();
        assert_eq!((put, outbox.due().now_or_never()), (2, Some(Due::Overrun)));
        assert_eq!(outbox.overflowed().now_or_never(), Some(()));
        assert_eq!(texts(outbox.take()).len(), 2);
    }

    #[tokio::test]
    async fn whoever_waits_is_called_by_what_comes() {
        let outbox = Outbox::new(1);
        let putting = async {
            tokio::task::yield_now().await;
            outbox.put(&"shipment:1".into(), "x".into());
        };
        assert_eq!(tokio::join!(outbox.due(), putting).0, Due::Messages);
        // What waits already does not hide that there is too much of it.
        let overrunning = async {
            tokio::task::yield_now().await;
            outbox.put(&"shipment:1".into(), "y".into());
        };
        tokio::join!(outbox.overflowed(), overrunning);
    }
}
