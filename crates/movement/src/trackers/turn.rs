//! Whose turn it is: of several processes over one store, one speaks with the MQTT broker.

use super::Trackers;
use std::time::Duration;
use store::Store;

/// The lease's name.
const LEASE: &str = "mqtt";
/// How long it lasts; it is renewed at a third of it.
const LASTS: Duration = Duration::from_secs(15);

/// A process's claim to the broker. A store that only this process has needs none.
#[derive(Clone)]
pub struct Turn {
    shared: Option<(Store, String)>,
}

impl Turn {
    /// The turn of a process over a store; `process` names it among all.
    #[must_use]
    pub fn new(store: &Store, process: String) -> Self {
        Self { shared: store.is_shared().then(|| (store.clone(), process)) }
    }

    /// Waits until it is ours.
    pub(super) async fn begun(&self, trackers: &Trackers) {
        while !self.is_ours(trackers, LASTS).await {
            tokio::time::sleep(LASTS / 3).await;
        }
    }

    /// Keeps it, and waits until it is not ours any more.
    pub(super) async fn over(&self, trackers: &Trackers) {
        loop {
            tokio::time::sleep(LASTS / 3).await;
            if !self.is_ours(trackers, LASTS).await {
                return;
            }
        }
    }

    /// Gives it back, so that another process need not wait for it to run out.
    pub(super) async fn given_back(&self, trackers: &Trackers) {
        self.is_ours(trackers, Duration::ZERO).await;
    }

    async fn is_ours(&self, trackers: &Trackers, lasts: Duration) -> bool {
        let Some((store, process)) = &self.shared else { return true };
        let taken = store.lease(LEASE, process, trackers.now(), lasts).await;
        taken.unwrap_or_else(|error| {
            tracing::warn!(%error, "whose turn it is at the MQTT broker is not known now");
            false
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        test_bench::{NOW, StoppedClock, bench},
        trackers::{Registry, TrackerMeter},
    };
    use std::sync::Arc;
    use store::StoreUrl;

    #[tokio::test]
    async fn one_of_two_processes_has_the_turn_until_it_gives_it_back() {
        let store = Store::open(&StoreUrl::Memory).await.unwrap();
        let (positions, clock) = (bench().await.positions, Arc::new(StoppedClock(NOW)));
        let trackers = Trackers::new(Registry::new(store.clone()), positions, clock, TrackerMeter::default());
        let turn = |name: &str| Turn { shared: Some((store.clone(), name.to_owned())) };
        let (one, other) = (turn("one"), turn("other"));
        one.begun(&trackers).await;
        assert!(one.is_ours(&trackers, LASTS).await && !other.is_ours(&trackers, LASTS).await);
        one.given_back(&trackers).await;
        other.begun(&trackers).await;
        assert!(!one.is_ours(&trackers, LASTS).await);
        let alone = Turn::new(&store, "alone".to_owned());
        assert!(alone.is_ours(&trackers, LASTS).await, "nobody else has this store");
    }
}
