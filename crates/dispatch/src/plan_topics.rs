//! `plan:pln_...`: how a search comes on, over the WebSocket.

use crate::{Dispatch, searches::topic_of};
use contracts::ports::{Caller, PortFuture, Verdict, permissions};
use edge::{
    Problem,
    ws::{Audience, TopicMessage, TopicSource},
};
use kernel::{PlanId, StreamRef};
use runtime::Recorded;

/// The topics of plans.
pub struct PlanTopics(Dispatch);

impl PlanTopics {
    /// Over the searches of this process.
    #[must_use]
    pub const fn new(dispatch: Dispatch) -> Self {
        Self(dispatch)
    }

    fn admit(&self, caller: &Caller, topic: &str) -> Result<Audience, Problem> {
        let id = topic.strip_prefix("plan:").and_then(|id| id.parse::<PlanId>().ok());
        let platform = &self.0.platform;
        let search = id.and_then(|id| self.0.searches.find(id, platform.runtime.now()));
        let search = search.filter(|search| topic_of(search.id) == topic).ok_or_else(Problem::not_found)?;
        match platform.authenticator.authorise(caller, permissions::PLAN_READ, &search.resource()) {
            Verdict::Allow => Ok(Audience::ALL),
            Verdict::Deny => Err(Problem::forbidden()),
            Verdict::Hide => Err(Problem::not_found()),
        }
    }
}

impl TopicSource for PlanTopics {
    fn prefix(&self) -> &'static str {
        "plan"
    }

    fn authorise<'a>(
        &'a self,
        caller: &'a Caller,
        topic: &'a str,
    ) -> PortFuture<'a, Result<Audience, Problem>> {
        Box::pin(std::future::ready(self.admit(caller, topic)))
    }

    fn messages(&self, _event: &Recorded) -> Vec<TopicMessage> {
        Vec::new()
    }

    fn stream(&self, _topic: &str) -> Option<StreamRef> {
        None
    }
}
