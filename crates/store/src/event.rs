//! Events as they are handed in and as they are stored.

use kernel::{RequestId, StreamRef, TenantId, Timestamp};
use std::{
    collections::HashSet,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

/// Who, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventMeta {
    /// The actor's text form, such as `usr_...` or `sys_booking`.
    pub actor: Arc<str>,
    /// The request from which all of this follows.
    pub correlation: RequestId,
    /// The position of the event that caused it; 0 for none.
    pub causation: i64,
    /// When, by the runtime's clock.
    pub time: Timestamp,
}

/// An event to be appended.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// The stream.
    pub stream: StreamRef,
    /// The kind of agent, such as `shipment`.
    pub kind: &'static str,
    /// 1 for the first event of a stream, without gaps.
    pub version: i64,
    /// The tenant.
    pub tenant: TenantId,
    /// The dotted type.
    pub type_name: &'static str,
    /// The payload's schema number.
    pub schema: u32,
    /// JSON, stored and hashed as it is.
    pub payload: Arc<str>,
    /// Who, when and why.
    pub meta: EventMeta,
}

/// An event as it was read.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// Its place in the whole log, from 1, without gaps.
    pub position: i64,
    /// The stream.
    pub stream: StreamRef,
    /// Its place in the stream, from 1, without gaps.
    pub version: i64,
    /// The tenant.
    pub tenant: TenantId,
    /// The dotted type, interned.
    pub type_name: &'static str,
    /// The payload's schema number.
    pub schema: u32,
    /// JSON as it was written.
    pub payload: Arc<str>,
    /// Who, when and why.
    pub meta: EventMeta,
}

/// The end of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogHead {
    /// The last position; 0 for an empty log.
    pub position: i64,
    /// The last value of the chain over the whole log (`log_hash`); 32 zeros for an empty log.
    pub hash: [u8; 32],
}

/// Turns a kind's prefix or an event's type, of which there are few, into a static text.
#[must_use]
pub fn intern(text: &str) -> &'static str {
    static NAMES: OnceLock<RwLock<HashSet<&'static str>>> = OnceLock::new();
    let names = NAMES.get_or_init(RwLock::default);
    if let Some(known) = names.read().unwrap_or_else(PoisonError::into_inner).get(text) {
        return known;
    }
    let mut names = names.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(text) {
        return known;
    }
    let name: &'static str = Box::leak(text.to_owned().into_boxed_str());
    names.insert(name);
    name
}
