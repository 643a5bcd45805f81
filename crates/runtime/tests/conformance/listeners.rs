//! Reactors of a line or two, for tests that must happen at a certain moment.

use super::{
    lamps::{Lamp, LampEvent, VIEW},
    live::received,
};
use runtime::{
    Act, Assembly, Context, Reactor, Recorded, Runtime, RuntimeOptions, SystemClock, SystemEntropy, World,
};
use std::sync::{Arc, mpsc};
use store::{Store, StoreError};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

type React = dyn Fn(&Recorded, &mut World<'_>) -> Result<Vec<Act>, StoreError> + Send;

/// A reactor that is a function.
pub struct Listener {
    name: &'static str,
    listens: &'static [&'static str],
    react: Box<React>,
}

impl Reactor for Listener {
    fn name(&self) -> &'static str {
        self.name
    }
    fn listens(&self) -> &'static [&'static str] {
        self.listens
    }
    fn react(&self, event: &Recorded, world: &mut World<'_>) -> Result<Vec<Act>, StoreError> {
        (self.react)(event, world)
    }
}

/// Answers every light that is not a mirror image's, by its lumen.
pub fn on_light(
    name: &'static str,
    react: impl Fn(&Recorded, i64, &mut World<'_>) -> Result<Vec<Act>, StoreError> + Send + 'static,
) -> Listener {
    let react = Box::new(move |event: &Recorded, world: &mut World<'_>| match event.of() {
        Some(LampEvent::Lit(lit)) if lit.lumen > 0 => react(event, lit.lumen, world),
        _ => Ok(vec![]),
    });
    Listener { name, listens: &["lamp.lit"], react }
}

/// Holds the engine up from outside.
pub struct Gate {
    reached: UnboundedReceiver<()>,
    open: mpsc::Sender<()>,
}

/// A reactor that holds the engine up when a lamp has burnt out, until it is let go on.
pub fn gate() -> (Listener, Gate) {
    let (reaches, reached) = unbounded_channel();
    let (open, opened) = mpsc::channel();
    let react = Box::new(move |_: &Recorded, _: &mut World<'_>| {
        // Both ends go with the test: then nothing is held up any more.
        let _over = reaches.send(());
        let _over = opened.recv();
        Ok(vec![])
    });
    (Listener { name: "gate", listens: &["lamp.burnt_out"], react }, Gate { reached, open })
}

impl Gate {
    /// Waits until the engine is held up.
    pub async fn reached(&mut self) {
        received("the event that holds it up", &mut self.reached).await;
    }

    /// Lets it go on, now and always.
    pub fn open(self) {
        drop(self.open);
    }
}

/// Lamps with these reactors.
pub async fn start(store: Store, context: Context, options: RuntimeOptions) -> Runtime {
    let assembly = Assembly::new().with(context.agent::<Lamp>().view(VIEW));
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    Runtime::start(assembly, store, clock, entropy, options).await.unwrap()
}
