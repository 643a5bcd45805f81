//! What a context implements to be heard over the WebSocket.

use crate::Problem;
use bytes::Bytes;
use contracts::ports::{Caller, PortFuture};
use kernel::StreamRef;
use runtime::Recorded;
use serde_json::Value;
use store::StoreError;

/// Which of a topic's subscribers see a message: a set of up to 32 groups whose meaning the topic's source gives
/// (owner, carrier, staff ...). A subscriber sees a message when the two sets have a group in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audience(pub u32);

impl Audience {
    /// Everybody who may subscribe.
    pub const ALL: Self = Self(u32::MAX);

    /// Whether the sets have a group in common.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The groups of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What an event says to the subscribers of one topic.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicMessage {
    /// The topic, such as `shipment:shp_...`.
    pub topic: String,
    /// The message's `data`.
    pub data: Value,
    /// Who of the subscribers sees it.
    pub audience: Audience,
}

impl TopicMessage {
    /// A message to all subscribers of a topic.
    #[must_use]
    pub fn new(topic: impl Into<String>, data: Value) -> Self {
        Self { topic: topic.into(), data, audience: Audience::ALL }
    }

    /// Narrows it to some of them.
    #[must_use]
    pub const fn only(mut self, audience: Audience) -> Self {
        self.audience = audience;
        self
    }
}

/// One family of topics, such as `shipment:...`.
pub trait TopicSource: Send + Sync {
    /// What stands before the colon, such as `shipment`.
    fn prefix(&self) -> &'static str;

    /// May this caller subscribe, and to which groups of the topic do they belong? Asked at the subscription and again
    /// at every ping, so a right that is lost ends a running subscription. `topic` is the whole topic.
    ///
    /// The future's error is 403 or 404 as for a route.
    fn authorise<'a>(
        &'a self,
        caller: &'a Caller,
        topic: &'a str,
    ) -> PortFuture<'a, Result<Audience, Problem>>;

    /// What a committed event says, and to which topics of this family. At most one message a topic. Pure and fast: it
    /// runs on the engine's thread, but only while somebody subscribes to a topic of this family, and again when a
    /// subscriber resumes.
    fn messages(&self, event: &Recorded) -> Vec<TopicMessage>;

    /// The stream whose events a topic is about, which a subscriber that resumes is told from; `None` when no event of
    /// the log says anything to it.
    fn stream(&self, topic: &str) -> Option<StreamRef>;

    /// Where in the log events of other streams speak to the topic: up to `limit` positions after one, in order.
    fn elsewhere<'a>(
        &'a self,
        _topic: &'a str,
        _after: i64,
        _limit: u32,
    ) -> PortFuture<'a, Result<Vec<i64>, StoreError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}

/// Takes the binary frames of all sockets (positions).
pub trait BinaryHandler: Send + Sync {
    /// Handles one frame of an authenticated caller; the answer, if there is one, is sent back as a binary frame.
    fn handle<'a>(&'a self, caller: &'a Caller, frame: Bytes) -> PortFuture<'a, Option<Bytes>>;
}
