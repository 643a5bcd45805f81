//! What waits in the store: more timers than memory holds, events that this version cannot decode, effects whose result
//! came from elsewhere.

use super::{
    lamps::{Lamp, LampCommand, lamp, light, origin},
    listeners::{on_light, start},
    live::{received, until},
    places::{Place, numbered},
};
use contracts::ports::PortFuture;
use kernel::{Clock as _, RequestId, TenantId, Timestamp, TypedId as _};
use runtime::{
    Act, Context, EffectCall, EffectHandler, EffectOutcome, Runtime, RuntimeOptions, SystemClock, Wait,
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use store::{EffectChange, EventMeta, NewEvent, Outcome, Store, TimerChange, Unit};
use tokio::sync::{
    Semaphore,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

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

/// Is told by the test when to answer.
struct Slow {
    called: UnboundedSender<String>,
    answers: Arc<Semaphore>,
}

impl EffectHandler for Slow {
    fn kind(&self) -> &'static str {
        "lamp.bill"
    }
    fn call(&self, call: EffectCall) -> PortFuture<'_, EffectOutcome> {
        Box::pin(async move {
            self.called.send(call.key.clone()).unwrap();
            self.answers.acquire().await.unwrap().forget();
            EffectOutcome::Over(vec![Act::command::<Lamp>(lamp(1), LampCommand::Bill(call.key))])
        })
    }
}

/// One call to the outside for each light.
async fn billing(store: Store) -> (Runtime, UnboundedReceiver<String>, Arc<Semaphore>) {
    let reactor =
        on_light("billing", |_, _, _| Ok(vec![Act::Effect { kind: "lamp.bill", payload: "{}".to_owned() }]));
    let (called, calls) = unbounded_channel();
    let answers = Arc::new(Semaphore::new(0));
    let context = Context::new().reactor(reactor).effect(Slow { called, answers: Arc::clone(&answers) });
    (start(store, context, RuntimeOptions::default()).await, calls, answers)
}

async fn bills(runtime: &Runtime) -> usize {
    runtime.state::<Lamp>(lamp(1)).await.unwrap().unwrap().bills.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_result_of_an_effect_is_taken_once_whoever_brings_it() {
    for place in Place::every("the_result_of_an_effect").await {
        let store = place.open().await;
        let (runtime, mut calls, answers) = billing(store.clone()).await;
        let lit = async |number| runtime.submit(&origin(number), light(1, 5).wait(Wait::Durable)).await;
        assert!(lit(1).await.unwrap().changed);
        let id = received("a call", &mut calls).await;
        // Another process has made the same call and committed its result.
        let done = Unit { effects: vec![EffectChange::Done { id }], ..Unit::default() };
        assert!(matches!(store.commit(&[done]).await.unwrap().as_slice(), [Outcome::Committed { .. }]));
        answers.add_permits(1);
        // The second result comes after the first one.
        assert!(lit(2).await.unwrap().changed);
        received("a call", &mut calls).await;
        answers.add_permits(1);
        until("the second bill", || async { bills(&runtime).await > 0 }).await;
        assert_eq!(bills(&runtime).await, 1);
        runtime.stop().await;
        drop(runtime);
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_under_way_at_a_stop_is_made_again_and_counts_once() {
    let place = Place::folder();
    let (runtime, mut calls, _answers) = billing(place.open().await).await;
    assert!(runtime.submit(&origin(1), light(1, 5).wait(Wait::Durable)).await.unwrap().changed);
    let id = received("a call", &mut calls).await;
    runtime.stop().await;
    drop(runtime);
    let (runtime, mut calls, answers) = billing(place.open().await).await;
    assert_eq!(received("a call", &mut calls).await, id, "the outside can tell that it is the same call");
    answers.add_permits(1);
    until("the bill", || async { bills(&runtime).await == 1 }).await;
    runtime.stop().await;
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
