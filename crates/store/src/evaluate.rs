//! Which units of a batch are committed and which lose. Pure: the facts come from the database through [`Facts`]; a unit
//! sees what the accepted units before it in the batch do.

use crate::{Claim, EffectChange, Rejection, StoreError, TimerChange, Unit};
use kernel::StreamRef;
use rustc_hash::FxHashMap;
use std::{borrow::Cow, hash::Hash};

/// Where an effect stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectState {
    /// It waits or runs.
    Pending,
    /// It is over.
    Done,
    /// It is in the dead-letter list.
    Dead,
}

impl EffectState {
    /// From the stored text.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        match text {
            "pending" => Ok(Self::Pending),
            "done" => Ok(Self::Done),
            "dead" => Ok(Self::Dead),
            _ => Err(StoreError::Defect("an effect is in an unknown state".to_owned())),
        }
    }
}

/// What the database holds before the batch.
pub trait Facts {
    /// The last version of a stream, 0 for none.
    fn version(&mut self, stream: StreamRef) -> Result<i64, StoreError>;
    /// The owner of a unique key.
    fn owner(&mut self, scope: &str, key: &str) -> Result<Option<String>, StoreError>;
    /// The request hash and the stream of an idempotency key.
    fn idempotency(&mut self, key: &str) -> Result<Option<([u8; 32], String)>, StoreError>;
    /// Where a reactor stands, 0 for none.
    fn position(&mut self, reactor: &str) -> Result<i64, StoreError>;
    /// When a timer is due, in microseconds.
    fn timer(&mut self, stream: StreamRef, name: &str, key: &str) -> Result<Option<i64>, StoreError>;
    /// Where an effect stands.
    fn effect(&mut self, id: &str) -> Result<Option<EffectState>, StoreError>;
    /// The holder of a lease and its end in microseconds.
    fn lease(&mut self, name: &str) -> Result<Option<(String, i64)>, StoreError>;
}

/// One kind of fact: what is known, and what the unit at hand would change.
struct Layer<K, V> {
    known: FxHashMap<K, V>,
    staged: Vec<(K, V)>,
}

impl<K: Copy + Eq + Hash, V> Layer<K, V> {
    fn new() -> Self {
        Self { known: FxHashMap::default(), staged: Vec::new() }
    }

    fn get(&mut self, key: K, load: impl FnOnce() -> Result<V, StoreError>) -> Result<&V, StoreError> {
        if let Some(last) = self.staged.iter().rposition(|(staged, _)| *staged == key) {
            return Ok(&self.staged[last].1);
        }
        match self.known.entry(key) {
            std::collections::hash_map::Entry::Occupied(known) => Ok(known.into_mut()),
            std::collections::hash_map::Entry::Vacant(unknown) => Ok(unknown.insert(load()?)),
        }
    }

    fn stage(&mut self, key: K, value: V) {
        self.staged.push((key, value));
    }

    fn close(&mut self, accepted: bool) {
        if accepted {
            self.known.extend(self.staged.drain(..));
        } else {
            self.staged.clear();
        }
    }
}

type TimerKey<'u> = (StreamRef, &'u str, &'u str);
/// A request's hash and the stream it was about; the stream of this batch's own units is not yet a text.
type Answered<'u> = Option<([u8; 32], Result<StreamRef, Cow<'u, str>>)>;

/// Decides a batch, unit after unit.
struct Evaluation<'u, F> {
    facts: &'u mut F,
    versions: Layer<StreamRef, i64>,
    owners: Layer<(&'u str, &'u str), Option<Cow<'u, str>>>,
    answered: Layer<&'u str, Answered<'u>>,
    positions: Layer<&'u str, i64>,
    timers: Layer<TimerKey<'u>, Option<i64>>,
    effects: Layer<&'u str, Option<EffectState>>,
    leases: Layer<&'u str, Option<(String, i64)>>,
}

/// The fate of every unit, in order: `None` for those to be committed.
///
/// # Errors
/// What `facts` answers, or [`StoreError::Defect`] for a unit whose own events do not follow its own expectation.
pub fn evaluate<F: Facts>(units: &[Unit], facts: &mut F) -> Result<Vec<Option<Rejection>>, StoreError> {
    let mut evaluation = Evaluation {
        facts,
        versions: Layer::new(),
        owners: Layer::new(),
        answered: Layer::new(),
        positions: Layer::new(),
        timers: Layer::new(),
        effects: Layer::new(),
        leases: Layer::new(),
    };
    units.iter().map(|unit| evaluation.unit(unit)).collect()
}

impl<'u, F: Facts> Evaluation<'u, F> {
    fn unit(&mut self, unit: &'u Unit) -> Result<Option<Rejection>, StoreError> {
        let rejection = self.check(unit)?;
        if rejection.is_none() {
            self.stage_changes(unit)?;
        }
        let accepted = rejection.is_none();
        self.versions.close(accepted);
        self.owners.close(accepted);
        self.answered.close(accepted);
        self.positions.close(accepted);
        self.timers.close(accepted);
        self.effects.close(accepted);
        self.leases.close(accepted);
        Ok(rejection)
    }

    fn check(&mut self, unit: &'u Unit) -> Result<Option<Rejection>, StoreError> {
        for &(stream, version) in &unit.expected {
            let actual = self.version(stream)?;
            if actual != version {
                return Ok(Some(Rejection::Version { stream, actual }));
            }
        }
        for claim in &unit.claims {
            if let Some(rejection) = self.claim(claim)? {
                return Ok(Some(rejection));
            }
        }
        self.events(unit)
    }

    fn version(&mut self, stream: StreamRef) -> Result<i64, StoreError> {
        self.versions.get(stream, || self.facts.version(stream)).copied()
    }

    fn events(&mut self, unit: &'u Unit) -> Result<Option<Rejection>, StoreError> {
        for event in &unit.events {
            let actual = self.version(event.stream)?;
            if event.version != actual + 1 {
                let promised = unit.expected.iter().any(|(stream, _)| *stream == event.stream);
                if promised {
                    return Err(StoreError::Defect(format!(
                        "a unit's events of {} skip a version",
                        event.stream
                    )));
                }
                return Ok(Some(Rejection::Version { stream: event.stream, actual }));
            }
            self.versions.stage(event.stream, event.version);
        }
        Ok(None)
    }

    fn claim(&mut self, claim: &'u Claim) -> Result<Option<Rejection>, StoreError> {
        match claim {
            Claim::Unique { scope, key, owner } => self.unique(scope, key, owner),
            Claim::Free { scope, key } => {
                self.owners.stage((scope, key), None);
                Ok(None)
            }
            Claim::Idempotency { key, body_hash, stream, .. } => self.idempotency(key, body_hash, *stream),
            Claim::Position { reactor, from, to } => {
                let actual = *self.positions.get(reactor, || self.facts.position(reactor))?;
                self.positions.stage(reactor, *to);
                Ok((actual != *from).then_some(Rejection::PositionLost))
            }
            Claim::Timer { stream, name, key, due } => {
                let timer = (*stream, name.as_str(), key.as_str());
                let standing = *self.timers.get(timer, || self.facts.timer(*stream, name, key))?;
                self.timers.stage(timer, None);
                Ok((standing != Some(due.micros())).then_some(Rejection::TimerGone))
            }
            Claim::Effect { id } => {
                let state = *self.effects.get(id, || self.facts.effect(id))?;
                Ok((state != Some(EffectState::Pending)).then_some(Rejection::EffectGone))
            }
            Claim::Lease { name, owner, now } => {
                let lease = self.leases.get(name, || self.facts.lease(name))?;
                let held =
                    lease.as_ref().is_some_and(|(holder, until)| holder == owner && *until > now.micros());
                Ok((!held).then_some(Rejection::LeaseLost))
            }
        }
    }

    fn unique(
        &mut self,
        scope: &'static str,
        key: &'u str,
        owner: &'u str,
    ) -> Result<Option<Rejection>, StoreError> {
        let holder = self.owners.get((scope, key), || Ok(self.facts.owner(scope, key)?.map(Cow::Owned)))?;
        if holder.as_ref().is_some_and(|holder| holder != owner) {
            return Ok(Some(Rejection::Taken { scope }));
        }
        self.owners.stage((scope, key), Some(Cow::Borrowed(owner)));
        Ok(None)
    }

    fn idempotency(
        &mut self,
        key: &'u str,
        body_hash: &[u8; 32],
        stream: StreamRef,
    ) -> Result<Option<Rejection>, StoreError> {
        let load = || Ok(self.facts.idempotency(key)?.map(|(hash, stream)| (hash, Err(Cow::Owned(stream)))));
        if let Some((first_hash, first_stream)) = self.answered.get(key, load)? {
            let stream = match first_stream {
                Ok(stream) => stream.to_string(),
                Err(text) => text.clone().into_owned(),
            };
            return Ok(Some(Rejection::Repeated { same_body: first_hash == body_hash, stream }));
        }
        self.answered.stage(key, Some((*body_hash, Ok(stream))));
        Ok(None)
    }

    /// What an accepted unit leaves behind for the claims of the units after it.
    fn stage_changes(&mut self, unit: &'u Unit) -> Result<(), StoreError> {
        for timer in &unit.timers {
            match timer {
                TimerChange::Set { stream, name, key, due, .. } => {
                    self.timers.stage((*stream, name, key), Some(due.micros()));
                }
                TimerChange::Cancel { stream, name, key } => self.timers.stage((*stream, name, key), None),
            }
        }
        for effect in &unit.effects {
            self.effect(effect)?;
        }
        Ok(())
    }

    fn effect(&mut self, change: &'u EffectChange) -> Result<(), StoreError> {
        let id = change.id();
        let state = *self.effects.get(id, || self.facts.effect(id))?;
        if let Some(next) = effect_after(state, change) {
            self.effects.stage(id, Some(next));
        }
        Ok(())
    }
}

/// The state of an effect after a change; `None` when the change does nothing.
pub fn effect_after(state: Option<EffectState>, change: &EffectChange) -> Option<EffectState> {
    match (state, change) {
        (None, EffectChange::Request { .. }) => Some(EffectState::Pending),
        (Some(_), EffectChange::Done { .. }) => Some(EffectState::Done),
        (Some(EffectState::Pending), EffectChange::Dead { .. }) => Some(EffectState::Dead),
        (Some(EffectState::Dead), EffectChange::Replay { .. })
        | (Some(EffectState::Pending), EffectChange::Retry { .. }) => Some(EffectState::Pending),
        _ => None,
    }
}

impl EffectChange {
    /// The effect's id.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Request { id, .. }
            | Self::Done { id }
            | Self::Retry { id, .. }
            | Self::Dead { id, .. }
            | Self::Replay { id, .. } => id,
        }
    }
}

#[cfg(test)]
mod tests;
