//! The batch against a plain model that carries out one unit after the other.

use super::{EffectState, Facts, evaluate};
use crate::{Claim, EffectChange, EventMeta, NewEvent, Rejection, StoreError, TimerChange, Unit};
use kernel::{RequestId, StreamRef, TenantId, Timestamp, TypedId, Uuid};
use proptest::prelude::*;
use std::collections::HashMap;

/// A database as a few maps.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    versions: HashMap<StreamRef, i64>,
    owners: HashMap<(String, String), String>,
    answered: HashMap<String, ([u8; 32], String)>,
    positions: HashMap<String, i64>,
    timers: HashMap<(StreamRef, String, String), i64>,
    effects: HashMap<String, EffectState>,
    leases: HashMap<String, (String, i64)>,
}

impl Facts for Model {
    fn version(&mut self, stream: StreamRef) -> Result<i64, StoreError> {
        Ok(self.versions.get(&stream).copied().unwrap_or(0))
    }
    fn owner(&mut self, scope: &str, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self.owners.get(&(scope.into(), key.into())).cloned())
    }
    fn idempotency(&mut self, key: &str) -> Result<Option<([u8; 32], String)>, StoreError> {
        Ok(self.answered.get(key).cloned())
    }
    fn position(&mut self, reactor: &str) -> Result<i64, StoreError> {
        Ok(self.positions.get(reactor).copied().unwrap_or(0))
    }
    fn timer(&mut self, stream: StreamRef, name: &str, key: &str) -> Result<Option<i64>, StoreError> {
        Ok(self.timers.get(&(stream, name.into(), key.into())).copied())
    }
    fn effect(&mut self, id: &str) -> Result<Option<EffectState>, StoreError> {
        Ok(self.effects.get(id).copied())
    }
    fn lease(&mut self, name: &str) -> Result<Option<(String, i64)>, StoreError> {
        Ok(self.leases.get(name).cloned())
    }
}

impl Model {
    /// Carries out a unit, or says that it loses.
    fn carry_out(&mut self, unit: &Unit) -> bool {
        let mut next = self.clone();
        let holds = next.try_unit(unit);
        if holds {
            *self = next;
        }
        holds
    }

    fn try_unit(&mut self, unit: &Unit) -> bool {
        let current = |model: &Self, stream| model.versions.get(stream).copied().unwrap_or(0);
        if unit.expected.iter().any(|(stream, version)| current(self, stream) != *version) {
            return false;
        }
        if !unit.claims.iter().all(|claim| self.try_claim(claim)) {
            return false;
        }
        for event in &unit.events {
            if current(self, &event.stream) + 1 != event.version {
                return false;
            }
            self.versions.insert(event.stream, event.version);
        }
        unit.timers.iter().for_each(|timer| self.timer_change(timer));
        unit.effects.iter().for_each(|effect| self.effect_change(effect));
        true
    }

    fn try_claim(&mut self, claim: &Claim) -> bool {
        match claim {
            Claim::Unique { scope, key, owner } => {
                self.owners.entry(((*scope).into(), key.clone())).or_insert_with(|| owner.clone()) == owner
            }
            Claim::Free { scope, key } => {
                self.owners.remove(&((*scope).into(), key.clone()));
                true
            }
            Claim::Idempotency { key, body_hash, stream, .. } => {
                let used = self.answered.contains_key(key);
                self.answered.entry(key.clone()).or_insert_with(|| (*body_hash, stream.to_string()));
                !used
            }
            Claim::Position { reactor, from, to } => {
                self.positions.insert((*reactor).into(), *to).unwrap_or(0) == *from
            }
            Claim::Timer { stream, name, key, due } => {
                self.timers.remove(&(*stream, name.clone(), key.clone())) == Some(due.micros())
            }
            Claim::Effect { id } => self.effects.get(id) == Some(&EffectState::Pending),
            Claim::Lease { name, owner, now } => {
                self.leases.get(*name).is_some_and(|(holder, until)| holder == owner && *until > now.micros())
            }
        }
    }

    fn timer_change(&mut self, timer: &TimerChange) {
        match timer {
            TimerChange::Set { stream, name, key, due, .. } => {
                self.timers.insert((*stream, (*name).into(), key.clone()), due.micros());
            }
            TimerChange::Cancel { stream, name, key } => {
                self.timers.remove(&(*stream, (*name).into(), key.clone()));
            }
        }
    }

    fn effect_change(&mut self, change: &EffectChange) {
        let id = change.id().to_owned();
        let state = self.effects.get(&id).copied();
        let next = match change {
            EffectChange::Request { .. } => state.or(Some(EffectState::Pending)),
            EffectChange::Done { .. } => state.map(|_| EffectState::Done),
            EffectChange::Retry { .. } => state,
            EffectChange::Dead { .. } if state == Some(EffectState::Pending) => Some(EffectState::Dead),
            EffectChange::Replay { .. } if state == Some(EffectState::Dead) => Some(EffectState::Pending),
            EffectChange::Dead { .. } | EffectChange::Replay { .. } => state,
        };
        if let Some(next) = next {
            self.effects.insert(id, next);
        }
    }
}

fn stream(number: u8) -> StreamRef {
    StreamRef { prefix: "shp", id: Uuid::from_u128(u128::from(number)) }
}

fn at(micros: u8) -> Timestamp {
    Timestamp::from_micros(i64::from(micros))
}

fn event(number: u8, version: u8) -> NewEvent {
    let correlation = RequestId::from_uuid(Uuid::nil());
    NewEvent {
        stream: stream(number),
        kind: "shipment",
        version: i64::from(version),
        tenant: TenantId::from_uuid(Uuid::nil()),
        type_name: "shipment.requested",
        schema: 1,
        payload: "{}".into(),
        meta: EventMeta { actor: "usr".into(), correlation, causation: 0, time: at(0) },
    }
}

fn key() -> impl Strategy<Value = String> {
    (0_u8..2).prop_map(|n| format!("k{n}"))
}

fn claim() -> impl Strategy<Value = Claim> {
    let due = 0_u8..2;
    prop_oneof![
        (key(), key()).prop_map(|(key, owner)| Claim::Unique { scope: "s", key, owner }),
        key().prop_map(|key| Claim::Free { scope: "s", key }),
        (key(), 0_u8..2, 0_u8..2).prop_map(|(key, body, n)| Claim::Idempotency {
            key,
            body_hash: [body; 32],
            stream: stream(n),
            at: at(0)
        }),
        (0_i64..3, 0_i64..3).prop_map(|(from, to)| Claim::Position { reactor: "r", from, to }),
        (0_u8..2, key(), due).prop_map(|(n, key, due)| Claim::Timer {
            stream: stream(n),
            name: "t".into(),
            key,
            due: at(due)
        }),
        key().prop_map(|id| Claim::Effect { id }),
        (key(), 0_u8..3).prop_map(|(owner, now)| Claim::Lease { name: "l", owner, now: at(now) }),
    ]
}

fn timer() -> impl Strategy<Value = TimerChange> {
    (0_u8..2, key(), 0_u8..2, any::<bool>()).prop_map(|(n, key, due, cancel)| {
        if cancel {
            return TimerChange::Cancel { stream: stream(n), name: "t", key };
        }
        let event = event(n, 0);
        let (tenant, correlation) = (event.tenant, event.meta.correlation);
        TimerChange::Set { stream: stream(n), tenant, name: "t", key, due: at(due), correlation }
    })
}

fn effect() -> impl Strategy<Value = EffectChange> {
    (key(), 0_u8..5).prop_map(|(id, what)| match what {
        0 => EffectChange::Done { id },
        1 => EffectChange::Retry { id, attempts: 1, due: at(1), error: String::new() },
        2 => EffectChange::Dead { id, attempts: 1, error: String::new() },
        3 => EffectChange::Replay { id, due: at(1) },
        _ => {
            let event = event(0, 0);
            let (tenant, correlation) = (event.tenant, event.meta.correlation);
            let payload = String::new();
            EffectChange::Request { id, kind: "e", tenant, payload, correlation, causation: 0, due: at(0) }
        }
    })
}

fn unit() -> impl Strategy<Value = Unit> {
    let few = |most| 0..=most;
    (
        prop::collection::vec((0_u8..2, 0_i64..3), few(1)),
        prop::option::of((0_u8..2, 1_u8..4)),
        prop::collection::vec(claim(), few(3)),
        prop::collection::vec(timer(), few(2)),
        prop::collection::vec(effect(), few(2)),
    )
        .prop_map(|(expected, appended, claims, timers, effects)| Unit {
            // A stream that the unit appends to is not named as well, so that no unit contradicts itself.
            expected: expected
                .into_iter()
                .filter(|(number, _)| appended.is_none_or(|(appended, _)| appended != *number))
                .map(|(number, version)| (stream(number), version))
                .collect(),
            events: appended.map(|(number, version)| event(number, version)).into_iter().collect(),
            claims,
            timers,
            effects,
            writes: Vec::new(),
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_batch_decides_as_its_units_one_after_the_other(
        before in prop::collection::vec(unit(), 0..8),
        batch in prop::collection::vec(unit(), 1..12),
        lease in prop::option::of((key(), 1_i64..3)),
    ) {
        let mut model = Model::default();
        model.leases.extend(lease.map(|lease| ("l".to_owned(), lease)));
        for unit in &before {
            model.carry_out(unit);
        }
        let verdicts = evaluate(&batch, &mut model.clone()).unwrap();
        let expected: Vec<bool> = batch.iter().map(|unit| model.carry_out(unit)).collect();
        prop_assert_eq!(verdicts.iter().map(Option::is_none).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_rejection_names_the_version_that_stands(versions in prop::collection::vec(0_i64..4, 1..10)) {
        let mut model = Model::default();
        let units: Vec<Unit> = versions
            .iter()
            .map(|version| Unit { expected: vec![(stream(0), *version)], ..Unit { events: vec![event(0, *version as u8 + 1)], ..Unit::default() } })
            .collect();
        let mut stands = 0;
        for (version, verdict) in versions.iter().zip(evaluate(&units, &mut model).unwrap()) {
            let lost = Rejection::Version { stream: stream(0), actual: stands };
            prop_assert_eq!(verdict, (*version != stands).then_some(lost));
            stands += i64::from(*version == stands);
        }
    }
}

/// A fact that cannot be read is no verdict.
#[test]
fn an_unreadable_fact_fails_the_batch() {
    struct Away;
    fn away<T>() -> Result<T, StoreError> {
        Err(StoreError::Unavailable("gone".into()))
    }
    impl Facts for Away {
        fn version(&mut self, _: StreamRef) -> Result<i64, StoreError> {
            away()
        }
        fn owner(&mut self, _: &str, _: &str) -> Result<Option<String>, StoreError> {
            away()
        }
        fn idempotency(&mut self, _: &str) -> Result<Option<([u8; 32], String)>, StoreError> {
            away()
        }
        fn position(&mut self, _: &str) -> Result<i64, StoreError> {
            away()
        }
        fn timer(&mut self, _: StreamRef, _: &str, _: &str) -> Result<Option<i64>, StoreError> {
            away()
        }
        fn effect(&mut self, _: &str) -> Result<Option<EffectState>, StoreError> {
            away()
        }
        fn lease(&mut self, _: &str) -> Result<Option<(String, i64)>, StoreError> {
            away()
        }
    }
    let unit = Unit { expected: vec![(stream(0), 0)], ..Unit::default() };
    assert_eq!(evaluate(&[Unit::default(), unit], &mut Away), away());
}
