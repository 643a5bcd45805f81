//! A unit: all that one command or reaction commits, or none of it (design, section 4).

use crate::{NewEvent, StoreError, Write};
use kernel::{RequestId, StreamRef, TenantId, Timestamp};

/// All that one command or reaction commits.
#[derive(Debug, Clone, Default)]
pub struct Unit {
    /// The version each touched stream must still have; 0: it must not exist yet.
    pub expected: Vec<(StreamRef, i64)>,
    /// The events, in order.
    pub events: Vec<NewEvent>,
    /// What must be free, unchanged or standing.
    pub claims: Vec<Claim>,
    /// Timers set and cancelled.
    pub timers: Vec<TimerChange>,
    /// Effects asked for, moved or ended.
    pub effects: Vec<EffectChange>,
    /// View rows and other upserts.
    pub writes: Vec<Write>,
}

impl Unit {
    /// Whether it only asks if what it expects still holds.
    #[must_use]
    pub const fn changes_nothing(&self) -> bool {
        let Self { expected: _, events, claims, timers, effects, writes } = self;
        events.is_empty() && claims.is_empty() && timers.is_empty() && effects.is_empty() && writes.is_empty()
    }
}

/// A condition that is checked before anything of the batch is written, and its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Takes a key for an owner; fails when another owner has it, holds when the same owner has it.
    Unique {
        /// What the key is unique in, such as `login`.
        scope: &'static str,
        /// The key (for personal data a keyed blind index, never the value).
        key: String,
        /// Who takes it.
        owner: String,
    },
    /// Frees a key, whoever has it.
    Free {
        /// The scope.
        scope: &'static str,
        /// The key.
        key: String,
    },
    /// Takes an idempotency key; fails as [`Rejection::Repeated`] when it is taken.
    Idempotency {
        /// The key with the caller inside.
        key: String,
        /// SHA-256 of the request's method, path and body.
        body_hash: [u8; 32],
        /// The stream that the request made or changed.
        stream: StreamRef,
        /// When, for the purge of old keys.
        at: Timestamp,
    },
    /// Moves a reactor's position by compare-and-set.
    Position {
        /// The reactor.
        reactor: &'static str,
        /// Where it must stand; 0 when it has no row.
        from: i64,
        /// Where it stands afterwards.
        to: i64,
    },
    /// The timer must still stand with this due time; it is deleted.
    Timer {
        /// Whose.
        stream: StreamRef,
        /// Its name.
        name: String,
        /// Its key.
        key: String,
        /// When it was due.
        due: Timestamp,
    },
    /// The effect must still be pending.
    Effect {
        /// Its id.
        id: String,
    },
    /// The lease must be held by this owner until after `now`.
    Lease {
        /// The lease.
        name: &'static str,
        /// Its holder.
        owner: String,
        /// The present instant.
        now: Timestamp,
    },
}

/// A durable timer: a name and a key, never a serialised command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimerChange {
    /// Sets or moves a timer of the stream.
    Set {
        /// Whose.
        stream: StreamRef,
        /// The tenant.
        tenant: TenantId,
        /// What for, such as `window`.
        name: &'static str,
        /// Which one, such as a bid's id; may be empty.
        key: String,
        /// When.
        due: Timestamp,
        /// The correlation that the firing carries on.
        correlation: RequestId,
    },
    /// Removes a timer, if it stands.
    Cancel {
        /// Whose.
        stream: StreamRef,
        /// What for.
        name: &'static str,
        /// Which one.
        key: String,
    },
}

/// A change of the list of effects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EffectChange {
    /// Asks for an effect.
    Request {
        /// Unique and stable over retries: derived from the causing event.
        id: String,
        /// Which handler, such as `payment.hold`.
        kind: &'static str,
        /// The tenant.
        tenant: TenantId,
        /// What it needs, as JSON; ids only, no personal data.
        payload: String,
        /// The correlation it carries on.
        correlation: RequestId,
        /// The position of the event that caused it.
        causation: i64,
        /// When it may first run.
        due: Timestamp,
    },
    /// It is over.
    Done {
        /// Its id.
        id: String,
    },
    /// It failed and is tried again.
    Retry {
        /// Its id.
        id: String,
        /// Attempts so far.
        attempts: i64,
        /// When next.
        due: Timestamp,
        /// Why it failed, without personal data.
        error: String,
    },
    /// It goes to the dead-letter list.
    Dead {
        /// Its id.
        id: String,
        /// Attempts so far.
        attempts: i64,
        /// Why.
        error: String,
    },
    /// A person sends a dead one again.
    Replay {
        /// Its id.
        id: String,
        /// When.
        due: Timestamp,
    },
}

/// What became of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Durable. The events have the positions from `first` on (`first` is the head when there are none).
    Committed {
        /// The first event's position.
        first: i64,
    },
    /// Nothing of it was written.
    Rejected(Rejection),
    /// Nothing of it was written: the database refused its own statements, which is a defect, or went away while the
    /// batch was tried unit by unit.
    Failed(StoreError),
}

/// Why a unit lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// A stream moved; load it again and decide again.
    Version {
        /// Which.
        stream: StreamRef,
        /// Where it stands.
        actual: i64,
    },
    /// The key belongs to another.
    Taken {
        /// Its scope.
        scope: &'static str,
    },
    /// The idempotency key was used.
    Repeated {
        /// Whether the request was the same.
        same_body: bool,
        /// The stream that the first request made or changed, in text form.
        stream: String,
    },
    /// The reactor's position is elsewhere: another process moved it.
    PositionLost,
    /// The timer was cancelled, moved or fired.
    TimerGone,
    /// The effect is over.
    EffectGone,
    /// The lease is another's.
    LeaseLost,
}
