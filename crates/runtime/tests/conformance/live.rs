//! One process.

use super::{
    lamps::{ALL, Lamp, LampCommand, Utility, context, lamp, light, mirrored, origin},
    places::Place,
};
use kernel::{Clock as _, TypedId as _};
use runtime::{
    Assembly, CommandError, IdempotencyKey, Order, Runtime, RuntimeOptions, SystemClock, SystemEntropy,
    TurnedClock, Wait,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use store::{Claim, DiskFault, EffectChange, Reach, Store, StoreError, StoreHealth, Unit, Verification};
use tokio::sync::mpsc::UnboundedReceiver;

async fn start(store: Store, utility: &Utility, panics: &Arc<AtomicU32>) -> Runtime {
    let assembly = Assembly::new().with(context(utility, panics));
    Runtime::start(assembly, store, Arc::new(SystemClock), Arc::new(SystemEntropy), RuntimeOptions::default())
        .await
        .unwrap()
}

async fn plain(store: Store) -> (Runtime, Utility) {
    let utility = Utility::default();
    let runtime = start(store, &utility, &Arc::default()).await;
    (runtime, utility)
}

/// Waits for what a channel brings; fails when it does not come.
pub async fn received<T>(what: &str, from: &mut UnboundedReceiver<T>) -> T {
    for _ in 0..3000 {
        if let Ok(value) = from.try_recv() {
            return value;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("did not come: {what}");
}

async fn state(runtime: &Runtime, number: u64) -> Arc<Lamp> {
    runtime.state::<Lamp>(lamp(number)).await.unwrap().unwrap()
}

/// Waits for something that follows by itself; fails when it does not come.
pub async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    for _ in 0..3000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("did not come: {what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_settles_with_its_reactions_effects_and_views() {
    for place in Place::every("an_order_settles").await {
        let (runtime, utility) = plain(place.open().await).await;
        let receipt = runtime.submit(&origin(1), light(1, 40)).await.unwrap();
        assert!(receipt.changed);
        assert_eq!((receipt.position, receipt.version), (1, 1));
        // Settled: the mirror image and the bill are there when the answer comes.
        assert_eq!(state(&runtime, 1).await.bills, ["mirror:1:1"]);
        let image = runtime.state::<Lamp>(mirrored(lamp(1))).await.unwrap().unwrap();
        assert_eq!(image.lumen, -40);
        assert_eq!(*utility.calls.lock(), ["mirror:1:1"]);
        let rows = runtime.store().query(&ALL, vec![], Reach::Point).await.unwrap();
        let lumens: Vec<i64> = rows.iter().map(|row| row.int(2).unwrap()).collect();
        assert!(lumens.contains(&40) && lumens.contains(&-40), "{lumens:?}");
        let again = runtime.submit(&origin(1), light(1, 0)).await.unwrap();
        assert!(!again.changed);
        let refused = Order::new::<Lamp>(lamp(1), LampCommand::LightAfter { times: 9, lumen: 1 });
        assert!(
            matches!(runtime.submit(&origin(1), refused).await, Err(CommandError::Refused(r)) if r.code == "lamp.too_early")
        );
        runtime.stop().await;
        assert!(matches!(runtime.submit(&origin(1), light(1, 1)).await, Err(CommandError::Overloaded)));
        drop(runtime);
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_commands_commit_together_or_not_at_all() {
    for place in Place::every("several_commands").await {
        let (runtime, _) = plain(place.open().await).await;
        let both = light(1, 5).and::<Lamp>(lamp(2), LampCommand::Light(6));
        assert!(runtime.submit(&origin(1), both).await.unwrap().changed);
        assert_eq!((state(&runtime, 1).await.lumen, state(&runtime, 2).await.lumen), (5, 6));
        let half = light(1, 5).and::<Lamp>(lamp(2), LampCommand::LightAfter { times: 9, lumen: 1 });
        assert!(runtime.submit(&origin(1), half).await.is_err());
        assert_eq!((state(&runtime, 1).await.lumen, state(&runtime, 2).await.lumen), (5, 6));
        drop(runtime);
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_writers_lose_nothing() {
    for place in Place::every("sixty_four_writers").await {
        let (runtime, _) = plain(place.open().await).await;
        let writers = (0..64).map(|writer| {
            let runtime = runtime.clone();
            tokio::spawn(async move {
                for turn in 0..20 {
                    let order = light(turn % 4, 1).wait(Wait::Durable);
                    assert!(runtime.submit(&origin(writer), order).await.unwrap().changed);
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        for number in 0..4 {
            assert_eq!(state(&runtime, number).await.lumen, 64 * 5);
            until("the mirror image", || async {
                let image = runtime.state::<Lamp>(mirrored(lamp(number))).await.unwrap();
                image.is_some_and(|image| image.lumen == -64 * 5)
            })
            .await;
        }
        assert!(matches!(runtime.store().verify().await.unwrap(), Verification::Whole { .. }));
        drop(runtime);
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_claim_costs_no_other_unit_anything() {
    for place in Place::every("a_lost_claim").await {
        let (runtime, _) = plain(place.open().await).await;
        let orders = (0..40_u64).map(|number| {
            let runtime = runtime.clone();
            tokio::spawn(async move {
                // Every other order takes the same key for another owner; all of them touch one lamp.
                let mut order = light(1, 1).wait(Wait::Durable);
                if number % 2 == 1 {
                    let (key, owner) = ("same".to_owned(), format!("owner {number}"));
                    order = order.claim(Claim::Unique { scope: "test", key, owner });
                }
                runtime.submit(&origin(number), order).await
            })
        });
        let mut won = 0;
        for order in orders.collect::<Vec<_>>() {
            match order.await.unwrap() {
                Ok(_) => won += 1,
                Err(error) => assert!(matches!(error, CommandError::Taken { scope: "test" }), "{error}"),
            }
        }
        assert_eq!(won, 21);
        assert_eq!(state(&runtime, 1).await.lumen, 21);
        drop(runtime);
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_acts_once() {
    for place in Place::every("the_same_key").await {
        let (runtime, _) = plain(place.open().await).await;
        let mut from = origin(1);
        from.idempotency = Some(IdempotencyKey { key: "k".to_owned(), body_hash: [7; 32] });
        let first = runtime.submit(&from, light(1, 3)).await.unwrap();
        // The second request would make another lamp; it is told of the first one.
        let second = runtime.submit(&from, light(2, 3)).await.unwrap();
        assert!(second.repeated && !second.changed);
        assert_eq!(second.stream, first.stream);
        let refused = Order::new::<Lamp>(lamp(1), LampCommand::LightAfter { times: 9, lumen: 1 });
        assert!(runtime.submit(&from, refused).await.unwrap().repeated);
        from.idempotency = Some(IdempotencyKey { key: "k".to_owned(), body_hash: [8; 32] });
        assert!(matches!(runtime.submit(&from, light(1, 3)).await, Err(CommandError::KeyReused)));
        assert_eq!(state(&runtime, 1).await.lumen, 3);
        assert!(runtime.state::<Lamp>(lamp(2)).await.unwrap().is_none());
        drop(runtime);
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_fire_and_survive_a_restart() {
    for place in [Place::folder()].into_iter().chain(Place::postgres("timers_fire").await) {
        let (runtime, _) = plain(place.open().await).await;
        assert!(runtime.submit(&origin(1), light(1, 1000)).await.unwrap().changed);
        until("the lamp burns out", || async { state(&runtime, 1).await.out }).await;
        assert!(runtime.submit(&origin(1), light(2, 1000)).await.unwrap().changed);
        runtime.stop().await;
        drop(runtime);
        let (runtime, utility) = plain(place.open().await).await;
        until("the second burns out", || async { state(&runtime, 2).await.out }).await;
        // Nothing was done twice over the restart.
        assert_eq!(state(&runtime, 2).await.bills.len(), 1);
        assert!(utility.calls.lock().is_empty());
        runtime.stop().await;
        drop(runtime);
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_reactor_rests_and_goes_on_where_it_stood() {
    let utility = Utility::default();
    let panics = Arc::new(AtomicU32::new(2));
    let runtime = start(Place::memory().open().await, &utility, &panics).await;
    assert!(runtime.submit(&origin(1), light(1, 7).wait(Wait::Durable)).await.unwrap().changed);
    assert!(runtime.submit(&origin(1), light(1, 8).wait(Wait::Durable)).await.unwrap().changed);
    until("both answers", || async { state(&runtime, 1).await.bills.len() == 2 }).await;
    assert_eq!(panics.load(Ordering::SeqCst), 0);
    // The calls to the outside run side by side: their order is not promised.
    let mut bills = state(&runtime, 1).await.bills.clone();
    bills.sort();
    assert_eq!(bills, ["mirror:1:1", "mirror:2:1"]);
    assert_eq!(runtime.meter().failures().get("mirror"), Some(&2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_panics_harms_nobody_else() {
    let (runtime, _) = plain(Place::memory().open().await).await;
    let (first, second) = (origin(1), origin(2));
    let (bad, good) = tokio::join!(
        runtime.submit(&first, Order::new::<Lamp>(lamp(1), LampCommand::Explode)),
        runtime.submit(&second, light(2, 5)),
    );
    assert!(matches!(bad, Err(CommandError::Store(_))));
    assert!(good.unwrap().changed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_effect_is_retried_with_the_same_key() {
    let utility = Utility::default();
    utility.failures.store(1, Ordering::SeqCst);
    let runtime = start(Place::memory().open().await, &utility, &Arc::default()).await;
    assert!(runtime.submit(&origin(1), light(1, 7)).await.unwrap().changed);
    until("the bill", || async { !state(&runtime, 1).await.bills.is_empty() }).await;
    assert_eq!(*utility.calls.lock(), ["mirror:1:1", "mirror:1:1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_agents_sleep_and_wake_with_their_state() {
    let (runtime, _) = plain(Place::memory().open().await).await;
    for _ in 0..30 {
        assert!(runtime.submit(&origin(1), light(1, 1).wait(Wait::Durable)).await.unwrap().changed);
    }
    assert_eq!(runtime.status().awake.get("lamp"), Some(&2));
    runtime.configure(RuntimeOptions { idle_after: Duration::from_millis(1), ..RuntimeOptions::default() });
    until("all asleep", || async { runtime.status().awake.is_empty() }).await;
    let snapshot = runtime.store().snapshot(lamp(1).stream(), 1).await.unwrap();
    assert!(snapshot.is_some_and(|snapshot| snapshot.version >= 30));
    assert_eq!(state(&runtime, 1).await.lumen, 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_acknowledges_nothing_and_heals_by_itself() {
    let place = Place::folder();
    let (runtime, _) = plain(place.open().await).await;
    assert!(runtime.submit(&origin(1), light(1, 1)).await.unwrap().changed);
    for fault in [DiskFault::Full, DiskFault::SyncFails] {
        assert!(runtime.store().set_disk_fault(fault));
        let refused = runtime.submit(&origin(1), light(1, 1)).await;
        assert!(matches!(refused, Err(CommandError::Store(StoreError::ReadOnly(_)))), "{refused:?}");
        assert!(matches!(runtime.store().health(), StoreHealth::ReadOnly(_)));
        // Readers go on.
        assert_eq!(state(&runtime, 1).await.lit, 1);
        assert!(runtime.store().set_disk_fault(DiskFault::None));
        // Nobody sends a command: the engine tries by itself.
        until("the store heals", || async { runtime.store().health() == StoreHealth::Connected }).await;
    }
    assert!(runtime.submit(&origin(1), light(1, 1)).await.unwrap().changed);
    assert_eq!(state(&runtime, 1).await.lit, 2);
    assert!(matches!(runtime.store().verify().await.unwrap(), Verification::Whole { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_dead_letter_is_called_at_once() {
    for place in Place::every("a_replayed_dead_letter").await {
        let store = place.open().await;
        let (from, id, now) = (origin(1), "earlier:1:1".to_owned(), SystemClock.now());
        let payload = format!("{{\"lamp\":\"{}\"}}", lamp(1));
        let asked = EffectChange::Request {
            id: id.clone(),
            kind: "lamp.bill",
            tenant: from.tenant,
            payload,
            correlation: from.correlation,
            causation: 1,
            due: now,
        };
        let dead = EffectChange::Dead { id: id.clone(), attempts: 10, error: "closed".to_owned() };
        for change in [asked, dead] {
            store.commit(&[Unit { effects: vec![change], ..Unit::default() }]).await.unwrap();
        }
        let (runtime, utility) = plain(store).await;
        assert!(runtime.submit(&from, light(2, 5)).await.unwrap().changed);
        assert!(!utility.calls.lock().contains(&id), "a dead letter lies until somebody replays it");
        runtime.replay(&id).await.unwrap();
        until("the bill", || async {
            runtime.state::<Lamp>(lamp(1)).await.unwrap().is_some_and(|lamp| lamp.bills == [id.clone()])
        })
        .await;
        runtime.replay(&id).await.unwrap();
        assert!(runtime.submit(&from, light(2, 6)).await.unwrap().changed);
        assert_eq!(utility.calls.lock().iter().filter(|call| **call == id).count(), 1, "it is dead no more");
        runtime.stop().await;
        drop(runtime);
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_later_idempotency_keys_are_forgotten() {
    for place in Place::every("a_day_later").await {
        let clock = Arc::new(TurnedClock::at(SystemClock.now()));
        let assembly = Assembly::new().with(context(&Utility::default(), &Arc::default()));
        let (store, given) = (place.open().await, Arc::clone(&clock));
        let options = RuntimeOptions::default();
        let runtime = Runtime::start(assembly, store, given, Arc::new(SystemEntropy), options).await.unwrap();
        let mut from = origin(1);
        from.idempotency = Some(IdempotencyKey { key: "k".to_owned(), body_hash: [7; 32] });
        assert!(runtime.submit(&from, light(1, 3).wait(Wait::Durable)).await.unwrap().changed);
        clock.turn_to(clock.now().after(Duration::from_secs(23 * 3600)));
        assert!(runtime.submit(&from, light(1, 3)).await.unwrap().repeated);
        clock.turn_to(clock.now().after(Duration::from_secs(2 * 3600)));
        until("the key is forgotten", || async { runtime.store().idempotency("k").await.unwrap().is_none() })
            .await;
        runtime.stop().await;
        drop(runtime);
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_steps_over_a_hundred_is_stored_too() {
    let (runtime, _) = plain(Place::memory().open().await).await;
    for _ in 0..35 {
        let three = light(1, 1)
            .and::<Lamp>(lamp(1), LampCommand::Light(1))
            .and::<Lamp>(lamp(1), LampCommand::Light(1))
            .wait(Wait::Durable);
        assert!(runtime.submit(&origin(1), three).await.unwrap().changed);
    }
    until("the snapshot", || async {
        runtime
            .store()
            .snapshot(lamp(1).stream(), 1)
            .await
            .unwrap()
            .is_some_and(|stored| stored.version >= 100)
    })
    .await;
}
