//! What must not be lost or done on a false ground when a commit or a unit fails.

use super::{
    lamps::{Lamp, LampCommand, LampEvent, VIEW, lamp, light, mirrored, origin},
    live::until,
    places::Place,
};
use runtime::{
    Act, Assembly, Context, Reactor, Recorded, Runtime, RuntimeOptions, SystemClock, SystemEntropy, Wait, World,
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use store::{DiskFault, Store, StoreError};

/// Mirrors each light, and breaks the disk under its first answer.
struct Saboteur {
    store: Store,
    struck: Arc<AtomicBool>,
}

impl Reactor for Saboteur {
    fn name(&self) -> &'static str {
        "saboteur"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["lamp.lit"]
    }
    fn react(&self, event: &Recorded, _world: &mut World<'_>) -> Result<Vec<Act>, StoreError> {
        let (Some(LampEvent::Lit(lit)), Some(id)) = (event.of::<LampEvent>(), event.id()) else {
            return Ok(vec![]);
        };
        if lit.lumen < 0 {
            return Ok(vec![]);
        }
        if !self.struck.swap(true, Ordering::SeqCst) {
            assert!(self.store.set_disk_fault(DiskFault::Full));
        }
        Ok(vec![Act::command::<Lamp>(mirrored(id), LampCommand::Light(-lit.lumen))])
    }
}

async fn start(store: Store, context: Context) -> Runtime {
    let assembly = Assembly::new().with(context.agent::<Lamp>().view(VIEW));
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    Runtime::start(assembly, store, clock, entropy, RuntimeOptions::default()).await.unwrap()
}

async fn sabotaged(place: &Place, struck: &Arc<AtomicBool>) -> Runtime {
    let store = place.open().await;
    let saboteur = Saboteur { store: store.clone(), struck: Arc::clone(struck) };
    start(store, Context::new().reactor(saboteur)).await
}

async fn lit(runtime: &Runtime, number: u64) -> i64 {
    runtime.state::<Lamp>(mirrored(lamp(number))).await.unwrap().map_or(0, |image| image.lit)
}

/// Lights a lamp whose mirror image cannot be committed, and repairs the disk at once.
async fn reaction_lost(runtime: &Runtime) {
    assert!(runtime.submit(&origin(1), light(1, 7).wait(Wait::Durable)).await.unwrap().changed);
    until("the commit fails", || async { runtime.meter().failures().contains_key("commit") }).await;
    assert!(runtime.store().set_disk_fault(DiskFault::None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_event_does_not_overtake_a_reaction_whose_commit_failed() {
    let place = Place::folder();
    let runtime = sabotaged(&place, &Arc::default()).await;
    reaction_lost(&runtime).await;
    for number in 2..5 {
        assert!(runtime.submit(&origin(2), light(number, 8).wait(Wait::Durable)).await.unwrap().changed);
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
