//! What waits in the store: more timers than memory holds, and events that this version cannot decode.

use super::{
    lamps::{Lamp, lamp, light, origin},
    listeners::{on_light, start},
    live::until,
    places::{Place, numbered},
};
use kernel::{Clock as _, RequestId, TenantId, Timestamp, TypedId as _};
use runtime::{Context, Runtime, RuntimeOptions, SystemClock, Wait};
use std::{collections::BTreeMap, time::Duration};
use store::{EventMeta, NewEvent, Outcome, Store, TimerChange, Unit};

fn timer(number: u64, due: Timestamp) -> TimerChange {
    TimerChange::Set {
        stream: lamp(number).stream(),
        tenant: TenantId::from_uuid(numbered(1)),
        name: "burn",
        key: String::new(),
        due,
        correlation: RequestId::from_uuid(numbered(1)),
    }
}

async fn out(runtime: &Runtime, number: u64) -> bool {
    runtime.state::<Lamp>(lamp(number)).await.unwrap().is_some_and(|lamp| lamp.out)
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_beyond_what_memory_holds_fire_in_their_turn() {
    for place in Place::every("timers_beyond").await {
        let store = place.open().await;
        let now = SystemClock.now();
        // Many that are overdue, several of them at the same instant, and some that become due soon.
        let due = |number: u64| match number {
            0..20 => now.before(Duration::from_secs(60 - number)),
            20..30 => now.before(Duration::from_secs(30)),
            _ => now.after(Duration::from_millis(10 * number)),
        };
        let unit =
            Unit { timers: (0..40).map(|number| timer(number, due(number))).collect(), ..Unit::default() };
        store.commit(&[unit]).await.unwrap();
        let options = RuntimeOptions { timers_held: 3, ..RuntimeOptions::default() };
        let runtime = start(store, Context::new(), options).await;
        // Timers of 50 ms that are set while the others wait.
        for number in 40..50 {
            assert!(
                runtime
                    .submit(&origin(number), light(number, 1000).wait(Wait::Durable))
                    .await
                    .unwrap()
                    .changed
            );
        }
        for number in 0..50 {
            until("the timer", || async { out(&runtime, number).await }).await;
        }
        runtime.stop().await;
        drop(runtime);
        place.remove().await;
    }
}

/// An event that a later version has written, perhaps.
async fn write_undecodable(store: &Store) -> i64 {
    let event = NewEvent {
        stream: lamp(1).stream(),
        kind: "lamp",
        version: 1,
        tenant: TenantId::from_uuid(numbered(1)),
        type_name: "lamp.lit",
        schema: 1,
        payload: r#"{"lumen":"much"}"#.into(),
        meta: EventMeta {
            actor: "sys_rival".into(),
            correlation: RequestId::from_uuid(numbered(1)),
            causation: 0,
            time: Timestamp::from_micros(1),
        },
    };
    let unit = Unit { expected: vec![(lamp(1).stream(), 0)], events: vec![event], ..Unit::default() };
    match store.commit(&[unit]).await.unwrap().as_slice() {
        [Outcome::Committed { first }] => *first,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_decode_an_event_is_named() {
    for place in Place::every("who_cannot_decode").await {
        let store = place.open().await;
        let context = || Context::new().reactor(on_light("reader", |_, _, _| Ok(vec![])));
        let runtime = start(store.clone(), context(), RuntimeOptions::default()).await;
        assert!(runtime.submit(&origin(2), light(2, 5)).await.unwrap().changed);
        runtime.stop().await;
        drop(runtime);
        let position = write_undecodable(&store).await;
        let runtime = start(store.clone(), context(), RuntimeOptions::default()).await;
        let named = BTreeMap::from([("reader", position)]);
        until("the reader is named", || async { runtime.meter().unreadable() == named }).await;
        // The others go on.
        assert!(runtime.submit(&origin(3), light(3, 5).wait(Wait::Durable)).await.unwrap().changed);
        assert!(runtime.events_after(0, 10).await.is_err());
        assert_eq!(runtime.meter().unreadable().get("subscribers"), Some(&position));
        runtime.stop().await;
        drop(runtime);
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_other_processes_is_named_too() {
    let Some(place) = Place::postgres("what_follows_other_processes").await else { return };
    let store = place.open().await;
    let runtime = start(store.clone(), Context::new(), RuntimeOptions::default()).await;
    let position = write_undecodable(&store).await;
    until("the tail is named", || async { runtime.meter().unreadable().get("log") == Some(&position) }).await;
    runtime.stop().await;
    place.remove().await;
}
