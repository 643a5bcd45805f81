//! What every part of one request may want to know without being handed it: its id and the clock.

use kernel::{Clock, RequestId, Timestamp, TypedId, Uuid};
use std::{future::Future, sync::Arc};

tokio::task_local! {
    static SCOPE: Scope;
}

/// One request's id and clock, set by the outermost middleware.
#[derive(Clone)]
pub struct Scope {
    pub(crate) id: RequestId,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Scope {
    /// Runs a future inside this request.
    pub(crate) fn run<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        SCOPE.scope(self, future)
    }

    /// The present request's id and the time of its answer. Outside any request (a handler called by hand) the id is
    /// nil and the time the epoch, which shows.
    pub(crate) fn stamp() -> (RequestId, Timestamp) {
        SCOPE
            .try_with(|scope| (scope.id, scope.clock.now()))
            .unwrap_or_else(|_| (RequestId::from_uuid(Uuid::nil()), Timestamp::from_micros(0)))
    }
}

/// The id of the request that the caller runs in; `None` outside any.
#[must_use]
pub fn request_id() -> Option<RequestId> {
    SCOPE.try_with(|scope| scope.id).ok()
}
