//! The statements over the store's own tables. Portable; what differs stands beside its database.

use crate::Statement;

macro_rules! statements {
    ($($name:ident = $label:literal: $sql:expr;)+) => {
        $(pub static $name: Statement = Statement { name: $label, sql: $sql };)+
        /// Every statement here, for the test that prepares them all.
        pub static ALL: &[&Statement] = &[$(&$name),+];
    };
}

/// The columns of an event, in the order in which `stored_event` reads them.
macro_rules! event_columns {
    () => {
        "position, stream, version, tenant, type, schema, payload, actor, correlation, causation, time"
    };
}

statements! {
    APPEND_EVENT = "store.events.append":
        "INSERT INTO events (position, stream, version, kind, tenant, type, schema, payload, actor, correlation, \
         causation, time, stream_hash, log_hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    STREAM_HEAD = "store.events.stream_head":
        "SELECT version, stream_hash FROM events WHERE stream = $1 ORDER BY version DESC LIMIT 1";
    READ_STREAM = "store.events.read_stream": concat!(
        "SELECT ", event_columns!(), " FROM events WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3");
    // The newest one that is not asked for is found from the stream's end backwards.
    READ_STREAM_SINCE = "store.events.read_stream_since": concat!(
        "SELECT ", event_columns!(), " FROM events WHERE stream = $1 AND version > COALESCE((SELECT version FROM \
         events WHERE stream = $1 AND position <= $2 ORDER BY version DESC LIMIT 1), 0) ORDER BY version LIMIT $3");
    READ_LOG = "store.events.read_log": concat!(
        "SELECT ", event_columns!(), " FROM events WHERE position > $1 ORDER BY position LIMIT $2");
    VERIFY_LOG = "store.events.verify":
        "SELECT e.position, e.stream, e.version, e.kind, e.tenant, e.type, e.schema, e.payload, e.actor, \
         e.correlation, e.causation, e.time, e.stream_hash, e.log_hash, p.position, p.stream_hash \
         FROM events e LEFT JOIN events p ON p.stream = e.stream AND p.version = e.version - 1 \
         WHERE e.position > $1 ORDER BY e.position LIMIT $2";
    LOG_ENDS = "store.events.ends":
        "SELECT (SELECT position FROM log_head WHERE id = 1), (SELECT hash FROM log_head WHERE id = 1), \
         (SELECT MAX(position) FROM events)";
    LOG_HASH_AT = "store.events.hash_at": "SELECT log_hash FROM events WHERE position = $1";
    HEAD = "store.log_head.get": "SELECT position, hash FROM log_head WHERE id = 1";
    SET_HEAD = "store.log_head.set": "UPDATE log_head SET position = $1, hash = $2 WHERE id = 1";

    SNAPSHOT = "store.snapshots.get": "SELECT version, state FROM snapshots WHERE stream = $1 AND format = $2";
    SAVE_SNAPSHOT = "store.snapshots.save":
        "INSERT INTO snapshots (stream, version, format, state) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (stream) DO UPDATE SET version = excluded.version, format = excluded.format, \
         state = excluded.state \
         WHERE snapshots.format <> excluded.format OR snapshots.version <= excluded.version";

    TIMER = "store.timers.get": "SELECT due FROM timers WHERE stream = $1 AND name = $2 AND key = $3";
    SET_TIMER = "store.timers.set":
        "INSERT INTO timers (stream, name, key, tenant, due, correlation) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (stream, name, key) DO UPDATE SET tenant = excluded.tenant, due = excluded.due, \
         correlation = excluded.correlation";
    REMOVE_TIMER = "store.timers.remove": "DELETE FROM timers WHERE stream = $1 AND name = $2 AND key = $3";
    TIMERS_DUE = "store.timers.due":
        "SELECT stream, tenant, name, key, due, correlation FROM timers WHERE due <= $1 \
         ORDER BY due, stream, name, key LIMIT $2";

    EFFECT = "store.effects.get": "SELECT state FROM effects WHERE id = $1";
    REQUEST_EFFECT = "store.effects.request":
        "INSERT INTO effects (id, kind, tenant, payload, correlation, causation, state, attempts, due, error) \
         VALUES ($1, $2, $3, $4, $5, $6, 'pending', 0, $7, '') ON CONFLICT (id) DO NOTHING";
    END_EFFECT = "store.effects.done": "UPDATE effects SET state = 'done', error = '' WHERE id = $1";
    RETRY_EFFECT = "store.effects.retry":
        "UPDATE effects SET attempts = $2, due = $3, error = $4 WHERE id = $1 AND state = 'pending'";
    BURY_EFFECT = "store.effects.dead":
        "UPDATE effects SET state = 'dead', attempts = $2, error = $3 WHERE id = $1 AND state = 'pending'";
    REPLAY_EFFECT = "store.effects.replay":
        "UPDATE effects SET state = 'pending', attempts = 0, due = $2 WHERE id = $1 AND state = 'dead'";
    EFFECTS_DUE = "store.effects.due":
        "SELECT id, kind, tenant, payload, correlation, causation, attempts, due, error, state FROM effects \
         WHERE state = 'pending' AND due <= $1 ORDER BY due, id LIMIT $2";
    DEAD_LETTERS = "store.effects.dead_letters":
        "SELECT id, kind, tenant, payload, correlation, causation, attempts, due, error, state FROM effects \
         WHERE state = 'dead' AND tenant = $1 ORDER BY due DESC, id DESC LIMIT $2";

    OWNER = "store.claims.owner": "SELECT owner FROM claims WHERE scope = $1 AND key = $2";
    TAKE = "store.claims.take":
        "INSERT INTO claims (scope, key, owner) VALUES ($1, $2, $3) \
         ON CONFLICT (scope, key) DO UPDATE SET owner = excluded.owner";
    FREE = "store.claims.free": "DELETE FROM claims WHERE scope = $1 AND key = $2";

    IDEMPOTENCY = "store.idempotency.get":
        "SELECT body_hash, stream, status, body, rights FROM idempotency WHERE key = $1";
    TAKE_IDEMPOTENCY = "store.idempotency.take":
        "INSERT INTO idempotency (key, body_hash, stream, at, status, body) VALUES ($1, $2, $3, $4, NULL, NULL) \
         ON CONFLICT (key) DO NOTHING";
    KEEP_RESPONSE = "store.idempotency.keep":
        "UPDATE idempotency SET status = $2, body = $3, rights = $4 WHERE key = $1 AND status IS NULL";
    FORGET_IDEMPOTENCY = "store.idempotency.forget":
        "DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency WHERE at < $1 ORDER BY at LIMIT $2)";

    POSITION = "store.reactor_positions.get": "SELECT position FROM reactor_positions WHERE reactor = $1";
    POSITIONS = "store.reactor_positions.all":
        "SELECT reactor, position FROM reactor_positions ORDER BY reactor";
    SET_POSITION = "store.reactor_positions.set":
        "INSERT INTO reactor_positions (reactor, position) VALUES ($1, $2) \
         ON CONFLICT (reactor) DO UPDATE SET position = excluded.position";

    LEASE = "store.leases.get": "SELECT owner, until FROM leases WHERE name = $1";
    TAKE_LEASE = "store.leases.take":
        "INSERT INTO leases (name, owner, until) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until \
         WHERE leases.owner = excluded.owner OR leases.until <= $4";

    RESERVE_NUMBERS = "store.sequences.reserve":
        "INSERT INTO sequences (name, next) VALUES ($1, 1 + $2) \
         ON CONFLICT (name) DO UPDATE SET next = sequences.next + $2 RETURNING next";

    VIEWS = "store.views.all": "SELECT name, version FROM views";
    SET_VIEW = "store.views.set":
        "INSERT INTO views (name, version) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET version = excluded.version";

    KEEP_KEY = "store.personal_keys.keep":
        "INSERT INTO personal_keys (person, tenant, wrapped) VALUES ($1, $2, $3) ON CONFLICT (person) DO NOTHING";
    KEY = "store.personal_keys.get": "SELECT tenant, wrapped FROM personal_keys WHERE person = $1";
    ANY_KEY = "store.personal_keys.any": "SELECT person, tenant, wrapped FROM personal_keys ORDER BY person LIMIT 1";
    ERASE_KEY = "store.personal_keys.erase": "DELETE FROM personal_keys WHERE person = $1";
    KEEP_FIELD = "store.personal.keep":
        "INSERT INTO personal (person, field, ciphertext) VALUES ($1, $2, $3) \
         ON CONFLICT (person, field) DO UPDATE SET ciphertext = excluded.ciphertext";
    FIELDS = "store.personal.fields":
        "SELECT k.person, k.tenant, k.wrapped, f.field, f.ciphertext FROM personal_keys k \
         JOIN personal f ON f.person = k.person \
         WHERE k.person IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ORDER BY k.person, f.field";
    ERASE_FIELDS = "store.personal.erase": "DELETE FROM personal WHERE person = $1";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    #[test]
    fn names_are_unique() {
        let names: HashSet<_> = super::ALL.iter().map(|statement| statement.name).collect();
        assert_eq!(names.len(), super::ALL.len());
    }
}
