//! What the engine works on.

use super::State;
use crate::{EffectOutcome, Recorded, order::ErasedCommand};
use kernel::{RequestId, StreamRef, TenantId};
use std::sync::Arc;
use store::{Claim, EffectRecord, TimerRecord, Unit, Write};
use tokio::sync::oneshot;

use crate::order::{CommandError, Receipt};

/// Where an answer goes.
pub type Reply = oneshot::Sender<Result<Receipt, CommandError>>;

/// Who asked and why.
#[derive(Clone)]
pub struct Cause {
    pub tenant: TenantId,
    pub actor: Arc<str>,
    pub correlation: RequestId,
    /// The position of the causing event; 0 for none.
    pub causation: i64,
    /// The order that waits until all that follows from it has settled.
    pub root: Option<u64>,
    /// The trace that it belongs to.
    pub span: tracing::Span,
}

/// A route's order.
pub struct OrderJob {
    pub commands: Arc<Vec<ErasedCommand>>,
    pub claims: Vec<Claim>,
    pub writes: Vec<Write>,
    pub subject: StreamRef,
    /// Answered as soon as it is durable; orders that wait for what follows hold their reply in the roots.
    pub reply: Option<Reply>,
}

/// One piece of work. A job that loses against a concurrent change is done again.
pub enum Work {
    /// A route's order.
    Order(OrderJob),
    /// A reactor's answer to an event.
    Reaction { reactor: usize, event: Arc<Recorded> },
    /// A due timer.
    Timer(TimerRecord),
    /// An effect's result.
    Effect { record: EffectRecord, outcome: Arc<EffectOutcome> },
    /// Positions of reactors that saw events without answering.
    Positions(Vec<(usize, i64)>),
}

impl Work {
    /// Its name in traces.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Order(_) => "order",
            Self::Reaction { .. } => "reaction",
            Self::Timer(_) => "timer",
            Self::Effect { .. } => "effect",
            Self::Positions(_) => "positions",
        }
    }
}

/// Work with its cause.
pub struct Job {
    pub work: Work,
    pub cause: Cause,
    /// How often it lost against a concurrent change.
    pub conflicts: u32,
    /// How often it failed.
    pub failures: u32,
}

impl Job {
    /// Work that has not been tried yet.
    pub const fn new(work: Work, cause: Cause) -> Self {
        Self { work, cause, conflicts: 0, failures: 0 }
    }
}

/// An agent as the batch under way has it.
pub struct Working {
    pub state: State,
    pub version: i64,
    /// The version that was loaded. When it is not `version`, the state rests on units that may yet lose.
    pub stored: i64,
    /// Nobody has looked whether the stream exists: its id is so young that it is taken for a new one.
    pub guessed: bool,
}

impl Working {
    /// Whether the state may turn out not to be the stored one, although no other process writes.
    pub const fn is_uncertain(&self) -> bool {
        self.guessed || self.version != self.stored
    }
}

/// A job that is decided and waits for the commit.
pub struct Staged {
    pub job: Job,
    pub unit: Unit,
    pub events: Vec<Recorded>,
    /// The refusal that an order is answered with, once what it rests on is certain.
    pub refusal: Option<CommandError>,
    /// The version of the order's subject afterwards.
    pub version: i64,
    /// The effects that the unit asks for.
    pub effects: Vec<EffectRecord>,
}
