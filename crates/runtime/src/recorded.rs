//! An event as reactors, views and observers see it.

use contracts::Event;
use kernel::{StreamRef, TenantId, Timestamp, TypedId};
use std::{any::Any, sync::Arc};
use store::EventMeta;

/// A committed event with its decoded form.
#[derive(Clone)]
pub struct Recorded {
    /// Its place in the whole log.
    pub position: i64,
    /// The stream.
    pub stream: StreamRef,
    /// Its place in the stream.
    pub version: i64,
    /// The tenant.
    pub tenant: TenantId,
    /// The dotted type.
    pub type_name: &'static str,
    /// JSON as it is stored.
    pub payload: Arc<str>,
    /// Who, when and why.
    pub meta: EventMeta,
    pub(crate) typed: Arc<dyn Any + Send + Sync>,
    pub(crate) own: bool,
}

impl Recorded {
    /// The typed event, when it is one of `E`.
    #[must_use]
    pub fn of<E: Event>(&self) -> Option<&E> {
        self.typed.downcast_ref()
    }

    /// The stream's id, when it is one of this kind.
    #[must_use]
    pub fn id<I: TypedId>(&self) -> Option<I> {
        (self.stream.prefix == I::PREFIX).then(|| I::from_uuid(self.stream.id))
    }

    /// Whether this process has committed it, and not another one on the same store: what is counted in every process
    /// would be counted several times. An event that is only read from the log is nobody's.
    #[must_use]
    pub const fn is_own(&self) -> bool {
        self.own
    }

    /// When it happened.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        self.meta.time
    }
}
