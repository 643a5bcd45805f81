//! What a route hands to the runtime, and what it gets back.

use crate::Agent;
use kernel::{Actor, Refusal, RequestId, StreamRef, TenantId, TypedId};
use std::{any::Any, sync::Arc};
use store::{Claim, StoreError, Write};

/// A command to one stream, its type erased.
pub struct ErasedCommand {
    pub(crate) stream: StreamRef,
    pub(crate) command: Arc<dyn Any + Send + Sync>,
}

impl ErasedCommand {
    pub(crate) fn new<A: Agent>(id: A::Id, command: A::Command) -> Self {
        Self { stream: id.stream(), command: Arc::new(command) }
    }

    /// The command and whom it asks, when that is an agent of this kind.
    #[must_use]
    pub fn of<A: Agent>(&self) -> Option<(A::Id, &A::Command)> {
        let id = (self.stream.prefix == A::Id::PREFIX).then(|| A::Id::from_uuid(self.stream.id))?;
        Some((id, self.command.downcast_ref()?))
    }
}

/// A request's idempotency key: the same key and request give the first answer again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The key with the caller inside.
    pub key: String,
    /// SHA-256 of method, path and body.
    pub body_hash: [u8; 32],
}

/// Who asks, for which tenant, in which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The tenant that new events belong to.
    pub tenant: TenantId,
    /// Who acts.
    pub actor: Actor,
    /// The request; the correlation of all that follows.
    pub correlation: RequestId,
    /// The request's idempotency key, if it has one.
    pub idempotency: Option<IdempotencyKey>,
}

/// When the runtime answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wait {
    /// When the reactors and embedded effects that it set off have caught up, at most 2 s after the commit.
    #[default]
    Settled,
    /// As soon as it is durable.
    Durable,
}

/// One or more commands that commit together or not at all, with what else belongs to the unit.
#[must_use = "an order does nothing until it is submitted"]
pub struct Order {
    pub(crate) commands: Vec<ErasedCommand>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) writes: Vec<Write>,
    pub(crate) wait: Wait,
}

impl Order {
    /// One command to one agent.
    pub fn new<A: Agent>(id: A::Id, command: A::Command) -> Self {
        Self {
            commands: vec![ErasedCommand::new::<A>(id, command)],
            claims: Vec::new(),
            writes: Vec::new(),
            wait: Wait::default(),
        }
    }

    /// Another command of the same unit.
    pub fn and<A: Agent>(mut self, id: A::Id, command: A::Command) -> Self {
        self.commands.push(ErasedCommand::new::<A>(id, command));
        self
    }

    /// A claim that must hold.
    pub fn claim(mut self, claim: Claim) -> Self {
        self.claims.push(claim);
        self
    }

    /// Rows that are written with it, such as encrypted personal data.
    pub fn write(mut self, writes: impl IntoIterator<Item = Write>) -> Self {
        self.writes.extend(writes);
        self
    }

    /// When to answer.
    pub const fn wait(mut self, wait: Wait) -> Self {
        self.wait = wait;
        self
    }
}

/// An order was carried out (or had been before).
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "look whether it did something"]
pub struct Receipt {
    /// The position of its last event; 0 when there was nothing to do.
    pub position: i64,
    /// Whether anything happened now.
    pub changed: bool,
    /// The stream that the order is about. For a repeated idempotency key it is the one that the first request made,
    /// so answer with this one, not with a freshly made id.
    pub stream: StreamRef,
    /// The key was used before for the same request; nothing was done.
    pub repeated: bool,
    /// The version of [`Receipt::stream`] afterwards.
    pub version: i64,
}

impl Receipt {
    /// The id of the stream, when it is one of this kind.
    #[must_use]
    pub fn id<I: TypedId>(&self) -> Option<I> {
        (self.stream.prefix == I::PREFIX).then(|| I::from_uuid(self.stream.id))
    }
}

/// Why an order was not carried out.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommandError {
    /// An agent refused; nothing was written.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A unique key belongs to another; 409.
    #[error("the key of `{scope}` is taken")]
    Taken {
        /// The claim's scope.
        scope: &'static str,
    },
    /// The idempotency key was used with another request; 409.
    #[error("the idempotency key was used with another request")]
    KeyReused,
    /// Nothing was acknowledged; 503.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue is full or the runtime is stopping; 503.
    #[error("the platform is overloaded or stopping")]
    Overloaded,
}
