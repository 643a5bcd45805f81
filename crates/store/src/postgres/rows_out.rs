//! What a batch writes, as arrays for the tables that every unit touches and as single statements for the rest.

use super::{
    facts::{Loaded, last_timers},
    session::{Failure, Pipeline},
};
use crate::{
    Claim, EffectChange, LogHead, Statement, TimerChange, Unit, Value, Write,
    chain::{self, EventTexts, Hash, StreamHead},
    id_text::IdText,
    tables,
};
use kernel::{StreamRef, TypedId};
use rustc_hash::FxHashMap;
use tokio_postgres::types::ToSql;

macro_rules! statements {
    ($($name:ident = $label:literal: $sql:expr;)+) => {
        $(static $name: Statement = Statement { name: $label, sql: $sql };)+
        /// Every statement that writes arrays.
        pub static STATEMENTS: &[&Statement] = &[$(&$name),+];
    };
}

statements! {
    EVENTS = "store.arrays.events":
        "INSERT INTO events (position, stream, version, kind, tenant, type, schema, payload, actor, correlation, \
         causation, time, stream_hash, log_hash) \
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], \
         $7::bigint[], $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bytea[], $14::bytea[])";
    IDEMPOTENCY = "store.arrays.idempotency":
        "INSERT INTO idempotency (key, body_hash, stream, at) \
         SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[], $4::bigint[]) ON CONFLICT (key) DO NOTHING";
    SET_TIMERS = "store.arrays.set_timers":
        "INSERT INTO timers (stream, name, key, tenant, due, correlation) \
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[]) \
         ON CONFLICT (stream, name, key) DO UPDATE SET tenant = excluded.tenant, due = excluded.due, \
         correlation = excluded.correlation";
    REMOVE_TIMERS = "store.arrays.remove_timers":
        "DELETE FROM timers t USING unnest($1::text[], $2::text[], $3::text[]) AS w (stream, name, key) \
         WHERE t.stream = w.stream AND t.name = w.name AND t.key = w.key";
    SET_POSITIONS = "store.arrays.set_positions":
        "INSERT INTO reactor_positions (reactor, position) SELECT * FROM unnest($1::text[], $2::bigint[]) \
         ON CONFLICT (reactor) DO UPDATE SET position = excluded.position";
}

#[derive(Default)]
struct Events<'u> {
    positions: Vec<i64>,
    streams: Vec<String>,
    versions: Vec<i64>,
    kinds: Vec<&'u str>,
    tenants: Vec<String>,
    types: Vec<&'u str>,
    schemas: Vec<i64>,
    payloads: Vec<&'u str>,
    actors: Vec<&'u str>,
    correlations: Vec<String>,
    causations: Vec<i64>,
    times: Vec<i64>,
    stream_hashes: Vec<Bytes32>,
    log_hashes: Vec<Bytes32>,
}

#[derive(Default)]
struct Timers<'u> {
    streams: Vec<String>,
    names: Vec<&'u str>,
    keys: Vec<&'u str>,
    tenants: Vec<String>,
    dues: Vec<i64>,
    correlations: Vec<String>,
}

#[derive(Default)]
struct Idempotency<'u> {
    keys: Vec<&'u str>,
    hashes: Vec<Bytes32>,
    streams: Vec<String>,
    ats: Vec<i64>,
}

/// The parameters of a statement over arrays.
type Columns<'a> = Vec<&'a (dyn ToSql + Sync)>;

/// A hash as a BYTEA array's element.
type Bytes32 = Vec<u8>;

/// Everything that a batch writes.
pub struct RowsOut<'u> {
    events: Events<'u>,
    idempotency: Idempotency<'u>,
    set: Timers<'u>,
    removed: Timers<'u>,
    position_reactors: Vec<&'u str>,
    position_values: Vec<i64>,
    /// Claims, effects and view writes, in the order of the units.
    singles: Vec<(&'static Statement, std::borrow::Cow<'u, [Value]>)>,
    head_params: [Value; 2],
}

impl<'u> RowsOut<'u> {
    /// The rows of the accepted units; `head` moves on to the last event.
    pub fn of(units: &[&'u Unit], loaded: &Loaded<'u>, head: &mut LogHead) -> Self {
        let mut rows = Self {
            events: Events::default(),
            idempotency: Idempotency::default(),
            set: Timers::default(),
            removed: Timers::default(),
            position_reactors: Vec::new(),
            position_values: Vec::new(),
            singles: Vec::new(),
            head_params: [Value::Null, Value::Null],
        };
        let mut moved: FxHashMap<StreamRef, StreamHead> = FxHashMap::default();
        let mut positions: FxHashMap<&'u str, i64> = FxHashMap::default();
        for unit in units {
            for event in &unit.events {
                let known = moved.get(&event.stream).or_else(|| loaded.streams.get(&event.stream));
                let previous = known.copied().unwrap_or(StreamHead::NONE);
                moved.insert(event.stream, rows.events.add(event, head, &previous));
            }
            for claim in &unit.claims {
                rows.claim(claim, &mut positions);
            }
            rows.singles.extend(unit.effects.iter().map(effect));
            let writes =
                unit.writes.iter().map(|Write { statement, params }| (*statement, params.as_slice().into()));
            rows.singles.extend(writes);
        }
        for (key, change) in last_timers(units.iter().copied()) {
            rows.timer(key, change);
        }
        (rows.position_reactors, rows.position_values) = positions.into_iter().unzip();
        rows.head_params = [Value::Int(head.position), Value::Bytes(head.hash.to_vec())];
        rows
    }

    /// The statements that must be prepared.
    pub fn statements(&self) -> Vec<&'static Statement> {
        self.singles.iter().map(|(statement, _)| *statement).collect()
    }

    fn claim(&mut self, claim: &'u Claim, positions: &mut FxHashMap<&'u str, i64>) {
        match claim {
            Claim::Unique { scope, key, owner } => {
                let params =
                    vec![Value::from(*scope), Value::from(key.as_str()), Value::from(owner.as_str())];
                self.singles.push((&tables::TAKE, params.into()));
            }
            Claim::Free { scope, key } => {
                self.singles
                    .push((&tables::FREE, vec![Value::from(*scope), Value::from(key.as_str())].into()));
            }
            Claim::Idempotency { key, body_hash, stream, at } => {
                self.idempotency.keys.push(key);
                self.idempotency.hashes.push(body_hash.to_vec());
                self.idempotency.streams.push(text(*stream));
                self.idempotency.ats.push(at.micros());
            }
            Claim::Position { reactor, to, .. } => {
                positions.insert(reactor, *to);
            }
            Claim::Timer { .. } | Claim::Effect { .. } | Claim::Lease { .. } => {}
        }
    }

    fn timer(&mut self, key: (StreamRef, &'u str, &'u str), change: Option<&'u TimerChange>) {
        let list = if change.is_some() { &mut self.set } else { &mut self.removed };
        list.streams.push(text(key.0));
        list.names.push(key.1);
        list.keys.push(key.2);
        if let Some(TimerChange::Set { tenant, due, correlation, .. }) = change {
            list.tenants.push(text(tenant.stream()));
            list.dues.push(due.micros());
            list.correlations.push(text(correlation.stream()));
        }
    }

    /// Adds all writes to a pipeline.
    pub fn write<'a>(&'a self, pipeline: &mut Pipeline<'a>) -> Result<(), Failure> {
        if !self.events.positions.is_empty() {
            self.events.write(pipeline)?;
            pipeline.values(&tables::SET_HEAD, &self.head_params)?;
        }
        if !self.idempotency.keys.is_empty() {
            let rows = &self.idempotency;
            pipeline.native(&IDEMPOTENCY, vec![&rows.keys, &rows.hashes, &rows.streams, &rows.ats])?;
        }
        if !self.removed.keys.is_empty() {
            let rows = &self.removed;
            pipeline.native(&REMOVE_TIMERS, vec![&rows.streams, &rows.names, &rows.keys])?;
        }
        if !self.set.keys.is_empty() {
            let rows = &self.set;
            let columns: Columns<'a> =
                vec![&rows.streams, &rows.names, &rows.keys, &rows.tenants, &rows.dues, &rows.correlations];
            pipeline.native(&SET_TIMERS, columns)?;
        }
        if !self.position_reactors.is_empty() {
            pipeline.native(&SET_POSITIONS, vec![&self.position_reactors, &self.position_values])?;
        }
        for (statement, params) in &self.singles {
            pipeline.values(statement, params)?;
        }
        Ok(())
    }
}

impl<'u> Events<'u> {
    fn add(&mut self, event: &'u crate::NewEvent, head: &mut LogHead, previous: &StreamHead) -> StreamHead {
        let texts = EventTexts::new(event);
        let columns = texts.columns(event);
        let stream_head = chain::link(head, previous, &columns);
        self.positions.push(head.position);
        self.streams.push(columns.stream.to_owned());
        self.versions.push(columns.version);
        self.kinds.push(event.kind);
        self.tenants.push(columns.tenant.to_owned());
        self.types.push(event.type_name);
        self.schemas.push(columns.schema);
        self.payloads.push(&event.payload);
        self.actors.push(&event.meta.actor);
        self.correlations.push(columns.correlation.to_owned());
        self.causations.push(columns.causation);
        self.times.push(columns.time);
        self.stream_hashes.push(bytes(&stream_head.hash));
        self.log_hashes.push(bytes(&head.hash));
        stream_head
    }

    fn write<'a>(&'a self, pipeline: &mut Pipeline<'a>) -> Result<(), Failure> {
        let columns: Columns<'a> = vec![
            &self.positions,
            &self.streams,
            &self.versions,
            &self.kinds,
            &self.tenants,
            &self.types,
            &self.schemas,
            &self.payloads,
            &self.actors,
            &self.correlations,
            &self.causations,
            &self.times,
            &self.stream_hashes,
            &self.log_hashes,
        ];
        pipeline.native(&EVENTS, columns)
    }
}

fn bytes(hash: &Hash) -> Bytes32 {
    hash.to_vec()
}

fn text(stream: StreamRef) -> String {
    IdText::new(stream).as_str().to_owned()
}

fn effect<'u>(change: &EffectChange) -> (&'static Statement, std::borrow::Cow<'u, [Value]>) {
    let (statement, params): (&'static Statement, Vec<Value>) = match change {
        EffectChange::Request { id, kind, tenant, payload, correlation, causation, due } => (
            &tables::REQUEST_EFFECT,
            vec![
                Value::from(id.as_str()),
                Value::from(*kind),
                Value::Text(text(tenant.stream())),
                Value::from(payload.as_str()),
                Value::Text(text(correlation.stream())),
                Value::Int(*causation),
                Value::from(*due),
            ],
        ),
        EffectChange::Done { id } => (&tables::END_EFFECT, vec![Value::from(id.as_str())]),
        EffectChange::Retry { id, attempts, due, error } => (
            &tables::RETRY_EFFECT,
            vec![
                Value::from(id.as_str()),
                Value::Int(*attempts),
                Value::from(*due),
                Value::from(error.as_str()),
            ],
        ),
        EffectChange::Dead { id, attempts, error } => (
            &tables::BURY_EFFECT,
            vec![Value::from(id.as_str()), Value::Int(*attempts), Value::from(error.as_str())],
        ),
        EffectChange::Replay { id, due } => {
            (&tables::REPLAY_EFFECT, vec![Value::from(id.as_str()), Value::from(*due)])
        }
    };
    (statement, params.into())
}
