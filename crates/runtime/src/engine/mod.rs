//! The engine: takes commands, reactions, due timers and effects' results; decides, commits, shows, reacts.

mod cache;
mod core;
mod draft;
mod effects;
mod erased;
mod job;
mod live;
mod loader;
mod positions;
mod roots;
mod shared;
mod slot;
mod thread;
mod timers;
mod turned;

pub use cache::AgentCensus;
pub use erased::AgentType;
pub use live::{Runtime, RuntimeOptions, RuntimeStatus};
pub use turned::Turned;

pub(crate) use erased::agent_type;
pub(crate) use loader::{AgentAccess, Kinds};

/// The state of an agent, its type erased.
pub(crate) type State = std::sync::Arc<dyn std::any::Any + Send + Sync>;
