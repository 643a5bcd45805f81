-- Positions are telemetry, not events: a file of their own, with its own writer (design, section 4).
CREATE TABLE positions (
    driver TEXT NOT NULL,
    at BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    latitude DOUBLE PRECISION NOT NULL,
    longitude DOUBLE PRECISION NOT NULL,
    speed_kmh DOUBLE PRECISION,
    heading DOUBLE PRECISION,
    PRIMARY KEY (driver, at)
) WITHOUT ROWID;

-- Each driver's newest position, so that a start does not read the history.
CREATE TABLE latest_positions (
    driver TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    latitude DOUBLE PRECISION NOT NULL,
    longitude DOUBLE PRECISION NOT NULL,
    speed_kmh DOUBLE PRECISION,
    heading DOUBLE PRECISION
) WITHOUT ROWID;
