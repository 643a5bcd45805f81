//! What must not be lost, or done on a false ground, when a commit or a unit fails.

use super::{
    lamps::{Lamp, LampCommand, LampEvent, LampId, VIEW, lamp, light, mirrored, origin},
    listeners::{gate, on_light, start},
    live::until,
    places::{Place, numbered},
};
use futures_util::FutureExt as _;
use kernel::{Clock, RequestId, TenantId, Timestamp, TypedId as _};
use runtime::{
    Act, Assembly, CommandError, Context, Observer, Order, Recorded, Runtime, RuntimeOptions, SystemClock,
    SystemEntropy, View, Wait,
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};
use store::{
    Claim, DiskFault, EventMeta, NewEvent, Outcome, Statement, StoreError, Unit, Value, ViewSchema, Write,
};

fn image(id: kernel::StreamRef, lumen: i64) -> Act {
    Act::command::<Lamp>(mirrored(kernel::TypedId::from_uuid(id.id)), LampCommand::Light(-lumen))
}

/// Mirrors each light, and breaks the disk under its first answer.
async fn sabotaged(place: &Place, struck: &Arc<AtomicBool>) -> Runtime {
    let store = place.open().await;
    let (disk, struck) = (store.clone(), Arc::clone(struck));
    let saboteur = on_light("saboteur", move |event, lumen, _| {
        if !struck.swap(true, Ordering::SeqCst) {
            assert!(disk.set_disk_fault(DiskFault::Full));
        }
        Ok(vec![image(event.stream, lumen)])
    });
    start(store, Context::new().reactor(saboteur), RuntimeOptions::default()).await
}

/// How often the mirror image was lit.
async fn lit(runtime: &Runtime, number: u64) -> i64 {
    runtime.state::<Lamp>(mirrored(lamp(number))).await.unwrap().map_or(0, |image| image.lit)
}

async fn lights(runtime: &Runtime, number: u64) {
    assert!(runtime.submit(&origin(1), light(number, 7).wait(Wait::Durable)).await.unwrap().changed);
}

/// Lights a lamp whose mirror image cannot be committed, and repairs the disk at once.
async fn reaction_lost(runtime: &Runtime) {
    lights(runtime, 1).await;
    until("the commit fails", || async { runtime.meter().failures().contains_key("commit") }).await;
    assert!(runtime.store().set_disk_fault(DiskFault::None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_event_does_not_overtake_a_reaction_whose_commit_failed() {
    let place = Place::folder();
    let runtime = sabotaged(&place, &Arc::default()).await;
    reaction_lost(&runtime).await;
    for number in 2..5 {
        lights(&runtime, number).await;
    }
    for number in 1..5 {
        until("the mirror image", || async { lit(&runtime, number).await > 0 }).await;
        assert_eq!(lit(&runtime, number).await, 1);
    }
    runtime.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_stop_does_not_forget_a_reaction_whose_commit_failed() {
    let place = Place::folder();
    let struck = Arc::default();
    let runtime = sabotaged(&place, &struck).await;
    reaction_lost(&runtime).await;
    runtime.stop().await;
    drop(runtime);
    let runtime = sabotaged(&place, &struck).await;
    until("the mirror image", || async { lit(&runtime, 1).await > 0 }).await;
    assert!(runtime.submit(&origin(2), light(2, 8)).await.unwrap().changed);
    assert_eq!((lit(&runtime, 1).await, lit(&runtime, 2).await), (1, 1));
    runtime.stop().await;
}

fn burn_out(number: u64) -> Order {
    Order::new::<Lamp>(lamp(number), LampCommand::BurnOut).wait(Wait::Durable)
}

fn unique(owner: &str) -> Claim {
    Claim::Unique { scope: "test", key: "k".to_owned(), owner: owner.to_owned() }
}

/// Burns a lamp out, or would: the key that it claims is another's.
fn doomed(number: u64) -> Order {
    burn_out(number).claim(unique("second"))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_rests_on_events_that_never_were() {
    for place in Place::every("no_answer_rests").await {
        let (reactor, mut gate) = gate();
        let context = Context::new().reactor(reactor);
        let runtime = start(place.open().await, context, RuntimeOptions::default()).await;
        let from = origin(1);
        assert!(runtime.submit(&from, light(9, 1).claim(unique("first"))).await.unwrap().changed);
        assert!(runtime.submit(&from, burn_out(99)).await.unwrap().changed);
        gate.reached().await;
        let other = Claim::Unique { scope: "test", key: "free".to_owned(), owner: "third".to_owned() };
        // All six are decided in one batch, in this order; each doomed one is believed by the one behind it.
        let (one, refused, two, idle, three, claiming, ()) = tokio::join!(
            runtime.submit(&from, doomed(1)),
            runtime.submit(&from, light(1, 5).wait(Wait::Durable)),
            runtime.submit(&from, doomed(2)),
            runtime.submit(&from, burn_out(2)),
            runtime.submit(&from, doomed(3)),
            runtime.submit(&from, burn_out(3).claim(other)),
            async { gate.open() },
        );
        for lost in [one, two, three] {
            assert!(matches!(lost, Err(CommandError::Taken { scope: "test" })), "{lost:?}");
        }
        for carried_out in [refused, idle, claiming] {
            assert!(carried_out.as_ref().is_ok_and(|receipt| receipt.changed), "{carried_out:?}");
        }
        runtime.stop().await;
        drop(runtime);
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_on_the_ground_of_a_failed_commit_is_not_given() {
    let place = Place::folder();
    let (reactor, mut gate) = gate();
    let context = Context::new().reactor(reactor);
    let runtime = start(place.open().await, context, RuntimeOptions::default()).await;
    let from = origin(1);
    assert!(runtime.submit(&from, burn_out(99)).await.unwrap().changed);
    gate.reached().await;
    assert!(runtime.store().set_disk_fault(DiskFault::Full));
    let (burnt, refused, idle, ()) = tokio::join!(
        runtime.submit(&from, burn_out(1)),
        runtime.submit(&from, light(1, 5)),
        runtime.submit(&from, burn_out(1)),
        async { gate.open() },
    );
    for failed in [burnt, refused, idle] {
        assert!(matches!(failed, Err(CommandError::Store(StoreError::ReadOnly(_)))), "{failed:?}");
    }
    assert!(runtime.store().set_disk_fault(DiskFault::None));
    runtime.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_does_not_rest_on_events_that_never_were() {
    for place in Place::every("a_reaction_does_not_rest").await {
        let (reactor, mut gate) = gate();
        let careful = on_light("careful", |event, lumen, world| {
            let out = world.state::<Lamp>(lamp(1))?.is_some_and(|lamp| lamp.out);
            Ok(if out { vec![] } else { vec![image(event.stream, lumen)] })
        });
        let context = Context::new().reactor(reactor).reactor(careful);
        // Two units a batch: the lamps 2 and 3 go first, then the doomed order with the reaction to lamp 2 behind it.
        let options = RuntimeOptions { batch_limit: 2, ..RuntimeOptions::default() };
        let runtime = start(place.open().await, context, options).await;
        let from = origin(1);
        assert!(runtime.submit(&from, light(1, 1).claim(unique("first"))).await.unwrap().changed);
        assert!(runtime.submit(&from, burn_out(99)).await.unwrap().changed);
        gate.reached().await;
        let (two, three, lost, ()) = tokio::join!(
            runtime.submit(&from, light(2, 5).wait(Wait::Durable)),
            runtime.submit(&from, light(3, 5).wait(Wait::Durable)),
            runtime.submit(&from, doomed(1)),
            async { gate.open() },
        );
        assert!(two.unwrap().changed && three.unwrap().changed);
        assert!(matches!(lost, Err(CommandError::Taken { .. })));
        for number in 1..4 {
            until("the mirror image", || async { lit(&runtime, number).await > 0 }).await;
            assert_eq!(lit(&runtime, number).await, 1);
        }
        runtime.stop().await;
        drop(runtime);
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_that_always_loses_is_not_given_up() {
    // In a folder, where only the engine writes: the rival never waits.
    let place = Place::folder();
    let store = place.open().await;
    let (rival, rounds) = (store.clone(), Arc::new(AtomicI64::new(0)));
    // Somebody else moves the mirror image under each of the first 80 attempts.
    let unlucky = on_light("unlucky", move |event, lumen, world| {
        let round = rounds.fetch_add(1, Ordering::SeqCst) + 1;
        let id = mirrored(kernel::TypedId::from_uuid(event.stream.id));
        assert_eq!(world.state::<Lamp>(id)?.map_or(0, |image| image.lit), (round - 1).min(80));
        if round <= 80 {
            let stream = id.stream();
            let unit = Unit { events: vec![foreign(stream, round)], ..Unit::default() };
            let outcomes = rival.commit(&[unit]).now_or_never().unwrap()?;
            assert!(matches!(outcomes[..], [Outcome::Committed { .. }]), "{outcomes:?}");
        }
        Ok(vec![image(event.stream, lumen)])
    });
    let runtime = start(store, Context::new().reactor(unlucky), RuntimeOptions::default()).await;
    lights(&runtime, 1).await;
    until("the mirror image", || async { lit(&runtime, 1).await == 81 }).await;
    runtime.stop().await;
}

fn foreign(stream: kernel::StreamRef, version: i64) -> NewEvent {
    NewEvent {
        stream,
        kind: "lamp",
        version,
        tenant: TenantId::from_uuid(numbered(1)),
        type_name: "lamp.lit",
        schema: 1,
        payload: r#"{"lumen":-1}"#.into(),
        meta: EventMeta {
            actor: "sys_rival".into(),
            correlation: RequestId::from_uuid(numbered(1)),
            causation: 0,
            time: Timestamp::from_micros(1),
        },
    }
}

/// Leaves out what the table insists on.
static POISON: Statement = Statement { name: "lamps.poison", sql: "INSERT INTO lamps (id) VALUES ($1)" };

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_that_the_database_refuses_fails_alone() {
    for place in Place::every("a_unit_that_the_database").await {
        let (reactor, mut gate) = gate();
        let context = Context::new().reactor(reactor);
        let runtime = start(place.open().await, context, RuntimeOptions::default()).await;
        let from = origin(1);
        assert!(runtime.submit(&from, burn_out(99)).await.unwrap().changed);
        gate.reached().await;
        let poisoned = light(1, 5).write([Write::new(&POISON, vec![Value::from("x")])]);
        let good = |number| runtime.submit(&from, light(number, 5).wait(Wait::Durable));
        let (one, two, poisoned, same, five, ()) =
            tokio::join!(good(1), good(2), runtime.submit(&from, poisoned), good(1), good(5), async {
                gate.open();
            });
        assert!(matches!(poisoned, Err(CommandError::Store(StoreError::Defect(_)))), "{poisoned:?}");
        for good in [one, two, same, five] {
            assert!(good.as_ref().is_ok_and(|receipt| receipt.changed), "{good:?}");
        }
        assert_eq!(runtime.state::<Lamp>(lamp(1)).await.unwrap().unwrap().lit, 2);
        assert_eq!(runtime.meter().failures().get("unit"), Some(&1));
        runtime.stop().await;
        drop(runtime);
        place.remove().await;
    }
}

async fn position(runtime: &Runtime, reactor: &str) -> i64 {
    let positions = runtime.store().reactor_positions().await.unwrap();
    positions.iter().find(|(name, _)| name == reactor).map_or(0, |(_, position)| *position)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_reads_nothing_that_no_reactor_waits_for() {
    for place in Place::every("a_restart_reads_nothing").await {
        let (reactor, gate) = gate();
        gate.open();
        let context = Context::new().reactor(reactor);
        let runtime = start(place.open().await, context, RuntimeOptions::default()).await;
        for number in 0..20 {
            lights(&runtime, number).await;
        }
        let store = runtime.store().clone();
        runtime.stop().await;
        assert_eq!(position(&runtime, "gate").await, store.head().await.unwrap().position);
        drop((runtime, store));
        place.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_backlog_is_answered_in_order_with_what_happens_meanwhile() {
    for place in [Place::folder()].into_iter().chain(Place::postgres("a_long_backlog").await) {
        let works = Arc::new(AtomicBool::new(false));
        let answered = Arc::new(parking_lot::Mutex::new(Vec::new()));
        let slow = || {
            let (works, answered) = (Arc::clone(&works), Arc::clone(&answered));
            let slow = on_light("slow", move |event, lumen, _| {
                if !works.load(Ordering::SeqCst) {
                    return Err(StoreError::Unavailable("not yet".to_owned()));
                }
                answered.lock().push(event.position);
                Ok(if lumen == 7 { vec![image(event.stream, lumen)] } else { vec![] })
            });
            Context::new().reactor(slow)
        };
        let runtime = start(place.open().await, slow(), RuntimeOptions::default()).await;
        for _ in 0..25 {
            let mut hundred = light(1, 3).wait(Wait::Durable);
            for _ in 1..100 {
                hundred = hundred.and::<Lamp>(lamp(1), LampCommand::Light(3));
            }
            assert!(runtime.submit(&origin(1), hundred).await.unwrap().changed);
        }
        runtime.stop().await;
        assert_eq!(position(&runtime, "slow").await, 0);
        drop(runtime);
        works.store(true, Ordering::SeqCst);
        let runtime = start(place.open().await, slow(), RuntimeOptions::default()).await;
        lights(&runtime, 2).await;
        until("the last answer", || async { lit(&runtime, 2).await == 1 }).await;
        assert_eq!(*answered.lock(), (1..=2501).collect::<Vec<_>>());
        runtime.stop().await;
        assert_eq!(position(&runtime, "slow").await, 2502);
        drop(runtime);
        place.remove().await;
    }
}

struct Nervous;

impl Observer for Nervous {
    fn committed(&self, event: &Recorded) {
        assert!(!matches!(event.of(), Some(LampEvent::Lit(lit)) if lit.lumen == 13), "an unlucky number");
    }
}

fn superstitious(event: &Recorded, _: &mut Vec<Write>) {
    assert!(!matches!(event.of(), Some(LampEvent::Lit(lit)) if lit.lumen == 17), "another one");
}

#[tokio::test(flavor = "multi_thread")]
async fn observers_and_projections_that_panic_do_not_end_the_engine() {
    let schema = ViewSchema {
        name: "fears",
        version: 1,
        ddl: "CREATE TABLE fears (id TEXT PRIMARY KEY)",
        tables: &["fears"],
    };
    let view = View { schema, statements: &[], project: superstitious };
    let context = Context::new().view(view).observer(Arc::new(Nervous));
    let runtime = start(Place::memory().open().await, context, RuntimeOptions::default()).await;
    let from = origin(1);
    assert!(runtime.submit(&from, light(1, 13)).await.unwrap().changed);
    assert_eq!(runtime.meter().failures().get("observer"), Some(&1));
    let unprojected = runtime.submit(&from, light(1, 17)).await;
    assert!(matches!(unprojected, Err(CommandError::Store(StoreError::Defect(_)))), "{unprojected:?}");
    assert!(runtime.submit(&from, light(1, 5)).await.unwrap().changed);
    assert_eq!(runtime.state::<Lamp>(lamp(1)).await.unwrap().unwrap().lumen, 18);
    assert_eq!(runtime.meter().failures().get("engine"), None);
}

/// Panics once when it is told to.
struct Stumbling(Arc<AtomicBool>);

impl Clock for Stumbling {
    fn now(&self) -> Timestamp {
        assert!(!self.0.swap(false, Ordering::SeqCst), "the clock stumbled");
        SystemClock.now()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_falls_starts_again_from_the_store() {
    for place in Place::every("an_engine_that_falls").await {
        let stumbles = Arc::new(AtomicBool::new(false));
        let mirror = on_light("mirror", |event, lumen, _| Ok(vec![image(event.stream, lumen)]));
        let assembly = Assembly::new().with(Context::new().agent::<Lamp>().view(VIEW).reactor(mirror));
        let (store, clock) = (place.open().await, Arc::new(Stumbling(Arc::clone(&stumbles))));
        let options = RuntimeOptions::default();
        let runtime = Runtime::start(assembly, store, clock, Arc::new(SystemEntropy), options).await.unwrap();
        assert!(runtime.submit(&origin(1), light(1, 5)).await.unwrap().changed);
        stumbles.store(true, Ordering::SeqCst);
        until("the fall", || async { runtime.meter().failures().contains_key("engine") }).await;
        assert!(runtime.submit(&origin(1), light(1, 6)).await.unwrap().changed);
        until("the mirror image", || async { lit(&runtime, 1).await == 2 }).await;
        assert_eq!(runtime.state::<Lamp>(lamp(1)).await.unwrap().unwrap().lumen, 11);
        runtime.stop().await;
        drop(runtime);
        place.remove().await;
    }
}

/// What a young lamp answers that was lit before and fell out of memory.
async fn forgotten(command: LampCommand) -> (Result<bool, CommandError>, Lamp) {
    let place = Place::folder();
    let open = || async { start(place.open().await, Context::new(), RuntimeOptions::default()).await };
    let young = LampId::generate(SystemClock.now(), &SystemEntropy);
    let order = |command| Order::new::<Lamp>(young, command).wait(Wait::Durable);
    let runtime = open().await;
    assert!(runtime.submit(&origin(1), order(LampCommand::Light(5))).await.unwrap().changed);
    runtime.stop().await;
    drop(runtime);
    let runtime = open().await;
    let answer = runtime.submit(&origin(2), order(command)).await.map(|receipt| receipt.changed);
    let lamp = runtime.state::<Lamp>(young).await.unwrap().unwrap();
    runtime.stop().await;
    (answer, Lamp::clone(&lamp))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_young_agent_that_is_not_in_memory_is_not_mistaken_for_a_new_one() {
    let (lit_again, lamp) = forgotten(LampCommand::LightAfter { times: 1, lumen: 7 }).await;
    assert_eq!((lit_again.unwrap(), lamp.lit, lamp.lumen), (true, 2, 12));
    let (refused, lamp) = forgotten(LampCommand::LightAfter { times: 2, lumen: 7 }).await;
    assert!(matches!(refused, Err(CommandError::Refused(refusal)) if refusal.code == "lamp.too_early"));
    assert_eq!(lamp.lit, 1);
    let (idle, lamp) = forgotten(LampCommand::Light(0)).await;
    assert_eq!((idle.unwrap(), lamp.lit), (false, 1));
}
