//! What a context brings, and all contexts together.

use crate::{Agent, AgentType, EffectHandler, Observer, Reactor, View};
use std::sync::Arc;
use store::Statement;

/// What one context brings to the house. Built by the context's `context()` function.
#[derive(Default)]
pub struct Context {
    pub(crate) agents: Vec<Arc<dyn AgentType>>,
    pub(crate) views: Vec<View>,
    pub(crate) statements: Vec<&'static Statement>,
    pub(crate) reactors: Vec<Box<dyn Reactor>>,
    pub(crate) effects: Vec<Arc<dyn EffectHandler>>,
    pub(crate) observers: Vec<Arc<dyn Observer>>,
}

impl Context {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A kind of agent.
    #[must_use]
    pub fn agent<A: Agent>(mut self) -> Self {
        self.agents.push(crate::engine::agent_type::<A>());
        self
    }

    /// A view.
    #[must_use]
    pub fn view(mut self, view: View) -> Self {
        self.views.push(view);
        self
    }

    /// Statements outside any view, so that the test which prepares them all knows them.
    #[must_use]
    pub fn statements(mut self, statements: &[&'static Statement]) -> Self {
        self.statements.extend_from_slice(statements);
        self
    }

    /// A reactor.
    #[must_use]
    pub fn reactor(mut self, reactor: impl Reactor + 'static) -> Self {
        self.reactors.push(Box::new(reactor));
        self
    }

    /// A handler of effects.
    #[must_use]
    pub fn effect(mut self, handler: impl EffectHandler + 'static) -> Self {
        self.effects.push(Arc::new(handler));
        self
    }

    /// An observer.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.push(observer);
        self
    }
}

/// All contexts together.
#[derive(Default)]
pub struct Assembly {
    pub(crate) all: Context,
}

impl Assembly {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a context.
    #[must_use]
    pub fn with(mut self, context: Context) -> Self {
        self.all.agents.extend(context.agents);
        self.all.views.extend(context.views);
        self.all.statements.extend(context.statements);
        self.all.reactors.extend(context.reactors);
        self.all.effects.extend(context.effects);
        self.all.observers.extend(context.observers);
        self
    }

    /// The views, for rebuilding and checking them.
    #[must_use]
    pub fn views(&self) -> &[View] {
        &self.all.views
    }

    /// Every kind of agent with its event types, for the catalogue of events.
    pub fn kinds(&self) -> impl Iterator<Item = (&'static str, &'static [&'static str])> + '_ {
        self.all.agents.iter().map(|agent| (agent.kind(), agent.event_types()))
    }

    /// The names of the reactors and the event types they listen to.
    pub fn reactors(&self) -> impl Iterator<Item = (&'static str, &'static [&'static str])> + '_ {
        self.all.reactors.iter().map(|reactor| (reactor.name(), reactor.listens()))
    }

    /// Every statement of every context.
    pub fn every_statement(&self) -> impl Iterator<Item = &'static Statement> + '_ {
        self.all
            .views
            .iter()
            .flat_map(|view| view.statements.iter().copied())
            .chain(self.all.statements.iter().copied())
    }
}
