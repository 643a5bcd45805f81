//! The connections that one listener serves at the same time, in all and of one address.

use dashmap::{DashMap, Entry};
use std::{net::IpAddr, sync::Arc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections of one protocol at the same time; more wait in the system's queue.
const CONNECTIONS_MAX: usize = 20_000;
/// Of them, those of one address: a mobile network hides a whole fleet behind one, but nobody takes every place.
const OF_ADDRESS_MAX: u32 = 5_000;

/// The places of a listener; clones share them.
#[derive(Clone)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    of_address: Arc<DashMap<IpAddr, u32>>,
    of_address_max: u32,
}

/// A place as long as it lives.
pub(super) struct Place {
    places: Places,
    address: IpAddr,
    _one: OwnedSemaphorePermit,
}

impl Places {
    pub(super) fn new() -> Self {
        Self::with(OF_ADDRESS_MAX)
    }

    fn with(of_address_max: u32) -> Self {
        Self { all: Arc::new(Semaphore::new(CONNECTIONS_MAX)), of_address: Arc::default(), of_address_max }
    }

    /// Waits until there is room for somebody.
    pub(super) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        Arc::clone(&self.all).acquire_owned().await.ok()
    }

    /// Gives the room to an address; `None` when it has too much already.
    pub(super) fn give(&self, room: OwnedSemaphorePermit, address: IpAddr) -> Option<Place> {
        let mut taken = self.of_address.entry(address).or_insert(0);
        if *taken >= self.of_address_max {
            return None;
        }
        *taken += 1;
        drop(taken);
        Some(Place { places: self.clone(), address, _one: room })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Entry::Occupied(mut taken) = self.places.of_address.entry(self.address) {
            *taken.get_mut() -= 1;
            if *taken.get() == 0 {
                taken.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_has_its_share_and_no_more() {
        let places = Places::with(2);
        let take = async |last: u8| places.give(places.room().await.unwrap(), IpAddr::from([10, 0, 0, last]));
        let (first, second) = (take(1).await, take(1).await);
        assert!(first.is_some() && second.is_some());
        assert!(take(1).await.is_none(), "a third is refused");
        assert!(take(2).await.is_some(), "and nobody else is");
        drop(first);
        let again = take(1).await;
        assert!(again.is_some(), "who leaves makes room");
        drop((second, again));
        assert_eq!((places.of_address.len(), places.all.available_permits()), (0, CONNECTIONS_MAX));
    }
}
