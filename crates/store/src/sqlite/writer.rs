//! The writer: one transaction a batch, with nothing but prepared statements inside.

use super::{
    connection::{Conn, Session},
    heads::Heads,
};
use crate::{
    Claim, EffectChange, KeptAnswer, LogHead, NewEvent, Outcome, Row, Statement, StoreError, TimerChange,
    Unit, Write,
    chain::{self, EventTexts, NOTHING, StreamHead},
    evaluate::{EffectState, Facts, evaluate},
    id_text::IdText,
    tables,
};
use kernel::{StreamRef, TypedId};
use rustc_hash::FxHashMap;

/// An answer to be kept of a request, with its key.
pub type KeptResponse = (String, KeptAnswer);

/// The connection that writes, and what it knows of the committed state.
pub struct Writer {
    pub conn: Conn,
    heads: Heads,
    head: LogHead,
}

/// What became of a batch.
pub struct Committed {
    pub outcomes: Vec<Outcome>,
    pub head: LogHead,
    pub events: u64,
}

impl Writer {
    /// Takes a migrated connection.
    pub fn new(conn: Conn) -> Result<Self, StoreError> {
        let mut writer = Self { conn, heads: Heads::default(), head: LogHead { position: 0, hash: NOTHING } };
        writer.reload()?;
        Ok(writer)
    }

    /// Takes a connection that only reads. A damaged head is not a reason to refuse: the verification names it.
    pub fn reading(conn: Conn) -> Self {
        let mut writer = Self { conn, heads: Heads::default(), head: LogHead { position: 0, hash: NOTHING } };
        if let Err(error) = writer.reload() {
            tracing::warn!(%error, "the log's head cannot be read");
        }
        writer
    }

    /// The end of the log as committed.
    pub fn head(&self) -> &LogHead {
        &self.head
    }

    /// Forgets what is remembered and reads the head again.
    fn reload(&mut self) -> Result<(), StoreError> {
        self.heads.clear();
        let rows = self.conn.query(&tables::HEAD, &[])?;
        self.head = crate::decode::log_head(rows.first())?;
        Ok(())
    }

    /// Runs `body` in one synced transaction. After an error nothing of it is there and nothing is remembered of it.
    pub fn transaction<T>(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // A transaction that could not be rolled back at the time it failed (a broken disk) is ended here.
        if !self.conn.raw().is_autocommit() {
            self.abandon()?;
        }
        self.conn.execute(&BEGIN, [])?;
        let result = body(self).and_then(|value| {
            self.conn.execute(&COMMIT, [])?;
            Ok(value)
        });
        if result.is_err() {
            // The error that counts is the first one; a rollback that fails is made up for by the next call.
            if let Err(error) = self.abandon() {
                tracing::warn!(%error, "the failed transaction could not be rolled back yet");
            }
        }
        result
    }

    fn abandon(&mut self) -> Result<(), StoreError> {
        // First: what is remembered of the failed transaction must be gone even when the rollback fails.
        self.heads.clear();
        if !self.conn.raw().is_autocommit() {
            self.conn.execute(&ROLLBACK, [])?;
        }
        self.reload()
    }

    /// Commits a batch together with the kept answers of earlier requests.
    pub fn commit(&mut self, units: &[Unit], responses: &[KeptResponse]) -> Result<Committed, StoreError> {
        let committed = self.transaction(|writer| {
            let Self { conn, heads, head } = writer;
            let positions = FxHashMap::default();
            let batch = Batch { session: conn.session(), heads, head: head.clone(), positions };
            batch.write(units, responses)
        })?;
        self.head = committed.head.clone();
        Ok(committed)
    }

    /// Runs writes in one synced transaction; rows changed by each.
    pub fn change(&mut self, writes: &[Write]) -> Result<Vec<usize>, StoreError> {
        self.transaction(|writer| {
            let mut session = writer.conn.session();
            writes.iter().map(|write| session.write(write.statement, &write.params)).collect()
        })
    }

    /// Runs one statement that answers rows, in a synced transaction.
    pub fn change_returning(&mut self, write: &Write) -> Result<Vec<Row>, StoreError> {
        self.transaction(|writer| writer.conn.query(write.statement, &write.params))
    }
}

/// A batch that is being written.
struct Batch<'w> {
    session: Session<'w>,
    heads: &'w mut Heads,
    head: LogHead,
    /// Where reactors will stand.
    positions: FxHashMap<&'w str, i64>,
}

impl<'w> Batch<'w> {
    fn write(mut self, units: &'w [Unit], responses: &[KeptResponse]) -> Result<Committed, StoreError> {
        let verdicts = evaluate(units, &mut self)?;
        let before = self.head.position;
        let mut outcomes = Vec::with_capacity(units.len());
        for (unit, verdict) in units.iter().zip(verdicts) {
            if let Some(rejection) = verdict {
                outcomes.push(Outcome::Rejected(rejection));
                continue;
            }
            let first = if unit.events.is_empty() { self.head.position } else { self.head.position + 1 };
            self.unit(unit)?;
            outcomes.push(Outcome::Committed { first });
        }
        for (reactor, position) in &self.positions {
            self.session.execute(&tables::SET_POSITION, [reactor, position])?;
        }
        for (key, KeptAnswer { status, body, rights }) in responses {
            self.session.execute(&tables::KEEP_RESPONSE, [key, &i64::from(*status), body, rights])?;
        }
        let head = self.head;
        if head.position != before {
            self.session.execute(&tables::SET_HEAD, [&head.position, &head.hash.as_slice()])?;
        }
        let events = u64::try_from(head.position - before).unwrap_or(0);
        Ok(Committed { outcomes, head, events })
    }

    fn unit(&mut self, unit: &'w Unit) -> Result<(), StoreError> {
        for claim in &unit.claims {
            self.claim(claim)?;
        }
        for event in &unit.events {
            self.append(event)?;
        }
        for timer in &unit.timers {
            self.timer(timer)?;
        }
        for effect in &unit.effects {
            self.effect(effect)?;
        }
        for Write { statement, params } in &unit.writes {
            self.session.write(statement, params)?;
        }
        Ok(())
    }

    fn append(&mut self, event: &NewEvent) -> Result<(), StoreError> {
        let texts = EventTexts::new(event);
        let columns = texts.columns(event);
        let previous = self.stream_head(event.stream)?;
        let stream_head = chain::link(&mut self.head, &previous, &columns);
        self.session.execute(
            &tables::APPEND_EVENT,
            [
                &self.head.position,
                &columns.stream,
                &columns.version,
                &columns.kind,
                &columns.tenant,
                &columns.type_name,
                &columns.schema,
                &columns.payload,
                &columns.actor,
                &columns.correlation,
                &columns.causation,
                &columns.time,
                &stream_head.hash.as_slice(),
                &self.head.hash.as_slice(),
            ],
        )?;
        self.heads.put(event.stream, stream_head);
        Ok(())
    }

    fn claim(&mut self, claim: &'w Claim) -> Result<(), StoreError> {
        match claim {
            Claim::Unique { scope, key, owner } => {
                self.session.execute(&tables::TAKE, [scope, key, owner])?
            }
            Claim::Free { scope, key } => self.session.execute(&tables::FREE, [scope, key])?,
            Claim::Idempotency { key, body_hash, stream, at } => self.session.execute(
                &tables::TAKE_IDEMPOTENCY,
                [key, &body_hash.as_slice(), &IdText::new(*stream).as_str(), &at.micros()],
            )?,
            Claim::Position { reactor, to, .. } => {
                self.positions.insert(reactor, *to);
                0
            }
            Claim::Timer { stream, name, key, .. } => self.remove_timer(*stream, name, key)?,
            Claim::Effect { .. } | Claim::Lease { .. } => 0,
        };
        Ok(())
    }

    fn remove_timer(&mut self, stream: StreamRef, name: &str, key: &str) -> Result<usize, StoreError> {
        self.session.execute(&tables::REMOVE_TIMER, [&IdText::new(stream).as_str(), &name, &key])
    }

    fn timer(&mut self, timer: &TimerChange) -> Result<(), StoreError> {
        match timer {
            TimerChange::Set { stream, tenant, name, key, due, correlation } => self.session.execute(
                &tables::SET_TIMER,
                [
                    &IdText::new(*stream).as_str(),
                    name,
                    key,
                    &IdText::new(tenant.stream()).as_str(),
                    &due.micros(),
                    &IdText::new(correlation.stream()).as_str(),
                ],
            )?,
            TimerChange::Cancel { stream, name, key } => self.remove_timer(*stream, name, key)?,
        };
        Ok(())
    }

    fn effect(&mut self, effect: &EffectChange) -> Result<(), StoreError> {
        match effect {
            EffectChange::Request { id, kind, tenant, payload, correlation, causation, due } => {
                self.session.execute(
                    &tables::REQUEST_EFFECT,
                    [
                        id,
                        kind,
                        &IdText::new(tenant.stream()).as_str(),
                        payload,
                        &IdText::new(correlation.stream()).as_str(),
                        causation,
                        &due.micros(),
                    ],
                )?
            }
            EffectChange::Done { id } => self.session.execute(&tables::END_EFFECT, [id])?,
            EffectChange::Retry { id, attempts, due, error } => {
                self.session.execute(&tables::RETRY_EFFECT, [id, attempts, &due.micros(), error])?
            }
            EffectChange::Dead { id, attempts, error } => {
                self.session.execute(&tables::BURY_EFFECT, [id, attempts, error])?
            }
            EffectChange::Replay { id, due } => {
                self.session.execute(&tables::REPLAY_EFFECT, [id, &due.micros()])?
            }
        };
        Ok(())
    }

    fn stream_head(&mut self, stream: StreamRef) -> Result<StreamHead, StoreError> {
        if let Some(head) = self.heads.get(stream) {
            return Ok(head);
        }
        let found = self.session.first(&tables::STREAM_HEAD, [&IdText::new(stream).as_str()], |row| {
            Ok(StreamHead { version: row.get(0)?, hash: row.get(1)? })
        })?;
        let head = found.unwrap_or(StreamHead::NONE);
        self.heads.put(stream, head);
        Ok(head)
    }
}

static BEGIN: Statement = Statement { name: "store.begin", sql: "BEGIN IMMEDIATE" };
static COMMIT: Statement = Statement { name: "store.commit", sql: "COMMIT" };
static ROLLBACK: Statement = Statement { name: "store.rollback", sql: "ROLLBACK" };

impl Facts for Batch<'_> {
    fn version(&mut self, stream: StreamRef) -> Result<i64, StoreError> {
        Ok(self.stream_head(stream)?.version)
    }

    fn owner(&mut self, scope: &str, key: &str) -> Result<Option<String>, StoreError> {
        self.session.first(&tables::OWNER, [&scope, &key], |row| row.get(0))
    }

    fn idempotency(&mut self, key: &str) -> Result<Option<([u8; 32], String)>, StoreError> {
        self.session.first(&tables::IDEMPOTENCY, [&key], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn position(&mut self, reactor: &str) -> Result<i64, StoreError> {
        Ok(self.session.first(&tables::POSITION, [&reactor], |row| row.get(0))?.unwrap_or(0))
    }

    fn timer(&mut self, stream: StreamRef, name: &str, key: &str) -> Result<Option<i64>, StoreError> {
        self.session.first(&tables::TIMER, [&IdText::new(stream).as_str(), &name, &key], |row| row.get(0))
    }

    fn effect(&mut self, id: &str) -> Result<Option<EffectState>, StoreError> {
        let state: Option<String> = self.session.first(&tables::EFFECT, [&id], |row| row.get(0))?;
        state.as_deref().map(EffectState::parse).transpose()
    }

    fn lease(&mut self, name: &str) -> Result<Option<(String, i64)>, StoreError> {
        self.session.first(&tables::LEASE, [&name], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}
