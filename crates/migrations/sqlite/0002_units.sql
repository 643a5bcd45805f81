-- What a unit commits beside its events: claims, timers, effects, positions.
CREATE TABLE snapshots (
    stream TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    format BIGINT NOT NULL,
    state TEXT NOT NULL
);

CREATE TABLE timers (
    stream TEXT NOT NULL,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    tenant TEXT NOT NULL,
    due BIGINT NOT NULL,
    correlation TEXT NOT NULL,
    PRIMARY KEY (stream, name, key)
) WITHOUT ROWID;
CREATE INDEX idx_timers_due ON timers (due, stream, name, key);

CREATE TABLE effects (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    tenant TEXT NOT NULL,
    payload TEXT NOT NULL,
    correlation TEXT NOT NULL,
    causation BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    due BIGINT NOT NULL,
    error TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX idx_effects_state_due ON effects (state, due, id);

CREATE TABLE claims (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY (scope, key)
) WITHOUT ROWID;

CREATE TABLE idempotency (
    key TEXT NOT NULL PRIMARY KEY,
    body_hash BLOB NOT NULL,
    stream TEXT NOT NULL,
    at BIGINT NOT NULL,
    status BIGINT,
    body TEXT
) WITHOUT ROWID;
CREATE INDEX idx_idempotency_at ON idempotency (at);

CREATE TABLE reactor_positions (
    reactor TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    until BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE sequences (
    name TEXT NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE views (
    name TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL
) WITHOUT ROWID;
