//! The WebSocket at `/api/v1/ws`: JSON subscriptions with a resume token, binary frames from drivers (design,
//! section 7).
//!
//! A context implements [`TopicSource`] for a family of topics; the [`Hub`] observes the log and fans out. An event's
//! `id` is its position in the log, so any `id` that a client has seen resumes its subscription after a reconnect.

mod hub;
mod outbox;
mod protocol;
mod resume;
mod socket;
mod topic;

pub use hub::{Hub, HubOptions};
pub use protocol::CloseCode;
pub(crate) use socket::{Peer, upgrade};
pub use topic::{Audience, BinaryHandler, TopicMessage, TopicSource};

#[cfg(test)]
mod tests;
