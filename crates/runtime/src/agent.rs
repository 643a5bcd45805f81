//! The first shape: a state machine over its own event stream.

use contracts::Event;
use kernel::{Refusal, Timestamp, TypedId};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// A change of the agent's own timers, as a consequence of one of its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimerOp {
    /// Fires [`Agent::on_timer`] with this name and key, at an instant. Setting again moves it.
    At {
        /// What for.
        name: &'static str,
        /// Which one; may be empty.
        key: String,
        /// When.
        due: Timestamp,
    },
    /// Takes it back.
    Cancel {
        /// What for.
        name: &'static str,
        /// Which one.
        key: String,
    },
}

impl TimerOp {
    /// A timer without a key, `wait` after `now`.
    #[must_use]
    pub fn after(name: &'static str, now: Timestamp, wait: Duration) -> Self {
        Self::At { name, key: String::new(), due: now.after(wait) }
    }

    /// Cancels a timer without a key.
    #[must_use]
    pub const fn cancel(name: &'static str) -> Self {
        Self::Cancel { name, key: String::new() }
    }
}

/// A state machine over its own stream. Pure: no I/O, no clock, no randomness except what the command carries.
///
/// The default state is that of a stream without events; commands that create must check for it.
pub trait Agent: Clone + Default + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// Its id, whose prefix names its kind in the log.
    type Id: TypedId;
    /// What it can be asked.
    type Command: Send + Sync + 'static;
    /// What happens to it.
    type Event: Event;
    /// The kind's name in metrics and views, such as `shipment`.
    const KIND: &'static str;
    /// The snapshot format; raise it whenever the state's fields change.
    const SNAPSHOT: u32;
    /// So many events ahead of its snapshot it is stored again: at most so many are replayed when it is loaded. More for
    /// a kind whose state is large, because a snapshot writes the whole of it while commands wait.
    const SNAPSHOT_EVERY: i64 = 100;

    /// Decides. No events means that nothing was to be done (a repeated command).
    ///
    /// # Errors
    /// The refusal that the caller is told.
    fn decide(&self, command: &Self::Command, now: Timestamp) -> Result<Vec<Self::Event>, Refusal>;

    /// Takes an event into the state. `at` is the event's time.
    fn evolve(&mut self, event: &Self::Event, at: Timestamp);

    /// The timers that an event sets or cancels; `self` already holds the event.
    fn timers(&self, _event: &Self::Event, _at: Timestamp) -> Vec<TimerOp> {
        Vec::new()
    }

    /// The command that a due timer stands for; `None` when the name is no longer known.
    fn on_timer(_name: &str, _key: &str) -> Option<Self::Command> {
        None
    }

    /// The state's name for `agent_state_transitions_total`; empty when the kind has no named states.
    fn state_name(&self) -> &'static str {
        ""
    }
}
