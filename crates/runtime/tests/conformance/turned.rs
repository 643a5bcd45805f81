//! The turned clock: the same seed gives the same log, byte for byte, whatever the batching and the store.

use super::{
    lamps::{Lamp, Utility, context, lamp, light, mirrored, origin},
    places::Place,
};
use kernel::{SeededEntropy, Timestamp};
use runtime::{Assembly, Turned, TurnedClock};
use std::{sync::Arc, time::Duration};
use store::Verification;

/// Runs the same small history with a commit every `tick` steps; the log's hash.
async fn history(place: &Place, tick: u64) -> [u8; 32] {
    let store = place.open().await;
    tokio::task::spawn_blocking(move || {
        let clock = Arc::new(TurnedClock::at(Timestamp::from_micros(1_700_000_000_000_000)));
        let utility = Utility::default();
        let assembly = Assembly::new().with(context(&utility, &Arc::default()));
        let entropy = Arc::new(SeededEntropy::new(7));
        let mut turned = Turned::start(assembly, store, Arc::clone(&clock), entropy).unwrap();
        for step in 0..60 {
            let lumen = if step % 7 == 0 { 1000 } else { 3 };
            let _refused_when_out = turned.submit(&origin(step), light(step % 9, lumen));
            let next = turned.next_due().unwrap_or(Timestamp::from_micros(0));
            let step_ends =
                Timestamp::from_micros(1_700_000_000_000_000).after(Duration::from_millis(20 * step));
            turned.turn_to(step_ends.max(next.min(step_ends))).unwrap();
            if step % tick == 0 {
                turned.commit().unwrap();
            }
        }
        turned.commit().unwrap();
        let state = turned.state::<Lamp>(lamp(0)).unwrap().unwrap();
        let image = turned.state::<Lamp>(mirrored(lamp(0))).unwrap().unwrap();
        assert!(state.out, "its timer fired");
        assert_eq!(state.lumen, -image.lumen);
        let store = turned.store().clone();
        let handle = tokio::runtime::Handle::current();
        let head = handle.block_on(store.head()).unwrap();
        assert_eq!(head.position, turned.position());
        assert!(matches!(handle.block_on(store.verify()).unwrap(), Verification::Whole { .. }));
        head.hash
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_the_same_whatever_the_batching_and_the_store() {
    let reference = history(&Place::memory(), 1).await;
    for tick in [1, 5, 100] {
        for place in Place::every("the_log_is_the_same").await {
            assert_eq!(history(&place, tick).await, reference, "tick {tick}, {:?}", place.url);
            place.remove().await;
        }
    }
}
