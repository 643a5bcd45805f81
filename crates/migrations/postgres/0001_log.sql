-- The log: one append-only table, hash-chained, with its head in a row of its own (design, section 4).
-- Texts compare by bytes, so that every order is the same as on SQLite.
CREATE TABLE events (
    position BIGINT PRIMARY KEY,
    stream TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    type TEXT COLLATE "C" NOT NULL,
    schema BIGINT NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    correlation TEXT COLLATE "C" NOT NULL,
    causation BIGINT NOT NULL,
    time BIGINT NOT NULL,
    stream_hash BYTEA NOT NULL,
    log_hash BYTEA NOT NULL
);
CREATE UNIQUE INDEX idx_events_stream_version ON events (stream, version);

CREATE TABLE log_head (
    id BIGINT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    hash BYTEA NOT NULL
);
INSERT INTO log_head (id, position, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));
