//! What a batch needs to know, fetched by arrays in the round trip that takes the lock.

use super::session::Pipeline;
use crate::{
    Claim, LogHead, Statement, StoreError, TimerChange, Unit,
    chain::{Hash, StreamHead},
    evaluate::{EffectState, Facts},
    id_text::IdText,
    postgres::session::Failure,
};
use kernel::StreamRef;
use rustc_hash::{FxHashMap, FxHashSet};
use tokio_postgres::{Row, types::FromSql};

macro_rules! statements {
    ($($name:ident = $label:literal: $sql:expr;)+) => {
        $(pub static $name: Statement = Statement { name: $label, sql: $sql };)+
        /// Every statement that fetches facts, in the order of the answers.
        pub static STATEMENTS: &[&Statement] = &[$(&$name),+];
    };
}

// `n` is the place in the array, from 1.
statements! {
    HEAD = "store.facts.head": "SELECT 1::bigint, position, hash FROM log_head WHERE id = 1";
    STREAMS = "store.facts.streams":
        "SELECT w.n, e.version, e.stream_hash FROM unnest($1::text[]) WITH ORDINALITY AS w (stream, n) \
         CROSS JOIN LATERAL (SELECT version, stream_hash FROM events WHERE events.stream = w.stream \
         ORDER BY version DESC LIMIT 1) e";
    OWNERS = "store.facts.owners":
        "SELECT w.n, c.owner FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w (scope, key, n) \
         JOIN claims c ON c.scope = w.scope AND c.key = w.key";
    ANSWERED = "store.facts.answered":
        "SELECT w.n, i.body_hash, i.stream FROM unnest($1::text[]) WITH ORDINALITY AS w (key, n) \
         JOIN idempotency i ON i.key = w.key";
    POSITIONS = "store.facts.positions":
        "SELECT w.n, p.position FROM unnest($1::text[]) WITH ORDINALITY AS w (reactor, n) \
         JOIN reactor_positions p ON p.reactor = w.reactor";
    TIMERS = "store.facts.timers":
        "SELECT w.n, t.due FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY \
         AS w (stream, name, key, n) JOIN timers t ON t.stream = w.stream AND t.name = w.name AND t.key = w.key";
    EFFECTS = "store.facts.effects":
        "SELECT w.n, e.state FROM unnest($1::text[]) WITH ORDINALITY AS w (id, n) JOIN effects e ON e.id = w.id";
    LEASES = "store.facts.leases":
        "SELECT w.n, l.owner, l.until FROM unnest($1::text[]) WITH ORDINALITY AS w (name, n) \
         JOIN leases l ON l.name = w.name";
}

type TimerKey<'u> = (StreamRef, &'u str, &'u str);

/// Keys in the order in which they are asked for, each once.
struct Keys<K> {
    list: Vec<K>,
    seen: FxHashSet<K>,
}

impl<K: Copy + Eq + std::hash::Hash> Keys<K> {
    fn new() -> Self {
        Self { list: Vec::new(), seen: FxHashSet::default() }
    }

    fn add(&mut self, key: K) {
        if self.seen.insert(key) {
            self.list.push(key);
        }
    }
}

/// The parameters of the fact statements; texts as arrays, one for each column.
pub struct Wanted<'u> {
    streams: Keys<StreamRef>,
    owners: Keys<(&'u str, &'u str)>,
    answered: Keys<&'u str>,
    positions: Keys<&'u str>,
    timers: Keys<TimerKey<'u>>,
    effects: Keys<&'u str>,
    leases: Keys<&'u str>,
    stream_texts: Vec<String>,
    owner_columns: [Vec<&'u str>; 2],
    timer_streams: Vec<String>,
    timer_columns: [Vec<&'u str>; 2],
}

impl<'u> Wanted<'u> {
    /// What these units claim, expect or change.
    pub fn of(units: &'u [Unit]) -> Self {
        let mut wanted = Self {
            streams: Keys::new(),
            owners: Keys::new(),
            answered: Keys::new(),
            positions: Keys::new(),
            timers: Keys::new(),
            effects: Keys::new(),
            leases: Keys::new(),
            stream_texts: Vec::new(),
            owner_columns: [Vec::new(), Vec::new()],
            timer_streams: Vec::new(),
            timer_columns: [Vec::new(), Vec::new()],
        };
        for unit in units {
            unit.expected.iter().for_each(|(stream, _)| wanted.streams.add(*stream));
            unit.events.iter().for_each(|event| wanted.streams.add(event.stream));
            unit.claims.iter().for_each(|claim| wanted.claim(claim));
            unit.effects.iter().for_each(|effect| wanted.effects.add(effect.id()));
        }
        wanted.stream_texts = wanted.streams.list.iter().map(|stream| text(*stream)).collect();
        for (scope, key) in &wanted.owners.list {
            wanted.owner_columns[0].push(scope);
            wanted.owner_columns[1].push(key);
        }
        for (stream, name, key) in &wanted.timers.list {
            wanted.timer_streams.push(text(*stream));
            wanted.timer_columns[0].push(name);
            wanted.timer_columns[1].push(key);
        }
        wanted
    }

    fn claim(&mut self, claim: &'u Claim) {
        match claim {
            Claim::Unique { scope, key, .. } => self.owners.add((scope, key)),
            Claim::Free { .. } => {}
            Claim::Idempotency { key, .. } => self.answered.add(key),
            Claim::Position { reactor, .. } => self.positions.add(reactor),
            Claim::Timer { stream, name, key, .. } => self.timers.add((*stream, name, key)),
            Claim::Effect { id } => self.effects.add(id),
            Claim::Lease { name, .. } => self.leases.add(name),
        }
    }

    /// Adds all fact statements to a pipeline, in the order of [`STATEMENTS`].
    pub fn ask<'a>(&'a self, pipeline: &mut Pipeline<'a>) -> Result<(), Failure> {
        pipeline.native(&HEAD, vec![])?;
        pipeline.native(&STREAMS, vec![&self.stream_texts])?;
        pipeline.native(&OWNERS, vec![&self.owner_columns[0], &self.owner_columns[1]])?;
        pipeline.native(&ANSWERED, vec![&self.answered.list])?;
        pipeline.native(&POSITIONS, vec![&self.positions.list])?;
        pipeline
            .native(&TIMERS, vec![&self.timer_streams, &self.timer_columns[0], &self.timer_columns[1]])?;
        pipeline.native(&EFFECTS, vec![&self.effects.list])?;
        pipeline.native(&LEASES, vec![&self.leases.list])
    }

    /// Reads the answers to [`Wanted::ask`].
    pub fn load(&self, answers: &[Vec<Row>]) -> Result<Loaded<'u>, StoreError> {
        let [head, streams, owners, answered, positions, timers, effects, leases] = answers else {
            return Err(StoreError::Defect("PostgreSQL answered another number of facts".to_owned()));
        };
        let head = head.first().ok_or_else(|| StoreError::Defect("the log has no head".to_owned()))?;
        Ok(Loaded {
            head: LogHead { position: cell(head, 1)?, hash: hash(head, 2)? },
            streams: facts(&self.streams.list, streams, |row| {
                Ok(StreamHead { version: cell(row, 1)?, hash: hash(row, 2)? })
            })?,
            owners: facts(&self.owners.list, owners, |row| cell(row, 1))?,
            answered: facts(&self.answered.list, answered, |row| Ok((hash(row, 1)?, cell(row, 2)?)))?,
            positions: facts(&self.positions.list, positions, |row| cell(row, 1))?,
            timers: facts(&self.timers.list, timers, |row| cell(row, 1))?,
            effects: facts(&self.effects.list, effects, |row| EffectState::parse(cell(row, 1)?))?,
            leases: facts(&self.leases.list, leases, |row| Ok((cell(row, 1)?, cell(row, 2)?)))?,
        })
    }
}

fn text(stream: StreamRef) -> String {
    IdText::new(stream).as_str().to_owned()
}

fn cell<'r, T: FromSql<'r>>(row: &'r Row, column: usize) -> Result<T, StoreError> {
    row.try_get(column).map_err(|error| StoreError::Defect(format!("a fact's column {column}: {error}")))
}

fn hash(row: &Row, column: usize) -> Result<Hash, StoreError> {
    let bytes: &[u8] = cell(row, column)?;
    bytes.try_into().map_err(|_| StoreError::Defect("a stored hash does not have 32 bytes".to_owned()))
}

fn facts<K: Copy + Eq + std::hash::Hash, V>(
    keys: &[K],
    rows: &[Row],
    read: impl Fn(&Row) -> Result<V, StoreError>,
) -> Result<FxHashMap<K, V>, StoreError> {
    let mut facts = FxHashMap::default();
    for row in rows {
        let n: i64 = cell(row, 0)?;
        let key = usize::try_from(n - 1).ok().and_then(|n| keys.get(n));
        let key = key.ok_or_else(|| StoreError::Defect("a fact was not asked for".to_owned()))?;
        facts.insert(*key, read(row)?);
    }
    Ok(facts)
}

/// What PostgreSQL answered.
pub struct Loaded<'u> {
    pub head: LogHead,
    pub streams: FxHashMap<StreamRef, StreamHead>,
    owners: FxHashMap<(&'u str, &'u str), String>,
    answered: FxHashMap<&'u str, (Hash, String)>,
    positions: FxHashMap<&'u str, i64>,
    timers: FxHashMap<TimerKey<'u>, i64>,
    effects: FxHashMap<&'u str, EffectState>,
    leases: FxHashMap<&'u str, (String, i64)>,
}

impl Facts for Loaded<'_> {
    fn version(&mut self, stream: StreamRef) -> Result<i64, StoreError> {
        Ok(self.streams.get(&stream).map_or(0, |head| head.version))
    }

    fn owner(&mut self, scope: &str, key: &str) -> Result<Option<String>, StoreError> {
        let owners: &FxHashMap<(&str, &str), String> = &self.owners;
        Ok(owners.get(&(scope, key)).cloned())
    }

    fn idempotency(&mut self, key: &str) -> Result<Option<([u8; 32], String)>, StoreError> {
        Ok(self.answered.get(key).cloned())
    }

    fn position(&mut self, reactor: &str) -> Result<i64, StoreError> {
        Ok(self.positions.get(reactor).copied().unwrap_or(0))
    }

    fn timer(&mut self, stream: StreamRef, name: &str, key: &str) -> Result<Option<i64>, StoreError> {
        let timers: &FxHashMap<TimerKey<'_>, i64> = &self.timers;
        Ok(timers.get(&(stream, name, key)).copied())
    }

    fn effect(&mut self, id: &str) -> Result<Option<EffectState>, StoreError> {
        Ok(self.effects.get(id).copied())
    }

    fn lease(&mut self, name: &str) -> Result<Option<(String, i64)>, StoreError> {
        Ok(self.leases.get(name).cloned())
    }
}

/// The timers as a batch leaves them: the last change of each key counts.
pub fn last_timers<'u>(
    units: impl Iterator<Item = &'u Unit>,
) -> FxHashMap<TimerKey<'u>, Option<&'u TimerChange>> {
    let mut last = FxHashMap::default();
    for unit in units {
        for claim in &unit.claims {
            if let Claim::Timer { stream, name, key, .. } = claim {
                last.insert((*stream, name.as_str(), key.as_str()), None);
            }
        }
        for change in &unit.timers {
            match change {
                TimerChange::Set { stream, name, key, .. } => {
                    last.insert((*stream, *name, key.as_str()), Some(change));
                }
                TimerChange::Cancel { stream, name, key } => {
                    last.insert((*stream, *name, key.as_str()), None);
                }
            }
        }
    }
    last
}
