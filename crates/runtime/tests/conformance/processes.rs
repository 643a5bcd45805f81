//! Two processes on one PostgreSQL: two runtimes with caches of their own.

use super::{
    lamps::{Lamp, LampCommand, LampEvent, Utility, context, lamp, light, mirrored, origin},
    listeners::{self, gate, on_light},
    live::until,
    places::Place,
};
use kernel::Clock as _;
use runtime::{
    Act, Assembly, Context, Observer, Order, Recorded, Runtime, RuntimeOptions, SystemClock, SystemEntropy,
    TurnedClock, Wait,
};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use std::time::Duration;
use store::Verification;

async fn process(place: &Place, utility: &Utility) -> Runtime {
    let assembly = Assembly::new().with(context(utility, &Arc::default()));
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    Runtime::start(assembly, place.open().await, clock, entropy, RuntimeOptions::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn stale_caches_never_refuse_wrongly() {
    let Some(place) = Place::postgres("stale_caches").await else { return };
    let utility = Utility::default();
    let (one, two) = (process(&place, &utility).await, process(&place, &utility).await);
    for turn in 0..25 {
        // Each process may only act because the other just did.
        let after = |times| {
            Order::new::<Lamp>(lamp(1), LampCommand::LightAfter { times, lumen: 1 }).wait(Wait::Durable)
        };
        assert!(one.submit(&origin(1), after(2 * turn)).await.unwrap().changed);
        assert!(two.submit(&origin(2), after(2 * turn + 1)).await.unwrap().changed);
        let seen = one.state::<Lamp>(lamp(1)).await.unwrap().unwrap();
        assert_eq!(seen.lit, 2 * turn + 2, "a reader sees what was just acknowledged");
    }
    one.stop().await;
    two.stop().await;
    drop((one, two));
    place.remove().await;
}

/// Adds the lumens of all lights up, and apart those that its own process committed.
#[derive(Default)]
struct Counter {
    all: AtomicI64,
    own: AtomicI64,
}

impl Observer for Counter {
    fn committed(&self, event: &Recorded) {
        if let Some(LampEvent::Lit(lit)) = event.of() {
            self.all.fetch_add(lit.lumen, Ordering::SeqCst);
            if event.is_own() {
                self.own.fetch_add(lit.lumen, Ordering::SeqCst);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_process_sees_all_events_and_knows_its_own() {
    let Some(place) = Place::postgres("knows_its_own").await else { return };
    let counters = [Arc::new(Counter::default()), Arc::new(Counter::default())];
    let watched = |counter: &Arc<Counter>| Context::new().observer(Arc::clone(counter) as _);
    let options = RuntimeOptions::default();
    let one = listeners::start(place.open().await, watched(&counters[0]), options.clone()).await;
    let two = listeners::start(place.open().await, watched(&counters[1]), options).await;
    let waits = [Wait::Durable, Wait::Settled];
    for turn in 0..10 {
        let wait = waits[turn % 2];
        assert!(one.submit(&origin(1), light(1, 1).wait(wait)).await.unwrap().changed);
        let both = light(1, 100).and::<Lamp>(lamp(2), LampCommand::Light(2000)).wait(wait);
        assert!(two.submit(&origin(2), both).await.unwrap().changed);
    }
    for (counter, own) in counters.iter().zip([10, 21_000]) {
        until("all events", || async { counter.all.load(Ordering::SeqCst) == 21_010 }).await;
        assert_eq!(counter.own.load(Ordering::SeqCst), own);
    }
    one.stop().await;
    two.stop().await;
    drop((one, two));
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reactor_runs_once_and_is_taken_over() {
    let Some(place) = Place::postgres("a_reactor_runs_once").await else { return };
    let utility = Utility::default();
    let (one, two) = (process(&place, &utility).await, process(&place, &utility).await);
    let writers = (0..16_u64).map(|writer| {
        let runtime = if writer % 2 == 0 { one.clone() } else { two.clone() };
        tokio::spawn(async move {
            for _ in 0..10 {
                assert!(
                    runtime
                        .submit(&origin(writer), light(writer % 3, 1).wait(Wait::Durable))
                        .await
                        .unwrap()
                        .changed
                );
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    // The process that ran the reactor leaves; the other goes on.
    one.stop().await;
    assert!(two.submit(&origin(99), light(1, 1)).await.unwrap().changed);
    let wanted: i64 = 161;
    for attempt in 0.. {
        let mut mirrored_lumen = 0;
        for number in 0..3 {
            mirrored_lumen -=
                two.state::<Lamp>(mirrored(lamp(number))).await.unwrap().map_or(0, |lamp| lamp.lumen);
        }
        assert!(mirrored_lumen <= wanted, "a reaction happened twice");
        if mirrored_lumen == wanted {
            break;
        }
        assert!(attempt < 2000, "only {mirrored_lumen} of {wanted} were answered");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(matches!(two.store().verify().await.unwrap(), Verification::Whole { .. }));
    two.stop().await;
    drop((one, two));
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_cache_never_makes_a_reactor_pass_over_an_event() {
    let Some(place) = Place::postgres("a_stale_cache").await else { return };
    // Mirrors a light only when lamp 1 is out.
    let late = || {
        on_light("late", |event, lumen, world| {
            let out = world.state::<Lamp>(lamp(1))?.is_some_and(|lamp| lamp.out);
            let answer = Act::command::<Lamp>(mirrored(event.id().unwrap()), LampCommand::Light(-lumen));
            Ok(if out { vec![answer] } else { vec![] })
        })
    };
    let (reactor, mut gate) = gate();
    let context = Context::new().reactor(reactor).reactor(late());
    let two = listeners::start(place.open().await, context, RuntimeOptions::default()).await;
    let (idle, _gate) = listeners::gate();
    let context = Context::new().reactor(idle).reactor(late());
    let one = listeners::start(place.open().await, context, RuntimeOptions::default()).await;
    assert!(one.submit(&origin(1), light(1, 1)).await.unwrap().changed);
    assert!(!two.state::<Lamp>(lamp(1)).await.unwrap().unwrap().out);
    // The reactors of the second process see both events at once; it is held up between them.
    let both = Order::new::<Lamp>(lamp(99), LampCommand::BurnOut)
        .and::<Lamp>(lamp(2), LampCommand::Light(5))
        .wait(Wait::Durable);
    assert!(one.submit(&origin(1), both).await.unwrap().changed);
    gate.reached().await;
    let out = Order::new::<Lamp>(lamp(1), LampCommand::BurnOut).wait(Wait::Durable);
    assert!(one.submit(&origin(1), out).await.unwrap().changed);
    gate.open();
    until("the answer", || async { one.state::<Lamp>(mirrored(lamp(2))).await.unwrap().is_some() }).await;
    one.stop().await;
    two.stop().await;
    drop((one, two));
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_of_the_sweep_calls_an_effect_again() {
    let Some(place) = Place::postgres("only_the_owner").await else { return };
    let clock = Arc::new(TurnedClock::at(SystemClock.now()));
    let elsewhere = place.open().await;
    let hour = Duration::from_secs(3600);
    assert!(elsewhere.lease("timers", "elsewhere", clock.now(), hour).await.unwrap());
    let utility = Utility::default();
    utility.failures.store(1, Ordering::SeqCst);
    let assembly = Assembly::new().with(context(&utility, &Arc::default()));
    let (store, given) = (place.open().await, Arc::clone(&clock));
    let options = RuntimeOptions::default();
    let runtime = Runtime::start(assembly, store, given, Arc::new(SystemEntropy), options).await.unwrap();
    assert!(runtime.submit(&origin(1), light(1, 7)).await.unwrap().changed);
    clock.turn_to(clock.now().after(Duration::from_secs(2)));
    // The answer comes after the effect of its own, which is called behind every one that was due.
    for number in 2..5 {
        assert!(runtime.submit(&origin(1), light(number, 7)).await.unwrap().changed);
    }
    let calls = |key: &str| utility.calls.lock().iter().filter(|call| *call == key).count();
    assert_eq!(calls("mirror:1:1"), 1, "the other process calls it again");
    assert!(elsewhere.lease("timers", "elsewhere", clock.now(), Duration::ZERO).await.unwrap());
    clock.turn_to(clock.now().after(Duration::from_secs(4)));
    until("the second call", || async { calls("mirror:1:1") == 2 }).await;
    runtime.stop().await;
    drop((runtime, elsewhere));
    place.remove().await;
}
