//! A toy context: lamps that are lit and burn down, and a reactor that mirrors them.

use contracts::{events, ports::PortFuture};
use kernel::{Actor, Refusal, RequestId, TenantId, Timestamp, TypedId, id_type};
use parking_lot::Mutex;
use runtime::{
    Act, Agent, Context, EffectCall, EffectHandler, EffectOutcome, Order, Origin, Reactor, Recorded, TimerOp,
    View, World,
};
use serde::{Deserialize, Serialize};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use store::{Statement, StoreError, ViewSchema, Write};

use super::places::numbered;

id_type!(LampId, "lmp", "A lamp.");

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Lit {
    pub lumen: i64,
}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BurntOut {}
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Billed {
    pub key: String,
}

events! {
    /// What happens to a lamp.
    pub enum LampEvent(schema 1) {
        /// Lit.
        "lamp.lit" => Lit(Lit),
        /// Burnt out.
        "lamp.burnt_out" => BurntOut(BurntOut),
        /// Its bill was paid outside.
        "lamp.billed" => Billed(Billed),
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Lamp {
    pub lit: i64,
    pub lumen: i64,
    pub out: bool,
    pub bills: Vec<String>,
}

pub enum LampCommand {
    Light(i64),
    /// Refused unless the lamp was lit at least so often.
    LightAfter {
        times: i64,
        lumen: i64,
    },
    BurnOut,
    Bill(String),
    Explode,
}

impl Agent for Lamp {
    type Id = LampId;
    type Command = LampCommand;
    type Event = LampEvent;
    const KIND: &'static str = "lamp";
    const SNAPSHOT: u32 = 1;

    fn decide(&self, command: &LampCommand, _now: Timestamp) -> Result<Vec<LampEvent>, Refusal> {
        match command {
            LampCommand::Light(_) if self.out => Err(Refusal::conflict("lamp.out", "the lamp is out")),
            LampCommand::Light(0) => Ok(vec![]),
            LampCommand::Light(lumen) => Ok(vec![Lit { lumen: *lumen }.into()]),
            LampCommand::LightAfter { times, .. } if self.lit < *times => {
                Err(Refusal::conflict("lamp.too_early", "the lamp was not lit often enough"))
            }
            LampCommand::LightAfter { lumen, .. } => Ok(vec![Lit { lumen: *lumen }.into()]),
            LampCommand::BurnOut if self.out => Ok(vec![]),
            LampCommand::BurnOut => Ok(vec![BurntOut {}.into()]),
            LampCommand::Bill(key) if self.bills.contains(key) => Ok(vec![]),
            LampCommand::Bill(key) => Ok(vec![Billed { key: key.clone() }.into()]),
            LampCommand::Explode => panic!("the lamp exploded"),
        }
    }

    fn evolve(&mut self, event: &LampEvent, _at: Timestamp) {
        match event {
            LampEvent::Lit(lit) => {
                self.lit += 1;
                self.lumen += lit.lumen;
            }
            LampEvent::BurntOut(_) => self.out = true,
            LampEvent::Billed(bill) => self.bills.push(bill.key.clone()),
        }
    }

    fn timers(&self, event: &LampEvent, at: Timestamp) -> Vec<TimerOp> {
        match event {
            LampEvent::Lit(lit) if lit.lumen == 1000 => {
                vec![TimerOp::after("burn", at, Duration::from_millis(50))]
            }
            _ => vec![],
        }
    }

    fn on_timer(name: &str, _key: &str) -> Option<LampCommand> {
        (name == "burn").then_some(LampCommand::BurnOut)
    }

    fn state_name(&self) -> &'static str {
        if self.out { "out" } else { "on" }
    }
}

/// Each light is answered by one light of the lamp's mirror image, and by a bill outside.
pub struct Mirror {
    pub panics: Arc<AtomicU32>,
}

/// The mirror image of a lamp has the bits of its id flipped.
pub fn mirrored(id: LampId) -> LampId {
    LampId::from_uuid(kernel::Uuid::from_u128(!id.uuid().as_u128()))
}

impl Reactor for Mirror {
    fn name(&self) -> &'static str {
        "mirror"
    }
    fn listens(&self) -> &'static [&'static str] {
        &["lamp.lit"]
    }
    fn react(&self, event: &Recorded, world: &mut World<'_>) -> Result<Vec<Act>, StoreError> {
        if self.panics.load(Ordering::SeqCst) > 0 {
            self.panics.fetch_sub(1, Ordering::SeqCst);
            panic!("the mirror broke");
        }
        let (Some(LampEvent::Lit(lit)), Some(id)) = (event.of::<LampEvent>(), event.id::<LampId>()) else {
            return Ok(vec![]);
        };
        if lit.lumen < 0 {
            return Ok(vec![]);
        }
        assert!(world.state::<Lamp>(id)?.is_some());
        let image = Act::command::<Lamp>(mirrored(id), LampCommand::Light(-lit.lumen));
        let bill = Act::Effect { kind: "lamp.bill", payload: serde_json::json!({ "lamp": id }).to_string() };
        Ok(vec![image, bill])
    }
}

/// The outside: remembers every key it was called with; fails the first calls when told to.
#[derive(Clone, Default)]
pub struct Utility {
    pub calls: Arc<Mutex<Vec<String>>>,
    pub failures: Arc<AtomicU32>,
}

impl EffectHandler for Utility {
    fn kind(&self) -> &'static str {
        "lamp.bill"
    }
    fn call(&self, call: EffectCall) -> PortFuture<'_, EffectOutcome> {
        Box::pin(async move {
            self.calls.lock().push(call.key.clone());
            if self.failures.load(Ordering::SeqCst) > 0 {
                self.failures.fetch_sub(1, Ordering::SeqCst);
                return EffectOutcome::Retry("the utility is closed".to_owned());
            }
            let payload: serde_json::Value = serde_json::from_str(&call.payload).unwrap();
            let lamp: LampId = serde_json::from_value(payload["lamp"].clone()).unwrap();
            EffectOutcome::Over(vec![Act::command::<Lamp>(lamp, LampCommand::Bill(call.key))])
        })
    }
}

pub static UPSERT: Statement = Statement {
    name: "lamps.upsert",
    sql: "INSERT INTO lamps (id, lit, lumen) VALUES ($1, 1, $2) \
          ON CONFLICT (id) DO UPDATE SET lit = lamps.lit + 1, lumen = lamps.lumen + excluded.lumen",
};
pub static ALL: Statement =
    Statement { name: "lamps.all", sql: "SELECT id, lit, lumen FROM lamps ORDER BY id" };

fn project(event: &Recorded, writes: &mut Vec<Write>) {
    if let Some(LampEvent::Lit(lit)) = event.of::<LampEvent>() {
        writes.push(Write::new(&UPSERT, vec![event.stream.to_string().into(), lit.lumen.into()]));
    }
}

pub const VIEW: View = View {
    schema: ViewSchema {
        name: "lamps",
        version: 1,
        ddl: "CREATE TABLE lamps (id TEXT PRIMARY KEY, lit BIGINT NOT NULL, lumen BIGINT NOT NULL)",
        tables: &["lamps"],
    },
    statements: &[&UPSERT, &ALL],
    project,
};

/// The whole toy context.
pub fn context(utility: &Utility, panics: &Arc<AtomicU32>) -> Context {
    Context::new()
        .agent::<Lamp>()
        .view(VIEW)
        .reactor(Mirror { panics: Arc::clone(panics) })
        .effect(utility.clone())
}

pub fn lamp(number: u64) -> LampId {
    LampId::from_uuid(numbered(number))
}

pub fn origin(number: u64) -> Origin {
    Origin {
        tenant: TenantId::from_uuid(numbered(1)),
        actor: Actor::System("test"),
        correlation: RequestId::from_uuid(numbered(number)),
        idempotency: None,
    }
}

pub fn light(number: u64, lumen: i64) -> Order {
    Order::new::<Lamp>(lamp(number), LampCommand::Light(lumen))
}
