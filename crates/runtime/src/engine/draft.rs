//! Drafting: what one job would commit, command by command.

use super::{
    State,
    core::Core,
    erased::{Decided, Fresh, NotDecided},
    job::{Cause, OrderJob},
};
use crate::{
    Act, EffectOutcome, Recorded, TimerOp, World,
    order::{CommandError, ErasedCommand},
};
use kernel::{StreamRef, Timestamp};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};
use store::{Claim, EffectChange, EffectRecord, EventMeta, NewEvent, StoreError, TimerChange, Unit};

/// Attempts after which an effect goes to the dead-letter list.
const EFFECT_ATTEMPTS_MAX: i64 = 10;
/// An effect that its own process has not ended by then may be taken up by the sweep.
const EFFECT_GRACE: Duration = Duration::from_secs(60);

/// What one job has decided so far.
#[derive(Default)]
pub struct Draft {
    pub unit: Unit,
    pub events: Vec<Recorded>,
    pub before: Vec<(StreamRef, State, i64)>,
    pub effects: Vec<EffectRecord>,
}

impl Draft {
    /// The unit holds only if the stream still has the version that it had at first.
    fn expect(&mut self, stream: StreamRef, version: i64) {
        if !self.unit.expected.iter().any(|(expected, _)| *expected == stream) {
            self.unit.expected.push((stream, version));
        }
    }
}

impl Core {
    pub(super) fn draft_order(
        &mut self,
        order: &OrderJob,
        cause: &Cause,
        now: Timestamp,
        draft: &mut Draft,
    ) -> Result<(), CommandError> {
        for command in order.commands.iter() {
            self.decide(command, cause, now, draft)?;
        }
        draft.unit.claims.extend(order.claims.iter().cloned());
        draft.unit.writes.extend(order.writes.iter().cloned());
        Ok(())
    }

    pub(super) fn draft_reaction(
        &mut self,
        reactor: usize,
        event: &Recorded,
        cause: &Cause,
        now: Timestamp,
        draft: &mut Draft,
    ) -> Result<(), CommandError> {
        let slot = &self.reactors[reactor];
        self.agents.reads.clear();
        let mut world = World { now, entropy: &*self.entropy, agents: &mut self.agents };
        let reacted = catch_unwind(AssertUnwindSafe(|| slot.reactor.react(event, &mut world)));
        let name = slot.name;
        let acts = reacted.map_err(|_| StoreError::Defect(format!("the reactor `{name}` panicked")))??;
        for (stream, version) in self.agents.reads.drain(..) {
            draft.expect(stream, version);
        }
        if acts.is_empty() {
            return Ok(());
        }
        self.carry_out(&acts, &format!("{name}:{}", event.position), cause, now, draft)?;
        self.claim_position(reactor, event.position, &mut draft.unit);
        Ok(())
    }

    pub(super) fn draft_timer(
        &mut self,
        timer: &store::TimerRecord,
        cause: &Cause,
        now: Timestamp,
        draft: &mut Draft,
    ) -> Result<(), CommandError> {
        let command = self.agents.kinds.of(timer.stream.prefix)?.timer_command(&timer.name, &timer.key);
        if let Some(command) = command {
            let command = ErasedCommand { stream: timer.stream, command };
            self.decide_leniently(&command, cause, now, draft)?;
        }
        let (name, key) = (timer.name.clone(), timer.key.clone());
        draft.unit.claims.push(Claim::Timer { stream: timer.stream, name, key, due: timer.due });
        Ok(())
    }

    pub(super) fn draft_effect(
        &mut self,
        record: &EffectRecord,
        outcome: &EffectOutcome,
        cause: &Cause,
        now: Timestamp,
        draft: &mut Draft,
    ) -> Result<(), CommandError> {
        draft.unit.claims.push(Claim::Effect { id: record.id.clone() });
        match outcome {
            EffectOutcome::Over(acts) => {
                self.carry_out(acts, &record.id, cause, now, draft)?;
                draft.unit.effects.push(EffectChange::Done { id: record.id.clone() });
            }
            EffectOutcome::Retry(error) => {
                let (id, attempts, error) = (record.id.clone(), record.attempts + 1, error.clone());
                draft.unit.effects.push(if attempts >= EFFECT_ATTEMPTS_MAX {
                    EffectChange::Dead { id, attempts, error }
                } else {
                    EffectChange::Retry { id, attempts, due: now.after(effect_backoff(attempts)), error }
                });
            }
        }
        Ok(())
    }

    fn carry_out(
        &mut self,
        acts: &[Act],
        id: &str,
        cause: &Cause,
        now: Timestamp,
        draft: &mut Draft,
    ) -> Result<(), CommandError> {
        for (number, act) in acts.iter().enumerate() {
            match act {
                Act::Command(command) => self.decide_leniently(command, cause, now, draft)?,
                Act::Effect { kind, payload } => {
                    let record = EffectRecord {
                        id: format!("{id}:{number}"),
                        kind: (*kind).to_owned(),
                        tenant: cause.tenant,
                        payload: payload.clone(),
                        correlation: cause.correlation,
                        causation: cause.causation,
                        attempts: 0,
                        due: now,
                        error: String::new(),
                        dead: false,
                    };
                    draft.unit.effects.push(EffectChange::Request {
                        id: record.id.clone(),
                        kind,
                        tenant: record.tenant,
                        payload: payload.clone(),
                        correlation: record.correlation,
                        causation: record.causation,
                        due: now.after(EFFECT_GRACE),
                    });
                    draft.effects.push(record);
                }
            }
        }
        Ok(())
    }

    /// A refusal inside a reaction is counted; the reaction goes on.
    fn decide_leniently(
        &mut self,
        command: &ErasedCommand,
        cause: &Cause,
        now: Timestamp,
        draft: &mut Draft,
    ) -> Result<(), CommandError> {
        match self.decide(command, cause, now, draft) {
            Err(CommandError::Refused(refusal)) => {
                self.meter.refused();
                tracing::debug!(stream = %command.stream, code = refusal.code, actor = %cause.actor, "refused");
                Ok(())
            }
            other => other,
        }
    }

    fn decide(
        &mut self,
        command: &ErasedCommand,
        cause: &Cause,
        now: Timestamp,
        draft: &mut Draft,
    ) -> Result<(), CommandError> {
        let stream = command.stream;
        let kind = Arc::clone(self.agents.kinds.of(stream.prefix)?);
        let shared = self.agents.shared;
        let working = self.agents.working(stream)?;
        let version = working.version;
        let uncertain = shared || working.is_uncertain();
        let timing = self.meter.begin();
        let attempt = catch_unwind(AssertUnwindSafe(|| kind.decide(&working.state, &*command.command, now)));
        self.meter.decided(kind.kind(), timing);
        let decided = match attempt {
            Ok(Ok(decided)) => decided,
            Ok(Err(NotDecided::Refused(refusal))) => {
                if uncertain {
                    draft.expect(stream, version);
                }
                return Err(refusal.into());
            }
            Ok(Err(NotDecided::Defect(what))) => return Err(StoreError::Defect(what).into()),
            Err(_) => {
                return Err(StoreError::Defect(format!("a {} panicked while deciding", kind.kind())).into());
            }
        };
        let Decided { events, state, transition } = decided;
        if !events.is_empty() || uncertain {
            draft.expect(stream, version);
        }
        if events.is_empty() {
            return Ok(());
        }
        draft.before.push((stream, std::mem::replace(&mut working.state, state), version));
        working.version += i64::try_from(events.len()).unwrap_or(i64::MAX);
        self.meter.moved(kind.kind(), transition);
        for (event, version) in events.into_iter().zip(version + 1..) {
            self.record(event, kind.kind(), stream, version, cause, now, draft);
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "an event has that many parts")]
    fn record(
        &self,
        fresh: Fresh,
        kind: &'static str,
        stream: StreamRef,
        version: i64,
        cause: &Cause,
        now: Timestamp,
        draft: &mut Draft,
    ) {
        let meta = EventMeta {
            actor: Arc::clone(&cause.actor),
            correlation: cause.correlation,
            causation: cause.causation,
            time: now,
        };
        for op in fresh.timers {
            draft.unit.timers.push(match op {
                TimerOp::At { name, key, due } => TimerChange::Set {
                    stream,
                    tenant: cause.tenant,
                    name,
                    key,
                    due,
                    correlation: cause.correlation,
                },
                TimerOp::Cancel { name, key } => TimerChange::Cancel { stream, name, key },
            });
        }
        let recorded = Recorded {
            position: 0,
            stream,
            version,
            tenant: cause.tenant,
            type_name: fresh.type_name,
            payload: Arc::clone(&fresh.payload),
            meta: meta.clone(),
            typed: fresh.typed,
            own: true,
        };
        for view in &self.views {
            (view.project)(&recorded, &mut draft.unit.writes);
        }
        draft.events.push(recorded);
        draft.unit.events.push(NewEvent {
            stream,
            kind,
            version,
            tenant: cause.tenant,
            type_name: fresh.type_name,
            schema: fresh.schema,
            payload: fresh.payload,
            meta,
        });
    }
}

/// 1 s doubled at each attempt, at most 5 min.
fn effect_backoff(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(10);
    (Duration::from_secs(1) * 2_u32.pow(doublings)).min(Duration::from_secs(300))
}
