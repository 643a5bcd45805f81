//! Agents, reactors, timers, effects and the clock (design, sections 2 and 4).
//!
//! One engine decides everything: it takes commands, reactions and due timers, decides them on copies of the agents'
//! states, commits them as one batch, and only then shows the new states. Live, batches form by themselves while the
//! disk syncs (group commit). Under the turned clock the same engine runs single-threaded in (time, position) order.

mod agent;
mod assembly;
mod clock;
mod effect;
mod engine;
mod health;
mod order;
mod reactor;
mod rebuild;
mod recorded;
mod view;

pub use agent::{Agent, TimerOp};
pub use assembly::{Assembly, Context};
pub use clock::{SystemClock, SystemEntropy, TurnedClock};
pub use effect::{EffectCall, EffectHandler, EffectOutcome};
pub use engine::{AgentCensus, AgentType, Runtime, RuntimeOptions, RuntimeStatus, Turned};
pub use health::{DECIDE_BUCKETS, DecideTimes, Meter};
pub use order::{CommandError, IdempotencyKey, Order, Origin, Receipt, Wait};
pub use reactor::{Act, Observer, Reactor, World};
pub use rebuild::{compare_views, prepare_views};
pub use recorded::Recorded;
pub use view::View;
