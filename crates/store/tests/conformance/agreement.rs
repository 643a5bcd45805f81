//! Random batches: every store decides and keeps the same as a store in memory that is given the units one by one.

use crate::{
    database::{Database, on_every_store},
    samples::{at, correlation, event, stream, tenant},
};
use kernel::{Entropy, SeededEntropy};
use store::{
    Claim, EffectChange, EffectRecord, IdempotencyRecord, LogHead, Outcome, Store, TimerChange, TimerRecord,
    Unit,
};

on_every_store!(random_batches_end_alike);

const BATCHES: u32 = 60;

/// Draws from few streams and keys, so that units meet.
struct Draw(SeededEntropy);

impl Draw {
    fn below(&self, bound: u32) -> u32 {
        self.0.below(bound)
    }

    fn key(&self) -> String {
        format!("k{}", self.below(3))
    }

    fn list<T>(&self, most: u32, mut one: impl FnMut() -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| one()).collect()
    }

    fn number(&self) -> u128 {
        u128::from(self.below(4))
    }

    fn claim(&self) -> Claim {
        let seconds = || at(i64::from(self.below(3)));
        match self.below(6) {
            0 => Claim::Unique { scope: "login", key: self.key(), owner: self.key() },
            1 => Claim::Free { scope: "login", key: self.key() },
            2 => Claim::Idempotency {
                key: format!("i{}", self.below(40)),
                body_hash: [self.below(2) as u8; 32],
                stream: stream(self.number()),
                at: at(0),
            },
            3 => Claim::Position {
                reactor: if self.below(2) == 0 { "one" } else { "two" },
                from: i64::from(self.below(3)),
                to: i64::from(self.below(3)),
            },
            4 => Claim::Timer {
                stream: stream(self.number()),
                name: "window".into(),
                key: self.key(),
                due: seconds(),
            },
            _ => Claim::Effect { id: self.key() },
        }
    }

    fn timer(&self) -> TimerChange {
        let (stream, key, name) = (stream(self.number()), self.key(), "window");
        if self.below(3) == 0 {
            return TimerChange::Cancel { stream, name, key };
        }
        let due = at(i64::from(self.below(3)));
        TimerChange::Set { stream, tenant: tenant(), name, key, due, correlation: correlation() }
    }

    fn effect(&self) -> EffectChange {
        let (id, due) = (self.key(), at(i64::from(self.below(5))));
        match self.below(8) {
            0 => EffectChange::Done { id },
            1 => EffectChange::Retry { id, attempts: 2, due, error: "again".into() },
            2 => EffectChange::Dead { id, attempts: 3, error: "over".into() },
            3 => EffectChange::Replay { id, due },
            _ => EffectChange::Request {
                id: format!("{id}{}", self.below(4)),
                kind: "payment.hold",
                tenant: tenant(),
                payload: "{}".into(),
                correlation: correlation(),
                causation: 1,
                due,
            },
        }
    }

    /// `versions` is where the streams may stand; now and then it is off by one.
    fn unit(&self, versions: &mut [i64; 4]) -> Unit {
        let number = self.below(4) as usize;
        let version = versions[number] + i64::from(self.below(6) == 0);
        let count = i64::from(self.below(3));
        versions[number] = version + count;
        let stream = stream(number as u128);
        Unit {
            expected: if self.below(4) == 0 { Vec::new() } else { vec![(stream, version)] },
            events: (1..=count).map(|n| event(stream, version + n)).collect(),
            claims: self.list(2, || self.claim()),
            timers: self.list(2, || self.timer()),
            effects: self.list(2, || self.effect()),
            writes: Vec::new(),
        }
    }
}

#[derive(Debug, PartialEq)]
struct State {
    head: LogHead,
    timers: Vec<TimerRecord>,
    effects: Vec<EffectRecord>,
    dead: Vec<EffectRecord>,
    positions: Vec<(String, i64)>,
    owners: Vec<Option<String>>,
    answered: Vec<Option<IdempotencyRecord>>,
}

async fn state(store: &Store) -> State {
    let mut owners = Vec::new();
    for key in 0..3 {
        owners.push(store.claim_owner("login", &format!("k{key}")).await.unwrap());
    }
    let mut answered = Vec::new();
    for key in 0..40 {
        answered.push(store.idempotency(&format!("i{key}")).await.unwrap());
    }
    State {
        head: store.head().await.unwrap(),
        timers: store.timers_due(at(100), 1000).await.unwrap(),
        effects: store.effects_due(at(100), 1000).await.unwrap(),
        dead: store.dead_letters(tenant(), 1000).await.unwrap(),
        positions: store.reactor_positions().await.unwrap(),
        owners,
        answered,
    }
}

async fn versions(store: &Store) -> [i64; 4] {
    let mut versions = [0; 4];
    for (number, version) in versions.iter_mut().enumerate() {
        *version = store.stream_version(stream(number as u128)).await.unwrap();
    }
    versions
}

async fn random_batches_end_alike(database: &Database) {
    let (reference, store) = (Database::memory().open().await, database.open().await);
    let draw = Draw(SeededEntropy::new(42));
    let (mut committed, mut rejected) = (0, 0);
    for _ in 0..BATCHES {
        let mut versions = versions(&reference).await;
        let batch: Vec<Unit> = (0..=draw.below(12)).map(|_| draw.unit(&mut versions)).collect();
        let outcomes = store.commit(&batch).await.unwrap();
        for (unit, outcome) in batch.iter().zip(outcomes) {
            let expected = reference.commit(std::slice::from_ref(unit)).await.unwrap().remove(0);
            match outcome {
                Outcome::Committed { .. } => committed += 1,
                Outcome::Rejected(_) => rejected += 1,
                Outcome::Failed(error) => panic!("{error}"),
            }
            assert_eq!(outcome, expected);
        }
        assert_eq!(state(&store).await, state(&reference).await);
    }
    assert!(committed > 50 && rejected > 50, "{committed} committed, {rejected} rejected");
}
