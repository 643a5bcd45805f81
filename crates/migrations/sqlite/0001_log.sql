-- The log: one append-only table, hash-chained, with its head in a row of its own (design, section 4).
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    tenant TEXT NOT NULL,
    type TEXT NOT NULL,
    schema BIGINT NOT NULL,
    payload TEXT NOT NULL,
    actor TEXT NOT NULL,
    correlation TEXT NOT NULL,
    causation BIGINT NOT NULL,
    time BIGINT NOT NULL,
    stream_hash BLOB NOT NULL,
    log_hash BLOB NOT NULL
);
CREATE UNIQUE INDEX idx_events_stream_version ON events (stream, version);

CREATE TABLE log_head (
    id BIGINT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    hash BLOB NOT NULL
);
INSERT INTO log_head (id, position, hash) VALUES (1, 0, zeroblob(32));
