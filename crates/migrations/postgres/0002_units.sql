-- What a unit commits beside its events: claims, timers, effects, positions.
CREATE TABLE snapshots (
    stream TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    format BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL
);

CREATE TABLE timers (
    stream TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    due BIGINT NOT NULL,
    correlation TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (stream, name, key)
);
CREATE INDEX idx_timers_due ON timers (due, stream, name, key);

CREATE TABLE effects (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    correlation TEXT COLLATE "C" NOT NULL,
    causation BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    due BIGINT NOT NULL,
    error TEXT COLLATE "C" NOT NULL
);
CREATE INDEX idx_effects_state_due ON effects (state, due, id);

CREATE TABLE claims (
    scope TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (scope, key)
);

CREATE TABLE idempotency (
    key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    body_hash BYTEA NOT NULL,
    stream TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    status BIGINT,
    body TEXT COLLATE "C"
);
CREATE INDEX idx_idempotency_at ON idempotency (at);

CREATE TABLE reactor_positions (
    reactor TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL
);

CREATE TABLE leases (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    until BIGINT NOT NULL
);

CREATE TABLE sequences (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL
);

CREATE TABLE views (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL
);
